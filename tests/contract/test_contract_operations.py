"""Every operation of Zendesk's reference: in the table, reached by a typed method, served by the simulated account.

The table is the project's own; where the facts about Zendesk's API lie beside the repository, it is compared with them.
"""

from __future__ import annotations

import inspect
import json
from functools import reduce
from pathlib import Path
from typing import Any, Final

import pytest
from operation_table import covered, not_covered, rows, shape

from zdasync import ApiToken, Zendesk
from zdasync._api import Api
from zdasync.resources._base import Resource
from zdasync.resources.table import routes
from zdasync.simulator.endpoints import TABLES
from zdasync.simulator.routing import Router

README: Final = Path(__file__).parents[2] / "README.md"
FACTS: Final = Path(__file__).parents[3] / "shared" / "contract"

WITHOUT_ROUTE: Final = {"oauth.exchange_code"}
"""Sent without credentials and outside of the limits."""

NO_OPERATIONS: Final = {
    "incremental.resume", "job_statuses.wait", "oauth.authorization_url", "organization_fields.accessor",
    "ticket_fields.accessor", "user_fields.accessor",
}
"""Public methods that are no row of the table: they send nothing by themselves, or what others send."""

SHARED: Final = {
    ("POST", "/api/v2/tickets"): {"tickets.create", "tickets.create_async"},
    ("POST", "/api/v2/webhooks"): {"webhooks.clone", "webhooks.create"},
    ("PUT", "/api/v2/tickets/{}"): {"tickets.update", "tickets.update_with_audit"},
    ("PUT", "/api/v2/users/{}"): {"users.update", "users.upload_photo"},
}
"""Operations that two methods reach."""

TABLE: Final = rows()
COVERED: Final = [row for row in TABLE if row.covered]


def facts(name: str) -> list[dict[str, Any]]:
    """A file of facts; nothing where there is none."""
    path = FACTS / name
    return json.loads(path.read_text("utf-8")) if path.exists() else []


def client() -> Zendesk:
    return Zendesk("acme", auth=ApiToken("agent@acme.com", "token"))


def method_of(operation: str) -> Any:
    return reduce(getattr, operation.split("."), client())


def test_no_operation_stands_twice() -> None:
    assert len({(*row.place, row.where) for row in TABLE}) == len(TABLE)


def test_the_routes_are_the_covered_rows() -> None:
    here = {(route.operation, route.method, shape(route.template)) for route in routes()}
    table = {(row.where, *row.place) for row in COVERED if row.where not in WITHOUT_ROUTE}
    assert here == table
    rows = [(one.operation, one.method, one.template, one.record, one.idempotent) for one in routes()]
    assert len(set(rows)) == len(rows)


def test_what_two_methods_reach_is_meant() -> None:
    places: dict[tuple[str, str], set[str]] = {}
    for row in COVERED:
        places.setdefault(row.place, set()).add(row.where)
    assert {place: names for place, names in places.items() if len(names) > 1} == SHARED


def test_no_known_operation_is_missing() -> None:
    known = {
        (one["method"], shape(one["path"]))
        for file in ("operations.json", "extra_operations.json") for one in facts(file)
    }
    assert known - {row.place for row in TABLE} == set()


@pytest.mark.parametrize("operation", sorted({row.where for row in COVERED}))
def test_each_operation_is_a_documented_and_typed_method(operation) -> None:
    method = method_of(operation)
    assert inspect.getdoc(method)
    signature = inspect.signature(method)
    assert signature.return_annotation is not inspect.Signature.empty
    assert [one.name for one in signature.parameters.values() if one.annotation is inspect.Parameter.empty] == []


@pytest.mark.parametrize("route", [pytest.param(route, id=route.operation) for route in routes()])
def test_what_starts_a_job_gives_a_job_and_what_pages_gives_pages(route) -> None:
    gives = inspect.signature(method_of(route.operation)).return_annotation
    assert (gives == "Call[Job]") == (route.key == "job_status" and not gives.endswith("[JobStatus]"))
    assert gives == "Call[Job]" or not route.job
    assert route.paging == "none" or not gives.startswith("Call[")


def methods(resource: Resource, name: str) -> set[str]:
    """The public methods of a page and of those that hang on it."""
    found: set[str] = set()
    for key in dir(resource):
        if key.startswith("_") or key == "string_ids":
            continue
        value = getattr(resource, key)
        found |= methods(value, f"{name}.{key}") if isinstance(value, Resource) else {f"{name}.{key}"}
    return found


def test_every_method_is_an_operation() -> None:
    zd = client()
    pages = [name for name in Api.__annotations__ if not name.startswith("_")]
    found = set().union(*(methods(getattr(zd, name), name) for name in pages))
    aliases = {name for name in found if name.startswith("users.sessions.")}
    assert {name.removeprefix("users.") for name in aliases} <= found
    assert found - aliases == {row.where for row in COVERED} | NO_OPERATIONS


def test_the_simulated_account_serves_each_operation() -> None:
    router = Router(TABLES)
    paths = [(row.method, row.path.replace("{incremental_resource}", "users")) for row in COVERED]
    wanted = [(method, shape(path).replace("{}", "1")) for method, path in paths]
    assert [one for one in wanted if router.find(*one) is None] == []


def test_the_table_for_people_names_everything() -> None:
    there, rest = covered(TABLE), not_covered(TABLE)
    assert f"{len(COVERED)} of {len(TABLE)} known operations" in there
    assert all(row.where.rpartition(".")[2] in there for row in COVERED)
    assert all(f"`{row.method} {row.path}`" in rest for row in TABLE if not row.covered)


def test_the_readme_has_the_table() -> None:
    assert covered(TABLE) in README.read_text("utf-8")
