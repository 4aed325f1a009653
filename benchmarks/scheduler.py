"""The rate-limit scheduler against what is used in its place: `python -m benchmarks scheduler`.

Every workload is carried out by every competitor, in virtual time, over real requests through real sockets to a
simulated account that counts as Zendesk does. Nobody reads the local clock, which is years away from the account's in
every run. `--only NAME` and `--for NAME` choose; both may be repeated.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final

import attrs

from .chart import draw
from .measure import Outcome, measure
from .rivals import COMPETITORS, OURS, Competitor
from .workloads import WORKLOADS, Goals, Workload

CHART: Final = Path(__file__).with_name("scheduler.svg")


@attrs.frozen
class Check:
    """One goal and what was measured."""

    workload: str
    goal: str
    measured: str
    met: bool


def checks(workload: Workload, outcome: Outcome) -> Iterator[Check]:
    """Every goal of a workload, held against an outcome."""
    goals = workload.goals
    yield _rejections(workload.name, goals, outcome)
    if workload.lone is None:
        lost = outcome.calls - outcome.completed
        yield Check(workload.name, "every call done", f"{lost:,} of {outcome.calls:,} not done", lost == 0)
    if goals.ratio is not None:
        ratio = outcome.ratio
        said = f"stopped {outcome.stopped}" if ratio is None else f"{ratio:.4f} x"
        met = ratio is not None and ratio <= goals.ratio
        yield Check(workload.name, f"at most {goals.ratio} x the least", said, met)
    if goals.wait is not None:
        wait = outcome.longest_wait
        met = wait is not None and wait <= goals.wait and not outcome.unanswered
        yield Check(workload.name, f"lone calls wait at most {goals.wait:g} s", _waits(outcome), met)


def _rejections(name: str, goals: Goals, outcome: Outcome) -> Check:
    if goals.share is None:
        goal = f"at most {goals.rejections} rejections" if goals.rejections else "no rejections"
        return Check(name, goal, f"{outcome.rejected:,}", outcome.rejected <= goals.rejections)
    goal = f"at most {goals.share:.1%} rejected"
    return Check(
        name, goal, f"{outcome.rejected:,} of {outcome.sent:,}", outcome.rejected <= goals.share * outcome.sent
    )


def _waits(outcome: Outcome) -> str:
    waits = ", ".join(f"{state} {wait:.2f} s" for state, wait in sorted(outcome.waits.items()))
    return waits + (f"; {outcome.unanswered} unanswered at the end" if outcome.unanswered else "")


# -- the table --------------------------------------------------------------------------------------------------------

COLUMNS: Final = (
    f"  {'':34} {'done':>6} {'rejected':>9} {'seconds':>9} {'x least':>8} {'waste %':>8} {'crowded':>8} {'ms/call':>8}"
)


def heading(workload: Workload, outcome: Outcome) -> str:
    """What stands above a workload's rows."""
    least = "" if outcome.least is None else f", least {outcome.least:,.2f} s"
    return f"\n{workload.name}: {workload.title} ({outcome.calls:,} calls{least})\n{COLUMNS}"


def row(competitor: Competitor, outcome: Outcome) -> str:
    """One competitor's row, with lines below it for what does not fit."""
    ratio, waste = _number(outcome.ratio, 4), _number(outcome.waste, 2)
    figures = (
        f"  {competitor.title:34} {outcome.completed:6} {outcome.rejected:9} {outcome.seconds:9.2f}"
        f" {ratio:>8} {waste:>8} {outcome.crowded_out:8} {outcome.cpu:8.2f}"
    )
    lines = [figures]
    if outcome.stopped:
        lines.append(f"      stopped {outcome.stopped}")
    if outcome.waits:
        lines.append(f"      longest wait of a lone call: {_waits(outcome)}")
    lines += [f"      {times} x {error}" for error, times in outcome.failed.items()]
    return "\n".join(lines)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


# -- running it -------------------------------------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen on the command line."""
    group = parser.add_argument_group("scheduler")
    group.add_argument("--only", action="append", metavar="WORKLOAD", choices=[one.name for one in WORKLOADS],
                       help="a workload to run: " + ", ".join(one.name for one in WORKLOADS))
    group.add_argument("--for", action="append", dest="competitors", metavar="COMPETITOR",
                       choices=[one.name for one in COMPETITORS],
                       help="a competitor to run: " + ", ".join(one.name for one in COMPETITORS))
    group.add_argument("--quick", action="store_true", help="make two calls in five, and leave the chart alone")
    group.add_argument("--processes", type=int, default=os.cpu_count() or 1, metavar="N", help="runs at once")


def run(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Run what is chosen, print the tables and the goals, draw the chart; gives the outcomes as plain data."""
    workloads = [one for one in WORKLOADS if not arguments.only or one.name in arguments.only]
    competitors = [one for one in COMPETITORS if not arguments.competitors or one.name in arguments.competitors]
    outcomes: dict[str, list[Outcome]] = {}
    with ProcessPoolExecutor(max(1, arguments.processes)) as pool:
        running = {
            (workload.name, competitor.name): pool.submit(_measure, workload.name, competitor.name, arguments.quick)
            for workload in workloads for competitor in competitors
        }
        for workload in workloads:
            found = outcomes[workload.name] = []
            for competitor in competitors:
                outcome = running[workload.name, competitor.name].result()
                if not found:
                    print(heading(workload, outcome))
                found.append(outcome)
                print(row(competitor, outcome), flush=True)
    print_goals(workloads, outcomes)
    if arguments.quick:
        print("a quick run is too short for the goals on time: what is lost once weighs more in it")
    charted = {one.charted: outcomes[one.name] for one in workloads if one.charted}
    if not (arguments.quick or arguments.only or arguments.competitors):
        CHART.write_text(draw(charted, {one.name: one.title for one in COMPETITORS}, OURS), encoding="utf-8")
        print(f"\nthe chart is in {CHART}")
    return [
        attrs.asdict(outcome) | {"rejected": outcome.rejected, "ratio": outcome.ratio}
        for found in outcomes.values() for outcome in found
    ]


def _measure(workload: str, competitor: str, quick: bool) -> Outcome:  # noqa: FBT001  # called in another process
    """By name, since neither can be sent to another process."""
    return measure(
        next(one for one in WORKLOADS if one.name == workload),
        next(one for one in COMPETITORS if one.name == competitor), quick=quick,
    )


def print_goals(workloads: Sequence[Workload], outcomes: dict[str, list[Outcome]]) -> None:
    """Which goals hold for ours."""
    found = [
        check for workload in workloads for outcome in outcomes[workload.name] if outcome.competitor == OURS
        for check in checks(workload, outcome)
    ]
    if not found:
        return
    print(f"\n{'goals of ' + OURS:17} {'':30} {'met':4} measured")
    for check in found:
        print(f"{check.workload:17} {check.goal:30} {'yes' if check.met else 'NO':4} {check.measured}")
    print(f"{sum(check.met for check in found)} of {len(found)} goals hold")
