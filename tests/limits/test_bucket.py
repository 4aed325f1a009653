"""A bucket as pure arithmetic. By hand: the server's clock shows 1,000 s more than the loop's, give or take 20 ms."""

from __future__ import annotations

from math import inf

import pytest

from zdasync.limits.bucket import LOST, Bucket, live
from zdasync.limits.clock import ServerClock
from zdasync.limits.table import Limit
from zdasync.limits.terms import Terms

EDGE = 20.0
"""Loop time of the next minute's edge: 1020 on the server's clock."""


def terms(count: int = 5, interval: float | None = 60.0, *, sliding: bool = False, proven: bool = True) -> Terms:
    row = Limit(name="five", count=count, interval=interval, endpoints=())
    terms = Terms(row, count, sliding=sliding)
    if proven:
        terms.proof = None
    return terms


def bucket(count: int = 5, interval: float | None = 60.0, *, sliding: bool = False) -> Bucket:
    return Bucket(terms(count, interval, sliding=sliding), "id:1")


def spend(of: Bucket, clock: ServerClock, *times: float) -> None:
    for at in times:
        of.take(at)
        of.settle(at, clock, 1000.0 + int(at))


def test_what_is_in_flight_stays_charged_across_the_edge(clock: ServerClock) -> None:
    five = bucket()
    five.take(10.0)
    five.take(10.0)
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
        one.take(10.0)
        one.settle(25.0, clock, date)
    assert dated.free(25.0, clock) == 5
    assert undated.free(25.0, clock) == 4
    assert undated.when(25.0, clock) == pytest.approx(EDGE + 60, abs=0.05)


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
    slots.take(10.0)
    slots.take(10.0)
    assert slots.free(10.0, clock) == 0
    assert slots.when(10.0, clock) == inf
    assert slots.expected(10.0, clock, 1) == inf
    slots.settle(11.0, clock, None)
    assert slots.free(11.0, clock) == 1


def test_when_hangs_on_replies_while_all_tokens_are_in_flight(clock: ServerClock) -> None:
    one = bucket(1)
    one.take(10.0)
    assert one.when(10.0, clock) == inf
    one.settle(10.5, clock, 1010.0)
    assert one.when(10.5, clock) == pytest.approx(EDGE, abs=0.03)


def test_what_is_left_in_is_not_free(clock: ServerClock) -> None:
    five = bucket()
    spend(five, clock, 11.0)
    assert [five.free(11.0, clock, leaving) for leaving in (0, 3, 4)] == [4, 1, 0]
    assert bucket(2, None).free(11.0, clock, 1) == 1


def test_what_was_not_sent_is_not_charged(clock: ServerClock) -> None:
    five = bucket()
    five.take(10.0)
    five.give_back()
    assert five.idle(10.0, clock)


def test_a_lost_request_may_still_arrive_for_some_seconds(clock: ServerClock) -> None:
    five = bucket()
    five.take(10.0)
    five.settle_lost(EDGE - 1, clock)
    assert five.free(EDGE + 1, clock) == 4
    five.take(10.0)
    five.settle_lost(EDGE + 60 - LOST - 1, clock)
    assert five.free(EDGE + 60.1, clock) == 5


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
    five.take(10.0)
    assert five.expected(10.0, clock, count) == pytest.approx(expected, abs=0.05)


def test_an_estimate_takes_replies_to_be_near(clock: ServerClock) -> None:
    one = bucket(1, 1.0)
    one.take(10.0)
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
    second.take(10.0)
    assert second.coming(10.0, clock, 20.0) == 10
    assert second.coming(10.0, clock, 5.0) == 0


# -- blocks, models and names -----------------------------------------------------------------------------------


def test_a_block_holds_everything_back_until_its_end(clock: ServerClock) -> None:
    five = bucket()
    five.block(42.0)
    five.block(40.0)
    assert five.free(41.9, clock) == 0
    assert five.when(11.0, clock) == 42.0
    assert five.free(42.0, clock) == 5


def test_becoming_sliding_takes_what_is_out_as_spent_just_now(clock: ServerClock) -> None:
    five = bucket()
    spend(five, clock, 11.0, 12.0)
    five.terms.slide(sliding=True)
    five.recount(15.0, clock)
    assert five.free(EDGE + 0.1, clock) == 3
    assert five.free(74.9, clock) == 3
    assert five.free(75.3, clock) == 5


def test_becoming_aligned_gives_back_at_the_edge(clock: ServerClock) -> None:
    five = bucket(sliding=True)
    spend(five, clock, 11.0, 12.0)
    five.terms.slide(sliding=False)
    five.recount(15.0, clock)
    assert five.free(19.9, clock) == 3
    assert five.free(EDGE + 0.1, clock) == 5


