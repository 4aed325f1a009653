"""Every error body that Zendesk is known to send, as the exception that it becomes."""

from __future__ import annotations

import copy
import pickle

import pytest
from support import puppet_client, reply, rig

from zdasync import (
    ApiError,
    AuthenticationError,
    BadArgument,
    BadRequest,
    Conflict,
    CursorExpired,
    DeadlineExceeded,
    ExportStuck,
    FieldError,
    NotFound,
    OAuthToken,
    OutcomeUnknown,
    PaginationLimit,
    PermissionDenied,
    RateLimited,
    ServerError,
    StartTooRecent,
    TooManyJobs,
    TransportError,
    UnexpectedReply,
    ValidationError,
    Zendesk,
    ZendeskError,
)
from zdasync.simulator import CUSTOMER_ID, Account, Settings
from zdasync.simulator.tokens import find_client, issue

FORBIDDEN = "You do not have access to this page. Please contact the account owner of this help desk for further help."
TAKEN = "Email: a@b.c is already being used by another user"
INVALID_TOKEN = "The access token provided is expired, revoked, malformed or invalid for other reasons."
EDGE = '{"detail": "Rate limited by Zendesk edge protection", "status": "429", "title": "Automated response"}'

ENVELOPES = [
    # 1: error, description, details
    (422, f'{{"error": "RecordInvalid", "description": "d", "details": {{"email": [{{"description": "{TAKEN}"}}]}}}}',
     ValidationError, "RecordInvalid", TAKEN),
    (422, '{"error": "RecordInvalid", "description": "Errores", "details": {"base": [{"description": "no"}]}}',
     ValidationError, "RecordInvalid", "no"),
    (413, '{"error": "RecordInvalid", "details": {"base": [{"description": "too big"}]}}', ValidationError,
     "RecordInvalid", "too big"),
    (404, '{"error": "RecordNotFound", "description": "Not found"}', NotFound, "RecordNotFound", "Not found"),
    (404, '{"error": "InvalidEndpoint", "description": "Not found"}', NotFound, "InvalidEndpoint", "Not found"),
    (409, '{"error": "UpdateConflict", "description": "outdated"}', Conflict, "UpdateConflict", "outdated"),
    (400, '{"error": "StartTimeTooRecent", "description": "Too recent"}', StartTooRecent, "StartTimeTooRecent",
     "recent"),
    (400, '{"error": "IdempotentRequestError", "description": "no match"}', BadRequest, "IdempotentRequestError", "no"),
    (401, f'{{"error": "invalid_token", "error_description": "{INVALID_TOKEN}"}}', AuthenticationError,
     "invalid_token", "expired, revoked"),
    (403, '{"error": "Forbidden", "description": "You are missing the following required scopes: write"}',
     PermissionDenied, "Forbidden", "scopes: write"),
    (403, '{"error": "Forbidden", "message": "Data imports are not enabled"}', PermissionDenied, "Forbidden", "Data"),
    # 2: error as an object
    (403, f'{{"error": {{"title": "Forbidden", "message": "{FORBIDDEN}"}}}}', PermissionDenied, "Forbidden", "owner"),
    (400, '{"error": {"title": "Invalid attribute", "message": "user.tags must be an array"}}', ValidationError,
     "Invalid attribute", "must be an array"),
    # 3: errors
    (400, '{"errors": [{"code": "InvalidPaginationParameter", "title": "x", "detail": "page[size] is not valid"}]}',
     BadRequest, "InvalidPaginationParameter", "not valid"),
    (404, '{"errors": [{"code": "NotFound", "title": "a"}, {"title": "b"}]}', NotFound, "NotFound", "a; b"),
    (400, '{"errors": [{"code": "InvalidPaginationDepth", "detail": "Offset pagination is limited"}]}',
     PaginationLimit, "InvalidPaginationDepth", "cursor"),
    (400, '{"error": "InvalidPaginationDepth", "description": "too deep"}', PaginationLimit, "InvalidPaginationDepth",
     "cursor"),
    # 4: error alone
    (401, '{"error": "Couldn\'t authenticate you"}', AuthenticationError, "Couldn't authenticate you", "Couldn't"),
    # 5: text, HTML, and bodies that are hardly any
    (400, "Bad Request", BadRequest, None, "Bad Request"),
    (403, "<html><body>Access denied</body></html>", PermissionDenied, None, "denied"),
    (500, "<html><head><title>500</title></head></html>", ServerError, None, "500"),
    (404, "", NotFound, None, "refused"),
    (400, "[1, 2]", BadRequest, None, "[1, 2]"),
    (400, "null", BadRequest, None, "null"),
    (400, '{"error": null}', BadRequest, None, "error"),
    (400, '{"error": 5, "errors": [], "details": "x"}', BadRequest, None, "error"),
    (422, '{"details": {"name": "is too short", "email": [null, {"error": "DuplicateValue"}]}}', ValidationError, None,
     "too short"),
    (400, b"\xff\xfe\x00", BadRequest, None, ""),
    (418, '{"error": "Teapot"}', BadRequest, "Teapot", "Teapot"),
    (503, '{"error": "ServiceUnavailable", "description": "Please try again later"}', ServerError,
     "ServiceUnavailable", "later"),
]


