"""What to do about rows of which nobody knows whether they were carried out.

The model: a request whose reply was lost may have started a job, which may still be at work. So first some time passes,
then the jobs that run and that nobody knows are waited for. After that the account shows what was done, and rows that
left no trace may be sent again. Upserts, updates and deletions need no trace: they come to the same when they are done
twice. What is created is looked up: by external id, else by what Zendesk holds unique.

Looked up by external id are users and organizations a hundred at a time (`show_many`), tickets one by one
(`GET /tickets?external_id=`, see https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/). Several
tickets may have one external id: only one that has changed since can be a row's. Archived tickets are in no list.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import attrs

from ..errors import BadArgument, DeadlineExceeded, JobLost, NotFound
from .outcomes import refused, reported
from .rows import Item, Problem, RowReport

if TYPE_CHECKING:
    from ..client import View
    from .operations import Operation
    from .sending import Doubt

__all__ = ["Cleared", "Reconciler"]

MARGIN: Final = 10.0
"""Seconds before a request went out from which on a record counts as made by it: clocks of servers differ."""
LISTED: Final = 100
"""So many jobs does Zendesk list."""
LONGEST: Final = 3_600.0
"""Seconds for which an unknown job is waited for."""
MOST_CHARACTERS: Final = 4_000
"""Characters of external ids that are asked for at once: they stand in the URL."""


@attrs.frozen(eq=False)
class Cleared:
    """Of the rows of a doubt: what is known now, and what may be sent again."""

    told: list[tuple[Item, RowReport]] = attrs.field(factory=list)
    again: list[Item] = attrs.field(factory=list)


@attrs.frozen(eq=False)
class _Found:
    """A record that a row may have made."""

    id: int
    created_at: datetime | None


class Reconciler:
    """Clears up doubts. `settle`: seconds that pass after a request before it can be looked for.

    `alike`: several rows may name one record that they all would make, so that a record doesn't tell whose it is.
    `archived`: closed tickets are put where they can't be looked up.
    """

    def __init__(
        self, view: View, operation: Operation, own_jobs: Collection[str], *, settle: float, alike: bool = False,
        archived: bool = False,
    ) -> None:
        self._view = view
        self._operation = operation
        self._own_jobs = own_jobs
        self._settle = settle
        self._alike = alike
        self._archived = archived

    async def clear(self, doubt: Doubt) -> Cleared:
        """What became of the rows, as far as the account shows it."""
        await self._quiet(doubt.at)
        if self._operation.kind != "create":
            return self._by_rule(doubt)
        cleared = Cleared()
        found: dict[int, _Found] = {}
        if not self._alike:
            found = {item.position: record async for item, record in self._records(doubt.items, doubt.since)}
        for item in doubt.items:
            if (record := found.get(item.position)) is not None:
                cleared.told.append((item, self._report(item, record, doubt.since)))
            elif self._traceable(item):
                cleared.again.append(item)
            else:
                cleared.told.append((item, unknown(item, doubt.reason)))
        return cleared

    async def true_outcomes(
        self, reports: Sequence[tuple[Item, RowReport]], since: float, before: Collection[int] = ()
    ) -> list[RowReport]:
        """Reports of rows that were sent again, as they are together with what the first attempt did.

        `since` is when that went out, `before` are records that earlier rows have written, however short ago. What the
        first attempt made was created, not updated; what can't be deleted since it isn't there, was deleted.
        """
        if self._operation.kind == "delete":
            return await self._true_deletions(reports)
        ids = [report.id for _, report in reports if report.outcome == "updated" and report.id is not None]
        if not ids or self._operation.kind != "upsert":
            return [report for _, report in reports]
        page = await self._view.users.show_many(ids=ids)
        made = {user.id for user in page if user.id not in before and _since(user.created_at, since)}
        return [
            reported(item, "created", report.id) if report.id in made and report.outcome == "updated" else report
            for item, report in reports
        ]

    async def _true_deletions(self, reports: Sequence[tuple[Item, RowReport]]) -> list[RowReport]:
        ids = [item.fields["id"] for item, report in reports if report.outcome == "refused"]
        there = await self._there(ids) if ids else frozenset[object]()
        return [
            report if report.outcome != "refused" or item.fields["id"] in there
            else reported(item, "deleted", report.id)
            for item, report in reports
        ]

    async def _there(self, ids: Sequence[Any]) -> Collection[object]:
        """Those of the ids that a record has which is not deleted."""
        resource = getattr(self._view, self._operation.resource)
        if self._operation.resource in ("users", "organizations", "tickets"):
            page = await resource.show_many(ids=ids)
            return {one.id for one in page if getattr(one, "active", None) is not False}
        there = set()
        for one in ids:
            with suppress(NotFound):
                there.add((await resource.show(one)).id)
        return there

    # -- until nothing moves any more ------------------------------------------------------------------------------

    async def _quiet(self, at: float) -> None:
        wait = at + self._settle - self._view._caller.server_time()  # noqa: SLF001 - a part of the package
        if wait > 0:
            await asyncio.sleep(min(wait, self._settle))
        jobs = self._view._caller.jobs  # noqa: SLF001
        listed = await self._view.job_statuses.list(page_size=LISTED)
        for status in listed:
            if not status.ended and status.id not in self._own_jobs:
                with suppress(JobLost, DeadlineExceeded):
                    await jobs.watch(status.id).wait(raise_on_failure=False, deadline=LONGEST)

    def _by_rule(self, doubt: Doubt) -> Cleared:
        cleared = Cleared()
        for item in doubt.items:
            if self._operation.repeatable(item.fields):
                cleared.again.append(item)
            else:
                cleared.told.append((item, unknown(item, doubt.reason)))
        return cleared

    def _traceable(self, item: Item) -> bool:
        """Would it have left a trace that was looked for, or be refused if it were made again?"""
        if self._alike or (self._archived and item.fields.get("status") == "closed"):
            return False
        names = {*self._operation.names, *self._operation.unique}
        return any(item.fields.get(name) not in (None, "") for name in names)

    def _report(self, item: Item, record: _Found, at: float) -> RowReport:
        if not self._operation.unique or _since(record.created_at, at):
            return reported(item, "created", record.id)
        return refused(item, Problem("DuplicateValue", f"record {record.id} was there before"), record.id)

    # -- looking up ------------------------------------------------------------------------------------------------

    async def _records(self, items: Sequence[Item], since: float) -> AsyncIterator[tuple[Item, _Found]]:
        """The records that there are, for those of the rows that have one; tickets only if they changed `since`."""
        resource = self._operation.resource
        if resource in ("organization_memberships", "group_memberships"):
            for item in items:
                if (record := await self._membership(resource, item.fields)) is not None:
                    yield item, record
            return
        many = [item for item in items if _listable(item.fields.get("external_id"))]
        if resource != "tickets":
            for batch in _batches(many):
                named = await self._by_external_ids(resource, batch)
                for item in batch:
                    if (record := named.get(str(item.fields["external_id"]).casefold())) is not None:
                        yield item, record
            items = [item for item in items if not _listable(item.fields.get("external_id"))]
        for item in items:
            if (record := await self._one(resource, item.fields, since)) is not None:
                yield item, record

    async def _by_external_ids(self, resource: str, items: Sequence[Item]) -> dict[str, _Found]:
        page = await getattr(self._view, resource).show_many(
            external_ids=[str(item.fields["external_id"]) for item in items]
        )
        return {one.external_id.casefold(): _found(one) for one in page if one.external_id}

    async def _one(self, resource: str, fields: Mapping[str, Any], since: float) -> _Found | None:
        """The record of a row that can't be looked up together with others."""
        external_id = fields.get("external_id")
        if resource == "tickets":
            return await self._ticket(external_id, since) if external_id else None
        if resource == "organizations":
            wanted = {"external_id": external_id} if external_id else {"name": fields["name"]}
            return await _first(self._view.organizations.search(**wanted))
        if external_id:
            return await _first(self._view.users.list(external_id=external_id))
        email = fields.get("email")
        return await _first(self._view.users.search(f'email:"{email}"')) if email else None

    async def _ticket(self, external_id: str, since: float) -> _Found | None:
        async for ticket in self._view.tickets.list(external_id=external_id):
            if ticket.generated_timestamp is None or ticket.generated_timestamp >= int(since - MARGIN):
                return _found(ticket)
        return None

    async def _membership(self, resource: str, fields: Mapping[str, Any]) -> _Found | None:
        other = "organization_id" if resource == "organization_memberships" else "group_id"
        with suppress(BadArgument):
            async for one in getattr(self._view, resource).list(user_id=fields["user_id"]):
                if getattr(one, other) == fields[other]:
                    return _found(one)
        return None


def unknown(item: Item, reason: str) -> RowReport:
    """The report of a row that must not be sent again."""
    text = f"it may have been carried out, and can't be looked up: {reason}"
    return reported(item, "unknown", problem=Problem("OutcomeUnknown", text))


def _listable(external_id: object) -> bool:
    return isinstance(external_id, str | int) and external_id != "" and "," not in str(external_id)


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The rows in groups whose external ids fit into one URL."""
    batch: list[Item] = []
    size = 0
    for item in items:
        length = len(quote(str(item.fields["external_id"]))) + len("%2C")
        if batch and size + length > MOST_CHARACTERS:
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += length
    if batch:
        yield batch


async def _first(pages: Any) -> _Found | None:  # noqa: ANN401 - pages of any record
    one: Iterable[Any] = await pages
    return next(map(_found, one), None)


def _found(record: Any) -> _Found:  # noqa: ANN401 - a record of any class
    return _Found(record.id, record.created_at)


def _since(created_at: datetime | None, at: float) -> bool:
    return created_at is not None and created_at >= datetime.fromtimestamp(int(at - MARGIN), UTC)
