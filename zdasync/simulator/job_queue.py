"""The background jobs of the simulated account: they run by its clock, row by row, when somebody looks.

The model: row `i` of a job is applied at `start + (i + 1) * seconds_per_row`, whoever looks and when. `advance(now)`
applies all rows that are due, of all jobs, in the order of their times, so that progress is real and two jobs that
touch one profile interleave. Lifecycle as in about 180 recorded replies (2023 to 2025): queued with nothing but a
total, working with a progress and a message, completed with a message and the results. What may go wrong with a job is
its `JobFault`.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice

import attrs

from .http import Json
from .job_faults import JobFault, JobFaults

Step = Callable[[float], Json]
"""Applies one row at its time and gives its result."""


@attrs.define(eq=False)
class Job:
    """One job. `verb` starts the message while it works: `Creating User` gives `Creating User #4`."""

    id: str
    job_type: str
    job_class: str
    verb: str
    created_at: float
    starts_at: float
    seconds_per_row: float
    steps: Sequence[Step] = attrs.field(repr=False)
    rows_before: int
    shuffled: bool = False
    whole: bool = False
    """It is about one thing: it has no total, and its one result stands alone."""
    jumps: bool = False
    """It tells no progress before all is done."""
    fault: JobFault | None = None
    results: list[Json] = attrs.field(factory=list, repr=False)
    finished_at: float | None = None
    ending: str = "completed"
    """Its status when it has finished."""
    total: int = attrs.field(init=False)
    """How many rows it has."""

    def __attrs_post_init__(self) -> None:
        self.total = len(self.steps)

    @property
    def hidden(self) -> bool:
        """Is it shown nowhere?"""
        return self.fault is not None and self.fault.hides_at(len(self.results))

    @property
    def order(self) -> tuple[float, float]:
        """What the list is sorted by: completion, then creation; unfinished jobs count as the latest."""
        return (float("inf") if self.finished_at is None else self.finished_at, self.created_at)

    @property
    def next_at(self) -> float:
        """When its next row is due."""
        return self.starts_at + (len(self.results) + 1) * self.seconds_per_row

    def status(self, now: float) -> str:
        """`queued`, `working`, `completed`; or `failed` or `killed` by a fault."""
        if self.finished_at is not None:
            return self.ending
        return "working" if now >= self.starts_at else "queued"

    def show(self, now: float, url: str, *, with_type: bool = True) -> Json:
        """The job status as the API shows it."""
        status = self.status(now)
        shown: dict[str, Json] = {"id": self.id, "url": url}
        if with_type:
            shown["job_type"] = self.job_type
        return shown | {
            "status": status,
            "total": None if self.whole else self.total,
            "progress": None if self.whole or status == "queued" else self._progress(),
            "message": self._message(status),
            "results": None if self.finished_at is None else self._results(),
        }

    def run(self, at: float) -> None:
        """Its next row is due, or its end."""
        fault, done = self.fault, len(self.results)
        if self.steps and not (fault is not None and fault.ends_at(done)):
            refused = None if fault is None else fault.refusal(done)
            self.results.append(self.steps[done](at) if refused is None else refused)
            done += 1
            if done < self.total:
                return
        self.finished_at = at
        self.steps = ()  # with the rows that they hold
        if fault is not None and fault.ends_at(done):
            self.ending = fault.kind

    def _progress(self) -> int:
        return 0 if self.jumps and self.finished_at is None else len(self.results)

    def _results(self) -> Json:
        if self.ending != "completed" and (self.fault is None or self.fault.results == "none"):
            return None
        if self.whole:
            return self.results[0] if self.results else None
        return list(self.results)

    def _message(self, status: str) -> str | None:
        if status == "queued":
            return None
        if self.finished_at is None and self.whole:
            return None
        if self.finished_at is None:
            return f"{self.verb} #{self._progress()}"
        if self.ending != "completed":
            return None if self.fault is None else self.fault.message
        return f"Completed at {datetime.fromtimestamp(int(self.finished_at), UTC):%Y-%m-%d %H:%M:%S +0000}"


@attrs.define(eq=False)
class JobQueue:
    """All jobs of the account that are still kept."""

    random: random.Random = attrs.field(repr=False)
    jobs: dict[str, Job] = attrs.field(factory=dict)
    running: dict[str, Job] = attrs.field(factory=dict)
    """Those that are queued or running, as of the last `advance`."""
    faults: JobFaults = attrs.field(factory=JobFaults, repr=False)
    rows_submitted: int = 0
    _due: list[tuple[float, int, Job]] = attrs.field(factory=list, repr=False)
    _turn: int = 0

    def submit(
        self,
        steps: Sequence[Step],
        *,
        job_type: str,
        job_class: str,
        verb: str,
        now: float,
        delay: float,
        seconds_per_row: float | tuple[float, float],
        shuffled: bool = False,
        whole: bool = False,
        jumps: bool = False,
        fault: JobFault | None = None,
    ) -> Job:
        """Queue a job; the cap on jobs is the caller's to check (`in_flight`).

        `seconds_per_row` may be a range to draw from. `whole`: it has one step. `jumps`: it tells no progress.
        """
        if isinstance(seconds_per_row, tuple):
            seconds_per_row = self.random.uniform(*seconds_per_row)
        if fault is not None and fault.kind == "stays_queued":
            delay += fault.seconds
        job = Job(
            id=f"V3-{self.random.getrandbits(128):032x}",
            job_type=job_type,
            job_class=job_class,
            verb=verb,
            created_at=now,
            starts_at=now + delay,
            seconds_per_row=seconds_per_row,
            steps=steps,
            rows_before=self.rows_submitted,
            shuffled=shuffled,
            whole=whole,
            jumps=jumps,
            fault=fault,
        )
        self.jobs[job.id] = self.running[job.id] = job
        self.rows_submitted += job.total
        self._schedule(job)
        return job

    def advance(self, now: float) -> None:
        """Apply every row that is due by `now`, in the order of their times."""
        while self._due and self._due[0][0] <= now:
            at, _, job = heapq.heappop(self._due)
            job.run(at)
            if job.finished_at is not None:
                del self.running[job.id]
                if job.shuffled:
                    self.random.shuffle(job.results)
            else:
                self._schedule(job)

    def in_flight(self) -> list[Job]:
        """The jobs that are queued or running, as of the last `advance`."""
        return list(self.running.values())

    def forget(self, now: float, retention: float) -> None:
        """Drop the jobs that are older than `retention` seconds."""
        while self.jobs:
            oldest = next(iter(self.jobs.values()))
            if oldest.created_at + retention > now:
                return
            del self.jobs[oldest.id]

    def find(self, job_id: str) -> Job | None:
        """The job with this id, unless it is shown nowhere."""
        job = self.jobs.get(job_id)
        return None if job is None or job.hidden else job

    def newest(self, count: int) -> list[Job]:
        """The last `count` jobs by creation, the latest first."""
        return list(islice((job for job in reversed(self.jobs.values()) if not job.hidden), count))

    def rows_since(self, job: Job) -> int:
        """How many rows later jobs have brought."""
        return self.rows_submitted - job.rows_before - job.total

    def _schedule(self, job: Job) -> None:
        self._turn += 1
        heapq.heappush(self._due, (job.next_at if job.steps else job.starts_at, self._turn, job))
