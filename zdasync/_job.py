"""A job as callers see it: its states as they come, and the rows of its results in the order of the input.

The model: a job is a chain of states, of which the last is known. Iterators walk the chain at their own pace, so none
misses a state and none holds another up; whoever waits is registered with the poller for just as long.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Generator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from .errors import DeadlineExceeded, JobFailed, JobLost, PartialFailure
from .records.jobs import JobResult, JobStatus

if TYPE_CHECKING:
    from ._forecast import Forecast, Outlook

__all__ = ["Job", "Name", "in_input_order", "placed"]


Name: TypeAlias = int | str | None
"""How a row of a job's input calls its record: by id, by external id, or not in a way that its result repeats."""


class Poller(Protocol):
    """Asks the server for the jobs that somebody waits for."""

    def wanted(self, job: Job) -> None:
        """Somebody begins to wait for `job`."""

    def unwanted(self, job: Job) -> None:
        """Nobody waits for `job` any more."""


class Job:
    """A job on the server: `await` it for its rows, or iterate it for every change of its state.

    `await job` gives a `JobResult` for each row in the order of the input, and raises `JobFailed` when the job failed
    or was killed, `PartialFailure` when it completed but rows of it failed, `JobLost` when the server no longer knows
    it, and whatever a poll raises that could not be cured by sending it again (the job may then be awaited once more).
    `async for status in job` gives the `JobStatus` known now and each one after it, and ends with the job. Any number
    of tasks may do either, and cancelling one of them touches neither the others nor the job. Nobody waiting costs
    nothing.
    """

    def __init__(
        self, poller: Poller, status: JobStatus, *, operation: str, rows: int | None, names: Sequence[Name] = ()
    ) -> None:
        self.operation = operation
        """The call that started it: `users.update_many`."""
        self.rows = rows
        """How many rows were sent; None where that isn't known."""
        self.names = names
        """What each row that was sent calls its record, where that is known."""
        self.checked_at = -math.inf
        """Loop time at which the server was last asked for it."""
        self.interval = 0.0
        """For the tracker: seconds until it is asked for again, where nothing is known of its end."""
        self.forecast: Forecast | None = None
        """For the tracker: when it will end, by what was seen of it."""
        self.outlook: Outlook | None = None
        """For the tracker: what that forecast says; None where it says nothing."""
        self.misses = 0
        """Polls in a row that found it nowhere."""
        self._poller = poller
        self._latest = _Change(status)
        self._waiters: set[asyncio.Future[None]] = set()
        self._followers = 0
        self._lost = False

    @property
    def id(self) -> str:
        """The job's id, by which another process can wait for it: `zd.job_statuses.wait(id)`."""
        return self.status.id

    @property
    def status(self) -> JobStatus:
        """The last known state; of a job that was started elsewhere only the id is known at first."""
        return self._latest.status

    @property
    def ended(self) -> bool:
        """Is it known to have ended, one way or another?"""
        return self._lost or self.status.ended

    async def wait(self, *, raise_on_failure: bool = True, deadline: float | None = None) -> list[JobResult]:
        """Wait for the end and give the rows in the order of the input, as far as that can be told.

        Rows stand where their `index` says; without one, where the input has their id or external id; else in the order
        in which they came. There may be fewer than were sent. With `raise_on_failure=False` the failed ones are among
        them and only `JobLost` is raised: then look at `job.status`. After `deadline` seconds `DeadlineExceeded` is
        raised; the job goes on.
        """
        try:
            async with asyncio.timeout(deadline) as patience:
                status = await self.last_status()
        except TimeoutError:
            if not patience.expired():
                raise
            raise DeadlineExceeded(
                f"job {self.id} has not ended within {deadline} s", wait=0.0, operation=self.operation
            ) from None
        return self._outcome(status, raise_on_failure=raise_on_failure)

    async def last_status(self) -> JobStatus:
        """Wait for the end, whichever it is, and give the last state. Raises `JobLost`, and what a poll raises."""
        while not self.ended:
            await self._change()
        if self._lost:
            last = "" if self.status.status is None else f": its last state here was {self.status.status!r}"
            raise JobLost(
                f"the server does not know job {self.id} (any more){last}",
                job_id=self.id, operation=self.operation,
            )
        return self.status

    def __await__(self) -> Generator[Any, None, list[JobResult]]:
        return self.wait().__await__()

    def __aiter__(self) -> AsyncIterator[JobStatus]:
        return _Changes(self, self._latest)

    def __repr__(self) -> str:
        state = "lost" if self._lost else self.status.status
        return f"<Job {self.id} of {self.operation}: {state}, {self.status.progress} of {self.status.total}>"

    @property
    def followed(self) -> bool:
        """Does anybody wait for the next change of its state, and not for its end alone?"""
        return self._followers > 0

    def learn(self, status: JobStatus) -> None:
        """For the tracker: what the server says now. A state after the end is a replica's, and is ignored."""
        if self.ended or status == self.status:
            return
        self._latest.after = self._latest = _Change(status)
        self._wake(None)

    def lose(self) -> None:
        """For the tracker: the server no longer knows the job. What has ended is not lost any more."""
        self._lost = not self.status.ended
        self._wake(None)

    def fail(self, error: Exception) -> None:
        """For the tracker: those who wait now get `error`; the job goes on."""
        self._wake(error)

    def _wake(self, error: Exception | None) -> None:
        for waiter in self._waiters:
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)

    async def _change(self) -> None:
        """Wait until something happens to the job."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            self._poller.wanted(self)
            await waiter
        finally:
            self._waiters.discard(waiter)
            if not self._waiters:
                self._poller.unwanted(self)

    async def _follow(self) -> None:
        """Wait until something happens to the job, of which every change is of interest."""
        self._followers += 1
        try:
            await self._change()
        finally:
            self._followers -= 1

    def _outcome(self, status: JobStatus, *, raise_on_failure: bool) -> list[JobResult]:
        if raise_on_failure and status.status != "completed":
            raise JobFailed(
                f"job {self.id} ended as {status.status!r}: {status.message}", status=status, operation=self.operation
            )
        results = in_input_order(status.rows, status.total if self.rows is None else self.rows, self.names)
        failed = [result for result in results if not result.ok]
        if raise_on_failure and failed:
            raise PartialFailure(
                f"{len(failed)} of {len(results)} rows failed, the first with {failed[0].error}: {failed[0].details}",
                status=status, results=results, failed=failed, operation=self.operation,
            )
        return results


class _Change:
    """A state of a job, and the one after it, once there is one: each iterator walks the chain at its own pace."""

    __slots__ = ("after", "status")

    def __init__(self, status: JobStatus) -> None:
        self.status = status
        self.after: _Change | None = None


class _Changes(AsyncIterator[JobStatus]):
    """The states of a job from `first` on. Between two steps nothing is registered, so leaving early leaves nothing."""

    def __init__(self, job: Job, first: _Change) -> None:
        self._job = job
        self._at = first
        self._begun = first.status.status is None  # only the id is known: nothing to show yet

    async def __anext__(self) -> JobStatus:
        if not self._begun:
            self._begun = True
            return self._at.status
        while self._at.after is None:
            if self._job.ended:
                if self._job.status.ended:
                    raise StopAsyncIteration
                await self._job.wait()  # raises JobLost
            await self._job._follow()  # noqa: SLF001  # the iterator is a part of the job
        self._at = self._at.after
        return self._at.status


def in_input_order(
    results: Sequence[JobResult], sent: int | None, names: Sequence[Name] = ()
) -> list[JobResult]:
    """The rows of a job where they stood among the `sent` rows of its input, as far as they tell.

    A row with an `index` goes there, one without where `names` has its id or external id; the others fill the places
    between in the order in which they came, provided that no row is missing. Where indexes contradict each other, or
    the rest can't be placed, the order stays as it came.
    """
    places = _places(results, names)
    told = [place for place in places if place is not None]
    if len(told) == len(results):
        return [result for _, result in sorted(zip(told, results, strict=True), key=lambda placed: placed[0])]
    taken = set(told)
    if sent != len(results) or len(taken) < len(told) or not all(0 <= place < sent for place in taken):
        return list(results)
    free = iter([place for place in range(sent) if place not in taken])
    placed = {
        next(free) if place is None else place: result for place, result in zip(places, results, strict=True)
    }
    return [placed[place] for place in range(sent)]


def placed(results: Sequence[JobResult], sent: int, names: Sequence[Name] = ()) -> dict[int, JobResult]:
    """The rows of a job by their place among the `sent` rows of its input.

    As `in_input_order` tells them, but what can't be placed is left out: the fate of those rows is not known.
    """
    places = _places(results, names)
    told = [place for place in places if place is not None]
    if len(set(told)) < len(told) or not all(0 <= place < sent for place in told):
        return dict(enumerate(results)) if len(results) == sent else {}
    if len(told) < len(results) and len(results) == sent:
        free = iter(sorted(set(range(sent)).difference(told)))
        places = [next(free) if place is None else place for place in places]
    return {place: result for place, result in zip(places, results, strict=True) if place is not None}


def _places(results: Sequence[JobResult], names: Sequence[Name]) -> list[int | None]:
    """Where each result says that it stood; None for one that doesn't say."""
    indexes = {result.index for result in results}
    waiting: dict[Name, list[int]] = {}
    for place, name in enumerate(names):
        if name is not None and place not in indexes:
            waiting.setdefault(_folded(name), []).append(place)
    places: list[int | None] = []
    for result in results:
        told = result.index
        if told is None:
            free = waiting.get(_folded(result.id)) or waiting.get(_folded(result.external_id))
            if free:
                told = free.pop(0)
        places.append(told)
    return places


def _folded(name: Name) -> Name:
    """External ids are matched without regard to case."""
    return name.casefold() if isinstance(name, str) else name
