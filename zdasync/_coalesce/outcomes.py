"""The errors of single rows of a job.

A failed row has a code, such as "UserUpdateFailed", and a text in the language of the caller. Texts are not looked at:
where the record that was named is not there, the error is that of a missing record, and codes that say a conflict or
a refusal of the fields become what the single call raises for these. For every other code it is a `PartialFailure`
with that row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from .._core.decode import EXCERPT
from ..errors import Conflict, NotFound, OutcomeUnknown, PartialFailure, ValidationError, ZendeskError
from .reads import not_found

if TYPE_CHECKING:
    from .._job import Job
    from ..records.jobs import JobResult

__all__ = ["refused", "unread", "untold"]

CONFLICTS: Final = frozenset({"UpdateConflict", "DatabaseConflict"})
MISSING: Final = frozenset({"RecordNotFound"})
INVALID: Final = frozenset({"RecordInvalid", "DuplicateValue", "InvalidValue", "BlankValue"})
INVALID_END: Final = "Failed"
"""What codes such as "OrganizationUpdateFailed" end with: seen where a field was refused."""


def refused(result: JobResult, job: Job, *, gone: bool) -> ZendeskError:
    """The error of a row that failed; `gone`: there is no record of the id that it names."""
    code, text = result.error or "", result.details or result.error or "the row failed"
    rest: dict[str, Any] = {
        "operation": job.operation, "code": result.error,
        "body": msgspec.json.encode(result.raw)[:EXCERPT].decode("utf-8", "replace"),
    }
    if code in CONFLICTS:
        return Conflict(text, status=409, **rest)
    if gone:
        return not_found()
    if code in MISSING:
        return NotFound(text, status=404, **rest)
    if code in INVALID or code.endswith(INVALID_END):
        return ValidationError(text, status=422, **rest)
    return PartialFailure(
        f"its row of job {job.id} failed with {result.error}: {result.details}",
        status=job.status, results=[result], failed=[result], operation=job.operation,
    )


def untold(job: Job) -> OutcomeUnknown:
    """The error of a row of which nothing is said."""
    return OutcomeUnknown(
        f"the results of job {job.id} do not tell what became of it: look before you send it again",
        operation=job.operation,
    )


def unread(result: JobResult, job: Job, error: Exception | None) -> PartialFailure:
    """The error of a row that was written, when its record can't be given."""
    why = "its record was not there any more" if error is None else f"its record could not be read: {error}"
    failure = PartialFailure(
        f"it was written (id {result.id}; do not send it again), but {why}",
        status=job.status, results=[result], failed=[], operation=job.operation,
    )
    failure.__cause__ = error
    return failure
