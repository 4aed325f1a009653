"""OAuth tokens: as the API lists them, and as a grant hands them out. No `repr` shows what opens anything.

Source: https://developer.zendesk.com/api-reference/ticketing/oauth/oauth_tokens/ and .../oauth/grant_type_tokens/
"""

from __future__ import annotations

from datetime import datetime

from ._record import Record

__all__ = ["GrantedToken", "OAuthTokenRecord"]


class OAuthTokenRecord(Record, frozen=True, kw_only=True):
    """A token as the API knows it.

    `full_token` is there once, in the reply that created it; afterwards `token` holds its first ten characters.
    """

    hidden = frozenset({"token", "full_token", "refresh_token"})

    id: int
    url: str | None = None
    client_id: int | None = None
    user_id: int | None = None
    token: str | None = None
    full_token: str | None = None
    refresh_token: str | None = None
    scopes: tuple[str, ...] = ()
    created_at: datetime | None = None
    used_at: datetime | None = None
    expires_at: datetime | None = None
    refresh_token_expires_at: datetime | None = None


class GrantedToken(Record, frozen=True, kw_only=True):
    """What `POST /oauth/tokens` hands out. `expires_in` and `refresh_token_expires_in` are seconds.

    `refresh_token` is None for client credentials; where there is one, it works once: the next grant brings another.
    `scope` is a list separated by spaces.
    """

    hidden = frozenset({"access_token", "refresh_token"})

    access_token: str
    refresh_token: str | None = None
    token_type: str | None = None
    scope: str | None = None
    expires_in: float | None = None
    refresh_token_expires_in: float | None = None
