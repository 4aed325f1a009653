"""Values of an account's own fields, by title and with their types.

    fields = await zd.ticket_fields.accessor()
    number = fields.number(ticket, "Order number")
    await zd.tickets.update(ticket.id, custom_fields=fields.written({"Order number": 5, "Shipped": date(2026, 5, 1)}))

The model: an accessor knows the definitions of all fields as of one listing, and no ticket, user or organization. A
field is named by its title, its key or its id. Zendesk keeps a ticket's values as rows of id and value, and those of
users and organizations as a mapping by key; it shows numbers as numbers or as text, dates with or without a time of
day, and no value as null, or not at all. Reading bends all of that into one Python type for each kind of field, and
refuses what fits none: a value of another type says that the field is another one than it was.

| types of fields | read with | written as |
|---|---|---|
| text, textarea, regexp, partialcreditcard | `text` | a string |
| integer, decimal | `number` | an int; an int or a float |
| date | `date` | a `datetime.date`, or "2026-05-01" |
| checkbox | `flag` | True or False |
| tagger, dropdown | `choice` | the value of one of the options |
| multiselect | `choices` | a list of them |
| lookup | `lookup` | the id of a record |

None clears any of them.
Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/ and .../users/user_fields/
"""

from __future__ import annotations

import datetime as dt
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, Generic, NoReturn, Protocol, TypeVar

import attrs

from .errors import BadArgument, UnexpectedReply
from .records import JsonValue
from .records.fields import OrganizationField, TicketField, UserField

if TYPE_CHECKING:
    from .resources.types.common import FieldValue
    from .resources.types.tickets import CustomFieldWrite

__all__ = ["CustomFields", "OrganizationCustomFields", "TicketCustomFields", "UserCustomFields"]

R_contra = TypeVar("R_contra", contravariant=True)
T = TypeVar("T")
Definition = TicketField | UserField | OrganizationField
FieldName = str | int
"""A title, a key, or an id."""
Writable = str | int | float | dt.date | list[str] | tuple[str, ...] | None
"""What can be written into a field, depending on its type."""

_TEXT: Final = frozenset({"text", "textarea", "regexp", "partialcreditcard"})
_CHOICE: Final = frozenset({"tagger", "dropdown"})
_READ_BY: Final[Mapping[str, str]] = {
    **dict.fromkeys(_TEXT, "text"), **dict.fromkeys(_CHOICE, "choice"), "integer": "number", "decimal": "number",
    "date": "date", "checkbox": "flag", "multiselect": "choices", "lookup": "lookup",
}  # fmt: skip
"""Type of field to the method that reads it."""
_OF_ZENDESK: Final = {
    "subject": "subject", "description": "description", "status": "status", "tickettype": "type",
    "priority": "priority", "basic_priority": "priority", "group": "group_id", "assignee": "assignee_id",
    "custom_status": "custom_status_id",
}  # fmt: skip
"""Types of tickets' fields that are no custom fields, with the attribute of the ticket that has their value."""
_DATE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T.*)?")
_WHOLE: Final = re.compile(r"-?\d{1,300}")
_NUMBER: Final = re.compile(r"-?\d{1,300}(\.\d+)?([eE][-+]?\d+)?")
_LARGEST: Final = 1e300


class CustomField(Protocol):
    """A row of a ticket's custom fields."""

    @property
    def id(self) -> int | None:
        """The field's id."""

    @property
    def value(self) -> JsonValue:
        """Its value."""


class HasCustomFields(Protocol):
    """A ticket, or whatever else has rows of custom fields."""

    @property
    def custom_fields(self) -> Sequence[CustomField]:
        """The rows."""


class HasUserFields(Protocol):
    """A user."""

    @property
    def user_fields(self) -> Mapping[str, JsonValue]:
        """The values by key."""


class HasOrganizationFields(Protocol):
    """An organization."""

    @property
    def organization_fields(self) -> Mapping[str, JsonValue]:
        """The values by key."""


@attrs.frozen(slots=True)
class _Field:
    """What an accessor keeps of a definition."""

    id: int
    key: str
    """Empty for fields of tickets."""
    title: str
    type: str
    options: Mapping[str, str]
    """Value to name."""

    def __str__(self) -> str:
        return f"field {self.title!r} ({self.type}, id {self.id})"


