"""The engine of simple collections, on a collection that no account has."""

import pytest
from endpoint_caller import BASE, START, Api
from lamps import BULBS, LAMPS, PATH, ROUTER, ROUTES, Bulb, Lamp, lamp_route

from zdasync._core.route import Route
from zdasync.simulator.collection_model import Collection
from zdasync.simulator.collection_rows import COLLECTIONS
from zdasync.simulator.collections import endpoints
from zdasync.simulator.routing import Router
from zdasync.simulator.state import AGENT_ID, CUSTOMER_ID


@pytest.fixture
def api(monkeypatch):
    monkeypatch.setattr("endpoint_caller.ROUTER", ROUTER)
    return Api()


def titles(reply):
    return [row["title"] for row in reply.body["lamps"]]


def new(api, **fields):
    return api.post("/lamps", {"lamp": {"title": "New"} | fields}).body["lamp"]


def wrong(reply):
    """Field to code of a 422."""
    assert reply.status == 422
    assert reply.body["error"] == "RecordInvalid"
    return {name: rows[0].get("error") for name, rows in reply.body["details"].items()}


# --- which endpoints there are


def test_routes_that_the_engine_does_not_know_are_left_alone():
    assert ROUTER.find("PUT", PATH + "/1/smash") is None
    assert ROUTER.find("POST", PATH + "/create_many") is None
    assert endpoints((LAMPS,), [Route("x", "GET", "/api/v2/lampshades", "x", Lamp)]) == {}
    assert endpoints((LAMPS,), [lamp_route("destroy_many", "DELETE", "/destroy_many", "job_status", job=True)]) == {}


def test_a_collection_leaves_out_what_it_names():
    left = Collection(name="x", path=PATH, record=Lamp, without=frozenset({"create", "delete"}))
    methods = {method for method, template in endpoints((left,), ROUTES)}
    assert methods == {"GET", "PUT", "PATCH", "DELETE", "POST"}
    table = endpoints((left,), ROUTES)
    assert ("POST", PATH) not in table
    assert ("DELETE", PATH + "/{lamp_id}") not in table
    assert ("DELETE", PATH + "/destroy_many") in table


def test_names_and_paths_of_the_account_s_collections_are_unique():
    assert len({one.name for one in COLLECTIONS}) == len(COLLECTIONS)
    assert len({one.path for one in COLLECTIONS}) == len(COLLECTIONS)


# --- making accounts stays cheap


def test_records_are_made_when_they_are_asked_for(api):
    assert api.state.collections == {}
    api.get("/lamps")
    assert list(api.state.collections) == ["lamps"]


# --- reading


def test_list_shows_every_field(api):
    hall, desk = api.get("/lamps").body["lamps"]
    assert hall == {
        "id": hall["id"], "url": f"{BASE}/api/v2/lamps/{hall['id']}.json", "title": "Hall", "raw_title": "Hall",
        "kind": "floor", "watts": None, "active": True, "position": 1, "rooms": [], "extras": {"users": 4},
        "plug": None, "created_at": hall["created_at"], "updated_at": hall["created_at"],
    }
    assert (desk["watts"], desk["active"], desk["position"]) == (40, False, 2)
    assert hall["created_at"].endswith("Z")


def test_containers_of_one_reply_are_its_own(api):
    first, second = api.get("/lamps").body["lamps"]
    first["rooms"].append("x")
    assert second["rooms"] == []
    assert api.get("/lamps").body["lamps"][0]["rooms"] == []


def test_pages_by_cursor_and_by_number(api):
    for number in range(3):
        new(api, title=str(number))
    page = api.get("/lamps?page[size]=2").body
    assert [row["title"] for row in page["lamps"]] == ["Hall", "Desk"]
    assert page["meta"]["has_more"] is True
    assert "count" not in page
    assert titles(api.get(page["links"]["next"])) == ["0", "1"]
    page = api.get("/lamps?page=3&per_page=2").body
    assert ([row["title"] for row in page["lamps"]], page["count"]) == (["2"], 5)


