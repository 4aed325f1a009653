"""All buckets of one account: which ones a request is charged to, and which names mean one target.

A shared bucket (key `account`) lives as long as the book. A bucket per target lives while it holds a charge, a block
or a waiting lane. When a call is done with it, it retires; the scheduler has the retired ones swept a window later,
some at a time, so that an idle target costs nothing and one that is waited for is not looked at.

What falls under which limits is data: the rows of the table, matched by method and path. Replies can add to it: a
header of a limit that no row names for this route attaches the row that has such a header, or a row of its own
(`learn`), and a rejection that nothing explains puts the route under a hidden limit (`hide`). Calls that wait at that
moment hold a charge that is out of date; `current` tells.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import attrs

from .._core.route import Route
from .bucket import Bucket
from .clock import ServerClock
from .hidden import HiddenBucket, Passed
from .keys import names_of
from .slots import JobSlots
from .table import ACCOUNT, CONNECTIONS, JOBS, LIMITS, PLANS, Limit, limits_for
from .terms import Terms

SLICE: Final = 500
"""Buckets that are looked at in one go when retired ones are swept: well below a millisecond."""

NAMES: Final = 50_000
"""Names of profiles that are remembered beside their ids; the longest unseen go first."""

ROUTES: Final = 4096
"""Routes whose limits are remembered: more than there are, for those who build paths by hand."""


GUESSED_PACE: Final = PLANS["team"]
"""Requests a minute until the server names the account's number: what the smallest usual plan allows."""

UNLIMITED: Final = 1_000_000_000
"""What a limit counts up to that doesn't exist after all, for calls that still wait for it."""


_VARIABLE: Final = re.compile(r"/(?:\d+|\{\w+\})(?=[/.]|\Z)")


@lru_cache(maxsize=ROUTES)
def shape(template: str) -> str:
    """A path without its ids, whether it is a template or a real path that somebody built by hand."""
    return _VARIABLE.sub("/{id}", template)


def place_of(route: Route) -> tuple[str, str]:
    """What replies teach holds for: the method and the path, whatever the ids in it."""
    return route.method, shape(route.template)


class Charge(NamedTuple):
    """What one request takes a token from: shared buckets, and those of its targets."""

    shared: tuple[Bucket, ...]
    keyed: tuple[Bucket, ...]
    names: tuple[str, ...] = ()
    """The names of the profile, where it is charged per profile."""


class _Found(NamedTuple):
    """What the requests of one route fall under."""

    shared: tuple[Bucket, ...]
    rows: tuple[Limit, ...]
    """Its limits per target."""


