"""Exactly once: whatever fails at whatever step, and whenever a run is cancelled, the next one completes the copy."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import random
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from copies import BEGIN, FORMATS, filled, names, nobody_left, place, sink_of, states, versions
from fake_exports import NOW
from support import under_way

from zdasync.errors import LedgerError

EACH = pytest.mark.parametrize("form", FORMATS)
RUN = {"tables": ("users",), "since": BEGIN, "per_page": 3}


class Mishap:
    """Fails at the n-th step that it is asked at, before the step or after it."""

    def __init__(self, at: int, *, after: bool) -> None:
        self.left = at
        self.after = after
        self.struck = False

    def around(self, step, error):
        def carried_out(*args, **options):
            self.left -= 1
            if self.left != 0:
                return step(*args, **options)
            self.struck = True
            if self.after:
                step(*args, **options)
            raise error()

        return carried_out


def no_space():
    return OSError(errno.ENOSPC, "no space left on device")


def no_space_for_sqlite():
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


def watched(monkeypatch, mishap):
    """Every step at which a copy is written fails when the mishap says so."""
    for owner, name in ((os, "fsync"), (Path, "replace"), (Path, "rename"), (Path, "unlink"), (os, "truncate")):
        monkeypatch.setattr(owner, name, mishap.around(getattr(owner, name), no_space))

    class Connection(sqlite3.Connection):
        def execute(self, *args):
            wanted = args[0].startswith(("BEGIN", "COMMIT"))
            run = super().execute
            return (mishap.around(run, no_space_for_sqlite) if wanted else run)(*args)

        def executemany(self, *args):
            return mishap.around(super().executemany, no_space_for_sqlite)(*args)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **options: connect(*args, factory=Connection, **options))


def exact(account, path, form):
    """The copy is the account, and no version was written twice."""
    assert names(path, form) == account.truth()
    seen = Counter((row["id"], row.get("name")) for row in versions(path, form))
    assert set(seen.values()) <= {1}


@EACH
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_failure_at_any_step_costs_nothing(form, after, tmp_path, monkeypatch):
    struck = 0
    for step in range(1, 200):
        account, path = filled(11), place(tmp_path / str(step), form)
        path.parent.mkdir()
        mishap = Mishap(step, after=after)
        with monkeypatch.context() as patch:
            watched(patch, mishap)
            with contextlib.suppress(LedgerError):
                await account.sync.run(sink_of(path, form), **RUN)
        account.write(5, 100, second=BEGIN + 500)
        await account.sync.run(sink_of(path, form), **RUN)
        exact(account, path, form)
        if not mishap.struck:
            break
        struck += 1
    assert 8 < struck < 199


@EACH
async def test_a_run_that_is_cancelled_anywhere_leaves_a_copy_that_goes_on(form, tmp_path):
    chance, cut_short = random.Random(5), 0
    for turn in range(8):
        account, path = filled(20), place(tmp_path / str(turn), form)
        path.parent.mkdir()
        task = under_way(account.sync.run(sink_of(path, form), **RUN))
        for _ in range(chance.randrange(1, 250)):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        cut_short += task.cancelled()
        await nobody_left()
        await account.sync.run(sink_of(path, form), **RUN)
        exact(account, path, form)
    assert cut_short


@EACH
async def test_random_histories_with_stops(form, tmp_path):
    chance = random.Random(11)
    for turn in range(3):
        account, path = filled(9), place(tmp_path / str(turn), form)  # nobody is deleted: that could come twice
        path.parent.mkdir()
        account.now = NOW
        for _ in range(8):
            account.now += chance.choice([0, 1, 61])
            account.write(*(chance.randrange(1, 30) for _ in range(chance.randrange(6))))
            stop = asyncio.Event()
            pages = [chance.randrange(1, 5)]

            def count(_progress, pages=pages, stop=stop):
                pages[0] -= 1
                if pages[0] == 0:
                    stop.set()

            await account.sync.run(sink_of(path, form), **RUN, stop=stop, on_progress=count)
        account.now += 61
        report = await account.sync.run(sink_of(path, form), **RUN)
        assert states(path, form)["users"]["cursor"] == report.tables["users"].cursor
        assert states(path, form)["users"]["until"] == report.tables["users"].until.isoformat()
        exact(account, path, form)
