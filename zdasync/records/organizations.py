"""Organizations, what hangs on one, and their merges.

Source: https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/
"""

from __future__ import annotations

from datetime import datetime

from ._record import JsonValue, Record, empty_dict

__all__ = ["Organization", "OrganizationMerge", "OrganizationRelated"]


class Organization(Record, frozen=True, kw_only=True):
    """A group of end users who belong together, usually a company.

    New users with an e-mail address in one of `domain_names` come into it. `group_id` is the group of agents that gets
    its new tickets. `shared_tickets` lets its users see each other's tickets.
    """

    id: int
    url: str | None = None
    name: str | None = None
    external_id: str | None = None
    group_id: int | None = None
    domain_names: tuple[str, ...] = ()
    details: str | None = None
    notes: str | None = None
    shared_tickets: bool | None = None
    shared_comments: bool | None = None
    tags: tuple[str, ...] = ()
    organization_fields: dict[str, JsonValue] = empty_dict()
    created_at: datetime | None = None
    updated_at: datetime | None = None


class OrganizationRelated(Record, frozen=True, kw_only=True):
    """How many tickets and users an organization has."""

    tickets_count: int | None = None
    users_count: int | None = None


class OrganizationMerge(Record, frozen=True, kw_only=True):
    """One organization, `loser_id`, going into another. Ids of merges are strings.

    `status` is "new", "in_progress", "complete" or "error".
    """

    id: str
    url: str | None = None
    loser_id: int | None = None
    winner_id: int | None = None
    status: str | None = None

    @property
    def ended(self) -> bool:
        """Will it change no more?"""
        return self.status in ("complete", "error")
