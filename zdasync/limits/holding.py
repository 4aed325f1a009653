"""Job slots that are held: by jobs of ours, and by those of others that a refusal named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .slots import JobSlots

if TYPE_CHECKING:
    from .scheduler import Scheduler


class JobSlot:
    """A slot that a job of ours holds."""

    __slots__ = ("_bucket", "_held", "_released", "_scheduler")

    def __init__(self, scheduler: Scheduler, bucket: JobSlots) -> None:
        self._scheduler = scheduler
        self._bucket = bucket
        self._held = bucket.hold(scheduler.now())
        self._released = False

    def running(self, asked: float) -> None:
        """A request that was sent at `asked` was told that the job goes on."""
        if not self._released and self._bucket.runs(self._held, asked):
            self._scheduler.wake()

    def release(self) -> None:
        """The slot is free."""
        if self._released:
            return
        self._released = True
        now = self._scheduler.now()
        self._bucket.terms.held_for(now - self._held.since)
        self._bucket.let_go(now)
        self._scheduler.wake()


class OthersSlot:
    """A slot that a job of others holds, as a refusal said."""

    __slots__ = ("_bucket", "_released", "_scheduler")

    def __init__(self, scheduler: Scheduler, bucket: JobSlots) -> None:
        self._scheduler = scheduler
        self._bucket = bucket
        self._released = False
        bucket.named()

    def running(self, asked: float) -> None:
        """It is held on: nothing new."""

    def release(self) -> None:
        """Its job has ended, or can't be asked for."""
        if not self._released:
            self._released = True
            self._bucket.named_ended(self._scheduler.now())
            self._scheduler.wake()
