"""Joint admission: a request goes when every limit that it falls under has room, and is charged to all in that instant.

The model. A request names the buckets that it takes a token from (`Charge`). Awaiting one limiter after another is
wrong in either order: a token of the first is held, or already stale, while the second makes it wait. Here one pass
(`_pump`) tests all buckets of a call and takes from all of them, or from none. Nothing is awaited in between, so no
interleaving of tasks can spend a token twice, and a call that is cancelled while it waits has taken nothing.

Calls wait in lanes (see `lanes.py`). The pass looks at each pool of lanes, skips those whose shared buckets have
no room, and lets the lane go whose turn it is and whose targets have room too; what its own target holds up is parked
there. The pass runs when a call arrives, when a reply gives a token back, and at the one time for which the timer is
set: the next instant at which any bucket that holds somebody up may have more room than now. There is no polling and
no task; with `pace="even"` one task waits for the pacer in the name of all.

Room in a wide window is worth nothing to calls that a narrower limit spreads over it if others have taken it at
the window's start: 700 reads would go at once, and the upserts, one a second, would find the minute spent; so would the
exports, ten a minute, behind ten thousand reads that came before. So whoever has no such narrower limit leaves in the
wide window what waiting calls of at least its priority can still take from it, up to half of it (`_kept`). What they
did not take after all is free again as the window's time runs out.

Order: by priority, then callers take turns, then by arrival; every sixteenth goes to the lowest priority that waits, so
that none starves. Bulk work (the lowest) leaves some tokens of each window and some connections to the others until the
window runs out, so that a lone call beside it need not wait for the next one. A request that is sent again keeps its
place in the queue. Time is the event loop's.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Final

from .book import Book, Charge
from .bucket import Bucket, live
from .contact import PATIENCE, Contact
from .estimates import Estimate, Queue, too_late
from .keys import names_in_reply
from .lanes import Lane, Pool, Waiter, slower
from .parking import Parking
from .terms import Terms
from .ticket import Ticket
from .turns import BULK, PRIORITIES, Callers

if TYPE_CHECKING:
    from .pacer import Pacer

TURN: Final = 16
"""Every TURN-th admission goes to the lowest priority that waits."""

LOOK_AGAIN: Final = 1.0
"""Seconds after which calls that leave room to others look again; mostly the others' going wakes them before."""

SWEEP_EVERY: Final = 60.0
"""Seconds between two rounds of dropping the buckets of targets that calls are done with; none without such calls."""

SWEEP_PAUSE: Final = 0.01
"""Seconds between two slices of a round, for everybody else on the loop."""

POOLS: Final = 256
"""Pools that are remembered though nobody waits in them: more than routes have different limits."""

_DOWN: Final = tuple(range(PRIORITIES))
_UP: Final = tuple(reversed(_DOWN))


