"""Answers that the user of an account gives for requests, in place of the account's own endpoints.

    account = Account(canned={"GET /api/v2/views/{id}/execute": {"rows": []}})
    account.answer("POST /api/v2/tickets", {"ticket": {"id": 7}}, status=201)
    account.answer("GET /api/v2/tickets/{id}", lambda call: {"ticket": {"id": int(call.values["id"])}})

A request with a canned answer goes the way of all others: it is charged to its limits, its credentials are checked,
faults may strike it, its reply has the usual headers and it is logged. Patterns are those of
`zdasync.simulator.patterns`.

A canned answer wins over an endpoint that the account has: whoever gives one for a path wants it, and a test that
does so goes on meaning the same when the account gets that endpoint later. Of several that fit a request, the one
that was given last wins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from . import patterns
from .guards import Handler, Holder, anyone, signed_in
from .http import Call, Endpoint, Reply
from .patterns import Pattern
from .routing import Match

Body = Mapping[str, object] | Sequence[object] | str | float | bool | None
"""What JSON can say."""

Answer = Body | Callable[[Call], Body | Reply]
"""A body, or a function that is asked for each request and gives a body, or a `Reply` with a status and headers."""


class CannedAnswers:
    """The answers of one account, by pattern. They may be added while the account is being served."""

    def __init__(self, answers: Mapping[str, Answer] | None = None) -> None:
        self._answers: list[tuple[Pattern, Endpoint]] = []
        for route, given in (answers or {}).items():
            self.add(route, given)

    def add(
        self,
        route: str,
        given: Answer,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        anonymous: bool = False,
    ) -> None:
        """Answer requests that fit a pattern; see `Account.answer`."""
        handler = _handler(given, status, dict(headers or {}))
        self._answers.append((patterns.read(route), anyone(handler) if anonymous else signed_in(handler)))

    def find(self, method: str, path: str) -> Match | None:
        """The answer for a raw path without `.json`; None when there is none."""
        for pattern, endpoint in reversed(self._answers):
            values = pattern.values(method, path)
            if values is not None:
                return Match(endpoint, path, values, own=False)
        return None


def _handler(given: Answer, status: int, headers: dict[str, str]) -> Handler:
    if callable(given):
        function = given

        def asked(account: Holder, call: Call) -> Reply:
            del account
            found = function(call)
            return found if isinstance(found, Reply) else _reply(found, status, headers)

        return asked
    # A copy: what happens to the caller's object afterwards changes no answer.
    reply = _reply(msgspec.json.decode(msgspec.json.encode(given)), status, headers)
    return lambda account, call: reply  # noqa: ARG005  # the signature of an endpoint


def _reply(body: Body, status: int, headers: dict[str, str]) -> Reply:
    return Reply(status, body, headers, empty=status == 204)  # noqa: PLR2004  # HTTP's No Content
