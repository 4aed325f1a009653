import pytest
from endpoint_caller import BASE, Api

from zdasync.simulator.state import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID


@pytest.fixture
def api():
    return Api()


def many(count, **fields):
    return {"users": [{"name": f"U{index}", "email": f"u{index}@x.example"} | fields for index in range(count)]}


def show(api, job):
    return api.get(f"/job_statuses/{job.body['job_status']['id']}").body["job_status"]


# --- the life of a job


def test_a_job_as_recorded(api):
    job = api.post("/users/create_many", many(100))
    submitted = job.body["job_status"]
    assert job.status == 200
    assert submitted == {
        "id": submitted["id"], "url": f"{BASE}/api/v2/job_statuses/{submitted['id']}.json",
        "job_type": "Bulk Create User", "status": "queued", "total": 100, "progress": None, "message": None,
        "results": None,
    }
    assert submitted["id"].startswith("V3-")
    assert job.headers["zendesk-ratelimit-inflight-jobs"] == "total=30; remaining=29; resets=60"
    assert len(api.state.users) == 4, "nothing has happened yet"
    api.at += 1.5
    working = show(api, job)
    assert (working["status"], working["results"]) == ("working", None)
    assert 0 < working["progress"] < 100
    assert working["message"] == f"Creating User #{working['progress']}"
    assert len(api.state.users) == 4 + working["progress"], "rows are applied one by one"
    api.at += 2.0
    done = show(api, job)
    assert (done["status"], done["progress"], len(done["results"])) == ("completed", 100, 100)
    assert done["message"].startswith("Completed at 2027-01-15 08:00:0")
    assert done["message"].endswith(" +0000")


@pytest.mark.parametrize("path", ["/users", "/users/count", f"/users/{CUSTOMER_ID}", "/users/me"])
def test_any_request_sees_the_rows_that_are_due(api, path):
    api.post("/users/create_many", many(2))
    api.at += 10
    api.get(path)
    assert len(api.state.users) == 6


def test_created_rows(api):
    rows = api.finish(api.post("/users/create_many", many(2)))
    assert rows == [{"id": api.state.by_email(f"u{index}@x.example").id, "status": "Created"} for index in range(2)]


def test_upserted_rows(api):
    body = {"users": [
        {"name": "New", "external_id": "n1"},
        {"name": "Renamed", "email": "CUSTOMER@example.com"},
        {"name": "Again", "external_id": "N1"},
    ]}
    rows = api.finish(api.post("/users/create_or_update_many", body))
    new = api.state.by_external_id("n1").id
    assert rows == [
        {"id": new, "status": "Created", "external_id": "n1"},
        {"action": "update", "id": CUSTOMER_ID, "status": "Updated", "success": True},
        {"action": "update", "id": new, "status": "Updated", "success": True, "external_id": "N1"},
    ]
    assert api.state.users[new].external_id == "N1"
    assert api.state.users[CUSTOMER_ID].name == "Renamed"


def test_echo_of_external_ids_is_a_setting():
    api = Api(job_rows_echo_external_id=False)
    rows = api.finish(api.post("/users/create_or_update_many", {"users": [{"name": "New", "external_id": "n1"}]}))
    assert set(rows[0]) == {"id", "status"}


def test_failed_rows(api):
    body = {"users": [
        {"name": "Fine", "email": "fine@x.example"},
        {"name": "", "email": "nameless@x.example"},
        {"name": "Taken", "email": "admin@example.com"},
    ]}
    job = api.post("/users/create_many", body)
    rows = api.finish(job)
    assert rows[1] == {
        "index": 1, "error": "UserCreateFailed", "details": "Name: is too short (minimum is 1 characters)",
    }
    assert rows[2]["details"] == "Email: admin@example.com is already being used by another user"
    assert rows[0]["status"] == "Created"
    assert show(api, job)["status"] == "completed"


def test_failed_upserts_name_their_row(api):
    body = {"users": [{"external_id": "e-9", "email": "broken"}]}
    rows = api.finish(api.post("/users/create_or_update_many", body))
    assert rows[0]["external_id"] == "e-9"
    assert "Email: broken is not properly formatted" in rows[0]["details"]


