"""Ticket statuses of the account's own.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/custom_ticket_statuses/
"""

from __future__ import annotations

from datetime import datetime

from ._record import Record

__all__ = ["CustomStatus"]


class CustomStatus(Record, frozen=True, kw_only=True):
    """A ticket status. `status_category` ("new", "open", "pending", "hold", "solved") is what it counts as.

    Each category has one `default` status. Labels and descriptions are in the caller's language where the account uses
    dynamic content, whose placeholder then stands in the `raw_` field.
    """

    id: int
    url: str | None = None
    status_category: str | None = None
    agent_label: str | None = None
    raw_agent_label: str | None = None
    end_user_label: str | None = None
    raw_end_user_label: str | None = None
    description: str | None = None
    raw_description: str | None = None
    end_user_description: str | None = None
    raw_end_user_description: str | None = None
    active: bool | None = None
    default: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
