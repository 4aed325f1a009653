"""What the methods of `zd.macros` send, what they give, and what they refuse to send."""

from __future__ import annotations

import io

import pytest
from fake_caller import FakeCaller, check_sent, refusal

from zdasync.resources.macros import Macros
from zdasync.resources.table import routes

V2 = "/api/v2"
SIZE = ("page[size]", "100")
MACRO = {"macro": {"id": 35}}
MACROS = {"macros": [{"id": 35}]}
RESULT = {"result": {"ticket": {}}}
FILE = {"macro_attachment": {"id": 100}}
SOLVE = [{"field": "status", "value": "solved"}]

# call, reply, method, path, query, body
SENT = [
    (lambda m: m.list(), MACROS, "GET", "/macros", [SIZE], None),
    (lambda m: m.list(access="personal", active=True, category="Refunds", group_id=4, only_viewable=True,
                      include=["usage_7d", "categories"]), MACROS, "GET", "/macros",
     [("access", "personal"), ("active", "true"), ("category", "Refunds"), ("group_id", "4"),
      ("only_viewable", "true"), ("include", "usage_7d,categories"), SIZE], None),
    (lambda m: m.list(sort_by="usage_24h"), MACROS, "GET", "/macros", [("sort_by", "usage_24h"), ("per_page", "100")],
     None),
    (lambda m: m.active(category="Refunds", sort_order="asc"), MACROS, "GET", "/macros/active",
     [("category", "Refunds"), ("sort_order", "asc"), ("per_page", "100")], None),
    (lambda m: m.search("close", access="shared", only_viewable=False), MACROS, "GET", "/macros/search",
     [("query", "close"), ("access", "shared"), ("only_viewable", "false"), ("per_page", "100")], None),
    (lambda m: m.show(35), MACRO, "GET", "/macros/35", [], None),
    (lambda m: m.new(macro_id=35), MACRO, "GET", "/macros/new", [("macro_id", "35")], None),
    (lambda m: m.new(ticket_id="9", macro_id=35), MACRO, "GET", "/macros/new",
     [("macro_id", "35"), ("ticket_id", "9")], None),
    (lambda m: m.create(title="Solve", actions=SOLVE, restriction=None), MACRO, "POST", "/macros", [],
     {"macro": {"title": "Solve", "actions": SOLVE, "restriction": None}}),
    (lambda m: m.update(35, actions=[{"field": "comment_value", "value": ["channel:all", "Hi"]}]), MACRO, "PUT",
     "/macros/35", [], {"macro": {"actions": [{"field": "comment_value", "value": ["channel:all", "Hi"]}]}}),
    (lambda m: m.update_many([{"id": 35, "position": 1, "active": True}]), MACROS, "PUT", "/macros/update_many", [],
     {"macros": [{"id": 35, "position": 1, "active": True}]}),
    (lambda m: m.delete(35), b"", "DELETE", "/macros/35", [], None),
    (lambda m: m.destroy_many([35]), b"", "DELETE", "/macros/destroy_many", [("ids", "35")], None),
    (lambda m: m.apply(35), RESULT, "GET", "/macros/35/apply", [], None),
    (lambda m: m.apply(35, ticket_id="9"), RESULT, "GET", "/tickets/9/macros/35/apply", [], None),
    (lambda m: m.actions(), {"actions": []}, "GET", "/macros/actions", [], None),
    (lambda m: m.categories(), {"categories": []}, "GET", "/macros/categories", [], None),
    (lambda m: m.definitions(), {"definitions": {}}, "GET", "/macros/definitions", [], None),
    (lambda m: m.attachments.list(35), {"macro_attachments": []}, "GET", "/macros/35/attachments", [], None),
    (lambda m: m.attachments.show(100), FILE, "GET", "/macros/attachments/100", [], None),
    (lambda m: m.attachments.create(b"x", filename="a.txt"), FILE, "POST", "/macros/attachments", [], None),
    (lambda m: m.attachments.create(b"x", filename="a.txt", macro_id=35), FILE, "POST", "/macros/35/attachments", [],
     None),
]  # fmt: skip


@pytest.mark.parametrize(("call", "reply", "method", "path", "query", "body"), SENT)
async def test_what_is_sent(call, reply, method, path, query, body):
    await check_sent(Macros, call, reply, method, V2 + path, query, body)


def test_every_route_is_sent_by_a_test():
    reached = {call(Macros(FakeCaller())).request.route for call, *_ in SENT}
    assert reached == {row for row in routes() if row.operation.startswith("macros.")}


def test_only_what_makes_something_is_never_sent_again():
    rows = [row for row in routes() if row.operation.startswith("macros.")]
    assert {row.operation for row in rows if not row.repeatable} == {"macros.create", "macros.attachments.create"}


