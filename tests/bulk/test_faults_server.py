"""What the server and the network can do to a bulk run: every row has its outcome, none is lost, none there twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import attrs
import pytest
from cases import CASES, Case, assert_right
from crashing import small_and_quick
from support import Rig, rig, under_way

from zdasync import OutcomeUnknown, ServerError
from zdasync.bulk import chunks, plan
from zdasync.bulk.report import BulkReport
from zdasync.simulator.faults import Fault
from zdasync.simulator.job_faults import JobFault
from zdasync.simulator.settings import Body429, Settings

ROWS = 8
QUICK = Settings(job_start_delay=0.1, job_seconds_per_row=0.1)
SHOW_MANY = "GET /api/v2/job_statuses/show_many"
BY_NAME = {case.name: case for case in CASES}
SOME = [BY_NAME[name] for name in ("upserts", "imports", "nameless imports", "comments", "deleted users")]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    small_and_quick(monkeypatch, 2)


async def carry_out(
    made: Rig, case: Case, folder: Path, rows: list[dict[str, Any]] | None = None, **options: Any
) -> tuple[list[dict[str, Any]], BulkReport]:
    """The case's rows, unless they are given, and the report of their run."""
    rows = rows or case.rows(made.account, ROWS)
    report = await made.zd.bulk.run(
        case.operation, case.source(rows, folder), ledger=folder / f"{case}.ledger", **options
    )
    return rows, report


async def assert_survives(
    folder: Path, case: Case, faults: list[Fault] | None = None, job_faults: list[JobFault] | None = None,
    settings: Settings = QUICK, *, sure: bool = False, slots: int | None = None, **expected: Any,
) -> Counter[str]:
    """The case's run comes to a right end; with `sure` no row may be left unknown."""
    async with rig(settings=settings, faults=faults or [], job_faults=job_faults or []) as made:
        rows, report = await carry_out(made, case, folder, slots=slots)
        case = attrs.evolve(case, unsure=case.unsure and not sure)
        return assert_right(made.account, report, rows, case, **expected)


# -- requests ----------------------------------------------------------------------------------------------------------

LOST: list[dict[str, Any]] = [
    {"kind": "reset_before"}, {"kind": "reset_after"}, {"kind": "truncate"}, {"kind": "stall"}, {"kind": "empty"},
    {"kind": "redirect"}, {"kind": "slow_before", "seconds": 45.0},
    {"kind": "error", "status": 500}, {"kind": "error", "status": 503}, {"kind": "error", "status": 504},
    {"kind": "error_after", "status": 500}, {"kind": "error_after", "status": 502},
]
"""After these nobody knows whether the request was heeded."""

FORMS = ({*get_args(Body429)} - {"pagination"}) | {"page"}
"""That pages are too deep is said of listings only."""
REFUSED: list[dict[str, Any]] = [
    *({"kind": "rate_limited", "form": form, "retry_after": 3} for form in sorted(FORMS)),
    {"kind": "rate_limited"}, {"kind": "rate_limited", "retry_after": 0}, {"kind": "rate_limited", "retry_after": 90},
    {"kind": "rate_limited", "retry_after": "date", "seconds": 20}, {"kind": "unavailable", "retry_after": 5},
]
"""After these it surely was not."""


def told(fault: dict[str, Any]) -> str:
    return " ".join(map(str, fault.values()))


@pytest.mark.parametrize("fault", LOST, ids=told)
async def test_lost_replies_lose_no_row_and_double_none(tmp_path: Path, fault: dict[str, Any]) -> None:
    for case in CASES if fault["kind"].startswith("reset") else SOME:
        await assert_survives(tmp_path, case, [Fault(case.route, calls=(2,), **fault)])


@pytest.mark.parametrize("fault", REFUSED, ids=told)
async def test_what_is_surely_not_heeded_is_sent_again_without_a_doubt(tmp_path: Path, fault: dict[str, Any]) -> None:
    for case in (BY_NAME["nameless imports"], BY_NAME["deleted users"]):
        await assert_survives(tmp_path, case, [Fault(case.route, calls=(2, 3, 5), **fault)], sure=True)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("fault", [{"kind": "reset_after"}, {"kind": "error", "status": 500}], ids=told)
async def test_a_server_that_is_down_stops_the_run_which_goes_on_later(
    tmp_path: Path, case: Case, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "MOST_LOST", 2)
    async with rig(settings=QUICK, faults=[Fault(case.route, **fault)]) as made:
        rows = case.rows(made.account, ROWS)
        with pytest.raises((OutcomeUnknown, ServerError)) as caught:
            await carry_out(made, case, tmp_path, rows)
        assert any("goes on from there" in note for note in caught.value.__notes__)
        made.account.faults.clear()
        _, report = await carry_out(made, case, tmp_path, rows)
        outcomes = assert_right(made.account, report, rows, case, unknown=range(1, ROWS + 1))
        assert outcomes["unknown"] <= 6, "two chunks were lost, and a third one that stopped the run"


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_one_chunk_that_always_fails_ends_as_refused_or_unknown(
    tmp_path: Path, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "MOST_ROWS", 100)
    outcomes = await assert_survives(
        tmp_path, case, [Fault(case.route, "error", status=500)],
        unknown=range(1, ROWS + 1), refused=range(1, ROWS + 1) if case.good == {"created"} and not case.unsure else (),
    )
    assert outcomes.keys() <= {"refused", "unknown"}


