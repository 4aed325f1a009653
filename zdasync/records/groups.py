"""Groups of agents.

Source: https://developer.zendesk.com/api-reference/ticketing/groups/groups/
"""

from __future__ import annotations

from datetime import datetime

from ._record import Record

__all__ = ["Group"]


class Group(Record, frozen=True, kw_only=True):
    """A group of agents to whom tickets are assigned.

    `default` marks the account's default group. A group that is not `is_public` shows its tickets to its members only.
    A `deleted` group has no members any more; lists hold it all the same.
    """

    id: int
    url: str | None = None
    name: str | None = None
    description: str | None = None
    default: bool | None = None
    deleted: bool | None = None
    is_public: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
