"""The table of calls that are coalesced: what each becomes, and how its record is named.

A call is coalesced when its request says nothing that the request for many can't say for each row: no sideloads or
other parameters, no headers of its own but the key of a new ticket, which a job does without. All others go as they
are. Sources: the pages Users, Organizations and Tickets of https://developer.zendesk.com/api-reference/ticketing/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs
import msgspec

from ..resources import organizations, organizations_many, tickets, tickets_many, users, users_many

if TYPE_CHECKING:
    from .._core.message import Request
    from .._core.route import Route

__all__ = ["KINDS", "Asked", "Kind", "Name", "Records", "asked", "folded", "names_in", "title_of"]

Name: TypeAlias = tuple[str, int | str]
"""What a record is called by: a field and its value."""

KEY_HEADER: Final = "Idempotency-Key"

_envelope: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class _Named(msgspec.Struct):
    """The fields that may name a record."""

    email: Any = None
    external_id: Any = None
    name: Any = None


_named: Final = msgspec.json.Decoder(_Named)


@attrs.frozen(eq=False)
class Records:
    """One type of records: how one is asked for, how many are, and what names one."""

    one: Route[Any]
    many: Route[Any]
    id_name: str
    """The name of its id in paths."""
    unique: tuple[str, ...] = ()
    """The fields of which no two records have the same value."""
    hidden: bool = False
    """Are there records that `one` gives and `many` leaves out?"""
    adding: tuple[str, ...] = ()
    """Fields of which each write adds something: the last one does not stand for those before it."""
    partial: tuple[str, ...] = ()
    """Fields that are objects, of which a write changes what it names."""

    @property
    def type(self) -> str:
        """What tells this type from the others."""
        return str(self.many.key)


@attrs.frozen(eq=False)
class Kind:
    """One operation that is coalesced."""

    operation: str
    records: Records
    to: Route[Any]
    """The operation on many that it becomes; one that starts a job writes."""
    by_id: bool = False
    """Does a written row name its record by id?"""
    merges: bool = False
    """May two writes of one record become one?"""
    imports: bool = False
    """Does it need bulk imports of users, which Zendesk's support enables?"""

    @property
    def writes(self) -> bool:
        """Does it write, or read?"""
        return self.to.job


_USERS: Final = Records(
    users.SHOW, users.SHOW_MANY, "user_id", ("email", "external_id"), hidden=True,
    adding=("email", "identities", "organization", "phone"), partial=("user_fields",),
)
_ORGANIZATIONS: Final = Records(
    organizations.SHOW, organizations.SHOW_MANY, "organization_id", ("external_id", "name"),
    partial=("organization_fields",),
)
_TICKETS: Final = Records(tickets.SHOW, tickets.SHOW_MANY, "ticket_id")

KINDS: Final[Mapping[str, Kind]] = {
    kind.operation: kind
    for kind in (
        Kind("users.show", _USERS, users.SHOW_MANY),
        Kind("users.create", _USERS, users_many.CREATE_MANY, imports=True),
        Kind("users.create_or_update", _USERS, users_many.CREATE_OR_UPDATE_MANY, merges=True, imports=True),
        Kind("users.update", _USERS, users_many.UPDATE_MANY, by_id=True, merges=True),
        Kind("organizations.show", _ORGANIZATIONS, organizations.SHOW_MANY),
        Kind("organizations.create", _ORGANIZATIONS, organizations_many.CREATE_MANY),
        Kind("organizations.update", _ORGANIZATIONS, organizations_many.UPDATE_MANY, by_id=True, merges=True),
        Kind("tickets.show", _TICKETS, tickets.SHOW_MANY),
        Kind("tickets.create", _TICKETS, tickets_many.CREATE_MANY),
        # Never merged: each update of a ticket is an event of its own, for its history and for business rules.
        Kind("tickets.update", _TICKETS, tickets_many.UPDATE_MANY, by_id=True),
    )
}
"""The operations that are coalesced, by name."""


@attrs.frozen(eq=False)
class Asked:
    """What a call that can be coalesced asks for."""

    kind: Kind
    request: Request
    """The call's own, with the options of its view."""
    id: int | None = None
    fields: bytes = attrs.field(default=b"", repr=False)
    """What is written, as JSON."""
    names: frozenset[Name] = attrs.field(default=frozenset(), repr=False)
    """What its record is called in it."""
    key: str | None = attrs.field(default=None, repr=False)
    """What tells a new ticket from a repetition."""


def asked(kind: Kind, request: Request, headers: Iterable[str]) -> Asked | None:
    """What the request asks for; None when it must go as it is. `headers` are the names of the call's own."""
    odd = request.query or request.receiver or request.upload or request.content or request.completed
    if odd or not set(headers) <= {KEY_HEADER}:
        return None
    record_id = request.values.get(kind.records.id_name)
    number = record_id if isinstance(record_id, int) else None
    by_id = kind.by_id or not kind.writes
    if by_id and number is None:
        return None
    names: frozenset[Name] = frozenset({("id", number)} if number is not None else ())
    if not kind.writes:
        return Asked(kind, request, number, names=names)
    wrap = request.route.wrap or request.route.key
    body = _envelope.decode(request.body or b"{}")
    if wrap is None or body.keys() != {wrap}:
        return None
    fields = bytes(body[wrap])
    return Asked(
        kind, request, number, fields, names | names_in(fields, kind.records), request.headers.get(KEY_HEADER)
    )


def names_in(record: bytes | msgspec.Raw, records: Records) -> frozenset[Name]:
    """The names that a record, or what is written of one, has by its unique fields."""
    if not records.unique:
        return frozenset()
    found = _named.decode(record)
    values = ((name, getattr(found, name)) for name in records.unique)
    return frozenset((name, folded(value)) for name, value in values if isinstance(value, str) and value)


def title_of(record: bytes | msgspec.Raw) -> str | None:
    """The `name` of a record, or of what is written of one, where it has any."""
    name = _named.decode(record).name
    return name if isinstance(name, str) else None


def folded(value: str) -> str:
    """Zendesk finds records by these whatever the case."""
    return value.casefold()
