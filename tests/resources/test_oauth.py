"""OAuth: tokens as records, the authorization URL, and the exchange of its code."""

from __future__ import annotations

import traceback
from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from zdasync._core.message import Response
from zdasync.errors import AuthenticationError, BadArgument, UnexpectedReply
from zdasync.resources.oauth import OAuth
from zdasync.resources.table import routes

SECRET = "5ecre7Value"
TOKEN = {
    "id": 223443, "client_id": 17, "user_id": 35436, "token": SECRET[:10], "scopes": ["impersonate", "write"],
    "created_at": "2026-08-01T09:14:57Z", "expires_at": None, "refresh_token": SECRET,
}


class Caller:
    base_url = "https://acme.zendesk.com"

    def __init__(self, reply=None):
        self.reply = reply
        self.requests = []
        self.exchanges = []

    def emit(self, event):
        raise AssertionError(event)

    async def send(self, request):
        self.requests.append(request)
        return Response(200, {}, b"" if self.reply is None else msgspec.json.encode(self.reply), 0.0, 0.0)

    async def exchange(self, path, payload):
        self.exchanges.append((path, dict(payload)))
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply


def sent(caller):
    return [
        (request.route.method, request.path, request.query, request.body and msgspec.json.decode(request.body))
        for request in caller.requests
    ]


# Tokens ----------------------------------------------------------------------------------------------------------


async def test_create_sends_the_number_of_the_client_and_hides_what_it_gets():
    caller = Caller({"token": {**TOKEN, "full_token": SECRET}})
    token = await OAuth(caller).tokens.create(17, ["impersonate", "write"])
    assert sent(caller) == [
        ("POST", "/api/v2/oauth/tokens", (), {"token": {"client_id": 17, "scopes": ["impersonate", "write"]}})
    ]
    assert (token.full_token, token.refresh_token, token.scopes) == (SECRET, SECRET, ("impersonate", "write"))
    assert SECRET[:10] not in repr(token) + str(token)
    assert SECRET not in repr(caller.requests)


@pytest.mark.parametrize(
    ("client_id", "scopes"),
    [
        ("crm", ["read"]), (None, ["read"]), (-1, ["read"]), (True, ["read"]), (17, "read"), (17, "read write"),
        (17, []), (17, ["read write"]), (17, ["read,write"]), (17, [""]), (17, ["read\n"]), (17, [7]), (17, ["é"]),
    ],
)
def test_create_refuses_what_can_not_be_right(client_id, scopes):
    with pytest.raises(BadArgument):
        OAuth(Caller()).tokens.create(client_id, scopes)


async def test_list():
    caller = Caller({"tokens": [TOKEN], "meta": {"has_more": False, "after_cursor": None}})
    tokens = OAuth(caller).tokens
    assert [token.id async for token in tokens.list()] == [223443]
    everyone = await tokens.list(client_id=17, global_client_id=3, all=True, page_size=7)
    assert [token.id for token in everyone] == [223443]
    assert [query for _, _, query, _ in sent(caller)] == [
        (("page[size]", "100"),),
        (("page[size]", "7"), ("client_id", "17"), ("global_client_id", "3"), ("all", "true")),
    ]


async def test_show_and_show_current():
    caller = Caller({"token": TOKEN})
    tokens = OAuth(caller).tokens
    assert (await tokens.show(223443)).user_id == 35436
    assert (await tokens.show_current()).created_at.isoformat() == "2026-08-01T09:14:57+00:00"
    assert sent(caller) == [
        ("GET", "/api/v2/oauth/tokens/223443", (), None), ("GET", "/api/v2/oauth/tokens/current", (), None),
    ]


async def test_revoke_and_revoke_current():
    caller = Caller()
    tokens = OAuth(caller).tokens
    assert await tokens.revoke(223443) is None
    assert await tokens.revoke_current() is None
    assert sent(caller) == [
        ("DELETE", "/api/v2/oauth/tokens/223443", (), None), ("DELETE", "/api/v2/oauth/tokens/current", (), None),
    ]


@pytest.mark.parametrize("bad", ["current", "1/../2", None, -1, 1.5])
def test_an_id_that_is_none_is_refused(bad):
    tokens = OAuth(Caller()).tokens
    for call in (tokens.show, tokens.revoke):
        with pytest.raises(BadArgument):
            call(bad)


def test_routes():
    rows = [route for route in routes() if route.operation.startswith("oauth.")]
    assert {route.operation: f"{route.method} {route.template}" for route in rows} == {
        "oauth.tokens.list": "GET /api/v2/oauth/tokens",
        "oauth.tokens.show": "GET /api/v2/oauth/tokens/{token_id}",
        "oauth.tokens.show_current": "GET /api/v2/oauth/tokens/current",
        "oauth.tokens.create": "POST /api/v2/oauth/tokens",
        "oauth.tokens.revoke": "DELETE /api/v2/oauth/tokens/{token_id}",
        "oauth.tokens.revoke_current": "DELETE /api/v2/oauth/tokens/current",
    }


# The authorization URL -------------------------------------------------------------------------------------------


def query_of(url):
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query, strict_parsing=True).items()}


