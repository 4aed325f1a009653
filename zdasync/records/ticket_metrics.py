"""Ticket metrics: how long a ticket took, and how often it went from hand to hand.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_metrics/
"""

from __future__ import annotations

from datetime import datetime

from ._record import Record

__all__ = ["TicketMetric", "TicketMetricTime"]


class TicketMetricTime(Record, frozen=True, kw_only=True):
    """One span, counted twice: by the calendar, and within the account's business hours only."""

    calendar: int | None = None
    business: int | None = None


class TicketMetric(Record, frozen=True, kw_only=True):
    """The metrics of one ticket.

    Spans are in the unit that their name ends in. A reply is a public comment of an agent: `reply_time_in_minutes`
    is the time until the first one, `replies` how many there are. `requester_wait_time_in_minutes` is what the ticket
    spent as new, open or on hold, `agent_wait_time_in_minutes` as pending, `on_hold_time_in_minutes` on hold. The
    first resolution is the first time that the ticket was solved, the full one the last. `reopens` counts how often it
    was not solved after all, `group_stations` and `assignee_stations` how many groups and agents it had.
    """

    id: int
    url: str | None = None
    ticket_id: int | None = None
    group_stations: int | None = None
    assignee_stations: int | None = None
    reopens: int | None = None
    replies: int | None = None
    assignee_updated_at: datetime | None = None
    requester_updated_at: datetime | None = None
    status_updated_at: datetime | None = None
    custom_status_updated_at: datetime | None = None
    initially_assigned_at: datetime | None = None
    assigned_at: datetime | None = None
    solved_at: datetime | None = None
    latest_comment_added_at: datetime | None = None
    reply_time_in_minutes: TicketMetricTime | None = None
    reply_time_in_seconds: TicketMetricTime | None = None
    first_resolution_time_in_minutes: TicketMetricTime | None = None
    full_resolution_time_in_minutes: TicketMetricTime | None = None
    agent_wait_time_in_minutes: TicketMetricTime | None = None
    requester_wait_time_in_minutes: TicketMetricTime | None = None
    on_hold_time_in_minutes: TicketMetricTime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
