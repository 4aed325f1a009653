import pytest
from endpoint_caller import BASE, Api

from zdasync.simulator.state import AGENT_ID, CUSTOMER_ID


@pytest.fixture
def api():
    return Api()


def organize(api, **fields):
    return api.post("/organizations", {"organization": {"name": "Acme"} | fields}).body["organization"]


def show(api, organization_id):
    return api.get(f"/organizations/{organization_id}").body["organization"]


# --- jobs


def many(count):
    return {"organizations": [{"name": f"O{index}", "external_id": f"e{index}"} for index in range(count)]}


def test_created_rows_as_recorded(api):
    job = api.post("/organizations/create_many", many(2))
    submitted = job.body["job_status"]
    assert (submitted["job_type"], submitted["status"], submitted["results"]) == (
        "Bulk Create Organization", "queued", None,
    )
    api.at += 0.53
    assert api.get(f"/job_statuses/{submitted['id']}").body["job_status"]["message"] == "Creating organization #1"
    rows = api.finish(job)
    assert [set(row) for row in rows] == [{"id", "status"}] * 2
    assert [show(api, row["id"])["name"] for row in rows] == ["O0", "O1"]


def test_rows_that_fail_as_recorded(api):
    organize(api, name="Taken")
    rows = api.finish(api.post("/organizations/create_many", many(3)))
    ids = [row["id"] for row in rows]
    body = {"organizations": [
        {"id": ids[0], "notes": "fine"}, {"id": ids[1], "name": "TAKEN"}, {"external_id": "E2", "notes": "by name"},
        {"id": 12, "notes": "nobody"}, {"notes": "whose?"},
    ]}
    job = api.put("/organizations/update_many", body)
    assert job.body["job_status"]["job_type"] == "Bulk Update Organization"
    done = api.finish(job)
    assert done[0] == {"action": "update", "id": ids[0], "status": "Updated", "success": True}
    assert done[1] == {
        "index": 1, "error": "OrganizationUpdateFailed", "id": ids[1],
        "details": "Name: TAKEN has already been taken",
    }
    assert (done[2]["id"], show(api, ids[2])["notes"], show(api, ids[2])["external_id"]) == (ids[2], "by name", "e2")
    assert [(row["error"], row["details"]) for row in done[3:]] == [("OrganizationUpdateFailed", "Not found")] * 2


@pytest.mark.parametrize("named", ["ids", "external_ids"])
def test_one_change_for_many(api, named):
    rows = api.finish(api.post("/organizations/create_many", many(2)))
    listed = ",".join([str(row["id"]) for row in rows] if named == "ids" else ["E0", "e1"])
    path = f"/organizations/update_many?{named}={listed}"
    done = api.finish(api.put(path, {"organization": {"tags": ["x"], "what": 1}}))
    assert [row["id"] for row in done] == [row["id"] for row in rows]
    assert [show(api, row["id"])["tags"] for row in rows] == [["x"], ["x"]]


def test_destroyed_rows(api):
    rows = api.finish(api.post("/organizations/create_many", many(2)))
    job = api.delete(f"/organizations/destroy_many?ids={rows[0]['id']},12")
    assert job.body["job_status"]["job_type"] == "Bulk Delete Organization"
    assert api.finish(job) == [
        {"action": "delete", "id": rows[0]["id"], "status": "Deleted", "success": True},
        {"index": 1, "error": "OrganizationDestroyFailed", "details": "Not found", "id": 12},
    ]
    assert api.finish(api.delete("/organizations/destroy_many?external_ids=e1"))[0]["id"] == rows[1]["id"]
    assert len(api.state.organizations) == 3
    assert api.refused("DELETE", "/organizations/destroy_many").status == 400


@pytest.mark.parametrize(("method", "path"), [("POST", "create_many"), ("PUT", "update_many")])
def test_a_hundred_rows_and_no_more(api, method, path):
    refused = api.refused(method, f"/organizations/{path}", many(101))
    assert (refused.status, refused.body) == (400, {
        "error": "TooManyValues", "description": "Parameter  cannot specify more than 100 values", "max_count": 100,
    })


