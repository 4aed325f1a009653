"""Grants, tokens and clients."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest

from zdasync.simulator import ADMIN_ID, AGENT_ID
from zdasync.simulator.tokens import register

URI = "https://app.example/callback"
CLIENT = {"client_id": "client", "client_secret": "secret"}


async def grant(wire, kind, **fields):
    return await wire("POST", "/oauth/tokens", auth=None, json={"grant_type": kind} | fields)


async def authorize(wire, **query):
    asked = {"response_type": "code", "client_id": "client", "redirect_uri": URI, "scope": "read", **query}
    got = await wire("GET", "/oauth/authorizations/new", auth=None, params=asked)
    assert got.status == 302
    assert got.headers["Location"].startswith(URI + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(got.headers["Location"]).query).items()}


async def works(wire, token):
    return (await wire("GET", "/api/v2/users/me", auth=f"Bearer {token}")).status == 200


def s256(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


# --- client credentials


async def test_client_credentials_act_as_the_clients_owner(serve) -> None:
    wire = await serve()
    got = await grant(wire, "client_credentials", **CLIENT, scope="read users:write")
    assert got.status == 201
    token = got.json["access_token"]
    assert {name: got.json[name] for name in ("token_type", "scope", "expires_in")} == {
        "token_type": "bearer", "scope": "read users:write", "expires_in": 1800,
    }
    assert "refresh_token" not in got.json
    assert (await wire("GET", "/api/v2/users/me", auth=f"Bearer {token}")).json["user"]["id"] == ADMIN_ID
    await asyncio.sleep(1800)
    assert not await works(wire, token)


async def test_a_form_will_do_for_json(serve) -> None:
    wire = await serve()
    form = {"grant_type": "client_credentials", **CLIENT}
    assert (await wire("POST", "/oauth/tokens", auth=None, data=form)).status == 201


@pytest.mark.parametrize(("fields", "status", "error"), [
    ({"client_id": "client", "client_secret": "wrong"}, 401, "invalid_client"),
    ({"client_id": "nobody", "client_secret": "secret"}, 401, "invalid_client"),
    ({"client_id": "client"}, 401, "invalid_client"),
    ({"client_id": "public"}, 400, "unauthorized_client"),
    ({**CLIENT, "expires_in": 299}, 400, "invalid_request"),
    ({**CLIENT, "expires_in": 172_801}, 400, "invalid_request"),
    ({**CLIENT, "expires_in": "soon"}, 400, "invalid_request"),
    ({"client_id": "bounded", "client_secret": "secret", "scope": "write"}, 400, "invalid_scope"),
])
async def test_refused_client_credentials(serve, fields, status, error) -> None:
    wire = await serve()
    account = wire.account
    register(account.state, account.now(), identifier="bounded", secret="secret", ceiling=["read"])
    got = await grant(wire, "client_credentials", **fields)
    assert (got.status, got.json["error"]) == (status, error)
    assert got.json["error_description"]


@pytest.mark.parametrize("kind", ["password", "implicit", None])
async def test_grants_that_were_removed(serve, kind) -> None:
    wire = await serve()
    got = await grant(wire, kind, **CLIENT)
    assert (got.status, got.json["error"]) == (400, "unsupported_grant_type")


async def test_clients_from_before_2026_give_out_tokens_that_stay(serve) -> None:
    wire = await serve()
    register(wire.account.state, wire.account.now(), identifier="old", secret="s", expires=False)
    got = await grant(wire, "client_credentials", client_id="old", client_secret="s")
    assert got.json["expires_in"] is None


# --- authorization code


async def test_a_code_is_exchanged_once(serve) -> None:
    wire = await serve()
    back = await authorize(wire, state="xyz", scope="read impersonate")
    assert back["state"] == "xyz"
    exchange = {**CLIENT, "code": back["code"], "redirect_uri": URI}
    got = await grant(wire, "authorization_code", **exchange)
    assert got.status == 201
    assert got.json["scope"] == "read impersonate"
    assert got.json["refresh_token_expires_in"] == 2_592_000
    assert await works(wire, got.json["access_token"])
    again = await grant(wire, "authorization_code", **exchange)
    assert (again.status, again.json["error"]) == (400, "invalid_grant")


async def test_a_code_lives_two_minutes(serve) -> None:
    wire = await serve()
    back = await authorize(wire)
    await asyncio.sleep(121)
    got = await grant(wire, "authorization_code", **CLIENT, code=back["code"], redirect_uri=URI)
    assert got.json["error"] == "invalid_grant"


async def test_the_redirect_uri_must_be_the_same(serve) -> None:
    wire = await serve()
    back = await authorize(wire)
    got = await grant(wire, "authorization_code", **CLIENT, code=back["code"], redirect_uri=URI + "/x")
    assert got.json["error"] == "invalid_grant"


@pytest.mark.parametrize(("verifier", "status"), [("right" * 10, 201), ("wrong" * 10, 400), (None, 400)])
async def test_pkce_in_place_of_a_secret(serve, verifier, status) -> None:
    wire = await serve()
    back = await authorize(
        wire, client_id="public", code_challenge=s256("right" * 10), code_challenge_method="S256"
    )
    fields = {"client_id": "public", "code": back["code"], "redirect_uri": URI}
    if verifier is not None:
        fields["code_verifier"] = verifier
    assert (await grant(wire, "authorization_code", **fields)).status == status


async def test_a_plain_challenge(serve) -> None:
    wire = await serve()
    back = await authorize(wire, code_challenge="plain-text")
    got = await grant(
        wire, "authorization_code", **CLIENT, code=back["code"], redirect_uri=URI, code_verifier="plain-text"
    )
    assert got.status == 201


async def test_what_the_authorization_page_sends_back_as_an_error(serve) -> None:
    wire = await serve()
    assert (await authorize(wire, response_type="token", state="s")) == {
        "error": "unsupported_response_type", "state": "s",
    }
    assert (await authorize(wire, client_id="public"))["error"] == "invalid_request"
    register(wire.account.state, 0, identifier="bounded", secret="s", ceiling=["read"], redirect_uris=[URI])
    assert (await authorize(wire, client_id="bounded", scope="write"))["error"] == "invalid_scope"


@pytest.mark.parametrize("query", [
    {"client_id": "nobody", "redirect_uri": URI},
    {"client_id": "client"},
    {"client_id": "bounded", "redirect_uri": "https://evil.example/"},
])
async def test_nobody_is_sent_to_a_place_that_is_not_the_clients(serve, query) -> None:
    wire = await serve()
    register(wire.account.state, 0, identifier="bounded", secret="s", redirect_uris=[URI])
    got = await wire("GET", "/oauth/authorizations/new", auth=None, params={"response_type": "code"} | query)
    assert got.status == 400


# --- refresh


async def pair(wire, **fields):
    back = await authorize(wire, scope="read write")
    got = await grant(wire, "authorization_code", **CLIENT, code=back["code"], redirect_uri=URI, **fields)
    return got.json


async def test_a_refresh_ends_both_old_tokens(serve) -> None:
    wire = await serve()
    old = await pair(wire)
    got = await grant(wire, "refresh_token", **CLIENT, refresh_token=old["refresh_token"])
    assert got.status == 201
    assert await works(wire, got.json["access_token"])
    assert not await works(wire, old["access_token"])
    replayed = await grant(wire, "refresh_token", **CLIENT, refresh_token=old["refresh_token"])
    assert (replayed.status, replayed.json["error"]) == (400, "invalid_grant")
    # A replay doesn't end the chain.
    assert await works(wire, got.json["access_token"])
    assert (await grant(wire, "refresh_token", **CLIENT, refresh_token=got.json["refresh_token"])).status == 201


async def test_a_refresh_may_narrow_the_scope_and_not_widen_it(serve) -> None:
    wire = await serve()
    old = await pair(wire)
    wider = await grant(wire, "refresh_token", **CLIENT, refresh_token=old["refresh_token"], scope="impersonate")
    assert wider.json["error"] == "invalid_scope"
    narrower = await grant(wire, "refresh_token", **CLIENT, refresh_token=old["refresh_token"], scope="read")
    assert narrower.json["scope"] == "read"


async def test_a_refresh_token_expires(serve) -> None:
    wire = await serve()
    old = await pair(wire, refresh_token_expires_in=604_800)
    await asyncio.sleep(604_800)
    got = await grant(wire, "refresh_token", **CLIENT, refresh_token=old["refresh_token"])
    assert got.json["error"] == "invalid_grant"


async def test_lifetimes_of_refresh_tokens_have_bounds(serve) -> None:
    wire = await serve()
    assert (await pair(wire, refresh_token_expires_in=60))["error"] == "invalid_request"


# --- the resource


async def test_an_admin_makes_a_token_and_sees_it_once(serve) -> None:
    wire = await serve()
    client_id = (await wire("GET", "/api/v2/oauth/clients")).json["clients"][0]["id"]
    made = await wire(
        "POST", "/api/v2/oauth/tokens.json", json={"token": {"client_id": client_id, "scopes": ["impersonate", "read"]}}
    )
    assert made.status == 201
    full = made.json["token"]["full_token"]
    assert made.json["token"]["token"] == full[:10]
    assert made.json["token"]["scopes"] == ["impersonate", "read"]
    assert made.json["token"]["expires_at"] is None
    assert await works(wire, full)
    listed = (await wire("GET", "/api/v2/oauth/tokens")).json["tokens"]
    assert [(row["token"], "full_token" in row) for row in listed] == [(full[:10], False)]
    shown = await wire("GET", f"/api/v2/oauth/tokens/{listed[0]['id']}")
    assert shown.json["token"]["used_at"] is not None


async def test_the_client_may_be_named_by_its_identifier(serve) -> None:
    wire = await serve()
    body = {"token": {"client_id": "client", "scopes": ["read"]}}
    assert (await wire("POST", "/api/v2/oauth/tokens", json=body)).status == 201


@pytest.mark.parametrize(("token", "status"), [
    ({"client_id": 1, "scopes": ["read"]}, 422),
    ({"client_id": "client", "scopes": "read"}, 400),
    (None, 400),
])
async def test_tokens_that_are_not_made(serve, token, status) -> None:
    wire = await serve()
    assert (await wire("POST", "/api/v2/oauth/tokens", json={"token": token})).status == status


async def test_only_admins_make_tokens(serve, credentials) -> None:
    wire = await serve()
    body = {"token": {"client_id": "client", "scopes": ["read"]}}
    agent = credentials("agent@example.com")
    assert (await wire("POST", "/api/v2/oauth/tokens", json=body, auth=agent)).status == 403
    assert (await wire("POST", "/api/v2/oauth/tokens", json=body, auth=None)).status == 401


async def test_the_current_token_is_shown_and_revoked(serve) -> None:
    wire = await serve()
    header = "Bearer " + (await grant(wire, "client_credentials", **CLIENT)).json["access_token"]
    shown = await wire("GET", "/api/v2/oauth/tokens/current", auth=header)
    assert shown.json["token"]["token"] == header.removeprefix("Bearer ")[:10]
    assert shown.json["token"]["user_id"] == ADMIN_ID
    assert (await wire("DELETE", "/api/v2/oauth/tokens/current", auth=header)).status == 204
    assert (await wire("GET", "/api/v2/oauth/tokens/current", auth=header)).status == 401
    assert (await wire("GET", "/api/v2/oauth/tokens/current")).status == 404


async def test_a_token_is_revoked_by_its_id(serve, credentials) -> None:
    wire = await serve()
    token = (await grant(wire, "client_credentials", **CLIENT)).json["access_token"]
    row = (await wire("GET", "/api/v2/oauth/tokens")).json["tokens"][0]
    agent = credentials("agent@example.com")
    assert (await wire("DELETE", f"/api/v2/oauth/tokens/{row['id']}", auth=agent)).status == 404
    assert (await wire("DELETE", f"/api/v2/oauth/tokens/{row['id']}")).status == 204
    assert not await works(wire, token)


async def test_tokens_are_paged_and_filtered(serve) -> None:
    wire = await serve()
    for _ in range(3):
        await grant(wire, "client_credentials", **CLIENT)
    page = (await wire("GET", "/api/v2/oauth/tokens?page[size]=2")).json
    assert (len(page["tokens"]), page["meta"]["has_more"]) == (2, True)
    assert (await wire("GET", "/api/v2/oauth/tokens?client_id=1")).json["tokens"] == []
    register(wire.account.state, 0, identifier="agents", secret="s", user_id=AGENT_ID)
    await grant(wire, "client_credentials", client_id="agents", client_secret="s")
    assert len((await wire("GET", "/api/v2/oauth/tokens")).json["tokens"]) == 3
    assert len((await wire("GET", "/api/v2/oauth/tokens?all=true")).json["tokens"]) == 4


async def test_clients_never_show_their_secret(serve) -> None:
    wire = await serve()
    clients = (await wire("GET", "/api/v2/oauth/clients")).json["clients"]
    assert [(c["identifier"], c["kind"]) for c in clients] == [("client", "confidential"), ("public", "public")]
    shown = await wire("GET", f"/api/v2/oauth/clients/{clients[0]['id']}")
    assert shown.json["client"] == clients[0]
    assert clients[0]["secret"] is None
    assert (await wire("GET", "/api/v2/oauth/clients/1")).status == 404
