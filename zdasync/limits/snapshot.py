"""`zd.limits`: every bucket as it stands now, for people (print it) and for programs (iterate it)."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Final, Literal

import attrs

from .bucket import Bucket
from .scheduler import Scheduler
from .table import CONNECTIONS, LIMITS, Limit

Origin = Literal["documented", "given", "learned", "hidden", "client"]
"""Where a limit is known from: the table, the caller, a header of a reply, a rejection, or the client's own options."""

_COLUMNS: Final = ("limit", "key", "total", "used", "reserve", "remaining", "reset", "waiting", "origin")


@attrs.frozen
class LimitState:
    """One bucket at one moment."""

    limit: str
    """The row's name in `zdasync.limits.table.LIMITS`, or `connections` for the client's own."""
    key: str
    """The target that it counts for (`id:35436`); empty for the account."""
    total: int
    used: int
    """Requests that count at the moment, in flight ones among them, or the server's count if that is higher."""
    remaining: int
    reset: float | None
    """Seconds until the next token comes back; None while nothing is out or while that hangs on replies."""
    waiting: int
    """Calls that wait and will take from this bucket."""
    model: str
    """How tokens come back: `aligned`, `sliding` or `completion`."""
    reserve: int
    """Requests in each window that are kept for others."""
    origin: Origin


class LimitsSnapshot:
    """All buckets in use, the account's first. `str()` of it is a table."""

    def __init__(self, states: list[LimitState]) -> None:
        self._states = states

    def __iter__(self) -> Iterator[LimitState]:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)

    def __getitem__(self, limit: str) -> LimitState:
        """The first bucket of the limit with this name; raises `KeyError` when none is in use."""
        for state in self._states:
            if state.limit == limit:
                return state
        raise KeyError(limit)

    def to_dicts(self) -> list[dict[str, object]]:
        """The same for JSON."""
        return [attrs.asdict(state) for state in self._states]

    def __str__(self) -> str:
        rows = [_COLUMNS, *(_row(state) for state in self._states)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
                         for row in rows)

    def __repr__(self) -> str:
        return f"<LimitsSnapshot of {len(self)} buckets>"


def _row(state: LimitState) -> tuple[str, ...]:
    reset = "-" if state.reset is None else f"{state.reset:.1f} s"
    numbers = map(str, (state.total, state.used, state.reserve, state.remaining))
    return (state.limit, state.key or "-", *numbers, reset, str(state.waiting), state.origin)


def states(scheduler: Scheduler) -> list[LimitState]:
    """Every bucket in use as it stands now."""
    waiting = scheduler.waiting()
    return [_state(scheduler, bucket, waiting[bucket]) for bucket in scheduler.book]


def _state(scheduler: Scheduler, bucket: Bucket, waiting: int) -> LimitState:
    now, clock, terms = scheduler.now(), scheduler.book.clock, bucket.terms
    used = bucket.used(now, clock)
    total = terms.limit.count if terms.limit.name == CONNECTIONS else terms.capacity  # fewer while it warms up
    back = bucket.resets(now, clock)
    model = "completion" if terms.interval is None else "sliding" if terms.sliding else "aligned"
    return LimitState(
        limit=terms.limit.name, key=bucket.name, total=total, used=used,
        remaining=max(0, total - used), reset=None if back == inf else max(0.0, back - now),
        waiting=waiting, model=model, reserve=terms.reserve, origin=_origin(terms.limit),
    )


def _origin(row: Limit) -> Origin:
    if row.learned or row.hidden:
        return "learned" if row.learned else "hidden"
    if row.name == CONNECTIONS:
        return "client"
    return "documented" if row in LIMITS else "given"
