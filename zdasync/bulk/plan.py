"""The plan of a bulk run: which rows go together, and what must be over before they go.

The model: rows become chunks in the order of the input, and the same input always becomes the same chunks, so that a
run that is started again finds each chunk in its ledger under the same number, and knows by its fingerprint that it is
the same. A chunk has up to a hundred rows, which is what Zendesk takes, and a bounded size. Rows that can't be right
are sorted out here and never sent.

Two rows about one record keep their order. Close together they can be merged (see `window`); in different chunks the
later chunk waits for the earlier one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import attrs

from ..errors import BadArgument
from .formats import row_problem
from .references import filled
from .rows import InputRow, Item, Problem, RowReport
from .window import WIDTH, Window

if TYPE_CHECKING:
    from ..records._record import JsonValue
    from .columns import Columns
    from .ledger import Known
    from .operations import Operation
    from .sources import Source

__all__ = ["Chunk", "Duplicates", "Planner", "record_keys"]

Duplicates = Literal["merge", "refuse", "send"]
"""What becomes of a second row about the same record.

`merge`: it is written together with the first one where they are close to each other, after it where they are not.
`refuse`: it is not sent. `send`: both are sent, in their order.
"""

MOST_ROWS: Final = 100
MOST_BYTES: Final = 2_000_000
"""Bytes of a chunk's rows. Zendesk documents no bound; rows of some kilobytes stay far below it."""
LONGEST: Final = 1_000
"""Refused rows that one chunk has at most."""

Refusal = tuple[RowReport, "Mapping[str, JsonValue]"]


class Index(Protocol):
    """Remembers keys of rows."""

    def add_many(self, keys: Sequence[tuple[int, str]]) -> Sequence[tuple[int, int]]:
        """For each key that was there before: the position it is given for, and the latest one before."""


@attrs.define(eq=False)
class Chunk:
    """Rows that become one job, and those between them that are refused here."""

    number: int
    first: int = 0
    """The least of its positions."""
    last: int = 0
    """The greatest of them; rows of other chunks may lie between."""
    count: int = 0
    """How many rows of the input it has."""
    items: list[Item] = attrs.field(factory=list)
    reports: list[Refusal] = attrs.field(factory=list)
    """Rows that are refused here, each with its cells."""
    follows: set[int] = attrs.field(factory=set)
    """Positions in earlier chunks of rows about the same records."""

    @property
    def positions(self) -> list[int]:
        """Of its rows that are sent, and of those that are written with them."""
        within = [one.position for item in self.items if item.absorbed for one in item.absorbed]
        return [item.position for item in self.items] + within

    @property
    def fingerprint(self) -> bytes:
        """What tells it from any other chunk."""
        digest = blake2b(digest_size=16)
        for item in self.items:
            digest.update(b"%d:%b" % (item.position, item.encoded))
        digest.update(b"|")
        for report, _ in self.reports:
            digest.update(f"{report.position},{report.outcome};".encode())
        return digest.digest()


def record_keys(operation: Operation, fields: Mapping[str, Any]) -> list[str]:
    """What the record of a row is known by, as keys: one for each name that the row gives."""
    if not operation.names and operation.unique:
        return ["/".join(f"{name}={fields.get(name)}" for name in sorted(operation.unique))]
    keys = []
    for name in operation.names:
        value = fields.get(name)
        if value is not None and value != "":
            keys.append(f"{name}={value}")
    return keys


def shown_key(keys: Sequence[str]) -> str | None:
    """A row's key as reports show it: without the field's name where one field is the name."""
    return None if not keys else keys[0] if "/" in keys[0] else keys[0].partition("=")[2]


class Planner:
    """Reads the source and cuts it into chunks, numbered from `first`. `index` remembers the keys of all rows."""

    def __init__(
        self, source: Source, operation: Operation, columns: Columns, index: Index, *, duplicates: Duplicates,
        first: int = 1,
    ) -> None:
        self._source = source
        self._operation = operation
        self._columns = columns
        self._index = index
        self._duplicates = duplicates
        self._window = Window(operation, merge=duplicates == "merge")
        self._refused: list[Refusal] = []
        self._number = first
        self._rows = 0

    @property
    def total(self) -> int:
        """Rows that were read so far."""
        return self._rows

    def agreed(self, chunk: Chunk, known: Known) -> Known:
        """What the ledger knows of a chunk, if it is this chunk; raises `ValueError` if its rows were others."""
        if known.fingerprint != chunk.fingerprint:
            raise ValueError(chunk.number)
        return known

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        """The chunks in order. Raises `SourceError` where the source can't be read on."""
        async with aclosing(self._source.batches()) as batches:
            async for batch in batches:
                read = [self._read(row) for row in batch]
                earlier = await self._earlier(read)
                for row, (item, problem, keys) in zip(batch, read, strict=True):
                    self._place(row, item, problem, keys, earlier.get(row.position, ()))
                    self._rows = row.position
                    if len(self._window) >= WIDTH or len(self._refused) >= LONGEST:
                        yield self._cut()
        while self._window or self._refused:
            yield self._cut()

    def _cut(self) -> Chunk:
        """The rows that come first, and the refused ones that have gathered."""
        chunk = Chunk(self._number, reports=self._refused)
        chunk.items, chunk.follows = self._window.take(MOST_ROWS, MOST_BYTES)
        positions = [report.position for report, _ in self._refused]
        positions += chunk.positions
        chunk.first, chunk.last, chunk.count = min(positions), max(positions), len(positions)
        self._number += 1
        self._refused = []
        return chunk

    def _read(self, row: InputRow) -> tuple[Item | None, Problem | None, list[str]]:
        """A row as it is to be sent, or why it is not; and what its record is known by."""
        if row.problem is not None:
            return None, row.problem, []
        fields, problem = self._columns.fields(row)
        keys = record_keys(self._operation, fields)
        problem = problem or row_problem(self._operation, self._resolved(fields))
        if problem is not None:
            return None, problem, keys
        try:
            return Item.of(row, shown_key(keys), fields), None, keys
        except BadArgument as error:
            return None, Problem("InvalidRow", error.message), keys

    def _resolved(self, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields as they will be when each reference has become an id."""
        references = self._columns.references
        return filled(fields, dict.fromkeys(references, 1)) if references else fields

    async def _earlier(
        self, read: Sequence[tuple[Item | None, Problem | None, list[str]]]
    ) -> dict[int, list[int]]:
        """For rows about a record that earlier rows were about: the positions of those."""
        if self._duplicates == "send" and self._operation.kind == "create":
            return {}
        keys = [(item.position, key) for item, _, own in read if item is not None for key in own]
        loop = asyncio.get_running_loop()
        earlier: dict[int, list[int]] = {}
        for position, before in await loop.run_in_executor(None, self._index.add_many, keys):
            if before != position:
                earlier.setdefault(position, []).append(before)
        return earlier

    def _place(
        self, row: InputRow, item: Item | None, problem: Problem | None, keys: list[str], earlier: Sequence[int]
    ) -> None:
        if earlier and self._duplicates == "refuse" and problem is None:
            problem = Problem("DuplicateRow", f"row {earlier[0]:,} is about the same record")
        if problem is not None or item is None:
            self._refused.append((_refused(row, shown_key(keys), problem), row.cells))
        else:
            self._window.add(item, earlier)


def _refused(row: InputRow, key: str | None, problem: Problem | None) -> RowReport:
    problem = problem or Problem("InvalidRow", "it can't be read")
    return RowReport(
        row.position, key, "refused", code=problem.code, field=problem.field, text=problem.text, line=row.line
    )
