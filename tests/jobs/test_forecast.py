"""When jobs will end, by what was seen of them."""

from __future__ import annotations

from itertools import pairwise
from math import floor

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from zdasync._forecast import MOST_KINDS, POLLS_SHARE, PRECISE, Durations, Forecast, Kinds, interval_of_polls
from zdasync.records.jobs import JobStatus

LEAST = 0.3
"""Seconds that the poller leaves between two looks."""


class Even:
    """A job whose rows take equally long, from `starts` on, and what a look at it shows."""

    def __init__(self, starts, row, rows):
        self.starts, self.row, self.rows = starts, row, rows
        self.ends = starts + row * rows

    def at(self, when):
        done = floor((when - self.starts) / self.row + 1e-9)
        if when < self.starts:
            return JobStatus(id="a", status="queued", total=self.rows)
        return JobStatus(id="a", status="working", total=self.rows, progress=done)


def forecast_of(job, looks, kind=None, submitted=0.0, trip=0.0):
    made = Forecast(submitted, kind or Durations())
    for look in looks:
        made.see(job.at(look), job.rows, look - trip, look)
    return made


def known(mean, deviation=0.0):
    kind = Durations()
    kind.mean, kind.deviation = mean, deviation
    return kind


# --- by progress


@given(
    starts=st.floats(0, 30), row=st.floats(0.02, 2), rows=st.integers(1, 100), trip=st.floats(0, 0.1),
    looks=st.lists(st.floats(0.001, 0.999), min_size=1, max_size=30),
)
def test_an_even_job_is_never_expected_after_its_end_nor_given_up_before(starts, row, rows, trip, looks):
    job = Even(starts, row, rows)
    looks = sorted(trip + part * (job.ends - trip) for part in looks)
    assume(looks[-1] < job.ends)
    outlook = forecast_of(job, looks, trip=trip).outlook()
    if outlook is not None:
        assert outlook.not_before <= job.ends + PRECISE
        assert outlook.look_at >= looks[-1] - trip
        if outlook.look_at == outlook.not_before:
            assert outlook.look_at == pytest.approx(job.ends, abs=PRECISE + 1e-6)


@pytest.mark.parametrize("rows", [10, 100])
def test_the_end_becomes_clear_as_a_job_goes_on(rows):
    job = Even(0.7, 10.0 / rows, rows)
    away = []
    for until in (4.0, 7.0, 9.5):
        outlook = forecast_of(job, [look / 3 for look in range(1, int(until * 3))]).outlook()
        away.append(abs(outlook.look_at - job.ends))
    assert away[2] <= away[0]
    assert away[2] < 0.4


def test_where_nothing_was_seen_nothing_is_said():
    job = Even(5.0, 0.1, 100)
    assert Forecast(0.0, Durations()).outlook() is None
    assert forecast_of(job, [1.0, 2.0, 4.9]).outlook() is None
    assert forecast_of(job, [1.0, 5.05]).outlook() is None


def test_a_job_from_elsewhere_is_timed_from_the_first_look_on():
    job = Even(0.0, 0.1, 100)
    assert forecast_of(job, [5.0], submitted=None).outlook() is None
    outlook = forecast_of(job, [5.0, 5.5, 6.0, 7.0], submitted=None).outlook()
    assert outlook.look_at == pytest.approx(10.0, abs=0.5)
    assert forecast_of(job, [5.0], submitted=None).lasted(11.0) is None


def test_a_total_that_makes_no_sense_is_left_alone():
    made = Forecast(0.0, Durations())
    for at in (1.0, 2.0, 3.0):
        made.see(JobStatus(id="a", status="working", total=5, progress=int(at) * 10), None, at, at)
    assert made.outlook() is None


def test_the_number_of_rows_stands_in_for_a_total():
    made = Forecast(0.0, Durations())
    for at in (0.0, 1.0, 2.0, 3.0):
        made.see(JobStatus(id="a", status="working", progress=int(at) * 10), 100, at, at)
    assert made.outlook().not_before > 5


