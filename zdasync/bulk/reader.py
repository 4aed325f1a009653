"""The ledger of a bulk run as those see it who only read it, also while a run writes.

The model: a look opens the file read-only, reads in one transaction, so that its numbers fit each other, and closes it.
A listing is a chain of looks, each of which goes on after the last row of the one before: it holds nothing between
them, so that one left early leaves nothing open, and a slow one doesn't keep the writer from tidying up. SQLite lets
readers and a writer of a file in WAL mode work side by side.
Source: https://www.sqlite.org/wal.html
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar

import msgspec

from ..errors import LedgerError
from .ledger import VERSION

__all__ = ["Count", "Look", "Moment", "Rows", "ask", "damaged", "look"]

T = TypeVar("T")

Look: TypeAlias = sqlite3.Connection
"""A connection that may read, within one transaction."""

Moment: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1e11)]
"""Unix seconds that a calendar has a date for."""
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]

PAGE: Final = 1000
"""Rows that a listing reads at once."""
WEIGHT: Final = 4_000_000
"""Characters of cells after which it takes a break earlier."""
PATIENCE: Final = 5.0
"""Seconds to wait while the first reader after a crash puts the file in order."""


@contextlib.contextmanager
def look(path: Path) -> Iterator[Look]:
    """One look at the ledger at `path`: a snapshot of it.

    Raises `LedgerError` where there is none that can be read: "damaged", or "locked" while somebody has all of it.
    """
    try:
        with contextlib.closing(_opened(path)) as db:
            version = db.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()
            if version != (VERSION,):
                found = None if version is None else version[0]
                raise damaged(path, f"it is of version {found!r:.20}, this program reads {VERSION!r}")
            yield db
    except sqlite3.Error as error:
        raise _unreadable(path, error) from error
    except msgspec.MsgspecError as error:
        raise damaged(path, f"it holds what no run writes: {error}") from error


def ask(ledger: Look, query: str, kind: type[T], values: Mapping[str, object] | None = None) -> list[T]:
    """All rows that a query finds, each as a tuple of this kind; within a look, any other means a damaged ledger."""
    found: list[T] = msgspec.convert(
        ledger.execute(query, values or {}).fetchall(), list[kind],  # type: ignore[valid-type]
    )
    return found


def damaged(path: Path, why: str) -> LedgerError:
    """The error for a ledger that can't be read."""
    return LedgerError(f"ledger {path}: {why}", path=str(path), reason="damaged")


def _opened(path: Path) -> Look:
    if not path.is_file():
        raise damaged(path, "there is no such file")
    uri = f"{path.absolute().as_uri()}?mode=ro"
    try:
        return _begun(uri)
    except sqlite3.OperationalError as error:
        # Where nothing may be written, not even the index of the changes, a file at rest can still be read.
        if _primary(error) not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY} or _has_changes(path):
            raise
        return _begun(f"{uri}&immutable=1")


def _begun(uri: str) -> Look:
    db = sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None)
    db.text_factory = _text
    try:
        db.execute("BEGIN")
        db.execute("SELECT 1 FROM sqlite_master").fetchone()  # the transaction begins with the first read
    except BaseException:
        db.close()
        raise
    return db


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _has_changes(path: Path) -> bool:
    changes = path.with_name(f"{path.name}-wal")
    return changes.exists() and changes.stat().st_size > 0


def _primary(error: sqlite3.Error) -> int | None:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _unreadable(path: Path, error: sqlite3.Error) -> LedgerError:
    if _primary(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return LedgerError(f"ledger {path}: another program has all of it", path=str(path), reason="locked")
    return damaged(path, f"it is no ledger that can be read: {error}")


class Rows(Iterable[T], AsyncIterable[T], Generic[T]):
    """Rows of a ledger, read as they are asked for: with `for`, or with `async for`, where a thread reads them.

    It may be walked any number of times, and each time it sees what is in the ledger by then.
    """

    def __init__(self, path: Path, query: str, make: Callable[[tuple[Any, ...]], T], *, start: int) -> None:
        """`query` is in order of its first column and takes the value to go on after, `start` at first, and a count.

        The heaviest column stands last.
        """
        self._path = path
        self._query = query
        self._make = make
        self._start = start

    def __iter__(self) -> Iterator[T]:
        after: int | None = self._start
        while after is not None:
            found, after = self._page(after)
            yield from found

    async def __aiter__(self) -> AsyncIterator[T]:
        after: int | None = self._start
        while after is not None:
            found, after = await asyncio.to_thread(self._page, after)
            for row in found:
                yield row

    def _page(self, after: int) -> tuple[list[T], int | None]:
        """The rows after that place, and the place to go on after, None at the end."""
        found: list[T] = []
        weight = 0
        with look(self._path) as ledger:
            for row in ledger.execute(self._query, (after, PAGE)):
                found.append(self._make(row))
                weight += len(row[-1]) if isinstance(row[-1], str) else 0
                if weight > WEIGHT or len(found) == PAGE:
                    return found, row[0]
        return found, None
