"""What the methods of `zd.views` send, what they give, and what they refuse to send."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest
from fake_caller import FakeCaller, check_sent, refusal

from zdasync.records.tickets import Ticket
from zdasync.resources.table import routes
from zdasync.resources.views import Views

V2 = "/api/v2"
SIZE = ("page[size]", "100")
NUMBERED = ("per_page", "100")
VIEW = {"view": {"id": 25}}
VIEWS = {"views": [{"id": 25}]}
TABLE = {"columns": [{"id": "subject"}], "rows": [], "view": {"id": 25}}
COUNT = {"view_count": {"view_id": 25, "value": 719}}
OPEN = [{"field": "status", "operator": "less_than", "value": "solved"}]
MINE = ({"field": "assignee_id", "operator": "is", "value": 7},)


@attrs.frozen
class Place:
    id: int
    position: int


# call, reply, method, path, query, body
SENT = [
    (lambda v: v.list(), VIEWS, "GET", "/views", [SIZE], None),
    (lambda v: v.list(access="shared", active=True, group_id="4", include="permissions", cursor="A", page_size=9),
     VIEWS, "GET", "/views",
     [("access", "shared"), ("active", "true"), ("group_id", "4"), ("include", "permissions"), ("page[size]", "9"),
      ("page[after]", "A")], None),
    (lambda v: v.list(sort_by="alphabetical", sort_order="desc"), VIEWS, "GET", "/views",
     [("sort_by", "alphabetical"), ("sort_order", "desc"), NUMBERED], None),
    (lambda v: v.active(access="personal", sort_by="created_at", per_page=5), VIEWS, "GET", "/views/active",
     [("access", "personal"), ("sort_by", "created_at"), ("per_page", "5")], None),
    (lambda v: v.compact(), VIEWS, "GET", "/views/compact", [], None),
    (lambda v: v.search("unsolved", active=False, include=["permissions", "app_installation"]), VIEWS, "GET",
     "/views/search",
     [("query", "unsolved"), ("active", "false"), ("include", "permissions,app_installation"), NUMBERED], None),
    (lambda v: v.show("25"), VIEW, "GET", "/views/25", [], None),
    (lambda v: v.show_many([25, "26"], active=True), VIEWS, "GET", "/views/show_many",
     [("ids", "25,26"), ("active", "true")], None),
    (lambda v: v.create(title="Open", all=OPEN, any=MINE, output={"columns": ("status", "subject")},
                        restriction={"type": "Group", "ids": [4]}), VIEW, "POST", "/views", [],
     {"view": {"title": "Open", "all": OPEN, "any": [*MINE], "output": {"columns": ["status", "subject"]},
               "restriction": {"type": "Group", "ids": [4]}}}),
    (lambda v: v.update(25, description=None, active=False), VIEW, "PUT", "/views/25", [],
     {"view": {"description": None, "active": False}}),
    (lambda v: v.update_many([{"id": "25", "position": 3}, {"id": 26, "active": False}, Place(27, 1)]), VIEWS, "PUT",
     "/views/update_many", [],
     {"views": [{"id": 25, "position": 3}, {"id": 26, "active": False}, {"id": 27, "position": 1}]}),
    (lambda v: v.delete(25), b"", "DELETE", "/views/25", [], None),
    (lambda v: v.destroy_many([25, 26]), b"", "DELETE", "/views/destroy_many", [("ids", "25,26")], None),
    (lambda v: v.count(), {"count": {"value": 102}}, "GET", "/views/count", [], None),
    (lambda v: v.count_tickets(25), COUNT, "GET", "/views/25/count", [], None),
    (lambda v: v.count_many([25, 78]), {"view_counts": []}, "GET", "/views/count_many", [("ids", "25,78")], None),
    (lambda v: v.tickets(25), {"tickets": []}, "GET", "/views/25/tickets", [SIZE], None),
    (lambda v: v.tickets(25, sort_by="priority"), {"tickets": []}, "GET", "/views/25/tickets",
     [("sort_by", "priority"), ("sort_order", "asc"), NUMBERED], None),
    (lambda v: v.execute(25, page_size=30, cursor="B"), TABLE, "GET", "/views/25/execute",
     [("page[size]", "30"), ("page[after]", "B")], None),
    (lambda v: v.execute(25, sort_by="created", sort_order="desc", page=2), TABLE, "GET", "/views/25/execute",
     [("sort_by", "created"), ("sort_order", "desc"), NUMBERED, ("page", "2")], None),
    (lambda v: v.preview(all=OPEN, output={"group_by": "status"}, page_size=10), TABLE, "POST", "/views/preview",
     [("page[size]", "10")], {"view": {"all": OPEN, "output": {"group_by": "status"}}}),
    (lambda v: v.preview_count(all=OPEN), COUNT, "POST", "/views/preview/count", [], {"view": {"all": OPEN}}),
    (lambda v: v.export(25), {"export": {"view_id": 25, "status": "starting"}}, "GET", "/views/25/export", [], None),
    (lambda v: v.definitions(), {"definitions": {}}, "GET", "/views/definitions", [], None),
]  # fmt: skip


@pytest.mark.parametrize(("call", "reply", "method", "path", "query", "body"), SENT)
async def test_what_is_sent(call, reply, method, path, query, body):
    await check_sent(Views, call, reply, method, V2 + path, query, body)


def test_every_route_is_sent_by_a_test():
    reached = {call(Views(FakeCaller())).request.route for call, *_ in SENT}
    assert reached == {row for row in routes() if row.operation.startswith("views.")}


def test_only_writes_that_make_something_and_exports_are_never_sent_again():
    rows = [row for row in routes() if row.operation.startswith("views.")]
    assert {row.operation for row in rows if not row.repeatable} == {"views.create", "views.export"}


REFUSED = [
    (lambda v: v.list(sort_by="title"), "sort_by must be one of alphabetical"),
    (lambda v: v.list(sort_by="alphabetical", cursor="A"), "a sorted listing has no cursor"),
    (lambda v: v.active(sort_order="down"), "sort_order must be one of asc, desc"),
    (lambda v: v.active(per_page=101), "from 1 to 100"),
    (lambda v: v.list(include="usage_1h"), "can't be sideloaded with views"),
    (lambda v: v.search(""), "query must be a string"),
    (lambda v: v.show("incoming"), "view_id must be an id"),
    (lambda v: v.show_many([]), "ids is empty"),
    (lambda v: v.show_many("25,26"), "ids must be a list"),
    (lambda v: v.create(title="Open"), "required field all"),
    (lambda v: v.create(all=OPEN), "required field title"),
    (lambda v: v.create(title="Open", all=OPEN, conditions={}), "view has no field 'conditions'"),
    (lambda v: v.create(title="Open", all={"field": "status"}), "all: expected array, got object"),
    (lambda v: v.create(title="Open", all=[{"operator": "is"}]), "required field field"),
    (lambda v: v.update(25), "no fields to write"),
    (lambda v: v.update(25, restriction={"type": "Brand", "id": 1}), "restriction.type: invalid enum value 'Brand'"),
    (lambda v: v.update(25, output={"columns": "status"}), "output.columns: expected array, got str"),
    (lambda v: v.update_many([{"position": 1}]), "rows[0] has no id"),
    (lambda v: v.update_many([{"id": 1, "title": "x"}]), "rows[0]: row has no field 'title'"),
    (lambda v: v.update_many([{"id": 1}] * 101), "101 rows in one call"),
    (lambda v: v.destroy_many([1, "x"]), "ids[1] must be an id"),
    (lambda v: v.count_many(list(range(21))), "21 ids in one call, and Zendesk takes 20"),
    (lambda v: v.tickets(25, sort_by="status", cursor="A"), "a sorted listing has no cursor"),
    (lambda v: v.execute(25, page=2), "pages have numbers only where the view is sorted"),
    (lambda v: v.preview(output={}), "required field all"),
    (lambda v: v.preview(all=OPEN, output={"colums": []}), "did you mean 'columns'"),
    (lambda v: v.update(25, restriction={"type": "User", "user_id": 7}), "restriction has no field 'user_id'"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_what_is_refused_before_anything_is_sent(call, message):
    caller = FakeCaller(VIEW)
    assert message in refusal(lambda: call(Views(caller)))
    assert caller.sent == []


# --- replies as the reference and recorded traffic have them


async def test_a_view_is_read_with_its_parts():
    reply = {
        "view": {
            "id": 25, "url": "u", "title": "Tickets updated <12 Hours", "active": True, "position": 8,
            "updated_at": "2012-09-26T23:13:03Z", "default": False, "description": None,
            "restriction": {"type": "Group", "id": 47, "ids": [47, 48]},
            "execution": {"columns": [{"id": "status", "title": "Status"}], "group_by": None, "sort_by": "created"},
            "conditions": {
                "all": [{"field": "status", "operator": "less_than", "value": "solved"},
                        {"field": "assignee_id", "operator": "is", "value": 296220096}],
                "any": [{"field": "current_tags", "operator": "includes", "value": ["hello", "vip"]}],
            },
            "app_installation": None,
        }
    }  # fmt: skip
    caller = FakeCaller(reply)
    view = await Views(caller).show(25)
    assert view.updated_at == datetime(2012, 9, 26, 23, 13, 3, tzinfo=UTC)
    assert [one.value for one in view.conditions.all] == ["solved", 296220096]
    assert view.conditions.any[0].value == ["hello", "vip"]
    assert (view.restriction.type, view.restriction.ids) == ("Group", (47, 48))
    assert view.execution["columns"] == [{"id": "status", "title": "Status"}]
    assert caller.events == []


async def test_an_executed_view_is_a_table():
    reply = {
        "columns": [{"id": "locale", "title": "Locale"}, {"id": 5, "title": "Account", "type": "text", "url": "u"}],
        "groups": [{"id": 1, "name": "Low", "order": 1}],
        "rows": [{"locale": "en-US", "ticket": {"id": 35436}, "5": "MD-88"}],
        "view": {"id": 25, "url": "u"},
        "meta": {"has_more": True, "after_cursor": "next", "before_cursor": None},
        "links": {"next": "https://acme.zendesk.com/api/v2/views/25/execute?page[after]=next", "prev": None},
    }  # fmt: skip
    caller = FakeCaller(reply)
    table = await Views(caller).execute(25)
    assert [column.id for column in table.columns] == ["locale", 5]
    assert table.rows[0]["ticket"] == {"id": 35436}
    assert (table.groups[0]["name"], table.view.id) == ("Low", 25)
    assert (table.has_more, table.after_cursor) == (True, "next")
    assert caller.events == []


async def test_the_last_page_of_a_table_has_no_cursor_to_go_on_from():
    # The real service sends one along, and more of it would be an empty page.
    reply = TABLE | {"meta": {"has_more": False, "after_cursor": "stale"}}
    table = await Views(FakeCaller(reply)).execute(25)
    assert (table.has_more, table.after_cursor) == (False, None)
    numbered = await Views(FakeCaller(TABLE | {"next_page": "https://x/y?page=2", "count": 101})).execute(25)
    assert (numbered.has_more, numbered.after_cursor, numbered.count) == (True, None, 101)


@pytest.mark.parametrize("shown", [{"title": None}, {"id": None}, None])
async def test_a_previewed_view_has_no_id(shown):
    caller = FakeCaller(TABLE | {"view": shown})
    table = await Views(caller).preview(all=OPEN)
    assert (table.view.id if table.view else 0) == 0
    assert caller.events == []


async def test_a_count_that_is_not_known_yet():
    reply = {"view_counts": [
        {"view_id": 25, "url": "u", "value": 719, "pretty": "~700", "fresh": True, "active": True},
        {"view_id": 78, "url": "u", "value": None, "pretty": "...", "fresh": False, "active": True, "refresh": "poll"},
    ]}  # fmt: skip
    caller = FakeCaller(reply)
    known, waiting = await Views(caller).count_many([25, 78])
    assert (known.value, known.pretty, known.fresh) == (719, "~700", True)
    assert (waiting.value, waiting.fresh, waiting.refresh) == (None, False, "poll")
    assert caller.events == []


async def test_tickets_come_as_tickets():
    page = await Views(FakeCaller({"tickets": [{"id": 35436, "subject": "Help"}]})).tickets(25)
    assert page[0] == Ticket(id=35436, subject="Help")


async def test_sorted_pages_go_on_by_number():
    first = {"views": [{"id": 1}], "next_page": "https://acme.zendesk.com/api/v2/views.json?page=2", "count": 2}
    last = {"views": [{"id": 2}], "next_page": None, "count": 2}
    caller = FakeCaller(first, last)
    assert [view.id async for view in Views(caller).list(sort_by="alphabetical")] == [1, 2]
    assert dict(caller.last.query) == {"sort_by": "alphabetical", "per_page": "100", "page": "2"}
