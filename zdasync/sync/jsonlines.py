"""A copy as files of JSON lines: each version of each record is a line, in the order in which Zendesk told them.

Lines are appended and forced to the disk, then the state takes down how long the file is. Bytes past that length are of
a batch that was not committed; the next run cuts them off before it goes on.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from io import FileIO
from pathlib import Path
from typing import Final

import msgspec

from ._state import State, TableState, read_state, written
from ._storage import PRIVATE, Lock, Worker, refused
from .sink import Batch
from .tables import TABLES

__all__ = ["JsonLines"]

_encoder: Final = msgspec.json.Encoder()


class JsonLines:
    """Copies into `users.jsonl`, `tickets.jsonl` and so on in a directory, which is made if there is none.

    A line is a version of a record, as Zendesk gave it; the last line with an id is its newest version. A deletion that
    is applied is the line `{"id":7,"_deleted":true}`. `_zdasync_sync.json` tells for each table the cursor and how many
    `bytes` of its file count: who reads while a run writes should read no further.
    """

    def __init__(self, directory: str | Path) -> None:
        self._directory = Path(directory)
        self._worker = Worker(self._directory)
        self._lock = Lock(self._directory / "_zdasync_sync-lock")
        self._state: State | None = None
        self._files: dict[str, FileIO] = {}

    def __repr__(self) -> str:
        return f"JsonLines({str(self._directory)!r})"

    async def open(self, account: str, restart: Collection[str] = ()) -> Mapping[str, str]:
        """Take the directory for one run. See `Sink.open`, and `SQLite.open` for what is raised."""
        return await self._worker.begin(self._open, account, restart)

    async def write(self, batch: Batch) -> None:
        """Append a batch, and commit it. See `Sink.write`."""
        await self._worker.do(self._write, batch)

    async def aclose(self) -> None:
        """Close the files. Closing twice does no harm."""
        await self._worker.end(self._close)

    # -- in the thread ------------------------------------------------------------------------------------------------

    def _open(self, account: str, restart: Collection[str]) -> dict[str, str]:
        directory = self._directory
        directory.mkdir(exist_ok=True)
        self._lock.take(directory)
        state = read_state(directory, "jsonl", account, [self._path(table).name for table in TABLES])
        if known := state.tables.keys() & set(restart):
            for table in known:
                del state.tables[table]
            written(directory, state)
        for table in TABLES:
            self._cut(table, state.tables.get(table))
        self._state = state
        return {table: one.cursor for table, one in state.tables.items()}

    def _cut(self, table: str, state: TableState | None) -> None:
        """Leave of a file what counts."""
        path, length = self._path(table), 0 if state is None else state.bytes
        there = path.stat().st_size if path.exists() else 0
        if there < length:
            text = f"{path.name} has {there:,} bytes, but should have {length:,}: restart that table"
            raise refused(self._directory, "damaged", text)
        if there > length:
            os.truncate(path, length)

    def _write(self, batch: Batch) -> None:
        assert self._state is not None  # noqa: S101 - set by `_open`
        before = self._state.tables.get(batch.table)
        state = TableState("") if before is None else msgspec.structs.replace(before)
        if batch.rows or batch.deleted:
            gone = ({"id": one, "_deleted": True} for one in batch.deleted)
            lines = _encoder.encode_lines([*batch.rows, *gone])
            self._append(batch.table, state.bytes, lines)
            state.bytes += len(lines)
        state.take(batch)
        written(self._directory, self._state.having(batch.table, state))
        self._state.tables[batch.table] = state

    def _append(self, table: str, length: int, lines: bytes) -> None:
        """Force lines to the disk, behind what counts of the file."""
        file = self._files.get(table)
        if file is None:
            descriptor = os.open(self._path(table), os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE)
            file = self._files[table] = FileIO(descriptor, "a")
        file.truncate(length)
        rest = memoryview(lines)
        while rest:
            rest = rest[file.write(rest):]
        os.fsync(file.fileno())

    def _path(self, table: str) -> Path:
        return self._directory / f"{table}.jsonl"

    def _close(self) -> None:
        try:
            while self._files:
                self._files.popitem()[1].close()
        finally:
            self._state = None
            self._lock.release()
