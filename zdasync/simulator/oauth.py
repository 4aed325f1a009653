"""The OAuth endpoints: grants, the authorization page, tokens and clients.

`POST /oauth/tokens` knows three grants, client credentials, authorization code (with PKCE) and refresh token; the
password and implicit grants were removed on 2025-02-17. The authorization page approves at once in the name of the
client's owner, and so stands in for a person in a browser. Lists show the first ten characters of a token; the whole
of it is shown once, when it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from .guards import Holder, admins, agents, anyone, caller, signed_in
from .http import Call, Endpoints, Json, Refusal, Reply
from .pages import paginate
from .refusals import not_found, record_invalid
from .tokens import (
    ACCESS_SECONDS,
    CODE_SECONDS,
    REFRESH_SECONDS,
    Code,
    OAuthClient,
    Token,
    find_client,
    issue,
    new_code,
    revoke,
)

_EXPIRES: Final = range(300, 172_801)
_REFRESH_EXPIRES: Final = range(604_800, 7_776_001)
_SHOWN: Final = 10
"""Characters of a token that lists show."""


def _failure(error: str, text: str, status: int = 400) -> Refusal:
    return Refusal(status, {"error": error, "error_description": text})


def _fields(call: Call) -> Mapping[str, Json]:
    if isinstance(call.body, Mapping):
        return call.body
    return call.form or {}


# --- POST /oauth/tokens


def grant(account: Holder, call: Call) -> Reply:
    """Exchange a client's credentials, a code or a refresh token for an access token."""
    fields = _fields(call)
    kind = fields.get("grant_type")
    exchange = _GRANTS.get(kind) if isinstance(kind, str) else None
    if exchange is None:
        raise _failure("unsupported_grant_type", "The grant type is missing, unknown or no longer supported.")
    client = find_client(account.state, str(fields.get("client_id")))
    if client is None:
        raise _failure("invalid_client", "Client authentication failed: unknown client.", 401)
    secret = fields.get("client_secret")
    if secret != client.secret and not (client.public and secret in (None, "")):
        raise _failure("invalid_client", "Client authentication failed: wrong secret.", 401)
    token = exchange(account, client, fields, call.now)
    return Reply(201, _granted(token, call.now), {"Cache-Control": "no-store"})


def _granted(token: Token, now: float) -> Json:
    body: dict[str, Json] = {
        "access_token": token.value,
        "token_type": "bearer",
        "scope": " ".join(token.scopes),
        "expires_in": None if token.expires_at is None else round(token.expires_at - now),
    }
    if token.refresh_token is not None:
        lasts = None if token.refresh_expires_at is None else round(token.refresh_expires_at - now)
        body |= {"refresh_token": token.refresh_token, "refresh_token_expires_in": lasts}
    return body


def _client_credentials(account: Holder, client: OAuthClient, fields: Mapping[str, Json], now: float) -> Token:
    if client.public:
        raise _failure("unauthorized_client", "Only confidential clients may use this grant.")
    scopes = _scopes(client, str(fields.get("scope") or "read write").split())
    return issue(
        account.state, now, client=client, user_id=client.user_id, scopes=scopes, expires_in=_lifetime(client, fields)
    )


def _authorization_code(account: Holder, client: OAuthClient, fields: Mapping[str, Json], now: float) -> Token:
    # Taken out whatever comes of it: a code is good for one attempt.
    code: Code | None = account.state.codes.pop(fields.get("code"), None)
    if code is None or code.client_id != client.id or now - code.created_at > CODE_SECONDS:
        raise _failure("invalid_grant", "The code is unknown, used, expired or belongs to another client.")
    if fields.get("redirect_uri") != code.redirect_uri:
        raise _failure("invalid_grant", "The redirect_uri is not the one that the code was sent to.")
    verifier = fields.get("code_verifier")
    if not code.verifies(None if verifier is None else str(verifier)):
        raise _failure("invalid_grant", "The code_verifier does not belong to the code_challenge.")
    return _pair(account, client, code.user_id, code.scopes, fields, now)


def _refresh(account: Holder, client: OAuthClient, fields: Mapping[str, Json], now: float) -> Token:
    old: Token | None = account.state.refresh_tokens.get(fields.get("refresh_token"))
    ends = None if old is None else old.refresh_expires_at
    if old is None or old.client_id != client.id or (ends is not None and ends <= now):
        raise _failure("invalid_grant", "The refresh token is unknown, used, expired or belongs to another client.")
    scopes = old.scopes
    if fields.get("scope"):
        scopes = tuple(str(fields["scope"]).split())
        if not set(scopes) <= set(old.scopes):
            raise _failure("invalid_scope", "A refresh can't widen the scope.")
    new = _pair(account, client, old.user_id, scopes, fields, now)
    revoke(account.state, old)
    return new


