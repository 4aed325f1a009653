"""`zdasync sync`: a copy of the account that keeps up with it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import attrs
from cyclopts import Parameter

from ..errors import BadArgument
from . import output
from .account import Opened, opened
from .options import DEFAULT, Flag, Options, told
from .progress import Progress, Show, progress
from .running import graceful
from .status import Status
from .text import columns

if TYPE_CHECKING:
    from ..sync import SyncProgress, SyncReport

EVERY: Final = 60.0
DAY: Final = 86_400.0
GOES_ON: Final = "what was written stays; the same command, but for --restart, goes on from there"


def sync(
    target: Path, /, *,
    tables: Annotated[str | None, told(
        "Tables separated by commas: users, tickets, organizations, ticket_events (these four unless you name some), "
        "ticket_metric_events."
    )] = None,
    form: Annotated[Literal["sqlite", "jsonl", "parquet"] | None, Parameter(
        name="--format", help="A file of SQLite (TARGET.db, by its name), or a directory of JSON lines or Parquet.",
    )] = None,
    since: Annotated[str | None, told("Where a new table begins: a date, a time, or so many days ago.")] = None,
    restart: Annotated[Flag, told("Throw away what the copy has of the tables, and begin anew.")] = False,
    deletions: Annotated[Literal["remove", "mark"], told("What becomes of rows that were deleted in the account.")] = (
        "remove"
    ),
    comments: Annotated[Flag, told("Have the text of comments in ticket_events.")] = False,
    follow: Annotated[Flag, told("Go on looking for what changes until Ctrl-C.")] = False,
    every: Annotated[float | None, told("With --follow: seconds between two looks at what has changed (60).")] = None,
    options: Options = DEFAULT,
) -> Coroutine[Any, Any, int]:
    """Bring a copy of the account up to date, or make one: all of it, or what has changed since the last time.

    Each page of changes is written together with where it ends: whatever stops a copy, the same command goes on.
    For admins only.
    """
    if every is not None and not follow:
        raise BadArgument("--every goes with --follow")
    if follow and options.simulate:
        raise BadArgument("nothing changes in a simulated account that ends with this command: see zdasync simulate")
    begin = None if since is None else _begin(since)
    given: dict[str, Any] = {
        "format": form, "restart": restart, "deletions": deletions, "comments": comments, "follow": follow,
        "every": EVERY if every is None else every,
    }
    if tables is not None:
        given["tables"] = tuple(dict.fromkeys(name.strip() for name in tables.split(",") if name.strip()))
    return _sync(target, begin, given, options)


async def _sync(target: Path, begin: datetime | float | None, given: dict[str, Any], options: Options) -> int:
    async with opened(options) as account:
        if begin is not None:
            given["since"] = max(0.0, _now(account) - begin * DAY) if isinstance(begin, float) else begin
        with progress("rows", silent=options.json) as show, graceful(show.say) as stop:
            copy = _Copy(show)
            try:
                report = await account.zd.sync.run(target, stop=stop, on_progress=copy, **given)
            except asyncio.CancelledError:
                show.say(f"interrupted: {GOES_ON}")
                raise
    _show(report, options)
    if stop.is_set() and not copy.complete(report):
        output.write(f"interrupted: {GOES_ON}", sys.stderr)
        return Status.INTERRUPTED
    return Status.DONE


@attrs.define(eq=False)
class _Copy:
    """How far each table is, shown together."""

    _show: Show
    _tables: dict[str, SyncProgress] = attrs.field(factory=dict)

    def __call__(self, now: SyncProgress) -> None:
        """A page of one table was written."""
        self._tables[now.table] = now
        tables = self._tables.values()
        rate = sum(one.rate for one in tables if not one.last)
        self._show(Progress(
            done=sum(one.rows + one.deleted for one in tables), rate=rate or None,
            note="; ".join(map(_told, tables)),
        ))

    def complete(self, report: SyncReport) -> bool:
        """Has every table been read up to its end?"""
        return all(name in self._tables and self._tables[name].last for name in report.tables)


def _told(now: SyncProgress) -> str:
    return f"{now.table} {now.rows:,} {_where(now)}"


def _where(now: SyncProgress) -> str:
    if now.last:
        return "up to date"
    return "begun" if now.reached is None else f"up to {now.reached:%Y-%m-%d %H:%M}"


def _show(report: SyncReport, options: Options) -> None:
    if options.json:
        output.document(report.to_dict(), machine=True)
        return
    head = ("table", "rows", "deleted", "pages", "up to")
    rows = [
        (name, f"{one.rows:,}", f"{one.deleted:,}", f"{one.pages:,}",
         "" if one.until is None else f"{one.until:%Y-%m-%d %H:%M:%S} UTC")
        for name, one in report.tables.items()
    ]
    output.write(columns([head, *rows]))


def _begin(text: str) -> datetime | float:
    """A moment, or how many days ago it is. A time without a zone is one of UTC."""
    try:
        if text.replace(".", "", 1).isdecimal() and len(text) < len("20260131"):
            return float(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadArgument(f"--since takes 2026-01-31, 2026-01-31T12:00:00Z or a number of days, not {text!r}") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _now(account: Opened) -> float:
    """The account's time in unix seconds: that of a simulated one is its own."""
    return time.time() if account.account is None else account.account.now()
