from __future__ import annotations

import pytest
from ledgers import created, make_ledger, refused

from zdasync.bulk.operations import OPERATIONS
from zdasync.bulk.report import BulkReport
from zdasync.bulk.rows import RowReport
from zdasync.bulk.undo import undo_operation, undo_plan
from zdasync.errors import BadArgument

UNDONE_BY = {
    "users.create_or_update": "users.delete",
    "users.create": "users.delete",
    "organizations.create": "organizations.delete",
    "tickets.import_": "tickets.delete",
    "tickets.create": "tickets.delete",
    "organization_memberships.create": "organization_memberships.delete",
    "group_memberships.create": "group_memberships.delete",
}


@pytest.fixture
def report(tmp_path):
    def make(rows, **meta):
        return BulkReport.read(make_ledger(tmp_path / "migration.db", rows, **meta))

    return make


def test_every_creation_has_the_deletion_that_undoes_it_and_nothing_else_has_one():
    assert {name: undo_operation(name) for name in OPERATIONS if undo_operation(name)} == UNDONE_BY
    assert undo_operation("webhooks.create") is None


async def test_only_what_was_created_is_deleted_the_last_one_first(report):
    rows = [
        created(1), RowReport(2, None, "updated", 7), RowReport(3, None, "unchanged", 8), created(4), refused(5),
        RowReport(6, None, "merged", 1004), RowReport(7, None, "unknown", 9), created(8, None),
    ]
    plan = undo_plan(report(rows, total="10"))
    assert plan.operation == "users.delete"
    assert (plan.count, plan.nameless, plan.unsure) == (2, 1, 3)
    assert list(plan.ids) == [1004, 1001]
    assert [row async for row in plan.rows] == [{"id": 1004}, {"id": 1001}]


def test_as_long_as_the_source_is_not_read_nobody_knows_what_else_there_is(report):
    assert undo_plan(report([created(1)])).unsure is None


@pytest.mark.parametrize("operation", sorted(OPERATIONS.keys() - UNDONE_BY.keys()))
def test_updates_and_deletions_can_not_be_undone(report, operation):
    with pytest.raises(BadArgument, match=f"{operation} can't be undone"):
        undo_plan(report([created(1)], operation=operation))


@pytest.mark.parametrize("rows", [[], [refused(1)], [created(1, None)]])
def test_where_nothing_was_created_there_is_nothing_to_undo(report, rows):
    with pytest.raises(BadArgument, match="there is nothing to undo"):
        undo_plan(report(rows))
