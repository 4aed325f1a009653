"""What can be written of ticket forms, of the statuses that belong to them, and of custom statuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, Required, TypeAlias, TypedDict

from .common import CallOptions, Ids, JsonValue

__all__ = [
    "CustomStatusFields", "CustomStatusWrite", "FormStatusChange", "NewCustomStatus", "NewCustomStatusFields",
    "NewTicketForm", "NewTicketFormFields", "StatusCategory", "TicketFormFields", "TicketFormWrite",
]

if TYPE_CHECKING:
    FormConditions: TypeAlias = list[Mapping[str, JsonValue]] | tuple[Mapping[str, JsonValue], ...]
else:  # what msgspec checks against: any sequence
    FormConditions = list[dict[str, JsonValue]]


class _TicketFormWrite(TypedDict, total=False):
    raw_name: str
    display_name: str
    raw_display_name: str
    position: int
    active: bool
    default: bool
    end_user_visible: bool
    in_all_brands: bool
    ticket_field_ids: Ids
    agent_conditions: FormConditions
    end_user_conditions: FormConditions


class TicketFormWrite(_TicketFormWrite, total=False):
    """The fields of a ticket form that can be changed. `ticket_field_ids` and conditions replace what was there."""

    name: str


class TicketFormFields(TicketFormWrite, CallOptions, total=False):
    """The fields of a ticket form that can be changed, and the options of the call."""


class NewTicketForm(_TicketFormWrite, total=False):
    """A new ticket form."""

    name: Required[str]


class NewTicketFormFields(NewTicketForm, CallOptions, total=False):
    """A new ticket form, and the options of the call."""


class FormStatusChange(TypedDict, total=False):
    """One change to the statuses of a form: `custom_status_id` adds one, `id` with `_destroy="true"` takes one away."""

    id: str
    custom_status_id: int
    _destroy: Literal["true", "false"]


StatusCategory: TypeAlias = Literal["new", "open", "pending", "hold", "solved"]
"""What a status counts as."""


class CustomStatusWrite(TypedDict, total=False):
    """The fields of a custom status that can be changed; its category stays as it is made.

    `agent_label` and `end_user_label` have 48 characters at most.
    """

    agent_label: str
    end_user_label: str | None
    description: str | None
    end_user_description: str | None
    active: bool


class CustomStatusFields(CustomStatusWrite, CallOptions, total=False):
    """The fields of a custom status that can be changed, and the options of the call."""


class NewCustomStatus(TypedDict, total=False):
    """A new custom status."""

    status_category: Required[StatusCategory]
    agent_label: Required[str]
    end_user_label: str | None
    description: str | None
    end_user_description: str | None
    active: bool


class NewCustomStatusFields(NewCustomStatus, CallOptions, total=False):
    """A new custom status, and the options of the call."""
