"""Who is calling: the credentials a client can be given, and how those that expire are renewed.

The model: credentials are asked for the value of the `Authorization` header before each attempt, and told when the
server answered 401 to it. Tokens that expire are renewed shortly before they do, once however many calls wait for it.
Sources: https://developer.zendesk.com/api-reference/introduction/security-and-auth/ and
https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/. Passwords ended on 2026-01-12; API
tokens end on 2027-04-30. Refreshing with one token from two tasks at once was seen to fail in one of them.

No secret stands in a repr, a message or an exception of this module, and none can be pickled with the credentials
that hold it.
"""

from __future__ import annotations

import inspect
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import msgspec

from ._checks import Secret, agent_email, checked_text, checked_token, client_identifier, lifetime, scopes
from ._renewal import ACCESS_LIFE, TOKEN_PATH, Exchange, Lease, Renewal, TokenPayload, granted_token
from .errors import BadArgument
from .records.oauth import GrantedToken

__all__ = [
    "Anonymous", "ApiToken", "Auth", "ClientCredentials", "Credentials", "Exchange", "GrantedToken", "OAuthToken",
    "RefreshToken", "TokenCallable", "as_credentials", "settle",
]

BARE: Final = "give the bare token, without 'Bearer '"

DEFAULT_SCOPE: Final = "read write"


class Credentials(Protocol):
    """What the client asks for the `Authorization` header. Your own class fits if it has these two methods."""

    async def authorization(self, exchange: Exchange, now: float) -> str:
        """The header's value, or "" to send none. `now` is the loop's time in seconds."""

    def rejected(self, authorization: str) -> bool:
        """The server answered 401 to this value: may a fresh one be had? If so, the call is tried once more."""


TokenFactory = Callable[[], Awaitable[str]]
OnRotate = Callable[[GrantedToken], Awaitable[None] | None]
Auth = Credentials | TokenFactory
"""What `Zendesk(auth=...)` takes."""


class Anonymous:
    """No credentials. `users.me` then answers with the anonymous user, and most other calls with 401."""

    __slots__ = ()

    async def authorization(self, exchange: Exchange, now: float) -> str:  # noqa: ARG002  # the protocol's
        """No header."""
        return ""

    def rejected(self, authorization: str) -> bool:  # noqa: ARG002  # the protocol's
        """There is nothing to renew."""
        return False

    def __repr__(self) -> str:
        return "Anonymous()"


class ApiToken:
    """An agent's e-mail and one of the account's API tokens: calls act as that agent.

    `email` is the plain address; "/token" is added on the way. Raises `BadArgument` for what can't be an API token,
    a password among it: Zendesk accepts none any more, and API tokens only until 2027-04-30.
    """

    __slots__ = ("_header", "email")

    def __init__(self, email: str, token: str) -> None:
        self.email: Final = agent_email(email)
        checked_token("token", token, hint="it is the token from the Admin Center, and passwords no longer work")
        self._header: Final = Secret("Basic " + b64encode(f"{email}/token:{token}".encode()).decode())

    async def authorization(self, exchange: Exchange, now: float) -> str:  # noqa: ARG002  # the protocol's
        """The Basic header."""
        return self._header.reveal()

    def rejected(self, authorization: str) -> bool:  # noqa: ARG002  # the protocol's
        """There is nothing to renew."""
        return False

    def __repr__(self) -> str:
        return f"ApiToken(email={self.email!r})"


class OAuthToken:
    """An OAuth access token that is not renewed here. Raises `BadArgument` for what can't be one."""

    __slots__ = ("_header",)

    def __init__(self, token: str) -> None:
        checked_token("token", token, hint=BARE)
        self._header: Final = Secret(f"Bearer {token}")

    async def authorization(self, exchange: Exchange, now: float) -> str:  # noqa: ARG002  # the protocol's
        """The Bearer header."""
        return self._header.reveal()

    def rejected(self, authorization: str) -> bool:  # noqa: ARG002  # the protocol's
        """There is nothing to renew."""
        return False

    def __repr__(self) -> str:
        return "OAuthToken()"


