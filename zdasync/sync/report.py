"""What a sync did, and how far it is while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

__all__ = ["SyncProgress", "SyncReport", "TableReport"]


@attrs.frozen(kw_only=True)
class TableReport:
    """What came of one table in this run.

    `rows` counts versions that were written, `deleted` deletions that were applied, `pages` requests that were
    answered. `cursor` is where the copy stands: a later run goes on from it by itself, another copy may begin there.
    Every change before `until` is in the copy (None as long as the end was not reached).
    """

    rows: int
    deleted: int
    pages: int
    cursor: str
    until: datetime | None


@attrs.frozen(kw_only=True)
class SyncReport:
    """What a run did: a `TableReport` for each table, in the order asked for, and how many seconds it took."""

    tables: Mapping[str, TableReport]
    seconds: float

    @property
    def rows(self) -> int:
        """Versions that were written, of all tables."""
        return sum(table.rows for table in self.tables.values())

    @property
    def deleted(self) -> int:
        """Deletions that were applied, of all tables."""
        return sum(table.deleted for table in self.tables.values())

    def to_dict(self) -> dict[str, object]:
        """The same as plain data that fits JSON; times as ISO 8601."""
        return {
            "rows": self.rows, "deleted": self.deleted, "seconds": self.seconds,
            "tables": {
                name: attrs.asdict(table) | {"until": None if table.until is None else table.until.isoformat()}
                for name, table in self.tables.items()
            },
        }


@attrs.frozen(kw_only=True)
class SyncProgress:
    """How far one table is after a page of it was written; `str` makes a line for people of it.

    `rows`, `deleted` and `pages` are counts of this run so far; `rate` is rows a second of this pass through the
    changes, waiting for the export's limit included. `reached` is when the last row of the page changed, None as long
    as there was no row. `last`: there are no more for now.
    """

    table: str
    rows: int
    deleted: int
    pages: int
    rate: float
    reached: datetime | None
    last: bool

    def __str__(self) -> str:
        where = "up to date" if self.last else f"up to {self.reached:%Y-%m-%d %H:%M}" if self.reached else "begun"
        return f"{self.table}: {self.rows:,} rows, {self.deleted:,} deleted, {self.rate:,.0f} rows/s, {where}"
