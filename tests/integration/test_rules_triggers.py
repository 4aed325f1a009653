"""Triggers with their revisions and categories, and automations."""

from __future__ import annotations

import pytest

from zdasync import BadRequest, NotFound, PermissionDenied, ValidationError
from zdasync.simulator import ADMIN_ID

from .conftest import AGENT

NEW = {"all": [{"field": "status", "operator": "is", "value": "new"}], "any": []}
RAISE = [{"field": "priority", "value": "high"}]
OLD = {"all": [{"field": "SOLVED", "operator": "greater_than", "value": "24"}], "any": []}
CLOSE = [{"field": "status", "value": "closed"}]


async def ids(listing):
    return [one.id async for one in listing]


# --- triggers


async def test_a_trigger_is_made_changed_and_deleted(start) -> None:
    stage = await start()
    triggers = stage.zd.triggers
    (category,) = await stage.zd.trigger_categories.list()
    made = await triggers.create(title="Raise", conditions=NEW, actions=RAISE, category_id=category.id)
    assert stage.statuses[-1] == 201
    assert (made.category_id, made.raw_title, made.active) == (category.id, "Raise", True)
    changed = await triggers.update(made.id, conditions={"any": NEW["all"]})
    assert (changed.conditions.all, len(changed.conditions.any)) == ((), 1)
    await triggers.delete(made.id)
    with pytest.raises(NotFound):
        await triggers.show(made.id)
    assert stage.drifts == []


async def test_triggers_are_written_by_admins_alone(start) -> None:
    stage = await start(auth=AGENT)
    assert len(await stage.zd.triggers.list()) == 2
    with pytest.raises(PermissionDenied):
        await stage.zd.triggers.create(title="T", conditions=NEW, actions=RAISE)


async def test_listings_searches_and_filters(start) -> None:
    stage = await start()
    triggers = stage.zd.triggers
    first, second = await ids(triggers.list(page_size=1))
    made = await triggers.create(title="Raise", description="odd", conditions=NEW, actions=RAISE, active=False)
    assert await ids(triggers.active()) == [first, second]
    assert await ids(triggers.list(active=False)) == [made.id]
    assert await ids(triggers.list(category_id="none")) == []
    assert await ids(triggers.list(sort="-created_at")) == [made.id, second, first]
    assert await ids(triggers.list(sort_by="alphabetical", sort_order="desc")) == [made.id, first, second]
    assert await ids(triggers.search("notify")) == [first, second]
    assert await ids(triggers.search("i", filter={"description": "odd"})) == [made.id]


async def test_triggers_in_one_category_are_reordered_as_a_whole(start) -> None:
    stage = await start()
    first, second = await ids(stage.zd.triggers.list())
    assert await stage.zd.triggers.reorder([second, first]) is None
    assert await ids(stage.zd.triggers.list()) == [second, first]
    with pytest.raises(NotFound):
        await stage.zd.triggers.reorder([second, first, 12])
    await stage.zd.trigger_categories.create(name="Another")
    with pytest.raises(ValidationError):
        await stage.zd.triggers.reorder([first, second])


async def test_many_triggers_are_changed_and_deleted_at_once(start) -> None:
    stage = await start()
    first, second = await ids(stage.zd.triggers.list())
    other = await stage.zd.trigger_categories.create(name="Another")
    page = await stage.zd.triggers.update_many([{"id": first, "category_id": other.id, "active": False}])
    assert (page[0].category_id, page[0].active) == (other.id, False)
    with pytest.raises(ValidationError):
        await stage.zd.triggers.update_many([{"id": first, "category_id": "none"}])
    await stage.zd.triggers.destroy_many([first])
    assert await ids(stage.zd.triggers.list()) == [second]


async def test_definitions_have_conditions_and_actions(start) -> None:
    stage = await start()
    known = await stage.zd.triggers.definitions()
    assert known.conditions_all
    assert known.conditions_any
    assert "priority" in [one.subject for one in known.actions]


# --- revisions


@pytest.mark.parametrize("end", ["empty page", "null link"])
async def test_revisions_tell_what_a_trigger_was(start, end) -> None:
    stage = await start(settings={"audits_end": end})
    triggers = stage.zd.triggers
    made = await triggers.create(title="Raise", conditions=NEW, actions=RAISE)
    await triggers.update(made.id, title="Lift", actions=[*RAISE, {"field": "type", "value": "task"}])
    await triggers.update(made.id, position=9)  # no change that a revision keeps
    await triggers.update(made.id, active=False)
    listing = triggers.revisions.list(made.id, page_size=2)
    newest, middle, first = [one async for one in listing]
    assert [one.snapshot.title for one in (newest, middle, first)] == ["Lift", "Lift", "Raise"]
    assert (newest.author_id, first.diff) == (ADMIN_ID, None)
    assert [(one.change, one.content) for one in middle.diff.title] == [("-", "Raise"), ("+", "Lift")]
    assert [one.content for one in newest.diff.active] == [True, False]
    assert [(one.change, one.content) for one in middle.diff.actions[1].field] == [("+", "type")]
    assert middle.diff.conditions.all[0].operator[0].change == "="
    assert (await triggers.revisions.show(made.id, middle.id)).snapshot == middle.snapshot
    assert stage.drifts == []


