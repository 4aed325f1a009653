"""What the sinks share: one thread for all work on files, a lock that dies with its process, and what errors mean.

The lock is a SQLite file of its own that is held in an exclusive transaction: the system lets go of it when the process
ends, however it ends, on every platform, and a second run of the same process is refused as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar, TypeVarTuple

import msgspec

from ..errors import BadArgument, LedgerError

__all__ = ["MOST", "Lock", "Worker", "plain_text", "refused", "sync_directory"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

PRIVATE: Final = 0o600
"""The rights of new files: what is in them is about people."""

MOST: Final = 2**63
"""Integers from here on fit no column of 64 bits."""

UNWRITABLE: Final = (
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOLFS,
)
"""What SQLite says when the file is fine, but can't be written now."""

_encode: Final = msgspec.json.Encoder().encode


def plain_text(value: object) -> str:
    """A value as JSON text."""
    return _encode(value).decode()


class Worker:
    """The thread in which a sink does all its work, one piece after the other, from `begin` to `end`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread: ThreadPoolExecutor | None = None

    async def begin(self, work: Callable[[*Ts], T], *args: *Ts) -> T:
        """Start the thread with the first piece of work; raises `LedgerError` ("locked") if it was started already."""
        if self._thread is not None:
            raise refused(self._path, "locked", "this sink is in use: let each run have one of its own")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sync")
        return await self.do(work, *args)

    async def do(self, work: Callable[[*Ts], T], *args: *Ts) -> T:
        """Carry work out, to its end even when the caller is cancelled; raises `LedgerError` for what files refuse."""
        if self._thread is None:
            raise BadArgument(f"the copy {self._path} is not open")
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._thread, self._guarded, work, *args))

    async def end(self, work: Callable[[], None]) -> None:
        """Carry out the last piece of work, and end the thread. Nothing happens if it was never started."""
        if self._thread is None:
            return
        try:
            await self.do(work)
        finally:
            self._thread.shutdown(wait=False)
            self._thread = None

    def _guarded(self, work: Callable[[*Ts], T], *args: *Ts) -> T:
        try:
            return work(*args)
        except (sqlite3.Error, OSError) as error:
            raise _meaning(error, self._path) from error


class Lock:
    """Held by one run at a time; `take` raises `LedgerError` ("locked") while another has it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None

    def take(self, about: Path) -> None:
        """Take it for a copy at `about`."""
        self._path.touch(mode=PRIVATE)
        db = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            db.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            db.close()
            if _primary(error) == sqlite3.SQLITE_BUSY:
                text = "another run is writing it: wait for that one, or copy elsewhere"
                raise refused(about, "locked", text) from None
            raise
        self._db = db

    def release(self) -> None:
        """Let go of it. Doing so twice does no harm."""
        db, self._db = self._db, None
        if db is not None:
            db.close()


def refused(path: Path, reason: str, text: str) -> LedgerError:
    """The error that says why a copy can't be used."""
    return LedgerError(f"copy {path}: {text}", path=str(path), reason=reason)


def sync_directory(path: Path) -> None:
    """See to it that names of new files last, where the system can be asked for that."""
    with contextlib.suppress(AttributeError):
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _primary(error: sqlite3.Error) -> int | None:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _meaning(error: sqlite3.Error | OSError, path: Path) -> LedgerError:
    code = _primary(error) if isinstance(error, sqlite3.Error) else None
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return refused(path, "locked", "another program is writing it: try again when that is done")
    if isinstance(error, sqlite3.Error) and code not in UNWRITABLE:
        return refused(path, "damaged", f"it is not as it was left ({error}): start a new one")
    return refused(
        path, "full", f"it can't be written ({error}): make room or mend the rights; the same call goes on from there"
    )
