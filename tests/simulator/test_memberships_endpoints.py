import pytest
from endpoint_caller import BASE, Api

from zdasync.simulator.state import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID

KEY, KEYS = "organization_membership", "organization_memberships"
GROUP, GROUPS = "group_membership", "group_memberships"


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def acme(api):
    return api.post("/organizations", {"organization": {"name": "Acme"}}).body["organization"]["id"]


@pytest.fixture
def sales(api):
    return next(group.id for group in api.state.groups.values() if group.name == "Sales")


def join(api, user_id, organization_id, **fields):
    row = {"user_id": user_id, "organization_id": organization_id} | fields
    return api.post(f"/{KEYS}", {KEY: row}).body[KEY]


def enlist(api, user_id, group_id, **fields):
    row = {"user_id": user_id, "group_id": group_id} | fields
    return api.post(f"/{GROUPS}", {GROUP: row}).body[GROUP]


def of_user(api, user_id, keys=KEYS):
    """Place to whether it is the default one."""
    rows = api.get(f"/users/{user_id}/{keys}").body[keys]
    return {row.get("organization_id") or row["group_id"]: row["default"] for row in rows}


# --- organizations


def test_a_membership_as_it_is_shown(api, acme):
    reply = api.post(f"/{KEYS}", {KEY: {"user_id": UNVERIFIED_ID, "organization_id": acme}})
    shown = reply.body[KEY]
    assert reply.status == 201
    assert reply.headers["Location"] == f"{BASE}/api/v2/{KEYS}/{shown['id']}.json"
    assert shown == {
        "url": reply.headers["Location"], "id": shown["id"], "user_id": UNVERIFIED_ID, "organization_id": acme,
        "default": True, "created_at": "2027-01-15T08:00:00Z", "updated_at": "2027-01-15T08:00:00Z",
        "organization_name": "Acme", "view_tickets": False,
    }
    for path in (f"/{KEYS}/{shown['id']}", f"/users/{UNVERIFIED_ID}/{KEYS}/{shown['id']}"):
        assert api.get(path).body[KEY] == shown
    assert api.refused("GET", f"/users/{CUSTOMER_ID}/{KEYS}/{shown['id']}").status == 404
    assert api.get(f"/users/{UNVERIFIED_ID}").body["user"]["organization_id"] == acme


def test_the_first_is_the_default_until_another_is_asked_for(api, acme):
    first = api.state.users[CUSTOMER_ID].organization_id
    other = api.post("/organizations", {"organization": {"name": "Other"}}).body["organization"]["id"]
    assert join(api, CUSTOMER_ID, acme)["default"] is False
    assert join(api, CUSTOMER_ID, other, default=True)["default"] is True
    assert of_user(api, CUSTOMER_ID) == {first: False, acme: False, other: True}
    assert api.state.users[CUSTOMER_ID].organization_id == other


def test_below_a_user_the_user_is_that_one(api, acme):
    path = f"/users/{UNVERIFIED_ID}/{KEYS}"
    row = {"organization_id": acme, "user_id": CUSTOMER_ID}
    assert api.post(path, {KEY: row}).body[KEY]["user_id"] == UNVERIFIED_ID
    assert of_user(api, UNVERIFIED_ID) == {acme: True}


def test_ids_and_times_stay_while_others_come_and_go(api, acme):
    (before,) = api.get(f"/users/{CUSTOMER_ID}/{KEYS}").body[KEYS]
    api.at += 60
    made = join(api, CUSTOMER_ID, acme)
    api.at += 60
    api.delete(f"/{KEYS}/{made['id']}")
    assert api.get(f"/users/{CUSTOMER_ID}/{KEYS}").body[KEYS] == [before]
    assert join(api, CUSTOMER_ID, acme)["id"] > made["id"], "ids are never given twice"


def test_ending_the_default_makes_the_next_one_default(api, acme):
    first = api.state.users[CUSTOMER_ID].organization_id
    join(api, CUSTOMER_ID, acme)
    (row, _) = api.get(f"/users/{CUSTOMER_ID}/{KEYS}").body[KEYS]
    assert row["organization_id"] == first
    reply = api.delete(f"/users/{CUSTOMER_ID}/{KEYS}/{row['id']}")
    assert (reply.status, reply.empty) == (204, True)
    assert of_user(api, CUSTOMER_ID) == {acme: True}
    assert api.refused("GET", f"/{KEYS}/{row['id']}").status == 404
    assert api.refused("DELETE", f"/{KEYS}/{row['id']}").status == 404


