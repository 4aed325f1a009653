"""What the methods on fields send, and what they refuse to send."""

from __future__ import annotations

import pytest
from fake_caller import FakeCaller, check_sent, refusal

from zdasync.resources.organization_fields import OrganizationFields
from zdasync.resources.ticket_fields import TicketFields
from zdasync.resources.user_fields import UserFields

V2 = "/api/v2"
SIZE = ("page[size]", "100")
COUNT = {"count": {"value": 3, "refreshed_at": None}}
OPTION = {"custom_field_option": {"id": 9}}
OPTIONS = {"custom_field_options": []}
TICKET_FIELD, TICKET_FIELDS = {"ticket_field": {"id": 1}}, {"ticket_fields": []}
USER_FIELD, USER_FIELDS = {"user_field": {"id": 1}}, {"user_fields": []}
ORGANIZATION_FIELD, ORGANIZATION_FIELDS = {"organization_field": {"id": 1}}, {"organization_fields": []}
RED = {"name": "Red", "value": "red"}

# page, call, reply, method, path, query, body
SENT = [
    (TicketFields, lambda f: f.list(), TICKET_FIELDS, "GET", "/ticket_fields", [SIZE], None),
    (TicketFields, lambda f: f.list(locale="de", creator=True, page_size=5, cursor="A"), TICKET_FIELDS, "GET",
     "/ticket_fields", [("locale", "de"), ("creator", "true"), ("page[size]", "5"), ("page[after]", "A")], None),
    (TicketFields, lambda f: f.list(include="users"), TICKET_FIELDS, "GET", "/ticket_fields",
     [("include", "users"), SIZE], None),
    (TicketFields, lambda f: f.show(7, include="users"), TICKET_FIELD, "GET", "/ticket_fields/7",
     [("include", "users")], None),
    (TicketFields, lambda f: f.update(7, creator=True, active=False), TICKET_FIELD, "PUT", "/ticket_fields/7",
     [("creator", "true")], {"ticket_field": {"active": False}}),
    (TicketFields, lambda f: f.count(), COUNT, "GET", "/ticket_fields/count", [], None),
    (TicketFields, lambda f: f.show("7", creator=False), TICKET_FIELD, "GET", "/ticket_fields/7",
     [("creator", "false")], None),
    (TicketFields, lambda f: f.show_many([1, "2"]), TICKET_FIELDS, "GET", "/ticket_fields/show_many",
     [("ids", "1,2")], None),
    (TicketFields, lambda f: f.show_many(keys=["a", "b"], exclude_sub_selection_options=True, creator=True),
     TICKET_FIELDS, "GET", "/ticket_fields/show_many",
     [("keys", "a,b"), ("creator", "true"), ("exclude_sub_selection_options", "true")], None),
    (TicketFields, lambda f: f.create(type="tagger", title="Colour", custom_field_options=[RED]), TICKET_FIELD,
     "POST", "/ticket_fields", [],
     {"ticket_field": {"type": "tagger", "title": "Colour", "custom_field_options": [RED]}}),
    (TicketFields, lambda f: f.update(7, active=False, description=None), TICKET_FIELD, "PUT", "/ticket_fields/7", [],
     {"ticket_field": {"active": False, "description": None}}),
    (TicketFields, lambda f: f.delete(7), {}, "DELETE", "/ticket_fields/7", [], None),
    (TicketFields, lambda f: f.reorder([2, "1"]), {}, "PUT", "/ticket_fields/reorder", [],
     {"ticket_field_ids": [2, 1]}),
    (TicketFields, lambda f: f.options.list(7, page_size=3), OPTIONS, "GET", "/ticket_fields/7/options",
     [("page[size]", "3")], None),
    (TicketFields, lambda f: f.options.show(7, 9), OPTION, "GET", "/ticket_fields/7/options/9", [], None),
    (TicketFields, lambda f: f.options.create_or_update(7, id=9, position=2, **RED), OPTION, "POST",
     "/ticket_fields/7/options", [], {"custom_field_option": {"id": 9, "position": 2, **RED}}),
    (TicketFields, lambda f: f.options.delete(7, 9), {}, "DELETE", "/ticket_fields/7/options/9", [], None),
    (UserFields, lambda f: f.list(cursor="A"), USER_FIELDS, "GET", "/user_fields", [SIZE, ("page[after]", "A")], None),
    (UserFields, lambda f: f.show("tier"), USER_FIELD, "GET", "/user_fields/tier", [], None),
    (UserFields, lambda f: f.show(7), USER_FIELD, "GET", "/user_fields/7", [], None),
    (UserFields, lambda f: f.show_many(["a", "b"]), USER_FIELDS, "GET", "/user_fields/show_many",
     [("keys", "a,b")], None),
    (UserFields, lambda f: f.create(key="k", type="text", title="T"), USER_FIELD, "POST", "/user_fields", [],
     {"user_field": {"key": "k", "type": "text", "title": "T"}}),
    (UserFields, lambda f: f.update("tier", title="T"), USER_FIELD, "PUT", "/user_fields/tier", [],
     {"user_field": {"title": "T"}}),
    (UserFields, lambda f: f.delete("tier"), {}, "DELETE", "/user_fields/tier", [], None),
    (UserFields, lambda f: f.reorder([2, 1]), {}, "PUT", "/user_fields/reorder", [], {"user_field_ids": [2, 1]}),
    (UserFields, lambda f: f.options.list("tier"), OPTIONS, "GET", "/user_fields/tier/options", [SIZE], None),
    (UserFields, lambda f: f.options.create_or_update("tier", **RED), OPTION, "POST", "/user_fields/tier/options", [],
     {"custom_field_option": RED}),
    (UserFields, lambda f: f.options.show("tier", 9), OPTION, "GET", "/user_fields/tier/options/9", [], None),
    (UserFields, lambda f: f.options.delete("tier", 9), {}, "DELETE", "/user_fields/tier/options/9", [], None),
    (OrganizationFields, lambda f: f.list(), ORGANIZATION_FIELDS, "GET", "/organization_fields", [SIZE], None),
    (OrganizationFields, lambda f: f.show("region"), ORGANIZATION_FIELD, "GET", "/organization_fields/region", [],
     None),
    (OrganizationFields, lambda f: f.create(key="k", type="text", title="T"), ORGANIZATION_FIELD, "POST",
     "/organization_fields", [], {"organization_field": {"key": "k", "type": "text", "title": "T"}}),
    (OrganizationFields, lambda f: f.update(7, active=False), ORGANIZATION_FIELD, "PUT", "/organization_fields/7", [],
     {"organization_field": {"active": False}}),
    (OrganizationFields, lambda f: f.delete(7), {}, "DELETE", "/organization_fields/7", [], None),
    (OrganizationFields, lambda f: f.reorder([1]), {}, "PUT", "/organization_fields/reorder", [],
     {"organization_field_ids": [1]}),
]


