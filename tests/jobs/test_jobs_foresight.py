"""The poller asks for a job when that should have ended, as far as the account's limit allows."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from job_server import SHOW_MANY, Account, collect, completed, now, updated

from zdasync._forecast import POLLS_SHARE
from zdasync.errors import JobLost, ServerError
from zdasync.jobs import FIRST_INTERVAL, LONGEST_INTERVAL


def working(progress, total=100):
    return {"status": "working", "progress": progress, "total": total}


def even(seconds, rows=100, delay=0.5):
    """The states of a job with progress: it begins after `delay` and ends after `seconds` in all."""
    row = (seconds - delay) / rows
    steps = [(delay + row * done, working(done, rows)) for done in range(rows)]
    return [*steps, (seconds, completed(*(updated(number) for number in range(rows))))]


def jumping(seconds):
    return [(0.5, working(0)), (seconds, completed(updated(1)))]


# One job that somebody awaits -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [3.0, 8.0, 20.0, 60.0])
async def test_a_job_is_asked_for_when_it_ends(account, seconds):
    job, _ = account.submit("a", *even(seconds), rows=100)
    begun = now()
    await job
    assert now() - begun - seconds < 0.6
    assert len(account.requests) <= 4 + seconds / LONGEST_INTERVAL


@pytest.mark.parametrize("states", [even, jumping])
async def test_the_next_job_of_its_kind_costs_fewer_requests(account, states):
    for number in range(12):
        job, _ = account.submit(f"j{number}", *states(9.0), rows=100)
        await job
    sent, begun = len(account.requests), now()
    job, _ = account.submit("last", *states(9.0), rows=100)
    await job
    assert len(account.requests) - sent <= 3
    assert now() - begun < 10.0


async def test_who_follows_a_job_sees_it_go_on_as_before(account):
    for number in range(3):
        await account.submit(f"j{number}", *even(9.0), rows=100)[0]
    job, _ = account.submit("last", *even(9.0), rows=100)
    states = await collect(job)
    assert len([state for state in states if state.status == "working"]) >= 4


async def test_a_job_that_stops_is_asked_for_at_growing_intervals(account):
    states = even(10.0)[:60]
    job, _ = account.submit("a", *states, (300, completed()), rows=100)
    begun = now()
    await job
    pauses = [b - a for a, b in pairwise(account.times)]
    assert len(account.requests) < 45
    assert max(pauses) == pytest.approx(LONGEST_INTERVAL)
    assert min(pauses) >= FIRST_INTERVAL
    assert now() - begun - 300 <= LONGEST_INTERVAL


async def test_an_end_that_is_foreseen_is_no_reason_to_ask_when_nobody_waits(account):
    job, slot = account.submit("a", *even(9.0), rows=100)
    waiting = asyncio.create_task(job.wait())
    await asyncio.sleep(4)
    waiting.cancel()
    await asyncio.sleep(0)
    sent = len(account.requests)
    await asyncio.sleep(100)
    assert (len(account.requests), slot.released) == (sent, 0)


async def test_a_job_that_vanishes_is_lost_although_its_end_was_foreseen(account):
    job, slot = account.submit("a", *even(20.0), rows=100)
    waiting = asyncio.create_task(job.wait())
    await asyncio.sleep(6)
    account.plans.clear()
    with pytest.raises(JobLost):
        await waiting
    assert now() < 100 + 20.0 + 2 * LONGEST_INTERVAL
    assert slot.released == 1


async def test_a_server_that_breaks_is_asked_no_oftener_for_what_was_foreseen(account):
    account.submit("a", *even(10.0), rows=100)
    account.queue = 1
    account.jobs.nudge()
    await asyncio.sleep(9)
    account.failures = [ServerError("down", status=500) for _ in range(1000)]
    sent = len(account.requests)
    await asyncio.sleep(60)
    assert 5 <= len(account.requests) - sent < 20


# Calls that wait for slots ----------------------------------------------------------------------------------------


async def fill(account, jobs, seconds, states=even, slots=30):
    """Run so many jobs through the slots: a new one whenever one is seen to have ended; how late that was."""
    late, running, started = [], {}, 0
    account.queue = 1
    while started < jobs or running:
        for job_id, (slot, ends) in list(running.items()):
            if slot.released:
                del running[job_id]
                late.append(now() - ends)
        while started < jobs and len(running) < slots:
            lasts = seconds(started)
            slot = account.submit(f"j{started}", *states(lasts), rows=100)[1]
            running[f"j{started}"] = (slot, now() + lasts)
            started += 1
        account.jobs.nudge()
        await asyncio.sleep(0.05)
    return late


@pytest.mark.parametrize("allowed", [200, 700])
async def test_polls_keep_to_their_share_whatever_is_expected(account, allowed):
    account.allowed = allowed
    begun = now()
    late = await fill(account, 120, lambda number: 2.0 + number % 7 * 0.21)
    per_minute = len(account.requests) / (now() - begun) * 60
    assert per_minute <= POLLS_SHARE * allowed * 1.05
    assert sum(late) / len(late) < {200: 0.75 * LONGEST_INTERVAL, 700: 0.6}[allowed]


async def test_with_room_for_polls_ends_are_seen_at_once(account):
    late = await fill(account, 90, lambda number: 5.5 + number * 37 % 110 / 10)
    assert sum(late[30:]) / len(late[30:]) < 0.3


async def test_polls_get_out_of_the_way_of_submits(account):
    account.allowed = 200
    begun = now()
    await fill(account, 150, lambda number: 5.5 + number * 37 % 110 / 10)
    polls = len(account.requests) / (now() - begun) * 60
    submits = 150 / (now() - begun) * 60
    assert polls < 60
    assert polls + submits < 200
    assert set(account.paths()) == {SHOW_MANY}


async def test_slots_of_jobs_that_tell_no_progress_are_looked_after_as_well():
    account = Account()
    late = await fill(account, 90, lambda number: 5.5 + number * 37 % 110 / 10, jumping)
    assert sum(late[30:60]) / 30 < 0.6
    assert max(late[30:60]) < 2.5
    await account.jobs.aclose()


async def test_a_job_that_never_ends_does_not_keep_the_poller_busy(account):
    account.submit("stuck", *even(10.0)[:60], rows=100)
    account.queue = 1
    account.jobs.nudge()
    await asyncio.sleep(60)
    sent = len(account.requests)
    await asyncio.sleep(600)
    assert len(account.requests) - sent <= 61


async def test_a_call_that_begins_to_wait_has_jobs_asked_for_of_which_nothing_is_known(account):
    job, _ = account.submit("a", (1000, completed()))
    waiting = asyncio.create_task(job.wait())
    await asyncio.sleep(90)
    await asyncio.sleep(account.times[-1] + LONGEST_INTERVAL + 2 - now())
    account.queue, sent = 1, len(account.requests)
    account.jobs.nudge()
    await asyncio.sleep(FIRST_INTERVAL)
    assert len(account.requests) == sent + 1
    waiting.cancel()


# More jobs than a request may ask for ------------------------------------------------------------------------------


async def test_the_job_whose_end_is_due_is_among_those_that_are_asked_for(account):
    jobs = [account.submit(f"j{number}", *even(50.0 + number), rows=100)[0] for number in range(150)]
    waiting = [asyncio.create_task(job.wait()) for job in jobs]
    await asyncio.sleep(40)
    last, _ = account.submit("last", (0.4, completed(updated(7))))
    begun, sent = now(), len(account.requests)
    assert [result.id for result in await last] == [7]
    assert now() - begun < 2 * FIRST_INTERVAL
    asked = [dict(request.query)["ids"].split(",") for request in account.requests[sent:]]
    assert "last" in asked[-1]
    assert {len(ids) for ids in asked} == {100}
    await asyncio.gather(*waiting)
    assert all(job.ended for job in jobs)
