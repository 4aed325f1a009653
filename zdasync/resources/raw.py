"""The escape hatch: a request for any endpoint, checked as far as a path can be, under the same limits and retries.

Where the path is that of an endpoint with a method here, that row says whether the request may be sent twice and
whether it starts a job; of all others the HTTP method must tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from .._core.message import Request
from .._core.route import Route
from ..errors import BadArgument
from ..records import Json
from ..records.codec import encode

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PATH: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+/?")

Param = str | int | bool | Iterable[str | int] | None


def raw_request(
    method: str, path: str, *, params: Mapping[str, Param] | None, json: Json, options: Mapping[str, Any]
) -> Request:
    """The request; raises `BadArgument` for a method or a path that is none."""
    verb = str(method).upper()
    if verb not in METHODS:
        raise BadArgument(f"the method must be one of {', '.join(METHODS)}, not {method!r}")
    if not _PATH.fullmatch(str(path)) or "%2f" in path.lower() or "%2e" in path.lower():
        raise BadArgument(
            "the path must begin with a slash, be percent-encoded and hold neither a host nor '..', and its query "
            f"goes into params: {path!r}"
        )
    if verb == "GET" and json is not None:
        raise BadArgument("a GET request has no body: what you look for goes into params")
    route = _route(verb, path)
    body = None if json is None else encode(json)
    query = tuple(pair for name, value in (params or {}).items() for pair in _pairs(name, value))
    return Request(route=route, path=path, query=query, body=body, fields=_fields(json), **options)


def _route(verb: str, path: str) -> Route:
    for pattern, route in () if verb == "GET" else _known():
        if route.method == verb and pattern.fullmatch(path):
            return Route(f"{verb} {path}", verb, path, idempotent=route.idempotent, job=route.job)
    return Route(f"{verb} {path}", verb, path)


@lru_cache(maxsize=1)
def _known() -> tuple[tuple[re.Pattern[str], Route[Any]], ...]:
    """The rows of which the HTTP method doesn't tell enough."""
    from .table import routes  # noqa: PLC0415 - it imports every page, which reading needs none of

    return tuple(
        (re.compile(re.sub(r"\{\w+\}", "[^/]+", route.template) + r"(?:\.json)?"), route)
        for route in routes()
        if route.job or route.idempotent is not None
    )


def _pairs(name: str, value: Param) -> list[tuple[str, str]]:
    """`True` as Zendesk writes it, a list under a name in brackets once for each value, else joined by commas."""
    if value is None:
        return []
    if isinstance(value, bool):
        return [(name, "true" if value else "false")]
    if isinstance(value, str | int):
        return [(name, str(value))]
    values = [str(one) for one in value]
    return [(name, one) for one in values] if name.endswith("[]") else [(name, ",".join(values))]


def _fields(json: Json) -> Mapping[str, object]:
    """The written user's fields: they name the profile whose window the request falls into."""
    user = json.get("user") if isinstance(json, dict) else None
    return user if isinstance(user, dict) else {}
