"""One workload carried out by one competitor, in virtual time over real sockets, and what came of it.

**Waste** is the share of a limit's units that the waiting work could have used and nobody did. Of each of the server's
windows, from the beginning to the last call, the work could have used what the limit allows less what others took, or
all calls that were there and not counted yet by the window's end, whichever is less. What was used is what the server
counted and did not reject.

**Crowded out** are requests of the other consumer that came when the window had been spent, ours included: a real
server would have rejected them.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from itertools import cycle
from math import floor, inf
from typing import Final

import attrs

from zdasync.errors import ZendeskError
from zdasync.simulator import Account
from zdasync.testing import run_virtual

from .asks import CONNECTIONS, PLAN, Ask, wire
from .rivals import Caller, Competitor
from .workloads import QUICK, Budget, Scene, Workload, lone_times

USERS: Final = 100
MOST_REJECTIONS: Final = 5_000
"""A run with more is stopped."""
LONGEST: Final = 5.0
"""A run that takes so many times the least is stopped."""
LOOK_EVERY: Final = 2.0
"""Seconds between looks at whether a run is to be stopped."""
HALF: Final = 0.5
SHORTER: Final = 0.55
"""The share of its time that a quick run of lone calls takes."""
SERVER_LOG: Final = logging.getLogger("aiohttp.server")
"""Silent at a run's end: the server complains of each connection that a stopped client drops."""
POLLS: Final = wire(Ask("poll")).path
"""Looking for jobs takes from the budget what no call of the workload asked for, as others do."""


@attrs.frozen(kw_only=True)
class Outcome:
    """What came of a run. Times are seconds of the server's clock, `cpu` milliseconds of the processor for each call.

    `cpu` has the server's part in it. `waits` are the longest of lone calls, by how much of the window was used when
    they were made; `unanswered` of them were still waiting at the end. `stopped` says why a run was ended before its
    work was done.
    """

    workload: str
    competitor: str
    calls: int
    completed: int
    failed: Mapping[str, int]
    sent: int
    rejections: Mapping[str, int]
    seconds: float
    least: float | None
    waste: float | None
    waits: Mapping[str, float]
    unanswered: int
    crowded_out: int
    cpu: float
    stopped: str

    @property
    def rejected(self) -> int:
        """How many requests the server turned away."""
        return sum(self.rejections.values())

    @property
    def ratio(self) -> float | None:
        """The time over the least; None when the work was not done, or when nothing is least."""
        return None if self.least is None or self.stopped else self.seconds / self.least

    @property
    def longest_wait(self) -> float | None:
        """The longest wait of a lone call; None without any."""
        return max(self.waits.values(), default=None)


def measure(workload: Workload, competitor: Competitor, *, quick: bool) -> Outcome:
    """Run it to its end, or to where it has to be stopped; the same every time."""
    random.seed(0)  # clients add jitter to their waits
    try:
        return run_virtual(_Run(workload, competitor, quick).outcome())
    finally:
        SERVER_LOG.disabled = False


