"""`zdasync bulk undo`: delete what a run created, once somebody has said how many records that is."""

from __future__ import annotations

import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from ..errors import BadArgument
from . import output
from .bulk_run import Manner, Task, carry_out, command
from .options import DEFAULT, Flag, Options, told
from .text import one_line

if TYPE_CHECKING:
    from ..bulk.report import BulkReport
    from ..bulk.undo import UndoPlan
    from ..bulk.work import RunOptions
    from ..client import Zendesk

SUFFIX: Final = ".undo"
"""The deletion has a ledger of its own, which is named after that of the run."""


def undo(
    ledger: Path, /, *,
    confirm: Annotated[int | None, told("How many records that is; else it is asked for.")] = None,
    quiet: Annotated[Flag, told("Show no progress.")] = False,
    options: Options = DEFAULT,
) -> Coroutine[Any, Any, int]:
    """Delete the records that the run of a ledger created, for runs that were a test.

    What it updated stays as it is. The deletion has a ledger of its own, LEDGER.undo; the same command goes on with it.
    """
    if options.simulate:
        raise BadArgument("a simulated account is gone when its command ends: there is nothing to undo in it")
    from ..bulk.report import BulkReport  # noqa: PLC0415 - for this command
    from ..bulk.undo import undo_plan  # noqa: PLC0415 - likewise

    before = BulkReport.read(ledger)
    plan = undo_plan(before)
    _warn(plan)
    if confirm is None:
        confirm = _asked(before, plan)
    if confirm != plan.count:
        raise BadArgument(
            f"nothing was deleted: {ledger} created {plan.count:,} records, which --confirm {plan.count} deletes"
        )

    async def work(zd: Zendesk, more: RunOptions) -> BulkReport:
        return await zd.bulk.undo(
            ledger, confirm=plan.count, on_progress=more.get("on_progress"), stop=more.get("stop")
        )

    again = command("undo", ledger, "--confirm", str(plan.count))
    task = Task(work=work, ledger=ledger.with_name(f"{ledger.name}{SUFFIX}"), go_on=again, files=False)
    return carry_out(task, Manner(quiet=quiet), options)


def _warn(plan: UndoPlan) -> None:
    """Say what the deletion leaves."""
    if plan.nameless:
        _say(f"{plan.nameless:,} records stay that it created: their ids are not known")
    if plan.unsure is None:
        _say("the run is not over: what it creates from now on stays")
    elif plan.unsure:
        _say(f"of {plan.unsure:,} rows nobody knows the outcome, or they have none yet: what they created stays")


def _asked(before: BulkReport, plan: UndoPlan) -> int | None:
    """The number that somebody types. Raises `BadArgument` when nobody is there."""
    records = plan.operation.partition(".")[0].replace("_", " ")
    what = f"delete {plan.count:,} {records} that {before.path} created in {before.account}"
    if not sys.stdin.isatty():
        raise BadArgument(f"--confirm {plan.count} is what it takes to {what}")
    sys.stderr.write(f"{one_line(what)}? Type their number to do so: ")
    sys.stderr.flush()
    typed = sys.stdin.readline().strip().replace(",", "")
    return int(typed) if typed.isdecimal() else None


def _say(text: str) -> None:
    output.write(one_line(text), sys.stderr)
