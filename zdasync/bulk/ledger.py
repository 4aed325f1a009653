"""The ledger of a bulk run: a SQLite file that says, at any instant, what was sent and what became of it.

The model: every step is written down before the next one is taken. A chunk's rows are in the ledger as "submitting"
before their request goes on the wire, its job's id before the job is asked for, its rows' outcomes in the same
transaction as "settled". So a process that is killed leaves, for each row, one of four states: not in the ledger (it
was never sent), submitting (nobody knows), submitted (the job knows), or its outcome.

SQLite in WAL mode with full synchronization, written by one thread; steps that chunks take at the same time share a
transaction. A second file beside it (`-lock`) is held as long as a run has the ledger, and let go by the system when
the process dies. Readers need neither: `BulkReport` reads a ledger while a run writes it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import attrs
import msgspec

from .._sqlite import transaction
from ..errors import LedgerError
from ..records._record import Json
from .cells import UNREADABLE
from .rows import FAILED, InputRow, Item, RowReport

if TYPE_CHECKING:
    from .plan import Chunk

__all__ = ["Ledger", "OpenSubmission", "Sample"]

T = TypeVar("T")

Statement = tuple[str, Iterable[Sequence[object]]]
"""SQL, and the values for each time that it is carried out."""

VERSION: Final = "1"

SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE chunks (
    number INTEGER PRIMARY KEY, first INTEGER, last INTEGER, count INTEGER, fingerprint BLOB, done INTEGER);
CREATE TABLE submissions (
    number INTEGER PRIMARY KEY, chunk INTEGER, positions TEXT, state TEXT, job_id TEXT, at REAL, settled_at REAL);
CREATE INDEX submissions_of ON submissions (chunk);
CREATE TABLE rows (
    position INTEGER PRIMARY KEY, key TEXT, outcome TEXT, id INTEGER, code TEXT, field TEXT, text TEXT, line INTEGER,
    cells TEXT);
CREATE INDEX rows_failed ON rows (position) WHERE outcome IN ('refused', 'unknown');
CREATE TABLE samples (
    at REAL PRIMARY KEY, rows INTEGER, failed INTEGER, jobs INTEGER, requests INTEGER, used INTEGER, total INTEGER);
CREATE TABLE runs (number INTEGER PRIMARY KEY, started_at REAL, ended_at REAL, ending TEXT);
"""
_IN_WORDS: Final = {"fingerprint": "a source of other content", "declaration": "another declaration of its columns"}
_NEVER_AGAIN: Final = UNREADABLE | {"DuplicateRow", "WithinQuote"}
_ROW: Final = "INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
"""A `RowReport` field by field, and the row's cells."""


@attrs.frozen
class OpenSubmission:
    """A request of an earlier run of which the ledger does not know the end. `at`: unix seconds when it went out."""

    number: int
    positions: Sequence[int]
    """Its rows in the order in which it has them."""
    job_id: str | None
    at: float
    since: float | None = None
    """When the first request before it went out that may have carried out rows of it; None where there was none."""


@attrs.frozen
class Sample:
    """Where a run stands at one moment; all but `jobs`, `used` and `total` since its first start."""

    at: float
    rows: int
    failed: int
    jobs: int
    requests: int
    used: int | None
    total: int | None


@attrs.frozen
class Known:
    """What the ledger knows of a chunk: its fingerprint, whether all of it is done, and if not, what is open."""

    fingerprint: bytes
    done: bool
    """Has every row of it an outcome?"""
    outcomes: frozenset[int] = frozenset()
    """Positions of its rows that have an outcome."""
    open: tuple[OpenSubmission, ...] = ()
    sent: Mapping[int, float] = attrs.field(factory=dict)
    """Positions of rows that were sent, each with the unix time of its first request that may have been heeded."""


