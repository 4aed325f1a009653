"""Failed rows as files that can be mended and fed in again."""

from __future__ import annotations

import csv
import json

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import read, written

from zdasync.bulk.cells import UNREADABLE
from zdasync.bulk.columns import Columns
from zdasync.bulk.failed_rows import REPORT_COLUMNS, write_failed
from zdasync.bulk.formats import row_problem
from zdasync.bulk.operations import OPERATIONS
from zdasync.bulk.rows import RowReport
from zdasync.errors import BadArgument


def failed(position, cells, code="InvalidFormat", line=None):
    report = RowReport(
        position, "key", "refused", code=code, field="email", text=f'no "{code}", sorry\n', line=line
    )
    return report, cells


ROWS = [
    failed(2, {"email": "=1+1", "name": 'say "hi",\nthen go', "n": "007"}, line=3),
    failed(9, {"email": "", "name": "é", "n": " "}, "DuplicateValue", line=11),
]


def test_a_csv_file_has_the_same_columns_in_the_same_order_and_the_report_beside_them(tmp_path):
    path = tmp_path / "in.failed.csv"
    assert write_failed(path, "csv", ("email", "name", "n"), ROWS) == 2
    with path.open(newline="", encoding="utf-8") as file:
        header, first, second = csv.reader(file)
    assert header == ["email", "name", "n", *REPORT_COLUMNS]
    assert first == ["=1+1", 'say "hi",\nthen go', "007", "3", "refused", "InvalidFormat", "email",
                     'no "InvalidFormat", sorry\n', ""]
    assert second[:6] == ["", "é", " ", "11", "refused", "DuplicateValue"]


@pytest.mark.parametrize("name", ["f.csv", "f.tsv", "f.jsonl", "f.parquet"])
def test_each_format_gives_the_cells_back_as_they_came(tmp_path, name):
    path = tmp_path / name
    format_ = {"tsv": "csv"}.get(name[2:], name[2:])
    assert write_failed(path, format_, ("email", "name", "n"), iter(ROWS)) == 2
    assert [row.cells for row in read(path)] == [cells for _, cells in ROWS]
    again = [failed(row.position, row.cells) for row in read(path)]
    write_failed(path, format_, ("email", "name", "n", *REPORT_COLUMNS), again)
    assert [row.cells for row in read(path)] == [cells for _, cells in ROWS]


text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.fixed_dictionaries({"a": text, "b": text}), min_size=1, max_size=8))
def test_any_text_comes_back(tmp_path_factory, rows):
    for format_ in ("csv", "jsonl"):
        path = tmp_path_factory.mktemp("failed") / f"f.{format_}"
        write_failed(path, format_, ("a", "b"), [failed(i, cells) for i, cells in enumerate(rows)])
        assert [row.cells for row in read(path)] == rows


def test_values_of_jsonl_and_parquet_keep_their_types(tmp_path):
    rows = [
        {"i": 1, "f": 1.5, "b": True, "t": "x", "l": ["a"], "m": 1, "o": {"a": [1]}, "big": 2**70},
        {"i": None, "f": None, "b": False, "t": None, "l": [], "m": "x", "o": None, "big": None},
    ]
    given_rows = [failed(i, cells) for i, cells in enumerate(rows, 1)]
    write_failed(tmp_path / "f.jsonl", "rows", None, given_rows)
    assert [row.cells for row in read(tmp_path / "f.jsonl")] == rows
    write_failed(tmp_path / "f.parquet", "parquet", tuple(rows[0]), given_rows)
    assert [row.cells for row in read(tmp_path / "f.parquet")] == [
        {**rows[0], "m": "1", "o": '{"a":[1]}', "big": str(2**70)}, rows[1],
    ]
    table = pq.read_table(tmp_path / "f.parquet")
    assert table.column("zdasync_line").to_pylist() == [1, 2]
    write_failed(tmp_path / "f.csv", "csv", ("i", "l", "o", "b"), given_rows)
    assert [row.cells for row in read(tmp_path / "f.csv")] == [
        {"i": "1", "l": '["a"]', "o": '{"a":[1]}', "b": "true"}, {"i": "", "l": "[]", "o": "", "b": "false"},
    ]


def test_more_rows_than_a_batch(tmp_path):
    rows = [failed(i, {"id": i}) for i in range(1200)]
    for format_ in ("csv", "jsonl", "parquet"):
        path = tmp_path / f"f.{format_}"
        assert write_failed(path, format_, ("id",), rows) == 1200
        assert [int(row.cells["id"]) for row in read(path)] == list(range(1200))


@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet"])
def test_nothing_failed(tmp_path, format_):
    path = tmp_path / f"f.{format_}"
    assert write_failed(path, format_, ("id",), []) == 0
    assert read(path) == []


@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet"])
def test_cells_that_are_not_to_be_relied_on_are_shown_and_not_fed_in_again(tmp_path, format_):
    path = written(tmp_path / "in.csv", b"email,name\na@b.c,x,y\n\xff@b.c,Ada\n")
    operation = OPERATIONS["users.create_or_update"]
    rows = [
        (RowReport(row.position, None, "refused", code=row.problem.code, text="t", line=row.line), row.cells)
        for row in read(path)
    ]
    assert {report.code for report, _ in rows} <= UNREADABLE
    again = tmp_path / f"f.{format_}"
    write_failed(again, format_, ("email", "name"), rows)
    columns = Columns.of(None, operation, columns=("email", "name"))
    for row in read(again):
        fields, problem = columns.fields(row)
        assert (fields, problem.code) == ({}, "EmptyRow")
        assert row_problem(operation, fields) is not None
    shown = again.read_bytes()
    if format_ == "jsonl":
        assert json.loads(shown.splitlines()[0])["zdasync_cells"] == '{"email":"a@b.c","name":"x"}'
    elif format_ == "csv":
        assert b'"{""email"":""a@b.c"",""name"":""x""}"' in shown


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path):
    path = written(tmp_path / "f.csv", "before")

    def breaking():
        yield ROWS[0]
        raise RuntimeError("the ledger is gone")

    for format_ in ("csv", "jsonl", "parquet"):
        with pytest.raises(RuntimeError, match="gone"):
            write_failed(path, format_, ("email",), breaking())
        assert path.read_text() == "before"
        assert [one.name for one in tmp_path.iterdir()] == ["f.csv"]
    write_failed(path, "csv", ("email",), ROWS)
    assert path.read_text().startswith("email,zdasync_line")
    assert [one.name for one in tmp_path.iterdir()] == ["f.csv"]


def test_what_can_not_be_written(tmp_path):
    with pytest.raises(BadArgument, match="no format 'xlsx'"):
        write_failed(tmp_path / "f", "xlsx", ("id",), [])
    for format_ in ("csv", "parquet"):
        with pytest.raises(BadArgument, match="columns of the input"):
            write_failed(tmp_path / "f", format_, None, [])
    assert list(tmp_path.iterdir()) == []
