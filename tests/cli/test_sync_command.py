"""`zdasync sync`: what is copied, what is shown, how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import time
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from support import add_user

from zdasync.cli import main
from zdasync.cli.options import Options
from zdasync.cli.sync import GOES_ON, sync
from zdasync.simulator import Account

JSON = Options(json=True)


@asynccontextmanager
async def served(account_at, **more):
    account = Account(plan="enterprise", **{"users": 20, "tickets": 5, **more})
    async with account.serve() as url:
        account_at(url)
        yield account


def interrupt_at(seconds: float) -> None:
    asyncio.get_running_loop().call_later(seconds, os.kill, os.getpid(), signal.SIGINT)


def count(copy: Path, table: str) -> int:
    with closing(sqlite3.connect(copy)) as db:
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_a_copy_is_made(tmp_path, capsys) -> None:
    copy = tmp_path / "copy.db"
    assert main(["sync", str(copy), "--simulate"]) == 0
    out, err = capsys.readouterr()
    head, *rows = (line.split() for line in out.splitlines())
    assert head == ["table", "rows", "deleted", "pages", "up", "to"]
    assert [row[0] for row in rows] == ["users", "tickets", "organizations", "ticket_events"]
    assert rows[0][1:4] == [str(count(copy, "users")), "0", "1"]
    assert "users 34 up to date; tickets" in err
    # Another simulated account is another account.
    assert main(["sync", str(copy), "--simulate"]) == 6
    assert "it is a copy of" in capsys.readouterr().err


def test_only_what_is_asked_for(tmp_path, capsys) -> None:
    more = ["--tables", "ticket_metric_events, users,users", "--format", "jsonl", "--since", "2023-01-01"]
    assert main(["sync", str(tmp_path / "copy"), "--simulate", "--json", *more]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert list(json.loads(out)["tables"]) == ["ticket_metric_events", "users"]
    assert list((tmp_path / "copy").rglob("*.jsonl"))


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        (["copy"], 2, "does not say what to write"),
        (["copy.db", "--tables", "users,people"], 2, "people"),
        (["copy.db", "--tables", ","], 2, "tables must be some of"),
        (["copy.db", "--since", "yesterday"], 2, "--since"),
        (["copy.db", "--every", "5"], 2, "--follow"),
        (["copy.db", "--follow"], 2, "simulated account"),
    ],
)
def test_what_can_not_be_right_is_one_line(more, status, said, tmp_path, monkeypatch, line) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["sync", *more, "--simulate"]) == status
    assert said in line("sync")
    assert list(tmp_path.glob("copy*")) == []


@pytest.mark.parametrize(("since", "rows"), [("0.5", 1), ("3", 2), ("9999999", 4), ("2020-01-01", 4)])
async def test_days_are_counted_back_from_now(since, rows, tmp_path, account_at, capsys) -> None:
    async with served(account_at, users=0, tickets=0, clock=time.time) as account:
        ages = (3600.0, 86_400.0, 100 * 86_400.0, 200 * 86_400.0)
        for user, age in zip(account.state.users.values(), ages, strict=True):
            user.created_at = user.updated_at = account.now() - age
        assert await sync(tmp_path / "copy.db", tables="users", since=since, options=JSON) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == rows


async def test_what_is_interrupted_goes_on(tmp_path, account_at, capsys) -> None:
    copy = tmp_path / "copy.db"
    async with served(account_at, users=2500, latency=5.0):
        interrupt_at(8.0)
        assert await sync(copy, tables="users") == 130
        assert count(copy, "users") == 1000
        out, err = capsys.readouterr()
        assert "stopping" in err
        assert err.endswith(f"interrupted: {GOES_ON}\n")
        assert out.splitlines()[1].split()[:4] == ["users", "1,000", "0", "1"]
        assert await sync(copy, tables="users", options=JSON) == 0
        assert json.loads(capsys.readouterr().out)["rows"] == 1504
        assert count(copy, "users") == 2504


async def test_the_second_ctrl_c_stops_at_once(tmp_path, account_at, capsys) -> None:
    async with served(account_at, latency=5.0):
        interrupt_at(1.0)
        interrupt_at(1.0)
        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(sync(tmp_path / "copy.db", tables="users"))
    assert capsys.readouterr().err.endswith(f"interrupted: {GOES_ON}\n")


async def test_a_copy_is_followed_until_ctrl_c(tmp_path, account_at, capsys) -> None:
    async with served(account_at) as account:
        copy = tmp_path / "copy.db"
        following = asyncio.create_task(sync(copy, tables="users", follow=True, every=10.0, options=JSON))
        await asyncio.sleep(70.0)
        before = count(copy, "users")
        add_user(account, "new@example.org")
        await asyncio.sleep(80.0)
        assert count(copy, "users") == before + 1
        os.kill(os.getpid(), signal.SIGINT)
        assert await following == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["rows"] == before + 1
    assert "interrupted" not in err


async def test_what_a_copy_is_told_is_done(tmp_path, account_at, capsys) -> None:
    copy = tmp_path / "copy.db"
    async with served(account_at, users=0, tickets=3) as account:
        options = {"tables": "users,ticket_events", "deletions": "mark", "comments": True, "options": JSON}
        assert await sync(copy, **options) == 0
        assert "include=comment_events" in " ".join(one.query for one in account.log)
        gone = next(iter(account.state.users.values()))
        gone.active, gone.updated_at = False, account.now() - 61.0
        await asyncio.sleep(120.0)
        assert await sync(copy, restart=True, **options) == 0
        again = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert again["tables"]["users"]["rows"] == len(account.state.users)
        assert count(copy, "users") == len(account.state.users)
        with closing(sqlite3.connect(copy)) as db:
            assert db.execute("SELECT count(*) FROM users WHERE NOT active").fetchone() == (1,)
