"""Sessions: who is signed in, and signing out.

Source: https://developer.zendesk.com/api-reference/ticketing/account-configuration/sessions/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.sessions import Session
from ._base import Resource
from ._subsets import subset
from ._validate import MAX_ROWS

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId, UserId

__all__ = ["Sessions"]

LIST: Final = Route("sessions.list", "GET", "/api/v2/sessions", "sessions", Session, paging="cursor")
LIST_USER: Final = Route(
    "sessions.list", "GET", "/api/v2/users/{user_id}/sessions", "sessions", Session, paging="cursor"
)
SHOW: Final = Route("sessions.show", "GET", "/api/v2/users/{user_id}/sessions/{session_id}", "session", Session)
DELETE: Final = Route("sessions.delete", "DELETE", "/api/v2/users/{user_id}/sessions/{session_id}")
DELETE_ALL: Final = Route("sessions.delete_all", "DELETE", "/api/v2/users/{user_id}/sessions")
CURRENT: Final = Route("sessions.current", "GET", "/api/v2/users/me/session", "session", Session)
RENEW: Final = Route(
    "sessions.renew", "GET", "/api/v2/users/me/session/renew", "authenticity_token", str, secret=True
)
LOGOUT: Final = Route("sessions.logout", "DELETE", "/api/v2/users/me/logout")


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
        route, ids = subset(LIST, user_id=(LIST_USER, user_id))
        return self._list(route, options, page_size, cursor, **ids)

    def show(self, user_id: UserId, session_id: RecordId, **options: Unpack[CallOptions]) -> Call[Session]:
        """One session of a user."""
        return self._call(SHOW, options, user_id=user_id, session_id=session_id)

    def delete(self, user_id: UserId, session_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Ends one session of a user."""
        return self._call(DELETE, options, user_id=user_id, session_id=session_id)

    def delete_all(self, user_id: UserId, **options: Unpack[CallOptions]) -> Call[None]:
        """Ends all sessions of a user."""
        return self._call(DELETE_ALL, options, user_id=user_id)

    def current(self, **options: Unpack[CallOptions]) -> Call[Session]:
        """The session in which the call itself is made; `NotFound` for a call with a token."""
        return self._call(CURRENT, options)

    def renew(self, **options: Unpack[CallOptions]) -> Call[str]:
        """Prolongs the current session and gives its new authenticity token, a secret of browsers."""
        return self._call(RENEW, options)

    def logout(self, **options: Unpack[CallOptions]) -> Call[None]:
        """Ends the current session; without effect for calls with a token."""
        return self._call(LOGOUT, options)
