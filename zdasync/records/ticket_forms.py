"""Ticket forms, and which custom statuses belong to which of them.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_forms/ and .../ticket_form_statuses/
"""

from __future__ import annotations

from datetime import datetime

from ._record import JsonValue, Record

__all__ = ["TicketForm", "TicketFormStatus"]


class TicketForm(Record, frozen=True, kw_only=True):
    """Which fields a kind of ticket has, in which order.

    `name` is what agents see, `display_name` what end users do. Conditions show or demand fields depending on the value
    of another one. `restricted_brand_ids` say for which brands the form is there, unless `in_all_brands`.
    """

    id: int
    url: str | None = None
    name: str | None = None
    raw_name: str | None = None
    display_name: str | None = None
    raw_display_name: str | None = None
    position: int | None = None
    active: bool | None = None
    default: bool | None = None
    end_user_visible: bool | None = None
    in_all_brands: bool | None = None
    restricted_brand_ids: tuple[int, ...] = ()
    ticket_field_ids: tuple[int, ...] = ()
    agent_conditions: tuple[dict[str, JsonValue], ...] = ()
    end_user_conditions: tuple[dict[str, JsonValue], ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    deleted_at: datetime | None = None


class TicketFormStatus(Record, frozen=True, kw_only=True):
    """A custom status that tickets of a form may have. Its `id` is a string."""

    id: str
    ticket_form_id: int | None = None
    custom_status_id: int | None = None
