"""What searches know of tickets: statuses and priorities that compare, people by name, dates, custom fields.

    status<solved priority>=high assignee:me requester:ada@example.com solved>2024-01-01 custom_field_360:blue

Source: the Search page of the reference and its guide for tickets. Statuses and priorities are ordered; people,
organizations and groups are named by id, e-mail or a part of their name, `me` is the caller, `none` nobody; a number
finds the ticket with that id as well as the word. Comments after the first one are not looked into.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from .guards import Holder
from .matching import fold_email
from .queries import DATE, Kind, Test, date_test
from .records import User
from .ticket_records import PRIORITIES, STATUSES, Ticket

_TERM: Final = re.compile(r"(\w+)(<=|>=|<|>|:)(.+)", re.DOTALL)
_COMPARED: Final[Mapping[str, Callable[[int, int], bool]]] = {
    ":": operator.eq, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}
_RANKS: Final[Mapping[str, tuple[Sequence[str], Callable[[Ticket], str | None]]]] = {
    "status": (STATUSES, lambda ticket: ticket.status),
    "priority": (("none", *PRIORITIES), lambda ticket: ticket.priority or "none"),
}
_PEOPLE: Final[Mapping[str, Callable[[Ticket], Collection[int | None]]]] = {
    "requester": lambda ticket: (ticket.requester_id,),
    "submitter": lambda ticket: (ticket.submitter_id,),
    "assignee": lambda ticket: (ticket.assignee_id,),
    "cc": lambda ticket: ticket.collaborator_ids or (None,),
}
_PARTS: Final[Mapping[str, Callable[[Ticket], int | None]]] = {
    "organization": lambda ticket: ticket.organization_id,
    "group": lambda ticket: ticket.group_id,
}
_DATES: Final[Mapping[str, Callable[[Ticket], float | None]]] = {
    "solved": lambda ticket: ticket.times.solved_at,
    "due_date": lambda ticket: ticket.due_at,
}
_CUSTOM: Final = "custom_field_"


def special(account: Holder, caller: User | None, term: str) -> Test | None:
    """The test of a term that only tickets know; None for any other."""
    if term.lstrip("#").isdigit():
        return _numbered(term)
    parts = _TERM.fullmatch(term)
    if parts is None:
        return None
    field, sign, value = parts.groups()
    compared = _compared(field, sign, value)
    if compared is not None or sign != ":":
        return compared
    if field.startswith(_CUSTOM):
        return _custom(field, value)
    return _owned(account, caller, field, value)


def _compared(field: str, sign: str, value: str) -> Test | None:
    """The test of a field whose values have an order."""
    if field in _RANKS and value in _RANKS[field][0]:
        return _ranked(field, sign, value)
    if field not in _DATES or not DATE.fullmatch(value):
        return None
    read = _DATES[field]
    held = date_test(read, sign, value)
    return lambda ticket: read(ticket) is not None and held(ticket)


def _owned(account: Holder, caller: User | None, field: str, value: str) -> Test | None:
    """The test of a field that names users, an organization or a group."""
    if field in _PEOPLE:
        people, wanted = _PEOPLE[field], _people(account, caller, value)
        return lambda ticket: not wanted.isdisjoint(people(ticket))
    if field in _PARTS:
        part, named = _PARTS[field], _named(account, field, value)
        return lambda ticket: part(ticket) in named
    return None


def _numbered(term: str) -> Test:
    ticket_id = int(term.lstrip("#"))
    return lambda ticket: ticket.id == ticket_id or any(term in text(ticket) for text in _TEXTS.values())


def _ranked(field: str, sign: str, value: str) -> Test:
    names, read = _RANKS[field]
    bound, holds = names.index(value), _COMPARED[sign]
    return lambda ticket: holds(names.index(read(ticket) or ""), bound)


def _custom(field: str, value: str) -> Test | None:
    number = field.removeprefix(_CUSTOM)
    if not number.isdigit():
        return None
    key, exact = int(number), value.casefold()
    if exact == "*":
        return lambda ticket: ticket.custom_fields.get(key) is not None
    return lambda ticket: exact in _spoken(ticket.custom_fields.get(key))


def _spoken(value: Any) -> Collection[str]:  # noqa: ANN401  # whatever a field may hold
    """A field's value as the words that find it."""
    values = value if isinstance(value, list | tuple) else [value]
    return [("true" if one else "false") if isinstance(one, bool) else str(one).casefold() for one in values]


def _people(account: Holder, caller: User | None, value: str) -> set[int | None]:
    """The users that a value names."""
    state, known = account.state, value.casefold()
    if known == "none":
        return {None}
    if known == "me":
        return {None if caller is None else caller.id}
    if "@" in known:
        user = state.by_email(fold_email(account.settings, value))
        return set() if user is None else {user.id}
    if known.isdigit():
        return {int(known)}
    return {user.id for user in state.active_users() if known in user.name.casefold()}


def _named(account: Holder, field: str, value: str) -> set[int | None]:
    """The organizations or groups that a value names."""
    known = value.casefold()
    if known == "none":
        return {None}
    if known.isdigit():
        return {int(known)}
    state = account.state
    records: Iterable[Any] = (state.organizations if field == "organization" else state.groups).values()
    return {record.id for record in records if known in record.name.casefold()}


_TEXTS: Final[Mapping[str, Callable[[Ticket], str]]] = {
    "subject": lambda ticket: ticket.subject or "",
    "description": lambda ticket: ticket.description,
}

TICKETS: Final = Kind(
    "ticket",
    values={
        "tags": lambda ticket: ticket.tags,
        "ticket_type": lambda ticket: (ticket.type or "none",),
        "external_id": lambda ticket: ((ticket.external_id or "").casefold(),),
        "via": lambda ticket: (ticket.via.channel,),
        "brand": lambda ticket: (str(ticket.brand_id),),
        "form": lambda ticket: (str(ticket.ticket_form_id),),
    },
    texts=_TEXTS,
    special=special,
)
