"""Through the whole client: every limit is spent to the last request, and none is broken."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from itertools import pairwise
from math import ceil, floor

import pytest
from support import add_user, gather_all, now, rig

from zdasync import Limit, Priority
from zdasync.events import Throttled
from zdasync.limits.table import PLANS
from zdasync.simulator import CUSTOMER_ID

SECOND, PROFILE = "create-update-user/second", "create-update-user/profile"


def mixed(zd, users, number, seed=1):
    """Calls as a busy integration makes them, hot profiles among them, and how many writes each profile gets."""
    chance = random.Random(seed)
    hot, calls, writes = users[:4], deque(), Counter()
    for _ in range(number):
        dice = chance.random()
        user = chance.choice(hot if chance.random() < 0.3 else users)
        if dice < 0.06:
            writes[user.id] += 1
            ways = [lambda user=user: zd.users.update(user.id, notes="x")]
            if user.email:
                ways.append(lambda user=user: zd.users.create_or_update(email=user.email.upper(), notes="x"))
            if user.external_id:
                name = user.external_id.upper()
                ways.append(lambda name=name: zd.users.create_or_update(external_id=name, notes="x"))
            calls.append(chance.choice(ways))
        elif dice < 0.2:
            calls.append(lambda user=user: zd.users.identities.list(user.id))
        else:
            calls.append(lambda user=user: zd.users.show(user.id))
    return calls, writes


async def work_off(calls, tasks):
    """So many tasks make the calls, one after the other; how often each kind of error came."""
    ended = Counter()

    async def worker():
        while calls:
            ended.update(await gather_all([calls.popleft()()]))

    await asyncio.gather(*(worker() for _ in range(tasks)))
    return ended


def least(begin, demands):
    """The seconds that the windows demand: for each limit how many it lets through, in what time, left now, wanted."""
    ends = [0.0]
    for count, interval, left, wanted in demands:
        if wanted > left:
            ends.append((floor(begin / interval) + ceil((wanted - left) / count)) * interval - begin)
    return max(ends)


async def test_ten_thousand_mixed_calls_take_the_least_time_and_none_is_rejected() -> None:
    async with rig(users=1000, latency=0.03, log_size=0) as r:
        users = [user async for user in r.zd.users.list(role="end-user")]
        calls, writes = mixed(r.zd, users, 10_000)
        before, begin, start = r.account.requests, r.account.now(), now()
        theory = least(begin, [
            (700, 60, 700 - r.used, 10_000),
            (1, 1, 1, writes.total()),
            *((5, 60, 5, wanted) for wanted in writes.values()),
        ])
        assert await work_off(calls, 300) == {"ok": 10_000}
        assert r.account.requests - before == 10_000
        assert r.account.rejections == {}
        assert r.account.worst("account") == 700
        assert r.account.worst(PROFILE) == 5
        assert r.account.worst(SECOND) == 1
        assert theory <= now() - start <= theory * 1.02
        assert r.zd.limits["connections"].used == 0


@pytest.mark.parametrize("latency", [0.0, 0.4, (0.0, 5.0), (4.0, 6.0)])
@pytest.mark.parametrize("skew", [0.0, -180.0])
async def test_no_latency_and_no_clock_leads_to_a_rejection(latency, skew) -> None:
    async with rig(users=60, latency=latency, latency_after=0.1, skew=skew, plan="team", log_size=0) as r:
        users = [user async for user in r.zd.users.list(role="end-user")]
        calls, _ = mixed(r.zd, users, 450, seed=int(skew) + 3)
        assert await work_off(calls, 150) == {"ok": 450}
        assert r.account.rejections == {}


async def test_a_server_whose_dates_belong_to_another_clock_than_its_windows() -> None:
    async with rig(latency=0.03, skew=130.0, plan="team") as r:
        assert await gather_all(r.zd.users.me() for _ in range(1000)) == {"ok": 1000}
        assert r.account.rejections == {}
        assert r.zd.limits["account"].model == "sliding"


@pytest.mark.parametrize("plan", list(PLANS))
async def test_each_plan_is_spent_to_the_last_request(plan) -> None:
    number = min(PLANS[plan], 700)
    async with rig(plan=plan, log_size=0) as r:
        await r.zd.users.me()
        await asyncio.sleep(60)
        start = now()
        assert await gather_all(r.zd.users.me() for _ in range(number)) == {"ok": number}
        assert now() - start < 1
        assert r.account.rejections == {}
        assert r.used == number


async def test_600_calls_at_once_after_a_rejection_do_not_stampede() -> None:
    async with rig(plan="team", client={"connections": 600}) as r:
        await r.zd.users.me()
        r.account.consume("account", 200)
        ended = await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(600))
        assert ended == {"ok": 600}
        assert r.account.rejections["account"] <= 200
        assert r.account.requests <= 1 + 600 + 200


# -- who waits for whom -----------------------------------------------------------------------------------------------


async def test_a_profile_at_its_limit_holds_up_nobody_else() -> None:
    async with rig() as r:
        other = add_user(r.account, "other@example.org")
        stuck = [asyncio.ensure_future(r.zd.users.update(CUSTOMER_ID, notes=str(n))._run()) for n in range(12)]
        await asyncio.sleep(15)
        assert sum(task.done() for task in stuck) == 5
        start = now()
        for number in range(5):
            await r.zd.users.update(other.id, notes=str(number))
            await r.zd.users.show(CUSTOMER_ID)
        assert now() - start < 7
        assert r.zd.limits[PROFILE].waiting == 7
        await asyncio.gather(*stuck)
        assert r.account.rejections == {}


async def test_an_interactive_call_goes_ahead_of_bulk() -> None:
    async with rig(plan="team") as r:
        bulk = r.zd.with_options(priority=Priority.BULK)
        export = [asyncio.ensure_future(bulk.users.show(CUSTOMER_ID)._run()) for _ in range(500)]
        await asyncio.sleep(10)
        assert sum(task.done() for task in export) == 200 - 4  # a fiftieth is left until the window runs out
        start = now()
        await r.zd.users.me(priority=Priority.INTERACTIVE)
        assert now() - start < 0.1
        await asyncio.gather(*export)
        assert r.account.worst("account") == 200
        assert r.account.rejections == {}


PHASES = [0.0, 0.3, 2.0, 20.0, 40.0, 54.9, 56.0, 57.0, 58.0, 58.9, 59.2, 59.6, 59.95]


@pytest.mark.parametrize(("plan", "at_once"), [("support_essential", 1), ("team", 4), ("enterprise", 13)])
@pytest.mark.parametrize("latency", [0.0, 0.125])
async def test_a_lone_interactive_call_waits_a_second_at_the_most_wherever_in_the_window(
    plan, at_once, latency
) -> None:
    async with rig(plan=plan, latency=latency, latency_after=latency, log_size=None) as r:
        bulk = r.zd.with_options(priority=Priority.BULK)
        crowd = [asyncio.ensure_future(bulk.users.show(CUSTOMER_ID)._run()) for _ in range(10_000)]
        waits = {}
        for first in range(0, len(PHASES), at_once):
            # So many in one window as bulk leaves tokens for at the least.
            await asyncio.sleep(60 - r.account.now() % 60)
            edge = now()
            for phase in PHASES[first:first + at_once]:
                await asyncio.sleep(edge + phase - now())
                start = now()
                await r.zd.users.me(priority=Priority.INTERACTIVE)
                waits[phase] = now() - start - 2 * latency
        assert set(waits) == set(PHASES)
        assert max(waits.values()) <= 1
        await asyncio.sleep(60 - r.account.now() % 60)
        counts = Counter(one.time // 60 for one in r.account.log)
        whole = [counts[window] for window in sorted(counts)][1:-1]
        assert whole == [PLANS[plan]] * len(whole)  # all of it is spent by the window's end
        assert r.account.rejections == {}
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)


@pytest.mark.parametrize("priority", [Priority.INTERACTIVE, Priority.NORMAL])
async def test_what_bulk_leaves_is_there_for_any_higher_priority(priority) -> None:
    async with rig(plan="enterprise", log_size=0) as r:
        bulk = [asyncio.ensure_future(r.zd.users.me(priority=Priority.BULK)._run()) for _ in range(2000)]
        await asyncio.sleep(60 - r.account.now() % 60 + 10)
        start = now()
        assert await gather_all(r.zd.users.show(CUSTOMER_ID, priority=priority) for _ in range(14)) == {"ok": 14}
        assert now() - start < 0.1
        await asyncio.gather(*bulk)
        assert r.account.rejections == {}


async def test_bulk_is_not_starved_by_a_stream_of_interactive_calls() -> None:
    async with rig(plan="team") as r:
        eager = [asyncio.ensure_future(r.zd.users.me(priority=Priority.INTERACTIVE)._run()) for _ in range(900)]
        await asyncio.sleep(1)
        bulk = [asyncio.ensure_future(r.zd.users.me(priority=Priority.BULK)._run()) for _ in range(20)]
        await asyncio.sleep(125)
        assert sum(task.done() for task in bulk) >= 12
        await asyncio.gather(*eager, *bulk)


async def test_the_names_of_one_profile_share_a_window_once_a_reply_showed_them() -> None:
    async with rig() as r:
        user = add_user(r.account, "names@example.org", external_id="Ext-7")
        await r.zd.users.update(user.id, notes="0")
        start = now()
        ended = await gather_all([
            *(r.zd.users.update(user.id, notes="x") for _ in range(4)),
            *(r.zd.users.create_or_update(email="NAMES@example.org", notes="x") for _ in range(4)),
            *(r.zd.users.create_or_update(external_id="EXT-7", notes="x") for _ in range(3)),
            *(r.zd.users.create_or_update(external_id="ext-7", notes="x") for _ in range(3)),
        ])
        assert ended == {"ok": 14}
        assert r.account.rejections == {}
        assert r.account.worst(PROFILE) == 5
        assert 60 < now() - start < 180
        assert [one.key for one in r.zd.limits if one.limit == PROFILE] == [f"id:{user.id}"]


async def test_a_profile_is_known_by_its_names_from_the_moment_it_is_made() -> None:
    async with rig() as r:
        made = await r.zd.users.create_or_update(email="made@example.org", external_id="m-1", name="M")
        ended = await gather_all([
            *(r.zd.users.update(made.id, notes="x") for _ in range(3)),
            *(r.zd.users.create_or_update(email="made@example.org", notes="x") for _ in range(3)),
            *(r.zd.users.create_or_update(external_id="M-1", notes="x") for _ in range(3)),
        ])
        assert ended == {"ok": 9}
        assert r.account.rejections == {}


async def test_views_and_resources_are_one_consumer() -> None:
    async with rig(plan="team", users=30) as r:
        hurried = r.zd.with_options(priority=Priority.INTERACTIVE)
        kinds = [
            r.zd.users.me, hurried.users.count, r.zd.job_statuses.list, r.zd.users.deleted.count,
            lambda: hurried.request("GET", "/api/v2/users/search", params={"query": "x"}),
        ]
        assert await gather_all(kinds[number % 5]() for number in range(500)) == {"ok": 500}
        assert r.account.rejections == {}
        assert r.account.worst("account") == 200


# -- limits of its own ------------------------------------------------------------------------------------------------


async def test_700_permanent_deletions_in_ten_minutes() -> None:
    async with rig(plan="enterprise_plus", log_size=0) as r:
        doomed = [add_user(r.account, f"u{number}@example.org") for number in range(720)]
        for user in doomed:
            r.account.state.delete_user(user, r.account.now())
        await r.zd.users.me()
        begin, start = r.account.now(), now()
        assert await gather_all(r.zd.users.deleted.delete(user.id) for user in doomed) == {"ok": 720}
        theory = least(begin, [(700, 600, 700, 720)])
        assert theory <= now() - start <= theory + 3
        assert r.account.rejections == {}
        assert r.account.worst("deleted-users-destroy") == 700


async def test_an_endpoint_under_a_limit_of_its_own_is_held_to_that_and_holds_up_nothing_else() -> None:
    async with rig() as r:
        await r.zd.users.me()
        exports = [r.zd.request("GET", "/api/v2/incremental/tickets/cursor.json") for _ in range(25)]
        running = asyncio.ensure_future(gather_all(exports))
        await asyncio.sleep(1)
        start = now()
        assert await gather_all(r.zd.users.me() for _ in range(300)) == {"ok": 300}
        assert now() - start < 1
        await running
        assert r.account.rejections == {}
        assert r.account.worst("incremental-exports") == 10
        assert now() - start > 60


async def test_a_limit_that_nobody_knows_of_is_found_by_its_rejections() -> None:
    hidden = Limit(name="secret", count=10, interval=60.0, endpoints=("GET /api/v2/users/{id}/related",))
    async with rig() as r:
        r.account.hide(hidden)
        ended = await gather_all([
            *(r.zd.users.related(CUSTOMER_ID) for _ in range(40)), *(r.zd.users.show(CUSTOMER_ID) for _ in range(300)),
        ])
        assert ended == {"ok": 340}
        assert set(r.account.rejections) == {"secret"}
        assert {one.limit for one in r.told(Throttled)} == {"hidden: users.related"}


async def test_the_pace_may_be_even() -> None:
    async with rig(plan="team", client={"pace": "even"}) as r:
        start = now()
        assert await gather_all(r.zd.users.me() for _ in range(100)) == {"ok": 100}
        assert now() - start == pytest.approx(99 * 0.3, abs=1)
        times = [one.time for one in r.account.log]
        assert min(after - before for before, after in pairwise(times)) > 0.29


