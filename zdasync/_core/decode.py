"""What a reply says: the numbers in its headers, and the error in its body.

Headers come in two spellings: `ratelimit-*` and `zendesk-ratelimit-<name>` since about September 2024,
`rate-limit-*` and `zendesk-rate-limit-<name>` before (both in recorded replies). Error bodies come in four JSON
envelopes that have nothing in common, and as text or HTML; a 429 may be any of them, so nothing here assumes JSON.
Texts are localized: codes and keys decide.
Sources: https://developer.zendesk.com/api-reference/introduction/rate-limits/ and .../requests/, recorded replies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from math import isfinite
from typing import Any, Final

import attrs
import msgspec

from ..errors import (
    ApiError,
    AuthenticationError,
    BadRequest,
    Conflict,
    CursorExpired,
    FieldError,
    NotFound,
    PaginationLimit,
    PermissionDenied,
    RateLimited,
    ServerError,
    StartTooRecent,
    TooManyJobs,
    ValidationError,
)
from .cursor import AFTER, OFFSET, SEARCH, asked_rows
from .message import Request, Response

EXCERPT: Final = 2000
"""Characters of an error's body that the exception keeps."""


@attrs.frozen(slots=True)
class Allowance:
    """What one header family says: `total` requests in the window, `remaining` of them, `reset` seconds to its end."""

    total: int
    remaining: int | None
    reset: float | None


# -- headers ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _unix(text: str) -> float | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    # A date without a zone is UTC: HTTP knows no other. Python would take it for local time.
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def server_time(headers: Mapping[str, str]) -> float | None:
    """The reply's `Date` in unix seconds."""
    text = headers.get("Date")
    return _unix(text) if text else None


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        return None


def service_allowance(headers: Mapping[str, str]) -> Allowance | None:
    """What the reply says of the account's limit (or that of the service it came from)."""
    get = headers.get
    total = _number(get("X-Rate-Limit") or get("ratelimit-limit") or get("rate-limit"))
    remaining = _number(get("X-Rate-Limit-Remaining") or get("ratelimit-remaining") or get("rate-limit-remaining"))
    if total is None or total <= 0:
        return None
    return Allowance(total, remaining, _number(get("ratelimit-reset") or get("rate-limit-reset")))


