"""No id leads a call astray, whatever it holds.

Every method that takes ids is called as it should be, which has to work; then with one id after the other replaced by
something that would lead to another path, into the query or into the headers.
"""

from __future__ import annotations

import inspect
import re
from functools import reduce
from typing import Any, Literal, Required, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdasync import ApiToken, BadArgument, Zendesk
from zdasync._core.route import Route
from zdasync.resources.table import routes

ASTRAY: list[Any] = [
    "", " ", ".", "..", "../users/5", "5/../6", "/", "5/tags", "\\", "5\\6", "//evil.example", "%2e%2e", "%2F",
    "5%2f6", "5?include=x", "5#top", "5;a=b", "5&b", "5=6", "5\n", "\n5", "5\r\nX-Admin: 1", "5\x00", "5\t6", "5 6",
    "é", "\udcff",
    "\N{ARABIC-INDIC DIGIT FIVE}", "\N{FULLWIDTH DIGIT FIVE}", "5\N{LINE SEPARATOR}", "5\N{ZERO WIDTH SPACE}",
    "5.json", "5,6", "5@evil.example", "http://evil.example/", "{ticket_id}", "+5", "5.0", "9" * 5000,
    True, 5.5, -5, b"5", [], [5], {}, {5: 6}, object(), float("nan"),
]
NO_NUMBERS = ["-5", "1e3", "0x10", "x", "V3-0a"]
"""These could be ids of those that are strings."""

NUMBERS = {"RecordId", "UserId", "int", "RecordId | None", "UserId | None", "int | None"}
TEXTS = {"str", "int | str", "str | None"}
OTHER_IDS = {"into", "token"}
"""What ids are called that are not called ids."""
FREE = {
    "attachments.upload", "organizations.search", "tickets.comments.redact_chat",
    "tickets.comments.redact_chat_attachment", "tickets.list", "triggers.active", "triggers.list", "users.autocomplete",
    "users.autocomplete_by_body", "users.list", "users.search",
}
"""Methods whose text goes into the query or the body, where any text is one and none leads anywhere."""
BY_KEY = {"organization_fields", "user_fields"}
"""Pages whose fields have keys as well as numbers, and both may be called ids."""

SAMPLES: dict[str, Any] = {
    "custom_status_ids": [5], "ids": [1, 2], "into": 8, "malware_access_override": True, "password": "p4ssword",
    "photo": b"x", "previous_password": "p4ssword", "rows": [{"custom_status_id": 5}], "source": b"x",
    "tags": ["a"], "ticket_form_ids": [5],
}
MORE: dict[str, dict[str, Any]] = {
    "attachments.upload": {"filename": "a"}, "brands.check_host_mapping": {"brand_id": 5},
    "macros.attachments.create": {"filename": "a"}, "macros.new": {"macro_id": 5},
    "tickets.comments.redact_chat": {"chat_index": 1}, "tickets.comments.redact_chat_attachment": {"chat_indexes": [1]},
    "tickets.comments.redact_in_agent_workspace": {"html_body": "x"}, "tickets.metrics.show": {"ticket_id": 5},
    "oauth.tokens.create": {"scopes": ["read"]}, "organizations.search": {"name": "x"},
    "users.autocomplete_by_body": {"name": "xy"}, "users.search": {"query": "x"},
}
"""What some methods need besides what their signatures require."""

ROUTES = {route.operation: route for route in routes()}


def method_of(operation: str) -> Any:
    zd = Zendesk("acme", auth=ApiToken("agent@example.com", "token"))
    return reduce(getattr, operation.split("."), zd)


def ids_of(operation: str) -> dict[str, str]:
    """The arguments that are ids, with their types."""
    return {
        one.name: str(one.annotation) for one in inspect.signature(method_of(operation)).parameters.values()
        if one.annotation in NUMBERS | TEXTS and (one.name.endswith("_id") or one.name in OTHER_IDS)
    }


WITH_IDS = {operation: ids for operation in ROUTES if (ids := ids_of(operation))}


