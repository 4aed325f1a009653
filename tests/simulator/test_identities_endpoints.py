import pytest
from endpoint_caller import BASE, Api

from zdasync.simulator.state import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID

PATH = f"/users/{CUSTOMER_ID}/identities"
OWN = f"/end_users/{CUSTOMER_ID}/identities"


@pytest.fixture
def api():
    return Api()


def add(api, value="b@x.example", path=PATH, **fields):
    return api.post(path, {"identity": {"type": "email", "value": value} | fields}).body["identity"]


def test_create_and_show(api):
    reply = api.post(PATH, {"identity": {"type": "email", "value": "B@X.example"}})
    identity = reply.body["identity"]
    assert reply.status == 201
    assert reply.headers["Location"] == identity["url"] == f"{BASE}/api/v2{PATH}/{identity['id']}.json"
    assert (identity["value"], identity["verified"], identity["primary"]) == ("b@x.example", False, False)
    assert identity["verification_method"] == "none"
    assert api.get(f"{PATH}/{identity['id']}").body == {"identity": identity}
    assert api.state.by_email("b@x.example").id == CUSTOMER_ID


def test_lists_by_type_and_page(api):
    add(api, type="twitter", value="bird")
    add(api)
    assert [row["type"] for row in api.get(PATH).body["identities"]] == ["email", "twitter", "email"]
    assert [row["type"] for row in api.get(f"{PATH}?type[]=twitter").body["identities"]] == ["twitter"]
    body = api.get(f"{PATH}?page[size]=2").body
    assert (len(body["identities"]), body["meta"]["has_more"]) == (2, True)
    assert len(api.get(body["links"]["next"]).body["identities"]) == 1


def test_invalid_identities(api):
    def refused(**fields):
        return api.refused("POST", PATH, {"identity": fields})

    assert refused(type="email", value="AGENT@example.com").body["details"]["email"][0]["error"] == "DuplicateValue"
    assert refused(type="email", value="customer@example.com").status == 422
    assert refused(type="email", value="x").status == 422
    assert refused(type="email").status == 422
    assert refused(type="pigeon", value="x").status == 422
    assert refused(type="twitter", value="x", verification_method="full").status == 400
    assert refused(type=["email"], value="x").status == 400
    assert api.refused("POST", PATH, {"type": "email"}).status == 400


def test_unknown_keys_are_named(api):
    reply = api.post(PATH, {"identity": {"type": "email", "value": "b@x.example", "primary": True}})
    assert "identity.primary" in reply.headers["X-Zendesk-API-Warn"]
    assert reply.body["identity"]["primary"] is False


def test_update_changes_value_and_flag(api):
    identity = add(api)
    path = f"{PATH}/{identity['id']}"
    changed = api.put(path, {"identity": {"value": "c@x.example", "verified": True}}).body["identity"]
    assert (changed["value"], changed["verified"], changed["verification_method"]) == ("c@x.example", True, "low")
    assert changed["verified_at"] is not None
    assert api.state.by_email("b@x.example") is None
    assert api.put(path, {"identity": {"verification_method": "none"}}).body["identity"]["verified"] is False
    assert api.refused("PUT", path, {"identity": {"value": "agent@example.com"}}).status == 422
    assert api.refused("PUT", path, {"identity": {"value": "customer@example.com"}}).status == 422
    assert api.put(path, {"identity": {"value": "C@x.example"}}).status == 200


def test_make_primary_answers_with_the_collection(api):
    identity = add(api)
    reply = api.put(f"{PATH}/{identity['id']}/make_primary")
    assert reply.status == 200
    assert [(row["value"], row["primary"]) for row in reply.body["identities"]] == [
        ("customer@example.com", False), ("b@x.example", True),
    ]
    assert api.get(f"/users/{CUSTOMER_ID}").body["user"]["email"] == "b@x.example"
    other = add(api, type="twitter", value="bird")
    assert api.refused("PUT", f"{PATH}/{other['id']}/make_primary").status == 422


