"""Who calls the simulated account: credentials, impersonation and scopes.

Basic authentication takes `email/token:api-token`, where the API token belongs to the account and works with the
e-mail of any agent. Passwords ended on 2026-01-12. Bearer tokens come from the OAuth endpoints. A request without
credentials is anonymous, and endpoints decide what that is worth; `users/me` answers it with 200 and a user without
id, and does so for a wrong password too (seen in 2026).
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from .http import Actor, Refusal
from .refusals import forbidden, not_authenticated
from .tokens import Token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .account import Account

API_TOKEN: Final = "token"  # noqa: S105  # the documented token of an account that doesn't exist
ANONYMOUS: Final = Actor(user=None)
ON_BEHALF_OF: Final = "X-On-Behalf-Of"

_ME: Final = "/api/v2/users/me"
_ANY_SCOPE: Final = frozenset({"/api/v2/oauth/tokens/current"})
"""What a token may do for itself whatever its scopes are."""

_SCOPE_OF: Final[Mapping[str, str]] = {
    "users": "users", "end_users": "users", "deleted_users": "users", "user_fields": "users",
    "tickets": "tickets", "ticket_fields": "tickets", "ticket_forms": "tickets", "deleted_tickets": "tickets",
    "organizations": "organizations", "organization_memberships": "organizations",
    "organization_fields": "organizations", "help_center": "hc", "apps": "apps", "triggers": "triggers",
    "automations": "automations", "targets": "targets", "webhooks": "webhooks", "macros": "macros",
    "requests": "requests", "satisfaction_ratings": "satisfaction_ratings", "dynamic_content": "dynamic_content",
    "any_channel": "any_channel", "audit_logs": "auditlogs",
}
"""First segment of a path below `/api/v2` to the resource of its granular scopes."""


def invalid_token() -> Refusal:
    """401: a bearer token that doesn't work, or an impersonated user who doesn't exist."""
    body = {
        "error": "invalid_token",
        "error_description": "The access token provided is expired, revoked, malformed or invalid for other reasons.",
    }
    return Refusal(401, body, {"WWW-Authenticate": 'Bearer realm="Zendesk", error="invalid_token"'})


def authenticate(account: Account, method: str, path: str, headers: Mapping[str, str], now: float) -> Actor:
    """Who makes this request; raises `Refusal` for credentials that don't work or don't suffice.

    `path` is without `.json`.
    """
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "":
            return ANONYMOUS
        case "bearer":
            actor = _bearer(account, value.strip(), path, now)
        case "basic":
            actor = _basic(account, value, path)
        case _:
            raise not_authenticated()
    if ON_BEHALF_OF in headers and actor.user is not None:
        actor = _impersonated(account, actor, headers[ON_BEHALF_OF].strip())
    require_scope(account, actor, method, path)
    return actor


def _basic(account: Account, value: str, path: str) -> Actor:
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise not_authenticated() from None
    email, slash, kind = name.rpartition("/")
    if not slash or kind != "token":
        # A password. It can't be right any more.
        if path == _ME:
            return ANONYMOUS
        raise not_authenticated()
    user = account.state.by_email(email.lower())
    if secret not in account.api_tokens or user is None or not user.staff or user.suspended:
        if path == _ME and account.settings.me_bad_token == "anonymous":  # noqa: S105  # a setting's value
            return ANONYMOUS
        raise not_authenticated()
    return Actor(user)


def _bearer(account: Account, value: str, path: str, now: float) -> Actor:
    token: Token | None = account.state.tokens.get(value)
    user = account.state.active(token.user_id) if token is not None else None
    if token is None or user is None or user.suspended or not token.alive(now):
        if path == _ME and account.settings.me_bad_token == "anonymous":  # noqa: S105  # a setting's value
            return ANONYMOUS
        raise invalid_token()
    token.used_at = now
    return Actor(user, scopes=frozenset(token.scopes), token_id=token.id)


def _impersonated(account: Account, actor: Actor, name: str) -> Actor:
    """The end user in whose name an admin calls; only a token with the `impersonate` scope may."""
    if actor.scopes is None or "impersonate" not in actor.scopes:
        raise missing_scopes(account, "impersonate")
    if actor.user is None or not actor.user.admin:
        raise forbidden()
    named = name.isascii() and name.isdigit()
    target = account.state.active(int(name)) if named else account.state.by_email(name.lower())
    if target is None or (account.settings.impersonate_verified_only and not target.verified):
        raise invalid_token()
    if target.staff:
        raise forbidden()
    return Actor(target, admin=actor.user, scopes=actor.scopes, token_id=actor.token_id)


def require_scope(account: Account, actor: Actor, method: str, path: str) -> None:
    """Raise the 403 of a missing scope unless the actor's token covers the request."""
    if actor.scopes is None or path in _ANY_SCOPE or "unrestricted" in actor.scopes:
        return
    access = "read" if method in ("GET", "HEAD") else "write"
    if access in actor.scopes:
        return
    resource = _resource(path)
    if resource is None or f"{resource}:{access}" not in actor.scopes:
        raise missing_scopes(account, access)


def _resource(path: str) -> str | None:
    """The resource whose granular scopes open a path; identities accept none."""
    segments = path.removeprefix("/api/v2/").split("/")
    return None if "identities" in segments else _SCOPE_OF.get(segments[0])


def missing_scopes(account: Account, *scopes: str) -> Refusal:
    """403: the token lacks scopes."""
    names = ", ".join(scopes)
    template = account.settings.scope_missing_body
    return Refusal(403, {key: text.replace("{scopes}", names) for key, text in template.items()})
