"""Each record has every field that Zendesk's reference gives it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from model_fields import described, field_types, records_in

from zdasync import records
from zdasync.records import Record
from zdasync.resources.table import routes

FACTS: Final = Path(__file__).parents[3] / "shared" / "contract"
DESCRIBED: Final = described()

NAMES: Final = {
    ("ComplianceDeletionStatus", "user_id"), ("Count", "value"), ("Tag", "name"), ("UpdatedTicket", "ticket"),
    ("Upload", "token"),
}
"""What names a record, or is all that it says, where it has no id."""

WRITTEN_ONLY: Final = {"Ticket": {"collaborators", "macro_ids", "via_followup_source_id"}}
"""What a model names that is written and never shown."""


def models() -> dict[str, Any]:
    """The models as facts give them; nothing where there are none."""
    found: dict[str, Any] = {}
    for name in ("models_extra.json", "models.json"):
        path = FACTS / name
        found |= json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


MODELS: Final = models()


def reached(record: type[Record], found: set[type[Record]]) -> set[type[Record]]:
    """The record and all that it is made of."""
    if record not in found:
        found.add(record)
        for annotation in field_types(record).values():
            for part in records_in(annotation):
                reached(part, found)
    return found


def every_record() -> set[type[Record]]:
    """What some call gives, and what that is made of."""
    found: set[type[Record]] = set()
    for route in routes():
        for record in records_in(route.record):
            reached(record, found)
    return found


RECORDS: Final = {record.__name__: record for record in every_record()}


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.record}-{row.model}") for row in DESCRIBED])
def test_a_record_has_the_fields_of_its_model(row) -> None:
    assert row.fields
    missing = row.fields - field_types(getattr(records, row.record)).keys()
    assert missing == row.fields & WRITTEN_ONLY.get(row.record, set())


def test_the_table_knows_every_field_of_a_model() -> None:
    own: dict[str, set[frozenset[str]]] = {}
    for row in DESCRIBED:
        own.setdefault(row.model, set()).add(row.fields)
    assert {name: {frozenset(MODELS[name]["fields"])} for name in own.keys() & MODELS.keys()} == {
        name: fields for name, fields in own.items() if name in MODELS
    }


def test_every_record_of_a_call_is_public_and_has_a_name_of_its_own() -> None:
    found = every_record()
    assert len(RECORDS) == len(found)
    assert {name for name, record in RECORDS.items() if getattr(records, name, None) is not record} == set()


def test_only_what_names_a_record_is_required() -> None:
    required = {
        (record.__name__, field.name)
        for record in every_record() for field in msgspec.structs.fields(record) if field.required
    }
    assert {(record, field) for record, field in required if field != "id"} <= NAMES
