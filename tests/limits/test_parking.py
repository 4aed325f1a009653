"""Lanes that only their own target holds up: nobody looks at them until something happens there, or its time comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf

import pytest

from zdasync.limits.bucket import Bucket
from zdasync.limits.clock import ServerClock
from zdasync.limits.lanes import Lane, Pool, Waiter
from zdasync.limits.parking import Parking
from zdasync.limits.table import Limit
from zdasync.limits.terms import Terms
from zdasync.limits.turns import Caller

EDGE = 20.0
SECOND, PROFILE = "create-update-user/second", "create-update-user/profile"
PROFILES = Terms(Limit(name="profile", count=1, key="profile", endpoints=()), 1, sliding=False)
TICKETS = Terms(Limit(name="ticket", count=1, interval=120.0, key="ticket+agent", endpoints=()), 1, sliding=False)


@pytest.fixture
def pool() -> Pool:
    return Pool(())


def lane_of(pool: Pool, *buckets: Bucket, seq: int = 1) -> Lane:
    lane = pool.lane(buckets, 1, Caller("", 1, 0))
    lane.push(Waiter(lane, seq, 0.0, asyncio.get_running_loop().create_future()))
    return lane


def spent(terms: Terms, clock: ServerClock, name: str = "id:1") -> Bucket:
    bucket = Bucket(terms, name)
    bucket.take(11.0)
    bucket.settle(11.0, clock, 1011.0)
    return bucket


# -- one by one -------------------------------------------------------------------------------------------------------


async def test_a_parked_lane_is_not_next_and_puts_nothing_ahead(pool: Pool, clock: ServerClock) -> None:
    parking, bucket = Parking(), spent(PROFILES, clock)
    lane = lane_of(pool, bucket)
    assert pool.top(1) is lane
    assert pool.ahead == [0, 1, 0]
    parking.park(lane, 11.0, clock)
    assert pool.top(1) is None
    assert pool.ahead == [0, 0, 0]
    assert (lane.parked, lane.limit) == (True, "profile")
    assert parking.next_at == pytest.approx(EDGE, abs=0.05)


async def test_it_is_looked_at_again_when_its_time_has_come(pool: Pool, clock: ServerClock) -> None:
    parking = Parking()
    lane = lane_of(pool, spent(PROFILES, clock))
    parking.park(lane, 11.0, clock)
    parking.unpark_due(EDGE - 0.1)
    assert lane.parked
    parking.unpark_due(EDGE + 0.1)
    assert not lane.parked
    assert pool.top(1) is lane
    assert parking.next_at == inf


async def test_it_is_looked_at_again_when_something_happens_to_its_target(pool: Pool, clock: ServerClock) -> None:
    parking, one, other = Parking(), spent(PROFILES, clock), spent(PROFILES, clock, "id:2")
    lanes = [lane_of(pool, one), lane_of(pool, other, seq=2)]
    for lane in lanes:
        parking.park(lane, 11.0, clock)
    parking.unpark(other)
    assert [lane.parked for lane in lanes] == [True, False]
    parking.unpark(other)
    parking.unpark(Bucket(PROFILES, "id:3"))
    assert [lane.parked for lane in lanes] == [True, False]


async def test_of_several_targets_the_one_that_is_free_last_decides(pool: Pool, clock: ServerClock) -> None:
    parking, profile, ticket = Parking(), spent(PROFILES, clock), spent(TICKETS, clock)
    lane = lane_of(pool, profile, ticket)
    parking.park(lane, 11.0, clock)
    assert lane.limit == "ticket"
    assert parking.next_at == pytest.approx(80.0, abs=0.05)  # 1080 is a multiple of 120
    parking.unpark(profile)
    assert lane.parked
    parking.unpark(ticket)
    assert not lane.parked


async def test_who_waits_for_a_reply_has_no_time(pool: Pool, clock: ServerClock) -> None:
    parking, bucket = Parking(), Bucket(PROFILES, "id:1")
    bucket.take(11.0)
    lane = lane_of(pool, bucket)
    parking.park(lane, 11.0, clock)
    assert parking.next_at == inf
    parking.unpark(bucket)
    assert not lane.parked


async def test_a_merged_target_is_parked_at_the_one_that_took_over(pool: Pool, clock: ServerClock) -> None:
    parking, by_id, by_email = Parking(), spent(PROFILES, clock), Bucket(PROFILES, "email:a@x.org")
    by_id.merge(by_email)
    lane = lane_of(pool, by_email)
    parking.park(lane, 11.0, clock)
    parking.unpark(by_email)
    assert lane.parked
    parking.unpark(by_id)
    assert not lane.parked


async def test_a_proof_wakes_the_lanes_of_its_limit_only(pool: Pool, clock: ServerClock) -> None:
    parking = Parking()
    profile, ticket = lane_of(pool, spent(PROFILES, clock)), lane_of(pool, spent(TICKETS, clock), seq=2)
    for lane in (profile, ticket):
        parking.park(lane, 11.0, clock)
    parking.proved(PROFILES)
    assert (profile.parked, ticket.parked) == (False, True)


# -- in a scheduler -----------------------------------------------------------------------------------------------


async def test_nobody_looks_at_parked_lanes(rig: Callable[..., object], monkeypatch: pytest.MonkeyPatch) -> None:
    r = rig({"account": 2000, SECOND: 2000})
    for user in range(100):
        await r.spend("update", 5, user)
    parked = [call for user in range(100) for call in r.calls(2, "update", user)]
    await asyncio.sleep(0.5)
    looks: list[Lane] = []
    head = Lane.head
    monkeypatch.setattr(Lane, "head", lambda lane: (looks.append(lane), head(lane))[1])
    await r.spend("show", 50)
    await asyncio.sleep(10)
    assert [lane for lane in looks if lane.buckets] == []
    assert min(await asyncio.gather(*parked)) > EDGE


async def test_a_spent_account_is_looked_at_and_not_its_lanes(
    rig: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    r = rig({"account": 200, SECOND: 2000})
    await r.spend("show", 200)
    waiting = [call for user in range(500) for call in r.calls(1, "update", user)]
    await asyncio.sleep(0)
    looks: list[Lane] = []
    head = Lane.head
    monkeypatch.setattr(Lane, "head", lambda lane: (looks.append(lane), head(lane))[1])
    for _ in range(20):
        r.scheduler.wake()
    assert looks == []
    await asyncio.sleep(EDGE + 1)
    assert 200 <= len(looks) <= 5 * 200
    for call in waiting:
        call.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_targets_go_at_their_own_edges(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, SECOND: 700})
    await r.spend("update", 5, 7)
    await r.spend("ticket", 30, 8)
    user, ticket, other = r.calls(1, "update", 7), r.calls(1, "ticket", 8), r.calls(1, "update", 9)
    assert await other[0] == 0.0
    assert await user[0] == pytest.approx(EDGE + 0.03, abs=0.03)
    assert await ticket[0] == pytest.approx(500.0, abs=0.1)


# -- while windows are in doubt -----------------------------------------------------------------------------------


async def test_targets_prove_their_limit_for_each_other(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, SECOND: 700}, proven=False)
    for user in range(10):
        await r.spend("update", 5, user)
    waiting = [call for user in range(10) for call in r.calls(5, "update", user, takes=0.2)]
    went = sorted(at - EDGE for at in await asyncio.gather(*waiting))
    assert went[0] == pytest.approx(0.03, abs=0.03)
    # One alone, then four, whoever's they are; five passes are one more than a sliding log would let through.
    assert [round((at - went[0]) / 0.2) for at in went] == [0] + [1] * 4 + [2] * 45
    assert r.book.of(PROFILE)[0].terms.proof is None


@pytest.mark.parametrize("end", ["give_back", "lost"])
async def test_a_venture_without_a_reply_is_followed_by_one_more(rig: Callable[..., object], end: str) -> None:
    r = rig({"account": 700, SECOND: 700}, proven=False)
    await r.spend("update", 5, 7)
    ticket = await r.admit("update", 7)
    assert r.now == pytest.approx(EDGE + 0.03, abs=0.03)
    waiting = r.calls(4, "update", 7, takes=0.2)
    await asyncio.sleep(1)
    assert r.under_way()[PROFILE] == 1
    at = r.now
    getattr(ticket, end)()
    went = await asyncio.gather(*waiting)
    assert went == pytest.approx([at] + [at + 0.2] * 3)
    assert r.book.of(PROFILE)[0].terms.proof is not None


async def test_a_rejected_venture_proves_nothing(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, SECOND: 700}, proven=False)
    await r.spend("update", 5, 7)
    ticket = await r.admit("update", 7)
    waiting = r.calls(4, "update", 7)
    await asyncio.sleep(0.2)
    ticket.settle(r.date, lambda: r.book.refute(PROFILE, r.loop.time()), rejected=True)
    # The five from before the edge and the one that was rejected are counted as spent just now.
    went = await asyncio.gather(*waiting)
    assert min(went) == pytest.approx(EDGE + 60.3, abs=0.3)
    assert r.book.refuted == {PROFILE}


async def test_a_header_proves_it_for_everybody_at_once(rig: Callable[..., object]) -> None:
    r = rig({"account": 20}, proven=False)
    await r.spend("show", 20)
    charge = r.charge("show")
    waiting = [r.loop.create_task(r.scheduler.admit(charge)) for _ in range(20)]
    await asyncio.sleep(EDGE + 0.2)
    [first] = [call.result() for call in waiting if call.done()]
    # The server has forgotten the twenty before the edge.
    r.hear(first, charge, "show", {"X-Rate-Limit": "20", "X-Rate-Limit-Remaining": "19", "ratelimit-reset": "60"})
    assert r.book.of("account")[0].terms.proof is None
    await asyncio.sleep(0)
    assert sum(call.done() for call in waiting) > 1 + 1
    for call in waiting:
        call.cancel()
        if call.done() and not call.cancelled():
            call.result().settle(r.date)
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_the_account_is_proved_by_replies_alone(rig: Callable[..., object]) -> None:
    r = rig({"account": 10}, proven=False)
    await r.spend("show", 10)
    went = [at - EDGE for at in await asyncio.gather(*r.calls(25, "show", takes=0.5))]
    steps = [round(at / 0.5) for at in went]
    assert steps == [0] + [1] * 4 + [2] * 4 + [3] + [120] * 10 + [240] * 5
