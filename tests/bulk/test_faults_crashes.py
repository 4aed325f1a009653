"""A run that dies at any step that it writes down, and is started again: in virtual time, at every single step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest
from cases import CASES, Case, assert_right
from crashing import When, crashed, small_and_quick, submissions
from support import ADMIN, rig

from zdasync import Zendesk
from zdasync.bulk.report import BulkReport
from zdasync.simulator.job_faults import JobFault
from zdasync.simulator.settings import Settings

ROWS = 4
QUICK = Settings(job_start_delay=0.1, job_seconds_per_row=0.1)


SOME = [case for case in CASES if case.name in ("upserts", "nameless imports", "deleted users")]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    small_and_quick(monkeypatch, 2)


@pytest.mark.parametrize(
    ("case", "when"), [*((case, "before") for case in CASES), *((case, "after") for case in SOME)], ids=str
)
async def test_a_run_that_dies_at_any_write_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case, when: When
) -> None:
    died, at, seen = True, 0, set[str]()
    while died:
        at += 1
        async with rig(settings=QUICK, client={"observer": None}) as made:
            rows = case.rows(made.account, ROWS)
            source, ledger = case.source(rows, tmp_path), tmp_path / f"{at}.ledger"

            async def run(zd: Zendesk, source: Any = source, ledger: Path = ledger) -> BulkReport:
                return await zd.bulk.run(case.operation, source, ledger=ledger)

            died = await crashed(monkeypatch, at, when, run, made.account.url, auth=ADMIN, plan="enterprise")
            seen |= (states := {*submissions(ledger)})
            judged = attrs.evolve(case, unsure=case.unsure and "submitting" in states)
            assert_right(made.account, await run(made.zd), rows, judged)
    assert seen == {"submitting", "submitted", "settled"}
    assert at > 2 * 3, "a write before each request, one after it, and one for its rows"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("case", SOME, ids=str)
async def test_a_second_attempt_at_refused_rows_that_dies_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case, when: When
) -> None:
    """Some of the rows were carried out at once, and are left alone."""
    died, at = True, 0
    while died:
        at += 1
        async with rig(settings=QUICK, client={"observer": None}) as made:
            rows, ledger = case.rows(made.account, ROWS + 2), tmp_path / f"{at}.ledger"
            made.account.job_faults.add(JobFault("* /*", "rows_fail", rows=(1,), error="Odd"))
            report = await made.zd.bulk.run(case.operation, rows, ledger=ledger)
            assert_right(made.account, report, rows, case, refused=(2, 4, 6))
            made.account.job_faults.clear()

            async def retry(zd: Zendesk, ledger: Path = ledger) -> BulkReport:
                return await zd.bulk.retry_failed(ledger)

            died = await crashed(monkeypatch, at, when, retry, made.account.url, auth=ADMIN, plan="enterprise")
            judged = attrs.evolve(case, unsure=case.unsure and "submitting" in submissions(ledger))
            assert_right(made.account, await retry(made.zd), rows, judged)
    assert at > 3
