"""Head room: what is kept for other programs is never spent, wherever in the window, and they find it."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise

import pytest
from support import gather_all, now, rig, under_way

from zdasync import BadArgument, Limit, Zendesk
from zdasync.simulator import CUSTOMER_ID

EXPORT = "/api/v2/incremental/tickets/cursor"
CANNED = {f"GET {EXPORT}": {}}


def per_window(r, interval=60.0, path=""):
    """How many requests the server saw in each of its windows, in order."""
    counts = Counter(one.time // interval for one in r.account.log if one.path.startswith(path))
    return [counts[window] for window in sorted(counts)]


async def edge(r, after=0.5):
    await asyncio.sleep(60 - r.account.now() % 60 + after)


@pytest.mark.parametrize(("reserve", "kept"), [(0.1, 20), (50, 50), (0.001, 1), ({"account": 75}, 75), (199, 199)])
async def test_a_share_or_a_number_is_kept_in_every_window_and_the_rest_is_spent(reserve, kept) -> None:
    async with rig(plan="team", latency=0.02, client={"reserve": reserve}) as r:
        rest = 200 - kept
        assert r.zd.limits["account"].reserve == kept
        assert await gather_all(r.zd.users.me() for _ in range(3 * rest)) == {"ok": 3 * rest}
        assert per_window(r) == [rest] * 3
        assert r.account.rejections == {}


async def test_what_is_kept_stays_kept_to_the_end_of_the_window() -> None:
    async with rig(plan="team", client={"reserve": 0.25}) as r:
        running = under_way(gather_all(r.zd.users.me() for _ in range(600)))
        await edge(r)
        for _ in range(58):
            await asyncio.sleep(1)
            assert per_window(r)[1] <= 150
        assert per_window(r)[1] == 150
        assert r.zd.limits["account"].remaining == 50
        await running
        assert max(per_window(r)) == 150


@pytest.mark.parametrize("moment", [0.2, 5.0, 30.0, 55.0, 58.0])
async def test_others_find_what_is_kept_for_them_and_cost_us_nothing(moment) -> None:
    async with rig(plan="team", latency=0.02, client={"reserve": 60}) as r:
        running = under_way(gather_all(r.zd.users.me() for _ in range(700)))
        await edge(r, moment)
        for _ in range(60):
            r.account.consume("account")
        assert r.account.worst("account") <= 200
        await edge(r)
        for _ in range(3):
            await asyncio.sleep(15)
            r.account.consume("account", 20)
        assert await running == {"ok": 700}
        assert r.account.rejections == {}
        assert r.account.worst("account") <= 200


async def test_a_single_limit_may_have_a_reserve_of_its_own() -> None:
    async with rig(client={"reserve": {"incremental-exports": 2}}, canned=CANNED) as r:
        await r.zd.users.me()
        start = now()
        running = under_way(gather_all(r.zd.request("GET", EXPORT) for _ in range(24)))
        assert await gather_all(r.zd.users.me() for _ in range(300)) == {"ok": 300}
        assert now() - start < 1
        assert await running == {"ok": 24}
        assert per_window(r, path=EXPORT) == [8, 8, 8]
        state = r.zd.limits["incremental-exports"]
        assert (state.total, state.reserve) == (10, 2)
        assert r.zd.limits["account"].reserve == 0
        assert r.account.rejections == {}


async def test_a_limit_per_profile_keeps_its_part_for_each_of_them() -> None:
    async with rig(client={"reserve": {"create-update-user/profile": 2}}) as r:
        assert await gather_all(r.zd.users.update(CUSTOMER_ID, notes=str(n)) for n in range(9)) == {"ok": 9}
        assert per_window(r) == [3, 3, 3]


async def test_a_reserve_follows_the_number_that_the_server_names() -> None:
    async with rig(plan="team", client={"plan": "enterprise", "reserve": 0.1}) as r:
        assert r.zd.limits["account"].reserve == 70
        assert await gather_all(r.zd.users.me() for _ in range(360)) == {"ok": 360}
        assert (r.zd.limits["account"].total, r.zd.limits["account"].reserve) == (200, 20)
        assert per_window(r) == [180, 180]


async def test_more_than_there_is_leaves_one_request_so_that_nothing_hangs() -> None:
    async with rig(plan="team", client={"reserve": 5000}) as r:
        assert await gather_all(r.zd.users.me() for _ in range(3)) == {"ok": 3}
        assert per_window(r) == [1, 1, 1]
        assert r.zd.limits["account"].reserve == 199


async def test_an_even_pace_leaves_the_reserve_alone() -> None:
    async with rig(plan="team", client={"pace": "even", "reserve": 0.5}) as r:
        start = now()
        assert await gather_all(r.zd.users.me() for _ in range(150)) == {"ok": 150}
        assert now() - start == pytest.approx(149 * 0.6, abs=1)
        times = [one.time for one in r.account.log]
        assert min(after - before for before, after in pairwise(times)) > 0.59
        assert max(per_window(r)) <= 100
        assert r.account.rejections == {}


async def test_estimates_and_rows_of_one_s_own_know_the_reserve() -> None:
    row = Limit(name="me", count=6, endpoints=("GET /api/v2/users/me",))
    async with rig(client={"limits": [row], "reserve": {"me": 0.5}}, limits=[row]) as r:
        await gather_all(r.zd.users.me() for _ in range(3))
        estimate = r.zd.limits.estimate(r.zd.users.me())
        assert estimate.limit == "me"
        assert estimate.wait == pytest.approx(60 - r.account.now() % 60, abs=1)
        assert r.zd.limits["me"].origin == "given"


@pytest.mark.parametrize("reserve", [
    -1, -0.1, 1.5, 2.25, float("nan"), float("inf"), True, "10", [10], {"account": -1}, {"account": "10"},
    {"account": 0.1, "incremental-exports": 1.5}, {"nonsense": 1}, {"inflight-jobs": 2}, {"account": None},
])
def test_nonsense_is_refused_when_the_client_is_made(reserve) -> None:
    with pytest.raises(BadArgument, match="reserve"):
        Zendesk("acme", auth=lambda: "token", reserve=reserve)


@pytest.mark.parametrize("reserve", [None, 0, 0.0, 50, 50.0, {}, {"account": 0.5, "views-execute": 1}])
def test_sense_is_accepted(reserve) -> None:
    Zendesk("acme", auth=lambda: "token", reserve=reserve)
