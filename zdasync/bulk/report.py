"""What became of a bulk run: counts, failures and rows, read from its ledger.

The model: a report is a snapshot of the ledger's numbers, taken in one look, while the rows themselves stay in the file
and are read as they are asked for: a ledger of millions of them is reported on in a second and little memory. A ledger
can be read while a run writes it, after a crash, and in another process. Whatever text a ledger holds comes from the
input or from the service, and is shown as nothing but text.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import attrs
import msgspec

from ..errors import BadArgument
from .reader import Count, Look, Rows, ask, look
from .rows import FAILED, OUTCOMES, Outcome, RowReport
from .sources import FORMATS
from .timeline import Held, Timeline, read_timeline
from .undo import undo_operation
from .words import counted, date, duration, plain

if TYPE_CHECKING:
    from ..records._record import JsonValue
    from .ledger import Sample

__all__ = ["BulkReport", "Failures", "Step"]

T = TypeVar("T")

_COLUMNS: Final = msgspec.json.Decoder(tuple[str, ...] | None)

_LAST: Final = 2**63 - 1
"""No row stands after this one."""
_SHOWN: Final = 5
"""Kinds of failures in the text of a report."""
_FIELDS: Final = "position, key, outcome, id, code, field, text, line"
_FAILED: Final = ", ".join(f"'{outcome}'" for outcome in FAILED)
_CREATED: Final = """
    SELECT position, id FROM rows
    WHERE position < ? AND outcome = 'created' AND id IS NOT NULL ORDER BY position DESC LIMIT ?
