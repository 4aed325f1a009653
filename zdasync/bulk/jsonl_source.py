"""Rows from a file with one JSON object a line, in UTF-8.

A blank line is no row and is not counted. A line that is no object, or too long, is given with what is wrong with it.
Source: https://jsonlines.org/
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from ..errors import SourceError
from .cells import MAX_ROW, OWN, too_large
from .files import Batches, digest, in_batches, read_ahead, skip_mark, unreadable
from .rows import InputRow, Problem

__all__ = ["JsonlSource"]

_PIECE: Final = 1 << 16


class JsonlSource:
    """A JSONL file."""

    format = "jsonl"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.expected: int | None = None

    def __repr__(self) -> str:
        return f"<JsonlSource {self.path}>"

    @property
    def columns(self) -> None:
        """None: each row has names of its own."""
        return None

    async def open(self) -> None:
        """Nothing has to be known before the rows."""

    async def fingerprint(self) -> str:
        """The SHA-256 of the file."""
        found = await digest(self.path)
        self.expected = found.lines
        return found.sha256

    def batches(self) -> AsyncGenerator[list[InputRow], None]:
        """The rows in order, up to 500 at a time. Raises `SourceError` where the file is no JSONL or can't be read."""
        return read_ahead(self._read())

    def _read(self) -> Batches:
        try:
            with self.path.open("rb") as file:
                skip_mark(file, self.path)
                yield from in_batches(self._rows(file), file.tell)
        except OSError as error:
            raise unreadable(self.path, error) from error

    def _rows(self, file: BinaryIO) -> Iterator[InputRow]:
        decode = msgspec.json.Decoder().decode
        position = 0
        for line, raw in enumerate(iter(lambda: file.readline(MAX_ROW + 1), b""), 1):
            if not raw.strip():
                continue
            position += 1
            if len(raw) > MAX_ROW:
                _skip_rest(file, raw)
                yield InputRow(position, {}, too_large(), line)
                continue
            try:
                cells = decode(raw)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                if position == 1 and raw.lstrip().startswith(b"["):
                    raise self._no_lines(line) from None
                yield InputRow(position, {}, _broken(error), line)
                continue
            if not isinstance(cells, dict):
                if position == 1 and isinstance(cells, list):
                    raise self._no_lines(line)
                yield InputRow(position, {}, Problem("InvalidJson", "the line is no JSON object"), line)
            elif any(name.startswith(OWN) for name in cells):
                yield InputRow(position, {k: v for k, v in cells.items() if not k.startswith(OWN)}, None, line)
            else:
                yield InputRow(position, cells, None, line)

    def _no_lines(self, line: int) -> SourceError:
        return SourceError(
            f"{self.path} is a JSON array: a JSONL file has one object a line and no commas between them",
            path=str(self.path), line=line,
        )


def _skip_rest(file: BinaryIO, raw: bytes) -> None:
    """Read to the end of a line that is too long, and forget it."""
    while raw and not raw.endswith(b"\n"):
        raw = file.readline(_PIECE)


def _broken(error: Exception) -> Problem:
    if isinstance(error, UnicodeDecodeError):
        return Problem("BadEncoding", f"the line is no UTF-8: {error.reason}")
    if isinstance(error, RecursionError):
        return Problem("InvalidJson", "the line is nested too deeply")
    return Problem("InvalidJson", f"the line is no JSON: {error}")
