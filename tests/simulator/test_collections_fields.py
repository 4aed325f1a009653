import pytest
from endpoint_caller import Api

from zdasync.simulator.collection_fields import MAX_OPTIONS, TICKET_FIELDS
from zdasync.simulator.state import AGENT_ID, CUSTOMER_ID

RED = {"name": "Red", "value": "red"}
BLUE = {"name": "Blue", "value": "blue"}
NAVY = {"name": "Navy", "value": "navy"}


@pytest.fixture
def api():
    return Api()


def make(api, kind="ticket_field", **fields):
    return api.post(f"/{kind}s", {kind: {"title": "Field", "type": "text"} | fields}).body[kind]


def change(api, field, kind="ticket_field", **fields):
    return api.put(f"/{kind}s/{field['id']}", {kind: fields}).body[kind]


def drop_down(api, *options):
    return make(api, type="tagger", custom_field_options=list(options or (RED, BLUE)))


def values(field):
    return [(option["value"], option["name"], option["position"]) for option in field["custom_field_options"]]


def wrong(reply):
    assert reply.status == 422
    return {name: rows[0].get("error") for name, rows in reply.body["details"].items()}


def refused(api, kind="ticket_field", **fields):
    return wrong(api.refused("POST", f"/{kind}s", {kind: {"title": "Field"} | fields}))


# --- what a fresh account has


def test_zendesk_s_own_fields_of_tickets(api):
    fields = api.get("/ticket_fields").body["ticket_fields"]
    assert [(field["type"], field["removable"], field["position"]) for field in fields] == [
        ("subject", False, 1), ("description", False, 2), ("status", False, 3), ("tickettype", False, 4),
        ("priority", False, 5), ("group", False, 6), ("assignee", False, 7), ("custom_status", False, 8),
    ]
    by_type = {field["type"]: field for field in fields}
    assert {"name": "Urgent", "value": "urgent"} in by_type["priority"]["system_field_options"]
    assert [one["status_category"] for one in by_type["custom_status"]["custom_statuses"]] == [
        "new", "open", "pending", "hold", "solved"
    ]
    assert wrong(api.refused("DELETE", f"/ticket_fields/{fields[0]['id']}")) == {"base": None}
    assert change(api, fields[0], title="Topic")["title"] == "Topic"
    assert api.state.tickets.field_ids == []


def test_fields_of_users_are_those_that_users_show(api):
    fields = api.get("/user_fields").body["user_fields"]
    assert tuple(field["key"] for field in fields) == api.state.user_field_keys
    by_key = {field["key"]: field for field in fields}
    assert by_key["tier"]["type"] == "dropdown"
    assert [value for value, *_ in values(by_key["tier"])] == ["gold", "silver", "bronze"]
    assert api.get("/user_fields/tier").body["user_field"] == by_key["tier"]
    body = api.get("/user_fields/show_many?keys=points,nothing,tier").body
    assert [field["key"] for field in body["user_fields"]] == ["tier", "points"]


def test_fields_of_organizations_are_those_that_organizations_show(api):
    fields = api.get("/organization_fields").body["organization_fields"]
    assert tuple(field["key"] for field in fields) == api.state.organization_field_keys


def test_ticket_fields_come_by_cursor_or_all_at_once(api):
    assert list(api.get("/ticket_fields?page=1&per_page=1").body) == ["ticket_fields"]
    body = api.get("/ticket_fields?page[size]=3").body
    assert (len(body["ticket_fields"]), body["meta"]["has_more"]) == (3, True)
    assert api.get("/user_fields?per_page=2").body["count"] == len(api.state.user_field_keys)


def test_who_may(api):
    field = make(api)
    assert api.get("/ticket_fields", who=None).status == 200
    assert api.refused("GET", f"/ticket_fields/{field['id']}", who=CUSTOMER_ID).status == 403
    assert api.get(f"/ticket_fields/{field['id']}", who=AGENT_ID).status == 200
    assert api.refused("GET", "/user_fields", who=CUSTOMER_ID).status == 403
    assert api.refused("POST", "/user_fields", {"user_field": {}}, who=AGENT_ID).status == 403


# --- writing


