"""Ticket forms: which fields a kind of ticket has, and when.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_forms/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.ticket_forms import TicketForm
from ._base import Resource
from ._validate import flags, many_query, whole_ids
from .types.ticket_forms import NewTicketForm, TicketFormWrite

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId
    from .types.ticket_forms import NewTicketFormFields, TicketFormFields

__all__ = ["TicketForms"]

_ALL: Final = "/api/v2/ticket_forms"
_ONE: Final = _ALL + "/{ticket_form_id}"

LIST: Final = Route("ticket_forms.list", "GET", _ALL, "ticket_forms", TicketForm)
SHOW: Final = Route("ticket_forms.show", "GET", _ONE, "ticket_form", TicketForm)
SHOW_MANY: Final = Route("ticket_forms.show_many", "GET", _ALL + "/show_many", "ticket_forms", TicketForm)
CREATE: Final = Route("ticket_forms.create", "POST", _ALL, "ticket_form", TicketForm, writes=NewTicketForm)
UPDATE: Final = Route("ticket_forms.update", "PUT", _ONE, "ticket_form", TicketForm, writes=TicketFormWrite)
DELETE: Final = Route("ticket_forms.delete", "DELETE", _ONE)
CLONE: Final = Route("ticket_forms.clone", "POST", _ONE + "/clone", "ticket_form", TicketForm)
REORDER: Final = Route("ticket_forms.reorder", "PUT", _ALL + "/reorder", "ticket_forms", TicketForm)


class TicketForms(Resource):
    """Forms of tickets. End users see the forms that are active and visible to them.

    The filters of listings: `active`; `end_user_visible`; `fallback_to_default`, the default form where no other one
    fits; `associated_to_brand`, the forms of the brand whose subdomain the request goes to.
    """

    def list(
        self,
        *,
        active: bool | None = None,
        end_user_visible: bool | None = None,
        fallback_to_default: bool | None = None,
        associated_to_brand: bool | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[TicketForm]:
        """All forms, or those that the filters keep, in one page."""
        query = flags(
            active=active,
            end_user_visible=end_user_visible,
            fallback_to_default=fallback_to_default,
            associated_to_brand=associated_to_brand,
        )
        return self._pages(LIST, options, query=query)

    def show(self, ticket_form_id: RecordId, **options: Unpack[CallOptions]) -> Call[TicketForm]:
        """One form."""
        return self._call(SHOW, options, ticket_form_id=ticket_form_id)

    def show_many(
        self,
        ids: Sequence[RecordId],
        *,
        active: bool | None = None,
        end_user_visible: bool | None = None,
        fallback_to_default: bool | None = None,
        associated_to_brand: bool | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[TicketForm]:
        """Up to 100 forms by their ids, in one page; those that don't exist are left out."""
        query = flags(
            active=active,
            end_user_visible=end_user_visible,
            fallback_to_default=fallback_to_default,
            associated_to_brand=associated_to_brand,
        )
        return self._pages(SHOW_MANY, options, query=many_query(ids, None)[0] + query)

    def create(self, **fields: Unpack[NewTicketFormFields]) -> Call[TicketForm]:
        """Makes a form; the caller must be an administrator."""
        return self._write(CREATE, fields)

    def update(self, ticket_form_id: RecordId, **fields: Unpack[TicketFormFields]) -> Call[TicketForm]:
        """Changes a form. `ticket_field_ids` and conditions replace those that it had."""
        return self._write(UPDATE, fields, ticket_form_id=ticket_form_id)

    def delete(self, ticket_form_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes a form. The default form can't be deleted."""
        return self._call(DELETE, options, ticket_form_id=ticket_form_id)

    def clone(self, ticket_form_id: RecordId, **options: Unpack[CallOptions]) -> Call[TicketForm]:
        """Makes a form like another one."""
        return self._call(CLONE, options, ticket_form_id=ticket_form_id)

    def reorder(self, ids: Iterable[RecordId], **options: Unpack[CallOptions]) -> Pages[TicketForm]:
        """Puts the forms into an order: the ids of all of them. Gives all forms in one page."""
        return self._pages(REORDER, options, body={"ticket_form_ids": whole_ids("ids", ids)})
