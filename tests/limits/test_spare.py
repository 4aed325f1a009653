"""What bulk work leaves to others, and what is kept for other consumers. Tests begin 20 s before a minute's edge."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

EDGE = 20.0
END = EDGE + 60
SECOND = "create-update-user/second"


async def stop(calls: list[asyncio.Task[float]]) -> None:
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)


def gone(calls: list[asyncio.Task[float]], since: float, until: float) -> int:
    return sum(since <= call.result() < until for call in calls if call.done())


# -- beside bulk work -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [0.1, 5.0, 30.0, 54.9, 55.1, 57.0, 58.5, 59.0, 59.5, 59.99, 60.02])
@pytest.mark.parametrize("limit", [100, 700])
async def test_a_lone_call_beside_a_thousand_bulk_calls_waits_a_second_at_most(
    rig: Callable[..., object], limit: int, offset: float
) -> None:
    r = rig({"account": limit})
    bulk = r.calls(1000 + 2 * limit, "show", priority=2)
    await asyncio.sleep(EDGE + offset)
    came = r.now
    assert await r.call("show", priority=1) - came <= 1.0
    await asyncio.sleep(END + 1 - r.now)
    # The lone call took one token of its window, and bulk work took all the others.
    assert gone(bulk, EDGE, END) == limit - (offset < 59.2)
    await stop(bulk)


async def test_bulk_work_alone_wastes_nothing(rig: Callable[..., object]) -> None:
    r = rig({"account": 100})
    bulk = r.calls(400, "show", priority=2)
    went = await asyncio.gather(*bulk)
    assert [gone(bulk, since, since + 60) for since in (EDGE - 60, EDGE, END, END + 60)] == [100] * 4
    # Two in each window wait for its last seconds.
    assert sum(at == 0.0 for at in went) == 98
    assert sorted(at for at in went if 0 < at < EDGE) == pytest.approx([EDGE - 2.9, EDGE - 0.8], abs=0.05)


@pytest.mark.parametrize("priority", [0, 1])
async def test_others_leave_nothing(rig: Callable[..., object], priority: int) -> None:
    r = rig({"account": 100})
    went = await asyncio.gather(*r.calls(101, "show", priority=priority))
    assert went[:100] == [0.0] * 100


async def test_newcomers_find_what_bulk_left_at_once(rig: Callable[..., object]) -> None:
    r = rig({"account": 100})
    bulk = r.calls(200, "show", priority=2)
    await asyncio.sleep(3)
    assert await r.call("show", priority=0) == 3.0
    assert await r.call("show", priority=1) == pytest.approx(3.1)
    assert await r.call("show", priority=1) > EDGE
    await stop(bulk)


async def test_a_fresh_bulk_call_leaves_them_too(rig: Callable[..., object]) -> None:
    r = rig({"account": 100})
    await r.spend("show", 98)
    assert await r.call("show", priority=2) == pytest.approx(EDGE - 2.9, abs=0.05)
    assert await r.call("show", priority=1) == pytest.approx(EDGE - 2.8, abs=0.05)


@pytest.mark.parametrize("capacity", [8, 16])
async def test_what_bulk_spares_does_not_starve_it(rig: Callable[..., object], capacity: int) -> None:
    """Every sixteenth turn falls on the token that it spares."""
    r = rig({"account": capacity})
    await r.spend("show", capacity)
    [bulk] = r.calls(1, "show", priority=2)
    interactive = r.calls(capacity * 10, "show", priority=0)
    await bulk
    assert sum(not call.done() for call in interactive) > 0
    await asyncio.gather(*interactive)


async def test_connections_are_left_as_well(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, connections=50)
    bulk = r.calls(100, "show", priority=2, takes=10.0)
    await asyncio.sleep(1)
    assert r.under_way()["connections"] == 48
    assert await r.call("show", priority=1) == 1.0
    await stop(bulk)


async def test_a_target_s_limit_spares_nothing(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, SECOND: 100})
    assert await asyncio.gather(*r.calls(5, "update", 7, priority=2)) == [0.0] * 5


async def test_an_account_of_a_few_requests_spares_nothing(rig: Callable[..., object]) -> None:
    r = rig({"account": 4})
    assert await asyncio.gather(*r.calls(4, "show", priority=2)) == [0.0] * 4


# -- for other consumers --------------------------------------------------------------------------------------------


async def test_a_reserve_stays_in_each_window(rig: Callable[..., object]) -> None:
    r = rig({"account": 10}, reserves={"account": 0.3})
    calls = r.calls(20, "show")
    await asyncio.gather(*calls)
    assert [gone(calls, since, since + 60) for since in (EDGE - 60, EDGE, END)] == [7, 7, 6]


async def test_a_target_s_reserve_holds_for_each_of_them(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, SECOND: 100}, reserves={"create-update-user/profile": 2})
    calls = [call for user in (7, 8) for call in r.calls(4, "update", user)]
    went = await asyncio.gather(*calls)
    assert [at < EDGE for at in went] == [True, True, True, False] * 2


async def test_what_others_took_of_their_reserve_is_not_kept_once_more(rig: Callable[..., object]) -> None:
    r = rig({"account": 100}, reserves={"account": 30})
    charge, count = r.charge("show"), 20  # theirs
    while count < 100:
        count += 1
        left = {"X-Rate-Limit": "100", "X-Rate-Limit-Remaining": str(100 - count), "ratelimit-reset": "20"}
        r.hear(await r.admit("show"), charge, "show", left)
        if r.free("account") <= 0:
            break
    # Ten of the thirty are still kept for them.
    assert count == 90
