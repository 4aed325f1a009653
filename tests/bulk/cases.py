"""Bulk operations as they are put to the test: rows to send, what of them an account shows, and whether both agree."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from zdasync.bulk.operations import operation
from zdasync.bulk.report import BulkReport
from zdasync.bulk.rows import Outcome, RowReport
from zdasync.simulator import Account
from zdasync.simulator.records import User
from zdasync.simulator.state import ADMIN_ID, State

Row = dict[str, Any]
Traces = list[list[int]]
"""For each row: the id of its record, as many times as the row shows in the account."""

LONG_AGO = 100_000.0
"""Seconds before a test at which what it finds in its account was made."""


@attrs.frozen(eq=False)
class Case:
    """One operation. `unsure`: rows may end as unknown when a reply is lost. `csv`: the rows come from a file."""

    name: str
    operation: str
    prepare: Callable[[State, float, int], list[Row]]
    """Makes so many rows, and what they need in the account."""
    traces: Callable[[State, Sequence[Row]], Traces]
    good: Collection[Outcome]
    unsure: bool = False
    csv: bool = False

    @property
    def route(self) -> str:
        """What its jobs are started by, as a pattern."""
        route = operation(self.operation).route
        return f"{route.method} {route.template}"

    def rows(self, account: Account, count: int) -> list[Row]:
        """So many rows; what they need is in the account from long ago."""
        return self.prepare(account.state, account.now() - LONG_AGO, count)

    def source(self, rows: list[Row], folder: Path) -> Any:
        """What a run is given: the rows, or a file of them."""
        return write_csv(folder / "rows.csv", rows) if self.csv else rows

    def __str__(self) -> str:
        return self.name


def write_csv(path: Path, rows: Sequence[Row]) -> Path:
    """The rows as a file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


# -- rows, and what they need ------------------------------------------------------------------------------------------


def _user(state: State, at: float, external_id: str | None = None) -> User:
    user = User(id=state.next_id(), name="Before", created_at=at, updated_at=at, external_id=external_id)
    return state.add_user(user)


def _upserts(state: State, at: float, count: int) -> list[Row]:
    """Every third user is there already."""
    for number in range(0, count, 3):
        _user(state, at, f"E-{number}")
    return [{"external_id": f"e-{number}", "name": f"User {number}"} for number in range(count)]


def _new_users(_state: State, _at: float, count: int) -> list[Row]:
    """Half of them with an external id, half with nothing but an address."""
    return [
        {"name": f"User {number}", "external_id": f"e-{number}"} if number % 2
        else {"name": f"User {number}", "email": f"user{number}@example.org"}
        for number in range(count)
    ]


def _imports(_state: State, _at: float, count: int) -> list[Row]:
    return [{**row, "external_id": f"t-{number}"} for number, row in enumerate(_nameless_imports(_state, _at, count))]


def _nameless_imports(_state: State, _at: float, count: int) -> list[Row]:
    return [
        {"subject": f"Ticket {number}", "created_at": "2020-01-01T00:00:00Z",
         "comments": [{"value": "Hello", "author_id": ADMIN_ID}]}
        for number in range(count)
    ]


def _tickets(state: State, at: float, count: int) -> list[int]:
    return [state.add_ticket(ADMIN_ID, now=at).id for _ in range(count)]


def _comments(state: State, at: float, count: int) -> list[Row]:
    return [
        {"id": ticket, "comment": {"body": f"Comment {number}"}}
        for number, ticket in enumerate(_tickets(state, at, count))
    ]


def _priorities(state: State, at: float, count: int) -> list[Row]:
    return [{"id": ticket, "priority": "urgent"} for ticket in _tickets(state, at, count)]


def _organizations(_state: State, _at: float, count: int) -> list[Row]:
    return [
        {"name": f"Company {number}"} | ({"external_id": f"c-{number}"} if number % 2 else {})
        for number in range(count)
    ]


def _memberships(state: State, at: float, count: int) -> list[Row]:
    place = state.add_organization("Everybody", at)
    return [{"user_id": _user(state, at).id, "organization_id": place.id} for _ in range(count)]


def _people(state: State, at: float, count: int) -> list[Row]:
    return [{"id": _user(state, at).id} for _ in range(count)]


def _unwanted(state: State, at: float, count: int) -> list[Row]:
    return [{"id": ticket} for ticket in _tickets(state, at, count)]


# -- what the account shows --------------------------------------------------------------------------------------------


def _by(records: Iterable[tuple[object, int]]) -> dict[object, list[int]]:
    found: dict[object, list[int]] = {}
    for key, record in records:
        found.setdefault(key, []).append(record)
    return found


def _looked_up(found: Mapping[object, list[int]], keys: Iterable[object]) -> Traces:
    return [found.get(key, []) for key in keys]


def _named_users(state: State, rows: Sequence[Row]) -> Traces:
    """Users with the name that a row gives: unlike their keys, nothing keeps names from being there twice."""
    return _looked_up(_by((user.name, user.id) for user in state.active_users()), (row["name"] for row in rows))


