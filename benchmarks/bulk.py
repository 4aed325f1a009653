"""What a bulk run takes: time against what the account allows, CPU for each row, and memory.

Time is virtual: the run goes through sockets to the simulated account in the same process, whose jobs take 0.05 to
0.16 s a row. The bound is what the account would need at the least for the very jobs that it ran: each of its 30 slots
takes the next job the moment it is free, as if all ends were seen at once and no request took any time; or the
submits alone at the pace of the account's limit, where that takes longer. Nobody knows beforehand how long a job will
take, so the bound has them in the order in which they were sent.

CPU and memory are those of a process that does nothing else: `zd.bulk` from a CSV file of eight columns, with the
ledger on the disk, against a server in another process whose jobs are done as soon as they are asked for. All threads
count.

`python -m benchmarks.bulk time|cpu|memory --rows N` measures one of them, with as many rows as you like.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from functools import cache
from heapq import heapreplace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import attrs

from zdasync import ApiToken, Zendesk
from zdasync.bulk.progress import Bound, Progress
from zdasync.limits.table import PLANS
from zdasync.simulator import Account
from zdasync.simulator.settings import Settings
from zdasync.testing import run_virtual

from . import job_server
from .asks import JOB_SLOTS, PLAN
from .bulk_client import Cost, write_rows
from .core import Figure

SECONDS_A_ROW: Final = (0.05, 0.16)
LATENCY: Final = (0.02, 0.08)
MINUTE: Final = 60.0
TIMED: Final = 100_000
"""Rows of the run that is timed."""
COUNTED: Final = 200_000
"""Rows of the run whose CPU and memory are measured."""

# -- time -------------------------------------------------------------------------------------------------------------


@attrs.frozen
class Run:
    """A run in virtual time: how long it took, how long each job did, and what was seen meanwhile."""

    seconds: float
    jobs: Sequence[float]
    """Seconds of each from its submit to its end, in the order in which they were sent."""
    requests: int
    rejected: int
    held: Counter[Bound | None]
    """What held it back, by how many looks saw that."""


def least_of_slots(jobs: Iterable[float], slots: int = JOB_SLOTS) -> float:
    """Seconds until the last of these jobs ends if each begins in the slot that is free first."""
    free = [0.0] * slots
    for seconds in jobs:
        heapreplace(free, free[0] + seconds)
    return max(free)


def least_of_limit(requests: int, budget: int) -> float:
    """Seconds that so many requests take at the pace of an account's limit."""
    return requests / budget * MINUTE


def timed(rows: int = TIMED) -> Figure:
    """A run of `zd.bulk` against the least time that the job slots and the account's limit leave it."""
    run = run_virtual(_timed(rows))
    slots = least_of_slots(run.jobs)
    limit = least_of_limit(len(run.jobs), PLANS[PLAN])
    bound = max(slots, limit)
    seen: Counter[str] = Counter()
    for what, looks in run.held.items():
        seen[what or "nothing"] += looks
    held = ", ".join(f"{what} {looks / run.held.total():.1%}" for what, looks in seen.most_common())
    return Figure(
        name=f"bulk run of {rows:,} rows", measured=run.seconds / bound, goal=1 / 0.98, unit="x the least",
        detail=f"{run.seconds:,.1f} s against {slots:,.1f} s by job slots, {limit:,.1f} s by the account's limit "
        f"({sum(run.jobs) / JOB_SLOTS:,.1f} s with slots full to the end); {run.requests:,} requests, {run.rejected} "
        f"rejected; held back by {held}",
    )


async def _timed(rows: int) -> Run:
    account = Account(plan=PLAN, settings=Settings(job_seconds_per_row=SECONDS_A_ROW), latency=LATENCY, log_size=0)
    held: Counter[Bound | None] = Counter()

    def note(progress: Progress) -> None:
        held[progress.bound] += 1

    loop = asyncio.get_running_loop()
    with TemporaryDirectory() as directory:
        async with account.serve() as url, Zendesk(base_url=url, auth=_token(), plan=PLAN) as zd:
            begun = loop.time()
            report = await zd.bulk.users.create_or_update(
                _users(rows), ledger=Path(directory, "ledger"), on_progress=note
            )
            seconds = loop.time() - begun
    if report.counts["created"] != rows:
        raise RuntimeError(f"of {rows} rows {report.counts['created']} were created")
    jobs = sorted(account.state.jobs.jobs.values(), key=lambda job: job.created_at)
    return Run(
        seconds=seconds, jobs=[(job.finished_at or 0.0) - job.created_at for job in jobs], requests=account.requests,
        rejected=sum(account.rejections.values()), held=held,
    )


async def _users(rows: int) -> AsyncIterator[dict[str, str]]:
    for number in range(rows):
        yield {"external_id": f"CRM-{number:07d}", "name": f"User {number}", "email": f"customer{number}@example.com"}


def _token() -> ApiToken:
    return ApiToken("admin@example.com", "token")


# -- CPU and memory ---------------------------------------------------------------------------------------------------


def cpu(rows: int = COUNTED) -> Figure:
    """CPU time of a run for each row."""
    cost = cost_of(rows)
    return Figure(
        name=f"bulk run of {rows:,} rows, CPU", measured=cost.cpu / rows * 1e6, goal=60.0, unit="us a row",
        detail=f"all threads, ledger included; {rows / cost.seconds:,.0f} rows/s",
    )


def memory(rows: int = COUNTED) -> Figure:
    """The most memory that a run needs, and whether it grows."""
    cost = cost_of(rows)
    return Figure(
        name=f"bulk run of {rows:,} rows, memory", measured=cost.peak / 1e6, goal=150.0, unit="MB",
        detail=f"resident at the most; {cost.early / 1e6:.1f} MB in the second quarter of the run, "
        f"{cost.late / 1e6:.1f} MB in the last",
    )


@cache
def cost_of(rows: int) -> Cost:
    """What a run costs in a process of its own."""
    with TemporaryDirectory() as directory, job_server.running() as url:
        source = Path(directory, "users.csv")
        write_rows(source, rows)
        command = [sys.executable, "-m", "benchmarks.bulk_client", url, str(source), str(rows)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return Cost(**json.loads(done.stdout))


# -- command line -----------------------------------------------------------------------------------------------------

FIGURES: Final = {"time": timed, "cpu": cpu, "memory": memory}


def main() -> None:
    """Measure one figure with any number of rows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk", description=__doc__)
    parser.add_argument("figure", choices=FIGURES)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    figure = FIGURES[given.figure](given.rows)
    print(f"{figure.name}: {figure.measured:.3f} {figure.unit} (at most {figure.goal:.2f})\n{figure.detail}")


if __name__ == "__main__":
    main()
