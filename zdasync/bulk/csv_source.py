"""Rows from a CSV file.

The first record is the header; each record after it is a row. A blank line is no row and is not counted. Cells are
texts, and a quoted cell may go on over several lines. Encodings are those whose ASCII characters are single bytes:
UTF-8, with or without its mark at the start, and the likes of cp1252; UTF-16 is not among them.

A row that can't be read is given with what is wrong with it, and reading goes on with the next line. A quote that is
opened and not closed as it should be takes in lines that may be rows of their own, up to the line on which it clashes
with another quote, or to the end of the file. Which of them are sound nobody can tell, so none is taken for sound:
each of these lines is given as a row of its own, with the cells that it has by itself, and with the line of the quote
in what is wrong with it. All other rows are unharmed.
Source: https://www.rfc-editor.org/rfc/rfc4180 and https://docs.python.org/3/library/csv.html
"""

from __future__ import annotations

import asyncio
import codecs
import csv
from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, Literal, NamedTuple

from ..errors import BadArgument, SourceError
from ..records._record import JsonValue
from .cells import MAX_ROW, OWN, too_large
from .files import Batches, digest, in_batches, read_ahead, skip_mark, unreadable
from .rows import InputRow, Problem

__all__ = ["CsvSource", "checked_header"]

_QUOTE: Final = 0x22
_PIECE: Final = 1 << 16
_State = Literal["fresh", "plain", "quoted", "closed"]


class _TooLarge(Exception):
    """The record has more bytes than a row may have."""


class _Record(NamedTuple):
    line: int
    cells: Sequence[str]
    problem: Problem | None


class CsvSource:
    """A CSV file: `path`, the character between cells, and the encoding."""

    format = "csv"

    def __init__(self, path: Path, *, delimiter: str, encoding: str) -> None:
        self._encoding = _checked_dialect(delimiter, encoding)
        self.path = path
        self.name = path.name
        self.delimiter = self._delimiter = delimiter
        self.expected: int | None = None
        self._columns: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        return f"<CsvSource {self.path}>"

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The names in the header, but for those that an earlier run has added; None until it has been read."""
        return self._columns

    async def open(self) -> None:
        """Read the header. Raises `SourceError` where there is none that could be one."""

        def header() -> None:
            for _ in self._read(rows=False):
                pass

        await asyncio.get_running_loop().run_in_executor(None, header)

    async def fingerprint(self) -> str:
        """The SHA-256 of the file."""
        found = await digest(self.path)
        self.expected = max(0, found.lines - 1)
        return found.sha256

    def batches(self) -> AsyncGenerator[list[InputRow], None]:
        """The rows in order, up to 500 at a time. Raises `SourceError` where the file is no CSV or can't be read."""
        return read_ahead(self._read())

    def _read(self, *, rows: bool = True) -> Batches:
        # A longer cell than the csv module's limit, which is everyone's, would be an error of its own.
        csv.field_size_limit(max(csv.field_size_limit(), MAX_ROW + 1))
        try:
            with self.path.open("rb") as file:
                skip_mark(file, self.path)
                lines = _Lines(file, self._encoding)
                records = iter(_Records(lines, self._delimiter))
                header = self._header(next(records, None), lines.first)
                self._columns = tuple(name for name in header if not name.startswith(OWN))
                if rows:
                    yield from in_batches(_rows(records, header), lambda: lines.offset)
        except OSError as error:
            raise unreadable(self.path, error) from error

    def _header(self, record: _Record | None, raw: bytes) -> list[str]:
        if record is None:
            raise SourceError(f"{self.path} is empty: its first line must name the columns", path=str(self.path))
        problem = record.problem
        if b"\r" in raw.rstrip(b"\r\n") and problem is not None:
            problem = Problem("BadQuoting", "lines end in carriage returns alone: save it with line feeds")
        if problem is not None:
            hint = "; say which encoding it has" if problem.code == "BadEncoding" else ""
            raise self._bad_header(problem.text + hint, record)
        other = next((one for one in ";\t|," if one != self._delimiter and one in record.cells[0]), None)
        if len(record.cells) == 1 and other is not None:
            raise self._bad_header(f"it names one column only: is the delimiter {other!r}?", record)
        return checked_header(record.cells, self.path, record.line)

    def _bad_header(self, why: str, record: _Record) -> SourceError:
        return SourceError(f"{self.path}, line {record.line}: the header: {why}", path=str(self.path), line=record.line)


