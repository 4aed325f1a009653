"""Audits: the history of a ticket, one for each update, with an event for each thing that it changed.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/
"""

from __future__ import annotations

from datetime import datetime

from ._record import JsonValue, Record, empty_dict
from .tickets import Ticket, Via
from .users import Attachment

__all__ = ["AuditEvent", "TicketAudit", "UpdatedTicket"]


class AuditEvent(Record, frozen=True, kw_only=True):
    """One event of an audit; its `type` says which fields it has, the others are None or empty.

    "Create" and "Change" have `field_name`, `value` and (the latter) `previous_value`; "Comment" has `body`,
    `html_body`, `public`, `author_id` and `attachments`; "Notification" and its kin have `subject`, `body` and
    `recipients`. Zendesk knows some 34 types and adds to them.
    """

    id: int
    type: str | None = None
    via: Via | None = None
    field_name: str | None = None
    value: JsonValue = None
    previous_value: JsonValue = None
    value_reference: str | None = None
    subject: str | None = None
    body: str | None = None
    html_body: str | None = None
    plain_body: str | None = None
    public: bool | None = None
    trusted: bool | None = None
    author_id: int | None = None
    audit_id: int | None = None
    attachments: tuple[Attachment, ...] = ()
    recipients: tuple[JsonValue, ...] = ()
    comment_id: int | None = None
    attachment_id: int | None = None
    data: dict[str, JsonValue] = empty_dict()
    formatted_from: str | None = None
    formatted_to: str | None = None
    transcription_visible: bool | None = None
    current_followers: tuple[JsonValue, ...] = ()
    previous_followers: tuple[JsonValue, ...] = ()
    current_email_ccs: tuple[JsonValue, ...] = ()
    previous_email_ccs: tuple[JsonValue, ...] = ()
    macro_id: int | None = None
    macro_title: str | None = None
    macro_deleted: bool | None = None
    score: str | None = None
    assignee_id: int | None = None
    survey_id: str | None = None
    survey_type: str | None = None
    survey_response_id: str | None = None
    assigned_user_id: int | None = None
    assigned_group_id: int | None = None
    agreement_id: int | None = None
    action: str | None = None
    message: str | None = None
    direct_message: bool | None = None
    page: dict[str, JsonValue] = empty_dict()
    communication: int | None = None
    ticket_via: str | None = None
    graph_object_id: str | None = None
    resource: str | None = None
    history: tuple[JsonValue, ...] = ()
    webpath: tuple[JsonValue, ...] = ()
    attribute_values: tuple[JsonValue, ...] = ()
    skills: tuple[JsonValue, ...] = ()
    assignee: int | None = None
    current: str | None = None
    previous: str | None = None
    cause: str | None = None
    cause_id: int | None = None
    cause_name: str | None = None
    recovered_at: datetime | None = None
    recovered_by: int | None = None
    recovery_type: str | None = None
    recovery_details: str | None = None


class TicketAudit(Record, frozen=True, kw_only=True):
    """One update of a ticket: who made it, when and how, and all that it did, triggers included."""

    id: int
    ticket_id: int | None = None
    created_at: datetime | None = None
    author_id: int | None = None
    via: Via | None = None
    metadata: dict[str, JsonValue] = empty_dict()
    events: tuple[AuditEvent, ...] = ()


class UpdatedTicket(Record, frozen=True, kw_only=True):
    """A ticket after an update, and the audit of that update: None where it changed nothing."""

    ticket: Ticket
    audit: TicketAudit | None = None
