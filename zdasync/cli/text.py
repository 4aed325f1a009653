"""Text as a terminal or a log can take it: keys and error texts come from outside and may hold anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def printable(text: str) -> str:
    r"""The text with everything that a terminal would obey or hide written out (`\x1b`)."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def one_line(text: str) -> str:
    """The text on one line."""
    return printable(" ".join(text.split()))


def columns(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells, one below the other."""
    table = [tuple(map(printable, row)) for row in rows]
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
    )


def span(seconds: float | None) -> str:
    """A length of time for people; None is a dash."""
    if seconds is None:
        return "-"
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds == int(seconds) else f"{seconds:.1f} s"
