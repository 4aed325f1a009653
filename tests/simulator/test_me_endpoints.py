import pytest
from endpoint_caller import Api

from zdasync.simulator.state import ADMIN_ID, AGENT_ID, CUSTOMER_ID


@pytest.fixture
def api():
    return Api()


def test_me(api):
    user = api.get("/users/me").body["user"]
    assert user["id"] == ADMIN_ID
    assert user["authenticity_token"] != api.get("/users/me").body["user"]["authenticity_token"]
    assert "groups" in api.get("/users/me?include=groups").body
    assert "groups" not in api.get("/users/me?include=groups", who=CUSTOMER_ID).body


def test_strangers_are_the_anonymous_user(api):
    reply = api.get("/users/me", who=None)
    assert reply.status == 200
    user = reply.body["user"]
    assert (user["id"], user["name"], user["email"]) == (None, "Anonymous user", "invalid@example.com")
    assert user["authenticity_token"]


def test_settings_are_merged(api):
    assert set(api.get("/users/me/settings").body["settings"]) == {"lotus", "admin_center", "shared_views_order"}
    api.put("/users/me/settings", {"settings": {"lotus": {"a": 1, "b": 1}, "shared_views_order": [3, 1]}})
    settings = api.put("/users/me/settings", {"settings": {"lotus": {"b": 2}}}).body["settings"]
    assert settings["lotus"] == {"a": 1, "b": 2}
    assert settings["shared_views_order"] == [3, 1]
    assert api.get("/users/me/settings", who=AGENT_ID).body["settings"]["lotus"] == {}
    assert api.refused("PUT", "/users/me/settings", {"settings": {"lotus": "x"}}).status == 400
    assert api.refused("GET", "/users/me/settings", who=None).status == 401


def test_entitlements(api):
    body = api.get(f"/users/{AGENT_ID}/entitlements/full").body["entitlements"]
    assert body["chat"] == {"name": "agent", "is_active": True}
    assert api.refused("GET", "/users/1/entitlements/full").status == 404


def test_setting_passwords_must_be_allowed(api):
    path = f"/users/{CUSTOMER_ID}/password"
    assert api.refused("POST", path, {"password": "secret-1"}).status == 403
    allowed = Api(password_api_enabled=True)
    assert allowed.post(path, {"password": "secret-1"}).body is None
    assert allowed.state.users[CUSTOMER_ID].password == "secret-1"
    assert allowed.refused("POST", path, {"password": "abc"}).status == 422
    assert allowed.refused("POST", path, {"password": "customer@example.com"}).status == 422
    assert allowed.refused("POST", path, {}).status == 400
    assert allowed.refused("POST", path, {"password": None}).status == 400
    assert allowed.refused("POST", path, {"password": "secret-1"}, who=AGENT_ID).status == 403


def test_changing_ones_own_password(api):
    api.state.users[CUSTOMER_ID].password = "old-one"
    path = f"/users/{CUSTOMER_ID}/password"
    body = {"previous_password": "old-one", "password": "new-one"}
    assert api.refused("PUT", path, body).status == 403
    assert api.refused("PUT", path, body | {"previous_password": "x"}, who=CUSTOMER_ID).status == 422
    assert api.put(path, body, who=CUSTOMER_ID).status == 200
    assert api.state.users[CUSTOMER_ID].password == "new-one"
    assert "new-one" not in repr(api.state.users[CUSTOMER_ID])


def test_password_requirements(api):
    path = f"/users/{CUSTOMER_ID}/password/requirements"
    requirements = api.get(path, who=CUSTOMER_ID).body["requirements"]
    assert all(isinstance(line, str) for line in requirements)
    assert api.refused("GET", f"/users/{AGENT_ID}/password/requirements", who=CUSTOMER_ID).status == 403


# --- sessions


def test_sessions(api):
    everybody = api.get("/sessions").body["sessions"]
    assert {session["user_id"] for session in everybody} == {ADMIN_ID, AGENT_ID, CUSTOMER_ID}
    own = api.get("/sessions", who=CUSTOMER_ID).body["sessions"]
    assert {session["user_id"] for session in own} == {CUSTOMER_ID}
    listed = api.get(f"/users/{CUSTOMER_ID}/sessions").body["sessions"]
    assert listed == own
    assert api.refused("GET", f"/users/{ADMIN_ID}/sessions", who=CUSTOMER_ID).status == 403
    assert api.refused("GET", f"/users/{ADMIN_ID}/sessions", who=AGENT_ID).status == 403
    shown = api.get(f"/users/{CUSTOMER_ID}/sessions/{own[0]['id']}").body["session"]
    assert shown == own
    assert api.refused("GET", f"/users/{ADMIN_ID}/sessions/{own[0]['id']}").status == 404


def test_a_session_alone():
    api = Api(session_reply="object")
    assert api.get("/users/me/session").body["session"]["user_id"] == ADMIN_ID


def test_session_pages(api):
    for _ in range(4):
        api.state.add_session(CUSTOMER_ID, api.at)
    first = api.get(f"/users/{CUSTOMER_ID}/sessions?page[size]=3").body
    assert first["meta"]["has_more"]
    assert len(api.get(first["links"]["next"]).body["sessions"]) == 2


def test_ending_sessions(api):
    one, two = api.state.add_session(CUSTOMER_ID, api.at), api.state.add_session(CUSTOMER_ID, api.at)
    reply = api.delete(f"/users/{CUSTOMER_ID}/sessions/{one.id}")
    assert (reply.status, reply.empty) == (204, True)
    assert api.refused("DELETE", f"/users/{CUSTOMER_ID}/sessions/{one.id}").status == 404
    assert two.id in api.state.sessions
    assert api.delete(f"/users/{CUSTOMER_ID}/sessions").status == 204
    assert api.get(f"/users/{CUSTOMER_ID}/sessions").body["sessions"] == []
    assert api.refused("GET", "/users/me/session", who=CUSTOMER_ID).status == 404


def test_my_session(api):
    assert api.get("/users/me/session").body["session"][0]["user_id"] == ADMIN_ID
    assert api.get("/users/me/session/renew").body["authenticity_token"]
    assert api.delete("/users/me/logout").status == 204
    assert api.get("/users/me/session").status == 200, "a token goes on working"
    assert api.refused("GET", "/users/me/session/renew", who=None).status == 401
