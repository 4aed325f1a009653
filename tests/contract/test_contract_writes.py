"""What Zendesk's reference says can be written can be written: every field of every request's body."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final, get_type_hints

import pytest
from operation_table import shape

from zdasync.resources.table import routes

FACTS: Final = Path(__file__).parents[3] / "shared" / "contract"
TABLE: Final = Path(__file__).with_name("writes.txt")

NOT_OFFERED: Final = {
    "brands.create": {"is_deleted"}, "brands.update": {"is_deleted"}, "organizations.create": {"id"},
}
"""What a model names that a write can't mean: a brand is deleted by `brands.delete`, a new record has no id yet."""


def table() -> dict[str, set[str]]:
    """The fields that each operation writes, by the operation."""
    lines = (line.split() for line in TABLE.read_text("utf-8").splitlines() if line.strip())
    return {operation: set(fields) for operation, *fields in lines}


def facts(name: str) -> Any:
    """A file of facts; nothing where there is none."""
    path = FACTS / name
    return json.loads(path.read_text("utf-8")) if path.exists() else []


def described() -> dict[tuple[str, str], set[str]]:
    """The fields that the models of requests have, by method and path."""
    models = dict(facts("models_extra.json") or {}) | dict(facts("models.json") or {})
    found: dict[tuple[str, str], set[str]] = {}
    for one in (*facts("operations.json"), *facts("extra_operations.json")):
        body = one.get("request_body") or {}
        wrapped = models.get(body.get("schema") or "", {}).get("fields", {}).get(str(body.get("wrapper_key")), {})
        for model in re.findall(r"ref:(\w+)", wrapped.get("type", "")):
            fields = models.get(model, {}).get("fields", {})
            writable = {name for name, field in fields.items() if not field.get("read_only")}
            found[one["method"], shape(one["path"])] = writable
    return found


WRITERS: Final = {route.operation: route for route in routes() if route.writes is not None}


@pytest.mark.parametrize(("operation", "fields"), table().items(), ids=[*table()])
def test_every_field_can_be_written(operation, fields) -> None:
    assert fields
    assert fields - get_type_hints(WRITERS[operation].writes).keys() == NOT_OFFERED.get(operation, set())


def test_the_table_knows_every_field_of_a_request() -> None:
    known = described()
    own = table()
    missing = {
        operation: fields - own.get(operation, set())
        for operation, route in WRITERS.items()
        if (fields := known.get((route.method, shape(route.template)), set()))
    }
    assert {operation: fields for operation, fields in missing.items() if fields} == {}
