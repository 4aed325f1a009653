"""Every reply can be read: whatever the reference's types allow reaches the record, and none of it is taken for drift.

Replies are made from the records' own types, and where the facts about Zendesk's API lie beside the repository from
their types as well. What accounts send besides is in `test_contract_odd_replies.py`.
"""

from __future__ import annotations

import inspect
import json
import re
from datetime import datetime
from functools import reduce
from pathlib import Path
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

import attrs
import msgspec
import pytest
from fake_caller import FakeCaller
from made_replies import WAYS, Maker, Models, Way, lost
from model_fields import field_types, records_in
from operation_table import shape

from zdasync import ApiToken, Zendesk
from zdasync._core.route import Route
from zdasync.call import JobCall
from zdasync.records import JobStatus, Variants
from zdasync.resources._base import Resource
from zdasync.resources.table import routes

FACTS: Final = Path(__file__).parents[3] / "shared" / "contract"


class AnyPage(Resource):
    """Reads what any route answers."""

    string_ids = True


@attrs.frozen
class Answer:
    """A reply's schema, and the route that it answers; `pages` where the method gives pages."""

    route: Route[Any]
    schema: str
    pages: bool

    @property
    def key(self) -> str | None:
        return self.route.key

    @property
    def reads(self) -> Any:
        return JobStatus if self.route.job else self.route.record

    def made(self, models: Models, way: Way) -> dict[str, Any]:
        """The reply, made in one way."""
        required = {field.name for field in _fields(self.reads) if field.required}
        return Maker(models, way, frozenset(required)).reply(self.schema, self.key)

    async def problems(self, models: Models, way: Way) -> list[str]:
        """What goes wrong in reading it."""
        body = self.made(models, way)
        try:
            read, drift = await self.read(body)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a problem to be told
            return [f"{way.name}: {error!r}"]
        said = body if self.key is None else body[self.key]
        if not self.pages and isinstance(said, list) and inspect.isclass(self.reads):
            (said,) = said  # a record that is documented as a list of one
        return [f"{way.name}: {problem}" for problem in (*drift, *lost(said, read))]

    async def read(self, body: Any) -> tuple[Any, list[str]]:
        """What the route makes of a body, in JSON's own types, and what it took for drift."""
        caller = FakeCaller(body)
        page = AnyPage(caller)
        ids = dict.fromkeys(re.findall(r"\{(\w+)\}", self.route.template), "1")
        if self.route.job:
            await JobCall(caller, page._request(self.route, **ids), None)
            found: Any = caller.jobs.registered[0][0]
        elif self.pages:
            found = list(await page._pages(self.route, query=(("include", "users"),), **ids))
        else:
            found = await page._call(self.route, **ids)
        return msgspec.to_builtins(found), [f"{one.record}.{one.field}: {one.problem}" for one in caller.events]


