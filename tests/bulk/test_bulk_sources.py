"""Which source there is for what, rows of the program itself, and reading ahead."""

from __future__ import annotations

import asyncio
import gc
import threading
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import attrs
import pytest
from reading import brief, rows_of, written

from zdasync.bulk.files import read_ahead
from zdasync.bulk.rows import InputRow
from zdasync.bulk.sources import Source, open_source
from zdasync.errors import BadArgument, SourceError


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("a.csv", "csv"), ("a.TSV", "csv"), ("a.jsonl", "jsonl"), ("a.ndjson", "jsonl"), ("a.parquet", "parquet"),
    ],
)
def test_the_suffix_tells_the_format(tmp_path, name, format_):
    source = open_source(tmp_path / name)
    assert (source.format, source.name) == (format_, name)
    assert isinstance(source, Source)
    assert open_source(source) is source


def test_a_format_by_name_goes_over_the_suffix(tmp_path):
    assert open_source(str(tmp_path / "export.dump"), format="jsonl").format == "jsonl"
    assert open_source(tmp_path / "a.csv", format="parquet").format == "parquet"


@pytest.mark.parametrize(
    ("source", "options", "why"),
    [
        ("a.xlsx", {}, "name one of .csv, .tsv"),
        ("a", {}, "name one of"),
        ("a.csv", {"format": "excel"}, "no format 'excel'"),
        ("a.jsonl", {"delimiter": ";"}, "only CSV files have a delimiter"),
        ([{}], {"format": "csv"}, "those of a file"),
        ([{}], {"delimiter": ";"}, "those of a file"),
        ({"id": 1}, {}, "not from dict"),
        (b"id\n1\n", {}, "not from bytes"),
        (7, {}, "not from int"),
    ],
)
def test_what_rows_can_not_come_from(source, options, why):
    with pytest.raises(BadArgument, match=why):
        open_source(source, **options)


@attrs.frozen
class Customer:
    email: str
    name: str | None = None
    tags: tuple[str, ...] = ()


async def test_rows_of_the_program():
    found = await rows_of([{"email": "a@b.c", "name": None}, Customer("d@e.f", tags=("vip",)), 7, {1: 2, "name": "x"}])
    assert brief(found) == [
        (1, None, {"email": "a@b.c", "name": None}),
        (2, None, {"email": "d@e.f", "tags": ["vip"]}),
        (3, None, "NoMapping"),
        (4, None, "UnwritableCell"),
    ]
    assert "not 7" in found[2].problem.text
    assert found[3].cells == {"name": "x"}


async def test_values_become_what_json_has():
    vienna = timezone(timedelta(hours=2))
    (row,) = await rows_of([{
        "at": datetime(2024, 5, 1, 12, tzinfo=vienna), "local": datetime(2024, 5, 1, 12), "day": date(2024, 5, 1),  # noqa: DTZ001
        "price": Decimal("12.50"), "who": Customer("a@b.c"),
        "deep": {"a": (1, {"b": datetime(2024, 1, 1, tzinfo=UTC)})},
        "zdasync_code": object(), "n": 1.5, "text": "é",
    }])
    assert row.problem is None
    assert row.cells == {
        "at": "2024-05-01T10:00:00Z", "local": "2024-05-01T12:00:00", "day": "2024-05-01", "price": "12.50",
        "who": {"email": "a@b.c"}, "deep": {"a": [1, {"b": "2024-01-01T00:00:00Z"}]}, "n": 1.5, "text": "é",
    }


@pytest.mark.parametrize(
    "value",
    [b"bytes", float("nan"), float("inf"), Decimal("NaN"), object(), {1: 2}, ["\ud800"], "\ud800", "x" * 1_000_001],
)
async def test_a_value_that_json_has_nothing_for_is_the_rows_problem(value):
    rows = await rows_of([{"id": 1, "bad": value}, {"id": 2}])
    assert brief(rows) == [(1, None, "UnwritableCell"), (2, None, {"id": 2})]
    assert rows[0].problem.field == "bad"
    assert rows[0].cells == {"id": 1}


async def test_rows_may_come_one_by_one_and_are_read_in_batches():
    async def numbers():
        for i in range(250):
            await asyncio.sleep(0.01)
            yield {"id": i}

    sizes = [len(batch) async for batch in open_source(numbers()).batches()]
    assert sizes == [100, 100, 50]
    source = open_source({"id": i} for i in range(3))
    assert (source.columns, await source.fingerprint(), source.format) == (None, None, "rows")


async def test_an_iterator_is_read_once_and_a_list_as_often_as_asked():
    source = open_source(iter([{"id": 1}]))
    assert len(await rows_of(source)) == 1
    with pytest.raises(SourceError, match="have been read"):
        await rows_of(source)
    again = open_source([{"id": 1}])
    assert len(await rows_of(again)) == len(await rows_of(again)) == 1


async def test_an_asynchronous_iterable_is_closed_when_its_reader_leaves():
    closed = []

    async def endless():
        try:
            while True:
                yield {"id": 1}
        finally:
            closed.append(True)

    batches = open_source(endless()).batches()
    assert len(await anext(batches)) == 100
    await batches.aclose()
    assert closed == [True]


class Reader:
    """Batches that can be held up, and how far reading has come."""

    def __init__(self, batches=5, fail=None):
        self.begun = 0
        self.closed = False
        self.go = threading.Event()
        self.go.set()
        self._batches = batches
        self._fail = fail

    def __call__(self):
        try:
            for number in range(self._batches):
                self.begun = number + 1
                self.go.wait()
                if number + 1 == self._fail:
                    raise SourceError("broken here")
                yield [InputRow(number + 1)]
        finally:
            self.closed = True


async def settled():
    """Give a thread of the executor time to do what it can."""
    for _ in range(3):
        await asyncio.get_running_loop().run_in_executor(None, lambda: None)


async def test_one_batch_is_read_ahead_and_no_more():
    reader = Reader()
    batches = read_ahead(reader())
    assert (await anext(batches))[0].position == 1
    await settled()
    assert reader.begun == 2
    assert [batch[0].position async for batch in batches] == [2, 3, 4, 5]
    assert reader.closed


async def test_an_error_comes_after_what_was_read_before_it():
    reader = Reader(fail=3)
    batches = read_ahead(reader())
    assert [(await anext(batches))[0].position for _ in range(2)] == [1, 2]
    with pytest.raises(SourceError, match="broken here"):
        await anext(batches)
    assert reader.closed


async def test_an_error_that_nobody_waits_for_any_more_is_dropped():
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    reader = Reader(fail=2)
    batches = read_ahead(reader())
    await anext(batches)
    await batches.aclose()
    assert reader.closed
    del batches
    gc.collect()
    assert complaints == []


async def test_cancelled_while_a_thread_reads_it_waits_for_the_thread_and_closes():
    reader = Reader()
    reader.go.clear()

    async def all_of_it():
        async for _ in read_ahead(reader()):
            pass

    task = asyncio.create_task(all_of_it())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    reader.go.set()
    await asyncio.wait([task])
    assert task.cancelled()
    await settled()
    assert reader.closed


async def test_the_loop_goes_on_while_a_thread_reads(tmp_path):
    path = written(tmp_path / "in.csv", "id\n" + "1\n" * 20_000)
    turns = 0

    async def spin():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(spin())
    assert len(await rows_of(path)) == 20_000
    task.cancel()
    assert turns > 40  # at least once for each of the batches
