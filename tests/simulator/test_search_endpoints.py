"""The searches: what a query finds, 1,000 results by offset, the export and its cursors."""

from urllib.parse import quote

import pytest
from endpoint_caller import BASE, START, Api

from zdasync.simulator.state import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID

EXPORT = "/search/export?filter[type]=user"


@pytest.fixture
def api():
    return Api(users=246)


def found(api, query, **more):
    return {row["id"] for row in api.get("/search", query=query, **more).body["results"]}


# --- queries


@pytest.mark.parametrize(("query", "ids"), [
    ("type:user email:customer@example.com", {CUSTOMER_ID}),
    ("type:user role:admin", {ADMIN_ID}),
    ("type:user carla", {CUSTOMER_ID}),
    ("type:user role:end-user is_verified:false unverified", {UNVERIFIED_ID}),
    ("type:user is_suspended:true", {CUSTOMER_ID}),
    ("type:user external_id:cc-1", {CUSTOMER_ID}),
    ("type:user tags:vip sigil", {CUSTOMER_ID}),
    ("type:user updated>2027-01-14", {CUSTOMER_ID}),
    ("type:user updated:2027-01-15 role:end-user", {CUSTOMER_ID}),
    ("type:user updated>=2027-01-15T08:00:00Z", {CUSTOMER_ID}),
    ("type:user updated>2027-01-15", set()),
    ("type:user role:admin role:end-user sigil", {CUSTOMER_ID}),
    ("type:user role:admin role:agent created<=2025-01-15 example.com", {ADMIN_ID, AGENT_ID}),
    ("type:user -role:admin -role:end-user example.com", {AGENT_ID}),
    ("type:user created<=2025-01-15 example.com -role:end-user", {ADMIN_ID, AGENT_ID}),
    ("type:user created<2025-01-15", set()),
    ("type:ticket carla", set()),
    ("type:topic carla", set()),
])
def test_what_a_query_finds(api, query, ids):
    api.update(CUSTOMER_ID, external_id="CC-1", notes="a Sigil issue", tags=["VIP"], suspended=True)
    assert found(api, query) == ids


def test_all_values_of_a_field_where_the_settings_say_so():
    api = Api(users=246, search_repeated_field="all")
    assert found(api, "type:user role:admin role:agent") == set()
    assert found(api, "type:user role:admin is_verified:true") == {ADMIN_ID}


def test_rows_say_what_they_are(api):
    group = next(iter(api.state.groups.values()))
    api.update(CUSTOMER_ID, notes=group.name)
    rows = api.get("/search", query=group.name).body["results"]
    assert {(row["id"], row["result_type"]) for row in rows} == {(CUSTOMER_ID, "user"), (group.id, "group")}
    shown = api.get(f"/users/{CUSTOMER_ID}").body["user"]
    assert [row for row in rows if row["result_type"] == "user"] == [{**shown, "result_type": "user"}]
    name = next(iter(api.state.organizations.values())).name
    rows = api.get("/search", query=f'type:organization type:group "{name}"').body["results"]
    assert [(row["name"], row["result_type"]) for row in rows] == [(name, "organization")]


def test_users_search_knows_the_same_terms(api):
    assert [one["id"] for one in api.get("/users/search", query="role:admin -carla").body["users"]] == [ADMIN_ID]
    assert api.get("/users/search", query="type:organization").body["count"] == 0


def test_a_deleted_user_is_not_found_and_a_new_one_later(api):
    api.delete(f"/users/{CUSTOMER_ID}")
    assert found(api, "carla") == set()
    slow = Api(search_lag=90.0)
    slow.create(name="Fresh")
    assert found(slow, "fresh") == set()
    slow.at += 90
    assert len(found(slow, "fresh")) == 1


@pytest.mark.parametrize("path", ["/search", "/search/count", EXPORT])
def test_what_is_no_query(api, path):
    refused = api.refused("GET", path)
    assert (refused.status, refused.body["error"]) == (422, "invalid")
    for broken in ('"open', "created>2024-13-45"):
        assert api.refused("GET", path, query=broken).status == 400
    assert api.refused("GET", path, query="*", who=CUSTOMER_ID).status == 403
    assert Api(search_invalid_status=400).refused("GET", path).status == 400


# --- offset pages


def test_pages_count_and_order(api):
    first = api.get("/search", query="type:user", sort_by="created_at", sort_order="desc").body
    assert (len(first["results"]), first["count"], first["facets"], first["previous_page"]) == (100, 250, None, None)
    assert first["next_page"].startswith(f"{BASE}/api/v2/search.json?page=2&query=type%3Auser")
    bodies = [first, api.get(first["next_page"]).body]
    bodies.append(api.get(bodies[-1]["next_page"]).body)
    dates = [row["created_at"] for body in bodies for row in body["results"]]
    assert len(dates) == 250
    assert dates == sorted(dates, reverse=True)
    assert api.get("/search/count", query="type:user").body == {"count": 250}


