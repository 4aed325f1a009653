"""Results as tables, text and JSON, whatever the records hold."""

from __future__ import annotations

import io
import json
import sys

import pytest

from zdasync.cli import output
from zdasync.cli.text import duration, lookup, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), ("a\x1b[2Jb\n", "a\\x1b[2Jb\\n"), (True, "true"), (5, "5"), (["a", "b\x07"], "a, b\\x07"),
        ({"a": "\u202e"}, '{"a": "\\u202e"}'), ([{"id": 1}], '[{"id": 1}]'), ([], ""),
    ],
)
def test_values_on_one_line(value, text) -> None:
    assert shown(value) == text


def test_a_path_leads_into_objects() -> None:
    record = {"a": {"b": 1}, "c": [1]}
    assert [lookup(record, path) for path in ("a.b", "a", "c.0", "x.y")] == [1, {"b": 1}, None, None]


@pytest.mark.parametrize(("seconds", "text"), [(7.4, "0:07"), (1987, "33:07"), (7500, "2:05:00")])
def test_lengths_of_time(seconds, text) -> None:
    assert duration(seconds) == text


def test_a_long_table_comes_in_parts_of_one_width(capsys) -> None:
    with output.rows(["id", "name"], machine=False) as write:
        for number in range(output.CHUNK):
            write({"id": number, "name": "x" * 20})
        first = capsys.readouterr().out
        write({"id": 12_345, "name": "y"})
    second = capsys.readouterr().out
    assert len(first.splitlines()) == output.CHUNK + 1
    assert first.splitlines()[0] == "id  name"
    assert second == "12345  y\n"


def test_rows_before_an_error_are_written(capsys) -> None:
    with pytest.raises(ValueError, match="x"), output.rows(["id"], machine=False) as write:
        write({"id": 1})
        raise ValueError("x")
    assert capsys.readouterr().out == "id\n1\n"


def test_a_table_without_rows_has_a_head(capsys) -> None:
    with output.rows(["id", "name"], machine=False):
        pass
    assert capsys.readouterr().out == "id  name\n"


def test_in_a_terminal_nothing_is_markup_nor_an_order(monkeypatch, capsys) -> None:
    monkeypatch.setattr(output, "is_terminal", lambda _: True)
    evil = "[bold red]x[/] :smile: \x1b[2J"
    with output.rows(["id", "name"], machine=False) as write:
        write({"id": 1, "name": evil})
    output.record({"id": 1, evil: evil}, None, machine=False)
    out = capsys.readouterr().out
    assert out.count("[bold red]x[/] :smile: \\x1b[2J") == 3
    assert "\x1b[2J" not in out


def test_json_for_people_obeys_nobody_either(capsys) -> None:
    evil = "\x9b31m\u202e\u2028\x7f\U000e0001\n"
    output.document({"name": evil}, machine=False)
    out = capsys.readouterr().out
    assert out == '{\n  "name": "\\u009b31m\\u202e\\u2028\\u007f\\udb40\\udc01\\n"\n}\n'
    assert json.loads(out) == {"name": evil}


def test_json_in_an_encoding_that_lacks_a_letter(monkeypatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    output.document({"name": "caf\u00e9"}, machine=True)
    assert raw.getvalue() == b'{"name": "caf\\u00e9"}\n'
