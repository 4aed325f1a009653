"""Tickets, what is embedded in them, and what is left of them after their deletion.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ and
https://developer.zendesk.com/documentation/ticketing/using-the-zendesk-api/side_loading/
"""

from __future__ import annotations

from datetime import datetime

from ._record import JsonValue, Record, empty_dict
from .ticket_metrics import TicketMetric

__all__ = [
    "CustomFieldValue", "DeletedTicket", "DeletedTicketActor", "Ticket", "TicketDates", "TicketRelated",
    "TicketSatisfaction", "Via",
]


class Via(Record, frozen=True, kw_only=True):
    """How something came about: `channel` is "web", "email", "api", "rule", "messaging" or another.

    What `source` has under "from" and "to" depends on the channel: addresses, names, the id of a trigger. `rel` in it
    tells what the source is to the thing: "follow_up", "merge", "trigger" and others.
    """

    channel: str | int | None = None
    source: dict[str, JsonValue] = empty_dict()


class CustomFieldValue(Record, frozen=True, kw_only=True):
    """The value of one ticket field: the tag of an option, several, a text, a number, a date as text, yes or no."""

    id: int
    value: JsonValue = None


class TicketSatisfaction(Record, frozen=True, kw_only=True):
    """What the requester thought of a ticket: `score` is "unoffered", "offered", "good" or "bad".

    `id` names the satisfaction rating, once there is one.
    """

    id: int | None = None
    score: str | None = None
    comment: str | None = None
    reason: str | None = None
    reason_id: int | None = None


class TicketDates(Record, frozen=True, kw_only=True):
    """When what happened to a ticket last, as `include="dates"` embeds it."""

    assignee_updated_at: datetime | None = None
    requester_updated_at: datetime | None = None
    status_updated_at: datetime | None = None
    initially_assigned_at: datetime | None = None
    assigned_at: datetime | None = None
    solved_at: datetime | None = None
    latest_comment_added_at: datetime | None = None
    custom_status_updated_at: datetime | None = None


class Ticket(Record, frozen=True, kw_only=True):
    """A ticket. Its comments and its history are elsewhere: `tickets.comments` and `tickets.audits`.

    `status` is "new", "open", "pending", "hold", "solved" or "closed", and "deleted" in exports; finer ones stand in
    `custom_status_id`. `description` is the first comment. `updated_at` changes with what people and triggers do,
    `generated_timestamp` (unix seconds) with what the system does as well. `custom_fields` has a value for every
    ticket field of the account, None included; `fields` repeats it. `problem_id` is the problem that an incident
    belongs to, `followup_ids` are the tickets that follow this closed one. The last fields are there when they are
    sideloaded: `metric_set` by `include="metric_sets"`, `incident_count` by "incident_counts", the others by their
    name.
    """

    id: int
    url: str | None = None
    external_id: str | None = None
    encoded_id: str | None = None
    via: Via | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    generated_timestamp: int | None = None
    type: str | None = None
    subject: str | None = None
    raw_subject: str | None = None
    description: str | None = None
    priority: str | None = None
    status: str | None = None
    custom_status_id: int | None = None
    recipient: str | None = None
    requester_id: int | None = None
    submitter_id: int | None = None
    assignee_id: int | None = None
    organization_id: int | None = None
    group_id: int | None = None
    collaborator_ids: tuple[int, ...] = ()
    follower_ids: tuple[int, ...] = ()
    email_cc_ids: tuple[int, ...] = ()
    forum_topic_id: int | None = None
    problem_id: int | None = None
    has_incidents: bool | None = None
    is_public: bool | None = None
    due_at: datetime | None = None
    tags: tuple[str, ...] = ()
    custom_fields: tuple[CustomFieldValue, ...] = ()
    fields: tuple[CustomFieldValue, ...] = ()
    satisfaction_rating: TicketSatisfaction | None = None
    satisfaction_probability: float | None = None
    sharing_agreement_ids: tuple[int, ...] = ()
    followup_ids: tuple[int, ...] = ()
    ticket_form_id: int | None = None
    brand_id: int | None = None
    allow_channelback: bool | None = None
    allow_attachments: bool | None = None
    from_messaging_channel: bool | None = None
    comment_count: int | None = None
    incident_count: int | None = None
    dates: TicketDates | None = None
    metric_set: TicketMetric | None = None
    slas: dict[str, JsonValue] = empty_dict()

    def custom_field(self, field_id: int) -> JsonValue:
        """The value of a ticket field by its id; None where it is empty, or the ticket does not have it."""
        return next((field.value for field in self.custom_fields if field.id == field_id), None)


class TicketRelated(Record, frozen=True, kw_only=True):
    """What hangs on a ticket: how many `incidents`, which tickets it follows, whether it comes from the archive."""

    topic_id: str | None = None
    followup_source_ids: tuple[str, ...] = ()
    jira_issue_ids: tuple[str, ...] = ()
    from_archive: bool | None = None
    incidents: int | None = None


class DeletedTicketActor(Record, frozen=True, kw_only=True):
    """Who deleted a ticket."""

    id: int | None = None
    name: str | None = None


class DeletedTicket(Record, frozen=True, kw_only=True):
    """A ticket after its deletion: who did it, and when. `previous_state` is the status that it had."""

    id: int
    subject: str | None = None
    description: str | None = None
    actor: DeletedTicketActor | None = None
    deleted_at: datetime | None = None
    previous_state: str | None = None