def _fields(cls: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(cls) if inspect.isclass(cls) and issubclass(cls, msgspec.Struct) else ()


def gives_pages(operation: str) -> bool:
    method = reduce(getattr, operation.split("."), Zendesk("acme", auth=ApiToken("agent@acme.com", "token")))
    return inspect.signature(method).return_annotation.startswith(("Pages[", "Export["))


READ: Final = [route for route in routes() if (route.job or route.record) and not isinstance(route.record, Variants)]
PAGES: Final = {route.operation: gives_pages(route.operation) for route in READ}


# --- replies of the records' own types

PLAIN: Final = {int: "integer", str: "string", bool: "boolean", float: "number", datetime: "datetime", Any: "any"}


def notation(annotation: Any) -> str:
    """A type as the facts would write it."""
    if annotation in PLAIN:
        return PLAIN[annotation]
    origin, parts = get_origin(annotation), [one for one in get_args(annotation) if one not in (type(None), ...)]
    if origin in (Union, UnionType):
        kinds = [notation(part) for part in parts]
        return kinds[0] if len(kinds) == 1 else f"oneOf<{'|'.join(kinds)}>"
    if origin is dict:
        return f"map<{notation(parts[1])}>"
    return f"array<{notation(parts[0])}>" if origin in (tuple, list) else f"ref:{annotation.__name__}"


def models_of(annotation: Any, models: dict[str, Any]) -> None:
    """Add a type's records to the models."""
    for record in records_in(annotation):
        if record.__name__ not in models:
            types = field_types(record)
            fields = {name: {"type": notation(kind)} for name, kind in types.items()}
            models[record.__name__] = {"kind": "object", "fields": fields}
            for kind in types.values():
                models_of(kind, models)


def own_answers() -> dict[str, Answer]:
    """An answer for each kind of reply, by a name for people."""
    found = {}
    for route in READ:
        pages = PAGES[route.operation]
        reads = JobStatus if route.job else route.record
        found[f"{route.key}-{notation(reads)}-{'pages' if pages else 'one'}"] = Answer(route, "Reply", pages)
    return found


def own_models(answer: Answer) -> Models:
    models: dict[str, Any] = {}
    models_of(answer.reads, models)
    kind = notation(list[answer.reads] if answer.pages else answer.reads)
    if answer.key is None:
        return models | {"Reply": models[answer.reads.__name__]}
    return models | {"Reply": {"kind": "object", "fields": {answer.key: {"type": kind}}}}


@pytest.mark.parametrize("answer", [pytest.param(answer, id=name) for name, answer in sorted(own_answers().items())])
async def test_a_reply_of_the_records_own_types_is_read(answer) -> None:
    models = own_models(answer)
    assert [problem for way in WAYS for problem in await answer.problems(models, way)] == []


# --- replies of the types that the facts give

TICKETS: Final = "TicketsResponse"
USERS: Final = "UsersResponse"
COUNT: Final = "CountTicketsResponse"
NAMED: Final = {
    "tickets.problems": TICKETS, "tickets.autocomplete_problems": TICKETS, "tickets.incidents": TICKETS,
    "tickets.collaborators": USERS, "tickets.followers": USERS, "tickets.email_ccs": USERS,
    "tickets.count": COUNT, "tickets.count_assigned": COUNT, "tickets.count_ccd": COUNT,
}
"""Schemas of replies that the facts call no more than an object."""

NOWHERE: Final = {
    ("incremental.sample", "organizations"), ("incremental.sample", "ticket_events"), ("incremental.sample", "users"),
    ("suspended_tickets.attachments", "upload"), ("views.definitions", "definitions"),
}
"""What no schema describes, or none under the key: `test_contract_odd_replies.py` has examples."""


def facts(name: str) -> Any:
    """A file of facts; nothing where there is none."""
    path = FACTS / name
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def described() -> list[tuple[str, str, str]]:
    """Method, path and schema of every reply that the facts describe."""
    return [
        (one["method"], shape(one["path"]), schema)
        for file in ("operations.json", "extra_operations.json") for one in facts(file) or ()
        for schema in (one.get("responses") or {}).values() if schema
    ]


def schemas(models: Models) -> list[tuple[Route[Any], str]]:
    """What the routes may be answered, as far as a schema has what they read."""
    at: dict[tuple[str, str], list[Route[Any]]] = {}
    for route in READ:
        at.setdefault((route.method, shape(route.template)), []).append(route)
    found = [
        (route, NAMED.get(route.operation, schema))
        for method, path, schema in described() for route in at.get((method, path), ())
    ]
    return [
        (route, schema) for route, schema in found
        if schema in models and (route.key is None or route.key in models[schema]["fields"])
    ]


def answers(models: Models) -> list[Answer]:
    """What the routes may be answered, each kind of reply once."""
    found = {}
    for route, schema in schemas(models):
        answer = Answer(route, schema, PAGES[route.operation])
        found[schema, route.key, notation(answer.reads), answer.pages] = answer
    return list(found.values())


def models_of_facts(preferred: str) -> Models:
    """The models of two copies of the reference, which fill each other up and differ in places."""
    both = {name: facts(name) or {} for name in ("models.json", "models_extra.json")}
    preferred_models = both.pop(preferred)
    (other,) = both.values()
    return other | preferred_models


@pytest.mark.parametrize("preferred", ["models.json", "models_extra.json"])
async def test_a_reply_of_the_references_types_is_read(preferred) -> None:
    models = models_of_facts(preferred)
    problems = {
        (answer.route.operation, answer.schema): found
        for answer in answers(models)
        if (found := [problem for way in WAYS for problem in await answer.problems(models, way)])
    }
    assert problems == {}


def test_the_reference_has_a_schema_for_what_is_read() -> None:
    models = models_of_facts("models.json")
    without = {(route.operation, route.key) for route in set(READ) - {route for route, _ in schemas(models)}}
    assert without == (NOWHERE if models else {(route.operation, route.key) for route in READ})


async def test_what_does_not_fit_would_be_noticed() -> None:
    models = {
        "Reply": {"kind": "object", "fields": {"users": {"type": "array<ref:User>"}}},
        "User": {"kind": "object", "fields": {"id": {"type": "integer"}, "name": {"type": "map<any>"}}},
    }
    (route,) = (route for route in READ if route.operation == "users.show_many")
    problems = await Answer(route, "Reply", pages=True).problems(models, Way("once"))
    assert [problem.partition(":")[2].split()[0] for problem in problems] == ["User.name:", "[0].name:"]


def test_each_notation_is_made() -> None:
    kinds = {
        "id": "integer", "one": "oneOf<map<any>|array<string>|null>", "union": "union:Any", "all": "array<union:Any>",
        "enum": "enum:Size", "alias": "alias:Other", "map": "map<integer>", "created_at": "string", "open": "object",
    }
    models: Models = {
        "Model": {"kind": "object", "fields": {name: {"type": kind} for name, kind in kinds.items()}},
        "Any": {"kind": "union", "one_of": ["string", "array<boolean>"]},
        "Size": {"kind": "enum", "enum": ["big", "small"]},
        "Other": {"kind": "alias", "of": "Last"},
        "Last": {"kind": "object", "fields": {
            "number": {"type": "number"}, "secret": {"type": "string", "write_only": True},
        }},
    }
    assert Maker(models, Way("values", pick=1)).reply("Model", None) == {
        "id": 2**63 - 1, "one": [""], "union": [False], "all": ["", [False]], "enum": "small", "alias": {"number": 3},
        "map": {"a-b": 2**63 - 1}, "created_at": "2024-01-02T03:04:05.000Z", "open": {},
    }
    assert Maker(models, Way("null", null=1)).reply("Model", None) == {**dict.fromkeys(kinds), "id": 9007199254740993}
    assert Maker(models, Way("absent", absent=2)).reply("Model", None)["alias"] == {}
    assert Maker(models, Way("unseen", unseen=True)).reply("Model", None)["enum"] == "brand_new"
    assert Maker(models, Way("empty", empty=True)).reply("Model", None)["all"] == []
