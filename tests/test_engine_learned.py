"""Limits that no row names: a header of a reply puts the route under them, and takes calls that wait along."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from support import add_user, gather_all, now, puppet_client, reply, rig, under_way

from zdasync import Limit
from zdasync.events import Learned
from zdasync.simulator import CUSTOMER_ID

RELATED = "GET /api/v2/users/{id}/related"


def unknown(count, interval=60.0, *, header="users-related", endpoint=RELATED, **more):
    """A limit of the server's that is in no table."""
    return Limit(name=header, header=header, count=count, interval=interval, endpoints=(endpoint,), **more)


def per_window(r, interval, end):
    counts = Counter(one.time // interval for one in r.account.log if one.path.endswith(end))
    return [counts[window] for window in sorted(counts)]


@pytest.mark.parametrize("family", ["ratelimit", "rate-limit"])
@pytest.mark.parametrize("latency", [0.0, 0.3])
async def test_a_new_limit_is_kept_from_the_first_reply_on(family, latency) -> None:
    async with rig(limits=[unknown(7)], header_family=family, latency=latency) as r:
        assert await gather_all(r.zd.users.related(CUSTOMER_ID) for _ in range(20)) == {"ok": 20}
        assert r.account.rejections == {}
        assert per_window(r, 60, "/related") == [7, 7, 6]
        state = r.zd.limits["users-related"]
        assert (state.total, state.origin, state.key, state.model) == (7, "learned", "", "aligned")
        assert Learned("users.related", "users-related", 7, 60.0, new=True) in r.told(Learned)
        assert "learned" in str(r.zd.limits)


async def test_ten_thousand_calls_that_wait_when_it_is_learned() -> None:
    async with rig(limits=[unknown(25)], latency=0.02) as r:
        crowd = [asyncio.ensure_future(r.zd.users.related(CUSTOMER_ID)._run()) for _ in range(10_000)]
        await asyncio.sleep(125)
        assert r.account.rejections == {}
        assert per_window(r, 60, "/related") == [25, 25, 25]
        assert r.zd.limits["users-related"].waiting == 10_000 - 75
        assert r.zd.limits["account"].used == 25  # what was let go under the old charge is charged no more
        assert r.zd.limits["connections"].used == 0
        # Others aren't held up by them.
        start = now()
        assert await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(500)) == {"ok": 500}
        assert now() - start < 2
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)
        assert [one.limit for one in r.zd.limits if one.waiting] == []


async def test_it_is_learned_in_the_midst_of_a_run_on_the_account_s_limit() -> None:
    async with rig(limits=[unknown(25)], plan="team", latency=0.02) as r:
        await gather_all(r.zd.users.me() for _ in range(200))
        running = under_way(gather_all([
            *(r.zd.users.related(CUSTOMER_ID) for _ in range(60)), *(r.zd.users.show(CUSTOMER_ID) for _ in range(150)),
        ]))
        assert await running == {"ok": 210}
        # Nothing is known of the limit before its first reply: those that go with it are at most the connections.
        assert r.account.rejections.get("users-related", 0) <= 75
        assert max(per_window(r, 60, "/related")[1:]) <= 25


@pytest.mark.parametrize(("interval", "early"), [(600.0, 250.0), (600.0, 30.0), (3600.0, 20.0)])
async def test_a_long_window_is_known_by_its_reset_though_it_may_seem_short_at_first(interval, early) -> None:
    async with rig(limits=[unknown(20, interval)]) as r:
        await asyncio.sleep(interval - r.account.now() % interval - early)
        start = now()
        assert await gather_all(r.zd.users.related(CUSTOMER_ID) for _ in range(50)) == {"ok": 50}
        assert r.account.rejections == {}
        assert per_window(r, interval, "/related") == [20, 20, 10]
        assert now() - start == pytest.approx(early + interval, abs=2)


async def test_two_routes_with_one_header_share_one_limit() -> None:
    row = unknown(10, endpoint="GET /api/v2/users/{id}*")
    async with rig(limits=[row]) as r:
        await r.zd.users.show(CUSTOMER_ID)
        await r.zd.users.related(CUSTOMER_ID)
        ended = await gather_all([
            *(r.zd.users.show(CUSTOMER_ID) for _ in range(12)), *(r.zd.users.related(CUSTOMER_ID) for _ in range(12)),
        ])
        assert ended == {"ok": 24}
        assert r.account.rejections == {}
        assert r.account.worst("users-related") == 10
        assert [one.limit for one in r.zd.limits if one.origin == "learned"] == ["users-related"]


async def test_what_counts_per_user_is_dropped_again() -> None:
    # The simulated key takes the first parameter of the path: the user.
    row = unknown(50, key="organization")
    async with rig(limits=[row]) as r:
        users = [add_user(r.account, f"u{n}@example.org").id for n in range(30)]
        start = now()
        assert await gather_all(r.zd.users.related(user) for user in users for _ in range(10)) == {"ok": 300}
        assert r.account.rejections == {}
        assert now() - start < 1  # not the six minutes that fifty for all of them would take
        assert [one.limit for one in r.zd.limits if one.origin == "learned"] == []
        assert await gather_all(r.zd.users.related(user) for user in users for _ in range(5)) == {"ok": 150}
        assert now() - start < 1
        assert len([one for one in r.told(Learned) if one.new]) == 1  # and it doesn't come back


async def test_another_client_s_spending_is_no_reason_to_drop_it() -> None:
    async with rig(limits=[unknown(10)]) as r:
        await r.zd.users.related(CUSTOMER_ID)
        r.account.consume("users-related", 4)
        await r.zd.users.related(CUSTOMER_ID)  # whose reply shows it
        assert await gather_all(r.zd.users.related(CUSTOMER_ID) for _ in range(15)) == {"ok": 15}
        assert r.account.rejections == {}
        assert r.zd.limits["users-related"].origin == "learned"


async def test_a_deadline_under_a_limit_that_was_just_learned() -> None:
    async with rig(limits=[unknown(3)]) as r:
        ended = await gather_all(r.zd.users.related(CUSTOMER_ID, deadline=10) for _ in range(8))
        assert ended["ok"] == 3
        assert ended.total() == 8
        assert r.account.rejections == {}
        assert [one.waiting for one in r.zd.limits if one.waiting] == []


async def test_what_a_path_with_an_id_teaches_holds_for_all_ids() -> None:
    async with rig(limits=[unknown(20, endpoint="GET /api/v2/users/{id}/related")]) as r:
        users = [add_user(r.account, f"u{n}@example.org").id for n in range(50)]
        ended = await gather_all(r.zd.request("GET", f"/api/v2/users/{user}/related") for user in users)
        assert ended == {"ok": 50}
        assert r.account.rejections == {}
        assert [one.limit for one in r.zd.limits if one.origin == "learned"] == ["users-related"]
        assert len(r.zd._shared.opened.engine.book._learned) == 1


async def test_a_header_of_a_limit_per_profile_makes_no_limit_of_the_account() -> None:
    said = {"zendesk-ratelimit-create-update-user": "total=5; remaining=4; resets=30"}
    async with puppet_client(reply(body='{"count": {"value": 1}}', **said)) as (zd, _):
        await zd.users.count()
        assert [one.key for one in zd.limits if one.limit == "create-update-user/profile"] == []