async def test_a_reply_that_is_lost_after_a_long_wait_is_waited_for_as_long_as_any(tmp_path: Path) -> None:
    """The wait before counts for nothing: what was sent last may be carried out later still."""
    case = BY_NAME["imports"]
    async with rig(settings=QUICK, faults=late(case), client={"timeout": 20.0}) as made:
        rows, report = await carry_out(made, case, tmp_path, slots=1)
        assert_right(made.account, report, rows, case)


async def test_a_death_after_a_long_wait_is_waited_for_as_long_as_any(tmp_path: Path) -> None:
    case = BY_NAME["imports"]
    async with rig(settings=QUICK, faults=late(case)) as made:
        task = under_way(carry_out(made, case, tmp_path, slots=1))
        await asyncio.sleep(105)
        task.cancel()
        await asyncio.sleep(0.1)
        task.cancel()  # what is on the wire is not waited for either
        with pytest.raises(asyncio.CancelledError):
            await task
        made.account.faults.clear()
        rows = case.prepare(made.account.state, 0.0, ROWS)
        report = await made.zd.bulk.run(case.operation, rows, ledger=tmp_path / f"{case}.ledger")
        assert_right(made.account, report, rows, case)


def late(case: Case) -> list[Fault]:
    """The first request may go after 100 seconds, and is carried out 40 seconds later."""
    return [
        Fault(case.route, "rate_limited", calls=(1,), retry_after=100),
        Fault(case.route, "slow_before", calls=(2,), seconds=40),
    ]


# -- jobs --------------------------------------------------------------------------------------------------------------

ENDINGS = [
    {"kind": kind, "after": after, "results": results}
    for kind, after, results in (("failed", 1, "none"), ("failed", 1, "partial"), ("killed", 0, "none"))
] + [{"kind": "vanishes", "after": after} for after in (0, 1)]


@pytest.mark.parametrize("fault", ENDINGS, ids=told)
async def test_jobs_that_end_early_lose_no_row_and_double_none(tmp_path: Path, fault: dict[str, Any]) -> None:
    for case in CASES if fault["after"] else SOME:
        await assert_survives(tmp_path, case, job_faults=[JobFault(case.route, jobs=(2, 3), **fault)])


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_rows_that_are_refused_are_reported_and_only_they(tmp_path: Path, case: Case) -> None:
    fault = JobFault(case.route, "rows_fail", rows=(1,), jobs=(2,), error="Odd", details="Name: it is odd")
    outcomes = await assert_survives(tmp_path, case, job_faults=[fault], refused=(4,), sure=True, slots=1)
    assert outcomes["refused"] == 1


async def test_conflicts_that_pass_are_no_refusals(tmp_path: Path) -> None:
    for case in CASES:
        fault = JobFault(case.route, "rows_fail", rows=(0,), jobs=(2, 5), error="DatabaseConflict")
        await assert_survives(tmp_path, case, job_faults=[fault], sure=True)


async def test_a_conflict_that_does_not_pass_is_a_refusal_and_no_doubt(tmp_path: Path) -> None:
    case = BY_NAME["users"]
    fault = JobFault(case.route, "rows_fail", rows=(0, 1), error="DatabaseConflict")
    outcomes = await assert_survives(tmp_path, case, job_faults=[fault], refused=range(1, ROWS + 1))
    assert outcomes == {"refused": ROWS}


@pytest.mark.parametrize("settings", [
    attrs.evolve(QUICK, rows_in_order=False),
    attrs.evolve(QUICK, rows_in_order=False, job_rows_echo_external_id=False),
    attrs.evolve(QUICK, job_show_forgets_after=1, job_progress="jumps"),
    attrs.evolve(QUICK, job_cap=1, too_many_jobs_status=503),
    attrs.evolve(QUICK, retry_after="missing", job_cap=2),
], ids=["shuffled", "shuffled without names", "forgotten", "one job at a time", "two jobs at a time"])
async def test_odd_accounts(tmp_path: Path, settings: Settings) -> None:
    for case in CASES:
        nameless = case.name in ("upserts", "users", "organizations", "memberships")
        shuffled = nameless and not settings.rows_in_order
        await assert_survives(tmp_path, case, settings=settings, sure=True, shuffled=shuffled)
