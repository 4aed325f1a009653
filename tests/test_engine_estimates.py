"""`zd.limits.estimate` says when a call would go out, and that is when it goes out."""

from __future__ import annotations

import asyncio

import pytest
from support import add_user, gather_all, now, rig

from zdasync import BadArgument, DeadlineExceeded, Priority
from zdasync.events import Admitted
from zdasync.simulator import CUSTOMER_ID

SECOND, PROFILE = "create-update-user/second", "create-update-user/profile"
EXPORT = "/api/v2/incremental/tickets/cursor"
CANNED = {f"GET {EXPORT}": {}}


async def spend(r, number):
    assert await gather_all(r.zd.users.me() for _ in range(number)) == {"ok": number}


async def seconds(call):
    start = now()
    await call
    return now() - start


# -- what it takes ----------------------------------------------------------------------------------------------------


async def test_what_may_go_at_once_has_no_wait_and_no_limit() -> None:
    async with rig() as r:
        for estimate in (
            r.zd.limits.estimate(r.zd.users.show(CUSTOMER_ID)),
            r.zd.limits.estimate(r.zd.users.list(role="agent")),
            r.zd.limits.estimate(r.zd.users.create_many([{"name": "N"}])),
            r.zd.limits.estimate("GET", "/api/v2/users/me"),
        ):
            assert (estimate.wait, estimate.limit) == (0.0, None)
        assert r.account.requests == 0
        assert r.events == []


async def test_nothing_is_sent_charged_or_queued() -> None:
    async with rig(plan="team") as r:
        await spend(r, 150)
        before, used = r.account.requests, r.used
        for calls in (1, 51, 1000):
            r.zd.limits.estimate(r.zd.users.me(), calls=calls)
        await asyncio.sleep(0.5)
        assert (r.account.requests, r.used) == (before, used)
        assert [one.waiting for one in r.zd.limits if one.waiting] == []
        scheduler = r.zd._shared.opened.engine.scheduler
        assert scheduler._waiting == {}


@pytest.mark.parametrize("what", [
    lambda zd: (zd.users.show,), lambda zd: (zd.users.me(), "/api/v2/users"), lambda _: ("GET",),
    lambda _: ("/api/v2/users",), lambda _: (5,), lambda _: (None,), lambda _: ("GET", "users"),
])  # fmt: skip
async def test_what_is_no_call_is_refused(what) -> None:
    async with rig() as r:
        with pytest.raises(BadArgument):
            r.zd.limits.estimate(*what(r.zd))


@pytest.mark.parametrize("calls", [0, -1, 1.5, "2", True])
async def test_no_calls_can_t_be_estimated(calls) -> None:
    async with rig() as r:
        with pytest.raises(BadArgument, match="calls"):
            r.zd.limits.estimate(r.zd.users.me(), calls=calls)


# -- what then happens ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [
    lambda zd: (zd.users.show(CUSTOMER_ID), None),
    lambda zd: (zd.users.list(), None),
    lambda _: ("GET", "/api/v2/users/me"),
], ids=["call", "listing", "method and path"])  # fmt: skip
async def test_after_the_window_is_spent_it_is_the_time_to_the_next(way) -> None:
    async with rig(plan="team", latency=0.02) as r:
        await spend(r, 200)
        what, path = way(r.zd)
        estimate = r.zd.limits.estimate(what, path)
        assert estimate.limit == "account"
        assert estimate.wait == pytest.approx(60 - r.account.now() % 60, abs=1)
        took = await seconds(r.zd.request(what, path) if path else what)
        assert took == pytest.approx(estimate.wait, abs=1)


@pytest.mark.parametrize("calls", [1, 150, 151, 200, 500, 750])
async def test_the_last_of_many_reads(calls) -> None:
    async with rig(plan="team", latency=0.02) as r:
        await spend(r, 50)
        estimate = r.zd.limits.estimate(r.zd.users.me(), calls=calls)
        # More than there are connections: nobody can tell how long those under way take.
        assert estimate.limit == {1: None, 150: "connections"}.get(calls, "account")
        took = await seconds(gather_all(r.zd.users.me() for _ in range(calls)))
        assert took == pytest.approx(estimate.wait, abs=1)


async def test_the_last_of_600_upserts() -> None:
    async with rig(plan="team", latency=0.0) as r:
        await r.zd.users.me()
        estimate = r.zd.limits.estimate("POST", "/api/v2/users/create_or_update", calls=600)
        upserts = [r.zd.users.create_or_update(email=f"u{n}@example.org", name="U") for n in range(600)]
        # A method and a path name no profile: each is taken for another one.
        assert (estimate.wait, estimate.limit) == (pytest.approx(599, abs=2), SECOND)
        one = r.zd.limits.estimate(r.zd.users.create_or_update(email="u0@example.org", name="U"), calls=3)
        assert one.limit == SECOND
        assert one.wait == pytest.approx(2, abs=1.1)  # a second's edge is known to about one, after the first reply
        took = await seconds(gather_all(upserts))
        assert took == pytest.approx(599, abs=2)


@pytest.mark.parametrize("calls", [1, 5, 6, 13])
async def test_the_last_of_many_updates_of_one_profile(calls) -> None:
    async with rig() as r:
        await r.zd.users.update(CUSTOMER_ID, notes="0")
        call = r.zd.users.update(CUSTOMER_ID, notes="1")
        estimate = r.zd.limits.estimate(call, calls=calls)
        took = await seconds(gather_all(r.zd.users.update(CUSTOMER_ID, notes=str(n)) for n in range(calls)))
        assert estimate.limit == (SECOND if calls <= 4 else PROFILE)
        # Whole windows first, and then one a second in the last of them.
        assert estimate.wait - 0.1 <= took <= estimate.wait + 5


