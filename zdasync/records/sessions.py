"""Sessions: sign-ins to Zendesk in a browser.

Source: https://developer.zendesk.com/api-reference/ticketing/account-configuration/sessions/
"""

from __future__ import annotations

from datetime import datetime

from ._record import Record

__all__ = ["Session"]


class Session(Record, frozen=True, kw_only=True):
    """One user's session. Calls with a token have none."""

    id: int
    user_id: int | None = None
    authenticated_at: datetime | None = None
    last_seen_at: datetime | None = None
    url: str | None = None
