"""The run: every table walks its export and hands page after page to the sink, all tables at once.

What limits a run is how often Zendesk lets an export be asked for: ten times a minute for all but users, and those
twenty times. The scheduler shares that among the tables. Each table reads its next page while the sink writes the one
before, and holds no more than that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args

import attrs

from ..errors import BadArgument, LedgerError, RateLimited, ServerError, TransportError
from ..events import Retrying
from ..resources.incremental import Incremental
from .jsonlines import JsonLines
from .parquet import Parquet
from .report import SyncProgress, SyncReport, TableReport
from .sink import Batch, Sink
from .sqlite import SQLite
from .tables import DEFAULT, TABLES, Deletions, TableName

if TYPE_CHECKING:
    from .._core.caller import Caller
    from ..export import RowExport
    from ..records._record import Json

__all__ = ["Format", "Sync"]

Format = Literal["sqlite", "jsonl", "parquet"]
OnProgress = Callable[[SyncProgress], object]

SINKS: Final[Mapping[str, Callable[[Path], Sink]]] = {"sqlite": SQLite, "jsonl": JsonLines, "parquet": Parquet}
SUFFIXES: Final = (".db", ".sqlite", ".sqlite3")
PASSING: Final = (RateLimited, ServerError, TransportError)
"""What a run that follows waits out, after the calls have been tried several times."""


class Sync:
    """Keeps a copy of the account. See `zdasync.sync`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def run(  # noqa: PLR0913 - independent choices, each with its default
        self,
        target: str | Path | Sink,
        *,
        tables: Sequence[TableName] = DEFAULT,
        format: Format | None = None,  # noqa: A002 - what it is
        since: datetime | float = 0,
        cursors: Mapping[str, str] | None = None,
        restart: bool = False,
        deletions: Deletions = "remove",
        comments: bool = False,
        per_page: int = 1000,
        follow: bool = False,
        every: float = 60.0,
        stop: asyncio.Event | None = None,
        on_progress: OnProgress | None = None,
    ) -> SyncReport:
        """Bring a copy up to date, or keep it so: each page of changes is written together with where it ends.

        `target` is a file (`.db`, `.sqlite`: SQLite), a directory with `format` "jsonl" or "parquet", or a `Sink`. A
        table that the copy does not have yet begins at `since`, an aware datetime or unix seconds. Any other goes on
        where it stands, unless `cursors` says from where: the `cursor` of an earlier report, or of an export of the
        same kind. `restart` throws away all that the copy has of `tables` first.

        `deletions="remove"` takes deleted users, tickets and organizations out of the copy; with "mark" they stay as
        Zendesk shows them: users with `active` false, tickets with the status "deleted". Events of deleted tickets stay
        in any case, and so do organizations as long as Zendesk's export does not tell of their deletion. `comments`
        brings the text of comments into `ticket_events`. `per_page` is how many rows to ask for at once.

        `follow` goes on until the run is cancelled or `stop` is set: `every` so many seconds it looks for news, and
        when Zendesk is not to be reached it tries again after as many. `stop` ends any run early, and the report tells
        how far it came. Whatever ends a run, what was written stays, and the same call goes on from there.

        `on_progress` is called after each page that was written. For admins only. Raises `BadArgument`, `LedgerError`
        for a copy that can't be used, and what an export raises.
        """
        starts = dict(cursors or {})
        _check(tables, starts, deletions, every)
        sink = _sink(target, format)
        pages, loop = Incremental(self._caller), asyncio.get_running_loop()
        options: dict[str, Any] = {"since": since, "per_page": per_page, "comments": comments}
        for name in tables:  # what can't be right is refused before the copy is touched
            _export(pages, name, starts.get(name), **options)
        begun, walks = loop.time(), list[_Walk]()
        try:
            known = await sink.open(self._caller.base_url, frozenset(tables) if restart else ())
            turn = asyncio.Lock()
            for name in tables:
                try:
                    export = _export(pages, name, starts.get(name, known.get(name)), **options)
                except BadArgument as error:
                    raise LedgerError(
                        f"copy {target}: where its {name} stand can't be read ({error}): restart that table",
                        path=str(target), reason="damaged",
                    ) from error
                walks.append(_Walk(name, export, sink, turn, self._caller, on_progress, remove=deletions == "remove"))
            await _together([walk.follow(every if follow else None) for walk in walks], stop)
        finally:
            await sink.aclose()
        return SyncReport(tables={walk.name: walk.report for walk in walks}, seconds=loop.time() - begun)


