"""Incremental exports: order, seams between pages, cursors, what is too new, who may."""

import base64

import pytest
from endpoint_caller import BASE, START, Api

from zdasync.simulator.state import AGENT_ID, CUSTOMER_ID, User

LONG_AGO = int(START) - 3 * 365 * 86_400
USERS = "/incremental/users"
CURSOR = "/incremental/users/cursor"


@pytest.fixture
def api():
    return Api(users=246)


def changed(api, *ages):
    """Profiles that changed so many seconds ago, in the order of their ids."""
    made = []
    for age in ages:
        at = START - age
        made.append(api.state.add_user(User(api.state.next_id(), "N", at, at)).id)
    return made


def places(api):
    """Where every profile stands: second of the last change, id."""
    return sorted((int(user.updated_at), user.id) for user in api.state.users.values())


def ids(body):
    return [user["id"] for user in body["users"]]


def by_time(api, first):
    return followed(api, first, "next_page")


def by_cursor(api, first):
    return followed(api, first, "after_url")


def followed(api, url, link):
    """All pages of a stream, which must end."""
    bodies = [api.get(url).body]
    while not bodies[-1]["end_of_stream"]:
        assert len(bodies) < 20, "the stream goes on for ever"
        bodies.append(api.get(bodies[-1][link]).body)
    return bodies


# --- by time


def test_by_time_everything_comes_in_the_order_of_its_changes(api):
    bodies = by_time(api, f"{USERS}?start_time={LONG_AGO}&per_page=100")
    assert [body["count"] for body in bodies] == [len(body["users"]) for body in bodies]
    assert [user_id for body in bodies for user_id in ids(body)] == [user_id for _, user_id in places(api)]
    assert [body["end_of_stream"] for body in bodies] == [False] * (len(bodies) - 1) + [True]


def test_by_time_a_page_goes_on_to_the_end_of_its_last_second(api):
    made = changed(api, 500.25, 500.75, 500.5, 400, 300)
    body = api.get(f"{USERS}?start_time={int(START) - 501}&per_page=1").body
    assert ids(body) == made[:3]
    assert body["count"] == 3
    assert body["end_time"] == int(START) - 501 + 1
    assert body["next_page"] == f"{BASE}/api/v2/incremental/users.json?per_page=1&start_time={int(START) - 500}"
    assert ids(api.get(body["next_page"]).body) == made[3:4]


def test_by_time_the_last_page_ends_in_its_last_second_and_brings_it_again(api):
    made = changed(api, 500, 400, 300)
    last = api.get(f"{USERS}?start_time={int(START) - 500}").body
    assert ids(last) == made
    assert (last["end_of_stream"], last["end_time"]) == (True, int(START) - 300)
    assert ids(api.get(last["next_page"]).body) == made[2:]
    quiet = Api(export_last_link=False)
    assert quiet.get(f"{USERS}?start_time={LONG_AGO}").body["next_page"] is None


@pytest.mark.parametrize(("setting", "end_time", "link"), [
    ("null", None, None),
    ("kept", int(START) - 100, f"{BASE}/api/v2/incremental/users.json?start_time={int(START) - 100}"),
])
def test_by_time_a_page_without_rows(setting, end_time, link):
    body = Api(export_empty_page=setting).get(f"{USERS}?start_time={int(START) - 100}").body
    assert body == {"users": [], "next_page": link, "count": 0, "end_of_stream": True, "end_time": end_time}


def test_a_page_has_a_thousand_rows():
    api = Api(users=1100)
    assert api.get(f"{USERS}?start_time={LONG_AGO}").body["count"] == 1000
    assert len(api.get(f"{CURSOR}?start_time={LONG_AGO}").body["users"]) == 1000
    refused = api.refused("GET", f"{USERS}?start_time={LONG_AGO}&per_page=1001")
    assert refused.status == 400
    assert "1000" in refused.body["errors"][0]["title"]
    lenient = Api(users=1100, oversize_export="clamp")
    assert lenient.get(f"{USERS}?start_time={LONG_AGO}&per_page=5000").body["count"] == 1000


# --- by cursor


def test_by_cursor_everything_comes_once_in_the_order_of_its_changes(api):
    bodies = by_cursor(api, f"{CURSOR}?start_time={LONG_AGO}&per_page=100")
    assert [len(body["users"]) for body in bodies] == [100, 100, 50]
    assert [user_id for body in bodies for user_id in ids(body)] == [user_id for _, user_id in places(api)]
    assert {(body["before_url"], body["before_cursor"]) for body in bodies} == {(None, None)}


def test_a_cursor_is_a_second_and_an_id(api):
    made = changed(api, 500.5, 500.25, 400)
    body = api.get(f"{CURSOR}?start_time={int(START) - 501}&per_page=1&include=organizations").body
    assert base64.b64decode(body["after_cursor"]) == f"{int(START) - 501}.0||{made[0]}|".encode()
    assert body["after_url"].startswith(f"{BASE}/api/v2/incremental/users/cursor.json?cursor=")
    assert body["after_url"].endswith("&include=organizations&per_page=1")
    assert ids(api.get(f"{CURSOR}?cursor={body['after_cursor']}&per_page=5").body) == made[1:]


