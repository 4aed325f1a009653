"""The server's own count for one bucket, and what it tells of others who spend from it.

The model: a reply says how many requests the server has counted in the window that is under way. What exceeds our own
count was spent by others: programs that share the account, the product's own interface, a second process like this.

- In its window the server's count may lower our view at once; it never raises it, and everything in flight comes on
  top, since replies overtake each other.
- What others took of one window is left to them in the next, and a little more, so that one who came late can get his
  share. When our last look at their spending came early in the window, they are taken to have gone on like that. It is
  never more than half of the whole: who comes late and finds all of it taken by one is entitled to as much as he. If
  they are not seen again, half of what was expected is left to them in the window after, and so on: a window that is
  spent in a second shows little. What they don't come for is ours as the window's time runs out: linearly, so that one
  who spends at a steady pace always finds a token.
- While others are about, everybody may believe the last tokens of a window to be theirs. So what others spend in the
  time of a round trip, at their pace of the moment, is left in; no more than a sixth of what is left is in flight
  at once, so that the steps get smaller as the window empties; and the last token is nobody's.
  When nothing more may go by that reckoning, one request tests after a while whether others have gone on like that; if
  it is rejected, no such test is made for some windows, each time twice as many.
  Some care is taken in the first window after making the server's acquaintance, too, when it isn't known yet who is
  about: half of what is left may be in flight.
"""

from __future__ import annotations

from math import ceil, inf
from typing import Final

SAME_WINDOW: Final = 2.0
"""Seconds by which two replies may differ on when their window ends and still mean the same one."""

EARLY: Final = 1 / 30
"""The first part of a window, from which nothing is concluded about the rest: of a minute, two seconds."""

CARE: Final = 6
"""Of what is left in the window, one part in so many may be in flight while others are about."""

WARY: Final = 2
"""Windows for which others are still expected after they were seen last."""

ROOM_TO_GROW: Final = 4
"""One part in so many of a window is left to others beyond what they took, so that one who came late gets his share."""

MOMENT: Final = 0.5
"""Seconds after which the pace of others is measured anew."""

INSTANT: Final = 0.05
"""The least time, in seconds, over which it is measured."""

STALE_AFTER: Final = 1.0
"""Seconds without news, and as many round trips as `STALE_TRIPS`, after which one request asks before others go."""

STALE_TRIPS: Final = 4

FIRST_PAUSE: Final = 8
"""Windows without a test after the first one that was rejected."""

MOST_PAUSE: Final = 64
"""Windows without a test at the most."""

STEP: Final = 1e-3
"""Seconds added to the times of such changes: rounding must not make anybody look twice."""

FADES: Final = 0.9
"""What is left of the longest round trip with each that is shorter."""


class Word:
    """What the server said last of one bucket. Times are loop times in seconds."""

    __slots__ = (
        "_before", "_earlier", "_interval", "_looked", "_mark", "_no_test_until", "_pause", "_took", "at",
        "careful_until", "others", "refused", "seen_others", "until", "used",
    )

    def __init__(
        self, used: int, others: int, until: float, now: float, interval: float, took: float = 0.0
    ) -> None:
        self.used = used
        """The server's count in the window that ends at `until`."""
        self.until = until
        self.others = others
        """How many of them others have surely taken."""
        self.careful_until = until
        """Until then no more than a part of what is left may be in flight."""
        self.refused = 0
        """Requests of ours in this window that were rejected."""
        self.seen_others = False
        self._before = 0
        """How many they are expected to take of this window, by the one before."""
        self.at = now
        """When it said so."""
        self._looked = (now, others)
        """When others had spent how much at the last look that found room: in a spent window nobody can be seen to."""
        self._interval = interval
        self._took = took
        self._earlier = self._mark = (until - interval, 0)
        """When others had spent how much, some moments ago and lately."""
        self._no_test_until = now
        self._pause = FIRST_PAUSE
        """For so many windows no test is made after one that was rejected."""
        self._meet(others)

    def hear(self, used: int, others: int, until: float, now: float, capacity: int, took: float = 0.0) -> None:
        """The server counts `used` in the window that ends at `until`; `others` of them aren't ours.

        `took` is the reply's round trip in seconds.
        """
        self._took = max(took, FADES * self._took)
        if abs(until - self.until) <= SAME_WINDOW:
            self.used = max(self.used, used)
            self.until = max(self.until, until)
            self.others = max(self.others, others)
        elif until > self.until:
            follows = until - self.until <= self._interval + SAME_WINDOW
            self._before = max(self._forecast(capacity), self._before // 2) if follows else 0
            self.used, self.others, self.until, self.refused = used, others, until, 0
            self._earlier = self._mark = (until - self._interval, 0)
        else:
            return
        self.at = now
        if used < capacity:
            self._looked = (now, self.others)
        if now - self._mark[0] >= max(MOMENT, self._took):
            self._earlier, self._mark = self._mark, (now, self.others)
        self._meet(others)

    def on_their_way(self, now: float, capacity: int) -> int:
        """How many others will have spent by the time a request arrives that goes now, at their pace of late."""
        if now >= self.until:
            return ceil(self._forecast(capacity) * self._took / self._interval) if self.others else 0
        since, had = self._earlier
        return ceil((self.others - had) * (now - self.at + self._took) / max(self.at - since, self._took, INSTANT))

    def stale_at(self) -> float:
        """The loop time from which on it is out of date: one request has to ask again before others follow."""
        return self.at + max(STALE_AFTER, STALE_TRIPS * self._took)

    def testable(self, now: float) -> bool:
        """May a request test what is left, though others should have spent it?"""
        return now >= self._no_test_until

    def failed(self, now: float) -> None:
        """A request was rejected: others had spent what was left, and that one is no part of the server's count."""
        if now < self.until:
            self.refused += 1
            self.others += 1
            self._meet(self.others)
        self._no_test_until = self.until + self._pause * self._interval
        self._pause = min(2 * self._pause, MOST_PAUSE)

    def _meet(self, others: int) -> None:
        if others:
            self.seen_others = True
            self.careful_until = max(self.careful_until, self.until + WARY * self._interval)

    def _forecast(self, capacity: int) -> int:
        """How many others will take of the next window."""
        at, seen = self._looked
        seen_for = max(at - (self.until - self._interval), self._interval * EARLY)
        going_on = int(seen * self._interval / seen_for)
        growing = self.others + capacity // ROOM_TO_GROW if self.others else 0
        return min(capacity // 2, max(self.others, going_on, growing))

    def expectation(self, at: float, capacity: int) -> tuple[int, int, float]:
        """How many others will take of the window at `at` in all, how many they have taken of it, and when it ends."""
        if at < self.until:
            return self._before, self.others, self.until
        if at < self.until + self._interval:
            return max(self._forecast(capacity), self._before // 2), 0, self.until + self._interval
        return 0, 0, at

    def held(self, at: float, capacity: int) -> int:
        """Tokens that are left to others at this moment."""
        expected, seen, end = self.expectation(at, capacity)
        if expected <= seen:
            return 0
        return min(expected - seen, int(expected * (end - at) / self._interval))

    def changes(self, now: float, capacity: int) -> float:
        """The loop time after `now` when it leaves us more than it does now, unless somebody spends."""
        expected, seen, end = self.expectation(now, capacity)
        if end <= now:
            return inf
        held = self.held(now, capacity)
        if held > 0 and expected > seen:
            end = min(end, end - held / expected * self._interval)
        for at in (self.stale_at(), self._no_test_until):
            end = min(end, at) if at > now else end
        return max(now, end) + STEP
