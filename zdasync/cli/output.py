"""Where results go: tables drawn with rich in a terminal, aligned text elsewhere, JSON for machines.

No text of the account is read as markup, and what a terminal would obey is written out.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

from .text import aligned, lookup, printable, shown, widths

if TYPE_CHECKING:
    from rich.console import Console

Record = Mapping[str, object]

CHUNK: Final = 100
"""Rows of a table whose widths are found together; those after them come as they are read."""


def is_terminal(stream: TextIO) -> bool:
    """Does it go to a terminal that can draw?"""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def write(text: str, stream: TextIO | None = None) -> None:
    """Write a line, stdout's unless told otherwise, whatever letters its encoding lacks."""
    out = sys.stdout if stream is None else stream
    encoding = out.encoding or "utf-8"
    out.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    out.flush()


def console(stream: TextIO | None = None) -> Console:
    """A console of rich on a terminal; with NO_COLOR in the environment there is neither colour nor weight."""
    from rich.console import Console  # noqa: PLC0415 - dear to import

    return Console(
        file=stream, force_terminal=True, color_system=None if os.environ.get("NO_COLOR") else "auto",
        markup=False, highlight=False, emoji=False,
    )


def as_json(value: object, *, indent: int | None = None) -> str:
    """JSON in plain ASCII letters where the encoding of stdout may lack others."""
    return json.dumps(value, indent=indent, ensure_ascii=(sys.stdout.encoding or "").lower() != "utf-8", default=str)


def document(value: object, *, machine: bool) -> None:
    """One JSON document: on one line for machines, indented for people, with what a terminal would obey written out."""
    if machine:
        write(as_json(value))
        return
    write("\n".join(map(_harmless, as_json(value, indent=2).split("\n"))))


def _harmless(line: str) -> str:
    """JSON without letters that a terminal would obey or hide; it stays JSON."""
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] if one != "\x7f" else "\\u007f" for one in line)


def record(row: Record, fields: Sequence[str] | None, *, machine: bool) -> None:
    """One record: a JSON document, or a line for each of its fields that holds something. `fields` None: all."""
    if machine:
        document(row if fields is None else {name: lookup(row, name) for name in fields}, machine=True)
        return
    names = list(row) if fields is None else list(fields)
    pairs = [(name, shown(lookup(row, name))) for name in names]
    filled = [(printable(name), text) for name, text in pairs if text or fields is not None]
    if not is_terminal(sys.stdout):
        wide = max((len(name) for name, _ in filled), default=0)
        for name, text in filled:
            write(f"{name.ljust(wide)}  {text}".rstrip())
        return
    from rich.table import Table  # noqa: PLC0415 - dear to import
    from rich.text import Text  # noqa: PLC0415 - dear to import

    table = Table.grid(padding=(0, 2))
    for name, text in filled:
        table.add_row(Text(name, style="bold"), Text(text))
    console().print(table)


@contextmanager
def rows(columns: Sequence[str], *, machine: bool, whole: bool = False) -> Iterator[Callable[[Record], None]]:
    """What writes records as they come: an object a line for machines, else a table with these columns.

    `whole`: machines get all fields of each record and not only the columns.
    """
    if machine:
        yield lambda row: write(as_json(row if whole else {name: lookup(row, name) for name in columns}))
        return
    table = _Drawn(columns) if is_terminal(sys.stdout) else _Plain(columns)
    try:
        yield table.add
    finally:
        table.flush()


class _Plain:
    """A table as text. A column keeps its width from one chunk to the next unless it must become wider."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._head: list[tuple[str, ...]] = [tuple(map(printable, columns))]
        self._waiting: list[tuple[str, ...]] = []
        self._widths: tuple[int, ...] = (0,) * len(columns)

    def add(self, row: Record) -> None:
        """One more record."""
        self._waiting.append(tuple(shown(lookup(row, name)) for name in self._columns))
        if len(self._waiting) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        lines = [*self._head, *self._waiting]
        if lines:
            self._widths = tuple(map(max, self._widths, widths(lines)))
            self._write(lines)
        self._head, self._waiting = [], []

    def _write(self, lines: Sequence[Sequence[str]]) -> None:
        write("\n".join(aligned(line, self._widths) for line in lines))


class _Drawn(_Plain):
    """A table in a terminal."""

    def _write(self, lines: Sequence[Sequence[str]]) -> None:
        from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - dear to import
        from rich.table import Table  # noqa: PLC0415 - dear to import
        from rich.text import Text  # noqa: PLC0415 - dear to import

        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_header=bool(self._head), show_edge=False)
        for name, wide in zip(self._columns, self._widths, strict=True):
            table.add_column(Text(printable(name)), overflow="fold", min_width=min(wide, 12))
        for line in lines[len(self._head) :]:
            table.add_row(*map(Text, line))
        console().print(table)
