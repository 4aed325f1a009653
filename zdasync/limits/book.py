"""All buckets of one account: which ones a request is charged to, and which names mean one target.

A shared bucket (key `account`) lives as long as the book. A bucket per target lives while it holds a charge, a block or
a waiting lane; idle ones are swept whenever their number has doubled, so that no task and no timer is needed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from .._core.route import Route
from .bucket import Bucket
from .clock import ServerClock
from .keys import names_of
from .table import ACCOUNT, JOBS, LIMITS, Limit, limits_for

SWEEP: Final = 1024
"""Buckets per target from which on idle ones are swept."""

NAMES: Final = 50_000
"""Targets whose several names are remembered; the longest unused go first."""


ROUTES: Final = 4096
"""Routes whose limits are remembered: more than there are, for those who build paths by hand."""

FORGET: Final = 64
"""Requests under way from which on a hidden limit no longer matters."""


class Charge(NamedTuple):
    """What one request takes a token from: shared buckets, and those of its targets."""

    shared: tuple[Bucket, ...]
    keyed: tuple[Bucket, ...]
    names: tuple[str, ...] = ()
    """The names of the profile, where it is charged per profile."""


class Book:
    """The buckets of one account."""

    def __init__(
        self,
        rows: tuple[Limit, ...] = LIMITS,
        *,
        connections: int = 100,
        capacities: Mapping[str, int] | None = None,
        ceilings: Mapping[str, int] | None = None,
    ) -> None:
        self.rows = rows
        self.clock = ServerClock()
        self.refuted: set[str] = set()
        """Limits for which aligned windows turned out to be the wrong model."""
        self.totals: dict[str, int] = {}
        """What the server says that limits per target count up to."""
        self.ceilings = dict(ceilings or {})
        """What the caller allows itself, by limit: the server's word may lower it, never raise it."""
        self._capacities = {**(capacities or {}), **self.ceilings}
        self._assumed = {row.name for row in rows if row.assumed} - set(self._capacities)
        self._found: dict[tuple[str, str, bool], tuple[tuple[Bucket, ...], tuple[Limit, ...]]] = {}
        self._shared: dict[str, Bucket] = {}
        self._hidden: dict[str, Bucket] = {}
        self._keyed: dict[str, dict[str, Bucket]] = {row.name: {} for row in rows if row.key != "account"}
        """By limit, then by the name of the target."""
        self._names: dict[str, str] = {}
        self._groups: OrderedDict[str, set[str]] = OrderedDict()
        self._made = 0
        """Buckets per target that were made since the last sweep, and those that it left."""
        self._sweep_at = SWEEP
        self.wire = Bucket(
            Limit(name="connections", count=connections, interval=None, endpoints=()), "", connections, sliding=True
        )
        job_row = next((row for row in rows if row.name == JOBS), None)
        self.jobs = None if job_row is None else self.shared(job_row)
        """The account's job slots; None when the rows have no such limit."""
        for row in rows:
            if row.name == ACCOUNT:
                self.shared(row)  # shown before the first request, too

    # -- what a request is charged to -----------------------------------------------------------------------------

    def charge(self, route: Route, path: str, fields: Mapping[str, object], actor: str, now: float) -> Charge:
        """The buckets that a request takes tokens from.

        `path` and `fields` name its target, `actor` is who calls; see `names_of`.
        """
        key = (route.method, route.template, route.job)
        found = self._found.get(key)
        if found is None:
            found = self._find(key)
        shared, rows = found
        if self._hidden and (hidden := self._hidden.get(route.operation)) is not None:
            shared = (*shared, hidden)
        if not rows:
            return Charge(shared, ())
        if self._made >= self._sweep_at:
            self._sweep(now)
        keyed: list[Bucket] = []
        profile: tuple[str, ...] = ()
        for row in rows:
            names = names_of(row.key, path, fields, actor)
            if row.key == "profile":
                profile = names
            keyed += self._of_target(row, names)
        return Charge(shared, tuple(keyed), profile)

    def _find(self, key: tuple[str, str, bool]) -> tuple[tuple[Bucket, ...], tuple[Limit, ...]]:
        """The shared buckets of a route and its limits per target, remembered."""
        method, template, job = key
        rows = limits_for(method, template, self.rows)
        shared = [self.wire, *(self.shared(row) for row in rows if row.key == "account")]
        if job and self.jobs is not None:
            shared.append(self.jobs)
        if len(self._found) >= ROUTES:
            self._found.clear()
        found = tuple(shared), tuple(row for row in rows if row.key != "account")
        self._found[key] = found
        return found

    def shared(self, row: Limit) -> Bucket:
        """The account's bucket of a limit."""
        bucket = self._shared.get(row.name)
        if bucket is None:
            bucket = self._shared[row.name] = self._new(row, "")
        return bucket

    def _new(self, row: Limit, name: str) -> Bucket:
        capacity = self.totals.get(row.name) or self._capacities.get(row.name, row.count)
        sliding = not self.clock.known or row.name in self.refuted
        return Bucket(row, name, capacity, sliding=sliding)

    def _of_target(self, row: Limit, names: Iterable[str]) -> list[Bucket]:
        keyed = self._keyed[row.name]
        buckets = []
        for name in dict.fromkeys(self._names.get(name, name) for name in names):
            bucket = keyed.get(name)
            if bucket is None:
                self._made += 1
                bucket = keyed[name] = self._new(row, name)
            buckets.append(bucket)
        return buckets

    def _sweep(self, now: float) -> None:
        clock = self.clock
        for row, keyed in self._keyed.items():
            self._keyed[row] = {name: bucket for name, bucket in keyed.items() if not bucket.idle(now, clock)}
        self._made = sum(map(len, self._keyed.values()))
        self._sweep_at = max(SWEEP, 2 * self._made)

    # -- hidden limits ----------------------------------------------------------------------------------------------

    def hide(self, route: str) -> Bucket:
        """A rejection that no known limit explains: from now on this route has a limit on what is under way.

        It starts at one, grows by one with each reply that is not a rejection, and is forgotten at `FORGET`.
        """
        bucket = self._hidden.get(route)
        if bucket is None:
            row = Limit(name=f"hidden: {route}", count=1, interval=None, endpoints=(), hidden=True)
            bucket = self._hidden[route] = Bucket(row, "", 1, sliding=True)
        bucket.capacity = max(1, bucket.capacity // 2)
        return bucket

    def passed(self, route: str) -> None:
        """A request on this route was not rejected."""
        bucket = self._hidden.get(route)
        if bucket is not None:
            bucket.capacity += 1
            if bucket.capacity >= FORGET:
                del self._hidden[route]

    # -- names ----------------------------------------------------------------------------------------------------

    def same(self, names: Sequence[str]) -> list[Bucket]:
        """One reply showed these names to be one profile, its id first: they share their windows from now on.

        A name that belonged to another id has moved. Gives the buckets that were merged away.
        """
        if len(names) < 2:  # noqa: PLR2004 - one name has nothing to share with
            return []
        first = self._names.get(names[0], names[0])
        group = self._groups.setdefault(first, {names[0]})
        self._groups.move_to_end(first)
        merged = []
        for name in names[1:]:
            other = self._names.get(name, name)
            if other == first:
                continue
            theirs = self._groups.get(other, {name})
            if any(known.startswith("id:") for known in theirs):
                theirs.discard(name)
                group.add(name)
            else:
                group |= self._groups.pop(other, {name})
                merged += self._merge(first, other)
        for name in group:
            self._names[name] = first
        while len(self._groups) > NAMES:
            _, old = self._groups.popitem(last=False)
            for name in old:
                self._names.pop(name, None)
        return merged

    def _merge(self, first: str, other: str) -> list[Bucket]:
        merged = []
        for row in self.rows:
            if row.key != "profile" or (bucket := self._keyed[row.name].pop(other, None)) is None:
                continue
            into = self._keyed[row.name].get(first)
            if into is None:
                bucket.name = first
                self._keyed[row.name][first] = bucket
            else:
                into.merge(bucket)
                merged.append(bucket)
        return merged

    # -- all of them --------------------------------------------------------------------------------------------------

    def of(self, name: str) -> list[Bucket]:
        """All buckets of a limit that are in use."""
        shared = [self._shared[name]] if name in self._shared else []
        return [*shared, *self._keyed.get(name, {}).values()]

    def __iter__(self) -> Iterator[Bucket]:
        yield self.wire
        yield from self._shared.values()
        yield from self._hidden.values()
        for keyed in self._keyed.values():
            yield from keyed.values()

    def is_assumed(self, name: str) -> bool:
        """Is the number of this limit a guess so far?"""
        return name in self._assumed

    def confirm(self, name: str) -> None:
        """The server named the number of this limit."""
        self._assumed.discard(name)

    def align(self, now: float) -> None:
        """The clock became known: every limit that is not refuted gets its tokens back at the server's edges."""
        for bucket in self:
            if bucket.limit.name not in self.refuted:
                bucket.become(now, self.clock, sliding=False)

    def refute(self, name: str, now: float) -> None:
        """Aligned windows are the wrong model for this limit: count as a sliding log from now on."""
        self.refuted.add(name)
        for bucket in self.of(name):
            bucket.become(now, self.clock, sliding=True)