def test_the_url_asks_for_a_code_with_state_and_pkce():
    asked = OAuth(Caller()).authorization_url("crm app", "https://app.example.com/back?to=a&b=c", "impersonate  write")
    assert asked.url.startswith("https://acme.zendesk.com/oauth/authorizations/new?")
    challenge = urlsafe_b64encode(sha256(asked.code_verifier.encode()).digest()).rstrip(b"=").decode()
    assert query_of(asked.url) == {
        "response_type": "code",
        "client_id": "crm app",
        "redirect_uri": "https://app.example.com/back?to=a&b=c",
        "scope": "impersonate write",
        "state": asked.state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    assert 43 <= len(asked.code_verifier) <= 128
    assert len(asked.state) >= 43
    assert asked.code_verifier not in repr(asked) + asked.url


def test_state_and_verifier_are_new_each_time():
    oauth = OAuth(Caller())
    asked = [oauth.authorization_url("crm", "https://app.example.com") for _ in range(50)]
    assert len({one.state for one in asked}) == len({one.code_verifier for one in asked}) == 50


def test_a_state_of_ones_own_and_no_pkce():
    asked = OAuth(Caller()).authorization_url("crm", "http://localhost:8000/back", "read", state="&s=1", pkce=False)
    assert (asked.state, asked.code_verifier) == ("&s=1", None)
    assert query_of(asked.url)["state"] == "&s=1"
    assert "code_challenge" not in asked.url


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((17, "https://a.example", "read"), "not its number"),
        (("", "https://a.example", "read"), "client_id is empty"),
        (("crm", "", "read"), "redirect_uri is empty"),
        (("crm", "a.example", "read"), "whole address"),
        (("crm", "https://a.example/#x", "read"), "without a fragment"),
        (("crm", "https://a.example/ b", "read"), "whole address"),
        (("crm", "https://[a", "read"), "whole address"),
        (("crm", "https://a.example\r\nX: y", "read"), "control character"),
        (("crm", "https://a.example", "read,write"), "spaces"),
        (("crm", "https://a.example", ["read"]), "must be a string"),
    ],
)
def test_a_url_that_can_not_work_is_refused(arguments, says):
    with pytest.raises(BadArgument, match=says):
        OAuth(Caller()).authorization_url(*arguments)


def test_an_empty_state_is_refused():
    with pytest.raises(BadArgument, match="state is empty"):
        OAuth(Caller()).authorization_url("crm", "https://a.example", state="")


# The exchange ----------------------------------------------------------------------------------------------------

GRANT = {
    "access_token": "a1", "refresh_token": "r1", "token_type": "bearer", "scope": "read", "expires_in": 1800,
    "refresh_token_expires_in": 2592000,
}


def exchange(caller, **changes):
    arguments = {
        "code": SECRET, "client_id": "crm", "redirect_uri": "https://app.example.com", "state": "s",
        "expected_state": "s",
    }
    return OAuth(caller).exchange_code(**(arguments | changes))


async def test_a_code_is_exchanged_for_tokens():
    caller = Caller(GRANT)
    granted = await exchange(
        caller, code_verifier="v" * 43, client_secret=SECRET, scope="read", expires_in=1800,
        refresh_token_expires_in=2_592_000,
    )
    assert caller.exchanges == [
        (
            "/oauth/tokens",
            {
                "grant_type": "authorization_code", "code": SECRET, "client_id": "crm",
                "redirect_uri": "https://app.example.com", "code_verifier": "v" * 43, "client_secret": SECRET,
                "scope": "read", "expires_in": 1800, "refresh_token_expires_in": 2_592_000,
            },
        )
    ]
    assert (granted.access_token, granted.refresh_token, granted.expires_in) == ("a1", "r1", 1800)
    assert "a1" not in repr(granted)
    assert "r1" not in repr(granted)


async def test_what_is_not_given_is_not_sent():
    caller = Caller(GRANT)
    await exchange(caller)
    assert sorted(caller.exchanges[0][1]) == ["client_id", "code", "grant_type", "redirect_uri"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"state": "other"}, "another question"),
        ({"state": "S"}, "another question"),
        ({"state": "ß", "expected_state": "ss"}, "another question"),
        ({"state": "", "expected_state": ""}, "state is empty"),
        ({"state": None, "expected_state": None}, "must be a string"),
        ({"code": ""}, "code is empty"),
        ({"code": None}, "must be a string"),
        ({"client_id": 17}, "not its number"),
        ({"client_secret": ""}, "client_secret is empty"),
        ({"code_verifier": ""}, "code_verifier is empty"),
        ({"expires_in": 299}, "300 to 172800"),
        ({"expires_in": True}, "300 to 172800"),
        ({"refresh_token_expires_in": 60}, "604800 to 7776000"),
        ({"redirect_uri": "nowhere"}, "whole address"),
    ],
)
async def test_an_exchange_that_can_not_be_right_sends_nothing(changes, says):
    caller = Caller(GRANT)
    with pytest.raises(BadArgument, match=says) as caught:
        await exchange(caller, **changes)
    assert caller.exchanges == []
    assert SECRET not in str(caught.value)


async def test_a_refused_code_raises_without_secrets():
    caller = Caller(AuthenticationError("the code is used up", status=400, code="invalid_grant"))
    with pytest.raises(AuthenticationError) as caught:
        await exchange(caller, client_secret=SECRET)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


async def test_a_reply_without_a_token_is_unexpected():
    with pytest.raises(UnexpectedReply, match="no access token"):
        await exchange(Caller({"refresh_token": "r1"}))