# --- merges


def test_a_merge_takes_its_time(api):
    loser_id = api.state.users[CUSTOMER_ID].organization_id
    api.put(f"/organizations/{loser_id}", {"organization": {"domain_names": ["lost.example"], "notes": "lost"}})
    winner = organize(api, domain_names=["acme.example"])
    ticket = api.state.add_ticket(CUSTOMER_ID)
    path = f"/organizations/{loser_id}/merge"
    merge = api.post(path, {"organization_merge": {"winner_id": winner["id"]}})
    started = merge.body["organization_merge"]
    assert merge.status == 200
    assert started == {
        "id": started["id"], "url": f"{BASE}/api/v2/organization_merges/{started['id']}.json", "loser_id": loser_id,
        "winner_id": winner["id"], "status": "new",
    }
    assert len(started["id"]) == 26

    def status():
        return api.get(f"/organization_merges/{started['id']}").body["organization_merge"]["status"]

    assert status() == "new"
    api.at += 2
    assert status() == "in_progress"
    assert api.get(f"/users/{CUSTOMER_ID}").body["user"]["organization_id"] == loser_id, "nothing has moved yet"
    api.at += 2
    assert api.get(f"/users/{CUSTOMER_ID}").body["user"]["organization_id"] == winner["id"]
    assert status() == "complete"
    assert ticket.organization_id == winner["id"]
    after = show(api, winner["id"])
    assert (after["domain_names"], after["notes"]) == (["acme.example", "lost.example"], None)
    assert api.refused("GET", f"/organizations/{loser_id}").status == 404
    assert api.get(f"/organizations/{winner['id']}/merges").body["organization_merges"][0]["id"] == started["id"]
    assert api.get(f"/organizations/{winner['id']}/related").body["organization_related"]["users_count"] == 1


def test_who_belongs_to_both_belongs_to_the_winner_once(api):
    loser_id = api.state.users[CUSTOMER_ID].organization_id
    winner = organize(api)
    api.state.set_organizations(api.state.users[CUSTOMER_ID], [winner["id"], loser_id])
    api.post(f"/organizations/{loser_id}/merge", {"organization_merge": {"winner_id": winner["id"]}})
    api.at += 10
    assert [one["id"] for one in api.get(f"/users/{CUSTOMER_ID}/organizations").body["organizations"]] == [winner["id"]]


def test_a_merge_fails_when_one_of_the_two_is_gone(api):
    loser, winner = organize(api, name="Loser"), organize(api, name="Winner")
    merge = api.post(f"/organizations/{loser['id']}/merge", {"organization_merge": {"winner_id": winner["id"]}})
    api.delete(f"/organizations/{winner['id']}")
    api.at += 10
    path = f"/organization_merges/{merge.body['organization_merge']['id']}"
    assert api.get(path).body["organization_merge"]["status"] == "error"
    assert show(api, loser["id"])["name"] == "Loser"


def test_what_can_not_be_merged(api):
    made = organize(api)
    path = f"/organizations/{made['id']}/merge"
    assert api.refused("POST", path, {"organization_merge": {"winner_id": made["id"]}}).status == 422
    assert api.refused("POST", path, {"organization_merge": {"winner_id": 12}}).status == 404
    assert api.refused("POST", path, {}).status == 400
    assert api.refused("GET", "/organization_merges/01HP").status == 404
    assert api.refused("POST", path, {"organization_merge": {"winner_id": 1}}, who=AGENT_ID).status == 403


def test_merges_are_listed_in_their_order(api):
    winner = organize(api)
    ids = []
    for number in range(3):
        loser = organize(api, name=f"L{number}")
        body = {"organization_merge": {"winner_id": winner["id"]}}
        ids.append(api.post(f"/organizations/{loser['id']}/merge", body).body["organization_merge"]["id"])
        api.at += 1
    first = api.get(f"/organizations/{winner['id']}/merges?page[size]=2").body
    second = api.get(first["links"]["next"]).body
    assert [one["id"] for one in first["organization_merges"] + second["organization_merges"]] == ids
