"""What it takes to call every operation once: a row for each, a client of a simulated account, and what a row proves.

A row says where an operation is, how a caller uses its method and what comes back. `serve` calls it over real sockets
and asserts what holds for all of them: the request that the account saw, a reply of the documented status, nothing
ignored and nothing that did not fit its record.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any, Final

import attrs
from operation_table import rows, shape

from zdasync import OAuthToken, Zendesk
from zdasync.call import Pages
from zdasync.events import Event, ParametersIgnored, SchemaDrift
from zdasync.export import Export
from zdasync.jobs import Job
from zdasync.simulator import ADMIN_ID, Account
from zdasync.simulator.tokens import find_client, issue

FACTS: Final = Path(__file__).parents[3] / "shared" / "contract"

IN_PROSE: Final = {"tickets.create_async": {202}}
"""Statuses that the reference names beside its tables."""


@attrs.frozen
class Row:
    """One operation: `METHOD path` and method as in the table of operations, and how it is called.

    `call` gets the method and what was prepared, and gives what the method does. `gives` is the class of the result; a
    list of one class: several, one at least; None: nothing. `proof` is what else must be true, of what was prepared and
    the result. `by` is the user on whose behalf it is called; None: the admin himself.
    """

    place: str
    where: str
    call: Callable[[Any, Any], Any]
    gives: Any
    proof: Callable[[Any, Any], object] | None = None
    by: int | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What a row of the table of operations is told by."""
        method, path = self.place.split()
        return method, shape(path), self.where

    def __str__(self) -> str:
        return f"{self.where} {self.place}"


def known(groups: Iterable[str]) -> set[tuple[str, str, str]]:
    """The covered operations of these groups."""
    return {(*row.place, row.where) for row in rows() if row.group in groups and row.covered}


@asynccontextmanager
async def client_of(account: Account) -> AsyncIterator[tuple[Zendesk, list[Event]]]:
    """The admin's client of a served account, with a token that may act for end users, and what it is told."""
    owner = find_client(account.state, "client")
    assert owner is not None
    token = issue(
        account.state, account.now(), client=owner, user_id=ADMIN_ID, scopes=("read", "write", "impersonate")
    )
    events: list[Event] = []
    async with account.serve() as url, Zendesk(
        base_url=url, auth=OAuthToken(token.value), plan="enterprise", observer=events.append
    ) as zd:
        yield zd, events


async def serve(row: Row, account: Account, zd: Zendesk, events: list[Event], prepared: Any) -> None:
    """Call a row's method; assert what holds for every operation and what the row says."""
    account.log.clear()
    events.clear()
    actor = zd if row.by is None else zd.on_behalf_of(row.by)
    result = await read(row.call(reduce(getattr, row.where.split("."), actor), prepared))
    method, path, _ = row.key
    first, statuses = account.log[0], [one.status for one in account.log]
    assert (first.method, bool(re.fullmatch(path.replace("{}", "[^/]+"), first.path))) == (method, True), first
    assert all(status < 300 for status in statuses)
    assert statuses[0] in (documented(row) or statuses)
    assert [event for event in events if isinstance(event, SchemaDrift | ParametersIgnored)] == []
    _is(result, row.gives)
    assert row.proof is None or row.proof(prepared, result)


async def read(asked: Any) -> Any:
    """What a caller gets in the end: a record, all of a listing or an export, the results of a job."""
    if isinstance(asked, Pages | Export):
        return [record async for record in asked]
    result = await asked
    return await result if isinstance(result, Job) else result


def _is(result: Any, gives: Any) -> None:
    if isinstance(gives, list):
        assert result
        assert {type(one) for one in result} == set(gives)
    else:
        assert result is None if gives is None else type(result) is gives


@lru_cache(maxsize=1)
def _statuses() -> dict[tuple[str, str], set[int]]:
    """The documented statuses by operation, where the facts about Zendesk's API lie beside the repository."""
    found: dict[tuple[str, str], set[int]] = {}
    for path in (FACTS / name for name in ("operations.json", "extra_operations.json")):
        for one in json.loads(path.read_text("utf-8")) if path.exists() else []:
            place = one["method"], shape(one["path"])
            found.setdefault(place, set()).update(int(status) for status in one["responses"] or ())
    return found


def documented(row: Row) -> set[int] | None:
    """The statuses that the reference gives for an operation; None where that isn't known."""
    method, path, where = row.key
    return IN_PROSE.get(where) or _statuses().get((method, path)) or None
