"""Declarations: what a row's cells become, and what is refused before any row is read."""

from __future__ import annotations

import json

import pytest
from reading import read, written

from zdasync.bulk.columns import Columns, declaration_beside, read_declaration
from zdasync.bulk.operations import OPERATIONS
from zdasync.bulk.rows import InputRow, Problem
from zdasync.errors import BadArgument, SourceError

USERS = OPERATIONS["users.create_or_update"]
TICKETS = OPERATIONS["tickets.import_"]


def fields(declaration, cells, operation=USERS, *, header=True):
    columns = Columns.of(declaration, operation, columns=tuple(cells) if header else None)
    return columns.fields(InputRow(1, cells))


def good(declaration, cells, operation=USERS, *, header=True):
    found, problem = fields(declaration, cells, operation, header=header)
    assert problem is None
    return found


def refused(declaration, operation=USERS, columns=("email",)):
    with pytest.raises(BadArgument) as caught:
        Columns.of(declaration, operation, columns=columns)
    return caught.value.message


def test_a_column_goes_to_the_field_of_its_name_with_the_type_that_the_field_takes():
    cells = {
        "email": " a@b.c ", "organization_id": "12", "suspended": "No", "tags": "vip, gold ,", "agent_brand_ids": "1,2",
        "user_fields.tier": "3", "role": "agent",
    }
    assert good(None, cells) == {
        "email": "a@b.c", "organization_id": 12, "suspended": False, "tags": ["vip", "gold"], "agent_brand_ids": [1, 2],
        "user_fields": {"tier": "3"}, "role": "agent",
    }


def test_targets():
    assert good(
        {"mail": "email", "tier": "user_fields.tier", "odd": "user_fields.a.b", "firm": {"to": "organization.name"},
         "x": ""},
        {"mail": "a@b.c", "tier": "gold", "odd": "1", "firm": "Acme", "x": "never", "zdasync_code": "never"},
    ) == {
        "email": "a@b.c", "user_fields": {"tier": "gold", "a.b": "1"}, "organization": {"name": "Acme"},
    }
    assert good(
        {"size": {"to": "custom_fields.360001", "type": "int"}, "ok": {"to": "custom_fields.360002", "type": "bool"},
         "from": "requester.email", "history": {"to": "comments", "type": "json"}},
        {"size": "4", "ok": "yes", "from": "a@b.c", "history": '[{"body": "hi"}]', "subject": "Help"}, TICKETS,
    ) == {
        "custom_fields": [{"id": 360001, "value": 4}, {"id": 360002, "value": True}], "requester": {"email": "a@b.c"},
        "comments": [{"body": "hi"}], "subject": "Help",
    }


def test_a_deletion_has_ids_only():
    assert good({"Zendesk id": "id"}, {"Zendesk id": "42"}, OPERATIONS["users.delete"]) == {"id": 42}
    assert good(None, {"id": "42", "name": "x"}, OPERATIONS["organizations.update"]) == {"id": 42, "name": "x"}
    assert "writes no field 'name'" in refused(None, OPERATIONS["users.delete"], ("id", "name"))