def test_a_new_field_of_tickets(api):
    field = make(api, title="Order number", type="integer")
    assert (field["title_in_portal"], field["raw_title_in_portal"]) == ("Order number", "Order number")
    assert (field["removable"], field["active"], field["position"]) == (True, True, 9)
    assert field["creator_user_id"] is None
    asked = api.get(f"/ticket_fields/{field['id']}?creator=true").body["ticket_field"]
    assert asked["creator_user_id"] == api.who
    assert api.state.tickets.field_ids == [field["id"]]
    assert change(api, field, title="Order", type="text") | {"title": 0} == field | {
        "title": 0, "raw_title": "Order", "updated_at": field["updated_at"]
    }
    assert api.delete(f"/ticket_fields/{field['id']}").status == 204
    assert api.state.tickets.field_ids == []


def test_values_go_with_their_field(api):
    field, other = make(api), make(api)
    given = {"subject": "x", "comment": {"body": "x"}, "custom_fields": [{"id": field["id"], "value": "y"}]}
    ticket = api.post("/tickets", {"ticket": given}).body["ticket"]
    assert ticket["custom_fields"] == [{"id": field["id"], "value": "y"}, {"id": other["id"], "value": None}]
    api.delete(f"/ticket_fields/{field['id']}")
    ticket = api.get(f"/tickets/{ticket['id']}").body["ticket"]
    assert ticket["custom_fields"] == [{"id": other["id"], "value": None}]


def test_what_a_type_needs(api):
    assert refused(api) == {"type": "BlankValue"}
    assert refused(api, type="wheel") == {"type": "InvalidValue"}
    assert refused(api, type="tagger") == {"custom_field_options": "BlankValue"}
    assert refused(api, type="multiselect", custom_field_options=[]) == {"custom_field_options": "BlankValue"}
    assert refused(api, type="regexp") == {"regexp_for_validation": "BlankValue"}
    assert refused(api, type="lookup") == {"relationship_target_type": "BlankValue"}
    assert refused(api, "user_field", type="dropdown", key="x") == {"custom_field_options": "BlankValue"}
    assert refused(api, "user_field", type="tagger", key="x", custom_field_options=[RED]) == {"type": "InvalidValue"}
    assert make(api, type="lookup", relationship_target_type="zen:user")["relationship_target_type"] == "zen:user"
    assert make(api, type="regexp", regexp_for_validation="[a-z]+")["regexp_for_validation"] == "[a-z]+"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([RED, {"name": "Blue"}], "BlankValue"),
        ([{"name": "", "value": "x"}], "BlankValue"),
        ([{"name": "Red", "value": 5}], "BlankValue"),
        ([RED, RED | {"name": "Crimson"}], "DuplicateValue"),
        ([{"name": str(n), "value": str(n)} for n in range(MAX_OPTIONS + 1)], "ValueTooLong"),
    ],
)
def test_options_that_can_t_be(api, options, code):
    assert refused(api, type="tagger", custom_field_options=options) == {"custom_field_options": code}
    assert len(TICKET_FIELDS.rows(api)) == 8


def test_keys(api):
    assert refused(api, "user_field", type="text") == {"key": "BlankValue"}
    assert refused(api, "user_field", type="text", key="two words") == {"key": "InvalidFormat"}
    assert refused(api, "user_field", type="text", key="tier") == {"key": "DuplicateValue"}
    field = make(api, "user_field", key="shoe_size", type="integer")
    user = api.create(user_fields={"shoe_size": 44, "hat_size": 7})
    assert user["user_fields"]["shoe_size"] == 44
    assert "hat_size" not in user["user_fields"]
    assert change(api, field, "user_field", key="hat_size")["key"] == "shoe_size"
    assert api.delete("/user_fields/shoe_size").status == 204
    assert "shoe_size" not in api.state.user_field_keys
    assert "shoe_size" not in api.get(f"/users/{user['id']}").body["user"]["user_fields"]


def test_fields_of_organizations_come_and_go(api):
    make(api, "organization_field", key="vat", type="text")
    assert api.state.organization_field_keys[-1] == "vat"
    api.delete("/organization_fields/vat")
    assert "vat" not in api.state.organization_field_keys


