import pytest
from endpoint_caller import Api

from zdasync.simulator.listings import counted
from zdasync.simulator.state import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID


@pytest.fixture
def api():
    return Api(users=400)


def ids(reply):
    return [user["id"] for user in reply.body["users"]]


def roles(reply):
    return {user["role"] for user in reply.body["users"]}


def test_filters(api):
    lead = next(role for role in api.state.custom_roles.values() if role.name == "Team lead")
    assert roles(api.get("/users?role=admin")) == {"admin"}
    assert roles(api.get("/users?role[]=admin&role[]=agent")) == {"admin", "agent"}
    leads = ids(api.get(f"/users?permission_set={lead.id}"))
    assert leads
    assert ids(api.get("/users?role=Team%20lead")) == leads
    assert [user["external_id"] for user in api.get("/users?external_id=crm-000005").body["users"]] in (
        [], ["CRM-000005"],
    )
    api.update(CUSTOMER_ID, external_id="Own")
    assert ids(api.get("/users?external_id=oWN&page[size]=10")) == [CUSTOMER_ID]
    assert ids(api.get("/users?external_id=none")) == []


def test_by_group_and_organization(api):
    group_id = api.state.users[AGENT_ID].group_ids[0]
    assert AGENT_ID in ids(api.get(f"/groups/{group_id}/users"))
    assert roles(api.get(f"/groups/{group_id}/users?role=admin")) == {"admin"}
    organization_id = api.state.users[CUSTOMER_ID].organization_id
    body = api.get(f"/organizations/{organization_id}/users?page[size]=100").body
    assert CUSTOMER_ID in [user["id"] for user in body["users"]]
    assert {user["organization_id"] for user in body["users"]} == {organization_id}
    for path in ("/groups/1/users", "/organizations/1/users", "/groups/1/users/count"):
        assert api.refused("GET", path).status == 404


def test_counts(api):
    assert api.get("/users/count").body["count"]["value"] == 404
    assert api.get("/users/count?role=admin").body["count"]["value"] == 1
    group_id = api.state.users[AGENT_ID].group_ids[0]
    assert api.get(f"/groups/{group_id}/users/count").body["count"]["value"] == len(api.state.group_users[group_id])
    organization_id = api.state.users[CUSTOMER_ID].organization_id
    count = api.get(f"/organizations/{organization_id}/users/count").body["count"]
    assert count["value"] == len(api.state.organization_users[organization_id])
    assert count["refreshed_at"].endswith("Z")


def test_large_counts_are_refreshed_once_a_day():
    api = Api(count_refresh_takes=30.0)
    api.at = 1_800_000_000.0
    assert counted(api, "x", 100_000, api.at)["value"] == 100_000
    assert counted(api, "x", 150_000, api.at) == {"value": 100_000, "refreshed_at": None}
    ready = counted(api, "x", 150_001, api.at + 30)
    assert ready["value"] == 150_000
    assert ready["refreshed_at"] is not None
    assert counted(api, "x", 160_000, api.at + 3600)["value"] == 150_000
    assert counted(api, "x", 160_000, api.at + 90_000) == {"value": 100_000, "refreshed_at": None}
    assert counted(api, "x", 160_000, api.at + 90_030)["value"] == 160_000


def test_show_many(api):
    body = api.get(f"/users/show_many?ids={CUSTOMER_ID},999,{ADMIN_ID},x,{ADMIN_ID}").body
    assert [user["id"] for user in body["users"]] == [ADMIN_ID, CUSTOMER_ID]
    assert (body["next_page"], body["previous_page"], body["count"]) == (None, None, 2)
    api.update(CUSTOMER_ID, external_id="A1")
    assert ids(api.get("/users/show_many?external_ids=a1,none")) == [CUSTOMER_ID]
    assert api.refused("GET", "/users/show_many").status == 400


def test_show_many_takes_100_ids(api):
    assert api.get(f"/users/show_many?ids={','.join(map(str, range(100)))}").status == 200
    refused = api.refused("GET", f"/users/show_many?ids={','.join(map(str, range(101)))}")
    assert (refused.status, refused.body) == (400, {
        "error": "TooManyValues", "description": "Parameter  cannot specify more than 100 values", "max_count": 100,
    })


