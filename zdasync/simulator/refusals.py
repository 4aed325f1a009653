"""The error envelopes of the API, each under the name of what went wrong.

Four JSON shapes and plain text have been seen: `{"error", "description", "details"}`, `{"error": {"title",
"message"}}`, `{"errors": [...]}`, `{"error": "..."}` alone. Sources: the Requests page of the reference, replies
recorded between 2023 and 2026, and error bodies quoted in the trackers of other clients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from .http import Json, Refusal

Details = Mapping[str, Sequence[Mapping[str, str]]]
"""Field to what is wrong with it: a text, and mostly a code under `error`."""

_FORBIDDEN: Final = (
    "You do not have access to this page. Please contact the account owner of this help desk for further help."
)
_TEXT: Final = {"Content-Type": "text/plain; charset=utf-8"}


def problem(description: str, code: str | None = None) -> dict[str, str]:
    """One thing that is wrong with a field."""
    return {"description": description} if code is None else {"description": description, "error": code}


def record_invalid(details: Details) -> Refusal:
    """422: the record would not be valid."""
    body = {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
    return Refusal(422, body)


def not_found() -> Refusal:
    """404: no such record."""
    return Refusal(404, {"error": "RecordNotFound", "description": "Not found"})


def no_endpoint() -> Refusal:
    """404: no such path, or not on this plan."""
    return Refusal(404, {"error": "InvalidEndpoint", "description": "Not found"})


def forbidden(message: str = _FORBIDDEN) -> Refusal:
    """403: the caller's role may not do this."""
    return Refusal(403, {"error": {"title": "Forbidden", "message": message}})


def not_authenticated() -> Refusal:
    """401: no credentials, or wrong ones."""
    body = {"error": "Couldn't authenticate you"}
    return Refusal(401, body, {"WWW-Authenticate": 'Basic realm="Web Password"'})


def imports_disabled() -> Refusal:
    """403: bulk user imports are not enabled for the account."""
    return Refusal(403, {"error": "Forbidden", "message": "Data imports are not enabled"})


def invalid_attribute(name: str, rule: str, action: str) -> Refusal:
    """400: a value of the wrong type. `name` is the path (`user.tags`), `action` like `api/v2/users/update`."""
    message = (
        f"You passed an invalid value for the {name} attribute. Invalid parameter: {name} {rule} from {action}"
    )
    return Refusal(400, {"error": {"title": "Invalid attribute", "message": message}})


def bad_request(description: str, error: str = "BadRequest") -> Refusal:
    """400 with an error code and a text."""
    return Refusal(400, {"error": error, "description": description})


def too_many_values(what: str | None = None) -> Refusal:
    """400: more than 100 in one call. `what` as in "users may be created"; None for a list of ids."""
    if what is not None:
        return Refusal(400, {"error": "TooManyValues", "description": f"Maximum 100 {what} per call"})
    body = {
        "error": "TooManyValues",
        "description": "Parameter  cannot specify more than 100 values",
        "max_count": 100,
    }
    return Refusal(400, body)


def bad_paging(title: str) -> Refusal:
    """400: a parameter of pagination that does not hold, such as `sort is not valid`."""
    return _errors(400, "InvalidPaginationParameter", title, title)


def too_deep() -> Refusal:
    """400: past 10,000 rows of an offset listing."""
    title = (
        "Pagination requests using Offset Pagination are limited to page 100 or up to 10000 records (page * per_page)"
    )
    detail = "There are limits to how far offset pages reach; use cursor pagination to read further"
    return _errors(400, "InvalidPaginationDepth", title, detail)


def too_deep_2023() -> Refusal:
    """429 as plain text: what deep offset pages answered in 2023."""
    return Refusal(429, "Pagination limit reached for offset model", _TEXT)


def invalid_search(status: int, why: str) -> Refusal:
    """A search that can't be carried out, in the envelope of searches; 422 for one that reaches too far."""
    return Refusal(status, {"error": "invalid", "description": f"Invalid search: {why}"})


def start_too_recent(seconds: float) -> Refusal:
    """400: an export would start in what is still being written."""
    text = f"Too recent start_time. Use a start_time older than {seconds:.0f} seconds"
    return bad_request(text, "StartTimeTooRecent")


def too_many_jobs(status: int, job_class: str, job_ids: Sequence[str], headers: Mapping[str, str]) -> Refusal:
    """The account has as many jobs queued or running as it may."""
    body = {
        "error": "TooManyJobs",
        "description": f"Too many {job_class} jobs are currently queued or running. Try again later.",
        "current_job_ids": list(job_ids),
    }
    return Refusal(status, body, headers)


def _errors(status: int, code: str, title: str, detail: str) -> Refusal:
    body: Json = {"errors": [{"code": code, "title": title, "detail": detail}]}
    return Refusal(status, body)
