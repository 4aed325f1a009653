"""Where calls wait: lanes, and groups of lanes.

Calls that take tokens from exactly the same buckets and have the same priority wait in one *lane*, in order of arrival.
Lanes whose shared buckets are the same form a *group*: while the account's window is spent, its groups are looked at as a whole and
their lanes, be they 50,000, are not touched. A lane that only its own target holds up (a profile at its five a minute)
is *parked* at that target's bucket and holds nobody else up.
"""

from __future__ import annotations

import asyncio
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

from .bucket import Bucket, live

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

    __slots__ = ("ahead", "buckets", "group", "limit", "parked", "posted", "priority", "waiters", "waiting")

    def __init__(self, group: Group, buckets: tuple[Bucket, ...], priority: int) -> None:
        self.group = group
        self.buckets = buckets
        self.priority = priority
        self.waiters: list[tuple[int, Waiter]] = []
        self.waiting = 0
        """Calls that still wait; `waiters` may hold cancelled ones as well."""
        self.parked = False
        self.limit: str | None = None
        """The limit of its target that held it up last."""
        self.posted: int | None = None
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
            if group.lanes.get((self.priority, self.buckets)) is self:
                del group.lanes[self.priority, self.buckets]
                for bucket in self.buckets:
                    live(bucket).lanes -= 1
        elif not self.parked:
            ahead = self.waiting
            for bucket in self.buckets:
                ahead = min(ahead, bucket.capacity)
            if head.seq != self.posted:
                self.posted = head.seq
                heappush(group.ready[self.priority], (head.seq, id(self), self))
        if ahead != self.ahead:
            group.ahead[self.priority] += ahead - self.ahead
            self.ahead = ahead


class Group:
    """All lanes that take from the same shared buckets."""

    __slots__ = ("ahead", "buckets", "lanes", "limit", "narrows", "ready")

    def __init__(self, buckets: tuple[Bucket, ...]) -> None:
        self.buckets = buckets
        self.narrows = tuple(
            (wide, narrow)
            for wide in buckets
            for narrow in buckets
            if wide.interval is not None and narrow.interval is not None and narrow.interval < wide.interval
        )
        """Pairs of limits the second of which spreads these calls over the window of the first."""
        self.lanes: dict[tuple[int, tuple[Bucket, ...]], Lane] = {}
        self.ready: list[list[tuple[int, int, Lane]]] = [[] for _ in range(PRIORITIES)]
        """A heap for each priority. Entries that a lane has outlived are skipped."""
        self.limit: str | None = None
        """The shared limit that held it up last."""
        self.ahead = [0] * PRIORITIES
        """Calls in lanes that are not parked, by priority, each lane's no more than its target lets through."""

    def lane(self, buckets: tuple[Bucket, ...], priority: int) -> Lane:
        """The lane of these targets."""
        lane = self.lanes.get((priority, buckets))
        if lane is None:
            lane = self.lanes[priority, buckets] = Lane(self, buckets, priority)
            for bucket in buckets:
                live(bucket).lanes += 1
        return lane

    def top(self, priority: int) -> Lane | None:
        """The lane of this priority whose head came first."""
        heap = self.ready[priority]
        while heap:
            seq, _, lane = heap[0]
            if not lane.parked and lane.posted == seq:
                head = lane.head()
                if head is not None and head.seq == seq:
                    return lane
                lane.posted = None
                lane.refresh()
            heappop(heap)
        return None
