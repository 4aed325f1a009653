"""A bucket as pure arithmetic. By hand: the server's clock shows 1,000 s more than the loop's, give or take 20 ms."""

from __future__ import annotations

from math import inf

import pytest

from zdasync.limits.bucket import LOST, Bucket, live
from zdasync.limits.clock import ServerClock
from zdasync.limits.table import Limit

EDGE = 20.0
"""Loop time of the next minute's edge: 1020 on the server's clock."""


def limit(count: int = 5, interval: float | None = 60.0) -> Limit:
    return Limit(name="five", count=count, interval=interval, endpoints=())


def bucket(count: int = 5, interval: float | None = 60.0, *, sliding: bool = False) -> Bucket:
    return Bucket(limit(count, interval), "id:1", count, sliding=sliding)


@pytest.fixture
def clock() -> ServerClock:
    clock = ServerClock()
    clock.observe(1010.0, 10.0, 10.0)
    clock.observe(1009.0, 9.999, 9.999)
    return clock


def spend(of: Bucket, clock: ServerClock, *times: float) -> None:
    for at in times:
        of.take()
        of.settle(at, clock, 1000.0 + int(at))


def test_what_is_in_flight_stays_charged_across_the_edge(clock: ServerClock) -> None:
    five = bucket()
    five.take()
    five.take()
    assert five.free(10.0, clock) == 3
    assert five.free(500.0, clock) == 3


def test_an_aligned_token_comes_back_when_the_next_window_surely_began(clock: ServerClock) -> None:
    five = bucket()
    spend(five, clock, *[11.0] * 5)
    assert five.free(EDGE, clock) == 0
    assert five.when(11.0, clock) == pytest.approx(EDGE, abs=0.03)
    assert five.when(11.0, clock) > EDGE
    assert five.free(five.when(11.0, clock), clock) == 5


def test_a_hot_user_goes_five_and_five_across_the_edge(clock: ServerClock) -> None:
    five = bucket()
    spend(five, clock, *[19.5] * 5)
    assert five.free(19.9, clock) == 0
    assert five.free(20.1, clock) == 5


def test_the_reply_s_date_tells_the_window_whatever_the_latency(clock: ServerClock) -> None:
    dated, undated = bucket(), bucket()
    for one, date in ((dated, 1019.0), (undated, None)):
        one.take()
        one.settle(25.0, clock, date)
    assert dated.free(25.0, clock) == 5
    assert undated.free(25.0, clock) == 4
    assert undated.when(25.0, clock, 5) == pytest.approx(EDGE + 60, abs=0.05)


def test_a_sliding_token_comes_back_an_interval_after_the_reply(clock: ServerClock) -> None:
    five = bucket(sliding=True)
    spend(five, clock, 11.0, 12.0, 13.0, 14.0, 15.0)
    assert five.free(70.99, clock) == 0
    assert five.when(15.0, clock) == pytest.approx(71.0, abs=0.26)
    assert five.when(15.0, clock) >= 71.0
    assert five.free(72.26, clock) == 2


def test_a_sliding_bucket_needs_bounded_memory(clock: ServerClock) -> None:
    many = bucket(100_000, sliding=True)
    for i in range(6000):
        spend(many, clock, 11.0 + i / 100)
    assert len(many._returns) <= 241
    assert many.used(70.99, clock) == 6000


def test_a_limit_on_what_is_under_way_gives_back_on_completion(clock: ServerClock) -> None:
    slots = bucket(2, None)
    slots.take()
    slots.take()
    assert slots.free(10.0, clock) == 0
    assert slots.when(10.0, clock) == inf
    assert slots.expected(10.0, clock, 1) == inf
    slots.settle(11.0, clock, None)
    assert slots.free(11.0, clock) == 1


def test_when_hangs_on_replies_while_all_tokens_are_in_flight(clock: ServerClock) -> None:
    one = bucket(1)
    one.take()
    assert one.when(10.0, clock) == inf
    one.settle(10.5, clock, 1010.0)
    assert one.when(10.5, clock) == pytest.approx(EDGE, abs=0.03)


def test_what_was_not_sent_is_not_charged(clock: ServerClock) -> None:
    five = bucket()
    five.take()
    five.give_back()
    assert five.idle(10.0, clock)


