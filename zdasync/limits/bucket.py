"""The token bucket of one limit and one key: how many requests may still go, and when the next one may.

The model: `capacity` tokens; a request takes one when it is dispatched. While it is in flight nobody knows in which
of the server's windows it will be counted, so its token stays out whatever happens. Once its reply is in, its token
comes back in one of three ways:

- **aligned** (the usual one, as soon as the server's clock is known): the reply came at a known time, so the request
  was counted in some window up to `last`; its token is back when the window after `last` has surely begun. The reply's
  `Date` bounds `last` too, whatever the latency.
- **sliding**: the token is back one interval after the reply. This holds for any alignment, and on servers with a
  sliding log or a token bucket as well; it is used until the clock is known, and for good for a limit whose model a
  rejection has refuted. Times are rounded up to a 240th of the interval, which bounds the memory.
- **on completion** (`interval` None): whoever took the token gives it back.

The server's own count (`remaining`) includes what others spend. It may lower our view at once; what it says is taken
as a least count for the rest of its window, with everything in flight on top, since replies overtake each other. What
others took of one window is left to them in the next (`held`), until they come for it or the window's time runs out.
Otherwise two clients that share an account would both spend all of it at each window's start.
Everything here is arithmetic on numbers that are passed in: no clock is read, nothing waits.
"""

from __future__ import annotations

from math import ceil, inf
from typing import Final

from .clock import ServerClock
from .table import Limit

SLOTS: Final = 240
"""A sliding bucket rounds times to this fraction of its interval."""

LOST: Final = 5.0
"""Seconds for which a request without a reply may still arrive at the server and be counted."""

SAME_WINDOW: Final = 2.0
"""Seconds by which two replies may differ on when their window ends and still mean the same one."""


_NONE: Final[list[list[float]]] = []
"""No tokens to come back, for all buckets that never settled a request: most of those that calls wait for."""


