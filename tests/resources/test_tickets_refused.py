"""What the methods of `zd.tickets` refuse to send."""

from __future__ import annotations

from datetime import datetime

import pytest
from fake_caller import FakeCaller, refusal

from zdasync._core.message import Priority
from zdasync.resources.ticket_import import TicketImport
from zdasync.resources.tickets import Tickets

SAID = {"body": "My printer is on fire"}
STAMP = "2026-09-01T12:00:00Z"

REFUSED = [
    (lambda t: t.show("1/../../users"), "ticket_id must be an id"),
    (lambda t: t.show(-1), "ticket_id must be an id"),
    (lambda t: t.delete("destroy_many"), "ticket_id must be an id"),
    (lambda t: t.update("update_many", status="open"), "ticket_id must be an id"),
    (lambda t: t.requested("me"), "user_id must be an id"),
    (lambda t: t.show(1, include="user"), "did you mean 'users'"),
    (lambda t: t.show(1, include="roles"), "can't be sideloaded with tickets"),
    (lambda t: t.list(sort="created_at"), "sort must be one of updated_at, id, status, -updated_at"),
    (lambda t: t.list(external_id="a", organization_id=1), "not by both"),
    (lambda t: t.list(external_id=""), "external_id must be"),
    (lambda t: t.list(external_id=["a", "b"]), "external_id must be a string"),
    (lambda t: t.requested(1, exclude_archived="no"), "exclude_archived must be True or False, not 'no'"),
    (lambda t: t.requested(1, exclude_count=1), "exclude_count must be True or False"),
    (lambda t: t.followed(1, exclude_archived=0), "exclude_archived must be True or False"),
    (lambda t: t.list(page_size=101), "from 1 to 100"),
    (lambda t: t.list(color="blue"), "there is no option 'color'"),
    (lambda t: t.requested(1, sort="id", sort_by="id"), "one of the two"),
    (lambda t: t.requested(1, sort_by="subjekt"), "sort_by must be one of id, subject"),
    (lambda t: t.followed(1, sort_order="up"), "sort_order must be one of asc, desc"),
    (lambda t: t.followed(1, sort_by="id", cursor="A"), "a sorted listing has no cursor"),
    (lambda t: t.autocomplete_problems(" "), "text must be a string"),
    (lambda t: t.show_many([]), "ids is empty"),
    (lambda t: t.show_many(range(101)), "101 ids in one call, and Zendesk takes 100"),
    (lambda t: t.create(), "a new ticket needs a comment"),
    (lambda t: t.create(subject="x"), "a new ticket needs a comment"),
    (lambda t: t.create(comment={}), "a new ticket needs a comment"),
    (lambda t: t.create(comment={"public": False}), "comment: a comment needs a body, an html_body or uploads"),
    (lambda t: t.create(comment={"body": ""}), "comment: a comment needs a body"),
    (lambda t: t.create(comment="Help"), 'comment: expected object, got str; write comment={"body": "..."}'),
    (lambda t: t.create(comment={"boddy": "x"}), "comment: comment has no field 'boddy'"),
    (lambda t: t.create(comment={"body": "x", "public": "no"}), "comment.public: expected bool, got str"),
    (lambda t: t.create(comment={"body": "x", "uploads": "tok"}), "comment.uploads: expected array, got str"),
    (lambda t: t.create(comment=SAID, tags="vip"), "tags: expected array, got str"),
    (lambda t: t.create(comment=SAID, tags=["vip", 1]), "tags[1]: expected str, got int"),
    (lambda t: t.create(comment=SAID, status="done"),
     "status: invalid enum value 'done'; it takes new, open, pending, hold, solved, closed"),
    (lambda t: t.create(comment=SAID, type="bug"), "invalid enum value 'bug'"),
    (lambda t: t.create(comment=SAID, priority="highest"), "invalid enum value 'highest'"),
    (lambda t: t.create(comment=SAID, priority=Priority.BULK), "zd.with_options(priority=...)"),
    (lambda t: t.create(comment=SAID, custom_fields={"1": "a"}), "custom_fields: expected array, got object"),
    (lambda t: t.create(comment=SAID, custom_fields=[{"id": 1}]), "custom_fields[0]: object missing required field"),
    (lambda t: t.create(comment=SAID, custom_fields=[{"id": 1, "value": 2, "vaule": 3}]),
     "custom_fields[0]: custom_fields has no field 'vaule'"),
    (lambda t: t.create(comment=SAID, requester={"name": "Ada"}), "requester: object missing required field email"),
    (lambda t: t.create(comment=SAID, requester={"email": "ada"}), "requester: email: 'ada' is no e-mail address"),
    (lambda t: t.create(comment=SAID, requester={"email": "a@b.c", "phone": "1"}), "requester has no field 'phone'"),
    (lambda t: t.create(comment=SAID, collaborators=[{"name": "A"}]), "collaborators[0]: object missing required"),
    (lambda t: t.create(comment=SAID, collaborators=[1, {"email": "x", "name": "A"}]), "collaborators[1]: email: 'x'"),
    (lambda t: t.create(comment=SAID, collaborators="a@b.c"), "collaborators: expected array, got str"),
    (lambda t: t.create(comment=SAID, followers=[{"action": "put"}]), "followers[0]: name the user by user_id or by"),
    (lambda t: t.create(comment=SAID, email_ccs=[{"user_email": "x"}]), "email_ccs[0]: user_email: 'x' is no e-mail"),
    (lambda t: t.create(comment=SAID, email_ccs=[{"user_id": 1, "action": "add"}]), "email_ccs[0].action"),
    (lambda t: t.create(comment=SAID, assignee_email="me"), "assignee_email: 'me' is no e-mail address"),
    (lambda t: t.create(comment=SAID, assignee_id="5"), "assignee_id: expected int | null, got str"),
    (lambda t: t.create(comment=SAID, subjekt="x"), "did you mean 'subject'"),
    (lambda t: t.create(comment=SAID, favourite_colour="x"), "go into custom_fields"),
    (lambda t: t.create(comment=SAID, description="x"), "description is read-only, leave it out; it is the first"),
    (lambda t: t.create(comment=SAID, due_at="tomorrow"), "due_at must be a datetime, or a string like 2024-01-31T12"),
    (lambda t: t.create(comment=SAID, due_at=1700000000), "due_at must be a datetime"),
    (lambda t: t.create(comment=SAID, due_at=datetime(2026, 9, 1)), "due_at: datetime.datetime"),  # noqa: DTZ001
    (lambda t: t.create_async(subject="x"), "tickets.create_async: a new ticket needs a comment"),
    (lambda t: t.update(1), "no fields to write"),
    (lambda t: t.update(1, deadline=3), "no fields to write"),
    (lambda t: t.update_with_audit(1), "tickets.update_with_audit got no fields to write"),
    (lambda t: t.update(1, id=2), "id is read-only"),
    (lambda t: t.update(1, updated_at=STAMP), "updated_at is read-only"),
    (lambda t: t.update(1, fields=[]), "write custom_fields"),
    (lambda t: t.update(1, satisfaction_rating={"score": "good"}), "see satisfaction_ratings"),
    (lambda t: t.update(1, comment={"public": True}), "a comment needs a body"),
    (lambda t: t.update(1, subject="x", safe_update=True), "safe_update needs an updated_stamp"),
    (lambda t: t.update(1, subject="x", updated_stamp=STAMP), "updated_stamp protects from nothing"),
    (lambda t: t.update(1, subject="x", safe_update=False, updated_stamp=STAMP), "updated_stamp protects from nothing"),
    (lambda t: t.update(1, subject="x", safe_update=True, updated_stamp=17), "updated_stamp must be a datetime"),
    (lambda t: t.update(1, subject="x", safe_update="yes", updated_stamp=STAMP), "safe_update: expected bool, got str"),
    (lambda t: t.update(1, additional_tags=["a"]), "for one ticket there is tickets.tags.add"),
    (lambda t: t.update(1, remove_tags=["a"]), "tickets.tags.remove"),
    (lambda t: t.merge(1, [2, "1"]), "into itself"),
    (lambda t: t.merge(1, []), "ids is empty"),
    (lambda t: t.merge("x", [1]), "target_id must be an id"),
    (lambda t: t.merge(1, [2], target_comment=""), "target_comment must be a string"),
    (lambda t: t.merge(1, [2], target_comment_is_public="false"), "target_comment_is_public must be True or False"),
    (lambda t: t.merge(1, [2], source_comment_is_public=1), "source_comment_is_public must be True or False"),
    (lambda t: t.create_many([]), "rows is empty"),
    (lambda t: t.create_many([{"comment": SAID}] * 101), "101 rows in one call"),
    (lambda t: t.create_many([{"comment": SAID}, {"subject": "x"}]), "rows[1] has no comment"),
    (lambda t: t.create_many([{"comment": {"body": "x", "boddy": "y"}}]), "rows[0]: comment: comment has no field"),
    (lambda t: t.create_many([{"comment": SAID, "deadline": 3}]), "rows[0]: ticket has no field 'deadline'"),
    (lambda t: t.create_many([{"comment": SAID, "id": 3}]), "rows[0]: id is read-only"),
    (lambda t: t.create_many(["Help"]), "rows[0] must be a mapping or an attrs instance"),
    (lambda t: t.update_many(), "takes rows, or ids with fields for all"),
    (lambda t: t.update_many(status="open"), "takes rows, or ids with fields for all"),
    (lambda t: t.update_many(ids=[1]), "no fields to write"),
    (lambda t: t.update_many([{"status": "open"}]), "rows[0] has no id"),
    (lambda t: t.update_many([{"id": 1, "status": "open"}], ids=[1]), "one of the two"),
    (lambda t: t.update_many([{"id": 1, "status": "open"}], priority="low"), "one of the two"),
    (lambda t: t.update_many([{"id": 1, "additional_tags": ["a"]}]), "rows[0]: additional_tags works in update_many"),
    (lambda t: t.update_many([{"id": 1, "safe_update": True}]), "rows[0]: safe_update needs an updated_stamp"),
    (lambda t: t.update_many(ids=[1], tags="vip"), "tags: expected array, got str"),
    (lambda t: t.destroy_many("1,2"), "ids must be a list"),
    (lambda t: t.mark_many_as_spam([]), "ids is empty"),
    (lambda t: t.comments.list(1, sort="id"), "sort must be one of created_at, -created_at"),
    (lambda t: t.comments.list(1, include_inline_images="yes"), "include_inline_images must be True or False"),
    (lambda t: t.comments.list(1, include="groups"), "can't be sideloaded with comments"),
    (lambda t: t.comments.redact(1, 2, ""), "text must be a string"),
    (lambda t: t.comments.make_private(1, "../2"), "comment_id must be an id"),
    (lambda t: t.comments.redact_in_agent_workspace(1, ticket_id=2), "needs an html_body or external_attachment_urls"),
    (lambda t: t.comments.redact_in_agent_workspace(1, ticket_id=2, external_attachment_urls="http://x"),
     "external_attachment_urls must be a list"),
    (lambda t: t.comments.redact_chat(1, "x", chat_id="c"), "by chat_index or by message_id"),
    (lambda t: t.comments.redact_chat(1, "x", chat_id="c", chat_index=1, message_id="m"), "one of the two"),
    (lambda t: t.comments.redact_chat(1, "x", chat_id="", chat_index=1), "chat_id must be"),
    (lambda t: t.comments.redact_chat_attachment(1, chat_id="c"), "by chat_indexes or by message_ids"),
    (lambda t: t.comments.redact_chat_attachment(1, chat_id="c", message_ids="m"), "message_ids must be a list"),
    (lambda t: t.audits.list(1, include="brands"), "can't be sideloaded with audits"),
    (lambda t: t.audits.show(1, "x"), "audit_id must be an id"),
    (lambda t: t.deleted.list(sort_by="status"), "sort_by must be one of id, subject, deleted_at"),
    (lambda t: t.deleted.list(sort_order="desc", cursor="A"), "a sorted listing has no cursor"),
    (lambda t: t.deleted.restore_many([]), "ids is empty"),
    (lambda t: t.conversation_log.list("x"), "ticket_id must be an id"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_what_is_refused_before_anything_is_sent(call, message):
    caller = FakeCaller()
    assert message in refusal(lambda: call(Tickets(caller)))
    assert caller.sent == []


IMPORTS = [
    (lambda i: i.create(), "no fields to write"),
    (lambda i: i.create(subject="x", archive_immediately="yes"), "archive_immediately must be True or False"),
    (lambda i: i.create_many([{"subject": "x"}], archive_immediately=1), "archive_immediately must be True or False"),
    (lambda i: i.create(comment=SAID), "did you mean 'comments'"),
    (lambda i: i.create(comments=SAID), "comments: expected array, got object"),
    (lambda i: i.create(comments=[{"created_at": STAMP}]), "comments[0]: a comment needs a body"),
    (lambda i: i.create(comments=[SAID, {**SAID, "created_at": "then"}]), "comments[1]: created_at must be a datetime"),
    (lambda i: i.create(subject="x", created_at=5), "created_at must be a datetime"),
    (lambda i: i.create(subject="x", safe_update=True), "no field 'safe_update'"),
    (lambda i: i.create_many([{"subject": "x", "solved_at": "then"}]), "rows[0]: solved_at must be a datetime"),
    (lambda i: i.create_many([{"subject": "x", "comments": [{"boddy": "y"}]}]), "rows[0]: comments[0]: comments has"),
]


@pytest.mark.parametrize(("call", "message"), IMPORTS)
def test_what_is_no_import(call, message):
    caller = FakeCaller()
    assert message in refusal(lambda: call(TicketImport(caller)))
    assert caller.sent == []
