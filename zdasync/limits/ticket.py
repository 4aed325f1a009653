"""Leave to send: what the scheduler gives, and what the reply settles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .bucket import Bucket, live
from .holding import JobSlot
from .slots import JobSlots
from .terms import Terms

if TYPE_CHECKING:
    from .scheduler import Scheduler


class Ticket:
    """Leave to send one attempt. One of `settle`, `lost` and `give_back` ends it; a second one does no harm."""

    __slots__ = ("_buckets", "_scheduler", "_ventured", "limit", "seq", "waited")

    def __init__(
        self,
        scheduler: Scheduler,
        buckets: tuple[Bucket, ...],
        seq: int,
        waited: float,
        limit: str | None,
        ventured: Sequence[Terms] = (),
    ) -> None:
        self._scheduler = scheduler
        self._buckets: tuple[Bucket, ...] = buckets
        self._ventured = ventured
        """Limits whose aligned windows this request helps to prove."""
        self.seq = seq
        """The call's place in the queue: give it to `admit` when the call is sent again."""
        self.waited = waited
        """Seconds that it waited."""
        self.limit = limit
        """The limit that held it up last; None when it went at once."""

    def settle(
        self, date: float | None, heed: Callable[[], None] | None = None, *, rejected: bool = False
    ) -> None:
        """A reply is in; `date` is the server's time in it, in unix seconds.

        `heed` is called before anybody else is let go: it brings what the reply says of the limits to the buckets.
        `rejected`: the server turned the request away for one of them.
        """
        now, clock = self._scheduler.now(), self._scheduler.book.clock
        self._scheduler.heard(now)
        for bucket in self._end(passed=not rejected):
            bucket.settle(now, clock, date)
        if heed is not None:
            heed()
        self._scheduler.wake()

    def lost(self) -> None:
        """It may have been sent, but its reply is lost."""
        now, clock = self._scheduler.now(), self._scheduler.book.clock
        for bucket in self._end():
            bucket.settle_lost(now, clock)
        self._scheduler.wake()

    def give_back(self) -> None:
        """It was not sent: nothing is charged."""
        for bucket in self._end():
            bucket.give_back()
        self._scheduler.wake()

    def keep(self, slots: JobSlots) -> JobSlot:
        """Take the token of the job slots out of the ticket: it comes back with the slot."""
        self._buckets = tuple(other for other in self._buckets if other is not slots)
        return JobSlot(self._scheduler, slots)

    def _end(self, *, passed: bool = False) -> Sequence[Bucket]:
        """The buckets to settle, each once: two names of one target may have been charged side by side."""
        for terms in self._ventured:
            self._prove(terms, passed=passed)
        self._ventured = ()
        buckets, self._buckets = self._buckets, ()
        for bucket in buckets:
            if bucket.merged_into is not None:
                buckets = _merged(buckets)
                break
        targets = [bucket for bucket in buckets if bucket.terms.limit.key != "account"]
        for bucket in targets:
            self._scheduler.unpark(bucket)
        if targets:
            self._scheduler.retire(targets)
        return buckets

    def _prove(self, terms: Terms, *, passed: bool) -> None:
        if terms.proof is not None and terms.proof.ended(passed=passed):
            terms.proof = None
        if terms.limit.key != "account":
            self._scheduler.proved(terms)


def _merged(buckets: Sequence[Bucket]) -> tuple[Bucket, ...]:
    """The buckets that took over, each once; a second token of the same one goes back."""
    ended: list[Bucket] = []
    for bucket in map(live, buckets):
        if bucket in ended:
            bucket.give_back()
        else:
            ended.append(bucket)
    return tuple(ended)
