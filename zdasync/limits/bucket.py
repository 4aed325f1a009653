"""The token bucket of one limit and one key: how many requests may still go, and when to look again.

The model: `Terms.capacity` tokens; a request takes one when it is dispatched. While it is in flight nobody knows in
which of the server's windows it will be counted, so its token stays out whatever happens. Once its reply is in, its
token comes back in one of three ways:

- **aligned** (the usual one, as soon as the server's clock is known): the reply came at a known time, so the request
  was counted in some window up to `last`; its token is back when the window after `last` has surely begun. The reply's
  `Date` bounds `last` too, whatever the latency.
- **sliding**: the token is back one interval after the reply. This holds for any alignment, and on servers with a
  sliding log or a token bucket as well; it is used until the clock is known, and for good for a limit whose model a
  rejection has refuted. Times are rounded up to a 240th of the interval, which bounds the memory.
- **on completion** (`interval` None): whoever took the token gives it back.

Not all that is in may be taken: see `Terms` for what is reserved, spared and in doubt, and `Word` for what is left to
others. Everything here is arithmetic on numbers that are passed in: no clock is read, nothing waits.
"""

from __future__ import annotations

from math import ceil, inf
from typing import Final

from .clock import ServerClock
from .terms import Terms
from .word import CARE, SAME_WINDOW, Word

SLOTS: Final = 240
"""A sliding bucket rounds times to this fraction of its interval."""

LOST: Final = 5.0
"""Seconds for which a request without a reply may still arrive at the server and be counted."""

WORTH_A_TEST: Final = 4
"""Tokens that must be left, by what is known, for one request to test whether they are."""

MELTING: Final = 5.0
"""Seconds before the end of a window from which on bulk work takes up the tokens that it spared."""

MELTED: Final = 0.8
"""Seconds before its end when all of them are taken: so long, and a trifle for the clock, may anybody wait."""

ENOUGH: Final = 20
"""So many requests at the least must have passed before aligned windows are proved by that alone."""

FEW: Final = 5
"""Tokens that a sliding log must still know at the least before a header can tell the models apart."""

NOISE: Final = 2
"""Requests by which the server's count may differ from ours for no reason."""