@pytest.mark.parametrize(
    ("spec", "cell", "value"),
    [
        ({}, "a", "a"),
        ({}, 5, 5),
        ({"type": "text"}, 5, "5"),
        ({"type": "text"}, "007", "007"),
        ({"type": "int"}, "-12", -12),
        ({"type": "int"}, 12.0, 12),
        ({"type": "decimal"}, "12.5", 12.5),
        ({"type": "decimal"}, "-12", -12),
        ({"type": "decimal"}, "0.1", 0.1),
        ({"type": "decimal", "point": ","}, "12,5", 12.5),
        ({"type": "decimal"}, 7, 7),
        ({"type": "bool"}, "TRUE", True),
        ({"type": "bool"}, "0", False),
        ({"type": "bool"}, True, True),
        ({"type": "bool", "true": "ja", "false": ["nein", "n"]}, "N", False),
        ({"type": "date"}, "2024-01-31", "2024-01-31"),
        ({"type": "date", "format": "%d.%m.%Y"}, "31.1.2024", "2024-01-31"),
        ({"type": "datetime"}, "2024-01-31T12:00:00+02:00", "2024-01-31T10:00:00Z"),
        ({"type": "datetime"}, "2024-01-31 12:00", "2024-01-31T12:00:00Z"),
        ({"type": "datetime", "zone": "Europe/Vienna"}, "2024-07-31 12:00", "2024-07-31T10:00:00Z"),
        ({"type": "datetime", "format": "%d/%m/%y %H:%M", "zone": "UTC"}, "31/01/24 12:30", "2024-01-31T12:30:00Z"),
        ({"type": "list"}, "a, b,,c", ["a", "b", "c"]),
        ({"type": "list", "separator": "; "}, "a, b; c", ["a, b", "c"]),
        ({"type": "list", "items": "int"}, "1, 2", [1, 2]),
        ({"type": "list"}, ["a"], ["a"]),
        ({"type": "json"}, '{"a": [1]}', {"a": [1]}),
        ({"type": "json"}, {"a": 1}, {"a": 1}),
    ],
)
def test_types(spec, cell, value):
    found = good({"x": {"to": "user_fields.x", **spec}}, {"x": cell})["user_fields"]["x"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("spec", "cell", "wanted"),
    [
        ({"type": "text"}, 1001.0, "a text"),
        ({"type": "text"}, True, "a text"),
        ({"type": "text"}, ["a"], "a text"),
        ({"type": "int"}, "1.5", "a whole number"),
        ({"type": "int"}, "1_000", "a whole number"),
        ({"type": "int"}, "٣", "a whole number"),
        ({"type": "int"}, True, "a whole number"),
        ({"type": "int"}, 1.5, "a whole number"),
        ({"type": "int"}, 1e300, "a whole number"),
        ({"type": "decimal"}, "1,5", "a number like 12.5"),
        ({"type": "decimal", "point": ","}, "1.5", "a number like 12,5"),
        ({"type": "decimal"}, "nan", "a number"),
        ({"type": "decimal"}, "0.12345678901234567890", "no more digits"),
        ({"type": "decimal"}, True, "a number"),
        ({"type": "bool"}, "maybe", "1 or on or true or yes, or 0 or false or no or off"),
        ({"type": "bool", "true": "ja", "false": "nein"}, "yes", "ja, or nein"),
        ({"type": "bool"}, 1, "true"),
        ({"type": "date"}, "31.01.2024", "a date like 2024-01-31"),
        ({"type": "date"}, "2024-02-30", "a date"),
        ({"type": "date", "format": "%d.%m.%Y"}, "2024-01-31", "a date as '%d.%m.%Y' says it"),
        ({"type": "datetime"}, "noon", "a time like"),
        ({"type": "datetime"}, 1700000000, "a time"),
        ({"type": "datetime"}, "0001-01-01T00:00:00+14:00", "a time"),
        ({"type": "list"}, {"a": 1}, "a list"),
        ({"type": "list", "items": "int"}, "1,b", "a whole number"),
        ({"type": "json"}, "{", "JSON"),
        ({"type": "json"}, "[" * 100_000, "JSON"),
    ],
)
def test_a_cell_that_is_none_of_its_type(spec, cell, wanted):
    found, problem = fields({"x": {"to": "user_fields.x", **spec}}, {"x": cell, "email": "a@b.c"})
    assert found == {"email": "a@b.c"}
    assert (problem.code, problem.field) == ("InvalidCell", "user_fields.x")
    assert problem.text.startswith("expected ")
    assert wanted in problem.text
    assert len(problem.text) < 250


def test_the_first_of_several_misfits_is_told():
    _, problem = fields(None, {"suspended": "x", "organization_id": "y"})
    assert problem.field == "suspended"


def test_a_row_that_could_not_be_read_has_its_own_problem():
    columns = Columns.of(None, USERS, columns=("email",))
    broken = Problem("RaggedRow", "ragged")
    assert columns.fields(InputRow(1, {"email": "a@b.c"}, broken)) == ({}, broken)


# -- empty cells, nulls, defaults -------------------------------------------------------------------------------------


def test_an_empty_cell_writes_nothing_or_null():
    cells = {"email": "a@b.c", "phone": "  ", "suspended": "", "user_fields.x": ""}
    assert good(None, cells) == {"email": "a@b.c"}
    assert good({"options": {"empty": "null"}}, cells) == {
        "email": "a@b.c", "phone": None, "suspended": None, "user_fields": {"x": None},
    }
    assert good({"options": {"trim": False}}, {"email": "a@b.c", "phone": " 1 "}) == {"email": "a@b.c", "phone": " 1 "}


def test_a_null_is_an_empty_cell_in_a_table_and_null_elsewhere():
    cells = {"email": "a@b.c", "phone": None}
    assert good(None, cells, header=True) == {"email": "a@b.c"}
    assert good(None, cells, header=False) == {"email": "a@b.c", "phone": None}
    assert good({"options": {"nulls": "write"}}, cells, header=True) == {"email": "a@b.c", "phone": None}
    assert good({"options": {"nulls": "empty"}}, cells, header=False) == {"email": "a@b.c"}


def test_a_row_without_anything_to_write_is_a_problem_also_with_defaults():
    _, problem = fields({"defaults": {"role": "end-user"}}, {"email": "", "name": " "})
    assert problem.code == "EmptyRow"


