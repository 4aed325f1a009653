"""The dry run: reads every row, and says what a run would do and what it would refuse, without sending anything.

The model: the plan of a run is made as the run would make it, and thrown away chunk by chunk, so what is said here is
what would be done. What only the account knows is not said: whether a record exists, whether an address is taken.
Little is kept whatever the size of the input: counts, the first problems, and hashes of keys (see `duplicates`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

import attrs

from .columns import Columns, Declaration
from .duplicates import KeyIndex
from .plan import Duplicates, Planner
from .rows import Item, Problem, RowReport
from .sources import SourceLike, open_source
from .words import counted

if TYPE_CHECKING:
    from ..records._record import JsonValue
    from .operations import Operation
    from .plan import Chunk

__all__ = ["CheckReport", "check"]

SHOWN: Final = 100
"""Problems, and pairs of rows about one record, that a report has one by one."""
_LISTED: Final = 10
"""Those of them that its text lists."""

OnProblem = Callable[[RowReport, "Mapping[str, JsonValue]"], object]
"""Told of every row that would be refused, with its cells."""


@attrs.frozen(kw_only=True)
class CheckReport:
    """What a run would do."""

    operation: str
    source: str
    rows: int = 0
    """Rows of the input, broken ones included."""
    ok: int = 0
    """Rows that would be sent, those included that would be merged into a later one."""
    merged: int = 0
    """Rows among these that a later row of the same chunk takes in."""
    problems: Mapping[str, int] = attrs.field(factory=dict)
    """Rows that would be refused, by code, the most frequent first."""
    first: Sequence[RowReport] = ()
    """The first 100 of them."""
    duplicates: int = 0
    """Rows about a record that an earlier row is about."""
    pairs: Sequence[tuple[int, int]] = ()
    """The first 100 of these: the row's position, and the earlier one's."""
    to_look_up: Mapping[str, int] = attrs.field(factory=dict)
    """Values that a run would look up in the account, as nothing was given to compare them with, by reference."""
    jobs: int = 0
    """Jobs that would be started."""

    @property
    def refused(self) -> int:
        """Rows that would be refused."""
        return self.rows - self.ok

    @property
    def requests(self) -> int:
        """Requests that start the jobs. Watching jobs, and looking up references, come on top of that."""
        return self.jobs

    def to_dict(self) -> dict[str, JsonValue]:
        """The report for JSON."""
        found: dict[str, Any] = attrs.asdict(self, recurse=False)
        first = [{name: getattr(one, name) for name in one.__struct_fields__} for one in self.first]
        return {
            **found, "refused": self.refused, "requests": self.requests, "problems": dict(self.problems),
            "to_look_up": dict(self.to_look_up), "first": first, "pairs": [list(pair) for pair in self.pairs],
        }

    def __str__(self) -> str:
        fate = f"{self.ok:,} to send, {self.refused:,} refused"
        lines = [
            f"{self.source}: {counted(self.rows, 'row')} for {self.operation}: {fate}.",
            f"A run would start {counted(self.jobs, 'job')}, with a request each.",
        ]
        if self.duplicates:
            shown = ", ".join(f"{later:,} (as {earlier:,})" for later, earlier in self.pairs[:_LISTED])
            lines.append(f"About a record that an earlier row is about: {counted(self.duplicates, 'row')}, {shown}")
        lines += [f"To be looked up by {name}: {counted(count, 'value')}" for name, count in self.to_look_up.items()]
        lines += [f"{counted(count, 'row')}: {code}" for code, count in self.problems.items()]
        lines += [f"  {_told(one)}" for one in self.first[:_LISTED]]
        if self.refused > _LISTED:
            lines.append(f"  and {self.refused - _LISTED:,} more")
        return "\n".join(lines)


def _told(report: RowReport) -> str:
    place = f"row {report.position:,}" if report.line is None else f"row {report.position:,} (line {report.line:,})"
    return f"{place}{'' if report.key is None else f', {report.key}'}: {report.code}: {report.text}"


async def check(
    source: SourceLike,
    operation: Operation,
    columns: Columns | Declaration | None = None,
    *,
    duplicates: Duplicates = "merge",
    references: Mapping[str, Container[str]] | None = None,
    on_problem: OnProblem | None = None,
) -> CheckReport:
    """Read all rows and plan what would be done with them. Nothing is sent.

    `duplicates`: as for a run. `references`: what there is to refer to, by kind (`organizations.external_id`), each a
    set of texts in lower case: a row that refers to something else is counted as `UnknownReference`; kinds that are not
    given are counted in `to_look_up`. Raises `SourceError` and `BadArgument` as a run does.
    """
    rows = open_source(source)
    if not isinstance(columns, Columns):
        await rows.open()
        columns = Columns.of(columns, operation, columns=rows.columns)
    seen = _Seen(columns.references, references or {}, on_problem)
    with KeyIndex() as index:
        planner = Planner(rows, operation, columns, _Recording(index, seen), duplicates=duplicates)
        async with aclosing(planner.chunks()) as chunks:
            async for chunk in chunks:
                seen.chunk(chunk)
    return CheckReport(
        operation=operation.name, source=rows.name, rows=planner.total, ok=planner.total - seen.refused,
        merged=seen.merged, problems=dict(seen.problems.most_common()), first=tuple(seen.first),
        duplicates=seen.duplicates, pairs=tuple(seen.pairs), to_look_up=dict(seen.to_look_up), jobs=seen.jobs,
    )


class _Seen:
    """What the chunks have brought so far."""

    def __init__(
        self, references: Mapping[str, str], known: Mapping[str, Container[str]], on_problem: OnProblem | None
    ) -> None:
        self._references = references
        self._known = known
        self._on_problem = on_problem
        self.problems: Counter[str] = Counter()
        self.first: list[RowReport] = []
        self.pairs: list[tuple[int, int]] = []
        self.to_look_up: Counter[str] = Counter()
        self.refused = self.duplicates = self.merged = self.jobs = 0

    def chunk(self, chunk: Chunk) -> None:
        """Count what a chunk would do."""
        refused = [*chunk.reports]
        sent = 0
        for item in chunk.items:
            self.merged += len(item.absorbed)
            missing = self._missing(item)
            if missing is None:
                sent += 1
            else:
                refused += [(_without(missing, one), one.cells) for one in (*item.absorbed, item)]
        self.jobs += sent > 0
        for report, cells in sorted(refused, key=lambda one: one[0].position):
            self.refused += 1
            self.problems[report.code or "InvalidRow"] += 1
            if len(self.first) < SHOWN:
                self.first.append(report)
            if self._on_problem is not None:
                self._on_problem(report, cells)

    def repeated(self, found: Sequence[tuple[int, int]]) -> None:
        """Rows about records that earlier rows are about."""
        pairs = dict(found)
        self.duplicates += len(pairs)
        self.pairs += sorted(pairs.items())[: SHOWN - len(self.pairs)]

    def _missing(self, item: Item) -> Problem | None:
        """What a row refers to that is not there."""
        for path, kind in self._references.items():
            value = _at(item.fields, path)
            if value is None:
                continue
            known = self._known.get(kind)
            if known is None:
                self.to_look_up[kind] += 1
            elif str(value).casefold() not in known:
                return Problem("UnknownReference", f"there is nothing with {kind} {str(value)!r:.100}", path)
        return None


def _without(missing: Problem, item: Item) -> RowReport:
    return RowReport(
        item.position, item.key, "refused", code=missing.code, field=missing.field, text=missing.text, line=item.line
    )


def _at(fields: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - a value of a row
    name, _, key = path.partition(".")
    value = fields.get(name)
    return value.get(key) if key and isinstance(value, Mapping) else None if key else value


class _Recording:
    """An index that also counts what it finds."""

    def __init__(self, index: KeyIndex, seen: _Seen) -> None:
        self._index = index
        self._seen = seen

    def add_many(self, keys: Sequence[tuple[int, str]]) -> list[tuple[int, int]]:
        """As the index does it."""
        found = self._index.add_many(keys)
        self._seen.repeated(found)
        return found
