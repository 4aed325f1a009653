import pytest
from endpoint_caller import BASE, Api

from zdasync.simulator.state import AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID

HOUR = 3600


@pytest.fixture
def api():
    return Api()


def organize(api, **fields):
    return api.post("/organizations", {"organization": {"name": "Acme"} | fields}).body["organization"]


def show(api, organization_id):
    return api.get(f"/organizations/{organization_id}").body["organization"]


def names(reply):
    return [one["name"] for one in reply.body["organizations"]]


# --- create, update, show


def test_a_new_organization_as_it_is_shown(api):
    reply = api.post("/organizations", {"organization": {
        "name": "  Acme ", "external_id": "Crm-1", "domain_names": ["ACME.example", "acme.example", " b.example "],
        "tags": ["VIP", "vip", "big deal"], "details": "d", "notes": "n", "shared_tickets": True,
        "organization_fields": {"region": "north", "nonsense": 1},
    }})
    shown = reply.body["organization"]
    assert reply.status == 201
    assert reply.headers["Location"] == shown["url"] == f"{BASE}/api/v2/organizations/{shown['id']}.json"
    assert shown == {
        "url": shown["url"], "id": shown["id"], "name": "Acme", "shared_tickets": True, "shared_comments": False,
        "external_id": "Crm-1", "created_at": "2027-01-15T08:00:00Z", "updated_at": "2027-01-15T08:00:00Z",
        "domain_names": ["acme.example", "b.example"], "details": "d", "notes": "n", "group_id": None,
        "tags": ["vip", "big_deal"], "organization_fields": {"region": "north", "seats": None, "contract_ends": None},
    }
    assert show(api, shown["id"]) == shown
    assert "nonsense" not in api.state.organizations[shown["id"]].fields


def test_an_update_replaces_lists_and_merges_fields(api):
    made = organize(api, tags=["a", "b"], domain_names=["a.example"], organization_fields={"region": "n", "seats": 3})
    api.at += HOUR
    body = {"tags": ["c"], "domain_names": [], "organization_fields": {"seats": None}, "notes": "x"}
    reply = api.put(f"/organizations/{made['id']}", {"organization": body})
    shown = reply.body["organization"]
    assert (reply.status, shown["tags"], shown["domain_names"], shown["notes"]) == (200, ["c"], [], "x")
    assert shown["organization_fields"] == {"region": "n", "seats": None, "contract_ends": None}
    assert (shown["name"], shown["created_at"], shown["updated_at"]) == (
        "Acme", "2027-01-15T08:00:00Z", "2027-01-15T09:00:00Z",
    )


def test_names_are_unique_whatever_their_case(api):
    made = organize(api)
    other = organize(api, name="Other")
    taken = {"name": [{"description": "Name: ACME has already been taken", "error": "DuplicateValue"}]}
    for method, path in (("POST", "/organizations"), ("PUT", f"/organizations/{other['id']}")):
        refused = api.refused(method, path, {"organization": {"name": "ACME"}})
        assert (refused.status, refused.body["error"], refused.body["details"]) == (422, "RecordInvalid", taken)
    api.put(f"/organizations/{made['id']}", {"organization": {"name": "ACME"}})
    api.put(f"/organizations/{made['id']}", {"organization": {"name": "New Name"}})
    assert organize(api, name="acme")["name"] == "acme", "a name that was given up is free"


def test_external_ids_are_unique_whatever_their_case(api):
    made = organize(api, external_id="Crm-1")
    refused = api.refused("POST", "/organizations", {"organization": {"name": "B", "external_id": "CRM-1"}})
    assert refused.body["details"]["external_id"][0]["error"] == "DuplicateValue"
    api.put(f"/organizations/{made['id']}", {"organization": {"external_id": "CRM-1"}})
    api.put(f"/organizations/{made['id']}", {"organization": {"external_id": None}})
    assert organize(api, name="B", external_id="crm-1")["external_id"] == "crm-1"


@pytest.mark.parametrize(("fields", "field"), [
    ({"name": " "}, "name"), ({"name": None}, "name"), ({"name": "x" * 256}, "name"), ({"group_id": 12}, "group"),
])
def test_what_is_invalid_changes_nothing(api, fields, field):
    made = organize(api)
    body = {"organization": {"notes": "changed"} | fields}
    refused = api.refused("PUT", f"/organizations/{made['id']}", body)
    assert (refused.status, list(refused.body["details"])) == (422, [field])
    assert show(api, made["id"]) == made
    assert api.refused("POST", "/organizations", {"organization": {"name": "N"} | fields}).status == 422


def test_everything_that_is_wrong_is_told_at_once(api):
    organize(api, external_id="x")
    body = {"organization": {"name": "acme", "external_id": "X", "group_id": 12}}
    assert set(api.refused("POST", "/organizations", body).body["details"]) == {"name", "external_id", "group"}


