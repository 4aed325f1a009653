"""When a call would go out, against what then happens. Every test begins 20 s before a minute's edge."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zdasync._core.route import Route
from zdasync.limits.estimates import Estimate
from zdasync.testing import run_virtual

EDGE = 20.0
SHOW = Route("users.show", "GET", "/api/v2/users/{user_id}")
SECOND, PROFILE = "create-update-user/second", "create-update-user/profile"
NEAR = 0.06


def near(at: float) -> object:
    return pytest.approx(at + NEAR / 2, abs=NEAR / 2)


# -- by hand ----------------------------------------------------------------------------------------------------------


async def test_with_room_everywhere_nothing_decides(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    assert r.scheduler.estimate(r.charge("show")) == Estimate(0.0, None)
    assert r.scheduler.estimate(r.charge("show"), calls=700) == Estimate(0.0, None)
    assert r.scheduler.estimate(r.charge("show"), calls=701) == Estimate(near(EDGE), "account")


async def test_the_latest_of_the_limits_decides(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    await asyncio.sleep(0.5)
    update = r.charge("update", 7)
    assert r.scheduler.estimate(update, calls=5) == Estimate(near(3.5), SECOND)
    assert r.scheduler.estimate(update, calls=6) == Estimate(near(EDGE - 0.5), PROFILE)
    await r.spend("show", 699)
    assert r.scheduler.estimate(update, calls=5) == Estimate(near(EDGE - 0.5), "account")


async def test_those_who_wait_for_another_limit_are_not_ahead(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    await asyncio.sleep(0.5)
    waiting = [call for user in range(10) for call in r.calls(1, "update", user)]
    await asyncio.sleep(0)
    assert r.scheduler.estimate(r.charge("show")) == Estimate(0.0, None)
    assert r.scheduler.estimate(r.charge("update", 99)) == Estimate(near(9.5), SECOND)
    await asyncio.gather(*waiting)


async def test_only_the_same_target_s_calls_are_ahead_at_a_target(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, SECOND: 100})
    for user in (7, 8):
        await r.spend("update", 5, user)
    waiting = [*r.calls(12, "update", 7), *r.calls(1, "update", 8)]
    await asyncio.sleep(0)
    assert r.scheduler.estimate(r.charge("update", 7)) == Estimate(near(EDGE + 120), PROFILE)
    assert r.scheduler.estimate(r.charge("update", 8)) == Estimate(near(EDGE), PROFILE)
    await asyncio.gather(*waiting)


async def test_those_of_lower_priority_are_not_ahead(rig: Callable[..., object]) -> None:
    r = rig({"account": 5})
    await r.spend("show", 5)
    waiting = [*r.calls(5, "show", priority=1), *r.calls(20, "show", priority=2)]
    await asyncio.sleep(0)
    waits = [r.scheduler.estimate(r.charge("show"), priority=priority).wait for priority in (0, 1, 2)]
    assert waits == [near(EDGE), near(EDGE + 60), near(EDGE + 300)]
    for call in waiting:
        call.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_parked_calls_are_ahead_once_their_target_is_free(rig: Callable[..., object]) -> None:
    r = rig({"account": 6, SECOND: 1000})
    await r.spend("update", 5, 7)
    waiting = r.calls(5, "update", 7)  # parked: the account has room
    await asyncio.sleep(0.5)
    waiting += r.calls(2, "show")
    await asyncio.sleep(0.5)
    estimate, start = r.scheduler.estimate(r.charge("show")), r.now
    went = await r.call("show") - start
    assert abs(went - estimate.wait) <= 1.0
    assert estimate.wait > 60.0
    await asyncio.gather(*waiting)


async def test_what_is_taken_within_the_clock_s_doubt_of_an_edge_is_not_back_at_it(rig: Callable[..., object]) -> None:
    r = rig({"account": 5})
    await asyncio.sleep(EDGE + 0.005)
    assert r.scheduler.estimate(r.charge("show"), calls=6).wait == pytest.approx(60.0, abs=0.05)


async def test_a_block_decides_until_its_end(rig: Callable[..., object]) -> None:
    r = rig({"account": 5})
    r.book.of("account")[0].block(r.loop.time() + 33)
    assert r.scheduler.estimate(r.charge("show")) == Estimate(pytest.approx(33.0), "account")
    assert r.scheduler.estimate(r.charge("show"), calls=6).wait == near(EDGE + 60)


async def test_what_is_reserved_is_not_counted_on(rig: Callable[..., object]) -> None:
    r = rig({"account": 10}, reserves={"account": 4})
    assert r.scheduler.estimate(r.charge("show"), calls=6).wait == 0.0
    assert r.scheduler.estimate(r.charge("show"), calls=12).wait == near(EDGE)
    assert r.scheduler.estimate(r.charge("show"), calls=13).wait == near(EDGE + 60)


async def test_a_learned_and_a_hidden_limit_count_like_others(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    show = r.charge("show")
    r.book.learn(SHOW, "users-show", 3, 60.0)
    assert r.scheduler.estimate(r.charge("show"), calls=4) == Estimate(near(EDGE), "users-show")
    r.book.hide(SHOW, r.loop.time())
    # At one a minute from now on.
    assert r.scheduler.estimate(r.charge("show"), calls=3) == Estimate(pytest.approx(120.0), "hidden: users.show")
    assert r.scheduler.estimate(show) == Estimate(0.0, None)


async def test_an_estimate_charges_nothing(rig: Callable[..., object]) -> None:
    r = rig({"account": 5})
    for _ in range(20):
        r.scheduler.estimate(r.charge("update", 7), calls=50)
    assert r.under_way() == {}
    assert r.scheduler._waiting == {}
    assert await asyncio.gather(*r.calls(5, "show")) == [0.0] * 5


# -- against what happens -----------------------------------------------------------------------------------------

KINDS = ("show", "export", "update", "ticket")
ROOMY = dict.fromkeys(("account", SECOND, PROFILE, "incremental-exports", "tickets-update", "per-ticket-updates"), 1000)


async def against(
    make: Callable[..., object], counts: dict[str, int], at: float, queue: list[tuple[str, int]],
    newcomer: tuple[str, int],
) -> float:
    """How much later than estimated a newcomer went, with these calls (route, target) before it."""
    r = make(counts)
    await asyncio.sleep(at)
    waiting = [r.loop.create_task(r.call(*call, takes=0.0)) for call in queue]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    start, estimate = r.now, r.scheduler.estimate(r.charge(*newcomer))
    went = await r.call(*newcomer, takes=0.0) - start
    for call in waiting:
        call.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    return went - estimate.wait


@pytest.mark.parametrize(
    ("limit", "kinds", "most"),
    [
        ("account", KINDS, 40),
        (SECOND, KINDS, 10),
        (PROFILE, KINDS, 6),
        ("incremental-exports", KINDS, 8),
        ("tickets-update", KINDS, 30),
        ("per-ticket-updates", ("ticket",), 30),
    ],
)
@given(data=st.data())
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck), derandomize=True)
def test_a_newcomer_goes_when_it_was_estimated_to(
    rig: Callable[..., object], limit: str, kinds: tuple[str, ...], most: int, data: st.DataObject
) -> None:
    """Whatever waits, where one limit is in the way: that of an account, of a second, of a target, of ten minutes."""
    calls = st.tuples(st.sampled_from(kinds), st.integers(1, 3))
    counts = ROOMY | {limit: data.draw(st.integers(1, most), label="count")}
    second = data.draw(st.integers(0, 18), label="at")
    late = run_virtual(against(
        rig, counts, second + 0.5, data.draw(st.lists(calls, max_size=40), label="queue"),
        data.draw(calls, label="newcomer"),
    ))
    assert abs(late) <= 1.0
