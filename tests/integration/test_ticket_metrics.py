"""Metrics of tickets: what a client reads of how a ticket went."""

from __future__ import annotations

import pytest

from zdasync import NotFound, PermissionDenied
from zdasync.records.ticket_metrics import TicketMetricTime
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID
from zdasync.simulator.ticket_records import Draft

NOTHING = TicketMetricTime()
MONDAY = 1_704_099_600.0
"""2024-01-01, a Monday, at 9:00 UTC."""
HOUR = 3_600.0


def lived(stage):
    """A ticket that was answered after one hour, waited two, was on hold for three, solved, reopened, solved."""
    tickets = stage.account.state.tickets
    one = tickets.create(CUSTOMER_ID, now=MONDAY, comment="Help", status="new")

    def change(hours, comment=None, **changes):
        tickets.update(one, changes, actor_id=AGENT_ID, now=MONDAY + hours * HOUR, comment=comment)

    change(1, Draft(AGENT_ID, "Try again", staff=True), status="pending", assignee_id=AGENT_ID)
    change(3, Draft(CUSTOMER_ID, "I did"), status="open")
    change(4, status="hold", assignee_id=ADMIN_ID)
    change(7, Draft(ADMIN_ID, "Done", staff=True), status="solved")
    change(30, status="open")
    change(31, status="solved")
    return one


@pytest.mark.parametrize("shape", ["list", "object"])
async def test_what_a_ticket_went_through(start, shape) -> None:
    stage = await start(settings={"business_hours": (9, 17), "lone_record": shape})
    one = lived(stage)
    found = await stage.zd.tickets.metrics.show(ticket_id=one.id)
    assert await stage.zd.tickets.metrics.show(found.id) == found
    assert (found.ticket_id, found.replies, found.reopens, found.assignee_stations) == (one.id, 2, 1, 2)

    def minutes(calendar, business):
        return TicketMetricTime(calendar=calendar, business=business)

    assert found.reply_time_in_minutes == minutes(60, 60)
    assert found.reply_time_in_seconds.calendar == 3_600
    assert found.agent_wait_time_in_minutes == minutes(120, 120)
    assert found.on_hold_time_in_minutes == minutes(180, 180)
    # new for 1 h, open for 1 h, on hold for 3 h, and open again from 15:00 to 16:00 of the next day
    assert found.requester_wait_time_in_minutes == minutes(6 * 60, 6 * 60)
    assert found.first_resolution_time_in_minutes == minutes(7 * 60, 7 * 60)
    assert found.full_resolution_time_in_minutes == minutes(31 * 60, 8 * 60 + 7 * 60)
    assert found.created_at.timestamp() == MONDAY
    assert found.solved_at.timestamp() == MONDAY + 31 * HOUR
    assert found.initially_assigned_at.timestamp() == MONDAY + HOUR
    assert found.assigned_at.timestamp() == MONDAY + 4 * HOUR
    assert found.requester_updated_at.timestamp() == MONDAY + 3 * HOUR
    assert found.latest_comment_added_at.timestamp() == MONDAY + 7 * HOUR
    assert stage.drifts == []


async def test_what_has_not_happened_has_no_time(start) -> None:
    stage = await start()
    one = stage.account.state.tickets.create(CUSTOMER_ID, now=MONDAY, comment="Help")
    found = await stage.zd.tickets.metrics.show(ticket_id=one.id)
    assert (found.solved_at, found.initially_assigned_at, found.replies) == (None, None, 0)
    assert found.reply_time_in_minutes == found.full_resolution_time_in_minutes == NOTHING
    assert found.requester_wait_time_in_minutes == TicketMetricTime(calendar=0, business=0)


async def test_the_list_has_the_newest_first_and_no_archived_ones(start) -> None:
    stage = await start(tickets=5)
    tickets = stage.account.state.tickets
    made = list(tickets.ids)
    tickets.archive(tickets.records[made[1]])
    tickets.delete(tickets.records[made[2]], stage.account.now(), ADMIN_ID)
    listed = [one.ticket_id async for one in stage.zd.tickets.metrics.list(page_size=2)]
    assert listed == [made[4], made[3], made[0]]
    with pytest.raises(NotFound):
        await stage.zd.tickets.metrics.show(ticket_id=made[2])
    with pytest.raises(NotFound):
        await stage.zd.tickets.metrics.show(1)
    admin = await stage.bearer("read", "write", "impersonate")
    with pytest.raises(PermissionDenied):
        await admin.on_behalf_of(CUSTOMER_ID).tickets.metrics.list()


async def test_each_ticket_is_found_by_the_id_of_its_metrics(start) -> None:
    stage = await start(tickets=20)
    stage.account.state.tickets.create(CUSTOMER_ID, now=MONDAY, comment="Help")
    metrics = [one async for one in stage.zd.tickets.metrics.list()]
    assert len({one.id for one in metrics}) == 21
    for one in metrics:
        assert (await stage.zd.tickets.metrics.show(one.id)).ticket_id == one.ticket_id
