"""Rows of which nobody knows what became of them: what the account can tell, and what it can't."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import attrs
import pytest
from cases import CASES, Case, assert_right
from crashing import crashed, small_and_quick
from support import ADMIN, Rig, rig

from zdasync import Zendesk
from zdasync.bulk import plan
from zdasync.bulk.report import BulkReport
from zdasync.simulator.faults import Fault
from zdasync.simulator.job_faults import JobFault
from zdasync.simulator.settings import Settings
from zdasync.simulator.state import ADMIN_ID

IMPORT = "POST /api/v2/imports/tickets/create_many"
QUICK = Settings(job_start_delay=0.1, job_seconds_per_row=0.1)
BY_NAME = {case.name: case for case in CASES}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    small_and_quick(monkeypatch, 2)


def ticket(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "subject": f"Ticket {number}", "external_id": f"t-{number}",
        "comments": [{"value": "Hello", "author_id": ADMIN_ID}], **fields,
    }


def outcomes(report: BulkReport) -> list[str]:
    """In the order of the rows."""
    return [row.outcome for row in report.rows()]


def subjects(made: Rig) -> Counter[str | None]:
    """How many tickets have each subject."""
    made.account.state.advance(made.account.now() + 1_000)
    return Counter(one.subject for one in made.account.state.tickets.all_active())


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
async def test_a_ticket_that_was_there_before_is_nobody_s_row(tmp_path: Path, kind: Any) -> None:
    """Several tickets may have one external id; taken for the row's, the old one would be deleted by an undo."""
    async with rig(settings=QUICK, faults=[Fault(IMPORT, kind, calls=(1,))]) as made:
        state = made.account.state
        old = state.tickets.create(ADMIN_ID, now=made.account.now() - 10_000, comment="Old", subject="Old")
        old.external_id = "t-0"
        state.tickets._enter(old)
        rows = [ticket(0, created_at="2020-01-01T00:00:00Z"), ticket(1)]
        report = await made.zd.bulk.tickets.import_(rows, ledger=tmp_path / "x.ledger")
        assert outcomes(report) == ["created", "created"]
        assert old.id not in [row.id for row in report.rows()]
        assert subjects(made) == {"Old": 1, "Ticket 0": 1, "Ticket 1": 1}


async def test_tickets_that_go_to_the_archive_can_not_be_looked_up(tmp_path: Path) -> None:
    async with rig(settings=QUICK, faults=[Fault(IMPORT, "reset_after", calls=(1,))]) as made:
        rows = [ticket(0, status="closed"), ticket(1)]
        report = await made.zd.bulk.tickets.import_(rows, ledger=tmp_path / "x.ledger", archive_immediately=True)
        assert outcomes(report) == ["unknown", "created"]
        assert subjects(made) == {"Ticket 0": 1, "Ticket 1": 1}


async def test_rows_that_may_share_a_record_can_not_be_told_apart_by_it(tmp_path: Path) -> None:
    """One of them was carried out, and the ticket does not tell which."""
    fault = JobFault(IMPORT, "failed", after=1)
    async with rig(settings=QUICK, job_faults=[fault]) as made:
        rows = [ticket(0, external_id="same"), ticket(1, external_id="same")]
        report = await made.zd.bulk.tickets.import_(rows, ledger=tmp_path / "x.ledger", duplicates="send")
        assert outcomes(report) == ["unknown", "unknown"]
        assert subjects(made) == {"Ticket 0": 1}


async def test_a_job_that_is_lost_sight_of_is_given_time_from_then_on(tmp_path: Path) -> None:
    """It was at work for longer than any lost reply is waited for when it vanished, and goes on."""
    settings = Settings(job_start_delay=70.0, job_seconds_per_row=60.0)
    async with rig(settings=settings, job_faults=[JobFault(IMPORT, "vanishes", jobs=(1,), after=1)]) as made:
        report = await made.zd.bulk.tickets.import_([ticket(0), ticket(1)], ledger=tmp_path / "x.ledger")
        assert outcomes(report) == ["created", "created"]
        assert subjects(made) == {"Ticket 0": 1, "Ticket 1": 1}


async def test_what_an_unknown_job_of_somebody_may_do_is_waited_for(tmp_path: Path) -> None:
    """The reply is lost, and the job is queued for longer than the wait."""
    faults = [Fault(IMPORT, "reset_after", calls=(1,))]
    settings = Settings(job_start_delay=200.0, job_seconds_per_row=5.0)
    async with rig(settings=settings, faults=faults) as made:
        report = await made.zd.bulk.tickets.import_([ticket(0), ticket(1)], ledger=tmp_path / "x.ledger")
        assert outcomes(report) == ["created", "created"]
        assert subjects(made) == {"Ticket 0": 1, "Ticket 1": 1}


