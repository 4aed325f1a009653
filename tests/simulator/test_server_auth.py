"""Credentials, impersonation and scopes, as the account checks them."""

from __future__ import annotations

import asyncio

import pytest

from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID, Settings
from zdasync.simulator.tokens import UNUSED_SECONDS, find_client, issue, revoke

NOT_AUTHENTICATED = {"error": "Couldn't authenticate you"}
INVALID_TOKEN = {
    "error": "invalid_token",
    "error_description": "The access token provided is expired, revoked, malformed or invalid for other reasons.",
}


def bearer(wire, *scopes, user_id=ADMIN_ID, expires_in=None):
    """A token of that user, as the value of its header."""
    account = wire.account
    client = find_client(account.state, "client")
    token = issue(
        account.state, account.now(), client=client, user_id=user_id, scopes=scopes or ("read", "write"),
        expires_in=expires_in,
    )
    return f"Bearer {token.value}"


async def test_the_documented_api_token(serve, credentials) -> None:
    wire = await serve()
    got = await wire("GET", "/api/v2/users/me", auth=credentials("admin@example.com", "token"))
    assert got.json["user"]["id"] == ADMIN_ID


async def test_the_token_belongs_to_the_account_and_works_for_every_agent(serve, credentials) -> None:
    wire = await serve()
    got = await wire("GET", "/api/v2/users/me", auth=credentials("Agent@example.com", "token"))
    assert got.json["user"]["id"] == AGENT_ID


@pytest.mark.parametrize(("email", "secret", "kind"), [
    ("admin@example.com", "wrong", "/token"),
    ("nobody@example.com", "token", "/token"),
    ("customer@example.com", "token", "/token"),
    ("admin@example.com", "token", ""),
])
async def test_wrong_credentials(serve, credentials, email, secret, kind) -> None:
    wire = await serve()
    got = await wire("GET", "/api/v2/users", auth=credentials(email, secret, kind))
    assert (got.status, got.json) == (401, NOT_AUTHENTICATED)
    assert got.headers["WWW-Authenticate"] == 'Basic realm="Web Password"'


@pytest.mark.parametrize("header", ["Basic %%%", "Basic /w==", "Digest x", "Basic"])
async def test_credentials_that_are_none(serve, header) -> None:
    wire = await serve()
    assert (await wire("GET", "/api/v2/users", auth=header)).status == 401


async def test_a_suspended_agent_is_shut_out(serve, credentials) -> None:
    wire = await serve()
    wire.account.state.users[AGENT_ID].suspended = True
    assert (await wire("GET", "/api/v2/users", auth=credentials("agent@example.com"))).status == 401


# --- users/me


async def test_me_without_credentials_is_the_anonymous_user(serve) -> None:
    wire = await serve()
    got = await wire("GET", "/api/v2/users/me", auth=None)
    assert got.status == 200
    assert got.json["user"]["id"] is None


async def test_me_with_a_password_is_the_anonymous_user_and_with_a_wrong_token_it_is_not(serve, credentials) -> None:
    wire = await serve()
    password = await wire("GET", "/api/v2/users/me", auth=credentials("admin@example.com", "hunter2", ""))
    assert (password.status, password.json["user"]["id"]) == (200, None)
    assert (await wire("GET", "/api/v2/users/me", auth=credentials(secret="wrong"))).status == 401
    assert (await wire("GET", "/api/v2/users/me", auth="Bearer wrong")).status == 401


@pytest.mark.parametrize("kind", ["basic", "bearer"])
async def test_me_with_a_wrong_token_may_be_the_anonymous_user(serve, credentials, kind) -> None:
    wire = await serve(settings=Settings(me_bad_token="anonymous"))
    header = credentials(secret="wrong") if kind == "basic" else "Bearer wrong"
    got = await wire("GET", "/api/v2/users/me", auth=header)
    assert (got.status, got.json["user"]["id"]) == (200, None)


# --- bearer tokens


async def test_a_bearer_token_acts_as_its_user(serve) -> None:
    wire = await serve()
    got = await wire("GET", "/api/v2/users/me", auth=bearer(wire, user_id=AGENT_ID))
    assert got.json["user"]["id"] == AGENT_ID


async def test_an_unknown_token(serve) -> None:
    wire = await serve()
    got = await wire("GET", "/api/v2/users", auth="Bearer nonsense")
    assert (got.status, got.json) == (401, INVALID_TOKEN)


async def test_a_token_expires(serve) -> None:
    wire = await serve()
    header = bearer(wire, expires_in=300)
    await asyncio.sleep(299)
    assert (await wire("GET", "/api/v2/users/me", auth=header)).status == 200
    await asyncio.sleep(1)
    assert (await wire("GET", "/api/v2/users/me", auth=header)).status == 401


