"""Custom agent roles, as sideloaded with users.

Source: https://developer.zendesk.com/api-reference/ticketing/account-configuration/custom_roles/
"""

from __future__ import annotations

from datetime import datetime

from ._record import JsonValue, Record, empty_dict

__all__ = ["Role"]


class Role(Record, frozen=True, kw_only=True):
    """What agents of a kind may do; `configuration` holds the permissions by name."""

    id: int
    name: str | None = None
    description: str | None = None
    role_type: int | None = None
    team_member_count: int | None = None
    configuration: dict[str, JsonValue] = empty_dict()
    created_at: datetime | None = None
    updated_at: datetime | None = None
