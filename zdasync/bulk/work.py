"""From what a caller asks of a bulk run to the run: everything that is needed is opened, and closed again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from math import inf
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypedDict, get_type_hints

import attrs

from .._core.message import Priority
from ..errors import BadArgument, ZendeskError
from .chunks import Desk, Preparation
from .columns import Columns, declaration_beside
from .duplicates import KeyIndex
from .ledger import Ledger
from .operations import Operation, operation
from .plan import Duplicates, Planner
from .reader import ask, look
from .reconcile import Reconciler
from .references import References
from .report import BulkReport
from .retry import RetryPlan
from .run import BulkRun, OnProgress
from .sources import Source, SourceLike, open_source
from .unchanged import Unchanged

if TYPE_CHECKING:
    from ..client import View
    from .run import Plan

__all__ = ["DUPLICATES", "ImportOptions", "RunOptions", "Work", "opened", "read_meta", "recorded_options", "retry"]

SETTLE: Final = 60.0
"""Seconds after which a request whose reply was lost has been carried out or never will be: gateways give up sooner."""

DUPLICATES: Final[Mapping[str, Duplicates]] = {
    "create": "refuse", "upsert": "merge", "update": "merge", "delete": "merge",
}
"""What becomes of a second row about one record, by the kind of operation."""


class RunOptions(TypedDict, total=False):
    """What a bulk run can be told.

    `ledger`: the file to keep; beside a file of rows unless it is named. `columns`: what the columns of the source
    write: a mapping, or a TOML file (see `Columns`). `duplicates`: what becomes of rows about one record ("merge" for
    upserts and updates, "refuse" for what is created; or "send"). `skip_unchanged`: look first, and send no row that
    changes nothing. `on_progress` gets a `Progress` every second. `slots`: job slots to use at most. `stop`: an event
    that ends the run early, without loss. `settle`: seconds after which a request whose reply was lost can be looked
    for. `format`, `delimiter`, `encoding`: those of a file, where its suffix does not tell.
    """

    ledger: str | PathLike[str] | None
    columns: Mapping[str, Any] | str | PathLike[str] | None
    duplicates: Duplicates | None
    skip_unchanged: bool
    on_progress: OnProgress | None
    slots: int | None
    stop: asyncio.Event | None
    settle: float
    format: str | None
    delimiter: str | None
    encoding: str


class ImportOptions(RunOptions, total=False):
    """What an import of tickets can be told besides. `archive_immediately`: closed tickets go into the archive."""

    archive_immediately: bool


PARAMETERS: Final = ImportOptions.__annotations__.keys() - RunOptions.__annotations__.keys()
"""Options that only some operations take, as parameters of their requests."""


async def opened(found: Operation, source: SourceLike, options: Mapping[str, Any]) -> tuple[Source, Columns]:
    """The source of a run, and what its columns write. Raises `SourceError` and `BadArgument`."""
    _check(found, options)
    rows = open_source(
        source, format=options.get("format"), delimiter=options.get("delimiter"),
        encoding=options.get("encoding") or "utf-8",
    )
    await rows.open()
    declared = options.get("columns")
    if declared is None and isinstance(source, str | PathLike):
        declared = await asyncio.to_thread(declaration_beside, Path(source))
    return rows, await asyncio.to_thread(Columns.of, declared, operation=found, columns=rows.columns)


def _check(found: Operation, options: Mapping[str, Any]) -> None:
    known = get_type_hints(ImportOptions)
    known = {name: hint for name, hint in known.items() if name not in PARAMETERS or name in found.query}
    for name in options:
        if name not in known:
            raise BadArgument(f"there is no option {name!r}: {found.name} takes {', '.join(sorted(known))}")
    if options.get("duplicates") not in (None, "merge", "refuse", "send"):
        raise BadArgument(f'duplicates must be "merge", "refuse" or "send", not {options["duplicates"]!r}')
    slots = options.get("slots")
    if slots is not None and (type(slots) is not int or slots < 1):
        raise BadArgument(f"slots must be a whole number of at least 1, not {slots!r}")
    settle = options.get("settle")
    if settle is not None and (type(settle) not in (int, float) or not 0 <= settle < inf):
        raise BadArgument(f"settle must be a number of seconds, 0 or more, not {settle!r}")


@attrs.frozen(kw_only=True, eq=False)
class Work:
    """One run, ready to go."""

    view: View
    operation: Operation
    source: Source
    columns: Columns
    ledger: Path
    options: Mapping[str, Any]
    notes: Mapping[str, str]

    @classmethod
    async def prepare(cls, view: View, found: Operation, source: SourceLike, options: Mapping[str, Any]) -> Work:
        """Open the source. Raises `SourceError` and `BadArgument`; nothing has been sent then."""
        rows, columns = await opened(found, source, options)
        path = str(await asyncio.to_thread(Path(source).absolute)) if isinstance(source, str | PathLike) else ""
        notes = {
            "source": rows.name, "path": path, "columns": json.dumps(rows.columns),
            "mapping": json.dumps(columns.declaration), "delimiter": getattr(rows, "delimiter", ""),
            "encoding": options.get("encoding") or "", "skip_unchanged": str(bool(options.get("skip_unchanged"))),
        }
        return cls(
            view=_bulk_view(view), operation=found, source=rows, columns=columns, ledger=_ledger(source, options),
            options=options, notes=notes,
        )

    @property
    def duplicates(self) -> Duplicates:
        """What becomes of rows about one record."""
        chosen: Duplicates | None = self.options.get("duplicates")
        return chosen or DUPLICATES[self.operation.kind]

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """Parameters of every request."""
        given = ((name, self.options.get(name)) for name in self.operation.query)
        return tuple((name, str(bool(value)).lower()) for name, value in given if value is not None)

    async def run(self) -> BulkReport:
        """From the source to the report."""
        meta = {
            **self._meta, "format": self.source.format, "fingerprint": await self.source.fingerprint() or "",
            "declaration": self.columns.fingerprint, "duplicates": self.duplicates, "query": json.dumps(self.query),
        }
        preparations = self._preparations()
        with KeyIndex() as index:
            plan = Planner(self.source, self.operation, self.columns, index, duplicates=self.duplicates)
            async with self._opened(meta) as ledger:
                await self._carry_out(plan, ledger, preparations)
        return await BulkReport.load(self.ledger)

    async def retry(self, total: int) -> BulkReport:
        """The refused rows of the ledger once more."""
        preparations = self._preparations()
        with KeyIndex() as index:

            def planner(source: Source, first: int) -> Planner:
                return Planner(
                    source, self.operation, self.columns, index, duplicates=self.duplicates, first=first
                )

            async with self._opened(self._meta) as ledger:
                plan = RetryPlan(ledger, planner, total)
                await self._carry_out(plan, ledger, preparations, again=len(await ledger.failed()))
        return await BulkReport.load(self.ledger)

    @property
    def _meta(self) -> dict[str, str]:
        return {"operation": self.operation.name, "account": self.view.base_url}

    @asynccontextmanager
    async def _opened(self, meta: Mapping[str, str]) -> AsyncIterator[Ledger]:
        """The ledger, open, with a word at its end on how the run ended."""
        await self.view.verify_credentials()  # and learn the server's time
        caller = self.view._caller  # noqa: SLF001 - a part of the package
        ledger = await Ledger.open(self.ledger, meta, self.notes, caller.server_time())
        stop = self.options.get("stop")
        ending = "interrupted"
        try:
            yield ledger
            ending = "interrupted" if stop is not None and stop.is_set() else "done"
        except ZendeskError as error:
            ending = f"error: {type(error).__name__}: {error.message}"
            error.add_note(f"{self.ledger} holds what was done; the same call goes on from there")
            raise
        finally:
            try:
                await ledger.ended(ending, caller.server_time())
            except ZendeskError:  # what the run raised says more
                pass
            finally:
                await ledger.aclose()

    def _preparations(self) -> list[Preparation]:
        """What is done about rows before they are sent. Raises `BadArgument` for what the operation can't do."""
        preparations: list[Preparation] = []
        if self.columns.references:
            preparations.append(References(self.view, self.columns.references))
        if self.options.get("skip_unchanged"):
            preparations.append(Unchanged(self.view, self.operation))
        return preparations

    async def _carry_out(
        self, plan: Plan, ledger: Ledger, preparations: Sequence[Preparation], *, again: int = 0
    ) -> None:
        options = self.options
        run = BulkRun(
            self.view, plan, ledger, slots=options.get("slots"), on_progress=options.get("on_progress"),
            stop=options.get("stop"), expected=None if again else self.source.expected, again=again,
        )
        own_jobs: set[str] = set()
        settle = options.get("settle")
        reconciler = Reconciler(
            self.view, self.operation, own_jobs, settle=SETTLE if settle is None else settle,
            alike=self.duplicates == "send", archived=bool(options.get("archive_immediately")),
        )
        await run.run(Desk(
            view=self.view, operation=self.operation, ledger=ledger, reconciler=reconciler,
            preparations=preparations, query=self.query, own_jobs=own_jobs, count=run.count, stopped=run.stopped,
            alone=run.alone,
        ))


