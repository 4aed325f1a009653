"""Jobs from submit to result, and job statuses by id."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from itertools import pairwise

import pytest

from zdasync import DeadlineExceeded, JobFailed, JobLost, NotFound, PartialFailure, PermissionDenied
from zdasync.simulator import ADMIN_ID, CUSTOMER_ID, UNVERIFIED_ID


def rows(count, name="User"):
    return [{"name": f"{name} {number}", "external_id": f"{name}-{number}"} for number in range(count)]


def polls(stage) -> int:
    return stage.sent.count("GET /api/v2/job_statuses/show_many")


# --- waiting


async def test_every_state_comes_once_until_the_end(start) -> None:
    stage = await start()
    job = await stage.zd.users.create_many(rows(100))
    states = [status async for status in job]
    assert [status.status for status in states][:1] == ["queued"]
    assert states[-1].status == "completed"
    assert {status.status for status in states} == {"queued", "working", "completed"}
    progress = [status.progress for status in states[1:]]
    assert progress == sorted(set(progress))
    assert {status.total for status in states} == {100}
    assert states[0].results is None
    assert all(status.results is None for status in states[:-1])
    assert job.ended
    assert len(await job) == 100


async def test_polls_are_few_and_the_last_one_comes_with_the_end(start) -> None:
    stage = await start(settings={"job_seconds_per_row": 1.0})
    begun = stage.account.now()
    await (await stage.zd.users.create_many(rows(100)))
    times = [one.time for one in stage.account.log if one.path.endswith("show_many")]
    assert len(times) < 20
    assert max(after - before for before, after in pairwise(times)) <= 10.1
    assert times[-1] - begun == pytest.approx(100.5, abs=1.1)


async def test_several_may_wait_and_iterate_at_once(start) -> None:
    stage = await start()
    job = await stage.zd.users.create_many(rows(80))

    async def states():
        return [status.progress async for status in job]

    first, second, one, other = await asyncio.gather(states(), states(), job.wait(), job.wait())
    assert first == second
    assert one == other
    alone = polls(stage)
    assert alone < 10
    # Who comes after the end asks nobody.
    assert await job == one
    assert [status.status async for status in job] == ["completed"]
    assert polls(stage) == alone


async def test_jobs_are_asked_for_together(start) -> None:
    stage = await start()
    jobs = [await stage.zd.users.create_many(rows(10, f"J{number}")) for number in range(20)]
    results = await asyncio.gather(*jobs)
    assert [len(result) for result in results] == [10] * 20
    assert polls(stage) <= 5


async def test_one_waiter_is_cancelled_and_the_others_get_their_rows(start) -> None:
    stage = await start()
    job = await stage.zd.users.create_many(rows(50))
    impatient = asyncio.ensure_future(job.wait())
    patient = asyncio.ensure_future(job.wait())
    await asyncio.sleep(0.1)
    impatient.cancel()
    assert len(await patient) == 50
    assert impatient.cancelled()


async def test_leaving_the_states_early_leaves_the_job_alone(start) -> None:
    stage = await start()
    job = await stage.zd.users.create_many(rows(50))
    async for status in job:
        if status.status == "working":
            break
    assert not job.ended
    assert len(await job) == 50


async def test_a_deadline_for_waiting(start) -> None:
    stage = await start(settings={"job_seconds_per_row": 10.0})
    job = await stage.zd.users.create_many(rows(10))
    with pytest.raises(DeadlineExceeded):
        await job.wait(deadline=20.0)
    assert len(await job) == 10


# --- results


@pytest.mark.parametrize(
    "start_job",
    [
        lambda users, ids: users.update_many([{"id": one, "notes": "n"} for one in ids]),
        lambda users, ids: users.update_many(ids=ids, notes="n"),
        lambda users, ids: users.destroy_many(ids=[str(one) for one in ids]),
    ],
)
async def test_rows_that_come_shuffled_are_told_by_their_ids(start, start_job) -> None:
    stage = await start(settings={"rows_in_order": False, "delete_with_open_tickets": "allow"}, users=60)
    ids = [user.id for user in stage.account.state.active_users() if user.role == "end-user"][40:0:-1]
    results = await (await start_job(stage.zd.users, ids))
    assert [result.id for result in results] == ids


async def test_rows_that_come_shuffled_are_told_by_their_external_ids(start) -> None:
    stage = await start(settings={"rows_in_order": False})
    sent = [*rows(40), {"email": "customer@example.com", "notes": "known by its address only"}]
    results = await (await stage.zd.users.create_or_update_many(sent))
    assert [result.external_id for result in results] == [row.get("external_id") for row in sent]
    assert results[-1].id == CUSTOMER_ID


async def test_failed_rows_stand_at_their_places_when_rows_come_shuffled(start) -> None:
    stage = await start(settings={"rows_in_order": False})
    broken = {"name": "Twin", "email": "customer@example.com"}
    job = await stage.zd.users.create_many([broken if number in (3, 7) else row for number, row in enumerate(rows(10))])
    with pytest.raises(PartialFailure) as caught:
        await job
    assert [number for number, row in enumerate(caught.value.results) if not row.ok] == [3, 7]
    assert [row.index for row in caught.value.failed] == [3, 7]


async def test_a_partial_failure_can_be_sent_again_by_its_rows(start) -> None:
    stage = await start()
    sent = [{"id": CUSTOMER_ID, "notes": "n"}, {"id": 12, "notes": "n"}, {"id": UNVERIFIED_ID, "locale": "klingon"}]
    with pytest.raises(PartialFailure) as caught:
        await (await stage.zd.users.update_many(sent))
    failure = caught.value
    assert [(row.index, row.id) for row in failure.failed] == [(1, 12), (2, UNVERIFIED_ID)]
    assert failure.failed[1].raw["details"]
    again = [{**sent[row.index], "locale": "de"} for row in failure.failed if row.id == UNVERIFIED_ID]
    (result,) = await (await stage.zd.users.update_many(again))
    assert result.ok
    assert json.dumps([row.raw for row in failure.results])


@pytest.mark.parametrize("state", ["failed", "killed"])
async def test_a_job_that_failed_or_was_killed(script, state) -> None:
    queued = {"id": "V3-1", "status": "queued", "total": 1, "progress": None, "message": None, "results": None}
    ended = queued | {"status": state, "message": "It went wrong", "progress": 0}
    stage = await script({"job_status": queued}, {"job_statuses": [ended]})
    job = await stage.zd.users.create_many([{"name": "N"}])
    with pytest.raises(JobFailed, match="It went wrong") as caught:
        await job
    assert (caught.value.status.status, caught.value.operation) == (state, "users.create_many")
    assert await job.wait(raise_on_failure=False) == []


async def test_a_status_that_nobody_knows_yet_is_not_the_end(script) -> None:
    status = {"id": "V3-1", "status": "paused", "total": 1, "progress": 0, "message": None, "results": None}
    done = status | {"status": "completed", "progress": 1, "results": [{"id": 7, "status": "Levitated"}]}
    stage = await script(
        {"job_status": status | {"status": "queued"}}, {"job_statuses": [status]}, {"job_statuses": [done]}
    )
    job = await stage.zd.users.create_many([{"name": "N"}])
    states = [state.status async for state in job]
    assert states == ["queued", "paused", "completed"]
    (row,) = await job
    assert (row.status, row.ok) == ("Levitated", True)


async def test_a_single_object_for_results(script) -> None:
    done = {"id": "V3-1", "status": "completed", "total": None, "progress": None, "results": {"success": True}}
    stage = await script({"job_statuses": [done]})
    (row,) = await stage.zd.job_statuses.wait("V3-1")
    assert row.ok


# --- vanishing


async def test_a_job_that_its_own_page_forgets_is_found_elsewhere(start) -> None:
    stage = await start(settings={"job_show_forgets_after": 1})
    job = await stage.zd.users.create_many(rows(10))
    await stage.zd.users.create_many(rows(5, "Later"))
    with pytest.raises(NotFound):
        await stage.zd.job_statuses.show(job.id)
    assert len(await job) == 10
    assert [status.id for status in await stage.zd.job_statuses.show_many([job.id])] == [job.id]
    assert job.id in [status.id async for status in stage.zd.job_statuses.list()]


async def test_a_job_is_gone_after_a_day_and_its_waiter_is_told(start) -> None:
    stage = await start()
    job = await stage.zd.users.create_many(rows(10))
    await job
    await asyncio.sleep(86_400)
    with pytest.raises(JobLost) as caught:
        await stage.zd.job_statuses.wait("V3-nobody-knows-it")
    assert caught.value.job_id == "V3-nobody-knows-it"
    with pytest.raises(NotFound):
        await stage.zd.job_statuses.show(job.id)


async def test_results_that_are_in_stay_when_the_server_has_forgotten_the_job(start) -> None:
    stage = await start()
    job = await stage.zd.users.create_many(rows(10))
    results = await job
    await asyncio.sleep(2 * 86_400)
    assert await job == results


# --- more than thirty


async def test_more_than_thirty_jobs_wait_for_their_slots(start) -> None:
    stage = await start()
    jobs = await asyncio.gather(*(stage.zd.users.create_many(rows(20, f"J{number}")) for number in range(75)))
    results = await asyncio.gather(*jobs)
    assert sum(map(len, results)) == 1500
    assert stage.account.rejections == {}
    assert stage.account.worst("inflight-jobs") == 30
    assert stage.zd.limits["inflight-jobs"].used == 0


async def test_jobs_that_nobody_waits_for_free_their_slots_as_well(start) -> None:
    stage = await start()
    for number in range(65):
        await stage.zd.users.create_many(rows(5, f"J{number}"))
    assert stage.account.rejections == {}
    assert len(stage.account.state.users) >= 30 * 5


async def test_slots_that_somebody_else_holds(start) -> None:
    stage = await start(settings={"job_cap": 5})
    other = await stage.bearer("read", "write")
    theirs = [await other.users.create_many(rows(40, f"T{number}")) for number in range(5)]
    ours = await stage.zd.users.create_many(rows(10))
    assert len(await ours) == 10
    assert [len(result) for result in await asyncio.gather(*theirs)] == [40] * 5


# --- job_statuses


async def test_list_is_of_the_latest_first(start) -> None:
    stage = await start()
    ids = []
    for number in range(5):
        job = await stage.zd.users.create_many(rows(3, f"J{number}"))
        await job
        ids.append(job.id)
    stage.forget()
    statuses = [status async for status in stage.zd.job_statuses.list(page_size=2)]
    assert [status.id for status in statuses] == ids[::-1]
    assert stage.sent == ["GET /api/v2/job_statuses"] * 3
    assert {status.job_type for status in statuses} == {"Bulk Create User"}
    assert all(len(status.rows) == 3 for status in statuses)
    assert stage.drifts == []


async def test_show_and_show_many(start) -> None:
    stage = await start()
    first, second = [await stage.zd.users.create_many(rows(3, f"J{number}")) for number in range(2)]
    await asyncio.gather(first, second)
    shown = await stage.zd.job_statuses.show(first.id)
    assert (shown.id, shown.status, shown.total, shown.progress, shown.ended) == (first.id, "completed", 3, 3, True)
    assert shown.message.startswith("Completed at ")
    found = {status.id for status in await stage.zd.job_statuses.show_many([first.id, second.id, "V3-none"])}
    assert found == {first.id, second.id}
    with pytest.raises(NotFound):
        await stage.zd.job_statuses.show("V3-none")


async def test_wait_for_a_job_of_another_process(start) -> None:
    stage = await start()
    job = await stage.zd.users.create_many(rows(30))
    other = await stage.bearer("read")
    watched = other.job_statuses.wait(job.id)
    states = [status.status async for status in watched]
    assert states[-1] == "completed"
    assert len(await watched) == 30
    assert other.job_statuses.wait(job.id) is watched


async def test_job_statuses_are_for_agents(start) -> None:
    stage = await start()
    customer = await stage.bearer("read", user_id=CUSTOMER_ID)
    with pytest.raises(PermissionDenied):
        await customer.job_statuses.list()
    with pytest.raises(PermissionDenied):
        await customer.job_statuses.wait("V3-1")


async def test_closing_the_client_tells_those_who_wait(start) -> None:
    stage = await start()
    other = await stage.bearer("read", "write", user_id=ADMIN_ID)
    waiter = asyncio.ensure_future((await other.users.create_many(rows(100))).wait())
    await asyncio.sleep(0.1)
    await other.aclose()
    with pytest.raises(Exception, match="closed before"):
        await waiter


async def test_a_client_that_closes_leaves_no_poller(start) -> None:
    stage = await start()
    other = await stage.bearer("read", "write")
    before = asyncio.all_tasks()
    await other.users.create_many(rows(100))
    async with aclosing(other):
        pass
    await asyncio.sleep(0)
    names = {task.get_coro().__qualname__ for task in asyncio.all_tasks() - before}
    assert not [name for name in names if "JobTracker" in name]
