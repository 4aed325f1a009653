"""Macros: what is written and read of them, what they would do to a ticket, and their files."""

from __future__ import annotations

import pytest

from zdasync import NotFound, PermissionDenied, ValidationError
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID

from .conftest import AGENT

SOLVE = [{"field": "status", "value": "solved"}]


def add(stage, **fields):
    """A ticket of the customer's."""
    return stage.account.state.tickets.create(CUSTOMER_ID, now=stage.account.now(), comment="Help", **fields)


async def titles(listing):
    return [one.title async for one in listing]


# --- reading and writing


async def test_a_macro_is_made_changed_and_deleted(start) -> None:
    stage = await start()
    macros = stage.zd.macros
    made = await macros.create(title="Solve", actions=SOLVE, description="The end")
    assert (made.actions[0].value, made.position, made.restriction) == ("solved", 3, None)
    changed = await macros.update(made.id, actions=[{"field": "priority", "value": "low"}])
    assert [action.field for action in changed.actions] == ["priority"]
    assert (changed.title, changed.description) == ("Solve", "The end")
    await macros.delete(made.id)
    with pytest.raises(NotFound):
        await macros.show(made.id)
    assert stage.drifts == []


async def test_listings_and_their_filters(start) -> None:
    stage = await start()
    macros = stage.zd.macros
    await macros.create(title="Refunds::Late", actions=SOLVE)
    await macros.create(title="Refunds::Never", actions=SOLVE, active=False)
    own = {"type": "User", "id": ADMIN_ID}
    await macros.create(title="Sales::Hello", actions=SOLVE, restriction=own)
    assert await titles(macros.list(category="Refunds", page_size=1)) == ["Refunds::Late", "Refunds::Never"]
    assert await titles(macros.active(category="Refunds")) == ["Refunds::Late"]
    assert await titles(macros.search("never", category="Refunds")) == ["Refunds::Never"]
    assert await titles(macros.list(access="personal")) == ["Sales::Hello"]
    assert await macros.categories() == ["Refunds", "Sales"]
    assert (await titles(macros.list(sort_by="alphabetical")))[:2] == ["Customer not responding", "Refunds::Late"]
    assert await (await stage.client(AGENT)).macros.categories() == ["Refunds"]


async def test_many_macros_are_moved_and_deleted_at_once(start) -> None:
    stage = await start()
    one, two = await stage.zd.macros.list()
    await stage.zd.macros.update_many([{"id": two.id, "position": 0}])
    assert [macro.id async for macro in stage.zd.macros.list()] == [two.id, one.id]
    await stage.zd.macros.destroy_many([one.id, 12])
    assert [macro.id async for macro in stage.zd.macros.list()] == [two.id]


async def test_agents_keep_to_their_own_macros(start) -> None:
    stage = await start(auth=AGENT)
    shared = (await stage.zd.macros.list())[0]
    with pytest.raises(PermissionDenied):
        await stage.zd.macros.update(shared.id, actions=SOLVE)
    with pytest.raises(PermissionDenied):
        await stage.zd.macros.create(title="All", actions=SOLVE)
    own = await stage.zd.macros.create(title="Own", actions=SOLVE, restriction={"type": "User", "id": AGENT_ID})
    assert own.restriction.id == AGENT_ID


# --- applying


async def test_a_macro_shows_its_changes_and_makes_none(start) -> None:
    stage = await start()
    ticket = add(stage, status="open", tags=("vip", "late"), subject="Help")
    macro = await stage.zd.macros.create(title="M", actions=[
        {"field": "status", "value": "pending"},
        {"field": "assignee_id", "value": "current_user"},
        {"field": "remove_tags", "value": "late"},
        {"field": "current_tags", "value": "asked again"},
        {"field": "custom_fields_27642", "value": "745"},
        {"field": "comment_value", "value": ["channel:all", "Are you there?"]},
        {"field": "comment_mode_is_public", "value": "false"},
    ])  # fmt: skip
    whole = (await stage.zd.macros.apply(macro.id, ticket_id=ticket.id)).ticket
    assert (whole.id, whole.subject, whole.status, whole.assignee_id) == (ticket.id, "Help", "pending", ADMIN_ID)
    assert whole.tags == ("vip", "asked", "again")
    assert {"id": 27642, "value": "745"} in whole.fields
    assert (whole.comment.body, whole.comment.public) == ("Are you there?", False)
    alone = (await stage.zd.macros.apply(macro.id)).ticket
    assert (alone.id, alone.subject, alone.status, alone.tags) == (0, None, "pending", ("asked", "again"))
    assert (ticket.status, ticket.tags, ticket.assignee_id) == ("open", ("vip", "late"), None)
    assert len(stage.account.state.tickets.comments_of(ticket)) == 1
    assert stage.drifts == []


