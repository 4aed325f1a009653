"""Suspended tickets: mails that Zendesk took for spam, for automatic replies, or for somebody else's business.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/suspended_tickets/
"""

from __future__ import annotations

from datetime import datetime

from ._record import JsonValue, Record
from .tickets import Via
from .users import Attachment

__all__ = ["SuspendedTicket", "SuspendedTicketAuthor", "SuspendedTicketsExport"]


class SuspendedTicketAuthor(Record, frozen=True, kw_only=True):
    """Who sent it; `id` is that of a profile, where the address belongs to one."""

    id: int | None = None
    name: str | None = None
    email: str | None = None


class SuspendedTicket(Record, frozen=True, kw_only=True):
    """A message that has not become a ticket, or a comment on the ticket `ticket_id`.

    `cause` says why, in words, and `cause_id` as a number. Zendesk deletes it after 14 days. `error_messages` tell
    why it could not be recovered.
    """

    id: int
    url: str | None = None
    author: SuspendedTicketAuthor | None = None
    subject: str | None = None
    content: str | None = None
    cause: str | None = None
    cause_id: int | None = None
    message_id: str | None = None
    ticket_id: int | None = None
    recipient: str | None = None
    brand_id: int | None = None
    via: Via | None = None
    attachments: tuple[Attachment, ...] = ()
    error_messages: tuple[dict[str, JsonValue], ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None


class SuspendedTicketsExport(Record, frozen=True, kw_only=True):
    """An export under way: the caller gets a mail with a link to the file."""

    status: str | None = None
    view_id: str | None = None
