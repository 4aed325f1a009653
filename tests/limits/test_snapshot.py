from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import attrs
import pytest

from zdasync._core.route import Route
from zdasync.limits import scheduler
from zdasync.limits.bucket import live
from zdasync.limits.scheduler import Scheduler
from zdasync.limits.snapshot import LimitsSnapshot, LimitState, states
from zdasync.limits.table import LIMITS, Limit

PROFILE = "create-update-user/profile"


def snapshot(of: Scheduler) -> LimitsSnapshot:
    return LimitsSnapshot(states(of))


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
    r.book.shared(LIMITS[0]).seen(650, r.start + 20.0, r.start)
    state = snapshot(r.scheduler)["account"]
    assert (state.used, state.remaining, state.reset) == (650, 50, pytest.approx(20.0, abs=0.001))


async def test_more_than_the_total_may_be_spent_but_less_than_nothing_never_remains(
    rig: Callable[..., object],
) -> None:
    r = rig({"account": 5})
    await r.spend("show", 5)
    r.book.shared(LIMITS[0]).terms.total(3)
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
    assert lines[0].split() == [
        "limit", "key", "total", "used", "reserve", "remaining", "reset", "waiting", "origin",
    ]
    assert lines[1].split() == ["connections", "-", "50", "0", "0", "50", "-", "0", "client"]
    assert lines[-1].split()[:6] == [PROFILE, "id:7", "5", "5", "0", "0"]
    assert lines[-1].split()[-2:] == ["0", "documented"]
    assert json.loads(json.dumps(shot.to_dicts()))[0]["limit"] == "connections"
    assert isinstance(shot[PROFILE], LimitState)
    assert repr(shot) == "<LimitsSnapshot of 5 buckets>"


async def test_what_is_kept_for_others_shows(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, reserves={"account": 0.1, PROFILE: 2})
    await r.spend("update", 1, 7)
    shot = snapshot(r.scheduler)
    assert [(s.limit, s.reserve) for s in shot if s.reserve] == [("account", 70), (PROFILE, 2)]
    assert (shot["account"].total, shot["account"].remaining) == (700, 699)


async def test_it_says_where_a_limit_is_known_from(rig: Callable[..., object]) -> None:
    mine = Limit(name="mine", count=3, endpoints=("GET /api/v2/users/{id}",))
    r = rig({"account": 700}, rows=(*LIMITS, mine))
    show = Route("users.show", "GET", "/api/v2/users/{user_id}")
    r.book.learn(show, "users-show", 50, 60.0)
    r.book.hide(show, r.loop.time())
    r.charge("show")
    assert {s.limit: s.origin for s in snapshot(r.scheduler)} == {
        "connections": "client", "inflight-jobs": "documented", "account": "documented", "mine": "given",
        "users-show": "learned", "hidden: users.show": "hidden",
    }


async def test_a_row_that_replaces_a_documented_one_is_given(rig: Callable[..., object]) -> None:
    rows = tuple(attrs.evolve(row, count=9) if row.name == "account" else row for row in LIMITS)
    r = rig({}, rows=rows)
    assert snapshot(r.scheduler)["account"].origin == "given"


async def test_it_looks_at_each_parked_lane_once(rig: Callable[..., object], monkeypatch: pytest.MonkeyPatch) -> None:
    r = rig({"account": 6000, "create-update-user/second": 6000}, connections=6000)
    for user in range(1000):
        await r.spend("update", 5, user)
    waiting = [call for user in range(1000) for call in r.calls(1, "update", user)]
    await asyncio.sleep(0)
    looks: list[object] = []
    monkeypatch.setattr(scheduler, "live", lambda bucket: (looks.append(bucket), live(bucket))[1])
    shot = snapshot(r.scheduler)
    assert [state.waiting for state in shot if state.limit == PROFILE] == [1] * 1000
    assert shot["account"].waiting == 1000
    assert len(looks) == 1000
    for call in waiting:
        call.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
