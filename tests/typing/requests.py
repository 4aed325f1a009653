"""Requests, ratings, metrics, skips and suspended tickets, as a type checker sees them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_type

from zdasync import Call, Page, Pages, Zendesk
from zdasync.records.attachments import Upload
from zdasync.records.requests import Request
from zdasync.records.satisfaction import SatisfactionRating, SatisfactionReason
from zdasync.records.suspended_tickets import SuspendedTicket, SuspendedTicketsExport
from zdasync.records.ticket_comments import TicketComment
from zdasync.records.ticket_metrics import TicketMetric
from zdasync.records.ticket_skips import TicketSkip
from zdasync.records.tickets import Ticket


async def requests(zd: Zendesk) -> None:
    customer = zd.on_behalf_of("customer@example.org")
    _ = assert_type(customer.requests.list(), Pages[Request])
    async for request in customer.requests.open(sort_by="updated_at", sort_order="desc"):
        assert_type(request, Request)
    made = await customer.requests.create(
        subject="Help!", comment={"body": "It broke", "uploads": ["token"]}, priority="high",
        collaborators=[35436, "friend@example.org", {"name": "A friend", "email": "other@example.org"}],
        custom_fields=[{"id": 360, "value": "blue"}], due_at=datetime(2024, 1, 1, tzinfo=UTC), deadline=5,
    )
    assert_type(made, Request)
    assert_type(made.can_be_solved_by_me, bool | None)
    assert_type(await customer.requests.update(made.id, solved=True, comment={"html_body": "<p>Done</p>"}), Request)
    await customer.requests.create(comment={"body": "B"})  # type: ignore[call-arg]
    await customer.requests.create(subject="S", comment={"body": "B", "author_id": 1})  # type: ignore[typeddict-unknown-key]
    await customer.requests.update(made.id, subject="Another")  # type: ignore[call-arg]
    await customer.requests.list(sort_by="status")  # type: ignore[arg-type]
    async for comment in customer.requests.comments.list(made.id, role="agent", since="2024-01-01T00:00:00Z"):
        assert_type(comment, TicketComment)


async def ratings(zd: Zendesk) -> None:
    rating = await zd.satisfaction_ratings.create(1, score="good", comment="Awesome support.")
    assert_type(rating, SatisfactionRating)
    await zd.satisfaction_ratings.create(1, comment="Awesome support.")  # type: ignore[call-arg]
    await zd.satisfaction_ratings.create(1, score="offered")  # type: ignore[arg-type]
    _ = assert_type(zd.satisfaction_ratings.list(score="bad_with_comment", start_time=0), Pages[SatisfactionRating])
    assert_type((await zd.satisfaction_ratings.count()).value, int)
    assert_type([one async for one in zd.satisfaction_reasons.list()], list[SatisfactionReason])


async def metrics_and_skips(zd: Zendesk) -> None:
    _ = assert_type(zd.tickets.metrics.show(ticket_id=1), Call[TicketMetric])
    assert_type([one async for one in zd.tickets.metrics.list()], list[TicketMetric])
    assert_type(await zd.tickets.skips.create(ticket_id=1, reason="Too hard"), TicketSkip)
    assert_type([one async for one in zd.tickets.skips.list(user_id="35436", sort_order="asc")], list[TicketSkip])


async def suspended(zd: Zendesk) -> None:
    _ = assert_type(zd.suspended_tickets.list(sort_by="cause"), Pages[SuspendedTicket])
    assert_type(await zd.suspended_tickets.recover(1), Ticket)
    assert_type(await zd.suspended_tickets.recover_many([1, "2"]), Page[Ticket])
    assert_type(await zd.suspended_tickets.destroy_many([1, 2]), None)
    assert_type(await zd.suspended_tickets.attachments(1), Upload)
    assert_type(await zd.suspended_tickets.export(), SuspendedTicketsExport)
