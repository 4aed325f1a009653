"""Tickets by the hundred: background jobs.

Each call takes from 1 to 100 rows or ids and answers with a job. Jobs are not subject to the limits on updating single
tickets; the account may have 30 of them queued or running.
Source: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ._base import Resource
from ._ticket_fields import ticket_fields
from ._validate import split
from .types.tickets import BulkTicketWrite, NewTicketWrite, TicketRow

if TYPE_CHECKING:
    import attrs

    from ..call import Call
    from ..jobs import Job
    from .types.common import CallOptions, RecordId
    from .types.tickets import BulkTicketFields

__all__ = ["ManyTickets"]

_ALL: Final = "/api/v2/tickets"
CREATE_MANY: Final = Route(
    "tickets.create_many", "POST", _ALL + "/create_many", "job_status", job=True, writes=NewTicketWrite, wrap="tickets"
)
UPDATE_MANY: Final = Route(
    "tickets.update_many", "PUT", _ALL + "/update_many", "job_status", job=True, writes=TicketRow, wrap="tickets",
    idempotent=False,
)
DESTROY_MANY: Final = Route(
    "tickets.destroy_many", "DELETE", _ALL + "/destroy_many", "job_status", job=True, idempotent=False
)
MARK_MANY_AS_SPAM: Final = Route(
    "tickets.mark_many_as_spam", "PUT", _ALL + "/mark_many_as_spam", "job_status", job=True, idempotent=False
)


class ManyTickets(Resource):
    """The calls on many tickets at once."""

    def create_many(
        self,
        rows: Sequence[NewTicketWrite | Mapping[str, object] | attrs.AttrsInstance],
        **options: Unpack[CallOptions],
    ) -> Call[Job]:
        """Starts a job that creates up to 100 tickets; each row needs a `comment`. See `types.NewTicketWrite`.

        A row is a mapping, or an attrs instance of which the fields that differ from their defaults are sent. No key
        keeps a job from being started twice: a lost reply raises `OutcomeUnknown`.
        """
        return self._rows(CREATE_MANY, rows, options, required=("comment",), check=_new)

    def update_many(
        self,
        rows: Sequence[TicketRow | Mapping[str, object] | attrs.AttrsInstance] | None = None,
        *,
        ids: Sequence[RecordId] | None = None,
        **fields: Unpack[BulkTicketFields],
    ) -> Call[Job]:
        """Starts a job that updates up to 100 tickets: each as its row says, or all of them alike.

        Either `rows`, each with the `id` of its ticket, or `ids` with the fields that all of them get; with `ids`,
        `additional_tags` and `remove_tags` change tags without replacing them. A row with `safe_update` and its own
        `updated_stamp` fails with the error "UpdateConflict" if its ticket has changed since. With `ids`, `priority` is
        that of the tickets.
        """
        written, options = split(fields, BulkTicketWrite)
        if (rows is None) == (ids is None) or (rows is not None and written):
            raise BadArgument("update_many takes rows, or ids with fields for all: one of the two")
        if rows is None:
            if not written:
                raise BadArgument("update_many got no fields to write")
            ticket_fields(written, BulkTicketWrite)
            return self._by_ids(UPDATE_MANY, options, ids, body={"ticket": written})
        return self._rows(UPDATE_MANY, rows, options, required=("id",), name="id", check=_row)

    def destroy_many(self, ids: Sequence[RecordId], **options: Unpack[CallOptions]) -> Call[Job]:
        """Starts a job that deletes up to 100 tickets, as `delete` does: `deleted.restore_many` brings them back."""
        return self._by_ids(DESTROY_MANY, options, ids)

    def mark_many_as_spam(self, ids: Sequence[RecordId], **options: Unpack[CallOptions]) -> Call[Job]:
        """Starts a job that does to up to 100 tickets what `mark_as_spam` does."""
        return self._by_ids(MARK_MANY_AS_SPAM, options, ids)


def _new(fields: dict[str, Any], where: str) -> None:
    ticket_fields(fields, NewTicketWrite, where)


def _row(fields: dict[str, Any], where: str) -> None:
    ticket_fields(fields, TicketRow, where)
