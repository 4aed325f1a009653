"""Exports from the simulated account: each resource and open question, stops, failures and writes meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime

import pytest

from zdasync import ExportStuck, PermissionDenied, ServerError, StartTooRecent, User
from zdasync.events import Retrying
from zdasync.records.exports import TicketEvent, TicketMetricEvent
from zdasync.records.organizations import Organization
from zdasync.records.tickets import Ticket
from zdasync.simulator import CUSTOMER_ID, Fault
from zdasync.simulator.records import User as Profile

from .conftest import AGENT, until

YEAR = 365 * 86_400
CURSOR = "GET /api/v2/incremental/users/cursor"
EVERY = [
    "tickets", "tickets_by_time", "users", "users_by_time", "organizations", "ticket_events", "ticket_metric_events",
]

QUESTIONS = [
    {}, {"export_empty_page": "kept"}, {"export_last_link": False}, {"export_start_age": 3.0},
    {"export_holds_back": 0.0}, {"export_deleted_users": False}, {"oversize_export": "clamp"},
]


def long_ago(stage) -> float:
    return stage.account.now() - 5 * YEAR


def begun(stage, method, **options):
    return getattr(stage.zd.incremental, method)(long_ago(stage), **options)


async def rest(records) -> list[int]:
    return [record.id async for record in records]


async def some(records, count: int) -> list[int]:
    found = []
    async with aclosing(aiter(records)) as them:
        async for record in them:
            found.append(record.id)
            if len(found) == count:
                break
    return found


def ordered(records) -> list[int]:
    """The ids by second and id."""
    return [one.id for one in sorted(records, key=lambda one: (int(one.updated_at), one.id))]


@pytest.fixture
async def stage(start):
    return await start(users=60, tickets=40)


# --- what comes


@pytest.mark.parametrize("method", ["users", "users_by_time"])
@pytest.mark.parametrize("size", [7, 64, 1000])
async def test_users(stage, method, size) -> None:
    everybody = ordered(stage.account.state.users.values())
    export = begun(stage, method, per_page=size)
    users = [user async for user in export]
    assert [user.id for user in users] == everybody
    assert {type(user) for user in users} == {User}
    assert export.ended
    assert stage.statuses == [200] * -(-len(everybody) // size)


async def test_tickets(stage) -> None:
    by_cursor = [ticket async for ticket in begun(stage, "tickets", per_page=15)]
    by_time = [ticket async for ticket in begun(stage, "tickets_by_time", per_page=15)]
    assert by_cursor == by_time
    assert len(by_cursor) == len({ticket.id for ticket in by_cursor}) >= 40
    assert {type(ticket) for ticket in by_cursor} == {Ticket}
    assert [(one.generated_timestamp, one.id) for one in by_cursor] == sorted(
        (one.generated_timestamp, one.id) for one in by_cursor
    )


async def test_organizations(stage) -> None:
    found = [one async for one in begun(stage, "organizations", per_page=1)]
    assert [one.id for one in found] == ordered(stage.account.state.organizations.values())
    assert {type(one) for one in found} == {Organization}


async def test_ticket_events(stage) -> None:
    plain = [event async for event in begun(stage, "ticket_events", per_page=20)]
    assert plain
    assert {type(event) for event in plain} == {TicketEvent}
    assert all(event.ticket_id and event.timestamp and event.child_events for event in plain)
    told = [event async for event in begun(stage, "ticket_events", include_comments=True)]
    assert [event.id for event in told] == [event.id for event in plain]
    assert "body" not in str(plain)
    assert any("body" in child for event in told for child in event.child_events)


async def test_ticket_metric_events(stage) -> None:
    found = [event async for event in begun(stage, "ticket_metric_events", per_page=20)]
    assert len(found) == len({event.id for event in found}) > 20
    assert {type(event) for event in found} == {TicketMetricEvent}
    assert {event.metric for event in found} >= {"reply_time", "agent_work_time"}
    assert [(event.time, event.id) for event in found] == sorted((event.time, event.id) for event in found)


async def test_deleted_ones_come_as_well(stage) -> None:
    zd, since = stage.zd, stage.account.now()
    ticket = await zd.tickets.create(subject="x", comment={"body": "y"})
    await zd.tickets.delete(ticket.id)
    user = await zd.users.create(name="N")
    await zd.users.delete(user.id)
    await asyncio.sleep(130)
    assert [(one.id, one.status) async for one in zd.incremental.tickets(since)] == [(ticket.id, "deleted")]
    assert [one.id async for one in zd.incremental.tickets(since, exclude_deleted=True)] == []
    assert [(one.id, one.active) async for one in zd.incremental.users(since)] == [(user.id, False)]


async def test_sideloads(stage) -> None:
    async for page in begun(stage, "users", include=["organizations", "groups"], per_page=20).pages():
        wanted = {user.organization_id for user in page} - {None}
        assert {one.id for one in page.sideloads.organizations} == wanted
    pages = [page async for page in begun(stage, "tickets", include="users").pages()]
    assert pages[0].sideloads.user(pages[0][0].requester_id).id == pages[0][0].requester_id


@pytest.mark.parametrize("resource", ["users", "tickets", "ticket_events", "organizations"])
async def test_a_sample_is_one_page(stage, resource) -> None:
    sample = stage.zd.incremental.sample(resource, long_ago(stage))
    page = await sample
    assert 0 < len(page) <= 50
    assert [one.id async for one in sample] == [one.id for one in page]
    assert stage.sent == [f"GET /api/v2/incremental/{resource}/sample"] * 2


async def test_raw_pages(stage) -> None:
    export = begun(stage, "users_by_time", per_page=40).raw()
    pages = [page async for page in export]
    assert [page["end_of_stream"] for page in pages] == [False, True]
    assert sum(page["count"] for page in pages) == len(stage.account.state.users)
    assert export.ended


# --- stopping and going on


@pytest.mark.parametrize("settings", QUESTIONS, ids=str)
@pytest.mark.parametrize("method", EVERY)
async def test_stopped_anywhere_and_resumed_it_leaves_out_nothing_and_repeats_nothing(start, method, settings) -> None:
    stage = await start(users=30, tickets=12, settings=settings)
    whole = await rest(begun(stage, method))
    assert len(whole) > 2
    for taken in {1, 2, 7, len(whole) // 2, len(whole) - 1, len(whole)} & set(range(len(whole) + 1)):
        export = begun(stage, method, per_page=7)
        first = await some(export, taken)
        assert first + await rest(stage.zd.incremental.resume(export.cursor)) == whole


@pytest.mark.parametrize("settings", QUESTIONS, ids=str)
@pytest.mark.parametrize("method", ["users", "users_by_time"])
async def test_after_the_end_only_what_changed_comes(start, method, settings) -> None:
    stage = await start(users=10, settings=settings)
    export = begun(stage, method)
    await rest(export)
    again = getattr(stage.zd.incremental, method)
    assert await rest(again(cursor=export.cursor)) == []
    await stage.zd.users.update(CUSTOMER_ID, notes="x")
    at = stage.user(CUSTOMER_ID).updated_at
    await asyncio.sleep(130)
    resumed = again(cursor=export.cursor)
    assert await rest(resumed) == [CUSTOMER_ID]
    assert resumed.until > datetime.fromtimestamp(at, UTC)
    assert await rest(resumed) == []


@pytest.mark.parametrize("method", ["users", "users_by_time"])
async def test_writes_between_pages(start, method) -> None:
    stage = await start(users=40)
    state, got = stage.account.state, []
    export = begun(stage, method, per_page=10)
    async for page in export.pages():
        got += [(user.id, user.updated_at) for user in page]
        if len(got) < 40:
            await stage.zd.users.update(state.user_ids[5], notes=str(len(got)))
            await stage.zd.users.update(state.user_ids[-3], notes=str(len(got)))
    await asyncio.sleep(130)
    got += [(user.id, user.updated_at) async for user in export]
    assert len(got) == len(set(got))
    assert {(one.id, int(one.updated_at)) for one in state.users.values()} <= {
        (one, int(at.timestamp())) for one, at in got
    }


# --- the end, and what is refused


async def test_the_end_says_up_to_when(stage) -> None:
    export = begun(stage, "users")
    assert export.until is None
    await rest(export)
    assert export.until == datetime.fromtimestamp(int(stage.account.now()) - 60, UTC)


@pytest.mark.parametrize("method", EVERY)
async def test_a_start_that_is_too_recent(stage, method) -> None:
    with pytest.raises(StartTooRecent, match="older than 60 seconds") as caught:
        await rest(getattr(stage.zd.incremental, method)(stage.account.now() - 30))
    assert (caught.value.status, caught.value.code) == (400, "StartTimeTooRecent")
    assert caught.value.operation == f"incremental.{method}"
    assert stage.statuses == [400]


async def test_exports_are_for_admins(start) -> None:
    stage = await start(auth=AGENT)
    with pytest.raises(PermissionDenied):
        await rest(begun(stage, "users"))


async def test_a_crowded_second_is_passed_where_the_page_goes_on(stage) -> None:
    state, at = stage.account.state, float(int(stage.account.now()) - 500)
    crowd = [state.add_user(Profile(state.next_id(), "N", at, at)).id for _ in range(30)]
    found = await rest(stage.zd.incremental.users_by_time(at - 5, per_page=4))
    assert found == crowd


async def test_a_crowded_second_that_no_page_leads_past(script) -> None:
    rows = [{"id": one, "updated_at": "2024-01-01T00:00:00Z"} for one in range(1000)]
    page = {"users": rows, "end_of_stream": False, "end_time": 1_704_067_200, "count": 1000, "next_page": "x"}
    served = await script(page)
    found, error = await until(ExportStuck, served.zd.incremental.users_by_time(1_704_067_200))
    assert len(found) == 1000
    assert error.second == 1_704_067_200


# --- slow pages and lost replies


@pytest.mark.parametrize(("fault", "asked"), [
    (Fault(CURSOR, "error", calls=(2, 3, 4, 5), status=504), ["16", "16", "16", "8", "8", "4", "4"]),
    (Fault(CURSOR, "stall", calls=(2, 3)), ["16", "16", "16", "8", "8", "8", "8"]),
], ids=["504", "timeout"])
async def test_pages_that_take_too_long_are_halved(start, fault, asked) -> None:
    stage = await start(users=60, faults=[fault])
    export = begun(stage, "users", per_page=16, timeout=30)
    assert await rest(export) == ordered(stage.account.state.users.values())
    assert [dict(query)["per_page"] for query in stage.queries][:7] == asked
    told = [event.reason for event in stage.events if isinstance(event, Retrying)]
    assert "pages of 8 records from now on, as one of 16 took too long" in told


async def test_an_error_in_the_middle_leaves_a_cursor_that_goes_on_behind_what_was_read(start) -> None:
    stage = await start(users=60, faults=[Fault(CURSOR, "error", calls=(3, 4, 5, 6, 7), status=500)])
    export = begun(stage, "users", per_page=16)
    found, _ = await until(ServerError, export)
    assert len(found) == 32
    rest_of_them = await rest(stage.zd.incremental.users(cursor=export.cursor))
    assert [user.id for user in found] + rest_of_them == ordered(stage.account.state.users.values())
