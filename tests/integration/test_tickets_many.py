"""Tickets by the hundred, through jobs, and imports."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from zdasync import NotFound, PartialFailure
from zdasync.simulator import ADMIN_ID, CUSTOMER_ID

SAID = {"body": "My printer is on fire"}
THEN = datetime(2020, 1, 1, tzinfo=UTC)


async def make(stage, count: int) -> list[int]:
    job = await stage.zd.tickets.create_many([{"subject": str(i), "comment": SAID} for i in range(count)])
    return [result.id for result in await job]


async def test_a_hundred_tickets_are_created_in_one_job(start) -> None:
    stage = await start()
    ids = await make(stage, 100)
    assert len(set(ids)) == 100
    page = await stage.zd.tickets.show_many(ids)
    assert {ticket.id: ticket.subject for ticket in page} == {each: str(i) for i, each in enumerate(ids)}


async def test_rows_are_updated_each_in_its_way(start) -> None:
    stage = await start()
    ids = await make(stage, 3)
    rows = [{"id": each, "subject": f"new {each}"} for each in reversed(ids)]
    results = await (await stage.zd.tickets.update_many(rows))
    assert [result.id for result in results] == ids[::-1]
    assert [t.subject for t in await stage.zd.tickets.show_many(ids)] == [f"new {each}" for each in ids]


async def test_tickets_are_updated_alike_and_keep_their_tags(start) -> None:
    stage = await start()
    ids = await make(stage, 3)
    await stage.zd.tickets.tags.set(ids[0], ["old", "mine"])
    await (await stage.zd.tickets.update_many(ids=ids, priority="high", additional_tags=["new"], remove_tags=["old"]))
    tickets = {ticket.id: ticket for ticket in await stage.zd.tickets.show_many(ids)}
    assert {ticket.priority for ticket in tickets.values()} == {"high"}
    assert [sorted(tickets[each].tags) for each in ids] == [["mine", "new"], ["new"], ["new"]]


async def test_a_row_that_somebody_was_faster_with_fails_alone(start) -> None:
    stage = await start()
    ids = await make(stage, 2)
    seen = {ticket.id: ticket.updated_at for ticket in await stage.zd.tickets.show_many(ids)}
    await asyncio.sleep(5)
    await stage.zd.tickets.update(ids[0], subject="faster")
    rows = [{"id": each, "subject": "slower", "safe_update": True, "updated_stamp": seen[each]} for each in ids]
    with pytest.raises(PartialFailure) as caught:
        await (await stage.zd.tickets.update_many(rows))
    assert [(result.id, result.error) for result in caught.value.failed] == [(ids[0], "UpdateConflict")]
    assert [ticket.subject for ticket in await stage.zd.tickets.show_many(ids)] == ["faster", "slower"]


async def test_many_tickets_are_deleted_restored_and_deleted_permanently(start) -> None:
    stage = await start()
    zd = stage.zd.tickets
    ids = await make(stage, 3)
    results = await (await zd.destroy_many(ids))
    assert [result.id for result in results] == ids
    assert [ticket async for ticket in zd.list()] == []
    assert await zd.deleted.restore_many(ids[:1]) is None
    assert [ticket.id async for ticket in zd.list()] == ids[:1]
    assert all(result.ok for result in await (await zd.deleted.destroy_many(ids[1:])))
    assert [ticket async for ticket in zd.deleted.list()] == []


async def test_many_tickets_are_marked_as_spam(start) -> None:
    stage = await start()
    made = await stage.zd.tickets.create(comment=SAID, requester_id=CUSTOMER_ID)
    await (await stage.zd.tickets.mark_many_as_spam([made.id]))
    assert stage.user(CUSTOMER_ID).suspended
    with pytest.raises(NotFound):
        await stage.zd.tickets.show(made.id)


async def test_tickets_are_merged_into_one(start) -> None:
    stage = await start()
    zd = stage.zd.tickets
    target, *others = await make(stage, 3)
    job = await zd.merge(
        target, others, target_comment="came in", source_comment="went", source_comment_is_public=True
    )
    await job
    assert {ticket.status for ticket in await zd.show_many(others)} == {"closed"}
    assert [(c.body, c.public) async for c in zd.comments.list(target)][-1] == ("came in", False)
    assert [(c.body, c.public) async for c in zd.comments.list(others[0])][-1] == ("went", True)


async def test_imported_tickets_keep_their_times_and_comments(start) -> None:
    stage = await start()
    made = await stage.zd.ticket_import.create(
        subject="Old", requester_id=CUSTOMER_ID, assignee_id=ADMIN_ID, status="solved", created_at=THEN,
        updated_at=THEN, solved_at=THEN,
        comments=[
            {"author_id": CUSTOMER_ID, "value": "It broke", "created_at": THEN},
            {"author_id": ADMIN_ID, "value": "Noted", "public": False, "created_at": THEN},
        ],
    )  # fmt: skip
    assert (made.created_at, made.status) == (THEN, "solved")
    comments = [comment async for comment in stage.zd.tickets.comments.list(made.id)]
    assert [(c.author_id, c.body, c.public, c.created_at) for c in comments] == [
        (CUSTOMER_ID, "It broke", True, THEN), (ADMIN_ID, "Noted", False, THEN),
    ]


async def test_many_tickets_are_imported_in_one_job(start) -> None:
    stage = await start()
    rows = [{"subject": str(i), "comments": [{"value": "x", "created_at": THEN}], "created_at": THEN} for i in range(3)]
    results = await (await stage.zd.ticket_import.create_many(rows))
    page = await stage.zd.tickets.show_many([result.id for result in results])
    assert [(ticket.subject, ticket.created_at) for ticket in page] == [(str(i), THEN) for i in range(3)]