def _pair(
    account: Holder, client: OAuthClient, user_id: int, scopes: Iterable[str], fields: Mapping[str, Json], now: float
) -> Token:
    return issue(
        account.state, now, client=client, user_id=user_id, scopes=scopes,
        expires_in=_lifetime(client, fields),
        refresh_expires_in=_seconds(fields, "refresh_token_expires_in", _REFRESH_EXPIRES, REFRESH_SECONDS),
    )


def _lifetime(client: OAuthClient, fields: Mapping[str, Json]) -> float | None:
    return _seconds(fields, "expires_in", _EXPIRES, ACCESS_SECONDS if client.expires else None)


def _seconds(fields: Mapping[str, Json], name: str, allowed: range, default: float | None) -> float | None:
    value = fields.get(name)
    if value is None:
        return default
    try:
        seconds = int(value)
    except (TypeError, ValueError):
        seconds = -1
    if seconds not in allowed:
        raise _failure("invalid_request", f"{name} must be from {allowed.start} to {allowed.stop - 1} seconds.")
    return float(seconds)


def _scopes(client: OAuthClient, scopes: Iterable[str]) -> tuple[str, ...]:
    wanted = tuple(scopes)
    if client.ceiling is not None and not set(wanted) <= client.ceiling:
        raise _failure("invalid_scope", "The client may not ask for this scope.")
    return wanted


_GRANTS: Final[Mapping[str, Callable[[Holder, OAuthClient, Mapping[str, Json], float], Token]]] = {
    "client_credentials": _client_credentials,
    "authorization_code": _authorization_code,
    "refresh_token": _refresh,
}


# --- GET /oauth/authorizations/new


def authorize(account: Holder, call: Call) -> Reply:
    """The page on which a person approves an application; here approval is given at once."""
    client = find_client(account.state, call.arg("client_id"))
    uri = call.arg("redirect_uri")
    if client is None or uri is None or (client.redirect_uris and uri not in client.redirect_uris):
        raise _failure("invalid_request", "The client is unknown, or the redirect_uri is not one of its own.")
    state = {} if call.arg("state") is None else {"state": str(call.arg("state"))}
    if call.arg("response_type") != "code":
        return _back(uri, {"error": "unsupported_response_type"} | state)
    challenge, method = call.arg("code_challenge"), call.arg("code_challenge_method") or "plain"
    if method not in ("plain", "S256") or (client.public and challenge is None):
        return _back(uri, {"error": "invalid_request", "error_description": "PKCE is wanted"} | state)
    try:
        scopes = _scopes(client, (call.arg("scope") or "read").split())
    except Refusal:
        return _back(uri, {"error": "invalid_scope"} | state)
    code = Code(
        value="", client_id=client.id, user_id=client.user_id, scopes=scopes, redirect_uri=uri, created_at=call.now,
        challenge=challenge, challenge_method=method,
    )
    return _back(uri, {"code": new_code(account.state, code).value} | state)


def _back(uri: str, query: Mapping[str, str]) -> Reply:
    separator = "&" if "?" in uri else "?"
    return Reply(302, headers={"Location": f"{uri}{separator}{urlencode(query)}"}, empty=True)


# --- /api/v2/oauth/tokens


def create_token(account: Holder, call: Call) -> Reply:
    """Make a token for the calling admin; the only reply that shows all of it."""
    user = caller(call)
    fields = call.body.get("token") if isinstance(call.body, Mapping) else None
    if not isinstance(fields, Mapping):
        raise _failure("invalid_request", "A token object is wanted.")
    client = find_client(account.state, fields.get("client_id"))
    if client is None:
        raise record_invalid({"client": [{"description": "Client: cannot be blank", "error": "BlankValue"}]})
    scopes = fields.get("scopes") or ["read", "write"]
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
        raise _failure("invalid_scope", "Scopes are a list of strings.")
    token = issue(
        account.state, call.now, client=client, user_id=user.id, scopes=_scopes(client, scopes),
        expires_in=_seconds(fields, "expires_in", _EXPIRES, None),
    )
    return Reply(201, {"token": _token(account, call, token) | {"full_token": token.value}})


def list_tokens(account: Holder, call: Call) -> Reply:
    """The caller's tokens, or those of everybody for an admin who asks for `all`; `client_id` filters.

    No client here is a global one, so that `global_client_id` finds nothing.
    """
    user = caller(call)
    everybody = call.arg("all") == "true" and user.admin
    client, global_client = call.arg("client_id"), call.arg("global_client_id")
    tokens: list[Token] = [
        token
        for token in account.state.tokens.values()
        if (everybody or token.user_id == user.id) and client in (None, str(token.client_id)) and not global_client
    ]
    return Reply(200, paginate(
        call, sorted(tokens, key=lambda token: token.id), "tokens", settings=account.settings,
        render=lambda token: _token(account, call, token), id_of=lambda token: token.id,
    ))