"""
_UNDO: Final = ".undo"
"""What the ledger of a deletion that undoes a run has at the end of its name."""
_SUFFIXES: Final = {"csv": ".csv", "parquet": ".parquet"}


class Failures(NamedTuple):
    """Failed rows with one reason: the code, the field at fault, how many rows there are, and the text of the first."""

    code: str | None
    field: str | None
    rows: int
    example: str | None


@attrs.frozen
class Step:
    """Something that can be done next: what it is for, and the command, where there is one for it."""

    text: str
    command: str | None = None

    def __str__(self) -> str:
        return self.text if self.command is None else f"{self.text}\n    {self.command}"


class _Meta(msgspec.Struct):
    operation: str
    account: str
    source: str
    format: str
    total: Count | None = None
    columns: str = "null"
    delimiter: str | None = None


@attrs.frozen(kw_only=True)
class BulkReport:
    """What a ledger says of its run. Made by `read` or `load`; `str()` of it is a text for people.

    Its numbers are of one moment. `rows`, `failed_cells` and `created_ids` read the ledger as they are walked.
    """

    path: Path
    """The ledger."""
    operation: str
    """`users.create_or_update`."""
    account: str
    """The account that was written to, as the run knew it."""
    source: str
    """The name of the input."""
    format: str
    """`csv`, `jsonl`, `parquet` or `rows`."""
    columns: Sequence[str] | None
    """The names of its columns; None where it had none."""
    delimiter: str | None
    """Of a CSV file, where one was named."""
    counts: Mapping[Outcome, int]
    """Rows by outcome; every outcome is there."""
    created: int
    """Records that the run created, as far as their ids are known."""
    total: int | None
    """Rows of the source; None as long as it has not been read to its end."""
    jobs: int
    """Jobs that were started."""
    requests: int
    """Requests that were sent, as of the last sample."""
    failures: Sequence[Failures]
    """The failed rows by reason, the most frequent one first."""
    timeline: Timeline = attrs.field(repr=False)
    """The runs of the ledger and their samples."""

    @classmethod
    def read(cls, path: str | Path) -> BulkReport:
        """Read the ledger at `path`, which blocks for some tenths of a second for a million rows.

        Raises `LedgerError`: "damaged" where no ledger is, or none that can be read; "locked" while another program has
        all of it.
        """
        path = Path(path)
        with look(path) as ledger:
            found = dict(ask(ledger, "SELECT name, value FROM meta", tuple[str, str | None]))
            meta = msgspec.convert(found, _Meta, strict=False)
            counts, created = _counts(ledger)
            return cls(
                path=path, operation=meta.operation, account=meta.account, source=meta.source, format=meta.format,
                columns=_COLUMNS.decode(meta.columns), delimiter=meta.delimiter, total=meta.total,
                counts=counts, created=created, failures=_failures(ledger),
                jobs=ask(ledger, "SELECT count(*) FROM submissions WHERE job_id IS NOT NULL", tuple[int])[0][0],
                requests=ask(ledger, "SELECT coalesce(max(requests), 0) FROM samples", tuple[Count])[0][0],
                timeline=read_timeline(ledger),
            )

    @classmethod
    async def load(cls, path: str | Path) -> BulkReport:
        """As `read`, in a thread."""
        return await asyncio.to_thread(cls.read, path)

    # -- numbers --------------------------------------------------------------------------------------------------

    @property
    def done(self) -> int:
        """Rows with an outcome."""
        return sum(self.counts.values())

    @property
    def failed(self) -> int:
        """Rows that were refused, or of which nobody knows the outcome."""
        return sum(self.counts[outcome] for outcome in FAILED)

    @property
    def pending(self) -> int | None:
        """Rows of the source without an outcome yet; None as long as it has not been read to its end."""
        return None if self.total is None else max(0, self.total - self.done)

    @property
    def ok(self) -> bool:
        """Has every row an outcome, and a good one?"""
        return self.pending == 0 and not self.failed

    @property
    def started(self) -> datetime | None:
        """When the first run of the ledger began, in UTC; None before it did."""
        spans = self.timeline.spans
        return datetime.fromtimestamp(spans[0].started, UTC) if spans else None

    @property
    def ended(self) -> datetime | None:
        """When the last run ended, in UTC; None while it goes on, and where it was killed."""
        spans = self.timeline.spans
        return datetime.fromtimestamp(spans[-1].ended, UTC) if spans and spans[-1].ending is not None else None

    @property
    def ending(self) -> str | None:
        """How the last run ended: "done", "interrupted" or "error: ..."; None while it goes on, or was killed."""
        return self.timeline.spans[-1].ending if self.timeline.spans else None

    @property
    def seconds(self) -> float:
        """How long the runs took together; one that was killed counts until its last sign of life."""
        return self.timeline.seconds

    @property
    def rate(self) -> float:
        """Rows a second over that time."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def held(self) -> Held | None:
        """What bound the run: job slots, the account's limit, or neither; None where that can't be told."""
        return self.timeline.held()

    @property
    def samples(self) -> Sequence[Sample]:
        """Where the run stood every few seconds."""
        return self.timeline.samples

    # -- rows -----------------------------------------------------------------------------------------------------

    def rows(self, *outcomes: Outcome) -> Rows[RowReport]:
        """The rows with these outcomes, or all that have one, in the order of the input.

        Walk them with `for`, which reads the file as it goes, or with `async for`, where a thread does. Raises
        `BadArgument` for an outcome that there is not.
        """
        for outcome in outcomes:
            if outcome not in OUTCOMES:
                raise BadArgument(f"there is no outcome {outcome!r}: there are {', '.join(OUTCOMES)}")
        # Written out, and not handed over as values, so that an index on failed rows can be used.
        wanted = ", ".join(f"'{outcome}'" for outcome in outcomes or OUTCOMES)
        return self._rows(_FIELDS, wanted, _report)

    def failures_by_code(self) -> list[Failures]:
        """The failed rows by reason, the most frequent one first."""
        return list(self.failures)

    def failed_cells(self) -> Rows[tuple[RowReport, Mapping[str, JsonValue]]]:
        """The failed rows, each with its cells as they were read, in the order of the input."""
        return self._rows(f"{_FIELDS}, cells", _FAILED, _with_cells)

    def created_ids(self) -> Rows[int]:
        """Ids of the records that the run created, the last row's first."""
        return Rows(self.path, _CREATED, _id, start=_LAST)

    def created_rows(self) -> Rows[dict[str, int]]:
        """The same as rows of a source: `{"id": 35436}`."""
        return Rows(self.path, _CREATED, _id_row, start=_LAST)

    def _rows(self, fields: str, outcomes: str, make: Callable[[tuple[Any, ...]], T]) -> Rows[T]:
        query = f"""
            SELECT {fields} FROM rows WHERE position > ? AND outcome IN ({outcomes}) ORDER BY position LIMIT ?
        """  # noqa: S608 - both are words of this package
        return Rows(self.path, query, make, start=0)

    # -- files ----------------------------------------------------------------------------------------------------

    @property
    def failed_path(self) -> Path:
        """Where `write_failed` puts the failed rows: `customers.failed.csv` beside the ledger."""
        name = PurePosixPath(plain(self.source).replace("\\", "/")).name.lstrip(".")
        stem, _, suffix = name.rpartition(".")
        fits = FORMATS.get(f".{suffix}".lower()) == self.format
        return self.path.with_name(
            f"{stem or name or 'rows'}.failed{f'.{suffix}' if fits else _SUFFIXES.get(self.format, '.jsonl')}"
        )

    def write_failed(self, path: str | Path | None = None) -> Path | None:
        """Write the failed rows with their reasons in the input's own format, to be mended and fed in again.

        The file is `failed_path` unless another is named, and takes the place of one that is there. Gives its path;
        None, and no file, where no row failed. Blocks; raises `OSError`, and `LedgerError` as `read` does.
        """
        if not self.failed:
            return None
        from .failed_rows import write_failed  # noqa: PLC0415 - few reports need it

        target = self.failed_path if path is None else Path(path)
        write_failed(target, self.format, self.columns, self.failed_cells(), delimiter=self.delimiter)
        return target

    def write_json(self, path: str | Path) -> Path:
        """Write the report for programs, as `zdasync.bulk.summary` describes it. Blocks; raises `OSError`."""
        from .summary import summary_json  # noqa: PLC0415 - few programs need it

        return _written(Path(path), summary_json(self))

    def write_html(self, path: str | Path, *, failed: str | Path | None = None) -> Path:
        """Write the report for people: one HTML file that needs no other. `failed` is where its failed rows are.

        Blocks; raises `OSError`, and `LedgerError` as `read` does.
        """
        from .html import page  # noqa: PLC0415 - few programs need it

        return _written(Path(path), page(self, failed))

    def to_dict(self) -> dict[str, JsonValue]:
        """The numbers for JSON: what `zdasync.bulk.summary` describes, without the samples."""
        from .summary import summary  # noqa: PLC0415 - few programs need it

        return summary(self)

    # -- people ---------------------------------------------------------------------------------------------------

    @property
    def headline(self) -> str:
        """How the run stands, as a sentence."""
        if self.ok:
            return f"Finished: {counted(self.done, 'row')}, none failed."
        failed = f"{self.failed:,} failed" if self.failed else "none failed"
        if self.pending is None:
            done = counted(self.done, "row")
            return f"Not finished: {done} so far, {failed}; the source has not been read to its end."
        if self.pending:
            return f"Not finished: {self.done:,} of {counted(self.total or 0, 'row')} so far, {failed}."
        return f"Finished: {counted(self.done, 'row')}, {failed}."

    def next_steps(self, *, failed: str | Path | None = None) -> list[Step]:
        """What can be done now: go on, mend what failed, undo. `failed` is where the failed rows are, if in a file."""
        ledger = shlex.quote(str(self.path))
        steps: list[Step] = []
        if self.pending != 0:
            steps.append(self._going_on())
        if self.counts["refused"]:
            steps.append(Step(
                "Write the failed rows with their reasons to a file, to mend them there and run that file:",
                f"zdasync bulk report {ledger} --failed {shlex.quote(str(self.failed_path))}",
            ) if failed is None else Step(f"Mend the failed rows in {plain(failed)}, and run that file."))
            if self.pending == 0:
                steps.append(Step("Send them again as they are:", f"zdasync bulk resume {ledger} --retry-failed"))
        if unknown := self.counts["unknown"]:
            steps.append(Step(
                f"{counted(unknown, 'row')} may or may not have been carried out: look in the account before you send "
                "anything of that again."
            ))
        if self.created and undo_operation(self.operation) is not None:
            text = f"Undo it: delete the {counted(self.created, 'record')} that it created:"
            steps.append(Step(text, f"zdasync bulk undo {ledger}"))
        return steps

    def _going_on(self) -> Step:
        """Rows that came from no file only the program that had them can give again; a deletion that undoes can."""
        if self.format != "rows":
            return Step("Go on where it stopped:", f"zdasync bulk resume {shlex.quote(str(self.path))}")
        if self.path.suffix == _UNDO:
            return Step("Go on where it stopped:", f"zdasync bulk undo {shlex.quote(str(self.path.with_suffix('')))}")
        return Step("Go on where it stopped: let the program give the same rows to the same ledger again.")

    def __str__(self) -> str:
        return self.text()

    def text(self, *, steps: bool = True) -> str:
        """The report for people, with `next_steps` at its end unless they are not wanted."""
        parts = [self._head()]
        if self.done:
            parts.append([f"  {outcome:<10}{count:>12,}" for outcome, count in self.counts.items() if count])
        if self.failures:
            more = len(self.failures) - _SHOWN
            lines = [_line(one) for one in self.failures[:_SHOWN]]
            parts.append(["Failures:", *lines, *([f"  and {more:,} more reasons"] if more > 0 else [])])
        blocks = ["\n".join(part) for part in parts]
        return "\n\n".join([*blocks, *(str(step) for step in (self.next_steps() if steps else ()))])

    def _head(self) -> list[str]:
        lines = [
            f"{plain(self.operation)}: {plain(self.source)} -> {plain(self.account)}",
            self.headline,
            f"{duration(self.seconds)}, {self.rate:,.1f} rows/s, {self.jobs:,} jobs, {self.requests:,} requests",
        ]
        if self.started is not None:
            lines.append(f"{date(self.started)} to {self.end}")
        return lines

    @property
    def end(self) -> str:
        """How and when the last run ended, in words."""
        if self.ended is None:
            return "now, if it has not been killed"
        return f"{date(self.ended)}" + ("" if self.ending == "done" else f" ({plain(self.ending)})")


