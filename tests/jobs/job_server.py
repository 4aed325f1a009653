"""A caller that keeps jobs in memory, and whose server runs them by the clock."""

from __future__ import annotations

import asyncio

import msgspec

from zdasync._core.message import Response
from zdasync.errors import (
    NotFound,
)
from zdasync.jobs import JobTracker
from zdasync.records.jobs import JobStatus

SHOW_MANY = "/api/v2/job_statuses/show_many"
LIST = "/api/v2/job_statuses"


def now():
    return asyncio.get_running_loop().time()


class Slot:
    def __init__(self):
        self.released = 0
        self.seen = []
        """When requests were sent that were told that its job goes on."""

    def running(self, asked):
        self.seen.append(asked)

    def release(self):
        self.released += 1


class Account:
    """A caller on whose server jobs run by the clock, and the tracker of its jobs.

    `allowed` are the requests a minute that the account's limit leaves to the client. `plans` maps an id to (seconds
    from now, fields of the status) in order of time; `hidden` ids are left out of `show_many`, `unresolved` ones out of
    `show`, too, `unlisted` ones out of the list. `failures` are raised first, one a request. Each request takes
    `latency` seconds.
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
        self.allowed = 700.0

    def jobs_wanted(self):
        return self.queue > 0

    def pace(self):
        return self.allowed

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
        self.times.append(sent_at := now())
        if self.latency:
            await asyncio.sleep(self.latency)
        if self.failures:
            raise self.failures.pop(0)
        return Response(200, {}, msgspec.json.encode(self.answer(request)), sent_at, now())

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


def completed(*rows):
    return {"status": "completed", "progress": len(rows), "total": len(rows), "results": list(rows)}


def updated(number):
    return {"action": "update", "id": number, "status": "Updated", "success": True}


def failed(index):
    return {"index": index, "error": "UserUpdateFailed", "id": 7, "details": "Name: is too short"}


async def collect(job):
    return [status async for status in job]
