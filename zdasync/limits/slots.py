"""The account's job slots: how many jobs may still be started, where other programs start some, too.

The model: the account runs 30 jobs at a time, whoever started them, and refuses the next submit. Replies to submits
say how many more there may be at that moment (`remaining` of the limit's header), and a refusal names the jobs that
hold the slots. So what others hold is reckoned with until there is other news:

- A reply counts all jobs, those of ours among them that have ended since nobody knows when. So others hold no fewer
  than what exceeds all of ours, and no more than what exceeds those of ours that a later poll still finds running.
  In between, the number stays what it was.
- A refusal means that others hold all that we do not, and at least the jobs of theirs that it names. Those are asked
  for with our own (`jobs.JobTracker`), so that the end of one is seen as soon as the end of ours.
- After a refusal one submit goes at a time, then two, four and so on as they are accepted. Where nothing is left by
  the numbers, one submit probes after a pause that doubles with each refusal and gets shorter with each that is
  accepted. The header's `resets` is no such pause: slots are free as jobs end.
- The first submit of all goes alone, since nobody has said yet what there is.

- Others who go on starting jobs are rivals: they come back for a slot that they freed as soon as they see it. So who
  has half of the slots, or more, leaves them what was theirs, and takes back what was his own; but for a probe now and
  then. Who has less takes what he finds. So all get some, and few submits meet.

Source: https://developer.zendesk.com/api-reference/introduction/rate-limits/ (30 jobs queued or running, the header
with `resets` of 60 in the sample, and the error with `current_job_ids`).
"""

from __future__ import annotations

from collections import deque
from math import inf
from typing import Final

from .bucket import Bucket
from .clock import ServerClock
from .terms import Terms

FIRST_PAUSE: Final = 2.0
"""Seconds after the first refusal until the next submit."""

MOST_PAUSE: Final = 15.0
"""Seconds after any refusal at the most."""

SHORTER: Final = 0.5
"""What an accepted submit leaves of the pause after the next refusal."""

SPREAD: Final = 2.0
"""A pause is longer by so many times the jitter."""

WATCHED: Final = 60.0
"""Seconds until a probe where each job of others is known by name and asked for: its end is seen without one."""

FRESH: Final = 60.0
"""Seconds for which a count of others' jobs holds without news: longer than that, nobody has wanted a slot."""

PATIENCE: Final = 3.0
"""Seconds to wait for the reply to the first submit before others go."""

RIVALS: Final = 30.0
"""Seconds for which others are taken for rivals after they were seen to have started a job."""

SPARE: Final = 4
"""One slot in so many that is free at once shows that nobody is after them any more."""

RECENT: Final = 64
"""So many ends of our own jobs are remembered: more than there are while one submit is under way."""


class Held:
    """One slot that a job of ours holds since the loop time `since`."""

    __slots__ = ("counted", "since")

    def __init__(self, since: float) -> None:
        self.since = since
        self.counted = 0
        """The number of the last count of the server's in which it is known to have been."""