def test_a_job_that_overstays_is_asked_for_at_growing_intervals():
    made = forecast_of(Even(0.0, 0.1, 100), [look / 4 for look in range(1, 40)])
    stuck, looks = JobStatus(id="a", status="working", total=100, progress=99), [9.75]
    for _ in range(12):
        looks.append(max(made.outlook().look_at, looks[-1] + LEAST))
        made.see(stuck, 100, looks[-1], looks[-1])
    gaps = [b - a for a, b in pairwise(looks)]
    assert gaps == pytest.approx(sorted(gaps))
    assert gaps[-1] == pytest.approx(1.5 * gaps[-2])
    assert looks[-1] > 20


# --- by earlier jobs


def test_a_job_that_tells_nothing_lasts_as_long_as_others_like_it():
    outlook = Forecast(100.0, known(10.0, 0.1)).outlook()
    assert outlook.look_at == pytest.approx(110.1)
    wide = Forecast(100.0, known(10.0, 2.0))
    assert wide.outlook().not_before == 106.0
    assert wide.outlook().ends == 0.0
    wide.see(JobStatus(id="a", status="working", total=9, progress=0), 9, 108.0, 108.0)
    assert wide.outlook().ends == pytest.approx(1 / 6)


def test_the_rest_of_a_job_lasts_as_long_as_that_of_others_like_it():
    made = Forecast(100.0, known(10.0, 0.2))
    made.see(JobStatus(id="a", status="working", total=100, progress=50), 100, 110.0, 110.0)  # it was queued for long
    assert made.outlook().not_before == pytest.approx(115.0, abs=0.5)


def test_a_kind_that_turned_out_wrong_gives_way_to_the_progress():
    job = Even(0.5, 0.3, 100)
    made = forecast_of(job, [look / 2 for look in range(1, 50)], known(10.0, 0.1))
    assert made.outlook().look_at == pytest.approx(job.ends, abs=0.7)


def test_durations_follow_what_comes():
    durations = Durations()
    for _ in range(60):
        durations.learn(10.0, 0.1)
    assert (durations.mean, round(durations.deviation, 2)) == (10.0, 0.03)
    for _ in range(60):
        durations.learn(20.0, 0.1)
    assert durations.mean == pytest.approx(20.0, abs=0.1)


def test_what_may_have_ended_at_any_time_teaches_nothing():
    durations = Durations()
    durations.learn(50.0, 100.0)
    assert durations.mean is None
    durations.learn(10.0, 8.0)
    assert (durations.mean, durations.deviation) == (10.0, 4.0)


def test_jobs_are_alike_by_operation_and_size():
    kinds = Kinds()
    assert kinds.of("users.update_many", 100) is kinds.of("users.update_many", 70)
    assert kinds.of("users.update_many", 100) is not kinds.of("users.update_many", 10)
    assert kinds.of("users.update_many", 100) is not kinds.of("users.create_many", 100)
    assert kinds.of("users.update_many", None) is kinds.of("users.update_many", None)
    first = kinds.of("0", 1)
    for number in range(2 * MOST_KINDS):
        kinds.of(str(number), 1)
    assert kinds.of("0", 1) is not first


def test_when_a_job_was_seen_to_have_ended():
    made = forecast_of(Even(0.5, 0.1, 100), [5.0, 10.0])
    assert made.lasted(11.0) == (10.5, 1.0)


# --- how often


@given(pace=st.floats(1, 5_000), slots=st.integers(1, 60), seconds=st.floats(0.1, 600))
def test_polls_and_submits_spend_what_there_is_and_polls_no_more_than_their_share(pace, slots, seconds):
    interval = interval_of_polls(pace, slots, seconds)
    submits = 60 * slots / (seconds + interval / 2)
    assert 60 / interval <= POLLS_SHARE * pace * 1.000001
    assert 60 / interval + submits <= pace * 1.000001 or interval > 0.999999 * 60 / (POLLS_SHARE * pace)
    if 60 / interval < POLLS_SHARE * pace * 0.999:
        assert 60 / interval + submits == pytest.approx(pace, rel=1e-3)


def test_before_any_job_has_ended_polls_have_their_share():
    assert interval_of_polls(700, 30, None) == interval_of_polls(700, 0, 11.0) == pytest.approx(60 / 210)
