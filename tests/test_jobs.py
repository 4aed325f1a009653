"""Jobs and their poller, against a caller that keeps jobs in memory."""

from __future__ import annotations

import asyncio
import contextlib
import gc

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zdasync._core.message import Priority, Response
from zdasync.errors import (
    AuthenticationError,
    BadArgument,
    ConnectionFailed,
    DeadlineExceeded,
    JobFailed,
    JobLost,
    NotFound,
    PartialFailure,
    RequestTimeout,
    ServerError,
    UnexpectedReply,
    ZendeskError,
)
from zdasync.jobs import FIRST_INTERVAL, LONGEST_INTERVAL, JobTracker, in_input_order
from zdasync.records.jobs import JobResult, JobStatus
from zdasync.testing import run_virtual

SHOW_MANY = "/api/v2/job_statuses/show_many"
LIST = "/api/v2/job_statuses"


def now():
    return asyncio.get_running_loop().time()


class Slot:
    def __init__(self):
        self.released = 0

    def release(self):
        self.released += 1


class Account:
    """A caller on whose server jobs run by the clock, and the tracker of its jobs.

    `plans` maps an id to (seconds from now, fields of the status) in order of time; `hidden` ids are left out of
    `show_many`, `unresolved` ones out of `show`, too, `unlisted` ones out of the list. `failures` are raised first,
    one a request. Each request takes `latency` seconds.
    """

    base_url = "https://acme.zendesk.com"

    def __init__(self, latency=0.0):
        self.jobs = JobTracker(self)
        self.plans = {}
        self.hidden = set()
        self.unresolved = set()
        self.unlisted = set()
        self.failures = []
        self.requests = []
        self.times = []
        self.events = []
        self.latency = latency
        self.queue = 0

    def jobs_wanted(self):
        return self.queue > 0

    def emit(self, event):
        self.events.append(event)

    def start(self, job_id, *states):
        """A job that goes through `states`: pairs of seconds from now and fields, or a status alone."""
        plan = [(now() + at, {"status": fields} if isinstance(fields, str) else fields) for at, fields in states]
        self.plans[job_id] = [(now(), {"status": "queued"}), *plan]
        return self.status(job_id)

    def submit(self, job_id, *states, rows=None):
        """The job as `register` makes it, and its slot."""
        slot = Slot()
        status = msgspec.convert(self.start(job_id, *states), JobStatus)
        return self.jobs.register(status, slot, operation="users.update_many", rows=rows), slot

    def status(self, job_id):
        fields = [fields for at, fields in self.plans[job_id] if at <= now()][-1]
        return {"id": job_id, "url": "u", "total": None, "progress": None, "message": None, "results": None, **fields}

    async def send(self, request):
        self.requests.append(request)
        self.times.append(now())
        if self.latency:
            await asyncio.sleep(self.latency)
        if self.failures:
            raise self.failures.pop(0)
        return Response(200, {}, msgspec.json.encode(self.answer(request)), now(), now())

    def answer(self, request):
        if request.path == SHOW_MANY:
            ids = dict(request.query)["ids"].split(",")
            return {"job_statuses": [self.status(i) for i in reversed(ids) if i in self.plans and i not in self.hidden]}
        if request.path == LIST:
            return {"job_statuses": [self.status(job) for job in self.plans if job not in self.unlisted]}
        job_id = request.path.rpartition("/")[2]
        if job_id not in self.plans or job_id in self.unresolved:
            raise NotFound("Not found", status=404, code="RecordNotFound")
        return {"job_status": self.status(job_id)}

    def paths(self):
        return [request.path for request in self.requests]


@pytest.fixture
async def account():
    made = Account()
    yield made
    await made.jobs.aclose()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


def completed(*rows):
    return {"status": "completed", "progress": len(rows), "total": len(rows), "results": list(rows)}


def updated(number):
    return {"action": "update", "id": number, "status": "Updated", "success": True}


def failed(index):
    return {"index": index, "error": "UserUpdateFailed", "id": 7, "details": "Name: is too short"}


async def collect(job):
    return [status async for status in job]


# One job ---------------------------------------------------------------------------------------------------------


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


async def test_a_job_that_nobody_awaits_costs_no_request(account):
    job, slot = account.submit("a", (1, completed(updated(1))), rows=1)
    await asyncio.sleep(1000)
    assert (account.requests, slot.released) == ([], 0)
    assert [result.id for result in await job] == [1]
    assert len(account.requests) == 1


