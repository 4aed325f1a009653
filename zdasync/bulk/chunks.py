"""One chunk of a bulk run, from what the ledger knows of it to an outcome for each of its rows.

The model: a chunk is a queue of parts to send, one at first. A part whose request is refused as a whole is cut in two,
until the row that is at fault stands alone. A part of which it isn't known what became of it is looked for, and what
left no trace comes to the end of the queue. Every step is in the ledger before the next one is taken.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from .._core.retry import PASSING
from ..errors import ApiError, LedgerError, ZendeskError
from .outcomes import refused, reported, result_report, with_absorbed
from .rows import Item, Problem, RowReport
from .sending import Doubt, job_call, job_rows, splits, unknown

if TYPE_CHECKING:
    from ..client import View
    from ..jobs import Job
    from .ledger import Known, Ledger, OpenSubmission
    from .operations import Operation
    from .plan import Chunk
    from .reconcile import Reconciler

__all__ = ["ChunkRun", "Desk", "Told"]

MOST_TRIES: Final = 3
"""Requests for one row that may end without a word on what became of it, or with a conflict that passes."""

MOST_LOST: Final = 10
"""Requests in a row that may be lost before the run ends."""
EARLIER: Final = -1
"""Tries before a request of an earlier run: it counts for nothing itself."""
PATIENCE: Final = 5.0
"""Seconds for which the reply of a request on the wire is waited for when the run ends."""

Told = tuple[Item, RowReport]


class Preparation(Protocol):
    """What has to be known of rows before they are sent: gives those to send, and reports of those that are not."""

    async def __call__(self, items: Sequence[Item]) -> tuple[list[Item], list[Told]]: ...


@attrs.define(eq=False)
class Line:
    """The line to the server. `lost`: requests in a row of which nobody knows whether they were heeded."""

    lost: int = 0


@attrs.frozen(kw_only=True, eq=False)
class Desk:
    """What the chunks of one run share."""

    view: View
    operation: Operation
    ledger: Ledger
    reconciler: Reconciler
    preparations: Sequence[Preparation]
    query: tuple[tuple[str, str], ...]
    """Parameters of every request."""
    own_jobs: set[str]
    count: Callable[[Iterable[RowReport]], None]
    """Told of every outcome, once."""
    stopped: Callable[[], bool]
    """Is nothing more to be sent?"""
    alone: Callable[[], bool]
    """Is one chunk all that is left to do?"""
    line: Line = attrs.field(factory=Line)

    def now(self) -> float:
        """The server's unix time."""
        return self.view._caller.server_time()  # noqa: SLF001 - a part of the package


@attrs.frozen(eq=False)
class _Part:
    items: Sequence[Item]
    tries: int = 0
    """Requests of this run for these rows that came to nothing, or of which nobody knows the end."""
    since: float | None = None
    """When the first request went out that may have carried them out, in unix seconds; None: there was none."""


@attrs.define(eq=False)
class _Sent:
    """A request on its way: its number in the ledger, 0 before it has one, and when it last went out."""

    submission: int = 0
    at: float = 0.0


class _NotSentAfterAll(Exception):
    """The run was stopped, or ended, while a request waited."""