@pytest.mark.parametrize(("status", "body", "kind", "code", "text"), ENVELOPES)
async def test_an_envelope_and_its_exception(status, body, kind, code, text) -> None:
    async with puppet_client(reply(status, body, X_Request_Id="808d-SEA")) as (zd, server):
        with pytest.raises(ApiError) as caught:
            await zd.users.create(name="N")
        error = caught.value
        assert type(error) is kind
        assert (error.status, error.code, error.request_id) == (status, code, "808d-SEA")
        assert error.operation == "users.create"
        assert text in error.message
        assert "808d-SEA" in str(error)
        assert str(error).startswith("users.create: ")
        assert f"[{status}" in str(error)
        assert error.body == (body if isinstance(body, str) else body.decode("utf-8", "replace"))
        assert len(server.requests) == 1
        assert len(str(error)) < 500


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (EDGE, RateLimited, None),
        ("Number of allowed API requests per minute exceeded", RateLimited, None),
        ('{"error": "APIRateLimitExceeded", "description": "slow"}', RateLimited, "APIRateLimitExceeded"),
        ('{"error": "TooManyJobs", "description": "wait", "current_job_ids": ["a", "b"]}', TooManyJobs, "TooManyJobs"),
        ("<html>429</html>", RateLimited, None),
        ("", RateLimited, None),
    ],
)
async def test_a_rejection_that_does_not_end(body, kind, code) -> None:
    async with puppet_client(reply(429, body, X_Request_Id="r", Retry_After="3")) as (zd, _):
        with pytest.raises(RateLimited) as caught:
            await zd.users.create(name="N")
        assert type(caught.value) is kind
        assert (caught.value.code, caught.value.retry_after, caught.value.wait) == (code, 3, 3)
        assert getattr(caught.value, "current_job_ids", ["a", "b"]) == ["a", "b"]


async def test_field_errors_keep_their_codes_and_texts() -> None:
    body = (
        '{"error": "RecordInvalid", "description": "d", "details": {"email": [{"description": "taken", "error": "Dup", '
        '"field_key": 7}, {"description": "bad"}], "name": [{"error": "BlankValue"}], "base": "odd", "list": []}}'
    )
    async with puppet_client(reply(422, body)) as (zd, _):
        with pytest.raises(ValidationError, match="d: taken; bad; BlankValue; odd") as caught:
            await zd.users.update(5, name="N")
        assert caught.value.fields == {
            "email": [FieldError("Dup", "taken"), FieldError(None, "bad")], "name": [FieldError("BlankValue", "")],
            "base": [FieldError(None, "odd")], "list": [],
        }


async def test_the_request_id_has_an_older_name() -> None:
    async with puppet_client(reply(404, "{}", X_Zendesk_Request_Id="old")) as (zd, _):
        with pytest.raises(NotFound, match="request id old"):
            await zd.users.show(5)


async def test_a_body_without_end_is_cut() -> None:
    async with puppet_client(reply(400, "x" * 100_000)) as (zd, _):
        with pytest.raises(BadRequest) as caught:
            await zd.users.show(5)
        assert len(caught.value.body) == 2000
        assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "body", ["", "[]", "<html>", '{"user": null}', '{"user": {"name": "no id"}}', '{"usr": {}}', "nul"]
)
async def test_a_good_status_with_a_bad_body(body) -> None:
    async with puppet_client(reply(200, body)) as (zd, server):
        with pytest.raises(UnexpectedReply):
            await zd.users.show(5)
        assert len(server.requests) == 1
        assert zd.limits["connections"].used == 0


# -- from the simulated account ---------------------------------------------------------------------------------------


async def test_no_such_record_and_no_such_endpoint() -> None:
    async with rig() as r:
        with pytest.raises(NotFound) as caught:
            await r.zd.users.show(9223372036854775807)
        assert caught.value.code == "RecordNotFound"
        assert caught.value.request_id is not None
        assert caught.value.request_id in str(caught.value)
        with pytest.raises(NotFound) as caught:
            await r.zd.request("GET", "/api/v2/nothing")
        assert caught.value.code == "InvalidEndpoint"


async def test_a_duplicate_is_named_by_field_and_code() -> None:
    async with rig() as r:
        with pytest.raises(ValidationError) as caught:
            await r.zd.users.create(name="N", email="customer@example.com")
        assert [one.code for one in caught.value.fields["email"]] == ["DuplicateValue"]


