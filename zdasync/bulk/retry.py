"""The rows of a finished run that were refused, once more.

The model: a ledger keeps the cells of rows that were refused. They are planned like any rows, under their old
positions, in chunks whose numbers follow those of the run; a row's new outcome takes the place of its old one. Chunks
that an earlier retry left open come first, as they were sent. Rows that repeat another one stay refused.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

import attrs

from .rows import InputRow

if TYPE_CHECKING:
    from .ledger import Known, Ledger
    from .plan import Chunk, Planner
    from .sources import Source

__all__ = ["RetryPlan"]

BATCH: Final = 500


class _Refused:
    """Rows of a ledger as a source."""

    format = "rows"
    name = "rows"
    columns = None
    expected: int | None = None

    def __init__(self, rows: Sequence[InputRow]) -> None:
        self._rows = rows

    async def open(self) -> None:
        """Nothing has to be known before the rows."""

    async def fingerprint(self) -> None:
        """The ledger is what they come from."""

    async def batches(self) -> AsyncGenerator[list[InputRow], None]:
        """The rows in order."""
        for start in range(0, len(self._rows), BATCH):
            yield list(self._rows[start : start + BATCH])


class RetryPlan:
    """Plans the rows that a ledger has as refused. `total`: the rows of the whole run."""

    def __init__(self, ledger: Ledger, plan: Callable[[Source, int], Planner], total: int) -> None:
        self._ledger = ledger
        self._plan = plan
        self.total = total

    def agreed(self, _chunk: Chunk, known: Known) -> Known:
        """Its rows have outcomes, and those are to be replaced."""
        return attrs.evolve(known, outcomes=frozenset())

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        """What an earlier retry left open, then the other rows."""
        rows = {row.position: row for row in await self._ledger.failed()}
        for number, positions in (await self._ledger.unfinished()).items():
            again = [row for position in positions if (row := rows.pop(position, None)) is not None]
            async with aclosing(self._plan(_Refused(again), number).chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk
        last, _ = await self._ledger.last_chunk()
        async with aclosing(self._plan(_Refused(list(rows.values())), last + 1).chunks()) as chunks:
            async for chunk in chunks:
                yield chunk
