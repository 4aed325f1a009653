import pytest
from endpoint_caller import BASE, Api

from zdasync.simulator.state import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID


@pytest.fixture
def api():
    api = Api()
    api.delete(f"/users/{CUSTOMER_ID}")
    api.delete(f"/users/{UNVERIFIED_ID}")
    return api


def test_deleted_users_are_listed(api):
    body = api.get("/deleted_users").body
    assert [user["id"] for user in body["deleted_users"]] == [CUSTOMER_ID, UNVERIFIED_ID]
    user = body["deleted_users"][0]
    assert (user["active"], user["email"]) == (False, "customer@example.com")
    assert user["url"] == f"{BASE}/api/v2/deleted_users/{CUSTOMER_ID}.json"
    assert "tags" not in user
    assert api.get("/deleted_users?page[size]=1").body["meta"]["has_more"]
    assert api.get("/deleted_users/count").body["count"]["value"] == 2
    assert api.get(f"/deleted_users/{CUSTOMER_ID}").body == {"deleted_user": user}


def test_permanent_deletion(api):
    reply = api.delete(f"/deleted_users/{CUSTOMER_ID}")
    assert (reply.status, reply.body["deleted_user"]["id"]) == (200, CUSTOMER_ID)
    for method in ("GET", "DELETE"):
        assert api.refused(method, f"/deleted_users/{CUSTOMER_ID}").status == 404
    assert api.refused("GET", f"/users/{CUSTOMER_ID}").status == 404
    rows = {user["id"]: user for user in api.get("/deleted_users").body["deleted_users"]}
    erased = rows[CUSTOMER_ID]
    assert (erased["name"], erased["email"], erased["phone"]) == ("Permanently Deleted User", None, None)
    assert rows[UNVERIFIED_ID]["email"] == "unverified@example.com"
    assert api.get("/deleted_users/count").body["count"]["value"] == 2


def test_only_what_is_deleted_can_be_erased(api):
    assert api.refused("DELETE", f"/deleted_users/{AGENT_ID}").status == 404
    assert api.refused("GET", f"/deleted_users/{AGENT_ID}").status == 404
    api.delete(f"/users/{api.create(role='agent')['id']}")
    agent = api.state.deleted_ids[-1]
    assert api.refused("DELETE", f"/deleted_users/{agent}", who=AGENT_ID).status == 403
    assert api.delete(f"/deleted_users/{CUSTOMER_ID}", who=AGENT_ID).status == 200


def test_compliance_goes_step_by_step(api):
    path = f"/users/{CUSTOMER_ID}/compliance_deletion_statuses"
    assert api.get(path).body["compliance_deletion_statuses"] == []
    api.delete(f"/deleted_users/{CUSTOMER_ID}")
    (row,) = api.get(path).body["compliance_deletion_statuses"]
    assert (row["action"], row["application"], row["executer_id"]) == ("request_deletion", "all", ADMIN_ID)
    assert (row["account_subdomain"], row["user_id"]) == ("example", CUSTOMER_ID)
    api.at += 60
    rows = api.get(f"{path}?application=chat").body["compliance_deletion_statuses"]
    assert [(row["action"], row["executer_id"]) for row in rows] == [("started", None)]
    api.at += 60
    rows = api.get(path).body["compliance_deletion_statuses"]
    assert [row["action"] for row in rows] == ["request_deletion"] + ["started"] * 3 + ["complete"] * 3
    page = api.get(f"{path}?page[size]=5").body
    assert len(api.get(page["links"]["next"]).body["compliance_deletion_statuses"]) == 2
    assert api.refused("GET", "/users/1/compliance_deletion_statuses").body["error"] == "RecordNotFound"
