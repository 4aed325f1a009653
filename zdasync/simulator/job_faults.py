"""Faults of background jobs, scripted per route and number: what becomes of jobs that were accepted.

A `JobFault` names the jobs that it befalls as a `Fault` names requests: the route that submits them, as a pattern, and
which of those jobs by number, counted from 1; jobs that were refused aren't counted. `chance` leaves out some of them,
by the account's own seeded random. The first fault in the list that fits a job takes it.

    Account(job_faults=[JobFault("POST /api/v2/users/*", "failed", jobs=(2,), after=40),
                        JobFault(kind="vanishes", chance=0.05)])

The kinds, and which fields they read:

| kind | what happens | fields |
|---|---|---|
| `failed` | when `after` rows are done, the job ends as "failed"; those rows stay as they are | `after`, `results` |
| `killed` | the same with the status "killed", which older accounts have | `after`, `results` |
| `vanishes` | from the moment `after` rows are done nothing shows the job any more; it goes on all the same | `after` |
| `rows_fail` | the rows at the places of `rows`, from 0, are refused with `error` and `details` | `rows`, ... |
| `stays_queued` | the job begins `seconds` later than it would | `seconds` |

That a submit is accepted and its reply lost is a `Fault` of its request: `reset_after`. States as in the Job statuses
page of the reference and in older clients; jobs that nothing shows any more were reported.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Final, Literal, get_args

import attrs

from . import patterns

Kind = Literal["failed", "killed", "vanishes", "rows_fail", "stays_queued"]

ENDINGS: Final = frozenset({"failed", "killed"})


def _numbers(value: Iterable[int] | None) -> frozenset[int] | None:
    return None if value is None else frozenset(value)


@attrs.frozen
class JobFault:
    """One fault for some jobs; the module's table says what each `kind` does and which fields it reads.

    `route` is a method (`*` for any) and a path pattern; `jobs` the numbers of the matching jobs, counted from 1, or
    None for all of them; `chance` from 0 to 1 says how many of those. `results` of a job that ends early are null, or
    `partial`: those of the rows that were done. Raises `ValueError` for a route without a method and an unknown kind.
    """

    route: str = "* /*"
    kind: Kind = attrs.field(default="failed", validator=attrs.validators.in_(get_args(Kind)))
    jobs: frozenset[int] | None = attrs.field(default=None, converter=_numbers, kw_only=True)
    chance: float = attrs.field(default=1.0, kw_only=True)
    after: int = attrs.field(default=0, kw_only=True)
    results: Literal["none", "partial"] = attrs.field(
        default="none", kw_only=True, validator=attrs.validators.in_(("none", "partial"))
    )
    message: str = attrs.field(default="Internal error", kw_only=True)
    rows: frozenset[int] = attrs.field(default=(0,), converter=frozenset, kw_only=True)
    error: str = attrs.field(default="InternalError", kw_only=True)
    details: str = attrs.field(default="Something went wrong", kw_only=True)
    seconds: float = attrs.field(default=60.0, kw_only=True)

    def __attrs_post_init__(self) -> None:
        patterns.read(self.route)

    def covers(self, method: str, path: str) -> bool:
        """Does the fault's route fit the request that submits a job? `path` is without `.json`."""
        return patterns.read(self.route).values(method, path) is not None

    def ends_at(self, done: int) -> bool:
        """Does the job end early when so many rows are done?"""
        return self.kind in ENDINGS and done >= self.after

    def hides_at(self, done: int) -> bool:
        """Is the job shown nowhere when so many rows are done?"""
        return self.kind == "vanishes" and done >= self.after

    def refusal(self, row: int) -> dict[str, object] | None:
        """The result of the row at this place, where the fault refuses it."""
        if self.kind != "rows_fail" or row not in self.rows:
            return None
        return {"index": row, "error": self.error, "details": self.details}


class JobFaults:
    """The script: which fault befalls which job. Faults may be added while the account is being served."""

    def __init__(self, faults: Iterable[JobFault] = (), seed: int = 0) -> None:
        self._faults: list[tuple[JobFault, list[int]]] = []
        self._chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
        for fault in faults:
            self.add(fault)

    def add(self, fault: JobFault) -> None:
        """Append a fault; its jobs are counted from now on."""
        self._faults.append((fault, [0]))

    def clear(self) -> None:
        """No more faults for jobs to come."""
        self._faults.clear()

    def strike(self, method: str, path: str) -> JobFault | None:
        """Count a job for every fault whose route fits its submit, and say which one befalls it."""
        struck = None
        for fault, seen in self._faults:
            if not fault.covers(method, path):
                continue
            seen[0] += 1
            if struck is None and (fault.jobs is None or seen[0] in fault.jobs) and self._happens(fault):
                struck = fault
        return struck

    def _happens(self, fault: JobFault) -> bool:
        return fault.chance >= 1 or self._chance.random() < fault.chance
