"""Waiting for jobs, against a caller that keeps them in memory."""

from __future__ import annotations

import asyncio
import gc

import pytest
from job_server import SHOW_MANY, Account, collect, completed, failed, now, updated

from zdasync.errors import (
    ConnectionFailed,
    DeadlineExceeded,
    JobFailed,
    PartialFailure,
    RequestTimeout,
)
from zdasync.records.jobs import JobStatus


async def test_a_job_is_awaited_for_its_rows(account):
    job, slot = account.submit("V3-a", (3, completed(updated(1), updated(2))), rows=2)
    begun = now()
    results = await job
    assert [(result.id, result.ok, result.status) for result in results] == [(1, True, "Updated"), (2, True, "Updated")]
    assert 3 <= now() - begun < 5
    assert slot.released == 1
    assert (job.id, job.status.status, job.ended) == ("V3-a", "completed", True)


async def test_an_ended_job_is_awaited_again_without_a_request(account):
    job, slot = account.submit("a", (0.2, completed(updated(1))), rows=1)
    first = await job
    sent = len(account.requests)
    assert await job == first
    assert await collect(job) == [job.status]
    assert await account.jobs.watch("a") == first
    assert (len(account.requests), slot.released) == (sent, 1)


async def test_a_job_that_has_ended_when_it_is_submitted_costs_nothing(account):
    job, slot = account.submit("a", (0, completed(updated(1))), rows=1)
    assert slot.released == 1
    assert [result.id for result in await job] == [1]
    assert account.requests == []


async def test_every_change_of_state_is_shown_once(account):
    job, _ = account.submit(
        "a", (0.6, {"status": "working", "progress": 10}), (1.4, {"status": "working", "progress": 60}),
        (5, completed(updated(1))), rows=1,
    )
    assert [(status.status, status.progress) for status in await collect(job)] == [
        ("queued", None), ("working", 10), ("working", 60), ("completed", 1),
    ]


async def test_an_iterator_that_comes_late_starts_with_the_state_of_the_day(account):
    job, _ = account.submit("a", (1, "working"), (5, completed()))
    early = asyncio.create_task(collect(job))
    await asyncio.sleep(2)
    late = await collect(job)
    assert [status.status for status in late] == ["working", "completed"]
    assert [status.status for status in await early] == ["queued", "working", "completed"]


async def test_a_slow_reader_misses_nothing_that_a_quick_one_sees(account):
    job, _ = account.submit("a", *((at, {"status": "working", "progress": at}) for at in range(1, 9)), (9, completed()))
    quick = asyncio.create_task(collect(job))
    slow = []
    async for status in job:
        slow.append(status)
        await asyncio.sleep(4)
    assert slow == await quick
    assert len(slow) > 4


async def test_leaving_an_iteration_early_leaves_nothing(account):
    job, _ = account.submit("a", (100, completed()))
    async for _ in job:
        break
    await asyncio.sleep(50)
    assert account.requests == []


async def test_unknown_states_are_no_end(account):
    job, _ = account.submit("a", (1, "Paused"), (3, completed()))
    assert [status.status for status in await collect(job)] == ["queued", "Paused", "completed"]


async def test_a_state_after_the_end_is_a_replica_that_is_behind(account):
    job, _ = account.submit("a", (0, completed(updated(1))))
    job.learn(JobStatus(id="a", status="working"))
    assert job.status.status == "completed"


# How it ends -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["failed", "killed"])
async def test_a_failed_job_raises_and_frees_its_slot(account, state):
    job, slot = account.submit("a", (1, {"status": state, "message": "no space"}))
    with pytest.raises(JobFailed, match="no space") as caught:
        await job
    assert (caught.value.status.status, caught.value.operation, slot.released) == (state, "users.update_many", 1)
    assert await job.wait(raise_on_failure=False) == []
    assert [status.status for status in await collect(job)] == [state]


async def test_failed_rows_of_a_completed_job_raise_with_all_rows(account):
    job, _ = account.submit("a", (1, completed(failed(1), updated(1), updated(3))), rows=3)
    with pytest.raises(PartialFailure, match="1 of 3 rows failed, the first with UserUpdateFailed") as caught:
        await job
    error = caught.value
    assert [result.id for result in error.results] == [1, 7, 3]
    assert [result.details for result in error.failed] == ["Name: is too short"]
    assert error.status.status == "completed"
    assert await job.wait(raise_on_failure=False) == error.results


