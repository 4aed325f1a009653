from __future__ import annotations

import attrs
import pytest

from benchmarks.measure import Outcome, crowded_out, measure, wasted
from benchmarks.rivals import COMPETITORS, OURS
from benchmarks.scheduler import checks, heading, row
from benchmarks.workloads import WORKLOADS, Asks, Budget, Goals

FIVE = Budget(count=5, interval=60.0)
BY_NAME = {one.name: one for one in WORKLOADS}


def outcome(**changes) -> Outcome:
    made = Outcome(
        workload="reads", competitor=OURS, calls=100, completed=100, failed={}, sent=100, rejections={}, seconds=101.0,
        least=100.0, waste=0.0, waits={}, unanswered=0, crowded_out=0, cpu=0.5, stopped="",
    )
    return attrs.evolve(made, **changes)


def unmet(workload, **changes) -> list[str]:
    return [check.goal for check in checks(workload, outcome(**changes)) if not check.met]


# -- waste ------------------------------------------------------------------------------------------------------------


def test_full_windows_waste_nothing_whatever_the_last_one_has():
    assert wasted(FIVE, [600.0] * 11, [610.0] * 5 + [660.0] * 5 + [720.0], [], 721.0) == 0


def test_what_waits_and_does_not_go_is_waste():
    assert wasted(FIVE, [600.0] * 11, [610.0] * 3 + [660.0] * 5 + [720.0] * 3, [], 721.0) == pytest.approx(20)


def test_nobody_can_use_more_than_waits():
    came = [600.0] * 3 + [720.0] * 5
    assert wasted(FIVE, came, [610.0] * 3 + [730.0] * 5, [], 790.0) == 0
    assert wasted(FIVE, came, [610.0] * 3 + [730.0] * 4 + [780.0], [], 790.0) == pytest.approx(12.5)


def test_what_others_took_is_not_wasted():
    assert wasted(FIVE, [600.0] * 6, [610.0] * 3 + [660.0] * 3, [(601.0, 2)], 661.0) == 0


def test_without_a_window_there_is_no_waste():
    assert wasted(FIVE, [], [], [], 700.0) is None
    assert wasted(FIVE, [600.0], [601.0], [], 602.0) is None


def test_who_comes_when_the_window_is_spent_is_crowded_out():
    ours = [600.0] * 4 + [660.0] * 4
    assert crowded_out(ours, [(601.0, 1), (665.0, 1)], count=5) == 0
    assert crowded_out(ours, [(601.0, 3), (665.0, 1)], count=5) == 2
    assert crowded_out([*ours, 602.0, 602.5], [(603.0, 3)], count=5) == 3


# -- goals ------------------------------------------------------------------------------------------------------------


def test_goals_are_held_against_what_was_measured():
    reads = BY_NAME["reads"]
    assert not unmet(reads)
    assert unmet(reads, rejections={"account": 1}) == ["no rejections"]
    assert unmet(reads, completed=99) == ["every call done"]
    assert unmet(reads, seconds=101.1) == ["at most 1.01 x the least"]
    assert unmet(reads, stopped="after 5 times the least") == ["at most 1.01 x the least"]


def test_beside_a_foreign_consumer_one_in_a_thousand_may_be_rejected():
    foreign = BY_NAME["foreign"]
    assert not unmet(foreign, sent=2_000, rejections={"account": 2})
    assert unmet(foreign, sent=1_999, rejections={"account": 2}) == ["at most 0.1% rejected"]


def test_lone_calls_must_be_answered_and_soon():
    interactive = BY_NAME["interactive"]
    assert not unmet(interactive, least=None, waits={"spent": 1.0})
    for bad in ({"waits": {"spent": 1.1}}, {"waits": {"spent": 0.5}, "unanswered": 1}, {"waits": {}}):
        assert unmet(interactive, least=None, **bad) == ["lone calls wait at most 1 s"]


def test_a_run_is_one_row_with_what_went_wrong_below_it():
    reads, ours = BY_NAME["reads"], COMPETITORS[0]
    assert "6,000 calls, least 463.15 s" in heading(reads, outcome(calls=6_000, least=463.15))
    said = row(ours, outcome(stopped="after 9 rejections", rejections={"account": 9}, waits={"spent": 3.25}))
    assert "stopped after 9 rejections" in said
    assert "spent 3.25 s" in said
    assert "1.0100" in row(ours, outcome())
    assert "2 x NotFound" in row(ours, outcome(failed={"NotFound": 2}))


# -- small runs, over real sockets ------------------------------------------------------------------------------------


def small(name: str, count: int, **changes):
    """A workload with its first calls only."""
    workload = BY_NAME[name]

    def asks(ids, share) -> dict[float, Asks]:
        return {at: made[:count] for at, made in workload.asks(ids, share).items()}

    return attrs.evolve(workload, asks=asks, **changes)


@pytest.mark.parametrize("competitor", COMPETITORS, ids=lambda one: one.name)
@pytest.mark.parametrize("name", ["reads", "exports", "mixed"])
def test_everybody_carries_everything_out(name, competitor):
    done = measure(small(name, 40), competitor, quick=True)
    assert (done.completed, done.failed, done.stopped) == (done.calls, {}, "")
    assert done.sent >= done.completed + done.rejected
    assert done.ratio is not None
    assert done.ratio >= 1 - 1e-9
    assert done.cpu > 0


def test_what_the_server_rejects_is_counted():
    obey = next(one for one in COMPETITORS if one.name == "obey")
    done = measure(small("upserts", 5), obey, quick=True)
    assert done.completed == 5
    assert done.rejections == {"create-update-user/second": 4 + 3 + 2 + 1}


def test_seconds_in_which_nothing_could_be_sent_though_calls_waited_are_waste():
    obey = next(one for one in COMPETITORS if one.name == "obey")
    done = measure(small("upserts", 20), obey, quick=True)
    assert done.rejected > 100
    assert done.waste == pytest.approx(100 * 33 / 52), "five each of two users, then nothing until the next minute"


def test_a_run_that_never_ends_is_stopped():
    workers = next(one for one in COMPETITORS if one.name == "workers")
    done = measure(small("reads", 200, least=lambda _: 0.1), workers, quick=True)
    assert done.stopped == "after 5 times the least"
    assert done.ratio is None
    assert 0 < done.completed < 200


def test_lone_calls_are_timed():
    workload = small("interactive", 60, goals=Goals(wait=1.0), ends=60.0)
    done = measure(workload, COMPETITORS[0], quick=True)
    assert done.unanswered == 0
    assert done.longest_wait == pytest.approx(0.1, abs=0.05)
    assert done.completed == 60


def test_lone_calls_are_urgent():
    workers = next(one for one in COMPETITORS if one.name == "workers")
    done = measure(small("interactive", 600, ends=12.0), workers, quick=True)
    assert done.completed == 600
    assert done.longest_wait == pytest.approx(0.2, abs=0.11)
