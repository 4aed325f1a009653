"""The webhooks of the simulated account, with what they were invoked for.

Ids are ULIDs, as the real ones are: 26 characters, of which the first ten are the time.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping
from typing import Final

import attrs

from .http import Json

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_BYTES: Final = 32


@attrs.define(slots=True, eq=False)
class Attempt:
    """One request of an invocation."""

    id: str
    status: str
    created_at: float
    response_code: int
    response_body: str = ""


@attrs.define(slots=True, eq=False)
class Invocation:
    """One event that a webhook reported."""

    id: str
    event_type: str
    created_at: float
    attempts: list[Attempt] = attrs.field(factory=list)

    @property
    def status(self) -> str:
        """How the last attempt ended."""
        return self.attempts[-1].status if self.attempts else "accepted"

    @property
    def completed_at(self) -> float:
        """When the last attempt ended."""
        return self.attempts[-1].created_at if self.attempts else self.created_at


@attrs.define(slots=True, eq=False)
class Webhook:
    """One webhook. `fields` are those that can be written."""

    id: str
    fields: dict[str, Json]
    secret: str = attrs.field(repr=False)
    created_at: float
    created_by: int
    updated_at: float
    updated_by: int
    invocations: list[Invocation] = attrs.field(factory=list, repr=False)


@attrs.define(slots=True, eq=False)
class Webhooks:
    """All webhooks of one account. `chance` makes ids and secrets, the same for the same seed."""

    chance: random.Random = attrs.field(repr=False)
    by_id: dict[str, Webhook] = attrs.field(factory=dict, repr=False)
    _last: int = attrs.field(default=0, init=False, repr=False)

    def add(self, fields: Mapping[str, Json], now: float, author_id: int, *, secret: str | None = None) -> Webhook:
        """A new webhook, with a secret of its own unless it brings one."""
        made = Webhook(
            self.new_id(now), dict(fields), secret or self.new_secret(), now, author_id, now, author_id
        )
        self.by_id[made.id] = made
        return made

    def new_id(self, now: float) -> str:
        """A ULID: later ones are larger."""
        number = self._last = max(int(now * 1000) << 80 | self.chance.getrandbits(80), self._last + 1)
        return "".join(CROCKFORD[number >> 5 * place & 31] for place in reversed(range(26)))

    def new_secret(self) -> str:
        """A signing secret, in the form of the real ones."""
        return base64.b64encode(self.chance.randbytes(SECRET_BYTES)).decode()
