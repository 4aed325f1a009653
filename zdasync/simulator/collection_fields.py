"""Fields of tickets, users and organizations, with their options.

A fresh account has Zendesk's own fields of tickets, and those fields of users and organizations whose keys its state
names. The choices of a field are a collection of their own, below the field. A write of a field may have all of them:
those that it leaves out are deleted.
Source: the pages on fields of the reference; that a drop-down needs its choices, a pattern its expression and a lookup
its target stands there, the texts of the refusals don't.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from ..records import Record
from ..records.fields import FieldOption, FieldStatus, OrganizationField, TicketField, UserField
from . import render
from .collection_model import Collection, Key, Row, Write
from .collection_statuses import CUSTOM_STATUSES
from .collection_visit import shown
from .guards import Holder, anyone
from .http import Call, Json
from .refusals import Details, problem, record_invalid
from .render import View

__all__ = ["COLLECTIONS", "ORGANIZATION_FIELDS", "TICKET_FIELDS", "USER_FIELDS"]

MAX_OPTIONS: Final = 2000
"""Choices of one field."""

_SYSTEM: Final = -1
"""Who made what Zendesk made."""
_KEY: Final = re.compile(r"[A-Za-z0-9_.\-]+\Z")
_CHOICE_TYPES: Final = frozenset({"tagger", "dropdown", "multiselect"})
_NEEDED: Final[Mapping[str, str]] = {
    **dict.fromkeys(_CHOICE_TYPES, "custom_field_options"),
    "regexp": "regexp_for_validation",
    "lookup": "relationship_target_type",
}
"""What a new field of a type must have."""
_OF_ZENDESK: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("subject", "Subject", ()),
    ("description", "Description", ()),
    ("status", "Status", ("Open", "Pending", "Hold", "Solved")),
    ("tickettype", "Type", ("Question", "Incident", "Problem", "Task")),
    ("priority", "Priority", ("Low", "Normal", "High", "Urgent")),
    ("group", "Group", ()),
    ("assignee", "Assignee", ()),
    ("custom_status", "Ticket status", ()),
)
"""Types, titles and choices of Zendesk's own fields of tickets."""
_TYPES: Final[Mapping[str, str]] = {
    "tier": "dropdown", "membership_expires": "date", "newsletter": "checkbox", "points": "integer",
    "seats": "integer", "contract_ends": "date",
}
"""Types of the fields that a fresh account has; the others are texts."""
_STATUS: Final = frozenset(FieldStatus.__struct_fields__)
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {"tier": ("Gold", "Silver", "Bronze")}


# --- what a fresh account has


def _ticket_fields(account: Holder) -> Iterator[Mapping[str, Json]]:
    del account
    for kind, title, choices in _OF_ZENDESK:
        yield {
            "type": kind, "title": title, "title_in_portal": title, "raw_title_in_portal": title, "description": title,
            "required": False, "required_in_portal": kind in ("subject", "description"), "removable": False,
            "visible_in_portal": kind in ("subject", "description"), "creator_user_id": _SYSTEM,
            "editable_in_portal": kind in ("subject", "description"),
            "system_field_options": [{"name": name, "value": name.lower()} for name in choices],
        }  # fmt: skip


def _keyed_fields(keys: Iterable[str]) -> Iterator[Mapping[str, Json]]:
    for key in keys:
        yield {
            "key": key, "type": _TYPES.get(key, "text"), "title": key.replace("_", " ").capitalize(),
            "custom_field_options": [{"name": name, "value": name.lower()} for name in _CHOICES.get(key, ())],
        }  # fmt: skip


# --- the kinds of fields


class _Noted(Protocol):
    """Hears of a field that has been written, or is gone."""

    def __call__(self, account: Holder, row: Row, *, there: bool) -> None:
        """Take note of it."""


