"""Which tickets meet the conditions of a rule.

The model: a condition names a field, an operator and a value; a ticket is meant when all of `all` hold, and one of
`any` at least where there are some. Known are the fields below and custom fields (`custom_fields_123`). A condition on
anything else, and one on a change ("changed", "value", ...), is taken as met: a view does not see changes.
Source: the conditions reference of the documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from .http import Json
from .ticket_records import PRIORITIES, STATUSES, Ticket

__all__ = ["FIELDS", "OPERATORS", "REQUIRED", "field_of", "matching"]

FIELDS: Final[Mapping[str, Callable[[Ticket], Json]]] = {
    "status": lambda ticket: ticket.status,
    "priority": lambda ticket: ticket.priority,
    "type": lambda ticket: ticket.type,
    "assignee_id": lambda ticket: ticket.assignee_id,
    "group_id": lambda ticket: ticket.group_id,
    "requester_id": lambda ticket: ticket.requester_id,
    "organization_id": lambda ticket: ticket.organization_id,
    "brand_id": lambda ticket: ticket.brand_id,
    "ticket_form_id": lambda ticket: ticket.ticket_form_id,
    "custom_status_id": lambda ticket: ticket.custom_status_id,
    "current_tags": lambda ticket: ticket.tags,
    "tags": lambda ticket: ticket.tags,
}
OPERATORS: Final = ("is", "is_not", "less_than", "greater_than", "includes", "not_includes")
REQUIRED: Final = frozenset({"status", "type", "group_id", "assignee_id", "requester_id"})
"""One of these must stand in `all` of a view."""

_CUSTOM: Final = "custom_fields_"
_RANKED: Final[Mapping[str, Sequence[str]]] = {"status": STATUSES, "priority": PRIORITIES}
_ME: Final = "current_user"


def matching(tickets: Iterable[Ticket], conditions: Json, caller_id: int) -> list[Ticket]:
    """Those of the tickets that meet the conditions; `caller_id` is who "current_user" is."""
    given = conditions if isinstance(conditions, dict) else {}
    every = [_test(one, caller_id) for one in given.get("all") or ()]
    some = [_test(one, caller_id) for one in given.get("any") or ()]
    return [
        ticket
        for ticket in tickets
        if all(test(ticket) for test in every) and (not some or any(test(ticket) for test in some))
    ]


def field_of(name: str) -> Callable[[Ticket], Json] | None:
    """What reads a field of a ticket by the name that rules give it; None for one that nothing here knows."""
    number = name.removeprefix(_CUSTOM)
    if number != name and number.isdecimal():
        return lambda ticket: ticket.custom_fields.get(int(number))
    return FIELDS.get(name)


def _test(condition: Mapping[str, Json], caller_id: int) -> Callable[[Ticket], bool]:
    name, operator, wanted = str(condition.get("field")), condition.get("operator"), condition.get("value")
    read = field_of(name)
    if read is None or operator not in OPERATORS:
        return lambda _: True
    wanted = caller_id if wanted == _ME else wanted
    if operator in ("less_than", "greater_than"):
        return _compared(read, _RANKED.get(name), wanted, below=operator == "less_than")
    negated = operator in ("is_not", "not_includes")
    return lambda ticket: _has(read(ticket), wanted) is not negated


def _has(value: Json, wanted: Json) -> bool:
    """Is a field's value the one that is wanted, or has a list one of those that are?"""
    if isinstance(value, list | tuple):
        words = wanted if isinstance(wanted, list) else str(wanted or "").split()
        return not {str(word) for word in words}.isdisjoint(map(str, value))
    if isinstance(wanted, list):
        return any(_has(value, one) for one in wanted)
    return _text(value) == _text(wanted)


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _compared(
    read: Callable[[Ticket], Json], ranks: Sequence[str] | None, wanted: Json, *, below: bool
) -> Callable[[Ticket], bool]:
    """A test by order: that of the choices, where a field has some, else that of numbers. Nothing is less than all."""

    def place(value: Json) -> float:
        if ranks is not None:
            return ranks.index(value) if value in ranks else -1
        try:
            return float(_text(value) or "-inf")
        except ValueError:
            return float("-inf")

    if below:
        return lambda ticket: place(read(ticket)) < place(wanted)
    return lambda ticket: place(read(ticket)) > place(wanted)