def checked_header(cells: Sequence[str], path: Path, line: int | None = None) -> list[str]:
    """The names of columns without blanks around them; raises `SourceError` unless each is there, and once."""
    names = [cell.strip() for cell in cells]
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if "" in names:
        why = f"column {names.index('') + 1} has no name"
    elif twice is not None:
        why = f"two columns are called {twice!r}"
    elif all(name.startswith(OWN) for name in names):
        why = "there are no columns but those of a report"
    else:
        return names
    raise SourceError(f"{path}: {why}: each needs one of its own", path=str(path), line=line)


def _checked_dialect(delimiter: str, encoding: str) -> str:
    """The encoding by its usual name, that of UTF-8 with a mark at its start being UTF-8."""
    if len(delimiter) != 1 or delimiter in '"\r\n' or not delimiter.isascii():
        raise BadArgument(f"the delimiter is one ASCII character between cells, not {delimiter!r}")
    sample = f'a{delimiter}"\n'
    try:
        found = codecs.lookup(encoding).name.removesuffix("-sig")
        ascii_based = sample.encode(found) == sample.encode()
    except (LookupError, UnicodeError, TypeError):
        ascii_based = False
    if not ascii_based:
        raise BadArgument(
            f"encoding {encoding!r} is none in which ASCII characters are single bytes: save the file as UTF-8"
        )
    return found


def _rows(records: Iterator[_Record], header: Sequence[str]) -> Iterator[InputRow]:
    """The rows of the records, ragged ones with what is wrong with them."""
    width = len(header)
    own = any(name.startswith(OWN) for name in header)
    for position, (line, values, problem) in enumerate(records, 1):
        cells: dict[str, JsonValue] = dict(zip(header, values, strict=False))
        if own:
            cells = {name: value for name, value in cells.items() if not name.startswith(OWN)}
        if len(values) != width and (problem is None or problem.code == "WithinQuote"):
            yield InputRow(position, cells, _ragged(len(values), width), line)
        else:
            yield InputRow(position, cells, problem, line)


def _ragged(found: int, width: int) -> Problem:
    return Problem("RaggedRow", f"the row has {found} cells, and the header names {width} columns")


