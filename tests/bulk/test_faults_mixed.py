"""Any rows, any chunks, any troubles, any deaths: in the end the account is as if the rows had been written in turn."""

from __future__ import annotations

import math
import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import attrs
import pytest
from crashing import crashed, small_and_quick
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import ADMIN, rig

from zdasync import Zendesk
from zdasync.bulk import plan
from zdasync.bulk.report import BulkReport
from zdasync.simulator import Account
from zdasync.simulator.faults import Fault
from zdasync.simulator.job_faults import JobFault
from zdasync.simulator.settings import Settings
from zdasync.simulator.state import ADMIN_ID
from zdasync.testing import run_virtual

Row = dict[str, Any]

QUICK = Settings(job_start_delay=0.1, job_seconds_per_row=(0.05, 0.5))
UPSERT = "POST /api/v2/users/create_or_update_many"
IMPORT = "POST /api/v2/imports/tickets/create_many"

EXAMPLES = int(os.environ.get("ZDASYNC_EXAMPLES", "30"))
numbers = st.integers(1, 6)


@attrs.frozen(kw_only=True)
class Trouble:
    """What happens to a run: to its requests, to its jobs, and after which of its writes it dies, time and again."""

    rows_of_a_chunk: int
    rows_that_wait: int
    """Among which rows about one record are merged."""
    lost: list[tuple[int, str]]
    refused: list[int]
    jobs: list[tuple[int, str, int, Literal["none", "partial"]]]
    deaths: list[tuple[int, Literal["before", "after"]]]
    slots: int | None

    def faults(self, route: str) -> list[Fault]:
        """The faults of requests."""
        lost = [Fault(route, kind, calls=(number,)) for number, kind in self.lost]  # type: ignore[arg-type]
        return [*lost, *(Fault(route, "rate_limited", calls=(number,), retry_after=9) for number in self.refused)]

    def job_faults(self, route: str) -> list[JobFault]:
        """The faults of jobs."""
        return [
            JobFault(route, kind, jobs=(number,), after=after, results=results)  # type: ignore[arg-type]
            for number, kind, after, results in self.jobs
        ]


troubles = st.builds(
    Trouble,
    rows_of_a_chunk=st.integers(1, 4), rows_that_wait=st.integers(1, 12),
    lost=st.lists(
        st.tuples(numbers, st.sampled_from(["reset_before", "reset_after", "truncate", "error_after"])), max_size=1,
    ),
    refused=st.lists(numbers, max_size=2),
    jobs=st.lists(
        st.tuples(
            numbers, st.sampled_from(["failed", "killed", "vanishes"]), st.integers(0, 2),
            st.sampled_from(["none", "partial"]),
        ), max_size=1,
    ),
    deaths=st.lists(st.tuples(st.integers(1, 20), st.sampled_from(["before", "after"])), max_size=3),
    slots=st.sampled_from([None, 1, 2]),
)
"""A chunk meets too few of them to be given up."""

upserts = st.lists(
    st.fixed_dictionaries(
        {"external_id": st.sampled_from(["a", "b", "B", "c", "d", "e"])},
        optional={name: st.sampled_from("123456789") for name in ("name", "notes", "details")},
    ), min_size=1, max_size=12,
)
imports = st.lists(st.sampled_from([None, None, "a", "b", "c", "d", "e", "f", "g"]), min_size=1, max_size=12)

often = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def carry_out(operation: str, route: str, rows: list[Row], trouble: Trouble) -> tuple[Account, BulkReport, list[Any]]:
    """The account and the report after all troubles, and the outcomes of the rows."""

    async def main(folder: Path, patch: pytest.MonkeyPatch) -> tuple[Account, BulkReport, list[Any]]:
        small_and_quick(patch, trouble.rows_of_a_chunk)
        patch.setattr(plan, "WIDTH", trouble.rows_that_wait)
        async with rig(
            settings=QUICK, faults=trouble.faults(route), job_faults=trouble.job_faults(route), latency=(0.0, 0.2)
        ) as made:
            async def run(zd: Zendesk) -> BulkReport:
                return await zd.bulk.run(operation, rows, ledger=folder / "x.ledger", slots=trouble.slots)

            for at, when in trouble.deaths:
                if not await crashed(patch, at, when, run, made.account.url, auth=ADMIN, plan="enterprise"):
                    break
            report = await run(made.zd)
            made.account.state.jobs.advance(math.inf)
            return made.account, report, list(report.rows())

    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        return run_virtual(main(Path(folder), patch))


@often
@given(rows=upserts, trouble=troubles)
def test_upserts_end_as_if_written_in_turn(rows: list[Row], trouble: Trouble) -> None:
    first = {row["external_id"].casefold(): row for row in reversed(rows)}
    for row in first.values():
        row.setdefault("name", "0")  # without a name nobody can be created
    account, report, told = carry_out("users.create_or_update", UPSERT, rows, trouble)
    model: dict[str, Row] = {}
    for row in rows:
        model.setdefault(row["external_id"].casefold(), {}).update(row)
    found = {
        user.external_id.casefold(): user for user in account.state.active_users() if user.external_id is not None
    }
    assert found.keys() == model.keys()
    for key, row in model.items():
        assert [getattr(found[key], name) for name in row] == list(row.values())
    assert [row.position for row in told] == list(range(1, len(rows) + 1))
    assert {row.outcome for row in told} <= {"created", "updated", "merged"}
    assert all(row.id == found[given["external_id"].casefold()].id for row, given in zip(told, rows, strict=True))
    assert report.counts["created"] == len(model)


@often
@given(names=imports, trouble=troubles)
def test_imports_are_there_once_or_in_doubt(names: list[str | None], trouble: Trouble) -> None:
    rows: list[Row] = [
        {"subject": str(number), "comments": [{"value": "Hello", "author_id": ADMIN_ID}],
         **({} if name is None else {"external_id": name})}
        for number, name in enumerate(names)
    ]
    account, _, told = carry_out("tickets.import_", IMPORT, rows, trouble)
    there = Counter(ticket.subject for ticket in account.state.tickets.all_active())
    ids = {ticket.subject: ticket.id for ticket in account.state.tickets.all_active()}
    seen: set[str] = set()
    for row, name, made in zip(told, names, rows, strict=True):
        times = there[made["subject"]]
        if name is not None and name in seen:
            assert (row.outcome, row.code, times) == ("refused", "DuplicateRow", 0)
        elif row.outcome == "unknown":
            assert name is None
            assert times <= 1
        else:
            assert (row.outcome, times) == ("created", 1)
            assert row.id == ids[made["subject"]]
        seen |= {name} if name else set()
