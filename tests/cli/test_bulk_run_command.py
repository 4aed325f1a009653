"""`zdasync bulk check` and `bulk run`: what they need, what they show, the files they leave, how they end."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from zdasync import AuthenticationError, BadArgument, LedgerError
from zdasync.bulk.ledger import Ledger
from zdasync.bulk.report import BulkReport
from zdasync.cli import main
from zdasync.cli.app import build
from zdasync.cli.bulk import Reading, run
from zdasync.cli.bulk_run import Manner
from zdasync.cli.options import Options
from zdasync.simulator import Account, Fault

DECLARATION = 'operation = "users.create_or_update"\n[columns]\ntier = "user_fields.tier"\n'
HEAD = "external_id,name,email,tier\n"


def row(number: int, address: str = "@example.org") -> str:
    return f"c-{number},Customer {number},customer-{number}{address},gold\n"


@pytest.fixture
def customers(tmp_path) -> Path:
    """Three good rows, and the declaration beside."""
    return customers_file(tmp_path / "customers.csv", 3)


def customers_file(path: Path, count: int, *, broken: int = 0) -> Path:
    rows = [row(number) for number in range(count)] + [row(count + number, "@") for number in range(broken)]
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    path.with_suffix(".toml").write_text(DECLARATION, encoding="utf-8")
    return path


@pytest.fixture
def temporary(tmp_path, monkeypatch) -> Path:
    """Where temporary directories are made."""
    path = tmp_path / "temporary"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    return path


@asynccontextmanager
async def served(account_at, **more):
    account = Account(plan="enterprise", **more)
    async with account.serve() as url:
        account_at(url)
        yield account


def created(account: Account) -> list[str]:
    """The external ids of all profiles, so that one that was created twice shows."""
    return sorted(user.external_id for user in account.state.users.values() if user.external_id)


# -- check ------------------------------------------------------------------------------------------------------------


def test_check_needs_no_account_and_sends_nothing(customers, account_at, capsys) -> None:
    account_at()
    assert main(["bulk", "check", str(customers)]) == 0
    out, err = capsys.readouterr()
    assert "customers.csv: 3 rows for users.create_or_update: 3 to send, 0 refused." in out
    assert err == ""
    assert sorted(path.name for path in customers.parent.glob("customers.*")) == ["customers.csv", "customers.toml"]


def test_check_says_what_would_be_refused(tmp_path, account_at, capsys) -> None:
    account_at()
    file = customers_file(tmp_path / "customers.csv", 2, broken=1)
    assert main(["bulk", "check", str(file), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["rows"], said["refused"], said["problems"]) == (3, 1, {"InvalidFormat": 1})
    file.write_text(HEAD + "c-\x1b[31m1,Ann,a\x1b[31m@,gold\n", encoding="utf-8")
    assert main(["bulk", "check", str(file)]) == 1
    assert "\x1b" not in capsys.readouterr().out


def test_check_takes_what_a_run_takes(tmp_path, capsys) -> None:
    file = tmp_path / "rows.txt"
    file.write_bytes("id;name\n1;Zo\u00eb\n1;Zo\u00eb\n".encode("cp1252"))
    given = ["--format", "csv", "--delimiter", ";", "--encoding", "cp1252", "--duplicates", "refuse", "--json"]
    assert main(["bulk", "check", str(file), "--operation", "users.update", *given]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["rows"], said["problems"]) == (2, {"DuplicateRow": 1})


@pytest.mark.parametrize("verb", ["check", "run"])
@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        (["rows.csv"], 2, "--operation"),
        (["rows.csv"], 2, "organizations.create"),
        (["rows.csv", "--operation", "users.invent"], 2, "users.invent"),
        (["rows.csv", "--columns", "nothing.toml"], 6, "nothing.toml"),
        (["customers.csv", "--operation", "users.create"], 2, "users.create_or_update"),
        (["nothing.csv"], 6, "nothing.csv"),
        (["nothing.csv", "--operation", "users.create"], 6, "nothing.csv"),
    ],
)
def test_what_can_not_be_right_is_one_line(
    verb, more, status, said, customers, temporary, monkeypatch, line
) -> None:
    monkeypatch.chdir(customers.parent)
    Path("rows.csv").write_text("name\nAnn\n", encoding="utf-8")
    assert main(["bulk", verb, *more, "--simulate"]) == status
    assert said in line(f"bulk {verb}")
    assert list(temporary.iterdir()) == []


# -- run --------------------------------------------------------------------------------------------------------------


def test_a_simulated_run_leaves_nothing_beside_the_file(tmp_path, temporary, capsys) -> None:
    file = customers_file(tmp_path / "customers.csv", 250, broken=2)
    assert main(["bulk", "run", str(file), "--simulate"]) == 1
    out, err = capsys.readouterr()
    folder = next(temporary.iterdir())
    assert "Finished: 252 rows, 2 failed." in out
    assert "The simulated account is gone" in out
    for name in ("customers.ledger", "customers.report.html", "customers.report.json", "customers.failed.csv"):
        assert f" {folder / name}\n" in out
        assert (folder / name).stat().st_size
    assert len((folder / "customers.failed.csv").read_text(encoding="utf-8").splitlines()) == 3
    assert "252 of 252 (100%) rows" in err
    assert "2 failed, 0 jobs" in err
    assert "of 700 requests a minute" in err
    assert "of its time passed" in err
    assert sorted(path.name for path in file.parent.glob("customers.*")) == ["customers.csv", "customers.toml"]


@pytest.mark.parametrize(("allowed", "status"), [(1, 1), (2, 0)])
def test_so_many_rows_may_fail(allowed, status, tmp_path, temporary, capsys) -> None:
    file = customers_file(tmp_path / "customers.csv", 1, broken=2)
    assert main(["bulk", "run", str(file), "--simulate", "--quiet", "--allow-failures", str(allowed)]) == status
    assert "rows," not in capsys.readouterr().err


def test_json_is_one_document(customers, temporary, capsys) -> None:
    assert main(["bulk", "run", str(customers), "--simulate", "--json"]) == 0
    out, err = capsys.readouterr()
    said = json.loads(out)
    assert err == ""
    assert (said["ok"], said["counts"]["created"]) == (True, 3)
    assert said["files"]["failed"] is None
    assert Path(said["files"]["report"]).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert json.loads(Path(said["files"]["data"]).read_text(encoding="utf-8"))["samples"]["rows"][-1] == 3


def test_where_the_ledger_and_the_report_go(customers, temporary, tmp_path, capsys) -> None:
    ledger = tmp_path / "kept.ledger"
    more = ["--ledger", str(ledger), "--report", str(tmp_path / "told.of")]
    assert main(["bulk", "run", str(customers), "--simulate", "--quiet", *more]) == 0
    assert BulkReport.read(ledger).ok
    assert (tmp_path / "told.of.html").exists()
    assert (tmp_path / "told.of.json").exists()
    assert list(temporary.iterdir()) == []
    # Another simulated account is another account, and a ledger is never written over.
    assert main(["bulk", "run", str(customers), "--simulate", "--quiet", *more]) == 6
    assert "another account" in capsys.readouterr().err
    assert BulkReport.read(ledger).ok


def test_a_report_that_could_not_be_written_is_refused_before_the_work(customers, tmp_path, line) -> None:
    assert main(["bulk", "run", str(customers), "--simulate", "--report", str(tmp_path / "no" / "report")]) == 2
    assert "there is no directory" in line("bulk run")


def test_only_imported_tickets_are_archived(customers, line) -> None:
    assert main(["bulk", "run", str(customers), "--archive-immediately", "--simulate"]) == 2
    assert "tickets.import_" in line("bulk run")


async def test_what_a_run_is_told_is_done(tmp_path, account_at, capsys) -> None:
    file = tmp_path / "tickets.tsv"
    file.write_text("external_id\tsubject\tbody\n" + "".join(f"t-{n}\tT\tText\n" for n in range(101)), encoding="utf-8")
    columns = tmp_path / "where.toml"
    columns.write_text('operation = "tickets.import_"\n[columns]\nbody = "description"\n', encoding="utf-8")
    async with served(account_at) as account:
        manner = Manner(slots=1, quiet=True)
        assert await run(file, archive_immediately=True, reading=Reading(columns=columns), manner=manner) == 0
        sent = [one for one in account.log if one.path.endswith("/imports/tickets/create_many")]
        assert [one.query for one in sent] == ["archive_immediately=true"] * 2
        assert max(sample.jobs for sample in BulkReport.read(tmp_path / "tickets.ledger").samples) == 1


async def test_unchanged_rows_are_not_sent(customers, account_at, capsys) -> None:
    async with served(account_at) as account:
        assert await run(customers, ledger=customers.with_name("1.ledger")) == 0
        manner = Manner(skip_unchanged=True)
        assert await run(customers, ledger=customers.with_name("2.ledger"), manner=manner) == 0
        assert "unchanged" in capsys.readouterr().out
        assert sum(one.path.endswith("create_or_update_many") for one in account.log) == 1


async def test_failed_rows_are_mended_where_they_are_and_run(tmp_path, account_at, capsys) -> None:
    file = customers_file(tmp_path / "customers.csv", 1, broken=1)
    async with served(account_at) as account:
        assert await run(file) == 1
        failed = tmp_path / "customers.failed.csv"
        assert f"Mend the failed rows in {failed}, and run that file." in capsys.readouterr().out
        mended = failed.read_text(encoding="utf-8").replace("customer-1@,", "customer-1@example.org,")
        failed.write_text(mended, encoding="utf-8")
        # The same command once more does nothing more, and takes no work from anybody.
        assert await run(file) == 1
        assert f"{failed} was there before and is left as it is" in capsys.readouterr().err
        assert failed.read_text(encoding="utf-8") == mended
        assert await run(failed) == 0
        assert created(account) == ["c-0", "c-1"]


def commands(ledger: Path) -> list[list[str]]:
    """What the report of a ledger names, word by word."""
    steps = BulkReport.read(ledger).next_steps()
    return [shlex.split(step.command) for step in steps if step.command is not None]


async def test_every_next_step_is_a_command_that_there_is(tmp_path, account_at, capsys) -> None:
    file = customers_file(tmp_path / "customers.csv", 101, broken=1)
    async with served(account_at):
        asyncio.get_running_loop().call_later(1.0, os.kill, os.getpid(), signal.SIGINT)
        assert await run(file, manner=Manner(slots=1)) == 130
        first = commands(tmp_path / "customers.ledger")
        assert not (tmp_path / "customers.failed.csv").exists()
        assert await run(file) == 1
    assert [words[2] for words in first] == ["resume", "report", "undo"]
    then = commands(tmp_path / "customers.ledger")
    assert [words[2] for words in then] == ["report", "resume", "undo"]
    for program, *words in first + then:
        assert program == "zdasync"
        assert callable(build().parse_args(words, print_error=False, exit_on_error=False)[0])


# -- how it ends ------------------------------------------------------------------------------------------------------


async def test_the_first_ctrl_c_finishes_what_is_in_flight(tmp_path, account_at, capsys) -> None:
    file = customers_file(tmp_path / "cust omers.csv", 300)
    ledger = tmp_path / "cust omers.ledger"
    async with served(account_at) as account:
        asyncio.get_running_loop().call_later(1.0, os.kill, os.getpid(), signal.SIGINT)
        assert await run(file, manner=Manner(slots=1)) == 130
        report = BulkReport.read(ledger)
        assert report.ending == "interrupted"
        assert report.counts["created"] == 100 == len(created(account))
        out, err = capsys.readouterr()
        assert "stopping" in err
        assert f"interrupted: what was done is in {ledger}; to go on: zdasync bulk resume '{ledger}'\n" in err
        assert "Not finished" in out
        assert ledger.with_suffix(".report.html").exists()
        assert await run(file) == 0
        assert len(created(account)) == 300 == len(set(created(account)))


async def test_the_second_one_stops_at_once_and_says_how_to_go_on(customers, account_at, capsys) -> None:
    async with served(account_at, latency=5.0):
        for after in (6.0, 6.5):
            asyncio.get_running_loop().call_later(after, os.kill, os.getpid(), signal.SIGINT)
        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(run(customers))
    assert f"to go on: zdasync bulk resume {customers.with_suffix('.ledger')}\n" in capsys.readouterr().err


async def test_where_all_was_in_flight_nothing_is_left_to_do(customers, account_at, capsys) -> None:
    async with served(account_at):
        asyncio.get_running_loop().call_later(0.3, os.kill, os.getpid(), signal.SIGINT)
        assert await run(customers) == 0
    err = capsys.readouterr().err
    assert "stopping" in err
    assert "interrupted" not in err


async def test_a_simulated_run_that_was_stopped_at_once_can_not_go_on(customers, temporary, capsys) -> None:
    for after in (0.6, 0.7):
        asyncio.get_running_loop().call_later(after, os.kill, os.getpid(), signal.SIGINT)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(run(customers, options=Options(simulate=True)))
    assert (next(temporary.iterdir()) / "customers.ledger").exists()
    err = capsys.readouterr().err
    assert "stopping" in err
    assert "to go on" not in err


@pytest.mark.parametrize(("reason", "said"), [("full", True), ("mismatch", False)])
async def test_a_full_disk_can_be_mended_and_another_ledger_can_not(
    reason, said, customers, account_at, monkeypatch, capsys
) -> None:
    async def submitted(ledger: Ledger, *_: object) -> None:
        raise LedgerError("no", path=str(ledger.path), reason=reason)

    monkeypatch.setattr(Ledger, "submitted", submitted)
    async with served(account_at):
        with pytest.raises(LedgerError):
            await run(customers)
    assert ("to go on: zdasync bulk resume" in capsys.readouterr().err) == said


async def test_a_simulated_run_that_is_interrupted_can_not_go_on(tmp_path, temporary, capsys) -> None:
    file = customers_file(tmp_path / "customers.csv", 300)
    asyncio.get_running_loop().call_later(1.0, os.kill, os.getpid(), signal.SIGINT)
    assert await run(file, manner=Manner(slots=1), options=Options(simulate=True, json=True)) == 130
    out, err = capsys.readouterr()
    assert json.loads(out)["ending"] == "interrupted"
    assert err.endswith("\ninterrupted\n")


@pytest.mark.parametrize("begun", [True, False])
async def test_an_error_on_the_way_says_how_to_go_on(begun, customers, account_at, capsys) -> None:
    route = "GET /api/v2/job_statuses/show_many" if begun else "GET /api/v2/users/me"
    async with served(account_at, faults=[Fault(route, "error", status=401)]):
        with pytest.raises(AuthenticationError):
            await run(customers)
    err = capsys.readouterr().err
    assert ("to go on: zdasync bulk resume " in err) == begun


async def test_a_ledger_of_another_account_or_file_is_refused(customers, account_at, capsys) -> None:
    for changed in (False, True):
        async with served(account_at):
            if not changed:
                assert await run(customers) == 0
                customers.write_text(HEAD + row(7), encoding="utf-8")
            with pytest.raises(LedgerError, match="another account" if changed else "other content"):
                await run(customers)
    assert "to go on" not in capsys.readouterr().err


async def test_a_declaration_beside_the_file_counts_unless_another_is_named(customers, tmp_path, account_at) -> None:
    other = tmp_path / "other.toml"
    other.write_text('operation = "users.create"\n[columns]\ntier = ""\n', encoding="utf-8")
    async with served(account_at) as account:
        assert await run(customers, reading=Reading(columns=other)) == 0
        assert [one.path for one in account.log if one.method == "POST"] == ["/api/v2/users/create_many"]
    other.write_text('operation = "users.create"\n[columns]\ntier = "invented"\n', encoding="utf-8")
    async with served(account_at):
        with pytest.raises(BadArgument, match="invented"):
            await run(customers, reading=Reading(columns=other))