class Ledger:
    """A ledger that this run may write. Made by `open`; every method but that is awaited one after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._db: sqlite3.Connection | None = None
        self._lock: sqlite3.Connection | None = None
        self._submission = 0
        self._run = 0
        self._gathered: list[Statement] = []
        self._writes: list[asyncio.Task[None]] = []
        """Those that are under way, the last of which takes what is gathered."""

    @classmethod
    async def open(cls, path: Path, meta: Mapping[str, str], notes: Mapping[str, str], now: float) -> Ledger:
        """Open or make the ledger at `path` for a run that `meta` describes; `now` in unix seconds.

        `notes` are written beside `meta` when it is made, and not compared later.

        Raises `LedgerError`: "locked" when another run has it, "mismatch" when it was begun with other `meta`,
        "damaged" when it is no ledger of this version, "full" when it can't be written.
        """
        ledger = cls(path)
        try:
            await ledger._do(ledger._open, meta, notes, now)
        except BaseException:
            await ledger.aclose()
            raise
        return ledger

    async def meta(self) -> dict[str, str]:
        """What the ledger says of its run."""
        return await self._do(lambda: dict(self._all("SELECT name, value FROM meta")))

    async def set_meta(self, name: str, value: str) -> None:
        """Note something about the run."""
        await self._put([("INSERT OR REPLACE INTO meta VALUES (?, ?)", [(name, value)])])

    async def known(self, first: int, last: int) -> dict[int, Known]:
        """The chunks of these numbers that are in the ledger."""
        return await self._do(self._known, first, last)

    async def begin(self, chunk: Chunk, items: Sequence[Item], at: float) -> int:
        """Write a chunk, and a request for some of its rows that is about to be sent; the request's number.

        Without `items` nothing is about to be sent, and 0 is returned.
        """
        if items:
            self._submission += 1
        submission, number = self._submission, chunk.number
        values = (number, chunk.first, chunk.last, chunk.count, chunk.fingerprint)
        statements: list[Statement] = [
            ("INSERT INTO chunks VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING", [values]),
            (_ROW, [_row(report, cells) for report, cells in chunk.reports]),
        ]
        if items:
            positions = msgspec.json.encode([item.position for item in items]).decode()
            statements.append((
                "INSERT INTO submissions VALUES (?, ?, ?, 'submitting', NULL, ?, NULL)",
                [(submission, number, positions, at)],
            ))
        await self._put(statements)
        return submission if items else 0

    async def goes_again(self, submission: int, at: float) -> None:
        """A request that surely was not heeded is about to be sent once more."""
        await self._put([("UPDATE submissions SET at = ? WHERE number = ?", [(at, submission)])])

    async def submitted(self, submission: int, job_id: str) -> None:
        """Write a request's job, before anybody asks for it."""
        update = "UPDATE submissions SET state = 'submitted', job_id = ? WHERE number = ?"
        await self._put([(update, [(job_id, submission)])])

    async def settle(
        self, submissions: Sequence[int], reports: Iterable[tuple[RowReport, Mapping[str, Json]]], at: float,
        done: int | None,
    ) -> None:
        """Write outcomes of rows, each with the row's cells, and with them that requests need no more looking after.

        `done` is the number of the chunk, if with that all of it is done.
        """
        statements: list[Statement] = [
            (_ROW, [_row(report, cells) for report, cells in reports]),
            ("UPDATE submissions SET state = 'settled', settled_at = ? WHERE number = ?",
             [(at, number) for number in submissions]),
        ]
        if done is not None:
            statements.append(("UPDATE chunks SET done = 1 WHERE number = ?", [(done,)]))
        await self._put(statements)

    async def forget(self, submission: int) -> None:
        """A request that was about to be sent surely was not, or surely was not heeded."""
        await self._put([("DELETE FROM submissions WHERE number = ?", [(submission,)])])

    async def sample(self, sample: Sample) -> None:
        """Note where the run stands."""
        values = attrs.astuple(sample)
        await self._put([("INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?, ?, ?, ?)", [values])])

    async def counts(self) -> dict[str, int]:
        """How many rows have which outcome."""
        return await self._do(lambda: dict(self._all("SELECT outcome, count(*) FROM rows GROUP BY outcome")))

    async def records(self, positions: Collection[int]) -> set[int]:
        """The ids of the records of these rows, as far as they are known and the rows were not refused."""
        query = """
            SELECT id FROM rows WHERE position IN (SELECT value FROM json_each(?))
            AND id IS NOT NULL AND outcome NOT IN ('refused', 'unknown')
        """
        return {row[0] for row in await self._do(self._all, query, (msgspec.json.encode(list(positions)).decode(),))}

    async def requests(self) -> int:
        """How many requests earlier runs sent, as of their last samples."""
        return await self._do(lambda: self._all("SELECT coalesce(max(requests), 0) FROM samples")[0][0])

    async def last_chunk(self) -> tuple[int, int]:
        """The number of the last chunk, and the last position of any; zeros before the first."""
        query = "SELECT coalesce(max(number), 0), coalesce(max(last), 0) FROM chunks"
        return (await self._do(self._all, query))[0]

    async def unfinished(self) -> dict[int, list[int]]:
        """The chunks that are not done, each with the positions of the rows that were sent for it."""
        query = "SELECT s.chunk, s.positions FROM submissions s JOIN chunks c ON c.number = s.chunk WHERE NOT c.done"
        found: dict[int, set[int]] = {}
        for number, positions in await self._do(self._all, query):
            found.setdefault(number, set()).update(msgspec.json.decode(positions))
        return {number: sorted(positions) for number, positions in sorted(found.items())}

    async def failed(self) -> list[InputRow]:
        """The rows that were refused and can be sent once more, in the order of the input.

        Not those that repeat others, nor those that could not be read.
        """
        query = """
            SELECT position, cells, line, code FROM rows
            WHERE outcome = 'refused' AND cells IS NOT NULL ORDER BY position
        """
        rows = await self._do(self._all, query)
        return [
            InputRow(position, msgspec.json.decode(cells), line=line)
            for position, cells, line, code in rows if code not in _NEVER_AGAIN
        ]

    async def ended(self, ending: str, at: float) -> None:
        """Note how this run ended."""
        update = "UPDATE runs SET ended_at = ?, ending = ? WHERE number = ?"
        await self._put([(update, [(at, ending, self._run)])])

    async def aclose(self) -> None:
        """Let the ledger go. Closing twice does no harm."""
        loop = asyncio.get_running_loop()
        for write in self._writes:  # nobody waits for it any more
            write.cancel()
        with contextlib.suppress(RuntimeError):  # the thread is gone already
            await asyncio.shield(loop.run_in_executor(self._thread, self._close))
        self._thread.shutdown(wait=False)

    async def _put(self, statements: Iterable[Statement]) -> None:
        """Write this, in one transaction with all else that is to be written in the same turn of the loop.

        Jobs are seen to end by the dozen: a transaction for each would wait for the disk a dozen times.
        """
        if not self._gathered:
            self._writes.append(asyncio.create_task(self._write_gathered()))
        self._gathered += statements
        await asyncio.shield(self._writes[-1])

    async def _write_gathered(self) -> None:
        write = self._writes[-1]
        statements, self._gathered = self._gathered, []
        try:
            await self._do(self._write, statements)
        finally:
            self._writes.remove(write)

    # -- in the thread --------------------------------------------------------------------------------------------

    async def _do(self, work: Callable[..., T], *args: object) -> T:
        """Work in the ledger's thread. It is carried out to its end, also when its caller is cancelled meanwhile."""
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._thread, self._guarded, work, *args))

    def _guarded(self, work: Callable[..., T], *args: object) -> T:
        try:
            return work(*args)
        except (sqlite3.Error, OSError) as error:
            raise self._error(error) from error

    def _error(self, error: Exception) -> LedgerError:
        code = getattr(error, "sqlite_errorcode", None)
        primary = None if code is None else code & 0xFF
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return self._refused("locked", "another run has it: wait for that one, or use a ledger of its own")
        if primary in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return self._refused("damaged", f"it is no ledger that can be read: {error}")
        return self._refused(
            "full", f"it can't be written ({error}): make room or mend the rights, then start again as before"
        )

    def _refused(self, reason: str, text: str) -> LedgerError:
        return LedgerError(f"ledger {self.path}: {text}", path=str(self.path), reason=reason)

    def _open(self, meta: Mapping[str, str], notes: Mapping[str, str], now: float) -> None:
        self.path.touch(mode=0o600)  # what is in it is about people
        self._lock = sqlite3.connect(f"{self.path}-lock", timeout=0, isolation_level=None, check_same_thread=False)
        self._lock.execute("BEGIN EXCLUSIVE")
        self._db = sqlite3.connect(self.path, timeout=5, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        if self._all("SELECT count(*) FROM sqlite_master")[0][0]:
            self._compare(meta)
        else:
            with transaction(self._connection) as db:
                for statement in filter(str.strip, SCHEMA.split(";")):
                    db.execute(statement)
                created = {**notes, **meta, "version": VERSION, "created_at": repr(now)}
                db.executemany("INSERT INTO meta VALUES (?, ?)", created.items())
        self._submission = self._all("SELECT coalesce(max(number), 0) FROM submissions")[0][0]
        self._run = 1 + self._all("SELECT coalesce(max(number), 0) FROM runs")[0][0]
        self._write([("INSERT INTO runs VALUES (?, ?, NULL, NULL)", [(self._run, now)])])

    def _compare(self, meta: Mapping[str, str]) -> None:
        if not self._all("SELECT 1 FROM sqlite_master WHERE name = 'meta'"):
            raise self._refused("damaged", "it is a SQLite file, but no ledger")
        found: dict[str, str] = dict(self._all("SELECT name, value FROM meta"))
        if found.get("version") != VERSION:
            raise self._refused("damaged", f"it is of version {found.get('version')!r}, this program reads {VERSION!r}")
        for name, value in meta.items():
            if found.get(name) != value:
                raise self._refused(
                    "mismatch",
                    f"it was begun with {_IN_WORDS.get(name, f'another {name}')} ({found.get(name)!r:.80}, now "
                    f"{value!r:.80}): go on with that, or use a new ledger",
                )

    def _known(self, first: int, last: int) -> dict[int, Known]:
        chunks = self._all(
            "SELECT number, first, last, fingerprint, done FROM chunks WHERE number BETWEEN ? AND ?", (first, last)
        )
        return {
            number: Known(fingerprint, done=True) if done else self._unfinished(number, begin, end, fingerprint)
            for number, begin, end, fingerprint, done in chunks
        }

    def _unfinished(self, number: int, begin: int, end: int, fingerprint: bytes) -> Known:
        rows = self._all("SELECT position FROM rows WHERE position BETWEEN ? AND ?", (begin, end))
        sent = self._all(
            "SELECT number, positions, state, job_id, at FROM submissions WHERE chunk = ? ORDER BY number", (number,)
        )
        still: list[OpenSubmission] = []
        first: dict[int, float] = {}
        for one, encoded, state, job_id, at in sent:
            positions = msgspec.json.decode(encoded, type=list[int])
            if state != "settled":
                since = min((first[position] for position in positions if position in first), default=None)
                still.append(OpenSubmission(one, positions, job_id, at, since))
            for position in positions:
                first.setdefault(position, at)
        told = frozenset(row[0] for row in rows)
        return Known(fingerprint, done=False, outcomes=told, open=tuple(still), sent=first)

    def _write(self, statements: Iterable[Statement]) -> None:
        with transaction(self._connection) as db:
            for statement, values in statements:
                db.executemany(statement, values)

    def _all(self, query: str, values: Sequence[object] = ()) -> list[tuple[Json, ...]]:
        return self._connection.execute(query, values).fetchall()

    @property
    def _connection(self) -> sqlite3.Connection:
        assert self._db is not None  # noqa: S101 - set by `open`
        return self._db

    def _close(self) -> None:
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):  # somebody reads it
                self._db.execute("PRAGMA journal_mode = DELETE")  # one file, as long as nobody writes it
        for connection in (self._db, self._lock):
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()
        self._db = self._lock = None


def _row(report: RowReport, cells: Mapping[str, Json]) -> tuple[object, ...]:
    kept = msgspec.json.encode(cells).decode() if report.outcome in FAILED else None
    return (*msgspec.structs.astuple(report), kept)
