"""What holds for all keys of a limit: its number, what is reserved and spared of it, and the doubt in its windows."""

from __future__ import annotations

import pytest

from zdasync.limits.bucket import Bucket
from zdasync.limits.clock import ServerClock
from zdasync.limits.table import Limit
from zdasync.limits.terms import VENTURE, Proof, Terms

EDGE = 20.0
"""Loop time of the next minute's edge: 1020 on the server's clock."""


def terms(
    capacity: int = 100, interval: float | None = 60.0, *, sliding: bool = False, kept: float = 0,
    sparing: bool = False, service: bool = False,
) -> Terms:
    row = Limit(name="some", count=capacity, interval=interval, endpoints=(), service=service)
    return Terms(row, capacity, sliding=sliding, kept=kept, sparing=sparing)


# -- the number -------------------------------------------------------------------------------------------------------


def test_a_lower_number_counts_at_once() -> None:
    some = terms(10)
    assert some.total(4, 5)
    assert some.capacity == 4


def test_a_higher_number_counts_from_a_later_window_on() -> None:
    some = terms(10)
    assert [some.total(20, window) for window in (5, 5, 5)] == [False] * 3
    assert some.capacity == 10
    assert some.total(20, 6)
    assert some.capacity == 20


def test_the_last_number_that_was_named_counts() -> None:
    some = terms(10)
    some.total(20, 5)
    assert some.total(30, 6)
    assert some.capacity == 30


def test_two_higher_numbers_in_one_window_raise_nothing_in_it() -> None:
    some = terms(10)
    assert [some.total(number, 5) for number in (20, 30, 20)] == [False] * 3
    assert some.capacity == 10
    assert some.total(30, 6)


def test_a_number_that_was_taken_back_has_to_be_named_again() -> None:
    some = terms(10)
    some.total(20, 5)
    some.total(10, 5)
    assert not some.total(20, 6)
    assert some.capacity == 10
    assert some.total(20, 7)


def test_replies_of_an_earlier_window_that_come_late_raise_nothing() -> None:
    some = terms(10)
    some.total(20, 5)
    assert not some.total(20, 4)


@pytest.mark.parametrize("capacity", [3, 30])
def test_without_a_window_any_number_counts_at_once(capacity: int) -> None:
    some = terms(10)
    assert some.total(capacity)
    assert some.capacity == capacity


def test_the_same_number_is_no_news() -> None:
    assert not terms(10).total(10, 5)


# -- what is reserved and spared ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("capacity", "kept", "reserve"),
    [
        (700, 0, 0),
        (700, 0.1, 70),
        (400, 0.125, 50),
        (700, 50, 50),
        (5, 0.1, 1),  # half a request is a whole one
        (100, 0.07, 7),  # 0.07 * 100 is a trifle more
        (10, 0.99, 9),  # never all of it
        (700, 1, 1),
        (700, 5000, 699),
        (1, 0.5, 0),
    ],
)
def test_a_reserve_is_a_share_or_a_number_and_never_all(capacity: int, kept: float, reserve: int) -> None:
    assert terms(capacity, kept=kept).reserve == reserve


def test_a_reserve_follows_the_number() -> None:
    share, number = terms(700, kept=0.1), terms(700, kept=50)
    for some in (share, number):
        some.total(20)
    assert (share.reserve, number.reserve) == (2, 19)


def test_the_reserve_is_not_ours(clock: ServerClock) -> None:
    ten = Bucket(terms(10, kept=0.3), "")
    assert ten.free(11.0, clock) == 7
    assert ten.expected(11.0, clock, 7) == 11.0
    assert ten.expected(11.0, clock, 8) == pytest.approx(EDGE, abs=0.05)
    assert ten.expected(11.0, clock, 14) == pytest.approx(EDGE, abs=0.05)
    assert ten.expected(11.0, clock, 15) == pytest.approx(EDGE + 60, abs=0.05)


@pytest.mark.parametrize(
    ("capacity", "interval", "sliding", "spare"),
    [
        (700, 60.0, False, 14),
        (700, 60.0, True, 3),
        (100, 60.0, False, 2),
        (60, 60.0, False, 1),
        (49, 60.0, False, 0),
        (700, 1.0, False, 0),
        (100, None, False, 4),
        (20, None, False, 0),
    ],
)
def test_so_much_is_spared(capacity: int, interval: float | None, *, sliding: bool, spare: int) -> None:
    assert terms(capacity, interval, sliding=sliding, sparing=True).spare == spare
    assert terms(capacity, interval, sliding=sliding).spare == 0


@pytest.mark.parametrize(("capacity", "spare"), [(700, 14), (49, 1), (5, 1), (4, 0)])
def test_the_account_s_limit_spares_one_at_least(capacity: int, spare: int) -> None:
    assert terms(capacity, sparing=True, service=True).spare == spare


