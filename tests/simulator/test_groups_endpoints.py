import pytest
from endpoint_caller import BASE, Api

from zdasync.simulator.state import ADMIN_ID, AGENT_ID, CUSTOMER_ID


@pytest.fixture
def api():
    return Api()


def make(api, **fields):
    return api.post("/groups", {"group": {"name": "Night Shift"} | fields}).body["group"]


def names(api, path, **options):
    return [group["name"] for group in api.get(path, **options).body["groups"]]


def test_a_group_as_it_is_shown(api):
    reply = api.post("/groups", {"group": {"name": " Night Shift ", "description": "late", "is_public": False}})
    shown = reply.body["group"]
    assert reply.status == 201
    assert reply.headers["Location"] == shown["url"]
    assert shown == {
        "url": f"{BASE}/api/v2/groups/{shown['id']}.json", "id": shown["id"], "is_public": False,
        "name": "Night Shift", "description": "late", "default": False, "deleted": False,
        "created_at": "2027-01-15T08:00:00Z", "updated_at": "2027-01-15T08:00:00Z",
    }
    assert api.get(f"/groups/{shown['id']}").body["group"] == shown


def test_an_update_changes_what_is_given(api):
    made = make(api, description="late")
    api.at += 60
    shown = api.put(f"/groups/{made['id']}", {"group": {"name": "Night", "default": True}})
    assert shown.body["group"] == made | {"name": "Night", "updated_at": "2027-01-15T08:01:00Z"}
    assert ':unpermitted_keys=>["group.default"]' in shown.headers["X-Zendesk-API-Warn"]


def test_names_are_unique_whatever_their_case(api):
    made = make(api)
    for method, path in (("POST", "/groups"), ("PUT", f"/groups/{made['id']}")):
        refused = api.refused(method, path, {"group": {"name": "SUPPORT"}})
        assert refused.status == 422
        assert refused.body["details"] == {
            "name": [{"description": "Name: SUPPORT has already been taken", "error": "DuplicateValue"}]
        }
    assert api.put(f"/groups/{made['id']}", {"group": {"name": "night shift"}}).status == 200
    assert api.refused("POST", "/groups", {"group": {"name": ""}}).status == 422


def test_unique_names_are_an_option_of_the_account():
    assert make(Api(group_names_unique=False), name="Support")["name"] == "Support"


def test_a_deleted_group_has_no_members_and_is_listed_on(api):
    support = api.state.users[AGENT_ID].default_group_id
    made = make(api)
    api.post("/group_memberships", {"group_membership": {"user_id": AGENT_ID, "group_id": made["id"]}})
    api.at += 60
    assert api.delete(f"/groups/{support}").status == 204
    agent = api.get(f"/users/{AGENT_ID}?include=groups").body
    assert (agent["user"]["default_group_id"], agent["user"]["updated_at"]) == (made["id"], "2027-01-15T08:01:00Z")
    assert [group["id"] for group in agent["groups"]] == [made["id"]]
    assert api.get(f"/users/{ADMIN_ID}").body["user"]["default_group_id"] is None
    assert {row["group_id"] for row in api.get("/group_memberships").body["group_memberships"]} == {made["id"]}
    assert names(api, "/groups") == ["Support", "Sales", "Operations", "Night Shift"]
    assert names(api, "/groups?exclude_deleted=true") == ["Sales", "Operations", "Night Shift"]
    assert names(api, "/groups?exclude_deleted=false") == names(api, "/groups")
    assert api.get(f"/groups/{support}").body["group"]["deleted"] is True
    assert api.get("/groups/count").body["count"]["value"] == 3
    assert make(api, name="Support")["id"] != support, "its name is free"
    for method, path in (("DELETE", ""), ("PUT", ""), ("GET", "/memberships"), ("GET", "/users")):
        assert api.refused(method, f"/groups/{support}{path}", {"group": {}}).status == 404
    refused = api.refused("PUT", f"/users/{AGENT_ID}", {"user": {"default_group_id": support}})
    assert refused.status == 422


def test_deleted_groups_may_be_gone():
    api = Api(deleted_groups_shown=False)
    made = make(api)
    api.delete(f"/groups/{made['id']}")
    assert "Night Shift" not in names(api, "/groups")
    assert api.refused("GET", f"/groups/{made['id']}").status == 404


def test_groups_of_a_user(api):
    assert names(api, f"/users/{AGENT_ID}/groups") == ["Support"]
    assert names(api, f"/users/{CUSTOMER_ID}/groups") == []
    assert api.get(f"/users/{AGENT_ID}/groups/count").body["count"]["value"] == 1


def test_assignable_groups_of_a_restricted_agent_are_their_own(api):
    assert names(api, "/groups/assignable", who=AGENT_ID) == ["Support", "Sales", "Operations"]
    api.update(AGENT_ID, ticket_restriction="groups")
    assert names(api, "/groups/assignable", who=AGENT_ID) == ["Support"]


def test_members_come_along(api):
    body = api.get("/groups?include=users").body
    assert [user["id"] for user in body["users"]] == [ADMIN_ID, AGENT_ID]
    support = api.state.users[AGENT_ID].default_group_id
    assert len(api.get(f"/groups/{support}?include=users").body["users"]) == 2
    assert "users" not in api.get("/groups").body


def test_only_admins_write(api):
    for method, path in (("POST", "/groups"), ("PUT", "/groups/1"), ("DELETE", "/groups/1")):
        assert api.refused(method, path, {"group": {"name": "X"}}, who=AGENT_ID).status == 403
    assert api.refused("GET", "/groups", who=CUSTOMER_ID).status == 403


def test_searches_see_changes_and_no_deleted_groups(api):
    made = make(api)
    api.at += 86_400
    api.put(f"/groups/{made['id']}", {"group": {"name": "Late Shift"}})
    found = api.get("/search", query="type:group late updated>=2027-01-16").body["results"]
    assert [row["id"] for row in found] == [made["id"]]
    api.delete(f"/groups/{made['id']}")
    assert api.get("/search", query="type:group late").body["results"] == []