class ChunkRun:
    """Brings one chunk to its end. `known` is what the ledger has of it from earlier runs."""

    def __init__(self, desk: Desk, chunk: Chunk, known: Known | None) -> None:
        self._desk = desk
        self._chunk = chunk
        self._known = known
        self._parts: deque[_Part] = deque()
        done = known.outcomes if known is not None else frozenset[int]()
        self._todo = {item.position: item for item in chunk.items if item.position not in done}
        self._open: set[int] = set()
        """Rows that are left to a later run to look for."""
        self.sent = False
        """Is a request under way, or a job? Then it is better waited for than given up."""
        self.waiting = False
        """Does a request wait for leave to go?"""
        self._ending = False
        """Has the run ended, so that nothing more may go on the wire?"""

    async def run(self) -> None:
        """Do what is to be done. Raises what stops the whole run: the ledger knows where it stands."""
        known = self._known
        if known is None:
            self._desk.count(report for report, _ in self._chunk.reports)
        for submission in known.open if known is not None else ():
            await self._resume(submission)
        if self._todo:
            queued = {item.position for part in self._parts for item in part.items}
            rest = [item for item in self._todo.values() if item.position not in queued | self._open]
            sent = known.sent if known is not None else {}
            again = [item for item in rest if item.position in sent]
            fresh = [item for item in rest if item.position not in sent]
            self._queue(again, since=min((sent[item.position] for item in again), default=None))
            self._queue(await self._prepared(fresh))
        while self._parts and not self._desk.stopped():
            await self._send(self._parts.popleft())
        if not self._chunk.items:
            await self._desk.ledger.begin(self._chunk, (), self._desk.now())
            await self._settle([], [])

    def _queue(self, items: Sequence[Item], tries: int = 0, since: float | None = None) -> None:
        if items:
            self._parts.append(_Part(items, tries, since))

    async def _prepared(self, items: list[Item]) -> list[Item]:
        for prepare in self._desk.preparations:
            if items:
                items, told = await prepare(items)
                if told:
                    await self._desk.ledger.begin(self._chunk, (), self._desk.now())
                    await self._settle([], told)
        return items

    # -- sending ---------------------------------------------------------------------------------------------------

    async def _send(self, part: _Part) -> None:
        desk, items, sent = self._desk, part.items, _Sent()
        self.waiting = True
        try:
            job = await self._reply(items, sent)
        except _NotSentAfterAll:
            await desk.ledger.forget(sent.submission)
        except ZendeskError as error:
            if sent.submission and unknown(error):
                since = part.since or sent.at
                desk.line.lost += 1
                if desk.line.lost > MOST_LOST and not desk.alone():
                    raise  # it isn't these rows: the server is down, and what it is sent meanwhile is in doubt as well
                await self._clear(Doubt(sent.submission, sent.at, since, items, str(error)), part.tries)
            elif sent.submission and isinstance(error, ApiError) and splits(error):
                await self._divide(part, sent.submission, error)
            else:
                await desk.ledger.forget(sent.submission)
                raise
        else:
            desk.line.lost = 0
            desk.own_jobs.add(job.id)
            await desk.ledger.submitted(sent.submission, job.id)
            await self._follow(job, items, sent.submission, sent.at, part)
        finally:
            self.sent = self.waiting = False

    async def _reply(self, items: Sequence[Item], sent: _Sent) -> Job:
        """Send rows as soon as they may go; `sent` tells how far that has come."""
        desk = self._desk

        async def about_to_go() -> None:
            self.sent, self.waiting = True, False
            sent.at = desk.now()
            if sent.submission:
                await desk.ledger.goes_again(sent.submission, sent.at)
            else:
                sent.submission = await desk.ledger.begin(self._chunk, items, sent.at)
            if desk.stopped() or self._ending:
                raise _NotSentAfterAll

        call = job_call(desk.view._caller, desk.operation, items, desk.query, about_to_go)  # noqa: SLF001
        sending: asyncio.Future[Job] = asyncio.ensure_future(call)
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            self._ending = True
            await _over(sending, PATIENCE if self.sent else 0.0)
            if sent.submission:
                await self._note_last_word(sent.submission, sending)
            raise

    async def _note_last_word(self, submission: int, sending: asyncio.Future[Job]) -> None:
        """Write down how a request ended that was on the wire when the run ended."""
        if sending.cancelled():
            return
        error = sending.exception()
        with suppress(LedgerError):  # the next run will have to look for it
            if error is None:
                await self._desk.ledger.submitted(submission, sending.result().id)
            elif isinstance(error, _NotSentAfterAll | ZendeskError) and not unknown(error):
                await self._desk.ledger.forget(submission)

    async def _resume(self, submission: OpenSubmission) -> None:
        """Go on with what an earlier run left open."""
        by_position = {item.position: item for item in self._chunk.items}
        items = [by_position.get(position) for position in submission.positions]
        todo = [item for item in items if item is not None and item.position in self._todo]
        if submission.job_id is None:
            since = submission.since or submission.at
            doubt = Doubt(submission.number, submission.at, since, todo, "the run ended meanwhile")
            await self._clear(doubt, EARLIER)
            return
        self._desk.own_jobs.add(submission.job_id)
        job = self._desk.view._caller.jobs.watch(submission.job_id)  # noqa: SLF001
        self.sent = True
        await self._follow(job, items, submission.number, submission.at, _Part(todo, EARLIER, submission.since))
        self.sent = False

    async def _divide(self, part: _Part, submission: int, error: ApiError) -> None:
        """The request was refused because of its rows: one of them, or some, or its size."""
        items = part.items
        if len(items) == 1:
            field = next(iter(getattr(error, "fields", {})), None)
            problem = Problem(error.code or type(error).__name__, error.message, field)
            await self._settle([submission], [(items[0], refused(items[0], problem))])
            return
        await self._desk.ledger.forget(submission)
        middle = len(items) // 2
        halves = [attrs.evolve(part, items=half) for half in (items[middle:], items[:middle])]
        self._parts.extendleft(halves)

    # -- what became of it -----------------------------------------------------------------------------------------

    async def _follow(
        self, job: Job, items: Sequence[Item | None], submission: int, at: float, part: _Part
    ) -> None:
        """Wait for a job and write down what it says; look for what it says nothing of.

        `items` are all rows that it was given, those that have their outcome already among them.
        """
        desk, tries, since = self._desk, part.tries, part.since
        results, why = await job_rows(job, items)
        told: list[Told] = []
        passing: list[Item] = []
        silent: list[Item] = []
        for place, item in enumerate(items):
            result = results.get(place)
            if item is None or item.position not in self._todo:
                continue
            if result is None:
                silent.append(item)
            elif not result.ok and result.error in PASSING and tries + 1 < MOST_TRIES:
                passing.append(item)
            else:
                told.append((item, result_report(desk.operation, item, result, again=since is not None)))
        if since is not None:
            follows = self._chunk.follows
            before = await desk.ledger.records(follows) if follows else set[int]()
            reports = await desk.reconciler.true_outcomes(told, since, before)
            told = [(item, report) for (item, _), report in zip(told, reports, strict=True)]
        await self._settle([] if silent else [submission], told)
        self._queue(passing, tries + 1, since)
        if silent:
            seen = at if job.status.ended else desk.now()  # a job that was lost sight of may be at work still
            await self._clear(Doubt(submission, seen, since or at, silent, why), tries)

    async def _clear(self, doubt: Doubt, tries: int) -> None:
        self.sent = False
        if self._desk.stopped():  # that takes its time, and the next run can do it as well
            self._open.update(item.position for item in doubt.items)
            return
        cleared = await self._desk.reconciler.clear(doubt)
        told, again = cleared.told, cleared.again
        if tries + 1 >= MOST_TRIES:
            text = f"given up after {tries + 1} attempts: {doubt.reason}"
            told += [(item, self._given_up(item, text)) for item in again]
            again = []
        await self._settle([doubt.submission], told)
        self._queue(again, tries + 1, doubt.since)

    def _given_up(self, item: Item, text: str) -> RowReport:
        """What is created was looked for, and is not there; all else may have been carried out."""
        if self._desk.operation.kind == "create":
            return refused(item, Problem("JobFailed", text))
        return reported(item, "unknown", problem=Problem("OutcomeUnknown", text))

    async def _settle(self, submissions: Sequence[int], told: Iterable[Told]) -> None:
        rows: list[Told] = []
        for one in told:
            if one[0].absorbed:
                rows += with_absorbed(*one)
            else:
                rows.append(one)
        for item, _ in rows:
            self._todo.pop(item.position, None)
        done = None if self._todo else self._chunk.number
        written = [(report, item.cells) for item, report in rows]
        await self._desk.ledger.settle(submissions, written, self._desk.now(), done)
        self._desk.count(report for _, report in rows)


async def _over(task: asyncio.Future[Job], patience: float) -> None:
    """Wait for so many seconds that it ends by itself, then end it."""
    try:
        await asyncio.wait({task}, timeout=patience)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
