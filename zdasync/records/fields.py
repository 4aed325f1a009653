"""Fields of tickets, users and organizations: their definitions, not their values.

`title` and `description` are in the caller's language where the account uses dynamic content, whose placeholder then
stands in `raw_title` and `raw_description`. `type` says what values look like; `zdasync.custom_fields` reads and writes
values by the titles of fields.
Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/, .../users/user_fields/ and
.../organizations/organization_fields/
"""

from __future__ import annotations

from datetime import datetime

from ._record import JsonValue, Record, empty_dict

__all__ = [
    "FieldOption", "FieldStatus", "OrganizationField", "SystemFieldOption", "TicketField", "UserField",
]


class FieldOption(Record, frozen=True, kw_only=True):
    """One choice of a drop-down or multi-select field: `value` is what records hold, `name` what people see.

    `name` may hold levels separated by "::". The value of a ticket's option is also a tag that the ticket gets.
    """

    id: int
    url: str | None = None
    name: str | None = None
    raw_name: str | None = None
    value: str | None = None
    position: int | None = None
    default: bool | None = None
    allow_solving: bool | None = None


class SystemFieldOption(Record, frozen=True, kw_only=True):
    """One choice of a field that Zendesk owns: a type, a priority, a status."""

    name: str | None = None
    value: str | None = None


class FieldStatus(Record, frozen=True, kw_only=True):
    """A ticket status, as the field of type "custom_status" lists it. `status_category` is what it counts as."""

    id: int
    url: str | None = None
    status_category: str | None = None
    agent_label: str | None = None
    end_user_label: str | None = None
    description: str | None = None
    end_user_description: str | None = None
    active: bool | None = None
    default: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class _Field(Record, frozen=True, kw_only=True):
    """What all fields share."""

    id: int
    url: str | None = None
    type: str | None = None
    title: str | None = None
    raw_title: str | None = None
    description: str | None = None
    raw_description: str | None = None
    position: int | None = None
    active: bool | None = None
    regexp_for_validation: str | None = None
    tag: str | None = None
    custom_field_options: tuple[FieldOption, ...] = ()
    relationship_target_type: str | None = None
    relationship_filter: dict[str, JsonValue] = empty_dict()
    created_at: datetime | None = None
    updated_at: datetime | None = None


class TicketField(_Field, frozen=True, kw_only=True):
    """A field of tickets: one of Zendesk's own ("subject", "status", ...), or one of the account's.

    `type` of the account's own fields is "text", "textarea", "checkbox", "date", "integer", "decimal", "regexp",
    "partialcreditcard", "multiselect", "tagger" (a drop-down) or "lookup". Titles need not be unique. `tag` is what a
    ticked checkbox adds to a ticket. `removable` is False for Zendesk's own fields, `system_field_options` and
    `custom_statuses` are their choices. `relationship_target_type` is what a lookup field refers to ("zen:user").
    """

    title_in_portal: str | None = None
    raw_title_in_portal: str | None = None
    agent_description: str | None = None
    agent_can_edit: bool | None = None
    collapsed_for_agents: bool | None = None
    editable_in_portal: bool | None = None
    visible_in_portal: bool | None = None
    required: bool | None = None
    required_in_portal: bool | None = None
    removable: bool | None = None
    sub_type_id: int | None = None
    system_field_options: tuple[SystemFieldOption, ...] = ()
    custom_statuses: tuple[FieldStatus, ...] = ()
    creator_user_id: int | None = None
    creator_app_name: str | None = None


class _KeyedField(_Field, frozen=True, kw_only=True):
    key: str | None = None
    system: bool | None = None


class UserField(_KeyedField, frozen=True, kw_only=True):
    """A field of users. `key` names its value in `user_fields`; `system` ones can't be changed.

    `type` is "text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "dropdown", "multiselect" or
    "lookup". `tag` is what a ticked checkbox adds to a user.
    """


class OrganizationField(_KeyedField, frozen=True, kw_only=True):
    """A field of organizations. `key` names its value in `organization_fields`; else like that of a user."""