def test_defaults_fill_what_no_cell_gives():
    declaration = {
        "columns": {"size": "custom_fields.1"},
        "defaults": {"subject": "none", "status": "closed", "requester": {"name": "x"}, "tags": ["old"],
                     "custom_fields": {"1": 5, "2": 6}},
    }
    cells = {"subject": "", "status": "open", "size": "7", "requester.email": "a@b.c"}
    found = good(declaration, cells, TICKETS)
    assert found == {
        "subject": "none", "status": "open", "requester": {"email": "a@b.c", "name": "x"},
        "custom_fields": [{"id": 1, "value": "7"}, {"id": 2, "value": 6}], "tags": ["old"],
    }
    columns = Columns.of(declaration, TICKETS, columns=tuple(cells))
    columns.fields(InputRow(1, cells))[0]["tags"].append("new")
    assert columns.fields(InputRow(2, cells))[0]["tags"] == ["old"]
    other = good(declaration, {**cells, "size": ""}, TICKETS)
    assert other["custom_fields"] == [{"id": 1, "value": 5}, {"id": 2, "value": 6}]
    null = good({"defaults": {"user_fields": {"a": 1}}}, {"email": "a@b.c", "user_fields": None}, header=False)
    assert null == {"email": "a@b.c", "user_fields": None}


# -- references -------------------------------------------------------------------------------------------------------


def test_a_reference_is_left_for_the_run_to_look_up():
    columns = Columns.of(
        {"org": {"to": "organization_id", "reference": "organizations.external_id"}}, USERS, columns=("email", "org")
    )
    assert columns.references == {"organization_id": "organizations.external_id"}
    assert columns.fields(InputRow(1, {"email": "a@b.c", "org": " acme "})) == (
        {"email": "a@b.c", "organization_id": "acme"}, None,
    )


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declaration", "columns", "why"),
    [
        ({}, ("emial",), "column 'emial': users.create_or_update writes no field 'emial': did you mean 'email'?"),
        ({}, ("tier",), "to user_fields.tier"),
        ({"emial": "email"}, ("email",), "is declared, and the input has no such column: did you mean 'email'"),
        ({"xyz": "email"}, ("a", "b"), "it has a, b"),
        ({"a": "emial"}, ("a",), "column 'a': users.create_or_update writes no field 'emial': did you mean 'email'?"),
        ({"a": "email"}, ("a", "email"), "column 'a' goes to email already"),
        ({"a": "user_fields.x"}, ("a", "user_fields"), "goes to user_fields.x already"),
        ({"a": "organization.nam"}, ("a",), "there is no 'nam' within it: did you mean 'name'?"),
        ({"a": "email.x"}, ("a",), "email has no parts"),
        ({"a": "tags.x"}, ("a",), "tags has no parts"),
        ({"a": "identities.x"}, ("a",), "identities has no parts"),
        ({"a": "user_fields."}, ("a",), "ends in a dot"),
        ({"a": 5}, ("a",), "name its target"),
        ({"a": {"to": 5}}, ("a",), "to must be the path"),
        ({"a": {"to": "email", "type": "txt"}}, ("a",), "there is no type 'txt': did you mean 'text'?"),
        ({"a": {"to": "email", "typ": "text"}}, ("a",), "no setting 'typ': did you mean 'type'?"),
        ({"a": {"to": "email", "type": "text", "format": "%d"}}, ("a",), "of type text has no setting 'format'"),
        ({"a": {"to": "tags", "type": "list", "separator": ""}}, ("a",), "separator must be a text"),
        ({"a": {"to": "tags", "type": "list", "items": "float"}}, ("a",), "items must be 'text' or 'int'"),
        ({"a": {"to": "verified", "type": "bool", "true": []}}, ("a",), "true must be a text or a list"),
        ({"a": {"to": "verified", "type": "bool", "true": "no"}}, ("a",), "'no' is both true and false"),
        ({"a": {"to": "notes", "type": "decimal", "point": "'"}}, ("a",), "point must be '.' or ','"),
        ({"a": {"to": "notes", "type": "datetime", "zone": "Vienna"}}, ("a",), "no time zone 'Vienna'"),
        ({"a": {"to": "notes", "type": "datetime", "zone": "../x"}}, ("a",), "no time zone"),
        ({"a": {"to": "organization_id", "reference": "organization"}}, ("a",), "did you mean 'organizations."),
        ({"a": {"to": "name", "reference": "users.email"}}, ("a",), "name takes none"),
        ({"columns": {}, "column": {}}, ("email",), "no section 'column': did you mean 'columns'?"),
        ({"columns": []}, ("email",), "column 'columns': name its target"),
        ({"columns": {}, "defaults": 5}, ("email",), "defaults must be a mapping"),
        ({"defaults": {"rol": "x"}}, ("email",), "did you mean 'role'?"),
        ({"defaults": {"role": object()}}, ("email",), "the default of role"),
        ({"options": {"emty": "null"}}, ("email",), "no option 'emty': did you mean 'empty'?"),
        ({"options": {"empty": "drop"}}, ("email",), "option empty must be 'skip' or 'null', not 'drop'"),
        ({"options": {"trim": 1}}, ("email",), "option trim must be True or False"),
        ({"operation": "users.create", "columns": {}}, ("email",), "is for users.create, and this is users.create_or"),
        ({5: "email"}, ("email",), "names of columns are texts"),
    ],
)  # fmt: skip
def test_a_declaration_that_can_not_be_right(declaration, columns, why):
    assert why in refused(declaration, columns=columns)


