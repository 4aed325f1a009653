"""`zdasync bulk`: files of rows into an account, with a ledger from which any run goes on.

The model: a run is described once, by its file, the operation and the declaration of its columns; its ledger keeps all
that, and every later command names the ledger alone. `check`, `status` and `report` need no account.
"""

from __future__ import annotations

import tempfile
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, cast

import attrs
from cyclopts import App, Parameter

from ..bulk.columns import declaration_beside, read_declaration
from ..bulk.operations import OPERATIONS, Operation, operation
from ..bulk.plan import Duplicates
from ..errors import BadArgument, SourceError
from . import bulk_look, bulk_undo, output
from .bulk_run import DEFAULT_MANNER, Manner, Task, carry_out, checked_prefix, command
from .options import DEFAULT, Flag, Options, told
from .status import Status
from .text import printable

if TYPE_CHECKING:
    from ..bulk.report import BulkReport
    from ..bulk.work import ImportOptions, RunOptions
    from ..client import Zendesk

Running = Coroutine[Any, Any, int]

app: Final = App(name="bulk")
for _command in (bulk_look.status, bulk_look.report, bulk_undo.undo):
    app.command(_command)

UTF_8: Final = "utf-8"
FAILED: Final = ".failed"
"""What the file of the failed rows has at the end of its stem: `customers.failed.csv`."""


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class Reading:
    """How a file is read."""

    columns: Path | None = None
    """The TOML file that declares where columns go; else the one beside FILE, as customers.toml, if there is one."""
    duplicates: Duplicates | None = None
    """What becomes of rows about one record: merge (updates), refuse (what is created), or send them all, in order."""
    format: Literal["csv", "jsonl", "parquet"] | None = None
    """The format of FILE, where its suffix doesn't tell."""
    delimiter: str | None = None
    """What stands between the cells of a CSV file, where it is no comma."""
    encoding: str = UTF_8
    """The encoding of a CSV file."""

    def declared(self, file: Path) -> Path | None:
        """The declaration for a file."""
        return self.columns or _beside(file)

    def of(self, file: Path) -> RunOptions:
        """The same for the library."""
        return {**attrs.asdict(self), "columns": self.declared(file)}  # type: ignore[typeddict-item]


DEFAULT_READING: Final = Reading()
Name = Annotated[str | None, Parameter(
    name="--operation",
    help=f"What to do with the rows, where the declaration doesn't say: {', '.join(OPERATIONS)}.",
)]


@app.command
async def check(
    file: Path, /, *, name: Name = None, reading: Reading = DEFAULT_READING, options: Options = DEFAULT
) -> int:
    """Read every row and say what a run would do and refuse; nothing is sent, and no account is needed.

    The exit status is 1 when rows would be refused.
    """
    from ..bulk.check import check as check_rows  # noqa: PLC0415 - for this command
    from ..bulk.work import DUPLICATES, opened  # noqa: PLC0415 - likewise

    found = _operation(name, file, reading)
    rows, columns = await opened(found, file, reading.of(file))
    report = await check_rows(rows, found, columns, duplicates=reading.duplicates or DUPLICATES[found.kind])
    if options.json:
        output.document(report.to_dict(), machine=True)
    else:
        output.write("\n".join(printable(line) for line in str(report).split("\n")))
    return Status.FAILURES if report.refused else Status.DONE


@app.command
def run(
    file: Path, /, *,
    name: Name = None,
    ledger: Annotated[Path | None, told("The ledger of the run; else beside FILE, as customers.ledger.")] = None,
    archive_immediately: Annotated[Flag, told("Of imported tickets: closed ones go into the archive.")] = False,
    reading: Reading = DEFAULT_READING,
    manner: Manner = DEFAULT_MANNER,
    options: Options = DEFAULT,
) -> Running:
    """Write every row of FILE (CSV, JSON lines, Parquet) into the account; the same command goes on where it stopped.

    Ctrl-C finishes what is in flight and names the command to go on with. Reports stand beside the ledger, and so do
    the failed rows, to be mended and run in turn. With --simulate the ledger is in a temporary directory.
    """
    found = _operation(name, file, reading)
    if archive_immediately and "archive_immediately" not in found.query:
        raise BadArgument(f"--archive-immediately goes with tickets.import_, not with {found.name}")
    checked_prefix(manner.report)
    given: dict[str, Any] = {**reading.of(file)}
    if archive_immediately:
        given["archive_immediately"] = True
    if manner.skip_unchanged:
        given["skip_unchanged"] = True
    return _run(found, file, ledger, given, manner, options)