class CustomFields(ABC, Generic[R_contra]):
    """Reads the values of one kind of records.

    Each method takes a record and a field's title, key or id. All raise `BadArgument` for a field that isn't there,
    for a title that several fields have, and when the field is of a type that another method reads; and
    `UnexpectedReply` when the record holds a value that the field's type does not have.
    """

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self._by_id: dict[int, _Field] = {}
        self._by_name: dict[str, dict[int, _Field]] = {}
        self._of_zendesk: dict[str, str] = {}
        for definition in definitions:
            attribute = _OF_ZENDESK.get(definition.type or "") if isinstance(definition, TicketField) else None
            if attribute is not None:
                self._of_zendesk[definition.title or ""] = attribute
            else:
                self._add(_field(definition))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._by_id)} fields>"

    @property
    def titles(self) -> list[str]:
        """The titles of all fields, in the order of the listing."""
        return [field.title for field in self._by_id.values()]

    def get(self, record: R_contra, name: FieldName) -> JsonValue:
        """The value as Zendesk gives it, whatever the field's type; None where the record has none."""
        return self._value(record, self._find(name))

    def text(self, record: R_contra, name: FieldName) -> str | None:
        """The value of a text field."""
        return self._read(record, name, "text", _text)

    def number(self, record: R_contra, name: FieldName) -> int | float | None:
        """The value of a number field: an int for type "integer", a float for "decimal"."""
        return self._read(record, name, "number", _number)

    def date(self, record: R_contra, name: FieldName) -> dt.date | None:
        """The value of a date field."""
        return self._read(record, name, "date", _date)

    def flag(self, record: R_contra, name: FieldName) -> bool | None:
        """Whether a checkbox is ticked."""
        return self._read(record, name, "flag", _flag)

    def choice(self, record: R_contra, name: FieldName) -> str | None:
        """The value of a drop-down: that of the option, which is not its name. It may be one that is gone by now."""
        return self._read(record, name, "choice", _text)

    def choices(self, record: R_contra, name: FieldName) -> list[str]:
        """The values of a multi-select field; an empty list for none."""
        return self._read(record, name, "choices", _texts) or []

    def lookup(self, record: R_contra, name: FieldName) -> int | str | None:
        """What a lookup field refers to: the id of a record, a string for a record of a custom object."""
        return self._read(record, name, "lookup", _reference)

    @abstractmethod
    def _value(self, record: R_contra, field: _Field) -> JsonValue:
        """The value of a field as it stands in the record."""

    def _read(
        self, record: R_contra, name: FieldName, method: str, convert: Callable[[_Field, JsonValue], T]
    ) -> T | None:
        field = self._find(name)
        fitting = _READ_BY.get(field.type, "get")
        if fitting != method:
            raise BadArgument(f"{field} is read with {fitting}(), not with {method}()")
        value = self._value(record, field)
        if value is None or (value == "" and method != "text"):
            return None
        return convert(field, value)

    def _add(self, field: _Field) -> None:
        self._by_id[field.id] = field
        for name in (field.title, field.key):
            if name:
                self._by_name.setdefault(name, {})[field.id] = field

    def _find(self, name: FieldName) -> _Field:
        if type(name) is int:
            found = self._by_id.get(name)
            return self._unknown(name) if found is None else found
        named = list(self._by_name.get(name, {}).values()) if isinstance(name, str) else []
        if len(named) > 1:
            raise BadArgument(f"{name!r} names {len(named)} fields, use an id: {', '.join(map(str, named))}")
        return named[0] if named else self._unknown(name)

    def _unknown(self, name: object) -> NoReturn:
        if isinstance(name, str) and name in self._of_zendesk:
            raise BadArgument(f"{name!r} is Zendesk's own field: it is the ticket's attribute {self._of_zendesk[name]}")
        close = get_close_matches(str(name), self._by_name, n=3)
        hint = f": did you mean {' or '.join(map(repr, close))}?" if close else ""
        raise BadArgument(f"there is no field {name!r} among the {len(self._by_id)} that were listed{hint}")

    def _encoded(self, values: Mapping[FieldName, Writable]) -> list[tuple[_Field, FieldValue]]:
        """The fields that are named, each with its value as Zendesk takes it."""
        encoded: dict[int, tuple[_Field, FieldValue]] = {}
        for name, value in values.items():
            field = self._find(name)
            if field.id in encoded:
                raise BadArgument(f"{field} is named twice")
            encoded[field.id] = field, _encode(field, value)
        return list(encoded.values())


class TicketCustomFields(CustomFields[HasCustomFields]):
    """Reads and writes tickets' values; see `zd.ticket_fields.accessor()`."""

    def written(self, values: Mapping[FieldName, Writable]) -> list[CustomFieldWrite]:
        """The rows for `custom_fields=` of a ticket. Raises `BadArgument` for a value that a field can't hold."""
        return [{"id": field.id, "value": value} for field, value in self._encoded(values)]

    def _value(self, record: HasCustomFields, field: _Field) -> JsonValue:
        return next((row.value for row in record.custom_fields if row.id == field.id), None)


class UserCustomFields(CustomFields[HasUserFields]):
    """Reads and writes users' values; see `zd.user_fields.accessor()`."""

    def written(self, values: Mapping[FieldName, Writable]) -> dict[str, FieldValue]:
        """The mapping for `user_fields=` of a user. Raises `BadArgument` for a value that a field can't hold."""
        return {field.key: value for field, value in self._encoded(values)}

    def _value(self, record: HasUserFields, field: _Field) -> JsonValue:
        return record.user_fields.get(field.key)


