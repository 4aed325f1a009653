import pytest
from endpoint_caller import Api

from zdasync.simulator.state import AGENT_ID, CUSTOMER_ID


@pytest.fixture
def api():
    return Api()


def forms(api, query="", **options):
    return [form["name"] for form in api.get(f"/ticket_forms{query}", **options).body["ticket_forms"]]


def make(api, name="Returns", **fields):
    return api.post("/ticket_forms", {"ticket_form": {"name": name} | fields}).body["ticket_form"]


def status(api, **fields):
    given = {"status_category": "open", "agent_label": "Waiting"} | fields
    return api.post("/custom_statuses", {"custom_status": given}).body["custom_status"]


def default_form(api):
    return api.get("/ticket_forms").body["ticket_forms"][0]


def wrong(reply):
    assert reply.status == 422
    return {name: rows[0].get("error") for name, rows in reply.body["details"].items()}


# --- forms


def test_a_fresh_account_has_one_form_with_zendesk_s_own_fields(api):
    (form,) = api.get("/ticket_forms").body["ticket_forms"]
    fields = api.get("/ticket_fields").body["ticket_fields"]
    assert form["ticket_field_ids"] == [field["id"] for field in fields]
    assert (form["default"], form["active"], form["deleted_at"]) == (True, True, None)
    assert api.state.tickets.form_id == form["id"]
    assert wrong(api.refused("DELETE", f"/ticket_forms/{form['id']}")) == {"base": "InvalidValue"}


def test_create_update_delete(api):
    field = api.get("/ticket_fields").body["ticket_fields"][2]
    form = make(api, ticket_field_ids=[field["id"]])
    assert (form["display_name"], form["default"], form["ticket_field_ids"]) == ("Returns", False, [field["id"]])
    path = f"/ticket_forms/{form['id']}"
    assert api.put(path, {"ticket_form": {"name": "Refunds"}}).body["ticket_form"]["display_name"] == "Returns"
    missing = {"ticket_form": {"ticket_field_ids": [7]}}
    assert wrong(api.refused("PUT", path, missing)) == {"ticket_field_ids": "InvalidValue"}
    assert wrong(api.refused("POST", "/ticket_forms", {"ticket_form": {}})) == {"name": "BlankValue"}
    assert api.delete(path).status == 204
    assert forms(api) == ["Default Ticket Form"]


def test_there_is_one_default(api):
    first = default_form(api)
    form = make(api, default=True)
    assert [(row["id"], row["default"]) for row in api.get("/ticket_forms").body["ticket_forms"]] == [
        (first["id"], False), (form["id"], True)
    ]
    assert api.state.tickets.form_id == form["id"]
    refusal = api.refused("PUT", f"/ticket_forms/{form['id']}", {"ticket_form": {"default": False}})
    assert wrong(refusal) == {"default": "InvalidValue"}
    assert api.delete(f"/ticket_forms/{first['id']}").status == 204


def test_a_clone_is_no_default(api):
    first = default_form(api)
    reply = api.post(f"/ticket_forms/{first['id']}/clone")
    clone = reply.body["ticket_form"]
    assert (reply.status, clone["default"], clone["ticket_field_ids"]) == (200, False, first["ticket_field_ids"])
    assert default_form(api)["default"] is True


def test_filters(api):
    make(api, "Hidden")
    make(api, "Shown", end_user_visible=True, in_all_brands=False)
    make(api, "Off", active=False, end_user_visible=True)
    assert forms(api, "?active=true") == ["Default Ticket Form", "Hidden", "Shown"]
    assert forms(api, "?end_user_visible=true") == ["Default Ticket Form", "Shown", "Off"]
    assert forms(api, "?associated_to_brand=true") == ["Default Ticket Form", "Hidden", "Off"]
    assert forms(api, "?associated_to_brand=false&active=false") == ["Off"]
    assert forms(api, "?active=false&fallback_to_default=true") == ["Default Ticket Form"]
    assert forms(api, "?active=true&fallback_to_default=true") == ["Default Ticket Form", "Hidden", "Shown"]


def test_end_users_see_what_is_active_and_visible_to_them(api):
    hidden = make(api, "Hidden")
    shown = make(api, "Shown", end_user_visible=True)
    make(api, "Off", active=False, end_user_visible=True)
    assert forms(api, who=CUSTOMER_ID) == forms(api, who=None) == ["Default Ticket Form", "Shown"]
    assert len(forms(api, who=AGENT_ID)) == 4
    both = f"/show_many?ids={hidden['id']},{shown['id']}"
    assert forms(api, both, who=CUSTOMER_ID) == ["Shown"]
    assert forms(api, both) == ["Hidden", "Shown"]
    assert api.refused("GET", f"/ticket_forms/{hidden['id']}", who=CUSTOMER_ID).status == 404
    assert api.refused("GET", f"/ticket_forms/{shown['id']}", who=None).status == 401