async def test_a_token_that_nobody_uses_is_deactivated(serve) -> None:
    wire = await serve()
    used, unused = bearer(wire), bearer(wire)
    await asyncio.sleep(UNUSED_SECONDS / 2)
    await wire("GET", "/api/v2/users/me", auth=used)
    await asyncio.sleep(UNUSED_SECONDS / 2)
    assert (await wire("GET", "/api/v2/users/me", auth=used)).status == 200
    assert (await wire("GET", "/api/v2/users/me", auth=unused)).status == 401


async def test_a_revoked_token(serve) -> None:
    wire = await serve()
    header = bearer(wire)
    revoke(wire.account.state, wire.account.state.tokens[header.removeprefix("Bearer ")])
    assert (await wire("GET", "/api/v2/users/me", auth=header)).status == 401


# --- scopes


@pytest.mark.parametrize(("scopes", "method", "path", "missing"), [
    (("read",), "GET", "/api/v2/users", None),
    (("read",), "POST", "/api/v2/users", "write"),
    (("write",), "GET", "/api/v2/users", "read"),
    (("users:read",), "GET", "/api/v2/users", None),
    (("users:read",), "GET", "/api/v2/deleted_users", None),
    (("users:read",), "POST", "/api/v2/users", "write"),
    (("users:read",), "GET", "/api/v2/organizations", "read"),
    (("users:read", "users:write"), "GET", f"/api/v2/users/{CUSTOMER_ID}/identities", "read"),
    (("read",), "GET", f"/api/v2/users/{CUSTOMER_ID}/identities", None),
    (("tickets:read",), "GET", "/api/v2/users", "read"),
    (("unrestricted",), "GET", "/api/v2/users", None),
    (("no_such_scope",), "GET", "/api/v2/users", "read"),
    (("no_such_scope",), "GET", "/api/v2/oauth/tokens/current", None),
])
async def test_scopes(serve, scopes, method, path, missing) -> None:
    wire = await serve()
    got = await wire(method, path, auth=bearer(wire, *scopes))
    if missing is None:
        assert got.status == 200
    else:
        description = f"You are missing the following required scopes: {missing}"
        assert (got.status, got.json) == (403, {"error": "Forbidden", "description": description})


# --- impersonation

ON_BEHALF = "X-On-Behalf-Of"


@pytest.mark.parametrize("name", ["customer@example.com", "Customer@Example.com", str(CUSTOMER_ID)])
async def test_an_admin_calls_in_the_name_of_an_end_user(serve, name) -> None:
    wire = await serve()
    got = await wire(
        "GET", "/api/v2/users/me", auth=bearer(wire, "impersonate", "read"), headers={ON_BEHALF: name}
    )
    assert (got.status, got.json["user"]["id"]) == (200, CUSTOMER_ID)
    assert wire.account.log[-1].actor == CUSTOMER_ID


async def test_the_impersonated_user_has_no_more_rights_than_its_own(serve) -> None:
    wire = await serve()
    header = bearer(wire, "impersonate", "read")
    got = await wire("GET", "/api/v2/users", auth=header, headers={ON_BEHALF: str(CUSTOMER_ID)})
    assert got.status == 403


@pytest.mark.parametrize("name", ["nobody@example.com", "99999999", "", "unverified@example.com"])
async def test_a_target_that_is_unknown_or_unverified_is_an_invalid_token(serve, name) -> None:
    wire = await serve()
    header = bearer(wire, "impersonate", "read")
    got = await wire("GET", "/api/v2/users/me", auth=header, headers={ON_BEHALF: name})
    assert (got.status, got.json) == (401, INVALID_TOKEN)


async def test_verification_may_be_no_condition(serve) -> None:
    wire = await serve(settings=Settings(impersonate_verified_only=False))
    header = bearer(wire, "impersonate", "read")
    got = await wire("GET", "/api/v2/users/me", auth=header, headers={ON_BEHALF: str(UNVERIFIED_ID)})
    assert got.json["user"]["id"] == UNVERIFIED_ID


async def test_agents_are_not_impersonated(serve) -> None:
    wire = await serve()
    header = bearer(wire, "impersonate", "read")
    assert (await wire("GET", "/api/v2/users/me", auth=header, headers={ON_BEHALF: str(AGENT_ID)})).status == 403


async def test_impersonation_wants_the_scope_and_an_admin(serve) -> None:
    wire = await serve()
    named = {ON_BEHALF: str(CUSTOMER_ID)}
    without = await wire("GET", "/api/v2/users/me", auth=bearer(wire, "read", "write"), headers=named)
    assert (without.status, "impersonate" in without.json["description"]) == (403, True)
    agent = bearer(wire, "read", "impersonate", user_id=AGENT_ID)
    assert (await wire("GET", "/api/v2/users/me", auth=agent, headers=named)).status == 403
    assert (await wire("GET", "/api/v2/users/me", headers=named)).status == 403


async def test_impersonation_alone_opens_nothing(serve) -> None:
    wire = await serve()
    header = bearer(wire, "impersonate")
    got = await wire("GET", "/api/v2/users/me", auth=header, headers={ON_BEHALF: str(CUSTOMER_ID)})
    assert (got.status, got.json["description"][-4:]) == (403, "read")
