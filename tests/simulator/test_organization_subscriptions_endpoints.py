import pytest
from endpoint_caller import Api

from zdasync.simulator.state import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID


@pytest.fixture
def api():
    return Api()


def organize(api, **fields):
    return api.post("/organizations", {"organization": {"name": "Acme"} | fields}).body["organization"]


def subscribe(api, user_id, organization_id, **options):
    body = {"organization_subscription": {"user_id": user_id, "organization_id": organization_id}}
    return api.post("/organization_subscriptions", body, **options)


def test_subscriptions(api):
    one, two = organize(api, name="One"), organize(api, name="Two")
    reply = subscribe(api, AGENT_ID, one["id"])
    shown = reply.body["organization_subscription"]
    assert reply.status == 200
    assert shown == {
        "id": shown["id"], "user_id": AGENT_ID, "organization_id": one["id"], "created_at": "2027-01-15T08:00:00Z",
    }
    other = subscribe(api, ADMIN_ID, two["id"]).body["organization_subscription"]
    key = "organization_subscriptions"
    assert [row["id"] for row in api.get(f"/{key}").body[key]] == [shown["id"], other["id"]]
    assert api.get(f"/users/{AGENT_ID}/{key}").body[key] == [shown]
    assert api.get(f"/organizations/{two['id']}/subscriptions").body[key] == [other]
    assert api.get(f"/{key}/{shown['id']}").body["organization_subscription"] == shown
    assert api.get(f"/users/{AGENT_ID}/related").body["user_related"]["organization_subscriptions"] == 1
    assert api.delete(f"/{key}/{shown['id']}").status == 204
    assert api.refused("DELETE", f"/{key}/{shown['id']}").status == 404
    assert api.get(f"/users/{AGENT_ID}/{key}").body[key] == []


def test_subscriptions_that_are_none(api):
    made = organize(api)
    subscribe(api, AGENT_ID, made["id"])
    for user_id, organization_id, field in (
        (AGENT_ID, made["id"], "user_id"), (12, made["id"], "user_id"), (AGENT_ID, 12, "organization_id"),
    ):
        body = {"organization_subscription": {"user_id": user_id, "organization_id": organization_id}}
        refused = api.refused("POST", "/organization_subscriptions", body)
        assert (refused.status, list(refused.body["details"])) == (422, [field])


def test_end_users_subscribe_themselves_where_tickets_are_shared(api):
    organization_id = api.state.users[CUSTOMER_ID].organization_id
    body = {"organization_subscription": {"user_id": CUSTOMER_ID, "organization_id": organization_id}}
    path = "/organization_subscriptions"
    assert api.refused("POST", path, body, who=CUSTOMER_ID).status == 403
    api.put(f"/organizations/{organization_id}", {"organization": {"shared_tickets": True}})
    mine = subscribe(api, CUSTOMER_ID, organization_id, who=CUSTOMER_ID).body["organization_subscription"]
    body["organization_subscription"]["user_id"] = UNVERIFIED_ID
    assert api.refused("POST", path, body, who=CUSTOMER_ID).status == 403
    other = subscribe(api, AGENT_ID, organization_id).body["organization_subscription"]
    assert api.get(path, who=CUSTOMER_ID).body["organization_subscriptions"] == [mine]
    assert api.refused("GET", f"{path}/{other['id']}", who=CUSTOMER_ID).status == 404
    assert api.refused("GET", f"/users/{AGENT_ID}{path}", who=CUSTOMER_ID).status == 403
