"""Background jobs by id."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from zdasync._core.message import Priority, Response
from zdasync.errors import BadArgument, JobLost, NotFound
from zdasync.jobs import JobTracker
from zdasync.records.jobs import JobStatus
from zdasync.resources.job_statuses import JobStatuses
from zdasync.resources.table import routes

DONE = {"id": "V3-a", "status": "completed", "total": 1, "progress": 1, "results": [{"id": 7, "status": "Created"}]}


class Caller:
    """Answers with the body that `replies` has for a path; what is not there is not found."""

    base_url = "https://acme.zendesk.com"

    def __init__(self, **replies):
        self.replies = replies
        self.requests = []
        self.jobs = JobTracker(self)

    def jobs_wanted(self):
        return False

    def pace(self):
        return 700.0

    def emit(self, event):
        raise AssertionError(event)

    async def send(self, request):
        self.requests.append(request)
        name = request.path.rpartition("/")[2]
        if name not in self.replies:
            raise NotFound("Not found", status=404)
        return Response(200, {}, msgspec.json.encode(self.replies[name]), 0.0, 0.0)


def sent(caller):
    return [(request.route.method, request.path, request.query) for request in caller.requests]


async def test_list():
    page = {"job_statuses": [DONE], "meta": {"has_more": True, "after_cursor": "c2"}}
    caller = Caller(job_statuses=page)
    listed = await JobStatuses(caller).list(page_size=5, cursor="c1", priority=Priority.BULK)
    assert [status.id for status in listed] == ["V3-a"]
    assert (listed.has_more, listed.after_cursor) == (True, "c2")
    assert sent(caller) == [("GET", "/api/v2/job_statuses", (("page[size]", "5"), ("page[after]", "c1")))]
    assert caller.requests[0].priority is Priority.BULK


async def test_list_goes_on_while_there_is_more():
    class Two(Caller):
        async def send(self, request):
            more = "page[after]" not in dict(request.query)
            self.requests.append(request)
            page = {"job_statuses": [{"id": "a" if more else "b"}], "meta": {"has_more": more, "after_cursor": "c2"}}
            return Response(200, {}, msgspec.json.encode(page), 0.0, 0.0)

    caller = Two()
    assert [status.id async for status in JobStatuses(caller).list()] == ["a", "b"]
    assert len(caller.requests) == 2


async def test_show():
    caller = Caller(**{"V3-a": {"job_status": DONE}})
    status = await JobStatuses(caller).show("V3-a")
    assert isinstance(status, JobStatus)
    assert (status.ended, [row.id for row in status.rows]) == (True, [7])
    assert sent(caller) == [("GET", "/api/v2/job_statuses/V3-a", ())]
    with pytest.raises(NotFound):
        await JobStatuses(caller).show("V3-b")


async def test_show_many():
    caller = Caller(show_many={"job_statuses": [DONE]})
    shown = await JobStatuses(caller).show_many(["V3-a", "V3-b"])
    assert [status.id for status in shown] == ["V3-a"]
    assert sent(caller) == [("GET", "/api/v2/job_statuses/show_many", (("ids", "V3-a,V3-b"),))]


@pytest.mark.parametrize("ids", [[], "V3-a", ["a"] * 101, ["a,b"], [""], [None], ["../x"], None])
async def test_show_many_refuses_what_is_no_list_of_ids(ids):
    caller = Caller()
    with pytest.raises(BadArgument):
        JobStatuses(caller).show_many(ids)
    assert caller.requests == []


@pytest.mark.parametrize("bad", ["1/../../tickets", "", "a b", "a?b", None])
async def test_an_id_that_is_none_is_refused(bad):
    jobs = JobStatuses(Caller())
    for call in (jobs.show, jobs.wait):
        with pytest.raises(BadArgument):
            call(bad)


async def test_wait_gives_the_job_to_await_or_to_iterate():
    caller = Caller(show_many={"job_statuses": [DONE]})
    jobs = JobStatuses(caller)
    job = jobs.wait("V3-a")
    assert caller.requests == []
    assert [row.id for row in await job] == [7]
    assert [status.status async for status in jobs.wait("V3-a")] == ["completed"]
    assert len(caller.requests) == 1
    await caller.jobs.aclose()


async def test_waiting_for_a_job_that_zendesk_does_not_know_ends():
    caller = Caller(show_many={"job_statuses": []}, job_statuses={"job_statuses": [DONE]})
    with pytest.raises(JobLost):
        await JobStatuses(caller).wait("V3-b")
    await caller.jobs.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_routes():
    rows = [route for route in routes() if route.operation.startswith("job_statuses.")]
    assert sorted(route.operation for route in rows) == [
        "job_statuses.list", "job_statuses.show", "job_statuses.show_many",
    ]
    assert not any(route.job for route in rows)
