"""Idempotency keys: a ticket that is created again under its key is answered as it was, and not made twice.

The model, from the Idempotency section of the reference: a key belongs to the account and lives for two hours; the
reply says in `x-idempotency-lookup` whether it was there before; another request under the same key answers 400. Only
the creation of one ticket knows keys, and only a creation that was carried out is remembered.
"""

from __future__ import annotations

import json
from itertools import takewhile
from typing import Final

import attrs

from .http import Call, Reply
from .ticket_refusals import bad_key, other_body

HEADER: Final = "Idempotency-Key"
LOOKUP: Final = "x-idempotency-lookup"
MAX_LENGTH: Final = 255


@attrs.frozen(slots=True, eq=False)
class Remembered:
    """A reply, and what it answered."""

    asked: str
    reply: Reply
    at: float


@attrs.define(eq=False)
class Replies:
    """The replies that are remembered, by key, in the order in which they were given."""

    by_key: dict[str, Remembered] = attrs.field(factory=dict, repr=False)

    def find(self, call: Call, lifetime: float) -> Reply | None:
        """The reply to the same request under the same key; 400 for another request."""
        key = call.headers.get(HEADER)
        if key is None:
            return None
        if not 1 <= len(key) <= MAX_LENGTH:
            raise bad_key(MAX_LENGTH)
        self._forget(call.now - lifetime)
        known = self.by_key.get(key)
        if known is None:
            return None
        if known.asked != _asked(call):
            raise other_body()
        return attrs.evolve(known.reply, headers={**known.reply.headers, LOOKUP: "hit"})

    def keep(self, call: Call, reply: Reply) -> Reply:
        """Remember a reply where the request has a key; the reply with the header that says so."""
        key = call.headers.get(HEADER)
        if key is None:
            return reply
        self.by_key[key] = Remembered(_asked(call), reply, call.now)
        return attrs.evolve(reply, headers={**reply.headers, LOOKUP: "miss"})

    def _forget(self, before: float) -> None:
        """Drop what has been remembered for too long; the oldest stand first."""
        for key in list(takewhile(lambda key: self.by_key[key].at <= before, self.by_key)):
            del self.by_key[key]


def _asked(call: Call) -> str:
    return json.dumps([call.body, sorted((name, list(values)) for name, values in call.query.items())], sort_keys=True)
