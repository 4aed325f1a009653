"""Records in an order that their changes move them in, put in order when somebody reads it.

The model: a million imports with dates of the past, each put in its place at once, would each push half of the others
along. So what has moved is only noted; reading takes it out of the order, which the rest still has, and puts it in
again: one by one where that is little, else by a sort that finds two runs and merges them.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T", bound=Hashable)

FEW: Final = 16
"""So many are put in one by one."""


class InOrder(Generic[T]):
    """Records, or their ids, by `place`, as far as they are `kept`."""

    def __init__(self, place: Callable[[T], Any], kept: Callable[[T], bool] = lambda _: True) -> None:
        self._place = place
        self._kept = kept
        self._rows: list[T] = []
        self._moved: set[T] = set()

    def moved(self, record: T) -> None:
        """It is new, or its place may be another one, or it is kept no longer."""
        self._moved.add(record)

    def load(self, records: Iterable[T]) -> None:
        """All records there are."""
        self._rows, self._moved = sorted(filter(self._kept, records), key=self._place), set()

    def rows(self) -> Sequence[T]:
        """All of them in order; not to be changed."""
        if self._moved:
            self._settle()
        return self._rows

    def _settle(self) -> None:
        moved, self._moved = self._moved, set()
        rows = [row for row in self._rows if row not in moved]
        come = sorted(filter(self._kept, moved), key=self._place)
        if not rows or (come and self._place(rows[-1]) <= self._place(come[0])):
            rows += come
        elif len(come) <= FEW:
            for row in come:
                insort(rows, row, key=self._place)
        else:
            rows += come
            rows.sort(key=self._place)
        self._rows = rows
