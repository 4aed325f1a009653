"""How a view of the simulated account shows its tickets: the table's columns, rows, groups and order.

A column has a name ("requester"), and shows its value in a row under that name, or under that of an id
("requester_id"). The rows of one page have their ticket in short beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from .http import Json
from .render import View, iso
from .rule_conditions import field_of
from .ticket_records import PRIORITIES, STATUSES, Ticket

__all__ = ["DEFAULT_COLUMNS", "execution", "groups_of", "row_of", "sorted_by"]

DEFAULT_COLUMNS: Final = ("status", "subject", "requester", "created", "type", "priority")


@attrs.frozen(slots=True)
class _Column:
    title: str
    key: str
    value: Callable[[Ticket], Json]
    place: Callable[[Ticket], Any]
    """By what rows are sorted; nothing comes first."""


def _plain(title: str, key: str, value: Callable[[Ticket], Json]) -> _Column:
    return _Column(title, key, value, lambda ticket: (value(ticket) is not None, value(ticket)))


def _ranked(title: str, key: str, value: Callable[[Ticket], Json], ranks: Sequence[str]) -> _Column:
    return _Column(title, key, value, lambda ticket: ranks.index(value(ticket)) if value(ticket) in ranks else -1)


def _dated(title: str, key: str, at: Callable[[Ticket], float | None]) -> _Column:
    return _Column(title, key, lambda ticket: iso(at(ticket)), lambda ticket: at(ticket) or 0.0)


COLUMNS: Final[Mapping[str, _Column]] = {
    "nice_id": _plain("ID", "nice_id", lambda ticket: ticket.id),
    "subject": _plain("Subject", "subject", lambda ticket: ticket.subject),
    "description": _plain("Subject", "subject", lambda ticket: ticket.subject),
    "status": _ranked("Status", "status", lambda ticket: ticket.status, STATUSES),
    "priority": _ranked("Priority", "priority", lambda ticket: ticket.priority, PRIORITIES),
    "type": _plain("Type", "type", lambda ticket: ticket.type),
    "requester": _plain("Requester", "requester_id", lambda ticket: ticket.requester_id),
    "submitter": _plain("Submitter", "submitter_id", lambda ticket: ticket.submitter_id),
    "assignee": _plain("Assignee", "assignee_id", lambda ticket: ticket.assignee_id),
    "group": _plain("Group", "group_id", lambda ticket: ticket.group_id),
    "organization": _plain("Organization", "organization_id", lambda ticket: ticket.organization_id),
    "brand": _plain("Brand", "brand_id", lambda ticket: ticket.brand_id),
    "created": _dated("Requested", "created", lambda ticket: ticket.created_at),
    "updated": _dated("Latest update", "updated", lambda ticket: ticket.updated_at),
    "due_date": _dated("Due date", "due_date", lambda ticket: ticket.due_at),
}


def _column(name: str) -> _Column | None:
    known = COLUMNS.get(name)
    read = None if known is not None or not name.isdecimal() else field_of(f"custom_fields_{name}")
    return known if read is None else _plain(f"Field {name}", name, read)


def execution(output: Mapping[str, Json]) -> dict[str, Json]:
    """What is written as `output`, as views show it; unknown columns are dropped."""
    names = [str(name) for name in output.get("columns") or DEFAULT_COLUMNS if _column(str(name)) is not None]
    columns = [_head(name) for name in names]
    shown: dict[str, Json] = {"columns": columns, "fields": columns, "custom_fields": []}
    for part, order in (("group", "asc"), ("sort", "desc")):
        by, way = output.get(f"{part}_by"), output.get(f"{part}_order") or order
        shown |= {f"{part}_by": by, f"{part}_order": way}
        shown[part] = None if by is None else _head(str(by)) | {"order": way}
    return shown


def _head(name: str) -> dict[str, Json]:
    column = _column(name)
    head = {"id": int(name) if name.isdecimal() else name, "title": name if column is None else column.title}
    return head | ({"type": "text"} if name.isdecimal() else {})


def row_of(view: View, ticket: Ticket, columns: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
    """One ticket as a row of the table."""
    shown = {column.key: column.value(ticket) for one in columns if (column := _column(str(one["id"]))) is not None}
    shown["ticket"] = {
        "id": ticket.id,
        "subject": ticket.subject,
        "description": ticket.description,
        "status": ticket.status,
        "type": ticket.type,
        "priority": ticket.priority,
        "url": view.url(f"tickets/{ticket.id}"),
    }
    return shown


def groups_of(tickets: Sequence[Ticket], name: Json) -> list[dict[str, Json]]:
    """The groups that the tickets of one page fall into."""
    column = None if name is None else _column(str(name))
    if column is None:
        return []
    values = dict.fromkeys(column.value(ticket) for ticket in sorted(tickets, key=column.place))
    return [{"id": value, "name": "-" if value is None else str(value), "order": i} for i, value in enumerate(values)]


def sorted_by(tickets: Iterable[Ticket], name: Json, *, backwards: bool) -> list[Ticket]:
    """Tickets by a column, those of one value by their ids; by their ids alone where there is no such column."""
    column = None if name is None else _column(str(name))
    if column is None:
        return sorted(tickets, key=lambda ticket: ticket.id, reverse=backwards)
    return sorted(tickets, key=lambda ticket: (column.place(ticket), ticket.id), reverse=backwards)
