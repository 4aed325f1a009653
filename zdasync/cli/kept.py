"""Tokens of a profile that are renewed and kept again, however many commands use the profile at a time.

The model: a refresh token works once, and the pair that it brings must be kept before anybody uses it. So one process
at a time renews a profile's tokens, under a lock; one that finds them renewed meanwhile takes those.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from typing import Final, TypeVar

from .._renewal import TokenPayload, granted_token
from ..auth import Exchange, GrantedToken, RefreshToken
from . import profiles
from .profiles import Profile
from .vault import Secrets

T = TypeVar("T")

FRESH: Final = 120.0
"""Seconds that a kept access token must have left to be used."""
PAUSE: Final = 0.1
"""Seconds between two looks at whether another process has done with the lock."""


async def in_thread(work: Callable[[], T]) -> T:
    """Do what blocks in a thread."""
    return await asyncio.get_running_loop().run_in_executor(None, work)


def tokens(granted: GrantedToken, *, client_secret: str | None = None) -> Secrets:
    """What is kept of a grant, by name; `expires_at` in unix time."""
    life = granted.expires_in
    found = {
        "access_token": granted.access_token,
        "refresh_token": granted.refresh_token,
        "expires_at": None if life is None else str(round(time.time() + life)),
        "client_secret": client_secret,
    }
    return Secrets({name: value for name, value in found.items() if value is not None})


class KeptTokens(RefreshToken):
    """The tokens of a profile. Raises `KeyError` when there are none."""

    __slots__ = ("_profile", "_unkept")

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        left = _left(secrets)
        access = secrets.get("access_token") if left is None or left > FRESH else None
        super().__init__(
            secrets["refresh_token"], profile.client_id or "", secrets.get("client_secret"), access,
            None if access is None else left, on_rotate=_kept_already,
        )
        self._profile = profile
        self._unkept: Secrets | None = None

    async def authorization(self, exchange: Exchange, now: float) -> str:
        """The Bearer header. Raises what a renewal raises, and what keeping the new pair does."""

        async def renewed(path: str, payload: Mapping[str, object]) -> Mapping[str, object]:
            async with _alone(self._profile.name):
                return _reply(await self._renewed(exchange, path, payload))

        return await super().authorization(renewed, now)

    async def _renewed(self, exchange: Exchange, path: str, payload: Mapping[str, object]) -> Secrets:
        fresh = self._unkept
        if fresh is None:
            kept = await in_thread(partial(profiles.secrets_of, self._profile))
            current = kept.get("refresh_token", payload["refresh_token"])
            if current != payload["refresh_token"] and (_left(kept) or 0.0) > FRESH:
                return kept
            granted = granted_token(await exchange(path, TokenPayload({**payload, "refresh_token": current})))
            fresh = Secrets({**kept, **tokens(granted)})
        self._unkept = fresh
        await in_thread(partial(profiles.save, self._profile, fresh))
        self._unkept = None
        return fresh


@asynccontextmanager
async def _alone(name: str) -> AsyncIterator[None]:
    """Nobody else renews the tokens of the profile meanwhile."""
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(profiles.locked(name, wait=False))
            except BlockingIOError:
                await asyncio.sleep(PAUSE)
            else:
                break
        yield


def _kept_already(_granted: GrantedToken) -> None:
    """A pair is kept before its renewal ends."""


def _left(secrets: Mapping[str, str]) -> float | None:
    """Seconds that the access token has left; None: it does not expire, or that is not known."""
    try:
        return float(secrets["expires_at"]) - time.time()
    except (KeyError, ValueError):
        return None


def _reply(secrets: Secrets) -> TokenPayload:
    """Kept tokens as the token endpoint would grant them."""
    left = _left(secrets)
    reply = TokenPayload({name: value for name, value in secrets.items() if name.endswith("_token")})
    if left is not None:
        reply["expires_in"] = left
    return reply