async def test_a_job_on_one_object_answers_with_an_object(account):
    job, _ = account.submit("a", (1, {"status": "completed", "results": {"success": True}}), rows=1)
    assert [result.success for result in await job] == [True]


async def test_a_job_without_results_has_no_rows(account):
    job, _ = account.submit("a", (1, "completed"), rows=3)
    assert await job == []


async def test_several_tasks_get_the_same_end_at_the_price_of_one(account):
    job, _ = account.submit("a", (1, completed(updated(1))), rows=1)
    results = await asyncio.gather(*(job.wait() for _ in range(20)), *(collect(job) for _ in range(20)))
    assert results[:20] == [results[0]] * 20
    assert [[status.status for status in states] for states in results[20:]] == [["queued", "completed"]] * 20
    assert account.paths() == [SHOW_MANY] * 2


async def test_a_deadline_leaves_the_job_alone(account):
    job, slot = account.submit("a", (8, completed(updated(1))), rows=1)
    begun = now()
    with pytest.raises(DeadlineExceeded, match=r"within 2\.5 s"):
        await job.wait(deadline=2.5)
    assert (now() - begun, slot.released) == (pytest.approx(2.5), 0)
    assert [result.id for result in await job.wait(deadline=60)] == [1]


async def test_a_timeout_of_a_poll_is_not_mistaken_for_the_deadline(account):
    job, _ = account.submit("a", (8, completed()))
    account.failures = [RequestTimeout("no reply within 120 s")]
    with pytest.raises(RequestTimeout):
        await job.wait(deadline=60)


# Cancellation ----------------------------------------------------------------------------------------------------


async def test_a_cancelled_waiter_touches_neither_the_others_nor_the_job(account):
    job, _ = account.submit("a", (3, completed(updated(1))), rows=1)
    tasks = [asyncio.create_task(job.wait()) for _ in range(3)]
    iterating = asyncio.create_task(collect(job))
    await asyncio.sleep(1)
    tasks[0].cancel()
    iterating.cancel()
    assert [result.id for result in await tasks[1]] == [1]
    assert await tasks[2] == await tasks[1]
    assert tasks[0].cancelled()
    assert iterating.cancelled()


async def test_when_the_last_waiter_goes_the_requests_end(account):
    job, slot = account.submit("a", (30, completed(updated(1))), rows=1)
    task = asyncio.create_task(job.wait())
    await asyncio.sleep(3)
    task.cancel()
    await asyncio.sleep(0)
    sent = len(account.requests)
    await asyncio.sleep(100)
    assert len(account.requests) == sent
    assert [result.id for result in await job] == [1]
    assert (len(account.requests), slot.released) == (sent + 1, 1)


@pytest.mark.parametrize("moment", [0.0, 0.25, 0.5, 0.6, 1.0, 1.5])
async def test_a_waiter_may_be_cancelled_at_any_await(moment):
    account = Account(latency=1.0)
    job, _ = account.submit("a", (1.0, completed(updated(1))), rows=1)
    task = asyncio.create_task(job.wait())
    await asyncio.sleep(moment)
    task.cancel()
    await asyncio.sleep(0)
    assert task.cancelled()
    assert [result.id for result in await job] == [1]
    await account.jobs.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_waiter_cancelled_as_the_error_arrives_makes_no_noise(account, caplog):
    job, _ = account.submit("a", (9, completed()))
    task = asyncio.create_task(job.wait())
    await asyncio.sleep(0)
    job.fail(ConnectionFailed("gone"))
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    del task
    gc.collect()
    assert caplog.records == []


async def test_two_changes_at_once_wake_a_waiter_once(account):
    job, _ = account.submit("a", (9, completed()))
    task = asyncio.create_task(collect(job))
    await asyncio.sleep(0)
    job.learn(JobStatus(id="a", status="working"))
    job.learn(JobStatus(id="a", status="completed"))
    assert [status.status for status in await task] == ["queued", "working", "completed"]


# The poller ------------------------------------------------------------------------------------------------------
