from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import islice
from math import floor
from random import Random

import pytest

from benchmarks import least
from benchmarks.asks import Ask, Charge, charges
from benchmarks.workloads import JUMP, START, WORKLOADS, Scene, lone_times

MINUTE = Charge("account", 700, 60.0)
READS = partial(least.of, start=START, round_trip=0.1, connections=100)


def test_calls_fill_one_window_after_another():
    assert least.windows(700, MINUTE, START) == least.Last(0.0, 700)
    assert least.windows(701, MINUTE, START) == least.Last(42.75, 1)
    assert least.windows(6_000, MINUTE, START) == least.Last(42.75 + 7 * 60, 400)


def test_what_is_left_for_the_last_window_needs_all_connections_several_times():
    asks = [Ask("read", "1")] * 901
    assert READS(asks) == pytest.approx(42.75 + 3 * 0.1)
    assert READS(asks, connections=1_000) == pytest.approx(42.75 + 0.1)


def test_one_upsert_a_second_begins_in_the_middle_of_one():
    asks = [Ask("upsert", f"user {number}") for number in range(61)]
    assert READS(asks) == pytest.approx(59.75 + 0.1)


def test_the_calls_of_hot_users_must_still_pass_one_by_one_in_their_last_minute():
    asks = [Ask("upsert", f"user {number % 5}") for number in range(50)]
    assert READS(asks) == pytest.approx(42.75 + 24 + 0.1)


def test_the_slowest_limit_of_a_mix_bounds_it():
    reads, exports = [Ask("read", "1")] * 100, [Ask("export")] * 21
    assert READS(reads) < 1
    assert READS(reads + exports) == pytest.approx(42.75 + 60 + 0.1)
    assert READS(exports + [Ask("export by cursor")] * 61) == pytest.approx(42.75 + 120 + 0.1)


def test_another_consumer_has_its_share_of_each_window():
    took = least.steady(3)
    assert took(0.0, 42.75) == 3 * 43
    assert took(42.75, 102.75) == 180
    assert least.windows(700 - 129, MINUTE, START, others=took) == least.Last(0.0, 571)
    assert least.windows(571 + 521, MINUTE, START, others=took) == least.Last(102.75, 1)


def test_a_jump_of_the_clock_moves_the_edges():
    assert list(islice(JUMP(START, 60.0), 4)) == pytest.approx([42.75, 95.45, 155.45, 215.45])


def test_other_servers_give_back_in_other_ways():
    assert least.sliding_log(1_401, MINUTE) == least.Last(120.0, 1)
    assert least.sliding_log(1_400, MINUTE) == least.Last(60.0, 700)
    assert least.token_bucket(700, MINUTE) == least.Last(0.0, 700)
    assert least.token_bucket(770, MINUTE) == least.Last(pytest.approx(6.0), 1)


def test_jobs_go_in_rounds():
    assert least.of_jobs(31, 30, 10.5, 0.1) == pytest.approx(21.1)
    assert least.of_jobs(0, 30, 10.5, 0.1) == 0


def greedy(asks: list[Ask], start: float) -> float:
    """When the last call is counted if each goes as soon as it can, the fullest key first, at steps of a quarter."""
    at, waiting = 0.0, Counter(asks)
    used: Counter[tuple[Charge, int]] = Counter()
    last = 0.0
    while waiting:
        for ask, _ in waiting.most_common():
            while waiting[ask]:
                taken = [(limit, floor((start + at) / limit.interval)) for limit in charges(ask)]
                if any(used[one] >= one[0].count for one in taken):
                    break
                used.update(taken)
                waiting[ask] -= 1
                last = at
        waiting = +waiting
        at += 0.25
    return last


def test_no_schedule_is_faster_than_the_bound():
    chance = Random(11)
    for _ in range(30):
        users = chance.randint(1, 8)
        asks = [Ask("upsert", f"user {chance.randrange(users)}") for _ in range(chance.randint(1, 60))]
        asks += [Ask("export")] * chance.randint(0, 25)
        bound = least.of(asks, START, 0.0, 100)
        took = greedy(asks, START)
        assert bound <= took
        assert bound == pytest.approx(took, abs=10), "the bound is close where one limit decides"


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda one: one.name)
def test_every_workload_has_calls_and_a_bound(workload):
    ids = [str(number) for number in range(1, 101)]
    sizes = []
    for share in (0.4, 1.0):
        batches = workload.asks(ids, share)
        sizes.append(sum(map(len, batches.values())))
        if workload.least is not None:
            assert 0 < workload.least(Scene(batches, START, 100)) < 7_000
    assert 0 < sizes[0] < sizes[1]


def test_lone_calls_come_in_every_state_of_the_window():
    times = lone_times(START, 5.0, 120.0)
    assert times == sorted(times)
    assert {0.0, 5.0, 115.0, 42.75 + 0.15, 42.75 + 0.5, 102.75 + 1.0} <= set(times)
    assert max(times) < 119
