"""A copy in SQLite: one table for each kind of record, a row for each record, a column for each field.

A batch is one transaction, with the new columns that its rows need and with the cursor, which is a row of the table
`_zdasync_sync`. The file is in WAL mode, so that it can be read while it is written. Synchronization is NORMAL: after a
loss of power the last transactions may be missing, rows and cursor together, and the next run reads them again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from .._sqlite import transaction
from ._storage import MOST, PRIVATE, Lock, Worker, plain_text, refused
from .columns import Columns, Values
from .sink import Batch
from .tables import TABLES

__all__ = ["SQLite"]

STATE: Final = "_zdasync_sync"
VERSION: Final = 1
STATE_COLUMNS: Final = ("table", "cursor", "account", "until", "updated_at", "rows", "version")
PATIENCE: Final = 30.0
"""Seconds to wait for other programs that write to the same file."""
OTHER_COLUMNS: Final = 200
"""Columns of a table that are kept for what is no custom field."""


class SQLite:
    """Copies into a SQLite file, which is made if there is none; other tables in it are left alone.

    Each table has `id` as its primary key. Times are text as Zendesk gives them, truth values are 0 and 1, lists and
    objects are JSON text, and each custom field is a column (`"user_fields.tier"`, `"custom_fields.360001"`). A row is
    always the newest version of its record. `_zdasync_sync` tells for each table the cursor, the moment up to which it
    is complete (`until`), when it was written last, and how many rows have been written in all.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._worker = Worker(self._path)
        self._lock = Lock(self._path.with_name(f"{self._path.name}-lock"))
        self._db: sqlite3.Connection | None = None
        self._account = ""
        self._columns: dict[str, Columns] = {}

    def __repr__(self) -> str:
        return f"SQLite({str(self._path)!r})"

    async def open(self, account: str, restart: Collection[str] = ()) -> Mapping[str, str]:
        """Take the file for one run. See `Sink.open`.

        Raises `LedgerError`: "locked" while another run has it, "mismatch" for a copy of another account or a table
        that is no copy, "damaged" for a file that can't be read, "full" for one that can't be written.
        """
        return await self._worker.begin(self._open, account, restart)

    async def write(self, batch: Batch) -> None:
        """Write a batch in one transaction. See `Sink.write`."""
        await self._worker.do(self._write, batch)

    async def aclose(self) -> None:
        """Close the file. Closing twice does no harm."""
        await self._worker.end(self._close)

    # -- in the thread ------------------------------------------------------------------------------------------------

    def _open(self, account: str, restart: Collection[str]) -> dict[str, str]:
        self._lock.take(self._path)
        self._path.touch(mode=PRIVATE)
        self._account = account
        self._db = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        names = self._db.execute("SELECT lower(name) FROM sqlite_master WHERE type IN ('table', 'view')")
        there = {name for name, in names}
        cursors = self._cursors() if STATE in there else {}
        if foreign := sorted(there & TABLES.keys() - cursors.keys()):
            raise refused(self._path, "mismatch", f"the table {foreign[0]} in it is no copy: use another file")
        with transaction(self._connection) as db:
            if STATE not in there:
                db.execute(f'CREATE TABLE {STATE} ({_list(STATE_COLUMNS)}, PRIMARY KEY ("table"))')
            for table in cursors.keys() & set(restart):
                db.execute(f"DROP TABLE IF EXISTS {_quoted(table)}")
                db.execute(f'DELETE FROM {STATE} WHERE "table" = ?', (table,))  # noqa: S608 - a name of this module
                del cursors[table]
        if gone := sorted(cursors.keys() - there):
            raise refused(self._path, "damaged", f"its table {gone[0]} is gone: restart that table")
        self._columns.clear()
        return cursors

    def _cursors(self) -> dict[str, str]:
        db = self._connection
        if not set(STATE_COLUMNS).issubset(self._names(STATE)):
            raise refused(self._path, "damaged", f"its table {STATE} is not that of a copy: start a new one")
        found = {}
        for table, cursor, account, version in db.execute(
            f'SELECT "table", cursor, account, version FROM {STATE}'  # noqa: S608 - a name of this module
        ):
            if version != VERSION:
                raise refused(self._path, "damaged", f"it is of version {version!r}, this program writes {VERSION}")
            if account != self._account:
                raise refused(self._path, "mismatch", f"it is a copy of {account}, not of {self._account}")
            found[table] = cursor
        return found

    def _write(self, batch: Batch) -> None:
        table = batch.table
        try:
            with transaction(self._connection) as db:
                columns = self._columns.get(table)
                there = self._names(table) if columns is None else tuple(columns.names)
                if columns is None:
                    columns = self._columns_of(table, there or ("id",))
                values = columns.lay(batch.rows)
                self._grow(table, there, columns.names)
                self._insert(table, columns.names, values)
                db.executemany(
                    f"DELETE FROM {_quoted(table)} WHERE id = ?",  # noqa: S608 - quoted
                    [(one,) for one in batch.deleted],
                )
                self._note(batch)
        except BaseException:
            self._columns.pop(table, None)  # the new ones are not there
            raise
        self._columns[table] = columns

    def _names(self, table: str) -> tuple[str, ...]:
        """The columns of a table in the file; none if it is not there."""
        return tuple(row[1] for row in self._connection.execute(f"PRAGMA table_info({_quoted(table)})"))

    def _columns_of(self, table: str, known: Sequence[str]) -> Columns:
        rows, limits = TABLES[table], (sqlite3.SQLITE_LIMIT_COLUMN, sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
        most = min(map(self._connection.getlimit, limits)) - OTHER_COLUMNS
        return Columns(rows.fields, rows.twice, known=known, most=most)

    def _grow(self, table: str, there: Sequence[str], wanted: Sequence[str]) -> None:
        """Make the table, or the columns that it lacks."""
        db = self._connection
        if not there:
            others = "".join(f", {_quoted(name)}" for name in wanted if name != "id")
            db.execute(f"CREATE TABLE {_quoted(table)} (id INTEGER PRIMARY KEY{others})")
        else:
            for name in wanted[len(there):]:
                db.execute(f"ALTER TABLE {_quoted(table)} ADD COLUMN {_quoted(name)}")

    def _insert(self, table: str, names: Sequence[str], values: Sequence[Values]) -> None:
        marks = ", ".join("?" * len(names))
        statement = f"INSERT OR REPLACE INTO {_quoted(table)} ({_list(names)}) VALUES ({marks})"  # noqa: S608 - quoted
        try:
            self._connection.executemany(statement, values)
        except OverflowError:  # the rows before the one at fault are replaced once more
            self._connection.executemany(statement, [[_fitting(value) for value in row] for row in values])

    def _note(self, batch: Batch) -> None:
        until = None if batch.until is None else batch.until.isoformat()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._connection.execute(
            f"""
            INSERT INTO {STATE} ({_list(STATE_COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET cursor = excluded.cursor, until = coalesce(excluded.until, until),
                updated_at = excluded.updated_at, "rows" = "rows" + excluded."rows"
            """,  # noqa: S608 - names of this module
            (batch.table, batch.cursor, self._account, until, now, len(batch.rows), VERSION),
        )

    @property
    def _connection(self) -> sqlite3.Connection:
        assert self._db is not None  # noqa: S101 - set by `_open`, before all else
        return self._db

    def _close(self) -> None:
        db, self._db = self._db, None
        try:
            if db is not None:
                db.close()
        finally:
            self._lock.release()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _list(names: Sequence[str]) -> str:
    return ", ".join(map(_quoted, names))


def _fitting(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """A number that is too large for a column, as text."""
    return plain_text(value) if value.__class__ is int and not -MOST <= value < MOST else value
