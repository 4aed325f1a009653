"""OAuth: tokens as records, and the way to get one from a user.

A user is sent to `authorization_url`, comes back to the redirect URI with a code, and `exchange_code` makes tokens of
it. The code lives for 120 seconds. Both the state, which ties the answer to the question, and PKCE, which ties the
tokens to whoever asked, are on unless PKCE is turned off.
Sources: https://developer.zendesk.com/api-reference/ticketing/oauth/oauth_tokens/ and
https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/. Two endpoints end in `/oauth/tokens`:
the one below `/api/v2` takes the client's number and is deprecated since 2026-08-26, the other one takes its unique
identifier.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol, Unpack
from urllib.parse import quote, urlencode, urlsplit

import attrs

from .._checks import checked_text, client_identifier, lifetime
from .._checks import scopes as checked_scopes
from .._core.caller import Caller
from .._core.route import Route
from .._renewal import ACCESS_LIFE, REFRESH_LIFE, TOKEN_PATH, TokenPayload, granted_token
from ..errors import BadArgument
from ..records.oauth import GrantedToken, OAuthTokenRecord
from ._base import Resource
from ._validate import MAX_ROWS, flag, flags, page_query, record_id

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId

__all__ = ["AuthorizationRequest", "OAuth", "OAuthTokens"]

LIST: Final = Route("oauth.tokens.list", "GET", "/api/v2/oauth/tokens", "tokens", OAuthTokenRecord, paging="cursor")
SHOW: Final = Route("oauth.tokens.show", "GET", "/api/v2/oauth/tokens/{token_id}", "token", OAuthTokenRecord)
SHOW_CURRENT: Final = Route(
    "oauth.tokens.show_current", "GET", "/api/v2/oauth/tokens/current", "token", OAuthTokenRecord
)
CREATE: Final = Route("oauth.tokens.create", "POST", "/api/v2/oauth/tokens", "token", OAuthTokenRecord, secret=True)
REVOKE: Final = Route("oauth.tokens.revoke", "DELETE", "/api/v2/oauth/tokens/{token_id}")
REVOKE_CURRENT: Final = Route("oauth.tokens.revoke_current", "DELETE", "/api/v2/oauth/tokens/current")
AUTHORIZATION_PATH: Final = "/oauth/authorizations/new"
STATE_BYTES: Final = 32
VERIFIER_BYTES: Final = 64
"""86 characters; RFC 7636 wants 43 to 128."""


class ExchangingCaller(Caller, Protocol):
    """A caller that can also reach the token endpoint, which takes no credentials."""

    async def exchange(self, path: str, payload: Mapping[str, object]) -> Mapping[str, object]:
        """POST JSON without credentials; raises `AuthenticationError` and the like for what isn't 2xx."""


@attrs.frozen(slots=True)
class AuthorizationRequest:
    """Where to send the user, and what to keep in the user's session until they are back.

    `code_verifier` is None without PKCE.
    """

    url: str
    state: str
    code_verifier: str | None = attrs.field(default=None, repr=False)


