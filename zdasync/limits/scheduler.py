"""Joint admission: a request goes when every limit that it falls under has room, and is charged to all in that instant.

The model. A request names the buckets that it takes a token from (`Charge`). Awaiting one limiter after another is
wrong in either order: a token of the first is held, or already stale, while the second makes it wait. Here one pass
(`_pump`) tests all buckets of a call and takes from all of them, or from none. Nothing is awaited in between, so no
interleaving of tasks can spend a token twice, and a call that is cancelled while it waits has taken nothing.

Calls wait in lanes (see `lanes.py`). The pass looks at each group of lanes, skips those whose shared buckets have
no room, and lets the first lane go whose targets have room too; what its own target holds up is parked there. The pass
runs when a call arrives, when a reply gives a token back, and at the one time for which the timer is set: the next
instant at which any bucket that holds somebody up will have a token. There is no polling and no task; with
`pace="even"` one task waits for the pacer in the name of all.

Room in a wide window is worth nothing to calls that a narrower one spreads over it if others have taken it at
the window's start: 700 reads would go at once, and the upserts, one a second, would find the minute spent. So whoever
has no such narrower limit leaves in the wide window what waiting calls of at least its priority can still take from it
(`_kept`). What they did not take after all is free again as the window's time runs out.

Order: by priority, then by arrival; every sixteenth goes to the lowest priority that waits, so that none starves. A
request that is sent again keeps its place in the queue. Time is the event loop's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Final

import attrs

from ..errors import DeadlineExceeded
from .book import Book, Charge
from .bucket import Bucket, live
from .keys import names_in_reply
from .lanes import PRIORITIES, Group, Lane, Waiter
from .ticket import Ticket

if TYPE_CHECKING:
    from .pacer import Pacer

TURN: Final = 16
"""Every TURN-th admission goes to the lowest priority that waits."""

LOOK_AGAIN: Final = 1.0
"""Seconds after which calls that leave room to others look again; mostly the others' going wakes them before."""

_DOWN: Final = tuple(range(PRIORITIES))
_UP: Final = tuple(reversed(_DOWN))


@attrs.frozen
class Estimate:
    """When a call would go out: `wait` in seconds from now, and the `limit` that decides it (None: at once).

    Where a limit frees its tokens when work ends (a job, a request under way), nobody can tell when: `wait` is then
    what the other limits take, and `limit` names that one if no other is in the way.
    """

    wait: float
    limit: str | None


