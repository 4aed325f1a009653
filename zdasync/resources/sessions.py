"""Sessions: who is signed in, and signing out.

Source: https://developer.zendesk.com/api-reference/ticketing/account-configuration/sessions/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.sessions import Session
from ._base import Resource
from ._validate import MAX_ROWS, page_query

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types import CallOptions, UserId

__all__ = ["ROUTES", "Sessions"]

LIST: Final = Route("sessions.list", "GET", "/api/v2/sessions", key="sessions", paging="cursor")
LIST_USER: Final = Route(
    "sessions.list", "GET", "/api/v2/users/{user_id}/sessions", key="sessions", paging="cursor"
)
SHOW: Final = Route("sessions.show", "GET", "/api/v2/users/{user_id}/sessions/{session_id}", key="session")
DELETE: Final = Route("sessions.delete", "DELETE", "/api/v2/users/{user_id}/sessions/{session_id}")
DELETE_ALL: Final = Route("sessions.delete_all", "DELETE", "/api/v2/users/{user_id}/sessions")
CURRENT: Final = Route("sessions.current", "GET", "/api/v2/users/me/session", key="session")
RENEW: Final = Route(
    "sessions.renew", "GET", "/api/v2/users/me/session/renew", key="authenticity_token", secret=True
)
LOGOUT: Final = Route("sessions.logout", "DELETE", "/api/v2/users/me/logout")

ROUTES: Final = (LIST, LIST_USER, SHOW, DELETE, DELETE_ALL, CURRENT, RENEW, LOGOUT)


class Sessions(Resource):
    """Sessions of users who signed in with a browser; calls with a token have none."""

    def list(
        self,
        user_id: UserId | None = None,
        *,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Session]:
        """The sessions of one user, or all of them (for admins; others see their own)."""
        query = page_query(page_size, cursor)
        if user_id is None:
            return self._pages(self._request(LIST, options, query=query), Session)
        return self._pages(self._request(LIST_USER, options, query=query, user_id=user_id), Session)

    def show(self, user_id: UserId, session_id: int, **options: Unpack[CallOptions]) -> Call[Session]:
        """One session of a user."""
        return self._call(self._request(SHOW, options, user_id=user_id, session_id=session_id), Session)

    def delete(self, user_id: UserId, session_id: int, **options: Unpack[CallOptions]) -> Call[None]:
        """Ends one session of a user."""
        return self._nothing(self._request(DELETE, options, user_id=user_id, session_id=session_id))

    def delete_all(self, user_id: UserId, **options: Unpack[CallOptions]) -> Call[None]:
        """Ends all sessions of a user."""
        return self._nothing(self._request(DELETE_ALL, options, user_id=user_id))

    def current(self, **options: Unpack[CallOptions]) -> Call[Session]:
        """The session in which the call itself is made; `NotFound` for a call with a token."""
        return self._call(self._request(CURRENT, options), Session)

    def renew(self, **options: Unpack[CallOptions]) -> Call[str]:
        """Prolongs the current session and gives its new authenticity token, a secret of browsers."""
        return self._call(self._request(RENEW, options), str)

    def logout(self, **options: Unpack[CallOptions]) -> Call[None]:
        """Ends the current session; without effect for calls with a token."""
        return self._nothing(self._request(LOGOUT, options))
