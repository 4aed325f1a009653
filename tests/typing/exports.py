"""What the type checker knows of searches and exports: read by mypy, never run."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime
from typing import assert_type

import attrs

from zdasync import Export, Page, Pages, Query, User, Zendesk
from zdasync.export import RawExport
from zdasync.records import Record
from zdasync.records.exports import TicketEvent, TicketMetricEvent
from zdasync.records.groups import Group
from zdasync.records.organizations import Organization
from zdasync.records.search import SearchResult
from zdasync.records.tickets import Ticket

START = datetime(2026, 1, 1, tzinfo=UTC)


@attrs.frozen
class Mine:
    id: int


async def searches(zd: Zendesk) -> None:
    query = Query("refund", type="ticket", status=["open", None]).ge(created=date(2026, 1, 1)).without("x", tags="vip")
    assert_type(query, Query)
    _ = assert_type(zd.search.list(query, sort_by="created_at", include="tickets(users)"), Pages[SearchResult])
    async for result in zd.search.list("x"):
        if isinstance(result, User):
            assert_type(result.email, str | None)
        elif isinstance(result, Ticket):
            assert_type(result.subject, str | None)
    assert_type(await zd.search.count(query), int)
    _ = assert_type(zd.search.export(query, "ticket"), Pages[Ticket])
    _ = assert_type(zd.search.export(query, type="user", page_size=1000), Pages[User])
    _ = assert_type(zd.search.export("x", "organization", cursor="A"), Pages[Organization])
    _ = assert_type(zd.search.export("x", "group"), Pages[Group])
    _ = zd.search.export("x", "topic")  # type: ignore[call-overload]
    _ = zd.search.list("x", sort_by="name")  # type: ignore[arg-type]


async def exports(zd: Zendesk) -> None:
    export = zd.incremental.users(START)
    assert_type(export, Export[User])
    assert_type(aiter(export), AsyncGenerator[User, None])
    async for user in export:
        assert_type(user, User)
    async for page in export.pages():
        assert_type(page, Page[User])
    assert_type((export.cursor, export.ended, export.until), tuple[str, bool, datetime | None])
    assert_type(export.into(Mine), Export[Mine])
    assert_type(export.raw(), RawExport)
    assert_type(zd.incremental.users_by_time(1_700_000_000), Export[User])
    assert_type(zd.incremental.tickets(cursor="A", exclude_deleted=True, include=["users"]), Export[Ticket])
    assert_type(zd.incremental.tickets_by_time(START), Export[Ticket])
    assert_type(zd.incremental.organizations(START), Export[Organization])
    assert_type(zd.incremental.ticket_events(START, include_comments=True), Export[TicketEvent])
    assert_type(zd.incremental.ticket_metric_events(START), Export[TicketMetricEvent])
    assert_type(zd.incremental.resume("A"), Export[Record])
    _ = assert_type(zd.incremental.sample("tickets", START), Pages[Ticket])
    _ = assert_type(zd.incremental.sample("ticket_events", START), Pages[TicketEvent])
    _ = assert_type(zd.incremental.sample("users", START), Pages[User])
    _ = assert_type(zd.incremental.sample("organizations", START), Pages[Organization])
    zd.incremental.users("yesterday")  # type: ignore[arg-type]
    _ = zd.incremental.sample("groups", START)  # type: ignore[call-overload]
