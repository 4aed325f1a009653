"""CSV files: what they hold, and what becomes of rows that can't be read."""

from __future__ import annotations

import csv
import hashlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import brief, read, written

from zdasync.bulk import files
from zdasync.bulk.cells import MAX_ROW
from zdasync.bulk.sources import open_source
from zdasync.errors import BadArgument, SourceError
from zdasync.testing import run_virtual


@pytest.fixture
def file(tmp_path):
    return lambda content, name="in.csv": written(tmp_path / name, content)


def test_rows_have_their_cells_positions_and_lines(file):
    found = read(file('id,name\r\n1,"Lovelace, Ada"\r\n2,"two\r\nlines"\r\n3,"say ""hi"""\r\n'))
    assert brief(found) == [
        (1, 2, {"id": "1", "name": "Lovelace, Ada"}),
        (2, 3, {"id": "2", "name": "two\r\nlines"}),
        (3, 5, {"id": "3", "name": 'say "hi"'}),
    ]


def test_a_blank_line_is_no_row_and_lines_still_count(file):
    assert brief(read(file("id,name\n\n1,a\n\n\n2,b"))) == [
        (1, 3, {"id": "1", "name": "a"}), (2, 6, {"id": "2", "name": "b"}),
    ]


def test_a_mark_at_the_start_is_no_part_of_the_first_name(file):
    path = file(b"\xef\xbb\xbfid,name\n1,\xc3\xa9\n")
    assert brief(read(path)) == [(1, 2, {"id": "1", "name": "é"})]
    assert brief(read(path, encoding="utf-8-sig")) == [(1, 2, {"id": "1", "name": "é"})]


async def test_the_header_is_known_once_the_source_is_open(file):
    source = open_source(file("id, name ,zdasync_code\n1,a,X\n"))
    assert source.columns is None
    await source.open()
    assert source.columns == ("id", "name")
    assert (source.format, source.name) == ("csv", "in.csv")


def test_columns_of_an_earlier_report_are_passed_over(file):
    assert brief(read(file("id,zdasync_code,name\n1,X,a\n"))) == [(1, 2, {"id": "1", "name": "a"})]


def test_delimiter_by_suffix_or_by_option(file):
    assert brief(read(file("id\tname\n1\ta,b\n", "in.tsv"))) == [(1, 2, {"id": "1", "name": "a,b"})]
    assert brief(read(file("id;name\n1;a\n"), delimiter=";")) == [(1, 2, {"id": "1", "name": "a"})]
    assert brief(read(file("id|name\n1|a\n", "in.tsv"), delimiter="|")) == [(1, 2, {"id": "1", "name": "a"})]


def test_other_encodings_whose_ascii_is_single_bytes(file):
    assert brief(read(file(b"id,name\n1,\xe9\x80\n"), encoding="cp1252")) == [(1, 2, {"id": "1", "name": "é€"})]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("id,,name\n", "column 2 has no name"),
        ("id,name, id\n", "two columns are called 'id'"),
        ("id;name\n1;2\n", "is the delimiter ';'"),
        ("zdasync_code\nX\n", "no columns but those of a report"),
        ("id\rname\r1\r", "carriage returns alone"),
        ('id,"name\n1,2\n', "never closed"),
        (b"id,n\xe4me\n1,2\n", "which encoding"),
        (b"id,n\0me\n1,2\n", "NUL"),
        (b"PK\x03\x04rest", "Excel workbook or a ZIP"),
        (b"\xff\xfei\0d\0", "UTF-16"),
        (b"PAR1....", "Parquet"),
        ("x" * (MAX_ROW + 1), "more than"),
    ],
)
def test_what_is_no_csv_with_a_header_raises(file, content, why):
    with pytest.raises(SourceError, match=why) as caught:
        read(file(content))
    assert caught.value.path is not None
    assert caught.value.path.endswith("in.csv")


async def test_a_file_that_is_not_there_raises_at_whatever_comes_first(tmp_path):
    source = open_source(tmp_path / "none.csv")
    with pytest.raises(SourceError, match="No such file"):
        await source.open()
    with pytest.raises(SourceError, match="No such file"):
        await source.fingerprint()
    with pytest.raises(SourceError, match="No such file"):
        await anext(source.batches())


