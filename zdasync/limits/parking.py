"""Where lanes stand that only their own target holds up, until that target may have room again.

A lane is parked at the bucket of its target that will be free last. It is looked at again when something happens to
that bucket (a reply, a merger), or when the time comes that the bucket named. Nobody looks at parked lanes in between:
50,000 profiles at their five a minute cost nothing until the minute ends.
"""

from __future__ import annotations

from heapq import heappop, heappush
from math import inf

from .bucket import Bucket, live
from .clock import ServerClock
from .lanes import Lane
from .terms import Terms


class Parking:
    """All parked lanes of a scheduler."""

    def __init__(self) -> None:
        self._lanes: dict[Bucket, list[Lane]] = {}
        self._until: list[tuple[float, int, Bucket]] = []

    def park(self, lane: Lane, now: float, clock: ServerClock) -> None:
        """One of its targets has no room."""
        blocked = [bucket for bucket in map(live, lane.buckets) if bucket.free(now, clock) <= 0]
        until, bucket = max(((one.when(now, clock), one) for one in blocked), key=lambda pair: pair[0])
        lane.parked, lane.posted, lane.limit = True, -1, bucket.terms.limit.name
        lane.refresh()
        lanes = self._lanes.get(bucket)
        if lanes is not None:
            lanes.append(lane)
            return
        self._lanes[bucket] = [lane]
        if until < inf:
            heappush(self._until, (until, id(bucket), bucket))

    def unpark(self, bucket: Bucket) -> None:
        """The bucket changed: whoever is parked there is looked at again."""
        for lane in self._lanes.pop(bucket, ()):
            lane.parked = False
            lane.refresh()

    def proved(self, terms: Terms) -> None:
        """Calls that a doubt in this limit's windows holds up are looked at again."""
        for bucket in [bucket for bucket in self._lanes if bucket.terms is terms]:
            self.unpark(bucket)

    def unpark_due(self, now: float) -> None:
        """Look again at those whose time has come."""
        while self._until and self._until[0][0] <= now:
            self.unpark(heappop(self._until)[2])

    def clear(self) -> None:
        """Nobody waits any more: forget those that were cancelled while they stood here."""
        self._lanes.clear()
        self._until.clear()

    @property
    def next_at(self) -> float:
        """The loop time at which the next one's time comes."""
        return self._until[0][0] if self._until else inf
