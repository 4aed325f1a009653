from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from zdasync.limits.snapshot import LimitState, snapshot
from zdasync.limits.table import LIMITS

PROFILE = "create-update-user/profile"


async def test_every_bucket_in_use_shows_its_numbers(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, connections=50)
    await r.spend("update", 1, 7)
    waiting = r.calls(2, "update", 7)
    await asyncio.sleep(0)
    shot = snapshot(r.scheduler)
    assert [(s.limit, s.key, s.total, s.used, s.remaining, s.waiting, s.model) for s in shot] == [
        ("connections", "", 50, 0, 50, 2, "completion"),
        ("inflight-jobs", "", 30, 0, 30, 0, "completion"),
        ("account", "", 700, 1, 699, 2, "aligned"),
        ("create-update-user/second", "", 1, 1, 0, 2, "aligned"),
        (PROFILE, "id:7", 5, 1, 4, 2, "aligned"),
    ]
    assert [s.reset for s in shot] == [
        None, None, pytest.approx(20.03, abs=0.03), pytest.approx(1.03, abs=0.03), pytest.approx(20.03, abs=0.03),
    ]
    await asyncio.gather(*waiting)


async def test_what_is_in_flight_counts_and_its_reset_is_unknown(rig: Callable[..., object]) -> None:
    r = rig({"account": 2})
    tickets = [await r.admit("show"), await r.admit("show")]
    state = snapshot(r.scheduler)["account"]
    assert (state.used, state.remaining, state.reset) == (2, 0, None)
    for ticket in tickets:
        ticket.settle(r.date)


async def test_what_others_spent_counts(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    r.book.shared(LIMITS[0]).seen(650, r.start + 20.0)
    state = snapshot(r.scheduler)["account"]
    assert (state.used, state.remaining, state.reset) == (650, 50, pytest.approx(20.0, abs=0.001))


async def test_more_than_the_total_may_be_spent_but_less_than_nothing_never_remains(
    rig: Callable[..., object],
) -> None:
    r = rig({"account": 5})
    await r.spend("show", 5)
    r.book.shared(LIMITS[0]).total(3, at_once=True)
    state = snapshot(r.scheduler)["account"]
    assert (state.total, state.used, state.remaining) == (3, 5, 0)


async def test_a_refuted_limit_says_so(rig: Callable[..., object]) -> None:
    r = rig({"account": 5})
    await r.spend("show", 1)
    r.book.refute("account", r.loop.time())
    state = snapshot(r.scheduler)["account"]
    assert (state.model, state.reset) == ("sliding", pytest.approx(60.0, abs=0.3))


async def test_a_limit_that_nobody_uses_is_no_key(rig: Callable[..., object]) -> None:
    shot = snapshot(rig({"account": 5}).scheduler)
    with pytest.raises(KeyError, match="search-index"):
        shot["search-index"]
    assert [state.limit for state in shot] == ["connections", "inflight-jobs", "account"]


async def test_it_reads_as_a_table_and_as_json(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, connections=50)
    await r.spend("update", 5, 7)
    shot = snapshot(r.scheduler)
    lines = str(shot).splitlines()
    assert lines[0].split() == ["limit", "key", "total", "used", "remaining", "reset", "waiting"]
    assert lines[1].split() == ["connections", "-", "50", "0", "50", "-", "0"]
    assert lines[-1].split()[:5] == [PROFILE, "id:7", "5", "5", "0"]
    assert json.loads(json.dumps(shot.to_dicts()))[0]["limit"] == "connections"
    assert isinstance(shot[PROFILE], LimitState)
    assert repr(shot) == "<LimitsSnapshot of 5 buckets>"
