"""How far a bulk run is, how fast it goes, and what holds it back.

The model: a meter that the run feeds with outcomes and asks now and then for a look. It has no clock of its own: every
look brings the time. The rate is that of the last half minute, since rows come a hundred at a time as jobs end; what
binds is told from what is there at the moment: a chunk that waits while job slots are free waits for somebody.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import attrs

from .rows import FAILED, OUTCOMES, Outcome
from .words import duration

__all__ = ["WINDOW", "Bound", "Meter", "Progress"]

Bound: TypeAlias = Literal["job slots", "account limit", "source", "others"]
"""What a run waits for.

`job slots`: all that it may have are in use. `account limit`: the account's requests of this minute are spent.
`source`: no row is there to send. `others`: none of these, so that it makes way for other users of the account.
"""

WINDOW: Final = 30.0
"""Seconds over which the rate is measured."""
STEP: Final = 0.5
"""Seconds between two points that are kept for it."""


@attrs.frozen(kw_only=True)
class Progress:
    """Where a bulk run stands at one moment. `str()` of it is a line for people."""

    done: int
    """Rows with an outcome, those of earlier runs of the same ledger among them."""
    total: int | None
    """Rows of the source, as far as is known before it has been read to its end: a file's lines. None: not known."""
    counts: Mapping[Outcome, int]
    """Rows by outcome; every outcome is there."""
    rate: float
    """Rows a second over the last half minute; 0 before anything can be told."""
    jobs_in_flight: int
    requests: int
    """Requests sent so far."""
    used: int | None
    """Requests that count against the account's limit in its window; None until it is known."""
    budget: int | None
    """How many it allows."""
    eta: float | None
    """Seconds until the end at this rate; None where that can't be told."""
    bound: Bound | None
    """What holds the run back; None when the last jobs run out."""

    @property
    def failed(self) -> int:
        """Rows that were refused, or of which nobody knows the outcome."""
        return sum(self.counts.get(outcome, 0) for outcome in FAILED)

    def __str__(self) -> str:
        parts = [
            f"{self.done:,} rows" if self.total is None else f"{self.done:,} of {self.total:,} rows",
            f"{self.rate:,.0f} rows/s",
            f"{self.failed:,} failed",
            f"{self.jobs_in_flight} jobs",
        ]
        if self.used is not None and self.budget is not None:
            parts.append(f"{self.used:,} of {self.budget:,} requests a minute")
        if self.eta is not None:
            parts.append(f"{duration(self.eta)} left")
        if self.bound is not None:
            parts.append(f"waits for {self.bound}")
        return ", ".join(parts)


class Meter:
    """Counts the outcomes of a run and tells its progress; made when the run starts, at the time `now`.

    `counts` are the outcomes that earlier runs of the ledger wrote: they are done, and no part of the rate. All times
    are seconds of one clock that doesn't go back.
    """

    def __init__(self, now: float, *, total: int | None = None, counts: Mapping[Outcome, int] | None = None) -> None:
        self.total = total
        """Rows of the source, to be set once it has been read to its end."""
        self.counts: dict[Outcome, int] = dict.fromkeys(OUTCOMES, 0)
        self.add(counts or {})
        self._points = deque([(now, self.done)])

    @property
    def done(self) -> int:
        """Rows with an outcome."""
        return sum(self.counts.values())

    def add(self, outcomes: Mapping[Outcome, int]) -> None:
        """So many more rows have these outcomes."""
        for outcome, count in outcomes.items():
            self.counts[outcome] += count

    def look(
        self, now: float, *, jobs: int, job_cap: int, requests: int, used: int | None, total: int | None, waiting: bool
    ) -> Progress:
        """The progress at the time `now`.

        `jobs` are in flight, of at most `job_cap`; `requests` were sent; of the account's limit `used` of `total`
        requests are taken (None where unknown). `waiting`: is a chunk ready that has to wait before it goes out?
        """
        rate = self._rate(now)
        spent = used is not None and total is not None and used >= total
        return Progress(
            done=self.done, total=self.total, counts=dict(self.counts), rate=rate, jobs_in_flight=jobs,
            requests=requests, used=used, budget=total, eta=_eta(self.done, self.total, rate),
            bound=self._bound(full=jobs >= job_cap, spent=spent, waiting=waiting),
        )

    def _rate(self, now: float) -> float:
        points = self._points
        while len(points) > 1 and points[1][0] <= now - WINDOW:
            points.popleft()
        since, before = points[0]
        if now >= points[-1][0] + STEP:
            points.append((now, self.done))
        return (self.done - before) / (now - since) if now > since else 0.0

    def _bound(self, *, full: bool, spent: bool, waiting: bool) -> Bound | None:
        if full:
            return "job slots"
        if waiting:
            return "account limit" if spent else "others"
        return "source" if self.total is None else None


def _eta(done: int, total: int | None, rate: float) -> float | None:
    return None if total is None or rate <= 0 else max(0, total - done) / rate
