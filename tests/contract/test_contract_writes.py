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
    **dict.fromkeys(("brands.create", "brands.update"), frozenset({"is_deleted"})),
    **dict.fromkeys(("organizations.create", "organizations.update"), frozenset({"id"})),
    **dict.fromkeys(("users.create", "users.create_or_update", "users.update"), frozenset({"photo"})),
    "requests.create": {"solved"},
    "requests.update": {
        "custom_fields", "custom_status_id", "due_at", "priority", "recipient", "status", "subject", "ticket_form_id",
        "type", "via",
    },
    "sharing_agreements.create": {"status"},
    "sharing_agreements.update": {"name", "partner_name", "remote_subdomain", "type"},
    "ticket_fields.create": {"creator_app_name", "creator_user_id"},
    "ticket_fields.update": {"creator_app_name", "creator_user_id", "relationship_target_type", "type"},
    "tickets.skips.create": {"ticket"},
    "users.identities.update": {"primary"},
}
"""What a record has that this write of it can't mean: `brands.delete` deletes a brand, a photo is uploaded,
`make_primary` makes an identity the primary one, and of a request only its requester's part can be changed."""

USERS: Final = "UserObjectUsers"
"""The model of users, whose writes have no model of their own."""


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
        body, guessed = one.get("request_body") or {}, one.get("inferred_body") or {}
        wrapped = models.get(body.get("schema") or "", {}).get("fields", {}).get(str(body.get("wrapper_key")), {})
        # Where the facts give no body of a request, the record of the reply is the best guess at what it takes.
        for model in re.findall(r"ref:(\w+)", wrapped.get("type", "")) or [guessed.get("schema")]:
            found[one["method"], shape(one["path"])] = writable(models, model)
    return found


def writable(models: dict[str, Any], model: str | None) -> set[str]:
    """The fields of a model that are not for reading only."""
    fields = models.get(model or "", {}).get("fields", {})
    return {name for name, field in fields.items() if not field.get("read_only")}


WRITERS: Final = {route.operation: route for route in routes() if route.writes is not None}


@pytest.mark.parametrize(("operation", "fields"), table().items(), ids=[*table()])
def test_every_field_can_be_written(operation, fields) -> None:
    assert fields
    assert fields - get_type_hints(WRITERS[operation].writes).keys() == NOT_OFFERED.get(operation, set())


def test_the_table_knows_every_field_of_a_request() -> None:
    known = described()
    own = table()
    for operation in ("users.create", "users.create_or_update", "users.update"):
        route = WRITERS[operation]
        known[route.method, shape(route.template)] = writable(dict(facts("models.json") or {}), USERS)
    missing = {
        operation: fields - own.get(operation, set())
        for operation, route in WRITERS.items()
        if (fields := known.get((route.method, shape(route.template)), set()))
    }
    assert {operation: fields for operation, fields in missing.items() if fields} == {}
