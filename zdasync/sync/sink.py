"""What a sync writes to: a `Sink` takes one batch after the other, each with the cursor that belongs to it.

A sink of your own for, say, PostgreSQL is a class with three methods. `open` reads the cursors that it has stored;
`write` does three things in one transaction: it replaces the rows of the batch by id, removes those that were deleted,
and stores the cursor; `aclose` closes the connection. That is all it takes for an exact copy: a run that dies before
the transaction is committed will hand out the same rows again, and one that dies after it will not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

import attrs

from ..records._record import Json

__all__ = ["Batch", "Sink"]


@attrs.frozen(kw_only=True, eq=False)
class Batch:
    """What came of one table with one page: to be committed together with the cursor, or not at all.

    `rows` are as Zendesk gave them, each in its newest version, no id twice: they take the place of what the copy has
    under the same id. `deleted` are ids of records that are gone, none of them among `rows`. Either may be empty.
    `cursor` stands for all rows up to these. `last`: there are no more for now, and all changes before `until` are in
    the copy now (None where Zendesk's reply does not tell).
    """

    table: str
    rows: Sequence[Mapping[str, Json]]
    deleted: Sequence[int]
    cursor: str
    last: bool = False
    until: datetime | None = None


@runtime_checkable
class Sink(Protocol):
    """Where a sync writes to. No two of its methods are called at the same time.

    What they raise ends the run, and the run raises it. A `write` that has begun is not cancelled: who cancels a run
    waits for its end.
    """

    async def open(self, account: str, restart: Collection[str] = ()) -> Mapping[str, str]:
        """Get ready, forget all that there is of the tables to `restart`, and give the cursors of the others by table.

        `account` is the account's address. Raise `LedgerError` (reason "mismatch") if the copy is of another one.
        """

    async def write(self, batch: Batch) -> None:
        """Commit a batch. A sink that gathers several first commits them with the cursor of the last one.

        Such a sink commits what it holds when `batch.last` is set, too, so that a copy that is followed keeps up.
        """

    async def aclose(self) -> None:
        """Commit what is held, unless something failed, and let go of everything. Called also if `open` failed."""
