"""Every exception that the library raises: one tree, each with its data as fields.

`ZendeskError` is the root. Whatever the server answered is an `ApiError`; whatever never reached it, or came back
in pieces, is a `TransportError`; what the library refuses before sending is a `BadArgument`. Programs match on
classes, on `code` and on field names: Zendesk localizes its texts to the language of the caller.
Source of the five error envelopes: https://developer.zendesk.com/api-reference/introduction/requests/ and replies
recorded between 2023 and 2026.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from .records.jobs import JobResult, JobStatus

__all__ = [
    "ApiError", "AuthenticationError", "BadArgument", "BadRequest", "Conflict", "ConnectionFailed",
    "CursorExpired", "DeadlineExceeded", "DownloadError", "ExportStuck", "FieldError", "InvalidSignature",
    "JobFailed", "JobLost", "LedgerError", "NotFound", "OutcomeUnknown", "PaginationLimit", "PartialFailure",
    "PermissionDenied", "RateLimited", "RequestTimeout", "ServerError", "SourceError", "StartTooRecent", "TooManyJobs",
    "TransportError", "UnexpectedReply", "ValidationError", "ZendeskError",
]


class ZendeskError(Exception):
    """The root of the tree.

    `message` is a sentence for people; `operation` names the call (`users.show`), where there was one.
    """

    def __init__(self, message: str, *, operation: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.operation = operation

    def __str__(self) -> str:
        return f"{self.operation}: {self.message}" if self.operation else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(cls: type[ZendeskError], args: tuple[Any, ...], fields: dict[str, Any]) -> ZendeskError:
    error = cls.__new__(cls)
    Exception.__init__(error, *args)
    error.__dict__.update(fields)
    return error


class BadArgument(ZendeskError, ValueError):
    """The call can't be right; nothing was sent. The message says what to do instead."""


class DeadlineExceeded(ZendeskError, TimeoutError):
    """The call could not go out before its deadline; nothing was sent, or only attempts that were rejected.

    `wait` is how many seconds it would have needed from the moment of the error, `limit` the name of the limit in
    the way (None when the deadline passed for another reason).
    """

    def __init__(
        self, message: str, *, wait: float, limit: str | None = None, operation: str | None = None
    ) -> None:
        super().__init__(message, operation=operation)
        self.wait = wait
        self.limit = limit


class TransportError(ZendeskError):
    """The request or its reply was lost on the way. `sent` tells whether the request may have left this machine."""

    def __init__(self, message: str, *, operation: str | None = None, sent: bool = True) -> None:
        super().__init__(message, operation=operation)
        self.sent = sent


class ConnectionFailed(TransportError):
    """No connection, or it broke before the whole reply was in."""


class RequestTimeout(TransportError, TimeoutError):
    """No whole reply within the timeout."""


class OutcomeUnknown(TransportError):
    """The reply of a request that must not be sent twice was lost: the server may or may not have carried it out.

    Look for its effect (by `external_id`, say) before you send it again. `__cause__` is what went wrong.
    """


class UnexpectedReply(ZendeskError):
    """A reply that Zendesk does not send: a redirect, a body that is not what the status promises, another host."""

    def __init__(
        self, message: str, *, operation: str | None = None, status: int | None = None, body: str = ""
    ) -> None:
        super().__init__(message, operation=operation)
        self.status = status
        self.body = body


class ApiError(ZendeskError):
    """The server answered with an error.

    `status`: the HTTP status. `code`: Zendesk's error code (`RecordNotFound`), where the reply has one. `request_id`:
    what Zendesk support asks for. `retry_after`: seconds, where the reply has it. `body`: the start of the body as
    text.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        status: int,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        body: str = "",
    ) -> None:
        super().__init__(message, operation=operation)
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        self.body = body

    def __str__(self) -> str:
        request = f" (request id {self.request_id})" if self.request_id else ""
        return f"{super().__str__()} [{self.status}{' ' + self.code if self.code else ''}]{request}"


class BadRequest(ApiError):
    """400 and other refusals of the 4xx family that no class below covers."""


class AuthenticationError(ApiError):
    """401: the credentials are missing, wrong, expired or revoked, or the impersonated user does not exist."""


class PermissionDenied(ApiError):
    """403: the caller's role, plan or token scope does not allow it."""


class NotFound(ApiError):
    """404: no such record (`RecordNotFound`), or no such endpoint on this plan (`InvalidEndpoint`)."""


class Conflict(ApiError):
    """409: another write got in between (`DatabaseConflict`, `UpdateConflict`)."""


