"""Job slots beside others': what may go by what replies, refusals and polls have said; times are passed in."""

from __future__ import annotations

import pytest

from zdasync.limits.clock import ServerClock
from zdasync.limits.slots import FRESH, MOST_PAUSE, PATIENCE, RIVALS, WATCHED, Held, JobSlots
from zdasync.limits.table import JOBS, LIMITS
from zdasync.limits.terms import Terms

ROW = next(row for row in LIMITS if row.name == JOBS)
CLOCK = ServerClock()


def slots(capacity: int = 30) -> JobSlots:
    return JobSlots(Terms(ROW, capacity, sliding=True))


def start(one: JobSlots, number: int, now: float, remaining: int | None = None) -> list[Held]:
    """So many submits go and are answered by a job; the last reply says what remains."""
    for _ in range(number):
        one.take(now)
    held = [one.hold(now) for _ in range(number)]
    if remaining is not None:
        one.told(30, remaining, now, now)
    return held


def refuse(one: JobSlots, now: float) -> float:
    one.take(now)
    one.give_back()
    return one.refused(now, now, 0.0)


def test_the_first_submit_goes_alone_until_it_is_answered() -> None:
    one = slots()
    assert one.free(0.0, CLOCK) == 1
    one.take(0.0)
    assert (one.free(0.0, CLOCK), one.when(0.0, CLOCK)) == (0, PATIENCE)
    assert one.free(PATIENCE, CLOCK) == 29
    one.hold(1.0)
    one.told(30, 29, 0.0, 1.0)
    assert one.free(1.0, CLOCK) == 29


@pytest.mark.parametrize(("remaining", "free"), [(29, 29), (9, 9), (0, 0)])
def test_what_others_hold_is_left_to_them(remaining: int, free: int) -> None:
    one = slots()
    start(one, 1, 0.0, remaining)
    assert one.free(0.0, CLOCK) == free


def test_what_we_allow_ourselves_counts_beside_what_the_server_has() -> None:
    one = slots(5)
    start(one, 1, 0.0, 20)
    assert one.free(0.0, CLOCK) == 4
    one.told(30, 2, 1.0, 1.0)
    assert one.free(1.0, CLOCK) == 2


def test_a_job_of_ours_that_had_ended_when_the_server_counted_is_no_slot_of_others() -> None:
    one = slots()
    held = start(one, 10, 0.0, 0)
    start(one, 0, 5.0, 2)  # two of ours have ended, which nobody has seen yet
    assert one.free(5.0, CLOCK) == 0
    for ended in held[:2]:
        assert ended.since == 0.0
        one.let_go(6.0)
    assert one.free(6.0, CLOCK) == 2


def test_a_poll_after_the_count_tells_how_many_slots_of_others_are_free() -> None:
    one = slots()
    held = start(one, 10, 0.0, 0)
    one.told(30, 12, 5.0, 5.0)
    assert one.free(5.0, CLOCK) == 0
    assert not any(one.runs(job, 4.0) for job in held)
    assert sum(one.runs(job, 5.5) for job in held) > 0
    assert one.free(5.5, CLOCK) == 12


def test_an_end_between_submit_and_reply_is_not_taken_for_a_job_of_others() -> None:
    one = slots()
    start(one, 20, 0.0, 10)
    one.take(8.0)
    one.let_go(8.05)
    one.hold(8.1)
    one.told(30, 9, 8.0, 8.1)  # with the one that has ended since
    assert one.free(8.1, CLOCK) == 10


def test_pauses_after_refusals_grow_and_one_submit_probes_at_a_time() -> None:
    one, now = slots(), 0.0
    pauses = []
    for _ in range(6):
        assert one.free(now, CLOCK) == 1
        pauses.append(refuse(one, now))
        assert one.free(now, CLOCK) == 0
        now = one.when(now, CLOCK)
    assert pauses == [2, 4, 8, MOST_PAUSE, MOST_PAUSE, MOST_PAUSE]
    assert now == pytest.approx(sum(pauses))
    one.take(now)
    assert one.free(now, CLOCK) == 0


def test_a_burst_that_is_refused_counts_once() -> None:
    one = slots()
    assert [one.refused(0.0, 0.1 * n, 0.0) for n in range(4)] == pytest.approx([2.0, 1.9, 1.8, 1.7])


def test_more_go_as_submits_are_accepted_where_the_server_tells_no_number() -> None:
    one = slots()
    refuse(one, 0.0)
    going = []
    while one.in_flight < 30:
        going.append(one.free(2.0, CLOCK))
        start(one, going[-1], 2.0)
    assert going == [1, 2, 4, 8, 15]


def test_jobs_that_are_named_need_no_probe_until_one_has_ended() -> None:
    one = slots()
    refuse(one, 0.0)
    for _ in range(30):
        one.named()
    assert one.when(10.0, CLOCK) == WATCHED
    assert one.free(10.0, CLOCK) == 0
    one.named_ended(10.0)
    assert one.free(10.0, CLOCK) == 1


def test_who_has_half_of_the_slots_leaves_rivals_what_was_theirs() -> None:
    one = slots()
    held = start(one, 16, 0.0, 0)
    for _ in range(14):
        one.named()
    one.let_go(2.0)
    refuse(one, 2.0)  # somebody took that slot
    one.named_ended(5.0)
    one.told(30, 1, 5.0, 5.0)
    assert not any(one.runs(job, 5.5) for job in held)
    assert one.free(5.5, CLOCK) == 0
    one.let_go(6.0)
    assert one.free(6.0, CLOCK) == 1
    one.take(6.0)
    one.hold(6.0)
    assert one.when(7.0, CLOCK) == 2.0 + MOST_PAUSE
    one.named_ended(2.0 + RIVALS)
    assert one.free(2.0 + RIVALS, CLOCK) == 1


def test_what_nobody_has_spoken_of_for_long_counts_no_more_and_one_goes_ahead() -> None:
    one = slots()
    start(one, 1, 0.0, 0)
    one.let_go(1.0)
    assert one.free(1.5, CLOCK) == 1  # the slot that was ours
    assert one.free(FRESH + 1.0, CLOCK) == 1
    start(one, 1, FRESH + 1.0, 29)
    assert one.free(FRESH + 1.0, CLOCK) > 10