def show_token(account: Holder, call: Call) -> Reply:
    """One token by its id."""
    return Reply(200, {"token": _token(account, call, _own(account, call))})


def revoke_token(account: Holder, call: Call) -> Reply:
    """End a token by its id."""
    revoke(account.state, _own(account, call))
    return Reply(204, empty=True)


def show_current(account: Holder, call: Call) -> Reply:
    """The token that the request was made with."""
    return Reply(200, {"token": _token(account, call, _current(account, call))})


def revoke_current(account: Holder, call: Call) -> Reply:
    """End the token that the request was made with."""
    revoke(account.state, _current(account, call))
    return Reply(204, empty=True)


def _own(account: Holder, call: Call) -> Token:
    user = caller(call)
    token = _by_id(account, call.values["id"])
    if token is None or (token.user_id != user.id and not user.admin):
        raise not_found()
    return token


def _current(account: Holder, call: Call) -> Token:
    token = None if call.actor.token_id is None else _by_id(account, str(call.actor.token_id))
    if token is None:
        raise not_found()
    return token


def _by_id(account: Holder, token_id: str) -> Token | None:
    tokens: Iterable[Token] = account.state.tokens.values()
    return next((token for token in tokens if str(token.id) == token_id), None)


def _token(account: Holder, call: Call, token: Token) -> dict[str, Json]:
    return {
        "id": token.id,
        "url": _url(account, call, f"tokens/{token.id}"),
        "client_id": token.client_id,
        "user_id": token.user_id,
        "token": token.value[:_SHOWN],
        "refresh_token": None if token.refresh_token is None else token.refresh_token[:_SHOWN],
        "scopes": list(token.scopes),
        "created_at": _time(token.created_at),
        "expires_at": _time(token.expires_at),
        "refresh_token_expires_at": _time(token.refresh_expires_at),
        "used_at": _time(token.used_at),
    }


# --- /api/v2/oauth/clients


def list_clients(account: Holder, call: Call) -> Reply:
    """The account's OAuth clients."""
    clients: list[OAuthClient] = list(account.state.clients.values())
    return Reply(200, paginate(
        call, clients, "clients", settings=account.settings,
        render=lambda client: _client(account, call, client), id_of=lambda client: client.id,
    ))


def show_client(account: Holder, call: Call) -> Reply:
    """One OAuth client by its id."""
    value = call.values["id"]
    client = account.state.clients.get(int(value)) if value.isascii() and value.isdigit() else None
    if client is None:
        raise not_found()
    return Reply(200, {"client": _client(account, call, client)})


def _client(account: Holder, call: Call, client: OAuthClient) -> dict[str, Json]:
    return {
        "id": client.id,
        "url": _url(account, call, f"clients/{client.id}"),
        "name": client.name,
        "identifier": client.identifier,
        "company": None,
        "description": None,
        "kind": "public" if client.public else "confidential",
        "redirect_uri": list(client.redirect_uris),
        "secret": None,
        "user_id": client.user_id,
        "global": False,
        "logo_url": None,
        "created_at": _time(client.created_at),
        "updated_at": _time(client.created_at),
    }


def _url(account: Holder, call: Call, path: str) -> str:
    return f"{call.base_url}/api/v2/oauth/{path}" + (".json" if account.settings.dot_json_urls else "")


def _time(moment: float | None) -> str | None:
    return None if moment is None else f"{datetime.fromtimestamp(int(moment), UTC):%Y-%m-%dT%H:%M:%SZ}"


ENDPOINTS: Final[Endpoints] = {
    ("POST", "/oauth/tokens"): anyone(grant),
    ("GET", "/oauth/authorizations/new"): anyone(authorize),
    ("POST", "/api/v2/oauth/tokens"): admins(create_token),
    ("GET", "/api/v2/oauth/tokens"): agents(list_tokens),
    ("GET", "/api/v2/oauth/tokens/current"): signed_in(show_current),
    ("DELETE", "/api/v2/oauth/tokens/current"): signed_in(revoke_current),
    ("GET", "/api/v2/oauth/tokens/{id}"): signed_in(show_token),
    ("DELETE", "/api/v2/oauth/tokens/{id}"): signed_in(revoke_token),
    ("GET", "/api/v2/oauth/clients"): admins(list_clients),
    ("GET", "/api/v2/oauth/clients/{id}"): admins(show_client),
}
