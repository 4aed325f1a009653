"""Requests: tickets as those see them who ask.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket-requests/
"""

from __future__ import annotations

from datetime import datetime

from ._record import Record
from .tickets import CustomFieldValue, Via

__all__ = ["Request"]


class Request(Record, frozen=True, kw_only=True):
    """A ticket as its requester sees it: without tags, private comments and whatever else is for agents.

    Its id is the ticket's. `status` is "new", "open", "pending", "hold", "solved" or "closed". `can_be_solved_by_me`:
    may the caller mark it as solved, with `solved=True` in an update? `custom_fields` holds what end users may see.
    """

    id: int
    url: str | None = None
    subject: str | None = None
    description: str | None = None
    status: str | None = None
    custom_status_id: int | None = None
    priority: str | None = None
    type: str | None = None
    requester_id: int | None = None
    organization_id: int | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    collaborator_ids: tuple[int, ...] = ()
    email_cc_ids: tuple[int, ...] = ()
    is_public: bool | None = None
    solved: bool | None = None
    can_be_solved_by_me: bool | None = None
    followup_source_id: int | None = None
    recipient: str | None = None
    ticket_form_id: int | None = None
    via: Via | None = None
    custom_fields: tuple[CustomFieldValue, ...] = ()
    due_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