def test_bulk_update(api):
    job = api.put(f"/users/update_many?ids={CUSTOMER_ID},{UNVERIFIED_ID},12", {"user": {"notes": "all"}})
    assert job.body["job_status"]["job_type"] == "Bulk Update User"
    rows = api.finish(job)
    assert rows[:2] == [
        {"action": "update", "id": user_id, "status": "Updated", "success": True}
        for user_id in (CUSTOMER_ID, UNVERIFIED_ID)
    ]
    assert rows[2] == {"index": 2, "error": "UserUpdateFailed", "details": "Not found", "id": 12}
    assert {api.state.users[user_id].notes for user_id in (CUSTOMER_ID, UNVERIFIED_ID)} == {"all"}


def test_bulk_update_by_external_ids(api):
    api.update(CUSTOMER_ID, external_id="E1")
    rows = api.finish(api.put("/users/update_many?external_ids=e1,e2", {"user": {"alias": "x"}}))
    assert rows[0]["id"] == CUSTOMER_ID
    assert rows[1]["external_id"] == "e2"


def test_batch_update(api):
    api.update(UNVERIFIED_ID, external_id="E1")
    body = {"users": [{"id": CUSTOMER_ID, "name": "One", "external_id": "C9"}, {"external_id": "e1", "verified": True},
                      {"name": "nobody"}]}
    rows = api.finish(api.put("/users/update_many", body))
    assert [row.get("id") for row in rows[:2]] == [CUSTOMER_ID, UNVERIFIED_ID]
    assert rows[2]["error"] == "UserUpdateFailed"
    assert (api.state.users[CUSTOMER_ID].name, api.state.users[CUSTOMER_ID].external_id) == ("One", "C9")
    assert api.state.users[UNVERIFIED_ID].verified
    assert api.state.users[UNVERIFIED_ID].external_id == "E1"


def test_agents_update_end_users_only_in_bulk_too(api):
    job = api.put(f"/users/update_many?ids={CUSTOMER_ID},{ADMIN_ID}", {"user": {"alias": "x"}}, who=AGENT_ID)
    rows = api.finish(job)
    assert rows[0]["success"]
    assert rows[1]["error"] == "UserUpdateFailed"
    assert api.state.users[ADMIN_ID].alias is None


def test_destroy_many(api):
    api.update(UNVERIFIED_ID, external_id="E1")
    job = api.delete(f"/users/destroy_many?ids={CUSTOMER_ID},{ADMIN_ID},{CUSTOMER_ID}")
    rows = api.finish(job)
    assert rows[0] == {"action": "delete", "id": CUSTOMER_ID, "status": "Deleted", "success": True}
    assert [row["error"] for row in rows[1:]] == ["UserDestroyFailed"] * 2
    assert api.finish(api.delete("/users/destroy_many?external_ids=e1"))[0]["id"] == UNVERIFIED_ID
    assert api.refused("DELETE", "/users/destroy_many").status == 400


# --- what is refused at once


@pytest.mark.parametrize("path", ["/users/create_many", "/users/create_or_update_many"])
def test_imports_may_be_disabled(path):
    refused = Api(bulk_imports_enabled=False).refused("POST", path, many(1))
    assert (refused.status, refused.body) == (403, {"error": "Forbidden", "message": "Data imports are not enabled"})


def test_at_most_100_rows(api):
    for path in ("/users/create_many", "/users/create_or_update_many"):
        refused = api.refused("POST", path, many(101))
        assert refused.status == 400
        assert refused.body == {"error": "TooManyValues", "description": "Maximum 100 users may be created per call"}
    assert api.refused("PUT", "/users/update_many", many(101)).body["error"] == "TooManyValues"
    ids = ",".join(map(str, range(101)))
    for method, path in (("PUT", "update_many"), ("DELETE", "destroy_many"), ("POST", "logout_many")):
        refused = api.refused(method, f"/users/{path}?ids={ids}", {"user": {}})
        assert (refused.status, refused.body["max_count"]) == (400, 100)


@pytest.mark.parametrize("body", [None, {}, {"users": {}}, {"users": ["x"]}, {"users": [{"name": "x", "tags": "a"}]}])
def test_bodies_that_are_none(api, body):
    refused = api.refused("POST", "/users/create_many", body)
    assert (refused.status, refused.body["error"]["title"]) == (400, "Invalid attribute")
    assert not api.state.jobs.jobs