def test_make_default_gives_them_all(api, acme):
    first = api.state.users[CUSTOMER_ID].organization_id
    made = join(api, CUSTOMER_ID, acme)
    api.at += 60
    rows = api.put(f"/users/{CUSTOMER_ID}/{KEYS}/{made['id']}/make_default").body[KEYS]
    assert [(row["organization_id"], row["default"]) for row in rows] == [(first, False), (acme, True)]
    assert {row["updated_at"] for row in rows} == {"2027-01-15T08:01:00Z"}
    user = api.get(f"/users/{CUSTOMER_ID}").body["user"]
    assert (user["organization_id"], user["updated_at"]) == (acme, "2027-01-15T08:01:00Z")
    assert api.refused("PUT", f"/users/{UNVERIFIED_ID}/{KEYS}/{made['id']}/make_default").status == 404


def test_the_default_that_is_made_default_again_does_not_change(api):
    (row,) = api.get(f"/users/{CUSTOMER_ID}/{KEYS}").body[KEYS]
    api.at += 60
    assert api.put(f"/users/{CUSTOMER_ID}/{KEYS}/{row['id']}/make_default").body[KEYS] == [row]


def test_by_user_and_organization(api, acme):
    first = api.state.users[CUSTOMER_ID].organization_id
    join(api, CUSTOMER_ID, acme)
    shown = api.put(f"/users/{CUSTOMER_ID}/organizations/{acme}/make_default").body[KEY]
    assert (shown["organization_id"], shown["default"]) == (acme, True)
    assert api.delete(f"/users/{CUSTOMER_ID}/organizations/{acme}").status == 204
    assert of_user(api, CUSTOMER_ID) == {first: True}
    for method, path in (("DELETE", ""), ("PUT", "/make_default")):
        assert api.refused(method, f"/users/{CUSTOMER_ID}/organizations/{acme}{path}").status == 404


def test_writing_a_users_organization_ends_all_other_memberships(api, acme):
    join(api, CUSTOMER_ID, acme)
    other = api.post("/organizations", {"organization": {"name": "Other"}}).body["organization"]["id"]
    api.at += 60
    api.update(CUSTOMER_ID, organization_id=other)
    (row,) = api.get(f"/users/{CUSTOMER_ID}/{KEYS}").body[KEYS]
    assert (row["organization_id"], row["default"], row["created_at"]) == (other, True, "2027-01-15T08:01:00Z")
    api.update(CUSTOMER_ID, organization_id=None)
    assert of_user(api, CUSTOMER_ID) == {}


def test_memberships_that_are_none(api, acme):
    join(api, CUSTOMER_ID, acme)
    for row, field in (
        ({"user_id": CUSTOMER_ID, "organization_id": acme}, "user_id"),
        ({"user_id": 12, "organization_id": acme}, "user_id"),
        ({"user_id": CUSTOMER_ID, "organization_id": 12}, "organization_id"),
        ({"user_id": CUSTOMER_ID}, "organization_id"),
    ):
        refused = api.refused("POST", f"/{KEYS}", {KEY: row})
        assert (refused.status, list(refused.body["details"])) == (422, [field])
    refused = api.refused("POST", f"/{KEYS}", {KEY: {"user_id": CUSTOMER_ID, "organization_id": acme}})
    assert refused.body["details"]["user_id"][0]["error"] == "DuplicateValue"
    assert api.refused("POST", f"/{KEYS}", {}).status == 400


def test_lists_and_what_comes_along(api, acme):
    first = api.state.users[CUSTOMER_ID].organization_id
    join(api, UNVERIFIED_ID, first)
    made = join(api, UNVERIFIED_ID, acme)
    body = api.get(f"/{KEYS}?include=users,organizations&page[size]=2").body
    assert [(row["user_id"], row["organization_id"]) for row in body[KEYS]] == [
        (CUSTOMER_ID, first), (UNVERIFIED_ID, first),
    ]
    assert [user["id"] for user in body["users"]] == [CUSTOMER_ID, UNVERIFIED_ID]
    assert [one["id"] for one in body["organizations"]] == [first]
    assert [row["id"] for row in api.get(body["links"]["next"]).body[KEYS]] == [made["id"]]
    below = api.get(f"/organizations/{first}/{KEYS}").body[KEYS]
    assert [row["user_id"] for row in below] == [CUSTOMER_ID, UNVERIFIED_ID]
    assert "users" not in api.get(f"/{KEYS}").body


