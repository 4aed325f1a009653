"""What can be written of the definitions of fields: those of tickets, users and organizations, and their options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, Required, TypeAlias, TypedDict

from .common import CallOptions, JsonValue

__all__ = [
    "FieldOptionFields", "FieldOptionWrite", "KeyedFieldFields", "KeyedFieldType", "KeyedFieldWrite",
    "NewFieldOption", "NewKeyedField", "NewKeyedFieldFields", "NewTicketField", "NewTicketFieldFields",
    "TicketFieldFields", "TicketFieldSideload", "TicketFieldType", "TicketFieldWrite",
]

TicketFieldSideload = Literal["users"]
"""What can be sideloaded with ticket fields: who made them."""
TicketFieldType: TypeAlias = Literal[
    "text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "partialcreditcard", "multiselect",
    "tagger", "lookup",
]
"""Types that a field of tickets can be made with; "tagger" is a drop-down."""
KeyedFieldType: TypeAlias = Literal[
    "text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "dropdown", "multiselect", "lookup"
]
"""Types that a field of users or organizations can be made with."""


class NewFieldOption(TypedDict, total=False):
    """A choice inside of a field: what people see, and what records hold. With its `id` it is one that is there."""

    id: int
    name: Required[str]
    value: Required[str]


class FieldOptionWrite(NewFieldOption, total=False):
    """A choice of a field. Its `value` is what records hold: changing it leaves those with the old value behind."""

    position: int


class FieldOptionFields(FieldOptionWrite, CallOptions, total=False):
    """A choice of a field, and the options of the call."""


if TYPE_CHECKING:
    FieldOptionList: TypeAlias = list[NewFieldOption] | tuple[NewFieldOption, ...]
    """All choices, in order."""
else:  # what msgspec checks against: any sequence
    FieldOptionList = list[NewFieldOption]


class _FieldWrite(TypedDict, total=False):
    raw_title: str
    description: str | None
    raw_description: str | None
    position: int
    active: bool
    regexp_for_validation: str | None
    tag: str | None
    custom_field_options: FieldOptionList
    relationship_filter: Mapping[str, JsonValue]


class _TicketFieldWrite(_FieldWrite, total=False):
    title_in_portal: str
    raw_title_in_portal: str
    agent_description: str | None
    collapsed_for_agents: bool
    editable_in_portal: bool
    visible_in_portal: bool
    required: bool
    required_in_portal: bool
    sub_type_id: int


class TicketFieldWrite(_TicketFieldWrite, total=False):
    """The fields of a ticket field that can be changed.

    `custom_field_options` are all choices of the field: those that are left out are gone, and so are their values in
    tickets that are not closed. To add a choice, use `ticket_fields.options.create_or_update`.
    """

    title: str


class TicketFieldFields(TicketFieldWrite, CallOptions, total=False):
    """The fields of a ticket field that can be changed, and the options of the call."""


class NewTicketField(_TicketFieldWrite, total=False):
    """A new field of tickets. Its `type` stays as it is made.

    "tagger" and "multiselect" take `custom_field_options`, "regexp" takes `regexp_for_validation`, "lookup" takes
    `relationship_target_type` ("zen:user", "zen:organization", "zen:ticket", or a custom object's).
    """

    type: Required[TicketFieldType]
    title: Required[str]
    relationship_target_type: str


class NewTicketFieldFields(NewTicketField, CallOptions, total=False):
    """A new field of tickets, and the options of the call."""


class KeyedFieldWrite(_FieldWrite, total=False):
    """The fields of a field of users or organizations that can be changed.

    `custom_field_options` are all choices of the field: those that are left out are gone.
    """

    title: str


class KeyedFieldFields(KeyedFieldWrite, CallOptions, total=False):
    """The fields of a field of users or organizations that can be changed, and the options of the call."""


class NewKeyedField(_FieldWrite, total=False):
    """A new field of users or organizations. `key` names its values for good; `type` stays as it is made as well."""

    key: Required[str]
    type: Required[KeyedFieldType]
    title: Required[str]
    relationship_target_type: str


class NewKeyedFieldFields(NewKeyedField, CallOptions, total=False):
    """A new field of users or organizations, and the options of the call."""