def sample(hint: Any) -> Any:
    """Something of a type."""
    origin, args = get_origin(hint), get_args(hint)
    if is_typeddict(hint):
        return fields_of(hint)
    if origin is Literal:
        return args[0]
    if hint in (str, int, bool):
        return {str: "x", int: 5, bool: True}[hint]
    first = next((one for one in args if one is not type(None)), None)
    return [sample(first)] if "Sequence" in str(origin) or origin in (list, tuple) else sample(first) if args else {}


def fields_of(shape: Any) -> dict[str, Any]:
    """The fields that a typed dictionary requires, or one of them if it requires none."""
    hints = get_type_hints(shape, include_extras=True)
    required = [name for name, hint in hints.items() if get_origin(hint) is Required]
    wanted = required or [name for name in hints if name not in ("email", "id")][:1]
    return {name: sample(hints[name]) for name in wanted}


def arguments(operation: str) -> dict[str, Any]:
    """Arguments with which a method makes a call."""
    route, found = ROUTES[operation], dict(MORE.get(operation, {}))
    for one in inspect.signature(method_of(operation)).parameters.values():
        if one.kind is one.VAR_KEYWORD and "Fields" in str(one.annotation):
            found = {**fields_of(route.writes), **found}
        elif one.kind is not one.VAR_KEYWORD and one.default is one.empty and one.name not in found:
            is_id = one.name in WITH_IDS[operation] and one.name not in SAMPLES
            found[one.name] = ("x7" if one.annotation == "str" else 7) if is_id else SAMPLES.get(one.name, "text")
    return found


@pytest.mark.parametrize("operation", WITH_IDS)
def test_no_id_leads_astray(operation) -> None:
    method, right = method_of(operation), arguments(operation)
    template = re.sub(r"\{\w+\}", "[a-zA-Z0-9_-]+", method(**right).request.route.template)
    for name, kind in WITH_IDS[operation].items():
        number = kind in NUMBERS and operation.partition(".")[0] not in BY_KEY
        for value in [*ASTRAY, *NO_NUMBERS] if number else [one for one in ASTRAY if isinstance(one, str)]:
            try:
                request = method(**{**right, name: value}).request
            except BadArgument:
                continue
            assert not number, f"{name}={value!r} was taken for a number"
            assert operation in FREE, f"{name}={value!r} was taken for an id"
            assert re.fullmatch(template, request.path)


def test_all_that_have_ids_are_there() -> None:
    with_parameters = {route.operation for route in routes() if "{" in route.template}
    assert with_parameters - WITH_IDS.keys() == {"attachments.download", "incremental.sample"}
    assert len(WITH_IDS) > 200


@pytest.mark.parametrize("resource", ["../tickets", "tickets/../users", "tickets?x", "", "job_statuses"])
def test_no_name_of_an_export_leads_astray(resource) -> None:
    with pytest.raises(BadArgument):
        method_of("incremental.sample")(resource, 1)


def named(value: object) -> str:
    """A name for a case that is the same in every process: no address is in it."""
    return f"{type(value).__name__} {'' if type(value) is object else ascii(value)}"


@pytest.mark.parametrize("value", [*ASTRAY, *NO_NUMBERS], ids=named)
def test_no_id_in_a_list_leads_astray(value) -> None:
    for operation in ("tickets.show_many", "tickets.destroy_many", "views.count_many", "organizations.destroy_many"):
        with pytest.raises(BadArgument):
            method_of(operation)(ids=[5, value])
    with pytest.raises(BadArgument):
        method_of("tickets.merge")(5, [6, value])


PATHS: list[Route[Any]] = [route for route in routes() if "{" in route.template]


@given(st.sampled_from(PATHS), st.text(min_size=1) | st.integers())
def test_a_path_is_that_of_its_template_whatever_it_is_made_of(route, value) -> None:
    names = re.findall(r"\{(\w+)\}", route.template)
    try:
        path = route.path(dict.fromkeys(names, value))
    except BadArgument:
        return
    assert re.fullmatch(re.sub(r"\{\w+\}", "[A-Za-z0-9_-]+", route.template), path)
    assert str(value) in path