def test_the_cursor_of_the_last_page_brings_what_changes_later(api):
    last = by_cursor(api, f"{CURSOR}?start_time={LONG_AGO}")[-1]
    saved = last["after_cursor"]
    assert api.get(CURSOR, cursor=saved).body["users"] == []
    api.update(CUSTOMER_ID, notes="x")
    api.at += 61
    assert ids(api.get(CURSOR, cursor=saved).body) == [CUSTOMER_ID]


@pytest.mark.parametrize("setting", ["null", "kept"])
def test_by_cursor_a_page_without_rows(setting):
    api = Api(export_empty_page=setting)
    saved = api.get(f"{CURSOR}?start_time={LONG_AGO}").body["after_cursor"]
    body = api.get(CURSOR, cursor=saved).body
    assert (body["users"], body["end_of_stream"]) == ([], True)
    assert (body["after_cursor"], bool(body["after_url"])) == ((saved, True) if setting == "kept" else (None, False))


@pytest.mark.parametrize("path", [USERS, CURSOR])
def test_a_full_page_may_be_the_last(api, path):
    made = changed(api, 500, 400, 300)
    body = api.get(f"{path}?start_time={int(START) - 500}&per_page=3").body
    assert (ids(body), body["end_of_stream"]) == (made, True)


@pytest.mark.parametrize("cursor", ["", "x", "bm9uZQ==", base64.b64encode(b"1.0||2").decode(), "é"])
def test_what_is_no_cursor(api, cursor):
    assert api.refused("GET", CURSOR, cursor=cursor).status == 400


# --- what is exported


def test_a_changed_profile_moves_to_the_end(api):
    first = places(api)[0][1]
    api.update(first, notes="x")
    api.at += 61
    everyone = [user_id for body in by_cursor(api, f"{CURSOR}?start_time={LONG_AGO}") for user_id in ids(body)]
    assert everyone[-1] == first
    assert len(everyone) == 250


def test_the_last_minute_is_left_out(api):
    made = changed(api, 61, 60, 59, 30)
    assert ids(api.get(f"{USERS}?start_time={int(START) - 100}").body) == made[:2]
    api.at += 30
    assert ids(api.get(f"{USERS}?start_time={int(START) - 100}").body) == made
    eager = Api(export_holds_back=0.0)
    made = changed(eager, 1)
    assert ids(eager.get(f"{USERS}?start_time={int(START) - 100}").body) == made


def test_deleted_profiles_come_as_inactive(api):
    doomed = api.state.user_ids[100:102]
    for user_id in doomed:
        api.delete(f"/users/{user_id}")
    api.delete(f"/deleted_users/{doomed[1]}")
    api.at += 61
    rows = api.get(f"{USERS}?start_time={int(START)}").body["users"]
    assert [(row["id"], row["active"]) for row in rows] == [(user_id, False) for user_id in doomed]
    assert [row["name"] == "Permanently Deleted User" for row in rows] == [False, True]
    without = Api(export_deleted_users=False)
    without.delete(f"/users/{CUSTOMER_ID}")
    without.at += 61
    assert without.get(f"{USERS}?start_time={int(START)}").body["users"] == []


@pytest.mark.parametrize("path", [USERS, CURSOR])
def test_sideloads(api, path):
    body = api.get(f"{path}?start_time={LONG_AGO}&include=organizations,groups").body
    wanted = {user["organization_id"] for user in body["users"]} - {None}
    assert {one["id"] for one in body["organizations"]} == wanted
    assert body["groups"]


def test_a_sample_has_fifty_rows_at_most(api):
    body = api.get(f"{USERS}/sample?start_time={LONG_AGO}").body
    assert ids(body) == [user_id for _, user_id in places(api)[:50]]
    assert (body["count"], body["end_of_stream"]) == (50, False)
    assert api.get(f"{USERS}/sample?start_time={LONG_AGO}&per_page=3").body["count"] == 3


def test_organizations(api):
    body = api.get(f"/incremental/organizations?start_time={LONG_AGO}").body
    assert [one["id"] for one in body["organizations"]] == sorted(api.state.organizations)
    assert body["end_of_stream"]
    assert api.get(f"/incremental/organizations/sample?start_time={LONG_AGO}").body["count"] == len(
        api.state.organizations
    )


# --- what is refused


@pytest.mark.parametrize("path", [USERS, CURSOR, f"{USERS}/sample", "/incremental/organizations"])
def test_a_start_that_is_too_recent_or_none(api, path):
    assert api.get(f"{path}?start_time={int(START) - 60}").status == 200
    for recent in (int(START) - 59, int(START), int(START) + 1000):
        refused = api.refused("GET", f"{path}?start_time={recent}")
        assert (refused.status, refused.body["error"]) == (400, "StartTimeTooRecent")
    for none in ("", "?start_time=", "?start_time=soon", "?start_time=1.5"):
        assert api.refused("GET", path + none).status == 400
    assert Api(export_start_age=3.0).get(f"{path}?start_time={int(START) - 3}").status == 200


@pytest.mark.parametrize(("who", "status"), [(AGENT_ID, 403), (CUSTOMER_ID, 403), (None, 401)])
@pytest.mark.parametrize("path", [USERS, CURSOR, f"{USERS}/sample", "/incremental/organizations"])
def test_exports_are_for_admins(api, path, who, status):
    assert api.refused("GET", f"{path}?start_time={LONG_AGO}", who=who).status == status
