"""What a bulk run can do: one row for each verb, with the job that it becomes and what its records are known by.

The model: a verb is a job on up to a hundred rows. What matters to a run is when a job may be sent again that may or
may not have been carried out. An upsert, an update and a deletion come to the same when they are done twice. What is
created comes twice, unless the service holds one of its fields to be unique: then the second attempt is refused. What
has no such field is looked up by its external id first, and where it has none, it is left alone and reported.
Source: the pages of users, organizations, tickets, ticket import and memberships of
https://developer.zendesk.com/api-reference/ticketing/introduction/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import attrs

from .._core.route import Route
from ..errors import BadArgument
from ..resources import (
    group_memberships,
    organization_memberships,
    organizations_many,
    ticket_import,
    tickets_many,
    users_many,
)
from ..resources._ticket_fields import may_be_repeated, ticket_fields
from ..resources._user_fields import user_row, user_row_with_id
from ..resources._validate import checked_fields, record_id
from ..resources.types.organizations import NewOrganization
from ..resources.types.tickets import ImportedTicketWrite, NewTicketWrite, TicketRow

__all__ = ["OPERATIONS", "Kind", "Operation", "operation"]

Kind = Literal["upsert", "create", "update", "delete"]
RowCheck = Callable[[dict[str, Any], str], None]


def _always(_fields: Mapping[str, Any]) -> bool:
    return True


@attrs.frozen(kw_only=True, eq=False)
class Operation:
    """One verb of `zd.bulk`."""

    name: str
    """The verb as a caller writes it: `users.create_or_update`."""
    kind: Kind
    route: Route[Any]
    """The job that a chunk becomes."""
    check: RowCheck
    """Raises `BadArgument` for a row that can't be right; what errors call the row is handed along."""
    required: tuple[str, ...]
    """Fields of which a row must have one."""
    names: tuple[str, ...]
    """Fields that name a record, the one that a result repeats first. Two rows that share one are about one record."""
    unique: frozenset[str] = frozenset()
    """Fields by which Zendesk refuses to make a second record."""
    repeatable: Callable[[Mapping[str, Any]], bool] = _always
    """May this row be sent again when nobody knows whether it was carried out? Not asked of what is created."""
    query: tuple[str, ...] = ()
    """Parameters of the request that a run may be given."""

    @property
    def resource(self) -> str:
        """`users`."""
        return self.name.partition(".")[0]

    @property
    def by_query(self) -> bool:
        """Do its rows stand in the query, as nothing but ids?"""
        return self.kind == "delete"


def _organization(fields: dict[str, Any], where: str) -> None:
    checked_fields(fields, NewOrganization, "organization", where)


def _organization_row(fields: dict[str, Any], where: str) -> None:
    shape = organizations_many.UPDATE_MANY.writes
    assert shape is not None  # noqa: S101 - a row of this package's own table
    checked_fields(fields, shape, "organization", where)


def _new_ticket(fields: dict[str, Any], where: str) -> None:
    ticket_fields(fields, NewTicketWrite, where)


def _ticket_row(fields: dict[str, Any], where: str) -> None:
    ticket_fields(fields, TicketRow, where)


def _imported_ticket(fields: dict[str, Any], where: str) -> None:
    ticket_fields(fields, ImportedTicketWrite, where)


def _membership(module: Any) -> RowCheck:  # noqa: ANN401 - one of the two modules of memberships
    def check(fields: dict[str, Any], where: str) -> None:
        checked_fields(fields, module.CREATE_MANY.writes, "membership", where)

    return check


def _only_id(fields: dict[str, Any], where: str) -> None:
    if set(fields) != {"id"}:
        raise BadArgument(f"{where}a deletion takes ids, and nothing else")
    fields["id"] = record_id(f"{where}id", fields["id"])


def _deletion(resource: str, route: Route[Any]) -> Operation:
    return Operation(
        name=f"{resource}.delete", kind="delete", route=route, check=_only_id, required=("id",), names=("id",),
    )


def _with_number(check: RowCheck) -> RowCheck:
    """For rows with an id, which a file has as digits."""

    def checked(fields: dict[str, Any], where: str) -> None:
        if fields.get("id") is not None:
            fields["id"] = record_id(f"{where}id", fields["id"])
        check(fields, where)

    return checked


_PAIR: Final = ("user_id",)
_USER: Final = ("external_id", "email")

OPERATIONS: Final[Mapping[str, Operation]] = {
    one.name: one
    for one in (
        Operation(
            name="users.create_or_update", kind="upsert", route=users_many.CREATE_OR_UPDATE_MANY, check=user_row,
            required=_USER, names=_USER, unique=frozenset(_USER),
        ),
        Operation(
            name="users.create", kind="create", route=users_many.CREATE_MANY, check=user_row, required=("name",),
            names=_USER, unique=frozenset(_USER),
        ),
        Operation(
            name="users.update", kind="update", route=users_many.UPDATE_MANY, check=_with_number(user_row_with_id),
            required=("id",), names=("id",),
        ),
        _deletion("users", users_many.DESTROY_MANY),
        Operation(
            name="organizations.create", kind="create", route=organizations_many.CREATE_MANY, check=_organization,
            required=("name",), names=("external_id", "name"), unique=frozenset({"external_id", "name"}),
        ),
        Operation(
            name="organizations.update", kind="update", route=organizations_many.UPDATE_MANY,
            check=_with_number(_organization_row), required=("id", "external_id"), names=("id", "external_id"),
        ),
        _deletion("organizations", organizations_many.DESTROY_MANY),
        Operation(
            name="tickets.import_", kind="create", route=ticket_import.CREATE_MANY, check=_imported_ticket,
            required=(), names=("external_id",), query=("archive_immediately",),
        ),
        Operation(
            name="tickets.create", kind="create", route=tickets_many.CREATE_MANY, check=_new_ticket,
            required=("comment",), names=("external_id",),
        ),
        Operation(
            name="tickets.update", kind="update", route=tickets_many.UPDATE_MANY, check=_with_number(_ticket_row),
            required=("id",), names=("id",), repeatable=may_be_repeated,
        ),
        _deletion("tickets", tickets_many.DESTROY_MANY),
        Operation(
            name="organization_memberships.create", kind="create", route=organization_memberships.CREATE_MANY,
            check=_membership(organization_memberships), required=_PAIR, names=(),
            unique=frozenset({"user_id", "organization_id"}),
        ),
        _deletion("organization_memberships", organization_memberships.DESTROY_MANY),
        Operation(
            name="group_memberships.create", kind="create", route=group_memberships.CREATE_MANY,
            check=_membership(group_memberships), required=_PAIR, names=(), unique=frozenset({"user_id", "group_id"}),
        ),
        _deletion("group_memberships", group_memberships.DESTROY_MANY),
    )
}
"""All verbs by name."""


def operation(name: str) -> Operation:
    """The verb with this name; raises `BadArgument` for one that there is not."""
    found = OPERATIONS.get(name.replace("-", "_"))
    if found is None:
        raise BadArgument(f"there is no bulk operation {name!r}: there are {', '.join(OPERATIONS)}")
    return found
