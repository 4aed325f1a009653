"""A limit that nobody documents and no header names: it showed itself by a rejection that no known limit explains.

The model is CUBIC, as TCP and the adaptive retries of botocore use it. At a rejection the rate falls to seven tenths of
what the server let through in the minute before; from there it follows `C (t - K)^3 + that`, with `t` in minutes since:
fast at first, flat near the rate at which it was rejected, then faster and faster beyond it. Requests go one by one at
that rate. When it has doubled without another rejection the limit no longer bites, and is forgotten.
"""

from __future__ import annotations

from math import cbrt, inf
from typing import Final

from .bucket import Bucket
from .clock import ServerClock
from .table import Limit
from .terms import Terms

BETA: Final = 0.7
"""What a rejection leaves of the rate."""

STEEPNESS: Final = 0.4
"""The C of the curve, in requests a minute for the cube of a minute."""

LEAST: Final = 1.0
"""Requests a minute that always go."""

MINUTE: Final = 60.0


class Passed:
    """How many requests of one route the server let through in the last minute: this one's and a part of the last."""

    __slots__ = ("_before", "_begun", "_count")

    def __init__(self, now: float) -> None:
        self._begun = now
        self._count = 0
        self._before = 0

    def one(self, now: float) -> None:
        """One more."""
        self._roll(now)
        self._count += 1

    def rate(self, now: float) -> float:
        """Requests a minute."""
        self._roll(now)
        return self._count + self._before * (1 - (now - self._begun) / MINUTE)

    def _roll(self, now: float) -> None:
        gone = int((now - self._begun) / MINUTE)
        if gone:
            self._before = self._count if gone == 1 else 0
            self._count = 0
            self._begun += gone * MINUTE


class HiddenBucket(Bucket):
    """Paces the requests of one route."""

    __slots__ = ("_next", "_since", "_top", "forgotten")

    def __init__(self, route: str) -> None:
        row = Limit(name=f"hidden: {route}", count=1, interval=None, endpoints=(), hidden=True)
        super().__init__(Terms(row, 1, sliding=True), "")
        self._top = LEAST
        self._since = -inf
        self._next = -inf
        self.forgotten = False
        """It bites no more: calls that still wait for it go."""

    def rejected(self, now: float, rate: float) -> None:
        """The server turned a request away, after it had let through `rate` a minute."""
        if now >= self.blocked_until:
            self._top, self._since = max(LEAST, rate), now
        self._renumber(now)

    def passed(self, now: float) -> None:
        """The server let a request through."""
        self.forgotten = self.forgotten or self.rate(now) >= 2 * self._top
        self._renumber(now)

    def rate(self, now: float) -> float:
        """Requests a minute that may go."""
        minutes = max(0.0, now - max(self._since, self.blocked_until)) / MINUTE
        flat = cbrt(self._top * (1 - BETA) / STEEPNESS)
        return max(LEAST, STEEPNESS * (minutes - flat) ** 3 + self._top)

    def _renumber(self, now: float) -> None:
        self.terms.total(max(1, int(self.rate(now))))

    def free(self, now: float, clock: ServerClock, leaving: int = 0) -> int:  # noqa: ARG002 - the signature of all buckets
        """One as soon as the last one is far enough back."""
        if self.forgotten:
            return 1
        return int(now >= max(self._next, self.blocked_until))

    def when(self, now: float, clock: ServerClock) -> float:  # noqa: ARG002 - the signature of all buckets
        """When the next one goes."""
        return max(now, self._next, self.blocked_until)

    def resets(self, now: float, clock: ServerClock) -> float:
        """When the next one goes, if that isn't now."""
        at = self.when(now, clock)
        return at if at > now else inf

    def expected(self, now: float, clock: ServerClock, count: int) -> float:
        """When the `count`-th goes at the rate of this moment."""
        return self.when(now, clock) + (count - 1) * MINUTE / self.rate(now)

    def take(self, now: float) -> bool:
        """A request goes, and the next one not before its time."""
        self.in_flight += 1
        self._next = now + MINUTE / self.rate(now)
        return False
