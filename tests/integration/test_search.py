"""Searches of the simulated account: results of all types, the end of what a search reaches, cursors that expire."""

from __future__ import annotations

import asyncio

import attrs
import pytest
from support import puppet_client, reply

from zdasync import BadRequest, CursorExpired, PaginationLimit, Query, User, ValidationError
from zdasync.records.groups import Group
from zdasync.records.organizations import Organization
from zdasync.records.tickets import Ticket
from zdasync.simulator import CUSTOMER_ID, Fault

from .conftest import until

EVERYONE = Query(type="user")


@attrs.frozen
class Found:
    result_type: str
    id: int


# --- results


async def test_each_result_is_the_record_of_its_type(start) -> None:
    stage = await start(users=20, tickets=10)
    found = [one async for one in stage.zd.search.list(Query(type=["user", "ticket", "organization", "group"]))]
    assert {type(one) for one in found} == {User, Ticket, Organization, Group}
    assert len(found) == await stage.zd.search.count("*")
    assert stage.drifts == []


async def test_a_query_as_text_and_as_an_object(start) -> None:
    stage = await start(users=20)
    name = stage.user(CUSTOMER_ID).name
    for query in (f'type:user name:"{name}"', Query(type="user", name=name), Query(name, type="user")):
        page = await stage.zd.search.list(query)
        assert [one.id for one in page] == [CUSTOMER_ID]
        assert page.count == 1


async def test_any_of_several_values_of_a_field_is_found(start) -> None:
    stage = await start(users=20, tickets=60)
    statuses = {ticket.id: ticket.status for ticket in stage.account.state.tickets.all_active()}
    wanted = {ticket_id for ticket_id, status in statuses.items() if status in ("open", "pending")}
    found = [one.id async for one in stage.zd.search.list(Query(type="ticket", status=["open", "pending"]))]
    assert {statuses[one] for one in found} == {"open", "pending"}
    assert set(found) == wanted


