from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from ledgers import HOSTILE, START, cells_of, change, created, make_ledger, refused, sample

from zdasync.bulk import reader
from zdasync.bulk.report import BulkReport, Failures
from zdasync.bulk.rows import OUTCOMES, RowReport
from zdasync.errors import BadArgument, LedgerError

BEGIN = datetime(2026, 1, 1, 10, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "migration.db"


def mixed():
    """Two rows of each outcome."""
    return [RowReport(number, f"key-{number}", OUTCOMES[number % 7], 1000 + number) for number in range(1, 15)]


# -- numbers ----------------------------------------------------------------------------------------------------------

def test_the_numbers_are_those_of_the_ledger(path):
    make_ledger(
        path, mixed(), total="20", samples=[sample(0, 0), sample(30, 14, requests=17)],
        submissions=[("settled", "V3-1", 1, 20), ("submitted", "V3-2", 2, None), ("submitting", None, 3, None)],
    )
    report = BulkReport.read(path)
    assert report.counts == dict.fromkeys(OUTCOMES, 2)
    assert (report.done, report.failed, report.created) == (14, 4, 2)
    assert (report.total, report.pending, report.ok) == (20, 6, False)
    assert (report.jobs, report.requests) == (2, 17)
    assert (report.seconds, report.rate) == (60.0, 14 / 60)
    assert (report.started, report.ended, report.ending) == (BEGIN, BEGIN + timedelta(seconds=60), "done")
    assert (report.operation, report.source, report.format) == ("users.create_or_update", "customers.csv", "csv")
    assert report.account == "https://example.zendesk.com"


async def test_loading_gives_the_same_as_reading(path):
    make_ledger(path, mixed(), total="14")
    assert await BulkReport.load(str(path)) == BulkReport.read(path)


@pytest.mark.parametrize(
    ("rows", "total", "ok", "headline"),
    [
        ([created(1), created(2)], "2", True, "Finished: 2 rows, none failed."),
        ([], "0", True, "Finished: 0 rows, none failed."),
        ([created(1), refused(2)], "2", False, "Finished: 2 rows, 1 failed."),
        ([created(1), RowReport(2, None, "unknown")], "2", False, "Finished: 2 rows, 1 failed."),
        ([created(1)], "3", False, "Not finished: 1 of 3 rows so far, none failed."),
        ([created(1)], None, False,
         "Not finished: 1 row so far, none failed; the source has not been read to its end."),
    ],
)
def test_ok_is_said_only_when_every_row_of_the_source_is_well(*, path, rows, total, ok, headline):
    make_ledger(path, rows, total=total)
    report = BulkReport.read(path)
    assert (report.ok, report.headline) == (ok, headline)


def test_a_ledger_whose_run_has_just_begun_has_a_report(path):
    make_ledger(path, runs=[])
    report = BulkReport.read(path)
    assert (report.done, report.pending, report.seconds, report.rate) == (0, None, 0.0, 0.0)
    assert (report.started, report.ended, report.ending, report.held) == (None, None, None, None)
    assert str(report)


@pytest.mark.parametrize(
    ("last_job", "seconds"),
    [
        (("submitted", "V3-1", 35, None), 35 + 10), (("settled", "V3-1", 1, 41), 41 + 10),
        (("settled", "V3-1", 1, 2), 30 + 10),
    ],
)
def test_a_killed_run_counts_until_its_last_sign_of_life(path, last_job, seconds):
    make_ledger(
        path, runs=[(0, None, None), (100, 110, "interrupted")], samples=[sample(0, 0), sample(30, 9), sample(104, 9)],
        submissions=[last_job],
    )
    report = BulkReport.read(path)
    assert report.seconds == seconds
    assert report.ending == "interrupted"


def test_a_run_without_an_end_has_none_in_the_report(path):
    make_ledger(path, runs=[(0, 10, "interrupted"), (100, None, None)], samples=[sample(130, 9)])
    report = BulkReport.read(path)
    assert (report.ended, report.ending, report.seconds) == (None, None, 40.0)


def test_failures_are_told_by_reason_with_their_first_row_as_an_example(path):
    make_ledger(path, [
        refused(1, code="InvalidFormat", text="one"), created(2), refused(3, text="three"), refused(4, text="four"),
        RowReport(5, None, "unknown", None, "JobLost", None, "five"), refused(6, field="name", text="six"),
    ])
    assert BulkReport.read(path).failures_by_code() == [
        ("DuplicateValue", "email", 2, "three"),
        ("InvalidFormat", "email", 1, "one"),
        ("JobLost", None, 1, "five"),
        Failures("DuplicateValue", "name", 1, "six"),
    ]


# -- rows -------------------------------------------------------------------------------------------------------------

async def test_rows_come_in_the_order_of_the_input_in_both_kinds_of_loops(path):
    make_ledger(path, [*reversed(mixed()), refused(99, line=100)])
    report = BulkReport.read(path)
    everything = [*mixed(), refused(99, line=100)]
    assert list(report.rows()) == everything
    assert [row async for row in report.rows()] == everything
    assert [row.position for row in report.rows("refused", "merged")] == [4, 5, 11, 12, 99]
    assert list(report.rows("refused"))[-1] == refused(99, line=100)


async def test_no_row_is_lost_or_doubled_between_the_looks_of_a_long_listing(path):
    count = 2 * reader.PAGE + 7
    make_ledger(path, (created(position) for position in range(1, count + 1)))
    report = BulkReport.read(path)
    assert [row.position for row in report.rows()] == list(range(1, count + 1))
    assert [row.position async for row in report.rows("created")] == list(range(1, count + 1))
    assert list(report.created_ids()) == list(range(1000 + count, 1000, -1))


def test_a_listing_that_ends_with_a_full_look_ends(path):
    make_ledger(path, (created(position) for position in range(1, reader.PAGE + 1)))
    assert len(list(BulkReport.read(path).rows())) == reader.PAGE


def test_rows_that_come_while_one_lists_are_listed(path):
    make_ledger(path, (created(position) for position in range(1, reader.PAGE + 1)))
    rows = iter(BulkReport.read(path).rows())
    next(rows)
    change(path, "INSERT INTO rows (position, outcome) VALUES (5000, 'updated')")
    assert [row.position for row in rows][-1] == 5000


async def test_the_event_loop_is_not_held_up_by_reading(path, monkeypatch):
    make_ledger(path, mixed())
    threads = set()
    look = reader.look

    def watched(where):
        threads.add(threading.get_ident())
        return look(where)

    monkeypatch.setattr(reader, "look", watched)
    monkeypatch.setattr("zdasync.bulk.report.look", watched)
    report = await BulkReport.load(path)
    assert [row async for row in report.rows()]
    assert threads
    assert threading.get_ident() not in threads


def test_an_outcome_that_there_is_not_is_refused(path):
    with pytest.raises(BadArgument, match="there is no outcome 'failed': there are created, updated"):
        BulkReport.read(make_ledger(path)).rows("failed")


def test_failed_rows_come_with_their_cells(path):
    make_ledger(
        path, [refused(1), created(2), RowReport(3, "k", "unknown"), refused(4)],
        cells={1: cells_of(email="a@b", tags=["x"]), 3: cells_of(n=None)},
    )
    assert list(BulkReport.read(path).failed_cells()) == [
        (refused(1), {"email": "a@b", "tags": ["x"]}), (RowReport(3, "k", "unknown"), {"n": None}), (refused(4), {}),
    ]


def test_cells_of_any_weight_are_read_in_bounded_looks(path, monkeypatch):
    monkeypatch.setattr(reader, "WEIGHT", 100)
    looks = []
    look = reader.look
    monkeypatch.setattr(reader, "look", lambda where: looks.append(where) or look(where))
    rows = [refused(position) for position in range(1, 10)]
    make_ledger(path, rows, cells={row.position: cells_of(text="x" * 60) for row in rows})
    assert [row.position for row, _ in BulkReport.read(path).failed_cells()] == list(range(1, 10))
    assert len(looks) == 5


def test_failed_rows_are_written_in_the_format_of_the_input(path):
    make_ledger(
        path, [refused(1, line=2), created(2), refused(3, line=4)], columns='["email", "name"]', source="customers.tsv",
        cells={1: cells_of(email="a@b", name="A\tB"), 3: cells_of(email="c@d", name="")},
    )
    file = BulkReport.read(path).write_failed()
    assert file == path.with_name("customers.failed.tsv")
    header, first, second = file.read_text(encoding="utf-8").splitlines()
    assert header.startswith("email\tname\tzdasync_line\t")
    assert first.startswith('a@b\t"A\tB"\t2\trefused\tDuplicateValue\temail\trow 1 is taken')
    assert second.startswith("c@d\t\t4\t")


@pytest.mark.parametrize("kind", ["jsonl", "rows"])
def test_failed_rows_without_columns_are_written_as_objects(path, kind):
    make_ledger(path, [refused(1)], format=kind, source="rows", columns="null", cells={1: cells_of(name="A")})
    file = BulkReport.read(path).write_failed(path.with_name("other"))
    assert file == path.with_name("other")
    assert file.read_text(encoding="utf-8").startswith('{"name":"A",')


def test_the_delimiter_of_the_input_is_kept_where_the_ledger_knows_it(path):
    make_ledger(path, [refused(1)], columns='["a", "b"]', delimiter=";", cells={1: cells_of(a="1", b="2")})
    assert BulkReport.read(path).write_failed().read_text(encoding="utf-8").startswith("a;b;zdasync_line;")


def test_where_no_row_failed_no_file_is_written(path):
    report = BulkReport.read(make_ledger(path, [created(1)]))
    assert report.write_failed() is None
    assert not report.failed_path.exists()


def test_created_ids_come_from_the_last_row_to_the_first(path):
    make_ledger(path, [created(1), RowReport(2, None, "updated", 7), created(3), created(4, None), created(5)])
    report = BulkReport.read(path)
    assert list(report.created_ids()) == [1005, 1003, 1001]
    assert list(report.created_rows()) == [{"id": 1005}, {"id": 1003}, {"id": 1001}]
    assert report.created == 3


# -- beside a run, and after a crash ----------------------------------------------------------------------------------

def test_a_report_can_be_read_while_a_run_writes_and_shows_what_is_committed(path):
    make_ledger(path, [created(1)])
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO rows (position, outcome) VALUES (2, 'created')")
        assert BulkReport.read(path).done == 1
        writer.execute("COMMIT")
        assert BulkReport.read(path).done == 2


def test_a_listing_left_early_keeps_nothing_open(path):
    make_ledger(path, (created(position) for position in range(1, 50)))
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as writer:
        writer.execute("UPDATE rows SET key = 'k'")
        rows = iter(BulkReport.read(path).rows())
        assert next(rows).key == "k"
        writer.execute("UPDATE rows SET key = 'later'")
        busy, *_ = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert busy == 0
        assert next(rows).key == "k"


def test_what_a_killed_run_had_committed_is_in_the_report(path, tmp_path):
    make_ledger(path, [created(1)])
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("INSERT INTO rows (position, outcome) VALUES (2, 'updated')")
        left = tmp_path / "left"
        left.mkdir()
        for name in ("migration.db", "migration.db-wal"):  # the index of changes died with the process
            shutil.copy(tmp_path / name, left / name)
    assert BulkReport.read(left / "migration.db").counts["updated"] == 1


def no_such_file(connect, path):
    connect(path.with_name("missing").as_uri() + "?mode=ro", uri=True)


def read_only(connect, path):
    with closing(connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        db.execute("CREATE TABLE other (id)")


@pytest.mark.parametrize("refuse", [no_such_file, read_only])
def test_a_ledger_at_rest_can_be_read_where_nothing_can_be_written(path, monkeypatch, refuse):
    make_ledger(path, [created(1)])
    connect = sqlite3.connect

    def unwritable(database, **more):
        if not database.endswith("immutable=1"):
            refuse(connect, path)
        return connect(database, **more)

    monkeypatch.setattr(sqlite3, "connect", unwritable)
    assert BulkReport.read(path).done == 1
    path.with_name("migration.db-wal").write_bytes(b"changes that could not be seen")
    assert error_of(path).reason == "damaged"


def test_reading_changes_nothing(path):
    make_ledger(path, mixed())
    before = path.read_bytes()
    report = BulkReport.read(path)
    list(report.rows())
    assert path.read_bytes() == before


def test_a_look_can_not_write(path):
    make_ledger(path, [created(1)])
    with pytest.raises(LedgerError, match="readonly"), reader.look(path) as ledger:
        ledger.execute("DELETE FROM rows")


def test_a_look_is_of_one_moment(path):
    make_ledger(path, [created(1)])
    with reader.look(path) as ledger:
        change(path, "DELETE FROM rows")
        assert ledger.execute("SELECT count(*) FROM rows").fetchone() == (1,)


def test_any_name_of_a_file_will_do(tmp_path):
    path = make_ledger(tmp_path / "a?mode=rwc#b %20 ü.db", [created(1)])
    assert BulkReport.read(path).done == 1


# -- what is no ledger ------------------------------------------------------------------------------------------------

def error_of(path) -> LedgerError:
    with pytest.raises(LedgerError) as raised:
        list(BulkReport.read(path).failed_cells())
    assert raised.value.path == str(path)
    return raised.value


def test_a_ledger_that_is_not_there_is_not_made(path, tmp_path):
    assert error_of(path).reason == "damaged"
    assert "there is no such file" in str(error_of(path))
    assert not list(tmp_path.iterdir())
    assert error_of(tmp_path).reason == "damaged"


def test_other_files_are_no_ledgers(path):
    path.write_text("id,name\n1,x\n" * 500)
    assert error_of(path).reason == "damaged"
    path.write_bytes(b"")
    assert error_of(path).reason == "damaged"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE things (id)")
    assert error_of(path).reason == "damaged"


def test_a_ledger_of_another_version_is_left_alone(path):
    assert "it is of version '2', this program reads '1'" in str(error_of(make_ledger(path, version="2")))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE rows SET outcome = 'exploded'", "UPDATE rows SET cells = '{'", "UPDATE rows SET cells = '[1]'",
        "UPDATE rows SET code = x'ff'", "DROP TABLE samples", "UPDATE runs SET started_at = 'yesterday'",
        "UPDATE runs SET ended_at = 1e300", "UPDATE samples SET rows = NULL", "UPDATE samples SET requests = -1",
        "UPDATE meta SET value = 'many' WHERE name = 'total'", "UPDATE meta SET value = '-1' WHERE name = 'total'",
        "DELETE FROM meta WHERE name = 'operation'", "UPDATE meta SET value = NULL WHERE name = 'source'",
        "INSERT INTO meta VALUES ('columns', '[1]')",
    ],
)
def test_what_no_run_writes_is_damage(path, damage):
    make_ledger(path, [refused(1)], total="1", samples=[sample(0, 0)])
    assert BulkReport.read(path).failed == 1
    change(path, damage)
    assert error_of(path).reason == "damaged"


