"""Ticket form statuses: which custom statuses tickets of a form may have. Their ids are strings.

A form to which no status is tied has all of them.
Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_form_statuses/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ..records.ticket_forms import TicketFormStatus
from ._base import Resource
from ._validate import checked_rows, filters, from_1_to_100, record_id, text, whole_ids
from .types.ticket_forms import FormStatusChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId

__all__ = ["TicketFormStatuses"]

_KEY: Final = "ticket_form_statuses"
_WRAP: Final = "ticket_form_status"
_ALL: Final = "/api/v2/ticket_form_statuses"
_FORM: Final = "/api/v2/ticket_forms/{ticket_form_id}/ticket_form_statuses"
_ONE: Final = _FORM + "/{ticket_form_status_id}"

LIST: Final = Route("ticket_form_statuses.list", "GET", _ALL, _KEY, TicketFormStatus)
LIST_OF_FORM: Final = Route("ticket_form_statuses.list", "GET", _FORM, _KEY, TicketFormStatus)
SHOW_MANY: Final = Route("ticket_form_statuses.show_many", "GET", _ALL + "/show_many", _KEY, TicketFormStatus)
CREATE: Final = Route("ticket_form_statuses.create", "POST", _FORM, _KEY, TicketFormStatus, wrap=_WRAP)
UPDATE: Final = Route(
    "ticket_form_statuses.update", "PUT", _FORM, _KEY, TicketFormStatus, writes=FormStatusChange, wrap=_WRAP
)
UPDATE_BY_ID: Final = Route(
    "ticket_form_statuses.update_by_id", "PUT", _ONE, _KEY, TicketFormStatus, writes=FormStatusChange, wrap=_WRAP
)
DELETE: Final = Route("ticket_form_statuses.delete", "DELETE", _FORM)
DELETE_BY_ID: Final = Route("ticket_form_statuses.delete_by_id", "DELETE", _ONE)


class TicketFormStatuses(Resource):
    """Ties between ticket forms and custom statuses."""

    string_ids = True

    def list(
        self, *, ticket_form_id: RecordId | None = None, **options: Unpack[CallOptions]
    ) -> Pages[TicketFormStatus]:
        """All ties, or those of one form, in one page."""
        if ticket_form_id is None:
            return self._pages(LIST, options)
        return self._pages(LIST_OF_FORM, options, ticket_form_id=_form(ticket_form_id))

    def show_many(self, ids: Sequence[str], **options: Unpack[CallOptions]) -> Pages[TicketFormStatus]:
        """Up to 100 ties by their ids, in one page; those that don't exist are left out."""
        named = [text(f"ids[{i}]", one) for i, one in enumerate(from_1_to_100("ids", ids))]
        return self._pages(SHOW_MANY, options, query=filters(ids=named))

    def create(
        self, ticket_form_id: RecordId, custom_status_ids: Iterable[RecordId], **options: Unpack[CallOptions]
    ) -> Pages[TicketFormStatus]:
        """Ties statuses to a form, beside those that it has, and gives the ties of the form in one page."""
        rows = [{"custom_status_id": one} for one in whole_ids("custom_status_ids", custom_status_ids)]
        body = self._wrapped(CREATE, rows)
        return self._pages(CREATE, options, body=body, ticket_form_id=_form(ticket_form_id))

    def update(
        self, ticket_form_id: RecordId, rows: Iterable[FormStatusChange], **options: Unpack[CallOptions]
    ) -> Pages[TicketFormStatus]:
        """Changes the ties of a form, and gives them in one page.

        A row with `custom_status_id` ties a status to it; a row with the `id` of a tie and `_destroy="true"` unties
        one; a row with both changes the tie's status.
        """
        body = self._wrapped(UPDATE, _rows(UPDATE, rows))
        return self._pages(UPDATE, options, body=body, ticket_form_id=_form(ticket_form_id))

    def update_by_id(
        self,
        ticket_form_id: RecordId,
        ticket_form_status_id: str,
        rows: Iterable[FormStatusChange],
        **options: Unpack[CallOptions],
    ) -> Pages[TicketFormStatus]:
        """The same with one tie in the path. Zendesk takes a list of rows here too."""
        body, form = self._wrapped(UPDATE_BY_ID, _rows(UPDATE_BY_ID, rows)), _form(ticket_form_id)
        return self._pages(
            UPDATE_BY_ID, options, body=body, ticket_form_id=form, ticket_form_status_id=ticket_form_status_id
        )

    def delete(self, ticket_form_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Unties all statuses from a form, which then has every status."""
        return self._call(DELETE, options, ticket_form_id=_form(ticket_form_id))

    def delete_by_id(
        self, ticket_form_id: RecordId, ticket_form_status_id: str, **options: Unpack[CallOptions]
    ) -> Call[None]:
        """Unties one status from a form."""
        form = _form(ticket_form_id)
        return self._call(DELETE_BY_ID, options, ticket_form_id=form, ticket_form_status_id=ticket_form_status_id)


def _form(ticket_form_id: RecordId) -> int:
    return record_id("ticket_form_id", ticket_form_id)


def _rows(route: Route[Any], rows: object) -> list[dict[str, Any]]:
    assert route.writes is not None  # noqa: S101 - a row of this package's own table
    checked = checked_rows(rows, route.writes, ("custom_status_id", "_destroy"))
    for place, row in enumerate(checked):
        if "_destroy" in row and row.get("id") is None:
            raise BadArgument(f"rows[{place}]: _destroy needs the id of the tie that is to go")
    return checked
