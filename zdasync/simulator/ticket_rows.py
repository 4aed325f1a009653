"""Rows of jobs that write tickets: how each is worked off, and what its result looks like.

Shapes as recorded between 2019 and 2025: rows that make a ticket have an index, the ticket's id and the account's,
without `success`; rows that change one are as for users; rows that delete one tell its title as well. A safe update
that comes too late fails with `UpdateConflict`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .http import Json, Refusal
from .job_queue import Step
from .job_rows import RowWrite, in_words
from .ticket_records import Ticket

ACCOUNT_ID: Final = 10_001
"""The account's own id, as results of jobs tell it."""

CREATE_TYPE: Final = "Bulk Create Ticket"
UPDATE_TYPE: Final = "Bulk Update Ticket"
"""The type of jobs that change or delete tickets."""
CREATE_CLASS: Final = "TicketBulkCreateJob"
UPDATE_CLASS: Final = "TicketBulkUpdateJob"
CREATE_FAILED: Final = "TicketCreateFailed"
CREATING: Final = "Creating ticket"
UPDATING: Final = "Updating ticket"

_CONFLICT: Final = "UpdateConflict"


def row_step(index: int, error: str, write: RowWrite, named: Mapping[str, Json] | None = None) -> Step:
    """A row's work, with its refusal as a result; conflicts keep their own code."""

    def run(now: float) -> Json:
        try:
            return write(now)
        except Refusal as refusal:
            conflict = refusal.reply.body.get("error") == _CONFLICT
            failed = {"index": index, "error": _CONFLICT if conflict else error, "details": in_words(refusal)}
            return failed | dict(named or {})

    return run


def created(index: int, ticket: Ticket) -> dict[str, Json]:
    """The result of a row that made a ticket."""
    return {"index": index, "id": ticket.id, "account_id": ACCOUNT_ID}


def deleted(ticket: Ticket) -> dict[str, Json]:
    """The result of a row that deleted a ticket."""
    return {
        "account_id": ACCOUNT_ID, "id": ticket.id, "title": ticket.subject, "status": "Deleted", "action": "delete",
        "success": True, "errors": "",
    }
