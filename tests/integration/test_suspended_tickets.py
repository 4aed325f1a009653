"""Suspended tickets: look, recover, delete, export."""

from __future__ import annotations

import asyncio

import pytest

from zdasync import NotFound, OutcomeUnknown, PermissionDenied, ValidationError
from zdasync.simulator import ADMIN_ID, CUSTOMER_ID
from zdasync.simulator.faults import Fault


def hold_back(stage, author="spammer@mail.example", **fields):
    """A message that was suspended."""
    return stage.account.state.suspended.add(author, now=stage.account.now(), **fields)


async def ids(listing) -> list[int]:
    return [one.id async for one in listing]


async def test_what_was_held_back(start) -> None:
    stage = await start()
    known = hold_back(stage, "customer@example.com", subject="Sale", content="Buy!", author_name="Carla")
    others = [hold_back(stage, f"{name}@mail.example", subject=name, cause_id=20) for name in "cab"]
    suspended = stage.zd.suspended_tickets
    one = await suspended.show(known.id)
    assert (one.subject, one.content, one.cause_id, one.cause) == ("Sale", "Buy!", 17, "Detected as spam")
    assert (one.author.id, one.author.name, one.author.email) == (CUSTOMER_ID, "Carla", "customer@example.com")
    assert (one.attachments, one.error_messages, one.ticket_id) == ((), (), None)
    assert await ids(suspended.list(page_size=3)) == [known.id, *(other.id for other in others)]
    by_author = [others[1].id, others[2].id, others[0].id, known.id]
    assert await ids(suspended.list(sort_by="author_email", page_size=2)) == by_author
    by_subject = [others[0].id, others[2].id, others[1].id, known.id]
    assert await ids(suspended.list(sort_by="subject", sort_order="desc")) == by_subject
    with pytest.raises(NotFound):
        await suspended.show(1)
    assert stage.drifts == []


async def test_the_recovery_of_one_makes_it_the_callers(start) -> None:
    stage = await start()
    held = hold_back(stage, subject="Hi", content="Hello")
    ticket = await stage.zd.suspended_tickets.recover(held.id)
    assert (ticket.subject, ticket.description, ticket.requester_id) == ("Hi", "Hello", ADMIN_ID)
    assert ticket.via.channel == "email"
    with pytest.raises(NotFound):
        await stage.zd.suspended_tickets.recover(held.id)
    assert stage.account.state.by_email("spammer@mail.example") is None


async def test_it_may_stay_the_senders(start) -> None:
    stage = await start(settings={"recovered_requester": "sender", "lone_record": "object"})
    ticket = await stage.zd.suspended_tickets.recover(hold_back(stage).id)
    assert ticket.requester_id == stage.account.state.by_email("spammer@mail.example").id


async def test_the_recovery_of_many_keeps_the_senders(start) -> None:
    stage = await start()
    one, two = hold_back(stage), hold_back(stage, "customer@example.com")
    kept = hold_back(stage)
    page = await stage.zd.suspended_tickets.recover_many([one.id, two.id, 12345])
    newcomer = stage.account.state.by_email("spammer@mail.example")
    assert [ticket.requester_id for ticket in page] == [newcomer.id, CUSTOMER_ID]
    assert await ids(stage.zd.suspended_tickets.list()) == [kept.id]


async def test_an_answer_becomes_a_comment(start) -> None:
    stage = await start()
    tickets = stage.account.state.tickets
    answered = tickets.create(CUSTOMER_ID, now=stage.account.now(), comment="Help", status="pending")
    held = hold_back(stage, "customer@example.com", content="Still broken", ticket_id=answered.id)
    assert (await stage.zd.suspended_tickets.recover(held.id)).id == answered.id
    said = tickets.comments_of(answered)[-1]
    assert (said.body, said.author_id, answered.status) == ("Still broken", CUSTOMER_ID, "open")


async def test_what_a_suspended_user_sent_stays(start) -> None:
    stage = await start()
    stage.user(CUSTOMER_ID).suspended = True
    held, fine = hold_back(stage, "customer@example.com"), hold_back(stage)
    with pytest.raises(ValidationError) as caught:
        await stage.zd.suspended_tickets.recover(held.id)
    assert "Requester: is suspended" in caught.value.body
    page = await stage.zd.suspended_tickets.recover_many([held.id, fine.id])
    assert len(page) == 1
    (left,) = [one async for one in stage.zd.suspended_tickets.list()]
    assert left.id == held.id
    assert left.error_messages == ({"description": "Requester: is suspended"},)


async def test_a_lost_reply_is_not_taken_for_a_failure(start) -> None:
    stage = await start(faults=[Fault("PUT /api/v2/suspended_tickets/{id}/recover", "reset_after")])
    held = hold_back(stage)
    with pytest.raises(OutcomeUnknown):
        await stage.zd.suspended_tickets.recover(held.id)
    assert len(stage.sent) == 1
    with pytest.raises(NotFound):
        await stage.zd.suspended_tickets.show(held.id)


async def test_deleting(start) -> None:
    stage = await start()
    one, two, three, four = (hold_back(stage) for _ in range(4))
    await stage.zd.suspended_tickets.delete(one.id)
    await stage.zd.suspended_tickets.destroy_many([two.id, str(three.id), one.id])
    assert await ids(stage.zd.suspended_tickets.list()) == [four.id]
    assert stage.account.state.tickets.ids == []


async def test_files_are_copied_into_an_upload(start) -> None:
    stage = await start()
    store = stage.account.state.attachments
    files = [store.add(name, name.encode(), stage.account.now()) for name in ("a.txt", "b.txt")]
    held = hold_back(stage, attachment_ids=[file.id for file in files])
    assert [file.file_name for file in (await stage.zd.suspended_tickets.show(held.id)).attachments] == [
        "a.txt", "b.txt"
    ]
    upload = await stage.zd.suspended_tickets.attachments(held.id)
    made = await stage.zd.tickets.create(subject="By hand", comment={"body": "See files", "uploads": [upload.token]})
    (comment,) = [one async for one in stage.zd.tickets.comments.list(made.id)]
    assert [file.file_name for file in comment.attachments] == ["a.txt", "b.txt"]
    with pytest.raises(NotFound):
        await stage.zd.suspended_tickets.attachments(hold_back(stage).id)


async def test_one_export_a_minute(start) -> None:
    stage = await start()
    began = asyncio.get_running_loop().time()
    for _ in range(3):
        export = await stage.zd.suspended_tickets.export()
    assert (export.status, export.view_id) == ("enqueued", "suspended")
    assert set(stage.statuses) == {200}
    assert asyncio.get_running_loop().time() - began > 60
    assert stage.zd.limits["suspended-tickets-export"].total == 1


async def test_end_users_may_not(start) -> None:
    stage = await start()
    customer = (await stage.bearer("read", "write", "impersonate")).on_behalf_of(CUSTOMER_ID)
    with pytest.raises(PermissionDenied):
        await customer.suspended_tickets.list()