def test_reorder(api):
    first, second = make(api, title="1"), make(api, title="2")
    assert api.put("/ticket_fields/reorder", {"ticket_field_ids": [second["id"], first["id"]]}).body is None
    fields = api.get("/ticket_fields").body["ticket_fields"]
    assert [field["title"] for field in fields][:3] == ["2", "1", "Subject"]


# --- options


def test_the_options_of_a_write_are_all_that_there_are(api):
    field = drop_down(api)
    assert values(field) == [("red", "Red", 1), ("blue", "Blue", 2)]
    red, blue = field["custom_field_options"]
    renamed = change(api, field, custom_field_options=[
        {"name": "Green", "value": "green"}, {"id": blue["id"], "name": "Navy", "value": "navy"},
    ])
    assert values(renamed) == [("green", "Green", 1), ("navy", "Navy", 2)]
    assert renamed["custom_field_options"][1]["id"] == blue["id"]
    assert api.refused("GET", f"/ticket_fields/{field['id']}/options/{red['id']}").status == 404
    assert values(change(api, field, title="Other")) == values(renamed)
    kept = change(api, field, custom_field_options=[{"name": "Marine", "value": "navy"}])
    assert [option["id"] for option in kept["custom_field_options"]] == [blue["id"]]
    both = change(api, field, custom_field_options=[{"id": blue["id"], "name": "Sky", "value": "sky"}, NAVY])
    assert values(both) == [("sky", "Sky", 1), ("navy", "Navy", 2)]
    assert both["custom_field_options"][1]["id"] != blue["id"]


def test_options_one_by_one(api):
    field = drop_down(api)
    drop_down(api, RED, BLUE, NAVY)
    path = f"/ticket_fields/{field['id']}/options"
    reply = api.post(path, {"custom_field_option": {"name": "Green", "value": "green"}})
    option = reply.body["custom_field_option"]
    assert (reply.status, option["position"], option["raw_name"]) == (201, 3, "Green")
    assert option["url"].endswith(f"/api/v2{path}/{option['id']}.json")
    assert api.get(f"{path}/{option['id']}").body == {"custom_field_option": option}
    reply = api.post(path, {"custom_field_option": {"id": option["id"], "name": "Lime", "value": "lime"}})
    assert (reply.status, reply.body["custom_field_option"]["id"]) == (200, option["id"])
    assert wrong(api.refused("POST", path, {"custom_field_option": RED})) == {"value": "DuplicateValue"}
    assert wrong(api.refused("POST", path, {"custom_field_option": {"name": "x"}})) == {"value": "BlankValue"}
    body = api.get(path).body
    assert [one["value"] for one in body["custom_field_options"]] == ["red", "blue", "lime"]
    assert body["count"] == 3
    assert api.delete(f"{path}/{option['id']}").status == 204
    shown = api.get(f"/ticket_fields/{field['id']}").body["ticket_field"]
    assert values(shown) == [("red", "Red", 1), ("blue", "Blue", 2)]


def test_a_user_field_is_named_by_its_key_there_too(api):
    reply = api.post("/user_fields/tier/options", {"custom_field_option": {"name": "Platinum", "value": "platinum"}})
    assert reply.status == 201
    found = api.get("/user_fields/tier/options").body["custom_field_options"]
    assert [option["value"] for option in found] == ["gold", "silver", "bronze", "platinum"]


def test_options_belong_to_fields_that_have_some(api):
    text = make(api)
    path = f"/ticket_fields/{text['id']}/options"
    assert wrong(api.refused("POST", path, {"custom_field_option": RED})) == {"base": "InvalidValue"}
    assert api.refused("GET", "/ticket_fields/7/options").status == 404


def test_a_field_has_so_many_options_and_no_more(api):
    field = drop_down(api, *({"name": str(n), "value": str(n)} for n in range(MAX_OPTIONS)))
    path = f"/ticket_fields/{field['id']}/options"
    assert wrong(api.refused("POST", path, {"custom_field_option": RED})) == {"base": "ValueTooLong"}
    last = {"id": field["custom_field_options"][-1]["id"], **RED}
    assert api.post(path, {"custom_field_option": last}).status == 200


def test_options_go_with_their_field(api):
    field = drop_down(api)
    api.delete(f"/ticket_fields/{field['id']}")
    assert api.state.collections["ticket_field_options"] == {}
