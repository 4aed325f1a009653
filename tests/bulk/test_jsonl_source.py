"""JSONL files: what they hold, and what becomes of lines that can't be read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import brief, read, written

from zdasync.bulk import files
from zdasync.bulk.cells import MAX_ROW
from zdasync.bulk.sources import open_source
from zdasync.errors import SourceError


@pytest.fixture
def file(tmp_path):
    return lambda content: written(tmp_path / "in.jsonl", content)


def test_rows_have_their_cells_positions_and_lines(file):
    found = read(file('\ufeff{"id": 1, "tags": ["a"]}\n\n  \r\n{"name": "é", "zdasync_code": "X"}\r\n{"id": null}'))
    assert brief(found) == [
        (1, 1, {"id": 1, "tags": ["a"]}), (2, 4, {"name": "é"}), (3, 5, {"id": None}),
    ]


async def test_there_is_no_header(file):
    source = open_source(file('{"id": 1}\n'))
    await source.open()
    assert (source.columns, source.format, source.name) == (None, "jsonl", "in.jsonl")
    assert len(await source.fingerprint()) == 64


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b"{", "InvalidJson"),
        (b'{"id": 2,}', "InvalidJson"),
        (b"[2]", "InvalidJson"),
        (b"2", "InvalidJson"),
        (b'{"id": 2}{"id": 3}', "InvalidJson"),
        (b'{"id": NaN}', "InvalidJson"),
        (b'{"id": "\\ud800"}', "InvalidJson"),
        (b'{"id": "a\0b"}', "InvalidJson"),
        (b'{"id": ' + b"[" * 100_000, "InvalidJson"),
        (b'{"id": "\xff"}', "BadEncoding"),
        (b'{"id": "' + b"x" * MAX_ROW + b'"}', "RowTooLarge"),
        (b"x" * 10_000_000, "RowTooLarge"),
    ],
)
def test_a_broken_line_is_a_problem_and_its_neighbours_are_read(file, bad, code):
    found = brief(read(file(b'{"id": 1}\n' + bad + b'\n{"id": 3}\n')))
    assert found == [(1, 1, {"id": 1}), (2, 2, code), (3, 3, {"id": 3})]


def test_numbers_of_any_size_keep_their_digits(file):
    assert brief(read(file('{"id": 123456789012345678901234567890}'))) == [
        (1, 1, {"id": 123456789012345678901234567890}),
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'[{"id": 1}]', "one object a line"),
        (b'[\n  {"id": 1}\n]', "one object a line"),
        (b"PK\x03\x04", "ZIP"),
        (b"\x1f\x8b..", "gzip"),
    ],
)
def test_what_is_no_jsonl_raises(file, content, why):
    with pytest.raises(SourceError, match=why):
        read(file(content))


def test_a_file_that_is_not_there_raises(tmp_path):
    with pytest.raises(SourceError, match="No such file"):
        read(tmp_path / "none.jsonl")


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=4,
)
objects = st.dictionaries(texts.filter(lambda name: not name.startswith("zdasync_")), values, max_size=4)


@settings(max_examples=50, deadline=None)
@given(st.lists(objects, min_size=1, max_size=10), st.data())
def test_rows_come_back_as_they_were_written_whatever_line_is_broken(tmp_path_factory, rows, data):
    broken = data.draw(st.integers(0, len(rows)))
    lines = [json.dumps(row, ensure_ascii=data.draw(st.booleans())).encode() for row in rows]
    if broken:
        harmed = [b"{", b"\xff", b"nope", b'{"a": "\x01"}', lines[broken - 1][:-1]]
        lines[broken - 1] = data.draw(st.sampled_from(harmed))
    path = written(tmp_path_factory.mktemp("jsonl") / "in.jsonl", b"\n".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "BATCH", data.draw(st.integers(1, 5)))
        patch.setattr(files, "BATCH_BYTES", data.draw(st.integers(1, 60)))
        found = read(path)
    assert [row.position for row in found] == list(range(1, len(rows) + 1))
    for row, cells in zip(found, rows, strict=True):
        if row.position == broken:
            assert row.problem is not None
        else:
            assert (row.problem, row.cells) == (None, cells)
