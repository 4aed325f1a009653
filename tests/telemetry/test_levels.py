"""Reading the limits from other threads, and what many buckets come down to."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from eventful import watched

import zdasync.telemetry._levels
from zdasync import BadArgument
from zdasync.telemetry._levels import GAUGES, Level, Levels, by_limit
from zdasync.telemetry._measures import Names


class Client:
    """Stands for a client, and tells which threads looked at its limits."""

    base_url = "https://acme.zendesk.com"

    def __init__(self, error: Exception | None = None) -> None:
        self.threads: list[int] = []
        self.error = error

    @property
    def limits(self):
        self.threads.append(threading.get_ident())
        if self.error is not None:
            raise self.error
        return ()


def by_name(levels):
    return {level.limit: level for level in levels}


async def test_buckets_of_one_limit_are_told_by_the_fullest() -> None:
    async with watched(lambda _: None) as r:
        reads = [asyncio.ensure_future(r.zd.users.update(user, notes="x")._run()) for user in (1, 2, 2, 2, 2, 2, 2)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        states = [state for state in r.zd.limits if state.limit == "create-update-user/profile"]
        found = by_name(by_limit(r.zd.limits, Names()))
        for read in reads:
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)
    fullest = min(states, key=lambda state: state.remaining)
    assert len(states) == 2
    assert found["create-update-user/profile"] == Level(
        limit="create-update-user/profile", total=fullest.total, used=fullest.used, remaining=fullest.remaining,
        reserve=fullest.reserve, waiting=sum(state.waiting for state in states), keys=2,
    )
    assert found["account"].keys == 1


def test_limits_that_share_a_label_share_a_line() -> None:
    states = [
        SimpleNamespace(limit=f"hidden: GET /api/v2/users/{n}", total=1, used=n, remaining=1 - n, reserve=3, waiting=2)
        for n in (0, 1)
    ]
    [level] = by_limit(states, Names())
    assert level == Level("hidden: GET /api/v2/users/{}", total=1, used=1, remaining=0, reserve=3, waiting=4, keys=2)


@pytest.mark.parametrize(
    ("url", "account", "host", "port"),
    [
        ("https://acme.zendesk.com", "acme.zendesk.com", "acme.zendesk.com", 443),
        ("http://localhost", "localhost", "localhost", 80),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", "127.0.0.1", 8080),
    ],
)
async def test_the_account_is_named_by_its_host(url, account, host, port) -> None:
    zd = Client()
    zd.base_url = url
    levels = Levels(zd, Names())
    assert (levels.account, levels.host, levels.port) == (account, host, port)


def test_every_field_but_the_name_is_a_gauge() -> None:
    level = Level("account", 700, 3, 697, 70, 5, 1)
    assert {gauge.field: gauge.read(level) for gauge in GAUGES} == {
        "total": 700, "used": 3, "remaining": 697, "reserve": 70, "waiting": 5, "keys": 1,
    }


async def test_the_loops_own_thread_looks_whoever_asks() -> None:
    zd = Client()
    levels = Levels(zd, Names())
    assert await asyncio.to_thread(levels.read) == ()
    await asyncio.sleep(1)
    assert levels.read() == ()
    assert zd.threads == [threading.get_ident()] * 2


async def test_a_look_is_good_for_half_a_second() -> None:
    zd = Client()
    levels = Levels(zd, Names())
    for pause in (0.0, 0.2, 0.2, 0.2):
        await asyncio.sleep(pause)
        levels.read()
        levels.read()
    assert len(zd.threads) == 2


async def test_a_closed_client_has_no_figures() -> None:
    async with watched(lambda _: None) as r:
        levels = Levels(r.zd, Names())
        assert "account" in by_name(levels.read())
    await asyncio.sleep(1)
    assert levels.read() == ()
    assert await asyncio.to_thread(levels.read) == ()


@pytest.mark.parametrize("close", [True, False])
def test_a_loop_that_does_not_run_has_no_figures(close) -> None:
    async def made() -> Levels:
        return Levels(zd, Names())

    zd = Client()
    loop = asyncio.new_event_loop()
    levels = loop.run_until_complete(made())
    if close:
        loop.close()
    assert levels.read() == ()
    loop.close()
    assert zd.threads == []


async def test_a_loop_that_is_busy_is_not_waited_for(monkeypatch) -> None:
    monkeypatch.setattr(zdasync.telemetry._levels, "PATIENCE", 0.01)
    zd = Client()
    levels = Levels(zd, Names())
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(levels.read).result() == ()  # this blocks the loop
    await asyncio.sleep(0)
    assert zd.threads == []


async def test_what_a_client_raises_reaches_the_thread_that_asked() -> None:
    levels = Levels(Client(LookupError("broken")), Names())
    with pytest.raises(LookupError, match="broken"):
        await asyncio.to_thread(levels.read)
    assert await asyncio.to_thread(Levels(Client(BadArgument("closed")), Names()).read) == ()
