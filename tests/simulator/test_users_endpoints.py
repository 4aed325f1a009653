import pytest
from endpoint_caller import BASE, Api

from zdasync.simulator.refusals import forbidden
from zdasync.simulator.state import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID

FORBIDDEN = forbidden().reply.body
NOT_FOUND = {"error": "RecordNotFound", "description": "Not found"}
KEYS = (
    "id,url,name,email,created_at,updated_at,time_zone,iana_time_zone,phone,shared_phone_number,photo,locale_id,locale,"
    "organization_id,role,verified,external_id,tags,alias,active,shared,shared_agent,last_login_at,"
    "two_factor_auth_enabled,signature,details,notes,role_type,custom_role_id,moderator,ticket_restriction,"
    "only_private_comments,restricted_agent,suspended,default_group_id,report_csv,user_fields"
)


@pytest.fixture
def api():
    return Api()


def test_show_has_the_recorded_keys_in_their_order(api):
    user = api.get(f"/users/{CUSTOMER_ID}").body["user"]
    assert ",".join(user) == KEYS
    assert user["url"] == f"{BASE}/api/v2/users/{CUSTOMER_ID}.json"
    assert user["created_at"].endswith("Z")


def test_a_new_end_user_as_recorded(api):
    reply = api.post("/users", {"user": {"name": "Zoë Größe", "email": "Zoe@X.example"}})
    user = reply.body["user"]
    assert reply.status == 201
    assert reply.headers["Location"] == f"{BASE}/api/v2/users/{user['id']}.json"
    expected = {
        "email": "zoe@x.example", "role": "end-user", "ticket_restriction": "requested", "restricted_agent": True,
        "photo": None, "alias": None, "signature": None, "verified": False, "active": True, "tags": [],
    }
    assert {key: user[key] for key in expected} == expected
    assert set(user["user_fields"].values()) == {None}


def test_end_users_see_the_reduced_form(api):
    user = api.get("/users/me", who=CUSTOMER_ID).body["user"]
    assert user["url"] == f"{BASE}/api/v2/end_users/{CUSTOMER_ID}.json"
    assert "external_id" not in user
    assert "tags" not in user
    own = api.get(f"/end_users/{CUSTOMER_ID}", who=CUSTOMER_ID).body["user"]
    assert own == {key: value for key, value in user.items() if key != "authenticity_token"}
    assert api.refused("GET", f"/end_users/{UNVERIFIED_ID}", who=CUSTOMER_ID).status == 403


def test_end_users_see_a_verified_secondary_address(api):
    api.update(UNVERIFIED_ID, email="second@x.example", verified=True)
    assert api.get("/users/me", who=UNVERIFIED_ID).body["user"]["email"] == "second@x.example"
    assert api.get(f"/users/{UNVERIFIED_ID}").body["user"]["email"] == "unverified@example.com"


# --- rights


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/users"), ("GET", f"/users/{ADMIN_ID}"), ("POST", "/users"), ("PUT", f"/users/{CUSTOMER_ID}"),
     ("DELETE", f"/users/{CUSTOMER_ID}"), ("GET", "/users/search"), ("GET", "/job_statuses"),
     ("POST", "/users/create_many"), ("GET", "/deleted_users")],
)
def test_end_users_and_strangers_are_kept_out(api, method, path):
    refused = api.refused(method, path, {"user": {}}, who=CUSTOMER_ID)
    assert (refused.status, refused.body) == (403, FORBIDDEN)
    refused = api.refused(method, path, {"user": {}}, who=None)
    assert (refused.status, refused.body) == (401, {"error": "Couldn't authenticate you"})
    assert refused.headers["WWW-Authenticate"].startswith("Basic")


def test_agents_write_end_users_only(api):
    api.who = AGENT_ID
    assert api.update(CUSTOMER_ID, alias="C")["alias"] == "C"
    assert api.create(email="new@x.example")["role"] == "end-user"
    for body in ({"name": "x"}, {"role": "end-user"}):
        assert api.refused("PUT", f"/users/{ADMIN_ID}", {"user": body}).status == 403
    assert api.refused("PUT", f"/users/{CUSTOMER_ID}", {"user": {"role": "agent"}}).status == 403
    assert api.refused("POST", "/users", {"user": {"name": "x", "role": "admin"}}).status == 403
    assert api.refused("DELETE", f"/users/{ADMIN_ID}").status == 403
    assert api.refused("POST", "/users/create_or_update", {"user": {"name": "x", "email": "admin@example.com"}}).body \
        == FORBIDDEN
    for method, path in (("DELETE", "/users/destroy_many?ids=1"), ("POST", "/users/logout_many?ids=1")):
        assert api.refused(method, path).status == 403