def test_a_whole_list_where_a_collection_knows_cursors_only(api, monkeypatch):
    whole = Collection(name="whole", path=PATH, record=Lamp, seed=LAMPS.seed, unpaged="whole")
    monkeypatch.setattr("endpoint_caller.ROUTER", Router([endpoints((whole,), ROUTES)]))
    assert list(api.get("/lamps?per_page=1").body) == ["lamps"]
    assert len(api.get("/lamps?per_page=1").body["lamps"]) == 2
    assert len(api.get("/lamps?page[size]=1").body["lamps"]) == 1


def test_filters_by_equality(api):
    assert titles(api.get("/lamps?active=false")) == ["Desk"]
    assert titles(api.get("/lamps?active=true")) == ["Hall"]
    assert titles(api.get("/lamps?watts=40")) == ["Desk"]
    assert titles(api.get("/lamps?watts=4")) == []
    assert titles(api.get("/lamps?titles=Desk,Attic")) == ["Desk"]
    assert titles(api.get("/lamps?unheard_of=1")) == ["Hall", "Desk"]


def test_sorts_by_the_names_that_a_collection_has(api):
    assert titles(api.get("/lamps?sort_by=alphabetical")) == ["Desk", "Hall"]
    assert titles(api.get("/lamps?sort=-alphabetical&page[size]=1")) == ["Hall"]
    assert api.refused("GET", "/lamps?sort=watts&page[size]=1").status == 400


def test_show_by_id_and_by_key(api):
    hall = api.get("/lamps").body["lamps"][0]
    assert api.get(f"/lamps/{hall['id']}").body == {"lamp": hall}
    assert api.get("/lamps/floor").body == {"lamp": hall}
    assert api.refused("GET", "/lamps/7").status == 404
    assert api.refused("GET", "/lamps/cellar").status == 404


def test_show_many(api):
    hall, desk = api.get("/lamps").body["lamps"]
    reply = api.get(f"/lamps/show_many?ids={desk['id']},7,{hall['id']}")
    assert titles(reply) == ["Hall", "Desk"]
    assert {name: reply.body[name] for name in ("count", "next_page", "previous_page")} == {
        "count": 2, "next_page": None, "previous_page": None
    }
    assert titles(api.get("/lamps/show_many?kinds=floor,table")) == ["Hall"]
    assert api.refused("GET", "/lamps/show_many").status == 400
    too_many = ",".join(map(str, range(101)))
    assert api.refused("GET", f"/lamps/show_many?ids={too_many}").body["error"] == "TooManyValues"


def test_count_with_and_without_filters(api):
    assert api.get("/lamps/count").body == {"count": {"value": 2, "refreshed_at": "2027-01-15T08:00:00Z"}}
    assert api.get("/lamps/count?active=true").body["count"]["value"] == 1


def test_search_autocomplete_and_active(api):
    assert titles(api.get("/lamps/search?query=ES")) == ["Desk"]
    assert api.get("/lamps/search?query=s").body["count"] == 1
    assert titles(api.get("/lamps/search?query=l&active=false")) == []
    assert titles(api.get("/lamps/autocomplete?name=h")) == ["Hall"]
    assert titles(api.get("/lamps/autocomplete?name=all")) == []
    assert titles(api.get("/lamps/active")) == ["Hall"]
    assert titles(api.get("/lamps/active?watts=40")) == []
    assert api.refused("GET", "/lamps/search").status == 400
    assert api.refused("GET", "/lamps/autocomplete?name=").status == 400
    assert api.refused("GET", "/lamps/active?page[size]=1").status == 400


# --- who may


