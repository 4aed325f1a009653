"""The plan: the same input becomes the same chunks, and no row is lost, doubled or overtaken."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zdasync.bulk import plan
from zdasync.bulk.columns import Columns
from zdasync.bulk.duplicates import KeyIndex
from zdasync.bulk.operations import OPERATIONS
from zdasync.bulk.plan import Chunk, Duplicates, Planner, record_keys
from zdasync.bulk.rows import InputRow
from zdasync.bulk.window import merged_fields
from zdasync.testing import run_virtual

UPSERT = OPERATIONS["users.create_or_update"]


class Given:
    """Rows in batches of a size."""

    format = name = "rows"
    columns = expected = None

    def __init__(self, rows: list[dict[str, Any]], size: int) -> None:
        self._rows = [InputRow(place, row) for place, row in enumerate(rows, 1)]
        self._size = size

    async def open(self) -> None: ...

    async def fingerprint(self) -> None: ...

    async def batches(self) -> AsyncGenerator[list[InputRow], None]:
        for start in range(0, len(self._rows), self._size):
            yield self._rows[start : start + self._size]


def planned(
    rows: list[dict[str, Any]], size: int = 500, duplicates: Duplicates = "merge", name: str = "users.create_or_update"
) -> list[Chunk]:
    operation = OPERATIONS[name]

    async def read() -> list[Chunk]:
        with KeyIndex() as index:
            planner = Planner(
                Given(rows, size), operation, Columns.of(None, operation=operation), index, duplicates=duplicates
            )
            return [chunk async for chunk in planner.chunks()]

    return run_virtual(read())


ROWS = st.lists(
    st.fixed_dictionaries({}, optional={
        "external_id": st.sampled_from(["a", "A", "b", "c"]), "email": st.sampled_from(["x@e.org", "X@E.org", "bad"]),
        "name": st.sampled_from(["N", "M"]), "notes": st.sampled_from(["1", "2", None]),
        "user_fields": st.fixed_dictionaries({}, optional={"tier": st.sampled_from(["g", "s"]), "n": st.just(1)}),
    }),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, size=st.integers(1, 50), duplicates=st.sampled_from(["merge", "refuse", "send"]))
def test_the_same_rows_become_the_same_chunks_and_none_is_lost(
    rows: list[dict[str, Any]], size: int, duplicates: Duplicates
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "MOST_ROWS", 3)
        patch.setattr(plan, "WIDTH", 7)
        chunks = planned(rows, size, duplicates)
        again = planned(rows, 7, duplicates)
    assert [one.fingerprint for one in chunks] == [one.fingerprint for one in again]
    assert [one.number for one in chunks] == list(range(1, len(chunks) + 1))
    seen: list[int] = []
    for chunk in chunks:
        own = [one.position for item in chunk.items for one in (item, *item.absorbed)]
        own += [report.position for report, _ in chunk.reports]
        assert (min(own), max(own), len(own)) == (chunk.first, chunk.last, chunk.count)
        assert len(chunk.items) <= 3
        seen += own
    assert sorted(seen) == list(range(1, len(rows) + 1))
    follow_each_other(rows, chunks)


def follow_each_other(rows: list[dict[str, Any]], chunks: list[Chunk]) -> None:
    """A row comes after the rows before it about the same record: in its chunk, or in one that its chunk follows."""
    chunk_of = {position: chunk for chunk in chunks for position in chunk.positions}
    place = {
        one.position: (chunk.number, place)
        for chunk in chunks for place, item in enumerate(chunk.items) for one in (item, *item.absorbed)
    }
    last: dict[str, int] = {}
    for position, row in enumerate(rows, 1):
        if position not in place:
            continue
        for key in map(str.casefold, record_keys(UPSERT, row)):
            before = last.get(key)
            if before is not None:
                assert place[before] <= place[position]
                assert chunk_of[before] is chunk_of[position] or before in chunk_of[position].follows
            last[key] = position


def test_a_chunk_has_a_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "MOST_BYTES", 1_000)
    rows = [{"external_id": f"e{i}", "name": "n" * 200} for i in range(20)]
    chunks = planned(rows)
    assert sum(len(chunk.items) for chunk in chunks) == 20
    assert all(sum(len(item.encoded) for item in chunk.items) <= 1_000 for chunk in chunks)
    assert all(len(chunk.items) > 1 for chunk in chunks)


def test_many_bad_rows_do_not_become_one_endless_chunk() -> None:
    chunks = planned([{"name": "nobody"}] * 2_500)
    assert [len(chunk.reports) for chunk in chunks] == [1_000, 1_000, 500]


def test_rows_that_differ_by_another_name_are_not_merged() -> None:
    (chunk,) = planned([{"external_id": "a", "email": "x@e.org"}, {"external_id": "b", "email": "x@e.org"}])
    assert [item.absorbed for item in chunk.items] == [(), ()]


def test_comments_are_never_merged() -> None:
    rows = [{"id": 7, "comment": {"body": "one"}}, {"id": 7, "comment": {"body": "two"}}, {"id": 8, "priority": "low"},
            {"id": 8, "priority": "high"}]
    (chunk,) = planned(rows, name="tickets.update")
    assert [(item.position, len(item.absorbed)) for item in chunk.items] == [(1, 0), (2, 0), (4, 1)]


def test_memberships_are_known_by_both_ends() -> None:
    rows = [{"user_id": 1, "organization_id": 2}, {"user_id": 1, "organization_id": 3},
            {"user_id": 1, "organization_id": 2}]
    (chunk,) = planned(rows, duplicates="refuse", name="organization_memberships.create")
    assert [item.position for item in chunk.items] == [1, 2]
    assert [(report.position, report.code) for report, _ in chunk.reports] == [(3, "DuplicateRow")]


@pytest.mark.parametrize(("first", "second", "both"), [
    ({"name": "A", "notes": "x"}, {"notes": None}, {"name": "A", "notes": None}),
    ({"user_fields": {"a": 1, "b": 2}}, {"user_fields": {"b": 3}}, {"user_fields": {"a": 1, "b": 3}}),
    ({"tags": ["a"]}, {"tags": ["b"]}, {"tags": ["b"]}),
    (
        {"custom_fields": [{"id": 1, "value": "a"}, {"id": 2, "value": "b"}]},
        {"custom_fields": [{"id": 2, "value": "c"}]},
        {"custom_fields": [{"id": 1, "value": "a"}, {"id": 2, "value": "c"}]},
    ),
    ({"user_fields": {"a": 1}}, {"user_fields": None}, {"user_fields": None}),
])
def test_what_two_rows_write_one_after_the_other(first: Any, second: Any, both: Any) -> None:
    assert merged_fields(first, second) == both
