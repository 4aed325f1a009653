"""`zdasync jobs`: the list, and some watched to their end."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from support import ADMIN

from zdasync import AuthenticationError, Zendesk
from zdasync.cli import jobs, main, output
from zdasync.cli.options import Options
from zdasync.simulator import Account, Fault

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
MACHINE = Options(json=True)


@asynccontextmanager
async def started(account_at, *rows: dict, **more) -> AsyncIterator[tuple[str, Account]]:
    """A job on these rows; gives its id and the account."""
    account = Account(**more)
    async with account.serve() as url:
        account_at(url)
        async with Zendesk(base_url=url, auth=ADMIN) as zd:
            job = await zd.users.create_many(list(rows))
            yield job.id, account


GOOD = {"name": "New", "email": "new@example.org"}
TAKEN = {"name": "Taken", "email": "admin@example.com"}


async def test_a_job_is_watched_to_its_end(account_at, capsys) -> None:
    async with started(account_at, GOOD) as (one, _):
        assert await jobs.watch(one, one, options=MACHINE) == 0
    states = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {state["id"] for state in states} == {one}
    assert states[-1]["status"] == "completed"
    assert states[-1]["failed_rows"] == 0
    assert len(states) > 1
    assert "failed_rows" not in states[0]


@pytest.mark.parametrize("drawn", [False, True])
async def test_a_row_that_failed_is_a_failure(drawn, account_at, monkeypatch, capsys) -> None:
    monkeypatch.setattr(output, "is_terminal", lambda _: drawn)
    async with started(account_at, GOOD, TAKEN) as (one, _):
        assert await jobs.watch(one, options=Options()) == 1
    out = capsys.readouterr().out
    assert one in out
    if drawn:
        assert "\x1b[1A" in out
        assert re.search(rf"{one}\D+completed\D+2/2\D+1\b", ESCAPES.sub("", out))
    else:
        assert out.splitlines()[-1].startswith(f"{one}  completed  2 of 2  1 rows failed")


async def test_a_job_that_nobody_knows_is_named_and_the_other_watched(account_at, capsys) -> None:
    async with started(account_at, GOOD) as (one, _):
        assert await jobs.watch("nobody", one, options=MACHINE) == 1
    out, err = capsys.readouterr()
    assert json.loads(out.splitlines()[-1])["status"] == "completed"
    assert err.startswith("zdasync jobs watch: ")
    assert "nobody" in err


async def test_an_error_of_a_poll_ends_it(account_at, capsys) -> None:
    faults = [Fault("GET /api/v2/job_statuses/show_many", "error", status=401)]
    async with started(account_at, GOOD, faults=faults) as (one, _):
        with pytest.raises(AuthenticationError):
            await jobs.watch(one, "other", options=MACHINE)


async def test_the_list(account_at, capsys) -> None:
    async with started(account_at, GOOD) as (one, _):
        assert await jobs.list_(options=MACHINE) == 0
        assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == [one]
        assert await jobs.list_(options=Options()) == 0
    assert capsys.readouterr().out.splitlines()[0].split() == list(jobs.COLUMNS)


def test_no_ids(line) -> None:
    assert main(["jobs", "watch", "--simulate"]) == 2
    assert "jobs list" in line("jobs watch")