def test_guards(api):
    row = api.get("/lamps").body["lamps"][0]
    assert titles(api.get("/lamps", who=None)) == ["Hall"]
    assert api.get(f"/lamps/{row['id']}", who=CUSTOMER_ID).status == 200
    assert api.refused("GET", f"/lamps/{row['id']}", who=None).status == 401
    assert api.refused("GET", "/lamps/count", who=CUSTOMER_ID).status == 403
    assert api.get("/lamps/count", who=AGENT_ID).status == 200
    for method, path in (("POST", "/lamps"), ("PUT", f"/lamps/{row['id']}"), ("DELETE", f"/lamps/{row['id']}")):
        assert api.refused(method, path, {"lamp": {}}, who=AGENT_ID).status == 403


# --- writing


def test_create(api):
    reply = api.post("/lamps", {"lamp": {"title": "Attic", "watts": "60", "rooms": ["attic", 2]}})
    lamp = reply.body["lamp"]
    assert reply.status == 201
    assert reply.headers == {"Location": lamp["url"]}
    assert (lamp["title"], lamp["raw_title"], lamp["watts"], lamp["rooms"]) == ("Attic", "Attic", 60, ["attic", "2"])
    assert (lamp["active"], lamp["position"], lamp["created_at"]) == (True, 3, "2027-01-15T08:00:00Z")
    assert api.get(f"/lamps/{lamp['id']}").body["lamp"] == lamp


def test_unknown_keys_are_dropped_and_named(api):
    body = {"lamp": {"title": "Attic", "id": 5, "colour": "red"}, "stray": 1}
    reply = api.post("/lamps", body)
    assert reply.body["lamp"]["id"] != 5
    assert "colour" not in reply.body["lamp"]
    warned = reply.headers["X-Zendesk-API-Warn"]
    assert all(f'"{key}"' in warned for key in ("lamp.id", "lamp.colour", "stray"))
    assert ':controller=>"api/v2/lamps", :action=>"create"' in warned


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("title", ["x"], "must be a string"),
        ("watts", "x", "must be an integer"),
        ("active", "maybe", "must be either true or false"),
        ("rooms", "attic", "must be an array"),
        ("spares", [[]], "must be an integer"),
        ("parts", ["x"], "must be a hash"),
        ("plug", 5, "must be a hash"),
        ("kind", 5.5, None),
    ],
)
def test_wrong_types(api, field, value, rule):
    reply = api.refused("POST", "/lamps", {"lamp": {"title": "x", field: value}})
    if rule is None:
        assert wrong(reply) == {"kind": "InvalidValue"}
        return
    assert (reply.status, reply.body["error"]["title"]) == (400, "Invalid attribute")
    assert f"lamp.{field} {rule} from api/v2/lamps/create" in reply.body["error"]["message"]


def test_what_is_invalid(api):
    assert wrong(api.refused("POST", "/lamps", {"lamp": {"watts": 1}})) == {"title": "BlankValue"}
    assert wrong(api.refused("POST", "/lamps", {"lamp": {"title": ""}})) == {"title": "BlankValue"}
    assert wrong(api.refused("POST", "/lamps", {"lamp": {"title": "Hall"}})) == {"title": "DuplicateValue"}
    both = api.refused("POST", "/lamps", {"lamp": {"title": "x", "kind": "wall", "watts": 101}})
    assert wrong(both) == {"kind": "InvalidValue", "watts": "TooBright"}
    assert api.refused("POST", "/lamps", {"title": "x"}).status == 400
    assert api.refused("POST", "/lamps", None).status == 400
    assert len(api.get("/lamps").body["lamps"]) == 2


def test_update_merges(api):
    lamp = new(api, watts=60, rooms=["attic"])
    api.at += 60
    reply = api.put(f"/lamps/{lamp['id']}", {"lamp": {"title": "Cellar", "kind": "floor"}})
    assert reply.body["lamp"] == lamp | {
        "title": "Cellar", "raw_title": "Cellar", "updated_at": "2027-01-15T08:01:00Z"
    }
    assert "lamp.kind" in reply.headers["X-Zendesk-API-Warn"]
    cleared = api.put(f"/lamps/{lamp['id']}", {"lamp": {"watts": None, "raw_title": "{{dc.x}}"}}).body["lamp"]
    assert (cleared["watts"], cleared["title"], cleared["rooms"]) == (None, "{{dc.x}}", ["attic"])


