"""The background jobs of the simulated account: they run by its clock, row by row, when somebody looks.

The model: row `i` of a job is applied at `start + (i + 1) * seconds_per_row`, whoever looks and when. `advance(now)`
applies all rows that are due, of all jobs, in the order of their times, so that progress is real and two jobs that
touch one profile interleave. Lifecycle as in about 180 recorded replies (2023 to 2025): queued with nothing but a
total, working with a progress and a message, completed with a message and the results.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import attrs

from .http import Json

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
    results: list[Json] = attrs.field(factory=list, repr=False)
    finished_at: float | None = None

    @property
    def total(self) -> int:
        """How many rows it has."""
        return len(self.steps)

    @property
    def order(self) -> tuple[float, float]:
        """What the list is sorted by: completion, then creation; unfinished jobs count as the latest."""
        return (float("inf") if self.finished_at is None else self.finished_at, self.created_at)

    @property
    def next_at(self) -> float:
        """When its next row is due."""
        return self.starts_at + (len(self.results) + 1) * self.seconds_per_row

    def status(self, now: float) -> str:
        """`queued`, `working` or `completed`."""
        if self.finished_at is not None:
            return "completed"
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
            "progress": None if self.whole or status == "queued" else len(self.results),
            "message": self._message(status),
            "results": self._results() if status == "completed" else None,
        }

    def _results(self) -> Json:
        return self.results[0] if self.whole else list(self.results)

    def _message(self, status: str) -> str | None:
        if status == "queued":
            return None
        if self.finished_at is None and self.whole:
            return None
        if self.finished_at is None:
            return f"{self.verb} #{len(self.results)}"
        return f"Completed at {datetime.fromtimestamp(int(self.finished_at), UTC):%Y-%m-%d %H:%M:%S +0000}"


@attrs.define(eq=False)
class JobQueue:
    """All jobs of the account that are still kept."""

    random: random.Random = attrs.field(repr=False)
    jobs: dict[str, Job] = attrs.field(factory=dict)
    running: dict[str, Job] = attrs.field(factory=dict)
    """Those that are queued or running, as of the last `advance`."""
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
        seconds_per_row: float,
        shuffled: bool = False,
        whole: bool = False,
    ) -> Job:
        """Queue a job; the cap on jobs is the caller's to check (`in_flight`). `whole`: it has one step."""
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
        )
        self.jobs[job.id] = self.running[job.id] = job
        self.rows_submitted += job.total
        self._schedule(job)
        return job

    def advance(self, now: float) -> None:
        """Apply every row that is due by `now`, in the order of their times."""
        while self._due and self._due[0][0] <= now:
            at, _, job = heapq.heappop(self._due)
            if job.steps:
                job.results.append(job.steps[len(job.results)](at))
            if len(job.results) == job.total:
                job.finished_at = at
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
        for job_id in [job.id for job in self.jobs.values() if job.created_at + retention <= now]:
            del self.jobs[job_id]

    def newest(self, count: int) -> list[Job]:
        """The last `count` jobs by creation."""
        return list(self.jobs.values())[-count:]

    def rows_since(self, job: Job) -> int:
        """How many rows later jobs have brought."""
        return self.rows_submitted - job.rows_before - job.total

    def _schedule(self, job: Job) -> None:
        self._turn += 1
        heapq.heappush(self._due, (job.next_at if job.steps else job.starts_at, self._turn, job))