async def test_tags_as_a_string_past_the_check_of_types() -> None:
    async with rig() as r:
        with pytest.raises(ValidationError) as caught:
            await r.zd.request("PUT", f"/api/v2/users/{CUSTOMER_ID}", json={"user": {"tags": "vip"}})
        assert (caught.value.status, caught.value.code) == (400, "Invalid attribute")


async def test_bulk_imports_that_nobody_enabled() -> None:
    async with rig(settings=Settings(bulk_imports_enabled=False)) as r:
        with pytest.raises(PermissionDenied):
            await r.zd.users.create_many([{"name": "N"}])
        assert r.zd.limits["inflight-jobs"].used == 0


async def test_a_missing_scope() -> None:
    account = Account()
    client = find_client(account.state, "client")
    assert client is not None
    token = issue(account.state, account.now(), client=client, user_id=35436, scopes=["read"])
    async with account.serve() as url, Zendesk(base_url=url, auth=OAuthToken(token.value), plan="team") as zd:
        with pytest.raises(PermissionDenied, match="missing the following required scopes: write"):
            await zd.users.update(CUSTOMER_ID, notes="x")


@pytest.mark.parametrize("answer", ["400", "429 text"])
async def test_offset_pages_and_searches_end_with_the_cure(answer) -> None:
    async with rig(settings=Settings(deep_page_answer=answer)) as r:
        for path, query in (("/api/v2/users", {}), ("/api/v2/users/search", {"query": "*"})):
            with pytest.raises(PaginationLimit, match=r"cursor pages|export"):
                await r.zd.request("GET", path, params={"page": 101, "per_page": 100, **query})
        assert r.account.requests == 2


async def test_the_end_of_a_search_is_told_with_the_cure() -> None:
    body = '{"error": "invalid", "description": "Invalid search: Requested response size was too large"}'
    async with puppet_client(reply(422, body)) as (zd, server):
        with pytest.raises(PaginationLimit, match=r"search\.export"):
            await zd.request("GET", "/api/v2/search", params={"query": "x", "page": 11})
        for page in (10, "x"):
            with pytest.raises(ValidationError, match="too large"):
                await zd.request("GET", "/api/v2/search", params={"query": "x", "page": page})
        assert len(server.requests) == 3


# -- as objects -------------------------------------------------------------------------------------------------------

REST = {"operation": "users.show", "status": 400, "code": "X", "request_id": "r", "retry_after": 2.0, "body": "b"}


@pytest.mark.parametrize(
    "error",
    [
        ZendeskError("m", operation="o"), BadArgument("m"), DeadlineExceeded("m", wait=3.0, limit="account"),
        TransportError("m", sent=False), OutcomeUnknown("m", operation="o"), UnexpectedReply("m", status=302, body="b"),
        ApiError("m", **REST), NotFound("m", **REST), RateLimited("m", limit="account", wait=4.0, **REST),
        TooManyJobs("m", current_job_ids=["a"], **REST), PaginationLimit("m", read=3, count=4, **REST),
        CursorExpired("m", cursor="c", read=3, last=5, **REST), ExportStuck("m", second=6, operation="o"),
        ValidationError("m", fields={"email": [FieldError("c", "t")]}, **REST),
    ],
)
@pytest.mark.parametrize("turn", [lambda one: pickle.loads(pickle.dumps(one)), copy.copy, copy.deepcopy])
def test_errors_survive_pickles_and_copies(error, turn) -> None:
    same = turn(error)
    assert type(same) is type(error)
    assert (str(same), repr(same), same.__dict__, same.args) == (str(error), repr(error), error.__dict__, error.args)


async def test_an_error_from_the_wire_survives_a_pickle() -> None:
    async with rig() as r:
        with pytest.raises(ValidationError) as caught:
            await r.zd.users.create(name="N", email="customer@example.com")
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.fields == caught.value.fields
    assert str(again) == str(caught.value)


def test_an_end_tells_what_was_read() -> None:
    assert str(PaginationLimit("m", **REST)) == "users.show: m [400 X] (request id r)"
    assert str(PaginationLimit("m", read=1000, **REST)).endswith("; 1,000 records were read")
    assert str(PaginationLimit("m", read=1000, count=2304, **REST)).endswith("; 1,000 of 2,304 records were read")
    assert str(CursorExpired("m", cursor="c", read=7, **REST)).endswith("; 7 records were read")


def test_everything_is_one_tree() -> None:
    kinds = [
        ApiError, AuthenticationError, BadArgument, BadRequest, Conflict, CursorExpired, DeadlineExceeded, ExportStuck,
        NotFound, OutcomeUnknown, PaginationLimit, PermissionDenied, RateLimited, ServerError, StartTooRecent,
        TooManyJobs, TransportError, UnexpectedReply, ValidationError,
    ]
    assert all(issubclass(kind, ZendeskError) for kind in kinds)
    assert issubclass(BadArgument, ValueError)
    assert issubclass(DeadlineExceeded, TimeoutError)
