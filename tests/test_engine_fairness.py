"""Callers of one account: groups take turns within a priority, however long their queues are."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from support import add_user, gather_all, now, rig

from zdasync import BadArgument, Priority
from zdasync.events import Admitted, Queued
from zdasync.limits.table import PLANS
from zdasync.simulator import CUSTOMER_ID


def started(calls):
    """Tasks for the calls, each as far as it gets at once."""
    return [asyncio.ensure_future(call._run()) for call in calls]


def groups(r, since=0):
    """Whose calls were let go, in order, those that did not wait left out."""
    waited = {one.call: one.group for one in r.told(Queued)}
    return [waited[one.call] for one in r.told(Admitted)[since:] if one.call in waited]


async def ended(tasks):
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def shown(r, since=0):
    """The ids of the profiles that were read, in the order in which the server saw it."""
    return [int(one.path.rpartition("/")[2]) for one in list(r.account.log)[since:] if one.path[-1].isdigit()]


async def next_window(r):
    await asyncio.sleep(60 - r.account.now() % 60 + 0.5)


# -- turns ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("big", [{"group": "big"}, {}], ids=["a group", "those of no group"])
async def test_ten_thousand_waiting_calls_delay_one_of_another_group_by_a_few_requests(big) -> None:
    async with rig(latency=0.03) as r:
        small = add_user(r.account, "small@example.org").id
        crowd = started(r.zd.users.show(CUSTOMER_ID, **big) for _ in range(10_000))
        await next_window(r)  # most of the crowd waits for the next one
        before = r.account.requests
        assert r.zd.limits["account"].waiting > 8000
        await r.zd.users.show(small, group="small")
        assert shown(r, before).index(small) <= 100 + 2  # those under way, and one turn
        await next_window(r)
        spent = len(shown(r))
        waiting = started([r.zd.users.show(small, group="small")])
        await waiting[0]
        assert shown(r, spent).index(small) <= 100 + 2
        assert r.account.rejections == {}
        await ended(crowd)


async def test_a_single_call_is_the_second_to_go_in_the_next_window() -> None:
    async with rig(plan="team") as r:
        small = add_user(r.account, "small@example.org").id
        await r.zd.users.me()
        crowd = started(r.zd.users.show(CUSTOMER_ID, group="big") for _ in range(1000))
        await asyncio.sleep(1)
        assert r.used == PLANS["team"]
        spent = r.account.requests
        lone = started([r.zd.users.show(small, group="small")])
        await next_window(r)
        assert shown(r, spent).index(small) <= 1
        assert lone[0].done()
        await ended(crowd)


async def test_three_groups_of_any_length_share_evenly() -> None:
    async with rig(plan="team") as r:
        await gather_all(r.zd.users.me() for _ in range(200))
        lengths = {"a": 500, "b": 300, "c": 150}
        begun = len(r.told(Admitted))
        assert await gather_all(
            r.zd.users.show(CUSTOMER_ID, group=name) for name, number in lengths.items() for _ in range(number)
        ) == {"ok": 950}
        order, counts = groups(r, begun), Counter()
        assert len(order) == 950
        for number, one in enumerate(order):
            counts[one] += 1
            waiting = [name for name in lengths if counts[name] < lengths[name]]
            if number < 450:
                assert max(counts.values()) - min(counts[name] for name in lengths) <= 1
            elif number < 750:
                assert waiting in (["a", "b"], ["a"])
                assert abs(counts["a"] - counts["b"]) <= 1
        assert order[750:] == ["a"] * 200
        assert r.account.rejections == {}


@pytest.mark.parametrize("order", ["abcd", "dcba", "cadb", "bdac"])
async def test_among_groups_with_as_many_turns_the_earlier_call_goes_first(order) -> None:
    async with rig(plan="team") as r:
        await gather_all(r.zd.users.me() for _ in range(200))
        begun = len(r.told(Admitted))
        assert await gather_all(r.zd.users.me(group=name) for name in order * 2) == {"ok": 8}
        assert "".join(groups(r, begun)) == order * 2


async def test_who_comes_late_shares_from_then_on_and_catches_nothing_up() -> None:
    async with rig(plan="team") as r:
        late = add_user(r.account, "late@example.org").id
        await r.zd.users.me()
        early = started(r.zd.users.show(CUSTOMER_ID, group="early") for _ in range(900))
        await asyncio.sleep(120)
        begun = r.account.requests
        assert begun > 300
        second = started(r.zd.users.show(late, group="late") for _ in range(150))
        await asyncio.gather(*second)
        order = shown(r, begun)
        assert Counter(order[:200])[late] == pytest.approx(100, abs=1)
        await ended(early)


async def test_who_comes_again_after_a_pause_has_lost_no_turn_and_won_none() -> None:
    async with rig(plan="team") as r:
        guest = add_user(r.account, "guest@example.org").id
        await r.zd.users.me()
        crowd = started(r.zd.users.show(CUSTOMER_ID, group="crowd") for _ in range(1500))
        await asyncio.sleep(1)
        for _ in range(3):
            await next_window(r)
            await asyncio.sleep(1)
            spent = r.account.requests
            await asyncio.gather(*started(r.zd.users.show(guest, group="guest") for _ in range(20)))
            assert Counter(shown(r, spent)[:40])[guest] == pytest.approx(20, abs=1)
        await ended(crowd)


async def test_a_view_speaks_for_its_group_and_a_call_may_speak_for_another() -> None:
    async with rig(plan="team") as r:
        mine, theirs = (add_user(r.account, f"{name}@example.org").id for name in ("mine", "theirs"))
        tenant = r.zd.with_options(group="tenant-1")
        await tenant.users.me()
        crowd = started(tenant.users.show(CUSTOMER_ID) for _ in range(600))
        await asyncio.sleep(1)
        spent = r.account.requests
        waiting = started([tenant.users.show(mine), tenant.users.show(theirs, group="tenant-2")])
        await asyncio.sleep(0.1)
        queued = r.told(Queued)[-2:]
        assert [(one.group, one.limit) for one in queued] == [("tenant-1", "account"), ("tenant-2", "account")]
        await next_window(r)
        assert shown(r, spent).index(theirs) <= 1
        assert not waiting[0].done()  # behind those of its own
        await ended([*crowd, *waiting])


async def test_a_group_that_its_own_target_holds_up_spends_no_turns() -> None:
    async with rig(plan="team") as r:
        other = add_user(r.account, "other@example.org").id
        await r.zd.users.me()
        held = started(r.zd.users.update(CUSTOMER_ID, notes=str(n), group="held") for n in range(12))
        await asyncio.sleep(20)
        assert sum(task.done() for task in held) == 5
        start = now()
        assert await gather_all(r.zd.users.show(other, group="free") for _ in range(100)) == {"ok": 100}
        assert now() - start < 1
        await asyncio.gather(*held)
        assert r.account.rejections == {}


# -- with priorities --------------------------------------------------------------------------------------------------


async def test_priority_comes_before_turns() -> None:
    async with rig(plan="team") as r:
        urgent = add_user(r.account, "urgent@example.org").id
        await r.zd.users.me()
        crowd = [task for name in "ab"
                 for task in started(r.zd.users.show(CUSTOMER_ID, group=name) for _ in range(400))]
        await asyncio.sleep(1)
        spent = r.account.requests
        hurried = r.zd.with_options(priority=Priority.INTERACTIVE, group="a")
        await asyncio.gather(*started(hurried.users.show(urgent) for _ in range(50)))
        order = shown(r, spent)
        # All of them first, but for the turn in sixteen of those that wait below.
        assert len(order) - order[::-1].index(urgent) >= 50
        assert Counter(order[:54])[urgent] == 50
        await ended(crowd)


async def test_groups_take_turns_in_each_priority_by_itself() -> None:
    async with rig(plan="team") as r:
        users = {
            (name, level): add_user(r.account, f"{name}{level}@example.org").id for name in "ab" for level in (1, 2)
        }
        await gather_all(r.zd.users.me() for _ in range(200))
        tasks = [
            task
            for level, numbers in ((2, (250, 60)), (1, (90, 30)))
            for name, number in zip("ab", numbers, strict=True)
            for task in started(
                r.zd.users.show(users[name, level], group=name, priority=Priority(level)) for _ in range(number)
            )
        ]
        spent = r.account.requests
        await asyncio.gather(*tasks)
        order = shown(r, spent)
        for level, fewest in ((1, 30), (2, 60)):
            mine = [one for one in order if one in (users["a", level], users["b", level])]
            assert abs(2 * Counter(mine[: 2 * fewest])[users["b", level]] - 2 * fewest) <= 2
        assert Counter(order[:120])[users["a", 2]] + Counter(order[:120])[users["b", 2]] <= 120 // 16 + 1
        assert r.account.rejections == {}


# -- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", [5, 1.5, b"tenant", ["tenant"], True])
async def test_a_group_that_is_no_name_is_refused_before_anything_is_sent(group) -> None:
    async with rig() as r:
        with pytest.raises(BadArgument, match="group"):
            r.zd.users.show(CUSTOMER_ID, group=group)
        with pytest.raises(BadArgument, match="group"):
            r.zd.with_options(group=group)
        with pytest.raises(BadArgument, match="group"):
            await r.zd.request("GET", "/api/v2/users/me", group=group)
        assert r.account.requests == 0


async def test_groups_leave_nothing_behind() -> None:
    async with rig(plan="team") as r:
        await gather_all(r.zd.users.me(group=f"tenant-{n}") for n in range(400))
        scheduler = r.zd._shared.opened.engine.scheduler
        assert [dict(named) for named in scheduler._callers._named] == [{}, {}, {}]
        assert r.account.rejections == {}
