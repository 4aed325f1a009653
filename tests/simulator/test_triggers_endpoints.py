import pytest
from endpoint_caller import Api

from zdasync.simulator.state import AGENT_ID

TRIGGER = {"title": "T", "conditions": {"all": [{"field": "status", "operator": "is", "value": "new"}]},
           "actions": [{"field": "priority", "value": "high"}]}  # fmt: skip


@pytest.fixture
def api():
    return Api()


def make(api, **fields):
    return api.post("/triggers", {"trigger": TRIGGER | fields}).body["trigger"]


def category(api, name, **fields):
    return api.post("/trigger_categories", {"trigger_category": {"name": name} | fields}).body["trigger_category"]


def names(api):
    return [row["name"] for row in api.get("/trigger_categories").body["trigger_categories"]]


def batch(api, **items):
    return api.post("/trigger_categories/jobs", {"job": {"action": "patch", "items": items}}).body


def test_what_is_wrong_with_a_trigger(api):
    def refused(**fields):
        return api.refused("POST", "/triggers", {"trigger": TRIGGER | fields})

    assert refused(conditions={"all": [{"operator": "is"}]}).body["details"]["conditions"]
    assert refused(actions=[{}]).body["details"]["actions"]
    assert refused(category_id="none").body["details"]["category_id"]
    assert refused(title=None).body["details"]["title"]
    assert api.refused("POST", "/triggers", {"trigger": TRIGGER}, who=AGENT_ID).status == 403


def test_only_what_revisions_keep_makes_one(api):
    made = make(api)
    path = f"/triggers/{made['id']}"
    api.put(path, {"trigger": {"position": 9}})
    api.put(path, {"trigger": {"title": "T"}})
    assert api.get(f"{path}/revisions").body["count"] == 1
    api.put(path, {"trigger": {"title": "U"}})
    body = api.get(f"{path}/revisions").body
    assert [row["snapshot"]["title"] for row in body["trigger_revisions"]] == ["U", "T"]
    assert "diff" not in body["trigger_revisions"][1]
    assert "trigger_id" not in body["trigger_revisions"][0]
    api.delete(path)
    assert api.refused("GET", f"{path}/revisions").status == 404
    assert api.state.collections["trigger_revisions"] == {}


@pytest.mark.parametrize(("end", "expected"), [("empty page", 4), ("null link", 3)])
def test_the_pages_of_revisions_are_linked(end, expected):
    api = Api(audits_end=end)
    made = make(api)
    for number in range(4):
        api.put(f"/triggers/{made['id']}", {"trigger": {"title": str(number)}})
    url, seen, pages = f"/triggers/{made['id']}/revisions?page[size]=2", [], 0
    while url and pages < 9:
        body = api.get(url).body
        seen += [row["snapshot"]["title"] for row in body["trigger_revisions"]]
        url, pages = body["after_url"], pages + 1
    assert (seen, pages) == (["3", "2", "1", "0", "T"], expected)


def test_conditions_that_go_and_come(api):
    made = make(api)
    path = f"/triggers/{made['id']}"
    two = [
        {"field": "type", "operator": "is", "value": "task"}, {"field": "status", "operator": "is_not", "value": "x"},
    ]
    api.put(path, {"trigger": {"conditions": {"all": two}, "actions": []}})
    diff = api.get(f"{path}/revisions").body["trigger_revisions"][0]["diff"]
    first, second = diff["conditions"]["all"]
    assert first["field"] == [{"change": "-", "content": "status"}, {"change": "+", "content": "type"}]
    assert first["operator"] == [{"change": "=", "content": "is"}]
    assert second["value"] == [{"change": "+", "content": "x"}]
    assert diff["actions"][0]["value"] == [{"change": "-", "content": "high"}]


def test_actions_that_go(api):
    made = make(api, actions=[*TRIGGER["actions"], {"field": "type", "value": "task"}])
    api.put(f"/triggers/{made['id']}", {"trigger": {"actions": TRIGGER["actions"]}})
    diff = api.get(f"/triggers/{made['id']}/revisions").body["trigger_revisions"][0]["diff"]
    assert diff["actions"][1]["value"] == [{"change": "-", "content": "task"}]


def test_categories_give_way(api):
    category(api, "B")
    last = category(api, "C")
    assert names(api) == ["Notifications", "B", "C"]
    api.send("PATCH", f"/trigger_categories/{last['id']}", {"trigger_category": {"position": 1}})
    assert names(api) == ["C", "Notifications", "B"]
    category(api, "A", position=2)
    assert names(api) == ["C", "A", "Notifications", "B"]
    assert [row["position"] for row in api.get("/trigger_categories").body["trigger_categories"]] == [1, 2, 3, 4]
    assert api.refused("GET", "/trigger_categories", who=AGENT_ID).status == 403


def test_batches(api):
    made, other = make(api), category(api, "B")
    done = batch(api, triggers=[{"id": str(made["id"]), "category_id": other["id"], "position": 7, "title": "no"}])
    (changed,) = done["results"]["triggers"]
    assert (done["status"], changed["category_id"], changed["position"], changed["title"]) == (
        "complete", other["id"], 7, "T",
    )
    moved = [{"id": str(made["id"]), "position": 1}]
    failed = batch(api, triggers=moved, trigger_categories=[{"id": "x", "position": 1}])
    assert (failed["status"], [error["id"] for error in failed["errors"]]) == ("failed", ["x"])
    assert api.get(f"/triggers/{made['id']}").body["trigger"]["position"] == 7
    many = [{"id": "1", "position": 1}] * 101
    job = {"job": {"action": "patch", "items": {"triggers": many}}}
    assert api.refused("POST", "/trigger_categories/jobs", job).body["error"] == "TooManyValues"
    assert api.refused("POST", "/trigger_categories/jobs", {"job": {"items": {}}}).status == 400
    assert api.refused("POST", "/trigger_categories/jobs", {"items": {}}).status == 400


def test_a_reorder_puts_what_it_leaves_out_behind(api):
    first, second = (row["id"] for row in api.get("/triggers").body["triggers"])
    third = make(api)["id"]
    assert api.put("/triggers/reorder", {"trigger_ids": [str(third)]}).body["trigger"]["id"] == third
    assert [row["id"] for row in api.get("/triggers").body["triggers"]] == [third, first, second]
    assert api.refused("PUT", "/triggers/reorder", {"trigger_ids": "1"}).status == 400
    assert api.refused("PUT", "/triggers/reorder", {"trigger_ids": [12]}).status == 404


def test_a_search_by_attributes(api):
    make(api, description="odd")
    found = api.get("/triggers/search", query="t", **{"filter[json]": '{"description": "odd"}'}).body
    assert [row["description"] for row in found["triggers"]] == ["odd"]
    for wrong in ("odd", "[]"):
        assert api.refused("GET", "/triggers/search", query="t", **{"filter[json]": wrong}).status == 400


def test_automations_need_a_condition_on_time(api):
    automation = {"title": "A", "actions": TRIGGER["actions"], "conditions": TRIGGER["conditions"]}
    assert api.refused("POST", "/automations", {"automation": automation}).body["details"]["base"]
    timed = {"all": [{"field": "PENDING", "operator": "greater_than", "value": "24"}]}
    made = api.post("/automations", {"automation": automation | {"conditions": timed}}).body["automation"]
    assert made["conditions"] == {"all": timed["all"], "any": []}
    assert api.refused("PUT", f"/automations/{made['id']}", {"automation": {"conditions": {"any": []}}}).status == 422
    assert api.refused("POST", "/automations", {"automation": automation}, who=AGENT_ID).status == 403
