"""What is to be written in the same turn of the loop goes into the ledger in one transaction."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from zdasync import LedgerError
from zdasync.bulk.ledger import Ledger


@pytest.fixture
async def ledger(tmp_path):
    opened = await Ledger.open(tmp_path / "ledger", {"operation": "users.create"}, {}, 1_700_000_000.0)
    yield opened
    await opened.aclose()


@pytest.fixture
def writes(monkeypatch):
    """How many statements each transaction has had."""
    seen: list[int] = []
    real = Ledger._write

    def counted(ledger, statements):
        seen.append(len(statements))
        real(ledger, statements)

    monkeypatch.setattr(Ledger, "_write", counted)
    return seen


def noted(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as db:
        return dict(db.execute("SELECT name, value FROM meta WHERE name LIKE 'n%'"))


async def test_writes_of_one_turn_are_one_transaction(ledger, writes):
    async with asyncio.TaskGroup() as group:
        for number in range(30):
            group.create_task(ledger.set_meta(f"n{number}", "x"))
    assert writes == [30]
    assert len(noted(ledger.path)) == 30


async def test_whoever_has_written_can_rely_on_it(ledger, writes):
    for number in range(3):
        await ledger.set_meta(f"n{number}", "x")
        assert len(noted(ledger.path)) == number + 1
    assert writes == [1, 1, 1]


async def test_what_comes_while_a_transaction_is_under_way_is_in_the_next_one(ledger, writes):
    first = asyncio.create_task(ledger.set_meta("n1", "x"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.gather(first, ledger.set_meta("n2", "x"), ledger.set_meta("n3", "x"))
    assert writes == [1, 2]
    assert noted(ledger.path) == {"n1": "x", "n2": "x", "n3": "x"}


async def test_who_is_cancelled_takes_nobody_along(ledger):
    tasks = [asyncio.create_task(ledger.set_meta(f"n{number}", "x")) for number in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError, type(None), type(None)]
    assert set(noted(ledger.path)) == {"n0", "n1", "n2"}


async def test_a_failure_is_told_to_all_and_the_next_write_starts_afresh(ledger):
    ledger._connection.execute("PRAGMA query_only = ON")
    results = await asyncio.gather(*(ledger.set_meta(f"n{n}", "x") for n in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [LedgerError] * 3
    assert not noted(ledger.path)
    ledger._connection.execute("PRAGMA query_only = OFF")
    await ledger.set_meta("n", "x")
    assert set(noted(ledger.path)) == {"n"}


async def test_closing_waits_for_what_is_being_written(ledger):
    writing = asyncio.create_task(ledger.set_meta("n", "x"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await ledger.aclose()
    await asyncio.wait([writing])
    assert set(noted(ledger.path)) == {"n"}
