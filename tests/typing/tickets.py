"""Tickets, as a type checker sees them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, assert_type

import attrs

from zdasync import Call, Pages, Priority, Sideloads, User, Zendesk
from zdasync.jobs import Job
from zdasync.records import (
    ConversationEvent,
    Count,
    CustomFieldValue,
    DeletedTicket,
    JsonValue,
    Tag,
    Ticket,
    TicketAudit,
    TicketComment,
    TicketMetric,
    TicketRelated,
    UpdatedTicket,
    Via,
)
from zdasync.resources.types.tickets import NewTicketWrite, TicketRow

SEEN = datetime(2026, 9, 1, tzinfo=UTC)


@attrs.frozen
class Row:
    subject: str
    comment: dict[str, str]


async def writes(zd: Zendesk) -> None:
    _ = assert_type(zd.tickets.create(comment={"body": "Help"}), Call[Ticket])
    ticket = await zd.tickets.create(
        comment={"html_body": "<b>Help</b>", "public": False, "author_id": 4, "uploads": ["token"]},
        subject="Fire", priority="urgent", status="open", type="incident", tags=["vip"], due_at=SEEN,
        requester={"name": "Ada", "email": "ada@example.org"}, collaborators=[7, "b@example.org", {"email": "c@d.e"}],
        followers=[{"user_id": 4, "action": "put"}], email_ccs=[{"user_email": "d@example.org"}],
        custom_fields=[{"id": 1, "value": "a"}, {"id": 2, "value": ["x", "y"]}, {"id": 3, "value": None}],
        idempotency_key="order-17", deadline=3.0,
    )
    assert_type(ticket, Ticket)
    assert_type(await zd.tickets.update(35, status="solved", assignee_id=None, comment={"body": "Done"}), Ticket)
    assert_type(await zd.tickets.update("35", subject="x", safe_update=True, updated_stamp=SEEN), Ticket)
    updated = await zd.tickets.update_with_audit(35, priority=None)
    assert_type(updated, UpdatedTicket)
    assert_type(updated.audit, TicketAudit | None)
    assert_type(await zd.tickets.delete(35), None)
    _ = assert_type(zd.tickets.create_async(comment={"body": "Help"}), Call[Job])
    _ = assert_type(zd.tickets.merge(35, [36, "37"], target_comment="in"), Call[Job])
    await zd.with_options(priority=Priority.BULK).tickets.update(35, priority="low")


async def mistakes(zd: Zendesk) -> None:
    await zd.tickets.create(subject="no comment")  # type: ignore[call-arg]
    await zd.tickets.create(comment="Help")  # type: ignore[arg-type]
    await zd.tickets.create(comment={"boddy": "Help"})  # type: ignore[typeddict-unknown-key]
    await zd.tickets.create(comment={"body": "x"}, tags="vip")  # type: ignore[arg-type]
    await zd.tickets.create(comment={"body": "x"}, requester={"name": "A"})  # type: ignore[typeddict-item]
    await zd.tickets.update(35, status="done")  # type: ignore[arg-type]
    await zd.tickets.update(35, priority=Priority.BULK)  # type: ignore[arg-type]
    await zd.tickets.update(35, additional_tags=["a"])  # type: ignore[call-arg]
    await zd.tickets.update(35, created_at=SEEN)  # type: ignore[call-arg]
    await zd.tickets.update(35, idempotency_key="k")  # type: ignore[call-arg]
    await zd.tickets.list(sort="created_at")  # type: ignore[arg-type]
    await zd.tickets.show(35, include="roles")  # type: ignore[arg-type]
    await zd.tickets.tags.set(35, "vip")  # type: ignore[arg-type]
    await zd.ticket_import.create(comment={"body": "x"})  # type: ignore[call-arg]
    zd.tickets.delete(35)  # type: ignore[unused-awaitable]


async def rows(zd: Zendesk) -> None:
    new: list[NewTicketWrite] = [{"comment": {"body": "x"}, "priority": "low"}]
    known: list[TicketRow] = [{"id": 1, "status": "open", "safe_update": True, "updated_stamp": SEEN}]
    _ = assert_type(zd.tickets.create_many(new), Call[Job])
    _ = zd.tickets.create_many([Row("s", {"body": "x"})])
    _ = zd.tickets.update_many(known)
    _ = zd.tickets.update_many(ids=[1, "2"], additional_tags=["vip"], priority="high")
    _ = zd.tickets.destroy_many([1, 2])
    _ = zd.ticket_import.create_many([{"subject": "Old", "comments": [{"value": "x", "created_at": SEEN}]}])
    _ = zd.tickets.create_many(["x"])  # type: ignore[list-item]


async def reads(zd: Zendesk) -> None:
    _ = assert_type(zd.tickets.list(organization_id=1, sort="-updated_at", include=["users", "dates"]), Pages[Ticket])
    _ = assert_type(zd.tickets.requested(5, sort_by="assignee.name"), Pages[Ticket])
    _ = assert_type(zd.tickets.followers(35), Pages[User])
    assert_type(await zd.tickets.show(35, include="users").with_sideloads(), tuple[Ticket, Sideloads])
    assert_type(await zd.tickets.related(35), TicketRelated)
    assert_type(await zd.tickets.count_assigned(5), Count)
    _ = assert_type(zd.tickets.comments.list(35, sort="-created_at", include="users"), Pages[TicketComment])
    assert_type(await zd.tickets.comments.redact(35, 7, "4111"), TicketComment)
    _ = assert_type(zd.tickets.audits.list(), Pages[TicketAudit])
    assert_type(await zd.tickets.metrics.show(ticket_id=35), TicketMetric)
    _ = assert_type(zd.tickets.deleted.list(), Pages[DeletedTicket])
    _ = assert_type(zd.tickets.deleted.destroy_many([1]), Call[Job])
    _ = assert_type(zd.tickets.conversation_log.list(35), Pages[ConversationEvent])
    _ = assert_type(zd.tags.list(), Pages[Tag])
    _ = assert_type(zd.tags.autocomplete("vi"), Pages[str])
    assert_type(await zd.tickets.tags.add(35, ("vip",), safe_update=True, updated_stamp=SEEN), list[str])
    assert_type(await zd.tickets.show(35).raw(), Any)


async def fields_are_typed(ticket: Ticket) -> None:
    assert_type(ticket.via, Via | None)
    assert_type(ticket.custom_fields, tuple[CustomFieldValue, ...])
    assert_type(ticket.custom_field(9), JsonValue)
    assert_type(ticket.metric_set, TicketMetric | None)
    assert_type(ticket.due_at, datetime | None)
    ticket.status = "open"  # type: ignore[misc]