async def test_order_and_size(start) -> None:
    stage = await start(users=20)
    listing = stage.zd.search.list(EVERYONE, sort_by="created_at", sort_order="desc", per_page=5)
    newest = [one.id async for one in listing]
    users = stage.account.state.users.values()
    assert sorted(newest) == sorted(one.id for one in users)
    assert newest[0] == max(users, key=lambda one: one.created_at).id
    assert len(stage.sent) == -(-len(newest) // 5)


async def test_sideloads(start) -> None:
    stage = await start(users=20, tickets=10)
    page = await stage.zd.search.list(Query(type="ticket"), include="tickets(users)")
    assert {one.requester_id for one in page} <= {user.id for user in page.sideloads.users}


async def test_results_as_json_and_as_a_class_of_the_callers(start) -> None:
    stage = await start(users=2)
    raw = await stage.zd.search.list(EVERYONE).raw()
    assert raw["results"][0]["result_type"] == "user"
    own = [one async for one in stage.zd.search.list(EVERYONE).into(Found)]
    assert {one.result_type for one in own} == {"user"}


async def test_a_query_that_is_no_query(start) -> None:
    stage = await start()
    with pytest.raises(BadRequest):
        await stage.zd.search.list('name:"never closed')


@pytest.mark.parametrize("status", [400, 422, 503])
async def test_a_search_that_is_unavailable_for_a_moment(status) -> None:
    later = reply(status, '{"error": "unavailable", "description": "Sorry, we could not complete your search query."}')
    async with puppet_client(later, later, reply(200, '{"count": 3}')) as (zd, server):
        assert await zd.search.count("x") == 3
        assert len(server.requests) == 3


# --- the end of what it reaches


@pytest.mark.parametrize("per_page", [100, 50])
async def test_the_end_is_told_after_the_last_result_and_nothing_is_asked_for_it(start, per_page) -> None:
    stage = await start(users=1500)
    found, error = await until(PaginationLimit, stage.zd.search.list(EVERYONE, per_page=per_page))
    assert (len(found), error.read, error.count) == (1000, 1000, 1504)
    assert (error.status, error.code, error.operation) == (422, "invalid", "search.list")
    assert "search.export" in str(error)
    assert "1,000 of 1,504 records were read" in str(error)
    assert stage.statuses == [200] * (1000 // per_page)


async def test_pages_that_do_not_meet_it_run_into_it(start) -> None:
    stage = await start(users=1500)
    found, error = await until(PaginationLimit, stage.zd.search.list(EVERYONE, per_page=30))
    assert (len(found), error.read) == (990, 990)
    assert stage.statuses[-1] == 422


@pytest.mark.parametrize("users", [996, 950])
async def test_what_is_all_within_reach_is_no_error(start, users) -> None:
    stage = await start(users=users)
    assert len([one async for one in stage.zd.search.list(EVERYONE)]) == users + 4


async def test_raw_pages_end_with_it_too(start) -> None:
    stage = await start(users=1500)
    pages = []
    with pytest.raises(PaginationLimit):
        async for page in stage.zd.search.list(EVERYONE).raw():
            pages.append(page)
    assert len(pages) == 10


async def test_a_refusal_that_is_not_about_the_end(start) -> None:
    stage = await start()
    with pytest.raises(ValidationError, match="query is missing"):
        await stage.zd.request("GET", "/api/v2/search")


async def test_users_search_reaches_further(start) -> None:
    stage = await start(users=1500)
    found = [user async for user in stage.zd.users.search(Query(role="end-user"))]
    assert len(found) > 1000


# --- the export


async def test_an_export_gives_all_of_one_type_in_the_order_of_creation(start) -> None:
    stage = await start(users=1500)
    users = stage.account.state.users.values()
    found = [user async for user in stage.zd.search.export("*", "user", page_size=1000)]
    assert [user.id for user in found] == [one.id for one in sorted(users, key=lambda one: (one.created_at, one.id))]
    assert {type(user) for user in found} == {User}
    assert len(stage.sent) == 2


@pytest.mark.parametrize(("kind", "cls"), [("ticket", Ticket), ("organization", Organization), ("group", Group)])
async def test_other_types(start, kind, cls) -> None:
    stage = await start(users=20, tickets=10)
    found = [one async for one in stage.zd.search.export("*", kind)]
    assert {type(one) for one in found} == {cls}


async def test_an_export_goes_on_from_its_cursor(start) -> None:
    stage = await start(users=30)
    whole = [user.id async for user in stage.zd.search.export("*", "user")]
    listing = stage.zd.search.export("*", "user", page_size=10)
    found = []
    async for page in listing.pages():
        found += [user.id for user in page]
        if len(found) == 20:
            cursor = page.after_cursor
            break
    assert found + [user.id async for user in stage.zd.search.export("*", "user", cursor=cursor)] == whole


@pytest.mark.parametrize("status", [400, 422])
async def test_a_cursor_that_has_expired(start, status) -> None:
    stage = await start(users=40, settings={"search_cursor_expired_status": status})
    listing, found = stage.zd.search.export("*", "user", page_size=10), []
    with pytest.raises(CursorExpired) as caught:
        async for user in listing:
            found.append(user)
            if len(found) == 15:
                await asyncio.sleep(3700)
    error = caught.value
    assert (len(found), error.read, error.last) == (30, 30, found[-1])
    assert (error.status, error.operation) == (status, "search.export")
    assert error.cursor
    assert "older than 1 h" in str(error)
    assert "30 records were read" in str(error)


async def test_a_cursor_that_had_expired_before(start) -> None:
    stage = await start(users=40)
    page = await stage.zd.search.export("*", "user", page_size=10)
    await asyncio.sleep(3700)
    with pytest.raises(CursorExpired) as caught:
        await stage.zd.search.export("*", "user", cursor=page.after_cursor)
    assert caught.value.cursor == page.after_cursor


async def test_the_type_in_the_query_may_be_refused(start) -> None:
    stage = await start(settings={"search_export_type_terms": "refused"})
    with pytest.raises(ValidationError):
        await stage.zd.search.export(EVERYONE, "user")


async def test_a_search_is_sent_again_after_a_lost_reply(start) -> None:
    stage = await start(faults=[Fault("GET /api/v2/search/count", "reset_after", calls=(1,))])
    assert await stage.zd.search.count(Query("admin@example.com")) == 1