def test_deleted_users_belong_nowhere(api):
    organization_id = api.state.users[CUSTOMER_ID].organization_id
    api.delete(f"/users/{CUSTOMER_ID}")
    assert api.get(f"/{KEYS}").body[KEYS] == []
    assert api.get(f"/organizations/{organization_id}/{KEYS}").body[KEYS] == []


def test_merged_users_bring_their_memberships(api, acme):
    first = api.state.users[CUSTOMER_ID].organization_id
    join(api, UNVERIFIED_ID, acme)
    api.put(f"/users/{CUSTOMER_ID}/merge", {"user": {"id": UNVERIFIED_ID}})
    assert of_user(api, UNVERIFIED_ID) == {acme: True, first: False}
    assert len(api.get(f"/{KEYS}").body[KEYS]) == 2


def test_end_users_see_their_own(api, acme):
    join(api, UNVERIFIED_ID, acme)
    for path in (f"/{KEYS}", f"/users/{CUSTOMER_ID}/{KEYS}", f"/users/me/{KEYS}"):
        assert [row["user_id"] for row in api.get(path, who=CUSTOMER_ID).body[KEYS]] == [CUSTOMER_ID]
    assert api.refused("GET", f"/users/{UNVERIFIED_ID}/{KEYS}", who=CUSTOMER_ID).status == 403
    assert api.refused("POST", f"/{KEYS}", {KEY: {}}, who=CUSTOMER_ID).status == 403


def test_agents_move_end_users_only(api, acme):
    row = {"user_id": ADMIN_ID, "organization_id": acme}
    assert api.refused("POST", f"/{KEYS}", {KEY: row}, who=AGENT_ID).status == 403
    assert api.post(f"/{KEYS}", {KEY: row | {"user_id": UNVERIFIED_ID}}, who=AGENT_ID).status == 201


def test_dropped_keys_are_named(api, acme):
    row = {"user_id": UNVERIFIED_ID, "organization_id": acme, "view_tickets": True}
    reply = api.post(f"/{KEYS}", {KEY: row})
    assert ':unpermitted_keys=>["organization_membership.view_tickets"]' in reply.headers["X-Zendesk-API-Warn"]


# --- jobs


def test_many_memberships_at_once(api, acme):
    rows = [{"user_id": UNVERIFIED_ID, "organization_id": acme}, {"user_id": CUSTOMER_ID, "organization_id": acme},
            {"user_id": CUSTOMER_ID, "organization_id": acme}, {"user_id": 12, "organization_id": acme}]
    job = api.post(f"/{KEYS}/create_many", {KEYS: rows})
    assert job.body["job_status"]["job_type"] == "Bulk Create Organization Membership"
    done = api.finish(job)
    assert [row.get("status") for row in done] == ["Created", "Created", None, None]
    assert [(row["index"], row["error"]) for row in done[2:]] == [
        (2, "OrganizationMembershipCreateFailed"), (3, "OrganizationMembershipCreateFailed"),
    ]
    listed = f"{done[0]['id']},12"
    ended = api.finish(api.delete(f"/{KEYS}/destroy_many?ids={listed}"))
    assert ended == [
        {"action": "delete", "id": done[0]["id"], "status": "Deleted", "success": True},
        {"index": 1, "error": "OrganizationMembershipDestroyFailed", "details": "Not found", "id": 12},
    ]
    assert of_user(api, UNVERIFIED_ID) == {}
    assert api.refused("DELETE", f"/{KEYS}/destroy_many").status == 400
    assert api.refused("POST", f"/{KEYS}/create_many", {KEYS: rows * 26}).status == 400


def test_many_group_memberships_at_once(api, sales):
    rows = [{"user_id": AGENT_ID, "group_id": sales}, {"user_id": CUSTOMER_ID, "group_id": sales}]
    done = api.finish(api.post(f"/{GROUPS}/create_many", {GROUPS: rows}))
    assert done[0]["status"] == "Created"
    assert done[1]["error"] == "GroupMembershipCreateFailed"
    ended = api.finish(api.delete(f"/{GROUPS}/destroy_many?ids={done[0]['id']}"))
    assert ended[0]["status"] == "Deleted"
    assert api.refused("POST", f"/{GROUPS}/create_many", {GROUPS: []}, who=AGENT_ID).status == 403


# --- groups


