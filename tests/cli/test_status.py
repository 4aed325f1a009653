"""What an error means to whoever started the command."""

from __future__ import annotations

import pytest

from zdasync import (
    AuthenticationError,
    BadArgument,
    Conflict,
    ConnectionFailed,
    DeadlineExceeded,
    JobLost,
    LedgerError,
    NotFound,
    PaginationLimit,
    PermissionDenied,
    RateLimited,
    RequestTimeout,
    ServerError,
    SourceError,
    UnexpectedReply,
    ValidationError,
)
from zdasync.cli.status import EXPLAINED, MEANINGS, Status, explain, status_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadArgument("no"), Status.USAGE),
        (AuthenticationError("no", status=401), Status.CREDENTIALS),
        (PermissionDenied("no", status=403), Status.CREDENTIALS),
        (ConnectionFailed("no"), Status.NETWORK),
        (RequestTimeout("no"), Status.NETWORK),
        (ServerError("no", status=500), Status.NETWORK),
        (RateLimited("no", status=429), Status.NETWORK),
        (NotFound("no", status=404), Status.FAILURES),
        (JobLost("no", job_id="1"), Status.FAILURES),
        (ValidationError("no", status=422), Status.REFUSED),
        (Conflict("no", status=409), Status.REFUSED),
        (PaginationLimit("no", status=400), Status.REFUSED),
        (SourceError("no"), Status.FILES),
        (LedgerError("no", path="a.db", reason="locked"), Status.FILES),
        (UnexpectedReply("no", status=302), Status.NETWORK),
        (DeadlineExceeded("no", wait=1.0), Status.NETWORK),
    ],
)
def test_each_kind_of_error_has_its_status(error, status) -> None:
    assert status_of(error) is status


def test_statuses_are_those_of_the_help_text() -> None:
    assert {one.name: one.value for one in Status} == {
        "DONE": 0, "FAILURES": 1, "USAGE": 2, "CREDENTIALS": 3, "NETWORK": 4, "REFUSED": 5, "FILES": 6,
        "INTERRUPTED": 130,
    }
    assert set(MEANINGS) == set(Status)
    assert all(f"{status.value} {text}" in EXPLAINED for status, text in MEANINGS.items())


def test_an_explanation_is_one_line_whatever_the_server_wrote() -> None:
    error = ServerError("two\nlines and \x1b[31mred", status=500)
    assert explain(error) == "two lines and \\x1b[31mred [500]"


def test_a_deadline_that_passed_between_attempts_is_explained_by_what_went_wrong() -> None:
    late = DeadlineExceeded("the next attempt would be too late", wait=4.0)
    assert explain(late) == "the next attempt would be too late"
    late.__cause__ = ConnectionFailed("no connection:\n\x1b[31mrefused")
    assert explain(late) == "no connection: \\x1b[31mrefused"
