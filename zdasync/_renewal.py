"""Access tokens that expire: what the token endpoint grants, and one renewal however many calls wait for it.

The model: a lease is an access token until shortly before its end. Whoever needs a token and finds none starts the
renewal, everyone else waits for the same task. The task outlives each of those calls: Zendesk rotates refresh tokens,
so a renewal that is broken off half-way may lose the only pair that still works. A renewal that fails, fails all who
wait for it; the next call starts another.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

import attrs

from ._checks import TOKEN, Secret
from .errors import TransportError, UnexpectedReply
from .records.oauth import GrantedToken

TOKEN_PATH: Final = "/oauth/tokens"  # noqa: S105  # a path
"""Where tokens are granted; unlike the rest of the API it is not below `/api/v2`."""

ACCESS_LIFE: Final = (300, 172_800)
"""Seconds that an access token may be asked to live."""
REFRESH_LIFE: Final = (604_800, 7_776_000)
"""Seconds that a refresh token may be asked to live."""

RENEWAL_MARGIN: Final = 60.0
"""Seconds before its end at which a token is renewed: longer than a request may take to reach the server."""
MARGIN_SHARE: Final = 0.2
"""The margin is at most this share of a token's life, so that a short-lived one isn't renewed for each call."""
FORCED_RENEWAL_PAUSE: Final = 10.0
"""Seconds between two renewals that the server's 401 asked for.

Zendesk also answers 401 `invalid_token` when it doesn't know the impersonated user: a fresh token can't cure that.
"""


class Exchange(Protocol):
    """Posts JSON to a path of the account without credentials and gives the decoded reply.

    Raises `AuthenticationError`, `BadRequest` and the like for what isn't 2xx.
    """

    async def __call__(self, path: str, payload: Mapping[str, object]) -> Mapping[str, object]:
        """Post `payload` to `path`."""


class TokenPayload(dict[str, object]):
    """The body of a token request: an ordinary dict whose repr, in a log or a traceback, shows only its keys."""

    def __repr__(self) -> str:
        return f"TokenPayload({', '.join(self)})"

    __str__ = __repr__


def granted_token(reply: Mapping[str, object]) -> GrantedToken:
    """Read the reply of `POST /oauth/tokens`; raises `UnexpectedReply` when it holds no usable access token.

    A lifetime that is no positive number counts as absent: such a token is used until the server refuses it.
    """
    access_token = _optional_text(reply, "access_token")
    if access_token is None or not TOKEN.fullmatch(access_token):
        raise UnexpectedReply("the token endpoint granted no access token")
    return GrantedToken(
        access_token=access_token,
        refresh_token=_optional_text(reply, "refresh_token"),
        token_type=_optional_text(reply, "token_type"),
        scope=_optional_text(reply, "scope"),
        expires_in=_optional_seconds(reply, "expires_in"),
        refresh_token_expires_in=_optional_seconds(reply, "refresh_token_expires_in"),
    )


@attrs.frozen(slots=True, eq=False)
class Lease:
    """The header of an access token, and the loop time from which it is not to be used any more."""

    authorization: Secret
    renew_at: float

    @classmethod
    def starting(cls, granted_at: float, granted: GrantedToken) -> Lease:
        life = granted.expires_in
        end = math.inf if life is None else granted_at + life - min(RENEWAL_MARGIN, life * MARGIN_SHARE)
        return cls(Secret(f"Bearer {granted.access_token}"), end)


class Renewal:
    """The access token in use, and the one task that may be renewing it."""

    __slots__ = ("_forced_at", "_lease", "_obtain", "_task")

    def __init__(self, obtain: Callable[[Exchange, float], Awaitable[Lease]]) -> None:
        self._obtain: Final = obtain
        self._lease: Lease | None = None
        self._task: asyncio.Task[Lease] | None = None
        self._forced_at = -math.inf

    async def authorization(self, exchange: Exchange, now: float) -> str:
        lease = self._lease
        if lease is None or now >= lease.renew_at:
            lease = await self._renewed(exchange, now)
        return lease.authorization.reveal()

    def rejected(self, authorization: str) -> bool:
        if self._lease is None or self._lease.authorization.reveal() != authorization:
            return True
        now = asyncio.get_running_loop().time()
        if now < self._forced_at + FORCED_RENEWAL_PAUSE:
            return False
        self._forced_at = now
        self._lease = None
        return True

    async def aclose(self) -> None:
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _renewed(self, exchange: Exchange, now: float) -> Lease:
        task = self._task
        if task is None or task.done():
            task = self._task = asyncio.get_running_loop().create_task(self._renew(exchange, now))
            task.add_done_callback(self._ended)
        # Unlike awaiting the task, this neither cancels it with its waiter nor cancels its waiter with it.
        await asyncio.wait({task})
        if task.cancelled():
            raise TransportError("the renewal of the access token was cancelled", sent=True)
        return task.result()

    async def _renew(self, exchange: Exchange, now: float) -> Lease:
        self._lease = await self._obtain(exchange, now)
        return self._lease

    def _ended(self, task: asyncio.Task[Lease]) -> None:
        if self._task is task:
            self._task = None
        if not task.cancelled():
            # Those who wait raise it; when all of them were cancelled, the next call finds out for itself.
            task.exception()


def _optional_text(reply: Mapping[str, object], name: str) -> str | None:
    value = reply.get(name)
    return value if isinstance(value, str) and value else None


def _optional_seconds(reply: Mapping[str, object], name: str) -> float | None:
    value = reply.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else None
