"""Where the rows of a bulk run come from: a file, or whatever the program has.

The model: a source gives batches of rows in their order, each row with its position from 1 and, in a file, its line.
A row that can't be read is a row with a problem, and reading goes on; where the whole input can't be read, a
`SourceError` says so. Files are read in a thread, a batch ahead and never more, so memory does not grow with them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, Sized
from contextlib import aclosing
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, runtime_checkable

import attrs

from ..errors import BadArgument, SourceError
from ..records.codec import written_fields
from .cells import cells_of
from .rows import InputRow, Problem

if TYPE_CHECKING:
    Row: TypeAlias = Mapping[str, object] | attrs.AttrsInstance

__all__ = ["FORMATS", "Source", "SourceLike", "open_source"]

FORMATS: Final[Mapping[str, str]] = {
    ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet",
}
"""Suffixes of files, and the format of each."""

_AT_ONCE: Final = 100
"""Rows of a program that are taken in one go: the event loop waits for them."""


@runtime_checkable
class Source(Protocol):
    """Rows to read, in order. Each call of `batches` begins at the first one."""

    format: str
    """`csv`, `jsonl` or `parquet`, or `rows` where no file holds them."""
    name: str
    """The file's name, for people; `rows` where there is none."""
    expected: int | None
    """About how many rows there are, where that is known before they are read."""

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The names of the columns once it is open; None where each row has names of its own."""

    async def open(self) -> None:
        """Learn the columns. Raises `SourceError` where the input can't be read."""

    async def fingerprint(self) -> str | None:
        """What tells the content of a file from any other; None where there is no file."""

    def batches(self) -> AsyncGenerator[list[InputRow], None]:
        """The rows in order, up to 500 at a time. Raises `SourceError` where the input can't be read (on)."""


SourceLike: TypeAlias = "Source | str | PathLike[str] | Iterable[Row] | AsyncIterable[Row]"
"""What rows can be read from: the path of a file, or rows, each a mapping or an attrs instance."""


def open_source(
    source: SourceLike, *, format: str | None = None, delimiter: str | None = None, encoding: str = "utf-8"  # noqa: A002
) -> Source:
    """The source for a path, whose suffix tells the format unless `format` does, or for rows of the program itself.

    `delimiter` (a comma, and a tab in a `.tsv`) and `encoding` are those of a CSV file. Nothing is read yet. Of an
    attrs instance the fields count that differ from their defaults. Raises `BadArgument` for what rows can't come from.
    """
    if isinstance(source, str | PathLike):
        return _file(Path(source), format, delimiter, encoding)
    if format is not None or delimiter is not None:
        raise BadArgument("format and delimiter are those of a file: rows of a program have none")
    given: object = source
    if isinstance(given, Source):
        return given
    if isinstance(given, Iterable | AsyncIterable) and not isinstance(given, Mapping | bytes):
        return _Rows(given)
    raise BadArgument(f"rows come from a file or from an iterable of mappings, not from {type(source).__name__}")


def _file(path: Path, format: str | None, delimiter: str | None, encoding: str) -> Source:  # noqa: A002
    found = FORMATS.get(path.suffix.lower()) if format is None else format
    if found == "csv":
        from .csv_source import CsvSource  # noqa: PLC0415 - only what is read is imported

        tabs = path.suffix.lower() == ".tsv"
        return CsvSource(path, delimiter=delimiter or ("\t" if tabs else ","), encoding=encoding)
    if delimiter is not None:
        raise BadArgument(f"only CSV files have a delimiter, and {path} is none")
    if found == "jsonl":
        from .jsonl_source import JsonlSource  # noqa: PLC0415

        return JsonlSource(path)
    if found == "parquet":
        from .parquet_source import ParquetSource  # noqa: PLC0415

        return ParquetSource(path)
    if format is None:
        raise BadArgument(f"{path}: the suffix tells no format; name one of {', '.join(FORMATS)}, or say format=")
    raise BadArgument(f"there is no format {format!r}: it is one of csv, jsonl and parquet")


class _Rows:
    """Rows of the program itself."""

    format = "rows"
    name = "rows"
    columns = None

    def __init__(self, rows: Iterable[Row] | AsyncIterable[Row]) -> None:
        self._rows = rows
        self._begun = False
        self.expected = len(rows) if isinstance(rows, Sized) else None

    def __repr__(self) -> str:
        return f"<rows of {type(self._rows).__name__}>"

    async def open(self) -> None:
        """Nothing has to be known before the rows."""

    async def fingerprint(self) -> None:
        """Nothing tells such rows from others before they have been read."""

    async def batches(self) -> AsyncGenerator[list[InputRow], None]:
        """The rows in order, 100 at a time."""
        if self._begun and isinstance(self._rows, Iterator | AsyncIterator):
            raise SourceError("these rows have been read: an iterator gives them once; give them again to read them")
        self._begun = True
        batch: list[InputRow] = []
        async with aclosing(_each(self._rows)) as rows:
            position = 0
            async for row in rows:
                position += 1
                batch.append(_row(position, row))
                if len(batch) == _AT_ONCE:
                    yield batch
                    batch = []
        if batch:
            yield batch


async def _each(rows: Iterable[Any] | AsyncIterable[Any]) -> AsyncGenerator[Any, None]:
    if isinstance(rows, AsyncIterable):
        iterator = aiter(rows)
        try:
            async for row in iterator:
                yield row
        finally:
            if isinstance(iterator, AsyncGenerator):
                await iterator.aclose()
    else:
        for row in rows:
            yield row


def _row(position: int, row: object) -> InputRow:
    if isinstance(row, Mapping):
        return InputRow(position, *cells_of(row))
    if attrs.has(type(row)):
        return InputRow(position, *cells_of(written_fields(row)))
    problem = Problem("NoMapping", f"a row is a mapping or an attrs instance, not {row!r:.80}")
    return InputRow(position, {}, problem)