class OrganizationCustomFields(CustomFields[HasOrganizationFields]):
    """Reads and writes organizations' values; see `zd.organization_fields.accessor()`."""

    def written(self, values: Mapping[FieldName, Writable]) -> dict[str, FieldValue]:
        """The mapping for `organization_fields=`. Raises `BadArgument` for a value that a field can't hold."""
        return {field.key: value for field, value in self._encoded(values)}

    def _value(self, record: HasOrganizationFields, field: _Field) -> JsonValue:
        return record.organization_fields.get(field.key)


def _field(definition: Definition) -> _Field:
    key = "" if isinstance(definition, TicketField) else definition.key
    if key is None:
        raise UnexpectedReply(f"the field with id {definition.id} has no key, by which its values are found")
    options = {one.value: one.name or "" for one in definition.custom_field_options if one.value is not None}
    return _Field(definition.id, key, definition.title or "", definition.type or "", options)


# -- what comes from Zendesk ------------------------------------------------------------------------------------------


def _drift(field: _Field, value: JsonValue, wanted: str) -> UnexpectedReply:
    return UnexpectedReply(
        f"{field} holds {value!r:.100}, which is not {wanted}: has the field changed since it was listed? "
        "get() gives the value as it is"
    )


def _text(field: _Field, value: JsonValue) -> str:
    if not isinstance(value, str):
        raise _drift(field, value, "a text")
    return value


def _texts(field: _Field, value: JsonValue) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _drift(field, value, "a list of texts")
    return [str(one) for one in value]


def _number(field: _Field, value: JsonValue) -> int | float:
    number = value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        number = int(value) if _WHOLE.fullmatch(value) else float(value)
    if isinstance(number, bool) or not isinstance(number, int | float) or abs(number) > _LARGEST:
        raise _drift(field, value, "a number")
    if field.type == "decimal":
        return float(number)
    if number != int(number):
        raise _drift(field, value, "a whole number")
    return int(number)


def _date(field: _Field, value: JsonValue) -> dt.date:
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    try:
        return dt.date.fromisoformat(found[1] if found else "")
    except ValueError:
        raise _drift(field, value, "a date") from None


def _flag(field: _Field, value: JsonValue) -> bool:
    if not isinstance(value, bool):
        raise _drift(field, value, "true or false")
    return value


def _reference(field: _Field, value: JsonValue) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _drift(field, value, "an id")
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else value


# -- what goes to Zendesk ---------------------------------------------------------------------------------------------


def _encode(field: _Field, value: object) -> FieldValue:
    kind = _READ_BY.get(field.type)
    if kind == "choices":
        return _encode_choices(field, value)
    if value is None:
        return None
    if kind is None:
        raise BadArgument(f"{field} is of a type that is not known here: write its value by id or key")
    return _ENCODERS[kind](field, value)


def _wrong(field: _Field, value: object, wanted: str) -> BadArgument:
    return BadArgument(f"{field} takes {wanted}, or None, not {value!r:.100}")


def _encode_text(field: _Field, value: object) -> str:
    if not isinstance(value, str):
        raise _wrong(field, value, "a string")
    return value


def _encode_number(field: _Field, value: object) -> int | float:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole or (field.type == "decimal" and isinstance(value, float) and math.isfinite(value)):
        return value  # type: ignore[return-value]  # told apart above
    raise _wrong(field, value, "a whole number" if field.type == "integer" else "a number")


def _encode_date(field: _Field, value: object) -> str:
    if isinstance(value, str):
        try:
            value = dt.date.fromisoformat(value)
        except ValueError:
            raise _wrong(field, value, 'a date, or a string like "2026-05-01"') from None
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise _wrong(field, value, "a date without a time of day")
    return value.isoformat()


def _encode_flag(field: _Field, value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong(field, value, "True or False")
    return value


def _encode_choice(field: _Field, value: object) -> str:
    if not isinstance(value, str):
        raise _wrong(field, value, "the value of one of its options")
    if not field.options or value in field.options:
        return value
    for own, name in field.options.items():
        if value == name:
            raise BadArgument(f"{field}: {value!r} is the name of an option whose value is {own!r}")
    close = get_close_matches(value, field.options, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(map(repr, list(field.options)[:10]))}"
    raise BadArgument(f"{field} has no option {value!r}: {hint}")


def _encode_choices(field: _Field, value: object) -> list[JsonValue]:
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise _wrong(field, value, "a list of the values of its options")
    return [_encode_choice(field, one) for one in value]


def _encode_reference(field: _Field, value: object) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        raise _wrong(field, value, "the id of a record")
    return value


_ENCODERS: Final[Mapping[str, Callable[[_Field, object], FieldValue]]] = {
    "text": _encode_text, "number": _encode_number, "date": _encode_date, "flag": _encode_flag,
    "choice": _encode_choice, "lookup": _encode_reference,
}  # fmt: skip
