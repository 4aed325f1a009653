"""The tables of a copy: which export each comes from, how a deletion shows in it, where its custom fields are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

import attrs

from ..records._record import Json

if TYPE_CHECKING:
    from ..export import Export
    from ..resources.incremental import Incremental

__all__ = ["DEFAULT", "TABLES", "Deletions", "Table", "TableName"]

TableName = Literal["users", "tickets", "organizations", "ticket_events", "ticket_metric_events"]
Deletions = Literal["remove", "mark"]
Row: TypeAlias = Mapping[str, Json]
Begin: TypeAlias = "Callable[..., Export[Any]]"


def _never(_row: Row) -> bool:
    return False


@attrs.frozen(kw_only=True)
class Table:
    """One table: how its export is begun, and what its rows mean.

    `deleted` tells a row that stands for a deletion. `fields` is the key under which a row has its custom fields, and
    `twice` one that repeats them.
    """

    begin: Callable[[Incremental], Begin]
    deleted: Callable[[Row], bool] = _never
    fields: str | None = None
    twice: str | None = None


TABLES: Final[Mapping[str, Table]] = {
    "users": Table(
        begin=lambda pages: pages.users, deleted=lambda row: row.get("active") is False, fields="user_fields"
    ),
    "tickets": Table(
        begin=lambda pages: pages.tickets, deleted=lambda row: row.get("status") == "deleted",
        fields="custom_fields", twice="fields",
    ),
    # The reference says nothing of deleted organizations; other clients have seen this time in their rows.
    "organizations": Table(
        begin=lambda pages: pages.organizations, deleted=lambda row: row.get("deleted_at") is not None,
        fields="organization_fields",
    ),
    "ticket_events": Table(begin=lambda pages: pages.ticket_events),
    # A breach that did not come about in the end is not to be counted: Zendesk says so by taking the event back.
    "ticket_metric_events": Table(
        begin=lambda pages: pages.ticket_metric_events, deleted=lambda row: row.get("deleted") is True
    ),
}
"""All tables by name."""

DEFAULT: Final[tuple[TableName, ...]] = ("users", "tickets", "organizations", "ticket_events")
"""The tables of a copy unless others are asked for."""

assert tuple(TABLES) == get_args(TableName)  # noqa: S101 - one list, told twice for the type checker
