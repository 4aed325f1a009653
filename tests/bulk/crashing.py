"""A bulk run that dies when it writes to its ledger, with nothing tidied up, and the ledger as it was then."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Literal

import pytest

from zdasync import LedgerError, Zendesk
from zdasync.bulk import plan, run
from zdasync.bulk.ledger import Ledger

When = Literal["before", "after"]


def small_and_quick(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """Chunks of so many rows, ledgers that don't wait for the disk, and no progress to be told every second.

    The death of a process loses nothing that the system has, on the disk or not.
    """
    monkeypatch.setattr(plan, "MOST_ROWS", rows)
    monkeypatch.setattr(run, "TOLD_EVERY", 1_000.0)
    real = Ledger._open

    def opened(ledger: Ledger, *args: Any) -> None:
        real(ledger, *args)
        ledger._connection.execute("PRAGMA synchronous = OFF")

    monkeypatch.setattr(Ledger, "_open", opened)


class Crash:
    """Strikes at the n-th write of a ledger: before it is committed, or right after. Later writes are lost."""

    def __init__(self, at: int, when: When) -> None:
        self.at = at
        self.when = when
        self.writes = 0
        self.struck = asyncio.Event()

    async def do(self, real: Callable[..., Any], ledger: Ledger, work: Callable[..., Any], *args: object) -> Any:
        """In place of `Ledger._do`."""
        if self.struck.is_set() and work != ledger._close:
            raise LedgerError("the process is dead", path="", reason="full")
        self.writes += work in (ledger._open, ledger._write)
        hit = self.writes == self.at and work in (ledger._open, ledger._write)
        if hit and self.when == "before":
            await self._die()
        result = await real(ledger, work, *args)
        if hit:
            await self._die()
        return result

    async def _die(self) -> None:
        self.struck.set()
        await asyncio.Event().wait()


async def crashed(
    patch: pytest.MonkeyPatch, at: int, when: When, work: Callable[[Zendesk], Any], url: str, **client: Any
) -> bool:
    """Run it with a client of its own until it dies at its n-th write; False when it came to its end before."""
    crash, real = Crash(at, when), Ledger._do

    async def do(ledger: Ledger, work: Callable[..., Any], *args: object) -> Any:
        return await crash.do(real, ledger, work, *args)

    with patch.context() as patched:
        patched.setattr(Ledger, "_do", do)
        async with Zendesk(base_url=url, **client) as zd:
            task = asyncio.ensure_future(work(zd))
            struck = asyncio.ensure_future(crash.struck.wait())
            await asyncio.wait({task, struck}, return_when=asyncio.FIRST_COMPLETED)
            struck.cancel()
            if not crash.struck.is_set():
                await task
                return False
            task.cancel()
            with suppress(asyncio.CancelledError, LedgerError):
                await task
    return True


def submissions(ledger: Path) -> list[str]:
    """The states of the requests in a ledger, if it has come to that."""
    return [state for (state,) in _asked(ledger, "SELECT state FROM submissions")]


def chunks(ledger: Path) -> int:
    """How many chunks a ledger has."""
    return len(_asked(ledger, "SELECT number FROM chunks"))


def _asked(ledger: Path, query: str) -> list[tuple[Any, ...]]:
    if not ledger.exists():
        return []
    with closing(sqlite3.connect(ledger)) as opened:
        found = opened.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        return opened.execute(query).fetchall() if found else []
