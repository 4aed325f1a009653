"""What `zd.triggers` and `zd.trigger_categories` send, what they give, and what they refuse to send."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fake_caller import FakeCaller, check_sent, refusal

from zdasync.resources.table import routes
from zdasync.resources.trigger_categories import TriggerCategories
from zdasync.resources.triggers import Triggers

V2 = "/api/v2"
SIZE = ("page[size]", "100")
TRIGGER = {"trigger": {"id": 25}}
TRIGGERS = {"triggers": [{"id": 25}]}
REVISION = {"trigger_revision": {"id": 1}}
CATEGORY = {"trigger_category": {"id": "10026"}}
BATCH = {"status": "complete", "results": {}, "errors": []}
CREATED = {"all": [{"field": "update_type", "value": "Create"}]}
MAIL = [{"field": "notification_user", "value": ["requester_id", "Hello", "We got it"]}]

# call, reply, method, path, query, body
SENT = [
    (lambda t: t.list(), TRIGGERS, "GET", "/triggers", [SIZE], None),
    (lambda t: t.list(active=True, category_id="10026", sort="-created_at", include="usage_24h"), TRIGGERS, "GET",
     "/triggers",
     [("active", "true"), ("category_id", "10026"), ("sort", "-created_at"), ("include", "usage_24h"), SIZE], None),
    (lambda t: t.list(sort_by="usage_7d", sort_order="desc"), TRIGGERS, "GET", "/triggers",
     [("sort_by", "usage_7d"), ("sort_order", "desc"), ("per_page", "100")], None),
    (lambda t: t.active(category_id="1", page_size=5, cursor="A"), TRIGGERS, "GET", "/triggers/active",
     [("category_id", "1"), ("page[size]", "5"), ("page[after]", "A")], None),
    (lambda t: t.search("mail", active=True, filter={"description": "old"}), TRIGGERS, "GET", "/triggers/search",
     [("query", "mail"), ("active", "true"), ("filter[json]", '{"description":"old"}'), ("per_page", "100")], None),
    (lambda t: t.show(25), TRIGGER, "GET", "/triggers/25", [], None),
    (lambda t: t.create(title="Mail", conditions=CREATED, actions=MAIL, category_id="10026", position=8), TRIGGER,
     "POST", "/triggers", [],
     {"trigger": {"title": "Mail", "conditions": CREATED, "actions": MAIL, "category_id": "10026", "position": 8}}),
    (lambda t: t.update(25, active=False, description=None), TRIGGER, "PUT", "/triggers/25", [],
     {"trigger": {"active": False, "description": None}}),
    (lambda t: t.update_many([{"id": 25, "position": 3, "category_id": "1"}]), TRIGGERS, "PUT",
     "/triggers/update_many", [], {"triggers": [{"id": 25, "position": 3, "category_id": "1"}]}),
    (lambda t: t.delete(25), b"", "DELETE", "/triggers/25", [], None),
    (lambda t: t.destroy_many([25, 26]), b"", "DELETE", "/triggers/destroy_many", [("ids", "25,26")], None),
    (lambda t: t.reorder([26, "25"]), TRIGGER, "PUT", "/triggers/reorder", [], {"trigger_ids": [26, 25]}),
    (lambda t: t.definitions(), {"definitions": {}}, "GET", "/triggers/definitions", [], None),
    (lambda t: t.revisions.list(25, include="users", page_size=20), {"trigger_revisions": []}, "GET",
     "/triggers/25/revisions", [("include", "users"), ("page[size]", "20")], None),
    (lambda t: t.revisions.show(25, 1), REVISION, "GET", "/triggers/25/revisions/1", [], None),
]  # fmt: skip

SENT_OF_CATEGORIES = [
    (lambda c: c.list(), {"trigger_categories": []}, "GET", "/trigger_categories", [SIZE], None),
    (lambda c: c.list(sort="-name", include="rule_counts", cursor="A"), {"trigger_categories": []}, "GET",
     "/trigger_categories", [("sort", "-name"), ("include", "rule_counts"), SIZE, ("page[after]", "A")], None),
    (lambda c: c.show("10026"), CATEGORY, "GET", "/trigger_categories/10026", [], None),
    (lambda c: c.create(name="Mails", position=0), CATEGORY, "POST", "/trigger_categories", [],
     {"trigger_category": {"name": "Mails", "position": 0}}),
    (lambda c: c.update("10026", name="Post"), CATEGORY, "PATCH", "/trigger_categories/10026", [],
     {"trigger_category": {"name": "Post"}}),
    (lambda c: c.delete("10026"), b"", "DELETE", "/trigger_categories/10026", [], None),
    (lambda c: c.batch_operate(trigger_categories=[{"id": "1", "position": 2}], triggers=[{"id": 25, "active": True}]),
     BATCH, "POST", "/trigger_categories/jobs", [],
     {"job": {"action": "patch", "items": {"trigger_categories": [{"id": "1", "position": 2}],
                                           "triggers": [{"id": "25", "active": True}]}}}),
]  # fmt: skip

ALL_SENT = [(Triggers, *row) for row in SENT] + [(TriggerCategories, *row) for row in SENT_OF_CATEGORIES]


@pytest.mark.parametrize(("page", "call", "reply", "method", "path", "query", "body"), ALL_SENT)
async def test_what_is_sent(page, call, reply, method, path, query, body):
    await check_sent(page, call, reply, method, V2 + path, query, body)


def test_every_route_is_sent_by_a_test():
    reached = {call(page(FakeCaller())).request.route for page, call, *_ in ALL_SENT}
    assert reached == {row for row in routes() if row.operation.startswith(("triggers.", "trigger_categories."))}


def test_only_what_may_be_done_twice_is_sent_again():
    rows = [row for row in routes() if row.operation.startswith(("triggers.", "trigger_categories."))]
    assert {row.operation for row in rows if not row.repeatable} == {
        "triggers.create", "trigger_categories.create", "trigger_categories.batch_operate",
    }


REFUSED = [
    (Triggers, lambda t: t.list(sort="position", sort_by="position"), "one of the two"),
    (Triggers, lambda t: t.list(sort_by="position", cursor="A"), "a sorted listing has no cursor"),
    (Triggers, lambda t: t.list(include="users"), "can't be sideloaded with triggers"),
    (Triggers, lambda t: t.search(""), "query must be a string"),
    (Triggers, lambda t: t.create(title="Mail", conditions=CREATED), "required field actions"),
    (Triggers, lambda t: t.create(title="Mail", conditions=[], actions=MAIL), "conditions: expected object, got array"),
    (Triggers, lambda t: t.update(25, conditions={"all": "x"}), "conditions.all: expected array, got str"),
    (Triggers, lambda t: t.update(25, category_id=10026), "category_id: expected str, got int"),
    (Triggers, lambda t: t.update_many([{"active": True}]), "rows[0] has no id"),
    (Triggers, lambda t: t.reorder([]), "trigger_ids is empty"),
    (Triggers, lambda t: t.reorder([25, 26, "25"]), "names one twice"),
    (Triggers, lambda t: t.reorder("25,26"), "trigger_ids must be a list"),
    (Triggers, lambda t: t.revisions.list(25, include="groups"), "can't be sideloaded with revisions"),
    (TriggerCategories, lambda c: c.show(10026.0), "trigger_category_id must be an id"),
    (TriggerCategories, lambda c: c.show("1/../../tickets"), "trigger_category_id must be an id"),
    (TriggerCategories, lambda c: c.create(position=1), "required field name"),
    (TriggerCategories, lambda c: c.list(include="counts"), "rule_counts"),
    (TriggerCategories, lambda c: c.list(sort="title"), "sort must be one of position, -position"),
    (TriggerCategories, lambda c: c.batch_operate(), "neither trigger_categories nor triggers"),
    (TriggerCategories, lambda c: c.batch_operate(trigger_categories=[{"id": "1"}]), "required field position"),
    (TriggerCategories, lambda c: c.batch_operate(triggers=[{"position": 1}]), "rows[0] has no id"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "call", "message"), REFUSED)
def test_what_is_refused_before_anything_is_sent(page, call, message):
    caller = FakeCaller(TRIGGER)
    assert message in refusal(lambda: call(page(caller)))
    assert caller.sent == []


def test_a_hundred_triggers_and_more_can_be_reordered():
    request = Triggers(FakeCaller()).reorder(range(1, 251)).request
    assert request.body.count(b",") == 249


# --- replies as the reference has them


async def test_a_trigger_is_read_with_its_parts():
    reply = {"trigger": {
        "id": 25, "title": "Notify requester", "raw_title": "{{dc.notify}}", "category_id": "10026", "position": 8,
        "active": True, "created_at": "2012-09-25T22:50:26Z", "conditions": {
            "all": [{"field": "status", "operator": "less_than", "value": "closed"}, {"field": "role", "value": None}],
            "any": None,
        }, "actions": [{"field": "notification_user", "value": ["requester_id", "Subject", "Body"]}],
    }}  # fmt: skip
    caller = FakeCaller(reply)
    trigger = await Triggers(caller).show(25)
    assert trigger.created_at == datetime(2012, 9, 25, 22, 50, 26, tzinfo=UTC)
    assert (trigger.category_id, len(trigger.conditions.all), trigger.conditions.any) == ("10026", 2, ())
    assert trigger.actions[0].value[0] == "requester_id"
    assert caller.events == []


async def test_a_reorder_reads_no_reply():
    # The schema of the reference has one trigger in it, which says nothing of the others.
    for reply in (TRIGGER, b"", TRIGGERS):
        assert await Triggers(FakeCaller(reply)).reorder([25]) is None


async def test_revisions_go_on_by_the_cursor_beside_them():
    diff = {
        "source_id": 1, "target_id": 2, "active": [{"change": "=", "content": True}],
        "title": [{"change": "-", "content": "Old"}, {"change": "+", "content": "New"}],
        "conditions": {"all": [{"field": [], "operator": [], "value": [{"change": "+", "content": ["a", 1]}]}]},
        "actions": [{"field": [{"change": "=", "content": "status"}], "value": []}],
    }
    snapshot = {"title": "New", "description": None, "active": True, "conditions": CREATED, "actions": MAIL}
    row = {"id": 2, "author_id": 7, "created_at": "2024-01-01T00:00:00Z", "diff": diff, "snapshot": snapshot}
    link = "https://acme.zendesk.com/api/v2/triggers/25/revisions?cursor=next&limit=1"
    first = {"trigger_revisions": [row], "after_cursor": "next", "after_url": link, "count": 2}
    last = {"trigger_revisions": [{"id": 1}], "after_cursor": None, "after_url": None, "count": 2}
    caller = FakeCaller(first, last)
    revisions = [one async for one in Triggers(caller).revisions.list(25)]
    assert [one.id for one in revisions] == [2, 1]
    assert ("cursor", "next") in caller.last.query
    newest = revisions[0]
    assert [one.content for one in newest.diff.title] == ["Old", "New"]
    assert newest.diff.conditions.all[0].value[0].content == ["a", 1]
    assert (newest.snapshot.title, newest.created_at) == ("New", datetime(2024, 1, 1, tzinfo=UTC))
    assert caller.events == []


async def test_categories_have_strings_as_ids():
    reply = {"trigger_categories": [{"id": "10026", "name": "Mails", "active_count": 3, "inactive_count": 0}]}
    caller = FakeCaller(reply)
    (category,) = await TriggerCategories(caller).list(include="rule_counts")
    assert (category.id, category.active_count, category.inactive_count) == ("10026", 3, 0)
    assert caller.events == []


async def test_a_batch_that_fails_says_so():
    error = {"code": "TriggerNotFound", "title": "No", "detail": "gone", "trigger_id": "25", "links": {}, "source": {}}
    caller = FakeCaller({"status": "failed", "results": {"trigger_categories": [], "triggers": []}, "errors": [error]})
    batch = await TriggerCategories(caller).batch_operate(triggers=[{"id": "25", "position": 1}])
    assert (batch.ok, batch.status, batch.errors[0].trigger_id) == (False, "failed", "25")
    assert caller.events == []
    done = await TriggerCategories(FakeCaller(BATCH)).batch_operate(triggers=[{"id": 25}])
    assert done.ok
