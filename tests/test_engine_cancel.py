"""Calls that are cancelled wherever they happen to be: nothing is leaked, nobody forgotten, nothing left uncounted."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest
from support import ADMIN, gather_all, rig

from zdasync import ClientCredentials, Priority, ZendeskError
from zdasync.events import Admitted, Lost, Sent
from zdasync.records import CurrentUser
from zdasync.simulator import CUSTOMER_ID, Fault

KINDS = ("show", "update", "create", "list", "job", "me", "delete", "slow", "photo")


def call(zd, kind, number):
    """One call of each kind."""
    return {
        "show": lambda: zd.users.show(CUSTOMER_ID),
        "update": lambda: zd.users.update(CUSTOMER_ID, notes=str(number)),
        "create": lambda: zd.users.create(name="N", email=f"n{number}@example.org"),
        "list": lambda: drain(zd),
        "job": lambda: job(zd, number),
        "me": lambda: zd.users.me(deadline=30),
        "delete": lambda: zd.users.delete(number + 10**6),
        "slow": lambda: zd.users.show(CUSTOMER_ID, timeout=0.05),
        "photo": lambda: zd.users.upload_photo(CUSTOMER_ID, b"GIF89a"),
    }[kind]()


async def drain(zd):
    async for _ in zd.users.list(page_size=20):
        pass


async def job(zd, number):
    rows = [{"email": f"j{number}-{row}@example.org", "name": "J"} for row in range(10)]
    return await (await zd.users.create_or_update_many(rows))


async def run(zd, kind, number, ended):
    try:
        await call(zd, kind, number)
    except ZendeskError as error:
        ended[type(error).__name__] += 1
    except asyncio.CancelledError:
        ended["cancelled"] += 1
        raise
    else:
        ended["ok"] += 1


FAULTS = [
    Fault("GET /api/v2/users/{id}", "reset_after", calls=range(3, 400, 17)),
    Fault("GET /api/v2/users", "rate_limited", calls=range(2, 400, 13), form="page", retry_after=2),
    Fault("POST /api/v2/users", "error_after", calls=range(2, 400, 11)),
    Fault("PUT /api/v2/*", "stall", calls=range(2, 400, 7), seconds=3),
]


@pytest.mark.parametrize("seed", range(4))
async def test_after_a_storm_of_cancellations_everything_is_as_it_should_be(seed) -> None:
    chance = random.Random(seed)
    plan = "team" if seed % 2 else "enterprise"
    auth = ClientCredentials("client", "secret") if seed == 3 else ADMIN
    options = {"connections": 8 if seed % 3 else 100, "timeout": 20}
    async with rig(auth=auth, plan=plan, users=60, latency=(0.0, 1.5), faults=FAULTS, client=options) as r:
        ended: Counter[str] = Counter()
        tasks = []
        for number in range(250):
            kind = chance.choice(KINDS)
            view = r.zd.with_options(group=chance.choice("abc"), priority=chance.choice(list(Priority)))
            tasks.append(asyncio.ensure_future(run(view, kind, number, ended)))
            for victim in chance.sample(tasks, min(len(tasks), chance.choice([0, 0, 1, 2]))):
                victim.cancel()
            if chance.random() < 0.3:
                await asyncio.sleep(chance.choice([0, 0, 0.001, 0.3, 2]))
        await asyncio.gather(*tasks, return_exceptions=True)
        assert ended["cancelled"] > 15
        assert ended["ok"] > 15
        await asyncio.sleep(120)
        assert {one.limit: one.used for one in r.zd.limits if one.used} == {}
        assert all(one.waiting == 0 for one in r.zd.limits)
        scheduler = r.zd._shared.opened.engine.scheduler
        assert (scheduler._waiting, scheduler._spread) == ({}, {})
        assert [dict(named) for named in scheduler._callers._named] == [{}, {}, {}]
        grants = r.served("POST", "/oauth/tokens")
        assert r.account.requests - grants <= len(r.told(Admitted))
        assert set(r.account.rejections) <= {"inflight-jobs"}
        assert len({one.path for one in r.account.log}) > 4
        assert await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(3)) == {"ok": 3}
        assert r.zd.limits["inflight-jobs"].remaining == 30


async def test_a_cancelled_waiter_charges_nothing_and_wakes_the_next() -> None:
    async with rig(plan="team") as r:
        await gather_all(r.zd.users.me() for _ in range(200))
        waiting = [asyncio.ensure_future(r.zd.users.me()._run()) for _ in range(300)]
        await asyncio.sleep(1)
        for task in waiting[:250]:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert r.account.requests == 250
        assert r.used == 50
        assert r.account.rejections == {}


@pytest.mark.parametrize("seed", range(3))
async def test_groups_whose_calls_are_cancelled_at_any_instant_are_charged_for_what_was_sent(seed) -> None:
    chance = random.Random(seed)
    async with rig(plan="team", latency=(0.0, 0.4), log_size=None) as r:
        tasks = {
            name: [asyncio.ensure_future(r.zd.users.me(group=name)._run()) for _ in range(150)] for name in "abc"
        }
        for _ in range(60):
            await asyncio.sleep(chance.uniform(0, 3))
            victims = chance.sample(tasks[chance.choice("ab")], 10)
            for victim in victims:
                victim.cancel()
        assert {type(one) for one in await asyncio.gather(*tasks["c"], return_exceptions=True)} == {CurrentUser}
        await asyncio.gather(*tasks["a"], *tasks["b"], return_exceptions=True)
        assert r.account.rejections == {}
        assert sum(task.cancelled() for name in "ab" for task in tasks[name]) > 50
        await asyncio.sleep(120)
        assert {one.limit: (one.used, one.waiting) for one in r.zd.limits if one.used or one.waiting} == {}
        assert r.account.requests == len(r.told(Sent))


async def test_cancelled_at_the_very_moment_of_its_admission() -> None:
    async with rig(plan="team", client={"connections": 1}, latency=1) as r:
        first = asyncio.ensure_future(r.zd.users.me()._run())
        await asyncio.sleep(0.5)
        second = asyncio.ensure_future(r.zd.users.me()._run())
        third = asyncio.ensure_future(r.zd.users.me()._run())
        first.add_done_callback(lambda _: second.cancel())
        await asyncio.gather(first, second, third, return_exceptions=True)
        assert second.cancelled()
        assert third.result() is not None
        assert r.zd.limits["connections"].used == 0
        assert r.used == len(r.told(Admitted))


async def test_a_request_that_was_cancelled_on_the_wire_stays_charged() -> None:
    async with rig(plan="team", latency=5) as r:
        await r.zd.users.me()
        tasks = [asyncio.ensure_future(r.zd.users.me()._run()) for _ in range(10)]
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert r.used == 11
        assert r.zd.limits["connections"].used == 0
        await asyncio.sleep(5)
        assert r.account.requests == 11
        assert [(one.error, one.seconds, one.attempt) for one in r.told(Lost)] == [("CancelledError", 1.0, 1)] * 10


async def test_a_cancelled_submit_leaks_no_slot() -> None:
    async with rig(latency=(0.1, 2.0), latency_after=(0.1, 2.0)) as r:
        for moment in range(45):
            task = asyncio.ensure_future(job(r.zd, moment))
            await asyncio.sleep(moment / 10)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(60)
        assert r.zd.limits["inflight-jobs"].used == 0
        assert len(r.account.state.jobs.jobs) > 20


async def test_leaving_a_listing_early_ends_its_reading_ahead() -> None:
    async with rig(users=500, latency=2) as r:
        before = asyncio.all_tasks()
        pages = r.zd.users.list().pages()
        async for _ in pages:
            await asyncio.sleep(1)
            break
        await pages.aclose()
        assert asyncio.all_tasks() - before == {task for task in asyncio.all_tasks() if "RequestHandler" in repr(task)}
        assert r.zd.limits["connections"].used == 0
        assert r.used == 2