@pytest.mark.parametrize("path", ["custom_fields.x", "custom_fields.", "custom_fields.٣", "comments.body", "nope"])
def test_targets_that_a_ticket_does_not_have(path):
    assert refused({"a": path}, TICKETS, ("a",)).startswith("column 'a': ")


# -- rows with names of their own -------------------------------------------------------------------------------------


def test_rows_with_names_of_their_own_are_checked_one_by_one():
    columns = Columns.of({"mail": "email", "gone": ""}, USERS)
    assert columns.fields(InputRow(1, {"mail": "a@b.c", "gone": "x"})) == ({"email": "a@b.c"}, None)
    assert columns.fields(InputRow(2, {"email": "a@b.c"}))[1].code == "UnknownField"
    _, problem = columns.fields(InputRow(3, {"mail": "a@b.c", "nmae": "x"}))
    assert (problem.code, problem.field) == ("UnknownField", "nmae")
    assert "did you mean 'name'?" in problem.text
    assert columns.fields(InputRow(4, {"name": "x", "zdasync_code": "y"})) == ({"name": "x"}, None)


# -- files and fingerprints -------------------------------------------------------------------------------------------

TOML = """
operation = "users.create_or_update"
[columns]
id = "external_id"
tags = { to = "tags", type = "list", separator = ";" }
[defaults]
role = "end-user"
user_fields.since = 2024-01-31
[options]
empty = "null"
"""


def test_a_declaration_from_a_file(tmp_path):
    data, beside = tmp_path / "customers.csv", tmp_path / "customers.toml"
    assert declaration_beside(data) is None
    written(beside, TOML)
    assert declaration_beside(data) == beside
    assert declaration_beside(beside) is None
    assert read_declaration(beside)["operation"] == "users.create_or_update"
    for path in (beside, str(beside)):
        columns = Columns.of(path, USERS, columns=("id", "tags"))
        (row,) = read(written(data, "id,tags\n1,a;b\n"))
        assert columns.fields(row) == ({
            "external_id": "1", "tags": ["a", "b"], "role": "end-user", "user_fields": {"since": "2024-01-31"},
        }, None)


def test_a_file_that_is_no_declaration(tmp_path):
    with pytest.raises(SourceError, match="No such file"):
        Columns.of(tmp_path / "none.toml", USERS)
    for content in (b"columns = ", b"\xff"):
        with pytest.raises(SourceError, match="is no TOML"):
            Columns.of(written(tmp_path / "bad.toml", content), USERS)
    with pytest.raises(BadArgument, match=r"wrong\.toml: .*is for tickets\.create"):
        Columns.of(written(tmp_path / "wrong.toml", 'operation = "tickets.create"\n[columns]\n'), USERS)


def test_the_fingerprint_changes_with_the_declaration_and_nothing_else():
    def fingerprint(declaration, operation=USERS, columns=("a", "email")):
        return Columns.of(declaration, operation, columns=columns).fingerprint

    one = fingerprint({"a": "notes"})
    assert one == fingerprint({"columns": {"a": {"to": "notes"}}})
    assert fingerprint({"a": "notes", "email": "email"}) == fingerprint({"email": "email", "a": "notes"})
    others = [
        fingerprint({"a": "details"}), fingerprint({"a": {"to": "notes", "type": "text"}}),
        fingerprint({"columns": {"a": "notes"}, "defaults": {"role": "agent"}}),
        fingerprint({"columns": {"a": "notes"}, "options": {"trim": False}}),
        fingerprint({"a": "notes"}, OPERATIONS["users.create"]),
    ]
    assert len({one, *others}) == 6


def test_a_declaration_as_json_makes_the_same_columns_without_the_header():
    declared = {"columns": {"t": {"to": "tags", "type": "list"}}, "defaults": {"user_fields": {"a": 1}}}
    columns = Columns.of(declared, USERS, columns=("t", "email", "phone"))
    again = Columns.of(json.loads(json.dumps(columns.declaration)), USERS)
    assert again.fingerprint == columns.fingerprint
    row = InputRow(1, {"t": "a,b", "email": "a@b.c", "phone": None})
    assert again.fields(row) == columns.fields(row)