def test_a_refused_update_changes_nothing(api):
    lamp = new(api)
    path = f"/lamps/{lamp['id']}"
    assert wrong(api.refused("PUT", path, {"lamp": {"title": "Hall", "active": False}})) == {"title": "DuplicateValue"}
    assert wrong(api.refused("PUT", path, {"lamp": {"active": False, "watts": 200}})) == {"watts": "TooBright"}
    assert api.get(path).body["lamp"] == lamp
    assert api.put(path, {"lamp": {"title": "New"}}).status == 200


def test_a_route_without_a_record_answers_with_nothing(api):
    lamp = new(api)
    reply = api.send("PATCH", f"/lamps/{lamp['id']}", {"lamp": {"watts": 5}})
    assert (reply.status, reply.empty) == (204, True)
    assert api.get(f"/lamps/{lamp['id']}").body["lamp"]["watts"] == 5


def test_delete(api):
    hall, desk = api.get("/lamps").body["lamps"]
    reply = api.delete(f"/lamps/{desk['id']}")
    assert (reply.status, reply.empty) == (204, True)
    assert api.refused("DELETE", f"/lamps/{desk['id']}").status == 404
    assert wrong(api.refused("DELETE", f"/lamps/{hall['id']}")) == {"base": None}


def test_destroy_many(api):
    one, two = new(api, title="1"), new(api, title="2")
    assert api.delete(f"/lamps/destroy_many?ids={one['id']},7,{two['id']}").status == 204
    assert titles(api.get("/lamps")) == ["Hall", "Desk"]
    assert api.refused("DELETE", "/lamps/destroy_many").status == 400


def test_update_many(api):
    hall, desk = api.get("/lamps").body["lamps"]
    rows = [{"id": desk["id"], "position": 0}, {"id": 7, "position": 9}]
    reply = api.put("/lamps/update_many", {"lamps": rows})
    assert [(row["id"], row["position"]) for row in reply.body["lamps"]] == [(desk["id"], 0)]
    assert titles(api.get("/lamps")) == ["Desk", "Hall"]
    assert api.refused("PUT", "/lamps/update_many", {"lamps": {}}).status == 400
    assert api.refused("PUT", "/lamps/update_many", {"lamps": [5]}).status == 400
    assert api.refused("PUT", "/lamps/update_many", {"lamps": [{"id": hall["id"]}] * 101}).status == 400


def test_reorder(api):
    hall, desk = api.get("/lamps").body["lamps"]
    other = new(api)
    reply = api.put("/lamps/reorder", {"lamp_ids": [other["id"], desk["id"]]})
    assert (reply.status, reply.empty) == (200, True)
    rows = api.get("/lamps").body["lamps"]
    assert [(row["id"], row["position"]) for row in rows] == [(other["id"], 1), (desk["id"], 2), (hall["id"], 3)]
    assert api.refused("PUT", "/lamps/reorder", {"lamp_ids": [7]}).status == 404
    assert api.refused("PUT", "/lamps/reorder", {"lamp_ids": "x"}).status == 400
    assert api.refused("PUT", "/lamps/reorder", {}).status == 400
    assert api.refused("PUT", "/lamps/reorder", [1]).status == 400


def test_clone(api):
    lamp = new(api, rooms=["attic"])
    assert wrong(api.refused("POST", f"/lamps/{lamp['id']}/clone")) == {"title": "DuplicateValue"}
    api.state.collections["lamps"][lamp["id"]]["title"] = None
    clone = api.post(f"/lamps/{lamp['id']}/clone").body["lamp"]
    assert clone["id"] != lamp["id"]
    assert (clone["rooms"], clone["position"]) == (["attic"], 4)
    api.state.collections["lamps"][clone["id"]]["rooms"].append("hall")
    assert api.get(f"/lamps/{lamp['id']}").body["lamp"]["rooms"] == ["attic"]


