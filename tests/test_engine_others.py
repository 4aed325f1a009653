"""Others spend from the same account: what they took is left to them, and nothing of ours fails for it.

The promise: of a thousand requests at most one is rejected, whatever others do and however long a reply takes.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import asynccontextmanager

import pytest
from support import ADMIN, gather_all, now, rig, under_way

from zdasync import Zendesk
from zdasync.limits.table import PLANS
from zdasync.simulator import CUSTOMER_ID

ROUND_TRIPS = [0.03, 0.25, 2.0]


def legs(trip):
    """The options of an account whose replies take so many seconds, half of them on each way."""
    return {"latency": trip / 2, "latency_after": trip / 2}


def promised(r):
    """Is at most one of a thousand requests rejected?"""
    return 1000 * sum(r.account.rejections.values()) <= r.account.requests


class Others:
    """A program that spends from the account: `took` units by window, and how often they found it `spent`."""

    def __init__(self, account):
        self.account = account
        self.took, self.spent = Counter(), Counter()

    def spend(self, units):
        """Spend so many."""
        window = self.account.now() // 60
        left = self.account.consume("account", units)
        self.took[window] += units
        self.spent[window] += left == 0

    def whole_windows(self):
        """The windows that they saw from edge to edge, in order."""
        return sorted(self.took)[1:-1]


@asynccontextmanager
async def at_work(coroutine):
    task = under_way(coroutine)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def steadily(others, rate):
    while True:
        await asyncio.sleep(60 / rate)
        others.spend(1)


async def in_bursts(others, size, seed):
    chance = random.Random(seed)
    while True:
        await asyncio.sleep(chance.uniform(20, 100))
        others.spend(size)


# -- two like us ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trip", ROUND_TRIPS)
@pytest.mark.parametrize(("plan", "number"), [("team", 1000), ("enterprise", 1500)])
async def test_two_clients_that_know_nothing_of_each_other(trip, plan, number) -> None:
    async with (
        rig(plan=plan, log_size=0, **legs(trip)) as r,
        Zendesk(base_url=r.account.url, auth=ADMIN, plan=plan) as other,
    ):
        start = now()
        ended = await asyncio.gather(*(
            gather_all(zd.users.show(CUSTOMER_ID) for _ in range(number)) for zd in (r.zd, other)
        ))
        assert ended == [{"ok": number}] * 2
        assert promised(r)
        assert now() - start <= 60 * (2 * number / PLANS[plan] + 2)


@pytest.mark.parametrize("trip", ROUND_TRIPS)
async def test_one_that_comes_while_the_other_is_at_work_gets_its_part(trip) -> None:
    async with (
        rig(plan="team", log_size=None, **legs(trip)) as r,
        Zendesk(base_url=r.account.url, auth=ADMIN, plan="team") as other,
    ):
        first = under_way(gather_all(r.zd.users.me() for _ in range(1200)))
        await asyncio.sleep(70)
        second = under_way(gather_all(other.users.show(CUSTOMER_ID) for _ in range(400)))
        assert await second == {"ok": 400}
        ours = sum(one.path.endswith("/me") for one in r.account.log)
        assert ours < 1200  # they didn't wait for the first one's end
        assert await first == {"ok": 1200}
        # In the window in which they meet, the first one has all connections under way when the other one comes.
        assert sum(r.account.rejections.values()) <= 60


# -- a program unlike us ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trip", ROUND_TRIPS)
@pytest.mark.parametrize("rate", [6, 60, 100, 150])
async def test_a_program_that_spends_at_a_steady_rate(trip, rate) -> None:
    async with rig(plan="team", log_size=0, **legs(trip)) as r:
        others = Others(r.account)
        start = now()
        async with at_work(steadily(others, rate)):
            assert await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(1000)) == {"ok": 1000}
        assert promised(r)
        # What they leave is spent: at most two windows more than that takes.
        assert now() - start <= 60 * (1000 / (200 - rate) + 2)


# A window that is spent in a tenth of a second shows nobody who comes every six tenths: that is what `reserve` is for.
@pytest.mark.parametrize(("trip", "rate"), [(0.03, 60), (0.25, 60), (2.0, 60), (0.25, 100), (2.0, 100)])
async def test_what_others_took_is_left_to_them(trip, rate) -> None:
    async with rig(plan="team", log_size=0, **legs(trip)) as r:
        others = Others(r.account)
        async with at_work(steadily(others, rate)):
            assert await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(1000)) == {"ok": 1000}
        last = others.whole_windows()[-1]
        assert others.took[last] >= rate - 1
        assert others.spent[last] <= 0.2 * others.took[last]
        assert promised(r)


@pytest.mark.parametrize("trip", ROUND_TRIPS)
@pytest.mark.parametrize("size", [50, 150])
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_program_that_spends_in_bursts(trip, size, seed) -> None:
    async with rig(plan="team", log_size=0, **legs(trip)) as r:
        others = Others(r.account)
        async with at_work(in_bursts(others, size, seed)):
            assert await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(1200)) == {"ok": 1200}
        assert promised(r)


@pytest.mark.parametrize("trip", ROUND_TRIPS)
@pytest.mark.parametrize("moment", [0.0, 20.0, 50.0])
async def test_a_window_that_others_have_spent_before_we_come(trip, moment) -> None:
    async with rig(plan="team", log_size=0, **legs(trip)) as r:
        await asyncio.sleep(60 - r.account.now() % 60 + moment)
        r.account.consume("account", 200)
        assert await gather_all(r.zd.users.me() for _ in range(300)) == {"ok": 300}
        # Nobody can know before the first reply; when that takes longer than a second, ten more go without it.
        assert r.account.rejections["account"] <= (1 if trip <= 1 else 10)


@pytest.mark.parametrize("trip", ROUND_TRIPS)
async def test_after_a_long_pause_others_may_have_come(trip) -> None:
    async with rig(plan="team", log_size=0, **legs(trip)) as r:
        assert await gather_all(r.zd.users.me() for _ in range(300)) == {"ok": 300}
        await asyncio.sleep(600)
        r.account.consume("account", 200)
        assert await gather_all(r.zd.users.me() for _ in range(300)) == {"ok": 300}
        assert r.account.rejections["account"] <= 10  # the few that go before the first reply after a pause


@pytest.mark.parametrize("trip", ROUND_TRIPS)
async def test_others_at_one_profile(trip) -> None:
    async with rig(log_size=0, **legs(trip)) as r:
        profile = "create-update-user/profile"
        await r.zd.users.update(CUSTOMER_ID, notes="0")
        running = under_way(gather_all(r.zd.users.update(CUSTOMER_ID, notes=str(n)) for n in range(20)))
        for _ in range(6):
            await asyncio.sleep(60 - r.account.now() % 60 + 0.5)
            r.account.consume(profile, 2, str(CUSTOMER_ID))
        assert await running == {"ok": 20}
        assert r.account.rejections.get(profile, 0) <= 1


async def test_others_that_are_gone_leave_all_to_us() -> None:
    async with rig(plan="team", log_size=None) as r:
        others = Others(r.account)
        running = under_way(gather_all(r.zd.users.me() for _ in range(2000)))
        async with at_work(steadily(others, 60)):
            await asyncio.sleep(185)
        assert await running == {"ok": 2000}
        counts = Counter(one.time // 60 for one in r.account.log)
        full = [counts[window] for window in sorted(counts)]
        assert full[-2] == full[-3] == 200
        assert promised(r)