async def test_a_listing_of_revisions_goes_on_from_its_cursor(start) -> None:
    stage = await start()
    made = await stage.zd.triggers.create(title="0", conditions=NEW, actions=RAISE)
    for number in range(1, 4):
        await stage.zd.triggers.update(made.id, title=str(number))
    page = await stage.zd.triggers.revisions.list(made.id, page_size=2, include="users")
    assert [one.snapshot.title for one in page] == ["3", "2"]
    assert [user.id for user in page.sideloads.users] == [ADMIN_ID]
    with pytest.raises(NotFound):
        await stage.zd.triggers.revisions.show(made.id, 12)


# --- categories


async def test_categories_make_room_for_each_other(start) -> None:
    stage = await start()
    categories = stage.zd.trigger_categories
    made = await categories.create(name="First", position=1)
    assert isinstance(made.id, str)
    assert [one.name async for one in categories.list()] == ["First", "Notifications"]
    moved = await categories.update(made.id, position=2, name="Second")
    assert (moved.name, moved.position) == ("Second", 2)
    assert [one.name async for one in categories.list(page_size=1)] == ["Notifications", "Second"]
    assert [one.name for one in await categories.list(sort="-name")] == ["Second", "Notifications"]
    counted = {one.name: (one.active_count, one.inactive_count) for one in await categories.list(include="rule_counts")}
    assert counted == {"Notifications": (2, 0), "Second": (0, 0)}
    await categories.delete(made.id)
    with pytest.raises(NotFound):
        await categories.show(made.id)
    assert stage.drifts == []


@pytest.mark.parametrize("choice", ["refuse", "allow"])
async def test_deleting_a_category_with_triggers(start, choice) -> None:
    stage = await start(settings={"delete_used_category": choice})
    (category,) = await stage.zd.trigger_categories.list()
    if choice == "refuse":
        with pytest.raises(ValidationError):
            await stage.zd.trigger_categories.delete(category.id)
    else:
        await stage.zd.trigger_categories.delete(category.id)
    assert len(await stage.zd.triggers.list()) == (2 if choice == "refuse" else 0)


async def test_a_batch_moves_categories_and_triggers_together(start) -> None:
    stage = await start()
    first, second = await ids(stage.zd.triggers.list())
    other = await stage.zd.trigger_categories.create(name="Another")
    batch = await stage.zd.trigger_categories.batch_operate(
        trigger_categories=[{"id": other.id, "position": 1}],
        triggers=[{"id": first, "category_id": other.id, "position": 5}, {"id": str(second), "active": False}],
    )
    assert batch.ok
    assert [one.id for one in batch.results.trigger_categories] == [other.id]
    assert [(one.position, one.active) for one in batch.results.triggers] == [(5, True), (2, False)]
    assert [one.name async for one in stage.zd.trigger_categories.list()] == ["Another", "Notifications"]
    assert stage.drifts == []


async def test_a_batch_that_fails_changes_nothing(start) -> None:
    stage = await start()
    first, _ = await ids(stage.zd.triggers.list())
    batch = await stage.zd.trigger_categories.batch_operate(
        triggers=[{"id": first, "active": False}, {"id": 12, "active": False}, {"id": first, "category_id": "none"}]
    )
    assert (batch.ok, batch.status) == (False, "failed")
    assert [error.trigger_id for error in batch.errors] == ["12", str(first)]
    assert (await stage.zd.triggers.show(first)).active


async def test_a_batch_that_fails_with_a_status_of_its_own(start) -> None:
    stage = await start(settings={"trigger_batch_failure": "400"})
    with pytest.raises(BadRequest) as caught:
        await stage.zd.trigger_categories.batch_operate(triggers=[{"id": 12, "active": False}])
    assert caught.value.code == "InvalidItem"


@pytest.mark.parametrize("choice", ["first", "refuse"])
async def test_a_trigger_without_a_category(start, choice) -> None:
    stage = await start(settings={"uncategorized_trigger": choice})
    call = stage.zd.triggers.create(title="T", conditions=NEW, actions=RAISE)
    if choice == "refuse":
        with pytest.raises(ValidationError):
            await call
    else:
        assert (await call).category_id == (await stage.zd.trigger_categories.list())[0].id


# --- automations


async def test_an_automation_is_made_changed_and_deleted(start) -> None:
    stage = await start()
    automations = stage.zd.automations
    made = await automations.create(title="Close", conditions=OLD, actions=CLOSE)
    assert (stage.statuses[-1], made.position) == (201, 2)
    changed = await automations.update(made.id, title="Shut", active=False)
    assert (changed.title, changed.active, changed.actions) == ("Shut", False, made.actions)
    assert len(await automations.active()) == 1
    assert await ids(automations.search("shut")) == [made.id]
    await automations.update_many([{"id": made.id, "active": True, "position": 0}])
    assert (await ids(automations.list()))[0] == made.id
    await automations.destroy_many([made.id])
    with pytest.raises(NotFound):
        await automations.show(made.id)
    assert stage.drifts == []


async def test_an_automation_goes_by_the_clock(start) -> None:
    stage = await start()
    with pytest.raises(ValidationError, match="hours"):
        await stage.zd.automations.create(title="Close", conditions=NEW, actions=CLOSE)
