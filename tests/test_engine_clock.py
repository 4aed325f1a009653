"""Clocks that are wrong, jump or stand still, on either side: nothing is rejected for it, nothing waits for long."""

from __future__ import annotations

import asyncio

import pytest
from support import gather_all, now, rig, under_way

from zdasync.simulator import CUSTOMER_ID

HOUR = 3600.0
PROFILE = "create-update-user/profile"


class Clock:
    """A server's clock that can be set."""

    def __init__(self):
        self.offset = 1_700_000_017.25

    def __call__(self):
        return self.offset + now()


async def edge(r, after):
    await asyncio.sleep(60 - r.account.now() % 60 + after)


async def in_the_midst(r, what, *, number=700, after=5.0):
    """Work during which something happens to a clock; gives the seconds that it took."""
    start = now()
    running = under_way(gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(number)))
    await asyncio.sleep(after)
    what()
    assert await running == {"ok": number}
    return now() - start


# -- a clock that is wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [-HOUR, -90.0, -0.4, 0.4, 90.0, HOUR, 20 * 365 * 86_400.0])
async def test_a_server_that_is_far_from_our_time(offset) -> None:
    clock = Clock()
    clock.offset += offset
    async with rig(plan="team", clock=clock, latency=0.02, log_size=0) as r:
        start = now()
        assert await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(500)) == {"ok": 500}
        assert r.account.rejections == {}
        assert now() - start <= 121


@pytest.mark.parametrize("skew", [-130.0, -30.5, -1.0, 1.0, 30.5, 130.0])
async def test_dates_that_are_not_those_of_the_windows(skew) -> None:
    async with rig(plan="team", skew=skew, latency=0.02, log_size=0) as r:
        start = now()
        assert await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(600)) == {"ok": 600}
        # One second is what rounding makes of a reset, too: an edge that comes a second late is no surprise yet.
        assert sum(r.account.rejections.values()) <= (2 if skew == 1.0 else 0)
        assert now() - start <= 190


# -- a server's clock that is set -------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [-HOUR, -90.0, -30.0, -3.0, 3.0, 30.0, 90.0, HOUR])
@pytest.mark.parametrize("after", [0.5, 5.0, 41.0, 62.0])
async def test_the_server_s_clock_jumps_in_mid_run(jump, after) -> None:
    clock = Clock()
    async with rig(plan="team", clock=clock, latency=0.02, log_size=0) as r:
        def leap():
            clock.offset += jump

        took = await in_the_midst(r, leap, after=after)
        # A clock that is set back by less than a window goes through the window's end twice. What is under way at the
        # first of these ends can't know of the second; else it is the window's own count that begins anew.
        avoidable = sum(r.account.rejections.values()) - (100 if -60 < jump < 0 else 0)
        assert avoidable <= 0
        assert took <= 4 * 60 + 5


@pytest.mark.parametrize("jump", [-HOUR, -90.0, 90.0, HOUR])
async def test_writes_of_a_profile_across_a_jump(jump) -> None:
    clock = Clock()
    async with rig(clock=clock, latency=0.02, log_size=0) as r:
        start = now()
        running = under_way(gather_all(r.zd.users.update(CUSTOMER_ID, notes=str(n)) for n in range(18)))
        await asyncio.sleep(7)
        clock.offset += jump
        assert await running == {"ok": 18}
        assert r.account.rejections == {}
        assert now() - start <= 5 * 60


@pytest.mark.parametrize("jump", [-90.0, 90.0])
async def test_two_jumps(jump) -> None:
    clock = Clock()
    async with rig(plan="team", clock=clock, latency=0.02, log_size=0) as r:
        start = now()
        running = under_way(gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(900)))
        for _ in range(2):
            await asyncio.sleep(50)
            clock.offset += jump
        assert await running == {"ok": 900}
        assert r.account.rejections == {}
        assert now() - start <= 7 * 60


# -- our own ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asleep", [40.0, 90.0, 8 * HOUR])
@pytest.mark.parametrize("after", [5.0, 45.0])
async def test_our_clock_stands_still_while_the_server_s_goes_on(asleep, after) -> None:
    # A laptop that was suspended: the loop's clock has not seen the time that passed.
    clock = Clock()
    async with rig(plan="team", clock=clock, latency=0.02, log_size=0) as r:
        def wake_up():
            clock.offset += asleep

        took = await in_the_midst(r, wake_up, after=after)
        assert r.account.rejections == {}
        assert took <= 4 * 60 + 5


@pytest.mark.parametrize("asleep", [40.0, 90.0, 8 * HOUR])
async def test_both_clocks_go_on_while_nothing_runs(asleep) -> None:
    async with rig(plan="team", latency=0.02, log_size=0) as r:
        loop = asyncio.get_running_loop()
        took = await in_the_midst(r, lambda: loop.advance(asleep))
        assert r.account.rejections == {}
        assert took <= asleep + 4 * 60


# -- a server that forgets --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [0.5, 5.0, 41.0, 62.0])
async def test_the_server_restarts_its_windows(after) -> None:
    async with rig(plan="team", latency=0.02, log_size=0) as r:
        took = await in_the_midst(r, r.account.restart_windows, after=after)
        assert r.account.rejections == {}
        assert took <= 3 * 60 + 50


async def test_the_server_restarts_again_and_again() -> None:
    async with rig(plan="team", latency=0.02, log_size=0) as r:
        start = now()
        running = under_way(gather_all([
            *(r.zd.users.show(CUSTOMER_ID) for _ in range(700)),
            *(r.zd.users.update(CUSTOMER_ID, notes=str(n)) for n in range(15)),
        ]))
        while not running.done():
            await asyncio.sleep(7)
            r.account.restart_windows()
        assert running.result() == {"ok": 715}
        assert r.account.rejections == {}
        assert now() - start <= 4 * 60


async def test_a_start_exactly_on_the_edge_of_a_minute() -> None:
    for offset in (0.0, 0.001, 59.999):
        async with rig(plan="team", log_size=0) as r:
            await edge(r, offset)
            start = now()
            assert await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(500)) == {"ok": 500}
            assert r.account.rejections == {}
            assert now() - start <= 121
