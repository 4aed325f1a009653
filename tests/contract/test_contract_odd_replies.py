"""Replies of shapes that accounts send, or may send, and that types alone do not tell: all of them are read.

Null where a list is expected, a list of one where a record is, values of any shape, kinds that nobody has seen yet.
What does not fit at all costs no more than itself, and is reported.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from fake_caller import FakeCaller

from zdasync._api import Api
from zdasync.records import (
    AuditEvent,
    Count,
    CustomFieldValue,
    Entitlement,
    Organization,
    Session,
    SuspendedTicket,
    Tag,
    Ticket,
    TicketRelated,
    TicketSatisfaction,
    UpdatedTicket,
    Upload,
    User,
    Via,
)


class Desk(Api):
    """Every page, answered with one reply."""

    def __init__(self, reply: Any) -> None:
        self._caller = FakeCaller(reply)

    async def get(self, call: Any) -> tuple[Any, list[tuple[str, str]]]:
        """What a call or a listing gives, and which fields drifted."""
        pending = call(self)
        found = [one async for one in pending] if hasattr(pending, "__aiter__") else await pending
        return found, [(event.record, event.field) for event in self._caller.events]


def ticket(**fields: Any) -> dict[str, Any]:
    return {"ticket": {"id": 35, **fields}}


def audit(*events: Any) -> dict[str, Any]:
    return {"audits": [{"id": 1, "ticket_id": 35, "events": events}], "meta": {"has_more": False}}


EXPORTED: Final = {"end_of_stream": True, "end_time": 1704164645, "next_page": None}
VALUES: Final = ["text", ["a", 1], {"a": {"b": None}}, None, 7, 1.5, True]
DEFINITION: Final = {
    "title": "Status", "subject": "status", "type": "list", "group": "ticket", "nullable": False, "output_key": None,
    "operators": [{"value": "is", "title": "Is", "terminal": False}],
    "values": [{"value": "", "title": "-", "enabled": True}, {"value": 5, "title": None}, {"value": None}],
}

# call, reply, what to look at in the result, what is there
ODD: Final = [
    (lambda d: d.tickets.show(35), ticket(via={"channel": None, "source": {"from": None, "to": {"name": None}}}),
     lambda t: t.via.source, {"from": None, "to": {"name": None}}),
    (lambda d: d.tickets.show(35), ticket(via={"channel": 33, "source": None}), lambda t: t.via, Via(channel=33)),
    (lambda d: d.tickets.show(35), ticket(custom_fields=[{"id": 9, "value": value} for value in VALUES]),
     lambda t: [field.value for field in t.custom_fields], VALUES),
    (lambda d: d.tickets.show(35), ticket(satisfaction_rating={"score": "offered"}), lambda t: t.satisfaction_rating,
     TicketSatisfaction(score="offered")),
    (lambda d: d.tickets.show(35), ticket(satisfaction_rating={
        "id": 77, "score": "bad", "comment": None, "reason": "Late", "reason_id": 5, "created_at": "any", "group_id": 4,
    }), lambda t: t.satisfaction_rating, TicketSatisfaction(id=77, score="bad", reason="Late", reason_id=5)),
    (lambda d: d.tickets.show(35), ticket(tags=None, custom_fields=None, fields=None, followup_ids=None, slas=None),
     lambda t: t, Ticket(id=35)),
    (lambda d: d.tickets.show(35), ticket(brand_id="360000000000001", generated_timestamp=1704164645.0),
     lambda t: (t.brand_id, t.generated_timestamp), (360000000000001, 1704164645)),
    (lambda d: d.tickets.count(), {"count": {"value": 100000, "refreshed_at": None}}, lambda c: c, Count(value=100000)),
    (lambda d: d.tickets.related(35), {"topic_id": 5, "followup_source_ids": [1, "2"], "jira_issue_ids": None},
     lambda r: r, TicketRelated(topic_id="5", followup_source_ids=("1", "2"))),
    (lambda d: d.tickets.create_async(comment={"body": "x"}),
     {"ticket": {"id": 35}, "job_status": {"id": "V3-a", "status": "queued", "total": None, "results": None}},
     lambda job: job, "job V3-a"),
    (lambda d: d.tickets.update_with_audit(35, status="open"), ticket() | {"audit": None}, lambda u: u,
     UpdatedTicket(ticket=Ticket(id=35))),
    (lambda d: d.tickets.metrics.show(ticket_id=35), {"ticket_metric": [{"id": 1, "reply_time_in_minutes": {
        "calendar": None, "business": 2,
    }}]}, lambda m: m.reply_time_in_minutes.business, 2),
    (lambda d: d.tickets.audits.list(35), audit(*(
        {"id": 1, "type": "BrandNew", "value": value, "previous_value": value, "more": value} for value in VALUES
    )), lambda audits: [event.value for event in audits[0].events], VALUES),
    (lambda d: d.tickets.audits.list(35),
     audit({"id": 1, "type": "Comment", "attachments": None, "data": None, "via": {"channel": "web", "source": {}}}),
     lambda audits: audits[0].events[0].attachments, ()),
    (lambda d: d.tickets.comments.list(35), {"comments": [
        {"id": 1, "metadata": {"system": {"ip": None}, "flags": [1], "custom": {}}},
        {"id": 2, "metadata": None, "attachments": None, "via": None},
    ]}, lambda comments: [(one.metadata, one.attachments) for one in comments],
     [({"system": {"ip": None}, "flags": [1], "custom": {}}, ()), ({}, ())]),
    (lambda d: d.incremental.ticket_events(0), EXPORTED | {"ticket_events": [{
        "id": 1, "via": "Web form", "metadata": None, "system": {"latitude": 1.5, "client": None}, "updater_id": -1,
        "child_events": [{"id": 2, "event_type": "Change", "tags": ["a"], "previous_value": None}],
    }]}, lambda events: events[0].child_events[0]["tags"], ["a"]),
    (lambda d: d.incremental.sample("users", 0), {"users": [{"id": 1, "photo": None}]}, lambda users: users,
     [User(id=1)]),
    (lambda d: d.incremental.sample("organizations", 0), {"organizations": [{"id": 5, "tags": None}]},
     lambda found: found, [Organization(id=5)]),
    (lambda d: d.incremental.sample("ticket_events", 0), {"ticket_events": [{"id": 1, "via": "Mail"}]},
     lambda events: events[0].via, "Mail"),
    (lambda d: d.users.show(1), {"user": {"id": 1, "photo": None, "tags": None, "user_fields": None}},
     lambda user: user, User(id=1)),
    (lambda d: d.users.show(1), {"user": {"id": 1, "external_id": 17, "user_fields": {"a": 1.5, "b": ["x"]}}},
     lambda user: (user.external_id, user.user_fields), ("17", {"a": 1.5, "b": ["x"]})),
    (lambda d: d.users.me(), {"user": {"id": None, "name": "Anonymous user", "tags": None}},
     lambda user: user.anonymous, True),
    (lambda d: d.users.entitlements(1), {"entitlements": {"chat": None, "new": {"name": "agent", "is_active": None}}},
     lambda found: found, {"chat": None, "new": Entitlement(name="agent")}),
    (lambda d: d.organizations.show(5), {"organization": {"id": 5, "organization_fields": None, "domain_names": None}},
     lambda found: found, Organization(id=5)),
    (lambda d: d.tags.list(), {"tags": [{"name": "vip", "count": 3}, "two"], "meta": {"has_more": False}},
     lambda tags: tags, [Tag(name="vip", count=3), Tag(name="two")]),
    (lambda d: d.job_statuses.show("V3-a"), {"job_status": {"id": "V3-a", "total": None, "results": {"success": True}}},
     lambda job: [row.ok for row in job.rows], [True]),
    (lambda d: d.job_statuses.list(), {"job_statuses": [
        {"id": "V3-a", "results": [{"index": 0, "id": 1}, {"error": "Failed", "details": {"name": ["taken"]}}]},
    ]}, lambda jobs: [row.ok for row in jobs[0].rows], [True, False]),
    (lambda d: d.search.list("x"), {"results": [
        {"id": 35, "result_type": "ticket", "tags": None}, {"id": "01", "result_type": "topic"}, {"id": 2},
    ], "facets": None, "count": 3, "next_page": None},
     lambda found: found, [Ticket(id=35), {"id": "01", "result_type": "topic"}, {"id": 2}]),
    (lambda d: d.search.export("x", type="user"), {"results": [{"id": 1, "result_type": None}], "facets": {}},
     lambda found: found, [User(id=1)]),
    (lambda d: d.views.execute(1), {
        "columns": [{"id": "status", "title": "Status"}, {"id": 360000000001, "title": None}], "groups": None,
        "rows": [{"ticket": {"id": 35}, "status": None, "custom_fields": [{"id": 9, "value": ["a"]}]}], "count": 1,
    }, lambda result: (result.columns[1].id, result.rows[0]["custom_fields"], result.groups),
     (360000000001, [{"id": 9, "value": ["a"]}], ())),
    (lambda d: d.views.definitions(), {"definitions": {"conditions_all": [DEFINITION], "conditions_any": None}},
     lambda found: [value.value for value in found.conditions_all[0].values], ["", 5, None]),
    (lambda d: d.views.count_many([1]), {"view_counts": [{"view_id": 1, "value": None, "pretty": "..."}]},
     lambda counts: counts[0].value, None),
    (lambda d: d.macros.apply(1), {"result": {"ticket": {
        "assignee_id": "5", "fields": {"id": 9, "value": "x"}, "comment": {"scoped_body": [["channel:all", "Hi"]]},
    }}}, lambda result: (result.ticket.assignee_id, result.ticket.fields, result.ticket.comment.scoped_body),
     (5, {"id": 9, "value": "x"}, (("channel:all", "Hi"),))),
    (lambda d: d.macros.apply(1, ticket_id=35), {"result": {"ticket": {
        "id": 35, "fields": [{"id": 9, "value": None}], "tags": ["vip"], "custom_fields": [],
    }, "comment": {"body": "Hi", "scoped_body": None}}},
     lambda result: (result.ticket.fields, result.comment.body), ([{"id": 9, "value": None}], "Hi")),
    (lambda d: d.macros.show(1), {"macro": {
        "id": 1, "restriction": {"type": "Group", "id": 4, "ids": None}, "actions": [{"field": "status"}],
    }}, lambda macro: (macro.restriction.ids, macro.actions[0].value), ((), None)),
    (lambda d: d.webhooks.show("01"), {"webhook": {
        "id": "01", "custom_headers": {"X-Key": "a", "X-Number": 1, "X-None": None}, "subscriptions": None,
        "authentication": {"type": "basic_auth", "data": None, "add_position": "header"},
    }}, lambda webhook: webhook.custom_headers, {"X-Key": "a", "X-Number": "1"}),
    (lambda d: d.webhooks.show("01"), {"webhook": {"id": "01", "custom_headers": None, "authentication": {
        "type": "brand_new", "data": {"brand_new": [1]},
    }}}, lambda webhook: (webhook.custom_headers, webhook.authentication.type), ({}, "brand_new")),
    (lambda d: d.sessions.show(1, 2), {"session": [{"id": 2}]}, lambda session: session, Session(id=2)),
    (lambda d: d.sessions.show(1, 2), {"session": {"id": 2}}, lambda session: session, Session(id=2)),
    (lambda d: d.satisfaction_ratings.show(1), {"satisfaction_rating": [{"id": 1, "score": "good"}]},
     lambda rating: rating.score, "good"),
    (lambda d: d.satisfaction_ratings.show(1), {"satisfaction_rating": {"id": 1, "reason_code": None}},
     lambda rating: rating.id, 1),
    (lambda d: d.suspended_tickets.show(1), {"suspended_tickets": [{"id": 1, "attachments": None}]},
     lambda held: held, SuspendedTicket(id=1)),
    (lambda d: d.suspended_tickets.attachments(1), {"upload": {"token": "t", "attachments": None}},
     lambda upload: upload, Upload(token="t")),
    (lambda d: d.suspended_tickets.show(1), {"suspended_ticket": {"id": 1, "author": {"id": None, "name": "Ada"}}},
     lambda held: held.author.name, "Ada"),
    (lambda d: d.suspended_tickets.recover(1), {"ticket": [{"id": 35}]}, lambda found: found, Ticket(id=35)),
    (lambda d: d.suspended_tickets.recover(1), {"ticket": {"id": 35}}, lambda found: found, Ticket(id=35)),
    (lambda d: d.users.deleted.show(1), {"deleted_user": {"id": 1, "photo": None, "shared_phone_number": "no"}},
     lambda user: user.shared_phone_number, "no"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "reply", "look", "expected"), ODD)
async def test_what_accounts_send_is_read(call, reply, look, expected) -> None:
    found, drift = await Desk(reply).get(call)
    assert drift == []
    assert look(found) == expected


# call, reply, what is left, which fields drifted
UNFIT: Final = [
    (lambda d: d.tickets.show(35), ticket(custom_fields=[{"value": 1}, {"id": 9, "value": 2}]),
     Ticket(id=35, custom_fields=(CustomFieldValue(id=9, value=2),)), [("Ticket", "custom_fields")]),
    (lambda d: d.tickets.show(35), ticket(tags=["a", 5, {"b": 1}, "c"], status="open"),
     Ticket(id=35, tags=("a", "5", "c"), status="open"), [("Ticket", "tags")]),
    (lambda d: d.tickets.show(35), ticket(via="Web form", status="open"), Ticket(id=35, status="open"),
     [("Ticket", "via")]),
    (lambda d: d.users.entitlements(1), {"entitlements": {"chat": {"is_active": True}, "odd": "x"}},
     {"chat": Entitlement(is_active=True)}, [("dict", "*")]),
    (lambda d: d.users.password_requirements(1), {"requirements": ["long", {"a": 1}]}, ["long"], [("list", "*")]),
]  # fmt: skip


@pytest.mark.parametrize(("call", "reply", "left", "drifted"), UNFIT)
async def test_what_does_not_fit_costs_only_itself(call, reply, left, drifted) -> None:
    assert await Desk(reply).get(call) == (left, drifted)


async def test_an_event_of_another_shape_costs_an_audit_no_more_than_what_does_not_fit() -> None:
    events = [{"id": 1, "type": "BrandNew", "body": {"article": 5}, "score": 5}, {"type": "NoId"}, {"id": 2}]
    (found,), drift = await Desk(audit(*events)).get(lambda desk: desk.tickets.audits.list(35))
    assert found.events == (AuditEvent(id=1, type="BrandNew", score="5"), AuditEvent(id=2))
    assert drift == [("AuditEvent", "body"), ("TicketAudit", "events")]
