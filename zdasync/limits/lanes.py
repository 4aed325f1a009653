"""Where calls wait: lanes, and groups of lanes.

Calls of one priority that take tokens from exactly the same buckets wait in one *lane*, in order of arrival. Lanes
whose shared buckets are the same form a *group*: while the account's window is spent, its groups are looked at as a
whole and their lanes, be they 50,000, are not touched. A lane that only its own target holds up (a profile at its five
a minute) is *parked* at that target's bucket and holds nobody else up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Final

from .bucket import Bucket, live
from .clock import ServerClock

if TYPE_CHECKING:
    from .ticket import Ticket

PRIORITIES: Final = 3


class Waiter:
    """One call in a lane. Lower `seq` came first; a call that is sent again keeps its number."""

    __slots__ = ("future", "lane", "seq", "since")

    def __init__(self, lane: Lane, seq: int, since: float, future: asyncio.Future[Ticket]) -> None:
        self.lane = lane
        self.seq = seq
        self.since = since
        self.future = future


class Lane:
    """Calls of one priority that take from the same buckets."""

    __slots__ = ("ahead", "buckets", "group", "limit", "most", "parked", "posted", "priority", "waiters", "waiting")

    def __init__(self, group: Group, buckets: tuple[Bucket, ...], priority: int) -> None:
        self.group = group
        self.buckets = buckets
        self.priority = priority
        self.most = min([bucket.capacity for bucket in buckets], default=inf)
        """So many of its calls at the most go in one window."""
        self.waiters: list[tuple[int, Waiter]] = []
        self.waiting = 0
        """Calls that still wait; `waiters` may hold cancelled ones as well."""
        self.parked = False
        self.limit: str | None = None
        """The limit of its target that held it up last."""
        self.posted = -1
        """The number under which the group's heap holds this lane."""
        self.ahead = 0
        """How many of its calls can be ahead of a newcomer."""

    def head(self) -> Waiter | None:
        """The call whose turn it is; drops those that were cancelled."""
        waiters = self.waiters
        while waiters:
            waiter = waiters[0][1]
            if not waiter.future.done():
                return waiter
            heappop(waiters)
        return None

    def push(self, waiter: Waiter) -> None:
        """A call joins."""
        heappush(self.waiters, (waiter.seq, waiter))
        self.waiting += 1
        self.refresh()

    def pop(self) -> Waiter:
        """The head leaves."""
        waiter = heappop(self.waiters)[1]
        self.waiting -= 1
        return waiter

    def refresh(self) -> None:
        """Post the lane under its head, and count again what it puts ahead of newcomers."""
        group, head = self.group, self.head()
        ahead = 0
        if head is None:
            self._end()
        elif not self.parked:
            ahead = int(min(self.waiting, self.most))
            if head.seq != self.posted:
                self.posted = head.seq
                heappush(group.ready[self.priority], (head.seq, id(self), self))
        if ahead != self.ahead:
            group.ahead[self.priority] += ahead - self.ahead
            self.ahead = ahead

    def _end(self) -> None:
        lanes = self.group.lanes[self.priority]
        if lanes.get(self.buckets) is self:
            del lanes[self.buckets]
            self.group.count -= 1
            for bucket in self.buckets:
                live(bucket).lanes -= 1


class Group:
    """All lanes that take from the same shared buckets."""

    __slots__ = ("ahead", "buckets", "count", "lanes", "narrows", "obstacle", "ready")

    def __init__(self, buckets: tuple[Bucket, ...]) -> None:
        self.buckets = buckets
        self.narrows = tuple(
            (wide, narrow)
            for wide in buckets
            for narrow in buckets
            if wide.interval is not None and narrow.interval is not None and narrow.interval < wide.interval
        )
        """Pairs of limits the second of which spreads these calls over the window of the first."""
        self.lanes: tuple[dict[tuple[Bucket, ...], Lane], ...] = tuple({} for _ in range(PRIORITIES))
        """By priority, then by the buckets of their targets."""
        self.count = 0
        """How many lanes there are."""
        self.ready: list[list[tuple[int, int, Lane]]] = [[] for _ in range(PRIORITIES)]
        """A heap for each priority. Entries that a lane has outlived are skipped."""
        self.obstacle: Bucket | None = None
        """The shared bucket that held it up last, and so the one to look at first."""
        self.ahead = [0] * PRIORITIES
        """Calls in lanes that are not parked, by priority, each lane's no more than its target lets through."""

    def lane(self, buckets: tuple[Bucket, ...], priority: int) -> Lane:
        """The lane of these targets."""
        lane = self.lanes[priority].get(buckets)
        if lane is None:
            lane = self.lanes[priority][buckets] = Lane(self, buckets, priority)
            self.count += 1
            for bucket in buckets:
                live(bucket).lanes += 1
        return lane

    def all_lanes(self) -> Iterator[Lane]:
        """Every lane, parked ones included."""
        for lanes in self.lanes:
            yield from list(lanes.values())

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

    def top(self, priority: int) -> Lane | None:
        """The lane of this priority whose head came first."""
        heap = self.ready[priority]
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
