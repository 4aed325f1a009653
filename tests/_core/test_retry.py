"""The decision table."""

from __future__ import annotations

import pytest

from zdasync._core.retry import ATTEMPTS, CONFLICTS, LONGEST_DELAY, THROTTLED, Decision, decide
from zdasync._core.route import Route
from zdasync.errors import (
    ApiError,
    AuthenticationError,
    BadRequest,
    Conflict,
    ConnectionFailed,
    NotFound,
    PaginationLimit,
    PermissionDenied,
    RateLimited,
    RequestTimeout,
    ServerError,
    TooManyJobs,
    TransportError,
    ValidationError,
)

GET = Route("users.show", "GET", "/api/v2/users/{user_id}")
PUT = Route("users.update", "PUT", "/api/v2/users/{user_id}")
DELETE = Route("users.delete", "DELETE", "/api/v2/users/{user_id}")
POST = Route("users.create", "POST", "/api/v2/users")
UPSERT = Route("users.create_or_update", "POST", "/api/v2/users/create_or_update", idempotent=True)
ONCE = Route("users.merge", "PUT", "/api/v2/users/{user_id}/merge", idempotent=False)

SAFE = (GET, PUT, DELETE, UPSERT)
UNSAFE = (POST, ONCE)
ALL = SAFE + UNSAFE


def failed(status: int, *, after: float | None = None) -> ServerError:
    return ServerError("x", status=status, retry_after=after)


def lost(*, sent: bool) -> TransportError:
    return ConnectionFailed("x", sent=sent)


TABLE = [
    # what happened, routes, verdict
    (RateLimited("x", status=429), ALL, "again"),
    (TooManyJobs("x", status=422), ALL, "again"),
    (PaginationLimit("x", status=429), ALL, "give up"),
    (PaginationLimit("x", status=400), ALL, "give up"),
    (failed(503, after=7.0), ALL, "again"),
    (failed(503), SAFE, "again"),
    (failed(503), UNSAFE, "give up"),
    (failed(500), SAFE, "again"),
    (failed(500), UNSAFE, "give up"),
    (failed(502), SAFE, "again"),
    (failed(504, after=7.0), UNSAFE, "give up"),
    (lost(sent=False), ALL, "again"),
    (lost(sent=True), SAFE, "again"),
    (lost(sent=True), UNSAFE, "unknown"),
    (RequestTimeout("x"), SAFE, "again"),
    (RequestTimeout("x"), UNSAFE, "unknown"),
    (Conflict("x", status=409, code="DatabaseConflict"), ALL, "again"),
    (Conflict("x", status=409, code="IdempotentRequestInProgress"), ALL, "again"),
    (Conflict("x", status=409, code="UpdateConflict"), ALL, "give up"),
    (Conflict("x", status=409), ALL, "give up"),
    (BadRequest("x", status=400), ALL, "give up"),
    (AuthenticationError("x", status=401), ALL, "give up"),
    (PermissionDenied("x", status=403), ALL, "give up"),
    (NotFound("x", status=404), ALL, "give up"),
    (ValidationError("x", status=422), ALL, "give up"),
]


@pytest.mark.parametrize(("error", "routes", "verdict"), TABLE)
def test_the_table(error: ApiError | TransportError, routes: tuple[Route, ...], verdict: str) -> None:
    assert [decide(route, error, 1, 0.5).verdict for route in routes] == [verdict] * len(routes)


@pytest.mark.parametrize(
    ("error", "most"),
    [
        (failed(500), ATTEMPTS),
        (failed(503, after=1.0), ATTEMPTS),
        (lost(sent=False), ATTEMPTS),
        (lost(sent=True), ATTEMPTS),
        (Conflict("x", status=409, code="DatabaseConflict"), CONFLICTS),
        (Conflict("x", status=409, code="IdempotentRequestInProgress"), CONFLICTS),
        (RateLimited("x", status=429), THROTTLED),
    ],
)
def test_every_patience_ends(error: ApiError | TransportError, most: int) -> None:
    assert decide(GET, error, most - 1, 0.0).verdict == "again"
    assert decide(GET, error, most, 0.0) == Decision("give up")


def test_patience_by_number() -> None:
    assert (ATTEMPTS, CONFLICTS, THROTTLED) == (5, 10, 20)


@pytest.mark.parametrize(("attempt", "least", "most"), [(1, 0.25, 0.5), (2, 0.5, 1.0), (3, 1.0, 2.0), (4, 2.0, 4.0)])
def test_waits_double_and_are_jittered(attempt: int, least: float, most: float) -> None:
    assert decide(GET, failed(500), attempt, 0.0).delay == least
    assert decide(GET, failed(500), attempt, 1.0).delay == most


def test_no_wait_grows_without_end() -> None:
    conflict = Conflict("x", status=409, code="DatabaseConflict")
    assert decide(GET, conflict, 9, 1.0).delay == LONGEST_DELAY == 30.0


def test_retry_after_is_added_to_the_jittered_wait() -> None:
    assert decide(GET, failed(503, after=7.0), 1, 0.0).delay == 7.25


def test_a_throttled_request_waits_in_the_scheduler_and_not_here() -> None:
    assert decide(POST, RateLimited("x", status=429, retry_after=60.0), 1, 1.0).delay == 0.0


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RateLimited("x", status=429), "throttled"),
        (failed(503, after=1.0), "503 with Retry-After"),
        (failed(504), "504"),
        (lost(sent=True), "ConnectionFailed"),
        (Conflict("x", status=409, code="DatabaseConflict"), "DatabaseConflict"),
        (Conflict("x", status=409, code="IdempotentRequestInProgress"), "IdempotentRequestInProgress"),
    ],
)
def test_the_reason_is_for_people(error: ApiError | TransportError, reason: str) -> None:
    assert decide(GET, error, 1, 0.0).reason == reason


EXPORT = Route("incremental.users", "GET", "/api/v2/incremental/users/cursor", paging="cursor_export")


@pytest.mark.parametrize("slow", [failed(504), RequestTimeout("x")])
def test_a_page_of_an_export_that_takes_too_long_is_tried_again_once(slow: ApiError | TransportError) -> None:
    assert decide(EXPORT, slow, 1, 0.5).verdict == "again"
    assert decide(EXPORT, slow, 2, 0.5).verdict == "give up"
    assert decide(GET, slow, 2, 0.5).verdict == "again"


@pytest.mark.parametrize(
    "other", [failed(500), failed(503, after=7.0), lost(sent=True), RequestTimeout("x", sent=False)]
)
def test_other_losses_of_an_export_are_tried_as_often_as_any(other: ApiError | TransportError) -> None:
    assert decide(EXPORT, other, ATTEMPTS - 1, 0.5).verdict == "again"
    assert decide(EXPORT, other, ATTEMPTS, 0.5).verdict == "give up"


@pytest.mark.parametrize("status", [400, 422, 503])
def test_a_search_that_is_unavailable_is_tried_again(status: int) -> None:
    error = ApiError("x", status=status, code="unavailable")
    assert decide(GET, error, 1, 0.5).verdict == "again"
    assert decide(GET, error, ATTEMPTS, 0.5).verdict == "give up"
    assert decide(POST, error, 1, 0.5).verdict == "give up"
