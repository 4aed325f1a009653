"""The poller: how often it asks, for which jobs, and for whom."""

from __future__ import annotations

import asyncio
import gc

import pytest
from job_server import SHOW_MANY, Account, Slot, collect, completed, now, updated

from zdasync._core.message import Priority
from zdasync.errors import PermissionDenied
from zdasync.jobs import FIRST_INTERVAL, FORGOTTEN, LONGEST_INTERVAL


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


async def test_a_new_job_is_asked_for_soon_and_the_old_one_no_oftener_for_that(account):
    old, _ = account.submit("old", (300, completed()))
    task = asyncio.create_task(old.wait())
    await asyncio.sleep(100)
    new, _ = account.submit("new", (0.2, completed(updated(1))))
    begun = now()
    await new
    assert now() - begun == pytest.approx(FIRST_INTERVAL)
    sent = len(account.requests)
    await asyncio.sleep(LONGEST_INTERVAL - 0.1)
    assert len(account.requests) == sent
    await task


async def test_a_new_job_from_elsewhere_is_asked_for_at_once(account):
    old, _ = account.submit("old", (300, completed()))
    task = asyncio.create_task(old.wait())
    await asyncio.sleep(100)
    account.start("new", (0.1, completed()))
    begun = now()
    await account.jobs.watch("new")
    assert now() - begun == pytest.approx(FIRST_INTERVAL)
    assert account.times[-2] == begun
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


# -- jobs of others -----------------------------------------------------------------------------------------------


async def test_jobs_of_others_are_asked_for_with_our_own_while_calls_wait(account):
    _, slot = account.submit("a", (100, completed()), rows=1)
    account.start("b", (5, completed()))
    account.queue = 1
    theirs = []
    account.jobs.name(["a", "b", "no/id"], lambda: theirs.append(Slot()) or theirs[-1])
    await asyncio.sleep(8)
    assert [one.released for one in theirs] == [1]
    assert (slot.released, slot.seen[:2]) == (0, account.times[:2])
    assert len(account.requests) < 9
    assert dict(account.requests[0].query)["ids"] == "a,b"


async def test_nobody_waiting_means_no_request_for_jobs_of_others_and_an_end_of_them(account):
    account.start("b", (1000, completed()))
    theirs = Slot()
    account.jobs.name(["b"], lambda: theirs)
    await asyncio.sleep(FORGOTTEN + LONGEST_INTERVAL)
    assert (account.requests, theirs.released) == ([], 1)


async def test_a_job_that_was_named_before_the_reply_to_its_submit_is_ours(account):
    theirs = Slot()
    account.jobs.name(["a"], lambda: theirs)
    _, slot = account.submit("a", (3, completed()))
    assert (theirs.released, slot.released) == (1, 0)
    account.queue = 1
    await asyncio.sleep(10)
    assert (theirs.released, slot.released) == (1, 1)


async def test_jobs_that_are_named_no_more_have_ended(account):
    theirs = {}
    for ids in (["b", "c"], ["c", "d"]):
        account.jobs.name(ids, lambda: theirs.setdefault(len(theirs), Slot()))
    assert [one.released for one in theirs.values()] == [1, 0, 0]


async def test_a_poll_that_is_refused_for_jobs_of_others_does_ours_no_harm(account):
    job, slot = account.submit("a", (5, completed(updated(1))), rows=1)
    account.start("b", (1000, completed()))
    account.queue = 1
    theirs = Slot()
    account.jobs.name(["b"], lambda: theirs)
    account.failures.append(PermissionDenied("no", status=403))
    assert [row.id for row in await job] == [1]
    assert (theirs.released, slot.released) == (1, 1)
    assert [dict(one.query)["ids"] for one in account.requests[:2]] == ["a,b", "a"]
    account.jobs.name(["b"], lambda: pytest.fail("it is asked for again"))


async def test_a_job_of_others_that_is_not_found_is_not_looked_for(account):
    account.submit("a", (5, completed()))
    account.queue = 1
    theirs = Slot()
    account.jobs.name(["b"], lambda: theirs)
    await asyncio.sleep(3)
    assert theirs.released == 1
    assert set(account.paths()) == {SHOW_MANY}
