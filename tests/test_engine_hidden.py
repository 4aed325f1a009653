"""A limit that nobody names shows itself by rejections alone: it is paced, probed with care, and forgotten."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import attrs
import pytest
from support import gather_all, now, rig, under_way

from zdasync import Limit
from zdasync.events import Learned, Throttled
from zdasync.simulator import CUSTOMER_ID

NAME = "hidden: users.related"


def secret(count, interval=60.0):
    return Limit(name="secret", count=count, interval=interval, endpoints=("GET /api/v2/users/{id}/related",))


async def work(r, number, tasks):
    """So many calls, by so many at a time."""
    left = iter(range(number))

    async def one():
        for _ in left:
            await r.zd.users.related(CUSTOMER_ID)

    await asyncio.gather(*(one() for _ in range(tasks)))


@pytest.mark.parametrize("count", [5, 30, 60])
@pytest.mark.parametrize("tasks", [1, 3])
async def test_rejections_are_few_and_every_call_completes(count, tasks) -> None:
    async with rig(latency=0.02) as r:
        r.account.hide(secret(count))
        start = now()
        await work(r, 10 * count, tasks)
        sent = r.account.requests
        assert set(r.account.rejections) == {"secret"}
        # Those under way when it shows itself, and then one for each time that it is probed.
        assert r.account.rejections["secret"] <= tasks + 3
        assert sent == 10 * count + r.account.rejections["secret"]
        assert now() - start <= 2 * 10 * 60  # half the rate of one who knows the limit, at the least


async def test_it_is_shown_and_told_of_once() -> None:
    async with rig() as r:
        r.account.hide(secret(10))
        await work(r, 20, 1)
        state = r.zd.limits[NAME]
        assert (state.origin, state.limit) == ("hidden", NAME)
        assert [(one.limit, one.interval, one.new) for one in r.told(Learned)] == [(NAME, None, True)]
        assert {one.limit for one in r.told(Throttled)} == {NAME}


async def test_requests_go_one_by_one_while_it_is_in_force() -> None:
    async with rig() as r:
        r.account.hide(secret(30))
        await work(r, 40, 1)
        assert NAME in [one.limit for one in r.zd.limits]
        begun = len(r.account.log)
        await gather_all(r.zd.users.related(CUSTOMER_ID) for _ in range(20))
        times = [one.time for one in list(r.account.log)[begun:] if one.status == 200]
        assert min(after - before for before, after in pairwise(times)) > 60 / 30 / 2


async def test_others_routes_are_not_held_up() -> None:
    async with rig() as r:
        r.account.hide(secret(5))
        slow = under_way(gather_all(r.zd.users.related(CUSTOMER_ID) for _ in range(20)))
        await asyncio.sleep(5)
        start = now()
        assert await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(400)) == {"ok": 400}
        assert now() - start < 1
        assert await slow == {"ok": 20}


async def test_a_crowd_meets_it_once() -> None:
    async with rig(latency=0.05) as r:
        r.account.hide(secret(30))
        assert await gather_all(r.zd.users.related(CUSTOMER_ID) for _ in range(150)) == {"ok": 150}
        # Those under way when the first is turned away, while the connections widen, and then the probes.
        assert r.account.rejections["secret"] <= 40
        first = r.told(Throttled)[0]
        late = [one for one in r.account.log if one.status == 429 and one.time > r.account.log[0].time + 60]
        assert len(late) <= 4
        assert first.limit == NAME


async def test_it_is_forgotten_when_it_bites_no_more() -> None:
    async with rig() as r:
        r.account.hide(secret(10))
        await work(r, 15, 1)
        r.account.hide(attrs.evolve(secret(10), count=1_000_000))
        before = dict(r.account.rejections)
        await work(r, 300, 5)
        assert r.account.rejections == before
        assert NAME not in [one.limit for one in r.zd.limits]
        start = now()
        assert await gather_all(r.zd.users.related(CUSTOMER_ID) for _ in range(300)) == {"ok": 300}
        assert now() - start < 60


async def test_one_that_comes_back_is_found_again() -> None:
    async with rig() as r:
        r.account.hide(secret(10))
        await work(r, 15, 1)
        r.account.hide(attrs.evolve(secret(10), count=1_000_000))
        await work(r, 300, 5)
        r.account.hide(secret(10))
        before = r.account.rejections["secret"]
        await work(r, 30, 1)
        assert before < r.account.rejections["secret"] <= before + 5
        assert r.zd.limits[NAME].origin == "hidden"


async def test_calls_that_wait_for_it_can_be_cancelled_and_leave_nothing() -> None:
    async with rig() as r:
        r.account.hide(secret(5))
        tasks = [asyncio.ensure_future(r.zd.users.related(CUSTOMER_ID)._run()) for _ in range(60)]
        await asyncio.sleep(70)
        assert r.zd.limits[NAME].waiting > 0
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(70)
        assert {one.limit: (one.used, one.waiting) for one in r.zd.limits if one.used or one.waiting} == {}