def test_a_lost_request_may_still_arrive_for_some_seconds(clock: ServerClock) -> None:
    five = bucket()
    five.take()
    five.settle_lost(EDGE - 1, clock)
    assert five.free(EDGE + 1, clock) == 4
    five.take()
    five.settle_lost(EDGE + 60 - LOST - 1, clock)
    assert five.free(EDGE + 60.1, clock) == 5


def test_a_lost_request_counts_on_top_of_what_others_spent(clock: ServerClock) -> None:
    ten = bucket(10)
    ten.seen(6, EDGE)
    ten.take()
    ten.settle_lost(12.0, clock)
    assert ten.free(13.0, clock) == 3


# -- estimates --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "expected"), [(1, 10.0), (5, 10.0), (6, EDGE), (10, EDGE), (11, EDGE + 60), (16, EDGE + 120)]
)
def test_an_estimate_counts_whole_windows(clock: ServerClock, count: int, expected: float) -> None:
    assert bucket().expected(10.0, clock, count) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(("count", "expected"), [(1, 10.0), (3, EDGE), (7, EDGE), (8, EDGE + 60)])
def test_an_estimate_counts_what_is_out(clock: ServerClock, count: int, expected: float) -> None:
    five = bucket()
    spend(five, clock, 9.0, 9.1)
    five.take()
    assert five.expected(10.0, clock, count) == pytest.approx(expected, abs=0.05)


def test_an_estimate_takes_replies_to_be_near(clock: ServerClock) -> None:
    one = bucket(1, 1.0)
    one.take()
    assert one.expected(10.5, clock, 1) == pytest.approx(11.0, abs=0.03)
    assert one.expected(10.5, clock, 4) == pytest.approx(14.0, abs=0.03)


@pytest.mark.parametrize(("count", "expected"), [(1, 15.0), (3, 15.0), (4, 71.0), (5, 72.0), (6, 75.0), (9, 131.0)])
def test_an_estimate_for_a_sliding_bucket_repeats_its_last_interval(
    clock: ServerClock, count: int, expected: float
) -> None:
    five = bucket(sliding=True)
    spend(five, clock, 11.0, 12.0)
    assert five.expected(15.0, clock, count) == pytest.approx(expected, abs=0.3)


def test_coming_counts_windows_until_then(clock: ServerClock) -> None:
    second = bucket(1, 1.0)
    assert second.coming(10.0, clock, 20.0) == 11
    second.take()
    assert second.coming(10.0, clock, 20.0) == 10
    assert second.coming(10.0, clock, 5.0) == 0


# -- the server's word ------------------------------------------------------------------------------------------------


def test_the_server_s_count_lowers_at_once_and_ends_with_its_window(clock: ServerClock) -> None:
    ten = bucket(10)
    ten.take()
    ten.seen(7, EDGE)
    assert ten.free(11.0, clock) == 2
    assert ten.free(EDGE + 59.9, clock) == 9


def test_replies_that_overtake_each_other_never_raise_it_again(clock: ServerClock) -> None:
    ten = bucket(10)
    ten.seen(7, EDGE)
    ten.seen(5, EDGE + 0.4)
    assert ten.free(11.0, clock) == 3
    ten.seen(1, EDGE + 60)
    assert ten.free(EDGE + 59.9, clock) == 9


def test_a_lower_total_counts_at_once_and_a_higher_one_at_the_edge(clock: ServerClock) -> None:
    ten = bucket(10)
    spend(ten, clock, 11.0)
    ten.total(4, at_once=False)
    assert ten.free(12.0, clock) == 3
    ten.total(20, at_once=False)
    assert ten.free(12.0, clock) == 3
    assert ten.free(EDGE + 0.1, clock) == 20


def test_the_last_word_on_the_total_holds(clock: ServerClock) -> None:
    ten = bucket(10)
    spend(ten, clock, 11.0)
    ten.total(20, at_once=False)
    ten.total(10, at_once=False)
    assert ten.free(EDGE + 0.1, clock) == 10


def test_a_guess_is_corrected_at_once(clock: ServerClock) -> None:
    ten = bucket(10)
    spend(ten, clock, 11.0)
    ten.total(700, at_once=True)
    assert ten.free(11.0, clock) == 699