def test_reorder_answers_with_all_forms(api):
    first, form = default_form(api), make(api)
    reply = api.put("/ticket_forms/reorder", {"ticket_form_ids": [form["id"], first["id"]]})
    assert [row["id"] for row in reply.body["ticket_forms"]] == [form["id"], first["id"]]


def test_a_deleted_field_leaves_the_forms(api):
    field = api.post("/ticket_fields", {"ticket_field": {"title": "x", "type": "text"}}).body["ticket_field"]
    form = make(api, ticket_field_ids=[field["id"]])
    api.delete(f"/ticket_fields/{field['id']}")
    assert api.get(f"/ticket_forms/{form['id']}").body["ticket_form"]["ticket_field_ids"] == []


# --- custom statuses


def test_each_category_has_a_default_status(api):
    rows = api.get("/custom_statuses").body["custom_statuses"]
    assert [(row["status_category"], row["default"], row["active"]) for row in rows] == [
        (name, True, True) for name in ("new", "open", "pending", "hold", "solved")
    ]
    assert api.state.tickets.custom_statuses == {row["status_category"]: row["id"] for row in rows}
    path = f"/custom_statuses/{rows[1]['id']}"
    assert wrong(api.refused("DELETE", path)) == {"base": "InvalidValue"}
    assert wrong(api.refused("PUT", path, {"custom_status": {"active": False}})) == {"active": "InvalidValue"}
    assert api.put(path, {"custom_status": {"agent_label": "In work"}}).body["custom_status"]["default"] is True


def test_custom_statuses_come_and_go(api):
    row = status(api)
    assert (row["end_user_label"], row["raw_agent_label"], row["default"]) == ("Waiting", "Waiting", False)
    path = f"/custom_statuses/{row['id']}"
    changed = api.put(path, {"custom_status": {"active": False, "status_category": "hold"}}).body["custom_status"]
    assert (changed["active"], changed["status_category"]) == (False, "open")
    too_long = {"custom_status": {"end_user_label": "x" * 49}}
    assert wrong(api.refused("PUT", path, too_long)) == {"end_user_label": "ValueTooLong"}
    assert wrong(api.refused("POST", "/custom_statuses", {"custom_status": {"status_category": "closed"}})) == {
        "agent_label": "BlankValue", "status_category": "InvalidValue"
    }
    assert api.delete(path).status == 204
    assert api.refused("GET", path).status == 404


def test_custom_statuses_by_category_and_kind(api):
    status(api, active=False)
    rows = api.get("/custom_statuses?status_categories=open,hold").body["custom_statuses"]
    assert [row["agent_label"] for row in rows] == ["Open", "On-hold", "Waiting"]
    (row,) = api.get("/custom_statuses?active=false", who=CUSTOMER_ID).body["custom_statuses"]
    assert row["agent_label"] == "Waiting"
    assert len(api.get("/custom_statuses?default=true").body["custom_statuses"]) == 5


def test_another_default(api):
    row = status(api)
    assert api.put("/custom_status/default", {"ids": str(row["id"])}).body == {}
    rows = api.get("/custom_statuses?status_categories=open&default=true").body["custom_statuses"]
    assert [one["id"] for one in rows] == [row["id"]]
    assert api.state.tickets.custom_statuses["open"] == row["id"]
    assert len(api.get("/custom_statuses?default=true").body["custom_statuses"]) == 5
    assert api.refused("PUT", "/custom_status/default", {"ids": "7"}).status == 404
    assert api.refused("PUT", "/custom_status/default", {"ids": "x"}).status == 404
    assert api.refused("PUT", "/custom_status/default", {"ids": [7]}).status == 400
    assert api.refused("PUT", "/custom_status/default", {"ids": "7"}, who=AGENT_ID).status == 403


# --- statuses of forms


def tie(api, form, *rows, method="POST", tie_id=""):
    path = f"/ticket_forms/{form['id']}/ticket_form_statuses{tie_id}"
    return api.send(method, path, {"ticket_form_status": list(rows)}).body["ticket_form_statuses"]


