"""What an agent sees of tickets by the way: activities, and bookmarks.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/activity_stream/ and .../bookmarks/
"""

from __future__ import annotations

from datetime import datetime

from ._record import JsonValue, Record, empty_dict
from .tickets import Ticket
from .users import User

__all__ = ["Activity", "Bookmark"]


class Activity(Record, frozen=True, kw_only=True):
    """Something that happened to a ticket of the caller's, within the last 30 days.

    `verb` is "tickets.assignment", "tickets.comment" or "tickets.priority_increase"; `object` and `target` describe
    the ticket, and what was said.
    """

    id: int
    url: str | None = None
    title: str | None = None
    verb: str | None = None
    user_id: int | None = None
    actor_id: int | None = None
    user: User | None = None
    actor: User | None = None
    object: dict[str, JsonValue] = empty_dict()
    target: dict[str, JsonValue] = empty_dict()
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Bookmark(Record, frozen=True, kw_only=True):
    """A ticket that the caller has marked."""

    id: int
    url: str | None = None
    ticket: Ticket | None = None
    created_at: datetime | None = None
