"""Every operation on requests, ratings, tags, files, suspended tickets, searches and exports, called over sockets."""

from __future__ import annotations

from typing import Any, Final

import pytest
from served import Row, client_of, known, serve
from served_tickets import prepared

from zdasync.records import (
    Attachment,
    Count,
    Group,
    Organization,
    Request,
    SatisfactionRating,
    SatisfactionReason,
    SuspendedTicket,
    SuspendedTicketsExport,
    Tag,
    Ticket,
    TicketComment,
    TicketEvent,
    Upload,
    User,
)
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, Account

GROUPS: Final = (
    "attachments", "incremental_export", "requests", "satisfaction_ratings", "satisfaction_reasons", "search",
    "suspended_tickets", "tags",
)

SAID: Final = {"body": "Hello"}


def ids(records: list[Any]) -> list[int]:
    return [one.id for one in records]


REQUESTS: Final = [
    Row("GET /api/v2/requests", "requests.list", lambda do, _: do(sort_by="created_at", sort_order="desc"), [Request],
        lambda it, got: it.ticket.id in ids(got), by=CUSTOMER_ID),
    Row("GET /api/v2/users/{user_id}/requests", "requests.list",
        lambda do, _: do(user_id=CUSTOMER_ID, page_size=3), [Request],
        lambda it, got: it.ticket.id in ids(got) and len(it.account.log) > 1),
    Row("GET /api/v2/organizations/{organization_id}/requests", "requests.list",
        lambda do, it: do(organization_id=it.organization_id), [Request],
        lambda it, got: it.ticket.id in ids(got), by=CUSTOMER_ID),
    Row("GET /api/v2/requests/open", "requests.open", lambda do, _: do(), [Request],
        lambda it, got: it.ticket.id in ids(got), by=CUSTOMER_ID),
    Row("GET /api/v2/requests/solved", "requests.solved", lambda do, _: do(), [Request],
        lambda it, got: set(ids(got)) == {it.solved.id, it.rated.id}, by=CUSTOMER_ID),
    Row("GET /api/v2/requests/ccd", "requests.ccd", lambda do, _: do(), [Request],
        lambda it, got: ids(got) == [it.copied.id], by=CUSTOMER_ID),
    Row("GET /api/v2/requests/search", "requests.search", lambda do, _: do("camera", per_page=10), [Request],
        lambda it, got: ids(got) == [it.ticket.id], by=CUSTOMER_ID),
    Row("GET /api/v2/requests/{request_id}", "requests.show", lambda do, it: do(it.ticket.id, include="users"),
        Request, lambda _, got: got.subject == "Camera", by=CUSTOMER_ID),
    Row("POST /api/v2/requests", "requests.create", lambda do, _: do(subject="Lens", comment=SAID, priority="low"),
        Request, lambda _, got: (got.subject, got.requester_id) == ("Lens", CUSTOMER_ID), by=CUSTOMER_ID),
    Row("PUT /api/v2/requests/{request_id}", "requests.update", lambda do, it: do(it.ticket.id, comment=SAID), Request,
        lambda it, _: it.bodies[-1] == "Hello", by=CUSTOMER_ID),
    Row("GET /api/v2/requests/{request_id}/comments", "requests.comments.list",
        lambda do, it: do(it.ticket.id, sort="-created_at", since="2000-01-31T12:00:00Z", role="end_user"),
        [TicketComment], lambda it, got: set(ids(got)) == {it.comments[0], it.comments[2]}, by=CUSTOMER_ID),
    Row("GET /api/v2/requests/{request_id}/comments/{ticket_comment_id}", "requests.comments.show",
        lambda do, it: do(it.ticket.id, it.comments[2]), TicketComment,
        lambda it, got: ids(got.attachments) == [it.file.id], by=CUSTOMER_ID),
    Row("POST /api/v2/tickets/{ticket_id}/satisfaction_rating", "satisfaction_ratings.create",
        lambda do, it: do(it.solved.id, score="bad", comment="Too slow", reason_code=5), SatisfactionRating,
        lambda it, got: (it.solved.rating.score, got.reason_code) == ("bad", 5), by=CUSTOMER_ID),
    Row("GET /api/v2/satisfaction_ratings", "satisfaction_ratings.list",
        lambda do, it: do(score="bad_with_comment", start_time=it.at - 10, end_time=it.at + 10), [SatisfactionRating],
        lambda it, got: ids(got) == [it.rating.id]),
    Row("GET /api/v2/satisfaction_ratings/count", "satisfaction_ratings.count", lambda do, _: do(), Count,
        lambda _, got: got.value == 1),
    Row("GET /api/v2/satisfaction_ratings/{satisfaction_rating_id}", "satisfaction_ratings.show",
        lambda do, it: do(it.rating.id), SatisfactionRating, lambda _, got: got.comment == "Slow"),
    Row("GET /api/v2/satisfaction_reasons", "satisfaction_reasons.list", lambda do, _: do(), [SatisfactionReason],
        lambda it, got: ids(got) == list(it.state.ratings.reasons)),
    Row("GET /api/v2/satisfaction_reasons/{satisfaction_reason_id}", "satisfaction_reasons.show",
        lambda do, it: do(it.rating.reason.id), SatisfactionReason, lambda _, got: got.reason_code == 5),
]