def test_shared_users_are_read_only(api):
    api.state.users[CUSTOMER_ID].shared = True
    assert api.refused("PUT", f"/users/{CUSTOMER_ID}", {"user": {"name": "x"}}).body == FORBIDDEN


def test_the_owner_stays(api):
    assert api.refused("DELETE", f"/users/{ADMIN_ID}").status == 403
    assert api.refused("PUT", f"/users/{ADMIN_ID}", {"user": {"role": "end-user"}}).status == 422
    api.update(AGENT_ID, role="admin")
    api.who = AGENT_ID
    assert api.refused("DELETE", f"/users/{ADMIN_ID}").status == 403


@pytest.mark.parametrize(
    "path", ["/users/1", "/users/999999999999", "/users/x", "/users/9223372036854775807", "/users/" + "9" * 5000]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_unknown_ids(api, method, path):
    refused = api.refused(method, path, {"user": {"name": "x"}})
    assert (refused.status, refused.body) == (404, NOT_FOUND)


# --- create or update


def upsert(api, **fields):
    return api.post("/users/create_or_update", {"user": fields})


def test_upsert_creates_then_updates(api):
    first = upsert(api, name="A", email="a@x.example", external_id="Id-1")
    again = upsert(api, name="B", external_id="ID-1")
    assert (first.status, again.status) == (201, 200)
    assert "Location" in first.headers
    assert "Location" not in again.headers
    assert again.body["user"]["id"] == first.body["user"]["id"]
    assert again.body["user"]["external_id"] == "ID-1", "the case of the request is stored"
    assert again.body["user"]["name"] == "B"


@pytest.mark.parametrize(("choice", "new", "old"), [("created", True, False), ("always", True, True), ("never", 0, 0)])
def test_location_of_an_upsert(choice, new, old):
    api = Api(location_header_on_upsert=choice)
    headers = [upsert(api, name="A", email="a@x.example").headers for _ in range(2)]
    assert ["Location" in one for one in headers] == [new, old]


def test_upsert_matches_secondary_addresses_in_any_case(api):
    api.update(CUSTOMER_ID, email="other@x.example")
    reply = upsert(api, name="New name", email="OTHER@X.example")
    assert (reply.status, reply.body["user"]["id"]) == (200, CUSTOMER_ID)
    assert reply.body["user"]["email"] == "customer@example.com"


def test_upsert_by_external_id_adds_a_secondary_address(api):
    user = upsert(api, name="A", email="a@x.example", external_id="1").body["user"]
    reply = upsert(api, name="A", email="b@x.example", external_id="1")
    assert reply.body["user"]["id"] == user["id"]
    assert api.emails(user["id"]) == [("a@x.example", False, True), ("b@x.example", False, False)]


def test_upsert_by_address_sets_the_external_id(api):
    assert upsert(api, email="customer@example.com", external_id="E-1").body["user"]["external_id"] == "E-1"
    assert api.state.by_external_id("e-1").id == CUSTOMER_ID


def test_addresses_may_be_case_sensitive():
    api = Api(email_case_folding=False)
    one = upsert(api, name="A", email="a@x.example").body["user"]
    assert upsert(api, name="A", email="A@x.example").body["user"]["id"] != one["id"]


@pytest.mark.parametrize("choice", ["refuse", "email", "external_id"])
def test_two_names_of_two_profiles(choice):
    api = Api(both_keys_conflict=choice)
    by_email, by_id = api.create(email="a@x.example"), api.create(external_id="x")
    body = {"user": {"name": "M", "email": "a@x.example", "external_id": "x"}}
    refused = api.refused("POST", "/users/create_or_update", body)
    assert refused.status == 422
    codes = [problem["error"] for problems in refused.body["details"].values() for problem in problems]
    assert set(codes) == {"DuplicateValue"}
    field = {"refuse": "email", "email": "external_id", "external_id": "email"}[choice]
    assert set(refused.body["details"]) == {field}
    assert {api.get(f"/users/{one['id']}").body["user"]["name"] for one in (by_email, by_id)} == {"N"}


def test_upsert_after_a_merge(api):
    loser = api.create(email="lost@x.example")
    api.put(f"/users/{loser['id']}/merge", {"user": {"id": CUSTOMER_ID}})
    assert upsert(api, name="x", email="lost@x.example").body["user"]["id"] == CUSTOMER_ID
    strict = Api(merged_email_refused=True)
    loser = strict.create(email="lost@x.example")
    strict.put(f"/users/{loser['id']}/merge", {"user": {"id": CUSTOMER_ID}})
    refused = strict.refused("POST", "/users/create_or_update", {"user": {"name": "x", "email": "lost@x.example"}})
    assert refused.body["details"]["email"][0]["error"] == "DuplicateValue"


def test_a_refused_write_changes_nothing(api):
    before = api.get(f"/users/{CUSTOMER_ID}").body, len(api.state.users), len(api.state.identities)
    bad = {"name": "Other", "email": "fresh@x.example", "tags": ["x"], "external_id": "y", "organization_id": 1}
    assert api.refused("PUT", f"/users/{CUSTOMER_ID}", {"user": bad}).status == 422
    assert api.refused("POST", "/users", {"user": bad}).status == 422
    assert (api.get(f"/users/{CUSTOMER_ID}").body, len(api.state.users), len(api.state.identities)) == before


# --- merge, delete, related


def test_merge(api):
    loser = api.create(email="l@x.example", external_id="L", tags=["l"], user_fields={"tier": "gold"}, phone="+491")
    api.state.add_ticket(loser["id"])
    reply = api.put(f"/users/{loser['id']}/merge", {"user": {"id": CUSTOMER_ID}})
    winner = reply.body["user"]
    assert (reply.status, winner["id"], winner["email"]) == (200, CUSTOMER_ID, "customer@example.com")
    assert (winner["external_id"], winner["tags"], winner["phone"]) == ("L", ["l"], "+491")
    assert winner["user_fields"]["tier"] == "gold"
    assert ("l@x.example", False, False) in api.emails(CUSTOMER_ID)
    assert api.get(f"/users/{CUSTOMER_ID}/related").body["user_related"]["requested_tickets"] == 1
    assert api.get(f"/users/{loser['id']}").body["user"]["active"] is False


def test_merges_that_are_refused(api):
    def refused(loser, winner):
        return api.refused("PUT", f"/users/{loser}/merge", {"user": {"id": winner}}).status

    other = api.create()["id"]
    assert refused(CUSTOMER_ID, 12) == refused(12, CUSTOMER_ID) == 404
    assert refused(CUSTOMER_ID, AGENT_ID) == refused(AGENT_ID, CUSTOMER_ID) == 422
    assert refused(CUSTOMER_ID, CUSTOMER_ID) == 422
    for _ in range(10_001):
        api.state.add_ticket(CUSTOMER_ID, status="closed")
    assert refused(CUSTOMER_ID, other) == 422
    assert api.put(f"/users/{other}/merge", {"user": {"id": CUSTOMER_ID}}).status == 200


def test_delete_is_soft_and_answers_with_the_user(api):
    user = api.create(email="gone@x.example", external_id="gone")
    reply = api.delete(f"/users/{user['id']}")
    assert (reply.status, reply.body["user"]["active"], reply.body["user"]["email"]) == (200, False, "gone@x.example")
    assert api.get(f"/users/{user['id']}").body["user"]["active"] is False
    assert api.refused("PUT", f"/users/{user['id']}", {"user": {"name": "x"}}).status == 404
    assert api.get(f"/users/show_many?ids={user['id']}").body["users"] == []
    assert upsert(api, name="x", email="gone@x.example", external_id="gone").status == 201


def test_deleted_users_may_be_hidden():
    api = Api(show_deleted_users=False)
    user = api.create()
    api.delete(f"/users/{user['id']}")
    assert api.refused("GET", f"/users/{user['id']}").status == 404


def test_requesters_of_open_tickets():
    api = Api()
    api.state.add_ticket(CUSTOMER_ID)
    api.state.add_ticket(CUSTOMER_ID, status="closed")
    refused = api.refused("DELETE", f"/users/{CUSTOMER_ID}")
    assert refused.status == 422
    text = refused.body["details"]["base"][0]["description"]
    assert text == "User is requester on 1 ticket(s) that are not closed."
    lenient = Api(delete_with_open_tickets="allow")
    lenient.state.add_ticket(CUSTOMER_ID)
    assert lenient.delete(f"/users/{CUSTOMER_ID}").status == 200


def test_related(api):
    api.state.add_ticket(CUSTOMER_ID, assignee_id=AGENT_ID, collaborator_ids=(UNVERIFIED_ID,))
    for number in (1, 2):
        api.state.directory.subscribe(number, CUSTOMER_ID, 1, api.at)
    assert api.get(f"/users/{CUSTOMER_ID}/related").body == {
        "user_related": {
            "assigned_tickets": 0, "requested_tickets": 1, "ccd_tickets": 0, "organization_subscriptions": 2,
        }
    }
    assert api.get(f"/users/{AGENT_ID}/related").body["user_related"]["assigned_tickets"] == 1
    assert api.get(f"/users/{UNVERIFIED_ID}/related").body["user_related"]["ccd_tickets"] == 1


def test_request_create(api):
    reply = api.post("/users/request_create", {"user": {"name": "R", "email": "r@x.example"}}, who=AGENT_ID)
    assert (reply.status, reply.body) == (200, None)
    assert api.state.by_email("r@x.example") is None
