"""Background jobs by id, and the list of the latest ones.

Calls that start a job give a `Job` themselves; this page is for jobs that another process started, and for looking.
Zendesk keeps a status for a day and lists the latest hundred. Agents only.
Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/job_statuses/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Unpack

from ..jobs import LIST, SHOW, SHOW_MANY
from ..records.jobs import JobStatus
from ._base import Resource
from ._validate import MAX_ROWS, from_1_to_100

if TYPE_CHECKING:
    from ..call import Call, Pages
    from ..jobs import Job
    from .types.common import CallOptions

__all__ = ["JobStatuses"]


class JobStatuses(Resource):
    """The account's background jobs. Ids are strings; Zendesk gives them no fixed form."""

    string_ids = True

    def list(
        self, *, page_size: int = MAX_ROWS, cursor: str | None = None, **options: Unpack[CallOptions]
    ) -> Pages[JobStatus]:
        """The latest jobs, those that ended last first."""
        return self._list(LIST, options, page_size, cursor)

    def show(self, job_status_id: str, **options: Unpack[CallOptions]) -> Call[JobStatus]:
        """The state of one job. Raises `NotFound` for a job of more than a day ago, and after many jobs even sooner.

        See `wait` for a job whose end you need.
        """
        return self._call(SHOW, options, job_status_id=job_status_id)

    def show_many(self, ids: Iterable[str], **options: Unpack[CallOptions]) -> Pages[JobStatus]:
        """The states of up to 100 jobs, in no particular order; those that Zendesk doesn't know are left out."""
        named = [SHOW.path({"job_status_id": one}).rpartition("/")[2] for one in from_1_to_100("ids", ids)]
        return self._pages(SHOW_MANY, options, query=(("ids", ",".join(named)),))

    def wait(self, job_status_id: str) -> Job:
        """The job with this id, whoever started it: await it for its rows, or iterate it for its states.

        Raises what awaiting a `Job` raises; `JobLost` when Zendesk doesn't know the id. All jobs that are waited for
        are asked for together.
        """
        return self._caller.jobs.watch(job_status_id)
