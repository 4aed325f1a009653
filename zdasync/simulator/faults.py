"""Faults of the network and the server, scripted per route and call number.

A `Fault` names the requests that it befalls: a route as a pattern (`POST /api/v2/users`, `* /api/v2/users/{id}`; see
`zdasync.simulator.patterns`), and which of the matching requests by number, counted from 1. Requests that the throttle
or the check of credentials turns away aren't numbered, so that no fault is lost to them; all others count against the
limits before the fault strikes, as on a server that counts first and breaks later. The first fault in the list that
fits a request takes it.

    Account(faults=[Fault("POST /api/v2/users", "reset_after", calls=(1,)),
                    Fault("GET /api/v2/users", "unavailable", calls=(2, 3), retry_after=5)])

A file for `--faults` is a JSON list of objects with the same fields:

    [{"route": "GET /api/v2/users/{id}", "kind": "rate_limited", "form": "edge", "calls": [1, 2], "retry_after": 7}]

The kinds, and which fields they read:

| kind | what happens | fields |
|---|---|---|
| `reset_before` | the connection is reset; nothing was done | |
| `reset_after` | everything is done, then the connection is reset without a reply | |
| `truncate` | done; half of the body arrives, then the connection closes | |
| `stall` | done; half of the body arrives, the rest after `seconds` (none: never) | `seconds` |
| `slow` | done at once; the reply comes after `seconds` | `seconds` |
| `slow_before` | the reply comes after `seconds`, and nothing is done before | `seconds` |
| `empty` | done; the reply has its status and no body | |
| `rate_limited` | 429 in one of its forms or as a page of the edge; nothing was done | `form`, `retry_after` |
| `unavailable` | 503 with or without `Retry-After`; nothing was done | `retry_after` |
| `error` | a page of HTML with `status`; nothing was done | `status`, `retry_after` |
| `error_after` | the same, but everything was done | `status`, `retry_after` |
| `redirect` | 302 to the same path on another host; nothing was done | `location` |
| `next_link` | done; links to the next page lead to another host | `location` |
| `skew` | done; the `Date` header is off by `seconds` | `seconds` |

`form` is one of `zdasync.simulator.settings.Body429`, or `page` for a page of HTML. Seconds are those of the account's
clock. `retry_after` is a number of seconds, or a string that is sent as it stands, or "date" for `seconds` from now as
a date.

What befalls jobs after they were accepted is scripted in `zdasync.simulator.job_faults`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from http.client import responses
from pathlib import Path
from typing import Final, Literal, get_args

import attrs

from . import patterns
from .rejections import FORMS, HTML, HTML_PAGE, JSON, retry_after
from .settings import Body429

Kind = Literal[
    "reset_before", "reset_after", "truncate", "stall", "slow", "slow_before", "empty", "rate_limited", "unavailable",
    "error", "error_after", "redirect", "next_link", "skew",
]
Form = Body429 | Literal["page"]
"""One of the nine bodies of a 429, or the page of HTML that the edge shows."""

FORBIDDEN_HOST: Final = "http://elsewhere.invalid"
"""Where redirects and next links of faults lead unless told: a host that never resolves."""

_ANSWERED_BY_THE_EDGE: Final = frozenset({"rate_limited", "unavailable", "error", "redirect"})


@attrs.frozen
class Edge:
    """A reply that no endpoint wrote: status, headers and the bytes of the body."""

    status: int
    headers: dict[str, str]
    body: bytes


def _numbers(value: Iterable[int] | None) -> frozenset[int] | None:
    return None if value is None else frozenset(value)


@attrs.frozen
class Fault:
    """One fault for some requests; the module's table says what each `kind` does and which fields it reads.

    `route` is a method (`*` for any) and a path pattern; `calls` the numbers of the matching requests, counted from 1,
    or None for all of them. Raises `ValueError` for a route without a method, an unknown kind or an unknown form.
    """

    route: str = "* /*"
    kind: Kind = attrs.field(default="error", validator=attrs.validators.in_(get_args(Kind)))
    calls: frozenset[int] | None = attrs.field(default=None, converter=_numbers, kw_only=True)
    seconds: float | None = attrs.field(default=None, kw_only=True)
    status: int = attrs.field(default=502, kw_only=True)
    retry_after: int | str | None = attrs.field(default=None, kw_only=True)
    form: Form = attrs.field(
        default="text", kw_only=True, validator=attrs.validators.in_((*get_args(Body429), "page"))
    )
    location: str = attrs.field(default=FORBIDDEN_HOST, kw_only=True)

    def __attrs_post_init__(self) -> None:
        patterns.read(self.route)

    def covers(self, method: str, path: str) -> bool:
        """Does the fault's route fit a request? `path` is without `.json`."""
        return patterns.read(self.route).values(method, path) is not None

    @property
    def answers(self) -> bool:
        """Is the request answered without being carried out?"""
        return self.kind in _ANSWERED_BY_THE_EDGE

    def reply(self, now: float, path: str) -> Edge:
        """What the fault answers in place of the endpoint; `path` with its query, for redirects."""
        headers = self._waiting(now)
        if self.kind == "redirect":
            return Edge(302, {"Location": self.location + path, "Content-Type": HTML}, b"")
        if self.kind == "rate_limited" and self.form != "page":
            content_type, body = FORMS[self.form]
            return Edge(429, {"Content-Type": content_type, **headers}, body)
        if self.kind == "unavailable":
            body = json.dumps({"error": "ServiceUnavailable", "description": "Please try again later"}).encode()
            return Edge(503, {"Content-Type": JSON, **headers}, body)
        status = 429 if self.kind == "rate_limited" else self.status
        page = HTML_PAGE % (status, status, responses.get(status, "Unknown Error").encode())
        return Edge(status, {"Content-Type": HTML, **headers}, page)

    def _waiting(self, now: float) -> dict[str, str]:
        if self.retry_after is None:
            return {}
        if self.retry_after == "date":
            return retry_after("date", round(self.seconds or 0), now)
        return {"Retry-After": str(self.retry_after)}


class Faults:
    """The script: which fault befalls which request. Faults may be added while the account is being served."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults: list[tuple[Fault, list[int]]] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> None:
        """Append a fault; its calls are counted from now on."""
        self._faults.append((fault, [0]))

    def clear(self) -> None:
        """No more faults."""
        self._faults.clear()

    def strike(self, method: str, path: str) -> Fault | None:
        """Count a request for every fault whose route fits, and say which one befalls it."""
        struck = None
        for fault, seen in self._faults:
            if fault.covers(method, path):
                seen[0] += 1
                if struck is None and (fault.calls is None or seen[0] in fault.calls):
                    struck = fault
        return struck


def load(path: Path) -> list[Fault]:
    """The faults of a JSON file; raises `ValueError` that names the row when one is not a fault."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(rows, list):
        raise ValueError(f"{path}: a list of faults is wanted")  # noqa: TRY004  # the file is wrong, not the program
    faults = []
    for number, row in enumerate(rows, 1):
        try:
            faults.append(Fault(**row))
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}: fault {number}: {error}") from error
    return faults