TAGS: Final = [
    Row("GET /api/v2/tags", "tags.list", lambda do, _: do(page_size=1), [Tag],
        lambda _, got: {one.name for one in got} == {"red", "blue"}),
    Row("GET /api/v2/tags/count", "tags.count", lambda do, _: do(), Count, lambda _, got: got.value == 2),
    Row("GET /api/v2/autocomplete/tags", "tags.autocomplete", lambda do, _: do("re"), [str],
        lambda _, got: got == ["red"]),
    Row("POST /api/v2/autocomplete/tags", "tags.autocomplete_by_body", lambda do, _: do("bl"), [str],
        lambda _, got: got == ["blue"]),
    Row("GET /api/v2/tickets/{ticket_id}/tags", "tickets.tags.list", lambda do, it: do(it.ticket.id), [str],
        lambda _, got: set(got) == {"red", "blue"}),
    Row("POST /api/v2/tickets/{ticket_id}/tags", "tickets.tags.set", lambda do, it: do(it.ticket.id, ["new"]), [str],
        lambda it, got: got == list(it.ticket.tags) == ["new"]),
    Row("PUT /api/v2/tickets/{ticket_id}/tags", "tickets.tags.add", lambda do, it: do(it.ticket.id, ["new"]), [str],
        lambda it, got: set(got) == set(it.ticket.tags) == {"red", "blue", "new"}),
    Row("DELETE /api/v2/tickets/{ticket_id}/tags", "tickets.tags.remove", lambda do, it: do(it.ticket.id, ["red"]),
        None, lambda it, _: it.ticket.tags == ("blue",)),
    Row("GET /api/v2/organizations/{organization_id}/tags", "organizations.tags.list",
        lambda do, it: do(it.organization_id), [str], lambda _, got: set(got) == {"red", "blue"}),
    Row("POST /api/v2/organizations/{organization_id}/tags", "organizations.tags.set",
        lambda do, it: do(it.organization_id, ["new"]), [str], lambda _, got: got == ["new"]),
    Row("PUT /api/v2/organizations/{organization_id}/tags", "organizations.tags.add",
        lambda do, it: do(it.organization_id, ["new"]), [str], lambda _, got: set(got) == {"red", "blue", "new"}),
    Row("DELETE /api/v2/organizations/{organization_id}/tags", "organizations.tags.remove",
        lambda do, it: do(it.organization_id, ["red"]), None,
        lambda it, _: it.state.organizations[it.organization_id].tags == ("blue",)),
    Row("GET /api/v2/users/{user_id}/tags", "users.tags.list", lambda do, _: do(CUSTOMER_ID), [str],
        lambda _, got: set(got) == {"red", "blue"}),
    Row("POST /api/v2/users/{user_id}/tags", "users.tags.set", lambda do, _: do(CUSTOMER_ID, ["new"]), [str],
        lambda _, got: got == ["new"]),
    Row("PUT /api/v2/users/{user_id}/tags", "users.tags.add", lambda do, _: do(CUSTOMER_ID, ["new"]), [str],
        lambda _, got: set(got) == {"red", "blue", "new"}),
    Row("DELETE /api/v2/users/{user_id}/tags", "users.tags.remove", lambda do, _: do(CUSTOMER_ID, ["red"]), None,
        lambda it, _: it.state.users[CUSTOMER_ID].tags == ("blue",)),
]

