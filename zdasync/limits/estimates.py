"""When a call would go out, reckoned from what waits already.

The model: each bucket gives its tokens back in rounds of its windows, and calls of the same or a higher priority take
theirs first. How many of them do depends on the time that is asked about: of a hundred upserts only so many come to
take a token of the account's as one a second lets through, and parked calls come when their targets are free. So the
time is found in steps: from now on, it is moved to when the call could go if those went first that can by then, until
it stays. It is an estimate: who comes later with a higher priority, and what others spend, is not in it.
"""

from __future__ import annotations

from math import inf
from typing import Final

import attrs

from ..errors import DeadlineExceeded
from .book import Charge
from .bucket import Bucket
from .clock import ServerClock
from .lanes import Pool

STEPS: Final = 12
"""After so many the time is taken as it is: mostly it stays after two or three."""


@attrs.frozen
class Estimate:
    """When a call would go out: `wait` in seconds from now, and the `limit` that decides it (None: at once).

    Where a limit frees its tokens when work ends (a job, a request under way), nobody can tell when: `wait` is then
    what the other limits take, and `limit` names that one if no other is in the way.
    """

    wait: float
    limit: str | None


@attrs.frozen
class Queue:
    """What waits, as a newcomer of some priority finds it."""

    pools: tuple[Pool, ...]
    priority: int
    now: float
    clock: ServerClock
    parked_until: float

    def estimate(self, charge: Charge, calls: int) -> Estimate:
        """When would the last of `calls` such requests go out, if they came now?"""
        at, limit = self.now, None
        for _ in range(STEPS):
            later, blame = self._at(charge, calls, at)
            if later <= at:
                return Estimate(at - self.now, blame if limit is None else limit)
            at, limit = later, blame
        return Estimate(at - self.now, limit)

    def _at(self, charge: Charge, calls: int, by: float) -> tuple[float, str | None]:
        """When the call could go if those went first that can until `by`, and the limit that decides."""
        latest, limit = self.now, None
        for bucket in (*charge.shared, *charge.keyed):
            at = bucket.expected(self.now, self.clock, self._ahead(bucket, charge, by) + calls)
            if latest < at < inf:
                latest, limit = at, bucket.terms.limit.name
            elif at == inf and limit is None:
                limit = bucket.terms.limit.name
        return latest, limit

    def _ahead(self, bucket: Bucket, charge: Charge, by: float) -> int:
        """How many calls take a token of the bucket before the newcomer does, if that is at `by`."""
        if bucket.terms.limit.key == "account":
            return sum(self._going(pool, bucket, charge, by) for pool in self.pools if bucket in pool.buckets)
        lines = [line for pool in self.pools if pool.buckets == charge.shared
                 for lines in pool.lines[: self.priority + 1] for line in lines.values()]
        return sum(lane.waiting for line in lines if (lane := line.lanes.get(charge.keyed)) is not None)

    def _going(self, pool: Pool, bucket: Bucket, charge: Charge, by: float) -> int:
        """How many calls of a pool can have taken a token of the bucket until `by`."""
        waiting = sum(pool.ahead[: self.priority + 1])
        if by >= self.parked_until:
            waiting += sum(pool.later[: self.priority + 1])
        slower = [narrow for wide, narrow in pool.narrows if wide is bucket and narrow not in charge.shared]
        return min([waiting, *(narrow.coming(self.now, self.clock, by) for narrow in slower)])


def too_late(estimate: Estimate) -> DeadlineExceeded:
    """The error of a call that would go out after its deadline."""
    if estimate.limit is not None and not estimate.wait:
        needed = f"it waited for {estimate.limit}, and when that is free can't be told"
    else:
        blame = f" (limit {estimate.limit})" if estimate.limit else ""
        needed = f"it would have needed {estimate.wait:.1f} s{blame}"
    return DeadlineExceeded(
        f"it could not go out before its deadline: {needed}",
        wait=estimate.wait,
        limit=estimate.limit,
    )
