"""Endpoints of background jobs, and how a bulk endpoint starts one.

Source: the Job statuses page, and about 180 job replies recorded between 2023 and 2025: submitting answers 200 with a
queued job that has nothing but a total. A job is kept for a day. The cap of 30 counts all jobs of the account that
are queued or running; which status the refusal has is not documented, and a setting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from .guards import Holder, agents, listed
from .http import Call, Endpoints, Json, Reply
from .job_queue import Job, Step
from .pages import Paging, paginate
from .refusals import bad_request, not_found, too_many_jobs
from .render import View
from .settings import Settings
from .state import State

LISTED: Final = 100
INFLIGHT_HEADER: Final = "zendesk-ratelimit-inflight-jobs"
_RESETS: Final = 60


def submit(
    account: Holder,
    call: Call,
    steps: Sequence[Step],
    *,
    job_type: str,
    job_class: str,
    verb: str,
    headers: Mapping[str, str] | None = None,
    whole: bool = False,
) -> Reply:
    """Queue a job of one step for each row and answer with it; refused when the account has too many.

    `whole`: the job is about one thing, and the result of its one step is the job's.
    """
    check_cap(account, job_class)
    settings = account.settings
    job = account.state.jobs.submit(
        steps,
        job_type=job_type,
        job_class=job_class,
        verb=verb,
        now=call.now,
        delay=settings.job_start_delay,
        seconds_per_row=settings.job_seconds_per_row,
        shuffled=not settings.rows_in_order,
        whole=whole,
        jumps=settings.job_progress == "jumps",
        fault=account.state.jobs.faults.strike(call.method, call.path),
    )
    shown = _shown(View.of(account, call), job)
    return Reply(200, {"job_status": shown}, {**(headers or {}), **inflight_header(account.state, settings)})


def check_cap(account: Holder, job_class: str) -> None:
    """Raises the `TooManyJobs` refusal when no job may be queued."""
    running = account.state.jobs.running
    if len(running) >= account.settings.job_cap:
        headers = inflight_header(account.state, account.settings)
        raise too_many_jobs(account.settings.too_many_jobs_status, job_class, list(running), headers)


def inflight_header(state: State, settings: Settings) -> dict[str, str]:
    """The header of the limit on jobs: how many more may be queued now."""
    left = max(0, settings.job_cap - len(state.jobs.running))
    return {INFLIGHT_HEADER: f"total={settings.job_cap}; remaining={left}; resets={_RESETS}"}


def occupy(account: Holder, count: int, seconds: float) -> int:
    """Another program's jobs take up to `count` of the free slots and end after so many seconds; how many did."""
    now, queue = account.now(), account.state.jobs
    account.state.advance(now)
    taken = max(0, min(count, account.settings.job_cap - len(queue.running)))
    for _ in range(taken):
        queue.submit(
            (), job_type="Bulk Update Ticket", job_class="TicketBulkUpdateJob", verb="Updating ticket", now=now,
            delay=seconds, seconds_per_row=0.0,
        )
    return taken


def list_jobs(account: Holder, call: Call) -> Reply:
    """GET /job_statuses: the last 100 jobs, by cursor only."""
    view = _fresh_view(account, call)
    jobs = sorted(account.state.jobs.newest(LISTED), key=_place)
    body = paginate(
        call,
        jobs,
        "job_statuses",
        settings=account.settings,
        paging=Paging(styles=("cursor",)),
        id_of=_place,
        render=lambda job: _shown(view, job),
    )
    return Reply(body=body)


def show(account: Holder, call: Call) -> Reply:
    """GET /job_statuses/{job_status_id}."""
    view = _fresh_view(account, call)
    job = account.state.jobs.find(call.values["job_status_id"])
    if job is None or _forgotten(account, job):
        raise not_found()
    return Reply(body={"job_status": _shown(view, job)})


def show_many(account: Holder, call: Call) -> Reply:
    """GET /job_statuses/show_many?ids=: those that don't exist are left out."""
    ids = listed(call, "ids")
    if ids is None:
        raise bad_request("ids must be given")
    view = _fresh_view(account, call)
    found = [account.state.jobs.find(job_id) for job_id in dict.fromkeys(ids)]
    rows = [_shown(view, job) for job in found if job is not None]
    return Reply(body={"job_statuses": rows, "next_page": None, "previous_page": None, "count": len(rows)})


def _fresh_view(account: Holder, call: Call) -> View:
    account.state.jobs.forget(call.now, account.settings.job_retention)
    return View.of(account, call)


def _forgotten(account: Holder, job: Job) -> bool:
    after = account.settings.job_show_forgets_after
    return after is not None and account.state.jobs.rows_since(job) >= after


def _shown(view: View, job: Job) -> Json:
    return job.show(view.now, view.url(f"job_statuses/{job.id}"), with_type=view.settings.job_type_shown)


def _place(job: Job) -> tuple[float, float, str]:
    """Ascending for a list that is sorted descending; unfinished jobs are the latest."""
    finished, created = job.order
    return (-min(finished, 1e12), -created, job.id)


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/job_statuses"): agents(list_jobs),
    ("GET", "/api/v2/job_statuses/show_many"): agents(show_many),
    ("GET", "/api/v2/job_statuses/{job_status_id}"): agents(show),
}