class _Lines(Iterator[str]):
    """The lines of a file as the csv module asks for them, with what must be known of those of one record."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._encoding = encoding
        self.offset = file.tell()
        self.number = 0
        """Of the line that was read last."""
        self.begin()

    def begin(self) -> None:
        """The next line is the first one of a record."""
        self.start = self.number + 1
        self.began = self.offset
        self.first = b""
        self.fault: Problem | None = None

    def __next__(self) -> str:
        raw = self._file.readline(MAX_ROW + 1)
        if not raw:
            raise StopIteration
        if self.first:
            if self.offset + len(raw) - self.began > MAX_ROW:
                raise _TooLarge
        else:
            self.first = raw
            if len(raw) > MAX_ROW:
                raise _TooLarge
        self.number += 1
        self.offset += len(raw)
        if b"\0" in raw:
            self.fault = Problem("BadCharacter", f"line {self.number} holds a NUL byte")
        try:
            return raw.decode(self._encoding)
        except UnicodeDecodeError as error:
            wrong = raw[error.start : error.start + 1].hex()
            self.fault = Problem("BadEncoding", f"line {self.number} holds the byte 0x{wrong}: no {self._encoding}")
            return raw.decode(self._encoding, "backslashreplace")

    def rewind(self) -> None:
        """Go back to where the record begins."""
        self.offset = self.began
        self.number = self.start - 1
        self._file.seek(self.began)

    def skip(self) -> None:
        """Pass over one line, however long it is."""
        self._file.seek(self.offset)
        for piece in iter(lambda: self._file.readline(_PIECE), b""):
            self.offset += len(piece)
            if piece.endswith(b"\n"):
                break
        self.number += 1

    def skip_record(self, delimiter: str) -> bool:
        """Pass over the record, however long it is; is its quoting right? If not, up to the line where it is wrong."""
        self.rewind()
        state: _State = "fresh"
        ended = True
        for piece in iter(lambda: self._file.readline(_PIECE), b""):
            self.offset += len(piece)
            self.number += ended
            ended = piece.endswith(b"\n")
            found = _state_after(piece, state, delimiter.encode())
            if found is None:
                return False
            state = found
            if ended and state != "quoted":
                return True
        return state != "quoted"


def _state_after(piece: bytes, state: _State, delimiter: bytes) -> _State | None:
    """Where a piece of a line leaves off, within a cell or after one; None where a quote stands wrong."""
    at = 0
    while at < len(piece):
        if state == "quoted":
            at = piece.find(b'"', at) + 1
            if not at:
                break
            state = "closed"
        elif state == "plain":
            at = piece.find(delimiter, at) + 1
            if not at:
                break
            state = "fresh"
        elif piece[at] == _QUOTE:
            state = "quoted"
            at += 1
        elif state == "closed" and piece[at : at + 1] not in (delimiter, b"\r", b"\n"):
            return None
        else:
            state = "plain"
    return state


class _Records:
    """The records of a file, also those that can't be read."""

    def __init__(self, lines: _Lines, delimiter: str) -> None:
        self._lines = lines
        self._delimiter = delimiter

    def __iter__(self) -> Iterator[_Record]:
        lines = self._lines
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        while True:
            lines.begin()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except _TooLarge:
                yield from self._oversized()
            except csv.Error as error:
                yield from self._misquoted(_quoting(str(error)))
            else:
                if cells:
                    yield _Record(lines.start, cells, lines.fault)

    def _oversized(self) -> Iterator[_Record]:
        lines = self._lines
        if lines.skip_record(self._delimiter):
            yield _Record(lines.start, (), too_large())
        else:
            yield from self._misquoted(_quoting("unexpected end"))

    def _misquoted(self, problem: Problem) -> Iterator[_Record]:
        """The record's first line, which is broken, and the lines that its quote has taken in."""
        lines = self._lines
        first, last = lines.start, lines.number
        lines.rewind()
        yield from self._alone(problem)
        within = Problem("WithinQuote", f"the line stands within a quote that line {first} opens and does not close")
        while lines.number < last:
            yield from self._alone(within)

    def _alone(self, problem: Problem) -> Iterator[_Record]:
        """One line, with the cells that it has by itself."""
        lines = self._lines
        lines.begin()
        try:
            text = next(lines)
            cells = next(csv.reader([text], delimiter=self._delimiter), [])
        except _TooLarge:
            lines.skip()
            yield _Record(lines.start, (), too_large())
        except csv.Error:
            yield _Record(lines.start, (), problem)
        else:
            if cells:
                yield _Record(lines.start, cells, problem)


def _quoting(error: str) -> Problem:
    """What the csv module complains about, in words that say what to do."""
    if error.startswith("unexpected end"):
        text = "a quote is opened and never closed"
    elif "expected after" in error:
        text = "text goes on after a closing quote: a quote within a quoted cell is written twice"
    elif error.startswith("new-line"):
        text = "a carriage return stands outside of quotes"
    else:
        text = error
    return Problem("BadQuoting", text)