class _Kind:
    """One kind of fields: their collection, and that of their options."""

    def __init__(
        self,
        kind: str,
        record: type[Record],
        seed: Callable[[Holder], Iterable[Mapping[str, Json]]],
        defaults: Mapping[str, Json],
        noted: _Noted,
        **rest: Json,
    ) -> None:
        self._parent = f"{kind}_id"
        self._given = seed
        self._noted = noted
        self.options = Collection(
            name=f"{kind}_options",
            path=f"/api/v2/{kind}s/{{{self._parent}}}/options",
            parents={self._parent: self._field_id},
            record=FieldOption,
            order="position",
            unique=("value",),
            defaults={"default": False},
            upsert=True,
            check=self._check_option,
        )
        self.fields = Collection(
            name=f"{kind}s",
            path=f"/api/v2/{kind}s",
            record=record,
            seed=self._seed,
            defaults=defaults,
            keys=("key",),
            unique=("key",),
            order="position",
            prepare=_prepare,
            check=_check,
            wrote=self._wrote,
            removing=_removing,
            removed=self._removed,
            show=self._show,
            **rest,
        )

    def _field_id(self, account: Holder, text: str) -> Key:
        return self.fields.key_of(account, text)

    def _seed(self, account: Holder) -> Iterator[Mapping[str, Json]]:
        for given in self._given(account):
            field_id = self.fields.next_id(account)
            for choice in given.get("custom_field_options") or ():
                self.options.add(account, {**choice, self._parent: field_id})
            yield {**given, "id": field_id}

    def _wrote(self, write: Write) -> None:
        _write_options(self.options, self._parent, write)
        self._noted(write.account, write.row, there=True)

    def _removed(self, account: Holder, row: Row) -> None:
        for option in self._options(account, row["id"]):
            self.options.remove(account, option)
        self._noted(account, row, there=False)

    def _show(self, account: Holder, call: Call, row: Row) -> Mapping[str, Json]:
        options = [shown(account, call, self.options, one) for one in self._options(account, row["id"])]
        return {"custom_field_options": options, **_own(account, call, row)}

    def _options(self, account: Holder, field_id: Key) -> list[Row]:
        options = self.options.siblings(account, {self._parent: field_id})
        return sorted(options, key=lambda one: (one["position"], one["id"]))

    def _check_option(self, write: Write) -> Details:
        if self.fields.rows(write.account)[write.row[self._parent]]["type"] not in _CHOICE_TYPES:
            return {"base": [problem("Base: a field of this type has no options", "InvalidValue")]}
        if write.old is None and len(self.options.siblings(write.account, write.row)) >= MAX_OPTIONS:
            return {"base": [problem(f"Base: a field has {MAX_OPTIONS} options at most", "ValueTooLong")]}
        return {}


def _own(account: Holder, call: Call, row: Row) -> dict[str, Json]:
    """What fields of tickets show besides: the statuses, and their maker only to those who ask for it."""
    own: dict[str, Json] = {}
    if row["type"] == "custom_status":
        own["custom_statuses"] = [
            {name: value for name, value in shown(account, call, CUSTOM_STATUSES, one).items() if name in _STATUS}
            for one in CUSTOM_STATUSES.rows(account).values()
        ]
    if call.arg("creator") not in ("true", "1"):
        own |= {"creator_user_id": None, "creator_app_name": None}
    return own


def _makers(account: Holder, call: Call, rows: Sequence[Row]) -> dict[str, Json]:
    """Who made these fields, for agents who include `users`."""
    user, view = call.actor.user, View.of(account, call)
    if call.arg("include") != "users" or user is None or not user.staff:
        return {}
    makers = (account.state.users.get(row.get("creator_user_id") or 0) for row in rows)
    return {"users": [render.user(view, one) for one in dict.fromkeys(makers) if one is not None]}


# --- writing


def _prepare(write: Write) -> None:
    row = write.row
    if "key" not in row:
        row.setdefault("title_in_portal", row.get("title"))
    if write.old is None and write.call.actor.user is not None:
        row.setdefault("creator_user_id", write.call.actor.user.id)


def _check(write: Write) -> Details:
    row, found = write.row, {}
    needed = _NEEDED.get(row.get("type") or "") if write.old is None else None
    if needed is not None and not row.get(needed):
        found[needed] = [problem(f"{needed.replace('_', ' ').capitalize()}: cannot be blank", "BlankValue")]
    if row.get("key") and not _KEY.match(row["key"]):
        found["key"] = [problem("Key: may have letters, numbers, dashes, dots and underscores only", "InvalidFormat")]
    wrong = _wrong_options(write.fields.get("custom_field_options") or ())
    if wrong is not None:
        found["custom_field_options"] = [wrong]
    return found


