"""What the methods of `zd.tags`, and of the tags of records, send and refuse."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fake_caller import FakeCaller, check_sent, refusal

from zdasync._core.route import Route
from zdasync.records import Tag
from zdasync.resources import tags
from zdasync.resources.tags import ORGANIZATIONS, USERS, RecordTags, Tags, TicketTags

V2 = "/api/v2"
SIZE = ("page[size]", "100")
GIVEN = {"tags": ["vip", "new"]}
LIST = {"tags": [{"name": "vip", "count": 3}]}
COUNT = {"count": {"value": 3, "refreshed_at": None}}
SEEN = datetime(2026, 9, 1, 12, tzinfo=UTC)
SAFE = {"safe_update": "true", "updated_stamp": "2026-09-01T12:00:00Z"}


def users(caller):
    return RecordTags(caller, USERS)


def organizations(caller):
    return RecordTags(caller, ORGANIZATIONS)


# page, call, reply, method, path, query, body
SENT = [
    (Tags, lambda t: t.list(), LIST, "GET", "/tags", [SIZE], None),
    (Tags, lambda t: t.list(page_size=5, cursor="A"), LIST, "GET", "/tags",
     [("page[size]", "5"), ("page[after]", "A")], None),
    (Tags, lambda t: t.count(), COUNT, "GET", "/tags/count", [], None),
    (Tags, lambda t: t.autocomplete("vi"), GIVEN, "GET", "/autocomplete/tags",
     [("name", "vi"), ("per_page", "100")], None),
    (Tags, lambda t: t.autocomplete_by_body("vi", per_page=7), GIVEN, "POST", "/autocomplete/tags", [("per_page", "7")],
     {"name": "vi"}),
    (TicketTags, lambda t: t.list(35), GIVEN, "GET", "/tickets/35/tags", [], None),
    (TicketTags, lambda t: t.set("35", ["vip"]), GIVEN, "POST", "/tickets/35/tags", [], {"tags": ["vip"]}),
    (TicketTags, lambda t: t.set(35, []), {"tags": []}, "POST", "/tickets/35/tags", [], {"tags": []}),
    (TicketTags, lambda t: t.add(35, ("vip", "new")), GIVEN, "PUT", "/tickets/35/tags", [], GIVEN),
    (TicketTags, lambda t: t.add(35, ["vip"], safe_update=True, updated_stamp=SEEN), GIVEN, "PUT", "/tickets/35/tags",
     [], {"tags": ["vip"], **SAFE}),
    (TicketTags, lambda t: t.remove(35, ["vip"]), b"", "DELETE", "/tickets/35/tags", [], {"tags": ["vip"]}),
    (TicketTags, lambda t: t.remove(35, ["vip"], safe_update=True, updated_stamp="2026-09-01T12:00:00Z"), b"", "DELETE",
     "/tickets/35/tags", [], {"tags": ["vip"], **SAFE}),
    (users, lambda t: t.list(5), GIVEN, "GET", "/users/5/tags", [], None),
    (users, lambda t: t.set(5, ["vip"]), GIVEN, "POST", "/users/5/tags", [], {"tags": ["vip"]}),
    (users, lambda t: t.add(5, ["vip"]), GIVEN, "PUT", "/users/5/tags", [], {"tags": ["vip"]}),
    (users, lambda t: t.remove(5, ["vip"]), b"", "DELETE", "/users/5/tags", [], {"tags": ["vip"]}),
    (organizations, lambda t: t.list(6), GIVEN, "GET", "/organizations/6/tags", [], None),
    (organizations, lambda t: t.set(6, ["vip"]), GIVEN, "POST", "/organizations/6/tags", [], {"tags": ["vip"]}),
    (organizations, lambda t: t.add(6, ["vip"]), GIVEN, "PUT", "/organizations/6/tags", [], {"tags": ["vip"]}),
    (organizations, lambda t: t.remove(6, ["vip"]), b"", "DELETE", "/organizations/6/tags", [], {"tags": ["vip"]}),
]  # fmt: skip


@pytest.mark.parametrize(("page", "call", "reply", "method", "path", "query", "body"), SENT)
async def test_what_is_sent(page, call, reply, method, path, query, body):
    await check_sent(page, call, reply, method, V2 + path, query, body)


def test_every_row_is_reached_by_a_test():
    rows = {
        (row.operation, row.method, row.template) for value in vars(tags).values()
        for row in (value if isinstance(value, tuple) else (value,)) if isinstance(row, Route)
    }  # fmt: skip
    sent = [call(page(FakeCaller())).request.route for page, call, *_ in SENT]
    assert {(route.operation, route.method, route.template) for route in sent} == rows
    assert len(rows) == 16
    assert {name for name, _, _ in rows if name.endswith("tags.add")} == {
        "tickets.tags.add", "users.tags.add", "organizations.tags.add",
    }  # fmt: skip


async def test_the_results_are_what_the_names_promise():
    assert (await Tags(FakeCaller(LIST)).list())[0] == Tag(name="vip", count=3)
    assert [name async for name in Tags(FakeCaller(GIVEN)).autocomplete("vi")] == ["vip", "new"]
    assert await TicketTags(FakeCaller(GIVEN)).list(35) == ["vip", "new"]
    assert await TicketTags(FakeCaller(GIVEN)).set(35, ["vip"]) == ["vip", "new"]
    assert await users(FakeCaller(b"")).remove(5, ["vip"]) is None
    assert await users(FakeCaller(GIVEN)).remove(5, ["vip"]) is None


async def test_an_autocompletion_goes_on_over_its_pages():
    pages = [{"tags": ["via"], "next_page": "https://acme.zendesk.com/api/v2/autocomplete/tags?page=2"},
             {"tags": ["vip"], "next_page": None}]  # fmt: skip
    for call in (lambda t: t.autocomplete("vi"), lambda t: t.autocomplete_by_body("vi")):
        caller = FakeCaller(*pages)
        assert [name async for name in call(Tags(caller))] == ["via", "vip"]
        assert dict(caller.last.query)["page"] == "2"


def test_only_what_protects_itself_must_not_be_sent_twice():
    once = [call(page(FakeCaller())).request for page, call, *_ in SENT]
    assert {request.body for request in once if not request.route.repeatable} == {
        request.body for request in once if request.body and b"safe_update" in request.body
    }  # fmt: skip
    assert any(not request.route.repeatable for request in once)


REFUSED = [
    (Tags, lambda t: t.autocomplete("v"), "name must have 2 letters at least"),
    (Tags, lambda t: t.autocomplete_by_body("vip", per_page=101), "from 1 to 100"),
    (Tags, lambda t: t.autocomplete(None), "name must be a string"),
    (TicketTags, lambda t: t.list("x"), "ticket_id must be an id"),
    (users, lambda t: t.list("x"), "user_id must be an id"),
    (organizations, lambda t: t.list("x"), "organization_id must be an id"),
    (TicketTags, lambda t: t.set(1, "vip"), "tags must be a list of strings, not 'vip'"),
    (users, lambda t: t.set(1, {"vip"}), "tags must be a list of strings"),
    (TicketTags, lambda t: t.add(1, []), "tags is empty"),
    (TicketTags, lambda t: t.remove(1, []), "tags is empty"),
    (users, lambda t: t.add(1, ["vip", ""]), "tags[1] must be a string"),
    (TicketTags, lambda t: t.add(1, ["vip"], safe_update=True), "safe_update needs an updated_stamp"),
    (TicketTags, lambda t: t.remove(1, ["vip"], updated_stamp=SEEN), "updated_stamp protects from nothing"),
    (users, lambda t: t.add(1, ["vip"], safe_update=True), "there is no option 'safe_update'"),
]


@pytest.mark.parametrize(("page", "call", "message"), REFUSED)
def test_what_is_refused_before_anything_is_sent(page, call, message):
    caller = FakeCaller()
    assert message in refusal(lambda: call(page(caller)))
    assert caller.sent == []
