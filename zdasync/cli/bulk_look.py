"""`zdasync bulk status` and `bulk report`: what a ledger says, also while a run writes it. No account is needed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import attrs
from cyclopts import Parameter

from ..bulk.rows import Outcome
from ..errors import BadArgument
from . import output
from .options import DEFAULT, Flag, Options, told
from .running import real_time
from .status import Status

if TYPE_CHECKING:
    from ..bulk.report import BulkReport
    from ..bulk.status import BulkStatus

EVERY: Final = 2.0
"""Seconds between two looks at a ledger that is watched."""

ROW: Final = ("position", "line", "key", "outcome", "id", "code", "field", "text")
"""The columns of a listing of rows."""

Outcomes = Annotated[tuple[Outcome, ...], Parameter(
    name="--outcome", show_default=False, help="With --rows: only rows with this outcome; several times for several.",
)]


@real_time
async def status(
    ledger: Path, /, *,
    watch: Annotated[Flag, told("Look again until the run ends, or Ctrl-C; JSON comes as lines.")] = False,
    options: Options = DEFAULT,
) -> int:
    """Show where the run of a ledger stands: rows, failures, jobs in flight, rate, and when it was last heard of."""
    from ..bulk.status import BulkStatus  # noqa: PLC0415 - for this command

    try:
        with _screen(live=watch, machine=options.json) as show:
            while True:
                found = await BulkStatus.load(ledger)
                show(found)
                if not watch or found.ending is not None:
                    return Status.DONE
                await asyncio.sleep(EVERY)
    except asyncio.CancelledError:
        if not watch:
            raise
        return Status.DONE


def report(
    ledger: Path, /, *,
    failed: Annotated[Path | None, told("Write the failed rows with their reasons to this file.")] = None,
    html: Annotated[Path | None, told("Write the report as a page for people to this file.")] = None,
    data: Annotated[Path | None, told("Write the report as JSON, with its course over time, to this file.")] = None,
    rows: Annotated[Flag, told("List what became of each row; JSON comes as lines.")] = False,
    outcomes: Outcomes = (),
    options: Options = DEFAULT,
) -> int:
    """Report on the run of a ledger, or write the report, or the failed rows, to files.

    Files of these names are replaced. The exit status says whether that worked, and not how the run went.
    """
    from ..bulk.report import BulkReport  # noqa: PLC0415 - for this command

    if outcomes and not rows:
        raise BadArgument("--outcome goes with --rows")
    found = BulkReport.read(ledger)
    written = _files(found, failed, html, data)
    if rows:
        _list(found, outcomes, options)
    elif options.json:
        output.document({**found.to_dict(), **({"files": written} if written else {})}, machine=True)
    elif written:
        for name, path in written.items():
            output.write(f"no row failed: {failed} was not written" if path is None else f"{name}: {path}")
    else:
        output.write(str(found))
    return Status.DONE


def _files(found: BulkReport, failed: Path | None, html: Path | None, data: Path | None) -> dict[str, str | None]:
    """Write the files that are wanted; where they are, None for that of failed rows where there are none."""
    written: dict[str, str | None] = {}
    rows = None if failed is None else found.write_failed(failed)
    if failed is not None:
        written["failed"] = None if rows is None else str(rows)
    if html is not None:
        written["report"] = str(found.write_html(html, failed=rows))
    if data is not None:
        written["data"] = str(found.write_json(data))
    return written


def _list(found: BulkReport, outcomes: tuple[Outcome, ...], options: Options) -> None:
    with output.rows(ROW, machine=options.json) as show:
        for row in found.rows(*outcomes):
            show({name: getattr(row, name) for name in ROW})


@contextmanager
def _screen(*, live: bool, machine: bool) -> Iterator[Callable[[BulkStatus], None]]:
    """What shows where a run stands: in one place in a terminal, else as text, one object for machines."""
    if machine:
        yield lambda found: output.document(_fields(found), machine=True)
    elif live and output.is_terminal(sys.stdout):
        from rich.live import Live  # noqa: PLC0415 - dear to import
        from rich.text import Text  # noqa: PLC0415 - dear to import

        with Live(console=output.console(), auto_refresh=False) as screen:
            yield lambda found: screen.update(Text(str(found)), refresh=True)
    else:
        yield lambda found: output.write(f"{found}\n" if live else f"{found}")


def _fields(found: BulkStatus) -> dict[str, Any]:
    seen = None if found.seen is None else found.seen.isoformat()
    return {**attrs.asdict(found), "path": str(found.path), "seen": seen, "eta": found.eta}
