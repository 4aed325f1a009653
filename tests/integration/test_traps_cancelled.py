"""Cancelled at any turn of the event loop, a flow of several requests leaves nothing behind.

No task, no slot, no waiter, no temporary file, no half of a file; and the client goes on as if nothing had been.
"""

from __future__ import annotations

import asyncio
import gc
import random
import tempfile
from collections.abc import Awaitable

import pytest
from support import rig

from zdasync.resources import _sources

from .flows import FEW, FILE, FLOWS, World

TIMES = 50
"""How often each flow is cancelled."""


async def turns_of(work: Awaitable[None], cancelled_at: int | None = None) -> tuple[int, bool]:
    """Runs the work in a task; gives how many turns of the loop that took, and whether it was cancelled before."""
    loop = asyncio.get_running_loop()
    turn, task, turns = loop._run_once, asyncio.ensure_future(work), 0

    def counted() -> None:
        nonlocal turns
        turns += 1
        if turns == cancelled_at:
            task.cancel()
        turn()

    loop._run_once = counted
    try:
        await asyncio.wait([task])
    finally:
        del loop._run_once
    if not task.cancelled():
        task.result()
    return turns, task.cancelled()


def ours() -> set[asyncio.Task]:
    """The tasks that are not the server's."""
    return {task for task in asyncio.all_tasks() if "RequestHandler" not in repr(task)}


@pytest.fixture
def made(monkeypatch):
    """The temporary files that were made."""
    files, make = [], tempfile.TemporaryFile
    monkeypatch.setattr(_sources.tempfile, "TemporaryFile", lambda: files.append(make()) or files[-1])
    return files


@pytest.fixture
def quick_collections():
    """What there is already is left out of garbage collections: all that the other tests' files brought along."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("quick_collections")
@pytest.mark.parametrize("flow", FLOWS)
async def test_nothing_is_left(flow, made, tmp_path) -> None:
    chance, run = random.Random(flow), FLOWS[flow]
    trip = {"latency": (0.0, 0.2), "latency_after": (0.0, 0.2)}
    async with rig(tickets=FEW, plan="high_volume", client={"connections": 3}, **trip) as r:
        world, tasks = World(r, tmp_path), ours()
        turns, _ = await turns_of(run(world))
        cancelled, span = 0, turns / TIMES
        for part in range(TIMES):
            cancelled += (await turns_of(run(world), 1 + int(span * (part + chance.random()))))[1]
            await asyncio.sleep(0.01)
            gc.collect()  # a listing that was left in its loop is closed when Python finds that nobody has it any more
            await asyncio.sleep(0.01)
            polls = pollers(tasks)
            assert ours() <= tasks | polls
            assert [one.limit for one in r.zd.limits if one.waiting] == []
            assert r.zd.limits["connections"].used <= len(polls) <= 2
            assert all(file.closed for file in made)
            assert world.files() == []
            await asyncio.sleep(10)  # what was on its way arrives, and is none of the next one's
            r.account.state.jobs.advance(r.account.now())
        assert cancelled > TIMES / 2
        await run(world)  # a job that nobody waits for is asked about with one that somebody does
        await asyncio.sleep(700)
        assert ours() == tasks
        assert {one.limit: one.used for one in r.zd.limits if one.used} == {}
        assert {one.content for one in r.account.state.attachments.by_id.values()} <= {FILE}
        assert r.account.rejections == {}


def pollers(before: set[asyncio.Task]) -> set[asyncio.Task]:
    """The client's tasks that look after the jobs that were started: they end with them."""
    return {task for task in ours() - before if "JobTracker" in repr(task.get_coro())}
