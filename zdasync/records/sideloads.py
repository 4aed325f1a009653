"""What `include=` brings along with users, typed.

Source: https://developer.zendesk.com/documentation/ticketing/using-the-zendesk-api/side_loading/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from ._record import Json, Record, empty_dict
from .groups import Group
from .organizations import Organization
from .roles import Role
from .users import Identity

__all__ = ["Ability", "SideloadName", "Sideloads"]

SideloadName = Literal["organizations", "groups", "roles", "identities", "abilities", "open_ticket_count"]
"""What can be sideloaded with users."""


class Ability(Record, frozen=True, kw_only=True):
    """What the caller may do with one user: `allowed` maps names such as "can_edit" to yes or no."""

    user_id: int
    allowed: dict[str, bool] = empty_dict()


class Sideloads(Record, frozen=True, kw_only=True):
    """The records that came along, each once. What was not asked for is empty."""

    organizations: tuple[Organization, ...] = ()
    groups: tuple[Group, ...] = ()
    roles: tuple[Role, ...] = ()
    identities: tuple[Identity, ...] = ()
    abilities: tuple[Ability, ...] = ()
    open_ticket_count: dict[str, int] = empty_dict()
    """Open tickets by the id of the user, as a string."""

    def organization(self, organization_id: int | None) -> Organization | None:
        """The organization with this id, if it came along."""
        return next((found for found in self.organizations if found.id == organization_id), None)

    def group(self, group_id: int | None) -> Group | None:
        """The group with this id, if it came along."""
        return next((found for found in self.groups if found.id == group_id), None)

    def role(self, role_id: int | None) -> Role | None:
        """The custom role with this id, if it came along."""
        return next((found for found in self.roles if found.id == role_id), None)

    def identities_of(self, user_id: int) -> list[Identity]:
        """The identities of one user that came along."""
        return [identity for identity in self.identities if identity.user_id == user_id]

    def open_tickets_of(self, user_id: int) -> int | None:
        """How many open tickets a user has; None when the reply does not say."""
        return self.open_ticket_count.get(str(user_id))


RECORDS: Final[Mapping[str, type[Record]]] = {
    "organizations": Organization,
    "groups": Group,
    "roles": Role,
    "identities": Identity,
}
"""The sideloads that are lists of records."""


def abilities_of(value: Json) -> Iterable[Ability]:
    """Abilities come as a list of rows or as a mapping from the user's id: both are read."""
    rows = value.items() if isinstance(value, dict) else ((None, row) for row in value or ())
    for key, row in rows:
        if isinstance(row, dict):
            user_id = str(row.get("user_id", row.get("id", key)))
            if user_id.isdecimal():
                yield Ability(user_id=int(user_id), allowed={k: v for k, v in row.items() if isinstance(v, bool)})