def test_dropped_keys_of_rows_are_named_once(api):
    reply = api.post("/users/create_many", {"users": [{"name": "a", "x": 1}, {"name": "b", "x": 1}], "more": 1})
    assert ':unpermitted_keys=>["users.x", "more"]' in reply.headers["X-Zendesk-API-Warn"]


@pytest.mark.parametrize("status", [429, 400, 503])
def test_the_cap_on_jobs(status):
    api = Api(too_many_jobs_status=status)
    jobs = [api.post("/users/create_many", many(1)).body["job_status"]["id"] for _ in range(30)]
    refused = api.refused("PUT", f"/users/update_many?ids={CUSTOMER_ID}", {"user": {"alias": "x"}})
    assert refused.status == status
    assert refused.body == {
        "error": "TooManyJobs",
        "description": "Too many UserBulkUpdateJobV2 jobs are currently queued or running. Try again later.",
        "current_job_ids": jobs,
    }
    assert refused.headers["zendesk-ratelimit-inflight-jobs"] == "total=30; remaining=0; resets=60"
    api.at += 10
    assert api.post("/users/create_many", many(1)).status == 200


# --- job statuses


def test_jobs_are_kept_for_a_day(api):
    job = api.post("/users/create_many", many(1))
    job_id = job.body["job_status"]["id"]
    api.at += 86_399
    assert show(api, job)["status"] == "completed"
    api.at += 1
    refused = api.refused("GET", f"/job_statuses/{job_id}")
    assert (refused.status, refused.body["error"]) == (404, "RecordNotFound")
    assert api.get("/job_statuses").body["job_statuses"] == []
    assert api.get(f"/job_statuses/show_many?ids={job_id}").body["job_statuses"] == []


def test_show_may_forget_what_the_others_still_show():
    api = Api(job_show_forgets_after=200)
    first = api.post("/users/create_or_update_many", many(100)).body["job_status"]["id"]
    for _ in range(2):
        assert api.get(f"/job_statuses/{first}").status == 200
        api.post("/users/create_or_update_many", many(100))
    assert api.refused("GET", f"/job_statuses/{first}").status == 404
    assert api.get(f"/job_statuses/show_many?ids={first}").body["job_statuses"][0]["id"] == first
    assert first in [job["id"] for job in api.get("/job_statuses").body["job_statuses"]]


def test_the_list_is_the_latest_first_and_at_most_100(api):
    ids = []
    for _ in range(105):
        ids.append(api.post("/users/create_or_update_many", many(1)).body["job_status"]["id"])
        api.at += 10
    last = api.post("/users/create_or_update_many", many(1)).body["job_status"]["id"]
    first = api.get("/job_statuses?page[size]=60").body
    second = api.get(first["links"]["next"]).body
    listed = [job["id"] for job in first["job_statuses"] + second["job_statuses"]]
    assert listed == [last, *ids[:-100:-1]]
    assert not second["meta"]["has_more"]
    assert "count" not in first


def test_show_many_jobs(api):
    jobs = [api.post("/users/create_many", many(1)).body["job_status"]["id"] for _ in range(2)]
    body = api.get(f"/job_statuses/show_many?ids={jobs[1]},nonsense,{jobs[0]}", who=AGENT_ID).body
    assert [job["id"] for job in body["job_statuses"]] == [jobs[1], jobs[0]]
    assert api.refused("GET", "/job_statuses/show_many").status == 400
    assert api.refused("GET", f"/job_statuses/show_many?ids={','.join('x' * 101)}").status == 400


def test_job_types_came_in_2024():
    job = Api(job_type_shown=False).post("/users/create_many", many(1))
    assert "job_type" not in job.body["job_status"]


def test_rows_out_of_order():
    api = Api(rows_in_order=False)
    rows = api.finish(api.post("/users/create_many", many(50)))
    assert [row["id"] for row in rows] != sorted(row["id"] for row in rows)
    assert len({row["id"] for row in rows}) == 50


def test_logout_many(api):
    reply = api.post(f"/users/logout_many?ids={CUSTOMER_ID},12,x")
    assert (reply.status, reply.body) == (202, None)
    assert CUSTOMER_ID not in {session.user_id for session in api.state.sessions.values()}
    assert api.refused("POST", "/users/logout_many").status == 400
