"""Jobs, as a type checker sees them."""

from __future__ import annotations

from typing import assert_type

from zdasync import Call, Job, JobFailed, JobResult, JobStatus, PartialFailure, Zendesk


async def from_submit_to_rows(zd: Zendesk) -> None:
    _ = assert_type(zd.users.create_many([{"name": "N"}]), Call[Job])
    job = await zd.users.create_or_update_many([{"email": "a@example.org"}])
    _ = assert_type(job, Job)
    async for status in job:
        assert_type(status, JobStatus)
        assert_type((status.progress, status.total), tuple[int | None, int | None])
    rows = await job
    assert_type(rows, list[JobResult])
    assert_type(rows[0].ok, bool)
    assert_type(rows[0].id, int | str | None)
    assert_type(await job.wait(raise_on_failure=False, deadline=60.0), list[JobResult])


async def failures(job: Job) -> None:
    try:
        await job
    except PartialFailure as failure:
        assert_type(failure.failed, list[JobResult])
        assert_type(failure.status, JobStatus)
    except JobFailed as failure:
        assert_type(failure.status, JobStatus)


async def by_id(zd: Zendesk) -> None:
    job = zd.job_statuses.wait("V3-1")
    _ = assert_type(job, Job)
    zd.job_statuses.wait(7)  # type: ignore[arg-type, unused-awaitable]
    _ = await zd.users.destroy_many(ids=[1, 2])
    _ = await zd.users.destroy_many([1, 2])  # type: ignore[call-arg]