class PaginationLimit(ApiError):
    """Offset pages end at 10,000 records, search at 1,000: waiting does not help, cursor pages or an export do.

    A listing raises it after the last record within reach: `read` is how many records it gave, `count` how many there
    are, where a page told. `status` and `code` are those of Zendesk's refusal, also where the end was foreseen and
    nothing was asked.
    """

    def __init__(self, message: str, *, read: int | None = None, count: int | None = None, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.read = read
        self.count = count

    def __str__(self) -> str:
        return f"{super().__str__()}{_read(self.read, self.count)}"


def _read(read: int | None, count: int | None = None) -> str:
    return "" if read is None else f"; {read:,}{'' if count is None else f' of {count:,}'} records were read"


class CursorExpired(BadRequest):
    """The server refused a cursor of a kind that lives for a while only: one of a search export, for an hour.

    `cursor` is that cursor, `read` how many records the listing had given by then, `last` the last of them (None if
    there was none). Begin again, or, as such an export comes in the order of creation, go on from `last.created_at`
    by a narrower query.
    """

    def __init__(
        self, message: str, *, cursor: str, read: int | None = None, last: object = None, **rest: Any
    ) -> None:
        super().__init__(message, **rest)
        self.cursor = cursor
        self.read = read
        self.last = last

    def __str__(self) -> str:
        return f"{super().__str__()}{_read(self.read)}"


class StartTooRecent(BadRequest):
    """An export must start a minute ago at least: what is newer may still be written."""


class ExportStuck(ZendeskError):
    """An export by time can't get past one second, in which more records changed than a page holds.

    `second` is that second in unix time. Records of earlier seconds, and what the page held, have been given.
    """

    def __init__(self, message: str, *, second: int, operation: str | None = None) -> None:
        super().__init__(message, operation=operation)
        self.second = second


@attrs.frozen
class FieldError:
    """One complaint about one field: `code` (`DuplicateValue`; None where Zendesk gives none) and its text."""

    code: str | None
    text: str


class ValidationError(ApiError):
    """422, or 400 with an attribute at fault. `fields` maps each field's name to its complaints."""

    def __init__(
        self, message: str, *, fields: Mapping[str, Sequence[FieldError]] | None = None, **rest: Any
    ) -> None:
        super().__init__(message, **rest)
        self.fields: dict[str, list[FieldError]] = {name: list(errors) for name, errors in (fields or {}).items()}


class RateLimited(ApiError):
    """429, again and again: retries ended. `limit` names the limit, `wait` is the seconds until it may go again."""

    def __init__(self, message: str, *, limit: str | None = None, wait: float = 0.0, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.limit = limit
        self.wait = wait


class TooManyJobs(RateLimited):
    """The account's job slots are taken. `current_job_ids` are the jobs that hold them, as far as the reply says."""

    def __init__(self, message: str, *, current_job_ids: Sequence[str] = (), **rest: Any) -> None:
        super().__init__(message, **rest)
        self.current_job_ids = list(current_job_ids)


class DownloadError(ZendeskError):
    """A file was not downloaded, and nothing of it is left.

    `reason`: "malware" (Zendesk found some in it), "too_large" (more than `max_size` bytes), "size" (not as many bytes
    as the attachment has), or "interrupted" (its line broke when a part had been handed over, so that it could not be
    begun again).
    """

    def __init__(self, message: str, *, reason: str, operation: str | None = None) -> None:
        super().__init__(message, operation=operation)
        self.reason = reason


class InvalidSignature(ZendeskError):
    """A request does not come from a webhook, or not just now. The message holds nothing of the request.

    `reason`: "missing" (a header), "malformed" (the timestamp), "mismatch" (no secret gives this signature to this
    body and timestamp), "too_old" or "too_new" (outside of the tolerance).
    """

    def __init__(self, message: str, *, reason: str, operation: str | None = None) -> None:
        super().__init__(message, operation=operation)
        self.reason = reason


class ServerError(ApiError):
    """5xx, and retries did not help or were not allowed."""


class JobFailed(ZendeskError):
    """A job ended as `failed` or `killed`. `status` is its last status."""

    def __init__(self, message: str, *, status: JobStatus, operation: str | None = None) -> None:
        super().__init__(message, operation=operation)
        self.status = status


class PartialFailure(ZendeskError):
    """A job completed, but some of its rows failed.

    `failed` are those rows, `results` all rows in input order; `status` is the job's last status.
    """

    def __init__(
        self,
        message: str,
        *,
        status: JobStatus,
        results: Sequence[JobResult],
        failed: Sequence[JobResult],
        operation: str | None = None,
    ) -> None:
        super().__init__(message, operation=operation)
        self.status = status
        self.results = list(results)
        self.failed = list(failed)


class JobLost(ZendeskError):
    """The server no longer knows the job (statuses are kept for a day): its outcome can't be told from it."""

    def __init__(self, message: str, *, job_id: str, operation: str | None = None) -> None:
        super().__init__(message, operation=operation)
        self.job_id = job_id


class SourceError(ZendeskError):
    """The input of a bulk run can't be read: no such file, not of its format, no such column.

    `path` is the file, None for rows that came from the program itself; `line` where in it, where that is known.
    """

    def __init__(self, message: str, *, path: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.line = line


class LedgerError(ZendeskError):
    """The ledger of a bulk run, or the state of a sync, can't be used; nothing was sent because of it.

    `reason`: "locked" (another run has it), "mismatch" (it is about another source, account or operation), "damaged"
    (it is no ledger, or was written by a newer version), "full" (the disk is, or the file can't be written: what is in
    it holds, and the same call goes on from there). `path` is the file.
    """

    def __init__(self, message: str, *, path: str, reason: str, operation: str | None = None) -> None:
        super().__init__(message, operation=operation)
        self.path = path
        self.reason = reason
