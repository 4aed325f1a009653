"""Parquet files: what their values become, and what is no Parquet."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from reading import brief, read, rows_of, written

from zdasync.bulk.sources import open_source
from zdasync.errors import BadArgument, SourceError


@pytest.fixture
def file(tmp_path):
    def make(columns, **options):
        path = tmp_path / "in.parquet"
        pq.write_table(pa.table(columns), path, **options)
        return path

    return make


def test_values_become_what_json_has(file):
    columns = {
        "id": pa.array([1, 2]),
        "name": pa.array(["é", None]),
        "score": pa.array([1.5, float("nan")]),
        "at": pa.array([datetime(2024, 5, 1, 12, 30, tzinfo=UTC), None], pa.timestamp("ms", "Europe/Vienna")),
        "local": pa.array([datetime(2024, 5, 1, 12, 30), None]),  # noqa: DTZ001
        "day": pa.array([date(2024, 5, 1), None]),
        "hour": pa.array([time(12, 30), None]),
        "price": pa.array([Decimal("12.50"), None]),
        "ok": pa.array([True, False]),
        "tags": pa.array([["a", "b"], []]),
        "owner": pa.array([{"id": 7, "seen": datetime(2024, 1, 1)}, None]),  # noqa: DTZ001
        "kind": pa.array(["x", "x"]).dictionary_encode(),
    }
    assert brief(read(file(columns))) == [
        (1, None, {
            "id": 1, "name": "é", "score": 1.5, "at": "2024-05-01T12:30:00Z", "local": "2024-05-01T12:30:00",
            "day": "2024-05-01", "hour": "12:30:00", "price": "12.50", "ok": True, "tags": ["a", "b"],
            "owner": {"id": 7, "seen": "2024-01-01T00:00:00"}, "kind": "x",
        }),
        (2, None, {
            "id": 2, "name": None, "score": None, "at": None, "local": None, "day": None, "hour": None, "price": None,
            "ok": False, "tags": [], "owner": None, "kind": "x",
        }),
    ]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([None, b"\x00\x01"]),
        pa.array([None, timedelta(seconds=1)]),
        pa.array([None, float("inf")]),
    ],
)
def test_a_value_that_can_not_be_written_is_its_rows_problem(file, column):
    rows = read(file({"id": pa.array([1, 2]), "bad": column}))
    assert brief(rows) == [(1, None, {"id": 1, "bad": None}), (2, None, "UnwritableCell")]
    assert (rows[1].problem.field, rows[1].cells) == ("bad", {"id": 2})


async def test_rows_come_in_batches_across_blocks_and_reports_are_passed_over(file):
    path = file({"id": pa.array(range(1700)), "zdasync_code": pa.array(["x"] * 1700)}, row_group_size=400)
    source = open_source(path)
    await source.open()
    assert (source.columns, source.format, source.name) == (("id",), "parquet", "in.parquet")
    batches = [batch async for batch in source.batches()]
    assert max(map(len, batches)) <= 500
    assert [(row.position, row.cells["id"]) for batch in batches for row in batch] == [(i + 1, i) for i in range(1700)]
    assert len(await source.fingerprint()) == 64


def test_no_parquet_raises(tmp_path, file):
    for content in (b"", b"id,name\n1,a\n", b"PAR1" + b"x" * 100):
        with pytest.raises(SourceError, match="no Parquet"):
            read(written(tmp_path / "bad.parquet", content))
    with pytest.raises(SourceError, match="No such file"):
        read(tmp_path / "none.parquet")


async def test_a_damaged_block_ends_the_reading(file):
    path = file({"id": pa.array([f"{i:08}" for i in range(40_000)])}, row_group_size=2000, compression="none",
                use_dictionary=False)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = b"\xff" * 20_000
    path.write_bytes(content)
    with pytest.raises(SourceError, match="no Parquet that can be read"):
        await rows_of(path)


async def test_without_pyarrow_the_error_names_the_extra(file, monkeypatch):
    path = file({"id": pa.array([1])})
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(BadArgument, match=r"zdasync\[parquet\]"):
        await rows_of(path)
