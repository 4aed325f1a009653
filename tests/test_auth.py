"""Credentials: their headers, what they refuse, and renewals under races, failures and cancellation."""

from __future__ import annotations

import asyncio
import copy
import functools
import gc
import logging
import pickle
import traceback
from base64 import b64decode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zdasync._renewal import FORCED_RENEWAL_PAUSE, RENEWAL_MARGIN, granted_token
from zdasync.auth import (
    Anonymous,
    ApiToken,
    ClientCredentials,
    GrantedToken,
    OAuthToken,
    RefreshToken,
    TokenCallable,
    as_credentials,
    settle,
)
from zdasync.errors import AuthenticationError, BadArgument, ConnectionFailed, TransportError, UnexpectedReply
from zdasync.testing import run_virtual

SECRET = "5ecre7Value"


class Server:
    """A token endpoint: grants a1, a2, ... after `delay` seconds; `failures` are raised first, one a call."""

    def __init__(self, *failures, delay=1.0, expires_in=3600, rotates=True):
        self.failures = list(failures)
        self.delay = delay
        self.expires_in = expires_in
        self.rotates = rotates
        self.payloads = []
        self.paths = []

    async def __call__(self, path, payload):
        self.paths.append(path)
        self.payloads.append(dict(payload))
        number = len(self.payloads)
        await asyncio.sleep(self.delay)
        if self.failures:
            raise self.failures.pop(0)
        reply = {"access_token": f"a{number}", "token_type": "bearer", "scope": "read write"}
        if self.rotates:
            reply["refresh_token"] = f"r{number}"
        if self.expires_in is not None:
            reply["expires_in"] = self.expires_in
        return reply


async def never(path, payload):
    raise AssertionError(f"nothing may be exchanged, but {path} was")


def now():
    return asyncio.get_running_loop().time()


async def header(credentials, server):
    return await credentials.authorization(server, now())


def client_credentials(**options):
    return ClientCredentials("crm", SECRET, **options)


def refresh_token(stored=None, **options):
    options.setdefault("on_rotate", [].append if stored is None else stored.append)
    return RefreshToken("r0", "crm", SECRET, **options)


# Headers ---------------------------------------------------------------------------------------------------------


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


def all_kinds():
    return [
        ApiToken("agent@acme.com", SECRET),
        OAuthToken(SECRET),
        ClientCredentials("crm", SECRET),
        RefreshToken(SECRET, "crm", SECRET, SECRET, 60, on_rotate=functools.partial(print, SECRET)),
        TokenCallable(functools.partial(print, SECRET)),
    ]


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


# Client credentials ----------------------------------------------------------------------------------------------


async def test_client_credentials_ask_for_a_token_once_and_keep_it():
    server = Server()
    credentials = client_credentials(scope="users:read  write", expires_in=7200)
    assert [await header(credentials, server) for _ in range(3)] == ["Bearer a1"] * 3
    assert server.paths == ["/oauth/tokens"]
    assert server.payloads == [
        {
            "grant_type": "client_credentials",
            "client_id": "crm",
            "client_secret": SECRET,
            "scope": "users:read write",
            "expires_in": 7200,
        }
    ]


async def test_without_a_wish_no_lifetime_is_asked_for():
    server = Server()
    await header(client_credentials(), server)
    assert "expires_in" not in server.payloads[0]


async def test_a_token_is_renewed_before_it_expires_counted_from_the_request():
    server = Server(delay=5.0, expires_in=3600)
    credentials = client_credentials()
    begun = now()
    await header(credentials, server)
    await asyncio.sleep(begun + 3600 - RENEWAL_MARGIN - now() - 0.01)
    assert await header(credentials, server) == "Bearer a1"
    await asyncio.sleep(0.02)
    assert await header(credentials, server) == "Bearer a2"


async def test_a_short_lived_token_is_used_for_most_of_its_life():
    server = Server(delay=0.0, expires_in=50)
    credentials = client_credentials()
    await header(credentials, server)
    await asyncio.sleep(39)
    assert await header(credentials, server) == "Bearer a1"
    await asyncio.sleep(2)
    assert await header(credentials, server) == "Bearer a2"


