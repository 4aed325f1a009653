"""Endpoints of ticket metrics: derived from each ticket's times and audits whenever they are asked for.

Source: the Ticket Metrics page of the reference. A requester waits while the ticket is new, open or on hold, an agent
waits while it is pending; times in a status count once the status has ended. The list has no archived tickets, and the
newest stand first.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from typing import Final

from .guards import Holder, agents, path_id
from .http import Call, Endpoints, Json, Reply
from .pages import paginate
from .refusals import not_found
from .render import View, iso
from .satisfaction import lone
from .settings import Settings
from .ticket_records import HOLD, NEW, OPEN, PENDING, Ticket

MINUTE: Final = 60.0
HOUR: Final = 3_600.0
DAY: Final = 86_400.0
_WORKDAYS: Final = 5
_EPOCH_WEEKDAY: Final = 3
"""1970-01-01 was a Thursday."""
_OFFSET: Final = 19
"""From the id of a ticket's first audit to that of its metrics; ids that `State.next_id` gives are further apart."""

Span = tuple[float, float]


def list_metrics(account: Holder, call: Call) -> Reply:
    """GET /ticket_metrics: the newest tickets first."""
    view, tickets = View.of(account, call), account.state.tickets
    body = paginate(
        call,
        [tickets.records[ticket_id] for ticket_id in reversed(tickets.ids)],
        "ticket_metrics",
        settings=account.settings,
        id_of=lambda ticket: -ticket.id,
        keep=lambda ticket: not ticket.archived,
        render=lambda ticket: metrics(view, ticket),
    )
    return Reply(body=body)


def show(account: Holder, call: Call) -> Reply:
    """GET /ticket_metrics/{ticket_metric_id}."""
    tickets, wanted = account.state.tickets, path_id(call, "ticket_metric_id")
    index = bisect_left(tickets.ids, wanted, key=lambda ticket_id: metric_id(tickets.records[ticket_id]))
    ticket = tickets.records[tickets.ids[index]] if index < len(tickets.ids) else None
    if ticket is None or metric_id(ticket) != wanted:
        raise not_found()
    return _shown(account, call, ticket)


def show_of_ticket(account: Holder, call: Call) -> Reply:
    """GET /tickets/{ticket_id}/metrics."""
    ticket = account.state.tickets.active(path_id(call, "ticket_id"))
    if ticket is None:
        raise not_found()
    return _shown(account, call, ticket)


def _shown(account: Holder, call: Call, ticket: Ticket) -> Reply:
    return Reply(body={"ticket_metric": lone(account, metrics(View.of(account, call), ticket))})


def metric_id(ticket: Ticket) -> int:
    """The id of a ticket's metrics."""
    return ticket.born_id + _OFFSET


def metrics(view: View, ticket: Ticket) -> dict[str, Json]:
    """The metrics of a ticket."""
    times, born, settings = ticket.times, ticket.created_at, view.settings
    spans = list(_spans(view, ticket))
    replied = [(born, times.first_reply_at)] if times.first_reply_at is not None else None
    return {
        "url": view.url(f"ticket_metrics/{metric_id(ticket)}"),
        "id": metric_id(ticket),
        "ticket_id": ticket.id,
        "created_at": iso(born),
        "updated_at": iso(ticket.updated_at),
        "group_stations": times.group_stations,
        "assignee_stations": times.assignee_stations,
        "reopens": times.reopens,
        "replies": times.replies,
        "assignee_updated_at": iso(times.assignee_at),
        "requester_updated_at": iso(times.requester_at),
        "status_updated_at": iso(times.status_at),
        "custom_status_updated_at": iso(times.custom_status_at),
        "initially_assigned_at": iso(times.initially_assigned_at),
        "assigned_at": iso(times.assigned_at),
        "solved_at": iso(times.solved_at),
        "latest_comment_added_at": iso(times.comment_at),
        "reply_time_in_minutes": minutes(settings, replied),
        "reply_time_in_seconds": {"calendar": None if replied is None else int(replied[0][1] - replied[0][0])},
        "first_resolution_time_in_minutes": _until(settings, born, times.first_solved_at),
        "full_resolution_time_in_minutes": _until(settings, born, times.solved_at),
        "agent_wait_time_in_minutes": minutes(settings, _within(spans, (PENDING,))),
        "requester_wait_time_in_minutes": minutes(settings, _within(spans, (NEW, OPEN, HOLD))),
        "on_hold_time_in_minutes": minutes(settings, _within(spans, (HOLD,))),
    }


def _spans(view: View, ticket: Ticket) -> Iterator[tuple[str, Span]]:
    """The statuses that a ticket has had and no longer has, each with its span."""
    began = ticket.created_at
    for audit in view.state.tickets.audits_of(ticket):
        for event in audit.events:
            if event.type == "Change" and event.field_name == "status":
                yield event.previous_value, (began, audit.created_at)
                began = audit.created_at


def _within(spans: list[tuple[str, Span]], statuses: Collection[str]) -> list[Span]:
    return [span for status, span in spans if status in statuses]


def _until(settings: Settings, start: float, end: float | None) -> dict[str, Json]:
    return minutes(settings, None if end is None else [(start, end)])


def minutes(settings: Settings, spans: list[Span] | None) -> dict[str, Json]:
    """So many minutes by the calendar and in business hours; nulls for what has not happened yet."""
    if spans is None:
        return {"calendar": None, "business": None}
    return {
        "calendar": int(sum(end - start for start, end in spans) / MINUTE),
        "business": int(sum(business_seconds(settings, start, end) for start, end in spans) / MINUTE),
    }


def business_seconds(settings: Settings, start: float, end: float) -> float:
    """The seconds of a span that lie in business hours."""
    if settings.business_hours is None:
        return end - start
    opens, closes = settings.business_hours
    total = 0.0
    for day in range(int(start // DAY), int(end // DAY) + 1):
        if (day + _EPOCH_WEEKDAY) % 7 < _WORKDAYS:
            first, last = max(start, day * DAY + opens * HOUR), min(end, day * DAY + closes * HOUR)
            total += max(0.0, last - first)
    return total


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/ticket_metrics"): agents(list_metrics),
    ("GET", "/api/v2/ticket_metrics/{ticket_metric_id}"): agents(show),
    ("GET", "/api/v2/tickets/{ticket_id}/metrics"): agents(show_of_ticket),
}
