"""Skips: tickets that agents passed over.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_skips/
"""

from __future__ import annotations

from datetime import datetime

from ._record import Record
from .tickets import Ticket

__all__ = ["TicketSkip"]


class TicketSkip(Record, frozen=True, kw_only=True):
    """One ticket that the agent `user_id` passed over; `ticket` is how it stands now."""

    id: int
    ticket_id: int | None = None
    user_id: int | None = None
    reason: str | None = None
    ticket: Ticket | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