class Bucket:
    """Tokens of `limit` for one key. `sliding` chooses how tokens come back."""

    __slots__ = (
        "_next_capacity",
        "_others",
        "_others_before",
        "_returns",
        "_seen_until",
        "_seen_used",
        "blocked_until",
        "capacity",
        "in_flight",
        "interval",
        "lanes",
        "limit",
        "merged_into",
        "name",
        "sliding",
    )

    def __init__(self, limit: Limit, name: str, capacity: int, *, sliding: bool) -> None:
        self.limit = limit
        self.name = name
        self.capacity = capacity
        self.interval = limit.interval
        self.sliding = sliding
        self.in_flight = 0
        self.blocked_until = -inf
        """Nothing goes before this: the server said so."""
        self.lanes = 0
        """How many lanes of waiting calls refer to this bucket: it lives as long as one does."""
        self.merged_into: Bucket | None = None
        """The bucket that took over when two names turned out to be one target."""
        self._returns = _NONE
        """[when, how many] in ascending order; `when` is a window (aligned) or a loop time (sliding)."""
        self._seen_used = 0
        self._seen_until = -inf
        self._next_capacity: int | None = None
        self._others = 0
        """How many of the window that ends at `_seen_until` others have surely taken."""
        self._others_before = 0
        """How many they took of the window before it."""

    # -- what may go ----------------------------------------------------------------------------------------------

    def free(self, now: float, clock: ServerClock) -> int:
        """How many requests may go at this moment."""
        if self.blocked_until > now:
            return 0
        if not self._returns and self._seen_until <= now and not self._others:
            return self.capacity - self.in_flight
        left = self.capacity_left(now, clock)
        return left - self.held(now) if self._others or self._others_before else left

    def capacity_left(self, now: float, clock: ServerClock) -> int:
        """How many tokens are in, those that are left to others among them."""
        return -self.used(now, clock) + self.capacity  # in this order: a new window may have another capacity

    def held(self, now: float) -> int:
        """Tokens that are left to others: so many as they took of the last window and have not yet taken of this one.

        If they do not come for them, they are ours as the window's time runs out.
        """
        if not (self._others or self._others_before):
            return 0
        last, seen, end = self._expectation(now)
        if last <= seen:
            return 0
        return min(last - seen, int(last * (end - now) / (self.interval or inf)))

    def _expectation(self, at: float) -> tuple[int, int, float]:
        """What others took of the window before `at`, what they took of its own, and when that ends."""
        interval = self.interval
        if self.sliding or interval is None or at >= self._seen_until + interval:
            return 0, 0, at
        if at < self._seen_until:
            return self._others_before, self._others, self._seen_until
        return self._others, 0, self._seen_until + interval

    def used(self, now: float, clock: ServerClock) -> int:
        """How many of the tokens are out: by our count, or by the server's if that is higher."""
        returns = self._returns
        ours = self.in_flight
        if returns:
            self._expire(now, clock)
            for _, count in returns:
                ours += int(count)
        if self._seen_until > now:
            return max(ours, self._seen_used + self.in_flight)
        return ours

    def when(self, now: float, clock: ServerClock, count: int = 1) -> float:
        """The loop time from which on the `count`-th next request may go; infinite if that hangs on replies."""
        at = max(now, self.blocked_until)
        lacking = count - self.capacity_left(now, clock)
        if lacking > 0:
            at = inf if self.interval is None else max(at, self._after(now, clock, lacking))
        spare = -lacking if lacking <= 0 else self.capacity - self.in_flight - count
        return self._given_up(at, spare) if self.held(at) > max(0, spare) else at

    def _given_up(self, at: float, spare: int) -> float:
        """When, from `at` on, no more than `spare` tokens are left to others."""
        last, _, end = self._expectation(at)
        interval = self.interval or inf
        return max(at, end - (spare + 1) / last * interval + interval * 1e-6)

    def expected(self, now: float, clock: ServerClock, count: int) -> float:
        """When the `count`-th next request may go, if all replies come at once and everybody goes as soon as may be.

        For estimates: `when` knows only of tokens that surely come back.
        """
        start = max(now, self.blocked_until)
        lacking = count + self.used(now, clock) - self.capacity
        if lacking <= 0 or self.interval is None:
            return start if lacking <= 0 else inf
        times = self._times(now, clock)
        rest = self.capacity - sum(n for _, n in times)
        if rest > 0:
            times.append((self._back(self._return(now, clock, None), clock), rest))
            times.sort()
        rounds, lacking = divmod(lacking - 1, sum(n for _, n in times))
        for at, n in times:
            lacking -= n
            if lacking < 0:
                start = max(start, at + rounds * self.interval)
                break
        return start

    def coming(self, now: float, clock: ServerClock, until: float) -> int:
        """How many tokens can be taken from now until `until`, those that are free included."""
        free = max(0, self.free(now, clock))
        if self.interval is None or until <= now:
            return free
        return free + self.capacity * int((until - now) / self.interval)

    def window_ends(self, now: float, clock: ServerClock) -> float:
        """Until when tokens taken now are missing: the window's end, or the next time that a sliding one comes back."""
        if self.interval is None:
            return now
        if not self.sliding:
            return clock.opens(clock.earliest_window(now, self.interval) + 1, self.interval)
        return self._returns[0][0] if self._returns else now + self.interval

    def _after(self, now: float, clock: ServerClock, lacking: int) -> float:
        """When `lacking` more tokens than are free now will have come back."""
        for at, n in self._times(now, clock):
            lacking -= n
            if lacking <= 0:
                return at
        return inf

    def _times(self, now: float, clock: ServerClock) -> list[tuple[float, int]]:
        """When how many tokens come back; of those in flight nobody knows."""
        times = [(self._back(when, clock), int(n)) for when, n in self._returns]
        if self._seen_until > now and (foreign := self._seen_used - sum(n for _, n in times)) > 0:
            times.append((self._seen_until, foreign))
            times.sort()
        return times

    def _back(self, when: float, clock: ServerClock) -> float:
        return when if self.sliding else clock.opens(int(when) + 1, self.interval or inf)

    def _expire(self, now: float, clock: ServerClock) -> None:
        limit = now if self.sliding else clock.earliest_window(now, self.interval or inf)
        returns = self._returns
        while returns and (returns[0][0] <= limit if self.sliding else returns[0][0] < limit):
            returns.pop(0)
        if self._next_capacity is not None and not returns:
            self.capacity, self._next_capacity = self._next_capacity, None

    # -- taking and giving back -------------------------------------------------------------------------------------

    def take(self) -> None:
        """A request is dispatched."""
        self.in_flight += 1

    def give_back(self) -> None:
        """It was not sent after all, or (for a limit on what is under way) it is over."""
        self.in_flight -= 1

    def settle(self, now: float, clock: ServerClock, date: float | None) -> None:
        """Its reply is in, with `date` as the server's time."""
        self.in_flight -= 1
        if self.interval is not None:
            self._add(self._return(now, clock, date), 1)

    def settle_lost(self, now: float, clock: ServerClock) -> None:
        """It may have been sent, but no reply will tell."""
        self.settle(now + LOST, clock, None)
        if self._seen_until > now:
            self._seen_used += 1

    def _return(self, now: float, clock: ServerClock, date: float | None) -> float:
        interval = self.interval or inf
        if self.sliding:
            step = interval / SLOTS
            return ceil((now + interval) / step) * step
        last = clock.latest_window(now, interval)
        return last if date is None else min(last, int(date // interval))

    def _add(self, when: float, count: float) -> None:
        returns = self._returns
        if returns is _NONE:
            self._returns = [[when, count]]
            return
        at = len(returns)
        while at and returns[at - 1][0] > when:
            at -= 1
        if at and returns[at - 1][0] == when:
            returns[at - 1][1] += count
        else:
            returns.insert(at, [when, count])

    # -- the server's word ------------------------------------------------------------------------------------------

    def total(self, capacity: int, *, at_once: bool) -> None:
        """The server names the limit: less counts at once, more from the next window on (`at_once`: now)."""
        edgeless = self.interval is None or self.sliding or not (self._returns or self.in_flight)
        if capacity <= self.capacity or at_once or edgeless:
            self.capacity, self._next_capacity = capacity, None
        else:
            self._next_capacity = capacity

    def seen(self, used: int, until: float) -> None:
        """The server counts `used` in the window that ends at the loop time `until`."""
        others = max(0, used - self.in_flight - int(sum(count for _, count in self._returns)))
        if abs(until - self._seen_until) <= SAME_WINDOW:
            self._seen_used = max(self._seen_used, used)
            self._seen_until = max(self._seen_until, until)
            self._others = max(self._others, others)
        elif until > self._seen_until:
            follows = until - self._seen_until <= (self.interval or 0.0) + SAME_WINDOW
            self._others_before = self._others if follows else 0
            self._others = others
            self._seen_used, self._seen_until = used, until

    def block(self, until: float) -> None:
        """Nothing may go before `until`."""
        self.blocked_until = max(self.blocked_until, until)

    def become(self, now: float, clock: ServerClock, *, sliding: bool) -> None:
        """Change how tokens come back; those that are out are taken to have been spent just now."""
        if sliding == self.sliding or self.interval is None:
            return
        self._expire(now, clock)
        spent = sum(n for _, n in self._returns)
        self._returns = _NONE
        self.sliding = sliding
        if spent:
            self._add(self._return(now, clock, None), spent)

    def merge(self, other: Bucket) -> None:
        """`other` turned out to count the same target: take over what it has charged."""
        self.in_flight += other.in_flight
        for when, count in other._returns:
            self._add(when, count)
        self.seen(other._seen_used, other._seen_until)
        self.lanes += other.lanes
        self.block(other.blocked_until)
        other.merged_into = self

    def idle(self, now: float, clock: ServerClock) -> bool:
        """Does it hold nothing that a new bucket would not?"""
        return not self.lanes and self.blocked_until <= now and self.used(now, clock) == 0


def live(bucket: Bucket) -> Bucket:
    """The bucket itself, or the one that it was merged into."""
    while bucket.merged_into is not None:
        bucket = bucket.merged_into
    return bucket
