"""The server's clock as seen from here: an interval that surely holds the difference between the two.

The model: `offset = server's unix time - loop time`. A reply that was sent for at `s`, was in at `r` and carries
`Date: d` was generated between the two, when the server's clock stood between `d` and `d + 1`. So the offset lies in
`[d - r, d + 1 - s]`. Each reply gives such an interval and their intersection shrinks to about the time of the
fastest round trip. The local wall clock is never read: it may be minutes off, and on a laptop it jumps.

Three things spoil an intersection. Clocks drift apart, so the bounds give way with time. The servers behind one
name differ by some milliseconds, so a small contradiction widens the interval for good (`jitter`). After a suspend
the loop's clock has stood still, so a large contradiction replaces the interval.
"""

from __future__ import annotations

from typing import Final

DRIFT: Final = 1e-4
"""Seconds a second by which two clocks may drift apart: ten times what a bad quartz does."""

STALE: Final = 0.01
"""Seconds by which a server's `Date` may lag its clock: servers render the header in advance."""

GUARD: Final = 0.005
"""Seconds after a window's edge before it is used: rounding, and clocks of limit servers beside the web servers'."""

JUMP: Final = 2.0
"""Seconds of contradiction from which on one of the clocks must have been set."""


class ServerClock:
    """Bounds on the server's time. All times that go in and come out are loop times, in seconds."""

    __slots__ = ("_early", "_high", "_jitter", "_late", "_low", "_seen", "known")

    def __init__(self) -> None:
        self.known = False
        """Has any reply said what time it is at the server?"""
        self._low = 0.0
        self._high = 0.0
        self._seen = 0.0
        self._jitter = 0.0
        self._early = self._late = 0.0
        """The bounds with guard and drift, ready for use: they are asked for many times a request."""

    def observe(self, date: float, sent_at: float, received_at: float) -> None:
        """Learn from a reply's `Date` (unix seconds)."""
        low, high = date - STALE - received_at, date + 1.0 + STALE - sent_at
        if not self.known:
            self.known = True
            self._low, self._high = low, high
        else:
            drift = max(0.0, received_at - self._seen) * DRIFT
            self._meet(low, high, self._low - drift, self._high + drift)
        self._seen = received_at
        self._early = self._low - self._jitter - GUARD / 2 + received_at * DRIFT
        self._late = self._high + self._jitter + GUARD / 2 - received_at * DRIFT

    def _meet(self, low: float, high: float, old_low: float, old_high: float) -> None:
        gap = max(low - old_high, old_low - high)
        if gap <= 0:
            self._low, self._high = max(low, old_low), min(high, old_high)
        elif gap >= JUMP:
            self._low, self._high, self._jitter = low, high, 0.0
        else:
            self._jitter = max(self._jitter, gap)
            self._low, self._high = sorted((max(low, old_low), min(high, old_high)))

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest that the offset may have been when the last reply came."""
        return self._low - self._jitter, self._high + self._jitter

    @property
    def uncertainty(self) -> float:
        """The width of the bounds in seconds."""
        return self._high - self._low + 2 * self._jitter

    def earliest_window(self, at: float, interval: float) -> int:
        """The first window in which the server may count what is sent at `at` or later."""
        return int((at * (1 - DRIFT) + self._early) // interval)

    def latest_window(self, at: float, interval: float) -> int:
        """The last window in which the server may have counted what was over at `at`."""
        return int((at * (1 + DRIFT) + self._late) // interval)

    def opens(self, window: int, interval: float) -> float:
        """The loop time from which on a request can only fall into `window` or a later one."""
        return (window * interval - self._early + GUARD / 2) / (1 - DRIFT)

    def server_time(self, at: float) -> float:
        """The best guess at the server's unix time."""
        return at + (self._low + self._high) / 2
