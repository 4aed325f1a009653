"""By hand: the server's clock is 1,000 s ahead of the loop's."""

from __future__ import annotations

import random
from math import floor

import pytest

from zdasync.limits.clock import DRIFT, GUARD, STALE, ServerClock

OFFSET = 1000.0


def clock_of(*replies: tuple[float, float, float]) -> ServerClock:
    """`replies` are (Date, sent, received)."""
    clock = ServerClock()
    for date, sent_at, received_at in replies:
        clock.observe(date, sent_at, received_at)
    return clock


def test_nothing_is_known_before_the_first_reply() -> None:
    assert not ServerClock().known


def test_one_reply_bounds_the_offset_by_its_second_and_its_round_trip() -> None:
    # Generated somewhere between 10.0 and 10.4, when the server's clock stood between 1010 and 1011.
    clock = clock_of((1010.0, 10.0, 10.4))
    assert clock.known
    assert clock.bounds == pytest.approx((999.6 - STALE, 1001.0 + STALE))
    assert clock.uncertainty == pytest.approx(1.4 + 2 * STALE)


def test_replies_from_both_sides_of_a_second_narrow_it_down() -> None:
    clock = clock_of((1010.0, 10.05, 10.06), (1010.0, 10.94, 10.95))
    assert clock.bounds == pytest.approx((999.93, 1000.07), abs=0.001)


def test_a_slow_reply_adds_nothing_and_harms_nothing() -> None:
    clock = clock_of((1010.0, 10.05, 10.06), (1010.0, 10.94, 10.95), (1013.0, 11.0, 16.0))
    assert clock.bounds == pytest.approx((999.93, 1000.07), abs=0.001)


def test_bounds_give_way_as_clocks_drift_apart() -> None:
    clock = clock_of((1010.0, 10.0, 10.0))
    low, high = clock.bounds
    clock.observe(2010.5, 1010.0, 1012.0)
    assert clock.bounds == pytest.approx((low - 1002 * DRIFT, high + 1002 * DRIFT))


def test_a_small_contradiction_widens_the_interval_for_good() -> None:
    # Two servers behind one name, 0.2 s apart.
    clock = clock_of((1010.0, 10.0, 10.0), (1009.0, 10.2, 10.2))
    low, high = clock.bounds
    assert low < OFFSET - 0.15 < OFFSET + 0.01 < high + 0.001
    clock.observe(1011.0, 11.0, 11.0)
    assert clock.bounds[0] <= OFFSET - 0.17


def test_after_a_suspend_the_old_bounds_are_thrown_away() -> None:
    clock = clock_of((1010.0, 10.0, 10.1), (5011.0, 11.0, 11.1))
    assert clock.bounds == pytest.approx((5011.0 - 11.1 - STALE, 5012.0 - 11.0 + STALE))


def test_a_window_is_used_only_when_it_surely_began() -> None:
    clock = clock_of((1010.0, 10.0, 10.4))  # the offset may be as little as 999.59
    assert clock.opens(17, 60.0) == pytest.approx(1020 - 999.59 + GUARD, abs=0.002)
    opens = clock.opens(17, 60.0)
    assert clock.earliest_window(opens, 60.0) == 17
    assert clock.earliest_window(opens - GUARD, 60.0) == 16


def test_a_reply_may_have_been_counted_in_the_last_window_that_may_have_begun() -> None:
    clock = clock_of((1010.0, 10.0, 10.4))  # the offset may be as much as 1001.01
    assert clock.latest_window(18.98, 60.0) == 16
    assert clock.latest_window(19.0, 60.0) == 17


def test_a_silence_widens_what_is_known_at_its_end() -> None:
    clock = clock_of((1010.0, 10.0, 10.0), (1009.0, 9.999, 9.999))
    early = clock.opens(18, 60.0)
    late = clock.opens(27, 60.0) - 540.0
    assert late - early == pytest.approx(540 * DRIFT, rel=0.01)
    assert clock.latest_window(1610.0 - 1000.0 + 9.96, 60.0) == 27  # 1619.96 on the server's clock, give or take


@pytest.mark.parametrize("drift", [-5e-5, 0.0, 5e-5])
def test_the_true_offset_is_never_excluded(drift: float) -> None:
    chance = random.Random(7)
    clock, at = ServerClock(), 50.0
    for _ in range(3000):
        at += chance.expovariate(0.5)
        sent_at, generated = at, at + chance.uniform(0, 2)
        received_at = generated + chance.uniform(0, 2)
        clock.observe(floor(generated * (1 + drift) + OFFSET - chance.uniform(0, STALE)), sent_at, received_at)
        low, high = clock.bounds
        assert low <= OFFSET + received_at * drift <= high
        asked = received_at + chance.uniform(0, 700)
        window = (asked * (1 + drift) + OFFSET) // 60
        assert clock.earliest_window(asked, 60.0) <= window <= clock.latest_window(asked, 60.0)
        at = received_at
    assert clock.uncertainty < 0.4


def test_server_time_is_the_middle() -> None:
    clock = clock_of((1010.0, 10.05, 10.06), (1010.0, 10.94, 10.95))
    assert clock.server_time(50.0) == pytest.approx(1050.0, abs=0.03)
