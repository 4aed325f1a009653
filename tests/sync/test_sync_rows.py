"""Exports as rows: untouched dictionaries, each version once, and where they stand page by page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from copies import BEGIN, FakeAccount, filled
from fake_exports import NOW

from zdasync.errors import UnexpectedReply
from zdasync.events import SchemaDrift
from zdasync.resources.incremental import Incremental

BOTH = pytest.mark.parametrize("by", ["cursor", "time"])


def export(server, by, **options):
    pages = Incremental(server)
    method = pages.users if by == "cursor" else pages.users_by_time
    return method(**({"start_time": BEGIN} if "cursor" not in options else {}), **options)


@BOTH
async def test_page_by_page_with_a_cursor_after_each(by):
    server, found, cursors = filled(7), [], []
    rows = export(server, by, per_page=3).rows()
    assert (rows.reached, rows.ended) == (None, False)
    async for page in rows:
        found.append([row["id"] for row in page])
        cursors.append(rows.cursor)
        assert rows.reached == datetime.fromtimestamp(BEGIN + found[-1][-1] - 1, UTC)
    assert found == [[1, 2, 3], [4, 5, 6], [7]]
    assert (rows.ended, rows.until) == (True, datetime.fromtimestamp(NOW - 60, UTC))
    again = [[row["id"] for row in page] async for page in export(server, by, cursor=cursors[0], per_page=9).rows()]
    assert again == [[4, 5, 6, 7]]


async def test_rows_of_the_second_that_came_before_are_left_out():
    server = FakeAccount(extends=False, plus_one=False)
    for one in range(1, 7):
        server.write(one, second=BEGIN + one // 4)
    pages = [[row["id"] for row in page] async for page in export(server, "time", per_page=4).rows()]
    assert [one for page in pages for one in page] == [1, 2, 3, 4, 5, 6]
    raw = [[row["id"] for row in page["users"]] async for page in export(server, "time", per_page=4).raw()]
    assert len([one for page in raw for one in page]) > 6


async def test_the_same_places_as_records_have():
    server = filled(5)
    typed, rows = export(server, "time", per_page=2), export(server, "time", per_page=2).rows()
    cursors = [typed.cursor async for _ in typed.pages()]
    assert cursors == [rows.cursor async for _ in rows]


async def test_a_time_that_is_none_is_reported_and_the_row_comes():
    server = filled(2)
    server.fields[1] = {"updated_at": "tomorrow"}
    pages = [page async for page in export(server, "cursor").rows()]
    assert [row["id"] for row in pages[0]] == [1, 2]
    assert [event.field for event in server.events if isinstance(event, SchemaDrift)] == ["updated_at"]


async def test_a_row_without_an_id_is_refused():
    server = filled(2)
    server.fields[1] = {"id": "one"}
    with pytest.raises(UnexpectedReply, match="id") as caught:
        [page async for page in export(server, "cursor").rows()]
    assert caught.value.operation == "incremental.users"


async def test_nothing_yet():
    server = filled(3)
    first = export(server, "time").rows()
    assert [len(page) async for page in first] == [3]
    assert [len(page) async for page in first] == [0]
    assert first.reached == first.until