async def retry(view: View, report: BulkReport, options: Mapping[str, Any]) -> BulkReport:
    """The refused rows of a finished run once more, as the run was told to send them."""
    recorded = recorded_options(await asyncio.to_thread(read_meta, report.path))
    told = {name: value for name, value in recorded.items() if name not in ("format", "delimiter", "encoding")}
    work = await Work.prepare(view, operation(report.operation), [], {**told, **options, "ledger": report.path})
    return await work.retry(report.total or 0)


def recorded_options(meta: Mapping[str, str | None]) -> dict[str, Any]:
    """What a ledger says that its run was told, but for what may be different each time (`slots`, `on_progress`)."""
    return {
        "columns": json.loads(meta.get("mapping") or "{}"), "duplicates": meta.get("duplicates"),
        "skip_unchanged": meta.get("skip_unchanged") == "True", "format": meta.get("format"),
        "delimiter": meta.get("delimiter") or None, "encoding": meta.get("encoding") or "utf-8",
        **{name: value == "true" for name, value in json.loads(meta.get("query") or "[]")},
    }


def read_meta(path: Path) -> dict[str, str | None]:
    """What a ledger says of its run: `path` of the source, `mapping` of its columns, `operation` and so on. Blocks."""
    with look(path) as ledger:
        return dict(ask(ledger, "SELECT name, value FROM meta", tuple[str, str | None]))


def _ledger(source: SourceLike, options: Mapping[str, Any]) -> Path:
    if (given := options.get("ledger")) is not None:
        return Path(given)
    if isinstance(source, str | PathLike):
        return Path(source).with_suffix(".ledger")
    raise BadArgument("rows that come from no file need a ledger: name its file, ledger=...")


def _bulk_view(view: View) -> View:
    """The same view, whose calls stand behind all others unless it says otherwise."""
    return view if view._options.priority is not None else view.with_options(priority=Priority.BULK)  # noqa: SLF001