def test_verify(api):
    identity = add(api)
    assert api.put(f"{PATH}/{identity['id']}/verify").body["identity"]["verified"] is True
    own = api.state.users[ADMIN_ID].identities[0]
    own.verified = False
    assert api.refused("PUT", f"/users/{ADMIN_ID}/identities/{own.id}/verify").status == 403
    assert api.refused("PUT", f"/users/{ADMIN_ID}/identities/{own.id}", {"identity": {"verified": True}}).status == 403


@pytest.mark.parametrize("joins", [True, False])
def test_verifying_joins_the_domains_organization(joins):
    api = Api(verify_joins_organization=joins)
    organization = next(iter(api.state.organizations.values()))
    identity = add(api, f"u@{organization.domain_names[0]}", path=f"/users/{UNVERIFIED_ID}/identities")
    api.put(f"/users/{UNVERIFIED_ID}/identities/{identity['id']}/verify")
    assert (api.state.users[UNVERIFIED_ID].organization_id == organization.id) == joins


def test_request_verification_shows_nothing(api):
    identity = add(api)
    reply = api.put(f"{PATH}/{identity['id']}/request_verification")
    assert (reply.status, reply.body) == (200, None)


def test_delete(api):
    identity = add(api)
    reply = api.delete(f"{PATH}/{identity['id']}")
    assert (reply.status, reply.empty) == (204, True)
    assert api.refused("GET", f"{PATH}/{identity['id']}").status == 404
    assert api.state.by_email("b@x.example") is None


def test_deleting_the_primary_address_promotes_the_next(api):
    add(api)
    primary = api.state.users[CUSTOMER_ID].primary_email.id
    api.delete(f"{PATH}/{primary}")
    assert api.emails(CUSTOMER_ID) == [("b@x.example", False, True)]
    strict = Api(promote_next_primary=False)
    primary = strict.state.users[CUSTOMER_ID].primary_email.id
    assert strict.refused("DELETE", f"{PATH}/{primary}").status == 422


def test_identities_of_others(api):
    identity = add(api)
    assert api.refused("GET", f"/users/{AGENT_ID}/identities/{identity['id']}").status == 404
    assert api.refused("GET", f"{PATH}/1").status == 404
    api.who = AGENT_ID
    assert api.get(f"/users/{ADMIN_ID}/identities").status == 200
    assert api.refused("POST", f"/users/{ADMIN_ID}/identities", {"identity": {}}).status == 403
    assert add(api, "z@x.example", path=f"/users/{AGENT_ID}/identities")["user_id"] == AGENT_ID


# --- the end users' variant


def test_end_users_see_mail_and_phone_of_their_own(api):
    add(api, type="twitter", value="bird")
    add(api, type="phone_number", value="+49 30 1")
    api.who = CUSTOMER_ID
    rows = api.get(OWN).body["identities"]
    assert [row["type"] for row in rows] == ["email", "phone_number"]
    assert rows[0]["url"] == f"{BASE}/api/v2{OWN}/{rows[0]['id']}.json"
    assert api.refused("GET", PATH).status == 403
    assert api.refused("GET", f"/end_users/{UNVERIFIED_ID}/identities").status == 403
    assert api.refused("GET", OWN, who=None).status == 401
    twitter = api.state.by_identity("twitter", "bird").identities[1].id
    assert api.refused("GET", f"{OWN}/{twitter}").status == 404


def test_end_users_make_only_verified_addresses_primary(api):
    api.who = CUSTOMER_ID
    identity = add(api, path=OWN, verified=True)
    assert identity["verified"] is False, "nobody verifies themselves"
    assert api.refused("POST", OWN, {"identity": {"type": "twitter", "value": "x"}}).status == 403
    assert api.refused("PUT", f"{OWN}/{identity['id']}/make_primary").status == 422
    api.put(f"{PATH}/{identity['id']}/verify", who=ADMIN_ID)
    assert api.put(f"{OWN}/{identity['id']}/make_primary").status == 200
    assert api.put(f"{OWN}/{identity['id']}/request_verification").body is None
    assert api.get(f"{OWN}/{identity['id']}").body["identity"]["primary"] is True
    assert api.delete(f"{OWN}/{identity['id']}").status == 204