def test_unknown_keys_are_dropped_with_a_warning(api):
    reply = api.post("/organizations", {"organization": {"name": "A", "colour": 1, "url": "x"}, "more": 2})
    assert reply.status == 201
    assert ':unpermitted_keys=>["organization.colour", "organization.url", "more"]' in (
        reply.headers["X-Zendesk-API-Warn"]
    )
    assert api.put(
        f"/organizations/{reply.body['organization']['id']}", {"organization": {"notes": "n"}}
    ).headers == {}


@pytest.mark.parametrize("body", [{}, {"organization": []}, {"organization": {"name": "N", "tags": "vip"}},
                                  {"organization": {"name": "N", "domain_names": "a.example"}}])
def test_bodies_of_the_wrong_shape(api, body):
    refused = api.refused("POST", "/organizations", body)
    assert (refused.status, refused.body["error"]["title"]) == (400, "Invalid attribute")


# --- create_or_update


def test_create_or_update_by_external_id(api):
    path = "/organizations/create_or_update"
    first = api.post(path, {"organization": {"name": "Acme", "external_id": "Crm-1"}})
    api.at += HOUR
    second = api.post(path, {"organization": {"external_id": "CRM-1", "notes": "n"}})
    assert (first.status, second.status) == (201, 200)
    before, after = first.body["organization"], second.body["organization"]
    assert (after["id"], after["external_id"], after["notes"]) == (before["id"], "CRM-1", "n")
    assert after["updated_at"] == "2027-01-15T09:00:00Z"


def test_create_or_update_by_id(api):
    made = organize(api, external_id="a")
    body = {"organization": {"id": made["id"], "external_id": "b", "name": "Renamed"}}
    reply = api.post("/organizations/create_or_update", body)
    assert (reply.status, reply.headers) == (200, {})
    assert (show(api, made["id"])["name"], show(api, made["id"])["external_id"]) == ("Renamed", "b")


def test_create_or_update_knows_no_names(api):
    organize(api)
    refused = api.refused("POST", "/organizations/create_or_update", {"organization": {"name": "acme"}})
    assert (refused.status, list(refused.body["details"])) == (422, ["name"])


def test_create_or_update_with_both_keys_goes_by_the_id(api):
    one, two = organize(api, external_id="a"), organize(api, name="Two", external_id="b")
    body = {"organization": {"id": one["id"], "external_id": "B"}}
    assert api.refused("POST", "/organizations/create_or_update", body).status == 422
    assert show(api, two["id"]) == two


@pytest.mark.parametrize(("setting", "status"), [("refuse", 404), ("create", 201)])
def test_create_or_update_with_an_id_that_nobody_has(setting, status):
    api = Api(unknown_organization_id=setting)
    body = {"organization": {"id": 12, "name": "Acme"}}
    path = "/organizations/create_or_update"
    assert (api.refused("POST", path, body) if status == 404 else api.post(path, body)).status == status


# --- finding


def test_lists_by_both_paginations():
    api = Api(users=1000)
    everything = sorted(api.state.organizations)
    first = api.get("/organizations?page[size]=15").body
    second = api.get(first["links"]["next"]).body
    listed = [one["id"] for one in first["organizations"] + second["organizations"]]
    assert (listed, second["meta"]["has_more"]) == (everything, False)
    page = api.get("/organizations?page=2&per_page=15").body
    assert ([one["id"] for one in page["organizations"]], page["count"]) == (everything[15:], 20)


def test_abilities_come_along(api):
    body = api.get("/organizations?include=abilities&page[size]=2").body
    assert [row["organization_id"] for row in body["abilities"]] == [one["id"] for one in body["organizations"]]
    assert body["abilities"][0]["can_edit"] is True
    made = organize(api)
    assert len(api.get(f"/organizations/{made['id']}?include=abilities").body["abilities"]) == 1
    assert "abilities" not in api.get("/organizations?include=users").body


def test_search_by_name_or_external_id(api):
    organize(api, name="Acme", external_id="Crm-1")
    organize(api, name="Acme Two")
    assert names(api.get("/organizations/search", name="aCME")) == ["Acme"]
    assert names(api.get("/organizations/search", external_id="crm-1")) == ["Acme"]
    assert names(api.get("/organizations/search", external_id="crm-2")) == []
    assert api.refused("GET", "/organizations/search").status == 400
    assert api.refused("GET", "/organizations/search?name=a&external_id=b").status == 400
    assert api.refused("GET", "/organizations/search?name=a&page[size]=1").status == 400


def test_search_lags():
    api = Api(search_lag=60.0)
    organize(api)
    assert names(api.get("/organizations/search", name="acme")) == []
    api.at += 60
    assert names(api.get("/organizations/search", name="acme")) == ["Acme"]


