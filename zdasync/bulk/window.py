"""Rows that are read and not handed out yet, among which rows about one record become one.

The model: files that follow a business have many rows about one customer close together. Rows wait in a window that is
as wide as all jobs that can be under way, and a row about a record that is in the window is merged into the place of
the earlier one, whose fields give way to its own. So a row that is handed out seldom has to wait for a job that is
still at work. How wide the window is depends on nothing but the rows, so that the same rows are always merged alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .rows import Item

if TYPE_CHECKING:
    from .operations import Operation

__all__ = ["Window", "merged_fields"]

WIDTH: Final = 3_000
"""Rows that wait: as many as 30 jobs have."""


class _Place(msgspec.Struct, eq=False, gc=False):
    item: Item
    follows: frozenset[int]
    """Positions of earlier rows about the same record, inside of the window or not."""


class Window:
    """Rows in the order in which they will be sent. `merge`: may rows become one?"""

    def __init__(self, operation: Operation, *, merge: bool) -> None:
        self._operation = operation
        self._merge = merge
        self._places: dict[int, _Place] = {}
        self._where: dict[int, int] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._places)

    def add(self, item: Item, earlier: Sequence[int]) -> None:
        """A row, and for each of its keys the position of the last row that had it."""
        if earlier and self._merge:
            number = self._where.get(max(earlier))
            if number is not None and self._mergeable(self._places[number].item.fields, item.fields):
                self._unite(number, item, earlier)
                return
        self._places[self._next] = _Place(item, frozenset(earlier))
        self._where[item.position] = self._next
        self._next += 1

    def _unite(self, number: int, item: Item, earlier: Sequence[int]) -> None:
        """Both rows in the place of the earlier one."""
        place = self._places[number]
        other = place.item
        fields = merged_fields(other.fields, item.fields)
        place.item = msgspec.structs.replace(
            item.writing(fields), key=item.key or other.key, absorbed=(*other.absorbed, other)
        )
        place.follows |= frozenset(earlier)
        self._where[item.position] = number

    def _mergeable(self, first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
        """Are they the same record by all that both give, and can both be written at once?"""
        same = all(
            str(first[name]).casefold() == str(second[name]).casefold()
            for name in self._operation.names if first.get(name) and second.get(name)
        )
        return same and self._operation.repeatable(first) and self._operation.repeatable(second)

    def take(self, rows: int, size: int) -> tuple[list[Item], set[int]]:
        """Up to so many rows, of so many bytes (one at least), and the positions of the rows that they follow."""
        items: list[Item] = []
        follows: set[int] = set()
        own: set[int] = set()
        for number in list(self._first(rows)):
            place = self._places[number]
            size -= len(place.item.encoded)
            if items and size < 0:
                break
            items.append(place.item)
            if place.follows:
                follows |= place.follows
            own.add(place.item.position)
            if place.item.absorbed:
                own.update(one.position for one in place.item.absorbed)
            del self._places[number]
        for position in own:
            del self._where[position]
        return items, follows - own

    def _first(self, count: int) -> Iterator[int]:
        for number, _ in zip(self._places, range(count), strict=False):
            yield number


def merged_fields(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """What two rows write one after the other: the later one wins, field by field, and within objects too."""
    fields = dict(first)
    for name, value in second.items():
        before = fields.get(name)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            fields[name] = {**before, **value}
        elif name == "custom_fields" and isinstance(before, list) and isinstance(value, list):
            fields[name] = list({one["id"]: one for one in (*before, *value)}.values())
        else:
            fields[name] = value
    return fields
