"""Jobs that run on the server: one poller for all that are waited for.

The model: a bulk write answers with a job that is "queued" and has no results yet; what became of it must be asked
for. One poller per client asks for all jobs that anyone waits for at once. Nobody waiting means no request, except when
calls wait for one of the account's 30 job slots: then the jobs that hold slots are looked after, too, whoever awaits
them.

A poll is worth most just after a job has ended: its slot and its rows wait for nothing else. So a job is asked for when
it should have ended, by its progress or by how long such jobs have lasted (`_forecast`), and at growing intervals where
nothing is known of that, or where somebody follows every change of its state. However close the ends of several are,
polls keep a distance that leaves the account's limit to the submits for which slots are freed.

Where other programs hold slots, a refused submit names their jobs. While calls wait for a slot they are asked for with
our own, a hundred in one request, so that a slot is taken up when it is free, and no submit has to try.

Evidence: of 83 recorded submits, 83 answered "queued" with null results; 100 rows take two to four seconds. A job's
status is kept for a day, and there are reports of jobs that `job_statuses/{id}` no longer finds while the list still
shows them. Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/job_statuses/
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import Context
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from ._core.message import Priority, Request
from ._core.route import Route
from ._forecast import Forecast, Kinds, interval_of_polls
from ._job import Job, Name, in_input_order
from .errors import ApiError, BadArgument, NotFound, RateLimited, ServerError, ZendeskError
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
"""Seconds until a new job is asked for, and at the least between two polls when no call waits for a slot."""
GROWTH: Final = 1.5
"""Each interval is so many times the one before, where nothing is known of a job's end."""
LONGEST_INTERVAL: Final = 10.0
"""Seconds between two polls of a job at the most, whatever is known of it."""
MOST_IDS: Final = 100
"""Ids that one request may ask for."""
MISSES: Final = 2
"""Polls in a row that must find a job nowhere until it counts as lost: a replica may be a moment behind."""
STRANGERS_INTERVAL: Final = 2.0
"""Seconds between two polls of a job of others at the most while calls wait for its slot: little is known of it."""
FORGOTTEN: Final = 60.0
"""Seconds after which a job of others that nobody has asked for is of no interest any more."""


