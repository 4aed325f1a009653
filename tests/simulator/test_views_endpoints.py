import pytest
from endpoint_caller import Api

from zdasync.simulator.state import AGENT_ID, CUSTOMER_ID

OPEN = {"field": "status", "operator": "less_than", "value": "solved"}
COLUMNS = ("nice_id", "subject", "status", "requester", "assignee", "updated")


@pytest.fixture
def api():
    return Api()


def add(api, **fields):
    return api.state.tickets.create(CUSTOMER_ID, now=api.at, comment="Help", **fields).id


def make(api, **fields):
    return api.post("/views", {"view": {"title": "V", "all": [OPEN]} | fields}).body["view"]


def listed(api, view, **query):
    return [row["id"] for row in api.get(f"/views/{view['id']}/tickets", **query).body["tickets"]]


def test_a_view_is_written_as_output_and_shown_as_execution(api):
    output = {"columns": ["status", "nothing", "5"], "group_by": "priority", "sort_by": "updated", "sort_order": "asc"}
    view = make(api, output=output, restriction=None)
    shown = view["execution"]
    assert shown["columns"] == [{"id": "status", "title": "Status"}, {"id": 5, "title": "Field 5", "type": "text"}]
    assert shown["group"] == {"id": "priority", "title": "Priority", "order": "asc"}
    assert (shown["sort_by"], shown["sort"]["order"]) == ("updated", "asc")
    assert view["conditions"] == {"all": [OPEN], "any": []}
    assert not {"all", "any", "output"} & view.keys()
    changed = api.put(f"/views/{view['id']}", {"view": {"title": "W"}}).body["view"]
    assert (changed["execution"], changed["conditions"]) == (shown, view["conditions"])


def test_what_is_wrong_with_conditions(api):
    def refused(**fields):
        return api.refused("POST", "/views", {"view": {"title": "V", "all": [OPEN]} | fields})

    assert refused(all=[{"field": "priority", "operator": "is", "value": "high"}]).body["details"]["base"]
    assert refused(all=[OPEN, {"operator": "is"}]).body["details"]["all"]
    assert refused(any=[{"value": 1}]).body["details"]["any"]
    assert refused(all=[]).status == 422
    assert refused(title="").body["details"]["title"]
    assert refused(all="status").status == 400
    assert "view.conditions" in api.post(
        "/views", {"view": {"title": "V", "all": [OPEN], "conditions": {}}}
    ).headers["X-Zendesk-API-Warn"]


def test_tickets_come_in_the_order_of_the_view_by_number_and_by_id_by_cursor(api):
    first = add(api, status="open", subject="b")
    api.at += 10
    second = add(api, status="open", subject="a")
    view = make(api, output={"sort_by": "created", "sort_order": "desc"})
    assert listed(api, view) == [second, first]
    assert listed(api, view, sort_by="subject") == [second, first]
    assert listed(api, view, sort_by="subject", sort_order="desc") == [first, second]
    # `sort_by` beside `page[size]` is dropped without a word.
    assert listed(api, view, **{"page[size]": 5, "sort_by": "subject"}) == [first, second]


def test_columns_sort_numbers_as_numbers_and_nothing_before_all(api):
    ids = [add(api, status="open", type="task" if number else None) for number in range(11)]
    view = make(api)
    assert listed(api, view, sort_by="nice_id") == ids
    assert listed(api, view, sort_by="type")[0] == ids[0]
    assert listed(api, view, sort_by="nothing", sort_order="desc") == ids[::-1]


def test_deleted_tickets_are_in_no_view(api):
    add(api, status="open")
    gone = api.state.tickets.active(add(api, status="open"))
    api.state.tickets.delete(gone, now=api.at, deleter_id=AGENT_ID)
    assert len(listed(api, make(api))) == 1