@attrs.define(eq=False)
class _Walk:
    """One table's way through its export."""

    name: str
    export: RowExport
    sink: Sink
    turn: asyncio.Lock
    caller: Caller
    on_progress: OnProgress | None
    remove: bool = attrs.field(kw_only=True)
    report: TableReport = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.report = TableReport(rows=0, deleted=0, pages=0, cursor=self.export.cursor, until=None)

    async def follow(self, every: float | None) -> None:
        """Go through all changes there are; then, if wanted, wait so many seconds and do it again, for ever."""
        while True:
            try:
                await self._pass()
            except PASSING as error:
                if every is None or not self.report.pages:
                    raise
                reason = f"the copy of {self.name} goes on when the account is there again: {error}"
                self.caller.emit(Retrying(self.export.request.route.operation, 1, every, reason))
            if every is None:
                return
            await asyncio.sleep(every)

    async def _pass(self) -> None:
        loop, before = asyncio.get_running_loop(), self.report
        begun = loop.time()
        async with aclosing(aiter(self.export)) as pages:
            async for rows in pages:
                await self._take(rows)
                if self.on_progress is not None:
                    now = self.report
                    new = now.rows + now.deleted - before.rows - before.deleted
                    self.on_progress(SyncProgress(
                        table=self.name, rows=now.rows, deleted=now.deleted, pages=now.pages,
                        rate=new / max(loop.time() - begun, 1e-3), reached=self.export.reached, last=self.export.ended,
                    ))

    async def _take(self, rows: Sequence[Mapping[str, Json]]) -> None:
        """Write what is new in a page, if it is only that there is nothing new up to now."""
        export, report = self.export, self.report
        newest = {cast("int", row["id"]): row for row in rows}
        is_gone = TABLES[self.name].deleted
        gone = [one for one, row in newest.items() if is_gone(row)] if self.remove else []
        for one in gone:
            del newest[one]
        batch = Batch(
            table=self.name, rows=[*newest.values()], deleted=gone, cursor=export.cursor, last=export.ended,
            until=export.until,
        )
        after = TableReport(
            rows=report.rows + len(newest), deleted=report.deleted + len(gone), pages=report.pages + 1,
            cursor=batch.cursor, until=batch.until,
        )
        if rows or (batch.cursor, batch.until) != (report.cursor, report.until):
            async with self.turn:
                await _to_its_end(self._written(batch, after))
        else:
            self.report = after

    async def _written(self, batch: Batch, after: TableReport) -> None:
        await self.sink.write(batch)
        self.report = after


def _export(
    pages: Incremental, name: str, cursor: str | None, *, since: datetime | float, per_page: int, comments: bool
) -> RowExport:
    where: dict[str, Any] = {"start_time": since} if cursor is None else {"cursor": cursor}
    if comments and name == "ticket_events":
        where["include_comments"] = True
    return TABLES[name].begin(pages)(per_page=per_page, **where).rows()


def _check(tables: object, starts: Mapping[str, str], deletions: object, every: object) -> None:
    if isinstance(tables, str) or not isinstance(tables, Collection) or not tables:
        raise BadArgument(f"tables must be some of {', '.join(TABLES)}, not {tables!r}")
    for name in tables:
        if name not in tuple(TABLES):  # a list is no key of a dictionary
            raise BadArgument(f"there are tables {', '.join(TABLES)}, not {name!r}")
    if others := sorted(starts.keys() - set(tables)):
        raise BadArgument(f"cursors has {others[0]!r}, which is not among the tables")
    if deletions not in get_args(Deletions):
        raise BadArgument(f'deletions must be "remove" or "mark", not {deletions!r}')
    if isinstance(every, bool) or not isinstance(every, int | float) or not 0 < every < inf:
        raise BadArgument(f"every must be a number of seconds above 0, not {every!r}")


def _sink(target: str | Path | Sink, form: str | None) -> Sink:
    if not isinstance(target, str | Path):
        if not isinstance(target, Sink):
            raise BadArgument(f"the target must be a path or a sink with open, write and aclose, not {target!r}")
        if form is not None:
            raise BadArgument("a sink is its own format: leave `format` out")
        return target
    if form is None and Path(target).suffix.lower() in SUFFIXES:
        form = "sqlite"
    if form not in tuple(SINKS):
        raise BadArgument(
            f"{str(target)!r} does not say what to write: a name with {', '.join(SUFFIXES)}, or format= one of "
            f"{', '.join(map(repr, SINKS))}" + (f", not {form!r}" if form is not None else "")
        )
    return SINKS[form](Path(target))


async def _together(walks: Sequence[Coroutine[Any, Any, None]], stop: asyncio.Event | None) -> None:
    """Run all to their ends, or until one fails or `stop` is set; none is left when this returns."""
    watch: asyncio.Task[None] | None = None
    failed: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(walk) for walk in walks]
            if stop is not None:
                watch = asyncio.create_task(_cancel_at(stop, tasks))
    except BaseExceptionGroup as errors:
        failed = errors.exceptions[0]  # the others were cancelled because of it
    finally:
        if watch is not None:
            watch.cancel()
            await asyncio.wait([watch])
    if failed is not None:
        raise failed


async def _cancel_at(stop: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> None:
    await stop.wait()
    for task in tasks:
        task.cancel()


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Await work that is not to be stopped halfway: who is cancelled meanwhile still waits for its end."""
    task, cancelled = asyncio.create_task(work), False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        if not task.cancelled():
            task.exception()  # that it is no news to the loop
        raise asyncio.CancelledError
    await task
