"""Rows laid out in columns: what becomes a column under which name, and that nothing is lost or mixed up."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdasync.sync import columns as module
from zdasync.sync.columns import Columns


def laid(columns: Columns, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows as they would be read from a table, without what is null."""
    found = columns.lay(rows)
    assert {len(values) for values in found} <= {len(columns.names)}
    return [
        {name: value for name, value in zip(columns.names, values, strict=True) if value is not None}
        for values in found
    ]


def test_plain_values_stay_and_others_become_json():
    row = {"id": 1, "name": "Zoë", "ok": True, "x": 1.5, "none": None, "tags": ["ä", 1], "photo": {"url": None}}
    assert laid(Columns(), row) == [
        {"id": 1, "name": "Zoë", "ok": True, "x": 1.5, "tags": '["ä",1]', "photo": '{"url":null}'}
    ]


def test_custom_fields_of_users_are_columns():
    columns = Columns("user_fields")
    assert laid(columns, {"id": 1, "user_fields": {"tier": "gold", "seen": ["a"]}, "role": "admin"}) == [
        {"id": 1, "role": "admin", "user_fields.tier": "gold", "user_fields.seen": '["a"]'}
    ]
    assert columns.names == ["id", "role", "user_fields.tier", "user_fields.seen"]


def test_custom_fields_of_tickets_are_columns_and_what_repeats_them_is_left_out():
    fields = [{"id": 360, "value": "x"}, {"id": 361, "value": None}, {"id": 362, "value": ["a", "b"]}]
    columns = Columns("custom_fields", "fields")
    assert laid(columns, {"id": 1, "custom_fields": fields, "fields": fields}) == [
        {"id": 1, "custom_fields.360": "x", "custom_fields.362": '["a","b"]'}
    ]
    other = [{"id": 360, "value": "y"}]
    assert laid(columns, {"id": 2, "custom_fields": fields[:1], "fields": other}) == [
        {"id": 2, "custom_fields.360": "x", "fields": json.dumps(other, separators=(",", ":"))}
    ]


@pytest.mark.parametrize(
    "held", [[{"id": 1}], [1], "text", 7, [{"id": 1, "value": 2}, {"id": 1, "value": 3}]], ids=repr
)
def test_custom_fields_in_an_unknown_form_stay_together(held):
    wanted = held if isinstance(held, str | int) else json.dumps(held, separators=(",", ":"))
    assert laid(Columns("custom_fields"), {"id": 1, "custom_fields": held}) == [{"id": 1, "custom_fields": wanted}]


@pytest.mark.parametrize("held", [None, {}, []])
def test_no_custom_fields_make_no_column(held):
    columns = Columns("user_fields")
    assert laid(columns, {"id": 1, "user_fields": held}) == [{"id": 1}]
    assert columns.names == ["id"]


def test_columns_appear_when_they_are_seen_first_and_keep_their_place():
    columns = Columns("user_fields")
    rows = [
        {"id": 1, "user_fields": {"a": 1}}, {"id": 2, "user_fields": {"b": 2, "a": 3}}, {"name": "x", "id": 3},
        {"id": 4, "user_fields": {"a": 4}},
    ]
    wanted = [
        {"id": 1, "user_fields.a": 1}, {"id": 2, "user_fields.a": 3, "user_fields.b": 2}, {"id": 3, "name": "x"},
        {"id": 4, "user_fields.a": 4},
    ]
    assert laid(columns, *rows) == wanted
    assert columns.names == ["id", "user_fields.a", "user_fields.b", "name"]
    assert laid(columns, *rows) == wanted


def test_names_that_differ_in_case_alone_are_told_apart_the_same_way_in_every_run():
    columns = Columns("user_fields")
    row = {"id": 1, "Name": "a", "name": "b", "user_fields": {"tier": 1, "Tier": 2, "TIER": 3}}
    found = laid(columns, row)
    assert sorted(found[0].values(), key=str) == [1, 1, 2, 3, "a", "b"]
    assert len({name.casefold() for name in columns.names}) == len(columns.names) == 6
    assert {"id", "Name", "user_fields.tier"} < set(columns.names)
    backwards = {"user_fields": {"TIER": 3, "Tier": 2, "tier": 1}, "name": "b", "Name": "a", "id": 1}
    assert laid(Columns("user_fields", known=columns.names), backwards) == found


def test_past_the_limit_custom_fields_stay_together_and_others_are_columns_still():
    columns = Columns("user_fields", most=3)
    row = {"id": 1, "user_fields": {"a": 1, "b": 2, "c": ["x"], "d": None}}
    rest = {"c": ["x"], "d": None}
    assert laid(columns, row) == [
        {"id": 1, "user_fields.a": 1, "user_fields.b": 2, "user_fields": json.dumps(rest, separators=(",", ":"))}
    ]
    later = {"id": 2, "name": "x", "user_fields": {"a": 5}}
    assert laid(columns, later) == [{"id": 2, "name": "x", "user_fields.a": 5}]


def test_a_name_with_nul_loses_it():
    columns = Columns()
    laid(columns, {"id": 1, "a\0b": 2})
    assert "\0" not in columns.names[1]


def test_only_so_many_layouts_are_remembered(monkeypatch):
    monkeypatch.setattr(module, "MOST_LAYOUTS", 5)
    columns = Columns(known=["id", *"abcdefgh"])
    rows = [{"id": index, **dict.fromkeys("abcdefgh"[:index], index)} for index in range(9)]
    assert laid(columns, *rows) == rows
    assert len(columns._layouts) <= 5


keys = st.sampled_from(["id", "a", "A", "b", "é", "É"])
fields = st.one_of(
    st.none(), st.dictionaries(st.sampled_from(["x", "X", "y", "z"]), st.integers(0, 9), max_size=4),
)


@given(st.lists(st.lists(st.tuples(st.dictionaries(keys, st.integers(0, 9)), fields), max_size=4), max_size=4),
       st.sampled_from([None, 2, 4]))
def test_every_value_comes_out_once_whatever_the_shapes_of_rows(batches, most):
    columns = Columns("f", most=most)
    for batch in batches:
        rows = [{**row, "f": custom} for row, custom in batch]
        for row, found in zip(rows, laid(columns, *rows), strict=True):
            rest = json.loads(found.pop("f", "{}"))
            given_values = sorted(value for key, value in row.items() if key != "f")
            wanted = sorted([*given_values, *(row["f"] or {}).values()])
            assert sorted([*found.values(), *rest.values()]) == wanted
    assert len({name.casefold() for name in columns.names}) == len(columns.names)
