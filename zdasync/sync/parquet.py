"""A copy as Parquet files: parts that are never changed, each with versions of records in the order of their coming.

Rows are gathered until there are enough for a part, or no more for now. The part is written under a temporary name and
forced to the disk; the state then counts it, which commits it, and it gets its name. What the state does not count is
of a batch that was not committed: the next run removes it.

A column has one type in all parts, that of the first value in it; numbers in a column of text, say, go to a column
`name~int64` beside it. A part has no columns in which it has no values, so readers are to unify the schemas of parts.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..errors import BadArgument
from ._state import State, TableState, private, read_state, written
from ._storage import MOST, Lock, Worker, plain_text, sync_directory
from .columns import Columns
from .sink import Batch
from .tables import TABLES

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Parquet"]

ROWS: Final = 50_000
PART: Final = re.compile(r"([a-z_]+)-(\d{6,})\.parquet(\.tmp)?")
TYPES: Final = {str: "string", int: "int64", float: "double", bool: "bool"}
EXACT: Final = 2**53
"""Integers up to this are exact as floating-point numbers."""


class _Table:
    """The rows of one table that are gathered for the next part, and the state that will commit them."""

    def __init__(self, name: str, state: TableState | None) -> None:
        self.state = TableState("") if state is None else msgspec.structs.replace(state, columns=dict(state.columns))
        self.gathered: list[pa.Table] = []
        rows = TABLES[name]
        known = (column for column in self.state.columns if column.rpartition("~")[2] not in TYPES.values())
        self._columns = Columns(rows.fields, rows.twice, known=dict.fromkeys(("id", *known)))

    @property
    def rows(self) -> int:
        return sum(one.num_rows for one in self.gathered)

    def take(self, batch: Batch) -> None:
        """Gather a batch."""
        import pyarrow as pa  # noqa: PLC0415 - an extra, and slow to import

        self.state.take(batch)
        if not (batch.rows or batch.deleted):
            return
        values = self._columns.lay([*batch.rows, *({"id": one} for one in batch.deleted)])
        marks = [False] * len(batch.rows) + [True] * len(batch.deleted)
        columns = {"_deleted": pa.array(marks, pa.bool_())}
        for name, held in zip(self._columns.names, zip(*values, strict=True), strict=True):
            columns.update(self._arrays(name, held))
        self.gathered.append(pa.table(columns))

    def _arrays(self, name: str, held: Sequence[Any]) -> Iterator[tuple[str, pa.Array]]:
        """The columns that take the values of one: just one, unless they are of several types."""
        import pyarrow as pa  # noqa: PLC0415 - an extra, and slow to import

        types, kinds = self.state.columns, {*map(type, held)} - {type(None)}
        if len(kinds) == 1:
            kind = TYPES[kinds.pop()]
            if types.setdefault(name, kind) == kind:
                with contextlib.suppress(OverflowError):
                    yield name, pa.array(held, pa.type_for_alias(kind))
                    return
        split: dict[str, list[Any]] = {}
        for place, value in enumerate(held):
            if value is not None:
                kind, fitting = _fitting(value, types.get(name))
                split.setdefault(kind, [None] * len(held))[place] = fitting
        for kind, values in split.items():
            column = name if types.setdefault(name, kind) == kind else f"{name}~{kind}"
            types[column] = kind
            yield column, pa.array(values, pa.type_for_alias(kind))


def _fitting(value: Any, wanted: str | None) -> tuple[str, Any]:  # noqa: ANN401 - whatever a row holds
    """The type of column that takes a value, the wanted one if nothing is lost by that, and the value for it."""
    if value.__class__ is int:
        if wanted == "double" and abs(value) <= EXACT:
            return wanted, float(value)
        if not -MOST <= value < MOST:
            return "string", plain_text(value)
    return TYPES[value.__class__], value


class Parquet:
    """Copies into `users-000001.parquet` and so on in a directory, which is made if there is none.

    Needs pyarrow: the extra `parquet`. Columns are those of `SQLite`, and `_deleted`. A row is a version of a record;
    the last row with an id, in the order of parts and within them, is its newest version. A deletion that is applied is
    a row with `_deleted` true and nothing else but the id. A part has up to about `rows` rows; rows that are not in one
    yet are read again by the next run if this one is killed. `_zdasync_sync.json` tells for each table the cursor, how
    many `parts` there are, and the types of their columns.
    """

    def __init__(self, directory: str | Path, *, rows: int = ROWS) -> None:
        if type(rows) is not int or rows < 1:
            raise BadArgument(f"rows must be a whole number of at least 1, not {rows!r}")
        self._directory = Path(directory)
        self._rows = rows
        self._worker = Worker(self._directory)
        self._lock = Lock(self._directory / "_zdasync_sync-lock")
        self._state: State | None = None
        self._tables: dict[str, _Table] = {}
        self._broken = False

    def __repr__(self) -> str:
        return f"Parquet({str(self._directory)!r})"

    async def open(self, account: str, restart: Collection[str] = ()) -> Mapping[str, str]:
        """Take the directory for one run. See `Sink.open`, and `SQLite.open` for what is raised.

        Raises `BadArgument` where pyarrow is not installed.
        """
        return await self._worker.begin(self._open, account, restart)

    async def write(self, batch: Batch) -> None:
        """Gather a batch, and commit all that was gathered once it is enough. See `Sink.write`."""
        await self._worker.do(self._write, batch)

    async def aclose(self) -> None:
        """Commit what was gathered, unless something failed. Closing twice does no harm."""
        await self._worker.end(self._close)

    # -- in the thread ------------------------------------------------------------------------------------------------

    def _open(self, account: str, restart: Collection[str]) -> dict[str, str]:
        try:
            import pyarrow.parquet  # noqa: F401, PLC0415 - an extra, and slow to import
        except ImportError as error:
            raise BadArgument("Parquet needs pyarrow: pip install 'zdasync[parquet]'") from error
        directory = self._directory
        directory.mkdir(exist_ok=True)
        self._lock.take(directory)
        found = (PART.fullmatch(path.name) for path in directory.iterdir())
        parts = [part[0] for part in found if part is not None and part[1] in TABLES]
        state = read_state(directory, "parquet", account, parts)
        if known := state.tables.keys() & set(restart):
            for table in known:
                del state.tables[table]
            written(directory, state)
        for name in parts:
            self._settle(state, name)
        self._state, self._broken = state, False
        return {table: one.cursor for table, one in state.tables.items()}

    def _settle(self, state: State, name: str) -> None:
        """Give a part its name if it counts, and remove it if it does not."""
        found = PART.fullmatch(name)
        assert found is not None  # noqa: S101 - it was found by that
        table = state.tables.get(found[1])
        if table is None or int(found[2]) > table.parts:
            (self._directory / name).unlink()
        elif found[3]:
            (self._directory / name).rename(self._directory / name.removesuffix(found[3]))

    def _write(self, batch: Batch) -> None:
        assert self._state is not None  # noqa: S101 - set by `_open`
        if self._broken:
            raise BadArgument("rows that were to be written are lost: open the copy again, and go on from its cursors")
        try:
            table = self._tables.get(batch.table)
            if table is None:
                table = self._tables[batch.table] = _Table(batch.table, self._state.tables.get(batch.table))
            table.take(batch)
            if batch.last or table.rows >= self._rows:
                self._commit(batch.table, table)
        except BaseException:
            self._broken = True
            raise

    def _commit(self, name: str, table: _Table) -> None:
        assert self._state is not None  # noqa: S101 - set by `_open`
        made: Path | None = None
        state = table.state
        if table.gathered:
            state.parts += 1
            made = self._directory / f"{name}-{state.parts:06}.parquet"
            self._write_part(made.with_name(f"{made.name}.tmp"), table.gathered)
        kept = msgspec.structs.replace(state, columns=dict(state.columns))
        written(self._directory, self._state.having(name, kept))
        self._state.tables[name] = kept
        table.gathered.clear()
        if made is not None:
            made.with_name(f"{made.name}.tmp").rename(made)

    def _write_part(self, path: Path, gathered: Sequence[pa.Table]) -> None:
        import pyarrow as pa  # noqa: PLC0415 - an extra, and slow to import
        import pyarrow.parquet as pq  # noqa: PLC0415

        with open(path, "wb", opener=private) as file:
            pq.write_table(pa.concat_tables(gathered, promote_options="default"), file)
            file.flush()
            os.fsync(file.fileno())
        sync_directory(self._directory)

    def _close(self) -> None:
        try:
            if self._state is not None and not self._broken:
                for name, table in self._tables.items():
                    if table.gathered:
                        self._commit(name, table)
        finally:
            self._tables.clear()
            self._state = None
            self._lock.release()
