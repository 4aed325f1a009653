"""`zdasync bulk resume`, `status`, `report` and `undo`: all that is done by a ledger."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import sys
from pathlib import Path

import pytest
from support import ADMIN

from zdasync import BadArgument, LedgerError, SourceError, Zendesk
from zdasync.bulk.report import BulkReport
from zdasync.cli import main, output
from zdasync.cli.bulk import Reading, resume, run
from zdasync.cli.bulk_look import status
from zdasync.cli.bulk_run import Manner
from zdasync.cli.bulk_undo import undo
from zdasync.cli.options import Options
from zdasync.simulator import Account

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SLOW = Manner(slots=1, quiet=True)
JSON = Options(json=True)


def write(path: Path, count: int, *, taken: int = 0) -> Path:
    """So many customers that can be created, and more that have one address."""
    rows = [f"c-{number},Customer {number},customer-{number}@example.org" for number in range(count)]
    rows += [f"t-{number},Taken {number},agent@example.com" for number in range(taken)]
    path.write_text("external_id,name,email\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


@contextlib.asynccontextmanager
async def served(account_at, **more):
    account = Account(plan="enterprise", **more)
    async with account.serve() as url:
        account_at(url)
        yield account


def interrupt_at(seconds: float) -> None:
    asyncio.get_running_loop().call_later(seconds, os.kill, os.getpid(), signal.SIGINT)


def created(account: Account) -> list[str]:
    """The external ids of all profiles that are active, so that one that was created twice shows."""
    return sorted(user.external_id for user in account.state.users.values() if user.external_id and user.active)


async def begun(tmp_path: Path) -> tuple[Path, Path]:
    """A run of 300 rows that was interrupted after a third of them: its file and its ledger."""
    file = write(tmp_path / "customers.csv", 300)
    interrupt_at(1.0)
    assert await run(file, name="users.create", manner=SLOW) == 130
    return file, tmp_path / "customers.ledger"


class Typed(io.StringIO):
    """A terminal at which somebody types."""

    def isatty(self) -> bool:
        return True


# -- resume -----------------------------------------------------------------------------------------------------------


async def test_a_run_goes_on_by_its_ledger_alone(tmp_path, account_at, monkeypatch, capsys) -> None:
    columns = tmp_path / "where.toml"
    columns.write_text('[columns]\nname = "name"\n[defaults]\ndetails = "made"\n', encoding="utf-8")
    async with served(account_at) as account:
        monkeypatch.chdir(tmp_path)
        interrupt_at(1.0)
        file = write(Path("customers.csv"), 200)
        reading = Reading(columns=columns, duplicates="send")
        assert await run(file, name="users.create", reading=reading, manner=SLOW) == 130
        columns.unlink()
        assert len(created(account)) == 100
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        assert await resume(tmp_path / "customers.ledger", options=JSON) == 0
        assert len(created(account)) == 200 == len(set(created(account)))
        assert {user.details for user in account.state.users.values() if user.external_id} == {"made"}
        assert json.loads(capsys.readouterr().out.splitlines()[-1])["ok"]


async def test_a_file_that_was_moved_is_named(tmp_path, account_at, capsys) -> None:
    async with served(account_at) as account:
        file, ledger = await begun(tmp_path)
        moved = Path(shutil.move(file, tmp_path / "moved customers.csv"))
        with pytest.raises(SourceError, match="--source"):
            await resume(ledger)
        with pytest.raises(SourceError, match=r"nowhere\.csv is no file"):
            await resume(ledger, source=Path("nowhere.csv"))
        with pytest.raises(LedgerError, match="other content"):
            await resume(ledger, source=write(tmp_path / "other.csv", 3))
        assert await resume(ledger, source=moved) == 0
        assert len(created(account)) == 300


async def test_the_line_that_says_how_to_go_on_has_all_that_it_takes(tmp_path, account_at, capsys) -> None:
    file, ledger = tmp_path / "customers.txt", tmp_path / "customers.ledger"
    rows = (f"c-{number};Zo\u00eb" for number in range(300))
    file.write_text("external_id;name\n" + "\n".join(rows) + "\n", encoding="cp1252")
    async with served(account_at) as account:
        interrupt_at(1.0)
        reading = Reading(format="csv", delimiter=";", encoding="cp1252")
        assert await run(file, name="users.create", reading=reading, manner=SLOW) == 130
        assert capsys.readouterr().err.endswith(f"to go on: zdasync bulk resume {ledger}\n")
        moved = Path(shutil.move(file, tmp_path / "moved.txt"))
        interrupt_at(0.2)
        assert await resume(ledger, source=moved, manner=SLOW) == 130
        assert f"resume {ledger} --source {moved}\n" in capsys.readouterr().err
        assert await resume(ledger, source=moved) == 0
        assert {user.name for user in account.state.users.values() if user.external_id} == {"Zo\u00eb"}


async def test_rows_of_a_program_come_from_it_alone(tmp_path, account_at) -> None:
    ledger = tmp_path / "rows.ledger"
    async with served(account_at) as account:
        async with Zendesk(base_url=account.url, auth=ADMIN) as zd:
            await zd.bulk.users.create([{"name": "Ann"}], ledger=ledger)
        with pytest.raises(BadArgument, match="came from no file"):
            await resume(ledger)


async def test_refused_rows_are_sent_once_more(tmp_path, account_at, capsys) -> None:
    file = write(tmp_path / "customers.csv", 2, taken=2)
    ledger = tmp_path / "customers.ledger"
    async with served(account_at) as account:
        assert await run(file, name="users.create", reading=Reading(duplicates="send")) == 1
        assert await resume(ledger, retry_failed=True) == 1
        agent = next(one for one in account.state.identities.values() if one.value == "agent@example.com")
        account.state.remove_identity(agent)
        (tmp_path / "customers.failed.csv").unlink()
        assert await resume(ledger, retry_failed=True) == 1  # both rows have one address, and one of them gets it
        assert created(account) == ["c-0", "c-1", "t-0"]
        assert len((tmp_path / "customers.failed.csv").read_text(encoding="utf-8").splitlines()) == 2


async def test_a_retry_does_as_the_run_was_told(tmp_path, account_at) -> None:
    file = tmp_path / "tickets.csv"
    file.write_text("external_id,subject,description,requester_id\nt-1,T,Text,99999\n", encoding="utf-8")
    async with served(account_at) as account:
        assert await run(file, name="tickets.import_", archive_immediately=True) == 1
        assert await resume(tmp_path / "tickets.ledger", retry_failed=True) == 1
        sent = [one.query for one in account.log if one.path.endswith("/imports/tickets/create_many")]
        assert sent == ["archive_immediately=true"] * 2


async def test_what_is_not_over_is_gone_on_with_first(tmp_path, account_at) -> None:
    async with served(account_at):
        _, ledger = await begun(tmp_path)
        with pytest.raises(BadArgument, match=r"zdasync bulk resume .*customers\.ledger goes on with it first"):
            await resume(ledger, retry_failed=True)


@pytest.mark.parametrize("verb", ["resume", "undo"])
@pytest.mark.parametrize(("more", "code", "said"), [([], 6, "no such file"), (["--simulate"], 2, "simulated account")])
def test_what_there_is_no_ledger_for(verb, more, code, said, tmp_path, line) -> None:
    assert main(["bulk", verb, str(tmp_path / "nothing.ledger"), *more]) == code
    assert said in line(f"bulk {verb}")


# -- status -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def finished(tmp_path) -> Path:
    """The ledger of a run of two good rows and one that failed."""
    file = write(tmp_path / "customers.csv", 2, taken=1)
    ledger = tmp_path / "customers.ledger"
    line = ["bulk", "run", str(file), "--operation", "users.create", "--ledger", str(ledger)]
    assert main([*line, "--simulate", "--quiet"]) == 1
    (tmp_path / "customers.failed.csv").unlink()
    return ledger


def test_where_a_run_stands(finished, account_at, capsys) -> None:
    account_at()
    capsys.readouterr()
    for more in ([], ["--watch"]):
        assert main(["bulk", "status", str(finished), *more]) == 0
        assert "3 of 3 rows, 1 failed, 0 jobs in flight" in capsys.readouterr().out
    assert main(["bulk", "status", str(finished), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["done"], said["failed"], said["ending"]) == (3, 1, "done")
    assert said["seen"].endswith("+00:00")


@pytest.mark.parametrize("drawn", [False, True])
async def test_a_run_is_watched_to_its_end(drawn, tmp_path, account_at, monkeypatch, capsys) -> None:
    monkeypatch.setattr(output, "is_terminal", lambda stream: drawn and stream is sys.stdout)
    file = write(tmp_path / "customers.csv", 300)
    async with served(account_at), asyncio.TaskGroup() as tasks:
        tasks.create_task(run(file, name="users.create", manner=SLOW, options=JSON))
        await asyncio.sleep(1.0)
        assert await status(tmp_path / "customers.ledger", watch=True) == 0
    out = ESCAPES.sub("", capsys.readouterr().out)
    assert re.search(r"\b[12]00 of 300 rows, 0 failed, 1 jobs in flight", out)
    assert "300 of 300 rows, 0 failed, 0 jobs in flight" in out
    assert "last sign of life" in out


async def test_watching_ends_with_ctrl_c(tmp_path, account_at, capsys) -> None:
    file = write(tmp_path / "customers.csv", 300)
    async with served(account_at):
        running = asyncio.create_task(run(file, name="users.create", manner=SLOW))
        await asyncio.sleep(1.0)
        watching = asyncio.create_task(status(tmp_path / "customers.ledger", watch=True, options=JSON))
        await asyncio.sleep(1.0)
        watching.cancel()
        assert await watching == 0
        await running
    assert json.loads(capsys.readouterr().out.splitlines()[0])["ending"] is None


# -- report -----------------------------------------------------------------------------------------------------------


def test_a_report_says_what_became_of_the_run(finished, account_at, capsys) -> None:
    account_at()
    capsys.readouterr()
    assert main(["bulk", "report", str(finished)]) == 0
    assert capsys.readouterr().out == f"{BulkReport.read(finished)}\n"
    assert main(["bulk", "report", str(finished), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["refused"] == 1


def test_a_report_lists_rows(finished, capsys) -> None:
    capsys.readouterr()
    assert main(["bulk", "report", str(finished), "--rows", "--json"]) == 0
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert [(row["position"], row["line"], row["outcome"]) for row in rows] == [
        (1, 2, "created"), (2, 3, "created"), (3, 4, "refused"),
    ]
    assert main(["bulk", "report", str(finished), "--rows", "--outcome", "refused", "--outcome", "unknown"]) == 0
    head, *rest = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["position", "line", "key", "outcome"]
    assert [row.split()[0] for row in rest] == ["3"]
    assert main(["bulk", "report", str(finished), "--outcome", "refused"]) == 2


def test_a_report_goes_to_files(finished, tmp_path, capsys) -> None:
    names = {"--failed": "f.csv", "--html": "r.html", "--data": "r.json"}
    given = [word for option, name in names.items() for word in (option, str(tmp_path / name))]
    capsys.readouterr()
    assert main(["bulk", "report", str(finished), *given]) == 0
    out = capsys.readouterr().out
    assert [line.rpartition("/")[2] for line in out.splitlines()] == ["f.csv", "r.html", "r.json"]
    assert "t-0" in (tmp_path / "f.csv").read_text(encoding="utf-8")
    assert str(tmp_path / "f.csv") in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["samples"]["at"]
    assert main(["bulk", "report", str(finished), *given, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"]["data"] == str(tmp_path / "r.json")
    assert main(["bulk", "report", str(finished), "--html", str(tmp_path / "no" / "r.html")]) == 6


def test_where_no_row_failed_there_is_no_file_of_them(tmp_path, capsys) -> None:
    file = write(tmp_path / "customers.csv", 1)
    ledger, failed = tmp_path / "1.ledger", tmp_path / "failed.csv"
    line = ["bulk", "run", str(file), "--operation", "users.create", "--ledger", str(ledger), "--simulate"]
    assert main(line) == 0
    capsys.readouterr()
    assert main(["bulk", "report", str(ledger), "--failed", str(failed)]) == 0
    assert "no row failed" in capsys.readouterr().out
    assert not failed.exists()


# -- undo -------------------------------------------------------------------------------------------------------------


async def test_what_a_run_created_is_deleted_and_nothing_else(tmp_path, account_at, capsys) -> None:
    ledger = tmp_path / "customers.ledger"
    async with served(account_at) as account:
        before = {user.id for user in account.state.users.values() if user.active}
        assert await run(write(tmp_path / "customers.csv", 150, taken=1), name="users.create") == 1
        capsys.readouterr()
        with pytest.raises(BadArgument, match="150 records, which --confirm 150 deletes"):
            await undo(ledger, confirm=149)
        assert len(created(account)) == 150
        assert await undo(ledger, confirm=150, options=JSON) == 0
        said = json.loads(capsys.readouterr().out)
        assert (said["operation"], said["counts"]["deleted"], said["files"]) == ("users.delete", 150, {})
        assert {user.id for user in account.state.users.values() if user.active} == before
    assert not (tmp_path / "customers.ledger.report.html").exists()


async def test_a_deletion_that_was_interrupted_goes_on(tmp_path, account_at, monkeypatch, capsys) -> None:
    ledger = tmp_path / "customers.ledger"
    async with served(account_at) as account:
        assert await run(write(tmp_path / "customers.csv", 250), name="users.create") == 0
        monkeypatch.setattr("zdasync.bulk.run.SLOTS", 1)
        account.occupy_jobs(29, 60.0)
        interrupt_at(0.5)
        assert await undo(ledger, confirm=250) == 130
        assert 0 < len(created(account)) < 250
        assert f"to go on: zdasync bulk undo {ledger} --confirm 250\n" in capsys.readouterr().err
        with pytest.raises(BadArgument, match=r"zdasync bulk undo .*customers\.ledger$"):
            await resume(tmp_path / "customers.ledger.undo")
        assert await undo(ledger, confirm=250) == 0
        assert created(account) == []


@pytest.mark.parametrize(("typed", "left"), [("2\n", 0), ("3\n", 2), ("yes\n", 2), ("", 2)])
async def test_somebody_types_how_many_records_that_is(
    typed, left, tmp_path, account_at, monkeypatch, capsys
) -> None:
    async with served(account_at) as account:
        assert await run(write(tmp_path / "customers.csv", 2), name="users.create") == 0
        monkeypatch.setattr(sys, "stdin", Typed(typed))
        if left:
            with pytest.raises(BadArgument, match="nothing was deleted"):
                await undo(tmp_path / "customers.ledger")
        else:
            assert await undo(tmp_path / "customers.ledger") == 0
        assert len(created(account)) == left
    err = capsys.readouterr().err
    assert f"delete 2 users that {tmp_path / 'customers.ledger'} created in {account.url}? Type their number" in err


def test_without_a_terminal_the_number_is_an_option(finished, monkeypatch, capsys, line) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("2\n"))
    capsys.readouterr()
    assert main(["bulk", "undo", str(finished)]) == 2
    assert "--confirm 2" in line("bulk undo")


async def test_nothing_is_deleted_in_another_account(tmp_path, account_at) -> None:
    async with served(account_at):
        assert await run(write(tmp_path / "customers.csv", 2), name="users.create") == 0
    async with served(account_at) as account:
        with pytest.raises(LedgerError, match="and this client is for") as raised:
            await undo(tmp_path / "customers.ledger", confirm=2)
        assert raised.value.reason == "mismatch"
        assert [one.method for one in account.log if one.method != "GET"] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM meta WHERE name = 'total'", "the run is not over: what it creates from now on stays"),
        ("UPDATE rows SET outcome = 'unknown' WHERE position = 3", "of 1 rows nobody knows the outcome"),
        ("UPDATE rows SET id = NULL WHERE position = 1", "1 records stay that it created"),
    ],
)
def test_what_a_deletion_leaves_is_said(change, said, finished, capsys) -> None:
    with contextlib.closing(sqlite3.connect(finished)) as ledger:
        ledger.execute(change)
        ledger.commit()
    assert main(["bulk", "undo", str(finished), "--confirm", "0"]) == 2
    assert said in capsys.readouterr().err
