"""Text as a terminal or a log can take it: keys, fields and error texts come from outside and may hold anything."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence


def printable(text: str) -> str:
    r"""The text with everything that a terminal would obey or hide written out (`\x1b`)."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def one_line(text: str) -> str:
    """The text on one line."""
    return printable(" ".join(text.split()))


def lookup(record: Mapping[str, object], path: str) -> object:
    """A field of a record; a path with dots (`user_fields.tier`) leads into objects. None where there is none."""
    found: object = record
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


def shown(value: object) -> str:
    """A value of a record on one line: nothing for null, lists with commas, objects as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        return ", ".join(map(shown, value))
    return printable(json.dumps(value, ensure_ascii=False, default=str))


def columns(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells, one below the other."""
    table = [tuple(map(printable, row)) for row in rows]
    return "\n".join(aligned(row, widths(table)) for row in table)


def widths(table: Iterable[Sequence[str]]) -> tuple[int, ...]:
    """How wide each column of a table is."""
    return tuple(max(map(len, cells)) for cells in zip(*table, strict=True))


def aligned(row: Sequence[str], width: Sequence[int]) -> str:
    """A row whose cells are filled up to the columns' widths."""
    return "  ".join(cell.ljust(wide) for cell, wide in zip(row, width, strict=True)).rstrip()


def span(seconds: float | None) -> str:
    """A length of time for people; None is a dash."""
    if seconds is None:
        return "-"
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds == int(seconds) else f"{seconds:.1f} s"


def duration(seconds: float) -> str:
    """A length of time as a clock shows it: `0:07`, `33:07`, `2:05:00`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
