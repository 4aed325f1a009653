"""The nine bodies that Zendesk is known to send with status 429, and the ways in which it says how long to wait.

| form | what | evidence |
|---|---|---|
| `html` | HTML, ticket updates, `Retry-After` up to 600 | documented |
| `text` | text, requests a minute | reported from production |
| `json` | `error` and `description` | reported from production |
| `edge` | JSON of the edge in front of Zendesk: `detail`, `status`, `title` | reported from production |
| `pagination` | text, deep offset paging (2023) | reported from production |
| `hourly` | text, requests an hour on trial accounts | reported from production |
| `export` | text, export of the audit log | documented |
| `jobs` | JSON `TooManyJobs` with the ids of the jobs under way | documented, its status is not |
| `plain` | text, the default of the middleware that Zendesk published | its source |
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import formatdate
from typing import Final

from .settings import Body429, RetryAfter

TEXT: Final = "text/plain; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"
JSON: Final = "application/json; charset=utf-8"


def _json(**fields: object) -> tuple[str, bytes]:
    return JSON, json.dumps(fields).encode()


FORMS: Final[Mapping[Body429, tuple[str, bytes]]] = {
    "html": (HTML, b"Rate limit for ticket updates exceeded, please wait before updating this ticket again"),
    "text": (TEXT, b"Number of allowed API requests per minute exceeded"),
    "json": _json(
        error="APIRateLimitExceeded",
        description="Number of allowed incremental export API requests per minute exceeded",
    ),
    "edge": _json(
        detail="Rate limited by Zendesk edge protection", status="429", title="Automated response"
    ),
    "pagination": (TEXT, b"Pagination limit reached for offset model"),
    "hourly": (TEXT, b"Number of allowed requests per hour exceeded"),
    "export": (TEXT, b"Rate limit for Audit log CSV Export exceeded. Please wait 1 minute and try again."),
    "jobs": _json(
        error="TooManyJobs",
        description="Too many UserBulkUpdateJobV2 jobs are currently queued or running. Try again later.",
        current_job_ids=["V3-00000000000000000000000000000001"],
    ),
    "plain": (TEXT, b"This action has been rate limited"),
}
"""Content type and body of each form."""

HTML_PAGE: Final = b"""<!DOCTYPE html>
<html><head><title>%d</title></head><body><center><h1>%d %s</h1></center><hr><center>cloudflare</center></body></html>
"""
"""What the edge answers by itself, whatever the client accepts; filled with status, status and reason."""

_NATURAL: Final[Mapping[str, Body429]] = {
    "account": "text",
    "help-center": "text",
    "tickets-update": "html",
    "per-ticket-updates": "html",
    "incremental-exports": "json",
    "incremental-exports-cursor": "json",
    "incremental-custom-objects": "json",
    "incremental-sample": "json",
    "anonymous-requests": "hourly",
    "audit-logs-export": "export",
    "inflight-jobs": "jobs",
}


def natural(limit: str) -> Body429:
    """The form that a limit is known to answer with, by its name; `plain` for those whose answer nobody published."""
    return _NATURAL.get(limit, "plain")


def retry_after(style: RetryAfter, seconds: int, now: float) -> dict[str, str]:
    """The `Retry-After` header in one of its styles: as a header to merge, empty when it is missing."""
    match style:
        case "missing":
            return {}
        case "zero":
            return {"Retry-After": "0"}
        case "date":
            return {"Retry-After": formatdate(now + seconds, usegmt=True)}
        case "seconds":
            return {"Retry-After": str(seconds)}
