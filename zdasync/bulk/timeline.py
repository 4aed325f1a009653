"""The runs of a ledger one after the other, as one line of time, and what can be read off it.

The model: a ledger may have been worked on by several runs with any time between them. Its line of time holds the runs
alone, so that a night between two of them takes no room. A run that was killed ends with its last sign of life. What
bound a run is read off its samples: job slots that were full, and minutes in which the account's requests were spent
(Zendesk counts them by the minute, so what counts is how far a minute got, not where it stood when it was looked at).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import accumulate, pairwise, zip_longest
from typing import Final, TypeAlias

import attrs

from .ledger import Sample
from .reader import Count, Look, Moment, ask

__all__ = ["POINTS", "SAMPLE", "Held", "Point", "Span", "Timeline", "read_runs", "read_timeline"]

POINTS: Final = 400
"""The most points of a curve."""
FULL: Final = 0.9
"""The part of the job slots from which on they count as full: one that comes free is not taken again at once."""
SPENT: Final = 0.95
"""The part of the account's requests in a minute from which on they count as spent."""
MINUTE: Final = 60.0

SAMPLE: Final = tuple[Moment, Count, Count, Count, Count, Count | None, Count | None]
"""What a row of samples is."""

Point: TypeAlias = tuple[float, float]
"""Seconds of the line of time, and a value."""


@attrs.frozen
class Span:
    """One run of a ledger, in unix seconds."""

    started: float
    ended: float
    """The last sign of life where it has not ended by itself."""
    ending: str | None
    """It is "done", "interrupted" or "error: ..."; None when it was killed, or goes on."""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.started


@attrs.frozen(kw_only=True)
class Held:
    """What bound a run: parts of its time, from 0 to 1. The first two may overlap."""

    job_slots: float
    """As many jobs were in flight as ever."""
    account_limit: float
    """The account's requests of the minute were spent."""
    neither: float
    """It waited for the source, for the server's answers or for other users of the account."""
    slots: int
    """The most jobs that were in flight at once."""


@attrs.frozen
class Timeline:
    """The runs of a ledger, and their samples in order."""

    spans: Sequence[Span]
    samples: Sequence[Sample]

    @property
    def seconds(self) -> float:
        """How long the runs took together."""
        return sum(span.seconds for span in self.spans)

    @property
    def restarts(self) -> list[tuple[float, Span]]:
        """Every run after the first, and where on the line it begins."""
        return [(self.place(span.started), span) for span in self.spans[1:]]

    def place(self, at: float) -> float:
        """Where on the line the unix second `at` is."""
        index = max(0, bisect_right(self.spans, at, key=lambda span: span.started) - 1)
        span = self.spans[index]
        return self._before[index] + min(max(0.0, at - span.started), span.seconds)

    @cached_property
    def _before(self) -> list[float]:
        """For each run, how long those before it took."""
        return list(accumulate((span.seconds for span in self.spans), initial=0.0))

    def rates(self) -> list[Point]:
        """Rows a minute, at most `POINTS` times: what was done in equal parts of the time."""
        line = [(0.0, 0.0), *((self.place(sample.at), float(sample.rows)) for sample in self.samples)]
        end = line[-1][0]
        if end <= 0:
            return []
        count = min(POINTS, sum(place > 0 for place, _ in line))
        width = end / count
        edges = [_between(line, number * width) for number in range(count + 1)]
        return [
            ((number + 0.5) * width, max(0.0, after - before) / width * MINUTE)
            for number, (before, after) in enumerate(pairwise(edges))
        ]

    def budget(self) -> list[Point]:
        """Percent of the account's requests that were used in the window, at most `POINTS` times."""
        used = [
            (self.place(sample.at), 100.0 * sample.used / sample.total)
            for sample in self.samples
            if sample.used is not None and sample.total
        ]
        return _thinned(used, self.seconds, max)

    def jobs(self) -> list[Point]:
        """Job slots in use, at most `POINTS` times."""
        return _thinned([(self.place(sample.at), float(sample.jobs)) for sample in self.samples], self.seconds, _mean)

    def held(self) -> Held | None:
        """What bound the runs; None where there are not samples enough to tell."""
        slots = max((sample.jobs for sample in self.samples), default=0)
        spent = {_minute(sample) for sample in self.samples if _is_spent(sample)}
        shares = {"slots": 0.0, "account": 0.0, "neither": 0.0}
        for sample, after in pairwise(self.samples):
            seconds = self.place(after.at) - self.place(sample.at)
            full, out = 0 < FULL * slots <= sample.jobs, _minute(sample) in spent
            shares["slots"] += seconds * full
            shares["account"] += seconds * out
            shares["neither"] += seconds * (not full and not out)
        whole = self.place(self.samples[-1].at) - self.place(self.samples[0].at) if self.samples else 0.0
        if whole <= 0:
            return None
        return Held(
            job_slots=shares["slots"] / whole, account_limit=shares["account"] / whole,
            neither=shares["neither"] / whole, slots=slots,
        )


def read_timeline(ledger: Look) -> Timeline:
    """All runs and all samples of a ledger."""
    query = "SELECT at, rows, failed, jobs, requests, used, total FROM samples ORDER BY at"
    spans = read_runs(ledger)
    return Timeline(spans, [Sample(*row) for row in ask(ledger, query, SAMPLE)] if spans else [])


def read_runs(ledger: Look) -> list[Span]:
    """All runs of a ledger, in the order in which they were started."""
    query = "SELECT started_at, ended_at, ending FROM runs ORDER BY started_at, number"
    runs = ask(ledger, query, tuple[Moment, Moment | None, str | None])
    following = [run[0] for run in runs[1:]]
    return [
        Span(started, max(started, _last_sign(ledger, started, until) if ended is None else ended), ending)
        for (started, ended, ending), until in zip_longest(runs, following)
    ]


def _last_sign(ledger: Look, since: float, until: float | None) -> float:
    """The last moment before `until` of which the ledger has something."""
    query = """
        SELECT coalesce(max(at), :since) FROM (
            SELECT at FROM samples UNION ALL SELECT at FROM submissions UNION ALL SELECT settled_at FROM submissions
        ) WHERE at >= :since AND (:until IS NULL OR at < :until)
    """
    return ask(ledger, query, tuple[Moment], {"since": since, "until": until})[0][0]


def _minute(sample: Sample) -> int:
    return int(sample.at // MINUTE)


def _is_spent(sample: Sample) -> bool:
    return sample.used is not None and sample.total is not None and sample.used >= SPENT * sample.total > 0


def _between(line: Sequence[Point], at: float) -> float:
    """The value of the line at `at`, straight between its points."""
    index = bisect_right(line, at, key=lambda point: point[0])
    if index == len(line):
        return line[-1][1]
    (left, low), (right, high) = line[index - 1], line[index]
    return low + (high - low) * (at - left) / (right - left)


def _thinned(points: Sequence[Point], seconds: float, one: Callable[[Sequence[float]], float]) -> list[Point]:
    """At most `POINTS` of them: of each part of the time one, whose value `one` makes of those of the part."""
    if len(points) <= POINTS or seconds <= 0:
        return list(points)
    parts: dict[int, list[Point]] = {}
    for point in points:
        parts.setdefault(min(POINTS - 1, int(point[0] / seconds * POINTS)), []).append(point)
    return [(_mean([at for at, _ in part]), one([value for _, value in part])) for part in parts.values()]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
