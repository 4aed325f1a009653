"""References, rows that change nothing, a second try at refused rows, undoing, and several runs in their order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import Rig, add_user, rig

from zdasync import BadArgument, LedgerError, PermissionDenied
from zdasync.bulk.report import BulkReport
from zdasync.simulator.faults import Fault
from zdasync.simulator.settings import Settings

QUICK = Settings(job_seconds_per_row=0.01)


def counts(report: BulkReport) -> dict[str, int]:
    return {outcome: count for outcome, count in report.counts.items() if count}


# -- references --------------------------------------------------------------------------------------------------------

TO_ORGANIZATION = {
    "org": {"to": "organization_id", "reference": "organizations.external_id"}, "id": "external_id",
}


async def test_references_are_looked_up_a_hundred_at_a_time_and_remembered(tmp_path: Path) -> None:
    async with rig(settings=QUICK) as made:
        organizations = [{"name": f"O{i}", "external_id": f"o{i}"} for i in range(120)]
        await made.zd.bulk.organizations.create(organizations, ledger=tmp_path / "o.ledger")
        rows = [{"id": f"u{i}", "name": f"U{i}", "org": f"O{i % 120}"} for i in range(300)]
        report = await made.zd.bulk.users.create(rows, ledger=tmp_path / "u.ledger", columns=TO_ORGANIZATION)
        assert counts(report) == {"created": 300}
        state = made.account.state
        assert {
            one.external_id: state.organizations[one.organization_id].external_id
            for one in state.users.values() if one.external_id
        } == {f"u{i}": f"o{i % 120}" for i in range(300)}
        assert made.served("GET", "organizations/show_many") <= 4


async def test_a_row_that_refers_to_nothing_is_refused(tmp_path: Path) -> None:
    async with rig(settings=QUICK) as made:
        await made.zd.bulk.organizations.create([{"name": "O", "external_id": "o"}], ledger=tmp_path / "o.ledger")
        rows = [
            {"id": "u1", "name": "U", "org": "o"}, {"id": "u2", "name": "U", "org": "none"}, {"id": "u3", "name": "U"},
        ]
        report = await made.zd.bulk.users.create(rows, ledger=tmp_path / "u.ledger", columns=TO_ORGANIZATION)
        assert counts(report) == {"created": 2, "refused": 1}
        (row,) = report.rows("refused")
        assert (row.position, row.code, row.field) == (2, "UnknownReference", "organization_id")
        assert "'none'" in (row.text or "")


@pytest.mark.parametrize("reference", ["users.external_id", "users.email"])
async def test_tickets_refer_to_users(tmp_path: Path, reference: str) -> None:
    async with rig(settings=QUICK) as made:
        user = add_user(made.account, "ada@example.com", external_id="a,da")
        named = "ADA@example.com" if reference == "users.email" else "A,DA"
        report = await made.zd.bulk.tickets.import_(
            [{"subject": "S", "external_id": "t", "who": named, "comments": [{"value": "x", "author_id": user.id}]}],
            ledger=tmp_path / "t.ledger", columns={"who": {"to": "requester_id", "reference": reference}},
        )
        assert report.ok, str(report)
        (row,) = report.rows()
        assert row.id is not None
        assert (await made.zd.tickets.show(row.id)).requester_id == user.id


async def test_several_runs_go_in_the_order_in_which_their_records_need_each_other(tmp_path: Path) -> None:
    async with rig(settings=QUICK) as made:
        reports = await made.zd.bulk.migrate(
            {
                "users.create_or_update": ([{"id": "u", "name": "U", "org": "o"}], TO_ORGANIZATION),
                "organizations.create": [{"name": "O", "external_id": "o"}],
            },
            ledgers=tmp_path / "ledgers",
        )
        assert list(reports) == ["organizations.create", "users.create_or_update"]
        assert all(report.ok for report in reports.values())
        assert sorted(path.name for path in (tmp_path / "ledgers").glob("*.ledger")) == [
            "organizations.create.ledger", "users.create_or_update.ledger",
        ]


async def test_the_ledgers_of_several_runs_are_a_directory(tmp_path: Path) -> None:
    async with rig(settings=QUICK) as made:
        with pytest.raises(BadArgument, match="ledgers="):
            await made.zd.bulk.migrate({"users.create": []}, ledgers=tmp_path / "ledgers", ledger=tmp_path / "x")
        assert made.account.requests == 0


# -- what is so already ------------------------------------------------------------------------------------------------


async def test_rows_that_change_nothing_are_not_sent(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"external_id": f"e{i}", "name": f"U{i}", "tags": ["b", "a"], "user_fields": {"tier": "gold"}}
        for i in range(150)
    ]
    async with rig(settings=QUICK) as made:
        await made.zd.bulk.users.create_or_update(rows, ledger=tmp_path / "1.ledger")
        rows[3] = {**rows[3], "name": "Changed"}
        rows[4] = {**rows[4], "tags": ["a"]}
        rows[5] = {**rows[5], "user_fields": {"tier": "silver"}}
        rows[6] = {**rows[6], "external_id": "E6"}
        report = await made.zd.bulk.users.create_or_update(rows, ledger=tmp_path / "2.ledger", skip_unchanged=True)
        assert counts(report) == {"updated": 3, "unchanged": 147}
        assert [row.position for row in report.rows("updated")] == [4, 5, 6]
        assert all(row.id for row in report.rows("unchanged"))
        assert made.served("GET", "users/show_many") == 2


# -- once more ---------------------------------------------------------------------------------------------------------


async def refused_run(made: Rig, ledger: Path) -> tuple[BulkReport, Any]:
    """A run of 150 rows, one of which a user is in the way of."""
    blocker = add_user(made.account, "taken@example.com")
    rows = [{"name": f"U{i}", "email": f"u{i}@example.com"} for i in range(149)]
    report = await made.zd.bulk.users.create([*rows, {"name": "T", "email": "taken@example.com"}, {"x": 1}, rows[0]],
                                             ledger=ledger, columns={"x": ""})
    return report, blocker


async def test_refused_rows_are_sent_once_more(tmp_path: Path) -> None:
    ledger = tmp_path / "x.ledger"
    async with rig(settings=QUICK) as made:
        report, blocker = await refused_run(made, ledger)
        assert counts(report) == {"created": 149, "refused": 3}
        again = await made.zd.bulk.retry_failed(ledger)
        assert counts(again) == {"created": 149, "refused": 3}
        await made.zd.users.identities.delete(
            blocker.id, (await made.zd.users.identities.list(blocker.id))[0].id
        )
        last = await made.zd.bulk.retry_failed(ledger)
        assert counts(last) == {"created": 150, "refused": 2}
        assert last.total == 152
        assert [row.code for row in last.rows("refused")][1] == "DuplicateRow", "a duplicate is not sent after all"
        assert len([one for one in made.account.state.users.values() if one.name == "U0"]) == 1


async def test_only_what_has_come_to_its_end_is_retried(tmp_path: Path) -> None:
    ledger = tmp_path / "x.ledger"
    async with rig(settings=Settings(bulk_imports_enabled=False)) as made:
        with pytest.raises(Exception, match="enabled"):
            await made.zd.bulk.users.create([{"name": "U", "email": "u@example.com"}], ledger=ledger)
        with pytest.raises(BadArgument, match="has not come to its end"):
            await made.zd.bulk.retry_failed(ledger)
        with pytest.raises(LedgerError):
            await made.zd.bulk.retry_failed(tmp_path / "none.ledger")


# -- undoing -----------------------------------------------------------------------------------------------------------


async def test_a_run_is_undone_by_its_ledger(tmp_path: Path) -> None:
    ledger = tmp_path / "x.ledger"
    async with rig(settings=QUICK) as made:
        kept = add_user(made.account, "kept@example.com", external_id="kept")
        before = {one.id for one in made.account.state.users.values() if one.active}
        rows = [{"external_id": f"e{i}", "name": f"U{i}"} for i in range(130)] + [{"external_id": "kept", "notes": "x"}]
        report = await made.zd.bulk.users.create_or_update(rows, ledger=ledger)
        assert counts(report) == {"created": 130, "updated": 1}
        with pytest.raises(BadArgument, match="confirm=130"):
            await made.zd.bulk.undo(ledger, confirm=131)
        undone = await made.zd.bulk.undo(ledger, confirm=130)
        assert counts(undone) == {"deleted": 130}
        assert {one.id for one in made.account.state.users.values() if one.active} == before
        assert kept.active
        again = await made.zd.bulk.undo(ledger, confirm=130)
        assert counts(again) == {"deleted": 130}
        assert made.served("DELETE", "destroy_many") == 2


async def test_what_was_updated_can_not_be_undone(tmp_path: Path) -> None:
    async with rig(settings=QUICK) as made:
        user = add_user(made.account, "a@example.com")
        await made.zd.bulk.users.update([{"id": user.id, "notes": "x"}], ledger=tmp_path / "x.ledger")
        with pytest.raises(BadArgument, match="can't be undone"):
            await made.zd.bulk.undo(tmp_path / "x.ledger", confirm=1)


# -- replies that are lost ---------------------------------------------------------------------------------------------


async def test_what_a_lost_job_made_counts_as_created(tmp_path: Path) -> None:
    """The upsert is sent again, whose job then says "Updated"."""
    fault = Fault("POST /api/v2/users/create_or_update_many", "reset_after", calls=(1,))
    async with rig(settings=Settings(job_seconds_per_row=0.05), faults=[fault]) as made:
        add_user(made.account, "kept@example.com", external_id="kept")
        await made.zd.users.me()
        rows = [{"external_id": f"e{i}", "name": f"U{i}"} for i in range(50)] + [{"external_id": "kept", "notes": "x"}]
        made.account.state.by_external_id("kept").created_at -= 100
        report = await made.zd.bulk.users.create_or_update(rows, ledger=tmp_path / "x.ledger")
        assert counts(report) == {"created": 50, "updated": 1}
        assert made.served("POST", "create_or_update_many") == 2


async def test_a_run_is_gone_on_with_by_its_ledger_alone(tmp_path: Path) -> None:
    source = tmp_path / "users.csv"
    source.write_text("external_id;name\n" + "".join(f"e{i};Nåme {i}\n" for i in range(150)), encoding="latin-1")
    async with rig(settings=Settings(bulk_imports_enabled=False)) as made:
        with pytest.raises(PermissionDenied):
            await made.zd.bulk.users.create(source, encoding="latin-1", delimiter=";")
        made.account.settings = QUICK
        moved = source.rename(tmp_path / "moved.csv")
        report = await made.zd.bulk.resume(tmp_path / "users.ledger", source=moved)
        assert report.total == 150
        assert {one.name for one in made.account.state.users.values()} >= {f"Nåme {i}" for i in range(150)}
        assert report.columns == ("external_id", "name")


async def test_rows_of_a_program_can_not_be_gone_on_with_by_their_ledger(tmp_path: Path) -> None:
    async with rig(settings=QUICK) as made:
        await made.zd.bulk.users.create([{"name": "U"}], ledger=tmp_path / "x.ledger")
        with pytest.raises(BadArgument, match="came from a program"):
            await made.zd.bulk.resume(tmp_path / "x.ledger")


async def test_nothing_is_undone_in_another_account(tmp_path: Path) -> None:
    async with rig(settings=QUICK) as made, rig(settings=QUICK, users=50) as other:
        await made.zd.bulk.users.create([{"name": "U"}], ledger=tmp_path / "x.ledger")
        with pytest.raises(LedgerError) as caught:
            await other.zd.bulk.undo(tmp_path / "x.ledger", confirm=1)
        assert caught.value.reason == "mismatch"
        assert other.served("DELETE") == 0


async def test_a_second_try_goes_as_the_run_was_told(tmp_path: Path) -> None:
    ledger = tmp_path / "t.ledger"
    rows = [{"subject": "S", "external_id": "t", "requester_id": 7, "status": "closed", "comments": [{"value": "x"}]}]
    async with rig(settings=QUICK) as made:
        report = await made.zd.bulk.tickets.import_(rows, ledger=ledger, archive_immediately=True)
        assert counts(report) == {"refused": 1}
        await made.zd.bulk.retry_failed(ledger)
        asked = [one.query for one in made.account.log if one.path.endswith("imports/tickets/create_many")]
        assert asked == ["archive_immediately=true"] * 2
