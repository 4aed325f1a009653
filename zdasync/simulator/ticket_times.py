"""When things happened to a ticket, noted as they happen: what its metrics are computed from."""

from __future__ import annotations

from .http import Json
from .ticket_records import CLOSED, NEW, OPEN, SOLVED, Comment, Ticket


def born(ticket: Ticket) -> None:
    """A ticket is there: assigned and solved at once, if it is."""
    times, at = ticket.times, ticket.created_at
    if ticket.assignee_id is not None:
        times.assigned_at = times.initially_assigned_at = at
        times.assignee_stations = 1
    times.group_stations = int(ticket.group_id is not None)
    if not ticket.waiting:
        times.solved_at = times.first_solved_at = ticket.updated_at
    if ticket.status == CLOSED:
        times.closed_at = ticket.updated_at


def changed(ticket: Ticket, name: str, before: Json, now: float) -> None:
    """A field was changed from `before` to what it is."""
    times = ticket.times
    if name == "status":
        _status(ticket, before, now)
    elif name == "custom_status_id":
        times.custom_status_at = now
    elif name == "assignee_id" and ticket.assignee_id is not None:
        times.assigned_at = now
        times.initially_assigned_at = times.initially_assigned_at or now
        times.assignee_stations += 1
    elif name == "group_id" and ticket.group_id is not None:
        times.group_stations += 1


def commented(ticket: Ticket, comment: Comment, *, staff: bool) -> None:
    """A comment was added; `staff`: after the first one, by an agent."""
    times, at = ticket.times, comment.created_at
    times.comment_at = at
    if comment.author_id == ticket.requester_id:
        times.requester_at = at
    if comment.author_id == ticket.assignee_id:
        times.assignee_at = at
    if staff and comment.public:
        times.replies += 1
        times.first_reply_at = times.first_reply_at or at


def _status(ticket: Ticket, before: Json, now: float) -> None:
    times = ticket.times
    times.status_at = now
    if not ticket.waiting:
        times.first_solved_at = times.first_solved_at or now
        times.solved_at = now if ticket.status == SOLVED else times.solved_at or now
    if ticket.status == CLOSED:
        times.closed_at = now
    elif before == SOLVED and ticket.status in (NEW, OPEN):
        times.reopens += 1
        times.solved_at = None
