"""Callers of one priority take turns: whoever has many calls waiting delays one with a few by next to nothing."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Callable

import pytest

from zdasync.limits.lanes import Lane, Line, Pool, Waiter
from zdasync.limits.turns import Caller, Callers

EDGE = 20.0
SECOND = "create-update-user/second"


async def in_order(r: object, calls: list[tuple[str, str, object]], order: list[str] | None = None) -> list[str]:
    """Let these calls (caller, route, target) wait, then give the callers in the order in which their calls went."""
    order = [] if order is None else order

    async def one(caller: str, route: str, target: object) -> None:
        ticket = await r.admit(route, target, caller=caller)
        order.append(caller)
        ticket.settle(r.date)

    await asyncio.gather(*(one(*call) for call in calls))
    return order


# -- who goes next --------------------------------------------------------------------------------------------------


async def test_a_flood_of_one_caller_delays_another_s_single_call_by_two_at_most(rig: Callable[..., object]) -> None:
    r = rig({"account": 100})
    await r.spend("show", 100)
    order = await in_order(r, [("flood", "show", 1)] * 10_000 + [("single", "show", 1)])
    assert order.index("single") <= 2


async def test_so_it_is_in_the_middle_of_the_flood(rig: Callable[..., object]) -> None:
    r = rig({"account": 100})
    await r.spend("show", 100)
    order: list[str] = []
    flood = r.loop.create_task(in_order(r, [("flood", "show", 1)] * 600, order))
    await asyncio.sleep(EDGE + 60 * 3 + 1)
    assert len(order) == 400
    await in_order(r, [("single", "show", 1)], order)
    await flood
    assert 400 <= order.index("single") <= 402


async def test_three_callers_share_evenly(rig: Callable[..., object]) -> None:
    r = rig({"account": 30})
    await r.spend("show", 30)
    order = await in_order(r, [(caller, "show", 1) for caller in "abc" for _ in range(100)])
    for window in range(10):
        assert Counter(order[30 * window: 30 * window + 30]) == {"a": 10, "b": 10, "c": 10}


async def test_they_share_evenly_whatever_their_calls_are(rig: Callable[..., object]) -> None:
    r = rig({"account": 30, SECOND: 100})
    await r.spend("show", 30)
    a = [("a", "show", 1)] * 60
    b = [("b", "update", user) for user in range(60)]
    c = [("c", route, 1) for route in ("show", "ticket") for _ in range(30)]
    order = await in_order(r, a + b + c)
    for window in range(5):
        assert max(Counter(order[30 * window: 30 * window + 30]).values()) <= 11


async def test_a_caller_with_few_calls_leaves_the_rest_to_the_others(rig: Callable[..., object]) -> None:
    r = rig({"account": 30})
    await r.spend("show", 30)
    order = await in_order(r, [("a", "show", 1)] * 100 + [("b", "show", 1)] * 5)
    assert Counter(order[:30]) == {"a": 25, "b": 5}
    assert order[:10].count("b") == 5


async def test_those_who_name_no_group_are_one_caller(rig: Callable[..., object]) -> None:
    r = rig({"account": 30})
    await r.spend("show", 30)
    order = await in_order(r, [("", "show", i) for i in range(60)] + [("a", "show", 1)] * 20)
    assert Counter(order[:30]) == {"": 15, "a": 15}


async def test_among_the_calls_of_a_caller_the_first_goes_first(rig: Callable[..., object]) -> None:
    r = rig({"account": 4})
    await r.spend("show", 4)
    order: list[int] = []

    async def one(i: int) -> None:
        (await r.admit("show" if i % 2 else "export", caller="a")).settle(r.date)
        order.append(i)

    await asyncio.gather(*(one(i) for i in range(12)))
    assert order == list(range(12))


async def test_turns_count_within_a_priority_only(rig: Callable[..., object]) -> None:
    r = rig({"account": 30})
    await r.spend("show", 30)
    interactive = r.calls(40, "show", caller="a", priority=0)
    normal = [r.loop.create_task(in_order(r, [("a", "show", 1)] * 10 + [("b", "show", 1)] * 10))]
    went = await asyncio.gather(*interactive)
    # One in sixteen is not theirs.
    assert went.count(min(went)) == 29
    [order] = await asyncio.gather(*normal)
    assert Counter(order[:10]) == {"a": 5, "b": 5}


# -- who is held up ---------------------------------------------------------------------------------------------------


async def test_a_caller_whose_calls_are_parked_loses_no_turns(rig: Callable[..., object]) -> None:
    r = rig({"account": 40, SECOND: 100})
    await r.spend("update", 5, 7)
    parked = r.calls(5, "update", 7, caller="parked")
    flood = r.calls(200, "show", caller="flood")
    await asyncio.sleep(1)
    # 35 of the flood have gone and none of the parked: at the edge these come first.
    went = await asyncio.gather(*parked)
    assert max(went) - EDGE < 0.1
    first = sorted(at for at in (call.result() for call in flood if call.done()) if at > EDGE)
    assert len(first) <= 35
    await asyncio.gather(*flood)


async def test_who_comes_back_starts_where_the_others_stand(rig: Callable[..., object]) -> None:
    r = rig({"account": 10})
    await r.spend("show", 10)
    flood = r.calls(100, "show", caller="flood", takes=0.0)
    early = r.calls(2, "show", caller="guest", takes=0.0)
    await asyncio.gather(*early)
    await asyncio.sleep(120)  # the flood has had some twenty turns more
    before = sum(call.done() for call in flood)
    await asyncio.gather(*r.calls(10, "show", caller="guest", takes=0.0))
    # Two windows were shared; it had no turns in store.
    assert sum(call.done() for call in flood) - before >= 9
    await asyncio.gather(*flood)


async def test_turns_not_had_while_only_slow_calls_waited_are_no_credit(rig: Callable[..., object]) -> None:
    r = rig({"account": 100})
    exports = r.calls(400, "export", caller="guest")
    flood = r.calls(2000, "show", caller="flood")
    await asyncio.sleep(EDGE + 60 * 5 + 30)
    reads = r.calls(1000, "show", caller="guest")
    [single] = r.calls(1, "show", caller="single")
    await single
    ahead = sum(read.done() for read in reads)
    for call in (*exports, *flood, *reads):
        call.cancel()
    await asyncio.gather(*exports, *flood, *reads, return_exceptions=True)
    assert ahead <= 100


def test_nobody_goes_on_behind_where_the_others_stand() -> None:
    callers = Callers()
    slow, quick = callers.caller("slow", 1), callers.caller("quick", 1)
    for _ in range(50):
        callers.went(quick)
    assert slow.turns == 0
    assert callers.caller("slow", 1) is slow
    assert slow.turns == 49
    assert callers.caller("quick", 1).turns == 50


async def test_among_callers_with_as_many_turns_the_first_to_come_goes_first(rig: Callable[..., object]) -> None:
    r = rig({"account": 6})
    await r.spend("show", 6)
    calls = [(caller, "show", 1) for caller in "cabcab"]
    assert await in_order(r, calls) == list("cabcab")


def test_a_newcomer_begins_at_the_turns_of_who_went_last() -> None:
    callers = Callers()
    flood = callers.caller("flood", 1)
    flood.waiting = 100
    for _ in range(50):
        callers.went(flood)
    assert flood.turns == 50
    assert callers.caller("new", 1).turns == 49
    assert callers.caller("new", 0).turns == 0
    assert callers.caller("flood", 1) is flood


def test_a_caller_is_forgotten_when_none_of_its_calls_waits() -> None:
    callers = Callers()
    one = callers.caller("one", 1)
    one.waiting = 1
    callers.left(one)
    assert callers.caller("one", 1) is one
    one.waiting = 0
    callers.left(one)
    assert callers.caller("one", 1) is not one


# -- what stays ---------------------------------------------------------------------------------------------------


def alive(*kinds: type) -> Counter[str]:
    gc.collect()
    return Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, kinds))


@pytest.mark.parametrize("parked", [False, True])
async def test_of_thousands_of_groups_that_came_and_went_nothing_stays(
    rig: Callable[..., object], *, parked: bool
) -> None:
    r = rig({"account": 2000, SECOND: 2000})
    await asyncio.gather(*(r.spend("update", 5, user) for user in range(50)))
    if not parked:
        r.book.of("account")[0].block(r.loop.time() + 19)
    calls = [c for i in range(1500) for c in r.calls(1, "update", i % 50 + 50 * (not parked), caller=f"group {i}")]
    await asyncio.sleep(1)
    assert alive(Caller)["Caller"] == 1500
    await asyncio.gather(*calls)
    del calls
    assert alive(Caller, Line, Lane, Waiter) == {}
    assert r.scheduler._waiting == {}
    assert all(bucket.lanes == 0 for bucket in r.book)


async def test_pools_are_as_many_as_there_are_kinds_of_requests(rig: Callable[..., object]) -> None:
    r = rig({"account": 500, SECOND: 2000})
    before = alive(Pool)["Pool"]
    calls = [c for i in range(1000) for c in r.calls(1, "update" if i % 2 else "show", i, caller=f"group {i}")]
    await asyncio.gather(*calls)
    assert alive(Pool)["Pool"] - before == 2
