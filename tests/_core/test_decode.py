"""What replies say: bodies as Zendesk's pages and recorded replies have them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import pytest

from zdasync._core.cursor import SEARCH, Query
from zdasync._core.decode import (
    EXCERPT,
    Allowance,
    error_from,
    own_allowance,
    problem_in,
    request_id,
    retry_after,
    server_time,
    service_allowance,
    too_deep,
)
from zdasync._core.message import Request, Response
from zdasync._core.route import Route
from zdasync.errors import (
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

DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
UNIX = 784111777.0


def reply(status: int, body: object = b"", headers: Mapping[str, str] | None = None) -> Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, headers or {}, data, 0.0, 0.0)


def error(status: int, body: object = b"", headers: Mapping[str, str] | None = None) -> ApiError:
    return error_from(reply(status, body, headers), "users.show")


# -- headers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "699"}, Allowance(700, 699, None)),
        ({"ratelimit-limit": "700", "ratelimit-remaining": "0", "ratelimit-reset": "41"}, Allowance(700, 0, 41)),
        ({"rate-limit": "700", "rate-limit-remaining": "12", "rate-limit-reset": "7"}, Allowance(700, 12, 7)),
        ({"X-Rate-Limit": "700", "ratelimit-remaining": "5", "rate-limit-reset": "7"}, Allowance(700, 5, 7)),
        ({"X-Rate-Limit": "700"}, Allowance(700, None, None)),
        ({"X-Rate-Limit-Remaining": "3"}, None),
        ({"X-Rate-Limit": "0", "X-Rate-Limit-Remaining": "0"}, None),
        ({"X-Rate-Limit": "many", "X-Rate-Limit-Remaining": "3"}, None),
        ({"X-Rate-Limit": "700, 700"}, None),
        ({}, None),
    ],
)
def test_the_account_s_numbers(headers: dict[str, str], expected: Allowance | None) -> None:
    assert service_allowance(headers) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("total=100; remaining=99; resets=41", Allowance(100, 99, 41)),
        ("total=100;remaining=99;resets=41", Allowance(100, 99, 41)),
        ("Remaining = 0 ; Total = 5 ; Resets = 60", Allowance(5, 0, 60)),
        ("total=30", Allowance(30, None, None)),
        ("total=x; remaining=9", None),
        ("remaining=9; resets=41", None),
        ("nonsense", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("family", ["zendesk-ratelimit", "zendesk-rate-limit"])
def test_an_endpoint_s_numbers(family: str, text: str, expected: Allowance | None) -> None:
    assert own_allowance({f"{family}-search-index": text}, "search-index") == expected
    assert own_allowance({f"{family}-search-index": text}, "search") is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "93"}, 93.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": " 1.5 "}, 1.5),
        ({"Retry-After": "-4"}, 0.0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:50:07 GMT", "Date": DATE}, 30.0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:07 GMT", "Date": DATE}, 0.0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:50:07 GMT"}, 20.0),  # by the caller's idea of the time
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after(headers, UNIX + 10) == expected


def test_a_date_without_any_time_to_compare_with_says_nothing() -> None:
    assert retry_after({"Retry-After": DATE}) is None


@pytest.mark.parametrize(("text", "expected"), [(DATE, UNIX), ("yesterday", None), ("", None)])
def test_the_server_s_time(text: str, expected: float | None) -> None:
    assert server_time({"Date": text}) == expected
    assert server_time({}) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [({"X-Request-Id": "a"}, "a"), ({"X-Zendesk-Request-Id": "b"}, "b"),
     ({"X-Request-Id": "a", "X-Zendesk-Request-Id": "b"}, "a"), ({}, None)],
)
def test_the_request_s_id(headers: dict[str, str], expected: str | None) -> None:
    assert request_id(headers) == expected


# -- the five envelopes -----------------------------------------------------------------------------------------------


def test_details_by_field() -> None:
    found = error(422, {
        "error": "RecordInvalid", "description": "Record validation errors",
        "details": {
            "email": [{"description": "Email: x@y is already being used by another user", "error": "DuplicateValue"}],
            "name": [{"description": "Name: is too short (minimum is 1 characters)"}, "odd"],
            "base": {"description": "no list", "error": "Odd"},
        },
    })
    assert isinstance(found, ValidationError)
    assert found.code == "RecordInvalid"
    assert found.fields == {
        "email": [FieldError("DuplicateValue", "Email: x@y is already being used by another user")],
        "name": [FieldError(None, "Name: is too short (minimum is 1 characters)"), FieldError(None, "odd")],
        "base": [FieldError("Odd", "no list")],
    }
    assert "already being used" in str(found)
    assert "too short" in str(found)


def test_a_title_and_a_message() -> None:
    body = {"error": {"title": "Forbidden", "message": "You do not have access to this page."}}
    found = error(403, body)
    assert isinstance(found, PermissionDenied)
    assert (found.code, found.message) == ("Forbidden", "You do not have access to this page.")


def test_an_invalid_attribute_is_a_validation_error_with_status_400() -> None:
    text = "You passed an invalid value for the user.tags attribute. Invalid parameter: user.tags must be an array"
    found = error(400, {"error": {"title": "Invalid attribute", "message": text}})
    assert isinstance(found, ValidationError)
    assert (found.status, found.message) == (400, text)


def test_a_list_of_errors() -> None:
    found = error(400, {"errors": [
        {"code": "InvalidValue", "title": "Invalid", "detail": "page[size] is not a number"}, {"title": "Second"},
    ]})
    assert isinstance(found, BadRequest)
    assert (found.code, found.message) == ("InvalidValue", "page[size] is not a number; Second")


def test_a_bare_string() -> None:
    found = error(401, {"error": "Couldn't authenticate you"})
    assert isinstance(found, AuthenticationError)
    assert (found.code, found.message) == ("Couldn't authenticate you", "Couldn't authenticate you")


@pytest.mark.parametrize("body", [b"Bad request", b"\n Bad \n request "])
def test_plain_text(body: bytes) -> None:
    found = error(400, body)
    assert isinstance(found, BadRequest)
    assert (found.code, found.message) == (None, "Bad request")


def test_edge_json() -> None:
    body = {"detail": "Rate limited by Zendesk edge protection", "status": "429", "title": "Automated response"}
    assert error(429, body).message == "Rate limited by Zendesk edge protection"


def test_oauth_errors() -> None:
    found = error(401, {"error": "invalid_token", "error_description": "The access token is expired"})
    assert (found.code, found.message) == ("invalid_token", "The access token is expired")


def test_html_is_cut_short() -> None:
    found = error(502, b"<html>" + b"<p>bad   gateway</p>" * 1000)
    assert isinstance(found, ServerError)
    assert len(found.message) == 300
    assert len(found.body) == EXCERPT


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"[1]", b'"x"', b"{}", b'{"error":null}', b'{"error":{}}', b'{"errors":[]}',
     b'{"errors":["x"]}', b'{"errors":[{}]}', b'{"details":[]}', b'{"error":5,"details":{"a":null}}', b"\xff\xfe",
     b'{"error":"\xff"}', b"[" * 100_000, b'{"error":{"title":5,"message":[]}}'],
)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 422, 429, 500, 503])
def test_no_body_breaks_it(body: bytes, status: int) -> None:
    found = error(status, body)
    assert found.status == status
    assert found.message


def test_no_body_is_no_text() -> None:
    assert problem_in(b"").text == ""


# -- by status --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "StartTimeTooRecent", "description": "Too recent"}, StartTooRecent),
        (400, {"error": "InvalidStartTime", "description": "No time"}, BadRequest),
        (401, b"", AuthenticationError),
        (403, b"", PermissionDenied),
        (404, {"error": "RecordNotFound", "description": "Not found"}, NotFound),
        (404, {"error": "InvalidEndpoint", "description": "Not found"}, NotFound),
        (409, {"error": "DatabaseConflict", "description": "Database collision"}, Conflict),
        (413, b"", BadRequest),
        (422, b"", ValidationError),
        (429, b"", RateLimited),
        (500, b"", ServerError),
        (503, b"", ServerError),
        (504, b"<html>", ServerError),
    ],
)
def test_the_status_decides_the_class(status: int, body: object, expected: type[ApiError]) -> None:
    found = error(status, body, {"X-Request-Id": "abc", "Retry-After": "7"})
    assert type(found) is expected
    assert (found.operation, found.status, found.request_id, found.retry_after) == ("users.show", status, "abc", 7.0)


@pytest.mark.parametrize("status", [422, 429])
def test_too_many_jobs_tells_which_jobs_run(status: int) -> None:
    found = error(status, {"error": "TooManyJobs", "description": "x", "current_job_ids": ["V3-1", 2]})
    assert isinstance(found, TooManyJobs)
    assert found.current_job_ids == ["V3-1", "2"]


@pytest.mark.parametrize(
    ("status", "body", "cure"),
    [
        (400, {"error": "InvalidPaginationDepth", "description": "Pagination limit"}, "page[size]"),
        (400, {"errors": [{"code": "InvalidPaginationDepth", "title": "Pagination depth exceeded", "detail": "x"}]},
         "page[size]"),
        (422, {"error": "invalid", "description": "Invalid search: too many results"}, "search.export"),
        (429, b"Pagination limit reached for offset model", "page[size]"),
    ],
)
def test_the_end_of_offset_pages_names_the_cure(status: int, body: object, cure: str) -> None:
    found = error(status, body)
    assert isinstance(found, PaginationLimit)
    assert cure in found.message


FULL: Final = {"error": "invalid", "description": "Recherche non valide"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ((("page", "11"),), PaginationLimit),
        ((("page", "21"), ("per_page", "50")), PaginationLimit),
        ((("page", "10"),), ValidationError),
        ((("page", "20"), ("per_page", "50")), ValidationError),
        ((), ValidationError),
    ],
)
def test_a_search_is_at_its_end_where_more_was_asked_for_than_it_reaches(query: Query, expected: type) -> None:
    route: Route[None] = Route("search.list", "GET", "/search", paging="offset", reach=SEARCH)
    assert type(error_from(reply(422, FULL), route.operation, Request(route, "/search", query))) is expected


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_a_refused_cursor_of_a_kind_that_expires(status: int) -> None:
    route: Route[None] = Route("search.export", "GET", "/x", paging="cursor", cursor_life=3600.0)
    asked = Request(route, "/x", (("page[after]", "A"),))
    found = error_from(reply(status, FULL), route.operation, asked)
    assert isinstance(found, CursorExpired)
    assert (found.cursor, found.status, found.code, found.operation) == ("A", status, "invalid", "search.export")
    assert "1 h" in found.message
    for other in (Request(route, "/x"), Request(Route("users.list", "GET", "/x"), "/x", asked.query)):
        assert not isinstance(error_from(reply(status, FULL), "x", other), CursorExpired)


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_other_refusals_say_nothing_of_the_cursor(status: int) -> None:
    route: Route[None] = Route("search.export", "GET", "/x", paging="cursor", cursor_life=3600.0)
    found = error_from(reply(status, b""), route.operation, Request(route, "/x", (("page[after]", "A"),)))
    assert not isinstance(found, CursorExpired)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, b"Number of allowed API requests per minute exceeded"),
        (429, {"error": "APIRateLimitExceeded", "description": "offset"}),
        (422, {"error": "RecordInvalid", "description": "search"}),
        (404, {"error": "invalid", "description": "search"}),
    ],
)
def test_other_errors_are_not_about_depth(status: int, body: object) -> None:
    response = reply(status, body)
    assert not too_deep(response, problem_in(response.body))
