"""What is in force for one limit, whatever its key: its number, how its tokens come back, and what is left to others.

All buckets of a limit share one `Terms`, so that a number that the server names, or a model that turns out wrong, holds
for every key at once and costs no memory per key.

Two shares of a limit are not everybody's:

- `reserve`: what the caller of the library keeps for other consumers of the account, in each window.
- `spare`: what bulk work leaves to calls of higher priority. The server's window may be spent by 10,000 waiting bulk
  calls in its first second; a lone interactive call would then wait for the next. Bulk takes up the spare tokens as the
  window runs out (see `Bucket.spared`), so that none is wasted.

`proof` stands for a doubt. That windows are aligned was observed for every documented header, and yet a limit may be
counted by a sliding log or a token bucket. The difference shows when a window's edge brings back tokens that a sliding
log would still keep. So the first time that happens, one request goes ahead of the rest, then four at a time, until the
server has let through as many as a sliding log would have refused, or says in a header that it has forgotten them.
Either is evidence only as long as a sliding log would still know them: where bursts come at the edges themselves, the
doubt stays, and costs some fraction of a second in each window.
"""

from __future__ import annotations

from math import ceil
from typing import Final

from .table import Limit

SHORT: Final = 2.0
"""Seconds below which an interval can't be told from rounding."""

SPARING: Final = 5.0
"""Seconds that a window must be long for bulk work to spare some of it: less than that, nobody minds to wait."""

FEWEST: Final = 5
"""A limit that is lower has nothing to spare."""

VENTURE: Final = 4
"""Requests that may be under way at once while a window's edge is being proved."""


ROUNDING: Final = 1e-9
"""What a share times a number may be too much by."""


class Proof:
    """How far the doubt in aligned windows has been removed for one limit."""

    __slots__ = ("_needed", "_passed", "_under_way", "_until")

    def __init__(self) -> None:
        self._needed = 1
        self._passed = 0
        self._until = 0.0
        """When a sliding log would have forgotten what the last edge brought back."""
        self._under_way = 0

    def room(self) -> int:
        """How many more requests may be ventured at this moment."""
        return (VENTURE if self._passed else 1) - self._under_way

    def need(self, passes: int, until: float) -> None:
        """So many passes before `until` would be more than a sliding log lets through; another edge begins anew."""
        if until > self._until + SHORT:
            self._passed, self._needed, self._until = 0, passes, until
        self._needed = max(self._needed, passes)

    def ventured(self) -> None:
        """A request goes that a sliding log would refuse."""
        self._under_way += 1

    def ended(self, *, passed: bool) -> bool:
        """Its reply is in (or none will come); are aligned windows proved by now?"""
        self._under_way -= 1
        self._passed += passed
        return self._passed >= self._needed


class Terms:
    """What holds for all keys of `limit`."""

    __slots__ = (
        "_kept", "_later", "_sparing", "capacity", "holding", "interval", "limit", "proof", "reserve", "sliding",
        "spare",
    )

    def __init__(
        self, limit: Limit, capacity: int, *, sliding: bool, kept: float = 0, sparing: bool = False
    ) -> None:
        self.limit = limit
        self.interval = limit.interval
        self.sliding = sliding
        self.proof = Proof() if capacity > 1 and (limit.interval or 0.0) > SHORT else None
        """None once aligned windows are proved, and where there is nothing to prove."""
        self.holding: float | None = None
        """For how many seconds of late a token was out, where it comes back when work ends."""
        self._kept = kept
        self._sparing = sparing
        self._later: int | None = None
        """The window in which the server named a higher number first."""
        self._set(capacity)

    def _set(self, capacity: int) -> None:
        self.capacity = capacity
        self.reserve = min(capacity - 1, ceil(self._kept * capacity - ROUNDING) if self._kept < 1 else int(self._kept))
        """So many tokens of each window are kept for others."""
        self.spare = self._spare() if self._sparing and capacity >= FEWEST else 0
        """So many tokens bulk work leaves to calls of higher priority."""

    def _spare(self) -> int:
        if self.interval is None:
            return self.capacity // 25
        if self.interval < SPARING:
            return 0
        return max(int(self.limit.service), self.capacity // (200 if self.sliding else 50))

    def held_for(self, seconds: float) -> None:
        """Work has ended that held a token for so long."""
        self.holding = seconds if self.holding is None else self.holding + (seconds - self.holding) / 8

    def slide(self, *, sliding: bool) -> None:
        """Tokens come back in the other way from now on; the buckets have to count anew."""
        self.sliding = sliding
        self._set(self.capacity)

    def total(self, capacity: int, window: int | None = None) -> bool:
        """The server names the number in `window`: a lower one counts at once, a higher one from the next window on.

        None for the window: it counts at once whatever it is. Tells whether the number has changed.
        """
        before = self.capacity
        if capacity <= before or window is None or (self._later is not None and self._later < window):
            self._later = None
            self._set(capacity)
        elif self._later is None:
            self._later = window
        return self.capacity != before
