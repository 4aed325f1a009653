"""What a workload asks for, as plain HTTP, and which of the documented limits each request falls under.

Every competitor is told the same: the rows of `zdasync.limits.table`, with the account's number from its plan. What it
makes of them is its own affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Literal

import attrs

from zdasync.limits.table import ACCOUNT, PLANS, Limit, Plan, limits_for

PLAN: Final[Plan] = "enterprise"
"""The plan of every account: 700 requests a minute."""

CONNECTIONS: Final = 100
"""How many connections each competitor has; two clients of a kind have half of them each."""

JOB_SLOTS: Final = 30
"""How many jobs the account may have under way."""

Kind = Literal["read", "upsert", "export", "export by cursor", "job", "poll"]
Json = dict[str, object]


@attrs.frozen
class Ask:
    """One call. `target`: a user's id for a read, an external id for an upsert, ids joined by commas for jobs."""

    kind: Kind
    target: str = ""


@attrs.frozen
class Wire:
    """The request that it takes; `template` is the path as the documentation writes it."""

    method: str
    template: str
    path: str
    params: Mapping[str, str] = attrs.field(factory=dict)
    body: Json | None = None


def wire(ask: Ask) -> Wire:
    """What goes over the wire for a call."""
    match ask.kind:
        case "read":
            return Wire("GET", "/api/v2/users/{id}", f"/api/v2/users/{ask.target}")
        case "upsert":
            path = "/api/v2/users/create_or_update"
            return Wire("POST", path, path, body={"user": {"external_id": ask.target, "name": "A customer"}})
        case "export":
            path = "/api/v2/incremental/users"
            return Wire("GET", path, path, EXPORTED)
        case "export by cursor":
            path = "/api/v2/incremental/users/cursor"
            return Wire("GET", path, path, EXPORTED)
        case "job":
            path = "/api/v2/users/update_many"
            return Wire("PUT", path, path, {"ids": ask.target}, {"user": {"notes": "Called back."}})
        case "poll":
            path = "/api/v2/job_statuses/show_many"
            return Wire("GET", path, path, {"ids": ask.target})


EXPORTED: Final = {"start_time": "1600000000", "per_page": "10"}
"""What each export asks for: a small page, since its size is not what is measured."""


@attrs.frozen
class Charge:
    """A limit that a call falls under: `count` in `interval` seconds for `key` (empty: the account)."""

    limit: str
    count: int
    interval: float
    key: str = ""


@lru_cache(maxsize=64)
def _rows(method: str, template: str) -> tuple[Limit, ...]:
    return tuple(row for row in limits_for(method, template) if row.interval is not None)


def charges(ask: Ask) -> list[Charge]:
    """The limits that a call falls under, the narrowest first: the one with the lowest rate."""
    request = wire(ask)
    found = [
        Charge(
            row.name, PLANS[PLAN] if row.name == ACCOUNT else row.count, row.interval or 0.0,
            ask.target if row.key == "profile" else "",
        )
        for row in _rows(request.method, request.template)
    ]
    return sorted(found, key=lambda one: one.count / one.interval)
