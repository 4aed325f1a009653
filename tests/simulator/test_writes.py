import pytest
from endpoint_caller import Api

from zdasync.simulator.state import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID


@pytest.fixture
def api():
    return Api()


def refused(api, **fields):
    return api.refused("PUT", f"/users/{CUSTOMER_ID}", {"user": fields})


# --- what a write takes


def test_unknown_and_read_only_keys_are_dropped_and_named(api):
    body = {"user": {"id": 1, "nmae": "x", "active": False, "url": "u", "alias": "ok"}, "users": []}
    reply = api.put(f"/users/{CUSTOMER_ID}", body)
    assert (reply.status, reply.body["user"]["alias"], reply.body["user"]["active"]) == (200, "ok", True)
    assert reply.headers["X-Zendesk-API-Warn"] == (
        '{:allowed_parameters=>{:controller=>"api/v2/users", :action=>"update", '
        ':unpermitted_keys=>["user.id", "user.nmae", "user.active", "user.url", "users"], :invalid_values=>[]}}'
    )


def test_no_warning_without_a_reason(api):
    reply = api.put(f"/users/{CUSTOMER_ID}", {"user": {"alias": "ok"}})
    assert "X-Zendesk-API-Warn" not in reply.headers


def test_a_warning_is_a_header_value(api):
    reply = api.put(f"/users/{CUSTOMER_ID}", {"user": {"a\r\nb": 1, "ü": 1}})
    assert '["user.a??b", "user.?"]' in reply.headers["X-Zendesk-API-Warn"]


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [("tags", "vip", "must be an array"), ("name", {}, "must be a string"), ("suspended", "maybe", "must be either"),
     ("organization_id", "abc", "must be an integer"), ("user_fields", [], "must be a hash"),
     ("identities", {}, "must be an array"), ("organization", "ACME", "must be a hash"), ("tags", [[]], "must be")],
)
def test_values_of_the_wrong_type(api, field, value, rule):
    reply = refused(api, **{field: value})
    assert reply.status == 400
    assert reply.body["error"]["title"] == "Invalid attribute"
    message = reply.body["error"]["message"]
    assert message.startswith(f"You passed an invalid value for the user.{field} attribute. Invalid parameter: ")
    assert rule in message
    assert message.endswith("from api/v2/users/update")


@pytest.mark.parametrize("body", [None, [], {}, {"users": {}}, {"user": []}, {"user": "x"}])
def test_bodies_without_a_user(api, body):
    assert api.refused("POST", "/users", body).status == 400


def test_harmless_types_are_bent(api):
    user = api.update(CUSTOMER_ID, external_id=12, suspended="true", locale_id="8", name=5)
    assert (user["external_id"], user["suspended"], user["locale"], user["name"]) == ("12", True, "de", "5")


def test_a_warning_does_not_grow_without_end(api):
    reply = api.put(f"/users/{CUSTOMER_ID}", {"user": {f"unknown_key_{index}": 1 for index in range(2000)}})
    assert len(reply.headers["X-Zendesk-API-Warn"]) < 5000


# --- what is valid


@pytest.mark.parametrize("name", ["", "   ", None])
def test_names_must_not_be_empty(api, name):
    reply = refused(api, name=name)
    assert (reply.status, reply.body["error"]) == (422, "RecordInvalid")
    assert reply.body["details"]["name"] == [{"description": "Name: is too short (minimum is 1 characters)"}]
    assert api.refused("POST", "/users", {"user": {"email": "x@x.example"}}).status == 422


@pytest.mark.parametrize("email", ["x", "x@", "@x.example", "a b@x.example", "x@example", "x@@x.example", "x@x..org"])
def test_broken_addresses(api, email):
    assert set(refused(api, email=email).body["details"]) == {"email"}
    assert api.refused("POST", "/users", {"user": {"name": "x", "email": email}}).status == 422


@pytest.mark.parametrize("email", ["a+b@x.example", "o'neil@sub.x-y.example", "ü@müller.example", "a.b_c@x.co.uk"])
def test_good_addresses(api, email):
    assert api.create(email=email)["email"] == email


def test_duplicates(api):
    api.create(external_id="Dup")
    reply = refused(api, email="AGENT@example.com", external_id="dUP")
    assert reply.body["details"] == {
        "email": [
            {"description": "Email: agent@example.com is already being used by another user", "error": "DuplicateValue"}
        ],
        "external_id": [{"description": "External has already been taken", "error": "DuplicateValue"}],
    }
    plain = api.refused("POST", "/users", {"user": {"name": "x", "email": "customer@example.com"}})
    assert plain.body["details"]["email"][0]["error"] == "DuplicateValue"


def test_overlong_values():
    api = Api(max_text_length=10)
    assert set(refused(api, notes="n" * 11, details="d" * 11, name="n" * 256).body["details"]) == {
        "notes", "details", "name",
    }
    assert api.update(CUSTOMER_ID, notes="n" * 10)["notes"] == "n" * 10


