"""Values of input rows as JSON has them, and what is in a file of rows that is none of the input.

Cells of a CSV file are texts. Other sources have values of their own: a time becomes a text in ISO 8601, in UTC where
it has a zone and without one where it has none; a date and a time of day likewise; a decimal the text of its digits,
as a number of JSON would lose some of them; a tuple becomes a list, and an attrs instance an object of the fields that
differ from their defaults. What JSON has nothing for is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any, Final

import attrs

from ..records._record import JsonValue
from ..records.codec import written_fields
from .rows import Problem

__all__ = ["MAX_ROW", "OWN", "UNREADABLE", "Unwritable", "cells_of", "iso_time", "json_value", "too_large"]

MAX_ROW: Final = 1_000_000
"""Bytes that one row of a text file may have, and characters of one text elsewhere."""
OWN: Final = "zdasync_"
"""Columns whose names begin so say why rows of an earlier run failed: they are passed over."""

UNREADABLE: Final = frozenset({
    "BadCharacter", "BadEncoding", "BadQuoting", "InvalidJson", "NoMapping", "RaggedRow", "RowTooLarge",
    "UnwritableCell",
})  # fmt: skip
"""Codes of rows whose cells are not to be relied on: some are missing, moved to another column, or altered."""

_PLAIN: Final = frozenset({bool, int, type(None)})


class Unwritable(ValueError):
    """A value that JSON has nothing for; the text says why."""


def too_large() -> Problem:
    """What is wrong with a row of more than `MAX_ROW` bytes."""
    return Problem("RowTooLarge", f"the row has more than {MAX_ROW:,} bytes: Zendesk takes no such texts")


def cells_of(values: Mapping[Any, object]) -> tuple[dict[str, JsonValue], Problem | None]:
    """A row's values as JSON has them, and the first thing that is wrong with one; that one is left out."""
    cells: dict[str, JsonValue] = {}
    problem = None
    for name, value in values.items():
        if not isinstance(name, str):
            problem = problem or Problem("UnwritableCell", f"names of columns are texts, not {name!r:.80}")
        elif value.__class__ in _PLAIN or (value.__class__ is str and value.isascii() and len(value) < MAX_ROW):
            cells[name] = value  # type: ignore[assignment]
        elif not name.startswith(OWN):
            try:
                cells[name] = json_value(value)
            except Unwritable as error:
                problem = problem or Problem("UnwritableCell", str(error), field=name)
    if any(name.startswith(OWN) for name in cells):
        cells = {name: value for name, value in cells.items() if not name.startswith(OWN)}
    return cells, problem


def json_value(value: object) -> JsonValue:
    """The value as JSON has it; raises `Unwritable`."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float | Decimal):
        return _number(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, date | time):
        return iso_time(value) if isinstance(value, datetime) else value.isoformat()
    return _container(value)


def _container(value: object) -> JsonValue:
    if isinstance(value, Mapping):
        return {_name(name): json_value(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(inner) for inner in value]
    if attrs.has(type(value)):
        return {name: json_value(inner) for name, inner in written_fields(value).items()}
    raise Unwritable(f"a value of type {type(value).__name__} can't be written as JSON")


def iso_time(value: datetime) -> str:
    """A time in ISO 8601: in UTC with a `Z`, or without a zone where it has none."""
    if value.tzinfo is None:
        return value.isoformat()
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _number(value: float | Decimal) -> float | str:
    if not isfinite(value):
        raise Unwritable(f"JSON has no number {value}")
    return format(value, "f") if isinstance(value, Decimal) else value


def _text(value: str) -> str:
    if len(value) > MAX_ROW:
        raise Unwritable(f"a text of {len(value):,} characters: Zendesk takes no such texts")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Unwritable("the text has half a character (a lone surrogate), which no encoding can say") from None
    return value


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise Unwritable(f"names within an object are texts, not {name!r:.80}")
    return name
