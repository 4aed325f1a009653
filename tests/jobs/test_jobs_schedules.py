"""Any number of jobs, waiters and failures in any order."""

from __future__ import annotations

import asyncio
import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st
from job_server import Account, collect, completed, now, updated

from zdasync.errors import (
    ServerError,
)
from zdasync.testing import run_virtual


class Scene:
    """Jobs that end at `ends`, tasks that wait for them, and a watchman over the slots."""

    def __init__(self, ends, failing, latency):
        self.account = Account(latency)
        self.account.answer = self.answer
        self.faults = iter(failing)
        self.begun = now()
        self.ends = ends
        self.jobs, self.slots = [], []
        for number, end in enumerate(ends):
            job, slot = self.account.submit(f"j{number}", (end, completed(updated(number))), rows=1)
            self.jobs.append(job)
            self.slots.append(slot)

    def answer(self, request):
        if next(self.faults, False):
            raise ServerError("down", status=500)
        return Account.answer(self.account, request)

    async def wait(self, number, start, patience, iterate):
        await asyncio.sleep(start)
        number %= len(self.jobs)
        with contextlib.suppress(ServerError, TimeoutError):
            async with asyncio.timeout(patience):
                if iterate:
                    assert (await collect(self.jobs[number]))[-1].status == "completed"
                else:
                    assert (await self.jobs[number])[0].id == number
                assert now() >= self.begun + self.ends[number]

    async def queue(self, at, begins):
        await asyncio.sleep(at)
        self.account.queue = int(begins)
        if begins:
            self.account.jobs.nudge()

    async def watch(self):
        for _ in range(120):
            for slot, end, job in zip(self.slots, self.ends, self.jobs, strict=True):
                assert slot.released == int(job.ended)
                assert not job.ended or now() >= self.begun + end
            await asyncio.sleep(1)

    async def run(self, waits, queues):
        async with asyncio.TaskGroup() as group:
            group.create_task(self.watch())
            for each in waits:
                group.create_task(self.wait(*each))
            for each in queues:
                group.create_task(self.queue(*each))
        await self.queue(0, begins=True)
        await asyncio.sleep(400)
        assert [slot.released for slot in self.slots] == [1] * len(self.slots)
        await self.account.jobs.aclose()
        assert asyncio.all_tasks() == {asyncio.current_task()}


@settings(max_examples=80, deadline=None)
@given(
    ends=st.lists(st.floats(0, 40), min_size=1, max_size=12),
    waits=st.lists(
        st.tuples(st.integers(0, 11), st.floats(0, 50), st.none() | st.floats(0, 20), st.booleans()), max_size=25
    ),
    queues=st.lists(st.tuples(st.floats(0, 60), st.booleans()), max_size=4),
    failing=st.lists(st.booleans(), max_size=20),
    latency=st.sampled_from([0.0, 0.3, 2.0]),
)
def test_no_waiter_is_lost_and_no_slot_is_freed_early_or_twice(ends, waits, queues, failing, latency):
    async def main():
        await Scene(ends, failing, latency).run(waits, queues)

    run_virtual(main())