async def test_intervals_grow_up_to_a_limit(account):
    job, _ = account.submit("a", (120, completed()))
    await job
    pauses = [b - a for a, b in zip(account.times, account.times[1:], strict=False)]
    assert account.times[0] - (now() - sum(pauses)) == pytest.approx(0)
    assert pauses[:3] == pytest.approx([0.75, 1.125, 1.6875])
    assert pauses == sorted(pauses)
    assert pauses[-1] == pytest.approx(LONGEST_INTERVAL)


async def test_iterating_does_not_keep_the_intervals_short(account):
    job, _ = account.submit("a", *((at, {"status": "working", "progress": at}) for at in range(1, 120)),
                            (120, completed()))
    await collect(job)
    assert len(account.requests) < 25


async def test_a_new_job_resets_the_interval(account):
    old, _ = account.submit("old", (300, completed()))
    task = asyncio.create_task(old.wait())
    await asyncio.sleep(100)
    new, _ = account.submit("new", (0.2, completed(updated(1))))
    begun = now()
    await new
    assert now() - begun == pytest.approx(FIRST_INTERVAL)
    sent = len(account.requests)
    await asyncio.sleep(0.8)
    assert len(account.requests) == sent + 1
    await task


async def test_a_new_job_from_elsewhere_resets_the_interval(account):
    old, _ = account.submit("old", (300, completed()))
    task = asyncio.create_task(old.wait())
    await asyncio.sleep(100)
    account.start("new", (0.1, completed()))
    begun = now()
    await account.jobs.watch("new")
    assert now() - begun < 2 * FIRST_INTERVAL
    await task


async def test_a_new_job_that_comes_during_a_poll_is_next():
    account = Account()
    old, _ = account.submit("old", (300, completed()))
    task = asyncio.create_task(old.wait())
    await asyncio.sleep(100)
    account.latency = 5.0
    await asyncio.sleep(account.times[-1] + LONGEST_INTERVAL + 0.1 - now())
    new, _ = account.submit("new", (0, "working"), (1, completed()))
    waiting = asyncio.create_task(new.wait())
    await asyncio.sleep(5.2)
    assert account.times[-1] - account.times[-2] == pytest.approx(5.0)
    await waiting
    task.cancel()
    await account.jobs.aclose()


async def test_joining_a_poll_that_is_under_way_costs_no_extra_one():
    account = Account(latency=3.0)
    job, _ = account.submit("a", (100, completed()))
    waiting = [asyncio.create_task(job.wait())]
    await asyncio.sleep(20)
    for _ in range(60):
        waiting.append(asyncio.create_task(job.wait()))
        await asyncio.sleep(0.5)
    pauses = [b - a for a, b in zip(account.times, account.times[1:], strict=False)]
    assert min(pauses) > 3.0 + FIRST_INTERVAL
    await account.jobs.aclose()
    await asyncio.wait(waiting)
    assert all(task.exception() for task in waiting)


