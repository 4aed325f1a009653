"""When jobs will end, reckoned from what was seen of them, so that they are asked for then and seldom before.

The model: a job that tells its progress goes on as it has gone since it began. When it began, and when it reached what
it says, is known but for the time between two looks at it, so that its end lies between an earliest and a latest time
which come closer as it goes on. A job that tells nothing (progress "may jump from 0 to 100") is taken to last as long
as earlier ones of its kind, within twice their mean deviation. Where both can be said, the narrower one counts.
Evidence: recorded replies in which the progress is a count of rows, and others in which it jumps; 100 rows that took
two to four seconds in one account and five to sixteen in another.
Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/job_statuses/

Everything here is arithmetic on times that are passed in, loop times in seconds.
"""

from __future__ import annotations

from math import inf, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from .records.jobs import JobStatus

PRECISE: Final = 0.5
"""Seconds between the earliest and the latest end below which nothing is gained by looking before the end."""

PROBABLY: Final = 0.75
"""How far between the two a job is asked for then: mostly it has ended, and its slot has not been idle for long."""

REFINING: Final = 0.25
"""How far between the two it is asked for else, to know better."""

MOST_KINDS: Final = 256
"""Kinds of jobs whose durations are remembered."""

POLLS_SHARE: Final = 0.3
"""The part of the account's limit that polls may take at the most."""

_QUEUED: Final = frozenset({None, "queued"})


class Outlook(NamedTuple):
    """What is expected of one job."""

    not_before: float
    """Before this it does not pay to ask for it."""
    look_at: float
    """When it pays to ask for it again."""
    ends: float
    """How many times it ends in the next second, on average; 0 where its end is known better than that."""


class Durations:
    """How long jobs of one kind have lasted, the latest ones counting most."""

    __slots__ = ("deviation", "mean")

    def __init__(self) -> None:
        self.mean: float | None = None
        """Seconds from the submit to the end; None as long as none has ended."""
        self.deviation = 0.0
        """How far they are from it, on average."""

    def learn(self, seconds: float, unsure: float) -> None:
        """One more has ended after about so many seconds; `unsure` is how many less or more it may be in all."""
        if unsure > seconds:
            return
        if self.mean is None:
            self.mean, self.deviation = seconds, unsure / 2
            return
        away = abs(seconds - self.mean)
        self.deviation += (max(away, unsure / 4) - self.deviation) / 4
        self.mean += (seconds - self.mean) / 8


class Kinds:
    """The durations of all kinds of jobs: of an operation, with about so many rows."""

    def __init__(self) -> None:
        self.all = Durations()
        """Those of all jobs together."""
        self._known: dict[tuple[str, int], Durations] = {}

    def of(self, operation: str, rows: int | None) -> Durations:
        """Those of jobs like this one; jobs are alike whose rows are as many within a factor of two."""
        kind = (operation, (rows or 0).bit_length())
        known = self._known.get(kind)
        if known is None:
            if len(self._known) >= MOST_KINDS:
                self._known.clear()
            known = self._known[kind] = Durations()
        return known