@pytest.mark.parametrize(("page", "call", "reply", "method", "path", "query", "body"), SENT)
async def test_sent(page, call, reply, method, path, query, body) -> None:
    await check_sent(page, call, reply, method, V2 + path, query, body)


# page, call, what the refusal says
REFUSED = [
    (TicketFields, lambda f: f.list(creator="yes"), "creator must be True or False"),
    (TicketFields, lambda f: f.list(locale=["de", "fr"]), "locale must be a string"),
    (TicketFields, lambda f: f.list(include="groups"), "'groups' can't be sideloaded with ticket fields"),
    (TicketFields, lambda f: f.show("tier"), "field_id must be an id"),
    (TicketFields, lambda f: f.show_many(), "by ids or by keys"),
    (TicketFields, lambda f: f.show_many([1], keys=["a"]), "by ids or by keys"),
    (TicketFields, lambda f: f.show_many([]), "ids is empty"),
    (TicketFields, lambda f: f.show_many(keys=""), "keys must be a string"),
    (TicketFields, lambda f: f.show_many(list(range(101))), "101 ids"),
    (TicketFields, lambda f: f.create(title="T"), "required field type"),
    (TicketFields, lambda f: f.create(type="wheel", title="T"), "type: invalid enum value 'wheel'"),
    (TicketFields, lambda f: f.create(type="text", title="T", key="k"), "no field 'key'"),
    (TicketFields, lambda f: f.create(type="tagger", title="T", custom_field_options=[{"name": "x"}]),
     "required field value"),
    (TicketFields, lambda f: f.update(7), "no fields to write"),
    (TicketFields, lambda f: f.update(7, type="text"), "no field 'type'"),
    (TicketFields, lambda f: f.update(7, titel="T"), "did you mean 'title'"),
    (TicketFields, lambda f: f.reorder([]), "empty"),
    (TicketFields, lambda f: f.reorder([1, 1]), "twice"),
    (TicketFields, lambda f: f.reorder("12"), "must be a list"),
    (TicketFields, lambda f: f.options.show("tier", 1), "field_id must be an id"),
    (TicketFields, lambda f: f.options.create_or_update(7, name="x"), "required field value"),
    (UserFields, lambda f: f.show("../users"), "must be an id"),
    (UserFields, lambda f: f.create(key="k", type="tagger", title="T"), "type: invalid enum value 'tagger'"),
    (UserFields, lambda f: f.create(type="text", title="T"), "required field key"),
    (UserFields, lambda f: f.update("k", key="other"), "no field 'key'"),
    (UserFields, lambda f: f.show_many([]), "keys is empty"),
    (OrganizationFields, lambda f: f.create(key="k", title="T"), "required field type"),
]


@pytest.mark.parametrize(("page", "call", "says"), REFUSED)
def test_refused(page, call, says) -> None:
    caller = FakeCaller()
    assert says in refusal(lambda: call(page(caller)))
    assert caller.sent == []


@pytest.mark.parametrize(
    ("page", "key", "field"),
    [
        (TicketFields, "ticket_fields", {"id": 1, "type": "integer", "title": "Number"}),
        (UserFields, "user_fields", {"id": 1, "type": "integer", "title": "Number", "key": "n"}),
        (OrganizationFields, "organization_fields", {"id": 1, "type": "integer", "title": "Number", "key": "n"}),
    ],
)
async def test_an_accessor_is_one_listing(page, key, field) -> None:
    def reply(one, *, more=False):
        return {key: [one], "meta": {"has_more": more, "after_cursor": "A"}, "links": {}}

    caller = FakeCaller(reply(field, more=True), reply({**field, "id": 2, "title": "Other", "key": "o"}))
    accessor = await page(caller).accessor(deadline=5)
    assert accessor.titles == ["Number", "Other"]
    assert [request.query[-1] for request in caller.sent] == [SIZE, ("page[after]", "A")]
    assert caller.last.deadline == 5
    written = accessor.written({"Number": 5})
    assert written == ([{"id": 1, "value": 5}] if page is TicketFields else {"n": 5})
