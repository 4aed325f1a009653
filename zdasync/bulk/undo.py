"""What it takes to undo a bulk run: the deletion of what it created, and of nothing else.

The model: a ledger knows which records its run created, and deleting them is a bulk run of its own. What was updated
was overwritten, and what was deleted is gone: neither can be brought back from a ledger.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from ..errors import BadArgument
from .operations import OPERATIONS

if TYPE_CHECKING:
    from .reader import Rows
    from .report import BulkReport

__all__ = ["UndoPlan", "undo_operation", "undo_plan"]


@attrs.frozen(kw_only=True)
class UndoPlan:
    """The deletion that undoes a bulk run, as of the report that it was made from."""

    ledger: Path
    """The ledger of the run to be undone."""
    operation: str
    """The verb that undoes it: `users.delete`."""
    count: int
    """How many records are to be deleted."""
    ids: Rows[int]
    """Their ids, the last row's first."""
    rows: Rows[dict[str, int]]
    """The same as rows of a source."""
    nameless: int
    """Rows that created a record of which the id is not known: these records stay."""
    unsure: int | None
    """Rows that are of unknown outcome or have none yet, and may have created a record that stays; None as long as the
    source has not been read to its end.
    """


def undo_operation(operation: str) -> str | None:
    """The deletion that undoes `operation`; None for one that can't be undone."""
    verb = OPERATIONS.get(operation)
    if verb is None or verb.kind not in {"create", "upsert"}:
        return None
    deletion = f"{verb.resource}.delete"
    return deletion if deletion in OPERATIONS else None


def undo_plan(report: BulkReport) -> UndoPlan:
    """What to delete in order to undo the run that `report` is about.

    Raises `BadArgument` where there is nothing to undo, or no way to do so.
    """
    deletion = undo_operation(report.operation)
    if deletion is None:
        raise BadArgument(
            f"{report.operation} can't be undone: a ledger knows neither what was there before an update, nor what was "
            "deleted"
        )
    if not report.created:
        raise BadArgument(f"there is nothing to undo: {report.path} knows of no record that its run created")
    return UndoPlan(
        ledger=report.path, operation=deletion, count=report.created, ids=report.created_ids(),
        rows=report.created_rows(), nameless=report.counts["created"] - report.created,
        unsure=None if report.pending is None else report.counts["unknown"] + report.pending,
    )
