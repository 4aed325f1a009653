"""How jobs end: lost, with errors, at close; and where their rows stand."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from job_server import LIST, SHOW_MANY, Account, collect, completed, now, updated

from zdasync.errors import (
    AuthenticationError,
    BadArgument,
    ConnectionFailed,
    JobLost,
    NotFound,
    ServerError,
    UnexpectedReply,
    ZendeskError,
)
from zdasync.jobs import in_input_order
from zdasync.records.jobs import JobResult


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
