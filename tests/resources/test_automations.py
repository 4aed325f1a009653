"""What the methods of `zd.automations` send, what they give, and what they refuse to send."""

from __future__ import annotations

import pytest
from fake_caller import FakeCaller, check_sent, refusal

from zdasync.resources.automations import Automations
from zdasync.resources.table import routes

V2 = "/api/v2"
ONE = {"automation": {"id": 9}}
MANY = {"automations": [{"id": 9}]}
OLD = {"all": [{"field": "SOLVED", "operator": "greater_than", "value": "96"}], "any": []}
CLOSE = [{"field": "status", "value": "closed"}]

# call, reply, method, path, query, body
SENT = [
    (lambda a: a.list(), MANY, "GET", "/automations", [("page[size]", "100")], None),
    (lambda a: a.list(active=False, include=["usage_1h", "usage_30d"], cursor="A"), MANY, "GET", "/automations",
     [("active", "false"), ("include", "usage_1h,usage_30d"), ("page[size]", "100"), ("page[after]", "A")], None),
    (lambda a: a.list(sort_by="position"), MANY, "GET", "/automations",
     [("sort_by", "position"), ("per_page", "100")], None),
    (lambda a: a.active(include="permissions", per_page=7), MANY, "GET", "/automations/active",
     [("include", "permissions"), ("per_page", "7")], None),
    (lambda a: a.search("close", active=True, sort_by="updated_at", sort_order="desc"), MANY, "GET",
     "/automations/search",
     [("query", "close"), ("active", "true"), ("sort_by", "updated_at"), ("sort_order", "desc"), ("per_page", "100")],
     None),
    (lambda a: a.show("9"), ONE, "GET", "/automations/9", [], None),
    (lambda a: a.create(title="Close", conditions=OLD, actions=CLOSE, active=False, position=2), ONE, "POST",
     "/automations", [],
     {"automation": {"title": "Close", "conditions": OLD, "actions": CLOSE, "active": False, "position": 2}}),
    (lambda a: a.update(9, title="Shut"), ONE, "PUT", "/automations/9", [], {"automation": {"title": "Shut"}}),
    (lambda a: a.update_many([{"id": 9, "position": 1}, {"id": 8, "active": False}]), MANY, "PUT",
     "/automations/update_many", [], {"automations": [{"id": 9, "position": 1}, {"id": 8, "active": False}]}),
    (lambda a: a.delete(9), b"", "DELETE", "/automations/9", [], None),
    (lambda a: a.destroy_many([9, "8"]), b"", "DELETE", "/automations/destroy_many", [("ids", "9,8")], None),
]  # fmt: skip


@pytest.mark.parametrize(("call", "reply", "method", "path", "query", "body"), SENT)
async def test_what_is_sent(call, reply, method, path, query, body):
    await check_sent(Automations, call, reply, method, V2 + path, query, body)


def test_every_route_is_sent_by_a_test():
    rows = [row for row in routes() if row.operation.startswith("automations.")]
    assert {call(Automations(FakeCaller())).request.route for call, *_ in SENT} == set(rows)
    assert {row.operation for row in rows if not row.repeatable} == {"automations.create"}


REFUSED = [
    (lambda a: a.list(sort_by="usage_24h", cursor="A"), "a sorted listing has no cursor"),
    (lambda a: a.active(sort_by="id"), "sort_by must be one of"),
    (lambda a: a.search(None), "query must be a string"),
    (lambda a: a.create(title="Close", actions=CLOSE), "required field conditions"),
    (lambda a: a.create(title="Close", conditions=OLD, actions=[{}]), "required field field"),
    (lambda a: a.update(9, conditions={"al": []}), "conditions has no field 'al' that can be written: did you mean"),
    (lambda a: a.update(9, conditions={"all": [{"field": "status", "op": "is"}]}), "all has no field 'op'"),
    (lambda a: a.update(9, actions=[{"field": "status", "to": "open"}]), "actions has no field 'to'"),
    (lambda a: a.update(9), "no fields to write"),
    (lambda a: a.update(9, position="first"), "position: expected int, got str"),
    (lambda a: a.update_many([]), "rows is empty"),
    (lambda a: a.delete("destroy_many"), "automation_id must be an id"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_what_is_refused_before_anything_is_sent(call, message):
    caller = FakeCaller(ONE)
    assert message in refusal(lambda: call(Automations(caller)))
    assert caller.sent == []


async def test_an_automation_is_read_with_its_parts():
    caller = FakeCaller({"automation": {
        "id": 9, "title": "Close", "raw_title": "Close", "default": True, "conditions": OLD, "actions": CLOSE,
        "usage_30d": 4,
    }})  # fmt: skip
    automation = await Automations(caller).show(9)
    assert automation.conditions.all[0].field == "SOLVED"
    assert (automation.actions[0].value, automation.usage_30d, automation.default) == ("closed", 4, True)
    assert caller.events == []
