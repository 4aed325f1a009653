"""A bulk run: chunks from the plan to their ends, as many at a time as there are job slots, and a few that wait.

The model: one task reads the source and hands out chunks; it is held up as soon as as many chunks are under way as may
be, so that memory does not depend on the size of the source. What stops one chunk for good (credentials, a dead
network, a full disk) stops them all, at once: the ledger knows where each stands, and the same call goes on from there.
When the caller stops the run, nothing more is sent, and jobs that are under way are waited for.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext, suppress
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Protocol, cast

import attrs

from ..errors import LedgerError
from ..limits.table import ACCOUNT, JOBS
from .chunks import ChunkRun, Desk
from .ledger import Known, Ledger, Sample
from .progress import Meter, Progress
from .rows import FAILED, Outcome, RowReport

if TYPE_CHECKING:
    from ..client import View
    from .plan import Chunk

__all__ = ["BulkRun", "OnProgress"]

_outcome: Final[Callable[[RowReport], Outcome]] = attrgetter("outcome")
log: Final = logging.getLogger("zdasync")

OnProgress = Callable[[Progress], object]

AHEAD: Final = 4
"""Chunks that wait for a job slot beside those that have one."""
SLOTS: Final = 30
"""Job slots of an account, until its limit is known."""
TOLD_EVERY: Final = 1.0
"""Seconds between two looks at the progress."""
MANY_SAMPLES: Final = 500
"""After so many samples in the ledger the next ones are twice as far apart; the first are those of each look."""
LOOKED_UP: Final = 500
"""Chunks that are looked up in the ledger at once."""


class Plan(Protocol):
    """What is to be done, chunk by chunk."""

    @property
    def total(self) -> int:
        """The rows of the whole run, once all chunks have been handed out."""

    def chunks(self) -> AsyncGenerator[Chunk, None]:
        """The chunks in order."""

    def agreed(self, chunk: Chunk, known: Known) -> Known:
        """What the ledger knows of a chunk, as it is to be gone by; raises `ValueError` if it knows another one."""


class BulkRun:
    """One start of a run. `stop` ends it early, without loss; `again` rows have an outcome that is to be replaced."""

    def __init__(
        self, view: View, plan: Plan, ledger: Ledger, *, slots: int | None = None,
        on_progress: OnProgress | None = None, stop: asyncio.Event | None = None, expected: int | None = None,
        again: int = 0,
    ) -> None:
        self._view = view
        self._plan = plan
        self._ledger = ledger
        self._most = slots
        self._leave: AbstractAsyncContextManager[object] = nullcontext() if slots is None else asyncio.Semaphore(slots)
        """What a chunk holds while it is worked on. The account's own bound is the engine's to keep."""
        self._expected = expected
        self._again = again
        self._on_progress = on_progress
        self._stop = stop or asyncio.Event()
        self._meter = Meter(0.0)
        self._running: dict[int, _Running] = {}
        self._held = 0
        """Chunks that wait for others to end."""
        self._room = asyncio.Event()
        self._sent_before = 0
        self._tasks = asyncio.TaskGroup()
        self._feeding: asyncio.Task[None]

    def stopped(self) -> bool:
        """Is nothing more to be sent?"""
        return self._stop.is_set()

    def alone(self) -> bool:
        """Is one chunk all that is left to do?"""
        return self._feeding.done() and len(self._running) <= 1

    def count(self, reports: Iterable[RowReport]) -> None:
        """Rows have come to their end."""
        self._meter.add(Counter(map(_outcome, reports)))

    async def run(self, desk: Desk) -> None:
        """Go on until every row has its outcome, or `stop` is set."""
        counts = cast("dict[Outcome, int]", await self._ledger.counts())
        if self._again:
            counts["refused"] -= self._again
        self._meter = Meter(_now(), total=self._expected, counts=counts)
        self._sent_before = await self._ledger.requests() - self._view._caller.requests_sent  # noqa: SLF001
        telling = asyncio.create_task(self._tell(desk))
        stopping = asyncio.create_task(self._heed())
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._feeding = self._tasks.create_task(self._feed(desk))
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None  # the first failure is everybody's
        finally:
            await _ended(telling, stopping)
        await self._ledger.sample(self._sample(desk, self._look()))
        self._report()

    # -- handing out chunks ----------------------------------------------------------------------------------------

    async def _feed(self, desk: Desk) -> None:
        """Begin what the ledger doesn't have as done; nothing before all that it has was seen to be the same as now."""
        known: dict[int, Known] = {}
        last, last_row = await self._ledger.last_chunk()
        total = (await self._ledger.meta()).get("total")
        unfinished: list[tuple[Chunk, Known | None]] = []
        async with aclosing(self._plan.chunks()) as chunks:
            async for chunk in chunks:
                if chunk.number <= last and chunk.number not in known:
                    known = await self._ledger.known(chunk.number, chunk.number + LOOKED_UP - 1)
                one = known.pop(chunk.number, None)
                if one is not None:
                    one = self._agreed(chunk, one)
                if total is not None and chunk.last > int(total):
                    raise self._other_rows(chunk.first, chunk.last)
                if one is None or not one.done:
                    unfinished.append((chunk, one))
                if chunk.number >= last:
                    await self._start_all(desk, unfinished)
        if self._plan.total < max(last_row, int(total or 0)):
            raise self._other_rows(self._plan.total + 1, max(last_row, int(total or 0)))
        self._meter.total = self._plan.total
        await self._ledger.set_meta("total", str(self._plan.total))
        await self._start_all(desk, unfinished)

    def _agreed(self, chunk: Chunk, known: Known) -> Known:
        try:
            return self._plan.agreed(chunk, known)
        except ValueError:
            raise self._other_rows(chunk.first, chunk.last) from None

    def _other_rows(self, first: int, last: int) -> LedgerError:
        return LedgerError(
            f"ledger {self._ledger.path}: rows {first:,} to {last:,} are not what they were when it was begun: go on "
            "with the same rows, or use a new ledger",
            path=str(self._ledger.path), reason="mismatch",
        )

    async def _start_all(self, desk: Desk, chunks: list[tuple[Chunk, Known | None]]) -> None:
        for chunk, known in chunks:
            await self._start(desk, chunk, known)
        chunks.clear()

    async def _start(self, desk: Desk, chunk: Chunk, known: Known | None) -> None:
        """Begin a chunk as soon as there is room for it."""
        while not self._has_room:
            self._room.clear()
            await self._room.wait()
        before = [one.task for one in self._running.values() if not chunk.follows.isdisjoint(one.positions)]
        work = ChunkRun(desk, chunk, known)
        self._held += bool(before)
        task = self._tasks.create_task(self._one(work, before))
        self._running[chunk.number] = _Running(frozenset(chunk.positions), work, task)
        task.add_done_callback(lambda _: self._over(chunk.number))

    async def _one(self, work: ChunkRun, before: list[asyncio.Task[None]]) -> None:
        if before:
            try:
                await asyncio.wait(before)
            finally:
                self._held -= 1
        async with self._leave:
            if not self.stopped():
                await work.run()

    def _over(self, number: int) -> None:
        del self._running[number]
        self._room.set()

    async def _heed(self) -> None:
        """When the run is stopped: nothing more is handed out, and what waits to be sent is not sent."""
        await self._stop.wait()
        self._feeding.cancel()
        for one in list(self._running.values()):
            if not one.work.sent:
                one.task.cancel()

    @property
    def _has_room(self) -> bool:
        """Chunks that wait for others stand by, as long as there aren't too many of them."""
        most = self._slots + AHEAD
        return len(self._running) - min(self._held, most) < most

    @property
    def _slots(self) -> int:
        return self._most or self._limit(JOBS, SLOTS)

    # -- telling ---------------------------------------------------------------------------------------------------

    async def _tell(self, desk: Desk) -> None:
        every, looks, samples = 1, 0, 0
        while True:
            self._report()
            if looks % every == 0:
                with suppress(LedgerError):  # the run itself will meet it
                    await self._ledger.sample(self._sample(desk, self._look()))
                samples += 1
                if samples % MANY_SAMPLES == 0:
                    every *= 2
            looks += 1
            await asyncio.sleep(TOLD_EVERY)

    def _report(self) -> None:
        if self._on_progress is None:
            return
        try:
            self._on_progress(self._look())
        except Exception:
            log.exception("on_progress failed")

    def _look(self) -> Progress:
        used, total = self._budget()
        return self._meter.look(
            _now(), jobs=sum(one.work.sent for one in self._running.values()), job_cap=self._slots,
            requests=self._requests, used=used, total=total,
            waiting=any(one.work.waiting for one in self._running.values()),
        )

    def _sample(self, desk: Desk, look: Progress) -> Sample:
        failed = sum(look.counts[outcome] for outcome in FAILED)
        return Sample(desk.now(), look.done, failed, look.jobs_in_flight, look.requests, look.used, look.budget)

    @property
    def _requests(self) -> int:
        return self._sent_before + self._view._caller.requests_sent  # noqa: SLF001

    def _budget(self) -> tuple[int | None, int | None]:
        try:
            state = self._view.limits[ACCOUNT]
        except KeyError:
            return None, None
        return state.used, state.total

    def _limit(self, name: str, otherwise: int) -> int:
        try:
            return self._view.limits[name].total
        except KeyError:
            return otherwise


@attrs.frozen(eq=False)
class _Running:
    positions: frozenset[int]
    work: ChunkRun
    task: asyncio.Task[None]


async def _ended(*tasks: asyncio.Task[None]) -> None:
    """Cancel these, and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _now() -> float:
    return asyncio.get_running_loop().time()