# --- below a parent, with string ids


def bulb(api, lamp, **fields):
    return api.post(f"/lamps/{lamp['id']}/bulbs", {"bulb": fields})


def test_records_below_a_parent(api):
    hall, desk = api.get("/lamps").body["lamps"]
    reply = bulb(api, hall, name="A")
    one = reply.body["bulb"]
    assert (reply.status, one["lamp_id"], one["name"], reply.headers) == (201, hall["id"], "A", {})
    assert isinstance(one["id"], str)
    assert bulb(api, desk, name="A").status == 201
    assert wrong(api.refused("POST", f"/lamps/{hall['id']}/bulbs", {"bulb": {"name": "A"}})) == {
        "name": "DuplicateValue"
    }
    assert [row["id"] for row in api.get(f"/lamps/{hall['id']}/bulbs").body["bulbs"]] == [one["id"]]
    assert api.get("/lamps/floor/bulbs").body["bulbs"] == [one]
    assert len(api.get("/bulbs").body["bulbs"]) == 2
    assert api.get(f"/lamps/{hall['id']}/bulbs/{one['id']}").body == {"bulb": one}
    assert api.refused("GET", f"/lamps/{desk['id']}/bulbs/{one['id']}").status == 404
    assert api.refused("GET", "/lamps/7/bulbs").status == 404
    assert api.delete(f"/lamps/{hall['id']}/bulbs/{one['id']}").status == 204
    assert api.get("/lamps/floor/bulbs").body["bulbs"] == []


def test_a_creation_with_an_id_updates(api):
    hall, desk = api.get("/lamps").body["lamps"]
    one = bulb(api, hall, name="A").body["bulb"]
    reply = bulb(api, hall, id=one["id"], name="B")
    assert (reply.status, reply.body["bulb"]) == (200, one | {"name": "B"})
    assert api.refused("POST", f"/lamps/{desk['id']}/bulbs", {"bulb": {"id": one["id"], "name": "C"}}).status == 404
    assert wrong(api.refused("POST", f"/lamps/{hall['id']}/bulbs", {"bulb": {"id": one["id"], "name": ""}})) == {
        "name": "BlankValue"
    }
    assert bulb(api, hall, id=None, name="C").status == 201


def test_elsewhere_nobody_chooses_an_id(api, monkeypatch):
    plain = Collection(name="plain", path=BULBS.path, parents=BULBS.parents, record=Bulb, string_ids=True)
    monkeypatch.setattr("endpoint_caller.ROUTER", Router([endpoints((LAMPS, plain), ROUTES)]))
    hall = api.get("/lamps").body["lamps"][0]
    assert bulb(api, hall, id="mine", name="A").body["bulb"]["id"] != "mine"


def test_string_ids_ascend(api):
    hall = api.get("/lamps").body["lamps"][0]
    ids = [bulb(api, hall, name=str(number)).body["bulb"]["id"] for number in range(50)]
    assert ids == sorted(set(ids))
    assert {len(one) for one in ids} == {26}


# --- for other modules


def test_other_modules_add_and_remove(api):
    row = LAMPS.add(api, {"title": "Porch", "created_at": "2020-01-01T00:00:00Z"})
    shown = api.get(f"/lamps/{row['id']}").body["lamp"]
    assert (shown["title"], shown["active"], shown["created_at"]) == ("Porch", True, "2020-01-01T00:00:00Z")
    assert row["id"] in LAMPS.rows(api)
    LAMPS.remove(api, row)
    assert api.refused("GET", f"/lamps/{row['id']}").status == 404
    assert api.at == START
