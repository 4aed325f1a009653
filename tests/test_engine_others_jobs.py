"""Job slots that other programs hold: how many submits are refused for that, and how soon a free slot is used."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from support import ADMIN, now, rig, under_way

from zdasync import Zendesk
from zdasync.events import Throttled
from zdasync.simulator import Settings
from zdasync.simulator import jobs as simulated
from zdasync.simulator.http import Refusal

SLOTS = 30
ROWS = 10
LASTS = 11.0
"""Seconds that a job lasts on average, with its start."""


@asynccontextmanager
async def account(**settings):
    served = Settings(job_start_delay=0.5, job_seconds_per_row=(0.5, 1.6), **settings)
    async with rig(settings=served, latency=(0.02, 0.08), log_size=None) as r:
        yield r


async def push(zd, jobs, name="job"):
    """So many jobs, submitted as fast as may be; gives the seconds until the last one has ended."""
    begun = now()

    async def one(number):
        rows = [{"email": f"{name}{number}-{row}@example.org", "name": "N"} for row in range(ROWS)]
        assert len(await (await zd.users.create_or_update_many(rows))) == ROWS

    await asyncio.gather(*(one(number) for number in range(jobs)))
    return now() - begun


def refused(r):
    return r.account.rejections.get("inflight-jobs", 0)


def running(r):
    """Jobs that hold a slot at this moment, whoever started them."""
    r.account.state.advance(r.account.now())
    return len(r.account.state.jobs.running)


def started(r):
    """When jobs were started through the API, in order."""
    return sorted(job.created_at for job in r.account.state.jobs.jobs.values() if job.total)


async def test_a_client_alone_is_never_refused_and_fills_all_slots_at_once() -> None:
    async with account() as r:
        pushing = under_way(push(r.zd, 60))
        await asyncio.sleep(0.7)
        assert running(r) == SLOTS
        await pushing
        assert refused(r) == 0


async def test_slots_of_others_are_used_within_two_seconds_of_their_end() -> None:
    async with account() as r:
        r.account.occupy_jobs(SLOTS, 120.0)
        pushing = under_way(push(r.zd, 60))
        await asyncio.sleep(119.0)
        assert len(r.account.state.jobs.jobs) == SLOTS
        assert refused(r) <= 3
        await asyncio.sleep(1.0 + 3.0)
        assert running(r) == SLOTS
        assert await pushing < 120.0 + 60 * LASTS / SLOTS + 16.0
        assert refused(r) <= 4
        assert {event.limit for event in r.told(Throttled)} == {"inflight-jobs"}


async def test_slots_beside_those_of_others_are_used_without_a_refusal_each_time() -> None:
    async with account() as r:
        r.account.occupy_jobs(20, 10_000.0)
        assert await push(r.zd, 60) < 60 * LASTS / 10 + 16.0
        assert refused(r) <= 3


async def test_slots_that_others_take_and_leave_meanwhile() -> None:
    async with account() as r:
        pushing = under_way(push(r.zd, 100))

        async def others():
            for _ in range(100):
                r.account.occupy_jobs(1, 40.0)
                await asyncio.sleep(0.1)

        await asyncio.sleep(7)
        await others()
        assert running(r) >= SLOTS - 2
        await pushing
        assert refused(r) <= 20


@pytest.mark.parametrize(("later", "most"), [(0.0, 70), (10.0, 30)])
async def test_two_clients_share_the_slots(later, most) -> None:
    async with account() as r, Zendesk(base_url=r.account.url, auth=ADMIN, plan="enterprise") as other:
        one = under_way(push(r.zd, 100, "one"))
        await asyncio.sleep(later)
        two = under_way(push(other, 100, "two"))
        await asyncio.sleep(25)
        assert min(zd.limits["inflight-jobs"].used for zd in (r.zd, other)) >= 2
        took = later + max(await one, await two)
        assert took < 200 * LASTS / SLOTS + 25.0
        assert refused(r) <= most


@pytest.mark.parametrize("status", [400, 403, 503])
async def test_refusals_under_other_statuses(status) -> None:
    async with account(too_many_jobs_status=status) as r:
        r.account.occupy_jobs(SLOTS, 60.0)
        assert await push(r.zd, 30) < 60.0 + 2 * LASTS + 5.0
        assert refused(r) <= 4


def name_no_jobs(monkeypatch, **names):
    """Let refusals say this in place of the jobs that hold the slots."""

    def unnamed(status, *_):
        return Refusal(status, {"error": "TooManyJobs", "description": "Too many jobs", **names})

    monkeypatch.setattr(simulated, "too_many_jobs", unnamed)


@pytest.mark.parametrize("headers", [True, False])
@pytest.mark.parametrize("ids", ["missing", [], None, ["", "a/b"]])
async def test_refusals_that_name_no_jobs(monkeypatch, ids, headers) -> None:
    name_no_jobs(monkeypatch, **({} if ids == "missing" else {"current_job_ids": ids}))
    if not headers:
        monkeypatch.setattr(simulated, "inflight_header", lambda *_: {})
    async with account() as r:
        r.account.occupy_jobs(SLOTS, 120.0)
        pushing = under_way(push(r.zd, 40))
        await asyncio.sleep(60)
        assert 4 <= refused(r) <= 8  # after 2, 4, 8, 15, 15 seconds
        await asyncio.sleep(60)
        assert refused(r) <= 13
        begun = r.account.now()
        await pushing
        assert started(r)[SLOTS - 1] - begun < 18.0 + 2.0
        assert refused(r) <= 16


async def test_without_the_header_the_jobs_that_are_named_tell_what_is_free(monkeypatch) -> None:
    monkeypatch.setattr(simulated, "inflight_header", lambda *_: {})
    async with account() as r:
        r.account.occupy_jobs(20, 60.0)
        assert await push(r.zd, 100) < 60.0 + (100 * LASTS - 10 * 60) / SLOTS + 18.0
        assert refused(r) <= 25


async def test_others_that_hold_all_slots_for_long_are_outwaited(monkeypatch) -> None:
    name_no_jobs(monkeypatch)
    async with account() as r:
        r.account.occupy_jobs(SLOTS, 600.0)
        assert await push(r.zd, 1) < 600.0 + 18.0 + 20.0
        assert 30 <= refused(r) <= 45


async def test_the_wait_after_a_refusal_is_the_client_s_own() -> None:
    async with account() as r:
        r.account.occupy_jobs(SLOTS, 1800.0)
        submit = under_way(push(r.zd, 1))
        await asyncio.sleep(1)
        [told] = r.told(Throttled)
        assert 2.0 <= told.wait < 3.0
        submit.cancel()
        await asyncio.wait({submit})