def test_two_names_of_one_target_add_up(clock: ServerClock) -> None:
    first, other = bucket(), bucket()
    spend(first, clock, 11.0)
    spend(other, clock, 12.0)
    other.take(10.0)
    other.block(14.0)
    other.lanes = 2
    first.merge(other)
    assert live(other) is first
    assert first.lanes == 2
    assert first.used(12.0, clock) == 3
    assert first.free(13.9, clock) == 0
    assert first.free(14.0, clock) == 2
    assert first.free(EDGE + 59.9, clock) == 4


def test_two_words_on_one_target_are_one(clock: ServerClock) -> None:
    first, other, third = bucket(), bucket(), bucket()
    other.seen(3, EDGE, 11.0)
    third.seen(2, EDGE + 0.2, 11.0)
    first.merge(other)
    assert first.used(12.0, clock) == 3
    first.merge(third)
    assert first.used(12.0, clock) == 3
    assert live(third) is live(other) is first


def test_a_bucket_with_lanes_is_not_idle(clock: ServerClock) -> None:
    five = bucket()
    five.lanes = 1
    assert not five.idle(11.0, clock)


# -- while it isn't proved that windows are aligned ---------------------------------------------------------------


def doubted(count: int = 5) -> Bucket:
    return Bucket(terms(count, proven=False), "id:1")


def end(of: Bucket, clock: ServerClock, at: float, *, passed: bool = True) -> None:
    """A ventured request's reply is in."""
    proof = of.terms.proof
    assert proof is not None
    if proof.ended(passed=passed):
        of.terms.proof = None
    of.settle(at, clock, 1000.0 + int(at))


def test_what_an_edge_brings_back_goes_one_then_four_at_a_time_then_all(clock: ServerClock) -> None:
    ten = doubted(10)
    spend(ten, clock, *[11.0] * 10)
    assert ten.free(EDGE + 0.1, clock) == 1
    assert ten.take(EDGE + 0.1)
    assert ten.free(EDGE + 0.1, clock) == 0
    end(ten, clock, EDGE + 0.2)
    assert ten.free(EDGE + 0.2, clock) == 4
    assert [ten.take(EDGE + 0.2) for _ in range(4)] == [True] * 4
    assert ten.free(EDGE + 0.2, clock) == 0
    for at in (0.3, 0.4, 0.5, 0.6):
        end(ten, clock, EDGE + at)
    assert ten.free(EDGE + 0.6, clock) == 4
    spend_ventured(ten, clock, 5)
    assert ten.terms.proof is None
    spend(ten, clock, EDGE + 61)
    assert ten.free(EDGE + 120.1, clock) == 10


def spend_ventured(of: Bucket, clock: ServerClock, number: int) -> None:
    for i in range(number):
        at = EDGE + 1 + i / 10
        assert of.free(at, clock) > 0
        assert of.take(at)
        end(of, clock, at + 0.05)


def test_what_a_sliding_log_would_let_through_too_is_no_venture(clock: ServerClock) -> None:
    five = doubted()
    spend(five, clock, 11.0, 11.0)
    # Two of five are in doubt.
    assert five.free(EDGE + 0.1, clock) == 3
    assert [five.take(EDGE + 0.1) for _ in range(3)] == [False] * 3
    assert five.free(EDGE + 0.1, clock) == 1
    assert five.take(EDGE + 0.1)
    assert five.free(EDGE + 0.1, clock) == 0


def test_only_the_window_before_the_edge_is_in_doubt(clock: ServerClock) -> None:
    five = doubted()
    spend(five, clock, *[11.0] * 5)
    # A sliding log has forgotten them by then as well.
    assert five.free(EDGE + 61, clock) == 5


@pytest.mark.parametrize(("last_reply", "until"), [(11.0, 71.0), (19.0, 79.0), (25.0, EDGE + 60)])
def test_a_doubt_ends_when_a_sliding_log_would_have_forgotten(
    clock: ServerClock, last_reply: float, until: float
) -> None:
    five = doubted()
    spend(five, clock, *[11.0] * 4)
    five.take(19.0)
    five.settle(last_reply, clock, 1019.0)
    later = max(EDGE, last_reply) + 0.1
    assert five.free(later, clock) == 1
    assert five.when(later, clock) == pytest.approx(until, abs=0.05)
    assert five.free(until - 0.1, clock) == 1
    assert five.free(until + 0.1, clock) == 5


