"""What the server's count tells of others. By hand: its clock shows 1,000 s more than the loop's."""

from __future__ import annotations

from math import inf

import pytest

from zdasync.limits.bucket import Bucket
from zdasync.limits.clock import ServerClock
from zdasync.limits.table import Limit
from zdasync.limits.terms import Terms
from zdasync.limits.word import ROOM_TO_GROW, Word

BEGIN, EDGE = -40.0, 20.0
"""Loop times of the minute that most tests begin in."""


def account(count: int = 100, *, sliding: bool = False, kept: float = 0, key: str = "account") -> Bucket:
    row = Limit(name="some", count=count, endpoints=(), key=key)  # type: ignore[arg-type]
    terms = Terms(row, count, sliding=sliding, kept=kept)
    terms.proof = None
    return Bucket(terms, "")


def spend(of: Bucket, clock: ServerClock, number: int, at: float = 11.0) -> None:
    for _ in range(number):
        of.take(at)
        of.settle(at, clock, 1000.0 + int(at))


def word(others: int, at: float) -> Word:
    """Of the window that ends at 20, others have spent so many by then; nobody else has."""
    return Word(others, others, EDGE, at, 60.0)


# -- in its window ------------------------------------------------------------------------------------------------


def test_a_higher_count_than_ours_counts_until_its_window_ends(clock: ServerClock) -> None:
    hundred = account()
    spend(hundred, clock, 5)
    hundred.seen(40, EDGE, 11.0)
    assert hundred.used(11.0, clock) == 40
    assert hundred.used(EDGE - 0.1, clock) == 40
    assert hundred.used(EDGE + 0.1, clock) == 0


def test_others_count_stays_on_top_of_ours_between_two_words(clock: ServerClock) -> None:
    hundred = account()
    hundred.seen(30, EDGE, 11.0)
    spend(hundred, clock, 20)
    assert hundred.used(11.1, clock) == 50


def test_replies_that_overtake_each_other_never_lower_it(clock: ServerClock) -> None:
    hundred = account()
    hundred.seen(40, EDGE, 11.0)
    hundred.seen(38, EDGE + 0.4, 11.1)
    assert hundred.used(11.2, clock) == 40
    hundred.seen(3, EDGE + 60, 20.6)
    hundred.seen(60, EDGE, 20.7)
    assert hundred.used(20.8, clock) == 3


def test_a_higher_count_of_ours_stays(clock: ServerClock) -> None:
    hundred = account()
    spend(hundred, clock, 20)
    hundred.seen(12, EDGE, 11.0)
    assert hundred.used(11.0, clock) == 20
    assert hundred.word is not None
    assert hundred.word.others == 0


def test_what_is_in_flight_is_not_taken_for_others(clock: ServerClock) -> None:
    hundred = account()
    for _ in range(7):
        hundred.take(11.0)
    spend(hundred, clock, 5)
    hundred.seen(20, EDGE, 11.0)
    assert hundred.word is not None
    assert hundred.word.others == 8
    assert hundred.used(11.0, clock) == 27


def test_a_target_of_its_own_has_no_word_until_others_are_seen(clock: ServerClock) -> None:
    five = account(5, key="profile")
    spend(five, clock, 2)
    five.seen(2, EDGE, 11.0)
    assert five.word is None
    five.seen(4, EDGE, 11.0)
    assert five.used(11.0, clock) == 4


def test_a_lost_request_counts_on_top_of_what_the_server_said(clock: ServerClock) -> None:
    hundred = account()
    hundred.seen(60, EDGE, 11.0)
    hundred.take(11.5)
    hundred.settle_lost(16.0, clock)  # it may arrive in the next window, too
    assert hundred.used(16.0, clock) == 61
    assert hundred.used(EDGE + 59.0, clock) == 1


def test_a_limit_on_what_is_under_way_hears_no_count(clock: ServerClock) -> None:
    slots = Bucket(Terms(Limit(name="slots", count=5, interval=None, endpoints=()), 5, sliding=True), "")
    slots.seen(4, EDGE, 11.0)
    assert slots.free(11.0, clock) == 5


# -- care -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("used", "free"),
    [(40, 10), (88, 2), (89, 1), (95, 1), (98, 1), (99, 0), (100, 0)],
)
def test_while_others_are_about_a_sixth_of_what_is_left_may_fly(clock: ServerClock, used: int, free: int) -> None:
    hundred = account()
    hundred.seen(used, EDGE, 11.0)
    assert hundred.free(11.0, clock) == free


