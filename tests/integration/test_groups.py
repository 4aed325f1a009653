"""Groups of agents and who belongs to them, through the client."""

from __future__ import annotations

import pytest

from zdasync import NotFound, PermissionDenied, ValidationError
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID

from .conftest import AGENT


async def names(listing) -> list[str]:
    return [group.name async for group in listing]


async def test_a_group_from_its_beginning_to_its_end(start) -> None:
    stage = await start()
    groups = stage.zd.groups
    made = await groups.create(name="Night Shift", description="late", is_public=False)
    assert (made.name, made.description, made.is_public, made.default, made.deleted) == (
        "Night Shift", "late", False, False, False,
    )
    changed = await groups.update(made.id, name="Night")
    assert (changed.name, changed.description) == ("Night", "late")
    assert await groups.show(made.id) == changed
    assert await groups.delete(made.id) is None
    assert (await groups.show(made.id)).deleted is True
    assert "Night" in await names(groups.list())
    assert "Night" not in await names(groups.list(exclude_deleted=True))
    with pytest.raises(NotFound):
        await groups.update(made.id, name="Again")
    assert stage.drifts == []


async def test_deleted_groups_that_are_gone(start) -> None:
    stage = await start(settings={"deleted_groups_shown": False})
    made = await stage.zd.groups.create(name="Night Shift")
    await stage.zd.groups.delete(made.id)
    with pytest.raises(NotFound):
        await stage.zd.groups.show(made.id)


async def test_a_name_that_is_taken(start) -> None:
    stage = await start()
    with pytest.raises(ValidationError) as caught:
        await stage.zd.groups.create(name="support")
    assert [problem.code for problem in caught.value.fields["name"]] == ["DuplicateValue"]


async def test_lists_and_counts(start) -> None:
    stage = await start()
    groups = stage.zd.groups
    assert await names(groups.list(page_size=2)) == ["Support", "Sales", "Operations"]
    assert await names(groups.list(user_id=AGENT_ID)) == ["Support"]
    assert await names(groups.assignable()) == ["Support", "Sales", "Operations"]
    assert ((await groups.count()).value, (await groups.count(user_id=AGENT_ID)).value) == (3, 1)


async def test_members_come_along(start) -> None:
    stage = await start()
    page = await stage.zd.groups.list(include="users")
    assert [user.id for user in page.sideloads.users] == [ADMIN_ID, AGENT_ID]
    _, loaded = await stage.zd.groups.show(page[0].id, include=["users"]).with_sideloads()
    assert loaded.user(AGENT_ID).name == "Aga Agent"


async def test_writing_is_for_admins(start) -> None:
    stage = await start(auth=AGENT)
    with pytest.raises(PermissionDenied):
        await stage.zd.groups.create(name="Mine")


async def test_a_membership_from_its_beginning_to_its_end(start) -> None:
    stage = await start()
    memberships, support = stage.zd.group_memberships, stage.user(AGENT_ID).default_group_id
    sales = next(group.id for group in stage.account.state.groups.values() if group.name == "Sales")
    made = await memberships.create(user_id=AGENT_ID, group_id=sales)
    assert (made.user_id, made.group_id, made.default) == (AGENT_ID, sales, False)
    assert await memberships.show(made.id) == await memberships.show(made.id, user_id=AGENT_ID) == made
    rows = await memberships.make_default(AGENT_ID, made.id)
    assert [(row.group_id, row.default) for row in rows] == [(support, False), (sales, True)]
    assert (await stage.zd.users.show(AGENT_ID)).default_group_id == sales
    assert await memberships.delete(made.id) is None
    assert (await stage.zd.users.show(AGENT_ID)).default_group_id == support
    again = await memberships.create_for_user(AGENT_ID, group_id=sales)
    await memberships.delete(again.id, user_id=AGENT_ID)
    assert [row.group_id async for row in memberships.list(user_id=AGENT_ID)] == [support]
    assert stage.drifts == []


async def test_groups_are_for_agents(start) -> None:
    stage = await start()
    with pytest.raises(ValidationError) as caught:
        await stage.zd.group_memberships.create(
            user_id=CUSTOMER_ID, group_id=stage.user(AGENT_ID).default_group_id
        )
    assert "user_id" in caught.value.fields


async def test_lists_of_memberships(start) -> None:
    stage = await start()
    memberships, support = stage.zd.group_memberships, stage.user(AGENT_ID).default_group_id
    page = await memberships.list(include=["users", "groups"])
    assert [row.user_id for row in page] == [ADMIN_ID, AGENT_ID]
    assert (page.sideloads.user(AGENT_ID).id, page.sideloads.group(support).name) == (AGENT_ID, "Support")
    light = next(role.id for role in stage.account.state.custom_roles.values() if role.role_type == 1)
    await stage.zd.users.update(AGENT_ID, custom_role_id=light)
    assert len([row async for row in memberships.list(group_id=support)]) == 2
    for listing in (memberships.assignable(), memberships.assignable(group_id=support)):
        assert [row.user_id async for row in listing] == [ADMIN_ID]
