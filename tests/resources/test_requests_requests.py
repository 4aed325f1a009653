"""What the methods on requests and their comments send, and what they refuse to send."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from fake_caller import FakeCaller, check_sent, refusal

from zdasync import Priority
from zdasync.resources.requests import Requests
from zdasync.resources.table import routes

V2 = "/api/v2"
SIZE = ("page[size]", "100")
ROWS = ("per_page", "100")
ONE = {"request": {"id": 1}}
LIST = {"requests": []}
COMMENT = {"comment": {"id": 9}}
COMMENTS = {"comments": []}
SINCE = datetime(2024, 1, 1, tzinfo=UTC)

# call, reply, method, path, query, body
SENT = [
    (lambda r: r.list(), LIST, "GET", "/requests", [SIZE], None),
    (lambda r: r.list(page_size=25, cursor="A"), LIST, "GET", "/requests", [("page[size]", "25"), ("page[after]", "A")],
     None),
    (lambda r: r.list(sort_by="updated_at", sort_order="desc"), LIST, "GET", "/requests",
     [("sort_by", "updated_at"), ("sort_order", "desc"), ROWS], None),
    (lambda r: r.list(user_id="5"), LIST, "GET", "/users/5/requests", [SIZE], None),
    (lambda r: r.list(organization_id=6, sort_order="asc"), LIST, "GET", "/organizations/6/requests",
     [("sort_order", "asc"), ROWS], None),
    (lambda r: r.open(sort_by="created_at", page_size=7), LIST, "GET", "/requests/open",
     [("sort_by", "created_at"), ("per_page", "7")], None),
    (lambda r: r.solved(), LIST, "GET", "/requests/solved", [SIZE], None),
    (lambda r: r.ccd(cursor="A"), LIST, "GET", "/requests/ccd", [SIZE, ("page[after]", "A")], None),
    (lambda r: r.search("broken camera", per_page=5), LIST, "GET", "/requests/search",
     [("query", "broken camera"), ("per_page", "5")], None),
    (lambda r: r.show(1), ONE, "GET", "/requests/1", [], None),
    (lambda r: r.show("1", include="users"), ONE, "GET", "/requests/1", [("include", "users")], None),
    (lambda r: r.create(subject="Help", comment={"body": "It broke", "uploads": ["t"]}, priority="high", due_at=SINCE,
                        custom_fields=[{"id": 3, "value": "x"}], collaborators=[5, "a@b.c", {"email": "d@e.f"}]),
     ONE, "POST", "/requests", [],
     {"request": {"subject": "Help", "comment": {"body": "It broke", "uploads": ["t"]}, "priority": "high",
                  "due_at": "2024-01-01T00:00:00Z", "custom_fields": [{"id": 3, "value": "x"}],
                  "collaborators": [5, "a@b.c", {"email": "d@e.f"}]}}),
    (lambda r: r.create(subject="Help", comment={"html_body": "<b>!</b>"}, requester={"name": "A", "email": "a@b.c"}),
     ONE, "POST", "/requests", [],
     {"request": {"subject": "Help", "comment": {"html_body": "<b>!</b>"},
                  "requester": {"name": "A", "email": "a@b.c"}}}),
    (lambda r: r.update(1, comment={"body": "Thanks"}, solved=True, additional_collaborators=["a@b.c"]), ONE, "PUT",
     "/requests/1", [],
     {"request": {"comment": {"body": "Thanks"}, "solved": True, "additional_collaborators": ["a@b.c"]}}),
    (lambda r: r.comments.list(1), COMMENTS, "GET", "/requests/1/comments", [SIZE], None),
    (lambda r: r.comments.list(1, sort="-created_at", since=SINCE, role="agent", include="users"), COMMENTS, "GET",
     "/requests/1/comments",
     [("sort", "-created_at"), ("since", "2024-01-01T00:00:00Z"), ("role", "agent"), ("include", "users"), SIZE], None),
    (lambda r: r.comments.show(1, 9), COMMENT, "GET", "/requests/1/comments/9", [], None),
]  # fmt: skip


@pytest.mark.parametrize(("call", "reply", "method", "path", "query", "body"), SENT)
async def test_what_is_sent(call, reply, method, path, query, body):
    await check_sent(Requests, call, reply, method, V2 + path, query, body)


def test_every_route_is_reached_by_a_test():
    rows = [row for row in routes() if row.operation.startswith("requests.")]
    reached = {(call(Requests(FakeCaller())).request.route.template, method) for call, _, method, *_ in SENT}
    assert reached == {(row.template, row.method) for row in rows}
    assert len(rows) == 12


def test_what_says_something_is_never_said_twice():
    rows = [row for row in routes() if row.operation.startswith("requests.")]
    assert {row.operation for row in rows if not row.repeatable} == {"requests.create", "requests.update"}


async def test_the_priority_of_a_request_and_that_of_a_call_are_two_things():
    caller = FakeCaller(ONE)
    await Requests(caller).create(subject="S", comment={"body": "B"}, priority="low", deadline=3)
    assert (caller.last.priority, caller.last.deadline) == (None, 3.0)
    assert caller.body["request"]["priority"] == "low"
    await Requests(caller).update(1, solved=True, priority=Priority.BULK)
    assert caller.last.priority is Priority.BULK
    assert caller.body == {"request": {"solved": True}}


COMMENT_SAID = {"body": "B"}
REFUSED = [
    (lambda r: r.list(user_id=1, organization_id=2), "not by both"),
    (lambda r: r.list(sort_by="status"), "sort_by must be one of created_at, updated_at"),
    (lambda r: r.open(sort_order="down"), "sort_order must be one of asc, desc"),
    (lambda r: r.solved(sort_by="created_at", cursor="A"), "a sorted listing has no cursor"),
    (lambda r: r.list(sort_by="created_at", page_size=101), "from 1 to 100"),
    (lambda r: r.ccd(page_size=0), "from 1 to 100"),
    (lambda r: r.search(""), "query must be"),
    (lambda r: r.show("open"), "request_id must be an id"),
    (lambda r: r.show(1, include="groups"), "can't be sideloaded with requests"),
    (lambda r: r.create(comment=COMMENT_SAID), "request is missing required field subject"),
    (lambda r: r.create(subject="S"), "missing required field comment"),
    (lambda r: r.create(subject="S", comment="B"), "comment: expected object, got str; write comment="),
    (lambda r: r.create(subject="S", comment={}), "a comment needs a body"),
    (lambda r: r.create(subject="S", comment={"body": ""}), "a comment needs a body"),
    (lambda r: r.create(subject="S", comment={"body": "B", "author_id": 5}), "zd.on_behalf_of"),
    (lambda r: r.update(1, comment={"body": "B", "author_id": 5}), "zd.on_behalf_of"),
    (lambda r: r.update(1, comment={"bodi": "B"}), "did you mean 'body'"),
    (lambda r: r.create(subject="S", comment=COMMENT_SAID, requester={"email": "a@b.c"}), "required field name"),
    (lambda r: r.create(subject="S", comment=COMMENT_SAID, requester={"name": "A", "email": "x"}), "no e-mail address"),
    (lambda r: r.create(subject="S", comment=COMMENT_SAID, requester={"name": "A", "mail": "a@b.c"}),
     "did you mean 'email'"),
    (lambda r: r.create(subject="S", comment=COMMENT_SAID, collaborators=[{"name": "A", "mail": "a@b.c"}]),
     r"collaborators\[0\]"),
    (lambda r: r.create(subject="S", comment=COMMENT_SAID, collaborators="a@b.c"), "expected array"),
    (lambda r: r.create(subject="S", comment=COMMENT_SAID, custom_fields=[{"id": 1, "valeu": 2}]), "custom_fields"),
    (lambda r: r.create(subject="S", comment=COMMENT_SAID, priority=Priority.BULK), "with_options"),
    (lambda r: r.create(subject="S", comment=COMMENT_SAID, priority="highest"), "priority"),
    (lambda r: r.create(subject="S", comment=COMMENT_SAID, tags=["x"]), "no field 'tags'"),
    (lambda r: r.update(1), "no fields to write"),
    (lambda r: r.update(1, subject="S"), "no field 'subject'"),
    (lambda r: r.update(1, status="solved"), "no field 'status'"),
    (lambda r: r.comments.list(1, sort="updated_at"), "sort must be one of"),
    (lambda r: r.comments.list(1, since="yesterday"), "since must be a datetime, or a string like 2024-01-31T"),
    (lambda r: r.comments.list(1, role="admin"), "role must be one of agent, end_user"),
    (lambda r: r.comments.list(1, since=datetime(2024, 1, 1)), "no time zone"),  # noqa: DTZ001
    (lambda r: r.comments.show(1, "x"), "ticket_comment_id must be an id"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "why"), REFUSED)
def test_what_is_refused_before_anything_is_sent(call, why):
    caller = FakeCaller()
    assert re.search(why, refusal(lambda: call(Requests(caller))))
    assert caller.sent == []
