"""Copies that keep up, as a type checker sees them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import assert_type

from zdasync import Zendesk
from zdasync.sync import Batch, JsonLines, SyncProgress, SyncReport, TableReport


class Mine:
    """A sink of a caller's own."""

    async def open(self, account: str, restart: Collection[str] = ()) -> Mapping[str, str]:
        return {}

    async def write(self, batch: Batch) -> None:
        assert_type(batch.cursor, str)

    async def aclose(self) -> None: ...


def watch(progress: SyncProgress) -> None: ...


async def copies(zd: Zendesk) -> None:
    report = await zd.sync.run("copy.db", since=datetime(2026, 1, 1, tzinfo=UTC), on_progress=watch)
    assert_type(report, SyncReport)
    assert_type(report.tables["users"], TableReport)
    await zd.sync.run(JsonLines("copy"), tables=("users",), deletions="mark")
    await zd.sync.run(Mine(), follow=True, every=30)
    await zd.sync.run("copy", format="xml")  # type: ignore[arg-type]
    await zd.sync.run("copy", tables=("persons",))  # type: ignore[arg-type]