async def test_a_token_without_an_end_is_kept():
    server = Server(expires_in=None)
    credentials = client_credentials()
    await header(credentials, server)
    await asyncio.sleep(10_000_000)
    assert await header(credentials, server) == "Bearer a1"


async def test_a_thousand_calls_wait_for_one_renewal():
    server = Server()
    credentials = client_credentials()
    values = await asyncio.gather(*(header(credentials, server) for _ in range(1000)))
    assert (set(values), len(server.payloads)) == ({"Bearer a1"}, 1)


async def test_a_failed_renewal_fails_all_who_wait_and_the_next_call_tries_again():
    failure = ConnectionFailed("no route")
    server = Server(failure)
    credentials = client_credentials()
    values = await asyncio.gather(*(header(credentials, server) for _ in range(20)), return_exceptions=True)
    assert values == [failure] * 20
    assert await header(credentials, server) == "Bearer a2"


async def test_a_call_that_comes_right_after_a_failure_starts_one_renewal():
    server = Server(ConnectionFailed("no route"))
    credentials = client_credentials()

    async def stubborn():
        try:
            return await header(credentials, server)
        except ConnectionFailed:
            return await header(credentials, server)

    assert set(await asyncio.gather(*(stubborn() for _ in range(20)))) == {"Bearer a2"}
    assert len(server.payloads) == 2


async def test_a_call_in_the_very_turn_in_which_a_renewal_fails_starts_the_next_one():
    loop = asyncio.get_running_loop()
    replies = []

    async def exchange(path, payload):
        replies.append(loop.create_future())
        return await replies[-1]

    credentials = client_credentials()
    first = asyncio.create_task(header(credentials, exchange))
    await asyncio.sleep(1)
    replies[0].set_exception(ConnectionFailed("no route"))
    second = asyncio.create_task(header(credentials, exchange))
    await asyncio.sleep(1)
    third = asyncio.create_task(header(credentials, exchange))
    await asyncio.sleep(1)
    assert len(replies) == 2
    replies[1].set_result({"access_token": "a2"})
    assert [await second, await third] == ["Bearer a2"] * 2
    with pytest.raises(ConnectionFailed):
        await first


async def test_a_cancelled_waiter_cancels_no_renewal():
    server = Server()
    credentials = client_credentials()
    first, *others = [asyncio.create_task(header(credentials, server)) for _ in range(3)]
    await asyncio.sleep(0.5)
    first.cancel()
    others[0].cancel()
    assert await others[1] == "Bearer a1"
    assert first.cancelled()
    assert others[0].cancelled()
    assert len(server.payloads) == 1


async def test_a_renewal_that_nobody_waits_for_any_more_ends_and_counts():
    server = Server()
    credentials = client_credentials()
    task = asyncio.create_task(header(credentials, server))
    await asyncio.sleep(0.5)
    task.cancel()
    await settle(credentials)
    assert await header(credentials, server) == "Bearer a1"
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_renewal_that_fails_unheard_makes_no_noise(caplog):
    server = Server(ConnectionFailed("no route"))
    credentials = client_credentials()
    task = asyncio.create_task(header(credentials, server))
    await asyncio.sleep(0.5)
    task.cancel()
    await settle(credentials)
    await asyncio.sleep(0)
    del task
    gc.collect()
    assert caplog.records == []
    assert await header(credentials, server) == "Bearer a2"


async def test_a_renewal_cancelled_from_outside_is_an_error_and_no_cancellation():
    async def exchange(path, payload):
        raise asyncio.CancelledError

    credentials = client_credentials()
    with pytest.raises(TransportError, match="cancelled"):
        await header(credentials, exchange)
    assert await header(credentials, Server()) == "Bearer a1"


async def test_settling_what_renews_nothing_returns():
    for credentials in (*all_kinds(), Anonymous()):
        await settle(credentials)