def test_what_is_spared_follows_the_number_and_the_model() -> None:
    some = terms(700, sparing=True)
    some.slide(sliding=True)
    assert (some.sliding, some.spare) == (True, 3)
    some.slide(sliding=False)
    assert (some.sliding, some.spare) == (False, 14)
    some.total(100)
    assert some.spare == 2


@pytest.mark.parametrize(
    ("before_the_end", "spared"),
    # Fourteen of 700; from 5 s to 0.8 s before the end one goes every 0.3 s.
    [(40.0, 14), (5.2, 14), (4.72, 14), (4.68, 13), (2.92, 8), (2.88, 7), (1.12, 2), (0.82, 1), (0.78, 0), (0.1, 0)],
)
def test_what_is_spared_melts_in_the_last_seconds(clock: ServerClock, before_the_end: float, spared: int) -> None:
    some = Bucket(terms(700, sparing=True), "")
    end = some.window_ends(11.0, clock)
    assert end == pytest.approx(EDGE, abs=0.03)
    assert some.spared(end + 60 - before_the_end, clock) == spared


def test_it_tells_when_one_less_is_spared(clock: ServerClock) -> None:
    some = Bucket(terms(700, sparing=True), "")
    at = 11.0
    end = some.window_ends(at, clock)
    times = []
    for left in range(13, -1, -1):
        at = some.spares_less(at, clock)
        assert some.spared(at, clock) == left
        times.append(end - at)
    # 4.7 s before the end the first, 0.8 s before the end the last.
    assert (times[0], times[1], times[-1]) == pytest.approx((4.7, 4.4, 0.8), abs=0.002)


@pytest.mark.parametrize("sliding", [True, False])
def test_what_does_not_melt_is_spared_always(clock: ServerClock, *, sliding: bool) -> None:
    slots = Bucket(terms(100, None, sliding=sliding, sparing=True), "")
    assert (slots.spared(11.0, clock), slots.spared(EDGE - 0.5, clock)) == (4, 4)


def test_a_sliding_limit_spares_its_share_at_any_time(clock: ServerClock) -> None:
    some = Bucket(terms(700, sliding=True, sparing=True), "")
    assert [some.spared(at, clock) for at in (11.0, EDGE - 0.5, EDGE + 59.5)] == [3, 3, 3]


# -- how long work takes ------------------------------------------------------------------------------------------


def test_how_long_tokens_are_held_follows_the_last_ones() -> None:
    slots = terms(10, None)
    assert slots.holding is None
    slots.held_for(8.0)
    assert slots.holding == 8.0
    slots.held_for(16.0)
    assert slots.holding == 9.0


def test_what_is_under_way_is_expected_to_end_at_that_pace(clock: ServerClock) -> None:
    slots = Bucket(terms(10, None), "")
    for _ in range(8):
        slots.take(11.0)
    assert slots.coming(11.0, clock, 21.0) == 2
    slots.terms.held_for(5.0)
    assert slots.coming(11.0, clock, 21.0) == 2 + 16
    assert slots.coming(11.0, clock, 11.0) == 2


# -- the doubt in aligned windows ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("capacity", "interval", "doubted"),
    [(100, 60.0, True), (2, 3.0, True), (1, 60.0, False), (100, 2.0, False), (100, 1.0, False), (100, None, False)],
)
def test_where_there_is_nothing_to_tell_apart_nothing_is_doubted(
    capacity: int, interval: float | None, *, doubted: bool
) -> None:
    assert (terms(capacity, interval).proof is not None) is doubted


def test_a_proof_takes_one_then_four_at_a_time() -> None:
    proof = Proof()
    proof.need(6, EDGE + 60)
    assert proof.room() == 1
    proof.ventured()
    assert proof.room() == 0
    assert not proof.ended(passed=True)
    assert proof.room() == VENTURE == 4
    for _ in range(4):
        proof.ventured()
    assert proof.room() == 0
    assert [proof.ended(passed=True) for _ in range(4)] == [False] * 4
    proof.ventured()
    assert proof.ended(passed=True)


def test_what_ends_without_a_reply_proves_nothing() -> None:
    proof = Proof()
    for _ in range(3):
        proof.ventured()
        assert not proof.ended(passed=False)
        assert proof.room() == 1


def test_a_proof_needs_as_many_as_the_greatest_demand() -> None:
    proof = Proof()
    for needed in (2, 3, 1):
        proof.need(needed, EDGE + 60)
    assert [proof.ended(passed=True) for _ in range(3)] == [False, False, True]


def test_passes_after_another_edge_are_counted_anew() -> None:
    proof = Proof()

    def passes() -> bool:
        proof.ventured()
        return proof.ended(passed=True)

    proof.need(3, EDGE + 60)
    assert [passes(), passes()] == [False, False]
    proof.need(3, EDGE + 61)  # the same edge
    assert proof.room() == VENTURE
    proof.need(2, EDGE + 120)
    assert proof.room() == 1
    assert [passes(), passes()] == [False, True]