def ties(api, path="/ticket_form_statuses"):
    return [(row["ticket_form_id"], row["custom_status_id"]) for row in api.get(path).body["ticket_form_statuses"]]


def test_statuses_are_tied_to_a_form(api):
    form, other, one, two = make(api), make(api, "Other"), status(api), status(api)
    rows = tie(api, form, {"custom_status_id": one["id"]}, {"custom_status_id": two["id"]})
    assert [row["custom_status_id"] for row in rows] == [one["id"], two["id"]]
    assert all(isinstance(row["id"], str) for row in rows)
    assert len(tie(api, form, {"custom_status_id": one["id"]})) == 2
    tie(api, other, {"custom_status_id": one["id"]})
    everything = [(form["id"], one["id"]), (form["id"], two["id"]), (other["id"], one["id"])]
    assert ties(api) == everything
    assert ties(api, f"/ticket_forms/{form['id']}/ticket_form_statuses") == everything[:2]
    assert ties(api, f"/ticket_form_statuses/show_many?ids={rows[1]['id']},x") == everything[1:2]


def test_ties_change(api):
    form, other, one, two = make(api), make(api, "Other"), status(api), status(api)
    (row,) = tie(api, form, {"custom_status_id": one["id"]})
    assert tie(api, form, {"id": row["id"], "custom_status_id": two["id"]}, method="PUT") == [
        row | {"custom_status_id": two["id"]}
    ]
    swapped = tie(
        api, form, {"id": row["id"], "_destroy": "true"}, {"custom_status_id": one["id"]}, method="PUT"
    )
    assert [(one_["id"] == row["id"], one_["custom_status_id"]) for one_ in swapped] == [(False, one["id"])]
    path = f"/ticket_forms/{form['id']}/ticket_form_statuses/{swapped[0]['id']}"
    by_id = tie(api, form, {"custom_status_id": two["id"]}, method="PUT", tie_id=f"/{swapped[0]['id']}")
    assert [one_["custom_status_id"] for one_ in by_id] == [one["id"], two["id"]]
    elsewhere = path.replace(str(form["id"]), str(other["id"]))
    assert api.refused("DELETE", elsewhere).status == 404
    assert api.refused("PUT", elsewhere, {"ticket_form_status": []}).status == 404
    assert api.delete(path).status == 204
    assert ties(api) == [(form["id"], two["id"])]
    assert api.delete(f"/ticket_forms/{form['id']}/ticket_form_statuses").status == 204
    assert ties(api) == []


def test_a_status_is_tied_to_forms(api):
    form, one, two = make(api), status(api), status(api)
    tie(api, form, {"custom_status_id": two["id"]})
    reply = api.post(
        f"/custom_statuses/{one['id']}/ticket_form_statuses", {"ticket_form_status": [{"ticket_form_id": form["id"]}]}
    )
    assert [row["custom_status_id"] for row in reply.body["ticket_form_statuses"]] == [one["id"]]
    assert ties(api) == [(form["id"], two["id"]), (form["id"], one["id"])]


def test_ties_that_can_t_be(api):
    form, one = make(api), status(api)
    path = f"/ticket_forms/{form['id']}/ticket_form_statuses"
    assert wrong(api.refused("POST", path, {"ticket_form_status": [{"custom_status_id": 7}]})) == {
        "base": "InvalidValue"
    }
    for body in ({"ticket_form_status": {}}, {"ticket_form_status": [7]}, {}):
        assert api.refused("POST", path, body).status == 400
    gone = {"ticket_form_status": [{"id": "x", "_destroy": "true"}]}
    assert api.refused("PUT", path, gone).status == 404
    assert api.refused("PUT", f"{path}/x", {"ticket_form_status": []}).status == 404
    row = {"ticket_form_status": [{"custom_status_id": one["id"]}]}
    assert api.refused("POST", "/ticket_forms/7/ticket_form_statuses", row).status == 404
    assert api.refused("POST", path, row, who=AGENT_ID).status == 403


def test_ties_go_with_their_form_and_with_their_status(api):
    form, other, one, two = make(api), make(api, "Other"), status(api), status(api)
    for row in (one, two):
        tie(api, form, {"custom_status_id": row["id"]})
        tie(api, other, {"custom_status_id": row["id"]})
    api.delete(f"/ticket_forms/{form['id']}")
    assert ties(api) == [(other["id"], one["id"]), (other["id"], two["id"])]
    api.delete(f"/custom_statuses/{one['id']}")
    assert ties(api) == [(other["id"], two["id"])]