@attrs.define(eq=False)
class _Run:
    """What is noted while a workload runs."""

    workload: Workload
    competitor: Competitor
    quick: bool
    begun: float = 0.0
    account: Account = attrs.field(init=False)
    callers: Iterator[Caller] = attrs.field(init=False)
    batches: Mapping[float, list[Ask]] = attrs.field(factory=dict)
    completed: int = 0
    failed: Counter[str] = attrs.field(factory=Counter)
    busy: dict[float, float] = attrs.field(factory=dict)
    """When the last call of each batch was done."""
    waits: dict[str, float] = attrs.field(factory=dict)
    unanswered: int = 0
    came: list[float] = attrs.field(factory=list)
    """The server's time at which each call came that falls under the budget."""
    foreign: list[tuple[float, int]] = attrs.field(factory=list)
    """When the other consumer spent how much, by the server's time."""
    stopped: str = ""

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time() - self.begun

    async def outcome(self) -> Outcome:
        workload = self.workload
        self.account = account = Account(plan=PLAN, users=USERS, log_size=None, **workload.account())
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(account.serve())
            opened = [
                await stack.enter_async_context(self.competitor.open(url, CONNECTIONS // workload.clients))
                for _ in range(workload.clients)
            ]
            self.callers = cycle(opened)
            self.batches = workload.asks([str(one) for one in account.state.user_ids], QUICK if self.quick else 1.0)
            scene = Scene(self.batches, account.now(), CONNECTIONS)
            least = None if workload.least is None else workload.least(scene)
            self.begun = asyncio.get_running_loop().time()
            before = time.process_time()
            await self._carry_out(least)
            cpu = time.process_time() - before
            ended = account.now()
        return Outcome(
            workload=workload.name, competitor=self.competitor.name, calls=sum(map(len, self.batches.values())),
            completed=self.completed, failed=self.failed, sent=account.requests, rejections=account.rejections,
            seconds=sum(done - at for at, done in self.busy.items()), least=least,
            waste=None if workload.budget is None else self._waste(workload.budget, ended),
            waits=self.waits, unanswered=self.unanswered,
            crowded_out=crowded_out((served.time for served in account.log), self.foreign),
            cpu=cpu / max(1, self.completed) * 1e3, stopped=self.stopped,
        )

    # -- while it runs ------------------------------------------------------------------------------------------------

    async def _carry_out(self, least: float | None) -> None:
        workload = self.workload
        beside = [asyncio.create_task(self._watch(least))]
        if workload.beside is not None:
            beside.append(asyncio.create_task(workload.beside(self.account, self._foreign)))
        work = [asyncio.create_task(self._batch(at, asks)) for at, asks in self.batches.items()]
        done = asyncio.create_task(asyncio.wait(work))
        try:
            if workload.lone is None:
                await asyncio.wait([done, beside[0]], return_when=asyncio.FIRST_COMPLETED)
            else:
                await self._lone_calls(workload.lone, beside[0])
        finally:
            SERVER_LOG.disabled = True
            for task in (done, *work, *beside):
                task.cancel()
            await asyncio.gather(done, *work, *beside, return_exceptions=True)

    async def _batch(self, at: float, asks: Sequence[Ask]) -> None:
        await asyncio.sleep(at)
        self._note(asks)
        try:
            async with asyncio.TaskGroup() as group:
                for ask in asks:
                    group.create_task(self._one(next(self.callers), ask))
        finally:
            self.busy[at] = self.now

    def _note(self, asks: Sequence[Ask]) -> None:
        """Calls have come."""
        budget, at = self.workload.budget, self.account.now()
        if budget is not None:
            self.came.extend(at for ask in asks if wire(ask).path.startswith(budget.path))

    async def _one(self, caller: Caller, ask: Ask) -> None:
        try:
            await caller.call(ask, urgent=None if self.workload.lone is None else False)
        except (ZendeskError, RuntimeError) as error:
            self.failed[f"{type(error).__name__}: {error}"] += 1
        else:
            self.completed += 1

    async def _watch(self, least: float | None) -> None:
        """Return when the run has to be stopped."""
        most = inf if least is None else max(self.batches) + LONGEST * least
        while not self.stopped:
            await asyncio.sleep(LOOK_EVERY)
            rejected = sum(self.account.rejections.values())
            if rejected > MOST_REJECTIONS:
                self.stopped = f"after {rejected:,} rejections"
            elif self.now > most:
                self.stopped = f"after {LONGEST:g} times the least"

    async def _lone_calls(self, every: float, watch: asyncio.Task[None]) -> None:
        ends = (self.workload.ends or 0.0) * (SHORTER if self.quick else 1.0)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._lone(at)) for at in lone_times(self.account.now(), every, ends)]
            await asyncio.wait([watch], timeout=ends)
            for task in tasks:
                task.cancel()

    async def _lone(self, at: float) -> None:
        await asyncio.sleep(at)
        state, answered = self._state(), False
        ask = Ask("read", str(self.account.state.user_ids[0]))
        self._note([ask])
        try:
            await next(self.callers).call(ask, urgent=True)
            answered = True
        except (ZendeskError, RuntimeError) as error:
            self.failed[f"{type(error).__name__}: {error}"] += 1
        finally:
            self.unanswered += not answered
            self.waits[state] = max(self.waits.get(state, 0.0), self.now - at)

    def _state(self) -> str:
        """How much of the account's minute is used."""
        minute, used = self.account.now() // 60, 0
        for served in reversed(self.account.log):
            if served.time // 60 != minute:
                break
            used += 1
        if used >= Budget().count:
            return "spent"
        return "over half used" if used >= HALF * Budget().count else "under half used"

    def _foreign(self, units: int) -> None:
        self.foreign.append((self.account.now(), units))

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def _waste(self, budget: Budget, ended: float) -> float | None:
        counted = [served for served in self.account.log if served.limit is None]
        used = [one.time for one in counted if one.path.startswith(budget.path) and one.path != POLLS]
        others = self.foreign + [(one.time, 1) for one in counted if one.path == POLLS]
        return wasted(budget, self.came, used, others, ended)


def wasted(
    budget: Budget, came: Sequence[float], used: Sequence[float], others: Sequence[tuple[float, int]], ended: float
) -> float | None:
    """The waste in percent (see above), from unix times of calls and of what others took; None without any window.

    The window in which the work ended is left out: nothing more could be used of it.
    """
    def by_window(times: Sequence[tuple[float, int]]) -> Counter[int]:
        sums: Counter[int] = Counter()
        for at, units in times:
            sums[floor(at / budget.interval)] += units
        return sums

    arrived, spent, taken = by_window([(at, 1) for at in came]), by_window([(at, 1) for at in used]), by_window(others)
    usable, unused, waiting = 0, 0, 0
    for window in range(min(arrived, default=0), floor(ended / budget.interval) if arrived else 0):
        waiting += arrived[window]
        could = min(max(0, budget.count - taken[window]), waiting)
        usable += could
        unused += max(0, could - spent[window])
        waiting -= spent[window]
    return 100 * unused / usable if usable else None


def crowded_out(ours: Iterable[float], others: Iterable[tuple[float, int]], count: int = 700) -> int:
    """Units of others that came when `count` had been spent in their minute; all times in unix seconds."""
    spent: Counter[int] = Counter()
    crowded = 0
    for at, units, foreign in sorted([(at, 1, False) for at in ours] + [(at, units, True) for at, units in others]):
        minute = floor(at / 60)
        spent[minute] += units
        if foreign:
            crowded += min(units, max(0, spent[minute] - count))
    return crowded
