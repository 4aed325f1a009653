"""What ends a run before its rows are done, and that the next start goes on from there."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import attrs
import pytest
from cases import CASES, Case, Row, assert_right
from crashing import chunks, crashed, small_and_quick, submissions
from support import ADMIN, Rig, rig, under_way

from zdasync import AuthenticationError, ServerError, TransportError, UnexpectedReply, Zendesk
from zdasync.bulk.ledger import Ledger
from zdasync.bulk.report import BulkReport
from zdasync.events import Sent
from zdasync.simulator import Account
from zdasync.simulator.faults import Fault
from zdasync.simulator.http import Call, Reply
from zdasync.simulator.job_faults import JobFault
from zdasync.simulator.settings import Settings
from zdasync.simulator.ticket_import import import_many

ROWS = 12
SLOW = Settings(job_start_delay=0.5, job_seconds_per_row=(0.2, 2.0))
"""Runs of some ten seconds."""
BY_NAME = {case.name: case for case in CASES}
SOME = [BY_NAME[name] for name in ("upserts", "imports", "nameless imports", "comments", "deleted users")]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    small_and_quick(monkeypatch, 2)


def certain(case: Case) -> Case:
    """The case, where nothing happens that leaves a row unknown."""
    return attrs.evolve(case, unsure=False)


@attrs.frozen(eq=False)
class Interrupted:
    """A run that is begun, and can be begun again with the same rows and the same ledger."""

    made: Rig
    case: Case
    rows: list[Row]
    start: Callable[..., Awaitable[BulkReport]]


@asynccontextmanager
async def begun(folder: Path, case: Case, **account: Any) -> AsyncIterator[Interrupted]:
    """An account, and what starts a run that keeps three jobs under way."""
    async with rig(settings=SLOW, **account) as made:
        rows = case.rows(made.account, ROWS)
        source = case.source(rows, folder)

        async def start(**options: Any) -> BulkReport:
            ledger = folder / f"{case}.ledger"
            return await made.zd.bulk.run(case.operation, source, ledger=ledger, slots=3, **options)

        yield Interrupted(made, case, rows, start)


# -- credentials and the network ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", SOME, ids=str)
async def test_credentials_that_end_in_the_middle_stop_the_run(tmp_path: Path, case: Case) -> None:
    async with begun(tmp_path, case) as one:
        tokens = set(one.made.account.api_tokens)
        task = under_way(one.start())
        await asyncio.sleep(3)
        one.made.account.api_tokens.clear()
        with pytest.raises(AuthenticationError) as caught:
            await task
        assert "goes on from there" in caught.value.__notes__[0]
        with pytest.raises(AuthenticationError):
            await one.start()
        one.made.account.api_tokens.update(tokens)
        assert_right(one.made.account, await one.start(), one.rows, certain(case))


@pytest.mark.parametrize("fault", [
    Fault("GET /api/v2/job_statuses/*", "error", status=500), Fault("GET /api/v2/job_statuses/*", "reset_before"),
    Fault("GET /api/v2/job_statuses/*", "empty"),
], ids=lambda fault: fault.kind)
async def test_jobs_that_can_not_be_asked_for_are_asked_for_by_the_next_start(tmp_path: Path, fault: Fault) -> None:
    for case in SOME:
        async with begun(tmp_path, case) as one:
            one.made.account.faults.add(fault)
            with pytest.raises((ServerError, TransportError, UnexpectedReply)) as caught:
                await one.start()
            assert "goes on from there" in caught.value.__notes__[0]
            one.made.account.faults.clear()
            assert_right(one.made.account, await one.start(), one.rows, certain(case))


@pytest.mark.parametrize("case", SOME, ids=str)
async def test_a_network_that_is_gone_stops_the_run(tmp_path: Path, case: Case) -> None:
    account = Account(settings=SLOW, latency=0.2)
    rows = case.rows(account, ROWS)
    source, ledger = case.source(rows, tmp_path), tmp_path / "x.ledger"
    async with AsyncExitStack() as network:
        url = await network.enter_async_context(account.serve())
        async with Zendesk(base_url=url, auth=ADMIN, plan="enterprise") as zd:
            task = under_way(zd.bulk.run(case.operation, source, ledger=ledger, slots=3))
            await asyncio.sleep(3)
            await network.aclose()
            with pytest.raises(TransportError):
                await task
            with pytest.raises(TransportError):
                await zd.bulk.run(case.operation, source, ledger=ledger)
            await network.enter_async_context(account.serve(port=int(url.rpartition(":")[2])))
            assert_right(account, await zd.bulk.run(case.operation, source, ledger=ledger), rows, case)


# -- rows for which a whole request is refused -------------------------------------------------------------------------


def refusing(account: Account, status: int) -> Callable[[Call], Reply]:
    """Imports as they are, but for requests with a bad row, which are refused as they stand."""

    def answer(call: Call) -> Reply:
        if any(row["subject"].startswith("bad") for row in call.body["tickets"]):
            return Reply(status, {"error": "BadRow", "description": "there is a bad row"})
        return import_many(account, call)

    return answer


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_the_rows_at_fault_are_found_and_all_others_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    small_and_quick(monkeypatch, 8)
    async with begun(tmp_path, BY_NAME["imports"]) as one:
        bad = (2, 3, 11)
        for position in bad:
            one.rows[position - 1]["subject"] = f"bad {position}"
        account = one.made.account
        account.answer("POST /api/v2/imports/tickets/create_many", refusing(account, status))
        outcomes = assert_right(account, await one.start(), one.rows, certain(one.case), refused=bad)
        assert outcomes == {"created": 9, "refused": 3}
        assert account.requests < 40


@pytest.mark.parametrize("when", ["before", "after"])
async def test_the_search_for_bad_rows_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: Any
) -> None:
    """Rows of a request that was refused as a whole were never carried out: none of them is in doubt."""
    died, at = True, 0
    case = BY_NAME["nameless imports"]
    while died:
        at += 1
        async with begun(tmp_path, case) as one:
            small_and_quick(monkeypatch, 4)
            account, rows = one.made.account, one.rows[:4]
            rows[2]["subject"] = "bad"
            account.answer("POST /api/v2/imports/tickets/create_many", refusing(account, 422))

            async def run(zd: Zendesk, rows: list[Row] = rows, ledger: Path = tmp_path / f"{at}.ledger") -> BulkReport:
                return await zd.bulk.run(case.operation, rows, ledger=ledger)

            died = await crashed(monkeypatch, at, when, run, account.url, auth=ADMIN, plan="enterprise")
            report = await run(one.made.zd)
            refused = [row.position for row in report.rows("refused")]
            assert refused in ([3], [])
            assert_right(account, report, rows, case, refused=refused)
            assert report.counts["unknown"] in (0, 1, 2, 4), "those that one request had"
    assert at > 10


async def test_rows_that_were_refused_together_are_in_no_doubt_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run dies between the refusal of all and the next request; then each is refused by itself."""
    case = attrs.evolve(BY_NAME["nameless imports"], unsure=False)
    small_and_quick(monkeypatch, 4)
    hit = False
    for at in range(1, 9):
        async with begun(tmp_path, case) as one:
            account, rows = one.made.account, one.rows[:4]
            rows[2]["subject"] = "bad"
            account.answer("POST /api/v2/imports/tickets/create_many", refusing(account, 422))
            ledger = tmp_path / f"{at}.ledger"

            async def run(zd: Zendesk, rows: list[Row] = rows, ledger: Path = ledger) -> BulkReport:
                return await zd.bulk.run(case.operation, rows, ledger=ledger)

            assert await crashed(monkeypatch, at, "before", run, account.url, auth=ADMIN, plan="enterprise")
            if submissions(ledger) == [] and chunks(ledger) == 1:
                hit = True
                account.job_faults.add(JobFault("* /*", "rows_fail", rows=(0,), error="Odd"))
                assert_right(account, await run(one.made.zd), rows, case, refused=(1, 3, 4))
    assert hit