class Book:
    """The buckets of one account.

    `capacities` replaces numbers of the rows, `ceilings` caps them, `reserves` keeps a part of them for others: a share
    below 1, or a number of requests in a window.
    """

    def __init__(
        self,
        rows: tuple[Limit, ...] = LIMITS,
        *,
        connections: int = 100,
        capacities: Mapping[str, int] | None = None,
        ceilings: Mapping[str, int] | None = None,
        reserves: Mapping[str, float] | None = None,
    ) -> None:
        self.rows = rows
        self.clock = ServerClock()
        self.refuted: set[str] = set()
        """Limits for which aligned windows turned out to be the wrong model."""
        self.ceilings = dict(ceilings or {})
        """What the caller allows itself, by limit: the server's word may lower it, never raise it."""
        self.version = 0
        """Goes up whenever routes fall under other limits than before."""
        self._reserves = dict(reserves or {})
        self._capacities = {**(capacities or {}), **self.ceilings}
        self._assumed = {row.name for row in rows if row.assumed} - set(self._capacities)
        self._terms: dict[str, Terms] = {}
        self._found: dict[tuple[str, str, bool], _Found] = {}
        self._learned: dict[tuple[str, str], tuple[Limit, ...]] = {}
        """By place: rows that replies have added to the table's."""
        self._hidden: dict[tuple[str, str], HiddenBucket] = {}
        self._passed: dict[tuple[str, str], Passed] = {}
        self._shared: dict[str, Bucket] = {}
        self._keyed: dict[str, dict[str, Bucket]] = {row.name: {} for row in rows if row.key != "account"}
        """By limit, then by the name of the target."""
        self._names: OrderedDict[str, str] = OrderedDict()
        """The id of the profile that a name means."""
        self._retired: list[Bucket] = []
        self._sweeping: list[Bucket] = []
        """Those that retired before this round of sweeping."""
        wire = Limit(name=CONNECTIONS, count=connections, interval=None, endpoints=())
        self.wire = Bucket(Terms(wire, connections, sliding=True, sparing=True), "")
        job_row = next((row for row in rows if row.name == JOBS), None)
        self.jobs = None if job_row is None else JobSlots(self.terms(job_row))
        """The account's job slots; None when the rows have no such limit."""
        if self.jobs is not None:
            self._shared[JOBS] = self.jobs
        for row in rows:
            if row.name == ACCOUNT:
                self.shared(row)  # shown before the first request, too

    # -- what a request is charged to -----------------------------------------------------------------------------

    def charge(self, route: Route, path: str, fields: Mapping[str, object], actor: str) -> Charge:
        """The buckets that a request takes tokens from.

        `path` and `fields` name its target, `actor` is who calls; see `names_of`.
        """
        shared, rows = self._find(route)
        if not rows:
            return Charge(shared, ())
        keyed: list[Bucket] = []
        profile: tuple[str, ...] = ()
        for row in rows:
            names = names_of(row.key, path, fields, actor)
            if row.key == "profile":
                profile = names
            keyed += self._of_target(row, names)
        return Charge(shared, tuple(keyed), profile)

    def current(self, charge: Charge, route: Route) -> bool:
        """Is this still what a request on the route falls under?"""
        return self._find(route).shared is charge.shared

    def shared_of(self, route: Route) -> tuple[Bucket, ...]:
        """The shared buckets that a request on the route falls under now."""
        return self._find(route).shared

    def _find(self, route: Route) -> _Found:
        key = (route.method, route.template, route.job)
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= ROUTES:
                self._found.clear()
            found = self._found[key] = self._look_up(route)
        return found

    def _look_up(self, route: Route) -> _Found:
        place = place_of(route)
        known = limits_for(route.method, route.template, self.rows)
        rows = dict.fromkeys((*known, *self._learned.get(place, ())))
        shared = [self.wire, *(self.shared(row) for row in rows if row.key == "account")]
        if route.job and self.jobs is not None and self.jobs not in shared:
            shared.append(self.jobs)
        if place in self._hidden:
            shared.append(self._hidden[place])
        return _Found(tuple(shared), tuple(row for row in rows if row.key != "account"))

    def _changed(self, route: Route) -> None:
        """The route falls under other limits now."""
        place = place_of(route)
        for key in [key for key in self._found if (key[0], shape(key[1])) == place]:
            del self._found[key]
        self.version += 1

    def shared(self, row: Limit) -> Bucket:
        """The account's bucket of a limit."""
        bucket = self._shared.get(row.name)
        if bucket is None:
            bucket = self._shared[row.name] = Bucket(self.terms(row), "")
        return bucket

    def terms(self, row: Limit) -> Terms:
        """What is in force for a limit."""
        terms = self._terms.get(row.name)
        if terms is None:
            name = row.name
            terms = self._terms[name] = Terms(
                row, self._capacities.get(name, row.count),
                sliding=not self.clock.known or name in self.refuted,
                kept=self._reserves.get(name, 0), sparing=row.key == "account" and row.interval is not None,
            )
        return terms

    def _of_target(self, row: Limit, names: Iterable[str]) -> list[Bucket]:
        keyed = self._keyed[row.name]
        buckets = []
        for name in dict.fromkeys(self._names.get(name, name) for name in names):
            bucket = keyed.get(name)
            if bucket is None:
                bucket = keyed[name] = Bucket(self.terms(row), name)
            buckets.append(bucket)
        return buckets

    # -- targets that are done with -----------------------------------------------------------------------------------

    def retire(self, buckets: Iterable[Bucket]) -> None:
        """Calls are done with these buckets of targets: once they are idle they can go."""
        self._retired += buckets

    def sweep(self, now: float, most: int = SLICE) -> bool:
        """Look at up to `most` retired buckets and drop the idle ones; tells whether there are more to look at.

        One that isn't idle yet comes round again. When all have been looked at, those follow that retired meanwhile.
        """
        looked, self._sweeping[-most:] = self._sweeping[-most:], []
        for bucket in looked:
            keyed = self._keyed[bucket.terms.limit.name]
            if keyed.get(bucket.name) is not bucket or bucket.lanes:
                continue
            if bucket.idle(now, self.clock):
                del keyed[bucket.name]
                if not keyed:
                    keyed.clear()  # deleting leaves it as large as it was
            else:
                self._retired.append(bucket)
        if self._sweeping:
            return True
        self._sweeping, self._retired = self._retired, []
        return False

    @property
    def has_retired(self) -> bool:
        """Are there any buckets to look at?"""
        return bool(self._sweeping or self._retired)

    # -- limits that no row names ---------------------------------------------------------------------------------

    def learn(self, route: Route, header: str, total: int, interval: float) -> Limit:
        """A reply on this route named a limit that its rows don't: from now on it falls under it.

        That is the row with such a header if there is one, else a new one for the account and this route, with
        windows of `interval` seconds.
        """
        place = place_of(route)
        known = dict.fromkeys((*self.rows, *(row for rows in self._learned.values() for row in rows)))
        rows = tuple(row for row in known if row.header == header) or (
            Limit(name=header, header=header, count=total, interval=interval, learned=True,
                  endpoints=(" ".join(place),), source="a header of a reply"),
        )
        self._learned[place] = (*self._learned.get(place, ()), *rows)
        self._changed(route)
        return rows[-1]

    def learnable(self, route: Route, header: str) -> bool:
        """May a reply on this route put it under a limit with this header? Not if that limits what is under way."""
        learned = self._learned.get(place_of(route), ())
        return not any(row.header == header for row in learned) and all(
            row.interval is not None for row in self.rows if row.header == header
        )

    def lengthen(self, name: str, interval: float) -> None:
        """The windows of a learned limit turn out to be longer."""
        terms = self._terms.get(name)
        if terms is None:
            return
        before, terms.interval = terms.interval or interval, interval
        terms.limit = attrs.evolve(terms.limit, interval=interval)
        for bucket in self.of(name):
            bucket.stretch(before, interval)

    def unlearn(self, name: str) -> None:
        """A learned limit does not count what it seemed to."""
        for place, rows in self._learned.items():
            self._learned[place] = tuple(row for row in rows if row.name != name)
        for bucket in self.of(name):
            bucket.terms.total(UNLIMITED)
        self._shared.pop(name, None)
        self._terms.pop(name, None)
        self._found.clear()
        self.version += 1

    def hide(self, route: Route, now: float) -> HiddenBucket:
        """A rejection that no known limit explains: from now on this route is paced by a hidden limit."""
        place = place_of(route)
        bucket = self._hidden.get(place)
        if bucket is None:
            bucket = self._hidden[place] = HiddenBucket(route.operation)
            self._changed(route)
        passed = self._passed.get(place)
        bucket.rejected(now, 0.0 if passed is None else passed.rate(now))
        return bucket

    def passed(self, route: Route, now: float) -> None:
        """A request on this route was not rejected."""
        place = place_of(route)
        passed = self._passed.get(place)
        if passed is None:
            if len(self._passed) >= ROUTES:
                self._passed.clear()
            passed = self._passed[place] = Passed(now)
        passed.one(now)
        if self._hidden and (bucket := self._hidden.get(place)) is not None:
            bucket.passed(now)
            if bucket.forgotten:
                del self._hidden[place]
                self._changed(route)

    # -- names ----------------------------------------------------------------------------------------------------

    def same(self, names: Sequence[str]) -> list[Bucket]:
        """One reply showed these names to be one profile, its id first: they share their windows from now on.

        A name that belonged to another id has moved. Gives the buckets that were merged away.
        """
        merged: list[Bucket] = []
        for name in names[1:]:
            known = self._names.get(name)
            self._names[name] = names[0]
            self._names.move_to_end(name)
            if known is None:
                merged += self._merge(names[0], name)
        while len(self._names) > NAMES:
            self._names.popitem(last=False)
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

    def pace(self) -> float:
        """Requests a minute that spend the account's window evenly; a cautious guess while its number is one."""
        bucket = self._shared.get(ACCOUNT)
        if bucket is None or self.is_assumed(ACCOUNT):
            return GUESSED_PACE
        terms = bucket.terms
        return (terms.capacity - terms.reserve) * 60.0 / (terms.interval or 60.0)

    def left_to_us(self, now: float) -> float:
        """Requests a minute of the account's limit without those that are reserved, or that others seem to take."""
        bucket = self._shared.get(ACCOUNT)
        if bucket is None or bucket.word is None or self.is_assumed(ACCOUNT):
            return self.pace()
        terms = bucket.terms
        theirs = max(terms.reserve, *bucket.word.expectation(now, terms.capacity)[:2])
        return max(1, terms.capacity - theirs) * 60.0 / (terms.interval or 60.0)

    def services(self) -> list[Bucket]:
        """The buckets of the account's limit and of its services'."""
        return [bucket for bucket in self._shared.values() if bucket.terms.limit.service]

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
        for name in self._terms:
            if name not in self.refuted:
                self._slide(name, now, sliding=False)

    def refute(self, name: str, now: float) -> None:
        """Aligned windows are the wrong model for this limit: count as a sliding log from now on."""
        self.refuted.add(name)
        self._slide(name, now, sliding=True)

    def _slide(self, name: str, now: float, *, sliding: bool) -> None:
        terms = self._terms.get(name)
        if terms is None or terms.sliding == sliding:
            return
        buckets = self.of(name)
        for bucket in buckets:
            bucket.used(now, self.clock)  # what has come back in the old way by now, has come back
        terms.slide(sliding=sliding)
        for bucket in buckets:
            bucket.recount(now, self.clock)