def test_the_doubt_is_the_limit_s_not_the_target_s(clock: ServerClock) -> None:
    shared = terms(proven=False)
    one, other = Bucket(shared, "id:1"), Bucket(shared, "id:2")
    for five in (one, other):
        spend(five, clock, *[11.0] * 5)
    assert one.free(EDGE + 0.1, clock) == other.free(EDGE + 0.1, clock) == 1
    assert one.take(EDGE + 0.1)
    assert other.free(EDGE + 0.1, clock) == 0
    end(one, clock, EDGE + 0.2)
    assert other.free(EDGE + 0.2, clock) == 4
    shared.proof = None
    assert (one.free(EDGE + 0.2, clock), other.free(EDGE + 0.2, clock)) == (4, 5)


def test_who_refutes_counts_what_the_edge_had_brought_back(clock: ServerClock) -> None:
    five = doubted()
    spend(five, clock, *[11.0] * 3)
    assert five.free(EDGE + 0.1, clock) == 2
    spend(five, clock, EDGE + 0.2)
    five.terms.slide(sliding=True)
    five.recount(EDGE + 1, clock)
    assert five.free(EDGE + 60.9, clock) == 1
    assert five.free(EDGE + 61.3, clock) == 5


def test_a_proof_by_passes_needs_as_many_as_the_limit_has_or_twenty(clock: ServerClock) -> None:
    for count, spent, passes in ((10, 3, 10), (100, 3, 20), (100, 40, 40)):
        some = doubted(count)
        spend(some, clock, *[11.0] * spent)
        some.free(EDGE + 0.1, clock)
        proof = some.terms.proof
        assert proof is not None
        assert [proof.ended(passed=True) for _ in range(passes)] == [False] * (passes - 1) + [True]


@pytest.mark.parametrize(("used", "doubts"), [(1, True), (4, True), (5, False), (11, False)])
def test_a_count_that_has_forgotten_the_last_window_removes_the_doubt(
    clock: ServerClock, used: int, *, doubts: bool
) -> None:
    ten = doubted(10)
    spend(ten, clock, *[19.0] * 10)
    assert not ten.doubts(0, 19.5)
    ten.free(EDGE + 0.1, clock)
    spend(ten, clock, EDGE + 0.2)
    ten.take(EDGE + 0.2)
    # Two are ours, and two more may be anybody's; a sliding log would count ten beside them.
    assert ten.doubts(used, EDGE + 0.3) is doubts


def test_of_less_than_five_doubted_tokens_a_count_proves_nothing(clock: ServerClock) -> None:
    four, ten = doubted(10), doubted(10)
    spend(four, clock, *[19.0] * 4)
    spend(ten, clock, *[19.0] * 10)
    for one in (four, ten):
        one.free(EDGE + 0.1, clock)
    assert not four.doubts(0, EDGE + 0.2)
    # A sliding log would have forgotten more and more of the ten.
    assert [ten.doubts(0, at) for at in (EDGE + 0.2, 48.0, 50.0, 78.0)] == [True, True, False, False]


def test_a_late_reply_of_the_last_window_adds_to_the_doubt(clock: ServerClock) -> None:
    ten = doubted(10)
    for _ in range(10):
        ten.take(11.0)
    for _ in range(9):
        ten.settle(11.0, clock, 1011.0)
    assert ten.free(EDGE + 0.1, clock) == 1
    ten.settle(EDGE + 0.2, clock, 1019.0)
    assert ten.free(EDGE + 0.3, clock) == 1


# -- longer windows than it seemed --------------------------------------------------------------------------------


def test_stretched_aligned_windows_give_back_at_the_longer_edge(clock: ServerClock) -> None:
    five = bucket()
    spend(five, clock, 11.0, 12.0)
    five.take(13.0)
    five.seen(4, EDGE, 13.0)
    five.terms.interval = 600.0
    five.stretch(60.0, 600.0)
    assert five.word is None  # it was of another window
    assert five.used(13.0, clock) == 3
    assert five.used(199.0, clock) == 3
    assert five.used(201.0, clock) == 1  # 1200 at the server; one is in flight


def test_stretched_tokens_of_two_windows_come_back_together(clock: ServerClock) -> None:
    five = bucket()
    five.take(19.0)
    five.settle(19.0, clock, 1019.0)
    five.take(19.9)
    five.settle(20.5, clock, None)
    assert len(five._returns or ()) == 2
    five.terms.interval = 600.0
    five.stretch(60.0, 600.0)
    assert five.used(199.0, clock) == 2
    assert five.used(201.0, clock) == 0


def test_stretched_sliding_windows_give_back_so_much_later(clock: ServerClock) -> None:
    five = bucket(sliding=True)
    spend(five, clock, 11.0, 31.0)
    five.terms.interval = 600.0
    five.stretch(60.0, 600.0)
    assert [five.used(at, clock) for at in (610.9, 612.0, 630.9, 632.0)] == [2, 1, 1, 0]