def test_a_table(api):
    ticket = add(api, status="open", subject="Help", custom_fields={5: "gold"})
    view = make(api, output={"columns": [*COLUMNS, "5"], "group_by": "assignee"})
    body = api.get(f"/views/{view['id']}/execute").body
    row = body["rows"][0]
    assert (row["nice_id"], row["subject"], row["status"], row["assignee_id"]) == (ticket, "Help", "open", None)
    assert (row["requester_id"], row["5"], row["updated"]) == (CUSTOMER_ID, "gold", "2027-01-15T08:00:00Z")
    assert row["ticket"]["id"] == ticket
    assert body["groups"] == [{"id": None, "name": "-", "order": 0}]
    assert body["view"]["id"] == view["id"]
    assert (body["count"], body["next_page"]) == (1, None)


@pytest.mark.parametrize("rest", ["", "/tickets", "/execute", "/count", "/export"])
def test_views_that_nobody_has_or_sees(api, rest):
    own = make(api, restriction={"type": "User", "id": AGENT_ID})
    for name in (own["id"], 12, "nothing"):
        assert api.refused("GET", f"/views/{name}{rest}").status == 404
    assert api.get(f"/views/{own['id']}{rest}", who=AGENT_ID).status == 200
    assert api.refused("GET", f"/views/{own['id']}{rest}", who=CUSTOMER_ID).status == 403


def test_views_of_a_group_are_for_its_agents_and_admins(api):
    group = api.state.users[AGENT_ID].group_ids[0]
    for restriction, seen in (({"type": "Group", "id": group}, True), ({"type": "Group", "ids": [group, 1]}, True),
                              ({"type": "Group", "id": 1}, False)):  # fmt: skip
        view = make(api, restriction=restriction)
        path = f"/views/{view['id']}"
        assert api.get(path).status == 200
        if seen:
            assert api.get(path, who=AGENT_ID).status == 200
        else:
            assert api.refused("GET", path, who=AGENT_ID).status == 404
    assert len(api.get("/views", group_id=group).body["views"]) == 2


def test_counts_of_many(api):
    views = [make(api) for _ in range(3)]
    add(api, status="open")
    ids = ",".join(str(view["id"]) for view in views)
    assert [row["value"] for row in api.get("/views/count_many", ids=f"{ids},12").body["view_counts"]] == [1, 1, 1]
    assert api.refused("GET", "/views/count_many", ids=",".join(map(str, range(21)))).body["error"] == "TooManyValues"
    assert api.refused("GET", "/views/count_many").status == 400


def test_a_count_is_made_once_and_then_known():
    api = Api(view_count_seconds=10.0)
    view = make(api)
    path = f"/views/{view['id']}/count"
    assert api.get(path).body["view_count"]["value"] is None
    api.at += 9
    assert api.get(path).body["view_count"]["fresh"] is False
    api.at += 1
    add(api, status="open")
    assert api.get(path).body["view_count"]["value"] == 1


def test_the_short_list_leaves_out_what_is_not_active(api):
    for number in range(40):
        make(api, title=f"V{number}", active=number != 0)
    shown = api.get("/views/compact").body
    assert shown["count"] == len(shown["views"]) == 32
    assert "V0" not in [view["title"] for view in shown["views"]]
    last = shown["views"][-1]["id"]
    api.put(f"/views/{last}", {"view": {"title": "Late"}})
    api.put("/views/update_many", {"views": [{"id": last, "position": 0}]})
    assert api.get("/views/compact").body["views"][0]["title"] == "Late"


def test_previews(api):
    add(api, status="open", priority="low")
    urgent = {"field": "priority", "operator": "is", "value": "urgent"}
    body = {"view": {"all": [OPEN], "any": [urgent]}}
    assert api.post("/views/preview", body).body["rows"] == []
    assert api.post("/views/preview/count", body).body["view_count"]["value"] == 0
    assert api.refused("POST", "/views/preview", {"view": {"all": [urgent]}}).status == 422
    assert api.refused("POST", "/views/preview", {"all": [OPEN]}).status == 400