def test_a_thousand_results_and_the_true_count():
    api = Api(users=1500)
    last = api.get("/search", query="type:user", page=10).body
    assert (len(last["results"]), last["count"]) == (100, 1504)
    assert api.get("/search/count", query="type:user").body == {"count": 1504}
    for deep in ({"page": 11}, {"page": 101, "per_page": 10}, {"page": 21, "per_page": 50}):
        refused = api.refused("GET", "/search", query="type:user", **deep)
        assert refused.status == 422
        assert refused.body == {
            "error": "invalid",
            "description": "Invalid search: Requested response size was greater than Search Response Limits",
        }
    assert api.get("/users/search", query="*", page=11).status == 200


def test_cursors_are_refused(api):
    refused = api.refused("GET", "/search?query=*&page[size]=5")
    assert refused.status == 400
    assert refused.body["errors"][0]["title"] == "page must be an integer"


def test_sideloads_want_the_type_in_front(api):
    assert "organizations" not in api.get("/search", query="carla", include="organizations").body
    body = api.get("/search", query="carla", include="users(organizations,groups)").body
    assert [one["id"] for one in body["organizations"]] == [api.state.users[CUSTOMER_ID].organization_id]
    assert body["groups"] == []
    assert "users" not in body


# --- the export


def exported(api, url):
    bodies = [api.get(url).body]
    while bodies[-1]["meta"]["has_more"]:
        assert len(bodies) < 20, "the export goes on for ever"
        bodies.append(api.get(bodies[-1]["links"]["next"]).body)
    return bodies


def test_the_export_comes_in_the_order_of_creation():
    api = Api(users=1500)
    bodies = exported(api, f"{EXPORT}&query=*&page[size]=1000")
    assert [len(body["results"]) for body in bodies] == [1000, 504]
    users = sorted(api.state.active_users(), key=lambda user: (user.created_at, user.id))
    assert [row["id"] for body in bodies for row in body["results"]] == [user.id for user in users]
    assert {row["result_type"] for body in bodies for row in body["results"]} == {"user"}
    assert all(set(body) == {"results", "facets", "meta", "links"} for body in bodies)
    assert {body["links"]["prev"] for body in bodies} == {None}
    assert "filter%5Btype%5D=user" in bodies[0]["links"]["next"]


def test_sizes_of_export_pages():
    api = Api(users=1500)
    assert len(api.get(f"{EXPORT}&query=*").body["results"]) == 100
    assert len(api.get(f"{EXPORT}&query=*&page[size]=2000").body["results"]) == 1000
    assert Api(oversize_page="refuse").refused("GET", f"{EXPORT}&query=*&page[size]=1001").status == 400
    assert api.get(f"{EXPORT}&query=*").headers["Cache-Control"].startswith("max-age=10")


def test_an_export_names_its_type(api):
    for none in ("", "&filter[type]=", "&filter[type]=topic"):
        refused = api.refused("GET", f"/search/export?query=*{none}")
        assert (refused.status, refused.body["error"]) == (422, "invalid")
    rows = api.get("/search/export?query=*&filter[type]=ticket").body["results"]
    assert {(row["id"], row["result_type"]) for row in rows} == {(key, "ticket") for key in api.state.tickets.ids}
    rows = api.get("/search/export?query=*&filter[type]=organization").body["results"]
    assert [row["result_type"] for row in rows] == ["organization"] * len(api.state.organizations)


def test_a_type_in_the_query_of_an_export(api):
    assert len(api.get(f"{EXPORT}&query=type:user carla").body["results"]) == 1
    assert api.get(f"{EXPORT}&query=type:group").body["results"] == []
    strict = Api(search_export_type_terms="refused")
    assert strict.refused("GET", f"{EXPORT}&query=type:user").status == 422


@pytest.mark.parametrize("status", [400, 422])
def test_a_cursor_lives_for_an_hour(status):
    api = Api(users=50, search_cursor_expired_status=status)
    first = api.get(f"{EXPORT}&query=*&page[size]=5").body
    api.at = START + 3599
    second = api.get(first["links"]["next"]).body
    assert len(second["results"]) == 5
    api.at = START + 3600
    refused = api.refused("GET", first["links"]["next"])
    assert (refused.status, refused.body["error"]) == (status, "invalid")
    assert "expired" in refused.body["description"]
    assert len(api.get(second["links"]["next"]).body["results"]) == 5


def test_a_cursor_of_a_list_is_none_of_an_export(api):
    cursor = api.get("/users?page[size]=5").body["meta"]["after_cursor"]
    assert api.refused("GET", f"{EXPORT}&query=*&page[after]={quote(cursor)}").status == 400


async def test_no_parameter_of_theirs_offends_the_strict_mode(serve):
    wire = await serve(users=5, strict=True)
    for target in (
        "search?query=*&sort_by=created_at&sort_order=asc&page=1&per_page=5&include=users(groups)",
        "search/count?query=*",
        "search/export?query=*&filter%5Btype%5D=user&page%5Bsize%5D=5",
        "incremental/users?start_time=1&per_page=5&include=groups",
        "incremental/users/cursor?cursor=MS4wfHwyfA%3D%3D",
    ):
        assert (await wire("GET", f"/api/v2/{target}")).status == 200
