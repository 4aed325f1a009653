"""Credentials: what they send, what they refuse, and that they show no secret."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
from base64 import b64decode

import pytest
from token_server import SECRET, Server, all_kinds, client_credentials, header, never, refresh_token

from zdasync.auth import (
    Anonymous,
    ApiToken,
    ClientCredentials,
    GrantedToken,
    OAuthToken,
    RefreshToken,
    TokenCallable,
    as_credentials,
)
from zdasync.errors import AuthenticationError, BadArgument


async def test_an_api_token_is_basic_with_the_token_suffix():
    value = await ApiToken("agent@acme.com", SECRET).authorization(never, 0.0)
    scheme, _, encoded = value.partition(" ")
    assert (scheme, b64decode(encoded)) == ("Basic", f"agent@acme.com/token:{SECRET}".encode())


async def test_an_email_outside_ascii_is_sent_as_utf_8():
    value = await ApiToken("jürgen@acme.com", SECRET).authorization(never, 0.0)
    assert b64decode(value.partition(" ")[2]).decode() == f"jürgen@acme.com/token:{SECRET}"


async def test_static_credentials():
    assert await OAuthToken(SECRET).authorization(never, 0.0) == f"Bearer {SECRET}"
    assert await Anonymous().authorization(never, 0.0) == ""
    for credentials in (ApiToken("a@b.c", SECRET), OAuthToken(SECRET), Anonymous()):
        assert credentials.rejected(await credentials.authorization(never, 0.0)) is False


async def test_a_callable_is_asked_each_time():
    tokens = iter(["one", "two"])

    async def token():
        return next(tokens)

    credentials = as_credentials(token)
    assert isinstance(credentials, TokenCallable)
    assert [await header(credentials, never), await header(credentials, never)] == ["Bearer one", "Bearer two"]
    assert credentials.rejected("Bearer two") is True


@pytest.mark.parametrize("bad", ["", " ", "a b", "Bearer abc", "abc\n", "ä", None, 7, b"abc"])
async def test_a_callable_that_yields_no_token_is_refused(bad):
    async def token():
        return bad

    with pytest.raises(BadArgument):
        await TokenCallable(token).authorization(never, 0.0)


async def test_a_callable_that_is_not_async_is_refused_without_showing_what_it_returned():
    with pytest.raises(BadArgument, match="async") as caught:
        await TokenCallable(lambda: SECRET).authorization(never, 0.0)
    assert SECRET not in str(caught.value)


async def test_what_a_callable_raises_reaches_the_caller():
    async def token():
        raise LookupError("vault is sealed")

    with pytest.raises(LookupError, match="sealed"):
        await TokenCallable(token).authorization(never, 0.0)


def test_as_credentials_leaves_credentials_alone():
    class Mine:
        async def authorization(self, *_):
            return "Bearer x"

        def rejected(self, *_):
            return False

    for credentials in (OAuthToken("x"), Mine()):
        assert as_credentials(credentials) is credentials


@pytest.mark.parametrize("bad", [None, SECRET, ("agent@acme.com", SECRET), ApiToken, 7])
def test_what_is_no_auth_is_refused_by_type_only(bad):
    with pytest.raises(BadArgument) as caught:
        as_credentials(bad)
    assert SECRET not in str(caught.value)


# Bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: ApiToken("", SECRET), "email is empty"),
        (lambda: ApiToken("agent@acme.com", ""), "token is empty"),
        (lambda: ApiToken("agent@acme.com", "  "), "token is empty"),
        (lambda: ApiToken("agent@acme.com/token", SECRET), "'/token' is added for you"),
        (lambda: ApiToken("agent@acme.com:pass", SECRET), "e-mail address"),
        (lambda: ApiToken("agent", SECRET), "e-mail address"),
        (lambda: ApiToken("agent@acme.com", f"{SECRET}\n"), "control character"),
        (lambda: ApiToken("agent@acme.com\r\nX: y", SECRET), "control character"),
        (lambda: ApiToken("agent@acme.com", f"p@ss {SECRET}!"), "passwords no longer work"),
        (lambda: ApiToken("agent@acme.com", f"agent@acme.com/token:{SECRET}"), "no token has"),
        (lambda: ApiToken("agent@acme.com", None), "must be a string, not NoneType"),
        (lambda: ApiToken("agent@acme.com", SECRET.encode()), "must be a string, not bytes"),
        (lambda: OAuthToken(f"Bearer {SECRET}"), "without 'Bearer '"),
        (lambda: OAuthToken(f"{SECRET}\x00"), "control character"),
        (lambda: OAuthToken(""), "empty"),
        (lambda: TokenCallable(SECRET), "async callable"),
        (lambda: ClientCredentials(17, SECRET), "not its number"),
        (lambda: ClientCredentials("", SECRET), "client_id is empty"),
        (lambda: ClientCredentials("crm", ""), "client_secret is empty"),
        (lambda: ClientCredentials("crm", f"{SECRET}\n"), "control character"),
        (lambda: ClientCredentials("crm", SECRET, "read,write"), "spaces"),
        (lambda: ClientCredentials("crm", SECRET, " "), "scope is empty"),
        (lambda: ClientCredentials("crm", SECRET, expires_in=299), "300 to 172800"),
        (lambda: ClientCredentials("crm", SECRET, expires_in=172_801), "300 to 172800"),
        (lambda: RefreshToken("", "crm", on_rotate=print), "refresh_token is empty"),
        (lambda: RefreshToken(f"{SECRET} ", "crm", on_rotate=print), "no token has"),
        (lambda: RefreshToken(SECRET, 17, on_rotate=print), "not its number"),
        (lambda: RefreshToken(SECRET, "crm", on_rotate=None), "stores the new tokens"),
        (lambda: RefreshToken(SECRET, "crm", expires_in=60, on_rotate=print), "both, or neither"),
        (lambda: RefreshToken(SECRET, "crm", access_token="", on_rotate=print), "access_token is empty"),
    ],
)
def test_bad_input_is_refused_with_advice_and_without_the_secret(build, says):
    with pytest.raises(BadArgument, match=says) as caught:
        build()
    assert SECRET not in "".join(traceback.format_exception_only(caught.value))
    assert SECRET not in repr(caught.value.__dict__)


# Secrecy ---------------------------------------------------------------------------------------------------------


def test_no_repr_shows_a_secret():
    for credentials in (*all_kinds(), GrantedToken(access_token=SECRET, refresh_token=SECRET)):
        assert SECRET not in repr(credentials) + str(credentials) + f"{[credentials]}"
    assert repr(ApiToken("agent@acme.com", SECRET)) == "ApiToken(email='agent@acme.com')"
    assert repr(ClientCredentials("crm", SECRET)) == "ClientCredentials(client_id='crm', scope='read write')"
    assert (repr(OAuthToken(SECRET)), repr(Anonymous())) == ("OAuthToken()", "Anonymous()")
    assert repr(RefreshToken(SECRET, "crm", on_rotate=print)) == "RefreshToken(client_id='crm')"
    assert repr(TokenCallable(print)) == "TokenCallable(print)"


def test_credentials_that_hold_a_secret_are_neither_pickled_nor_copied():
    for credentials in all_kinds()[:4]:
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError, match="neither pickled nor copied"):
                pickle.dumps(credentials, protocol)
        with pytest.raises(TypeError, match="neither pickled nor copied"):
            copy.deepcopy(credentials)


@pytest.mark.parametrize("build", [client_credentials, refresh_token])
async def test_a_failed_exchange_shows_no_secret_even_with_the_locals_of_its_frames(build):
    async def exchange(path, payload):
        assert payload["client_secret"] == SECRET
        raise AuthenticationError("the client is unknown", status=401, code="invalid_client")

    with pytest.raises(AuthenticationError) as caught:
        await header(build(), exchange)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert SECRET not in "".join(shown.format())
    assert SECRET not in repr(pickle.loads(pickle.dumps(caught.value)).__dict__)


async def test_nothing_is_logged(caplog):
    caplog.set_level(logging.DEBUG)
    await header(client_credentials(), Server())
    assert not any("a1" in record.getMessage() or SECRET in record.getMessage() for record in caplog.records)
