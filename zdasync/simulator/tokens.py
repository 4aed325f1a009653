"""OAuth clients, codes and tokens of the simulated account, and the rules that bind them.

They live in the four stores of `State`: `clients` by id, `tokens` by the access token, `refresh_tokens` by the refresh
token, `codes` by the authorization code. A refresh takes both tokens of a pair out and puts a new pair in, so that a
replayed refresh token is simply unknown. Times are unix seconds.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Final

import attrs

from .records import ADMIN_ID
from .state import State

CLIENT_IDENTIFIER: Final = "client"
"""The confidential OAuth client that every account has; it belongs to the admin."""
CLIENT_SECRET: Final = "secret"  # noqa: S105  # the documented secret of an account that doesn't exist
PUBLIC_IDENTIFIER: Final = "public"
"""The public OAuth client that every account has: no secret, PKCE instead."""

CODE_SECONDS: Final = 120.0
ACCESS_SECONDS: Final = 1800.0
"""Life of an access token unless the request says otherwise, for clients made since 2026-04-30."""
REFRESH_SECONDS: Final = 2_592_000.0
UNUSED_SECONDS: Final = 2_592_000.0
"""A token that nobody uses for 30 days is deactivated."""


@attrs.define(eq=False)
class OAuthClient:
    """A registered application. `ceiling` bounds the scopes it may ask for (None: no bound)."""

    id: int
    identifier: str
    name: str
    user_id: int
    created_at: float
    secret: str | None = attrs.field(default=None, repr=False)
    """None: a public client."""
    redirect_uris: tuple[str, ...] = ()
    """Where codes may be sent; empty: anywhere, which only a simulation may allow."""
    ceiling: frozenset[str] | None = None
    expires: bool = True
    """Clients made before 2026-04-30 give out tokens that never expire unless the request says so."""

    @property
    def public(self) -> bool:
        """Has it no secret?"""
        return self.secret is None


@attrs.define(eq=False)
class Token:
    """An access token, with the refresh token that it was issued with."""

    id: int
    value: str = attrs.field(repr=False)
    client_id: int
    user_id: int
    scopes: tuple[str, ...]
    created_at: float
    expires_at: float | None = None
    refresh_token: str | None = attrs.field(default=None, repr=False)
    refresh_expires_at: float | None = None
    used_at: float | None = None

    def alive(self, now: float) -> bool:
        """May it still be used?"""
        if self.expires_at is not None and self.expires_at <= now:
            return False
        last = self.created_at if self.used_at is None else self.used_at
        return now - last < UNUSED_SECONDS


@attrs.define(eq=False)
class Code:
    """An authorization code; it is good for one exchange."""

    value: str = attrs.field(repr=False)
    client_id: int
    user_id: int
    scopes: tuple[str, ...]
    redirect_uri: str | None
    created_at: float
    challenge: str | None = None
    challenge_method: str = "plain"

    def verifies(self, verifier: str | None) -> bool:
        """Does the PKCE verifier belong to the challenge that the code was asked for with?"""
        if self.challenge is None:
            return verifier is None
        if verifier is None:
            return False
        if self.challenge_method != "S256":
            return verifier == self.challenge
        digest = hashlib.sha256(verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.challenge


def install(state: State, now: float) -> None:
    """Register the two documented clients."""
    register(state, now, identifier=CLIENT_IDENTIFIER, secret=CLIENT_SECRET)
    register(state, now, identifier=PUBLIC_IDENTIFIER, secret=None)


def register(
    state: State,
    now: float,
    *,
    identifier: str,
    secret: str | None,
    user_id: int = ADMIN_ID,
    ceiling: Iterable[str] | None = None,
    redirect_uris: Iterable[str] = (),
    expires: bool = True,
) -> OAuthClient:
    """Register another OAuth client; `secret` None makes it a public one."""
    client = OAuthClient(
        id=state.next_id(),
        identifier=identifier,
        name=identifier.capitalize(),
        user_id=user_id,
        created_at=now,
        secret=secret,
        redirect_uris=tuple(redirect_uris),
        ceiling=None if ceiling is None else frozenset(ceiling),
        expires=expires,
    )
    state.clients[client.id] = client
    return client


def find_client(state: State, name: object) -> OAuthClient | None:
    """The client with this identifier (a string) or this resource id (an integer)."""
    clients: Iterable[OAuthClient] = state.clients.values()
    for client in clients:
        if name in (client.identifier, client.id):
            return client
    return None


def issue(
    state: State,
    now: float,
    *,
    client: OAuthClient,
    user_id: int,
    scopes: Iterable[str],
    expires_in: float | None = None,
    refresh_expires_in: float | None = None,
) -> Token:
    """Give out an access token; with `refresh_expires_in` a refresh token comes with it. Seconds; None: never."""
    token = Token(
        id=state.next_id(),
        value=_secret(state),
        client_id=client.id,
        user_id=user_id,
        scopes=tuple(scopes),
        created_at=now,
        expires_at=None if expires_in is None else now + expires_in,
    )
    state.tokens[token.value] = token
    if refresh_expires_in is not None:
        token.refresh_token = _secret(state)
        token.refresh_expires_at = now + refresh_expires_in
        state.refresh_tokens[token.refresh_token] = token
    return token


def new_code(state: State, code: Code) -> Code:
    """Store a code under a fresh value."""
    code.value = _secret(state)
    state.codes[code.value] = code
    return code


def revoke(state: State, token: Token) -> None:
    """Neither the access token nor its refresh token works from now on."""
    state.tokens.pop(token.value, None)
    if token.refresh_token is not None:
        state.refresh_tokens.pop(token.refresh_token, None)


def _secret(state: State) -> str:
    return f"{state.random.getrandbits(256):064x}"