def _line(one: Failures) -> str:
    where = "" if one.field is None else f" ({plain(one.field)})"
    example = f": {plain(one.example)}" if one.example else ""
    return f"  {one.rows:>8,}  {plain(one.code or 'no code')}{where}{example}"


def _counts(ledger: Look) -> tuple[dict[Outcome, int], int]:
    """Rows by outcome, and how many of the created ones have an id."""
    query = "SELECT outcome, count(*), count(id) FROM rows WHERE outcome IS NOT NULL GROUP BY outcome"
    found = {outcome: (rows, ids) for outcome, rows, ids in ask(ledger, query, tuple[Outcome, int, int])}
    return {outcome: found.get(outcome, (0, 0))[0] for outcome in OUTCOMES}, found.get("created", (0, 0))[1]


def _failures(ledger: Look) -> list[Failures]:
    # SQLite takes the columns that are not grouped from the row that has the least position.
    query = f"""
        SELECT code, field, count(*), text, min(position) FROM rows WHERE outcome IN ({_FAILED})
        GROUP BY code, field ORDER BY 3 DESC, 5
    """  # noqa: S608 - words of this package
    return [Failures(*row[:4]) for row in ask(ledger, query, tuple[str | None, str | None, int, str | None, int])]


def _report(row: tuple[Any, ...]) -> RowReport:
    return RowReport(*row)


def _id(row: tuple[Any, ...]) -> int:
    return msgspec.convert(row[1], int)


def _id_row(row: tuple[Any, ...]) -> dict[str, int]:
    return {"id": _id(row)}


def _with_cells(row: tuple[Any, ...]) -> tuple[RowReport, dict[str, JsonValue]]:
    cells = row[-1]
    return RowReport(*row[:-1]), {} if cells is None else msgspec.json.decode(cells, type=dict[str, Any])


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
