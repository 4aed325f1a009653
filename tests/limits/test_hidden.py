"""A limit that shows itself by rejections only. Times are loop times; by hand, with the curve's 0.4 (t - K)^3 + top."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf

import pytest

from zdasync._core.route import Route
from zdasync.limits.book import ROUTES, Book
from zdasync.limits.clock import ServerClock
from zdasync.limits.hidden import HiddenBucket, Passed

SHOW = Route("users.show", "GET", "/api/v2/users/{user_id}")
UPDATE = Route("users.update", "PUT", "/api/v2/users/{user_id}")
CLOCK = ServerClock()


def hidden(rate: float, at: float = 0.0) -> HiddenBucket:
    bucket = HiddenBucket("users.show")
    bucket.rejected(at, rate)
    return bucket


def book_after(passes: int, route: Route = SHOW, at: float = 0.0) -> Book:
    book = Book(capacities={"account": 700})
    for _ in range(passes):
        book.passed(route, at)
    return book


# -- what passed ----------------------------------------------------------------------------------------------------


def test_the_rate_is_what_passed_in_the_last_minute() -> None:
    passed = Passed(0.0)
    for at in range(0, 60, 2):
        passed.one(float(at))
    assert passed.rate(59.0) == 30
    # A quarter of a minute later a quarter of the last one is forgotten.
    assert passed.rate(75.0) == pytest.approx(22.5)
    passed.one(75.0)
    assert passed.rate(75.0) == pytest.approx(23.5)
    assert passed.rate(120.0) == pytest.approx(1.0)
    passed.one(121.0)
    assert passed.rate(301.0) == 0


# -- the curve --------------------------------------------------------------------------------------------------------


def test_a_rejection_leaves_seven_tenths() -> None:
    assert hidden(100).rate(0.0) == pytest.approx(70)


@pytest.mark.parametrize(
    ("minutes", "rate"),
    # K is the cube root of 30 / 0.4 = 75: 4.217 minutes.
    [(1, 86.68), (2, 95.64), (3, 99.28), (4.217, 100.0), (6, 102.27), (8, 121.65), (9.94, 175.0), (10.52, 200.2)],
)
def test_it_rises_fast_then_flat_near_the_old_top_then_fast_again(minutes: float, rate: float) -> None:
    assert hidden(100).rate(60 * minutes) == pytest.approx(rate, abs=0.1)


def test_at_least_one_a_minute_goes() -> None:
    bucket = hidden(0.0)
    assert bucket.rate(0.0) == 1.0
    assert bucket.terms.capacity == 1


def test_many_rejections_at_once_count_as_one() -> None:
    bucket = hidden(100, 10.0)
    bucket.block(20.0)
    for _ in range(50):
        bucket.rejected(10.1, 100.0)
        bucket.rejected(19.9, 3.0)
    assert bucket.rate(20.0) == pytest.approx(70)
    bucket.rejected(20.0, 50.0)
    assert bucket.rate(20.0) == pytest.approx(35)


def test_the_minutes_count_from_the_end_of_the_block() -> None:
    bucket = hidden(100, 0.0)
    bucket.block(120.0)
    assert bucket.rate(100.0) == pytest.approx(70)
    assert bucket.rate(240.0) == pytest.approx(95.64, abs=0.1)


def test_it_is_forgotten_when_twice_the_top_passes() -> None:
    bucket = hidden(100)
    bucket.passed(630.0)  # ten and a half minutes
    assert not bucket.forgotten
    bucket.passed(632.0)
    assert bucket.forgotten


def test_nothing_is_forgotten_by_time_alone() -> None:
    bucket = hidden(100)
    bucket.rate(10_000.0)
    assert not bucket.forgotten
    bucket.passed(10_000.0)
    assert bucket.forgotten


# -- one by one -------------------------------------------------------------------------------------------------------


def test_requests_go_one_by_one_at_the_rate() -> None:
    bucket = hidden(100)
    assert bucket.free(0.0, CLOCK) == 1
    assert not bucket.take(0.0)
    at = 60 / 70
    assert bucket.free(at - 0.001, CLOCK) == 0
    assert bucket.when(0.1, CLOCK) == bucket.resets(0.1, CLOCK) == pytest.approx(at)
    assert bucket.free(at, CLOCK) == 1
    assert bucket.resets(at, CLOCK) == inf


def test_a_reply_does_not_free_the_next() -> None:
    bucket = hidden(60)
    bucket.take(0.0)
    bucket.settle(0.1, CLOCK, None)
    assert (bucket.in_flight, bucket.free(0.2, CLOCK)) == (0, 0)


def test_nothing_goes_during_a_block() -> None:
    bucket = hidden(100)
    bucket.block(10.0)
    assert bucket.free(9.9, CLOCK) == 0
    assert bucket.when(1.0, CLOCK) == 10.0
    assert bucket.free(10.0, CLOCK) == 1


def test_an_estimate_counts_at_the_rate_of_the_moment() -> None:
    bucket = hidden(100)
    assert bucket.expected(0.0, CLOCK, 1) == 0.0
    assert bucket.expected(0.0, CLOCK, 71) == pytest.approx(60.0)


def test_a_forgotten_one_lets_everybody_go() -> None:
    bucket = hidden(100)
    bucket.passed(700.0)
    bucket.block(900.0)
    for _ in range(5):
        assert bucket.free(700.0, CLOCK) == 1
        bucket.take(700.0)


# -- in a book --------------------------------------------------------------------------------------------------------


def test_a_route_is_paced_at_seven_tenths_of_what_passed_on_it() -> None:
    book = book_after(100)
    bucket = book.hide(SHOW, 1.0)
    assert bucket.rate(1.0) == pytest.approx(70)
    assert bucket.terms.limit.hidden
    assert bucket.terms.capacity == 70
    assert bucket in book.charge(SHOW, "/api/v2/users/1", {}, "me").shared
    assert bucket not in book.charge(UPDATE, "/api/v2/users/1", {}, "me").shared
    assert book.hide(SHOW, 1.0) is bucket
    assert bucket in list(book)


def test_what_passed_on_another_route_does_not_count() -> None:
    assert book_after(100, UPDATE).hide(SHOW, 1.0).rate(1.0) == 1.0


def test_a_book_forgets_it_when_twice_as_many_pass() -> None:
    book = book_after(100)
    bucket, stale = book.hide(SHOW, 1.0), book.charge(SHOW, "/api/v2/users/1", {}, "me")
    version = book.version
    book.passed(UPDATE, 700.0)
    assert book.current(stale, SHOW)
    book.passed(SHOW, 700.0)
    assert (bucket.forgotten, book.version) == (True, version + 1)
    assert not book.current(stale, SHOW)
    assert bucket not in list(book)
    book.passed(SHOW, 701.0)
    assert book.version == version + 1


def test_no_more_routes_are_remembered_than_there_can_be() -> None:
    book = Book()
    for i in range(ROUTES + 10):
        book.passed(Route("raw", "GET", f"/api/v2/things/n{i}"), 0.0)
    assert len(book._passed) == 10


# -- for those who wait ---------------------------------------------------------------------------------------------


async def test_a_hidden_limit_paces_its_route_and_no_other(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    for _ in range(100):
        r.book.passed(SHOW, r.loop.time())
    r.book.hide(SHOW, r.loop.time())
    shown, updated = r.calls(4, "show"), r.calls(1, "update", 9)
    assert await updated[0] == 0.0
    went = await asyncio.gather(*shown)
    # 60 / 70 s between the first two, then a little less as the curve rises.
    assert went == pytest.approx([0.0, 0.857, 1.71, 2.55], abs=0.02)


async def test_calls_that_wait_for_a_forgotten_limit_go(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    r.book.hide(SHOW, r.loop.time()).block(r.loop.time() + 500)
    waiting = r.calls(5, "show")
    await asyncio.sleep(400)
    assert not any(call.done() for call in waiting)
    await asyncio.sleep(240)
    assert sum(call.done() for call in waiting) == 3
    # 2.3 minutes after the block's end the rate has doubled.
    r.book.passed(SHOW, r.loop.time())
    r.scheduler.wake()
    assert await asyncio.gather(*waiting) == pytest.approx([500, 560, 620, 640, 640], abs=0.1)