class TokenCallable:
    """An async callable that yields an access token, called before each attempt: keep the token there if it is dear.

    After a 401 the call is tried once more with what the callable then yields. What it raises reaches the caller.
    """

    __slots__ = ("_factory",)

    def __init__(self, factory: TokenFactory) -> None:
        if not callable(factory):
            raise BadArgument(f"an async callable that yields a token is needed, not {type(factory).__name__}")
        self._factory: Final = factory

    async def authorization(self, exchange: Exchange, now: float) -> str:  # noqa: ARG002  # the protocol's
        """The Bearer header. Raises `BadArgument` when the callable yields something that can't be a token."""
        token = self._factory()
        if not inspect.isawaitable(token):
            raise BadArgument("the callable given as auth must be async: it returned no awaitable")
        return "Bearer " + checked_token("what the callable given as auth yields", await token, hint=BARE)

    def rejected(self, authorization: str) -> bool:  # noqa: ARG002  # the protocol's
        """The callable may know a better one."""
        return True

    def __repr__(self) -> str:
        return f"TokenCallable({getattr(self._factory, '__qualname__', type(self._factory).__name__)})"


class ClientCredentials:
    """The client-credentials grant of a confidential OAuth client: calls act as the client's owner.

    `client_id` is the client's unique identifier (a string, not its number). `scope` holds scopes separated by
    spaces. `expires_in` asks for tokens of that many seconds (300 to 172,800); None leaves it to Zendesk.
    """

    __slots__ = ("_client_secret", "_expires_in", "_renewal", "client_id", "scope")

    def __init__(
        self, client_id: str, client_secret: str, scope: str = DEFAULT_SCOPE, expires_in: int | None = None
    ) -> None:
        self.client_id: Final = client_identifier(client_id)
        self._client_secret: Final = Secret(checked_text("client_secret", client_secret))
        self.scope: Final = scopes(scope)
        self._expires_in: Final = None if expires_in is None else lifetime("expires_in", expires_in, ACCESS_LIFE)
        self._renewal: Final = Renewal(self._obtain)

    async def authorization(self, exchange: Exchange, now: float) -> str:
        """The Bearer header, after a renewal where one is due; raises what `exchange` raises."""
        return await self._renewal.authorization(exchange, now)

    def rejected(self, authorization: str) -> bool:
        """A new token may be had, unless one was asked for in the same way a moment ago."""
        return self._renewal.rejected(authorization)

    async def aclose(self) -> None:
        """Wait for a renewal that is under way."""
        await self._renewal.aclose()

    async def _obtain(self, exchange: Exchange, now: float) -> Lease:
        payload = TokenPayload(
            grant_type="client_credentials",
            client_id=self.client_id,
            client_secret=self._client_secret.reveal(),
            scope=self.scope,
        )
        if self._expires_in is not None:
            payload["expires_in"] = self._expires_in
        return Lease.starting(now, granted_token(await exchange(TOKEN_PATH, payload)))

    def __repr__(self) -> str:
        return f"ClientCredentials(client_id={self.client_id!r}, scope={self.scope!r})"


