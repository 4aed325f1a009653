from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import START

from zdasync.bulk.ledger import Sample
from zdasync.bulk.timeline import POINTS, Held, Span, Timeline


def at(second, rows=0, *, jobs=30, used=None, total=700):
    return Sample(START + second, rows, 0, jobs, 0, used, None if used is None else total)


def one_run(*samples, seconds=600.0):
    return Timeline([Span(START, START + seconds, "done")], samples)


def test_time_between_runs_takes_no_room():
    line = Timeline([Span(START, START + 100, None), Span(START + 5000, START + 5060, "done")], [])
    assert line.seconds == 160
    assert [place for place, _ in line.restarts] == [100]
    seconds = [-5, 0, 40, 100, 3000, 5000, 5030, 5060, 9999]
    assert [line.place(START + second) for second in seconds] == [0, 0, 40, 100, 100, 100, 130, 160, 160]


def test_rows_a_minute_are_what_was_done_in_each_part_of_the_time():
    line = one_run(at(0), at(60, 100), at(120, 100), at(180, 400))
    assert line.rates() == [(30.0, 100.0), (90.0, 0.0), (150.0, 300.0)]


def test_there_are_no_rates_without_time():
    assert one_run().rates() == []
    assert one_run(at(0, 5)).rates() == []
    assert Timeline([Span(START, START, None)], [at(0), at(0, 5)]).rates() == []


@given(
    steps=st.lists(st.tuples(st.floats(0.1, 50), st.integers(0, 500)), min_size=1, max_size=30),
    gap=st.floats(0, 10_000), split=st.integers(0, 30),
)
def test_no_row_gets_lost_in_the_rates(steps, gap, split):
    """The area under the curve is all that was done, whatever the times and however the runs were cut."""
    samples, now, rows, first_end = [], 0.0, 0, 0.0
    for number, (pause, more) in enumerate(steps):
        now += pause + (gap if number == split else 0)
        rows += more
        samples.append(at(now, rows))
        if number < split:
            first_end = now
    spans = [Span(START, START + now, "done")]
    if split < len(steps) and gap:
        spans = [Span(START, START + first_end, None), Span(START + first_end + gap, START + now, "done")]
    line = Timeline(spans, samples)
    rates = line.rates()
    if not rates:
        return
    width = 2 * rates[0][0]
    assert sum(rate for _, rate in rates) * width / 60 == pytest.approx(rows, rel=1e-6, abs=1e-3)
    assert all(rate >= 0 for _, rate in rates)
    assert len(rates) <= len(samples)


def test_a_count_that_falls_back_is_no_negative_rate():
    assert min(rate for _, rate in one_run(at(0), at(60, 100), at(120, 50)).rates()) == 0


def test_curves_of_long_runs_have_few_points_and_keep_what_matters():
    line = one_run(*(at(second, second, jobs=second % 2 * 30, used=second % 60 * 10) for second in range(5000)),
                   seconds=5000)
    for curve in (line.rates(), line.budget(), line.jobs()):
        assert POINTS / 2 < len(curve) <= POINTS
        assert [place for place, _ in curve] == sorted(place for place, _ in curve)
    assert max(value for _, value in line.budget()) == pytest.approx(100 * 590 / 700)
    assert min(value for _, value in line.budget()) > 0, "the most in each part of the time, not its start"
    assert {round(value) for _, value in line.jobs()} <= set(range(10, 21)), "and of job slots the mean"


def test_a_budget_that_was_not_known_is_no_point():
    assert one_run(at(0), at(5, used=350), at(10, used=0, total=0)).budget() == [(5.0, 50.0)]


def test_job_slots_bind_while_nearly_all_of_them_are_full():
    line = one_run(at(0, jobs=0), at(10, jobs=30), at(30, jobs=27), at(40, jobs=26), at(50, jobs=30))
    assert line.held() == Held(job_slots=0.6, account_limit=0.0, neither=0.4, slots=30)


def test_the_account_binds_for_the_whole_of_a_minute_whose_requests_were_spent():
    minute = [at(0, used=10), at(30, used=400), at(50, used=700), at(60, used=10), at(90, used=400), at(120, used=600)]
    held = one_run(at(-1, jobs=40), *minute).held()
    assert held.account_limit == pytest.approx(0.5)
    assert held.neither == pytest.approx(0.5)
    assert held.job_slots == 0


def test_both_may_bind_at_once():
    line = one_run(at(0, used=700), at(60, used=700))
    assert line.held() == Held(job_slots=1.0, account_limit=1.0, neither=0.0, slots=30)


def test_time_between_runs_counts_for_nothing():
    line = Timeline(
        [Span(START, START + 100, None), Span(START + 5000, START + 5100, "done")],
        [at(0, jobs=30), at(100, jobs=1), at(5000, jobs=1), at(5100, jobs=1)],
    )
    assert line.held().job_slots == 0.5


@pytest.mark.parametrize("samples", [[], [at(0)], [at(0), at(0)]])
def test_without_time_nothing_binds(samples):
    assert one_run(*samples).held() is None


def test_a_run_without_jobs_was_not_bound_by_their_slots():
    assert one_run(at(0, jobs=0), at(10, jobs=0)).held() == Held(
        job_slots=0.0, account_limit=0.0, neither=1.0, slots=0
    )