# -- stopping and cancelling -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
async def test_a_stopped_run_sends_nothing_new_and_waits_for_what_is_under_way(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    for case in (BY_NAME["nameless imports"], BY_NAME["comments"], BY_NAME["upserts"]):
        async with begun(tmp_path, case, latency=0.3) as one:
            account, stop = one.made.account, asyncio.Event()
            if chance.random() < 0.5:
                account.faults.add(Fault(case.route, "rate_limited", calls=(2, 3, 5), retry_after=3))
            task = under_way(one.start(stop=stop))
            await asyncio.sleep(chance.uniform(0.0, 12.0))
            stop.set()
            before = jobs_sent(one.made)
            report = await task
            assert jobs_sent(one.made) == before
            account.state.advance(account.now())
            assert not account.state.jobs.running
            assert report.done == sum(map(len, case.traces(account.state, one.rows)))
            if report.done < ROWS:
                assert report.ending == "interrupted"
                assert report.pending != 0
            assert_right(account, await one.start(), one.rows, certain(case))


def jobs_sent(made: Rig) -> int:
    """How many requests for jobs went on the wire."""
    return sum(event.operation.endswith(("import_.create_many", "_many")) for event in made.told(Sent)
               if not event.operation.endswith("show_many"))


@pytest.mark.parametrize("seed", range(4))
async def test_a_cancelled_run_leaves_no_task_and_is_gone_on_with(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    troubles: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: troubles.append(context))
    for case in SOME:
        async with begun(tmp_path, case, latency=0.3) as one:
            task = under_way(one.start())
            await asyncio.sleep(chance.uniform(0.0, 10.0))
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            assert not [one for one in asyncio.all_tasks() if "zdasync/bulk" in one.get_coro().cr_code.co_filename]
            assert_right(one.made.account, await one.start(), one.rows, certain(case))
    assert not troubles


async def test_a_request_that_was_only_about_to_go_is_not_sent_when_the_run_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger takes its time to write it down, and the run is cancelled meanwhile."""
    real, case = Ledger.begin, BY_NAME["nameless imports"]

    async def slowly(ledger: Ledger, *args: Any) -> int:
        number = await real(ledger, *args)
        await asyncio.sleep(2)
        return number

    async with begun(tmp_path, case) as one:
        with monkeypatch.context() as patched:
            patched.setattr(Ledger, "begin", slowly)
            task = under_way(one.start())
            await asyncio.sleep(1)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        assert jobs_sent(one.made) == 0
        assert_right(one.made.account, await one.start(), one.rows, certain(case))


# -- slots -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slots", [1, 2, 5])
async def test_no_more_job_slots_are_taken_than_the_caller_allows(tmp_path: Path, slots: int) -> None:
    """Whatever waits for the jobs of others: rows about one record follow each other."""
    async with rig(settings=Settings(job_start_delay=0.5, job_seconds_per_row=(0.2, 2.0))) as made:
        rows = [
            {"external_id": f"e-{number % 8 if number % 8 < 2 else number}", "name": f"User {number}"}
            for number in range(60)
        ]
        run = made.zd.bulk.users.create_or_update
        task = under_way(run(rows, ledger=tmp_path / "x.ledger", slots=slots, duplicates="send"))
        most = 0
        while not task.done():
            made.account.state.jobs.advance(made.account.now())
            most = max(most, len(made.account.state.jobs.running))
            await asyncio.sleep(0.05)
        assert most == slots
        assert (await task).ok
        names = {user.external_id: user.name for user in made.account.state.active_users() if user.external_id}
        assert names == {row["external_id"]: row["name"] for row in rows}