@pytest.mark.parametrize("reply", [{}, {"access_token": None}, {"access_token": ""}, {"access_token": "a\r\nb: c"}])
async def test_a_reply_without_a_usable_token_is_unexpected(reply):
    async def exchange(path, payload):
        return {**reply, "refresh_token": SECRET}

    with pytest.raises(UnexpectedReply) as caught:
        await header(client_credentials(), exchange)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("value", [None, "soon", 0, -5, True])
async def test_a_lifetime_that_is_none_means_no_end(value):
    granted = granted_token({"access_token": "a", "expires_in": value})
    assert granted.expires_in is None


# 401 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", [client_credentials, refresh_token])
async def test_a_rejected_token_is_replaced_once_however_many_calls_held_it(build):
    server = Server()
    credentials = build()
    old = await header(credentials, server)
    assert [credentials.rejected(old) for _ in range(5)] == [True] * 5
    values = await asyncio.gather(*(header(credentials, server) for _ in range(5)))
    assert set(values) == {"Bearer a2"}
    assert credentials.rejected(old) is True
    assert await header(credentials, server) == "Bearer a2"


async def test_401_upon_401_does_not_renew_for_ever():
    server = Server(delay=0.0)
    credentials = client_credentials()
    assert credentials.rejected(await header(credentials, server)) is True
    assert credentials.rejected(await header(credentials, server)) is False
    assert await header(credentials, server) == "Bearer a2"
    await asyncio.sleep(FORCED_RENEWAL_PAUSE)
    assert credentials.rejected("Bearer a2") is True
    assert await header(credentials, server) == "Bearer a3"


# Refresh tokens --------------------------------------------------------------------------------------------------


async def test_a_refresh_rotates_and_the_new_pair_is_stored_first():
    server = Server()
    events = []

    async def store(granted):
        events.append("storing")
        await asyncio.sleep(1)
        events.append(granted)

    credentials = RefreshToken("r0", "crm", SECRET, on_rotate=store)
    value = await header(credentials, server)
    events.append(value)
    assert events[0] == "storing"
    assert (events[1].access_token, events[1].refresh_token) == ("a1", "r1")
    assert events[2] == "Bearer a1"
    assert server.payloads == [
        {"grant_type": "refresh_token", "client_id": "crm", "client_secret": SECRET, "refresh_token": "r0"}
    ]
    assert credentials.rejected(value)
    assert await header(credentials, server) == "Bearer a2"
    assert server.payloads[1]["refresh_token"] == "r1"


async def test_a_public_client_sends_no_secret():
    server = Server()
    await header(RefreshToken("r0", "crm", on_rotate=[].append), server)
    assert "client_secret" not in server.payloads[0]


async def test_a_server_that_does_not_rotate_leaves_a_pair_that_works():
    stored = []
    server = Server(rotates=False)
    credentials = refresh_token(stored)
    credentials.rejected(await header(credentials, server))
    await header(credentials, server)
    assert [granted.refresh_token for granted in stored] == ["r0", "r0"]
    assert [payload["refresh_token"] for payload in server.payloads] == ["r0", "r0"]


async def test_a_given_access_token_is_used_until_its_end():
    server = Server()
    credentials = refresh_token(access_token="a0", expires_in=1000)
    assert await header(credentials, server) == "Bearer a0"
    await asyncio.sleep(1000 - RENEWAL_MARGIN - 1)
    assert await header(credentials, server) == "Bearer a0"
    await asyncio.sleep(1)
    assert await header(credentials, server) == "Bearer a1"


async def test_a_given_access_token_without_an_end_is_used_until_the_server_refuses_it():
    server = Server()
    credentials = refresh_token(access_token="a0")
    await asyncio.sleep(1_000_000)
    assert await header(credentials, server) == "Bearer a0"
    assert credentials.rejected("Bearer a0")
    assert await header(credentials, server) == "Bearer a1"


async def test_a_given_access_token_that_is_over_is_not_used():
    assert await header(refresh_token(access_token="a0", expires_in=0), Server()) == "Bearer a1"


