"""Events of tickets, as the incremental exports give them.

Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/ and
https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_metric_events/
"""

from __future__ import annotations

from datetime import datetime

from ._record import JsonValue, Record, empty_dict

__all__ = ["TicketEvent", "TicketMetricEvent"]


class TicketEvent(Record, frozen=True, kw_only=True):
    """One update of a ticket with all that it changed, at `timestamp` (unix seconds).

    Each of `child_events` is a change: `event_type` ("Change", "Create", "Comment" and others), and for the former two
    the field under its own name with its new value, and `previous_value`. The text of comments comes only where it was
    asked for. `via` is a text like "Web form".
    """

    id: int
    ticket_id: int | None = None
    timestamp: int | None = None
    created_at: datetime | None = None
    updater_id: int | None = None
    """-1 for the system."""
    via: str | None = None
    event_type: str | None = None
    system: dict[str, JsonValue] = empty_dict()
    metadata: dict[str, JsonValue] = empty_dict()
    child_events: tuple[dict[str, JsonValue], ...] = ()
    merged_ticket_ids: tuple[int, ...] = ()


class TicketMetricEvent(Record, frozen=True, kw_only=True):
    """Something that happened to one of a ticket's clocks at `time`.

    `metric` is "reply_time", "agent_work_time", "requester_wait_time" or another; `type` is "activate", "pause",
    "fulfill", "apply_sla", "apply_group_sla", "breach", "update_status" or "measure". A metric that starts anew gets
    another `instance_id`. What comes along depends on the type: `sla` and `group_sla` are the policies that were
    applied, `status` has the minutes so far, by calendar and by business hours.
    """

    id: int
    ticket_id: int | None = None
    metric: str | None = None
    instance_id: int | None = None
    type: str | None = None
    time: datetime | None = None
    deleted: bool | None = None
    """The event was a breach that did not come about in the end."""
    sla: dict[str, JsonValue] = empty_dict()
    group_sla: dict[str, JsonValue] = empty_dict()
    status: dict[str, JsonValue] = empty_dict()
