"""Exports: what is asked for and in what order, where they stand at any record, and how they come to an end."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise

import attrs
import pytest
from fake_exports import NOW, FakeExports

from zdasync.call import Page
from zdasync.errors import BadArgument, ExportStuck, ServerError, StartTooRecent, UnexpectedReply
from zdasync.events import Retrying, SchemaDrift
from zdasync.records.rows import STEP
from zdasync.resources.incremental import Incremental

BEGIN = NOW - 10_000


@attrs.frozen
class Named:
    name: str | None = None


def filled(count: int = 10, per_second: int = 1, **options) -> FakeExports:
    """Records 1, 2, 3, ... that changed one after the other, so many in a second."""
    server = FakeExports(**options)
    for index in range(count):
        server.write(index + 1, second=BEGIN + index // per_second)
    return server


def export(server, by="cursor", *, start=BEGIN, **options):
    pages = Incremental(server)
    method = pages.users if by == "cursor" else pages.users_by_time
    return method(**({"start_time": start} if "cursor" not in options else {}), **options)


async def rest(records) -> list[int]:
    return [record.id async for record in records]


@asynccontextmanager
async def turning():
    """Counts the turns of the loop."""
    turns = []

    async def turn():
        while True:
            turns.append(None)
            await asyncio.sleep(0)

    task = asyncio.get_running_loop().create_task(turn())
    try:
        yield turns
    finally:
        task.cancel()
        await asyncio.wait([task])


async def some(records, count: int) -> list[int]:
    found = []
    async with aclosing(aiter(records)) as them:
        async for record in them:
            found.append(record.id)
            if len(found) == count:
                break
    return found


async def until(kind, records):
    found = []
    try:
        async for record in records:
            found.append(record.id)
    except kind as error:
        return found, error
    raise AssertionError("it came to its end")


BOTH = pytest.mark.parametrize("by", ["cursor", "time"])


class TestOrder:
    @BOTH
    async def test_everything_comes_once_and_not_a_request_more_than_it_takes(self, by):
        server = filled(10)
        assert await rest(export(server, by, per_page=4)) == list(range(1, 11))
        assert len(server.sent) == 3

    @BOTH
    async def test_nothing_is_sent_before_it_is_iterated(self, by):
        server = filled()
        begun = export(server, by)
        assert (begun.ended, begun.until, bool(begun.cursor), server.sent) == (False, None, True, [])
        assert dict(begun.request.query) == {"start_time": str(BEGIN)}
        assert repr(begun).startswith("<Export incremental.users")

    @BOTH
    async def test_a_page_of_the_usual_size_is_not_asked_for_by_number(self, by):
        server = filled()
        await rest(export(server, by))
        await rest(export(server, by, per_page=999))
        assert [dict(request.query).get("per_page") for request in server.sent] == [None, "999"]

    @BOTH
    async def test_page_by_page(self, by):
        server = filled(5)
        pages = [page async for page in export(server, by, per_page=2).pages()]
        assert [[user.id for user in page] for page in pages] == [[1, 2], [3, 4], [5]]
        assert [page.has_more for page in pages] == [True, True, False]
        assert isinstance(pages[0], Page)

    @BOTH
    async def test_an_empty_export(self, by):
        server = FakeExports()
        begun = export(server, by)
        assert await rest(begun) == []
        assert begun.ended
        assert len(server.sent) == 1

    async def test_into_a_class_of_the_callers_that_tells_no_times(self):
        server = filled(6, per_second=2, extends=False, plus_one=False)
        begun = export(server, "time", per_page=3).into(Named)
        assert [one.name async for one in begun] == ["1", "2", "3", "4", "5", "6"]
        with pytest.raises(BadArgument, match="attrs"):
            begun.into(dict)

    async def test_raw_pages_come_as_they_are(self):
        server = filled(4, per_second=2, plus_one=False)
        raw = export(server, "time", per_page=3).raw()
        assert [[row["id"] for row in page["users"]] async for page in raw] == [[1, 2, 3, 4]]
        assert (raw.ended, raw.until) == (True, datetime.fromtimestamp(NOW - 60, UTC))
        server.write(5, second=BEGIN + 9)
        again = export(server, "time", cursor=raw.cursor).raw()
        assert [[row["id"] for row in page["users"]] async for page in again] == [[3, 4, 5]]

    async def test_what_does_not_fit_is_reported_and_left_out(self):
        server = filled(2)
        server.rows[1] = (BEGIN, None)
        server._shown = lambda _page: [{"id": 1, "updated_at": 7, "active": "?"}]
        assert await rest(export(server)) == [1]
        assert {event.field for event in server.events if isinstance(event, SchemaDrift)} == {"active", "updated_at"}


class TestCursor:
    @BOTH
    @pytest.mark.parametrize("taken", range(8))
    @pytest.mark.parametrize("options", [
        {}, {"extends": False, "plus_one": False}, {"plus_one": False}, {"kept": True}, {"shuffled": True},
        {"flagged": False}, {"behind": 100}, {"behind": 100, "plus_one": False},
        {"behind": 100, "plus_one": False, "shuffled": True},
    ], ids=repr)
    async def test_what_goes_on_from_it_leaves_nothing_out_and_repeats_nothing(self, by, taken, options):
        server = filled(7, per_second=2, **options)
        begun = export(server, by, per_page=3, start=BEGIN - 500)
        first = await some(begun, taken) if taken else []
        second = await rest(export(server, by, cursor=begun.cursor))
        assert sorted(first + second) == list(range(1, 8))
        assert len(first) == taken

    @BOTH
    async def test_the_same_export_goes_on_where_a_loop_left_it(self, by):
        server = filled(7)
        begun = export(server, by, per_page=3)
        assert await some(begun, 4) == [1, 2, 3, 4]
        assert await rest(begun) == [5, 6, 7]

    @BOTH
    async def test_after_the_end_it_brings_what_came_since(self, by):
        server = filled(3)
        begun = export(server, by)
        await rest(begun)
        assert await rest(begun) == []
        server.write(2, 9)
        server.now += 61
        assert await rest(begun) == [2, 9]
        assert begun.ended

    @BOTH
    async def test_a_record_that_changes_comes_again_and_one_that_did_not_does_not(self, by):
        server = filled(6)
        begun = export(server, by, per_page=3)
        assert await some(begun, 2) == [1, 2]
        server.write(1, 5)
        server.now += 61
        assert await rest(export(server, by, cursor=begun.cursor)) == [3, 4, 6, 1, 5]

    async def test_a_page_that_is_handed_out_counts_as_a_whole(self):
        server = filled(6)
        begun = export(server, per_page=3)
        async with aclosing(begun.pages()) as pages:
            await anext(pages)
        assert await rest(export(server, cursor=begun.cursor)) == [4, 5, 6]

    async def test_one_of_zendesks_own(self):
        server = filled(6)
        assert await rest(export(server, cursor=f"{BEGIN + 2}:3")) == [4, 5, 6]

    async def test_rows_in_order_take_little_to_remember(self):
        server = filled(1000)
        for by in ("cursor", "time"):
            begun = export(server, by)
            await some(begun, 900)
            assert len(begun.cursor) < 150

    async def test_it_carries_the_parameters(self):
        server = filled(6)
        begun = Incremental(server).users(BEGIN, include="groups", per_page=2)
        await some(begun, 3)
        resumed = Incremental(server).resume(begun.cursor)
        assert await rest(resumed) == [4, 5, 6]
        assert dict(server.sent[-1].query)["include"] == "groups"
        assert resumed.request.route.operation == "incremental.users"


class TestSeams:
    @pytest.mark.parametrize(("extends", "plus_one"), [(True, True), (True, False), (False, False)])
    async def test_rows_of_a_shared_second_come_once(self, extends, plus_one):
        server = filled(20, per_second=3, extends=extends, plus_one=plus_one)
        assert await rest(export(server, "time", per_page=4)) == list(range(1, 21))

    @pytest.mark.parametrize("behind", [1, 100])
    async def test_rows_that_do_not_show_by_what_they_are_ordered(self, behind):
        server = filled(20, per_second=3, plus_one=False, behind=behind)
        assert await rest(export(server, "time", per_page=4)) == list(range(1, 21))

    async def test_a_second_with_more_rows_than_a_page_where_the_server_goes_on(self):
        server = filled(30, per_second=10)
        assert await rest(export(server, "time", per_page=4)) == list(range(1, 31))
        assert len(server.sent) == 3

    async def test_where_it_does_not_a_larger_page_gets_past(self):
        server = filled(30, per_second=10, extends=False, plus_one=False)
        assert await rest(export(server, "time", per_page=4)) == list(range(1, 31))
        assert 1000 in server.sizes

    async def test_and_where_no_page_does_it_says_so(self):
        server = filled(5, extends=False, plus_one=False)
        server.write(*range(1000, 2500), second=BEGIN + 7)
        server.write(9999, second=BEGIN + 8)
        found, error = await until(ExportStuck, export(server, "time"))
        assert len(found) == len(set(found)) == 1005
        assert error.second == BEGIN + 7
        assert "by cursor" in str(error)
        assert error.operation == "incremental.users_by_time"

    async def test_the_same_is_no_matter_by_cursor(self):
        server = filled(0)
        server.write(*range(1000, 3500), second=BEGIN + 7)
        assert await rest(export(server)) == list(range(1000, 3500))

    async def test_a_page_without_a_word_about_its_end(self):
        server = filled(10, per_second=2, flagged=False)
        assert await rest(export(server, "time", per_page=4)) == list(range(1, 11))

    async def test_a_cursor_that_leads_back_is_found_out_before_a_page_comes_again(self):
        server = filled(3)
        server._by_cursor = lambda _asked, _size: {
            "users": [{"id": 1, "updated_at": "2023-01-01T00:00:00Z"}], "after_cursor": "A", "end_of_stream": False,
        }
        found, _ = await until(UnexpectedReply, export(server))
        assert found == [1]
        assert len(server.sent) == 2

    @pytest.mark.parametrize("reply", [
        {"users": [{"id": 1}], "end_of_stream": False}, {"nothing": []}, {"users": None}, [],
    ])
    async def test_what_is_no_page(self, reply):
        server = filled(3)
        server._by_cursor = lambda _asked, _size: reply
        with pytest.raises(UnexpectedReply) as caught:
            await rest(export(server))
        assert caught.value.operation == "incremental.users"

    async def test_an_empty_page_that_does_not_say_where_there_are_more(self):
        server = filled(3)
        server._by_time = lambda _start, _size: {"users": [], "end_of_stream": False, "end_time": None}
        with pytest.raises(UnexpectedReply, match="no records"):
            await rest(export(server, "time"))

    async def test_an_empty_page_in_between(self):
        server = filled(3)
        honest = server._by_time
        server._by_time = lambda start, size: honest(start, size) if start > BEGIN - 50 else {
            "users": [], "end_of_stream": False, "end_time": BEGIN
        }
        assert await rest(export(server, "time", start=BEGIN - 100)) == [1, 2, 3]


class TestEnd:
    @BOTH
    async def test_it_says_up_to_which_moment_everything_was_read(self, by):
        server = filled(3)
        begun = export(server, by)
        async with aclosing(aiter(begun)) as users:
            for _ in range(2):
                await anext(users)
                assert (begun.ended, begun.until) == (False, None)
            await anext(users)
            assert (begun.ended, begun.until) == (True, datetime.fromtimestamp(NOW - 60, UTC))

    @pytest.mark.parametrize(("count", "second"), [(3, BEGIN + 2), (0, BEGIN)])
    async def test_without_a_date_it_is_the_last_change(self, count, second):
        begun = export(filled(count, dated=False), "time")
        await rest(begun)
        assert begun.until == datetime.fromtimestamp(second, UTC)

    @BOTH
    async def test_a_start_that_is_too_recent_is_an_error(self, by):
        with pytest.raises(StartTooRecent):
            await rest(export(filled(3), by, start=NOW - 30))

    async def test_what_is_too_recent_to_go_on_from_is_the_end_for_now(self):
        server = filled(3, holds_back=0)
        server.write(*range(10, 20), second=NOW - 30)
        server.write(20, second=NOW - 20)
        begun = export(server, "time", per_page=5)
        assert await rest(begun) == [1, 2, 3, *range(10, 20)]
        assert (begun.ended, begun.until) == (True, datetime.fromtimestamp(NOW - 29, UTC))
        assert await rest(export(server, "time", cursor=begun.cursor)) == []
        server.now += 60
        assert await rest(export(server, "time", cursor=begun.cursor)) == [20]


class TestSlowPages:
    @BOTH
    async def test_they_are_halved_until_they_come_and_grow_again(self, by):
        server = filled(4000, slow_above=300)
        begun = export(server, by)
        assert await some(begun, 2000) == list(range(1, 2001))
        assert server.sizes[:3] == [1000, 500, 250]
        server.slow_above = None
        assert await rest(begun) == list(range(2001, 4001))
        assert set(server.sizes[-2:]) <= {500, 1000}
        assert [event.reason for event in server.events if isinstance(event, Retrying)][:2] == [
            "pages of 500 records from now on, as one of 1000 took too long",
            "pages of 250 records from now on, as one of 500 took too long",
        ]

    async def test_a_size_that_keeps_failing_is_tried_less_and_less_often(self):
        server = filled(4000, slow_above=100)
        await rest(export(server))
        tries = [index for index, size in enumerate(server.sizes) if size in (124, 125)]
        assert server.sizes.count(62) > 30
        gaps = [two - one for one, two in pairwise(tries[1:])]
        assert gaps == sorted(gaps)
        assert gaps[-1] > gaps[0]

    async def test_a_page_of_one_that_takes_too_long_is_the_error(self):
        server = filled(20, slow_above=0)
        with pytest.raises(ServerError):
            await rest(export(server))
        assert server.sizes == [1000, 500, 250, 125, 62, 31, 15, 7, 3, 1]

    async def test_other_errors_halve_nothing(self):
        server = filled(3)

        async def send(request):
            server.sent.append(request)
            raise ServerError("broken", status=500)

        server.send = send
        with pytest.raises(ServerError):
            await rest(export(server))
        assert len(server.sent) == 1


class TestReadAhead:
    async def test_a_large_page_is_read_in_steps_between_which_the_loop_goes_on(self):
        server = filled(900)
        server._shown = lambda page: [
            {"id": one, "updated_at": "2023-01-01T00:00:00Z", "name": "x" * 2000} for _, one, _ in page
        ]
        async with turning() as turns:
            await rest(export(server))
        assert len(turns) > 2000 * 900 / STEP

    async def test_the_next_page_is_fetched_while_one_is_out_and_leaving_ends_that(self):
        server = filled(9)
        gate, cancelled = asyncio.Event(), []
        honest = server.send

        async def send(request):
            if server.sent:
                try:
                    await gate.wait()
                except asyncio.CancelledError:
                    cancelled.append(request)
                    raise
            return await honest(request)

        server.send = send
        users = aiter(export(server, per_page=3))
        await anext(users)
        for _ in range(5):
            await asyncio.sleep(0)
        await users.aclose()
        assert len(cancelled) == 1
        assert len(asyncio.all_tasks()) == 1

    async def test_an_error_comes_after_the_records_before_it_and_the_cursor_stands_there(self):
        server = filled(9)
        honest = server.send

        async def send(request):
            if len(server.sent) == 1:
                server.sent.append(request)
                raise ServerError("broken", status=500)
            return await honest(request)

        server.send = send
        begun = export(server, per_page=3)
        found, _ = await until(ServerError, begun)
        assert found == [1, 2, 3]
        assert await rest(begun) == [4, 5, 6, 7, 8, 9]
