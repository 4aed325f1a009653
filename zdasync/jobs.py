"""Jobs that run on the server: one poller for all that are waited for.

The model: a bulk write answers with a job that is "queued" and has no results yet; what became of it must be asked
for. One poller per client asks for all jobs that anyone waits for at once, at intervals that grow while nothing new
begins. Nobody waiting means no request, except when calls wait for one of the account's 30 job slots: then the jobs
that hold slots are looked after, too, whoever awaits them.
Evidence: of 83 recorded submits, 83 answered "queued" with null results; 100 rows take two to four seconds. A job's
status is kept for a day, and there are reports of jobs that `job_statuses/{id}` no longer finds while the list still
shows them. Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/job_statuses/
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Iterable, Mapping, Sequence
from contextvars import Context
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from ._core.message import Priority, Request
from ._core.route import Route
from ._job import Job, Name, in_input_order
from .errors import ApiError, NotFound, RateLimited, ServerError, ZendeskError
from .events import SchemaDrift
from .records.codec import decode_page, decode_record
from .records.jobs import JobStatus

if TYPE_CHECKING:
    from ._core.caller import Caller, Slot

__all__ = ["Job", "JobTracker", "in_input_order"]

LIST: Final = Route("job_statuses.list", "GET", "/api/v2/job_statuses", "job_statuses", JobStatus, paging="cursor")
SHOW: Final = Route("job_statuses.show", "GET", "/api/v2/job_statuses/{job_status_id}", "job_status", JobStatus)
SHOW_MANY: Final = Route("job_statuses.show_many", "GET", "/api/v2/job_statuses/show_many", "job_statuses", JobStatus)

FIRST_INTERVAL: Final = 0.5
"""Seconds until a new job is asked for."""
GROWTH: Final = 1.5
"""Each interval is so many times the one before."""
LONGEST_INTERVAL: Final = 10.0
"""Seconds between two polls of jobs that take long."""
MOST_IDS: Final = 100
"""Ids that one request may ask for."""
MISSES: Final = 2
"""Polls in a row that must find a job nowhere until it counts as lost: a replica may be a moment behind."""


class JobTracker:
    """All jobs of a client, the slots that they hold, and the one task that asks for them."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._known: WeakValueDictionary[str, Job] = WeakValueDictionary()
        self._slots: dict[Job, Slot] = {}
        self._waited: dict[Job, None] = {}
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._interval = FIRST_INTERVAL
        self._due = math.inf
        self._sooner = asyncio.Event()

    def register(
        self, status: JobStatus, slot: Slot, *, operation: str, rows: int | None = None, names: Sequence[Name] = ()
    ) -> Job:
        """The job that a submit was answered with. Its slot is released when it is seen to have ended."""
        job = self._known.get(status.id)
        if job is None:
            job = self._known[status.id] = Job(self, status, operation=operation, rows=rows, names=names)
        else:
            job.operation, job.rows, job.names = operation, rows, names
            job.learn(status)
        job.checked_at = asyncio.get_running_loop().time()
        if job.ended or job in self._slots or self._closed:
            slot.release()
            return job
        self._slots[job] = slot
        self._interval = FIRST_INTERVAL
        self._poll_by(job.checked_at + FIRST_INTERVAL)
        return job

    def watch(self, job_id: str) -> Job:
        """A job by its id, started here or elsewhere; raises `BadArgument` for what is no id. Nothing is sent yet."""
        SHOW.path({"job_status_id": job_id})
        job = self._known.get(job_id)
        if job is None:
            job = self._known[job_id] = Job(self, JobStatus(id=job_id), operation="job_statuses.wait", rows=None)
        return job

    def nudge(self) -> None:
        """A call may have to wait for a job slot: look at once whether one is free."""
        if self._slots:
            last = max(job.checked_at for job in self._slots)
            self._poll_by(last + FIRST_INTERVAL)

    async def aclose(self) -> None:
        """Stop polling; whoever still waits gets an error. Closing twice does no harm."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None
        for job in list(self._waited):
            job.fail(_closed(job))
        self._slots.clear()

    def wanted(self, job: Job) -> None:
        """For jobs: somebody begins to wait for `job`."""
        if self._closed:
            raise _closed(job)
        if job.checked_at == -math.inf:
            self._interval = FIRST_INTERVAL
        self._waited[job] = None
        self._poll_by(job.checked_at + self._interval)

    def unwanted(self, job: Job) -> None:
        """For jobs: nobody waits for `job` any more."""
        self._waited.pop(job, None)

    # -- the poller -----------------------------------------------------------------------------------------------

    def _poll_by(self, due: float) -> None:
        """Poll at `due` (loop time) at the latest, if there is anything to poll for then."""
        if self._closed:
            return
        if due < self._due:
            self._due = due
            self._sooner.set()
        if self._task is None or self._task.done():
            # In a context of its own: it polls for everybody, not for whoever happened to wait first.
            self._task = asyncio.get_running_loop().create_task(self._run(), context=Context())

    async def _run(self) -> None:
        """Goes on as long as a job holds a slot, since calls may come to wait for it at any moment."""
        loop = asyncio.get_running_loop()
        while self._slots or self._waited:
            await self._until_due()
            jobs = self._jobs_to_ask_for()
            if jobs:
                self._interval = min(self._interval * GROWTH, LONGEST_INTERVAL)
            self._due = math.inf
            for start in range(0, len(jobs), MOST_IDS):
                await self._poll(jobs[start : start + MOST_IDS])
            self._due = min(self._due, loop.time() + (self._interval if jobs else LONGEST_INTERVAL))
        self._due = math.inf

    async def _until_due(self) -> None:
        loop = asyncio.get_running_loop()
        while (left := self._due - loop.time()) > 0:
            self._sooner.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._sooner.wait()

    def _jobs_to_ask_for(self) -> list[Job]:
        jobs = list(self._waited)
        others = [job for job in self._slots if job not in self._waited]
        if self._caller.jobs_wanted():
            return jobs + others
        # What fits into requests that must be sent anyway costs nothing.
        return jobs + others[: -len(jobs) % MOST_IDS]

    async def _poll(self, jobs: Sequence[Job]) -> None:
        found = await self._ask(SHOW_MANY, jobs, query=(("ids", ",".join(job.id for job in jobs)),))
        missing = [] if found is None else self._tell(jobs, found)
        await self._look_for([job for job in missing if job in self._waited or self._caller.jobs_wanted()])

    async def _look_for(self, jobs: Sequence[Job]) -> None:
        """Jobs that `show_many` leaves out: ask for each, then look into the list; who is nowhere is lost."""
        missing: list[Job] = []
        for job in jobs:
            found = await self._ask(SHOW, [job], values={"job_status_id": job.id})
            missing += [] if found is None else self._tell([job], found)
        if missing:
            listed = await self._ask(LIST, missing, query=(("page[size]", str(MOST_IDS)),))
            for job in [] if listed is None else self._tell(missing, listed):
                job.misses += 1
                if job.misses >= MISSES:
                    job.lose()
                    self._release(job)

    async def _ask(
        self,
        route: Route[JobStatus],
        jobs: Sequence[Job],
        *,
        query: tuple[tuple[str, str], ...] = (),
        values: Mapping[str, object] | None = None,
    ) -> dict[str, JobStatus] | None:
        """The states in the reply, by id: none for a 404, None after an error, of which those who wait are told."""
        now = asyncio.get_running_loop().time
        _mark(jobs, now())
        values = dict(values or {})
        try:
            # Ahead of ordinary calls: one request answers for all jobs, and may free the slots that calls wait for.
            request = Request(route, route.path(values), query, values=values, priority=Priority.INTERACTIVE)
            response = await self._caller.send(request)
            return {status.id: status for status in self._decoded(route, response.body)}
        except NotFound:
            return {}
        except Exception as error:  # noqa: BLE001  # whatever it is, it is news for those who wait, and for them only
            for job in jobs:
                job.fail(error)
                if _is_refusal(error):
                    self._release(job)
            return None
        finally:
            _mark(jobs, now())

    def _decoded(self, route: Route[JobStatus], body: bytes) -> list[JobStatus]:
        def drift(record: str, field: str, problem: str) -> None:
            self._caller.emit(SchemaDrift(route.operation, record, field, problem))

        if route is SHOW:
            return [decode_record(body, "job_status", JobStatus, drift)]
        return decode_page(body, "job_statuses", JobStatus, drift).records

    def _tell(self, jobs: Iterable[Job], found: Mapping[str, JobStatus]) -> list[Job]:
        """Tell the jobs their states; gives those that have none."""
        missing = []
        for job in jobs:
            if (status := found.get(job.id)) is None:
                missing.append(job)
                continue
            job.misses = 0
            job.learn(status)
            if job.ended:
                self._release(job)
        return missing

    def _release(self, job: Job) -> None:
        if (slot := self._slots.pop(job, None)) is not None:
            slot.release()


def _mark(jobs: Iterable[Job], now: float) -> None:
    for job in jobs:
        job.checked_at = now


def _is_refusal(error: Exception) -> bool:
    """The server won't tell, however often it is asked: nobody will ever know when the slot became free."""
    return isinstance(error, ApiError) and not isinstance(error, RateLimited | ServerError)


def _closed(job: Job) -> ZendeskError:
    return ZendeskError(f"the client was closed before job {job.id} had ended", operation=job.operation)