FILES: Final = [
    Row("POST /api/v2/uploads", "attachments.upload", lambda do, _: do(b"words", filename="new.txt"), Upload,
        lambda _, got: (got.attachment.file_name, got.attachment.size, bool(got.token)) == ("new.txt", 5, True)),
    Row("POST /api/v2/uploads", "attachments.upload",
        lambda do, it: do(b"more", filename="more.txt", token=it.upload.token), Upload,
        lambda it, got: (got.token, len(it.upload.files)) == (it.upload.token, 2)),
    Row("DELETE /api/v2/uploads/{token}", "attachments.delete_upload", lambda do, it: do(it.upload.token), None,
        lambda it, _: it.upload.token not in it.state.attachments.uploads),
    Row("GET /api/v2/attachments/{attachment_id}", "attachments.show", lambda do, it: do(it.file.id), Attachment,
        lambda _, got: got.file_name == "file.txt"),
    Row("PUT /api/v2/attachments/{attachment_id}", "attachments.update",
        lambda do, it: do(it.file.id, malware_access_override=True), Attachment,
        lambda it, got: got.malware_access_override is it.file.malware_access_override is True),
    Row("DELETE /api/v2/attachments/{attachment_id}", "attachments.delete", lambda do, it: do(it.loose.id), None,
        lambda it, _: it.loose.id not in it.state.attachments.by_id),
    Row("PUT /api/v2/tickets/{ticket_id}/comments/{comment_id}/attachments/{attachment_id}/redact",
        "attachments.redact", lambda do, it: do(it.ticket.id, it.comments[2], it.file.id), Attachment,
        lambda it, got: (got.file_name, it.file.content) == ("redacted.txt", b"")),
    Row("GET /attachments/token/{token}/", "attachments.download",
        lambda do, it: do(f"{it.account.url}/attachments/token/{it.file.content_token}/?name=file.txt"), bytes,
        lambda _, got: got == b"words"),
]

SUSPENDED: Final = [
    Row("GET /api/v2/suspended_tickets", "suspended_tickets.list", lambda do, _: do(page_size=1), [SuspendedTicket],
        lambda it, got: ids(got) == it.tickets(*it.suspended)),
    Row("GET /api/v2/suspended_tickets/{id}", "suspended_tickets.show", lambda do, it: do(it.suspended[0].id),
        SuspendedTicket, lambda _, got: (got.subject, got.attachments[0].file_name) == ("Hi", "held.txt")),
    Row("PUT /api/v2/suspended_tickets/{id}/recover", "suspended_tickets.recover",
        lambda do, it: do(it.suspended[0].id), Ticket,
        lambda _, got: (got.subject, got.requester_id) == ("Hi", ADMIN_ID)),
    Row("PUT /api/v2/suspended_tickets/recover_many", "suspended_tickets.recover_many",
        lambda do, it: do(it.tickets(*it.suspended)), [Ticket],
        lambda _, got: [one.subject for one in got] == ["Hi", "Sale"]),
    Row("POST /api/v2/suspended_tickets/{id}/attachments", "suspended_tickets.attachments",
        lambda do, it: do(it.suspended[0].id), Upload,
        lambda it, got: it.state.attachments.uploads[got.token].files[0].file_name == "held.txt"),
    Row("POST /api/v2/suspended_tickets/export", "suspended_tickets.export", lambda do, _: do(),
        SuspendedTicketsExport, lambda _, got: got.status == "enqueued"),
    Row("DELETE /api/v2/suspended_tickets/{id}", "suspended_tickets.delete", lambda do, it: do(it.suspended[0].id),
        None, lambda it, _: list(it.state.suspended.records) == [it.suspended[1].id]),
    Row("DELETE /api/v2/suspended_tickets/destroy_many", "suspended_tickets.destroy_many",
        lambda do, it: do(it.tickets(*it.suspended)), None, lambda it, _: not it.state.suspended.records),
]