class OAuthTokens(Resource):
    """Tokens as records: theirs to see are the caller's own, an admin's are all."""

    def list(
        self,
        *,
        client_id: RecordId | None = None,
        global_client_id: RecordId | None = None,
        all: bool = False,  # noqa: A002  # Zendesk's own name
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[OAuthTokenRecord]:
        """The caller's tokens; with `all=True` those of everyone, for admins. Clients are named by their numbers."""
        filters = {"client_id": client_id, "global_client_id": global_client_id}
        query = tuple((name, str(record_id(name, value))) for name, value in filters.items() if value is not None)
        everyone = flags(all=True) if flag("all", all) else ()
        return self._pages(LIST, options, query=(*page_query(page_size, cursor), *query, *everyone))

    def show(self, token_id: RecordId, **options: Unpack[CallOptions]) -> Call[OAuthTokenRecord]:
        """One token; of the token itself only the first ten characters."""
        return self._call(SHOW, options, token_id=token_id)

    def show_current(self, **options: Unpack[CallOptions]) -> Call[OAuthTokenRecord]:
        """The token that this client uses. Raises `NotFound` when its credentials are of another kind."""
        return self._call(SHOW_CURRENT, options)

    def create(
        self, client_id: RecordId, scopes: Iterable[str], **options: Unpack[CallOptions]
    ) -> Call[OAuthTokenRecord]:
        """A new token for an OAuth client, named by its *number*, with scopes such as `["impersonate", "write"]`.

        `full_token` of the reply is the token; it is never shown again. Admins only. Zendesk wants new integrations to
        use grants instead: see `ClientCredentials` and `exchange_code`.
        """
        token = {"client_id": record_id("client_id", client_id), "scopes": _scope_names(scopes)}
        return self._call(CREATE, options, body={"token": token})

    def revoke(self, token_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """End a token."""
        return self._call(REVOKE, options, token_id=token_id)

    def revoke_current(self, **options: Unpack[CallOptions]) -> Call[None]:
        """End the token that this client uses."""
        return self._call(REVOKE_CURRENT, options)


class OAuth(Resource):
    """OAuth tokens, and the way to get one from a user."""

    def __init__(self, caller: ExchangingCaller) -> None:
        super().__init__(caller)
        self._exchange = caller.exchange
        self.tokens: Final = OAuthTokens(caller)

    def authorization_url(
        self, client_id: str, redirect_uri: str, scope: str = "read", *, state: str | None = None, pkce: bool = True
    ) -> AuthorizationRequest:
        """Where a user grants access to an OAuth client. Nothing is sent.

        `client_id` is the client's unique identifier, `redirect_uri` one of those it is registered with, `scope` holds
        scopes separated by spaces (`"impersonate write"`). `state` is made up unless you give one that nobody can
        guess. Keep `state` and `code_verifier` of the result in the user's session for `exchange_code`.
        """
        state = secrets.token_urlsafe(STATE_BYTES) if state is None else checked_text("state", state)
        verifier = secrets.token_urlsafe(VERIFIER_BYTES) if pkce else None
        query = {
            "response_type": "code",
            "client_id": client_identifier(client_id),
            "redirect_uri": _redirect_uri(redirect_uri),
            "scope": checked_scopes(scope),
            "state": state,
        }
        if verifier is not None:
            query |= {"code_challenge": _challenge(verifier), "code_challenge_method": "S256"}
        url = f"{self._caller.base_url}{AUTHORIZATION_PATH}?{urlencode(query, quote_via=quote)}"
        return AuthorizationRequest(url=url, state=state, code_verifier=verifier)

    async def exchange_code(
        self,
        code: str,
        *,
        client_id: str,
        redirect_uri: str,
        state: str,
        expected_state: str,
        code_verifier: str | None = None,
        client_secret: str | None = None,
        scope: str | None = None,
        expires_in: int | None = None,
        refresh_token_expires_in: int | None = None,
    ) -> GrantedToken:
        """Tokens for the code that the user came back with.

        `state` is what came back with the code, `expected_state` what the session kept; they must be the same.
        `redirect_uri` is the one of `authorization_url`. Public clients have no `client_secret` and need PKCE. The
        lifetimes are wishes, in seconds: 300 to 172,800, and 604,800 to 7,776,000. Raises `AuthenticationError` for a
        code that is used up or older than 120 seconds. Hand the result to `RefreshToken`.
        """
        _same_state(state, expected_state)
        payload = TokenPayload(
            grant_type="authorization_code",
            code=checked_text("code", code),
            client_id=client_identifier(client_id),
            redirect_uri=_redirect_uri(redirect_uri),
        )
        if code_verifier is not None:
            payload["code_verifier"] = checked_text("code_verifier", code_verifier)
        if client_secret is not None:
            payload["client_secret"] = checked_text("client_secret", client_secret)
        if scope is not None:
            payload["scope"] = checked_scopes(scope)
        if expires_in is not None:
            payload["expires_in"] = lifetime("expires_in", expires_in, ACCESS_LIFE)
        if refresh_token_expires_in is not None:
            payload["refresh_token_expires_in"] = lifetime(
                "refresh_token_expires_in", refresh_token_expires_in, REFRESH_LIFE
            )
        return granted_token(await self._exchange(TOKEN_PATH, payload))


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _same_state(state: str, expected_state: str) -> None:
    """Constant in time, so that nobody learns the expected one by trying."""
    returned, expected = (
        checked_text(name, value).encode() for name, value in (("state", state), ("expected_state", expected_state))
    )
    if not secrets.compare_digest(returned, expected):
        raise BadArgument(
            "the state that came back is not the one that was sent: this answer belongs to another question, "
            "and its code must not be used"
        )


def _redirect_uri(value: object) -> str:
    uri = checked_text("redirect_uri", value)
    try:
        parts = urlsplit(uri)
    except ValueError:
        parts = urlsplit("")
    if not parts.scheme or not (parts.netloc or parts.path) or "#" in uri or " " in uri:
        raise BadArgument(f"redirect_uri must be a whole address without a fragment, not {uri!r}")
    return uri


def _scope_names(scopes: Iterable[str]) -> list[str]:
    if isinstance(scopes, str):
        raise BadArgument(f"scopes must be a list of scopes: {scopes.replace(',', ' ').split()!r}")
    if isinstance(scopes, Mapping) or not isinstance(scopes, Iterable):
        raise BadArgument(f'scopes must be a list of scopes, like ["read", "write"], not {scopes!r}')
    names = [checked_text("a scope", scope) for scope in scopes]
    if not names:
        raise BadArgument('scopes is empty: name some, like ["read", "write"]')
    for name in names:
        if not name.isascii() or set(name) & set(" ,\"'"):
            raise BadArgument(f"{name!r} is no scope: each is an item of its own in the list")
    return names
