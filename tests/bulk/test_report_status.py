from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ledgers import HOSTILE, START, change, created, make_ledger, refused, sample

from zdasync.bulk.status import BulkStatus
from zdasync.errors import LedgerError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "migration.db"


def running(path, **meta):
    """A run that does a row a second for a hundred seconds, then ten a second for a minute."""
    samples = [sample(second, second) for second in range(0, 100, 5)]
    samples += [sample(100 + second, 100 + 10 * second, used=300 + second) for second in range(0, 61, 5)]
    return make_ledger(
        path, [refused(position) if position <= 100 else created(position) for position in range(1, 701)],
        runs=[(0, None, None)], samples=samples,
        submissions=[("settled", "V3-1", 1, 9), ("submitted", "V3-2", 161, None), ("submitting", None, 162, None)],
        **meta,
    )


async def test_a_run_that_goes_on_has_the_rate_of_its_last_minute(path):
    status = await BulkStatus.load(running(path, total="1000"))
    assert (status.done, status.failed, status.total, status.jobs_in_flight) == (700, 100, 1000, 2)
    assert (status.rate, status.eta) == (10.0, 30.0)
    assert (status.used, status.budget) == (360, 700)
    assert status.seen == datetime.fromtimestamp(START, UTC) + timedelta(seconds=162)
    assert status.ending is None
    assert status == BulkStatus.read(path)
    assert str(status) == """\
users.create_or_update: customers.csv -> https://example.zendesk.com
700 of 1,000 rows, 100 failed, 2 jobs in flight
10.0 rows/s in the last minute, 30 s left
360 of 700 requests a minute used
last sign of life: 2026-01-01 10:02:42 UTC"""


def test_nobody_knows_the_end_of_a_source_that_is_being_read(path):
    status = BulkStatus.read(running(path))
    assert (status.total, status.eta) == (None, None)
    assert "700 rows, 100 failed" in str(status)


def test_the_time_between_two_runs_is_no_part_of_the_rate(path):
    make_ledger(
        path, runs=[(0, 10, "interrupted"), (20, None, None)], total="500",
        samples=[sample(0, 0), sample(10, 200), sample(20, 200), sample(30, 250)],
    )
    assert BulkStatus.read(path).rate == 5.0


def test_a_run_that_has_ended_has_no_time_left(path):
    make_ledger(path, runs=[(0, 10, f"error: {HOSTILE}")], total="500", samples=[sample(0, 0), sample(10, 200)])
    status = BulkStatus.read(path)
    assert status.eta is None
    assert "rows/s" not in str(status)
    assert all(char == "\n" or char.isprintable() for char in str(status))


def test_before_the_first_sample_there_is_a_status_all_the_same(path):
    status = BulkStatus.read(make_ledger(path, runs=[(0, None, None)]))
    assert (status.done, status.rate, status.used, status.budget) == (0, 0.0, None, None)
    status = BulkStatus.read(make_ledger(path.with_name("other.db"), runs=[]))
    assert (status.seen, status.ending) == (None, None)
    assert str(status)


def test_what_is_no_ledger_has_no_status(path):
    make_ledger(path, samples=[sample(0, 0)])
    change(path, "UPDATE samples SET jobs = 'many'")
    with pytest.raises(LedgerError):
        BulkStatus.read(path)
    with pytest.raises(LedgerError):
        BulkStatus.read(path.with_name("missing"))
