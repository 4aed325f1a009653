"""What coalescing is for, in numbers: requests, jobs and seconds."""

from __future__ import annotations

import asyncio

from coalescing import sent
from support import now, rig

COUNT = 10_000


async def test_ten_thousand_shows_cost_a_hundred_requests() -> None:
    async with rig(users=COUNT) as r:
        ids = sorted(r.account.state.users)[:COUNT]
        async with r.zd.coalesce() as many:
            users = await asyncio.gather(*(many.users.show(one) for one in ids))
        assert [user.id for user in users] == ids
        assert len(r.account.log) == 100


async def test_ten_thousand_upserts_cost_a_hundred_jobs_and_come_fifty_times_sooner_than_one_by_one() -> None:
    async with rig() as r:
        began = now()
        emails = [f"u{one}@example.org" for one in range(COUNT)]
        async with r.zd.coalesce() as many:
            users = await asyncio.gather(*(many.users.create_or_update(email=one, name=one) for one in emails))
        assert [user.email for user in users] == emails
        assert now() - began < COUNT / 50  # one a second is the limit on single upserts
        assert (len(r.account.state.jobs.jobs), sent(r, "/users/show_many")) == (100, 100)
        assert len(r.account.log) - sent(r, "job_statuses/show_many") == 200
        assert r.account.rejections == {}
