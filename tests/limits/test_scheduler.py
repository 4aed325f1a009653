"""Who goes when. Every test begins 20 s before a minute's edge, on a clock known to some hundredths of a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from zdasync.limits.table import LIMITS

EDGE = 20.0
SECOND = "create-update-user/second"
NEAR = 0.06
"""Seconds by which an edge is used late: guard, uncertainty and drift."""


def near(at: float) -> object:
    return pytest.approx(at + NEAR / 2, abs=NEAR / 2)


# -- windows ----------------------------------------------------------------------------------------------------------


async def test_a_window_is_spent_at_once_and_the_next_at_its_edge(rig: Callable[..., object]) -> None:
    r = rig({"account": 5})
    went = await asyncio.gather(*r.calls(12, "show"))
    assert went[:5] == [0.0] * 5
    assert went[5:10] == [near(EDGE)] * 5
    assert went[10:] == [near(EDGE + 60)] * 2
    assert r.under_way() == {}


async def test_before_the_clock_is_known_a_window_slides(rig: Callable[..., object]) -> None:
    r = rig({"account": 5}, known=False)
    went = await asyncio.gather(*r.calls(6, "show", takes=1.0))
    assert went[5] == pytest.approx(61.0, abs=0.26)


async def test_a_slow_reply_keeps_its_token(rig: Callable[..., object]) -> None:
    r = rig({"account": 5})
    slow = r.calls(2, "show", takes=30.0)
    quick = r.calls(8, "show")
    assert (await asyncio.gather(*slow, *quick))[2:] == [0.0] * 3 + [near(EDGE)] * 3 + [near(EDGE + 60)] * 2


async def test_one_user_waits_for_itself_only(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, SECOND: 100})
    hot = r.calls(6, "update", 1)
    others = [task for user in range(2, 12) for task in r.calls(5, "update", user)]
    went = await asyncio.gather(*hot, *others)
    assert went[:5] + went[6:] == [0.0] * 55
    assert went[5] == near(EDGE)


async def test_upserts_go_one_a_second(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    went = await asyncio.gather(*(r.call("update", user) for user in range(10)))
    assert went == [0.0, *(near(second) for second in range(1, 10))]


async def test_a_joint_charge_takes_all_or_nothing(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    await r.spend("update", 1)
    waiting = r.calls(3, "update", 2)
    await asyncio.sleep(0)
    assert r.book.shared(LIMITS[0]).used(r.loop.time(), r.book.clock) == 1
    assert r.under_way() == {}
    await asyncio.gather(*waiting)


async def test_a_call_waits_for_a_connection(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, connections=2)
    assert await asyncio.gather(*r.calls(5, "show", takes=3.0)) == [0.0, 0.0, 3.0, 3.0, 6.0]


async def test_a_job_s_slot_outlives_its_request(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, "inflight-jobs": 1})
    ticket = await r.admit("submit")
    release = ticket.keep(r.book.jobs).release
    ticket.settle(r.date)
    [second] = r.calls(1, "submit")
    await asyncio.sleep(5)
    assert r.under_way() == {"inflight-jobs": 1}
    release()
    release()
    assert r.book.jobs.terms.holding == 5.0
    assert await second == 5.0
    assert r.under_way() == {}


async def test_an_edge_that_comes_before_a_parked_call_s_is_not_missed(rig: Callable[..., object]) -> None:
    r = rig({"account": 31})
    await r.spend("ticket", 30, 1)
    [parked] = r.calls(1, "ticket", 1)  # for ten minutes
    await asyncio.sleep(0)
    await r.spend("ticket", 1, 2)
    [other] = r.calls(1, "ticket", 2)
    assert await other == near(EDGE)
    assert await parked == pytest.approx(500.0, abs=0.1)  # drift adds 0.05 s in eight minutes of silence


# -- order ------------------------------------------------------------------------------------------------------------


async def test_first_come_first_served(rig: Callable[..., object]) -> None:
    r = rig({"account": 1})
    order: list[int] = []

    async def one(number: int) -> None:
        await r.call("show", number)
        order.append(number)

    await asyncio.gather(*(one(number) for number in range(6)))
    assert order == [0, 1, 2, 3, 4, 5]


async def test_the_more_important_goes_first(rig: Callable[..., object]) -> None:
    r = rig({"account": 2})
    await r.spend("show", 2)
    bulk, normal, interactive = (r.calls(2, "show", priority=p) for p in (2, 1, 0))
    assert await asyncio.gather(*interactive) == [near(EDGE)] * 2
    assert await asyncio.gather(*normal) == [near(EDGE + 60)] * 2
    assert await asyncio.gather(*bulk) == [near(EDGE + 120)] * 2


async def test_one_in_sixteen_is_the_least_important(rig: Callable[..., object]) -> None:
    r = rig({"account": 32})
    await r.spend("show", 32)
    bulk = r.calls(3, "show", priority=2)
    interactive = r.calls(93, "show", priority=0)
    # Of 32 the 16th and the 32nd, though that one is spared.
    assert await asyncio.gather(*bulk) == [near(EDGE), near(EDGE), near(EDGE + 60)]
    went = await asyncio.gather(*interactive)
    assert [went.count(at) for at in sorted(set(went))] == [30, 31, 32]


async def test_a_call_that_is_sent_again_keeps_its_place(rig: Callable[..., object]) -> None:
    r = rig({"account": 1})
    first = await r.admit("show")
    second, third = r.calls(2, "show")
    await asyncio.sleep(1)
    first.settle(r.date)
    again = await r.admit("show", seq=first.seq)
    assert r.now == near(EDGE)
    again.settle(r.date)
    assert await second == near(EDGE + 60)
    assert await third == near(EDGE + 120)


async def test_newcomers_don_t_pass_those_who_wait(rig: Callable[..., object]) -> None:
    r = rig({"account": 5})
    await r.spend("show", 5)
    waiting = r.calls(5, "show")
    r.loop.call_at(r.start + EDGE - 0.001, lambda: r.loop.advance(0.5))  # its timers come late
    await asyncio.sleep(EDGE + 0.2)
    assert await r.call("show") == near(EDGE + 60)
    assert max(await asyncio.gather(*waiting)) < EDGE + 1


async def test_newcomers_don_t_pass_those_who_make_room_for_others(rig: Callable[..., object]) -> None:
    r = rig({"account": 6})
    await r.spend("show", 1)
    await asyncio.sleep(EDGE - 8)
    upserts = [r.loop.create_task(r.call("update", user)) for user in range(4)]
    await asyncio.sleep(0)
    first = r.calls(6, "show", takes=0.0)
    late: list[asyncio.Task[float]] = []
    for _ in range(70):
        await asyncio.sleep(0.1)
        late += r.calls(1, "show", takes=0.0)
    await asyncio.gather(*upserts)
    assert max(await asyncio.gather(*first)) <= min(await asyncio.gather(*late))


# -- room for narrow limits -------------------------------------------------------------------------------------------


async def test_upserts_beside_a_flood_of_reads_reach_one_a_second(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    await asyncio.sleep(EDGE + 0.1)
    upserts = [r.loop.create_task(r.call("update", user)) for user in range(100)]
    reads = r.calls(2000, "show")
    went = sorted(await asyncio.gather(*upserts))
    assert went[-1] - went[0] == pytest.approx(99, abs=1.5)
    done = await asyncio.gather(*reads)
    # 2,100 calls are three windows of 700, and the reads never waited for room that nobody used.
    assert max(done) < EDGE + 130
    assert sum(at < EDGE + 60 for at in done) == 640


async def test_more_important_reads_leave_no_room_for_bulk_upserts(rig: Callable[..., object]) -> None:
    r = rig({"account": 10})
    await r.spend("update", 1, 99)
    bulk = [r.loop.create_task(r.call("update", user, priority=2)) for user in range(3)]
    await asyncio.sleep(0)
    reads = r.calls(9, "show", priority=0)
    assert await asyncio.gather(*reads) == [0.0] * 9
    assert min(await asyncio.gather(*bulk)) == near(EDGE)


async def test_room_that_cancelled_upserts_leave_is_used(rig: Callable[..., object]) -> None:
    r = rig({"account": 100})
    await asyncio.sleep(0.5)
    await r.spend("update", 1, 99)
    upserts = [r.loop.create_task(r.call("update", user)) for user in range(60)]
    reads = r.calls(99, "show")
    await asyncio.sleep(0.2)
    assert sum(read.done() for read in reads) == 80  # nineteen seconds are left
    for upsert in upserts:
        upsert.cancel()
    assert (await asyncio.gather(*reads))[80:] == [pytest.approx(0.7)] * 19


async def test_no_more_than_half_is_left_to_upserts(rig: Callable[..., object]) -> None:
    r = rig({"account": 100})
    await asyncio.sleep(EDGE + 0.5)
    upserts = [r.loop.create_task(r.call("update", user)) for user in range(200)]
    reads = r.calls(100, "show")
    await asyncio.sleep(0.2)
    # One upsert has gone, and fifty are left to the others.
    assert sum(read.done() for read in reads) == 49
    for call in (*upserts, *reads):
        call.cancel()
    await asyncio.gather(*upserts, *reads, return_exceptions=True)


async def test_bulk_reads_leave_what_they_spare_beside_the_upserts_room(rig: Callable[..., object]) -> None:
    r = rig({"account": 100})
    await asyncio.sleep(0.5)
    await r.spend("update", 1, 99)
    upserts = [r.loop.create_task(r.call("update", user)) for user in range(60)]
    reads = r.calls(99, "show", priority=2)
    await asyncio.sleep(0.2)
    assert sum(read.done() for read in reads) == 99 - 19 - 2
    for call in (*upserts, *reads):
        call.cancel()
    await asyncio.gather(*upserts, *reads, return_exceptions=True)


async def test_nothing_is_left_to_those_whom_a_narrow_limit_does_not_slow_down(rig: Callable[..., object]) -> None:
    r = rig({"account": 50})
    upserts = [r.loop.create_task(r.call("update", user)) for user in range(50)]
    reads = r.calls(49, "show")
    assert await asyncio.gather(*reads) == [0.0] * 49
    for call in upserts:
        call.cancel()
    await asyncio.gather(*upserts, return_exceptions=True)


# -- what callers are told ------------------------------------------------------------------------------------------


async def test_who_has_to_wait_is_told_for_what_and_as_which_call(rig: Callable[..., object]) -> None:
    r = rig({"account": 5})
    told: list[tuple[str | None, int]] = []
    tickets = [await r.admit("show", on_wait=lambda *what: told.append(what)) for _ in range(5)]
    assert told == []
    waiting = r.loop.create_task(r.admit("show", on_wait=lambda *what: told.append(what)))
    await asyncio.sleep(1)
    for ticket in tickets:
        ticket.settle(r.date)
    ticket = await waiting
    assert told == [("account", ticket.seq)]
    assert (ticket.waited, ticket.limit) == (near(EDGE), "account")


async def test_who_has_to_wait_for_its_target_is_told_so(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, SECOND: 100})
    await r.spend("update", 5, 7)
    told: list[tuple[str | None, int]] = []
    ticket = await r.admit("update", 7, on_wait=lambda *what: told.append(what))
    assert told == [("create-update-user/profile", ticket.seq)]


async def test_bulk_work_that_spares_is_told_the_limit(rig: Callable[..., object]) -> None:
    r = rig({"account": 100})
    await r.spend("show", 98)
    told: list[tuple[str | None, int]] = []
    ticket = await r.admit("show", priority=2, on_wait=lambda *what: told.append(what))
    assert told == [("account", ticket.seq)]
