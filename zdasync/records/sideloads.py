"""What `include=` brings along, typed.

Source: https://developer.zendesk.com/documentation/ticketing/using-the-zendesk-api/side_loading/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import attrs

from ._record import Json, Record, empty_dict

if TYPE_CHECKING:
    from .account import SharingAgreement
    from .brands import Brand
    from .groups import Group
    from .organizations import Organization
    from .roles import Role
    from .ticket_audits import TicketAudit
    from .ticket_forms import TicketForm
    from .tickets import Ticket
    from .users import Identity, User

__all__ = ["Ability", "SideloadName", "Sideloads"]

SideloadName = Literal["organizations", "groups", "roles", "identities", "abilities", "open_ticket_count"]
"""What can be sideloaded with users."""

R = TypeVar("R", bound="Record")


class Ability(Record, frozen=True, kw_only=True):
    """What the caller may do with one user or organization: `allowed` maps names such as "can_edit" to yes or no."""

    user_id: int | None = None
    organization_id: int | None = None
    allowed: dict[str, bool] = empty_dict()


@attrs.frozen(kw_only=True, repr=False)
class Sideloads:
    """The records that came along, each once. What was not asked for is empty."""

    users: tuple[User, ...] = ()
    organizations: tuple[Organization, ...] = ()
    groups: tuple[Group, ...] = ()
    roles: tuple[Role, ...] = ()
    identities: tuple[Identity, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    last_audits: tuple[TicketAudit, ...] = ()
    brands: tuple[Brand, ...] = ()
    ticket_forms: tuple[TicketForm, ...] = ()
    sharing_agreements: tuple[SharingAgreement, ...] = ()
    abilities: tuple[Ability, ...] = ()
    open_ticket_count: Mapping[str, int] = attrs.field(factory=dict)
    """Open tickets by the id of the user, as a string."""

    def __repr__(self) -> str:
        given = attrs.asdict(self, recurse=False, filter=lambda _, value: bool(value))
        return f"Sideloads({', '.join(f'{name}={value!r}' for name, value in given.items())})"

    def user(self, user_id: int | None) -> User | None:
        """The user with this id, if it came along."""
        return _by_id(self.users, user_id)

    def organization(self, organization_id: int | None) -> Organization | None:
        """The organization with this id, if it came along."""
        return _by_id(self.organizations, organization_id)

    def group(self, group_id: int | None) -> Group | None:
        """The group with this id, if it came along."""
        return _by_id(self.groups, group_id)

    def role(self, role_id: int | None) -> Role | None:
        """The custom role with this id, if it came along."""
        return _by_id(self.roles, role_id)

    def ticket(self, ticket_id: int | None) -> Ticket | None:
        """The ticket with this id, if it came along."""
        return _by_id(self.tickets, ticket_id)

    def brand(self, brand_id: int | None) -> Brand | None:
        """The brand with this id, if it came along."""
        return _by_id(self.brands, brand_id)

    def identities_of(self, user_id: int) -> list[Identity]:
        """The identities of one user that came along."""
        return [identity for identity in self.identities if identity.user_id == user_id]

    def open_tickets_of(self, user_id: int) -> int | None:
        """How many open tickets a user has; None when the reply does not say."""
        return self.open_ticket_count.get(str(user_id))


def _by_id(records: tuple[R, ...], wanted: int | None) -> R | None:
    found: Any = (record for record in records if getattr(record, "id", None) == wanted)
    return next(found, None)


_PLACES: Final[Mapping[str, tuple[str, str]]] = {
    "users": ("users", "User"),
    "organizations": ("organizations", "Organization"),
    "groups": ("groups", "Group"),
    "roles": ("roles", "Role"),
    "identities": ("users", "Identity"),
    "tickets": ("tickets", "Ticket"),
    "last_audits": ("ticket_audits", "TicketAudit"),
    "brands": ("brands", "Brand"),
    "ticket_forms": ("ticket_forms", "TicketForm"),
    "sharing_agreements": ("account", "SharingAgreement"),
}


@cache
def record_classes() -> Mapping[str, type[Record]]:
    """The sideloads that are lists of records; most programs never import half of them."""
    return {name: getattr(import_module(f".{place}", __package__), cls) for name, (place, cls) in _PLACES.items()}


def abilities_of(value: Json) -> Iterable[Ability]:
    """Abilities come as a list of rows or as a mapping from the user's id: both are read."""
    rows = value.items() if isinstance(value, dict) else ((None, row) for row in value or ())
    for key, row in rows:
        if isinstance(row, dict):
            place = "organization_id" if "organization_id" in row else "user_id"
            found = str(row.get(place, row.get("id", key)))
            if found.isdecimal():
                allowed = {name: value for name, value in row.items() if isinstance(value, bool)}
                yield Ability(**{place: int(found)}, allowed=allowed)
