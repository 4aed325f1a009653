"""What goes wrong with jobs by script, how long they take, and slots that others hold."""

from __future__ import annotations

import asyncio

import pytest
from endpoint_caller import Api
from support import now, rig

from zdasync import JobFailed, JobLost, PartialFailure
from zdasync.simulator import JobFault, Settings
from zdasync.simulator.job_faults import JobFaults
from zdasync.simulator.jobs import occupy

CREATE = "/users/create_many"


def many(count, name="u"):
    return {"users": [{"name": f"U{index}", "email": f"{name}{index}@x.example"} for index in range(count)]}


def api_with(*faults, **settings):
    api = Api(**settings)
    api.state.jobs.faults = JobFaults(faults)
    return api


def job_id(reply):
    return reply.body["job_status"]["id"]


def shown(api, reply):
    return api.get(f"/job_statuses/{job_id(reply)}").body["job_status"]


def made(api):
    return len(api.state.users) - 4


# --- how long jobs take


def test_each_job_draws_its_own_pace_from_a_range():
    def durations(seed):
        api = Api(seed=seed, job_seconds_per_row=(0.05, 0.16), job_start_delay=0.5)
        for number in range(20):
            api.post(CREATE, many(100, f"j{number}-"))
        api.at += 60
        api.get("/job_statuses")
        return [job.finished_at - job.created_at for job in api.state.jobs.jobs.values()]

    taken = durations(1)
    assert all(5.5 <= seconds <= 16.51 for seconds in taken)
    assert max(taken) - min(taken) > 5
    assert taken == durations(1)
    assert taken != durations(2)


def test_progress_may_jump_from_none_to_all():
    api = Api(job_progress="jumps")
    job = api.post(CREATE, many(100))
    api.at += 1.5
    working = shown(api, job)
    assert (working["status"], working["progress"]) == ("working", 0)
    assert made(api) > 0, "rows are applied one by one all the same"
    api.at += 10
    assert shown(api, job)["progress"] == 100


# --- jobs that end early


@pytest.mark.parametrize("kind", ["failed", "killed"])
@pytest.mark.parametrize(("results", "rows"), [("none", None), ("partial", 40)])
def test_a_job_ends_after_some_rows_which_stay(kind, results, rows):
    api = api_with(JobFault(kind=kind, after=40, results=results, message="no space"))
    job = api.post(CREATE, many(100))
    api.at += 10
    ended = shown(api, job)
    assert (ended["status"], ended["progress"], ended["total"], ended["message"]) == (kind, 40, 100, "no space")
    assert (None if ended["results"] is None else len(ended["results"])) == rows
    assert made(api) == 40
    assert not api.state.jobs.running
    assert [one["status"] for one in api.get("/job_statuses").body["job_statuses"]] == [kind]
    api.at += 100
    assert shown(api, job) == ended
    assert made(api) == 40


def test_a_job_may_fail_when_all_is_done_or_before_anything_is():
    api = api_with(JobFault(after=2, jobs=(1,)), JobFault(after=0, jobs=(2,)))
    jobs = [api.post(CREATE, many(2, name)) for name in "ab"]
    api.at += 10
    assert [shown(api, job)["status"] for job in jobs] == ["failed", "failed"]
    assert made(api) == 2


# --- jobs that vanish


@pytest.mark.parametrize("after", [0, 3])
def test_a_job_vanishes_and_goes_on(after):
    api = api_with(JobFault(kind="vanishes", after=after, jobs=(1,)))
    lost, kept = api.post(CREATE, many(100, "a")), api.post(CREATE, many(100, "b"))
    if after:
        assert shown(api, lost)["status"] == "queued"
        api.at += 1
        api.get("/users/me")
    assert api.refused("GET", f"/job_statuses/{job_id(lost)}").status == 404
    many_shown = api.get(f"/job_statuses/show_many?ids={job_id(lost)},{job_id(kept)}").body["job_statuses"]
    assert [one["id"] for one in many_shown] == [job_id(kept)]
    assert [one["id"] for one in api.get("/job_statuses").body["job_statuses"]] == [job_id(kept)]
    assert job_id(lost) in api.state.jobs.running, "it holds its slot"
    api.at += 100
    api.get("/users/me")
    assert made(api) == 200
    assert not api.state.jobs.running
    assert api.refused("GET", f"/job_statuses/{job_id(lost)}").status == 404


# --- rows that fail, and jobs that begin late