class JobTracker:
    """All jobs of a client, the slots that they hold, and the one task that asks for them."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._known: WeakValueDictionary[str, Job] = WeakValueDictionary()
        self._slots: dict[Job, Slot] = {}
        self._strangers: set[Job] = set()
        """Those that others started; a refusal named them."""
        self._blind = False
        """Does the server refuse to tell of others' jobs?"""
        self._waited: dict[Job, None] = {}
        self._kinds = Kinds()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._changed = asyncio.Event()
        self._polled_at = -math.inf
        """Loop time at which the last poll was sent."""
        self._nudged = False

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
        if job in self._strangers:
            self._release(job)  # a refusal named it before this reply to its submit was in
        job.checked_at = asyncio.get_running_loop().time()
        if job.ended or job in self._slots or self._closed:
            slot.release()
            return job
        self._slots[job] = slot
        job.interval = FIRST_INTERVAL
        job.forecast = Forecast(job.checked_at, self._kinds.of(operation, rows))
        job.outlook = job.forecast.outlook()
        self._look_again()
        return job

    def watch(self, job_id: str) -> Job:
        """A job by its id, started here or elsewhere; raises `BadArgument` for what is no id. Nothing is sent yet."""
        SHOW.path({"job_status_id": job_id})
        job = self._known.get(job_id)
        if job is None:
            job = self._known[job_id] = Job(self, JobStatus(id=job_id), operation="job_statuses.wait", rows=None)
        return job

    def nudge(self) -> None:
        """A call may have to wait for a job slot: look soon whether one is free."""
        if self._slots:
            self._nudged = True
            self._look_again()

    def name(self, ids: Sequence[str], hold: Callable[[], Slot]) -> None:
        """All slots of the account are held by these jobs; `hold` gives the slot of one that others started."""
        for job in [job for job in self._strangers if job.id not in ids]:
            self._release(job)
        for job_id in () if self._blind or self._closed else ids:
            if (stranger := self._stranger(job_id)) is not None:
                self._slots[stranger] = hold()
                self._strangers.add(stranger)
                stranger.checked_at, stranger.interval = asyncio.get_running_loop().time(), FIRST_INTERVAL
        self._look_again()

    def _stranger(self, job_id: str) -> Job | None:
        """A job that others started and that is not known yet; None for others, and for what is no id."""
        try:
            job = self.watch(job_id)
        except BadArgument:
            return None
        return None if job.ended or job in self._slots else job

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
        self._strangers.clear()

    def wanted(self, job: Job) -> None:
        """For jobs: somebody begins to wait for `job`."""
        if self._closed:
            raise _closed(job)
        self._waited[job] = None
        self._look_again()

    def unwanted(self, job: Job) -> None:
        """For jobs: nobody waits for `job` any more."""
        self._waited.pop(job, None)

    # -- the poller -----------------------------------------------------------------------------------------------

    def _look_again(self) -> None:
        """Something has changed: it may be time for a poll sooner than the poller thinks."""
        if self._closed:
            return
        self._changed.set()
        if self._task is None or self._task.done():
            # In a context of its own: it polls for everybody, not for whoever happened to wait first.
            self._task = asyncio.get_running_loop().create_task(self._run(), context=Context())

    async def _run(self) -> None:
        """Goes on as long as a job holds a slot, since calls may come to wait for it at any moment."""
        now = asyncio.get_running_loop().time
        while self._slots or self._waited:
            self._changed.clear()
            self._forget(now())
            left = self._due(now()) - now()
            if left <= 0:
                await self._poll_all(now())
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._changed.wait()

    def _forget(self, now: float) -> None:
        """Jobs of others for whose slots nobody has waited for long."""
        for job in [job for job in self._strangers if job.checked_at + FORGOTTEN <= now]:
            self._release(job)

    def _due(self, now: float) -> float:
        """When to poll next."""
        wanted = self._caller.jobs_wanted()
        jobs = self._of_interest(wanted=wanted)
        if not jobs:
            return now + LONGEST_INTERVAL  # calls may come to wait for slots without a word
        due = min(map(self._look_at, jobs))
        if due == -math.inf:
            return due
        if wanted and (ends := sum(job.outlook.ends for job in jobs if job.outlook is not None)):
            due = min(due, self._polled_at + 1 / ends)  # somebody ends every so often, whoever that may be
        return max(due, self._polled_at + self._distance(len(jobs), wanted=wanted))

    def _of_interest(self, *, wanted: bool) -> list[Job]:
        """The jobs whose ends are waited for, for their rows or for their slots."""
        jobs = list(self._waited)
        return jobs + [job for job in self._slots if job not in self._waited] if wanted else jobs

    def _look_at(self, job: Job) -> float:
        """When to ask for a job again."""
        outlook, plain = job.outlook, job.checked_at + job.interval
        if outlook is None:
            return min(plain, job.checked_at + FIRST_INTERVAL) if self._nudged and job in self._slots else plain
        look_at = min(outlook.look_at, plain)
        return look_at if job.followed else min(max(look_at, outlook.not_before), job.checked_at + self._longest(job))

    def _longest(self, job: Job) -> float:
        return STRANGERS_INTERVAL if job in self._strangers else LONGEST_INTERVAL

    def _distance(self, jobs: int, *, wanted: bool) -> float:
        """Seconds from one poll to the next at the least."""
        slots = len(self._slots) if wanted else 0
        seconds = interval_of_polls(self._caller.pace(), slots, self._kinds.all.mean) * math.ceil(jobs / MOST_IDS)
        return min(seconds if wanted else max(seconds, FIRST_INTERVAL), LONGEST_INTERVAL)

    async def _poll_all(self, now: float) -> None:
        """Ask for all jobs whose time has come, and for others as far as that costs no further request."""
        wanted = self._caller.jobs_wanted()
        jobs = sorted(self._of_interest(wanted=wanted), key=self._look_at)
        due = sum(self._look_at(job) <= now for job in jobs)
        if not wanted:
            jobs += [job for job in self._slots if job not in self._waited]
        del jobs[math.ceil(max(due, 1) / MOST_IDS) * MOST_IDS :]
        self._nudged, self._polled_at = False, now
        for job in jobs:
            if job.checked_at + job.interval <= now:
                job.interval = min(max(job.interval * GROWTH, FIRST_INTERVAL), self._longest(job))
        for start in range(0, len(jobs), MOST_IDS):
            await self._poll(jobs[start : start + MOST_IDS])

    async def _poll(self, jobs: Sequence[Job]) -> None:
        missing = await self._ask(SHOW_MANY, jobs, query=(("ids", ",".join(job.id for job in jobs)),))
        for job in self._strangers.intersection(missing):
            self._release(job)
        await self._look_for([
            job for job in missing if job in self._waited or (job in self._slots and self._caller.jobs_wanted())
        ])

    async def _look_for(self, jobs: Sequence[Job]) -> None:
        """Jobs that `show_many` leaves out: ask for each, then look into the list; who is nowhere is lost."""
        missing: list[Job] = []
        for job in jobs:
            missing += await self._ask(SHOW, [job], values={"job_status_id": job.id})
        if missing:
            for job in await self._ask(LIST, missing, query=(("page[size]", str(MOST_IDS)),)):
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
    ) -> list[Job]:
        """Ask for the jobs and tell them their states; gives those that the reply leaves out: all of them for a 404.

        After an error there are none: those who wait are told, and nobody knows more than before.
        """
        now = asyncio.get_running_loop().time
        self._mark(jobs, now())
        values = dict(values or {})
        try:
            # Ahead of ordinary calls: one request answers for all jobs, and may free the slots that calls wait for.
            request = Request(route, route.path(values), query, values=values, priority=Priority.INTERACTIVE)
            response = await self._caller.send(request)
            self._polled_at = max(self._polled_at, response.sent_at)
            found = {status.id: status for status in self._decoded(route, response.body)}
        except Exception as error:  # noqa: BLE001  # whatever it is, it is news for those who wait, and for them only
            if _is_refusal(error) and self._without_strangers(jobs):
                return []
            if isinstance(error, NotFound):
                return list(jobs)
            for job in jobs:
                job.fail(error)
                if _is_refusal(error):
                    self._release(job)
            return []
        finally:
            self._mark(jobs, now())
        return self._tell(jobs, found, response.sent_at)

    def _without_strangers(self, jobs: Sequence[Job]) -> bool:
        """A poll was refused that may have been so for the jobs of others in it: they are never asked for again."""
        strangers = self._strangers.intersection(jobs)
        self._blind = self._blind or bool(strangers)
        for job in strangers:
            self._release(job)
        return bool(strangers)

    @staticmethod
    def _mark(jobs: Iterable[Job], now: float) -> None:
        """They are asked for now, and nothing is foreseen of those of which the reply tells nothing."""
        for job in jobs:
            job.checked_at = now
            job.outlook = None

    def _decoded(self, route: Route[JobStatus], body: bytes) -> list[JobStatus]:
        def drift(record: str, field: str, problem: str) -> None:
            self._caller.emit(SchemaDrift(route.operation, record, field, problem))

        if route is SHOW:
            return [decode_record(body, "job_status", JobStatus, drift)]
        return decode_page(body, "job_statuses", JobStatus, drift).records

    def _tell(self, jobs: Iterable[Job], found: Mapping[str, JobStatus], asked: float) -> list[Job]:
        """Tell the jobs their states, as of a request that was sent at `asked`; gives those that have none."""
        missing = []
        for job in jobs:
            if (status := found.get(job.id)) is None:
                missing.append(job)
                continue
            job.misses = 0
            job.learn(status)
            self._foresee(job, status, asked)
            if job.ended:
                self._release(job)
            elif (slot := self._slots.get(job)) is not None:
                slot.running(asked)
        return missing

    def _foresee(self, job: Job, status: JobStatus, asked: float) -> None:
        """What a job's state tells of its own end, or of those of others like it."""
        forecast = job.forecast
        if forecast is None:
            forecast = job.forecast = Forecast(None, self._kinds.of(job.operation, job.rows))
        if not status.ended:
            forecast.see(status, job.rows, asked, job.checked_at)
            job.outlook = forecast.outlook()
        elif job in self._slots and status.status == "completed" and (lasted := forecast.lasted(job.checked_at)):
            for durations in (forecast.kind, self._kinds.all):
                durations.learn(*lasted)

    def _release(self, job: Job) -> None:
        self._strangers.discard(job)
        if (slot := self._slots.pop(job, None)) is not None:
            slot.release()


def _is_refusal(error: Exception) -> bool:
    """The server won't tell, however often it is asked: nobody will ever know when the slot became free."""
    return isinstance(error, ApiError) and not isinstance(error, RateLimited | ServerError)


def _closed(job: Job) -> ZendeskError:
    return ZendeskError(f"the client was closed before job {job.id} had ended", operation=job.operation)