def test_autocomplete(api):
    assert CUSTOMER_ID in ids(api.get("/users/autocomplete?name=carla"))
    assert CUSTOMER_ID not in ids(api.get("/users/autocomplete?name=customer"))
    assert CUSTOMER_ID in ids(api.post("/users/autocomplete", {"name": "CARLA C"}))
    api.state.add_identity(api.state.users[CUSTOMER_ID], "foreign", "f1", api.at)
    assert CUSTOMER_ID not in ids(api.get("/users/autocomplete?name=carla"))
    for body in ({}, {"name": ""}, {"name": 3}, None):
        refused = api.refused("POST", "/users/autocomplete", body)
        assert (refused.status, refused.body) == (400, {"error": "Query Error", "description": "Invalid query syntax"})
    assert api.refused("GET", "/users/autocomplete").status == 400


@pytest.mark.parametrize(
    ("query", "found"),
    [("email:customer@example.com", {CUSTOMER_ID}), ("carla", {CUSTOMER_ID}), ('"Carla Customer"', {CUSTOMER_ID}),
     ("role:admin", {ADMIN_ID}), ("unverified@example.com role:end-user", {UNVERIFIED_ID}),
     ("name:Carl*", {CUSTOMER_ID}),
     ("type:user role:admin", {ADMIN_ID}), ("role:admin carla", set()), ("email:CUSTOMER@EXAMPLE.COM", {CUSTOMER_ID}),
     ("external_id:cc-1", {CUSTOMER_ID}), ("notes:sigil", {CUSTOMER_ID}), ("tags:vip sigil", {CUSTOMER_ID})],
)
def test_search(api, query, found):
    api.update(CUSTOMER_ID, external_id="CC-1", notes="a Sigil issue", tags=["VIP"])
    body = api.get("/users/search", query=query).body
    assert {user["id"] for user in body["users"]} == found
    assert body["count"] == len(found)


def test_search_by_external_id(api):
    api.update(CUSTOMER_ID, external_id="CC-1")
    assert ids(api.get("/users/search?external_id=cc-1")) == [CUSTOMER_ID]
    assert ids(api.get("/users/search?external_id=cc")) == []


def test_the_search_index_lags():
    api = Api(search_lag=120.0)
    api.create(email="fresh@x.example")
    assert api.get("/users/search?query=fresh").body["count"] == 0
    api.at += 120
    assert api.get("/users/search?query=fresh").body["count"] == 1


def test_search_syntax(api):
    assert api.refused("GET", "/users/search", query='"open').status == 400
    api.update(CUSTOMER_ID, name="Sinéad O'Neil")
    for query in ("o'neil", '"sinéad o\'neil"', "name:o'ne*"):
        assert ids(api.get("/users/search", query=query)) == [CUSTOMER_ID]


def test_sideloads(api):
    include = "organizations,roles,abilities,identities,groups,open_ticket_count,nonsense"
    body = api.get("/users", include=include, per_page=100).body
    assert {"organizations", "roles", "abilities", "identities", "groups", "open_ticket_count"} < set(body)
    assert "nonsense" not in body
    wanted = {user["organization_id"] for user in body["users"]} - {None}
    got = [organization["id"] for organization in body["organizations"]]
    assert set(got) == wanted
    assert len(got) == len(set(got))
    assert {role["id"] for role in body["roles"]} == {user["custom_role_id"] for user in body["users"]} - {None}
    assert set(body["open_ticket_count"]) == {str(user["id"]) for user in body["users"]}
    assert {identity["user_id"] for identity in body["identities"]} <= {user["id"] for user in body["users"]}
    assert len(body["abilities"]) == len(body["users"])


@pytest.mark.parametrize(
    "path",
    [f"/users/{CUSTOMER_ID}", f"/users/show_many?ids={CUSTOMER_ID}", "/users/search?query=carla",
     "/users/autocomplete?name=carla", "/users?page[size]=10"],
)
def test_sideloads_elsewhere(api, path):
    join = "&" if "?" in path else "?"
    body = api.get(f"{path}{join}include=organizations").body
    assert api.state.users[CUSTOMER_ID].organization_id in [one["id"] for one in body["organizations"]]


def test_organizations_and_groups(api):
    organizations = api.get("/organizations?page[size]=3").body["organizations"]
    assert len(organizations) == 3
    assert api.get(f"/organizations/{organizations[0]['id']}").body["organization"] == organizations[0]
    groups = api.get("/groups").body["groups"]
    assert [group["name"] for group in groups] == ["Support", "Sales", "Operations"]
    assert api.get(f"/groups/{groups[1]['id']}").body["group"] == groups[1]
    assert api.refused("GET", "/groups/1").status == api.refused("GET", "/organizations/1").status == 404