REFUSED = [
    (lambda m: m.list(sort_by="popularity"), "sort_by must be one of alphabetical"),
    (lambda m: m.list(include="category"), "did you mean 'categories'"),
    (lambda m: m.search(" "), "query must be a string"),
    (lambda m: m.new(), "pass macro_id or ticket_id"),
    (lambda m: m.new(macro_id="x"), "macro_id must be an id"),
    (lambda m: m.create(title="Solve"), "required field actions"),
    (lambda m: m.create(actions=SOLVE), "required field title"),
    (lambda m: m.create(title="Solve", actions="solve"), "actions: expected array, got str"),
    (lambda m: m.create(title="Solve", actions=[{"value": "solved"}]), "required field field"),
    (lambda m: m.create(title="Solve", actions=SOLVE, position=3), "macro has no field 'position'"),
    (lambda m: m.update(35, titel="Solve"), "did you mean 'title'"),
    (lambda m: m.update_many([{"id": "x"}]), "rows[0]: id must be an id"),
    (lambda m: m.apply("new"), "macro_id must be an id"),
    (lambda m: m.attachments.create(b"x"), "pass one as filename="),
    (lambda m: m.attachments.create(b"x", filename='a".txt'), "can't go into a header"),
    (lambda m: m.attachments.create(b"x", filename="a\r\n.txt"), "can't go into a header"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_what_is_refused_before_anything_is_sent(call, message):
    caller = FakeCaller(MACRO)
    assert message in refusal(lambda: call(Macros(caller)))
    assert caller.sent == []


# --- files


async def test_a_file_goes_out_as_a_form(tmp_path):
    path = tmp_path / "terms.pdf"
    path.write_bytes(b"%PDF")
    caller = FakeCaller(FILE)
    await Macros(caller).attachments.create(path, macro_id=35)
    upload = caller.last.upload
    assert (upload.field, upload.filename, upload.content_type) == ("attachment", "terms.pdf", "application/pdf")
    assert (upload.content, caller.last.body) == (b"%PDF", None)


async def test_files_come_from_streams_and_in_chunks():
    async def chunks():
        yield b"one "
        yield b"two"

    for source in (io.BytesIO(b"one two"), chunks()):
        caller = FakeCaller(FILE)
        await Macros(caller).attachments.create(source, filename="notes", content_type="text/plain")
        assert caller.last.upload.content == b"one two"
        assert caller.last.upload.content_type == "text/plain"


# --- replies as the reference has them


async def test_what_a_macro_would_do():
    reply = {"result": {"ticket": {
        "id": 35436, "url": "u", "assignee_id": 235323, "group_id": 98738, "fields": {"id": 27642, "value": "745"},
        "comment": {"body": "Assigned to Agent Uno.", "scoped_body": [["channel:all", "Assigned."]], "public": False},
    }}}  # fmt: skip
    caller = FakeCaller(reply)
    result = await Macros(caller).apply(35, ticket_id=35436)
    ticket = result.ticket
    assert (ticket.id, ticket.assignee_id, ticket.fields) == (35436, 235323, {"id": 27642, "value": "745"})
    assert (ticket.comment.body, ticket.comment.public) == ("Assigned to Agent Uno.", False)
    assert ticket.comment.scoped_body == (("channel:all", "Assigned."),)
    assert caller.events == []


async def test_changes_alone_belong_to_no_ticket():
    ticket = {"status": "solved", "fields": [{"id": 1, "value": "x"}]}
    reply = {"result": {"ticket": ticket, "comment": {"body": "Bye"}}}
    caller = FakeCaller(reply)
    result = await Macros(caller).apply(35)
    assert (result.ticket.id, result.ticket.status, result.comment.body) == (0, "solved", "Bye")
    assert caller.events == []


async def test_a_macro_in_the_making_has_no_id():
    caller = FakeCaller({"macro": {"id": None, "title": None, "actions": SOLVE}})
    macro = await Macros(caller).new(ticket_id=9)
    assert (macro.id, macro.actions[0].value) == (0, "solved")
    assert caller.events == []


async def test_actions_and_sideloads_of_a_macro():
    reply = {"macro": {
        "id": 35, "title": "Refunds::Late", "usage_7d": 8, "app_installation": None, "categories": ["Refunds"],
        "permissions": {"can_edit": True}, "restriction": None, "actions": [
            {"field": "status", "value": "solved"},
            {"field": "comment_value", "value": ["channel:all", "Hi"]},
            {"field": "priority", "value": None},
        ],
    }}  # fmt: skip
    caller = FakeCaller(reply)
    macro = await Macros(caller).show(35)
    assert [action.value for action in macro.actions] == ["solved", ["channel:all", "Hi"], None]
    assert (macro.usage_7d, macro.permissions, macro.restriction) == (8, {"can_edit": True}, None)
    assert caller.events == []


async def test_lists_of_plain_values():
    assert await Macros(FakeCaller({"categories": ["Refunds", "Sales"]})).categories() == ["Refunds", "Sales"]
    actions = {"actions": [{"field": "status", "values": [{"value": "open"}]}]}
    assert (await Macros(FakeCaller(actions)).actions())[0]["field"] == "status"
