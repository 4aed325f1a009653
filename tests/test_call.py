"""Calls that were not made yet, and listings: what is sent when, and what becomes of the task that reads ahead."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import attrs
import pytest
from fake_caller import FakeCaller

from zdasync._core.message import Request
from zdasync._core.route import Route
from zdasync.call import Call, JobCall, Pages, read_nothing, record_reader
from zdasync.errors import BadArgument, ServerError, UnexpectedReply
from zdasync.events import SchemaDrift
from zdasync.records import Organization, User
from zdasync.records.rows import STEP

SHOW = Request(Route("users.show", "GET", "/api/v2/users/{user_id}", key="user"), "/api/v2/users/1")
LIST = Request(
    Route("users.list", "GET", "/api/v2/users", key="users", paging="cursor"), "/api/v2/users", (("page[size]", "2"),)
)
SEARCH = Request(Route("users.search", "GET", "/api/v2/users/search", key="users", paging="offset"), "/search")
MANY = Request(Route("users.create_many", "POST", "/api/v2/users/create_many", key="job_status", job=True), "/many")
QUEUED = {"job_status": {"id": "V3-1", "status": "queued", "total": 2, "results": None}}
DELETE = Request(Route("x.delete", "DELETE", "/x"), "/x")


@attrs.frozen
class Name:
    name: str | None = None


def call(caller):
    return Call(caller, SHOW, record_reader("user", User))


def listing(*cursors, caller=None):
    """Pages of two users each; the last has a cursor as well, as Zendesk's has."""
    last = len(cursors) - 1
    pages = [
        {"users": [{"id": 2 * i}, {"id": 2 * i + 1}], "meta": {"has_more": i < last, "after_cursor": cursor}}
        for i, cursor in enumerate(cursors)
    ]
    caller = caller or FakeCaller(*pages)
    return caller, Pages(caller, LIST, User)


def after(caller):
    return [dict(request.query).get("page[after]") for request in caller.sent]


async def collect(pages, ids):
    """Put the users' ids into `ids`, where those that came before an error are found."""
    async for user in pages:
        ids.append(user.id)


async def turns(count=5):
    for _ in range(count):
        await asyncio.sleep(0)


class TestCall:
    async def test_nothing_is_sent_before_it_is_awaited_and_each_time_anew(self):
        caller = FakeCaller({"user": {"id": 1}})
        pending = call(caller)
        assert caller.sent == []
        assert await pending == User(id=1)
        assert await pending == User(id=1)
        assert caller.sent == [SHOW, SHOW]

    async def test_raw_is_untouched(self):
        body = {"user": {"id": 1, "brand_new": 2}, "extra": []}
        assert await call(FakeCaller(body)).raw() == body
        assert await call(FakeCaller(b"")).raw() is None

    async def test_into_a_class_of_the_callers(self):
        assert await call(FakeCaller({"user": {"id": 1, "name": "Ada"}})).into(Name) == Name("Ada")

    def test_into_something_else_is_refused_at_once(self):
        with pytest.raises(BadArgument, match="attrs"):
            call(FakeCaller()).into(dict)
        with pytest.raises(BadArgument, match="gives no record"):
            Call(FakeCaller(), DELETE, read_nothing).into(Name)

    async def test_with_sideloads(self):
        body = {"user": {"id": 1}, "organizations": [{"id": 5}]}
        user, loaded = await call(FakeCaller(body)).with_sideloads()
        assert (user, loaded.organizations) == (User(id=1), (Organization(id=5),))

    async def test_drift_becomes_an_event(self):
        caller = FakeCaller({"user": {"id": 1, "active": "?"}})
        await call(caller)
        (event,) = caller.events
        assert isinstance(event, SchemaDrift)
        assert (event.operation, event.record, event.field) == ("users.show", "User", "active")

    async def test_a_call_without_a_result_gives_none(self):
        assert await Call(FakeCaller(b""), DELETE, read_nothing) is None

    def test_it_shows_what_it_would_do(self):
        assert repr(call(FakeCaller())) == "<Call users.show>"