def _subjects(state: State, rows: Sequence[Row]) -> Traces:
    found = _by((ticket.subject, ticket.id) for ticket in state.tickets.all_active())
    return _looked_up(found, (row["subject"] for row in rows))


def _said(state: State, rows: Sequence[Row]) -> Traces:
    tickets = state.tickets
    found = _by(
        (comment.body, ticket.id) for ticket in tickets.all_active() for comment in tickets.comments_of(ticket)
    )
    return _looked_up(found, (row["comment"]["body"] for row in rows))


def _urgent(state: State, rows: Sequence[Row]) -> Traces:
    urgent = {ticket.id for ticket in state.tickets.all_active() if ticket.priority == "urgent"}
    return [[row["id"]] if row["id"] in urgent else [] for row in rows]


def _companies(state: State, rows: Sequence[Row]) -> Traces:
    found = _by((one.name, one.id) for one in state.organizations.values())
    return _looked_up(found, (row["name"] for row in rows))


def _joined(state: State, rows: Sequence[Row]) -> Traces:
    found = _by(
        ((one.user_id, one.place_id), one.id) for one in state.directory.organization_memberships.rows.values()
    )
    return _looked_up(found, ((row["user_id"], row["organization_id"]) for row in rows))


def _gone(state: State, rows: Sequence[Row]) -> Traces:
    return [[] if state.active(row["id"]) else [row["id"]] for row in rows]


def _thrown_away(state: State, rows: Sequence[Row]) -> Traces:
    return [[] if state.tickets.active(row["id"]) else [row["id"]] for row in rows]


CASES = [
    Case("upserts", "users.create_or_update", _upserts, _named_users, {"created", "updated"}, csv=True),
    Case("users", "users.create", _new_users, _named_users, {"created"}),
    Case("imports", "tickets.import_", _imports, _subjects, {"created"}),
    Case("nameless imports", "tickets.import_", _nameless_imports, _subjects, {"created"}, unsure=True),
    Case("comments", "tickets.update", _comments, _said, {"updated"}, unsure=True),
    Case("priorities", "tickets.update", _priorities, _urgent, {"updated"}),
    Case("organizations", "organizations.create", _organizations, _companies, {"created"}),
    Case("memberships", "organization_memberships.create", _memberships, _joined, {"created"}),
    Case("deleted users", "users.delete", _people, _gone, {"deleted"}),
    Case("deleted tickets", "tickets.delete", _unwanted, _thrown_away, {"deleted"}),
]


# -- do they agree? ----------------------------------------------------------------------------------------------------


def assert_right(
    account: Account, report: BulkReport, rows: Sequence[Row], case: Case, *, refused: Collection[int] = (),
    unknown: Collection[int] = (), shuffled: bool = False,
) -> Counter[str]:
    """Every row has its outcome, the account agrees, and nothing is there twice, now or ever; gives the outcomes.

    `refused` are the positions of the rows that must have been refused, `unknown` of those that may be unknown beside
    those whose operation is unsure. `shuffled`: the server doesn't say which record is which row's.
    """
    account.state.jobs.advance(math.inf)  # whatever a job may still do
    told = {row.position: row for row in report.rows()}
    assert sorted(told) == list(range(1, len(rows) + 1)), "rows without an outcome, or too many"
    assert (report.total, report.pending) == (len(rows), 0)
    shown = case.traces(account.state, rows)
    for position, ids in enumerate(shown, 1):
        may = {"refused": position in refused, "unknown": position in unknown, "any_id": shuffled}
        _assert_row(case, told[position], ids, **may)
    if shuffled:
        assert sorted(row.id or 0 for row in told.values()) == sorted(one for ids in shown for one in ids)
    if case.operation == "users.create_or_update":
        _assert_told_apart(account, told.values(), any_id=shuffled)
    return Counter(row.outcome for row in told.values())


def _assert_row(
    case: Case, row: RowReport, ids: list[int], *, refused: bool, unknown: bool, any_id: bool
) -> None:
    assert len(ids) <= 1, f"carried out {len(ids)} times: {row}"
    if refused:
        assert row.outcome == "refused", row
        assert row.code, row
    elif row.outcome == "unknown":
        assert case.unsure or unknown, row
    else:
        assert row.outcome in case.good, row
    if row.outcome == "refused":
        assert not ids, f"refused, but it is there: {row}"
    elif row.outcome != "unknown":
        assert ids, f"it is not there: {row}"
        assert any_id or row.id == ids[0], (row, ids)


def _assert_told_apart(account: Account, rows: Iterable[RowReport], *, any_id: bool) -> None:
    """Created is what was not there before; updated is what was."""
    old = {user.id for user in account.state.users.values() if user.created_at < account.now() - LONG_AGO / 2}
    for row in rows:
        if row.outcome in ("created", "updated") and not any_id:
            assert (row.outcome == "updated") == (row.id in old), row
