"""Buckets of targets that calls are done with are swept away. Every test begins 20 s before a minute's edge."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from zdasync.errors import DeadlineExceeded
from zdasync.limits.book import SLICE
from zdasync.limits.bucket import Bucket
from zdasync.limits.scheduler import SWEEP_EVERY, SWEEP_PAUSE

PROFILE = "create-update-user/profile"
SECOND = "create-update-user/second"


async def test_idle_targets_are_gone_two_minutes_after_their_last_call(rig: Callable[..., object]) -> None:
    r = rig({"account": 5000, SECOND: 5000})
    for user in range(1200):
        await r.spend("update", 1, user)
    await asyncio.sleep(119)
    assert len(r.book.of(PROFILE)) == 1200
    await asyncio.sleep(1.5)
    assert r.book.of(PROFILE) == []
    assert r.scheduler._broom is None


async def test_a_round_takes_slices_with_pauses_for_everybody_else(rig: Callable[..., object]) -> None:
    r = rig({"account": 5000, SECOND: 5000})
    for user in range(2 * SLICE + 1):
        await r.spend("update", 1, user)
    await asyncio.sleep(2 * SWEEP_EVERY + SWEEP_PAUSE / 2)
    left = []
    for _ in range(3):
        left.append(len(r.book.of(PROFILE)))
        await asyncio.sleep(SWEEP_PAUSE)
    assert left == [SLICE + 1, 1, 0]


async def test_targets_with_long_windows_go_when_these_end(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    await r.spend("ticket", 1, 7)  # its ten minutes end at 500
    await asyncio.sleep(499)
    [bucket] = r.book.of("per-ticket-updates")
    assert r.scheduler._broom is not None
    await asyncio.sleep(120 + 1)
    assert not bucket.lanes
    assert r.book.of("per-ticket-updates") == []
    assert r.scheduler._broom is None


async def test_a_target_that_is_used_again_stays_until_it_is_idle(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, SECOND: 100})
    for _ in range(10):
        await r.spend("update", 1, 7)
        [bucket] = r.book.of(PROFILE)
        await asyncio.sleep(45)
    for _ in range(3):
        await r.spend("update", 1, 7)
        assert r.book.of(PROFILE)[0].used(r.loop.time(), r.book.clock) == 1
        await asyncio.sleep(59)
    await asyncio.sleep(121)
    assert bucket not in r.book.of(PROFILE)
    assert r.book.of(PROFILE) == []


async def test_a_target_that_is_waited_for_is_not_looked_at(
    rig: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    r = rig({"account": 700, SECOND: 100})
    await r.spend("update", 5, 7)
    [bucket] = r.book.of(PROFILE)
    bucket.block(r.loop.time() + 400)
    [waiting] = r.calls(1, "update", 7)
    looked: list[Bucket] = []
    idle = Bucket.idle
    monkeypatch.setattr(Bucket, "idle", lambda one, *at: (looked.append(one), idle(one, *at))[1])
    await asyncio.sleep(399)
    assert looked == []
    assert r.book.of(PROFILE) == [bucket]
    assert r.scheduler._broom is None  # nothing is in use but what is waited for
    assert await waiting == pytest.approx(400.0, abs=0.06)
    await asyncio.sleep(121)
    assert r.book.of(PROFILE) == []


async def test_targets_of_estimates_and_of_missed_deadlines_go_as_well(rig: Callable[..., object]) -> None:
    r = rig({"account": 1})
    await r.spend("show", 1)
    r.scheduler.estimate(r.charge("update", 7))
    with pytest.raises(DeadlineExceeded):
        await r.admit("update", 8, within=1.0)
    assert len(r.book.of(PROFILE)) == 2
    await asyncio.sleep(121)
    assert r.book.of(PROFILE) == []


async def test_targets_of_cancelled_calls_go_as_well(rig: Callable[..., object]) -> None:
    r = rig({"account": 1})
    await r.spend("show", 1)
    calls = [call for user in range(5) for call in r.calls(1, "update", user)]
    await asyncio.sleep(1)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    await asyncio.sleep(121)
    assert r.book.of(PROFILE) == []


async def test_no_timer_sweeps_where_no_target_is_in_use(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    await r.spend("show", 5)
    assert r.scheduler._broom is None
    await r.spend("update", 1, 7)
    assert r.scheduler._broom is not None
    await r.scheduler.aclose()
    assert r.scheduler._broom.cancelled()
    await asyncio.sleep(200)
    assert len(r.book.of(PROFILE)) == 1
