"""Bulk runs, as a type checker sees them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import assert_type

import attrs

from zdasync import Zendesk
from zdasync.bulk import BulkReport, CheckReport, Progress, RowReport, RunOptions


@attrs.frozen
class Customer:
    external_id: str
    name: str | None = None


async def customers() -> AsyncIterator[dict[str, object]]:
    yield {"external_id": "1"}


def watch(progress: Progress) -> None:
    assert_type(progress.eta, float | None)


async def sources(zd: Zendesk) -> None:
    report = await zd.bulk.users.create_or_update("customers.csv", ledger=Path("x.ledger"), on_progress=watch)
    assert_type(report, BulkReport)
    await zd.bulk.users.create([Customer("1"), Customer("2", "Two")], ledger="x.ledger", columns={"name": "alias"})
    await zd.bulk.users.update(customers(), ledger="x.ledger", stop=asyncio.Event(), duplicates="send")
    await zd.bulk.tickets.import_([{"subject": "S"}], ledger="x.ledger", archive_immediately=True)
    await zd.bulk.users.delete([{"id": 1}], ledger="x.ledger", archive=True)  # type: ignore[call-arg]
    for row in report.rows("refused", "unknown"):
        assert_type(row, RowReport)
    async for row in report.rows():
        assert_type(row.id, int | None)


async def what_else_there_is(zd: Zendesk) -> None:
    options: RunOptions = {"slots": 10, "skip_unchanged": True}
    assert_type(await zd.bulk.check("users.create_or_update", "customers.csv", **options), CheckReport)
    assert_type(await zd.bulk.run("organizations.create", [{"name": "O"}], **options), BulkReport)
    assert_type(await zd.bulk.retry_failed("x.ledger"), BulkReport)
    assert_type(await zd.bulk.undo("x.ledger", confirm=3), BulkReport)
    reports = await zd.bulk.migrate({"users.create": ("u.csv", {"a": "name"})}, ledgers="ledgers")
    assert_type(reports, dict[str, BulkReport])