async def test_the_narrowest_of_several_limits_decides() -> None:
    async with rig(canned=CANNED) as r:
        await spend(r, 100)
        for calls, limit in ((10, None), (11, "incremental-exports"), (45, "incremental-exports")):
            assert r.zd.limits.estimate("GET", EXPORT, calls=calls).limit == limit
        estimate = r.zd.limits.estimate("GET", EXPORT, calls=25)
        took = await seconds(gather_all(r.zd.request("GET", EXPORT) for _ in range(25)))
        assert took == pytest.approx(estimate.wait, abs=1)


async def test_it_reckons_with_those_that_wait_and_with_who_goes_first() -> None:
    async with rig(plan="team") as r:
        await spend(r, 200)
        crowd = [asyncio.ensure_future(r.zd.users.me()._run()) for _ in range(450)]
        await asyncio.sleep(1)
        bulk, hurried = (r.zd.with_options(priority=one) for one in (Priority.BULK, Priority.INTERACTIVE))
        left = 60 - r.account.now() % 60
        normal = r.zd.limits.estimate(r.zd.users.me())
        first = hurried.limits.estimate(hurried.users.me())
        assert first.wait == pytest.approx(left, abs=1)
        assert normal.wait == pytest.approx(first.wait + 120, abs=0.1)
        assert bulk.limits.estimate(bulk.users.me()).wait >= normal.wait
        times = await asyncio.gather(seconds(hurried.users.me()), seconds(r.zd.users.me()))
        assert times == pytest.approx([first.wait, normal.wait], abs=1)
        await asyncio.gather(*crowd)


async def test_what_waits_for_another_target_is_not_in_the_way() -> None:
    async with rig() as r:
        other = add_user(r.account, "other@example.org").id
        stuck = [asyncio.ensure_future(r.zd.users.update(CUSTOMER_ID, notes=str(n))._run()) for n in range(12)]
        await asyncio.sleep(10)
        assert r.zd.limits.estimate(r.zd.users.update(other, notes="x")).wait <= 1
        held = r.zd.limits.estimate(r.zd.users.update(CUSTOMER_ID, notes="x"))
        assert held.limit == PROFILE
        assert held.wait > 60
        assert (await seconds(r.zd.users.update(CUSTOMER_ID, notes="x"))) == pytest.approx(held.wait, abs=4)
        await asyncio.gather(*stuck)


async def test_when_a_job_slot_is_free_can_t_be_told() -> None:
    async with rig() as r:
        jobs = [await r.zd.users.create_many([{"name": f"N{n}"}]) for n in range(30)]
        estimate = r.zd.limits.estimate(r.zd.users.create_many([{"name": "N"}]))
        assert (estimate.wait, estimate.limit) == (0.0, "inflight-jobs")
        for job in jobs:
            await job


# -- deadlines --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("short", [0.1, 5.0, 30.0])
async def test_what_can_t_be_met_fails_at_once_with_the_wait_and_the_limit(short) -> None:
    async with rig(plan="team") as r:
        await spend(r, 200)
        estimate = r.zd.limits.estimate(r.zd.users.me())
        start = now()
        with pytest.raises(DeadlineExceeded) as caught:
            await r.zd.users.me(deadline=estimate.wait - short)
        assert now() == start
        assert (caught.value.wait, caught.value.limit) == (pytest.approx(estimate.wait), estimate.limit)
        assert caught.value.operation == "users.me"
        assert str(caught.value.limit) in str(caught.value)
        assert r.account.requests == 200
        assert r.zd.limits["account"].waiting == 0
        await r.zd.users.me(deadline=estimate.wait + 0.5)
        assert r.account.rejections == {}


async def test_deadlines_know_who_waits_before() -> None:
    async with rig(plan="team") as r:
        await spend(r, 200)
        crowd = [asyncio.ensure_future(r.zd.users.me()._run()) for _ in range(300)]
        await asyncio.sleep(0.1)
        estimate = r.zd.limits.estimate(r.zd.users.me())
        assert estimate.wait > 60
        with pytest.raises(DeadlineExceeded) as caught:
            await r.zd.users.me(deadline=60)
        assert caught.value.wait == pytest.approx(estimate.wait)
        assert not any(task.done() for task in crowd)
        await r.zd.users.me(deadline=60, priority=Priority.INTERACTIVE)
        await asyncio.gather(*crowd)


async def test_the_deadline_of_one_profile_is_its_own() -> None:
    async with rig() as r:
        await gather_all(r.zd.users.update(CUSTOMER_ID, notes=str(n)) for n in range(5))
        estimate = r.zd.limits.estimate(r.zd.users.update(CUSTOMER_ID, notes="x"))
        start = now()
        with pytest.raises(DeadlineExceeded) as caught:
            await r.zd.users.update(CUSTOMER_ID, notes="x", deadline=estimate.wait - 1)
        assert (now(), caught.value.limit) == (start, PROFILE)
        await r.zd.users.update(add_user(r.account, "o@example.org").id, notes="x", deadline=1.1)
        assert len(r.told(Admitted)) == 6