def test_what_flies_counts_against_the_careful_part(clock: ServerClock) -> None:
    hundred = account()
    hundred.seen(40, EDGE, 11.0)
    for left in range(9, -1, -1):
        hundred.take(11.0)
        assert hundred.free(11.0, clock) == left


@pytest.mark.parametrize(("used", "free"), [(1, 49), (97, 1), (99, 1), (100, 0)])
def test_half_of_the_first_window_may_fly_while_nobody_has_been_seen(
    clock: ServerClock, used: int, free: int
) -> None:
    hundred = account()
    spend(hundred, clock, used)
    hundred.seen(used, EDGE, 11.0)
    assert hundred.free(11.0, clock) == free


def test_nobody_is_careful_from_the_second_window_on_if_nobody_else_was_seen(clock: ServerClock) -> None:
    hundred = account()
    spend(hundred, clock, 1)
    hundred.seen(1, EDGE, 11.0)
    assert hundred.free(EDGE + 0.1, clock) == 100
    spend(hundred, clock, 1, EDGE + 0.2)
    hundred.seen(1, EDGE + 60, EDGE + 0.3)
    assert hundred.free(EDGE + 30, clock) == 99


def test_care_lasts_two_windows_longer_than_others_were_seen() -> None:
    some = word(1, 11.0)
    assert some.careful_until == EDGE + 120
    some.hear(5, 0, EDGE + 60, EDGE + 1, 100)
    assert some.careful_until == EDGE + 120
    some.hear(5, 2, EDGE + 60, EDGE + 2, 100)
    assert some.careful_until == EDGE + 180


def test_nothing_of_it_holds_for_a_sliding_limit(clock: ServerClock) -> None:
    hundred = account(sliding=True)
    hundred.seen(40, EDGE, 11.0)
    assert hundred.free(11.0, clock) == 60
    assert hundred.free(EDGE - 0.1, clock) == 60
    assert hundred.free(EDGE + 0.1, clock) == 100


# -- reserves ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "free"),
    [
        (80, 0),  # others took nothing of their thirty, and twenty are left
        (68, 2),  # they took twelve: eighteen are still theirs
        (60, 3),  # they took twenty: ten of twenty are theirs, but only a sixth may fly
        (40, 3),  # they took more than what was reserved
    ],
)
def test_what_others_took_counts_against_what_is_reserved_for_them(clock: ServerClock, ours: int, free: int) -> None:
    hundred = account(kept=30)
    spend(hundred, clock, ours)
    hundred.seen(80, EDGE, 11.0)
    assert max(0, hundred.free(11.0, clock)) == free


def test_a_sliding_limit_keeps_its_whole_reserve(clock: ServerClock) -> None:
    hundred = account(sliding=True, kept=30)
    hundred.seen(40, EDGE, 11.0)
    assert hundred.free(11.0, clock) == 30