async def test_slow_polls_keep_their_distance_from_each_other():
    account = Account(latency=3.0)
    job, _ = account.submit("a", *((at, {"status": "working", "progress": at}) for at in range(1, 100)),
                            (100, completed()))
    await collect(job)
    pauses = [b - a for a, b in zip(account.times, account.times[1:], strict=False)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == pytest.approx(3.0 + LONGEST_INTERVAL)
    await account.jobs.aclose()


async def test_a_steady_stream_of_new_jobs_does_not_put_polls_off(account):
    first, _ = account.submit("first", (1, completed()))
    task = asyncio.create_task(first.wait())
    for number in range(20):
        account.submit(f"n{number}", (1, completed()))
        await asyncio.sleep(0.2)
    assert task.done()
    await task


async def test_polls_go_ahead_of_ordinary_calls(account):
    job, _ = account.submit("a", (0.1, completed()))
    await job
    assert [request.priority for request in account.requests] == [Priority.INTERACTIVE]


async def test_250_waiting_jobs_are_three_requests_a_tick(account):
    jobs = [account.submit(f"j{number}", (0.2, completed(updated(number))), rows=1)[0] for number in range(250)]
    results = await asyncio.gather(*jobs)
    assert [rows[0].id for rows in results] == list(range(250))
    sizes = [len(dict(request.query)["ids"].split(",")) for request in account.requests]
    assert (account.paths(), sizes) == ([SHOW_MANY] * 3, [100, 100, 50])


async def test_what_fits_into_a_request_rides_along(account):
    jobs = [account.submit(f"j{number}", (0.2, completed(updated(number))), rows=1) for number in range(30)]
    for number, (job, _) in enumerate(jobs):
        assert (await job)[0].id == number
    assert len(account.requests) == 1
    assert [slot.released for _, slot in jobs] == [1] * 30


async def test_riding_along_adds_no_request_and_no_search(account):
    for number in range(120):
        account.submit(f"j{number}", (100, completed()))
    account.hidden = {"j7"}
    job, _ = account.submit("mine", (0.2, completed()))
    await job
    assert len(account.requests) == 1
    assert len(dict(account.requests[0].query)["ids"].split(",")) == 100


async def test_calls_that_wait_for_a_slot_have_all_jobs_looked_after(account):
    jobs = [account.submit(f"j{number}", (3, completed())) for number in range(30)]
    await asyncio.sleep(1)
    account.queue = 1
    account.jobs.nudge()
    await asyncio.sleep(1)
    assert [slot.released for _, slot in jobs] == [0] * 30
    await asyncio.sleep(5)
    assert [slot.released for _, slot in jobs] == [1] * 30
    sent = len(account.requests)
    await asyncio.sleep(100)
    assert len(account.requests) == sent


async def test_a_nudge_when_nothing_waits_sends_nothing(account):
    account.jobs.nudge()
    account.submit("a", (3, completed()))
    for _ in range(100):
        account.jobs.nudge()
        await asyncio.sleep(0.1)
    assert account.requests == []


async def test_many_nudges_are_few_requests(account):
    account.submit("a", (300, completed()))
    account.queue = 1
    for _ in range(100):
        account.jobs.nudge()
        await asyncio.sleep(0.1)
    assert len(account.requests) <= 10 / FIRST_INTERVAL


async def test_a_call_that_comes_to_wait_unannounced_is_noticed(account):
    _, slot = account.submit("a", (3, completed()))
    await asyncio.sleep(100)
    account.queue = 1
    await asyncio.sleep(LONGEST_INTERVAL)
    assert slot.released == 1


async def test_jobs_that_nobody_holds_still_free_their_slots(account):
    slots = [account.submit(f"j{number}", (1, completed()))[1] for number in range(30)]
    gc.collect()
    account.queue = 1
    account.jobs.nudge()
    await asyncio.sleep(5)
    assert [slot.released for slot in slots] == [1] * 30


async def test_the_same_job_twice_frees_the_second_slot(account):
    job, slot = account.submit("a", (3, completed()))
    again, other = account.submit("a", (3, completed()))
    assert (again is job, slot.released, other.released) == (True, 0, 1)


async def test_a_job_registered_after_it_was_watched_is_the_same(account):
    watched = account.jobs.watch("a")
    job, slot = account.submit("a", (1, completed(updated(1))), rows=1)
    assert job is watched
    await watched
    assert (slot.released, job.operation) == (1, "users.update_many")


# Elsewhere -------------------------------------------------------------------------------------------------------


async def test_a_job_started_elsewhere_is_asked_for_at_once(account):
    account.start("V3-x", (-5, completed(updated(4))))
    job = account.jobs.watch("V3-x")
    begun = now()
    assert [status.status for status in await collect(job)] == ["completed"]
    assert [result.id for result in await job] == [4]
    assert now() == begun


@pytest.mark.parametrize("bad", ["", "a/b", "1,2", "../tickets", "a b", None, -1, "a\n"])
async def test_what_is_no_id_is_refused_before_anything_is_sent(account, bad):
    with pytest.raises(BadArgument):
        account.jobs.watch(bad)
    assert account.requests == []


# Jobs that vanish ------------------------------------------------------------------------------------------------


async def test_a_job_that_show_many_leaves_out_is_asked_for_alone(account):
    job, _ = account.submit("a", (0.2, completed(updated(1))), rows=1)
    account.hidden = {"a"}
    assert [result.id for result in await job] == [1]
    assert account.paths() == [SHOW_MANY, f"{LIST}/a"]


async def test_a_job_that_only_the_list_shows_is_found_there(account):
    job, slot = account.submit("a", (0.2, completed(updated(1))), rows=1)
    account.hidden = account.unresolved = {"a"}
    assert [result.id for result in await job] == [1]
    assert account.paths() == [SHOW_MANY, f"{LIST}/a", LIST]
    assert slot.released == 1


async def test_one_look_into_the_list_is_for_all(account):
    jobs = [account.submit(f"j{number}", (0.2, completed(updated(number))), rows=1)[0] for number in range(5)]
    account.hidden = account.unresolved = {job.id for job in jobs}
    await asyncio.gather(*jobs)
    assert account.paths().count(LIST) == 1


async def test_a_job_that_is_nowhere_is_lost(account):
    job, slot = account.submit("a", (50, completed()))
    account.hidden = account.unresolved = account.unlisted = {"a"}
    iterating = asyncio.create_task(collect(job))
    with pytest.raises(JobLost, match="last state here was 'queued'") as caught:
        await job
    assert (caught.value.job_id, slot.released, job.ended) == ("a", 1, True)
    with pytest.raises(JobLost):
        await iterating
    with pytest.raises(JobLost):
        await job.wait(raise_on_failure=False)
    with pytest.raises(JobLost):
        await account.jobs.watch("a")


async def test_a_job_that_a_replica_does_not_know_yet_is_not_lost(account):
    job, _ = account.submit("a", (2, completed(updated(1))), rows=1)
    account.hidden = account.unresolved = account.unlisted = {"a"}
    asyncio.get_running_loop().call_later(1, account.unlisted.clear)
    assert [result.id for result in await job] == [1]


async def test_only_misses_in_a_row_count(account):
    job, _ = account.submit("a", (3, completed(updated(1))), rows=1)
    account.hidden = account.unresolved = account.unlisted = {"a"}
    loop = asyncio.get_running_loop()
    loop.call_later(1, account.hidden.clear)
    loop.call_later(1.5, account.hidden.add, "a")
    loop.call_later(3, account.hidden.clear)
    assert [result.id for result in await job] == [1]


async def test_a_job_that_has_ended_can_not_be_lost_any_more(account):
    job, _ = account.submit("a", (0, completed(updated(1))), rows=1)
    job.lose()
    assert [result.id for result in await job] == [1]


async def test_an_unknown_id_is_lost(account):
    with pytest.raises(JobLost):
        await account.jobs.watch("never-heard-of")


async def test_show_many_that_answers_404_leaves_all_out(account):
    job, _ = account.submit("a", (0.2, completed(updated(1))), rows=1)
    account.failures = [NotFound("Not found", status=404)]
    assert [result.id for result in await job] == [1]


async def test_results_that_came_are_kept_when_the_server_forgets(account):
    job, _ = account.submit("a", (0.2, completed(updated(1))), rows=1)
    other, _ = account.submit("b", (0.2, completed(updated(2))), rows=1)
    await job
    account.plans.clear()
    await asyncio.sleep(200_000)
    assert [result.id for result in await other] == [2]


# Errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [ServerError("down", status=500), ConnectionFailed("gone"), UnexpectedReply("odd"), RuntimeError("a bug")],
)
async def test_a_poll_that_fails_tells_all_who_wait_and_goes_on_for_later_ones(account, error):
    job, slot = account.submit("a", (2, completed(updated(1))), rows=1)
    account.failures = [error]
    results = await asyncio.gather(*(job.wait() for _ in range(5)), collect(job), return_exceptions=True)
    assert results == [error] * 6
    assert (slot.released, job.ended) == (0, False)
    assert [result.id for result in await job] == [1]
    assert slot.released == 1


