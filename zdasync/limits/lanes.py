"""Where calls wait: pools of lanes, and whose turn it is among those who call.

Calls of one priority and one caller that take tokens from exactly the same buckets wait in one *lane*, in order of
arrival. Lanes whose shared buckets are the same form a *pool*: while the account's window is spent, its pools are
looked at as a whole and their lanes, be they 50,000, are not touched. A lane that only its own target holds up (a
profile at its five a minute) is *parked* at that target's bucket and holds nobody else up.

Callers take turns (see `turns.py`); among calls whose callers have had as many turns, the earlier goes first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from heapq import heappop, heappush, heapreplace
from math import inf
from typing import TYPE_CHECKING

from .bucket import Bucket, live
from .clock import ServerClock
from .table import CONNECTIONS
from .turns import PRIORITIES, Caller

if TYPE_CHECKING:
    from .ticket import Ticket


class Waiter:
    """One call in a lane. Lower `seq` came first; a call that is sent again keeps its number."""

    __slots__ = ("future", "lane", "seq", "since")

    def __init__(self, lane: Lane, seq: int, since: float, future: asyncio.Future[Ticket]) -> None:
        self.lane = lane
        self.seq = seq
        self.since = since
        self.future = future

    def __lt__(self, other: Waiter) -> bool:
        return self.seq < other.seq


class Lane:
    """Calls of one caller and one priority that take from the same buckets."""

    __slots__ = ("ahead", "buckets", "later", "limit", "line", "most", "parked", "posted", "waiters", "waiting")

    def __init__(self, line: Line, buckets: tuple[Bucket, ...]) -> None:
        self.line = line
        self.buckets = buckets
        self.most = min([bucket.terms.capacity for bucket in buckets], default=inf)
        """So many of its calls at the most go in one window."""
        self.waiters: list[Waiter] = []
        self.waiting = 0
        """Calls that still wait; `waiters` may hold cancelled ones as well."""
        self.parked = False
        self.limit: str | None = None
        """The limit of its target that held it up last."""
        self.posted = -1
        """The number under which the line's heap holds this lane."""
        self.ahead = 0
        """How many of its calls can be ahead of a newcomer."""
        self.later = 0
        """The same while the lane is parked: they are ahead once it isn't any more."""

    def head(self) -> Waiter | None:
        """The call whose turn it is; drops those that were cancelled."""
        waiters = self.waiters
        while waiters:
            waiter = waiters[0]
            if not waiter.future.done():
                return waiter
            heappop(waiters)
        return None

    def push(self, waiter: Waiter) -> None:
        """A call joins."""
        heappush(self.waiters, waiter)
        self.waiting += 1
        self.line.caller.waiting += 1
        self.refresh()

    def pop(self) -> Waiter:
        """The head leaves."""
        waiter = heappop(self.waiters)
        self.left()
        return waiter

    def left(self) -> None:
        """One call less waits."""
        self.waiting -= 1
        self.line.caller.waiting -= 1

    def refresh(self) -> None:
        """Post the lane under its head, and count again what it puts ahead of newcomers."""
        line, head = self.line, self.head()
        ahead = later = 0
        if head is None:
            self._end()
        elif self.parked:
            later = int(min(self.waiting, self.most))
        else:
            ahead = int(min(self.waiting, self.most))
            if head.seq != self.posted:
                self.posted = head.seq
                line.post(self)
        if ahead != self.ahead or later != self.later:
            line.pool.ahead[line.priority] += ahead - self.ahead
            line.pool.later[line.priority] += later - self.later
            self.ahead, self.later = ahead, later

    def _end(self) -> None:
        line = self.line
        if line.lanes.get(self.buckets) is self:
            del line.lanes[self.buckets]
            line.pool.count -= 1
            for bucket in self.buckets:
                live(bucket).lanes -= 1
            if not line.lanes and not line.queued:
                line.pool.lines[line.priority].pop(line.caller, None)


class Line:
    """The lanes of one caller in one pool and one priority."""

    __slots__ = ("caller", "lanes", "pool", "priority", "queued", "ready")

    def __init__(self, pool: Pool, priority: int, caller: Caller) -> None:
        self.pool = pool
        self.priority = priority
        self.caller = caller
        self.lanes: dict[tuple[Bucket, ...], Lane] = {}
        """By the buckets of their targets."""
        self.ready: list[tuple[int, int, Lane]] = []
        """A heap by the number of the lane's head. Entries that a lane has outlived are skipped."""
        self.queued = False
        """Is it in the pool's order of callers?"""

    def post(self, lane: Lane) -> None:
        """The lane's head may go as far as its own target is concerned."""
        heappush(self.ready, (lane.posted, id(lane), lane))
        if not self.queued:
            self.queued = True
            heappush(self.pool.order[self.priority], (self.caller.turns, lane.posted, id(self), self))

    def top(self) -> Lane | None:
        """The lane whose head came first."""
        heap = self.ready
        while heap:
            seq, _, lane = heap[0]
            if not lane.parked and lane.posted == seq:
                head = lane.head()
                if head is not None and head.seq == seq:
                    return lane
                lane.posted = -1
                lane.refresh()
            heappop(heap)
        return None


