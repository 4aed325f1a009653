"""A bulk run as a command carries it out: its progress, what Ctrl-C does to it, its report, and the files beside it.

The model: all that a run knows is in its ledger, so whatever ends it, the line that says how to go on names the ledger.
The report is written for people and for programs at every end, also an early one; the file of failed rows only when the
run is over, and never over a file that is there: somebody may be mending the rows in it.
"""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import attrs
from cyclopts import Parameter, validators

from ..errors import BadArgument, LedgerError, ZendeskError
from . import output
from .account import ROOMY, opened
from .options import Flag, Options
from .progress import Progress, progress
from .running import graceful
from .status import Status
from .text import columns, one_line

if TYPE_CHECKING:
    from ..bulk.progress import Progress as BulkProgress
    from ..bulk.report import BulkReport
    from ..bulk.work import RunOptions
    from ..client import Zendesk

Count = Annotated[int, Parameter(validator=validators.Number(gte=0))]
Slots = Annotated[int | None, Parameter(validator=validators.Number(gte=1))]
NAMES: Final = {"ledger": "Ledger", "report": "Report", "data": "Report for programs", "failed": "Failed rows"}
"""What people call the files of a run."""

Work = Callable[["Zendesk", "RunOptions"], Awaitable["BulkReport"]]


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class Manner:
    """How a run is made and shown, and what its end means."""

    slots: Slots = None
    """Use so many of the account's job slots at most; else all that are free."""
    skip_unchanged: Flag = False
    """Look first, and send no row that changes nothing."""
    report: Path | None = None
    """Write the report to REPORT.html and REPORT.json; else beside the ledger, as customers.report.html."""
    allow_failures: Count = 0
    """Rows that may fail before the exit status is 1."""
    quiet: Flag = False
    """Show no progress."""


DEFAULT_MANNER: Final = Manner()


@attrs.frozen(kw_only=True)
class Task:
    """A run to be made: the work, its ledger, and the command that goes on with it."""

    work: Work
    ledger: Path
    go_on: str
    over: Callable[[BulkReport], bool] = lambda report: report.pending == 0
    """Is nothing left to do, though it was interrupted?"""
    files: bool = True
    """Are there to be files beside the ledger?"""

    @property
    def going_on(self) -> str:
        """What to say when it has ended early."""
        return f"what was done is in {self.ledger}; to go on: {self.go_on}"


def command(*words: str | Path) -> str:
    """A command line as one types it."""
    return shlex.join(["zdasync", "bulk", *map(str, words)])


def checked_prefix(report: Path | None) -> Path | None:
    """Where the report is to go; raises `BadArgument` before hours of work if it can't go there."""
    if report is not None and not report.absolute().parent.is_dir():
        raise BadArgument(f"--report {report}: there is no directory {report.parent}")
    return report


async def carry_out(task: Task, manner: Manner, options: Options) -> int:
    """Make the run under a display of its progress, show its report; the exit status."""
    report, stopped = await _carried_out(task, manner, options)
    interrupted = stopped and not task.over(report)
    files = await asyncio.to_thread(_written, report, manner.report, over=not interrupted) if task.files else {}
    if options.json:
        named = {name: None if path is None else str(path) for name, path in files.items()}
        output.document({**report.to_dict(), "files": named}, machine=True)
    else:
        _show(report, files, simulated=options.simulate)
    if interrupted:
        _say("interrupted" if options.simulate else f"interrupted: {task.going_on}")
        return Status.INTERRUPTED
    return Status.DONE if report.pending == 0 and report.failed <= manner.allow_failures else Status.FAILURES


async def _carried_out(task: Task, manner: Manner, options: Options) -> tuple[BulkReport, bool]:
    async with opened(options, simulated=ROOMY) as account:
        with progress("rows", silent=options.json or manner.quiet) as show, graceful(show.say) as stop:
            given: RunOptions = {"on_progress": lambda now: show(_shown(now)), "stop": stop, "slots": manner.slots}
            try:
                return await task.work(account.zd, given), stop.is_set()
            except (ZendeskError, asyncio.CancelledError) as error:
                if _can_go_on(error, task.ledger) and not options.simulate:
                    show.say(task.going_on)
                raise


def _can_go_on(error: BaseException, ledger: Path) -> bool:
    """Is there a ledger to go on with, and nothing wrong with it?"""
    if isinstance(error, LedgerError) and error.reason != "full":
        return False
    # The run notes on an error that it comes from beyond the opening of the ledger.
    return ledger.is_file() if isinstance(error, asyncio.CancelledError) else bool(getattr(error, "__notes__", ()))


def _shown(now: BulkProgress) -> Progress:
    """A run's progress as commands show it."""
    parts = [f"{now.jobs_in_flight} jobs"]
    if now.used is not None and now.budget is not None:
        parts.append(f"{now.used:,} of {now.budget:,} requests a minute")
    if now.bound is not None:
        parts.append(f"waits for {now.bound}")
    return Progress(
        done=now.done, total=now.total, rate=now.rate or None, failures=now.failed, note=", ".join(parts)
    )


# -- the end ----------------------------------------------------------------------------------------------------------


def _written(report: BulkReport, prefix: Path | None, *, over: bool) -> dict[str, Path | None]:
    """Write the files of a run; where they are."""
    beside = prefix or report.path.with_suffix(".report")
    failed = _failed_rows(report) if over else None
    return {
        "ledger": report.path,
        "report": report.write_html(Path(f"{beside}.html"), failed=failed),
        "data": report.write_json(Path(f"{beside}.json")),
        "failed": failed,
    }


def _failed_rows(report: BulkReport) -> Path | None:
    if not report.failed:
        return None
    if report.failed_path.exists():
        anew = command("report", report.path, "--failed", report.failed_path)
        _say(f"{report.failed_path} was there before and is left as it is; to write it anew: {anew}")
        return None
    return report.write_failed()


def _show(report: BulkReport, files: dict[str, Path | None], *, simulated: bool) -> None:
    output.write(report.text(steps=False))
    found = [(NAMES[name], str(path)) for name, path in files.items() if path is not None]
    if found:
        output.write(f"\n{columns(found)}")
    steps = report.next_steps(failed=files.get("failed"))
    if steps and simulated:
        output.write("\nThe simulated account is gone. After a run in a real one, this could be done next:")
    for step in steps:
        output.write(f"\n{step}")


def _say(text: str) -> None:
    output.write(one_line(text), sys.stderr)