class Scheduler:
    """Admits requests under the limits of one account."""

    def __init__(self, book: Book, pacer: Pacer | None = None) -> None:
        self.book = book
        self._loop = asyncio.get_running_loop()
        self.now = self._loop.time
        self._groups: dict[tuple[Bucket, ...], Group] = {}
        self._waiting: dict[Group, None] = {}
        """Groups with lanes in them."""
        self._spread: dict[Group, None] = {}
        """Those of them that a narrow limit spreads over the window of a wide one."""
        self._parked: dict[Bucket, list[Lane]] = {}
        self._parked_until: list[tuple[float, int, Bucket]] = []
        self._numbers = count()
        self._turn = 0
        self._timer: asyncio.TimerHandle | None = None
        self._wake_at = inf
        self._ready_at = inf
        """When somebody may be able to go, as of the last look; parked lanes aside."""
        self._pacer = pacer
        self._closed = False

    # -- for callers ----------------------------------------------------------------------------------------------

    async def admit(
        self, charge: Charge, *, priority: int = 1, deadline: float = inf, seq: int | None = None
    ) -> Ticket:
        """Wait until the request may go, charge it, and give the ticket that its reply settles.

        `deadline` is a loop time. Raises `DeadlineExceeded` at once when the request can't go out before it.
        """
        now = self.now()
        if self._wake_at <= now:
            self.wake()
        number = next(self._numbers) if seq is None else seq
        group = self._groups.get(charge.shared)
        if group is None:
            group = self._groups[charge.shared] = Group(charge.shared)
        clock = self.book.clock
        shut = group.shut(now, clock) is not None
        clear = not shut and self._obstacle(charge.keyed, now) is None
        if clear and not self._spread and self._pacer is None:
            if deadline < now:
                raise _too_late(Estimate(0.0, None))
            return self._take(group, charge.keyed, number, 0.0, None)
        if deadline < inf:
            estimate = Estimate(0.0, None) if clear else self.estimate(charge, priority=priority)
            if now + estimate.wait > deadline:
                raise _too_late(estimate)
        if self._closed:
            raise asyncio.CancelledError("the scheduler is closed")
        expected = any(group.ahead)
        waiter = Waiter(group.lane(charge.keyed, priority), number, now, self._loop.create_future())
        waiter.lane.push(waiter)
        if not (shut and expected):
            self._enter(group)
            self.wake()
        if waiter.future.done():
            ticket = waiter.future.result()
            ticket.waited, ticket.limit = 0.0, None
            return ticket
        return await self._queued(waiter, charge, deadline)

    def estimate(self, charge: Charge, *, priority: int = 1, calls: int = 1) -> Estimate:
        """When would the last of `calls` such requests go out, if they came now?"""
        now, clock = self.now(), self.book.clock
        latest, limit = now, None
        for bucket in (*charge.shared, *charge.keyed):
            ahead = self._ahead(bucket, charge, priority)
            at = bucket.expected(now, clock, ahead + calls)
            if latest < at < inf:
                latest, limit = at, bucket.limit.name
            elif at == inf and limit is None:
                limit = bucket.limit.name
        return Estimate(latest - now, limit)

    def waiting(self, bucket: Bucket) -> int:
        """How many calls wait that will take from this bucket. Looks at every lane: for people, not for loops."""
        return sum(
            lane.waiting
            for group in self._waiting
            for lane in group.all_lanes()
            if bucket in group.buckets or bucket in map(live, lane.buckets)
        )

    def wanted(self, bucket: Bucket) -> bool:
        """Does any call wait that will take from this shared bucket?"""
        return any(bucket in group.buckets for group in self._waiting)

    def learn(self, names: Sequence[str], body: bytes) -> None:
        """A request for a profile of these names was answered with `body`: the names in both are one profile."""
        known = names_in_reply(body)
        if not known:
            return
        for bucket in self.book.same([*known, *(name for name in names if name not in known)]):
            self.unpark(bucket)

    async def aclose(self) -> None:
        """Stop the timer; calls that wait are cancelled."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for group in list(self._waiting):
            for lane in group.all_lanes():
                for _, waiter in lane.waiters:
                    waiter.future.cancel()
        if self._pacer is not None:
            await self._pacer.aclose()

    # -- waiting ------------------------------------------------------------------------------------------------------

    async def _queued(self, waiter: Waiter, charge: Charge, deadline: float) -> Ticket:
        alarm = self._loop.call_at(deadline, self._expire, waiter, charge) if deadline < inf else None
        try:
            return await waiter.future
        except asyncio.CancelledError:
            self._leave(waiter)
            raise
        finally:
            if alarm is not None:
                alarm.cancel()

    def _enter(self, group: Group) -> None:
        self._waiting[group] = None
        if group.narrows:
            self._spread[group] = None

    def _exit(self, group: Group) -> None:
        if not group.count:
            self._waiting.pop(group, None)
            self._spread.pop(group, None)

    def _leave(self, waiter: Waiter) -> None:
        """A call was cancelled: give back what it was just admitted to, or step out of the lane."""
        future = waiter.future
        if future.cancelled() or not future.done():
            future.cancel()
            self._drop(waiter)
        elif future.exception() is None:
            future.result().give_back()

    def _drop(self, waiter: Waiter) -> None:
        waiter.lane.waiting -= 1
        waiter.lane.refresh()
        self._exit(waiter.lane.group)
        self.wake()

    def _expire(self, waiter: Waiter, charge: Charge) -> None:
        if not waiter.future.done():
            estimate = self.estimate(charge, priority=waiter.lane.priority)
            waiter.future.set_exception(_too_late(estimate))
            self._drop(waiter)

    def _ahead(self, bucket: Bucket, charge: Charge, priority: int) -> int:
        if bucket.limit.key != "account":
            group = self._groups.get(charge.shared)
            lanes = () if group is None else [lanes.get(charge.keyed) for lanes in group.lanes[: priority + 1]]
            return sum(lane.waiting for lane in lanes if lane is not None)
        return sum(sum(group.ahead[: priority + 1]) for group in self._waiting if bucket in group.buckets)

    # -- letting go ---------------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Something changed: let go whoever may."""
        if not self._waiting or self._closed:
            return
        if self._pacer is None:
            self._pump(inf)
        elif self._next(self.now()) is not None:
            self._pacer.start(self._paced)
        else:
            self._set_timer()

    def _paced(self) -> bool:
        """Let one go, in the pacer's name; does another one stand ready?"""
        self._pump(1)
        return self._next(self.now()) is not None

    def _pump(self, most: float) -> None:
        now = self.now()
        while (lane := self._next(now)) is not None and most > 0:
            self._release(lane, now)
            most -= 1
        self._set_timer()

    def _next(self, now: float) -> Lane | None:
        """The lane whose head goes next, or None when nobody may; then `_ready_at` is when somebody may."""
        clock = self.book.clock
        self._unpark_due(now)
        self._ready_at = inf
        groups = []
        for group in self._waiting:
            obstacle = group.shut(now, clock)
            if obstacle is None:
                groups.append(group)
            elif any(group.ahead):
                self._ready_at = min(self._ready_at, obstacle.when(now, clock))
        if groups:
            for priority in _UP if self._turn % TURN == TURN - 1 else _DOWN:
                lane = self._first(groups, priority, now)
                if lane is not None:
                    self._ready_at = now
                    return lane
        return None

    def _first(self, groups: list[Group], priority: int, now: float) -> Lane | None:
        """The lane of this priority that came first among those that may go; what its own target holds up is parked."""
        best: Lane | None = None
        for group in groups:
            while (lane := group.top(priority)) is not None and self._obstacle(lane.buckets, now) is not None:
                self._park(lane, now)
            if lane is None:
                continue
            if len(self._spread) > (group in self._spread) and self._leaves_room(group, priority, now):
                self._ready_at = min(self._ready_at, now + LOOK_AGAIN)
            elif best is None or lane.waiters[0][0] < best.waiters[0][0]:
                best = lane
        return best

    def _leaves_room(self, group: Group, priority: int, now: float) -> bool:
        """Must a call of this group leave what is there of a wide window to those that a narrow one spreads over it?"""
        clock = self.book.clock
        for bucket in group.buckets:
            if bucket.interval is not None and bucket.free(now, clock) <= self._kept(bucket, group, priority, now):
                group.obstacle = bucket
                return True
        return False

    def _kept(self, bucket: Bucket, group: Group, priority: int, now: float) -> int:
        """Tokens of `bucket` that calls of other groups wait for, and will get round to before they are lost."""
        kept, clock = 0, self.book.clock
        for other in self._spread:
            if other is group:
                continue
            for wide, narrow in other.narrows:
                if wide is bucket and (ahead := sum(other.ahead[: priority + 1])):
                    kept += min(ahead, narrow.coming(now, clock, wide.window_ends(now, clock)))
        return kept

    def _obstacle(self, buckets: tuple[Bucket, ...], now: float) -> Bucket | None:
        """The first of the buckets that has no room."""
        clock = self.book.clock
        for bucket in buckets:
            bucket = live(bucket)  # noqa: PLW2901 - the one that counts
            if bucket.free(now, clock) <= 0:
                return bucket
        return None

    def _release(self, lane: Lane, now: float) -> None:
        waiter = lane.pop()
        group = lane.group
        limit = lane.limit if lane.limit is not None or group.obstacle is None else group.obstacle.limit.name
        ticket = self._take(group, lane.buckets, waiter.seq, now - waiter.since, limit)
        self._turn += 1
        waiter.future.set_result(ticket)
        lane.refresh()
        self._exit(group)

    def _take(self, group: Group, keyed: tuple[Bucket, ...], seq: int, waited: float, limit: str | None) -> Ticket:
        buckets = (*group.buckets, *dict.fromkeys(map(live, keyed))) if keyed else group.buckets
        for bucket in buckets:
            bucket.take()
        return Ticket(self, buckets, seq, waited, limit)

    # -- parking ------------------------------------------------------------------------------------------------------

    def _park(self, lane: Lane, now: float) -> None:
        clock = self.book.clock
        blocked = [bucket for bucket in map(live, lane.buckets) if bucket.free(now, clock) <= 0]
        until, bucket = max(((one.when(now, clock), one) for one in blocked), key=lambda pair: pair[0])
        lane.parked, lane.posted, lane.limit = True, -1, bucket.limit.name
        lane.refresh()
        lanes = self._parked.get(bucket)
        if lanes is not None:
            lanes.append(lane)
            return
        self._parked[bucket] = [lane]
        if until < inf:
            heappush(self._parked_until, (until, id(bucket), bucket))

    def unpark(self, bucket: Bucket) -> None:
        """The bucket changed: whoever is parked there is looked at again."""
        for lane in self._parked.pop(bucket, ()):
            lane.parked = False
            lane.refresh()

    def _unpark_due(self, now: float) -> None:
        due = self._parked_until
        while due and due[0][0] <= now:
            self.unpark(heappop(due)[2])

    # -- the timer ----------------------------------------------------------------------------------------------------

    def _set_timer(self) -> None:
        at = self._ready_at
        if self._parked_until and self._parked_until[0][0] < at:
            at = self._parked_until[0][0]
        if self._pacer is not None and at <= self.now():
            at = inf  # the pacer's next beat looks again
        if at == self._wake_at and self._timer is not None:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._wake_at = at
        if at < inf:
            self._timer = self._loop.call_at(at, self._ring)

    def _ring(self) -> None:
        self._timer, self._wake_at = None, inf
        self.wake()


def _too_late(estimate: Estimate) -> DeadlineExceeded:
    if estimate.limit is not None and not estimate.wait:
        needed = f"it waited for {estimate.limit}, and when that is free can't be told"
    else:
        blame = f" (limit {estimate.limit})" if estimate.limit else ""
        needed = f"it would have needed {estimate.wait:.1f} s{blame}"
    return DeadlineExceeded(
        f"it could not go out before its deadline: {needed}",
        wait=estimate.wait,
        limit=estimate.limit,
    )
