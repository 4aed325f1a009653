"""Any schedule of calls against a server that counts for itself: nothing is exceeded, nobody is lost, nothing leaks.

Hypothesis draws the schedule: when calls come and what they are, whose they are, their priorities and deadlines, how
long each leg of the way takes, when in between the server counts, which replies are lost and which calls are cancelled,
waiting or on the wire; what is kept for others, and when those spend. The server's clock starts anywhere and drifts.

With nobody else about, a server of aligned windows only records; what it counted is judged when all is over. Where
others spend, and where it counts by a sliding log, it turns requests away, and they are sent again.
"""

from __future__ import annotations

from itertools import combinations
from math import ceil, floor, inf
from random import Random

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schedule_runs import (
    GROUPS,
    RELATED,
    SHOW,
    SMALL,
    SUBMIT,
    TICKET,
    UPDATE,
    UPSERT,
    WIDE,
    Call,
    Run,
    Spending,
    rows_of,
)

from zdasync._core.route import Route
from zdasync.events import Refuted
from zdasync.limits.table import Limit
from zdasync.testing import run_virtual


def seconds(most: float) -> st.SearchStrategy[float]:
    return st.floats(0, most, allow_nan=False, width=32)


CALLS = st.builds(
    Call,
    route=st.sampled_from([SHOW, SHOW, UPDATE, UPDATE, UPSERT, UPSERT, TICKET, SUBMIT, RELATED]),
    target=st.integers(1, 3),
    name=st.sampled_from(["email", "external_id"]),
    at=st.one_of(st.sampled_from([0.0, 1.0, 30.0]), seconds(150)),
    out=st.one_of(st.just(0.01), seconds(5)),
    work=seconds(2),
    back=st.one_of(st.just(0.01), seconds(5)),
    priority=st.integers(0, 2),
    group=st.sampled_from(GROUPS),
    within=st.one_of(st.just(inf), seconds(200)),
    cancel=st.one_of(st.none(), st.none(), seconds(100)),
    doomed=st.sampled_from([False, False, False, True]),
    lost=st.sampled_from([False, False, False, True]),
).map(lambda call: call if call.route is UPSERT else attrs.evolve(call, name="id"))
BOUNDED = settings(derandomize=True, deadline=None, max_examples=100, database=None,
                   suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("rows", [SMALL, WIDE], ids=["small", "wide"])
@given(
    calls=st.lists(CALLS, min_size=20, max_size=70),
    offset=st.floats(1.7e9, 1.7e9 + 600),
    drift=st.floats(-3e-5, 3e-5),
    looks=st.lists(seconds(200), max_size=10),
    reserve=st.sampled_from([0, 0, 0.25, 3, 100]),
)
@BOUNDED
def test_no_schedule_exceeds_a_window_or_loses_a_call(
    rows: tuple[Limit, ...], calls: list[Call], offset: float, drift: float, looks: list[float], reserve: float
) -> None:
    async def main() -> None:
        run = Run(rows, offset, drift, reserve=reserve)
        await run.all(calls, looks)
        run.judge()
        run.judge_learned()

    run_virtual(main())


@given(calls=st.lists(CALLS, min_size=20, max_size=70), offset=st.floats(1.7e9, 1.7e9 + 600))
@settings(BOUNDED, max_examples=50)
def test_no_schedule_exceeds_a_sliding_log_once_the_windows_are_refuted(calls: list[Call], offset: float) -> None:
    async def main() -> None:
        run = Run(SMALL, offset, 0.0, sliding=True)
        alike = [attrs.evolve(call, name="id", route=UPDATE) if call.route is UPSERT else call for call in calls]
        await run.all(alike, [])
        run.judge()

    run_virtual(main())


@given(
    calls=st.lists(CALLS, min_size=10, max_size=50),
    spendings=st.lists(st.builds(Spending, at=seconds(200), units=st.integers(1, 12)), min_size=1, max_size=12),
    offset=st.floats(1.7e9, 1.7e9 + 600),
    reserve=st.sampled_from([0, 0.25, 3]),
)
@settings(BOUNDED, max_examples=60)
def test_no_schedule_loses_a_call_or_spends_the_reserve_where_others_spend(
    calls: list[Call], spendings: list[Spending], offset: float, reserve: float
) -> None:
    async def main() -> None:
        run = Run(SMALL, offset, 0.0, strict=("account",), reserve=reserve)
        await run.all(calls, [], spendings)
        if not run.server.rejections:
            run.judge()

    run_virtual(main())


@given(calls=st.lists(CALLS, min_size=10, max_size=50), offset=st.floats(1.7e9, 1.7e9 + 600))
@settings(BOUNDED, max_examples=60)
def test_no_schedule_loses_a_call_where_the_server_counts_by_a_sliding_log(calls: list[Call], offset: float) -> None:
    async def main() -> None:
        run = Run(SMALL, offset, 0.0, strict=("account", "profile", "ticket"), log=True)
        alike = [attrs.evolve(call, name="id", route=UPDATE) if call.route is UPSERT else call for call in calls]
        await run.all(alike, [])
        refuted = {event.limit: at for at, event in run.events if isinstance(event, Refuted)}
        # Once it is known, nothing that is sent is turned away for it any more.
        assert [one for one in run.server.rejections if one[1] > refuted.get(one[0], inf)] == []

    run_virtual(main())


@given(
    calls=st.lists(st.builds(
        Call, route=st.just(SHOW), target=st.just(1), at=st.one_of(st.just(0.0), st.just(5.0), seconds(60)),
        priority=st.integers(1, 2), group=st.sampled_from(GROUPS), cancel=st.one_of(st.none(), st.none(), seconds(100)),
    ), min_size=30, max_size=80),
    offset=st.floats(1.7e9, 1.7e9 + 60),
)
@settings(BOUNDED, max_examples=40)
def test_callers_that_wait_side_by_side_are_let_go_in_turn(calls: list[Call], offset: float) -> None:
    async def main() -> None:
        run = Run(SMALL, offset, 0.0)
        gone: list[tuple[str, int, set[tuple[str, int]]]] = []
        watch = run.scheduler.released

        def released(seq: int) -> None:
            waiting = {(lane.line.caller.name, lane.line.priority)
                       for pool in run.scheduler._waiting for lane in pool.all_lanes() if lane.waiting}
            call = run.calls[seq][0]
            gone.append((call.group, call.priority, waiting))
            watch(seq)

        run.scheduler.released = released
        await run.all(calls, [])
        run.judge()
        for priority in (1, 2):
            for one, other in combinations(GROUPS, 2):
                lead = lead_of(one, other, [went for went in gone if went[1] == priority])
                assert -2 <= min(lead) <= max(lead) <= 2

    run_virtual(main())


def lead_of(one: str, other: str, gone: list[tuple[str, int, set[tuple[str, int]]]]) -> list[int]:
    """By how many turns the one was ahead of the other, at each time since both have been waiting."""
    lead, leads = 0, [0]
    for group, priority, waiting in gone:
        lead += (group == one) - (group == other)
        leads.append(lead)
        if not {(one, priority), (other, priority)} <= waiting:
            lead = 0
    return leads


# -- speed ------------------------------------------------------------------------------------------------------------


def least(calls: int, per_window: int, interval: float, now: float) -> float:
    """Seconds until the last of so many calls can go out, under one aligned window alone."""
    whole = ceil(calls / per_window) - 1
    return 0.0 if whole == 0 else interval - now % interval + (whole - 1) * interval


def least_for_two(calls: int, now: float) -> float:
    """The same for two users at five a minute each, both under one a second."""
    left = 60 - now % 60
    rest = calls - min(10, ceil(left))
    whole = ceil(rest / 10) - 1
    return left + whole * 60 + rest - 10 * whole - 1


REAL = rows_of(account=700, second=1, profile=5, ticket=30)


@pytest.mark.parametrize("offset", [0.0, 17.3])
@pytest.mark.parametrize(
    ("reads", "writes", "hot", "slowest"),
    [(5000, 0, 0, 0.4), (0, 300, 0, 0.4), (2000, 150, 20, 0.4), (1000, 0, 60, 0.2), (4000, 0, 0, 5.0)],
)
def test_a_loaded_run_takes_the_least_time_that_the_windows_allow(
    reads: int, writes: int, hot: int, slowest: float, offset: float
) -> None:
    chance = Random(11)

    def call(route: Route, target: int) -> Call:
        way = chance.uniform(0.05, slowest)
        return Call(route, target, out=way / 2, work=0.0, back=way / 2)

    calls = [call(SHOW, 0) for _ in range(reads)]
    calls += [call(UPDATE, 1000 + user) for user in range(writes)]
    calls += [call(UPDATE, 1 + i % 2) for i in range(hot)]
    chance.shuffle(calls)

    async def main() -> None:
        run = Run(REAL, 1.7e9 // 60 * 60 + offset, 0.0, connections=10_000)
        run.listener.hear_time(float(floor(run.server.clock())), 99.9, 100.0)
        run.scheduler.heard(100.0)  # the first request, which goes alone, has been
        begin, now = run.loop.time(), run.server.clock()
        bound = max(
            least(len(calls), 700, 60.0, now),
            least(writes + hot, 1, 1.0, now) if writes + hot else 0.0,
            least_for_two(hot, now) if hot else 0.0,
        )
        await run.all(calls, [])
        run.judge()
        last = max(count.dispatched for count in run.server.counts) - begin
        assert last <= 1.02 * bound + 0.1, f"{last:.2f} s instead of {bound:.2f} s"

    run_virtual(main())