class TestJobCall:
    async def test_it_registers_the_job_with_its_slot(self):
        caller = FakeCaller(QUEUED)
        assert await JobCall(caller, MANY, 2) == "job V3-1"
        ((status, slot, operation, rows),) = caller.jobs.registered
        assert (status.id, operation, rows) == ("V3-1", "users.create_many", 2)
        assert slot is caller.slots[0]
        assert not slot.released

    async def test_raw_registers_it_too_so_that_its_slot_comes_back(self):
        caller = FakeCaller(QUEUED)
        assert await JobCall(caller, MANY, 2).raw() == QUEUED
        assert len(caller.jobs.registered) == 1

    async def test_a_reply_without_a_job_frees_the_slot(self):
        caller = FakeCaller(b"null")
        with pytest.raises(UnexpectedReply):
            await JobCall(caller, MANY, 2)
        assert caller.slots[0].released

    async def test_it_gives_no_record(self):
        with pytest.raises(BadArgument, match="gives a job"):
            JobCall(FakeCaller(), MANY, 2).into(Name)
        with pytest.raises(BadArgument, match="gives a job"):
            await JobCall(FakeCaller(), MANY, 2).with_sideloads()


class TestPages:
    async def test_nothing_is_sent_before_it_is_awaited_or_iterated(self):
        caller, pages = listing("A", "B")
        pages.pages()
        pages.raw()
        assert caller.sent == []

    async def test_awaiting_gives_the_first_page_and_asks_for_no_other(self):
        caller, pages = listing("A", "B")
        page = await pages
        assert (list(page), len(page), page.has_more, page.after_cursor) == ([User(id=0), User(id=1)], 2, True, "A")
        assert (page[1], page[:1], User(id=0) in page, repr(page)) == (
            User(id=1), [User(id=0)], True, "<Page of 2 records, more to come>",
        )  # fmt: skip
        await turns()
        assert len(caller.sent) == 1

    async def test_every_record_comes_once_and_the_last_cursor_is_not_followed(self):
        caller, pages = listing("A", "B", "C")
        assert [user.id async for user in pages] == [0, 1, 2, 3, 4, 5]
        assert after(caller) == [None, "A", "B"]

    async def test_every_page(self):
        _, pages = listing("A", "B")
        assert [[user.id for user in page] async for page in pages.pages()] == [[0, 1], [2, 3]]

    async def test_an_empty_listing(self):
        caller = FakeCaller({"users": [], "meta": {"has_more": False, "after_cursor": None}})
        assert [user async for user in Pages(caller, LIST, User)] == []
        assert len(caller.sent) == 1

    async def test_a_listing_can_be_walked_again(self):
        _, pages = listing("A")
        assert [user.id async for user in pages] == [user.id async for user in pages]

    async def test_into_a_class_of_the_callers(self):
        _, pages = listing("A", "B")
        assert [one async for one in pages.into(Name)] == [Name()] * 4

    async def test_awaiting_raw_gives_the_first_page(self):
        _, pages = listing("A", "B")
        assert (await pages.raw())["meta"] == {"has_more": True, "after_cursor": "A"}

    async def test_raw_pages_are_walked_like_the_others(self):
        caller, pages = listing("A", "B", "C")
        assert [page["users"][0]["id"] async for page in pages.raw()] == [0, 2, 4]
        assert after(caller) == [None, "A", "B"]

    async def test_offset_pages_go_on_until_there_is_no_link(self):
        link = "https://acme.zendesk.com/api/v2/users/search?page=2"
        caller = FakeCaller({"users": [{"id": 1}], "count": 2, "next_page": link}, {"users": [{"id": 2}], "count": 2})
        pages = Pages(caller, SEARCH, User)
        assert [user.id async for user in pages] == [1, 2]
        assert caller.last.query == (("page", "2"),)
        assert caller.last.path == "/search"

    async def test_a_reply_that_is_no_listing_has_one_page(self):
        route = Route("users.show_many", "GET", "/many", key="users")
        caller = FakeCaller({"users": [{"id": 1}], "next_page": "https://acme.zendesk.com/many?page=2", "count": 1})
        assert [user.id async for user in Pages(caller, Request(route, "/many"), User)] == [1]

    async def test_a_server_that_ignores_the_cursor_is_found_out_before_a_page_comes_again(self):
        same = {"users": [{"id": 1}], "meta": {"has_more": True, "after_cursor": "A"}}
        caller, got = FakeCaller(same), []
        with pytest.raises(UnexpectedReply, match="leads back"):
            await collect(Pages(caller, LIST, User), got)
        assert got == [1]
        assert len(caller.sent) == 2


