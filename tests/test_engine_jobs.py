"""Thirty jobs at once, whoever started them."""

from __future__ import annotations

import asyncio

import pytest
from support import ADMIN, gather_all, now, rig

from zdasync import DeadlineExceeded, PartialFailure, Zendesk
from zdasync.simulator import CUSTOMER_ID, Settings


def rows(name, number=100):
    return [{"email": f"{name}-{one}@example.org", "name": f"{name} {one}"} for one in range(number)]


async def finish(zd, name, number=100):
    return await (await zd.users.create_or_update_many(rows(name, number)))


async def test_sixty_jobs_through_thirty_slots() -> None:
    async with rig() as r:
        start = now()
        results = await asyncio.gather(*(finish(r.zd, f"j{number}") for number in range(60)))
        assert sum(len(one) for one in results) == 6000
        assert all(result.ok for one in results for result in one)
        assert r.account.rejections == {}
        assert r.account.worst("inflight-jobs") == 30
        assert now() - start < 20  # two rounds of three seconds, and the polls between
        assert r.zd.limits["inflight-jobs"].used == 0


async def test_jobs_that_nobody_waits_for_free_their_slots() -> None:
    async with rig() as r:
        for number in range(45):
            await r.zd.users.create_or_update_many(rows(f"j{number}"))
        assert r.account.rejections == {}
        assert len(r.account.state.jobs.jobs) == 45


@pytest.mark.parametrize("status", [429, 422, 503])
async def test_slots_that_others_took_are_waited_for(status) -> None:
    settings = Settings(job_seconds_per_row=0.2, too_many_jobs_status=status)
    async with rig(settings=settings) as r, Zendesk(base_url=r.account.url, auth=ADMIN, plan="enterprise") as other:
        for number in range(20):
            await other.users.create_or_update_many(rows(f"other{number}"))
        ended = await gather_all(finish(r.zd, f"mine{number}", 20) for number in range(40))
        assert ended == {"ok": 40}
        assert r.account.rejections.get("inflight-jobs", 0) <= 60
        assert len(r.account.state.jobs.jobs) == 60
        assert r.zd.limits["inflight-jobs"].used == 0


async def test_a_job_that_could_not_start_in_time() -> None:
    async with rig(settings=Settings(job_seconds_per_row=10)) as r:
        for number in range(30):
            await r.zd.users.create_or_update_many(rows(f"j{number}"))
        start = now()
        with pytest.raises(DeadlineExceeded) as caught:
            await r.zd.users.create_or_update_many(rows("late"), deadline=20)
        assert now() - start == pytest.approx(20)
        assert caught.value.limit == "inflight-jobs"
        assert "can't be told" in str(caught.value)
        assert len(r.account.state.jobs.jobs) == 30


async def test_other_calls_do_not_wait_for_job_slots() -> None:
    async with rig(settings=Settings(job_seconds_per_row=10)) as r:
        for number in range(30):
            await r.zd.users.create_or_update_many(rows(f"j{number}"))
        late = asyncio.ensure_future(r.zd.users.create_or_update_many(rows("late"))._run())
        await asyncio.sleep(1)
        start = now()
        await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(50))
        assert now() - start < 1
        late.cancel()
        await asyncio.gather(late, return_exceptions=True)


async def test_failed_rows_raise_and_the_rest_is_done() -> None:
    async with rig() as r:
        many = rows("j", 5)
        many[2] = {"email": "admin@example.com", "name": "x" * 300}
        with pytest.raises(PartialFailure) as caught:
            await (await r.zd.users.create_or_update_many(many))
        assert len(caught.value.failed) == 1
        assert len(caught.value.results) == 5
        assert r.account.state.by_email("j-4@example.org") is not None
