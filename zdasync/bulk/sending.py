"""From a chunk's rows to the request of a job, and how a request that was sent ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import attrs

from .._core.message import Request
from .._job import placed
from ..call import JobCall
from ..errors import (
    ApiError,
    AuthenticationError,
    BadRequest,
    JobLost,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    ServerError,
    TransportError,
    UnexpectedReply,
    ValidationError,
)

if TYPE_CHECKING:
    from .._core.caller import Caller
    from ..jobs import Job
    from ..records.jobs import JobResult
    from .operations import Operation
    from .rows import Item

__all__ = ["Doubt", "job_call", "job_rows", "row_names", "splits", "unknown"]


@attrs.frozen(eq=False)
class Doubt:
    """A request of which it isn't known what became of some rows. Times are unix seconds."""

    submission: int
    at: float
    """Until when it may have been under way, as far as is known: it went out then, or its job was lost sight of."""
    since: float
    """When the first request went out that may have carried out these rows."""
    items: Sequence[Item]
    reason: str


def row_names(items: Sequence[Item | None]) -> list[int | str | None]:
    """By which each row's result can be told from the others, where it repeats it; None for a row that isn't known."""
    return [None if item is None else item.name for item in items]


def job_call(
    caller: Caller, operation: Operation, items: Sequence[Item], query: tuple[tuple[str, str], ...],
    about_to_go: Callable[[], Awaitable[None]],
) -> JobCall:
    """The call that starts a job on these rows. `about_to_go` is awaited before each attempt, when it may go."""
    route = operation.route

    async def completed(request: Request) -> Request:
        await about_to_go()
        return attrs.evolve(request, completed=None)

    body: bytes | None = None
    if operation.by_query:
        query = (("ids", ",".join(str(item.fields["id"]) for item in items)), *query)
    else:
        body = b'{"%b":[%b]}' % ((route.wrap or "").encode(), b",".join(item.encoded for item in items))
    request = Request(route, route.template, query, body, completed=completed)
    return JobCall(caller, request, len(items), row_names(items))


async def job_rows(job: Job, items: Sequence[Item | None]) -> tuple[dict[int, JobResult], str]:
    """Wait for a job: its results by place, and if some are missing, why. `items` are all rows that it was given.

    Raises what a poll raises that sending again does not cure: the job goes on, and can be asked for later.
    """
    try:
        status = await job.last_status()
    except JobLost as error:
        return {}, error.message
    results = placed(status.rows, len(items), job.names or row_names(items))
    why = f"its job ended as {status.status!r}" + (f": {status.message}" if status.message else "")
    return results, why


def unknown(error: Exception) -> bool:
    """May the request that ended with this have been carried out?"""
    return isinstance(error, OutcomeUnknown | ServerError | UnexpectedReply) or (
        isinstance(error, TransportError) and error.sent
    )


def splits(error: Exception) -> bool:
    """Is it about the rows, so that some of them may go without the others?"""
    if isinstance(error, AuthenticationError | PermissionDenied | NotFound | RateLimited):
        return False
    return isinstance(error, BadRequest | ValidationError) or (
        isinstance(error, ApiError) and error.status == 413  # noqa: PLR2004
    )
