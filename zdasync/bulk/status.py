"""How a bulk run is getting on, read from its ledger by another process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import attrs
import msgspec

from .ledger import Sample
from .reader import Count, Look, ask, look
from .rows import FAILED
from .timeline import SAMPLE, Span, read_runs
from .words import date, duration, plain

__all__ = ["BulkStatus"]

RECENT: Final = 60.0
"""Seconds before the last sample over which the rate is measured."""


class _Meta(msgspec.Struct):
    operation: str
    account: str
    source: str
    total: Count | None = None


@attrs.frozen(kw_only=True)
class BulkStatus:
    """Where a run stands by its ledger. Made by `read` or `load`; `str()` of it is a text for people."""

    path: Path
    """The ledger."""
    operation: str
    account: str
    source: str
    done: int
    """Rows with an outcome."""
    failed: int
    """Rows that were refused, or of which nobody knows the outcome."""
    total: int | None
    """Rows of the source; None as long as it has not been read to its end."""
    jobs_in_flight: int
    """Jobs that were sent and have not been settled; what a killed run left behind among them."""
    rate: float
    """Rows a second in the minute before the last sample of the last run; 0 where that can't be told."""
    used: int | None
    """Requests that counted against the account's limit at the last sample; None where it was not known."""
    budget: int | None
    """How many it allows."""
    seen: datetime | None
    """The last sign of life of any run, in UTC; None before the first."""
    ending: str | None
    """How the last run ended: "done", "interrupted" or "error: ..."; None while it goes on, or was killed."""

    @classmethod
    def read(cls, path: str | Path) -> BulkStatus:
        """Read the ledger at `path`, which blocks for some hundredths of a second for a million rows.

        Raises `LedgerError` as `BulkReport.read` does.
        """
        path = Path(path)
        with look(path) as ledger:
            found = dict(ask(ledger, "SELECT name, value FROM meta", tuple[str, str | None]))
            meta = msgspec.convert(found, _Meta, strict=False)
            spans = read_runs(ledger)
            samples = _recent(ledger, spans)
            last = samples[-1] if samples else None
            query = "SELECT count(*) FROM submissions WHERE state <> 'settled'"
            done, failed = _counts(ledger)
            return cls(
                path=path, operation=meta.operation, account=meta.account, source=meta.source, total=meta.total,
                done=done, failed=failed, jobs_in_flight=ask(ledger, query, tuple[int])[0][0], rate=_rate(samples),
                used=None if last is None else last.used, budget=None if last is None else last.total,
                seen=datetime.fromtimestamp(spans[-1].ended, UTC) if spans else None,
                ending=spans[-1].ending if spans else None,
            )

    @classmethod
    async def load(cls, path: str | Path) -> BulkStatus:
        """As `read`, in a thread."""
        return await asyncio.to_thread(cls.read, path)

    @property
    def eta(self) -> float | None:
        """Seconds until the end at this rate; None where that can't be told, and when the run has ended."""
        if self.total is None or self.rate <= 0 or self.ending is not None:
            return None
        return max(0, self.total - self.done) / self.rate

    def __str__(self) -> str:
        of = "" if self.total is None else f" of {self.total:,}"
        lines = [
            f"{plain(self.operation)}: {plain(self.source)} -> {plain(self.account)}",
            f"{self.done:,}{of} rows, {self.failed:,} failed, {self.jobs_in_flight} jobs in flight",
        ]
        if self.ending is None:
            left = "" if self.eta is None else f", {duration(self.eta)} left"
            lines.append(f"{self.rate:,.1f} rows/s in the last minute{left}")
        if self.used is not None and self.budget is not None:
            lines.append(f"{self.used:,} of {self.budget:,} requests a minute used")
        if self.seen is not None:
            how = "last sign of life" if self.ending is None else plain(self.ending)
            lines.append(f"{how}: {date(self.seen)}")
        return "\n".join(lines)


def _counts(ledger: Look) -> tuple[int, int]:
    """Rows with an outcome, and failed ones. An index on failed rows can be used for these."""
    wanted = ", ".join(f"'{outcome}'" for outcome in FAILED)
    query = f"SELECT count(*) FROM rows WHERE outcome IN ({wanted})"  # noqa: S608 - words of this package
    done = ask(ledger, "SELECT count(outcome) FROM rows", tuple[int])[0][0]
    return done, ask(ledger, query, tuple[int])[0][0]


def _recent(ledger: Look, spans: list[Span]) -> list[Sample]:
    """The samples of the last run's last minute."""
    if not spans:
        return []
    query = """
        SELECT at, rows, failed, jobs, requests, used, total FROM samples
        WHERE at >= :started AND at >= (SELECT max(at) FROM samples) - :recent ORDER BY at
    """
    return [Sample(*row) for row in ask(ledger, query, SAMPLE, {"started": spans[-1].started, "recent": RECENT})]


def _rate(samples: list[Sample]) -> float:
    if not samples:
        return 0.0
    first, last = samples[0], samples[-1]
    return max(0, last.rows - first.rows) / (last.at - first.at) if last.at > first.at else 0.0
