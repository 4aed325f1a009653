"""The state of a copy that consists of files: a small JSON file in their directory, replaced as a whole.

It is what commits: rows go to files first, and count from the moment when the state that names them has taken the place
of the one before. A replacement is written beside it, forced to the disk and renamed, so that there is the old state or
the new one at any instant.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from ._storage import PRIVATE, refused, sync_directory
from .sink import Batch

__all__ = ["NAME", "State", "TableState", "read_state", "written"]

NAME: Final = "_zdasync_sync.json"
VERSION: Final = 1

Form = Literal["jsonl", "parquet"]


class TableState(msgspec.Struct):
    """Where a table stands: its cursor, how far it is complete, how much of its files counts.

    `bytes` is the length of a file of lines, `parts` the number of Parquet files, `columns` are their columns with
    their types, `rows` how many rows have been written in all.
    """

    cursor: str
    until: str | None = None
    updated_at: str = ""
    rows: int = 0
    bytes: int = 0
    parts: int = 0
    columns: dict[str, str] = msgspec.field(default_factory=dict)

    def take(self, batch: Batch) -> None:
        """Stand where a batch ends."""
        self.cursor = batch.cursor
        self.until = self.until if batch.until is None else batch.until.isoformat()
        self.updated_at = datetime.now(UTC).isoformat(timespec="seconds")
        self.rows += len(batch.rows) + len(batch.deleted)


class State(msgspec.Struct):
    """What the file says."""

    format: Form
    account: str
    version: int = VERSION
    tables: dict[str, TableState] = msgspec.field(default_factory=dict)

    def having(self, table: str, state: TableState) -> State:
        """The same with a table that stands elsewhere."""
        return msgspec.structs.replace(self, tables={**self.tables, table: state})


def read_state(directory: Path, form: Form, account: str, foreign: Collection[str]) -> State:
    """The state of the copy in a directory; a new one, written at once, where there is none.

    Raises `LedgerError`: "damaged" for a file that is no state, "mismatch" for that of another account or format, or
    where there is no state but a file with one of the names in `foreign`.
    """
    path = directory / NAME
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        if others := sorted(name for name in foreign if (directory / name).exists()):
            raise refused(
                directory, "mismatch", f"{others[0]} in it is of no copy that can go on: use another directory"
            ) from None
        state = State(form, account)
        written(directory, state)
        return state
    try:
        state = msgspec.json.decode(found, type=State)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise refused(directory, "damaged", f"its state {NAME} can't be read ({error}): start a new copy") from None
    if state.version != VERSION:
        raise refused(directory, "damaged", f"it is of version {state.version}, this program writes {VERSION}")
    if state.account != account:
        raise refused(directory, "mismatch", f"it is a copy of {state.account}, not of {account}")
    if state.format != form:
        raise refused(directory, "mismatch", f"it is a copy in {state.format}, not in {form}: use another directory")
    return state


def written(directory: Path, state: State) -> None:
    """Put a state in the place of the one before; it counts when this returns."""
    path, beside = directory / NAME, directory / f"{NAME}.tmp"
    with open(beside, "wb", opener=private) as file:
        file.write(msgspec.json.format(msgspec.json.encode(state)))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_directory(directory)


def private(path: str, flags: int) -> int:
    """Opens a file that nobody else may read if it is a new one."""
    return os.open(path, flags, PRIVATE)
