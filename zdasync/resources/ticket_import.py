"""Tickets from another system, with their comments and their times.

Triggers do not run for them and nobody is notified. For admins.
Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_import/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ..records.tickets import Ticket
from ._base import Resource
from ._ticket_fields import ticket_fields
from ._validate import flags, split
from .types.tickets import ImportedTicketWrite

if TYPE_CHECKING:
    import attrs

    from ..call import Call
    from ..jobs import Job
    from .types.common import CallOptions
    from .types.tickets import ImportedTicketFields

__all__ = ["TicketImport"]

_ALL: Final = "/api/v2/imports/tickets"
CREATE: Final = Route("ticket_import.create", "POST", _ALL, "ticket", Ticket, writes=ImportedTicketWrite)
CREATE_MANY: Final = Route(
    "ticket_import.create_many", "POST", _ALL + "/create_many", "job_status", job=True, writes=ImportedTicketWrite,
    wrap="tickets",
)


class TicketImport(Resource):
    """Imports of tickets. `archive_immediately` puts closed ones into the archive, which large imports should do."""

    def create(
        self, *, archive_immediately: bool | None = None, **fields: Unpack[ImportedTicketFields]
    ) -> Call[Ticket]:
        """Imports one ticket; see `types.ImportedTicketWrite` for the fields.

        No key keeps it from being imported twice: a lost reply raises `OutcomeUnknown`. `priority` is the ticket's.
        """
        written, options = split(fields, ImportedTicketWrite)
        if not written:
            raise BadArgument("ticket_import.create got no fields to write")
        ticket_fields(written, ImportedTicketWrite)
        query = flags(archive_immediately=archive_immediately)
        return self._call(CREATE, options, query=query, body={"ticket": written})

    def create_many(
        self,
        rows: Sequence[ImportedTicketWrite | Mapping[str, object] | attrs.AttrsInstance],
        *,
        archive_immediately: bool | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[Job]:
        """Starts a job that imports up to 100 tickets; a row is a mapping, or an attrs instance."""
        query = flags(archive_immediately=archive_immediately)
        return self._rows(CREATE_MANY, rows, options, check=_row, query=query)


def _row(fields: dict[str, Any], where: str) -> None:
    ticket_fields(fields, ImportedTicketWrite, where)
