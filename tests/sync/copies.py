"""What a copy holds, read as anybody would read it; and accounts to copy."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa
import pyarrow.parquet as pq
from fake_exports import NOW, FakeExports

from zdasync._core.message import Request, Response
from zdasync.limits.table import LIMITS, Limit
from zdasync.sync import JsonLines, Parquet, Sink, SQLite, Sync

BEGIN = NOW - 10_000
FORMATS = ("sqlite", "jsonl", "parquet")
Row = dict[str, Any]


def place(directory: Path, form: str) -> Path:
    """Where a copy of a format lies."""
    return directory / ("copy.db" if form == "sqlite" else form)


def sink_of(path: Path, form: str) -> Sink:
    """A sink that writes small parts."""
    return {"sqlite": SQLite, "jsonl": JsonLines, "parquet": lambda at: Parquet(at, rows=7)}[form](path)


def versions(path: Path, form: str, table: str = "users") -> list[Row]:
    """Every row of a copy, in the order in which they were written; a table that is not there has none."""
    if form == "sqlite":
        with closing(sqlite3.connect(path)) as db:
            db.row_factory = sqlite3.Row
            there = db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
            return [dict(row) for row in db.execute(f'SELECT * FROM "{table}"')] if there else []
    if form == "jsonl":
        file = path / f"{table}.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    parts = [pq.read_table(part) for part in sorted(path.glob(f"{table}-*.parquet"))]
    return pa.concat_tables(parts, promote_options="default").to_pylist() if parts else []


def newest(path: Path, form: str, table: str = "users") -> dict[int, Row]:
    """The records of a copy by id, as its documentation says that they are to be found."""
    rows = {row["id"]: row for row in versions(path, form, table)}
    return {one: row for one, row in rows.items() if not row.get("_deleted")}


def states(path: Path, form: str) -> dict[str, Mapping[str, Any]]:
    """What a copy says of its tables."""
    if form != "sqlite":
        found: dict[str, Mapping[str, Any]] = json.loads((path / "_zdasync_sync.json").read_text())["tables"]
        return found
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        return {row["table"]: dict(row) for row in db.execute("SELECT * FROM _zdasync_sync")}


@attrs.define(eq=False, slots=False)
class FakeAccount(FakeExports):
    """One export that is told under any table's name; `fields` are what rows have besides, by id.

    `before` is awaited ahead of each reply.
    """

    fields: dict[int, Row] = attrs.field(factory=dict)
    before: Callable[[], Any] | None = None

    async def send(self, request: Request) -> Response:
        if self.before is not None:
            await self.before()
        response = await super().send(request)
        page = json.loads(response.body)
        page[request.route.key] = page.pop("users")
        return attrs.evolve(response, body=json.dumps(page).encode())

    @property
    def sync(self) -> Sync:
        return Sync(self)

    def _shown(self, page: list[tuple[int, int, int]]) -> list[Row]:
        return [{**row, **self.fields.get(row["id"], {})} for row in super()._shown(page)]

    def truth(self) -> dict[int, str]:
        """The name of every record that is not deleted, by id."""
        gone = {one for one, row in self.fields.items() if row.get("active") is False}
        return {one: str(version) for one, (_, version) in self.rows.items() if one not in gone}


def filled(count: int = 25, **options: Any) -> FakeAccount:
    """Records 1, 2, 3, ... that changed one after the other; every tenth is deleted."""
    account = FakeAccount(**options)
    for index in range(count):
        account.write(index + 1, second=BEGIN + index)
    account.fields = {one: {"active": False} for one in range(10, count + 1, 10)}
    return account


def names(path: Path, form: str, table: str = "users") -> dict[int, str]:
    """The name of every record of a copy, by id."""
    return {one: row["name"] for one, row in newest(path, form, table).items()}


def wide_limits() -> list[Limit]:
    """The limits of exports so wide that nothing waits."""
    return [attrs.evolve(row, count=10**6) for row in LIMITS if row.name.startswith("incremental-exports")]


async def nobody_left() -> None:
    """Fails if any task but the caller's is there."""
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