class Scheduler:
    """Admits requests under the limits of one account."""

    def __init__(self, book: Book, pacer: Pacer | None = None) -> None:
        self.book = book
        self._loop = asyncio.get_running_loop()
        self.now = self._loop.time
        self._contact = Contact(book)
        self._patience: asyncio.TimerHandle | None = None
        self._broom: asyncio.TimerHandle | None = None
        self._pools: dict[tuple[Bucket, ...], Pool] = {}
        self._waiting: dict[Pool, None] = {}
        """Pools with lanes in them."""
        self._callers = Callers()
        self._spread: dict[Pool, None] = {}
        """Those of them that a narrow limit spreads over the window of a wide one."""
        self._parking = Parking()
        self._numbers = count(1)
        self._turn = 0
        self._timer: asyncio.TimerHandle | None = None
        self._wake_at = inf
        self._ready_at = inf
        """When somebody may be able to go, as of the last look; parked lanes aside."""
        self._pacer = pacer
        self._closed = False

    # -- for callers ----------------------------------------------------------------------------------------------

    async def admit(
        self,
        charge: Charge,
        *,
        priority: int = 1,
        caller: str = "",
        deadline: float = inf,
        seq: int | None = None,
        on_wait: Callable[[str | None, int], None] | None = None,
    ) -> Ticket:
        """Wait until the request may go, charge it, and give the ticket that its reply settles.

        `caller` names whose turn it is, `deadline` is a loop time, `on_wait` is told the limit in the way and the
        call's number if it can't go at once. Raises `DeadlineExceeded` at once when the request can't go out before
        the deadline.
        """
        now = self.now()
        if self._wake_at <= now:
            self.wake()
        if self._contact.narrowed(now):
            self._be_patient()
        number = next(self._numbers) if seq is None else seq
        pool = self._pools.get(charge.shared) or self._new_pool(charge)
        obstacle = self._in_the_way(pool, charge.keyed, priority, now)
        if deadline < inf:
            self._check(deadline, charge, priority, at_once=obstacle is None)
        if obstacle is None and not self._spread and self._pacer is None:
            return self._take(pool, charge.keyed, number, 0.0, None)
        if self._closed:
            raise asyncio.CancelledError("the scheduler is closed")
        waiter = Waiter(pool.lane(charge.keyed, priority, self._callers.caller(caller, priority)), number, now,
                        self._loop.create_future())
        self._queue(waiter, obstacle)
        if waiter.future.done():
            ticket = waiter.future.result()
            ticket.waited, ticket.limit = 0.0, None
            return ticket
        if deadline < inf:
            self._set_alarm(waiter, charge, deadline)
        if on_wait is not None:
            on_wait(None if obstacle is None else obstacle.terms.limit.name, number)
        try:
            return await waiter.future
        except asyncio.CancelledError:
            self._leave(waiter)
            raise

    def _new_pool(self, charge: Charge) -> Pool:
        if len(self._pools) >= POOLS:
            self._pools = {pool.buckets: pool for pool in self._waiting}
        pool = self._pools[charge.shared] = Pool(charge.shared)
        return pool

    def _check(self, deadline: float, charge: Charge, priority: int, *, at_once: bool) -> None:
        """Raise `DeadlineExceeded` if the request can't go out in time."""
        estimate = Estimate(0.0, None) if at_once else self.estimate(charge, priority=priority)
        if self.now() + estimate.wait > deadline:
            self.retire(charge.keyed)
            raise too_late(estimate)

    def _queue(self, waiter: Waiter, obstacle: Bucket | None) -> None:
        """Let the call join its lane, and look who may go unless that is known: nobody but those ahead of it."""
        pool = waiter.lane.line.pool
        others_ahead = any(pool.ahead)
        waiter.lane.push(waiter)
        if not (others_ahead and obstacle is not None and obstacle is pool.obstacle):
            self._enter(pool)
            self.wake()

    def _set_alarm(self, waiter: Waiter, charge: Charge, deadline: float) -> None:
        alarm = self._loop.call_at(deadline, self._expire, waiter, charge)
        waiter.future.add_done_callback(lambda _: alarm.cancel())

    def _in_the_way(self, pool: Pool, keyed: tuple[Bucket, ...], priority: int, now: float) -> Bucket | None:
        """The first bucket that does not let a call of this priority go at the moment."""
        clock = self.book.clock
        obstacle = pool.shut(now, clock) or self._obstacle(keyed, now)
        if obstacle is None and priority == BULK:
            return pool.spared(now, clock)
        return obstacle

    def _be_patient(self) -> None:
        if self._patience is None:
            self._patience = self._loop.call_later(PATIENCE, self._widen)

    def _widen(self) -> None:
        self._patience = None
        self._contact.widen()
        self.wake()

    def retire(self, buckets: Iterable[Bucket]) -> None:
        """A call is done with the buckets of its targets: they are swept a window later if nobody uses them by then."""
        self.book.retire(buckets)
        if self._broom is None and not self._closed:
            self._broom = self._loop.call_later(SWEEP_EVERY, self._sweep)

    def _sweep(self) -> None:
        pause = SWEEP_PAUSE if self.book.sweep(self.now()) else SWEEP_EVERY
        self._broom = self._loop.call_later(pause, self._sweep) if self.book.has_retired else None

    def heard(self, now: float) -> None:
        """A reply is in."""
        self._contact.heard(now)
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def estimate(self, charge: Charge, *, priority: int = 1, calls: int = 1) -> Estimate:
        """When would the last of `calls` such requests go out, if they came now?"""
        self.retire(charge.keyed)
        queue = Queue(tuple(self._waiting), priority, self.now(), self.book.clock, self._parking.next_at)
        return queue.estimate(charge, calls)

    def waiting(self) -> Counter[Bucket]:
        """How many calls wait that will take from each bucket. Looks at every lane: for people, not for loops."""
        found: Counter[Bucket] = Counter()
        for pool in self._waiting:
            for lane in pool.all_lanes():
                for bucket in {*pool.buckets, *map(live, lane.buckets)}:
                    found[bucket] += lane.waiting
        return found

    def wanted(self, bucket: Bucket) -> bool:
        """Does any call wait that will take from this shared bucket?"""
        return any(bucket in pool.buckets for pool in self._waiting)

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
        for timer in (self._timer, self._patience, self._broom):
            if timer is not None:
                timer.cancel()
        for pool in list(self._waiting):
            for lane in pool.all_lanes():
                for waiter in lane.waiters:
                    waiter.future.cancel()
        if self._pacer is not None:
            await self._pacer.aclose()

    # -- waiting ------------------------------------------------------------------------------------------------------

    def _enter(self, pool: Pool) -> None:
        self._waiting[pool] = None
        if pool.narrows:
            self._spread[pool] = None

    def _exit(self, pool: Pool) -> None:
        if not pool.count:
            pool.clear()
            self._waiting.pop(pool, None)
            self._spread.pop(pool, None)
            if not self._waiting:
                self._parking.clear()

    def _leave(self, waiter: Waiter) -> None:
        """A call was cancelled: give back what it was just admitted to, or step out of the lane."""
        future = waiter.future
        if future.cancelled() or not future.done():
            future.cancel()
            self._drop(waiter)
        elif future.exception() is None:
            future.result().give_back()

    def _drop(self, waiter: Waiter) -> None:
        lane = waiter.lane
        lane.left()
        self._left(lane)
        if lane.buckets and not lane.waiting:
            self.retire(map(live, lane.buckets))
        self.wake()

    def _left(self, lane: Lane) -> None:
        """A call has left the lane."""
        lane.refresh()
        self._callers.left(lane.line.caller)
        self._exit(lane.line.pool)

    def _expire(self, waiter: Waiter, charge: Charge) -> None:
        if not waiter.future.done():
            estimate = self.estimate(charge, priority=waiter.lane.line.priority)
            waiter.future.set_exception(too_late(estimate))
            self._drop(waiter)

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
        """The lane whose head goes next, or None when nobody may; then `_ready_at` is when to look again."""
        clock = self.book.clock
        self._parking.unpark_due(now)
        self._ready_at = inf
        pools = []
        for pool in self._waiting:
            obstacle = pool.shut(now, clock)
            if obstacle is None:
                pools.append(pool)
            elif any(pool.ahead):
                self._ready_at = min(self._ready_at, obstacle.when(now, clock))
        if pools:
            for priority in _UP if self._turn % TURN == TURN - 1 else _DOWN:
                lane = self._first(pools, priority, now)
                if lane is not None:
                    self._ready_at = now
                    return lane
        return None

    def _first(self, pools: list[Pool], priority: int, now: float) -> Lane | None:
        """The lane of this priority whose turn it is; those that their own targets hold up are parked."""
        clock = self.book.clock
        best: Lane | None = None
        least: tuple[int, int] = (0, 0)
        for pool in pools:
            if not pool.order[priority]:
                continue
            while (lane := pool.top(priority)) is not None and self._obstacle(lane.buckets, now) is not None:
                self._parking.park(lane, now, clock)
            if lane is None or self._leaves_to_others(pool, priority, now):
                continue
            turn = (lane.line.caller.turns, lane.waiters[0].seq)
            if best is None or turn < least:
                best, least = lane, turn
        return best

    def _leaves_to_others(self, pool: Pool, priority: int, now: float) -> bool:
        """Must calls of this pool leave what there is to those of higher priority, or to those that go one by one?"""
        clock = self.book.clock
        if priority == BULK and not self._starves(pool) and (bucket := pool.spared(now, clock)) is not None:
            pool.obstacle = bucket
            self._ready_at = min(self._ready_at, bucket.spares_less(now, clock))
            return True
        if len(self._spread) > (pool in self._spread) and self._leaves_room(pool, priority, now):
            self._ready_at = min(self._ready_at, now + LOOK_AGAIN)
            return True
        return False

    def _starves(self, pool: Pool) -> bool:
        """Is this the turn of bulk work, which others have kept from going?"""
        return self._turn % TURN == TURN - 1 and any(pool.ahead[:BULK])

    def _leaves_room(self, pool: Pool, priority: int, now: float) -> bool:
        """Must a call of this pool leave what is there of a wide window to those that a narrow one spreads over it?"""
        clock = self.book.clock
        for bucket in pool.buckets:
            if bucket.terms.interval is not None and (kept := self._kept(bucket, pool, priority, now)):
                spared = bucket.spared(now, clock) if priority == BULK else 0
                if bucket.free(now, clock, kept + spared) <= 0:
                    pool.obstacle = bucket
                    return True
        return False

    def _kept(self, bucket: Bucket, pool: Pool, priority: int, now: float) -> int:
        """Tokens of `bucket` that calls of other pools wait for, and will get round to before they are lost."""
        if any(wide is bucket and slower(narrow, wide) for wide, narrow in pool.narrows):
            return 0
        kept, clock = 0, self.book.clock
        for other in self._spread:
            if other is pool:
                continue
            for wide, narrow in other.narrows:
                if wide is bucket and slower(narrow, wide) and (ahead := sum(other.ahead[: priority + 1])):
                    kept += min(ahead, narrow.coming(now, clock, wide.window_ends(now, clock)))
        return min(kept, bucket.terms.capacity // 2)

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
        line = lane.line
        pool = line.pool
        self._callers.went(line.caller)
        limit = lane.limit if lane.limit is not None or pool.obstacle is None else pool.obstacle.terms.limit.name
        ticket = self._take(pool, lane.buckets, waiter.seq, now - waiter.since, limit)
        self._turn += 1
        waiter.future.set_result(ticket)
        self._left(lane)

    def _take(self, pool: Pool, keyed: tuple[Bucket, ...], seq: int, waited: float, limit: str | None) -> Ticket:
        buckets = (*pool.buckets, *dict.fromkeys(map(live, keyed))) if keyed else pool.buckets
        now = self.now()
        ventured = [bucket.terms for bucket in buckets if bucket.take(now)]
        return Ticket(self, buckets, seq, waited, limit, ventured)

    def unpark(self, bucket: Bucket) -> None:
        """Something happened to the bucket of a target: calls that it holds up are looked at again."""
        self._parking.unpark(bucket)

    def proved(self, terms: Terms) -> None:
        """A doubt in this limit's windows is smaller, or gone: calls that it holds up are looked at again."""
        self._parking.proved(terms)

    # -- the timer ----------------------------------------------------------------------------------------------------

    def _set_timer(self) -> None:
        at = min(self._ready_at, self._parking.next_at)
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