FOUND: Final = [
    Row("GET /api/v2/search", "search.list",
        lambda do, _: do("type:ticket subject:camera", sort_by="created_at", sort_order="desc",
                         include="tickets(users)"),
        [Ticket], lambda it, got: ids(got) == [it.ticket.id]),
    Row("GET /api/v2/search/count", "search.count", lambda do, _: do("type:ticket subject:camera"), int,
        lambda _, got: got == 1),
    Row("GET /api/v2/search/export", "search.export", lambda do, _: do("requester:customer@example.com", "ticket"),
        [Ticket], lambda it, got: it.ticket.id in ids(got)),
    Row("GET /api/v2/search/export", "search.export", lambda do, _: do("role:agent", "user"), [User],
        lambda _, got: AGENT_ID in ids(got)),
    Row("GET /api/v2/search/export", "search.export", lambda do, _: do("tags:red", "organization", page_size=1),
        [Organization], lambda it, got: ids(got) == [it.organization_id]),
    Row("GET /api/v2/search/export", "search.export", lambda do, _: do("name:Support", "group"), [Group],
        lambda _, got: [one.name for one in got] == ["Support"]),
    Row("GET /api/v2/incremental/tickets/cursor", "incremental.tickets",
        lambda do, it: do(it.at - 10, per_page=4, include="users"), [Ticket],
        lambda it, got: set(ids(got)) == set(it.state.tickets.records)),
    Row("GET /api/v2/incremental/tickets", "incremental.tickets_by_time",
        lambda do, it: do(it.at - 10, exclude_deleted=True), [Ticket],
        lambda it, got: set(ids(got)) == set(it.state.tickets.ids)),
    Row("GET /api/v2/incremental/users/cursor", "incremental.users", lambda do, _: do(0, per_page=2), [User],
        lambda it, got: set(ids(got)) == set(it.state.users)),
    Row("GET /api/v2/incremental/users", "incremental.users_by_time", lambda do, _: do(0, include="identities"),
        [User], lambda it, got: set(ids(got)) == set(it.state.users)),
    Row("GET /api/v2/incremental/organizations", "incremental.organizations", lambda do, _: do(0, per_page=1),
        [Organization], lambda it, got: set(ids(got)) == set(it.state.organizations)),
    Row("GET /api/v2/incremental/ticket_events", "incremental.ticket_events",
        lambda do, it: do(it.at - 10, include_comments=True), [TicketEvent],
        lambda it, got: set(it.audits) <= set(ids(got))),
    *(
        Row("GET /api/v2/incremental/{incremental_resource}/sample", "incremental.sample",
            lambda do, _, name=name: do(name, 0), [record])
        for name, record in (
            ("tickets", Ticket), ("ticket_events", TicketEvent), ("users", User), ("organizations", Organization)
        )
    ),
]

ROWS: Final = [*REQUESTS, *TAGS, *FILES, *SUSPENDED, *FOUND]


def test_every_operation_is_here() -> None:
    assert {row.key for row in ROWS} == known(GROUPS)


def test_what_gives_nothing_proves_something() -> None:
    assert [str(row) for row in ROWS if row.gives is None and row.proof is None] == []


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_it_is_served(row) -> None:
    account = Account(strict=True)
    async with client_of(account) as (zd, events):
        await serve(row, account, zd, events, await prepared(account, zd))
