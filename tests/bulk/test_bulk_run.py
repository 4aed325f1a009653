"""Bulk runs through sockets: each verb, what becomes of rows, and that a run goes on where it ended."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from support import Rig, add_user, rig

from zdasync import BadArgument, LedgerError, PermissionDenied
from zdasync.bulk.report import BulkReport
from zdasync.simulator.settings import Settings

QUICK = Settings(job_seconds_per_row=0.01)


def users(count: int, first: int = 0) -> list[dict[str, Any]]:
    return [{"external_id": f"e{i}", "name": f"User {i}"} for i in range(first, first + count)]


def counts(report: BulkReport) -> dict[str, int]:
    """The outcomes that there are."""
    return {outcome: count for outcome, count in report.counts.items() if count}


def names(made: Rig) -> dict[str, str]:
    """External id to name, of every user who has one."""
    return {one.external_id: one.name for one in made.account.state.users.values() if one.external_id}


def files(folder: Path) -> list[str]:
    """Their names."""
    return [path.name for path in folder.iterdir()]


# -- upserts -----------------------------------------------------------------------------------------------------------


async def test_upserts_create_and_update_and_say_which(tmp_path: Path) -> None:
    async with rig(settings=QUICK) as made:
        known = add_user(made.account, "known@example.com", external_id="E2")
        report = await made.zd.bulk.users.create_or_update(users(250), ledger=tmp_path / "x.ledger")
        assert counts(report) == {"created": 249, "updated": 1}
        assert report.ok
        assert report.total == 250
        assert made.account.state.users[known.id].name == "User 2"
        assert names(made) == {f"e{i}": f"User {i}" for i in range(250)}
        rows = list(report.rows())
        assert [row.position for row in rows] == list(range(1, 251))
        assert [row.key for row in rows] == [f"e{i}" for i in range(250)]
        by_external_id = {one.external_id: one.id for one in made.account.state.users.values()}
        assert [row.id for row in rows] == [by_external_id[f"e{i}"] for i in range(250)]
        assert made.served("POST", "create_or_update_many") == 3
        assert not made.account.rejections


async def test_a_finished_run_started_again_sends_no_job(tmp_path: Path) -> None:
    async with rig(settings=QUICK) as made:
        first = await made.zd.bulk.users.create_or_update(users(150), ledger=tmp_path / "x.ledger")
        second = await made.zd.bulk.users.create_or_update(users(150), ledger=tmp_path / "x.ledger")
        assert made.served("POST", "create_or_update_many") == 2
        assert list(first.rows()) == list(second.rows())


async def test_rows_that_can_not_be_right_are_refused_and_not_sent(tmp_path: Path) -> None:
    rows = [*users(3), {"email": "no address", "name": "X"}, {"name": "nobody"}, {"external_id": "e9", "nmae": "X"}]
    async with rig(settings=QUICK) as made:
        report = await made.zd.bulk.users.create_or_update(rows, ledger=tmp_path / "x.ledger")
        assert counts(report) == {"created": 3, "refused": 3}
        assert not report.ok
        assert [row.position for row in report.rows("refused")] == [4, 5, 6]
        assert all(row.code and row.text for row in report.rows("refused"))
        assert [cells for _, cells in report.failed_cells()] == rows[3:]
        assert sorted(names(made)) == ["e0", "e1", "e2"]


async def test_what_zendesk_refuses_is_reported_with_its_reason(tmp_path: Path) -> None:
    async with rig(settings=QUICK) as made:
        add_user(made.account, "taken@example.com")
        rows = [*users(2), {"name": "Thief", "email": "taken@example.com"}]
        report = await made.zd.bulk.users.create(rows, ledger=tmp_path / "x.ledger")
        assert counts(report) == {"created": 2, "refused": 1}
        (row,) = report.rows("refused")
        assert (row.position, row.key, row.code) == (3, "taken@example.com", "UserCreateFailed")
        assert "taken@example.com" in (row.text or "")


# -- rows about one record ---------------------------------------------------------------------------------------------


async def test_rows_about_one_record_are_merged_within_a_chunk_and_keep_their_order(tmp_path: Path) -> None:
    rows = [
        {"external_id": "e1", "name": "First", "user_fields": {"tier": "gold", "seats": 1}, "tags": ["a"]},
        {"external_id": "e2", "name": "Other"},
        {"external_id": "E1", "notes": "late", "user_fields": {"tier": "silver"}, "tags": ["b"]},
    ]
    async with rig(settings=QUICK) as made:
        report = await made.zd.bulk.users.create_or_update(rows, ledger=tmp_path / "x.ledger")
        assert counts(report) == {"created": 2, "merged": 1}
        (merged,) = report.rows("merged")
        assert (merged.position, merged.text) == (1, "into row 3")
        (user,) = [one for one in made.account.state.users.values() if one.name == "First"]
        assert (user.external_id, user.notes, user.tags) == ("E1", "late", ("b",))
        assert user.fields["tier"] == "silver"


async def test_rows_about_one_record_in_several_chunks_go_one_after_the_other(tmp_path: Path) -> None:
    rows = [{"external_id": "same", "name": f"Name {i}"} if i % 101 == 0 else {"external_id": f"e{i}", "name": "N"}
            for i in range(1000)]
    async with rig(settings=Settings(job_seconds_per_row=(0.01, 0.2))) as made:
        report = await made.zd.bulk.users.create_or_update(rows, ledger=tmp_path / "x.ledger", duplicates="send")
        assert report.counts["updated"] == 9
        assert names(made)["same"] == "Name 909"


@pytest.mark.parametrize(("duplicates", "expected"), [
    ("refuse", {"created": 1, "refused": 1}), ("send", {"created": 1, "updated": 1}),
])
async def test_duplicates_can_be_refused_or_sent(tmp_path: Path, duplicates: Any, expected: dict[str, int]) -> None:
    rows = [{"external_id": "e1", "name": "First"}, {"external_id": "E1", "name": "Second"}]
    async with rig(settings=QUICK) as made:
        report = await made.zd.bulk.users.create_or_update(rows, ledger=tmp_path / "x.ledger", duplicates=duplicates)
        assert counts(report) == expected
        if duplicates == "refuse":
            (row,) = report.rows("refused")
            assert (row.position, row.code, row.text) == (2, "DuplicateRow", "row 1 is about the same record")


async def test_a_failure_of_a_merged_row_is_that_of_both(tmp_path: Path) -> None:
    async with rig(settings=QUICK) as made:
        add_user(made.account, "a@example.com", external_id="one")
        add_user(made.account, "b@example.com", external_id="two")
        rows = [{"external_id": "one", "notes": "x"}, {"external_id": "one", "email": "b@example.com"}]
        report = await made.zd.bulk.users.create_or_update(rows, ledger=tmp_path / "x.ledger")
        assert counts(report) == {"refused": 2}
        assert [cells for _, cells in report.failed_cells()] == rows


# -- the other verbs ---------------------------------------------------------------------------------------------------


async def test_every_verb_does_what_it_says(tmp_path: Path) -> None:
    async with rig(settings=QUICK, users=3) as made:
        bulk, state = made.zd.bulk, made.account.state

        async def run(name: str, rows: list[dict[str, Any]], **options: Any) -> list[int]:
            report = await bulk.run(name, rows, ledger=tmp_path / f"{name}.ledger", **options)
            assert report.ok, str(report)
            assert len(list(report.rows())) == len(rows)
            return [row.id or 0 for row in report.rows()]

        organizations = await run("organizations.create", [{"name": f"O{i}", "external_id": f"o{i}"} for i in range(3)])
        await run("organizations.update", [{"id": organizations[0], "notes": "x"}, {"external_id": "o1", "notes": "y"}])
        assert [state.organizations[one].notes for one in organizations[:2]] == ["x", "y"]
        people = await run("users.create", users(4))
        await run("users.update", [{"id": one, "notes": "seen"} for one in people])
        assert all(state.users[one].notes == "seen" for one in people)
        pairs = [{"user_id": one, "organization_id": organizations[0]} for one in people]
        memberships = await run("organization_memberships.create", pairs)
        await run("organization_memberships.delete", [{"id": memberships[0]}])
        tickets = await run(
            "tickets.import_",
            [{"subject": f"T{i}", "external_id": f"t{i}", "requester_id": people[0], "status": "closed",
              "comments": [{"value": "Hello", "author_id": people[0]}]} for i in range(3)],
            archive_immediately=True,
        )
        made_tickets = await run("tickets.create", [{"subject": "New", "comment": {"body": "Hi"}}])
        await run("tickets.update", [{"id": made_tickets[0], "priority": "high"}])
        assert (await made.zd.tickets.show(made_tickets[0])).priority == "high"
        await run("tickets.delete", [{"id": tickets[0]}])
        await run("users.delete", [{"id": people[3]}])
        assert not state.users[people[3]].active
        await run("organizations.delete", [{"id": one} for one in organizations])
        assert not state.organizations.keys() & set(organizations)


# -- what stops a run --------------------------------------------------------------------------------------------------


async def test_a_run_that_may_not_import_says_so_and_goes_on_once_it_may(tmp_path: Path) -> None:
    async with rig(settings=Settings(bulk_imports_enabled=False)) as made:
        with pytest.raises(PermissionDenied) as caught:
            await made.zd.bulk.users.create_or_update(users(250), ledger=tmp_path / "x.ledger")
        assert "goes on from there" in "".join(caught.value.__notes__)
        made.account.settings = QUICK
        report = await made.zd.bulk.users.create_or_update(users(250), ledger=tmp_path / "x.ledger")
        assert counts(report) == {"created": 250}


async def test_a_stopped_run_waits_for_its_jobs_and_is_gone_on_with(tmp_path: Path) -> None:
    stop = asyncio.Event()
    async with rig(settings=Settings(job_seconds_per_row=0.1)) as made:
        asyncio.get_running_loop().call_later(8.0, stop.set)
        report = await made.zd.bulk.users.create_or_update(users(4_500), ledger=tmp_path / "x.ledger", stop=stop)
        assert report.pending != 0
        done = sum(report.counts.values())
        assert 0 < done < 4_500
        assert done == len(names(made)), "what was sent was waited for"
        report = await made.zd.bulk.users.create_or_update(users(4_500), ledger=tmp_path / "x.ledger")
        assert counts(report) == {"created": 4_500}
        assert made.served("POST", "create_or_update_many") == 45


async def test_a_ledger_is_for_one_run_only(tmp_path: Path) -> None:
    async with rig(settings=QUICK) as made, rig(settings=QUICK) as other:
        ledger = tmp_path / "x.ledger"
        await made.zd.bulk.users.create_or_update(users(150), ledger=ledger)
        calls = {
            "operation": made.zd.bulk.users.create(users(150), ledger=ledger),
            "account": other.zd.bulk.users.create_or_update(users(150), ledger=ledger),
            "declaration": made.zd.bulk.users.create_or_update(users(150), ledger=ledger, columns={"name": "alias"}),
            "duplicates": made.zd.bulk.users.create_or_update(users(150), ledger=ledger, duplicates="send"),
            "rows 1 to 100": made.zd.bulk.users.create_or_update(users(150, 1), ledger=ledger),
        }
        for what, call in calls.items():
            with pytest.raises(LedgerError) as caught:
                await call
            assert caught.value.reason == "mismatch"
            assert what in str(caught.value)
        assert len(names(made)) == 150
        assert names(other) == {}


async def test_two_runs_can_not_have_one_ledger(tmp_path: Path) -> None:
    async with rig(settings=QUICK) as made:
        first = asyncio.create_task(made.zd.bulk.users.create_or_update(users(150), ledger=tmp_path / "x.ledger"))
        await asyncio.sleep(0.5)
        with pytest.raises(LedgerError) as caught:
            await made.zd.bulk.users.create_or_update(users(150), ledger=tmp_path / "x.ledger")
        assert caught.value.reason == "locked"
        assert (await first).ok


# -- arguments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("options", "text"), [
    ({}, "need a ledger"),
    ({"ledger": "x", "duplicates": "drop"}, "duplicates must be"),
    ({"ledger": "x", "slots": 0}, "slots must be"),
    ({"ledger": "x", "ledgr": "y"}, "no option 'ledgr'"),
    ({"ledger": "x", "skip_unchanged": True}, "can't skip what is unchanged"),
    ({"ledger": "x", "archive_immediately": True}, "no option 'archive_immediately': users.create takes"),
    ({"ledger": "x", "settle": -1.0}, "settle must be"),
    ({"ledger": "x", "settle": "60"}, "settle must be"),
])
async def test_arguments_that_can_not_be_right_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    async with rig() as made:
        with pytest.raises(BadArgument, match=text):
            await made.zd.bulk.users.create(users(1), **options)
        assert made.account.requests == 0
        assert files(tmp_path) == []


async def test_an_unknown_operation_is_refused() -> None:
    async with rig() as made:
        with pytest.raises(BadArgument, match=r"no bulk operation 'users.destroy': there are users.create_or_update"):
            await made.zd.bulk.run("users.destroy", [], ledger="x")


async def test_progress_is_told_and_its_errors_harm_nobody(tmp_path: Path) -> None:
    seen: list[Any] = []

    def watch(progress: Any) -> None:
        seen.append(progress)
        raise LookupError

    async with rig(settings=Settings(job_seconds_per_row=0.1)) as made:
        report = await made.zd.bulk.users.create_or_update(
            users(500), ledger=tmp_path / "x.ledger", on_progress=watch
        )
        assert report.ok
    assert len(seen) > 5
    assert (seen[-1].done, seen[-1].total, seen[-1].failed) == (500, 500, 0)
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert max(one.jobs_in_flight for one in seen) == 5