async def test_applying_to_what_is_not_there(start) -> None:
    stage = await start()
    macro = (await stage.zd.macros.list())[0]
    with pytest.raises(NotFound):
        await stage.zd.macros.apply(macro.id, ticket_id=12)
    with pytest.raises(NotFound):
        await stage.zd.macros.apply(12)


async def test_macros_made_from_macros_and_from_tickets(start) -> None:
    stage = await start()
    ticket = add(stage, status="open", priority="high", tags=("vip",))
    like = await stage.zd.macros.create(title="Solve", actions=SOLVE)
    copy = await stage.zd.macros.new(macro_id=like.id)
    assert (copy.id, copy.title, copy.actions) == (0, "Solve", like.actions)
    derived = await stage.zd.macros.new(ticket_id=ticket.id)
    assert {action.field: action.value for action in derived.actions} == {
        "status": "open", "priority": "high", "set_tags": "vip", "comment_value": ["channel:all", "Help"],
        "comment_mode_is_public": "true",
    }
    assert len(await stage.zd.macros.list()) == 3
    assert stage.drifts == []


async def test_what_macros_can_do(start) -> None:
    stage = await start()
    known = {one.subject: one for one in (await stage.zd.macros.definitions()).actions}
    assert [value.value for value in known["priority"].values] == ["low", "normal", "high", "urgent"]
    assert known["status"].operators == ()
    assert {one["field"] for one in await stage.zd.macros.actions()} == set(known)


# --- files


async def test_files_of_a_macro(start, tmp_path) -> None:
    stage = await start()
    path = tmp_path / "terms.txt"
    path.write_bytes(b"Terms and conditions")
    macro = await stage.zd.macros.create(title="M", actions=SOLVE)
    made = await stage.zd.macros.attachments.create(path, macro_id=macro.id)
    assert (made.filename, made.size, made.content_type) == ("terms.txt", 20, "text/plain")
    assert await stage.zd.macros.attachments.show(made.id) == made
    loose = await stage.zd.macros.attachments.create(b"later", filename="later.bin")
    assert [one.id for one in await stage.zd.macros.attachments.list(macro.id)] == [made.id]
    await stage.zd.macros.update(macro.id, actions=[{"field": "attachments", "value": [loose.id]}])
    assert [one.id for one in await stage.zd.macros.attachments.list(macro.id)] == [made.id, loose.id]
    assert stage.account.state.attachments.by_id[made.id].content == b"Terms and conditions"
    assert stage.drifts == []


async def test_a_macro_has_five_files_of_its_own(start) -> None:
    stage = await start()
    macro = (await stage.zd.macros.list())[0]
    for number in range(5):
        await stage.zd.macros.attachments.create(b"x", filename=f"{number}.txt", macro_id=macro.id)
    with pytest.raises(ValidationError, match="5 attachments"):
        await stage.zd.macros.attachments.create(b"x", filename="6.txt", macro_id=macro.id)


async def test_files_are_sent_whole_again_after_a_rejection(start) -> None:
    stage = await start()
    stage.account.consume("account", 700)
    made = await stage.zd.macros.attachments.create(iter_once(b"one ", b"two"), filename="a.txt")
    assert made.size == 7
    assert stage.statuses == [429, 201]


async def iter_once(*chunks):
    """Bytes that can be read once only."""
    for chunk in chunks:
        yield chunk