async def test_many_long_external_ids_are_looked_up_in_several_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_and_quick(monkeypatch, 100)
    faults = [Fault("POST /api/v2/users/create_many", "reset_after", calls=(1,))]
    async with rig(settings=Settings(job_seconds_per_row=0.01), faults=faults, strict=True) as made:
        rows = [{"name": f"User {number}", "external_id": f"{number:03}" + "ü" * 250} for number in range(100)]
        report = await made.zd.bulk.users.create(rows, ledger=tmp_path / "x.ledger")
        assert report.counts["created"] == 100
        assert len({row.id for row in report.rows()}) == 100
        asked = [one for one in made.account.log if one.path.endswith("/users/show_many")]
        assert len(asked) > 10


async def test_what_an_earlier_row_made_just_now_is_updated_by_a_later_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reply to the later one is lost; the record is so young that it might be its own."""
    small_and_quick(monkeypatch, 1)
    monkeypatch.setattr(plan, "WIDTH", 1)
    faults = [Fault("POST /api/v2/users/create_or_update_many", "reset_after", calls=(2,))]
    async with rig(settings=QUICK, faults=faults) as made:
        rows = [{"external_id": "a", "name": "First"}, {"external_id": "a", "name": "Second"}]
        report = await made.zd.bulk.users.create_or_update(rows, ledger=tmp_path / "x.ledger")
        assert outcomes(report) == ["created", "updated"]
        assert report.created == 1


async def test_what_a_search_does_not_show_yet_and_is_refused_the_second_time_stays_unknown(tmp_path: Path) -> None:
    """By an address alone users are searched for, and what was made just now is found minutes later."""
    faults = [Fault("POST /api/v2/users/create_many", "reset_after", calls=(1,))]
    async with rig(settings=attrs.evolve(QUICK, search_lag=600.0), faults=faults) as made:
        rows = [{"name": "Ada", "email": "ada@example.org"}, {"name": "Bob", "external_id": "bob"}]
        report = await made.zd.bulk.users.create(rows, ledger=tmp_path / "x.ledger")
        assert outcomes(report) == ["unknown", "created"]
        assert [user.name for user in made.account.state.active_users()].count("Ada") == 1


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_deaths_do_not_add_up_to_giving_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    """Seven times the run dies as its first request is about to go."""
    async with rig(settings=QUICK) as made:
        rows = case.rows(made.account, 2)

        async def run(zd: Zendesk) -> BulkReport:
            return await zd.bulk.run(case.operation, rows, ledger=tmp_path / "x.ledger")

        assert await crashed(monkeypatch, 3, "after", run, made.account.url, auth=ADMIN, plan="enterprise")
        for _ in range(6):
            assert await crashed(monkeypatch, 4, "after", run, made.account.url, auth=ADMIN, plan="enterprise")
        assert_right(made.account, await run(made.zd), rows, case)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("trouble", ["partial", "refused", "lost"])
@pytest.mark.parametrize("name", ["imports", "upserts"])
async def test_a_run_that_dies_in_the_middle_of_a_doubt_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, trouble: str, when: Any
) -> None:
    """Some rows of a job have their outcome, others are in doubt: a result is never taken for another row's."""
    small_and_quick(monkeypatch, 3)
    case, died, at = BY_NAME[name], True, 0
    faults, job_faults = [], []
    if trouble == "lost":
        faults = [Fault(case.route, "reset_after", calls=(1,))]
    elif trouble == "partial":
        job_faults = [JobFault("* /*", "failed", jobs=(1,), after=1, results="partial")]
    else:
        job_faults = [JobFault("* /*", "rows_fail", rows=(1,), jobs=(1,), error="DatabaseConflict")]
    while died:
        at += 1
        async with rig(settings=QUICK, faults=faults, job_faults=job_faults) as made:
            rows = case.rows(made.account, 3)

            async def run(zd: Zendesk, rows: Any = rows, ledger: Path = tmp_path / f"{at}.ledger") -> BulkReport:
                return await zd.bulk.run(case.operation, rows, ledger=ledger)

            died = await crashed(monkeypatch, at, when, run, made.account.url, auth=ADMIN, plan="enterprise")
            assert_right(made.account, await run(made.zd), rows, case)
            await asyncio.sleep(0)