@pytest.mark.parametrize(
    ("field", "value"),
    [("organization_id", 1), ("custom_role_id", 1), ("default_group_id", 1), ("role", "boss"), ("locale", "xx"),
     ("time_zone", "Mars"), ("identities", [{"type": "carrier_pigeon", "value": "x"}])],
)
def test_references_and_choices(api, field, value):
    reply = refused(api, **{field: value})
    assert (reply.status, reply.body["description"]) == (422, "Record validation errors")


# --- e-mail and verified


def test_an_update_never_changes_the_primary_address(api):
    assert api.update(CUSTOMER_ID, email="b@x.example")["email"] == "customer@example.com"
    api.update(CUSTOMER_ID, email="c@x.example", verified=True)
    assert api.emails(CUSTOMER_ID) == [
        ("customer@example.com", True, True), ("b@x.example", False, False), ("c@x.example", True, False),
    ]


def test_verified_alone_is_about_the_primary_address(api):
    assert api.update(UNVERIFIED_ID, verified=True)["verified"]
    assert api.emails(UNVERIFIED_ID) == [("unverified@example.com", True, True)]
    assert not api.update(UNVERIFIED_ID, verified=False)["verified"]


def test_an_address_that_is_there_already_is_not_added_again(api):
    api.update(CUSTOMER_ID, email="Customer@Example.com")
    assert len(api.emails(CUSTOMER_ID)) == 1


def test_the_first_address_of_a_profile_is_primary(api):
    user = api.create()
    assert user["email"] is None
    assert api.update(user["id"], email="first@x.example")["email"] == "first@x.example"


def test_identities_at_creation(api):
    rows = [{"type": "email", "value": "I@x.example"}, {"type": "twitter", "value": "tester84"},
            {"type": "email", "value": "j@x.example"}]
    user = api.create(identities=rows)
    assert user["email"] == "i@x.example"
    listed = api.get(f"/users/{user['id']}/identities").body["identities"]
    assert [(row["type"], row["value"], row["primary"]) for row in listed] == [
        ("email", "i@x.example", True), ("twitter", "tester84", False), ("email", "j@x.example", False),
    ]
    again = api.refused("POST", "/users", {"user": {"name": "x", "identities": rows[1:2]}})
    assert again.status == 422


# --- the rest of the fields


def test_none_clears_and_absence_keeps(api):
    api.update(CUSTOMER_ID, notes="n", details="d", external_id="e", alias="a")
    user = api.update(CUSTOMER_ID, notes=None, external_id=None)
    assert (user["notes"], user["details"], user["external_id"], user["alias"]) == (None, "d", None, "a")
    assert api.state.by_external_id("e") is None


def test_tags_are_replaced_and_cleaned(api):
    assert api.update(CUSTOMER_ID, tags=["B", "a", "b", " two words ", ""])["tags"] == ["b", "a", "two_words"]
    assert api.update(CUSTOMER_ID, tags=["x"])["tags"] == ["x"]
    assert api.update(CUSTOMER_ID, tags=None)["tags"] == []


def test_user_fields_are_merged_by_key(api):
    api.update(CUSTOMER_ID, user_fields={"tier": "gold", "points": 3, "no_such_field": 1})
    fields = api.update(CUSTOMER_ID, user_fields={"points": None})["user_fields"]
    assert (fields["tier"], fields["points"]) == ("gold", None)
    assert "no_such_field" not in fields
    api.state.user_field_keys = (*api.state.user_field_keys, "no_such_field")
    assert api.update(CUSTOMER_ID, user_fields={"no_such_field": 1})["user_fields"]["no_such_field"] == 1


def test_an_organization_replaces_all_memberships(api):
    one, two, three = sorted(api.state.organizations)
    api.state.set_organizations(api.state.users[CUSTOMER_ID], [one, two])
    assert api.update(CUSTOMER_ID, organization_id=three)["organization_id"] == three
    assert api.state.users[CUSTOMER_ID].organization_ids == [three]
    assert api.update(CUSTOMER_ID, organization_id=None)["organization_id"] is None


@pytest.mark.parametrize("choice", ["create", "ignore"])
def test_organizations_by_name(choice):
    api = Api(unknown_organization_name=choice)
    known = next(iter(api.state.organizations.values()))
    assert api.create(organization={"name": known.name.upper()})["organization_id"] == known.id
    new = api.create(organization={"name": "Brand new"})["organization_id"]
    assert (new is not None) == (choice == "create")


def test_roles(api):
    custom, light = sorted(api.state.custom_roles)
    user = api.create(role="end-user", custom_role_id=custom)
    assert (user["role"], user["custom_role_id"], user["role_type"]) == ("agent", custom, 0)
    assert user["restricted_agent"] is False
    assert api.create(custom_role_id=light)["role_type"] == 1
    assert api.create(role="admin")["role_type"] == 4
    down = api.update(user["id"], role="end-user", custom_role_id=None)
    assert (down["role"], down["custom_role_id"], down["ticket_restriction"]) == ("end-user", None, "requested")


def test_ticket_restrictions(api):
    assert api.update(CUSTOMER_ID, ticket_restriction="organization")["ticket_restriction"] == "organization"
    assert api.update(CUSTOMER_ID, ticket_restriction="groups")["ticket_restriction"] == "requested"
    agent = api.update(AGENT_ID, ticket_restriction="groups")
    assert (agent["ticket_restriction"], agent["restricted_agent"]) == ("groups", True)
    assert api.refused("PUT", f"/users/{AGENT_ID}", {"user": {"ticket_restriction": "moon"}}).status == 422


