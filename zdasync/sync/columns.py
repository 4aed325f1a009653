"""Rows of JSON laid out in columns, as SQLite and Parquet have them.

A key of the row is a column of the same name; what it holds is kept if it is a text, a number or a truth value, and
becomes JSON text if it is a list or an object. Custom fields are columns of their own: `user_fields.tier`,
`organization_fields.region`, `custom_fields.360001`. Names that differ in case alone are one name to SQLite, so the
second gets a few letters of its digest behind a `~`: which those are depends on the name only.

Rows of a table have nearly always the same keys, so how the keys of a row come into columns is found out once for each
set of keys, and what remains for a row is done by the interpreter's own loops.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, TypeAlias

import attrs

from ..records._record import Json
from ._storage import plain_text

__all__ = ["Columns", "Values"]

Values: TypeAlias = Sequence[Any]
"""A row's values in the order of the columns."""

PLAIN: Final = frozenset({str, int, float, bool, type(None)})
"""The types of what is kept as it is."""
MOST_LAYOUTS: Final = 2_000
"""How many sets of keys are remembered; past that they are found out anew."""
DIGITS: Final = 6
"""Letters of a digest that tell two columns apart."""

Keys: TypeAlias = tuple[Any, ...] | None
"""The keys of a row's custom fields; None where they are not in a form that is known."""


@attrs.frozen(eq=False)
class _Layout:
    """How rows with certain keys come into columns.

    `pick` takes the values of keys from a row; `order` arranges them, with those of the custom fields behind them, then
    those without a column as one, and None at the end, by column (None: they are in order). `rest`: the custom fields
    that have no column, by their place among them.
    """

    pick: Callable[[Mapping[str, Json]], tuple[Any, ...]]
    order: Callable[[Values], tuple[Any, ...]] | None
    rest: Mapping[int, str]


class Columns:
    """The columns of one table; there are more as soon as a row has more.

    `fields` is the key under which rows have their custom fields, `twice` one that is left out where it holds the same,
    `known` are the columns that there are. Past `most` columns, custom fields stay together as JSON text under the name
    that they have in the row.
    """

    def __init__(
        self, fields: str | None = None, twice: str | None = None, *, known: Iterable[str] = ("id",),
        most: int | None = None,
    ) -> None:
        self.names = list(known)
        """Names of the columns, in order; new ones come at the end."""
        self._places = {name: place for place, name in enumerate(self.names)}
        self._folded = {name.casefold() for name in self.names}
        self._fields = fields or ""
        self._twice = twice or ""
        self._most = most
        self._layouts: dict[Hashable, _Layout] = {}

    def lay(self, rows: Iterable[Mapping[str, Json]]) -> list[Values]:
        """The values of each row, by column, in the order of the rows."""
        before = len(self.names)
        found = [self._values(row) for row in rows]
        count = len(self.names)
        if count > before:
            found = [values if len(values) == count else (*values, *[None] * (count - len(values))) for values in found]
        return found

    def _values(self, row: Mapping[str, Json]) -> Values:
        held = row.get(self._fields)
        keys, custom = _custom(held)
        twice = self._twice in row and row[self._twice] == held
        shape = (tuple(row), keys, twice)
        layout = self._layouts.get(shape)
        if layout is None:
            layout = self._found(tuple(row), keys, twice=twice)
            self._layouts[shape] = layout
        values = [value if value.__class__ in PLAIN else plain_text(value) for value in (*layout.pick(row), *custom)]
        if layout.rest:
            rest = list(custom)
            values.append(plain_text({key: rest[place] for place, key in layout.rest.items()}))
        if layout.order is None:
            return values
        values.append(None)
        return layout.order(values)

    def _found(self, names: Sequence[str], keys: Keys, *, twice: bool) -> _Layout:
        """The layout of rows with these keys, after the columns that it needs are there."""
        before = len(self.names)
        apart = {self._fields} if keys is not None else set()
        plain = [name for name in names if name not in (apart | {self._twice} if twice else apart)]
        columns = [self._column(name) for name in plain]
        rest = {}
        for place, key in enumerate(keys or ()):
            columns.append(self._column(f"{self._fields}.{key}", may_be_none=True))
            if columns[-1] is None:
                rest[place] = str(key)
        if rest:
            columns.append(self._column(self._fields))
        if len(self.names) > before or len(self._layouts) >= MOST_LAYOUTS:
            self._layouts.clear()
        sources = {column: place for place, column in enumerate(columns)}
        order = [sources.get(column, len(columns)) for column in range(len(self.names))]
        in_order = order == list(range(len(columns)))
        return _Layout(_picker(plain), None if in_order else _picker(order), rest)

    def _column(self, path: str, *, may_be_none: bool = False) -> int | None:
        """The column of what stands at a path in the row; a new one if need be."""
        hashed = f"{path}~{hashlib.sha256(path.encode()).hexdigest()[:DIGITS]}".replace("\0", "")
        for name in (path, hashed):
            if name in self._places:
                return self._places[name]
        if may_be_none and self._most is not None and len(self.names) >= self._most:
            return None
        name = hashed if path.casefold() in self._folded or "\0" in path else path
        self._places[name] = len(self.names)
        self._folded.add(name.casefold())
        self.names.append(name)
        return self._places[name]


def _custom(held: Json) -> tuple[Keys, Iterable[Json]]:
    """Keys and values of custom fields: an object, or a list of objects with an `id` and a `value` each."""
    if held.__class__ is dict:
        return tuple(held), held.values()
    if held is None:
        return (), ()
    try:
        keys = tuple([field["id"] for field in held])
        values = [field["value"] for field in held]
        told_apart = len(set(keys)) == len(keys)
    except (TypeError, KeyError):
        return None, ()
    return (keys, values) if told_apart else (None, ())


def _picker(keys: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """What takes the values under several keys; `itemgetter` gives no tuple of one."""
    if len(keys) == 1:
        return lambda held: (held[keys[0]],)
    return itemgetter(*keys) if keys else lambda _: ()
