"""Custom ticket statuses: an account's own names and shades of the five statuses that Zendesk knows.

They are there when the account has turned them on. A ticket has its status in `custom_status_id`, and the category of
that in `status`.
Source: https://developer.zendesk.com/api-reference/ticketing/tickets/custom_ticket_statuses/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Unpack, get_args

from .._core.route import Route
from ..errors import BadArgument
from ..records.custom_statuses import CustomStatus
from ..records.ticket_forms import TicketFormStatus
from ._base import Resource
from ._validate import filters, flags, from_1_to_100, joined_ids, whole_ids
from .types.ticket_forms import CustomStatusWrite, NewCustomStatus, StatusCategory

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId
    from .types.ticket_forms import CustomStatusFields, NewCustomStatusFields

__all__ = ["CustomStatuses"]

_ALL: Final = "/api/v2/custom_statuses"
_ONE: Final = _ALL + "/{custom_status_id}"

LIST: Final = Route("custom_statuses.list", "GET", _ALL, "custom_statuses", CustomStatus)
SHOW: Final = Route("custom_statuses.show", "GET", _ONE, "custom_status", CustomStatus)
CREATE: Final = Route("custom_statuses.create", "POST", _ALL, "custom_status", CustomStatus, writes=NewCustomStatus)
UPDATE: Final = Route("custom_statuses.update", "PUT", _ONE, "custom_status", CustomStatus, writes=CustomStatusWrite)
DELETE: Final = Route("custom_statuses.delete", "DELETE", _ONE)
SET_DEFAULT: Final = Route("custom_statuses.set_default", "PUT", "/api/v2/custom_status/default")
CREATE_FORM_STATUSES: Final = Route(
    "custom_statuses.create_ticket_form_statuses", "POST", _ONE + "/ticket_form_statuses", "ticket_form_statuses",
    TicketFormStatus, wrap="ticket_form_status",
)


class CustomStatuses(Resource):
    """Statuses of tickets. End users see them too."""

    def list(
        self,
        *,
        status_categories: StatusCategory | Iterable[StatusCategory] | None = None,
        active: bool | None = None,
        default: bool | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[CustomStatus]:
        """All statuses in one page, or those of some categories, the active ones, the default ones."""
        query = filters(status_categories=_categories(status_categories)) + flags(active=active, default=default)
        return self._pages(LIST, options, query=query)

    def show(self, custom_status_id: RecordId, **options: Unpack[CallOptions]) -> Call[CustomStatus]:
        """One status."""
        return self._call(SHOW, options, custom_status_id=custom_status_id)

    def create(self, **fields: Unpack[NewCustomStatusFields]) -> Call[CustomStatus]:
        """Makes a status of a category; the caller must be an administrator."""
        return self._write(CREATE, fields)

    def update(self, custom_status_id: RecordId, **fields: Unpack[CustomStatusFields]) -> Call[CustomStatus]:
        """Changes a status. A default status stays active: make another one the default first."""
        return self._write(UPDATE, fields, custom_status_id=custom_status_id)

    def delete(self, custom_status_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes a status that is no default."""
        return self._call(DELETE, options, custom_status_id=custom_status_id)

    def set_default(self, ids: Iterable[RecordId], **options: Unpack[CallOptions]) -> Call[None]:
        """Makes each of these statuses the default of its category: one for a category."""
        return self._call(SET_DEFAULT, options, body={"ids": joined_ids(ids)})

    def create_ticket_form_statuses(
        self, custom_status_id: RecordId, ticket_form_ids: Iterable[RecordId], **options: Unpack[CallOptions]
    ) -> Pages[TicketFormStatus]:
        """Ties a status to forms, and gives its ties in one page. See `ticket_form_statuses` for the other way."""
        rows = [{"ticket_form_id": one} for one in whole_ids("ticket_form_ids", ticket_form_ids)]
        body = self._wrapped(CREATE_FORM_STATUSES, rows)
        return self._pages(CREATE_FORM_STATUSES, options, body=body, custom_status_id=custom_status_id)


def _categories(given: object) -> list[str] | None:
    if given is None:
        return None
    names = [given] if isinstance(given, str) else list(from_1_to_100("status_categories", given))
    known = get_args(StatusCategory)
    for name in names:
        if name not in known:
            raise BadArgument(f"status_categories: {name!r} is none of {', '.join(known)}")
    return names