@pytest.mark.parametrize("sliding", [True, False])
def test_a_bucket_without_edges_is_raised_at_once(clock: ServerClock, *, sliding: bool) -> None:
    slots = bucket(2, 60.0 if sliding else None, sliding=sliding)
    slots.take()
    slots.total(9, at_once=False)
    assert slots.free(11.0, clock) == 8


def test_a_block_holds_everything_back_until_its_end(clock: ServerClock) -> None:
    five = bucket()
    five.block(42.0)
    five.block(40.0)
    assert five.free(41.9, clock) == 0
    assert five.when(11.0, clock) == 42.0
    assert five.free(42.0, clock) == 5


# -- models and names -------------------------------------------------------------------------------------------------


def test_becoming_sliding_takes_what_is_out_as_spent_just_now(clock: ServerClock) -> None:
    five = bucket()
    spend(five, clock, 11.0, 12.0)
    five.become(15.0, clock, sliding=True)
    assert five.free(EDGE + 0.1, clock) == 3
    assert five.free(75.3, clock) == 5


def test_becoming_aligned_gives_back_at_the_edge(clock: ServerClock) -> None:
    five = bucket(sliding=True)
    spend(five, clock, 11.0, 12.0)
    five.become(15.0, clock, sliding=False)
    assert five.free(19.9, clock) == 3
    assert five.free(EDGE + 0.1, clock) == 5


def test_two_names_of_one_target_add_up(clock: ServerClock) -> None:
    first, other = bucket(), bucket()
    spend(first, clock, 11.0, 11.0)
    spend(other, clock, 12.0)
    other.take()
    other.block(14.0)
    first.seen(4, EDGE)
    other.seen(2, EDGE + 0.2)
    first.merge(other)
    assert live(other) is first
    assert first.used(12.0, clock) == 5
    assert first.free(13.9, clock) == 0
    assert first.free(EDGE + 59.9, clock) == 4


def test_a_bucket_with_lanes_is_not_idle(clock: ServerClock) -> None:
    five = bucket()
    five.lanes = 1
    assert not five.idle(11.0, clock)


def test_what_others_took_of_a_window_is_left_to_them_in_the_next(clock: ServerClock) -> None:
    hundred = bucket(100)
    spend(hundred, clock, *[11.0] * 40)
    hundred.seen(100, EDGE)
    assert hundred.free(12.0, clock) == 0
    assert hundred.free(EDGE + 0.1, clock) == 100 - 59  # 60 of the last window, a tenth of a second of which is over


def test_what_others_do_not_come_for_is_ours_as_the_window_runs_out(clock: ServerClock) -> None:
    hundred = bucket(100)
    hundred.seen(60, EDGE)
    assert hundred.free(EDGE + 0.1, clock) == 41
    assert hundred.free(EDGE + 30.0, clock) == 70
    assert hundred.free(EDGE + 59.9, clock) == 100
    assert hundred.free(EDGE + 60.1, clock) == 100


def test_what_others_have_come_for_is_not_left_to_them_twice(clock: ServerClock) -> None:
    hundred = bucket(100)
    hundred.seen(60, EDGE)
    hundred.seen(60, EDGE + 60.0)
    assert hundred.free(EDGE + 1.0, clock) == 40


def test_the_next_request_goes_when_enough_was_given_up(clock: ServerClock) -> None:
    hundred = bucket(100)
    hundred.seen(60, EDGE)
    spend(hundred, clock, *[EDGE + 0.5] * 41)
    at = hundred.when(EDGE + 0.6, clock)
    assert at == pytest.approx(EDGE + 1.0, abs=0.01)  # a token a second
    assert hundred.free(at, clock) == 1
    assert hundred.when(EDGE + 0.6, clock, 31) == pytest.approx(EDGE + 31.0, abs=0.01)
    assert hundred.when(EDGE + 0.6, clock, 60) > EDGE + 59.0


def test_nothing_is_left_to_others_after_a_window_without_them(clock: ServerClock) -> None:
    hundred = bucket(100)
    hundred.seen(60, EDGE)
    spend(hundred, clock, EDGE + 1.0)
    hundred.seen(1, EDGE + 60.0)
    assert hundred.held(EDGE + 61.0) == 0