def _wrong_options(options: Sequence[Mapping[str, Json]]) -> dict[str, str] | None:
    values = [option.get("value") for option in options]
    if not all(isinstance(text, str) and text for text in (*values, *(option.get("name") for option in options))):
        return problem("Custom field options: each needs a name and a value", "BlankValue")
    if len(set(values)) < len(values):
        return problem("Custom field options: values must be unique", "DuplicateValue")
    if len(values) > MAX_OPTIONS:
        return problem(f"Custom field options: a field has {MAX_OPTIONS} at most", "ValueTooLong")
    return None


def _write_options(options: Collection, parent: str, write: Write) -> None:
    """The choices that a field is written with are all that it has; those that stay are told by id or by value."""
    write.row.pop("custom_field_options", None)
    if "custom_field_options" not in write.fields:
        return
    here = {parent: write.row["id"]}
    known = options.siblings(write.account, here)
    names = {one["value"]: one for one in known} | {str(one["id"]): one for one in known}
    kept = []
    for position, choice in enumerate(write.fields["custom_field_options"] or (), 1):
        one = names.get(str(choice.get("id"))) or names.get(choice["value"])
        if one is None or one["id"] in kept:
            one = options.add(write.account, here, write.call.now)
        one.update(name=choice["name"], raw_name=choice["name"], value=choice["value"], position=position)
        kept.append(one["id"])
    for one in known:
        if one["id"] not in kept:
            options.remove(write.account, one)


def _removing(account: Holder, row: Row) -> None:
    del account
    if row.get("removable") is False or row.get("system"):
        raise record_invalid({"base": [problem("Base: this field is Zendesk's own and stays")]})


# --- what others know of the fields


def _note_ticket_field(account: Holder, row: Row, *, there: bool) -> None:
    tickets = account.state.tickets
    if there and row["removable"] and row["id"] not in tickets.field_ids:
        tickets.field_ids.append(row["id"])
    elif not there:
        tickets.field_ids.remove(row["id"])
        for ticket in tickets.records.values():
            ticket.custom_fields.pop(row["id"], None)


def _note_user_field(account: Holder, row: Row, *, there: bool) -> None:
    state = account.state
    state.user_field_keys = _keys(state.user_field_keys, row["key"], there=there)


def _note_organization_field(account: Holder, row: Row, *, there: bool) -> None:
    state = account.state
    state.organization_field_keys = _keys(state.organization_field_keys, row["key"], there=there)


def _keys(keys: tuple[str, ...], key: str, *, there: bool) -> tuple[str, ...]:
    if not there:
        return tuple(one for one in keys if one != key)
    return keys if key in keys else (*keys, key)


_TICKETS: Final = _Kind(
    "ticket_field",
    TicketField,
    _ticket_fields,
    {
        "active": True, "removable": True, "required": False, "required_in_portal": False, "agent_can_edit": True,
        "collapsed_for_agents": False, "visible_in_portal": False, "editable_in_portal": False,
    },
    _note_ticket_field,
    unpaged="whole",
    guards={"list": anyone},
    sideloads=_makers,
)  # fmt: skip
_USERS: Final = _Kind(
    "user_field",
    UserField,
    lambda account: _keyed_fields(account.state.user_field_keys),
    {"active": True, "system": False},
    _note_user_field,
)
_ORGANIZATIONS: Final = _Kind(
    "organization_field",
    OrganizationField,
    lambda account: _keyed_fields(account.state.organization_field_keys),
    {"active": True, "system": False},
    _note_organization_field,
)

TICKET_FIELDS: Final = _TICKETS.fields
USER_FIELDS: Final = _USERS.fields
ORGANIZATION_FIELDS: Final = _ORGANIZATIONS.fields

COLLECTIONS: Final = tuple(
    collection for kind in (_TICKETS, _USERS, _ORGANIZATIONS) for collection in (kind.fields, kind.options)
)
