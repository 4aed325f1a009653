import pytest
from endpoint_caller import Api

from zdasync.simulator.macro_actions import changes
from zdasync.simulator.request import File
from zdasync.simulator.state import ADMIN_ID, AGENT_ID, CUSTOMER_ID

SOLVE = [{"field": "status", "value": "solved"}]


@pytest.fixture
def api():
    return Api()


def make(api, **fields):
    return api.post("/macros", {"macro": {"title": "M", "actions": SOLVE} | fields}).body["macro"]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (("status", "solved"), {"status": "solved"}),
        (("priority", ""), {"priority": None}),
        (("group_id", "98738"), {"group_id": 98738}),
        (("group_id", ""), {"group_id": None}),
        (("assignee_id", "current_user"), {"assignee_id": ADMIN_ID}),
        (("set_tags", "a b a"), {"tags": ["a", "b"]}),
        (("custom_fields_5", "gold"), {"fields": [{"id": 5, "value": "gold"}]}),
        (("comment_value", "Hi"),
         {"comment": {"public": True, "body": "Hi", "scoped_body": [["channel:all", "Hi"]]}}),
        (("comment_value_html", ["channel:web", "<b>Hi</b>"]),
         {"comment": {"public": True, "html_body": "<b>Hi</b>", "scoped_body": [["channel:web", "<b>Hi</b>"]]}}),
        (("comment_mode_is_public", "false"), {}),
        (("side_conversation", ["Hi"]), {}),
    ],
)
def test_what_one_action_changes(action, expected):
    field, value = action
    assert changes([{"field": field, "value": value}], ADMIN_ID, None) == expected


def test_applying_to_a_ticket_keeps_what_no_action_names(api):
    ticket = api.state.tickets.create(
        CUSTOMER_ID, now=api.at, comment="Help", priority="low", custom_fields={5: "old", 6: "kept"}
    )
    macro = make(api, actions=[*SOLVE, {"field": "custom_fields_5", "value": "new"}])
    shown = api.get(f"/tickets/{ticket.id}/macros/{macro['id']}/apply").body["result"]["ticket"]
    assert (shown["status"], shown["priority"], shown["description"]) == ("solved", "low", "Help")
    assert {one["id"]: one["value"] for one in shown["fields"] if one["id"] in (5, 6)} == {5: "new", 6: "kept"}
    assert (ticket.status, ticket.custom_fields) == ("open", {5: "old", 6: "kept"})


def test_what_is_wrong_with_a_macro(api):
    def refused(**fields):
        return api.refused("POST", "/macros", {"macro": {"title": "M", "actions": SOLVE} | fields})

    assert refused(actions=[]).body["details"]["actions"]
    assert refused(actions=[{"value": "solved"}]).body["details"]["actions"]
    assert refused(title="").body["details"]["title"]
    assert api.refused("GET", "/macros/new").status == 400
    assert api.refused("GET", "/macros/new", macro_id=12).status == 404
    assert api.refused("GET", "/macros/new", ticket_id="x").status == 404


def test_only_admins_write_what_all_share(api):
    shared = make(api)
    own = {"type": "User", "id": AGENT_ID}
    mine = api.post("/macros", {"macro": {"title": "M", "actions": SOLVE, "restriction": own}}, who=AGENT_ID)
    path = f"/macros/{mine.body['macro']['id']}"
    assert api.refused("PUT", path, {"macro": {"restriction": None}}, who=AGENT_ID).status == 403
    assert api.refused("PUT", f"/macros/{shared['id']}", {"macro": {"restriction": own}}, who=AGENT_ID).status == 403
    assert api.refused("DELETE", f"/macros/{shared['id']}", who=AGENT_ID).status == 403
    assert api.refused("DELETE", "/macros/destroy_many?ids=1", who=AGENT_ID).status == 403
    assert api.refused("GET", path).status == 404
    assert api.refused("GET", "/macros", who=CUSTOMER_ID).status == 403
    assert api.delete(path, who=AGENT_ID).status == 204


def test_files(api):
    macro = make(api)
    path = f"/macros/{macro['id']}/attachments"
    reply = api.post(path, form={"attachment": File.of(b"Terms", "terms.txt", "text/plain")})
    shown = reply.body["macro_attachment"]
    assert (reply.status, shown["filename"], shown["size"]) == (201, "terms.txt", 5)
    content = api.get(shown["content_url"])
    assert (content.body, content.headers["Content-Type"]) == (b"Terms", "text/plain")
    assert api.get(path).body["macro_attachments"] == [shown]
    assert api.get(f"/macros/attachments/{shown['id']}").body == {"macro_attachment": shown}
    assert api.refused("POST", path, form={"filename": "x"}).status == 400
    for rest in ("", "/content"):
        assert api.refused("GET", f"/macros/attachments/12{rest}").status == 404
    assert api.refused("POST", "/macros/12/attachments", form={"attachment": b"x"}).status == 404
