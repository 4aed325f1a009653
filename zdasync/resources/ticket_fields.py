"""Ticket fields: Zendesk's own, and those that an account gives its tickets.

This page is about the fields themselves. A ticket's values of the account's own fields stand in its `custom_fields`,
by the fields' ids; `accessor` reads and writes them by title and with their types. Listings are limited to 300 a
minute (20 on a trial account): keep what they give.
Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..custom_fields import TicketCustomFields
from ..errors import BadArgument
from ..records.fields import TicketField
from ..records.users import Count
from ._base import Resource
from ._field_pages import FieldOptions, field_routes, option_routes
from ._validate import MAX_ROWS, Query, filters, flags, include_query, many_query, text, whole_ids
from .types.fields import NewTicketField, TicketFieldSideload, TicketFieldWrite

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId
    from .types.fields import NewTicketFieldFields, TicketFieldFields

__all__ = ["TicketFieldOptions", "TicketFields"]

FIELDS: Final = field_routes("ticket_field", TicketField, NewTicketField, TicketFieldWrite)
OPTIONS: Final = option_routes("ticket_field")
COUNT: Final = Route("ticket_fields.count", "GET", "/api/v2/ticket_fields/count", "count", Count)
SHOW_MANY: Final = Route(
    "ticket_fields.show_many", "GET", "/api/v2/ticket_fields/show_many", "ticket_fields", TicketField
)


class TicketFieldOptions(FieldOptions):
    """The choices of tickets' drop-down and multi-select fields."""

    _routes = OPTIONS


class TicketFields(Resource):
    """Fields of tickets.

    `creator=True` adds who made a field: `creator_user_id`, `creator_app_name`. `include="users"` brings those users
    along: they are on `Page.sideloads`, and with `Call.with_sideloads()` for one field.
    """

    @cached_property
    def options(self) -> TicketFieldOptions:
        """The choices of drop-down and multi-select fields."""
        return TicketFieldOptions(self._caller)

    def list(
        self,
        *,
        locale: str | None = None,
        creator: bool | None = None,
        include: TicketFieldSideload | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[TicketField]:
        """All fields. `locale`: their titles in another language than the caller's, where they have dynamic content."""
        query = filters(locale=None if locale is None else text("locale", locale)) + _shown(creator, include)
        return self._list(FIELDS.list, options, page_size, cursor, query=query)

    def count(self, **options: Unpack[CallOptions]) -> Call[Count]:
        """How many fields there are."""
        return self._call(COUNT, options)

    def show(
        self,
        ticket_field_id: RecordId,
        *,
        creator: bool | None = None,
        include: TicketFieldSideload | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[TicketField]:
        """One field."""
        return self._call(FIELDS.show, options, query=_shown(creator, include), field_id=ticket_field_id)

    def show_many(
        self,
        ids: Sequence[RecordId] | None = None,
        *,
        keys: Iterable[str] | None = None,
        creator: bool | None = None,
        exclude_sub_selection_options: bool | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[TicketField]:
        """Up to 100 fields by their ids or keys, in one page; those that don't exist are left out."""
        if (ids is None) == (keys is None):
            raise BadArgument("name the fields by ids or by keys: one of the two")
        named = filters(keys=keys) if ids is None else many_query(ids, None)[0]
        rest = flags(creator=creator, exclude_sub_selection_options=exclude_sub_selection_options)
        return self._pages(SHOW_MANY, options, query=named + rest)

    def create(self, **fields: Unpack[NewTicketFieldFields]) -> Call[TicketField]:
        """Makes a field; the caller must be an administrator.

        `type` can't be changed afterwards. Titles need not be unique, and `accessor` can't tell apart two fields of
        one title. Which forms have it, `ticket_forms.update` says.
        """
        return self._write(FIELDS.create, fields)

    def update(
        self, ticket_field_id: RecordId, *, creator: bool | None = None, **fields: Unpack[TicketFieldFields]
    ) -> Call[TicketField]:
        """Changes a field. Choices that are left out of `custom_field_options` are deleted."""
        return self._write(FIELDS.update, fields, query=flags(creator=creator), field_id=ticket_field_id)

    def delete(self, ticket_field_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes a field with its values. Zendesk's own fields stay."""
        return self._call(FIELDS.delete, options, field_id=ticket_field_id)

    def reorder(self, ids: Iterable[RecordId], **options: Unpack[CallOptions]) -> Call[None]:
        """Puts the fields into an order: the ids of all of them."""
        return self._call(FIELDS.reorder, options, body={FIELDS.reorder.wrap: whole_ids("ids", ids)})

    async def accessor(self, **options: Unpack[CallOptions]) -> TicketCustomFields:
        """Lists all fields once, and gives what reads and writes tickets' values by title or id."""
        return TicketCustomFields([field async for field in self.list(**options)])


def _shown(creator: object, include: TicketFieldSideload | None) -> Query:
    return flags(creator=creator) + include_query(include, TicketFieldSideload, "ticket fields")