class Forecast:
    """When one job will end. `submitted` is when that was answered; None for a job that was started elsewhere."""

    __slots__ = ("_asked", "_began", "_began_with", "_done", "_reached", "_submitted", "_total", "kind")

    def __init__(self, submitted: float | None, kind: Durations) -> None:
        self._submitted = submitted
        self.kind = kind
        """How long jobs like this one have lasted."""
        self._asked = -inf if submitted is None else submitted
        """When it surely had not ended."""
        self._began: tuple[float, float] | None = None
        """Between which times it had done `_began_with` rows."""
        self._began_with = 0
        self._reached = (0.0, 0.0)
        """Between which times it came to have done `_done` rows."""
        self._done = 0
        self._total = 0

    def see(self, status: JobStatus, total: int | None, asked: float, now: float) -> None:
        """A request of `asked` was told at `now` that the job goes on."""
        before, self._asked = self._asked, max(asked, self._asked)
        if status.status in _QUEUED:
            return
        done = status.progress or 0
        self._total = status.total or total or 0
        if self._began is None:
            self._begin(before, now, done)
        elif done > self._done:
            self._reached, self._done = (before, now), done

    def _begin(self, before: float, now: float, done: int) -> None:
        if self._submitted is None:  # it may have worked for long: how fast it goes is seen from here on
            self._began, self._began_with, self._done = (self._asked, now), done, done
        else:
            self._began, self._reached, self._done = (before, now), (before, now), done

    def lasted(self, now: float) -> tuple[float, float] | None:
        """It was seen to have ended: after about how many seconds, and how many less or more it may be in all."""
        if self._submitted is None:
            return None
        return (self._asked + now) / 2 - self._submitted, now - self._asked

    def outlook(self) -> Outlook | None:
        """When it pays to ask for the job again; None where nothing is known of its end.

        That is when it has most probably ended; sooner where a look would tell more exactly when that will be. A job
        that goes on beyond what was expected is asked for at growing intervals.
        """
        span = self._span()
        if span is None:
            return None
        earliest, latest = max(span[0], self._asked), span[1]
        if latest <= self._asked:
            again = self._asked + max(PRECISE, self._asked - latest) / 2
            return Outlook(again, again, 0.0)
        wide = latest - earliest
        if wide <= PRECISE:
            ended = earliest + PROBABLY * wide
            return Outlook(ended, ended, 0.0)
        return Outlook(earliest, earliest + REFINING * wide, 1 / wide if earliest <= self._asked else 0.0)

    def _span(self) -> tuple[float, float] | None:
        """The earliest and the latest end."""
        spans = [span for span in (self._by_progress(), self._by_kind(), self._by_rest()) if span is not None]
        if not spans:
            return None
        # What is over has turned out wrong, and counts only where there is nothing else.
        return min(spans, key=lambda span: (span[1] <= self._asked, span[1] - span[0]))

    def _by_progress(self) -> tuple[float, float] | None:
        done, total = self._done - self._began_with, self._total
        if self._began is None or done <= 0 or total < self._done:
            return None
        began, (first, last) = self._began, self._reached
        # The next row was not done at the last look, so that this one was done no longer before than a row takes.
        row = (last - began[0]) / done
        first = min(max(first, self._asked - row), last)
        ahead = (total - self._done) / done
        return first + (first - began[1]) * ahead, last + (last - began[0]) * ahead

    def _by_kind(self) -> tuple[float, float] | None:
        mean, around = self.kind.mean, 2 * self.kind.deviation
        if mean is None or self._submitted is None:
            return None
        return self._submitted + mean - around, self._submitted + mean + around

    def _by_rest(self) -> tuple[float, float] | None:
        """What is left of it lasts as long as that part of other jobs, unless what is done did not."""
        mean, around, began = self.kind.mean, 2 * self.kind.deviation, self._began
        if mean is None or began is None or self._submitted is None or not 0 < self._done < self._total:
            return None
        least, most, reached = mean - around, mean + around, self._reached[1]
        done, row = self._done / self._total, 1 / self._total
        if self._asked - began[1] > (done + row) * most or reached - began[0] < done * least:
            return None
        # The next row was not done at the last look.
        return self._asked + (1 - done - row) * least, reached + (1 - done) * most


def interval_of_polls(pace: float, slots: int, seconds: float | None) -> float:
    """Seconds between two polls so that polls and submits together spend what the account allows, and no more.

    `pace` are requests a minute. `slots` jobs at a time last so many `seconds` on average. Each job that has ended
    holds its slot for half an interval on average until a poll sees it, so that rarer polls mean fewer submits: this is
    the interval at which the sum of both is the pace. Polls alone take no more than `POLLS_SHARE` of it.
    """
    least = 60.0 / (POLLS_SHARE * pace)
    if seconds is None or not slots:
        return least
    # pace = 60 / interval + 60 slots / (seconds + interval / 2), solved for the interval.
    half = (pace * seconds - 60.0 * slots - 30.0) / pace
    return max(least, sqrt(half * half + 120.0 * seconds / pace) - half)