class Bucket:
    """The tokens of one key. `None` for the list of returns means that all tokens that are out come back together."""

    __slots__ = (
        "_doubt", "_first", "_out", "_returns", "_settled", "blocked_until", "in_flight", "lanes", "merged_into",
        "name", "terms", "word",
    )

    def __init__(self, terms: Terms, name: str) -> None:
        self.terms = terms
        self.name = name
        self.in_flight = 0
        self.blocked_until = -inf
        """Nothing goes before this: the server said so."""
        self.lanes = 0
        """How many lanes of waiting calls refer to this bucket: it lives as long as one does."""
        self.merged_into: Bucket | None = None
        """The bucket that took over when two names turned out to be one target."""
        self.word: Word | None = None
        """What the server said; None where that is nothing but our own count."""
        self._out = 0
        """How many tokens are out whose requests are answered."""
        self._first: float = -inf
        """When the first of them comes back: after this window (aligned), or at this loop time (sliding)."""
        self._returns: list[list[float]] | None = None
        """[when, how many] in ascending order, where they come back at more than one time."""
        self._settled = inf
        """When the last reply was in, as long as aligned windows aren't proved."""
        self._doubt: tuple[int, float] | None = None
        """How many tokens the last edge brought back that a sliding log would keep, and until when it would."""

    # -- what may go ----------------------------------------------------------------------------------------------

    def free(self, now: float, clock: ServerClock, leaving: int = 0) -> int:
        """How many requests may go at this moment if so many tokens are left in."""
        if self.blocked_until > now:
            return 0
        terms = self.terms
        if self._out:
            self._expire(now, clock)
        if self.word is None:
            left = terms.capacity - terms.reserve - self.in_flight - self._out - leaving
        else:
            left = self._left_by_others(self.word, now, leaving)
        if self._doubt is not None:
            left = min(left, self._beyond_doubt(self._doubt, now))
        return left

    def _left_by_others(self, word: Word, now: float, leaving: int) -> int:
        terms = self.terms
        capacity, counted, others = terms.capacity, self._out, 0
        if word.until > now:
            others = word.others
            counted = max(counted + others, word.used)
        left = capacity - counted - self.in_flight - leaving
        if terms.sliding:
            return left - terms.reserve
        theirs = max(word.held(now, capacity), terms.reserve - others)
        if word.careful_until <= now:
            return left - theirs
        coming = word.on_their_way(now, capacity)
        if now >= word.stale_at():
            worth = left - theirs >= (min(WORTH_A_TEST, max(2, capacity // 50)) if word.seen_others else 1)
            return int(worth and (left > coming or word.testable(now)) and not self.in_flight)
        left -= max(theirs, coming)
        if word.until <= now:  # nothing is known of this window yet: others may be spending it as we did the last
            return min(left, max(1, (word.used - word.others) // 2) - self.in_flight)
        return min(left, _careful(capacity - counted, surely=word.seen_others) - self.in_flight)

    def _beyond_doubt(self, doubt: tuple[int, float], now: float) -> int:
        """How many may go while it isn't proved that the server's windows are aligned."""
        terms = self.terms
        kept, until = doubt
        if terms.proof is None or now >= until:
            self._doubt = None
            return terms.capacity
        return max(terms.capacity - kept - self._out - self.in_flight, terms.proof.room())

    def used(self, now: float, clock: ServerClock) -> int:
        """How many of the tokens are out: by our count, or by the server's if that is higher."""
        if self._out:
            self._expire(now, clock)
        word, counted = self.word, self._out
        if word is not None and word.until > now:
            counted = max(counted + word.others, word.used)
        return counted + self.in_flight

    @property
    def out(self) -> int:
        """How many of the tokens are out whose requests are answered, as of the last look."""
        return self._out

    def spared(self, now: float, clock: ServerClock) -> int:
        """How many of the free tokens bulk work leaves to calls of higher priority at this moment."""
        terms = self.terms
        spare = terms.spare
        if not spare or terms.interval is None or terms.sliding:
            return spare
        left = self.window_ends(now, clock) - now
        if left >= MELTING:
            return spare
        return max(0, ceil(spare * (left - MELTED) / (MELTING - MELTED)))

    def spares_less(self, now: float, clock: ServerClock) -> float:
        """The loop time after `now` when bulk work may take one more of the spared tokens."""
        terms = self.terms
        if terms.interval is None or terms.sliding or not terms.spare:
            return self.when(now, clock)
        end = self.window_ends(now, clock)
        step = (self.spared(now, clock) - 1) / terms.spare * (MELTING - MELTED)
        return max(now, end - MELTED - step) + 1e-4

    def when(self, now: float, clock: ServerClock) -> float:
        """The loop time at which more may go than now, unless a reply says otherwise; infinite if it takes a reply."""
        if self.blocked_until > now:
            return self.blocked_until
        interval = self.terms.interval
        if interval is None:
            return inf
        at = self._back(self._first, clock) if self._out else inf
        word = self.word
        if word is not None:
            at = min(at, word.changes(now, self.terms.capacity))
        return at if self._doubt is None else min(at, self._doubt[1])

    def resets(self, now: float, clock: ServerClock) -> float:
        """The loop time at which tokens that are out come back; infinite if that hangs on replies, or none is out."""
        word = self.word
        if self.blocked_until > now:
            return self.blocked_until
        at = self._back(self._first, clock) if self._out and self.terms.interval is not None else inf
        return min(at, word.until) if word is not None and word.until > now and word.used else at

    def expected(self, now: float, clock: ServerClock, count: int) -> float:
        """When the `count`-th next request may go, if all replies come at once and everybody goes as soon as may be."""
        terms, word = self.terms, self.word
        start = max(now, self.blocked_until)
        free = self._room(start, clock)
        if count <= free or terms.interval is None:
            return start if count <= free else inf
        room = terms.capacity - terms.reserve
        if terms.sliding:
            return max(start, self._slid(now, clock, count - free, room))
        if word is not None:
            room = max(1, min(room, terms.capacity - word.expectation(start, terms.capacity)[0]))
        lacking, edge, last = count - free, self._next_edge(start, clock), clock.latest_window(start, terms.interval)
        taken_back = clock.opens(last + 1, terms.interval)
        if taken_back > edge:  # it may be either side of an edge now: what goes now comes back at the one after it
            lacking -= sum(int(n) for when, n in self._entries() if when < last)
        if lacking > 0:
            edge = taken_back + (lacking - 1) // room * terms.interval
        return max(start, edge)

    def _slid(self, now: float, clock: ServerClock, lacking: int, room: int) -> float:
        """When `lacking` more tokens than are free now will have come back, in rounds of one interval each."""
        interval = self.terms.interval or inf
        times = [(when, int(n)) for when, n in self._entries()]
        if (word := self.word) is not None and word.until > now and word.used > self._out:
            times.append((word.until, word.used - self._out))
        if (rest := room - sum(n for _, n in times)) > 0:
            times.append((self._return(now, clock, None), rest))
        times.sort()
        rounds, lacking = divmod(lacking - 1, sum(n for _, n in times))
        for at, n in times:
            lacking -= n
            if lacking < 0:
                return at + rounds * interval
        return now  # not reached: the rounds leave less than one round's tokens

    def coming(self, now: float, clock: ServerClock, until: float) -> int:
        """How many tokens can be taken from now until `until`, those that are free included."""
        free = self._room(now, clock)
        terms = self.terms
        if until <= now:
            return free
        if terms.interval is None:
            return free + int(self.in_flight * (until - now) / terms.holding) if terms.holding else free
        return free + terms.capacity * int((until - now) / terms.interval)

    def _room(self, now: float, clock: ServerClock) -> int:
        """How many may go in this window, if need be one after the other."""
        if self.blocked_until > now:
            return 0
        terms, word = self.terms, self.word
        held = 0 if word is None or terms.sliding else word.held(now, terms.capacity)
        return max(0, terms.capacity - self.used(now, clock) - max(held, terms.reserve))

    def window_ends(self, now: float, clock: ServerClock) -> float:
        """Until when tokens taken now are missing: the window's end, or the next time that a sliding one comes back."""
        terms = self.terms
        if terms.interval is None:
            return now
        if not terms.sliding:
            return self._next_edge(now, clock)
        return self._first if self._out else now + terms.interval

    def _next_edge(self, now: float, clock: ServerClock) -> float:
        interval = self.terms.interval or inf
        return clock.opens(clock.earliest_window(now, interval) + 1, interval)

    # -- tokens that are out --------------------------------------------------------------------------------------

    def _entries(self) -> list[list[float]]:
        if self._returns is not None:
            return self._returns
        return [[self._first, self._out]] if self._out else []

    def _back(self, when: float, clock: ServerClock) -> float:
        return when if self.terms.sliding else clock.opens(int(when) + 1, self.terms.interval or inf)

    def _expire(self, now: float, clock: ServerClock) -> None:
        """Take back the tokens whose time has come."""
        terms = self.terms
        if terms.interval is None:
            return
        if terms.sliding:
            if self._first <= now:
                self._drop(now)
            return
        window = clock.earliest_window(now, terms.interval)
        if self._first < window:
            latest = self._drop(window - 1)
            if terms.proof is not None:
                self._begin_doubt(latest, clock.opens(window, terms.interval))

    def _begin_doubt(self, kept: int, edge: float) -> None:
        """An edge brought back `kept` tokens that a sliding log would keep on; late replies may add some."""
        until = min(edge, self._settled) + (self.terms.interval or inf)
        if self._doubt is not None and self._doubt[1] > edge:
            kept, until = kept + self._doubt[0], max(until, self._doubt[1])
        self._doubt = (kept, until) if kept else None
        if self.terms.proof is not None:
            self.terms.proof.need(max(kept, min(self.terms.capacity, ENOUGH)), until)

    def _drop(self, until: float) -> int:
        """Drop entries up to `until`; gives the number of tokens of the entry at `until` itself."""
        latest = 0
        entries = self._entries()
        while entries and entries[0][0] <= until:
            when, count = entries.pop(0)
            self._out -= int(count)
            if when == until:
                latest = int(count)
        if self._out:
            self._first = entries[0][0]
        if len(entries) <= 1:
            self._returns = None
        return latest

    def _return(self, now: float, clock: ServerClock, date: float | None) -> float:
        interval = self.terms.interval or inf
        if self.terms.sliding:
            step = interval / SLOTS
            return ceil((now + interval) / step) * step
        last = clock.latest_window(now, interval)
        return last if date is None else min(last, int(date // interval))

    def _add(self, when: float, count: int) -> None:
        if not self._out:
            self._first, self._out = when, count
            return
        returns = self._returns
        self._out += count
        if returns is None:
            if when == self._first:
                return
            returns = self._returns = [[self._first, self._out - count]]
        at = len(returns)
        while at and returns[at - 1][0] > when:
            at -= 1
        if at and returns[at - 1][0] == when:
            returns[at - 1][1] += count
        else:
            returns.insert(at, [when, count])
            self._first = returns[0][0]

    # -- taking and giving back -------------------------------------------------------------------------------------

    def take(self, now: float) -> bool:
        """A request is dispatched; tells whether it is ventured, see `Terms.proof`."""
        self.in_flight += 1
        if self._doubt is None:
            return False
        terms, (kept, until) = self.terms, self._doubt
        if terms.proof is None or now >= until or kept + self._out + self.in_flight <= terms.capacity:
            return False
        terms.proof.ventured()
        return True

    def give_back(self) -> None:
        """It was not sent after all, or (for a limit on what is under way) it is over."""
        self.in_flight -= 1

    def settle(self, now: float, clock: ServerClock, date: float | None) -> None:
        """Its reply is in, with `date` as the server's time."""
        self.in_flight -= 1
        if self.terms.interval is not None:
            self._add(self._return(now, clock, date), 1)
            if self.terms.proof is not None:
                self._settled = now

    def settle_lost(self, now: float, clock: ServerClock) -> None:
        """It may have been sent, but no reply will tell."""
        self.settle(now + LOST, clock, None)
        if self.word is not None and self.word.until > now:
            self.word.used += 1

    # -- the server's word ------------------------------------------------------------------------------------------

    def seen(self, used: int, until: float, now: float, took: float = 0.0) -> None:
        """The server counts `used` in the window that ends at the loop time `until`; the reply `took` so long."""
        terms = self.terms
        if terms.interval is None:
            return
        others = max(0, used - self.in_flight - self._out)
        if self.word is not None:
            if abs(until - self.word.until) <= SAME_WINDOW:
                others += min(self.word.refused, self._out)
            self.word.hear(used, others, until, now, terms.capacity, took)
        elif others or terms.limit.key == "account":
            self.word = Word(used, others, until, now, terms.interval, took)

    def doubts(self, used: int, now: float) -> bool:
        """Has the server, which counts `used`, forgotten all that a sliding log would know after the last edge?"""
        if self._doubt is None:
            return False
        kept, until = self._doubt
        if kept * (until - now) / (self.terms.interval or inf) < FEW:
            return False
        return used <= self._out + self.in_flight + NOISE

    def block(self, until: float) -> None:
        """Nothing may go before `until`."""
        self.blocked_until = max(self.blocked_until, until)

    def recount(self, now: float, clock: ServerClock) -> None:
        """Tokens come back in the other way now: those that are out are taken to have been spent just now."""
        spent = self._out
        if self._doubt is not None and now < self._doubt[1]:
            spent += self._doubt[0]
        self._out, self._returns, self._doubt = 0, None, None
        if spent and self.terms.interval is not None:
            self._add(self._return(now, clock, None), spent)

    def stretch(self, before: float, after: float) -> None:
        """The windows turn out to be `after` seconds long, not `before`: tokens come back that much later."""
        entries = [(when, int(count)) for when, count in self._entries()]
        self._out, self._returns, self._doubt, self.word = 0, None, None, None
        for when, count in entries:
            self._add(when + after - before if self.terms.sliding else int(when * before // after), count)

    def merge(self, other: Bucket) -> None:
        """`other` turned out to count the same target: take over what it has charged."""
        self.in_flight += other.in_flight
        for when, count in other._entries():
            self._add(when, int(count))
        self._doubt = self._doubt or other._doubt
        self._settled = other._settled if self._settled == inf else max(self._settled, other._settled)
        if self.word is None:
            self.word = other.word
        elif (word := other.word) is not None:
            self.word.hear(word.used, word.others, word.until, word.at, self.terms.capacity)
        self.lanes += other.lanes
        self.block(other.blocked_until)
        other.merged_into = self

    def idle(self, now: float, clock: ServerClock) -> bool:
        """Does it hold nothing that a new bucket would not?"""
        return not self.lanes and self.blocked_until <= now and self.used(now, clock) == 0


def _careful(left: int, *, surely: bool) -> int:
    """How many of the last `left` tokens may be in flight at once; `surely`: others have been seen."""
    if surely:
        return max(left // CARE, 1 if left > 1 else 0)
    return max(left // 2, 1)


def live(bucket: Bucket) -> Bucket:
    """The bucket itself, or the one that it was merged into."""
    while bucket.merged_into is not None:
        bucket = bucket.merged_into
    return bucket
