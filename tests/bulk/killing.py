"""Bulk runs in processes of their own that are killed at any instant, and what their ledgers say then.

The model: one process imports everything once, before it has a loop or a thread, and forks a child for each run that it
is told of; the child is killed by its file descriptor, so that no other process can be hit. The account that they write
to is served by whoever kills them, in real time. What a ledger says at the instant of a kill is told by `stage`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sqlite3
import sys
import traceback
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import attrs
from cases import Case, assert_right

from zdasync import ApiToken, Zendesk, jobs
from zdasync.bulk import plan
from zdasync.bulk.ledger import Ledger
from zdasync.bulk.report import BulkReport
from zdasync.simulator import Account
from zdasync.simulator.settings import Settings

ROWS = 12
ROWS_OF_A_CHUNK = 2
SLOTS = 3
LATENCY = (0.0, 0.03)
SETTLE = 1.3
"""More than the latency, and the second by which two clients may take one server's clock differently."""
OPENED = 0.9
"""Of the kills so many come after the ledger was opened, up to so many seconds:"""
UP_TO = (0.1, 0.5, 1.5)
DONE = "done"
LONGEST = 60.0
"""Seconds after which a run that doesn't end is a failure."""
QUICK = Settings(job_start_delay=0.05, job_seconds_per_row=(0.02, 0.25))


@attrs.frozen(kw_only=True)
class Order:
    """A run that is to be made. What becomes of it stands in files of `folder`."""

    url: str
    operation: str
    source: Any
    folder: str

    @property
    def ledger(self) -> Path:
        """The run's ledger."""
        return Path(self.folder, "ledger")

    def forget(self) -> None:
        """Nothing has become of it yet."""
        for name in ("begun", "ended"):
            Path(self.folder, name).unlink(missing_ok=True)

    def note(self, name: str, text: str = "") -> None:
        """It has "begun", or "ended"."""
        Path(self.folder, name).write_text(text, encoding="utf-8")

    def noted(self, name: str) -> str | None:
        """What was noted, if anything was."""
        try:
            return Path(self.folder, name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None


# -- in the processes that are killed ----------------------------------------------------------------------------------


def main() -> None:
    """Fork a child for each order on the standard input, and print its process id."""
    plan.MOST_ROWS = ROWS_OF_A_CHUNK  # type: ignore[misc]
    jobs.FIRST_INTERVAL = jobs.LONGEST_INTERVAL = 0.03  # type: ignore[misc]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children here
    for line in sys.stdin:
        if not (child := os.fork()):
            _run(Order(**json.loads(line)))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def _run(order: Order) -> None:
    """One run from its start to its end, if it comes to that."""
    ledger_open = Ledger._open

    def opened(ledger: Ledger, *args: Any) -> None:
        ledger_open(ledger, *args)
        order.note("begun")

    Ledger._open = opened  # type: ignore[method-assign]

    async def run() -> None:
        async with Zendesk(
            base_url=order.url, auth=ApiToken("admin@example.com", "token"), plan="enterprise_plus"
        ) as zd:
            await zd.bulk.run(order.operation, order.source, ledger=order.ledger, settle=SETTLE, slots=SLOTS)

    try:
        asyncio.run(run())
        order.note("ended", DONE)
    except BaseException:  # noqa: BLE001 - whatever it is, it is to be shown
        order.note("ended", traceback.format_exc())
    finally:
        os._exit(0)


# -- where they are killed ---------------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class Runner:
    """Starts runs, and kills them."""

    process: Process
    _turn: asyncio.Lock = attrs.field(factory=asyncio.Lock)

    async def __call__(self, order: Order, kill: tuple[bool, float] | None = None) -> bool:
        """Let a run go on to its end, or to its death; has it come to its end?

        `kill`: is it killed so many seconds after its ledger was opened, or after it was started? Raises
        `AssertionError` for a run that ends otherwise than it should.
        """
        order.forget()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        async with self._turn:
            self.process.stdin.write(json.dumps(attrs.asdict(order)).encode() + b"\n")
            child = int(await self.process.stdout.readline())
            try:
                handle = os.pidfd_open(child)
            except ProcessLookupError:  # it has ended already
                handle = None
        if handle is not None:
            await self._death(handle, order, kill)
        ended = order.noted("ended")
        assert ended or kill is not None, "it died by itself, or did not come to its end"
        assert not ended or DONE.startswith(ended), ended
        return ended == DONE

    @staticmethod
    async def _death(handle: int, order: Order, kill: tuple[bool, float] | None) -> None:
        loop, dead = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(handle, dead.set)
        opened, seconds = (False, LONGEST) if kill is None else kill
        try:
            while opened and order.noted("begun") is None and not dead.is_set():  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.005)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(dead.wait(), seconds)
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            await dead.wait()
        finally:
            loop.remove_reader(handle)
            os.close(handle)