@app.command
def resume(
    ledger: Path, /, *,
    retry_failed: Annotated[Flag, told("Of a run that is over: send the rows that were refused once more.")] = False,
    source: Annotated[Path | None, told("The file of rows, where it was moved since.")] = None,
    manner: Manner = DEFAULT_MANNER,
    options: Options = DEFAULT,
) -> Running:
    """Go on with a run by its ledger: with its file, its columns and all else that the run was told.

    Only --slots is not kept in the ledger, and has to be given again.
    """
    if options.simulate:
        raise BadArgument("a simulated account is gone when its command ends: there is nothing to go on with")
    from ..bulk.work import read_meta  # noqa: PLC0415 - for this command

    checked_prefix(manner.report)
    meta = read_meta(ledger)
    if retry_failed:
        return carry_out(_retry(ledger), manner, options)
    file = _source(ledger, meta, source)

    async def work(zd: Zendesk, more: RunOptions) -> BulkReport:
        return await zd.bulk.resume(ledger, source=file, **cast("Any", more))

    return carry_out(Task(work=work, ledger=ledger, go_on=_go_on(ledger, source=source)), manner, options)


# -- what is to be done -----------------------------------------------------------------------------------------------


def _operation(name: str | None, file: Path, reading: Reading) -> Operation:
    """What to do with the rows: as somebody says, else as the declaration does."""
    declared = reading.declared(file)
    if name is None and declared is not None:
        said = read_declaration(declared).get("operation")
        name = said if isinstance(said, str) else None
    if name is None and declared is None and not file.exists():
        raise SourceError(f"{file} is not there", path=str(file))
    if name is None:
        where = declared or file.with_suffix(".toml")
        raise BadArgument(
            f'nothing says what to do with the rows: name it with --operation, or in {where} as operation = "..."; '
            f"there are {', '.join(OPERATIONS)}"
        )
    return operation(name)


def _beside(file: Path) -> Path | None:
    """The declaration beside a file; that of `customers.failed.csv` may be `customers.toml`."""
    found = declaration_beside(file)
    if found is None and file.stem.endswith(FAILED):
        return declaration_beside(file.with_name(f"{file.stem.removesuffix(FAILED)}{file.suffix}"))
    return found


async def _run(
    found: Operation, file: Path, ledger: Path | None, given: Mapping[str, Any], manner: Manner, options: Options
) -> int:
    with _ledger(file, ledger, simulated=options.simulate) as path:

        async def work(zd: Zendesk, more: RunOptions) -> BulkReport:
            return await zd.bulk.run(found.name, file, **cast("ImportOptions", {**given, **more, "ledger": path}))

        return await carry_out(Task(work=work, ledger=path, go_on=_go_on(path)), manner, options)


@contextmanager
def _ledger(file: Path, given: Path | None, *, simulated: bool) -> Iterator[Path]:
    """Where the ledger is. That of a simulated account is of no use to any other, and stands in nobody's way."""
    if given is not None or not simulated:
        yield given or file.with_suffix(".ledger")
        return
    folder = Path(tempfile.mkdtemp(prefix="zdasync-"))
    try:
        yield folder / f"{file.stem}.ledger"
    finally:
        with suppress(OSError):
            folder.rmdir()  # nothing was written


def _go_on(ledger: Path, *, source: Path | None = None) -> str:
    """The command that goes on with a run."""
    return command("resume", ledger, *(() if source is None else ("--source", source)))


# -- what a ledger knows ----------------------------------------------------------------------------------------------


def _source(ledger: Path, meta: Mapping[str, str | None], given: Path | None) -> Path:
    """The file of a run."""
    if meta.get("format") == "rows":
        undoes = ledger.suffix == bulk_undo.SUFFIX
        again = command("undo", ledger.with_suffix("")) if undoes else "the same call of the program that had them"
        raise BadArgument(f"the rows of {ledger} came from no file: what goes on with them is {again}")
    file = given or Path(meta.get("path") or meta.get("source") or "")
    if not file.is_file():
        gone = "is no file" if given is not None else "is not there any more: name the file with --source"
        raise SourceError(f"{file} {gone}", path=str(file))
    return file


def _retry(ledger: Path) -> Task:
    """The refused rows of a run once more."""
    from ..bulk.report import BulkReport  # noqa: PLC0415 - for this command
    from ..bulk.work import retry  # noqa: PLC0415 - likewise

    before = BulkReport.read(ledger)
    if before.pending != 0:
        raise BadArgument(f"the run of {ledger} is not over: {command('resume', ledger)} goes on with it first")

    async def work(zd: Zendesk, more: RunOptions) -> BulkReport:
        return await retry(zd, before, more)

    return Task(
        work=work, ledger=ledger, go_on=command("resume", ledger, "--retry-failed"),
        over=lambda report: not report.counts["refused"],
    )