class TestLargePages:
    @pytest.mark.parametrize("walk", [lambda pages: pages, lambda pages: pages.into(Name), lambda pages: pages.raw()])
    async def test_they_are_read_in_steps_between_which_the_loop_goes_on(self, walk):
        rows = [{"id": one, "name": "x" * 2000} for one in range(900)]
        caller, turns_taken = FakeCaller({"users": rows, "meta": {"has_more": False}}), []

        async def turn():
            while True:
                turns_taken.append(None)
                await asyncio.sleep(0)

        task = asyncio.get_running_loop().create_task(turn())
        page = await walk(Pages(caller, LIST, User))
        task.cancel()
        assert len(page["users"] if isinstance(page, dict) else page) == 900
        assert len(turns_taken) > 2000 * 900 / STEP


class TestCursor:
    async def test_it_moves_on_with_each_page_that_was_taken(self):
        _, pages = listing("A", "B", "C")
        seen = [(user.id, pages.cursor) async for user in pages]
        assert seen == [(0, None), (1, None), (2, "A"), (3, "A"), (4, "B"), (5, "B")]
        assert pages.cursor == "C"

    async def test_a_listing_continued_from_it_leaves_nothing_out(self):
        _, pages = listing("A", "B", "C")
        async with aclosing(aiter(pages)) as users:
            async for user in users:
                if user.id == 3:
                    break
        assert pages.cursor == "A"

    def test_it_is_where_the_listing_started(self):
        start = attrs.evolve(LIST, query=(*LIST.query, ("page[after]", "A")))
        assert Pages(FakeCaller(), start, User).cursor == "A"


class TestReadAhead:
    async def test_the_next_page_is_fetched_while_the_present_one_is_out(self):
        caller, pages = listing("A", "B", "C")
        async with aclosing(aiter(pages)) as users:
            await anext(users)
            await turns()
            assert after(caller) == [None, "A"]

    async def test_closing_ends_the_fetch(self):
        caller, pages = listing("A", "B", "C")
        caller.gate = asyncio.Event()
        users = aiter(pages)
        await anext(users)
        await turns()
        await users.aclose()
        assert caller.cancelled == 1
        assert len(asyncio.all_tasks()) == 1

    async def test_leaving_the_loop_ends_it_as_well(self):
        caller, pages = listing("A", "B", "C")
        caller.gate = asyncio.Event()
        async for _ in pages:
            await turns()
            break
        await turns(10)
        assert caller.cancelled == 1
        assert len(asyncio.all_tasks()) == 1

    async def test_cancelling_the_reader_ends_it_too(self):
        caller, pages = listing("A", "B", "C")
        caller.gate = asyncio.Event()

        async def read():
            return [user async for user in pages]

        reader = asyncio.create_task(read())
        await turns(10)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        await turns(10)
        assert caller.cancelled == 1
        assert len(asyncio.all_tasks()) == 1

    async def test_an_error_comes_after_the_records_before_it(self):
        first = {"users": [{"id": 1}], "meta": {"has_more": True, "after_cursor": "A"}}
        caller, got = FakeCaller(first, ServerError("busy", status=500)), []
        with pytest.raises(ServerError):
            await collect(Pages(caller, LIST, User), got)
        assert got == [1]

    async def test_an_error_that_nobody_waits_for_is_not_reported_as_forgotten(self):
        first = {"users": [{"id": 1}], "meta": {"has_more": True, "after_cursor": "A"}}
        reported = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context))
        users = aiter(Pages(FakeCaller(first, ServerError("busy", status=500)), LIST, User))
        await anext(users)
        await turns()
        await users.aclose()
        del users
        await turns()
        assert reported == []