class JobSlots(Bucket):
    """The tokens are slots: out while a submit is under way, and then until its job has ended."""

    __slots__ = (
        "_asked_at", "_count", "_held", "_met", "_named", "_number", "_others", "_pause", "_refused_at", "_released",
        "_rivals_until", "_running", "_told_at", "_total", "_wait", "_wait_until", "_window",
    )

    def __init__(self, terms: Terms) -> None:
        super().__init__(terms, "")
        self._total = max(terms.limit.count, terms.capacity)
        """The server's number, whatever we allow ourselves."""
        self._held = 0
        """Slots of jobs of ours; what else is in flight are submits without a reply."""
        self._others = 0
        """Slots of others, as far as is known."""
        self._named = 0
        """Those of them whose jobs are known by name, and go on."""
        self._met = False
        """Has any submit been answered by a job, or by a refusal?"""
        self._window: float = inf
        """So many submits may be under way at once."""
        self._pause = FIRST_PAUSE / 2
        self._wait = FIRST_PAUSE
        """The pause of this moment, jitter included."""
        self._wait_until = -inf
        self._refused_at = -inf
        self._told_at = -inf
        """When the server last told a number of jobs."""
        self._count = 0
        """That number."""
        self._number = 0
        """Which count of the server's it is."""
        self._running = 0
        """So many of the jobs in it are known to be ours."""
        self._rivals_until = -inf
        """Until then others are expected to take what they free."""
        self._asked_at = -inf
        """When a submit went last while none was under way."""
        self._released: deque[float] = deque(maxlen=RECENT)

    # -- what may go ----------------------------------------------------------------------------------------------

    def free(self, now: float, clock: ServerClock, leaving: int = 0) -> int:  # noqa: ARG002 - the signature of all buckets
        """How many submits may go at this moment."""
        ours = self._ours() - leaving
        if ours <= 0 or now < max(self.blocked_until, self._wait_until):
            return min(ours, 0)
        self._refresh(now)
        under_way = self.in_flight - self._held
        if not self._met:
            return ours if under_way and now >= self._asked_at + PATIENCE else int(not under_way)
        left = self._left() - leaving
        if left <= 0:
            return int(not under_way and now >= self._probe_at(now))
        return int(min(ours, left, self._window - under_way))

    def when(self, now: float, clock: ServerClock) -> float:  # noqa: ARG002 - the signature of all buckets
        """When more may go than now, unless a reply or the end of a job says so before."""
        if now < (shut_until := max(self.blocked_until, self._wait_until)):
            return shut_until
        if self._ours() <= 0:
            return inf
        under_way = self.in_flight - self._held
        if not self._met and under_way:
            patient = self._asked_at + PATIENCE
            return patient if now < patient else inf
        return max(now, self._probe_at(now)) if self._left() <= 0 and not under_way else inf

    def _room(self, now: float, clock: ServerClock) -> int:  # noqa: ARG002 - the signature of all buckets
        return 0 if now < max(self.blocked_until, self._wait_until) else max(0, min(self._ours(), self._left()))

    def _ours(self) -> int:
        """How many more we allow ourselves."""
        return self.terms.capacity - self.terms.reserve - self.in_flight

    def _left(self) -> int:
        """How many more the server allows, as far as is known."""
        return self._total - self._others - self.in_flight

    def _probe_at(self, now: float) -> float:
        """When one submit may try although nothing is left."""
        if self._contested(now):
            return self._refused_at + MOST_PAUSE
        wait = WATCHED if self._named >= self._others else self._wait
        return max(self._refused_at, self._told_at) + wait

    def _contested(self, now: float) -> bool:
        """Is what others free left to them?"""
        return now < self._rivals_until and 2 * self.in_flight >= self._total

    def _refresh(self, now: float) -> None:
        """What nobody has spoken of for long counts no more; then one goes ahead of the rest, as at first."""
        if self._others > self._named and now - max(self._refused_at, self._told_at) > FRESH:
            self._others, self._window = self._named, 1

    # -- submits and jobs of ours ---------------------------------------------------------------------------------

    def take(self, now: float) -> bool:
        """A submit goes."""
        if self.in_flight == self._held:
            self._asked_at = now
        return super().take(now)

    def hold(self, now: float) -> Held:
        """A submit was answered by a job: its slot stays out until `let_go`."""
        self._held += 1
        self._met = True
        self._pause = max(FIRST_PAUSE / 2, self._pause * SHORTER)
        self._wait = max(FIRST_PAUSE, self._pause)
        self._widen(self._window + 1)
        if self._left() < 0:
            self._others = self._named  # it was a probe; if the reply has a count, that tells more
        return Held(now)

    def let_go(self, now: float) -> None:
        """A job of ours has ended: its slot is free, whatever was refused before."""
        self._held -= 1
        self.in_flight -= 1
        self._released.append(now)
        self._wait_until = -inf

    def runs(self, held: Held, asked: float) -> bool:
        """A request of `asked` was told that this job of ours goes on; does that leave others fewer slots?"""
        if asked < self._told_at or held.since > self._told_at or held.counted == self._number:
            return False
        held.counted = self._number
        self._running += 1
        theirs = max(self._named, self._count - self._running)
        if theirs >= self._others or self._contested(asked):
            return False
        self._others = theirs
        return True

    # -- jobs of others -------------------------------------------------------------------------------------------

    def told(self, total: int, remaining: int, sent: float, now: float) -> None:
        """The reply at `now` to a submit of `sent` says how many more jobs there may be."""
        self._total = total
        count = total - remaining
        ours = self.in_flight + sum(at >= sent for at in self._released)
        if count - ours > self._others:
            self._others = count - ours
            self._rivals_until = now + RIVALS
        if remaining * SPARE > total:
            self._rivals_until = -inf
        self._widen(remaining // 2)
        if sent <= self._told_at and count < self._count:
            return  # it was overtaken
        self._count, self._running, self._told_at = count, 0, now
        self._number += 1

    def refused(self, sent: float, now: float, jitter: float) -> float:
        """A submit of `sent` was turned away; gives the seconds until the next one may try."""
        if sent > self._refused_at:
            self._pause = min(2 * self._pause, MOST_PAUSE)
            self._wait = self._pause * (1 + SPREAD * jitter)
            self._refused_at, self._wait_until = now, now + self._wait
        if self._met and self._left() > 0:
            self._rivals_until = now + RIVALS
        self._met, self._window = True, 1
        self.full()
        return max(0.0, self._refused_at + self._wait - now)

    def full(self) -> None:
        """All slots are taken: others hold those that we don't."""
        self._others = max(self._named, self._total - self._held)

    def named(self) -> None:
        """A job of others holds a slot; it will be asked for."""
        self._named += 1
        self._others = max(self._others, self._named)

    def named_ended(self, now: float) -> None:
        """One of those has ended."""
        self._named -= 1
        if not self._contested(now):
            self._others = max(self._others - 1, self._named)

    def _widen(self, window: float) -> None:
        self._window = max(self._window, window)
        if self._window >= self._total:
            self._window = inf
