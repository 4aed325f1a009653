"""Job slots kept full: how much of what thirty slots can do is done, and what that costs of the account's limit."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import attrs
import pytest
from support import Rig, rig

from zdasync import Priority
from zdasync.simulator import CUSTOMER_ID, JobFault, Settings

SLOTS = 30
ROWS = 10
DURATION = (5.5, 16.5)
"""Seconds that a job lasts, with its start: few long rows in place of the hundred short ones of a real job."""


@attrs.frozen
class Done:
    """What a run of many jobs came to."""

    rig: Rig
    took: float
    full: float
    """The account's own average of running jobs between the first tenth and the last submit, by their number."""

    @property
    def polls(self) -> int:
        return sum("job_statuses" in one.path for one in self.rig.account.log)

    @property
    def per_minute(self) -> float:
        return len(self.rig.account.log) / self.took * 60


async def push(r: Rig, jobs: int) -> Done:
    bulk, begun = r.zd.with_options(priority=Priority.BULK), r.account.now()

    async def one(number: int) -> None:
        rows = [{"email": f"j{number}-{row}@example.org", "name": "N"} for row in range(ROWS)]
        assert len(await (await bulk.users.create_or_update_many(rows))) == ROWS

    await asyncio.gather(*(one(number) for number in range(jobs)))
    took = r.account.now() - begun
    ran = list(r.account.state.jobs.jobs.values())
    since, until = begun + 0.1 * took, min(begun + 0.9 * took, max(job.created_at for job in ran))
    busy = sum(max(0.0, min(job.finished_at, until) - max(job.created_at, since)) for job in ran)
    return Done(r, took, busy / (until - since) / SLOTS)


@asynccontextmanager
async def account(**options):
    settings = Settings(job_start_delay=0.5, job_seconds_per_row=(0.5, 1.6), **options.pop("settings", {}))
    async with rig(settings=settings, latency=(0.02, 0.08), log_size=None, **options) as r:
        yield r


def bound(done: Done) -> float:
    """Seconds that the jobs take if no slot is ever idle, but for those of the last job, with which most are."""
    return sum(job.finished_at - job.created_at for job in done.rig.account.state.jobs.jobs.values()) / SLOTS


async def test_thirty_slots_are_full_where_the_limit_allows() -> None:
    async with account() as r:
        done = await push(r, 330)
        assert done.full >= 0.98
        assert done.took <= 1.02 * bound(done) + DURATION[1]
        assert r.account.rejections == {}
        assert r.account.worst("inflight-jobs") == SLOTS
        assert done.per_minute < 350
        assert done.polls < 350


async def test_slots_are_nearly_full_where_jobs_tell_no_progress() -> None:
    async with account(settings={"job_progress": "jumps"}) as r:
        done = await push(r, 200)
        assert done.full >= 0.97
        assert r.account.rejections == {}


async def test_a_low_limit_is_spent_on_submits_rather_than_polls() -> None:
    async with account(plan="team") as r:
        done = await push(r, 300)
        assert done.full >= 0.925  # with as many polls as the 200 leave beside the submits, each 1.3 s after the last
        assert done.polls < 0.4 * 300
        assert r.account.rejections == {}


async def test_bulk_submits_and_polls_go_on_beside_other_calls() -> None:
    async with account(plan="team") as r:

        async def reads() -> None:
            async with asyncio.TaskGroup() as group:
                while True:
                    group.create_task(r.zd.users.show(CUSTOMER_ID)._run())
                    await asyncio.sleep(1.0)

        others = asyncio.ensure_future(reads())
        done = await push(r, 150)
        others.cancel()
        await asyncio.wait({others})
        assert done.full >= 0.8
        assert r.account.rejections == {}


async def test_slots_that_others_take_for_a_while_are_used_again() -> None:
    async with account() as r:
        r.account.occupy_jobs(20, 30.0)
        done = await push(r, 100)
        assert r.account.worst("inflight-jobs") == SLOTS
        assert r.account.rejections["inflight-jobs"] < 100
        assert done.took < 1.3 * (bound(done) + DURATION[1])


@pytest.mark.parametrize("kind", ["failed", "vanishes"])
async def test_slots_of_jobs_that_go_wrong_are_used_again(kind) -> None:
    async with account(job_faults=[JobFault(kind=kind, chance=0.15, after=2)]) as r:
        rows = [{"email": f"{row}@example.org", "name": "N"} for row in range(ROWS)]

        async def one():
            return await (await r.zd.users.create_or_update_many(rows))

        begun = r.account.now()
        ended = await asyncio.gather(*(one() for _ in range(60)), return_exceptions=True)
        wrong = sum(isinstance(one, Exception) for one in ended)
        assert 2 <= wrong <= 20
        assert {type(one).__name__ for one in ended} == {"list", {"failed": "JobFailed", "vanishes": "JobLost"}[kind]}
        assert r.account.now() - begun < 60 / SLOTS * DURATION[1] + 40
        assert r.zd.limits["inflight-jobs"].used == 0
