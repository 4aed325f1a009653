"""Organizations, as sideloaded with users.

Source: https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/
"""

from __future__ import annotations

from datetime import datetime

from ._record import JsonValue, Record, empty_dict

__all__ = ["Organization"]


class Organization(Record, frozen=True, kw_only=True):
    """A group of end users who belong together, usually a company. `domain_names` assign new users to it."""

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
