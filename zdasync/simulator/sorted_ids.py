"""Lists of ids that are kept ascending, so that a page of a list is a bisection and a slice."""

from __future__ import annotations

from bisect import bisect_left, insort


def add(ids: list[int], value: int) -> None:
    """Put an id in its place, once."""
    if not ids or ids[-1] < value:
        ids.append(value)
    elif ids[bisect_left(ids, value)] != value:
        insort(ids, value)


def discard(ids: list[int], value: int) -> None:
    """Take an id out, if it is there."""
    index = bisect_left(ids, value)
    if index < len(ids) and ids[index] == value:
        del ids[index]