# -- the window after -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("others", "at", "expected"),
    [
        (5, EDGE, 5 + 100 // ROOM_TO_GROW),  # a look at the very end: as many again, and a few more
        (20, BEGIN + 30, max(40, 20 + 100 // ROOM_TO_GROW)),  # twenty in half a minute are forty in a whole one
        (20, BEGIN + 10, 50),  # at their pace a hundred and twenty: no more than half
        (49, EDGE, 50),
        (1, BEGIN + 0.5, 30),  # in the first two seconds a pace is taken for no faster than that
        (0, BEGIN + 10, 0),
    ],
)
def test_others_are_expected_to_come_again(others: int, at: float, expected: int) -> None:
    assert word(others, at).expectation(EDGE + 1, 100) == (expected, 0, EDGE + 60)


def test_what_they_do_not_come_for_is_ours_as_the_window_runs_out() -> None:
    some = word(40, EDGE)  # fifty are expected
    assert [some.held(EDGE + s, 100) for s in (0.0, 0.5, 1.2, 30.0, 58.0, 59.0)] == [50, 49, 49, 25, 1, 0]
    assert some.held(EDGE - 1, 100) == 0
    assert some.held(EDGE + 61, 100) == 0


def test_what_they_have_come_for_is_not_left_to_them_twice() -> None:
    some = word(40, EDGE)
    some.hear(20, 20, EDGE + 60, EDGE + 5, 100)
    assert some.held(EDGE + 5, 100) == 30
    assert some.held(EDGE + 48, 100) == 10
    some.hear(60, 60, EDGE + 60, EDGE + 6, 100)
    assert some.held(EDGE + 6, 100) == 0


def test_of_what_was_expected_half_stays_with_each_window_without_them() -> None:
    some = word(40, EDGE)
    expected = []
    for window in range(1, 8):
        some.hear(1, 0, EDGE + 60 * window, EDGE + 60 * window - 30, 100)
        expected.append(some.expectation(EDGE + 60 * window - 29, 100)[0])
    assert expected == [50, 25, 12, 6, 3, 1, 0]


def test_half_stays_before_the_first_word_of_a_window_too() -> None:
    some = word(40, EDGE)
    some.hear(1, 0, EDGE + 60, EDGE + 59, 100)
    assert some.expectation(EDGE + 61, 100)[0] == 25


def test_of_a_window_long_ago_nothing_is_concluded() -> None:
    some = word(60, EDGE)
    some.hear(5, 5, EDGE + 180, EDGE + 121, 100)
    assert some.held(EDGE + 122, 100) == 0
    assert word(60, EDGE).held(EDGE + 121, 100) == 0


def test_the_bucket_leaves_them_what_they_took(clock: ServerClock) -> None:
    hundred = account()
    spend(hundred, clock, 24)
    hundred.seen(64, EDGE, EDGE - 0.1)
    spend(hundred, clock, 30, EDGE + 0.1)
    # Thirty are ours and 49 theirs: 21 are left, of which half as many may fly as we had in the last window.
    assert hundred.free(EDGE + 0.5, clock) == 12
    spend(hundred, clock, 16, EDGE + 0.6)
    assert hundred.free(EDGE + 0.7, clock) == 5


@pytest.mark.parametrize(("ours", "free"), [(0, 1), (3, 1), (10, 5)])
def test_before_the_first_word_of_a_window_half_as_many_fly_as_we_had(
    clock: ServerClock, ours: int, free: int
) -> None:
    hundred = account()
    spend(hundred, clock, ours)
    hundred.seen(ours + 10, EDGE, EDGE - 0.1)
    assert hundred.free(EDGE + 0.5, clock) == free
    hundred.take(EDGE + 0.5)
    assert hundred.free(EDGE + 0.5, clock) == free - 1


def test_expectations_push_an_estimate_to_later_windows(clock: ServerClock) -> None:
    hundred = account()
    hundred.seen(40, EDGE, EDGE - 0.1)
    # Of this window all but the 49 that others may still come for, of those that follow fifty.
    at = [hundred.expected(EDGE + 0.1, clock, count) for count in (51, 52, 101, 102)]
    assert at == [EDGE + 0.1, *(pytest.approx(EDGE + window, abs=0.05) for window in (60, 60, 120))]


# -- what is on its way -------------------------------------------------------------------------------------------


def test_others_go_on_at_their_pace_of_late() -> None:
    some = word(40, 11.0)
    some.hear(52, 52, EDGE, 12.0, 100, 0.5)
    assert some.on_their_way(12.0, 100) == 1  # one a second so far, half a second to go
    some.hear(62, 62, EDGE, 14.0, 100, 0.5)
    assert some.on_their_way(14.0, 100) == 3  # ten in the last two seconds
    assert some.on_their_way(15.0, 100) == 8  # and as many since


def test_who_has_stopped_is_not_expected() -> None:
    some = word(40, 11.0)
    some.hear(52, 52, EDGE, 12.0, 100, 0.5)
    some.hear(52, 52, EDGE, 14.0, 100, 0.5)
    assert some.on_their_way(15.0, 100) == 0


def test_over_a_moment_no_pace_is_measured() -> None:
    some = word(0, 11.0)
    some.hear(0, 0, EDGE, 12.0, 100, 0.1)
    some.hear(10, 10, EDGE, 12.1, 100, 0.1)
    assert some.on_their_way(12.1, 100) == 1  # ten in 52.1 s, not in a tenth of a second


def test_in_a_new_window_they_come_at_the_pace_that_is_expected() -> None:
    some = word(40, EDGE - 0.5)
    some.hear(40, 40, EDGE, EDGE - 0.1, 100, 2.0)
    assert some.on_their_way(EDGE + 0.5, 100) == 2  # fifty in a minute, and two seconds to go
    assert word(0, 11.0).on_their_way(EDGE + 0.5, 100) == 0


def test_one_short_round_trip_does_not_make_all_of_them_short() -> None:
    some = word(30, 10.0)
    for at, took in ((11.0, 2.0), (12.0, 0.1)):
        some.hear(30, 30, EDGE, at, 100, took)
    assert some.stale_at() == pytest.approx(12.0 + 4 * 1.8)


def test_what_is_on_its_way_is_left_in(clock: ServerClock) -> None:
    seventy = account(70)
    for at, used in ((11.0, 40), (12.0, 42), (14.0, 62)):
        seventy.seen(used, EDGE, at, 0.1)
    # Ten a second, and eight are left.
    assert seventy.free(14.0, clock) == 1
    assert seventy.free(14.9, clock) <= 0


# -- old news ---------------------------------------------------------------------------------------------------------


def test_after_a_second_without_news_one_asks_before_others_go(clock: ServerClock) -> None:
    hundred = account()
    hundred.seen(40, EDGE, 11.0)
    assert hundred.free(11.9, clock) == 10
    assert hundred.free(12.0, clock) == 1
    hundred.take(12.0)
    assert hundred.free(12.0, clock) == 0
    hundred.settle(12.1, clock, 1012.0)
    hundred.seen(42, EDGE, 12.1)
    assert hundred.free(12.1, clock) == 9


def test_the_first_word_s_round_trip_counts_too() -> None:
    hundred = account()
    hundred.seen(30, EDGE, 11.0, 2.0)
    assert hundred.word is not None
    assert hundred.word.stale_at() == 19.0


def test_slow_replies_are_news_for_longer() -> None:
    some = word(40, 11.0)
    some.hear(40, 40, EDGE, 11.0, 100, 0.2)
    assert some.stale_at() == 12.0
    some.hear(40, 40, EDGE, 11.0, 100, 2.0)
    assert some.stale_at() == 19.0


def test_nobody_asks_for_the_last_token(clock: ServerClock) -> None:
    hundred = account()
    hundred.seen(99, EDGE, 11.0)
    assert hundred.free(12.5, clock) == 0
    hundred.seen(98, EDGE, 11.0)
    assert hundred.free(12.5, clock) == 0


def test_who_should_have_spent_all_is_tested_unless_a_test_has_failed(clock: ServerClock) -> None:
    seventy = account(70)
    for at, used in ((11.0, 40), (12.0, 50), (14.0, 60)):
        seventy.seen(used, EDGE, at, 0.1)
    # Five a second: by 17 the last ten are gone.
    assert seventy.free(14.0, clock) == 1
    assert seventy.free(17.0, clock) == 1
    assert seventy.word is not None
    seventy.word.failed(EDGE)  # another window's: it says nothing of this one
    assert seventy.word.others == 60
    assert seventy.free(17.0, clock) == 0


def test_failed_tests_put_the_next_one_off_for_longer_and_longer() -> None:
    some = word(40, 11.0)
    assert some.testable(11.0)
    for windows in (8, 16, 32, 64, 64):
        some.failed(12.0)
        assert not some.testable(EDGE + windows * 60 - 1)
        assert some.testable(EDGE + windows * 60)


def test_a_rejection_shows_others() -> None:
    some = Word(40, 0, EDGE, 11.0, 60.0)
    assert not some.seen_others
    some.failed(12.0)
    assert (some.others, some.refused, some.seen_others) == (1, 1, True)
    assert some.careful_until == EDGE + 120


# -- when to look again -------------------------------------------------------------------------------------------


def test_it_is_looked_at_again_when_it_is_old_and_when_others_leave_a_token() -> None:
    some = word(40, EDGE - 0.1)  # fifty are expected: one every 1.2 s
    assert some.changes(EDGE + 0.1, 100) == pytest.approx(EDGE + 0.9, abs=0.01)
    assert some.changes(EDGE + 0.95, 100) == pytest.approx(EDGE + 1.2, abs=0.01)
    assert some.changes(EDGE + 1.21, 100) == pytest.approx(EDGE + 2.4, abs=0.01)
    assert some.changes(EDGE + 61, 100) == inf


def test_looking_again_goes_on_and_ends_with_the_window(clock: ServerClock) -> None:
    hundred = account()
    spend(hundred, clock, 1)
    hundred.seen(61, EDGE, EDGE - 0.1)
    at, looks = EDGE + 0.1, 0
    while at < EDGE + 59.9:
        hundred.free(at, clock)
        later = hundred.when(at, clock)
        assert later > at
        at, looks = later, looks + 1
    assert looks <= 70  # sixty tokens come, and the word gets old once


def test_what_comes_back_by_itself_comes_whatever_the_word(clock: ServerClock) -> None:
    hundred = account()
    spend(hundred, clock, 60)
    assert hundred.when(19.5, clock) == pytest.approx(EDGE, abs=0.05)
    hundred.seen(100, EDGE, 19.2)
    assert hundred.when(19.5, clock) == pytest.approx(EDGE, abs=0.05)
    assert hundred.resets(19.5, clock) == pytest.approx(EDGE, abs=0.05)
    assert account().resets(19.5, clock) == inf
