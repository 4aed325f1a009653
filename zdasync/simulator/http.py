"""What an endpoint of the simulated account takes and gives: a parsed request, a reply, a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from .account import Account
    from .state import User

Json = Any


@attrs.frozen(slots=True, eq=False)
class Actor:
    """Who calls: the user whose rights count, and with what the request was authenticated.

    `user` is None for an anonymous call. Under impersonation `user` is the end user and `admin` the one who
    impersonates. `scopes` is None when credentials carry none (an API token may do everything its user may).
    """

    user: User | None
    admin: User | None = None
    scopes: frozenset[str] | None = None
    token_id: int | None = None


@attrs.frozen(slots=True, eq=False)
class Call:
    """One request, parsed. `path` has neither query nor `.json`; `values` are the path's parameters as strings.

    `query` maps each name to all of its values (`role[]` under `role[]`). `body` is the decoded JSON; `form` the
    fields of a form upload (an uploaded file as bytes). `now` is the account's time in unix seconds.
    """

    method: str
    path: str
    values: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    body: Json
    form: Mapping[str, Any] | None
    actor: Actor
    now: float
    base_url: str
    content: bytes = b""
    """The body as it came."""

    def arg(self, name: str) -> str | None:
        """The first value of a query parameter, or None."""
        values = self.query.get(name)
        return values[0] if values else None


@attrs.frozen(slots=True)
class Reply:
    """`body` is encoded as JSON unless it is bytes; `empty` sends no body at all (204)."""

    status: int = 200
    body: Json = None
    headers: Mapping[str, str] = attrs.field(factory=dict)
    empty: bool = False


class Refusal(Exception):
    """Raised by an endpoint to answer with an error envelope."""

    def __init__(self, status: int, body: Json, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {body!r}")
        self.reply = Reply(status, body, dict(headers or {}))


Endpoint = Callable[["Account", Call], Reply]
"""Runs without awaiting, so that a request's effect on the state is one step."""

Endpoints = dict[tuple[str, str], Endpoint]
"""(method, path template without `.json`) to endpoint; a literal segment wins over a parameter."""
