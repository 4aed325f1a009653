"""`zdasync jobs`: the account's background jobs, and some of them until they end."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import attrs
from cyclopts import App

from ..errors import BadArgument, JobLost
from ..jobs import Job
from ..records.jobs import JobStatus
from . import output
from .account import opened
from .options import DEFAULT, Options
from .status import Status, complain, explain
from .text import shown

if TYPE_CHECKING:
    from rich.console import RenderableType

app: Final = App(name="jobs")

COLUMNS: Final = ("id", "job_type", "status", "progress", "total", "message")
FAILED: Final = "failed_rows"
"""A column of its own: how many rows of an ended job failed."""


@app.command(name="list")
async def list_(*, options: Options = DEFAULT) -> int:
    """List the account's latest jobs."""
    async with opened(options) as account:
        with output.rows(COLUMNS, machine=options.json) as write:
            async for status in account.zd.job_statuses.list():
                write(_row(status))
    return Status.DONE


@app.command
async def watch(*ids: str, options: Options = DEFAULT) -> int:
    """Watch jobs until all have ended; the exit status is 1 when one of them, or a row of one, has failed."""
    if not ids:
        raise BadArgument("name the jobs by their ids: zdasync jobs list")
    async with opened(options) as account:
        jobs = [account.zd.job_statuses.wait(one) for one in dict.fromkeys(ids)]
        with _screen(jobs, machine=options.json) as show:
            try:
                async with asyncio.TaskGroup() as group:
                    ends = [group.create_task(_followed(job, show)) for job in jobs]
            except ExceptionGroup as errors:
                raise errors.exceptions[0] from None  # one poll asks for all jobs, and fails for all
    return Status.DONE if all(end.result() for end in ends) else Status.FAILURES


async def _followed(job: Job, show: Callable[[JobStatus], None]) -> bool:
    """Show every state of a job to its end; did all of it succeed?"""
    try:
        async for status in job:
            show(status)
    except JobLost as error:
        complain("jobs watch", explain(error))
        return False
    return job.status.status == "completed" and not _failed(job.status)


def _failed(status: JobStatus) -> int:
    return sum(not row.ok for row in status.rows)


def _row(status: JobStatus) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(status, name) for name in COLUMNS}
    return row if status.results is None else {**row, FAILED: _failed(status)}


@attrs.define
class _Table:
    """The last state of every job, drawn in one place."""

    jobs: Sequence[Job]

    def drawn(self) -> RenderableType:
        """The table as it stands."""
        from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - dear to import
        from rich.table import Table  # noqa: PLC0415 - dear to import
        from rich.text import Text  # noqa: PLC0415 - dear to import

        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for name in ("id", "status", "done", "failed", "message"):
            table.add_column(name, overflow="fold", no_wrap=name == "id")
        for job in self.jobs:
            row = _row(job.status)
            style = "red" if row.get(FAILED) or job.status.status in ("failed", "killed") else ""
            done = "" if row["total"] is None else f"{row['progress'] or 0}/{row['total']}"
            cells = (shown(row["id"]), shown(row["status"]), done, shown(row.get(FAILED)), shown(row["message"]))
            table.add_row(*(Text(cell, style=style) for cell in cells))
        return table


@contextmanager
def _screen(jobs: Sequence[Job], *, machine: bool) -> Iterator[Callable[[JobStatus], None]]:
    """What shows a job's new state: a table in a terminal, elsewhere a line, an object for machines."""
    if machine:
        yield lambda status: output.write(output.as_json(_row(status)))
    elif output.is_terminal(sys.stdout):
        from rich.live import Live  # noqa: PLC0415 - dear to import

        table = _Table(jobs)
        with Live(console=output.console(), auto_refresh=False) as screen:
            yield lambda _: screen.update(table.drawn(), refresh=True)
    else:
        yield lambda status: output.write(_line(status))


def _line(status: JobStatus) -> str:
    row = _row(status)
    parts = [shown(row["id"]), shown(row["status"])]
    if row["total"] is not None:
        parts.append(f"{row['progress'] or 0} of {row['total']}")
    if row.get(FAILED):
        parts.append(f"{row[FAILED]} rows failed")
    return "  ".join([*parts, shown(row["message"])]).rstrip()