def test_restricted_agent_is_read_only_unless_a_setting_says_otherwise(api):
    reply = api.put(f"/users/{AGENT_ID}", {"user": {"restricted_agent": True}})
    assert not reply.body["user"]["restricted_agent"]
    assert "user.restricted_agent" in reply.headers["X-Zendesk-API-Warn"]
    older = Api(restricted_agent_writable=True)
    assert older.update(AGENT_ID, restricted_agent=True)["restricted_agent"]


def test_the_name_of_a_locale_wins_over_its_id(api):
    user = api.update(CUSTOMER_ID, locale="fr", locale_id=8)
    assert (user["locale"], user["locale_id"]) == ("fr", 16)
    assert api.update(CUSTOMER_ID, locale_id=8)["locale"] == "de"


def test_time_zones_have_two_names(api):
    user = api.update(CUSTOMER_ID, time_zone="Europe/Copenhagen")
    assert (user["time_zone"], user["iana_time_zone"]) == ("Copenhagen", "Europe/Copenhagen")


def test_default_group(api):
    group = sorted(api.state.groups)[1]
    assert api.update(AGENT_ID, default_group_id=group)["default_group_id"] == group
    assert AGENT_ID in api.state.group_users[group]
    assert api.update(CUSTOMER_ID, default_group_id=group)["default_group_id"] is None


def test_updates_change_the_date(api):
    api.at += 100
    user = api.update(ADMIN_ID, alias="x")
    assert user["updated_at"] > user["created_at"]


# --- phones


def phones(api, user_id):
    rows = api.get(f"/users/{user_id}/identities").body["identities"]
    return [row["value"] for row in rows if row["type"] == "phone_number"]


def test_a_unique_number_is_a_direct_line(api):
    user = api.create(phone="+49 30 123")
    assert (user["phone"], user["shared_phone_number"]) == ("+49 30 123", False)
    assert phones(api, user["id"]) == ["+4930123"]


def test_a_number_of_somebody_else_is_shared(api):
    api.create(phone="+4930123")
    user = api.create(phone="+49 30 123")
    assert (user["phone"], user["shared_phone_number"]) == ("+49 30 123", True)
    assert phones(api, user["id"]) == []
    user = api.update(user["id"], phone="+499")
    assert (user["phone"], user["shared_phone_number"]) == ("+499", False)
    assert phones(api, user["id"]) == ["+499"]


def test_a_second_number_of_a_direct_line_is_secondary(api):
    user = api.create(phone="+491")
    user = api.update(user["id"], phone="+492")
    assert user["phone"] == "+491"
    assert phones(api, user["id"]) == ["+491", "+492"]


def test_a_number_may_be_shared_on_request(api):
    assert api.create(phone="+491", shared_phone_number=True)["shared_phone_number"] is True


@pytest.mark.parametrize("empty", ["", None])
def test_clearing_a_phone_frees_its_number(api, empty):
    user = api.create(phone="+491")
    user = api.update(user["id"], phone=empty)
    assert (user["phone"], user["shared_phone_number"]) == (None, None)
    assert phones(api, user["id"]) == []
    assert api.create(phone="+491")["shared_phone_number"] is False


def test_deleting_a_phone_identity_leaves_the_phone(api):
    user = api.create(phone="+491")
    identity = api.get(f"/users/{user['id']}/identities").body["identities"][0]["id"]
    api.delete(f"/users/{user['id']}/identities/{identity}")
    assert api.get(f"/users/{user['id']}").body["user"]["phone"] == "+491"
    assert api.update(user["id"], phone="")["phone"] is None


# --- photos


def test_photo_upload(api):
    content = b"\x89PNG" + bytes(100_000)
    form = {"user[photo][uploaded_data]": content, "user[name]": "With photo"}
    reply = api.put(f"/users/{CUSTOMER_ID}", form=form)
    photo = reply.body["user"]["photo"]
    assert (photo["content_type"], photo["size"]) == ("image/png", 100_004)
    assert api.state.users[CUSTOMER_ID].photo.content == content
    assert reply.body["user"]["name"] == "With photo"
    assert "X-Zendesk-API-Warn" not in reply.headers


@pytest.mark.parametrize(
    ("content", "strict", "status"), [(b"", False, 422), (b"text", True, 422), ("text", False, 400)]
)
def test_photos_that_are_none(content, strict, status):
    api = Api(photo_must_be_image=strict)
    form = {"user[photo][uploaded_data]": content}
    assert api.refused("PUT", f"/users/{CUSTOMER_ID}", form=form).status == status


def test_remote_photos_take_a_while(api):
    user = api.update(CUSTOMER_ID, remote_photo_url="https://x.example/a/me.png?x=1")
    assert user["photo"] is None
    api.at += 120
    assert api.get(f"/users/{CUSTOMER_ID}").body["user"]["photo"]["file_name"] == "me.png"