class RefreshToken:
    """A refresh token of the authorization-code grant. Each use replaces it, and the old one dies.

    `on_rotate` (a function or a coroutine function) gets each new `GrantedToken`, to store it, before its access
    token is used. If it raises, the call fails with what it raised; the new pair is kept and offered again with the
    next call. `client_secret` is None for public clients. `access_token` may be given as long as it is good for
    another `expires_in` seconds, counted from the first call (None: until the server refuses it).
    """

    __slots__ = ("_client_secret", "_given", "_on_rotate", "_pending", "_refresh_token", "_renewal", "client_id")

    def __init__(
        self,
        refresh_token: str,
        client_id: str,
        client_secret: str | None = None,
        access_token: str | None = None,
        expires_in: float | None = None,
        *,
        on_rotate: OnRotate,
    ) -> None:
        self._refresh_token = Secret(checked_token("refresh_token", refresh_token, hint=BARE))
        self.client_id: Final = client_identifier(client_id)
        self._client_secret: Final = (
            None if client_secret is None else Secret(checked_text("client_secret", client_secret))
        )
        if not callable(on_rotate):
            raise BadArgument("on_rotate must be a function that stores the new tokens: the old ones stop working")
        self._on_rotate: Final = on_rotate
        if access_token is None and expires_in is not None:
            raise BadArgument("expires_in tells how long access_token is still good: give both, or neither")
        self._given = (
            None if access_token is None
            else GrantedToken(
                access_token=checked_token("access_token", access_token, hint=BARE), expires_in=expires_in
            )
        )
        self._pending: tuple[float, GrantedToken] | None = None
        self._renewal: Final = Renewal(self._obtain)

    async def authorization(self, exchange: Exchange, now: float) -> str:
        """The Bearer header, after a renewal where one is due; raises what `exchange` or `on_rotate` raises."""
        return await self._renewal.authorization(exchange, now)

    def rejected(self, authorization: str) -> bool:
        """A new token may be had, unless one was asked for in the same way a moment ago."""
        return self._renewal.rejected(authorization)

    async def aclose(self) -> None:
        """Wait for a renewal that is under way, so that its new pair reaches `on_rotate`."""
        await self._renewal.aclose()

    async def _obtain(self, exchange: Exchange, now: float) -> Lease:
        lease = self._first(now)
        if lease is None and self._pending is not None:
            lease = await self._hand_over(*self._pending)
        if lease is not None and now < lease.renew_at:
            return lease
        payload = TokenPayload(
            grant_type="refresh_token", client_id=self.client_id, refresh_token=self._refresh_token.reveal()
        )
        if self._client_secret is not None:
            payload["client_secret"] = self._client_secret.reveal()
        granted = granted_token(await exchange(TOKEN_PATH, payload))
        if granted.refresh_token is None:
            granted = msgspec.structs.replace(granted, refresh_token=self._refresh_token.reveal())
        else:
            self._refresh_token = Secret(granted.refresh_token)
        self._pending = (now, granted)
        return await self._hand_over(now, granted)

    def _first(self, now: float) -> Lease | None:
        """The access token from the constructor, once."""
        given, self._given = self._given, None
        return None if given is None else Lease.starting(now, given)

    async def _hand_over(self, granted_at: float, granted: GrantedToken) -> Lease:
        """Offer a pair to the callback; it stays pending until that has returned."""
        stored = self._on_rotate(granted)
        if inspect.isawaitable(stored):
            await stored
        self._pending = None
        return Lease.starting(granted_at, granted)

    def __repr__(self) -> str:
        return f"RefreshToken(client_id={self.client_id!r})"


def as_credentials(auth: Auth) -> Credentials:
    """Credentials as they are, an async callable as `TokenCallable`; raises `BadArgument` for anything else."""
    if isinstance(auth, type):
        raise BadArgument(f"auth is the class {auth.__name__}: give an object, {auth.__name__}(...)")
    if hasattr(auth, "authorization") and hasattr(auth, "rejected"):
        return auth
    if callable(auth):
        return TokenCallable(auth)
    raise BadArgument(
        "auth must be ApiToken(email, token), OAuthToken(token), ClientCredentials(...), RefreshToken(...), "
        f"Anonymous() or an async function that returns a token, not {type(auth).__name__}"
    )


async def settle(credentials: Credentials) -> None:
    """Wait for a renewal that is under way: for clients, before they close the connections that it needs."""
    if isinstance(credentials, ClientCredentials | RefreshToken):
        await credentials.aclose()


