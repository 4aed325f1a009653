"""Tokens as records, and the grants that give them."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from zdasync import (
    AuthenticationError,
    BadArgument,
    ClientCredentials,
    NotFound,
    OAuthToken,
    PermissionDenied,
    RefreshToken,
    ValidationError,
)
from zdasync.simulator import ADMIN_ID, AGENT_ID
from zdasync.simulator.tokens import find_client

from .conftest import AGENT

URI = "https://app.example/callback"


def number_of(stage, identifier="client") -> int:
    return find_client(stage.account.state, identifier).id


async def visited(url) -> dict[str, str]:
    """What comes back to the redirect URI after the user has agreed."""
    async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as reply:
        assert reply.status == 302
        location = reply.headers["Location"]
    assert location.startswith(URI + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


# --- tokens


async def test_create_shows_the_token_once(start) -> None:
    stage = await start()
    made = await stage.zd.oauth.tokens.create(number_of(stage), ["read", "impersonate"])
    assert stage.statuses == [201]
    assert made.scopes == ("read", "impersonate")
    assert made.full_token.startswith(made.token)
    assert len(made.token) == 10
    assert (made.user_id, made.client_id, made.expires_at) == (ADMIN_ID, number_of(stage), None)
    shown = await stage.zd.oauth.tokens.show(made.id)
    assert (shown.token, shown.full_token) == (made.token, None)
    assert made.full_token not in repr(made)
    assert made.token not in repr(shown)
    client = await stage.client(OAuthToken(made.full_token))
    assert (await client.users.me()).id == ADMIN_ID


async def test_create_wants_the_clients_number_and_a_list_of_scopes(start) -> None:
    stage = await start()
    for wrong in ("client", -1, None):
        with pytest.raises(BadArgument, match="client_id"):
            stage.zd.oauth.tokens.create(wrong, ["read"])
    for wrong in ("read write", [], ["read write"]):
        with pytest.raises(BadArgument, match="scope"):
            stage.zd.oauth.tokens.create(1, wrong)
    assert stage.sent == []
    with pytest.raises(ValidationError):
        await stage.zd.oauth.tokens.create(99, ["read"])


async def test_list_is_of_the_callers_own_or_of_all(start) -> None:
    stage = await start()
    mine = stage.token("read")
    theirs = stage.token("read", user_id=AGENT_ID)
    own = [token.token async for token in stage.zd.oauth.tokens.list()]
    everyone = [token.token async for token in stage.zd.oauth.tokens.list(all=True, page_size=1)]
    assert own == [mine[:10]]
    assert everyone == [mine[:10], theirs[:10]]
    assert [token async for token in stage.zd.oauth.tokens.list(client_id=number_of(stage, "public"))] == []
    assert [token async for token in stage.zd.oauth.tokens.list(global_client_id=7)] == []
    assert stage.drifts == []


async def test_show_current_is_the_token_in_use(start) -> None:
    stage = await start()
    client = await stage.bearer("users:read")
    current = await client.oauth.tokens.show_current()
    assert (current.scopes, current.user_id) == (("users:read",), ADMIN_ID)
    assert current.used_at is not None
    with pytest.raises(NotFound):
        await stage.zd.oauth.tokens.show_current()


async def test_revoke_ends_a_token(start) -> None:
    stage = await start()
    client = await stage.bearer("read")
    (token,) = [token async for token in stage.zd.oauth.tokens.list()]
    assert await stage.zd.oauth.tokens.revoke(token.id) is None
    assert stage.statuses[-1] == 204
    with pytest.raises(AuthenticationError) as caught:
        await client.users.me()
    assert (caught.value.status, caught.value.code) == (401, "invalid_token")


async def test_revoke_current(start) -> None:
    stage = await start()
    client = await stage.bearer("read")
    await client.oauth.tokens.revoke_current()
    with pytest.raises(AuthenticationError):
        await client.users.me()


async def test_tokens_of_others_are_for_admins(start) -> None:
    stage = await start(auth=AGENT)
    stage.token("read")
    token = next(iter(stage.account.state.tokens.values()))
    with pytest.raises(NotFound):
        await stage.zd.oauth.tokens.revoke(token.id)
    with pytest.raises(PermissionDenied):
        await stage.zd.oauth.tokens.create(number_of(stage), ["read"])


async def test_a_scope_that_is_missing(start) -> None:
    stage = await start()
    client = await stage.bearer("read")
    with pytest.raises(PermissionDenied) as caught:
        await client.users.create(name="N")
    assert "write" in caught.value.message


# --- the authorization code


@pytest.mark.parametrize(("client_id", "secret"), [("public", None), ("client", "secret")])
async def test_from_the_authorization_url_to_a_token(start, client_id, secret) -> None:
    stage = await start()
    oauth = stage.zd.oauth
    request = oauth.authorization_url(client_id, URI, "read write")
    assert request.url.startswith(stage.account.url + "/oauth/authorizations/new?")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
    assert (asked["response_type"], asked["code_challenge_method"], asked["state"]) == ("code", "S256", request.state)
    assert request.code_verifier not in request.url
    assert request.code_verifier not in repr(request)
    back = await visited(request.url)
    granted = await oauth.exchange_code(
        back["code"], client_id=client_id, client_secret=secret, redirect_uri=URI, state=back["state"],
        expected_state=request.state, code_verifier=request.code_verifier, expires_in=600,
    )
    assert (granted.scope, granted.token_type, granted.expires_in) == ("read write", "bearer", 600)
    assert granted.refresh_token is not None
    assert granted.access_token not in repr(granted)
    client = await stage.client(OAuthToken(granted.access_token))
    assert (await client.users.me()).id == ADMIN_ID


async def exchange(stage, request, back, **changes):
    options = {
        "client_id": "public", "redirect_uri": URI, "state": back["state"], "expected_state": request.state,
        "code_verifier": request.code_verifier,
    }
    return await stage.zd.oauth.exchange_code(back["code"], **(options | changes))


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": "a" * 43},
        {"code_verifier": None},
        {"redirect_uri": "https://app.example/other"},
        {"client_id": "client", "client_secret": "secret"},
        {"client_id": "client", "client_secret": "wrong"},
    ],
)
async def test_a_code_with_anything_else_is_refused(start, change) -> None:
    stage = await start()
    request = stage.zd.oauth.authorization_url("public", URI)
    back = await visited(request.url)
    with pytest.raises(AuthenticationError) as caught:
        await exchange(stage, request, back, **change)
    assert caught.value.code in ("invalid_grant", "invalid_client")


async def test_a_code_is_good_once_and_for_two_minutes(start) -> None:
    stage = await start()
    request = stage.zd.oauth.authorization_url("public", URI)
    back = await visited(request.url)
    await exchange(stage, request, back)
    with pytest.raises(AuthenticationError):
        await exchange(stage, request, back)
    late = await visited(request.url)
    await asyncio.sleep(121)
    with pytest.raises(AuthenticationError):
        await exchange(stage, request, late)


async def test_an_answer_to_another_question_is_not_exchanged(start) -> None:
    stage = await start()
    request = stage.zd.oauth.authorization_url("public", URI)
    back = await visited(request.url)
    stage.forget()
    with pytest.raises(BadArgument, match="another question"):
        await exchange(stage, request, back | {"state": "forged"})
    assert stage.sent == []


# --- credentials that renew themselves


async def test_client_credentials_are_had_once_and_renewed_before_they_end(start) -> None:
    stage = await start(auth=ClientCredentials("client", "secret", "read write", expires_in=600))
    await asyncio.gather(*(stage.zd.users.show(ADMIN_ID) for _ in range(20)))
    assert stage.sent.count("POST /oauth/tokens") == 1
    await asyncio.sleep(500)
    await stage.zd.users.me()
    assert stage.sent.count("POST /oauth/tokens") == 1
    await asyncio.sleep(45)
    await asyncio.gather(*(stage.zd.users.show(ADMIN_ID) for _ in range(20)))
    assert stage.sent.count("POST /oauth/tokens") == 2
    assert 401 not in stage.statuses


async def test_wrong_client_credentials(start) -> None:
    stage = await start(auth=ClientCredentials("client", "hush-hush"))
    with pytest.raises(AuthenticationError) as caught:
        await stage.zd.users.me()
    assert caught.value.code == "invalid_client"
    assert "hush" not in f"{caught.value!r} {stage.zd!r}"


async def test_a_refresh_token_rotates_and_the_callback_goes_first(start) -> None:
    stage = await start()
    request = stage.zd.oauth.authorization_url("public", URI, "read write")
    first = await exchange(stage, request, await visited(request.url))
    kept = []

    async def store(granted) -> None:
        used = [one for one in stage.account.state.tokens.values() if one.value == granted.access_token]
        kept.append((granted.refresh_token, used[0].used_at))
        await asyncio.sleep(1)

    client = await stage.client(RefreshToken(first.refresh_token, "public", on_rotate=store))
    await asyncio.gather(*(client.users.show(ADMIN_ID) for _ in range(10)))
    assert len(kept) == 1
    # Not used before it was stored.
    assert kept[0][1] is None
    await asyncio.sleep(1800)
    await asyncio.gather(*(client.users.show(ADMIN_ID) for _ in range(10)))
    assert len({refresh for refresh, _ in kept}) == len(kept) == 2
    stale = await stage.client(RefreshToken(first.refresh_token, "public", on_rotate=store))
    with pytest.raises(AuthenticationError) as caught:
        await stale.users.me()
    assert caught.value.code == "invalid_grant"


async def test_any_async_callable_may_give_the_token(start) -> None:
    stage = await start()
    tokens = iter(["expired", stage.token("read")])

    async def token() -> str:
        return next(tokens)

    client = await stage.client(token)
    assert (await client.users.show(ADMIN_ID)).id == ADMIN_ID
    assert stage.statuses == [401, 200]