async def test_when_the_callback_raises_the_call_fails_and_the_pair_is_offered_again():
    offered = []

    def store(granted):
        offered.append(granted)
        if len(offered) < 3:
            raise OSError("disk full")

    server = Server()
    credentials = refresh_token(on_rotate=store)
    for _ in range(2):
        with pytest.raises(OSError, match="disk full"):
            await header(credentials, server)
    assert await header(credentials, server) == "Bearer a1"
    assert (len(server.payloads), offered) == (1, [offered[0]] * 3)


async def test_a_pair_that_grew_old_unstored_is_stored_before_it_is_used_for_the_next():
    offered = []

    def store(granted):
        offered.append(granted.refresh_token)
        if len(offered) == 1:
            raise OSError("disk full")

    server = Server(expires_in=600)
    credentials = refresh_token(on_rotate=store)
    with pytest.raises(OSError, match="disk full"):
        await header(credentials, server)
    await asyncio.sleep(600)
    assert await header(credentials, server) == "Bearer a2"
    assert offered == ["r1", "r1", "r2"]
    assert server.payloads[1]["refresh_token"] == "r1"


async def test_a_refused_refresh_token_is_not_lost():
    failure = AuthenticationError("revoked", status=400, code="invalid_grant")
    server = Server(failure)
    credentials = refresh_token()
    with pytest.raises(AuthenticationError):
        await header(credentials, server)
    await header(credentials, server)
    assert [payload["refresh_token"] for payload in server.payloads] == ["r0", "r0"]


async def test_a_client_that_closes_waits_until_the_new_pair_is_stored():
    stored = []

    async def store(granted):
        await asyncio.sleep(1)
        stored.append(granted.refresh_token)

    credentials = refresh_token(on_rotate=store)
    call = asyncio.create_task(header(credentials, Server()))
    await asyncio.sleep(0.5)
    call.cancel()
    await settle(credentials)
    assert stored == ["r1"]


class Chain:
    """A server that rotates for real: each refresh token works once."""

    def __init__(self, delay):
        self.delay = delay
        self.number = 0

    async def __call__(self, _, payload):
        assert payload["refresh_token"] == f"r{self.number}", "a token that was already used is sent again"
        self.number += 1
        reply = {"access_token": f"a{self.number}", "refresh_token": f"r{self.number}", "expires_in": 400}
        await asyncio.sleep(self.delay)
        return reply


@settings(max_examples=60, deadline=None)
@given(
    calls=st.lists(
        st.tuples(st.floats(0, 2000), st.none() | st.floats(0, 3), st.booleans()), min_size=1, max_size=40
    ),
    delay=st.floats(0, 2),
    broken=st.sets(st.integers(1, 12)),
)
def test_no_interleaving_of_calls_cancellations_rejections_and_failures_breaks_the_chain(calls, delay, broken):
    async def main():
        server = Chain(delay)
        stored = []
        offers = 0

        async def store(granted):
            nonlocal offers
            offers += 1
            failing = offers in broken
            await asyncio.sleep(delay / 2)
            if failing:
                raise OSError("disk full")
            stored.append((granted.access_token, granted.refresh_token))

        credentials = RefreshToken("r0", "crm", on_rotate=store)

        async def call(start, patience, reject):
            await asyncio.sleep(start)
            try:
                async with asyncio.timeout(patience):
                    value = await header(credentials, server)
            except (OSError, TimeoutError):
                return
            assert value.removeprefix("Bearer ") in {access for access, _ in stored}, "used before it was stored"
            if reject:
                credentials.rejected(value)

        async with asyncio.TaskGroup() as group:
            for each in calls:
                group.create_task(call(*each))
        await settle(credentials)
        for _ in range(len(broken) + 1):
            try:
                value = await header(credentials, server)
            except OSError:
                continue
            assert value == f"Bearer a{server.number}"
            assert stored[-1] == (f"a{server.number}", f"r{server.number}")
            break
        else:
            raise AssertionError("no call succeeded")
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtual(main())
