"""Groups of agents, as sideloaded with users.

Source: https://developer.zendesk.com/api-reference/ticketing/groups/groups/
"""

from __future__ import annotations

from datetime import datetime

from ._record import Record

__all__ = ["Group"]


class Group(Record, frozen=True, kw_only=True):
    """A group of agents to whom tickets are assigned."""

    id: int
    url: str | None = None
    name: str | None = None
    description: str | None = None
    default: bool | None = None
    deleted: bool | None = None
    is_public: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
