"""How waiting ends: by a deadline, by cancellation, by the client's close, or under another name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from zdasync.errors import DeadlineExceeded
from zdasync.limits.estimates import Estimate
from zdasync.limits.table import LIMITS

EDGE = 20.0
PROFILE = "create-update-user/profile"
SECOND = "create-update-user/second"
NEAR = 0.06
"""Seconds by which an edge is used late: guard, uncertainty and drift."""


def near(at: float) -> object:
    return pytest.approx(at + NEAR / 2, abs=NEAR / 2)


def leftovers(r: object) -> list[str]:
    """What a scheduler nobody waits in still knows of calls."""
    found = []
    for pool in r.scheduler._pools.values():
        found += [name for name in ("order", "lines", "ahead", "later") if any(getattr(pool, name))]
        found += ["count"] * (pool.count != 0)
    found += ["callers"] * any(r.scheduler._callers._named)
    found += ["pools"] * bool(r.scheduler._waiting or r.scheduler._spread)
    return found + ["lanes"] * any(bucket.lanes for bucket in r.book)


# -- deadlines --------------------------------------------------------------------------------------------------------


async def test_a_deadline_that_can_t_be_met_fails_at_once_with_the_wait(rig: Callable[..., object]) -> None:
    r = rig({"account": 5})
    await r.spend("show", 5)
    with pytest.raises(DeadlineExceeded) as caught:
        await r.admit("show", within=10.0)
    assert r.now == 0.0
    assert (caught.value.wait, caught.value.limit) == (near(EDGE), "account")


async def test_a_profile_s_own_limit_is_named(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, SECOND: 100})
    await r.spend("update", 5, 7)
    with pytest.raises(DeadlineExceeded, match="20") as caught:
        await r.admit("update", 7, within=19.0)
    assert caught.value.limit == PROFILE
    assert await r.call("update", 8, within=0.0) == 0.0


async def test_those_ahead_count(rig: Callable[..., object]) -> None:
    r = rig({"account": 5})
    await r.spend("show", 5)
    ahead = r.calls(5, "show")
    await asyncio.sleep(0)
    with pytest.raises(DeadlineExceeded) as caught:
        await r.admit("show", within=60.0)
    assert caught.value.wait == near(EDGE + 60)
    more_important = r.calls(1, "show", priority=0, within=30.0)
    assert await more_important[0] == near(EDGE)
    await asyncio.gather(*ahead)


async def test_those_ahead_count_while_one_of_them_is_on_the_wire(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    ahead = [r.loop.create_task(r.call("update", user, takes=0.5)) for user in range(30)]
    await asyncio.sleep(0.1)
    with pytest.raises(DeadlineExceeded) as caught:
        await r.admit("update", 99, within=20.0)
    assert caught.value.wait == pytest.approx(29.9, abs=0.2)
    assert caught.value.limit == SECOND
    assert await r.call("update", 99, within=31.0) == near(30.0)
    await asyncio.gather(*ahead)


async def test_a_deadline_passes_in_the_queue(rig: Callable[..., object]) -> None:
    r = rig({"account": 5})
    await r.spend("show", 5)
    [call] = r.calls(1, "show", within=30.0)
    await asyncio.sleep(1)
    r.book.shared(LIMITS[0]).block(r.loop.time() + 100)
    with pytest.raises(DeadlineExceeded) as caught:
        await call
    assert r.now == 30.0
    assert (caught.value.wait, caught.value.limit) == (pytest.approx(71.0), "account")
    assert r.scheduler.waiting()[r.book.shared(LIMITS[0])] == 0


async def test_who_expires_makes_way(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, "inflight-jobs": 1})
    held = await r.admit("submit")
    [hopeless] = r.calls(1, "submit", within=5.0)
    [next_one] = r.calls(1, "submit")
    await asyncio.sleep(10)
    with pytest.raises(DeadlineExceeded):
        await hopeless
    held.settle(r.date)
    assert await next_one == 10.0


async def test_a_deadline_in_the_past_is_too_late_even_with_room(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    with pytest.raises(DeadlineExceeded) as caught:
        await r.admit("show", within=-1.0)
    assert (caught.value.wait, caught.value.limit) == (0.0, None)


async def test_what_ends_when_work_ends_is_named_without_a_time(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, "inflight-jobs": 1})
    await r.admit("submit")
    assert r.scheduler.estimate(r.charge("submit")) == Estimate(0.0, "inflight-jobs")
    [call] = r.calls(1, "submit", within=5.0)
    with pytest.raises(DeadlineExceeded, match="inflight-jobs") as caught:
        await call
    assert (r.now, caught.value.limit) == (5.0, "inflight-jobs")


@pytest.mark.parametrize(
    ("calls", "wait", "limit"),
    [(1, 0.0, None), (5, EDGE, PROFILE), (6, EDGE, PROFILE), (10, EDGE + 60, PROFILE)],
)
async def test_an_estimate_for_many(rig: Callable[..., object], calls: int, wait: float, limit: str | None) -> None:
    r = rig({"account": 700, SECOND: 100})
    await r.spend("update", 1, 7)
    estimate = r.scheduler.estimate(r.charge("update", 7), calls=calls)
    assert estimate == Estimate(near(wait) if wait else 0.0, limit)


# -- cancellation -----------------------------------------------------------------------------------------------------


async def test_a_cancelled_waiter_charges_nothing_and_leaves_nothing(rig: Callable[..., object]) -> None:
    r = rig({"account": 5})
    await r.spend("show", 5)
    cancelled = [*r.calls(50, "show"), *r.calls(3, "update", 7)]
    waiting = r.calls(5, "show")
    await asyncio.sleep(1)
    for task in cancelled:
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)
    assert r.scheduler.waiting()[r.book.shared(LIMITS[0])] == 5
    assert r.scheduler.estimate(r.charge("show")).wait == near(EDGE + 59)
    assert await asyncio.gather(*waiting) == [near(EDGE)] * 5
    assert (r.scheduler._waiting, r.scheduler._spread) == ({}, {})
    assert all(bucket.lanes == 0 for bucket in r.book)
    assert [sum(group.ahead) for group in r.scheduler._pools.values()] == [0, 0]


@pytest.mark.parametrize("by", ["group", "target"])
async def test_calls_that_are_cancelled_while_nothing_goes_leave_nothing(rig: Callable[..., object], by: str) -> None:
    r = rig({"account": 2000, SECOND: 2000})
    r.book.of("account")[0].block(r.loop.time() + 3600)
    for i in range(3):
        options = [{"route": "show", "caller": f"{i}-{j}"} if by == "group" else
                   {"route": "update", "target": 1000 * i + j} for j in range(200)]
        calls = [call for option in options for call in r.calls(1, **option)]
        await asyncio.sleep(1)
        [pool] = r.scheduler._waiting
        assert (pool.count, sum(pool.ahead)) == (200, 200)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        assert leftovers(r) == []


async def test_parked_calls_that_are_cancelled_leave_nothing(rig: Callable[..., object]) -> None:
    r = rig({"account": 2000, SECOND: 2000})
    for user in range(20):
        await r.spend("update", 5, user)
    calls = [call for user in range(20) for call in r.calls(3, "update", user)]
    await asyncio.sleep(1)
    [pool] = r.scheduler._waiting
    assert (sum(pool.ahead), sum(pool.later)) == (0, 60)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    await asyncio.sleep(EDGE)
    assert leftovers(r) == []
    assert not any(r.scheduler._parking._lanes.values())


async def test_a_call_that_is_cancelled_in_the_moment_of_its_admission_charges_nothing(
    rig: Callable[..., object],
) -> None:
    r = rig({"account": 700, "inflight-jobs": 1})
    held = await r.admit("submit")
    first, second = r.calls(2, "submit")
    await asyncio.sleep(1)
    held.settle(r.date)  # admits the first, whose task has not run yet
    assert r.under_way() == {"connections": 1, "account": 1, "inflight-jobs": 1}
    first.cancel()
    assert await second == 1.0
    assert first.cancelled()
    assert r.book.shared(LIMITS[0]).used(r.loop.time(), r.book.clock) == 2


async def test_a_call_that_is_cancelled_and_expires_in_one_moment_ends_cancelled(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, "inflight-jobs": 1})
    held = await r.admit("submit")
    [call] = r.calls(1, "submit", within=5.0)
    await asyncio.sleep(0)
    r.loop.call_at(r.start + 5.0, call.cancel)
    with pytest.raises(asyncio.CancelledError):
        await call
    held.give_back()
    assert await r.call("submit") == 5.0


async def test_a_timeout_around_a_call_gives_its_place_up(rig: Callable[..., object]) -> None:
    r = rig({"account": 1})
    await r.spend("show", 1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3):
            await r.call("show")
    assert await r.call("show") == near(EDGE)


async def test_a_cancelled_head_of_a_parked_lane_is_forgotten(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, SECOND: 100})
    await r.spend("update", 5, 7)
    first, second = r.calls(2, "update", 7)
    await asyncio.sleep(1)
    first.cancel()
    assert await second == near(EDGE)
    assert r.scheduler._waiting == {}


async def test_cancelling_many_wakes_no_one_twice(rig: Callable[..., object]) -> None:
    r = rig({"account": 3})
    await r.spend("show", 3)
    tasks = r.calls(300, "show")
    await asyncio.sleep(0)
    for task in tasks[:299:2]:
        task.cancel()
    left = tasks[1::2]
    went = await asyncio.gather(*left)
    assert [went.count(at) for at in sorted(set(went))] == [3] * 50
    assert r.under_way() == {}


# -- tickets ----------------------------------------------------------------------------------------------------------


async def test_a_ticket_ends_once(rig: Callable[..., object]) -> None:
    r = rig({"account": 5})
    ticket = await r.admit("show")
    ticket.settle(r.date)
    ticket.lost()
    ticket.give_back()
    ticket.settle(r.date)
    account = r.book.shared(LIMITS[0])
    assert (account.in_flight, account.used(r.loop.time(), r.book.clock)) == (0, 1)


async def test_what_was_given_back_is_there_for_the_next(rig: Callable[..., object]) -> None:
    r = rig({"account": 1})
    ticket = await r.admit("show")
    [waiting] = r.calls(1, "show")
    await asyncio.sleep(2)
    ticket.give_back()
    assert await waiting == 2.0


async def test_a_lost_reply_s_token_comes_back_as_well(rig: Callable[..., object]) -> None:
    r = rig({"account": 1})
    ticket = await r.admit("show")
    await asyncio.sleep(EDGE - 3)
    ticket.lost()  # it may reach the server up to five seconds later, in the next window
    assert await r.call("show") == near(EDGE + 60)


async def test_what_a_reply_says_is_heeded_before_anybody_goes(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, connections=1)
    ticket = await r.admit("show")
    [waiting] = r.calls(1, "show")
    await asyncio.sleep(1)
    ticket.settle(r.date, lambda: r.book.shared(LIMITS[0]).block(r.start + 7.0))
    assert await waiting == 7.0


async def test_a_ticket_says_how_long_it_waited_and_for_what(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, SECOND: 100})
    await r.spend("update", 5, 7)
    ticket = await r.admit("update", 7)
    assert (ticket.waited, ticket.limit) == (near(EDGE), PROFILE)
    ticket = await r.admit("update", 8)
    assert (ticket.waited, ticket.limit) == (0.0, None)


async def test_a_call_that_went_at_once_names_no_limit_while_others_wait(rig: Callable[..., object]) -> None:
    r = rig({"account": 5})
    await r.spend("show", 5)
    assert (await r.admit("show")).limit == "account"
    await r.spend("update", 1, 8)
    upserts = r.calls(2, "update", 9)
    await asyncio.sleep(0)
    ticket = await r.admit("show")
    assert (ticket.waited, ticket.limit) == (0.0, None)
    await asyncio.gather(*upserts)


# -- names ------------------------------------------------------------------------------------------------------------


def reply(user_id: int, email: str | None = None, external_id: str | None = None) -> bytes:
    quoted = [f'"{v}"' if v else "null" for v in (email, external_id)]
    return f'{{"user":{{"id":{user_id},"email":{quoted[0]},"external_id":{quoted[1]}}}}}'.encode()


async def test_calls_that_wait_share_the_window_as_soon_as_names_are_known(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, SECOND: 100})
    await r.spend("update", 3, 7)
    by_email = await r.admit("upsert", email="a@x.org")
    r.scheduler.learn(["email:a@x.org"], reply(7, "A@x.org", "K1"))
    by_email.settle(r.date)
    went = await asyncio.gather(*r.calls(1, "update", 7), *r.calls(1, "upsert", external_id="k1"),
                                *r.calls(1, "upsert", email="a@x.org"))
    assert went == [0.0, near(EDGE), near(EDGE)]


async def test_names_merge_while_calls_wait_and_are_on_the_wire(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, SECOND: 100})
    by_id = r.calls(7, "update", 7, takes=2.0)
    by_email = r.calls(7, "upsert", email="a@x.org", takes=2.0)
    await asyncio.sleep(1)
    assert r.under_way()[PROFILE] == 5
    r.scheduler.learn(["email:a@x.org"], reply(7, "a@x.org"))
    went = sorted(await asyncio.gather(*by_id, *by_email))
    # Ten went before the names were known; the next window has five for both, and the last comes a minute later.
    assert went == [0.0] * 10 + [near(EDGE)] * 4
    assert r.under_way() == {}
    assert len(r.book.of(PROFILE)) == 1


async def test_a_call_under_two_names_of_one_profile_takes_one_token(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, SECOND: 100})
    ticket = await r.admit("update", 7, email="a@x.org")
    r.scheduler.learn(["id:7", "email:a@x.org"], reply(7, "a@x.org"))
    ticket.settle(r.date)
    [bucket] = r.book.of(PROFILE)
    assert (bucket.in_flight, bucket.used(r.loop.time(), r.book.clock)) == (0, 1)


async def test_a_name_that_moved_shares_its_new_profile_s_window(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, SECOND: 100})
    r.scheduler.learn(["email:a@x.org"], reply(7, "a@x.org"))
    await r.spend("update", 5, 7)
    r.scheduler.learn(["email:a@x.org"], reply(8, "a@x.org"))
    assert await r.call("upsert", email="a@x.org") == 0.0
    await r.spend("update", 4, 8)
    assert await r.call("upsert", email="a@x.org") == near(EDGE)


async def test_a_merged_bucket_lives_as_long_as_anybody_waits_for_it(rig: Callable[..., object]) -> None:
    r = rig({"account": 5, SECOND: 10_000})
    await r.spend("show", 5)
    waiting = r.calls(3, "upsert", email="a@x.org")
    r.charge("update", 7)
    await asyncio.sleep(0)
    r.scheduler.learn(["email:a@x.org"], reply(7, "a@x.org"))
    r.scheduler.retire(r.book.of(PROFILE))
    for _ in range(2):
        r.book.sweep(r.loop.time())
    r.book.shared(LIMITS[0]).terms.total(700)
    r.scheduler.wake()
    await asyncio.gather(*waiting)
    went = await asyncio.gather(*r.calls(4, "update", 7))
    assert [at < EDGE for at in went] == [True, True, False, False]


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"users":[]}', b"\xff"])
async def test_replies_without_a_user_teach_nothing(rig: Callable[..., object], body: bytes) -> None:
    r = rig({"account": 700})
    r.scheduler.learn(["email:a@x.org"], body)
    assert r.book._names == {}


# -- the end ----------------------------------------------------------------------------------------------------------


async def test_closing_cancels_those_who_wait(rig: Callable[..., object]) -> None:
    r = rig({"account": 1})
    ticket = await r.admit("show")
    waiting = [*r.calls(2, "show"), *r.calls(1, "update", 7)]
    await asyncio.sleep(0)
    await r.scheduler.aclose()
    await asyncio.sleep(0)
    assert [task.cancelled() for task in waiting] == [True] * 3
    ticket.settle(r.date)
    assert r.scheduler._waiting == {}


async def test_after_the_close_nobody_waits_for_ever(rig: Callable[..., object]) -> None:
    r = rig({"account": 1})
    await r.spend("show", 1)
    await r.scheduler.aclose()
    with pytest.raises(asyncio.CancelledError):
        await r.admit("show")


async def test_no_timer_runs_while_nobody_waits(rig: Callable[..., object]) -> None:
    r = rig({"account": 1})
    await r.spend("show", 1)
    [call] = r.calls(1, "show")
    await asyncio.sleep(1)
    assert r.scheduler._timer is not None
    await call
    await asyncio.sleep(61)
    assert r.scheduler._timer is None or r.scheduler._timer.cancelled()
