"""The numbers that a caller gives for limits: checked, and brought to the rows of the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from .config import checked_plan
from .errors import BadArgument
from .limits.table import ACCOUNT, LIMITS, PLANS, Limit, Plan

WITH_HIGH_VOLUME: Final = frozenset({"high_volume", "enterprise_plus"})
"""Plans that have the High Volume add-on, or have it built in."""


def ceilings(limits: Mapping[str, int] | Iterable[Limit] | None) -> dict[str, int]:
    """The numbers that the caller allows itself, by limit."""
    if not isinstance(limits, Mapping):
        return {}
    names = {row.name for row in LIMITS}
    for name, number in limits.items():
        if name not in names:
            raise BadArgument(f"there is no limit {name!r}; zdasync.LIMITS lists them")
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise BadArgument(f"limits[{name!r}] must be a whole number of at least 1, not {number!r}")
    return dict(limits)


def rows_and_numbers(
    plan: Plan | None, limits: Mapping[str, int] | Iterable[Limit] | None
) -> tuple[tuple[Limit, ...], dict[str, int]]:
    """The rows to live under, and the numbers that differ from theirs."""
    numbers: dict[str, int] = {}
    if plan is not None:
        count = PLANS[checked_plan(plan)]
        numbers = {ACCOUNT: count, "help-center": count}
        if plan in WITH_HIGH_VOLUME:
            numbers |= {row.name: row.high_volume for row in LIMITS if row.high_volume is not None}
    if limits is None or isinstance(limits, Mapping):
        return LIMITS, numbers
    rows = {row.name: row for row in LIMITS}
    for row in limits:
        rows[row.name] = row
        numbers.pop(row.name, None)
    return tuple(rows.values()), numbers


def checked_reserves(reserve: float | Mapping[str, float] | None, rows: Iterable[Limit]) -> dict[str, float]:
    """What is kept for others, by limit: shares below 1, or numbers of requests in a window."""
    if reserve is None:
        return {}
    named = reserve if isinstance(reserve, Mapping) else {ACCOUNT: reserve}
    windows = {row.name: row.interval for row in rows}
    for name, kept in named.items():
        if name not in windows:
            raise BadArgument(f"there is no limit {name!r} to reserve from; zdasync.LIMITS lists them")
        if windows[name] is None:
            raise BadArgument(f"{name!r} limits what is under way, not requests in a window: nothing can be reserved")
        if not _reservable(kept):
            raise BadArgument(f"reserve must be a share below 1 or a whole number of requests, not {kept!r}")
    return dict(named)


def _reservable(kept: object) -> bool:
    """Is it a share, or a whole number?"""
    if isinstance(kept, bool) or not isinstance(kept, int | float) or not kept >= 0:
        return False
    return kept < 1 or kept % 1 == 0