def test_single_rows_are_refused_and_not_applied():
    api = api_with(JobFault(kind="rows_fail", rows=(1, 3), error="UserCreateFailed", details="Try later"))
    rows = api.finish(api.post(CREATE, many(5)))
    assert [row.get("error") for row in rows] == [None, "UserCreateFailed", None, "UserCreateFailed", None]
    assert rows[3] == {"index": 3, "error": "UserCreateFailed", "details": "Try later"}
    assert made(api) == 3
    assert api.state.by_email("u1@x.example") is None


def test_a_job_stays_queued():
    api = api_with(JobFault(kind="stays_queued", seconds=60))
    job = api.post(CREATE, many(10))
    api.at += 60
    assert (shown(api, job)["status"], made(api)) == ("queued", 0)
    api.at += 1
    assert (shown(api, job)["status"], made(api)) == ("completed", 10)


# --- which jobs


def test_jobs_are_counted_by_route_and_only_when_they_were_accepted():
    api = api_with(JobFault("POST /api/v2/users/*", jobs=(2,)), job_cap=1)
    destroyed = api.delete("/users/destroy_many?ids=1")
    api.refused("POST", CREATE, many(1))
    api.at += 10
    first = api.post(CREATE, many(1, "a"))
    api.at += 10
    second = api.post("/users/create_or_update_many", many(1, "b"))
    api.at += 10
    assert [shown(api, job)["status"] for job in (destroyed, first, second)] == ["completed", "completed", "failed"]


def test_the_first_fault_that_fits_takes_the_job():
    faults = JobFaults([JobFault(kind="killed", jobs=(2,)), JobFault(kind="failed")])
    struck = [faults.strike("POST", "/api/v2/users/create_many").kind for _ in range(3)]
    assert struck == ["failed", "killed", "failed"]
    faults.clear()
    assert faults.strike("POST", "/x") is None


def test_chance_is_the_same_for_the_same_seed():
    def struck(seed):
        faults = JobFaults([JobFault(chance=0.3)], seed)
        return [faults.strike("POST", "/x") is not None for _ in range(200)]

    assert struck(1) == struck(1) != struck(2)
    assert 30 < sum(struck(1)) < 90


@pytest.mark.parametrize("wrong", [{"kind": "odd"}, {"route": "nowhere"}, {"results": "some"}])
def test_what_is_no_fault_of_a_job(wrong):
    with pytest.raises(ValueError, match=r"odd|nowhere|some"):
        JobFault(**wrong)


# --- slots that others hold, and a client that meets all this


def test_others_take_slots_for_a_while():
    api = Api(job_cap=5)
    assert occupy(api, 3, 20.0) == 3
    mine = api.post(CREATE, many(1, "a"))
    api.at += 5
    assert occupy(api, 9, 30.0) == 2, "as many as are free: mine has ended"
    refused = api.refused("POST", CREATE, many(1, "b"))
    assert refused.body["current_job_ids"] == list(api.state.jobs.running)
    assert job_id(mine) not in refused.body["current_job_ids"]
    api.at += 15
    assert occupy(api, 0, 1.0) == 0
    assert len(api.state.jobs.running) == 2
    api.at += 15
    assert api.post(CREATE, many(1, "b")).status == 200
    assert len(api.state.jobs.running) == 1


async def test_a_client_waits_for_the_slots_of_others():
    async with rig(settings=Settings(job_cap=5)) as r:
        assert r.account.occupy_jobs(5, 40.0) == 5
        job = await r.zd.users.create_or_update_many(many(1)["users"])
        assert now() >= 140.0
        assert len(await job) == 1
        assert 1 <= r.account.rejections["inflight-jobs"] <= 20


async def test_a_client_survives_them_all():
    faults = [
        JobFault(kind="failed", after=1, jobs=(1,)),
        JobFault(kind="vanishes", jobs=(2,)),
        JobFault(kind="rows_fail", jobs=(3,)),
        JobFault(kind="stays_queued", seconds=30, jobs=(4,)),
    ]
    async with rig(job_faults=faults) as r:
        jobs = [await r.zd.users.create_or_update_many(many(3, f"j{number}")["users"]) for number in range(5)]
        ended = await asyncio.gather(*jobs, return_exceptions=True)
        assert [type(one) for one in ended] == [JobFailed, JobLost, PartialFailure, list, list]
        assert ended[0].status.progress == 1
        assert [row.index for row in ended[2].failed] == [0]
        assert r.zd.limits["inflight-jobs"].used == 0
        assert len(r.account.state.users) - 4 == 1 + 3 + 2 + 3 + 3