def test_text_that_is_none_is_shown_as_far_as_it_goes(path):
    make_ledger(path, [refused(1)])
    change(path, "UPDATE rows SET text = CAST(x'66ff67' AS TEXT)")
    report = BulkReport.read(path)
    assert next(iter(report.rows())).text == "f\ufffdg"
    assert report.failures[0].example == "f\ufffdg"


def test_a_ledger_that_somebody_has_for_himself_is_locked(path, monkeypatch):
    monkeypatch.setattr(reader, "PATIENCE", 0.0)
    make_ledger(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("INSERT INTO rows (position) VALUES (1)")
        assert error_of(path).reason == "locked"


# -- for people -------------------------------------------------------------------------------------------------------

def test_the_text_tells_what_happened_and_how_to_go_on(tmp_path):
    path = make_ledger(
        tmp_path / "my ledger.db", [created(1), created(2), refused(3), RowReport(4, "k", "unknown", None, "JobLost")],
        total="5", runs=[(0, 3600, "interrupted")],
    )
    assert str(BulkReport.read(path)) == f"""\
users.create_or_update: customers.csv -> https://example.zendesk.com
Not finished: 4 of 5 rows so far, 2 failed.
1 h, 0.0 rows/s, 0 jobs, 0 requests
2026-01-01 10:00:00 UTC to 2026-01-01 11:00:00 UTC (interrupted)

  created              2
  refused              1
  unknown              1

Failures:
         1  DuplicateValue (email): row 3 is taken
         1  JobLost

Go on where it stopped:
    zdasync bulk resume '{path}'

Write the failed rows with their reasons to a file, to mend them there and run that file:
    zdasync bulk report '{path}' --failed {tmp_path}/customers.failed.csv

1 row may or may not have been carried out: look in the account before you send anything of that again.

Undo it: delete the 2 records that it created:
    zdasync bulk undo '{path}'"""


def test_commands_can_be_copied_whatever_the_files_are_called(path):
    report = BulkReport.read(make_ledger(path, [refused(1)], source="a b$(c).csv"))
    commands = [step.command for step in report.next_steps()]
    assert f"zdasync bulk report {path} --failed '{path.parent}/a b$(c).failed.csv'" in commands


def test_refused_rows_can_be_sent_again_when_the_run_is_over(path):
    report = BulkReport.read(make_ledger(path, [refused(1)], total="1"))
    assert f"zdasync bulk resume {path} --retry-failed" in [step.command for step in report.next_steps()]


def test_the_failed_rows_may_be_in_a_file_already(path):
    report = BulkReport.read(make_ledger(path, [refused(1)], total="1"))
    first = report.next_steps(failed="a\x1bb.csv")[0]
    assert (first.text, first.command) == ("Mend the failed rows in a\ufffdb.csv, and run that file.", None)


@pytest.mark.parametrize(
    ("name", "command"),
    [("migration.ledger", None), ("migration.ledger.undo", "zdasync bulk undo {}/migration.ledger")],
)
def test_rows_of_a_program_come_from_it_alone(name, command, tmp_path):
    report = BulkReport.read(make_ledger(tmp_path / name, total="1", format="rows", operation="users.delete"))
    (step,) = report.next_steps()
    assert step.command == (None if command is None else command.format(tmp_path))
    assert ("program" in step.text) == (command is None)


def test_the_text_may_be_without_what_can_be_done(path):
    report = BulkReport.read(make_ledger(path, [created(1)], total="1"))
    assert f"{report.text(steps=False)}\n\n{report.next_steps()[0]}" == str(report)


def test_an_update_is_not_offered_to_be_undone(path):
    report = BulkReport.read(make_ledger(path, [created(1)], total="1", operation="users.update"))
    assert report.next_steps() == []


def test_a_run_that_went_well_and_can_not_be_undone_leaves_nothing_to_do(path):
    make_ledger(path, [RowReport(1, "k", "deleted", 5)], total="1", operation="users.delete")
    assert BulkReport.read(path).next_steps() == []


def test_only_the_first_reasons_are_in_the_text(path):
    make_ledger(path, [refused(number, code=f"Code{number}") for number in range(1, 9)])
    text = str(BulkReport.read(path))
    assert "Code5" in text
    assert "Code6" not in text
    assert "and 3 more reasons" in text


def test_nothing_in_a_ledger_moves_the_cursor_of_a_terminal(path):
    make_ledger(
        path, [refused(1, code=HOSTILE, field=HOSTILE, text=HOSTILE)], source=HOSTILE, account=HOSTILE,
        operation=HOSTILE, runs=[(0, 1, f"error: {HOSTILE}")],
    )
    text = str(BulkReport.read(path))
    assert "alert" in text
    assert all(char == "\n" or char.isprintable() for char in text)
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("source", "kind", "name"),
    [
        ("customers.csv", "csv", "customers.failed.csv"), ("a.b.ndjson", "jsonl", "a.b.failed.ndjson"),
        ("Customers.TSV", "csv", "Customers.failed.TSV"), ("x.txt", "csv", "x.failed.csv"),
        ("customers.failed.csv", "csv", "customers.failed.failed.csv"),
        ("x.parquet", "parquet", "x.failed.parquet"), ("rows", "rows", "rows.failed.jsonl"),
        ("../../etc/passwd", "csv", "passwd.failed.csv"), ("..\\..\\x.csv", "csv", "x.failed.csv"),
        ("..", "csv", "rows.failed.csv"), ("", "csv", "rows.failed.csv"), ("a\0b.csv", "csv", "a\ufffdb.failed.csv"),
    ],
)
def test_failed_rows_go_beside_the_ledger_whatever_the_source_is_called(path, source, kind, name):
    report = BulkReport.read(make_ledger(path, source=source, format=kind))
    assert report.failed_path == path.with_name(name)


def test_the_first_rows_of_a_large_ledger_take_one_look(path, monkeypatch):
    looks = []
    look = reader.look
    make_ledger(path, (created(position) for position in range(1, 3 * reader.PAGE)))
    report = BulkReport.read(path)
    monkeypatch.setattr(reader, "look", lambda where: looks.append(where) or look(where))
    assert len(list(islice(report.rows(), 5))) == 5
    assert len(looks) == 1


def test_a_start_is_a_moment_in_utc(path):
    report = BulkReport.read(make_ledger(path))
    assert report.started.timestamp() == START
    assert report.started.utcoffset() == timedelta()
