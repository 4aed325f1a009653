"""What the methods of `zd.tickets` send."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest
from fake_caller import FakeCaller, check_sent, refusal

from zdasync._core.message import Priority
from zdasync.records import Ticket, TicketAudit, UpdatedTicket
from zdasync.resources import tickets, tickets_lists, tickets_many
from zdasync.resources.tickets import Tickets

V2 = "/api/v2"
SIZE = ("page[size]", "100")
TICKET = {"ticket": {"id": 35}}
LIST = {"tickets": []}
USERS = {"users": [{"id": 1}]}
COUNT = {"count": {"value": 3, "refreshed_at": None}}
JOB = {"job_status": {"id": "V3-1", "status": "queued", "results": None}}
SAID = {"body": "My printer is on fire"}
SEEN = datetime(2026, 9, 1, 12, tzinfo=UTC)
RELATED = {"followup_source_ids": ["7"], "from_archive": False, "incidents": 2, "topic_id": None, "jira_issue_ids": []}


@attrs.frozen
class Row:
    subject: str
    comment: dict[str, str]
    priority: str | None = None


# call, reply, method, path, query, body
SENT = [
    (lambda t: t.list(), LIST, "GET", "/tickets", [SIZE], None),
    (lambda t: t.list(external_id="crm-1"), LIST, "GET", "/tickets", [("external_id", "crm-1"), SIZE], None),
    (lambda t: t.list(sort="-updated_at", include=["users", "dates"], page_size=10, cursor="A"), LIST, "GET",
     "/tickets", [("sort", "-updated_at"), ("include", "users,dates"), ("page[size]", "10"), ("page[after]", "A")],
     None),
    (lambda t: t.list(organization_id="6", sort="id"), LIST, "GET", "/organizations/6/tickets", [("sort", "id"), SIZE],
     None),
    (lambda t: t.requested(5), LIST, "GET", "/users/5/tickets/requested", [SIZE], None),
    (lambda t: t.requested(5, exclude_archived=True, include="groups"), LIST, "GET", "/users/5/tickets/requested",
     [("exclude_archived", "true"), ("include", "groups"), SIZE], None),
    (lambda t: t.requested(5, sort_by="assignee.name", exclude_count=True), LIST, "GET", "/users/5/tickets/requested",
     [("exclude_count", "true"), ("sort_by", "assignee.name"), ("per_page", "100")], None),
    (lambda t: t.followed(5, sort_order="desc", exclude_archived=False, page_size=3), LIST, "GET",
     "/users/5/tickets/followed", [("exclude_archived", "false"), ("sort_order", "desc"), ("per_page", "3")], None),
    (lambda t: t.followed(5, sort="-id", cursor="A"), LIST, "GET", "/users/5/tickets/followed",
     [("sort", "-id"), SIZE, ("page[after]", "A")], None),
    (lambda t: t.assigned("5", sort="status"), LIST, "GET", "/users/5/tickets/assigned", [("sort", "status"), SIZE],
     None),
    (lambda t: t.ccd(5, include="users"), LIST, "GET", "/users/5/tickets/ccd", [("include", "users"), SIZE], None),
    (lambda t: t.recent(include="users"), LIST, "GET", "/tickets/recent", [("include", "users")], None),
    (lambda t: t.problems(page_size=2), LIST, "GET", "/problems", [("page[size]", "2")], None),
    (lambda t: t.autocomplete_problems("fire"), LIST, "POST", "/problems/autocomplete", [], {"text": "fire"}),
    (lambda t: t.incidents(35, include="users", cursor="B"), LIST, "GET", "/tickets/35/incidents",
     [("include", "users"), SIZE, ("page[after]", "B")], None),
    (lambda t: t.collaborators(35), USERS, "GET", "/tickets/35/collaborators", [], None),
    (lambda t: t.followers(35), USERS, "GET", "/tickets/35/followers", [], None),
    (lambda t: t.email_ccs(35), USERS, "GET", "/tickets/35/email_ccs", [], None),
    (lambda t: t.count(), COUNT, "GET", "/tickets/count", [], None),
    (lambda t: t.count(organization_id=6), COUNT, "GET", "/organizations/6/tickets/count", [], None),
    (lambda t: t.count_assigned(5), COUNT, "GET", "/users/5/tickets/assigned/count", [], None),
    (lambda t: t.count_ccd(5), COUNT, "GET", "/users/5/tickets/ccd/count", [], None),
    (lambda t: t.show(35), TICKET, "GET", "/tickets/35", [], None),
    (lambda t: t.show("35", include=["last_audits"]), TICKET, "GET", "/tickets/35", [("include", "last_audits")], None),
    (lambda t: t.show_many([1, "2"], include="slas"), LIST, "GET", "/tickets/show_many",
     [("ids", "1,2"), ("include", "slas")], None),
    (lambda t: t.related(35), RELATED, "GET", "/tickets/35/related", [], None),
    (lambda t: t.create(comment=SAID), TICKET, "POST", "/tickets", [], {"ticket": {"comment": SAID}}),
    (lambda t: t.create(
        subject="Fire", comment={"html_body": "<b>Help</b>", "public": False, "author_id": 4, "uploads": ("tok",)},
        requester={"name": "Ada", "email": "ada@example.org", "locale_id": 8}, priority="urgent", type="incident",
        status="open", tags=("vip", "fire"), custom_fields=[{"id": 9, "value": ["a", "b"]}, {"id": 10, "value": None}],
        collaborators=[7, "bob@example.org", {"name": "Cy", "email": "cy@example.org"}],
        followers=[{"user_id": 4, "action": "put"}], email_ccs=[{"user_email": "d@example.org", "user_name": "D"}],
        due_at=SEEN, metadata={"ip": "10.0.0.1"}, macro_ids=[3], via_followup_source_id=30, brand_id=2, problem_id=34,
        ticket_form_id=8, via={"channel": "phone"}),
     TICKET, "POST", "/tickets", [], {"ticket": {
        "subject": "Fire", "comment": {"html_body": "<b>Help</b>", "public": False, "author_id": 4, "uploads": ["tok"]},
        "requester": {"name": "Ada", "email": "ada@example.org", "locale_id": 8}, "priority": "urgent",
        "type": "incident", "status": "open", "tags": ["vip", "fire"],
        "custom_fields": [{"id": 9, "value": ["a", "b"]}, {"id": 10, "value": None}],
        "collaborators": [7, "bob@example.org", {"name": "Cy", "email": "cy@example.org"}],
        "followers": [{"user_id": 4, "action": "put"}],
        "email_ccs": [{"user_email": "d@example.org", "user_name": "D"}], "due_at": "2026-09-01T12:00:00Z",
        "metadata": {"ip": "10.0.0.1"}, "macro_ids": [3], "via_followup_source_id": 30, "brand_id": 2,
        "problem_id": 34, "ticket_form_id": 8, "via": {"channel": "phone"}}}),
    (lambda t: t.create_async(comment=SAID, external_id="crm-1"), JOB, "POST", "/tickets", [("async", "true")],
     {"ticket": {"comment": SAID, "external_id": "crm-1"}}),
    (lambda t: t.update(35, status="solved", assignee_id=None, comment={"body": "Done", "public": False}), TICKET,
     "PUT", "/tickets/35", [],
     {"ticket": {"status": "solved", "assignee_id": None, "comment": {"body": "Done", "public": False}}}),
    (lambda t: t.update(35, subject="New", safe_update=True, updated_stamp=SEEN), TICKET, "PUT", "/tickets/35", [],
     {"ticket": {"subject": "New", "safe_update": True, "updated_stamp": "2026-09-01T12:00:00Z"}}),
    (lambda t: t.update(35, subject="New", safe_update=True, updated_stamp="2026-09-01T12:00:00Z"), TICKET, "PUT",
     "/tickets/35", [],
     {"ticket": {"subject": "New", "safe_update": True, "updated_stamp": "2026-09-01T12:00:00Z"}}),
    (lambda t: t.update_with_audit(35, priority=None), {**TICKET, "audit": {"id": 8}}, "PUT", "/tickets/35", [],
     {"ticket": {"priority": None}}),
    (lambda t: t.delete(35), b"", "DELETE", "/tickets/35", [], None),
    (lambda t: t.mark_as_spam(35), b'"ok"', "PUT", "/tickets/35/mark_as_spam", [], None),
    (lambda t: t.merge(35, [36, "37"]), JOB, "POST", "/tickets/35/merge", [], {"ids": [36, 37]}),
    (lambda t: t.merge(35, [36], target_comment="in", source_comment="out", target_comment_is_public=True,
                       source_comment_is_public=False),
     JOB, "POST", "/tickets/35/merge", [],
     {"ids": [36], "target_comment": "in", "source_comment": "out", "target_comment_is_public": True,
      "source_comment_is_public": False}),
    (lambda t: t.create_many([{"comment": SAID, "priority": "low"}, Row("Fire", SAID)]), JOB, "POST",
     "/tickets/create_many", [], {"tickets": [{"comment": SAID, "priority": "low"},
                                              {"subject": "Fire", "comment": SAID}]}),
    (lambda t: t.update_many([{"id": "1", "status": "open"},
                              {"id": 2, "subject": "x", "safe_update": True, "updated_stamp": SEEN}]),
     JOB, "PUT", "/tickets/update_many", [],
     {"tickets": [{"id": 1, "status": "open"},
                  {"id": 2, "subject": "x", "safe_update": True, "updated_stamp": "2026-09-01T12:00:00Z"}]}),
    (lambda t: t.update_many(ids=[1, 2], additional_tags=["vip"], remove_tags=["new"], priority="high"), JOB, "PUT",
     "/tickets/update_many", [("ids", "1,2")],
     {"ticket": {"additional_tags": ["vip"], "remove_tags": ["new"], "priority": "high"}}),
    (lambda t: t.destroy_many([1, 2]), JOB, "DELETE", "/tickets/destroy_many", [("ids", "1,2")], None),
    (lambda t: t.mark_many_as_spam([1]), JOB, "PUT", "/tickets/mark_many_as_spam", [("ids", "1")], None),
]  # fmt: skip


@pytest.mark.parametrize(("call", "reply", "method", "path", "query", "body"), SENT)
async def test_what_is_sent(call, reply, method, path, query, body):
    await check_sent(Tickets, call, reply, method, V2 + path, query, body)


def test_every_row_is_reached_by_a_test():
    rows = {
        (row.operation, row.method, row.template)
        for module in (tickets, tickets_lists, tickets_many) for row in vars(module).values()
        if isinstance(row, tickets.Route)
    }  # fmt: skip
    called = set()
    for call, reply, *_ in SENT:
        route = call(Tickets(FakeCaller(reply))).request.route
        called.add((route.operation, route.method, route.template))
    assert called == rows
    assert len(rows) == 31


async def test_the_results_are_what_the_names_promise():
    async def result(call, reply):
        return await call(Tickets(FakeCaller(reply)))

    assert isinstance(await result(lambda t: t.create(comment=SAID), TICKET), Ticket)
    assert (await result(lambda t: t.count(), COUNT)).value == 3
    assert (await result(lambda t: t.followers(35), USERS))[0].id == 1
    related = await result(lambda t: t.related(35), RELATED)
    assert (related.incidents, related.followup_source_ids, related.from_archive) == (2, ("7",), False)
    assert await result(lambda t: t.delete(35), b"") is None
    assert await result(lambda t: t.mark_as_spam(35), b'"Ticket marked"') is None
    assert await result(lambda t: t.merge(35, [36]), JOB) == "job V3-1"
    assert await result(lambda t: t.create_async(comment=SAID), {**TICKET, **JOB}) == "job V3-1"


async def test_an_update_gives_the_ticket_alone_or_with_its_audit():
    reply = {**TICKET, "audit": {"id": 8, "ticket_id": 35, "events": [{"id": 9, "type": "Change", "value": "x"}]}}
    zd_tickets = Tickets(FakeCaller(reply))
    assert await zd_tickets.update(35, subject="x") == Ticket(id=35)
    updated = await zd_tickets.update_with_audit(35, subject="x")
    assert isinstance(updated, UpdatedTicket)
    assert updated.ticket == Ticket(id=35)
    assert isinstance(updated.audit, TicketAudit)
    assert [event.value for event in updated.audit.events] == ["x"]
    assert (await Tickets(FakeCaller(TICKET)).update_with_audit(35, subject="x")).audit is None


@pytest.mark.parametrize(
    ("call", "rows", "names"),
    [
        (lambda t: t.create_many([{"comment": SAID, "external_id": "a"}, {"comment": SAID}]), 2, ["a", None]),
        (lambda t: t.create_async(comment=SAID, external_id="a"), 1, ["a"]),
        (lambda t: t.update_many([{"id": "1", "status": "open"}, {"id": 2, "status": "open"}]), 2, [1, 2]),
        (lambda t: t.update_many(ids=[1, "2", 3], status="open"), 3, [1, 2, 3]),
        (lambda t: t.destroy_many(["4"]), 1, [4]),
        (lambda t: t.mark_many_as_spam([5, 6]), 2, [5, 6]),
        (lambda t: t.merge(35, [36, "37"]), 2, [36, 37]),
        (lambda t: t.deleted.delete("35"), 1, [35]),
        (lambda t: t.deleted.destroy_many([1, 2]), 2, [1, 2]),
    ],
)
async def test_jobs_know_their_rows_and_what_they_are_called(call, rows, names, monkeypatch):
    caller, given = FakeCaller(JOB), []
    register = caller.jobs.register
    monkeypatch.setattr(caller.jobs, "register", lambda *args, **rest: given.append(rest) or register(*args, **rest))
    pending = call(Tickets(caller))
    assert pending.request.route.job
    await pending
    assert (given[0]["rows"], list(given[0]["names"])) == (rows, names)


def test_what_must_not_be_sent_twice_says_so():
    zd_tickets = Tickets(FakeCaller(TICKET))
    never = {
        call(zd_tickets).request.route.operation for call, *_ in SENT
        if not call(zd_tickets).request.route.repeatable
    }  # fmt: skip
    assert never == {
        "tickets.create_async", "tickets.create_many", "tickets.update_many", "tickets.destroy_many",
        "tickets.mark_many_as_spam", "tickets.merge", "tickets.update",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "repeatable"),
    [
        ({"status": "open", "tags": ["a"]}, True),
        ({"comment": SAID}, False),
        ({"voice_comment": {"call_duration": 3}}, False),
        ({"subject": "x", "safe_update": True, "updated_stamp": SEEN}, False),
        ({"subject": "x", "safe_update": False}, True),
    ],
)
def test_an_update_may_be_sent_again_unless_it_adds_something_or_protects_itself(fields, repeatable):
    zd_tickets = Tickets(FakeCaller(TICKET))
    assert zd_tickets.update(35, **fields).request.route.repeatable is repeatable
    assert zd_tickets.update_with_audit(35, **fields).request.route.repeatable is repeatable


def test_what_is_known_of_a_path_alone_makes_nothing_repeatable():
    """The escape hatch goes by the rows: it sends no key, and may send a comment."""
    assert not tickets.CREATE.repeatable
    assert not tickets.CREATE.job
    assert not tickets.CREATE_ASYNC.job
    assert not tickets.UPDATE.repeatable


def key_of(call):
    return call.request.headers["Idempotency-Key"]


async def test_a_new_ticket_has_a_key_that_stays_with_its_call():
    caller = FakeCaller(TICKET)
    zd_tickets = Tickets(caller)
    call = zd_tickets.create(comment=SAID)
    await call
    await call
    await call.raw()
    await call.into(Ticket)
    assert len({request.headers["Idempotency-Key"] for request in caller.sent}) == 1
    assert key_of(call) != key_of(zd_tickets.create(comment=SAID))
    assert len(key_of(call)) == 36
    assert call.request.route.repeatable
    assert key_of(call) not in repr(call.request)


@pytest.mark.parametrize("key", ["k", "x" * 255, "order 17/b~"])
def test_a_key_of_the_callers_own_is_sent_as_it_is(key):
    assert key_of(Tickets(FakeCaller()).create(comment=SAID, idempotency_key=key)) == key


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\r\nX-Other: b", "tab\t", 17, b"k"])
def test_what_is_no_key_is_refused(key):
    message = refusal(lambda: Tickets(FakeCaller()).create(comment=SAID, idempotency_key=key))
    assert "from 1 to 255 printable ASCII characters" in message


@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.create_async(comment=SAID),
        lambda t: t.create_many([{"comment": SAID}]),
        lambda t: t.update(35, status="open"),
    ],
)
def test_nothing_else_has_a_key(call):
    assert call(Tickets(FakeCaller(JOB))).request.headers == {}


async def test_options_ride_along_and_the_priority_is_the_tickets():
    caller = FakeCaller(TICKET)
    await Tickets(caller).update(35, priority="high", deadline=3, timeout=10, group="night")
    assert (caller.last.deadline, caller.last.timeout, caller.last.group) == (3.0, 10.0, "night")
    assert caller.last.priority is None
    assert caller.body == {"ticket": {"priority": "high"}}
    await Tickets(caller).show(35, priority=Priority.BULK)
    assert caller.last.priority is Priority.BULK


def test_the_limits_are_told_the_ticket():
    call = Tickets(FakeCaller(TICKET)).update("35", status="open")
    assert call.request.path == V2 + "/tickets/35"
    assert call.request.values == {"ticket_id": 35}
