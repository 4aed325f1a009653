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
    "DeadlineExceeded", "FieldError", "JobFailed", "JobLost", "NotFound", "OutcomeUnknown", "PaginationLimit",
    "PartialFailure", "PermissionDenied", "RateLimited", "RequestTimeout", "ServerError", "TooManyJobs",
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
    """Offset pages end at 10,000 records, search at 1,000: waiting does not help, cursor pages or an export do."""


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