def test_autocomplete(api):
    for name in ("Acme", "ACME Two", "Not Acme"):
        organize(api, name=name)
    reply = api.get("/organizations/autocomplete", name="acm")
    assert (names(reply), reply.body["count"], reply.body["next_page"]) == (["Acme", "ACME Two"], 2, None)
    assert api.refused("GET", "/organizations/autocomplete").status == 400


def test_show_many(api):
    one, two = organize(api, name="One", external_id="E1"), organize(api, name="Two")
    assert names(api.get(f"/organizations/show_many?ids={two['id']},12,{one['id']},{one['id']}")) == ["One", "Two"]
    assert names(api.get("/organizations/show_many?external_ids=e1,e2")) == ["One"]
    assert api.refused("GET", "/organizations/show_many").status == 400
    assert api.refused("GET", f"/organizations/show_many?ids={','.join(['1'] * 101)}").status == 400


def test_counts(api):
    assert api.get("/organizations/count").body["count"] == {"value": 3, "refreshed_at": "2027-01-15T08:00:00Z"}
    assert api.get(f"/users/{CUSTOMER_ID}/organizations/count").body["count"]["value"] == 1
    assert api.get(f"/users/{UNVERIFIED_ID}/organizations/count").body["count"]["value"] == 0
    shown = api.get(f"/users/{CUSTOMER_ID}/organizations").body["organizations"]
    assert [one["id"] for one in shown] == api.state.users[CUSTOMER_ID].organization_ids


def test_related(api):
    organization_id = api.state.users[CUSTOMER_ID].organization_id
    api.state.add_ticket(CUSTOMER_ID)
    api.state.add_ticket(UNVERIFIED_ID)
    assert api.get(f"/organizations/{organization_id}/related").body == {
        "organization_related": {"tickets_count": 1, "users_count": 1}
    }


# --- deleting


def test_deleting_ends_everything_that_hangs_on_it(api):
    organization_id = api.state.users[CUSTOMER_ID].organization_id
    other = organize(api)
    api.post("/organization_memberships", {"organization_membership": {
        "user_id": CUSTOMER_ID, "organization_id": other["id"],
    }})
    ticket = api.state.add_ticket(CUSTOMER_ID)
    subscription = {"user_id": CUSTOMER_ID, "organization_id": organization_id}
    api.post("/organization_subscriptions", {"organization_subscription": subscription})
    api.at += HOUR
    reply = api.delete(f"/organizations/{organization_id}")
    assert (reply.status, reply.empty) == (204, True)
    user = api.get(f"/users/{CUSTOMER_ID}").body["user"]
    assert (user["organization_id"], user["updated_at"]) == (other["id"], "2027-01-15T09:00:00Z")
    rows = api.get(f"/users/{CUSTOMER_ID}/organization_memberships").body["organization_memberships"]
    assert [(row["organization_id"], row["default"]) for row in rows] == [(other["id"], True)]
    assert api.get("/organization_subscriptions").body["organization_subscriptions"] == []
    assert ticket.organization_id is None
    for path in ("", "/related", "/users", "/organization_memberships", "/subscriptions"):
        assert api.refused("GET", f"/organizations/{organization_id}{path}").status == 404
    assert api.refused("DELETE", f"/organizations/{organization_id}").status == 404


def test_names_of_deleted_organizations_are_free(api):
    made = organize(api, external_id="x")
    api.delete(f"/organizations/{made['id']}")
    assert names(api.get("/organizations/search", name="acme")) == []
    again = organize(api, external_id="X")
    assert again["id"] != made["id"]


# --- rights


def test_end_users_have_no_business_here(api):
    for method, path in (("GET", "/organizations"), ("POST", "/organizations"), ("GET", "/organizations/count")):
        assert api.refused(method, path, {}, who=CUSTOMER_ID).status == 403
    assert api.refused("GET", "/organizations", who=None).status == 401
    assert api.get("/organizations", who=AGENT_ID).status == 200


# --- what exports and searches see


def test_exports_see_the_last_change(api):
    made = organize(api)
    api.at += HOUR
    since = int(api.at) - 10
    api.put(f"/organizations/{made['id']}", {"organization": {"notes": "n"}})
    api.at += 120
    rows = api.get(f"/incremental/organizations?start_time={since}").body["organizations"]
    assert [row["id"] for row in rows] == [made["id"]]
    assert rows[0]["notes"] == "n"


def test_the_search_sees_new_names(api):
    made = organize(api)
    api.put(f"/organizations/{made['id']}", {"organization": {"name": "Quite Another"}})
    found = api.get("/search", query="type:organization another").body["results"]
    assert [row["id"] for row in found] == [made["id"]]
    assert api.get("/search", query="type:organization acme").body["results"] == []