class Pool:
    """All lanes that take from the same shared buckets."""

    __slots__ = ("ahead", "buckets", "count", "later", "lines", "narrows", "obstacle", "order")

    def __init__(self, buckets: tuple[Bucket, ...]) -> None:
        self.buckets = buckets
        self.narrows = tuple(
            (wide, narrow) for wide in buckets for narrow in buckets if narrow is not wide and _may_spread(narrow, wide)
        )
        """Pairs of limits the second of which may let fewer of these calls through in the window of the first."""
        self.lines: tuple[dict[Caller, Line], ...] = tuple({} for _ in range(PRIORITIES))
        """By priority, then by whose calls they are."""
        self.count = 0
        """How many lanes there are."""
        self.order: list[list[tuple[int, int, int, Line]]] = [[] for _ in range(PRIORITIES)]
        """For each priority a heap of lines, by their callers' turns, then by arrival; of when the entry was made."""
        self.obstacle: Bucket | None = None
        """The shared bucket that held it up last, and so the one to look at first."""
        self.ahead = [0] * PRIORITIES
        """Calls in lanes that are not parked, by priority, each lane's no more than its target lets through."""
        self.later = [0] * PRIORITIES
        """The same for lanes that are."""

    def lane(self, buckets: tuple[Bucket, ...], priority: int, caller: Caller) -> Lane:
        """The lane of these targets."""
        lines = self.lines[priority]
        line = lines.get(caller)
        if line is None:
            line = lines[caller] = Line(self, priority, caller)
        lane = line.lanes.get(buckets)
        if lane is None:
            lane = line.lanes[buckets] = Lane(line, buckets)
            self.count += 1
            for bucket in buckets:
                live(bucket).lanes += 1
        return lane

    def all_lanes(self) -> Iterator[Lane]:
        """Every lane, parked ones included."""
        for lines in self.lines:
            for line in list(lines.values()):
                yield from list(line.lanes.values())

    def clear(self) -> None:
        """Nobody waits any more: forget what their lanes have left behind."""
        for order, lines in zip(self.order, self.lines, strict=True):
            order.clear()
            lines.clear()

    def shut(self, now: float, clock: ServerClock) -> Bucket | None:
        """The shared bucket that lets none of them go at the moment."""
        last = self.obstacle
        if last is not None and last.free(now, clock) <= 0:
            return last
        for bucket in self.buckets:
            if bucket.free(now, clock) <= 0:
                self.obstacle = bucket
                return bucket
        return None

    def spared(self, now: float, clock: ServerClock) -> Bucket | None:
        """The shared bucket that has nothing left but what bulk work spares."""
        for bucket in self.buckets:
            if bucket.terms.spare and bucket.free(now, clock, bucket.spared(now, clock)) <= 0:
                return bucket
        return None

    def top(self, priority: int) -> Lane | None:
        """The lane of this priority that goes next: of the caller with the fewest turns, the first to come."""
        heap = self.order[priority]
        while heap:
            turns, _, _, line = heap[0]
            lane = line.top()
            if lane is None:
                heappop(heap)
                line.queued = False
                if not line.lanes:
                    self.lines[priority].pop(line.caller, None)
            elif turns != line.caller.turns:
                heapreplace(heap, (line.caller.turns, lane.posted, id(line), line))
            else:
                return lane
        return None


def _may_spread(narrow: Bucket, wide: Bucket) -> bool:
    """Can the first limit let fewer calls through in a window of the second than that does itself?"""
    short, long = narrow.terms.interval, wide.terms.interval
    if long is None or narrow.terms.limit.name == CONNECTIONS:
        return False
    return short is None or short <= long


def slower(narrow: Bucket, wide: Bucket) -> bool:
    """Does the first let fewer calls through than the second in the long run?"""
    one, other = narrow.terms, wide.terms
    if one.interval is None:
        return True
    return one.capacity * (other.interval or 0.0) < other.capacity * (one.interval or inf)