@asynccontextmanager
async def runner() -> AsyncIterator[Runner]:
    """The process that forks runs."""
    process = await asyncio.create_subprocess_exec(sys.executable, __file__, stdin=PIPE, stdout=PIPE)
    try:
        yield Runner(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


@attrs.frozen(eq=False)
class Killed:
    """What became of one operation: in which stages it was killed, and how its rows ended."""

    stages: Counter[str]
    outcomes: Counter[str]


async def kill_often(run: Runner, case: Case, folder: Path, kills: int, seed: int) -> Killed:
    """Kill runs of an operation so many times, up to four times the same one, and look at each after it has ended."""
    chance = random.Random(f"{seed} {case}")
    killed, number = Killed(Counter(), Counter()), 0
    while (left := kills - killed.stages.total()) > 0:
        number += 1
        place = folder / f"{case} {number}"
        await asyncio.to_thread(place.mkdir)
        await _one(run, case, place, min(left, chance.randint(1, 4)), chance, killed)
    return killed


async def _one(run: Runner, case: Case, folder: Path, kills: int, chance: random.Random, killed: Killed) -> None:
    account = Account(plan="enterprise_plus", settings=QUICK, latency=LATENCY, latency_after=LATENCY, seed=kills)
    rows = case.rows(account, ROWS)
    async with account.serve() as url:
        source = case.source(rows, folder)
        source = str(source) if isinstance(source, Path) else source
        order = Order(url=url, operation=case.operation, source=source, folder=str(folder))
        requests = 0
        for _ in range(kills):
            opened = chance.random() < OPENED
            if await run(order, (opened, chance.uniform(0.0, chance.choice(UP_TO) if opened else 0.3))):
                break  # it was quicker
            where, requests = stage(order.ledger, len(rows), requests)
            killed.stages[where] += 1
        await run(order)
        killed.outcomes.update(assert_right(account, await BulkReport.load(order.ledger), rows, case))


def stage(path: Path, rows: int, earlier: int) -> tuple[str, int]:
    """What a ledger says of the run that was killed, and the number of its last request.

    `earlier` is the number of the last request of the runs before. A run is settling when it has nothing under way but
    requests of earlier runs of which it doesn't know what became of them.
    """
    if not path.exists():
        return "before the ledger", 0
    with closing(sqlite3.connect(path)) as ledger:
        try:
            requests = dict(ledger.execute("SELECT number, state FROM submissions").fetchall())
            (begun,) = ledger.execute("SELECT count(*) FROM chunks").fetchone()
            (done,) = ledger.execute("SELECT count(*) FROM rows").fetchone()
        except sqlite3.OperationalError:
            return "before the ledger", 0
    last = max(requests, default=0)
    under_way = {state for number, state in requests.items() if number > earlier}
    for state in ("submitting", "submitted"):
        if state in under_way:
            return state, last
    if "submitting" in requests.values():
        return "settling", last
    if "submitted" in requests.values():
        return "waiting for a job of an earlier run", last
    return "before the first chunk" if not begun else "all rows done" if done >= rows else "between chunks", last


if __name__ == "__main__":
    main()