def own_allowance(headers: Mapping[str, str], name: str) -> Allowance | None:
    """What the reply says of the limit called `name`: `total=100; remaining=99; resets=41`."""
    text = headers.get(f"zendesk-ratelimit-{name}") or headers.get(f"zendesk-rate-limit-{name}")
    if not text:
        return None
    found: dict[str, int] = {}
    for part in text.split(";"):
        key, _, value = part.partition("=")
        number = _number(value.strip())
        if number is not None:
            found[key.strip().lower()] = number
    total = found.get("total", 0)
    return Allowance(total, found.get("remaining"), found.get("resets")) if total > 0 else None


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds to wait, from a number or a date; None when the header is missing or says nothing.

    `now` is the server's unix time for a date; the reply's own `Date` goes first.
    """
    text = headers.get("Retry-After")
    if text is None:
        return None
    try:
        seconds = float(text)
        return max(0.0, seconds) if isfinite(seconds) else None
    except ValueError:
        until = _unix(text)
    reference = server_time(headers) or now
    return None if until is None or reference is None else max(0.0, until - reference)


def request_id(headers: Mapping[str, str]) -> str | None:
    """The id by which Zendesk support finds the request."""
    return headers.get("X-Request-Id") or headers.get("X-Zendesk-Request-Id")


# -- errors -----------------------------------------------------------------------------------------------------


@attrs.frozen(slots=True)
class Problem:
    """An error body, whatever its envelope: `code` for programs, `text` for people, `fields` with their complaints."""

    code: str | None
    text: str
    fields: Mapping[str, Sequence[FieldError]] = attrs.field(factory=dict)
    body: Any = None


def problem_in(body: bytes) -> Problem:
    """Read an error body; never raises."""
    data: Any = None
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        data = msgspec.json.decode(body)
    if isinstance(data, dict):
        return _problem_in_json(data)
    return Problem(None, body[:EXCERPT].decode("utf-8", "replace").strip())


_TEXTS: Final = ("description", "error_description", "message", "detail", "title")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _problem_in_json(data: dict[str, Any]) -> Problem:
    error, errors = data.get("error"), data.get("errors")
    if isinstance(error, dict):
        title = _text(error.get("title")) or _text(error.get("code"))
        text = _text(error.get("message")) or _text(error.get("detail")) or title or "error"
        return Problem(title, text, body=data)
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        first = errors[0]
        texts = [_text(e.get("detail")) or _text(e.get("title")) for e in errors if isinstance(e, dict)]
        return Problem(_text(first.get("code")), "; ".join(filter(None, texts)) or "error", body=data)
    code = _text(error)
    said = next((found for name in _TEXTS if (found := _text(data.get(name)))), None)
    return Problem(code, said or code or "error", _fields(data.get("details")), data)


def _fields(details: object) -> dict[str, list[FieldError]]:
    if not isinstance(details, dict):
        return {}
    fields: dict[str, list[FieldError]] = {}
    for name, items in details.items():
        listed = items if isinstance(items, list) else [items]
        fields[str(name)] = [
            FieldError(_text(item.get("error")), _text(item.get("description")) or "") if isinstance(item, dict)
            else FieldError(None, str(item))
            for item in listed
        ]
    return fields


_BY_STATUS: Final[Mapping[int, type[ApiError]]] = {
    401: AuthenticationError,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    422: ValidationError,
}
_DEPTH_CODES: Final = frozenset({"InvalidPaginationDepth"})


def error_from(response: Response, operation: str, request: Request | None = None) -> ApiError:
    """The exception for a reply that is not 2xx, and for what was asked, where that is known."""
    error = _error_from(response, operation, request)
    return error if request is None else _refused_cursor(request, error) or error


def _error_from(response: Response, operation: str, request: Request | None) -> ApiError:
    problem = problem_in(response.body)
    status = response.status
    rest: dict[str, Any] = {
        "operation": operation,
        "status": status,
        "code": problem.code,
        "request_id": request_id(response.headers),
        "retry_after": retry_after(response.headers),
        "body": response.body[:EXCERPT].decode("utf-8", "replace"),
    }
    if problem.code == "TooManyJobs":
        ids = problem.body.get("current_job_ids") if isinstance(problem.body, dict) else None
        return TooManyJobs(problem.text, current_job_ids=[str(i) for i in ids or ()], **rest)
    if too_deep(response, problem, request):
        reach = SEARCH if status == SEARCH.status else OFFSET
        return PaginationLimit(f"{problem.text} ({reach.way_out})", **rest)
    if status == 429:  # noqa: PLR2004
        return RateLimited(problem.text or "too many requests", **rest)
    if status >= 500:  # noqa: PLR2004
        return ServerError(_brief(problem.text) or "the server failed", **rest)
    if status == 422 or problem.fields or (status == 400 and problem.code == "Invalid attribute"):  # noqa: PLR2004
        return ValidationError(_with_fields(problem) or "the server refused", fields=problem.fields, **rest)
    cls = StartTooRecent if problem.code == "StartTimeTooRecent" else _BY_STATUS.get(status, BadRequest)
    return cls(_brief(problem.text) or "the server refused", **rest)


def too_deep(response: Response, problem: Problem, request: Request | None = None) -> bool:
    """Is this the end of offset pages or of a search, which no waiting cures?"""
    if problem.code in _DEPTH_CODES:
        return True
    if response.status == 429:  # noqa: PLR2004
        return "offset" in problem.text.lower() and problem.code is None
    if response.status != SEARCH.status or problem.code != SEARCH.code:
        return False
    # A query that is wrong has the same code; texts are localized.
    return request is None or asked_rows(request.query) > SEARCH.records


def _refused_cursor(request: Request, error: ApiError) -> CursorExpired | None:
    """The error for a cursor that the server takes no more, where this may be its age."""
    cursor, life = dict(request.query).get(AFTER), request.route.cursor_life
    # What an expired cursor answers is not documented: any refusal is taken for it that is about the request.
    refused = isinstance(error, BadRequest | NotFound | ValidationError | PaginationLimit)
    if cursor is None or life is None or not refused:
        return None
    return CursorExpired(
        f"the server refused the cursor, as it does when that is older than {life / 3600:g} h ({error.message})",
        cursor=cursor, operation=error.operation, status=error.status, code=error.code,
        request_id=error.request_id, retry_after=error.retry_after, body=error.body,
    )


def _with_fields(problem: Problem) -> str:
    texts = [error.text or error.code or "" for errors in problem.fields.values() for error in errors]
    return f"{problem.text}: {'; '.join(filter(None, texts))}" if any(texts) else problem.text


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else line[:297] + "..."  # noqa: PLR2004
