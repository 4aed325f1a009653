"""What the pages that hang on tickets send: comments, audits, deleted tickets, the conversation log, imports."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fake_caller import FakeCaller, check_sent

from zdasync._core.route import Route
from zdasync.resources import (
    deleted_tickets,
    ticket_audits,
    ticket_comments,
    ticket_conversation_log,
    ticket_import,
)
from zdasync.resources.ticket_import import TicketImport
from zdasync.resources.ticket_metrics import TicketMetrics
from zdasync.resources.ticket_skips import TicketSkips
from zdasync.resources.tickets import Tickets

V2 = "/api/v2"
SIZE = ("page[size]", "100")
COUNT = {"count": {"value": 3, "refreshed_at": None}}
COMMENT = {"comment": {"id": 7}}
AUDIT = {"audit": {"id": 8}}
CHAT = {"chat_event": {"id": 9, "type": "ChatStartedEvent", "value": {"chat_id": "c", "history": [{"message": "▇"}]}}}
JOB = {"job_status": {"id": "V3-1", "status": "queued", "results": None}}
THEN = datetime(2020, 1, 1, tzinfo=UTC)


def imports(caller):
    return TicketImport(caller)


# page, call, reply, method, path, query, body
SENT = [
    (Tickets, lambda t: t.comments.list(35), {"comments": []}, "GET", "/tickets/35/comments", [SIZE], None),
    (Tickets,
     lambda t: t.comments.list(35, sort="-created_at", include="users", include_inline_images=True, cursor="A"),
     {"comments": []}, "GET", "/tickets/35/comments",
     [("sort", "-created_at"), ("include_inline_images", "true"), ("include", "users"), SIZE, ("page[after]", "A")],
     None),
    (Tickets, lambda t: t.comments.count(35), COUNT, "GET", "/tickets/35/comments/count", [], None),
    (Tickets, lambda t: t.comments.make_private(35, 7), b'""', "PUT", "/tickets/35/comments/7/make_private", [], None),
    (Tickets, lambda t: t.comments.redact(35, "7", "4111 1111"), COMMENT, "PUT", "/tickets/35/comments/7/redact", [],
     {"text": "4111 1111"}),
    (Tickets, lambda t: t.comments.redact_in_agent_workspace(7, ticket_id="35", html_body="<redact>x</redact>"),
     COMMENT, "PUT", "/comment_redactions/7", [], {"ticket_id": 35, "html_body": "<redact>x</redact>"}),
    (Tickets, lambda t: t.comments.redact_in_agent_workspace(7, ticket_id=35, external_attachment_urls=["https://a/b"]),
     COMMENT, "PUT", "/comment_redactions/7", [],
     {"ticket_id": 35, "external_attachment_urls": ["https://a/b"]}),
    (Tickets, lambda t: t.comments.redact_chat(35, "4111", chat_id="c", chat_index=0), CHAT, "PUT",
     "/chat_redactions/35", [], {"chat_id": "c", "chat_index": 0, "text": "4111"}),
    (Tickets, lambda t: t.comments.redact_chat(35, "4111", chat_id="c", message_id="m"), CHAT, "PUT",
     "/chat_redactions/35", [], {"chat_id": "c", "message_id": "m", "text": "4111"}),
    (Tickets, lambda t: t.comments.redact_chat_attachment(35, chat_id="c", chat_indexes=[0, 2]), CHAT, "PUT",
     "/chat_file_redactions/35", [], {"chat_id": "c", "chat_indexes": [0, 2]}),
    (Tickets, lambda t: t.comments.redact_chat_attachment(35, chat_id="c", message_ids=["m"]), CHAT, "PUT",
     "/chat_file_redactions/35", [], {"chat_id": "c", "message_ids": ["m"]}),
    (Tickets, lambda t: t.audits.list(35, include=["users", "tickets"]), {"audits": []}, "GET", "/tickets/35/audits",
     [("include", "users,tickets"), SIZE], None),
    (Tickets, lambda t: t.audits.list(page_size=10), {"audits": []}, "GET", "/ticket_audits", [("page[size]", "10")],
     None),
    (Tickets, lambda t: t.audits.count(35), COUNT, "GET", "/tickets/35/audits/count", [], None),
    (Tickets, lambda t: t.audits.show(35, 8), AUDIT, "GET", "/tickets/35/audits/8", [], None),
    (Tickets, lambda t: t.audits.make_private(35, 8), b'""', "PUT", "/tickets/35/audits/8/make_private", [], None),
    (Tickets, lambda t: t.deleted.list(), {"deleted_tickets": []}, "GET", "/deleted_tickets", [SIZE], None),
    (Tickets, lambda t: t.deleted.list(sort_by="deleted_at", sort_order="desc", page_size=5), {"deleted_tickets": []},
     "GET", "/deleted_tickets", [("sort_by", "deleted_at"), ("sort_order", "desc"), ("per_page", "5")], None),
    (Tickets, lambda t: t.deleted.restore(35), b'""', "PUT", "/deleted_tickets/35/restore", [], None),
    (Tickets, lambda t: t.deleted.restore_many([1, "2"]), b'""', "PUT", "/deleted_tickets/restore_many",
     [("ids", "1,2")], None),
    (Tickets, lambda t: t.deleted.delete(35), JOB, "DELETE", "/deleted_tickets/35", [], None),
    (Tickets, lambda t: t.deleted.destroy_many([1, 2]), JOB, "DELETE", "/deleted_tickets/destroy_many",
     [("ids", "1,2")], None),
    (Tickets, lambda t: t.conversation_log.list(35, page_size=50, cursor="A"), {"events": []}, "GET",
     "/tickets/35/conversation_log", [("page[size]", "50"), ("page[after]", "A")], None),
    (imports, lambda i: i.create(
        subject="Old", description="It broke", created_at=THEN, updated_at="2020-01-02", solved_at=THEN,
        status="closed",
        comments=[{"value": "Yes", "author_id": 3, "public": False, "created_at": THEN}, {"html_body": "<i>No</i>"}],
        tags=["old"], archive_immediately=True, priority="low"),
     {"ticket": {"id": 1}}, "POST", "/imports/tickets", [("archive_immediately", "true")], {"ticket": {
        "subject": "Old", "description": "It broke", "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-02",
        "solved_at": "2020-01-01T00:00:00Z", "status": "closed", "tags": ["old"], "priority": "low",
        "comments": [{"value": "Yes", "author_id": 3, "public": False, "created_at": "2020-01-01T00:00:00Z"},
                     {"html_body": "<i>No</i>"}]}}),
    (imports, lambda i: i.create_many([{"subject": "a"}, {"subject": "b", "comments": [{"body": "x"}]}]), JOB, "POST",
     "/imports/tickets/create_many", [],
     {"tickets": [{"subject": "a"}, {"subject": "b", "comments": [{"body": "x"}]}]}),
    (imports, lambda i: i.create_many([{"subject": "a"}], archive_immediately=False), JOB, "POST",
     "/imports/tickets/create_many", [("archive_immediately", "false")], {"tickets": [{"subject": "a"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("page", "call", "reply", "method", "path", "query", "body"), SENT)
async def test_what_is_sent(page, call, reply, method, path, query, body):
    await check_sent(page, call, reply, method, V2 + path, query, body)


def test_every_row_is_reached_by_a_test():
    modules = (deleted_tickets, ticket_audits, ticket_comments, ticket_conversation_log, ticket_import)
    rows = {row for module in modules for row in vars(module).values() if isinstance(row, Route)}
    assert {call(page(FakeCaller(reply))).request.route for page, call, reply, *_ in SENT} == rows
    assert len(rows) == 20


def test_what_must_not_be_sent_twice_says_so():
    rows = {call(page(FakeCaller(reply))).request.route for page, call, reply, *_ in SENT}
    assert {row.operation for row in rows if not row.repeatable} == {
        "tickets.deleted.delete", "tickets.deleted.destroy_many", "ticket_import.create", "ticket_import.create_many",
    }  # fmt: skip


async def test_the_results_are_what_the_names_promise():
    async def result(call, reply):
        return await call(Tickets(FakeCaller(reply)))

    assert (await result(lambda t: t.comments.count(35), COUNT)).value == 3
    assert (await result(lambda t: t.comments.redact(35, 7, "x"), COMMENT)).id == 7
    assert await result(lambda t: t.comments.make_private(35, 7), b'""') is None
    chat = await result(lambda t: t.comments.redact_chat(35, "x", chat_id="c", chat_index=0), CHAT)
    assert (chat.id, chat.value.history) == (9, ({"message": "▇"},))
    assert (await result(lambda t: t.audits.show(35, 8), AUDIT)).id == 8
    assert await result(lambda t: t.deleted.restore(35), b'""') is None
    assert await result(lambda t: t.deleted.delete(35), JOB) == "job V3-1"
    event = {"id": "01J", "type": "MessageCreated", "author": {"type": "user", "zen:support:user_id": 4},
             "content": {"body": "hi"}, "attachments": [], "created_at": "2026-09-01T12:00:00Z"}  # fmt: skip
    log = await result(lambda t: t.conversation_log.list(35), {"events": [event]})
    assert (log[0].id, log[0].author["zen:support:user_id"], log[0].content) == ("01J", 4, {"body": "hi"})


async def test_the_audits_of_the_account_are_read_to_their_end():
    def page(ids, after):
        link = None if after is None else f"https://acme.zendesk.com/api/v2/ticket_audits.json?cursor={after}"
        return {"audits": [{"id": one} for one in ids], "after_url": link, "after_cursor": after}

    caller = FakeCaller(page([1, 2], "A"), page([3], "B"), page([], None))
    assert [audit.id async for audit in Tickets(caller).audits.list()] == [1, 2, 3]
    assert [dict(request.query).get("cursor") for request in caller.sent] == [None, "A", "B"]


def test_each_page_is_made_once():
    zd_tickets = Tickets(FakeCaller())
    for name in ("comments", "audits", "metrics", "tags", "skips", "conversation_log", "deleted"):
        assert getattr(zd_tickets, name) is getattr(zd_tickets, name)
    assert isinstance(zd_tickets.metrics, TicketMetrics)
    assert isinstance(zd_tickets.skips, TicketSkips)
