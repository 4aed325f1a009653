from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdasync.bulk.progress import WINDOW, Meter, Progress
from zdasync.bulk.rows import OUTCOMES
from zdasync.bulk.words import duration

CALM = {"jobs": 3, "job_cap": 30, "requests": 9, "used": 10, "total": 700, "waiting": False}


def test_nothing_can_be_told_before_any_time_has_passed():
    meter = Meter(100.0, total=50)
    meter.add({"created": 10})
    look = meter.look(100.0, **CALM)
    assert (look.done, look.total, look.rate, look.eta) == (10, 50, 0.0, None)


def test_the_rate_is_that_of_the_last_half_minute():
    meter = Meter(0.0, total=10_000)
    for second in range(1, 61):
        meter.add({"created": 100})
        assert meter.look(float(second), **CALM).rate == 100.0
    for second in range(61, 91):
        meter.add({"updated": 10})
        look = meter.look(float(second), **CALM)
    assert look.rate == 10.0
    assert look.eta == (10_000 - 6_300) / 10.0
    assert look.counts == {**dict.fromkeys(OUTCOMES, 0), "created": 6_000, "updated": 300}


def test_looks_as_often_as_one_likes_measure_the_same_rate_in_little_memory():
    meter = Meter(0.0)
    for tick in range(1, 10_001):
        meter.add({"created": 1})
        look = meter.look(tick / 100, **CALM)
    assert look.rate == pytest.approx(100.0)
    assert len(meter._points) < 70


def test_a_run_that_stands_still_has_no_rate_and_no_end():
    meter = Meter(0.0, total=500)
    meter.add({"created": 100})
    assert meter.look(10.0, **CALM).eta == 40.0
    look = meter.look(10.0 + 2 * WINDOW, **CALM)
    assert meter.look(10.0 + 4 * WINDOW, **CALM).rate == 0.0
    assert look.done == 100
    assert meter.look(10.0 + 5 * WINDOW, **CALM).eta is None


def test_rows_of_earlier_runs_are_done_and_no_part_of_the_rate():
    meter = Meter(0.0, total=1_000, counts={"created": 500, "refused": 3})
    meter.add({"created": 10})
    look = meter.look(10.0, **CALM)
    assert (look.done, look.failed, look.rate, look.eta) == (513, 3, 1.0, 487.0)


@pytest.mark.parametrize(
    ("state", "bound"),
    [
        ({"jobs": 30, "waiting": True}, "job slots"),
        ({"jobs": 31}, "job slots"),
        ({"jobs": 30, "waiting": True, "used": 700}, "job slots"),
        ({"waiting": True, "used": 700}, "account limit"),
        ({"waiting": True, "used": 699}, "others"),
        ({"waiting": True, "used": None}, "others"),
        ({"waiting": True, "used": 700, "total": None}, "others"),
        ({}, "source"),
        ({"used": 700}, "source"),
    ],
)
def test_what_binds_is_told_from_what_waits(state, bound):
    assert Meter(0.0).look(1.0, **{**CALM, **state}).bound == bound


def test_once_the_source_is_read_it_does_not_bind_any_more():
    meter = Meter(0.0)
    meter.total = 10
    assert meter.look(1.0, **CALM).bound is None
    assert meter.look(1.0, **{**CALM, "jobs": 30}).bound == "job slots"


def test_a_look_does_not_change_with_the_meter():
    meter = Meter(0.0)
    meter.add({"created": 1})
    before = meter.look(1.0, **CALM)
    meter.add({"created": 1})
    assert before.counts["created"] == 1
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        before.done = 2


def test_a_line_for_people():
    meter = Meter(0.0, total=20_000)
    meter.add({"created": 12_000, "refused": 2, "unknown": 1})
    look = meter.look(30.0, jobs=30, job_cap=30, requests=99, used=120, total=700, waiting=True)
    assert str(look) == (
        "12,003 of 20,000 rows, 400 rows/s, 3 failed, 30 jobs, 120 of 700 requests a minute, 20 s left, "
        "waits for job slots"
    )
    assert str(Meter(0.0).look(0.0, **{**CALM, "used": None})) == "0 rows, 0 rows/s, 0 failed, 3 jobs, waits for source"


steps = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(OUTCOMES), st.integers(0, 1_000)), st.floats(0, 100), st.booleans(),
        st.integers(0, 40),
    ),
    max_size=40,
)


@given(steps=steps, total=st.none() | st.integers(0, 20_000), before=st.integers(0, 100))
def test_numbers_make_sense_whatever_happens(steps, total, before):
    now = 5.0
    meter = Meter(now, total=total, counts={"updated": before})
    done = before
    for outcomes, pause, waiting, jobs in steps:
        now += pause
        meter.add(outcomes)
        done += sum(outcomes.values())
        look = meter.look(now, jobs=jobs, job_cap=30, requests=1, used=None, total=None, waiting=waiting)
        assert isinstance(look, Progress)
        assert look.done == done == sum(look.counts.values())
        assert 0 <= look.failed <= look.done
        assert look.rate >= 0
        assert (look.eta is None) == (total is None or look.rate == 0)
        assert look.eta is None or look.eta >= 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min"), (245, "4 min 5 s"), (3600, "1 h"), (12_000, "3 h 20 min"),
     (187_200, "2 d 4 h"), (86_400_000, "1,000 d")],
)
def test_spans_of_time_for_people(seconds, text):
    assert duration(seconds) == text