async def test_one_request_that_fails_does_not_fail_the_others(account):
    jobs = [account.submit(f"j{number}", (0.2, completed(updated(number))), rows=1)[0] for number in range(150)]
    error = ServerError("down", status=500)
    account.failures = [error]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert results[:100] == [error] * 100
    assert [rows[0].id for rows in results[100:]] == list(range(100, 150))


async def test_a_failed_look_for_one_job_is_its_own_affair(account):
    lost, _ = account.submit("lost", (0.2, completed()))
    fine, _ = account.submit("fine", (2, completed(updated(1))), rows=1)
    account.hidden = {"lost"}
    error = ServerError("down", status=500)
    waiting = [asyncio.create_task(lost.wait()), asyncio.create_task(fine.wait())]
    real = account.answer

    def answer(request):
        if request.path.endswith("/lost"):
            raise error
        return real(request)

    account.answer = answer
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert results[0] is error
    assert results[1][0].id == 1


async def test_a_caller_that_tries_again_at_once_does_not_hammer_the_server(account):
    job, _ = account.submit("a", (30, completed()))
    account.failures = [ServerError("down", status=500) for _ in range(1000)]
    end = now() + 20
    while now() < end:
        with pytest.raises(ServerError):
            await job
    assert len(account.requests) < 12


