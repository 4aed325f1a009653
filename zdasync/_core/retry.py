"""Send it again? A pure function of what happened.

The rule: a request is sent again when the server said that it did nothing (429, 503 with Retry-After, a database
conflict, no connection), or when sending it twice does no harm. What must not be sent twice and lost its reply ends as
`OutcomeUnknown`. Waiting for a limit is not decided here: the scheduler holds back what the server throttled.
Zendesk on 503: with Retry-After a request may be sent again, without it the service is down for maintenance
(https://developer.zendesk.com/api-reference/introduction/requests/). Conflicts are retried up to ten times by Zendesk's
partners' clients.
"""

from __future__ import annotations

from typing import Final, Literal

import attrs

from ..errors import ApiError, RateLimited, RequestTimeout, ServerError, TooManyJobs, TransportError
from .route import EXPORTS, Route

ATTEMPTS: Final = 5
"""Attempts on server errors and lost connections."""

CONFLICTS: Final = 10
"""Attempts on conflicts that pass."""

THROTTLED: Final = 20
"""Attempts on rejections by a limit."""

FOR_SLOTS: Final = 100
"""Attempts on refusals for want of a job slot: they come some seconds apart, and others' jobs may take long."""

PASSING: Final = ("DatabaseConflict", "IdempotentRequestInProgress")
"""Conflicts that pass by themselves: another write that is done in a moment, or a first attempt still under way."""

OF_AN_EXPORT: Final = 2
"""Attempts on a page of an incremental export that takes the server too long: then it is asked for smaller pages."""

UNAVAILABLE: Final = "unavailable"
"""The code of a search that could not be completed for now, whatever its status."""

FIRST_DELAY: Final = 0.5
LONGEST_DELAY: Final = 30.0

Verdict = Literal["again", "give up", "unknown"]


@attrs.frozen(slots=True)
class Decision:
    """`again` in `delay` seconds; `give up`: raise the error; `unknown`: raise `OutcomeUnknown`."""

    verdict: Verdict
    delay: float = 0.0
    reason: str = ""


def decide(route: Route, error: ApiError | TransportError, attempt: int, jitter: float) -> Decision:
    """What to do after attempt number `attempt` (from 1) failed; `jitter` is random, from 0 to 1."""
    backoff = _backoff(attempt, jitter)
    most = OF_AN_EXPORT if route.paging in EXPORTS and takes_too_long(error) else ATTEMPTS
    if isinstance(error, TransportError):
        return _after_loss(route, error, most, attempt, backoff)
    if isinstance(error, RateLimited):
        return _within(FOR_SLOTS if isinstance(error, TooManyJobs) else THROTTLED, attempt, 0.0, "throttled")
    if error.status == 503 and error.retry_after is not None:  # noqa: PLR2004
        return _within(ATTEMPTS, attempt, error.retry_after + backoff, "503 with Retry-After")
    if (error.status >= 500 or error.code == UNAVAILABLE) and route.repeatable:  # noqa: PLR2004
        return _within(most, attempt, backoff, f"{error.status}")
    if error.status == 409 and error.code in PASSING:  # noqa: PLR2004
        return _within(CONFLICTS, attempt, backoff, error.code)
    return Decision("give up")


def takes_too_long(error: Exception) -> bool:
    """Did the server not manage in time? Then less at once may help."""
    if isinstance(error, RequestTimeout):
        return error.sent
    return isinstance(error, ServerError) and error.status == 504  # noqa: PLR2004


def _after_loss(route: Route, error: TransportError, most: int, attempt: int, backoff: float) -> Decision:
    if error.sent and not route.repeatable:
        return Decision("unknown")
    return _within(most, attempt, backoff, type(error).__name__)


def _within(most: int, attempt: int, delay: float, reason: str) -> Decision:
    return Decision("again", delay, reason) if attempt < most else Decision("give up")


def _backoff(attempt: int, jitter: float) -> float:
    return float(min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1)) * (0.5 + jitter / 2))