def test_a_group_membership_as_it_is_shown(api, sales):
    support = api.state.users[AGENT_ID].default_group_id
    shown = enlist(api, AGENT_ID, sales)
    assert shown == {
        "url": f"{BASE}/api/v2/{GROUPS}/{shown['id']}.json", "id": shown["id"], "user_id": AGENT_ID,
        "group_id": sales, "default": False, "created_at": "2027-01-15T08:00:00Z",
        "updated_at": "2027-01-15T08:00:00Z",
    }
    assert of_user(api, AGENT_ID, GROUPS) == {support: True, sales: False}
    assert api.state.users[AGENT_ID].group_ids == [support, sales]


def test_the_default_group_is_that_of_the_profile(api, sales):
    support = api.state.users[AGENT_ID].default_group_id
    shown = enlist(api, AGENT_ID, sales)
    rows = api.put(f"/users/{AGENT_ID}/{GROUPS}/{shown['id']}/make_default").body[GROUPS]
    assert [(row["group_id"], row["default"]) for row in rows] == [(support, False), (sales, True)]
    assert api.get(f"/users/{AGENT_ID}").body["user"]["default_group_id"] == sales
    api.delete(f"/{GROUPS}/{shown['id']}")
    assert api.get(f"/users/{AGENT_ID}").body["user"]["default_group_id"] == support
    (row,) = api.get(f"/users/{AGENT_ID}/{GROUPS}").body[GROUPS]
    api.delete(f"/users/{AGENT_ID}/{GROUPS}/{row['id']}")
    assert api.get(f"/users/{AGENT_ID}").body["user"]["default_group_id"] is None
    assert enlist(api, AGENT_ID, sales)["default"] is True
    assert api.state.users[AGENT_ID].default_group_id == sales


def test_a_default_group_that_is_written_to_the_profile_is_a_membership(api, sales):
    api.at += 60
    api.update(AGENT_ID, default_group_id=sales)
    assert of_user(api, AGENT_ID, GROUPS)[sales] is True
    rows = api.get(f"/groups/{sales}/memberships").body[GROUPS]
    assert [(row["user_id"], row["created_at"]) for row in rows] == [(AGENT_ID, "2027-01-15T08:01:00Z")]


def test_groups_are_for_agents(api, sales):
    for row, field in (({"user_id": CUSTOMER_ID, "group_id": sales}, "user_id"),
                       ({"user_id": AGENT_ID, "group_id": 12}, "group_id")):
        refused = api.refused("POST", f"/{GROUPS}", {GROUP: row})
        assert (refused.status, list(refused.body["details"])) == (422, [field])
    assert api.refused("POST", f"/{GROUPS}", {GROUP: {}}, who=AGENT_ID).status == 403
    assert api.refused("GET", f"/{GROUPS}", who=CUSTOMER_ID).status == 403


def test_assignable_leaves_light_agents_out(api, sales):
    light = next(role.id for role in api.state.custom_roles.values() if role.role_type == 1)
    enlist(api, AGENT_ID, sales)
    enlist(api, ADMIN_ID, sales)
    assert len(api.get(f"/{GROUPS}/assignable").body[GROUPS]) == 4
    api.update(AGENT_ID, custom_role_id=light)
    assert {row["user_id"] for row in api.get(f"/{GROUPS}/assignable").body[GROUPS]} == {ADMIN_ID}
    rows = api.get(f"/groups/{sales}/memberships/assignable").body[GROUPS]
    assert [row["user_id"] for row in rows] == [ADMIN_ID]


def test_what_comes_along_with_group_memberships(api):
    body = api.get(f"/{GROUPS}?include=users,groups").body
    assert [user["id"] for user in body["users"]] == [ADMIN_ID, AGENT_ID]
    assert [group["name"] for group in body["groups"]] == ["Support"]


# --- whatever happens


def test_memberships_agree_with_profiles():
    api = Api(users=600)
    state = api.state
    for user_id in state.user_ids[:300:7]:
        api.update(user_id, organization_id=None)
    for user_id in state.user_ids[100:200:9]:
        if not state.tickets.open_of(user_id):
            api.delete(f"/users/{user_id}")
    for organization_id in list(state.organizations)[:3]:
        api.delete(f"/organizations/{organization_id}")
    group_id = next(iter(state.groups))
    api.delete(f"/groups/{group_id}")
    for store, of in ((state.directory.organization_memberships, "organization_ids"),
                      (state.directory.group_memberships, "group_ids")):
        stored = [(row.user_id, row.place_id) for row in store.rows.values()]
        assert sorted(stored) == sorted((user.id, key) for user in state.active_users() for key in getattr(user, of))
        assert list(store.rows) == sorted(store.rows)
        assert all(store.find(row.user_id, row.place_id) is row for row in store.rows.values())