async def test_a_server_that_will_not_tell_frees_the_slot(account):
    job, slot = account.submit("a", (2, completed(updated(1))), rows=1)
    account.failures = [AuthenticationError("revoked", status=401)]
    with pytest.raises(AuthenticationError):
        await job
    assert slot.released == 1
    assert [result.id for result in await job] == [1]
    assert slot.released == 1


async def test_a_reply_that_does_not_fit_costs_one_field_only(account):
    job, _ = account.submit("a", (0.2, {**completed(updated(1)), "progress": "all of them"}), rows=1)
    assert [result.id for result in await job] == [1]
    assert job.status.progress is None
    assert {(event.record, event.field) for event in account.events} == {("JobStatus", "progress")}


# Closing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("latency", [0.0, 5.0])
async def test_closing_ends_the_poller_and_tells_who_waits(latency):
    account = Account(latency=latency)
    job, _ = account.submit("a", (100, completed()))
    waiting = [asyncio.create_task(job.wait()), asyncio.create_task(collect(job))]
    await asyncio.sleep(1)
    await account.jobs.aclose()
    for task in waiting:
        with pytest.raises(ZendeskError, match="closed before job a had ended"):
            await task
    with pytest.raises(ZendeskError, match="closed"):
        await job
    assert asyncio.all_tasks() == {asyncio.current_task()}
    await account.jobs.aclose()


async def test_after_closing_what_is_known_is_still_given():
    account = Account()
    job, _ = account.submit("a", (0.2, completed(updated(1))), rows=1)
    await job
    await account.jobs.aclose()
    assert [result.id for result in await job] == [1]
    late, slot = account.submit("b", (1, completed()))
    assert slot.released == 1
    account.jobs.nudge()
    with pytest.raises(ZendeskError, match="closed"):
        await late
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_closing_a_tracker_that_never_polled():
    await Account().jobs.aclose()


async def test_a_job_shows_what_it_is(account):
    job, _ = account.submit("a", (1, completed(updated(1))), rows=1)
    assert repr(job) == "<Job a of users.update_many: queued, None of None>"
    await job
    assert repr(job) == "<Job a of users.update_many: completed, 1 of 1>"


# Rows ------------------------------------------------------------------------------------------------------------


def rows(*indexes):
    return [JobResult(index=index, id=place) for place, index in enumerate(indexes)]


@pytest.mark.parametrize(
    ("indexes", "sent", "ids"),
    [
        ((2, 0, 1), 3, [1, 2, 0]),
        ((None, None, None), 3, [0, 1, 2]),
        ((None, None, 0), 3, [2, 0, 1]),  # the failure tells its place, the successes do not
        ((None, 1, None), 3, [0, 1, 2]),
        ((2, 0), 3, [1, 0]),  # fewer rows than were sent
        ((None, 0), 3, [0, 1]),  # the first one's place can't be told
        ((None, 3, None), 3, [0, 1, 2]),  # no such place
        ((None, 1, 1), 3, [0, 1, 2]),  # two for one place
        ((), 3, []),
        ((1, 0), None, [1, 0]),
        ((None, 0), None, [0, 1]),
    ],
)
def test_rows_stand_where_they_stood_in_the_input(indexes, sent, ids):
    assert [result.id for result in in_input_order(rows(*indexes), sent)] == ids


@given(st.permutations(range(12)), st.sets(st.integers(0, 11)))
def test_rows_with_an_index_go_there_and_the_rest_keeps_its_order(order, told):
    results = [JobResult(index=place if place in told else None, id=place) for place in order]
    placed = in_input_order(results, 12)
    assert [placed[place].id for place in told] == list(told)
    rest = [result.id for result in placed if result.index is None]
    assert rest == [place for place in order if place not in told]


@given(st.lists(st.none() | st.integers(-3, 8), max_size=8), st.none() | st.integers(0, 8))
def test_no_row_is_ever_lost(indexes, sent):
    assert sorted(result.id for result in in_input_order(rows(*indexes), sent)) == list(range(len(indexes)))


# Anything at any time --------------------------------------------------------------------------------------------


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