async def test_the_fingerprint_is_that_of_the_content(file):
    assert await open_source(file("id\n1\n")).fingerprint() == hashlib.sha256(b"id\n1\n").hexdigest()


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b"2", "RaggedRow"),
        (b"2,b,c", "RaggedRow"),
        (b"2,\xff", "BadEncoding"),
        (b"2,a\0b", "BadCharacter"),
        (b'2,"b"c', "BadQuoting"),
        (b"2,a\rb", "BadQuoting"),
        (b"2," + b"x" * (MAX_ROW + 10), "RowTooLarge"),
        (b'2,"' + b"x" * (MAX_ROW + 10) + b'"', "RowTooLarge"),
        (b'2,"' + (b'x""y,' + b"x" * 95) * (MAX_ROW // 100) + b'"', "RowTooLarge"),
        (b'2,"' + b"x" * (MAX_ROW + 10) + b'"y', "RowTooLarge"),
        (b'2,"' + (b"x" * 99 + b"\n") * (MAX_ROW // 100 + 1) + b'"', "RowTooLarge"),
    ],
)
def test_a_broken_row_is_a_problem_and_its_neighbours_are_read(file, bad, code):
    found = brief(read(file(b"id,name\n1,a\n" + bad + b"\n3,c\n")))
    assert found == [
        (1, 2, {"id": "1", "name": "a"}),
        (2, 3, code),
        (3, 4 + bad.count(b"\n"), {"id": "3", "name": "c"}),
    ]


def test_ten_megabytes_in_one_cell_are_passed_over_in_pieces(file):
    line = b'abc,"",' + b"x" * 10_000 + b"\n"
    path = file(b'id,name\n1,"' + line * 1000 + b'"\n2,b\n')
    assert brief(read(path)) == [(1, 2, "RowTooLarge"), (2, 1003, {"id": "2", "name": "b"})]


def test_reading_goes_on_in_the_right_place_after_lines_that_are_too_long(file):
    just_too_long = b'3,"' + b"x" * (MAX_ROW - 5) + b'"y\n'
    assert len(just_too_long) == MAX_ROW + 1
    longer = b'2,"' + b"x" * (MAX_ROW + 10) + b'"y\n'
    found = brief(read(file(b"id,name\n1,a\n" + longer + just_too_long + b'4,"d\n5,e\n6,"f"\n7,g\n')))
    assert found == [
        (1, 2, {"id": "1", "name": "a"}), (2, 3, "RowTooLarge"), (3, 4, "RowTooLarge"), (4, 5, "BadQuoting"),
        (5, 6, "WithinQuote"), (6, 7, "WithinQuote"), (7, 8, {"id": "7", "name": "g"}),
    ]


async def test_a_batch_of_long_rows_has_fewer_of_them(file, monkeypatch):
    monkeypatch.setattr(files, "BATCH_BYTES", 1000)
    path = file("id\n" + ("x" * 300 + "\n") * 10)
    assert [len(batch) async for batch in open_source(path).batches()] == [4, 4, 2]


def test_cells_of_a_broken_row_are_what_could_be_read(file):
    rows = read(file(b"id,name\n1\n2,b,c\n3,\xff\xe9\n"))
    assert [dict(row.cells) for row in rows] == [
        {"id": "1"}, {"id": "2", "name": "b"}, {"id": "3", "name": "\\xff\\xe9"},
    ]
    assert rows[1].problem.text == "the row has 3 cells, and the header names 2 columns"
    assert "0xff" in rows[2].problem.text


def test_a_cell_longer_than_the_csv_modules_own_limit_is_read(file):
    text = "x" * 200_000
    assert brief(read(file(f"id,name\n1,{text}\n"))) == [(1, 2, {"id": "1", "name": text})]


def test_lines_within_a_quote_that_is_never_closed_are_doubtful_and_none_is_lost(file):
    rows = read(file('id,name\n1,a\n2,"b\n3,c\n\n4\n5,e\n'))
    assert brief(rows) == [
        (1, 2, {"id": "1", "name": "a"}), (2, 3, "BadQuoting"), (3, 4, "WithinQuote"), (4, 6, "RaggedRow"),
        (5, 7, "WithinQuote"),
    ]
    assert [dict(row.cells) for row in rows[2:]] == [{"id": "3", "name": "c"}, {"id": "4"}, {"id": "5", "name": "e"}]
    assert "line 3" in rows[2].problem.text


def test_a_stray_quote_ends_where_it_clashes_with_the_next_one(file):
    rows = brief(read(file('id,name\n1,"a\n2,b\n3,"Doe, J"\n4,d\n')))
    assert rows == [
        (1, 2, "BadQuoting"), (2, 3, "WithinQuote"), (3, 4, "WithinQuote"), (4, 5, {"id": "4", "name": "d"}),
    ]


def test_a_stray_quote_before_more_than_a_row_may_hold(file):
    lines = "".join(f"{i},{'x' * 1000}\n" for i in range(1200))
    rows = brief(read(file('id,name\n0,"a\n' + lines + '9999,"b" c\n10000,d\n')))
    assert (len(rows), rows[0]) == (1203, (1, 2, "BadQuoting"))
    assert {row[2] for row in rows[1:-2]} == {"WithinQuote"}
    assert rows[-2:] == [(1202, 1203, "WithinQuote"), (1203, 1204, {"id": "10000", "name": "d"})]


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", "é"])
def test_a_delimiter_is_one_character(file, delimiter):
    with pytest.raises(BadArgument, match="delimiter"):
        open_source(file("id\n"), delimiter=delimiter or "\r")


@pytest.mark.parametrize("encoding", ["utf-16", "no such", "cp500"])
def test_an_encoding_in_which_lines_can_not_be_told_is_refused(file, encoding):
    with pytest.raises(BadArgument, match="encoding"):
        open_source(file("id\n"), encoding=encoding)


def test_the_limit_of_the_csv_module_is_never_lowered(file):
    before = csv.field_size_limit(7_000_000)
    try:
        read(file("id\n1\n"))
        assert csv.field_size_limit() == 7_000_000
    finally:
        csv.field_size_limit(before)


# -- whatever the rows ------------------------------------------------------------------------------------------------

cells = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
awkward = st.sampled_from(["", '"', '""', ",", "\n", "\r\n", 'a"b', " x ", "\ufeff", "é", "=1+1", "\u2028", "a\nb,c"])
table = st.lists(st.tuples(cells | awkward, cells | awkward, cells | awkward), max_size=30)


def as_csv(rows):
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["a", "b", "c"])
    writer.writerows(rows)
    return text.getvalue().encode()


@settings(max_examples=80, deadline=None)
@given(table, st.integers(1, 7), st.integers(1, 60))
def test_rows_come_back_as_they_were_written(tmp_path_factory, rows, batch, weight):
    path = written(tmp_path_factory.mktemp("csv") / "in.csv", as_csv(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "BATCH", batch)
        patch.setattr(files, "BATCH_BYTES", weight)
        found = read(path)
    assert [tuple(row.cells.values()) for row in found] == rows
    assert [row.position for row in found] == list(range(1, len(rows) + 1))
    assert all(row.problem is None for row in found)


plain = st.text("abc é;'", min_size=1, max_size=5)
one_line = st.tuples(plain, plain | st.just("x, y"), plain)


@settings(max_examples=120, deadline=None)
@given(st.lists(one_line, min_size=1, max_size=12), st.data())
def test_a_broken_line_harms_its_own_row_and_a_stray_quote_those_to_the_next_quote(tmp_path_factory, rows, data):
    lines = as_csv(rows).split(b"\r\n")[:-1]
    broken = data.draw(st.integers(1, len(rows)))
    harm = data.draw(st.sampled_from([b",more", b"\xff", b"\0", b'","', b'x"y"', b',"open']))
    lines[broken] = harm.lstrip(b",") + b"," + lines[broken] if harm != b',"open' else lines[broken] + harm
    last = broken
    if harm == b',"open':
        last = next((i for i in range(broken + 1, len(lines)) if b'"' in lines[i]), len(lines) - 1)
    path = written(tmp_path_factory.mktemp("csv") / "in.csv", b"\r\n".join(lines) + b"\r\n")
    found = read(path)
    assert [row.position for row in found] == list(range(1, len(rows) + 1))
    assert [row.line for row in found] == list(range(2, len(rows) + 2))
    for row, cells_written in zip(found, rows, strict=True):
        if broken <= row.position <= last:
            assert row.problem is not None
        else:
            assert (row.problem, tuple(row.cells.values())) == (None, cells_written)


def test_leaving_early_closes_the_file(file, monkeypatch):
    path = file("id\n" + "1\n" * 5000)
    opened = []
    original = type(path).open
    monkeypatch.setattr(type(path), "open", lambda *a, **k: opened.append(original(*a, **k)) or opened[-1])

    async def one():
        batches = open_source(path).batches()
        first = await anext(batches)
        assert not opened[-1].closed
        await batches.aclose()
        return first

    assert len(run_virtual(one())) == 500
    assert opened[-1].closed
