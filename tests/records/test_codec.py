"""Replies to records: what fits, what does not, what is no reply at all; and back to JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import attrs
import pytest

from zdasync.errors import BadArgument, UnexpectedReply
from zdasync.records import Ability, CurrentUser, Entitlement, Identity, Session, User
from zdasync.records.codec import check_class, decode_json, decode_page, decode_record, encode, sideloads_of

USER = {
    "id": 35436, "url": "https://acme.zendesk.com/api/v2/users/35436.json", "name": "Ada", "email": "ada@example.org",
    "created_at": "2023-08-16T09:14:57Z", "updated_at": "2024-02-08T17:44:26Z", "phone": None, "photo": None,
    "locale_id": 1, "role": "end-user", "verified": True, "external_id": "crm-1", "tags": ["vip"], "active": True,
    "user_fields": {"tier": "gold", "score": 5.1, "since": None, "list": [1, {"a": None}]},
}  # fmt: skip


class Drift(list):
    def __call__(self, record, field, _problem):
        self.append((record, field))


@pytest.fixture
def drift():
    return Drift()


def user(body, drift, cls=User):
    return decode_record(json.dumps({"user": body}).encode(), "user", cls, drift)


def test_a_user_is_decoded_with_its_times_in_utc(drift):
    found = user(USER, drift)
    assert (found.id, found.name, found.tags, found.phone) == (35436, "Ada", ("vip",), None)
    assert found.created_at == datetime(2023, 8, 16, 9, 14, 57, tzinfo=UTC)
    assert found.user_fields == USER["user_fields"]
    assert drift == []


def test_only_the_id_is_needed(drift):
    assert user({"id": 1}, drift) == User(id=1)
    assert drift == []


def test_unknown_fields_and_values_of_enumerations_are_no_drift(drift):
    assert user({"id": 1, "role": "robot", "brand_new": [1]}, drift) == User(id=1, role="robot")
    assert drift == []


@pytest.mark.parametrize(
    ("field", "value", "left"),
    [
        ("created_at", "yesterday", None),
        ("active", "false", None),
        ("locale_id", "en", None),
        ("name", {"first": "Ada"}, None),
        ("tags", "vip", ()),
        ("photo", 7, None),
        ("user_fields", [], {}),
    ],
)
def test_a_value_that_does_not_fit_is_left_out_and_reported(drift, field, value, left):
    found = user(USER | {field: value}, drift)
    assert getattr(found, field) == left
    assert drift == [("User", field)]
    assert found.email == "ada@example.org"
    assert found.updated_at == datetime(2024, 2, 8, 17, 44, 26, tzinfo=UTC)


@pytest.mark.parametrize(("field", "empty"), [("tags", ()), ("user_fields", {}), ("agent_brand_ids", ())])
def test_null_for_a_container_is_an_empty_one_and_no_drift(drift, field, empty):
    assert getattr(user(USER | {field: None}, drift), field) == empty
    assert drift == []


def test_ids_as_digits_and_names_as_numbers_still_fit(drift):
    found = user({"id": "35436", "external_id": 17, "organization_id": "12"}, drift)
    assert (found.id, found.external_id, found.organization_id) == (35436, "17", 12)
    assert drift == []


def test_what_does_not_fit_inside_a_photo_costs_only_itself(drift):
    photo = {"id": 1, "content_url": "https://x/y.png", "size": "big", "thumbnails": [{"id": 2, "width": "wide"}]}
    found = user(USER | {"photo": photo}, drift)
    assert found.photo.content_url == "https://x/y.png"
    assert found.photo.thumbnails[0].id == 2
    assert sorted(drift) == [("Attachment", "size"), ("Thumbnail", "width")]


def test_the_anonymous_user_is_no_drift(drift):
    found = user({"id": None, "name": "Anonymous user", "authenticity_token": "t"}, drift, CurrentUser)
    assert found.anonymous
    assert found.name == "Anonymous user"
    assert drift == []


@pytest.mark.parametrize("body", [{"name": "Ada"}, {"id": None}, {"id": "ada"}, {"id": True}])
def test_a_record_without_its_id_is_refused(drift, body):
    with pytest.raises(UnexpectedReply, match="'id'"):
        user(body, drift)


@pytest.mark.parametrize("body", [b"<html>busy</html>", b"", b"null", b"[]", b'{"users": []}', b'{"user": null}'])
def test_what_is_no_such_reply_is_refused(drift, body):
    with pytest.raises(UnexpectedReply):
        decode_record(body, "user", User, drift)
    with pytest.raises(UnexpectedReply):
        decode_page(body, "identities", Identity, drift)


def test_a_session_in_a_list_of_one_is_taken_out(drift):
    assert decode_record(b'{"session": [{"id": 9}]}', "session", Session, drift) == Session(id=9)


def test_plain_types_are_decoded_too(drift):
    assert decode_record(b'{"requirements": ["long"]}', "requirements", list[str], drift) == ["long"]
    body = b'{"entitlements": {"chat": {"name": "admin", "is_active": true}, "talk": null}}'
    found = decode_record(body, "entitlements", dict[str, Entitlement | None], drift)
    assert found == {"chat": Entitlement(name="admin", is_active=True), "talk": None}
    with pytest.raises(UnexpectedReply):
        decode_record(b'{"requirements": 7}', "requirements", list[str], drift)


@pytest.mark.parametrize("body", [b"", b"  \n", b"null"])
def test_a_body_without_anything_is_none(body):
    assert decode_json(body) is None


# --- pages


def page(body, drift, **more):
    return decode_page(json.dumps(body).encode(), "users", User, drift, **more)


def test_a_cursor_page(drift):
    body = {"users": [{"id": 1}, {"id": 2}], "meta": {"has_more": True, "after_cursor": "A", "before_cursor": "B"}}
    found = page(body | {"links": {"next": "https://x", "prev": None}}, drift)
    assert [one.id for one in found.records] == [1, 2]
    assert (found.has_more, found.after_cursor, found.next_page, found.count) == (True, "A", None, None)


def test_an_empty_page_whose_meta_is_all_null_has_no_more(drift):
    found = page({"users": [], "meta": {"has_more": None, "after_cursor": None}, "links": {"next": None}}, drift)
    assert found.has_more is False


def test_an_offset_page(drift):
    found = page({"users": [{"id": 1}], "count": 201, "next_page": "https://x?page=2", "previous_page": None}, drift)
    assert (found.has_more, found.next_page, found.count) == (None, "https://x?page=2", 201)


@pytest.mark.parametrize("odd", [{"tags": "vip"}, {"created_at": 5.5}])
def test_one_odd_user_costs_no_page(drift, odd):
    body = {"users": [{"id": 1}, {"id": 2, "name": "Eve"} | odd], "meta": {"has_more": True, "after_cursor": "A"}}
    found = page(body | {"count": 2, "next_page": "n"}, drift)
    assert [one.id for one in found.records] == [1, 2]
    assert found.records[1].name == "Eve"
    assert (found.has_more, found.after_cursor, found.count, found.next_page) == (True, "A", 2, "n")
    assert [field for _, field in drift] == list(odd)


SIDELOADED = {
    "users": [{"id": 1}],
    "organizations": [{"id": 5, "name": "Acme", "created_at": "2024-01-01T00:00:00Z"}],
    "groups": [{"id": 6}],
    "roles": [{"id": 7, "configuration": {"chat_access": True}}],
    "identities": [{"id": 8, "user_id": 1}],
    "abilities": [{"user_id": 1, "url": "https://x", "can_edit": True}],
    "open_ticket_count": {"1": 4},
}


@pytest.mark.parametrize("odd", [{}, {"organizations": [{"id": 5, "name": "Acme"}, {"id": "?"}]}], ids=["fast", "odd"])
def test_sideloads_are_typed(drift, odd):
    loaded = page(SIDELOADED | odd, drift, sideloads=True).sideloads
    assert loaded.organization(5).name == "Acme"
    assert loaded.group(6).id == 6
    assert loaded.role(7).configuration == {"chat_access": True}
    assert [one.id for one in loaded.identities_of(1)] == [8]
    assert loaded.abilities == (Ability(user_id=1, allowed={"can_edit": True}),)
    assert loaded.open_tickets_of(1) == 4
    assert len(loaded.organizations) == 1
    assert drift == ([("Organization", "id"), ("Organization", "*")] if odd else [])


def test_abilities_by_id_are_read_too(drift):
    loaded = page({"users": [], "abilities": {"1": {"can_edit": False}}}, drift, sideloads=True).sideloads
    assert loaded.abilities == (Ability(user_id=1, allowed={"can_edit": False}),)


def test_sideloads_come_with_one_record(drift):
    body = json.dumps({"user": {"id": 1}} | SIDELOADED).encode()
    assert sideloads_of(body, "user", drift).organization(5).name == "Acme"


def test_a_listing_of_identities_does_not_mistake_them_for_sideloads(drift):
    found = decode_page(b'{"identities": [{"id": 1}]}', "identities", Identity, drift, sideloads=True)
    assert found.records == [Identity(id=1)]
    assert found.sideloads.identities == ()


# --- classes of the caller's


@attrs.frozen
class Mine:
    id: int
    name: str | None = None


@attrs.define
class Loose:
    id: int
    tags: list[str] = attrs.field(factory=list)
    created_at: datetime | None = None


@attrs.frozen
class Demanding:
    id: int
    tier: str


@attrs.frozen
class Converting:
    id: int
    name: str = attrs.field(converter=str.upper, validator=attrs.validators.min_len(2))


def test_attrs_classes_of_the_caller_are_decoded(drift):
    assert user(USER, drift, Mine) == Mine(35436, "Ada")
    assert user(USER, drift, Loose) == Loose(35436, ["vip"], datetime(2023, 8, 16, 9, 14, 57, tzinfo=UTC))
    assert drift == []


def test_they_are_read_leniently_as_well(drift):
    assert user(USER | {"tags": 7}, drift, Loose).tags == []
    assert drift == [("Loose", "tags")]


def test_a_field_that_the_reply_lacks_is_named(drift):
    with pytest.raises(UnexpectedReply, match="Demanding requires 'tier'"):
        user(USER, drift, Demanding)


def test_converters_and_validators_run(drift):
    assert user(USER, drift, Converting).name == "ADA"
    with pytest.raises(UnexpectedReply, match="Converting"):
        user(USER | {"name": "A"}, drift, Converting)


class Plain:
    id: int


@attrs.frozen
class Unresolvable:
    id: Nowhere  # noqa: F821


@pytest.mark.parametrize("cls", [dict, Plain, Unresolvable, 7])
def test_a_class_that_nothing_can_be_decoded_into_is_refused(cls):
    with pytest.raises(BadArgument):
        check_class(cls)


def test_cattrs_is_imported_only_for_replies_that_do_not_fit():
    program = (
        "import sys; from zdasync.records.codec import decode_record; from zdasync.records import User\n"
        "decode_record(b'{\"user\": {\"id\": 1}}', 'user', User, print); assert 'cattrs' not in sys.modules\n"
        "decode_record(b'{\"user\": {\"id\": \"1\"}}', 'user', User, print); assert 'cattrs' in sys.modules\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, capture_output=True).stderr == b""


# --- writing


@attrs.frozen
class Row:
    name: str
    email: str | None = None
    tags: tuple[str, ...] = ()
    user_fields: dict[str, object] = attrs.field(factory=dict)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ({"a": [1, 2.5, True, "ü"]}, '{"a":[1,2.5,true,"ü"]}'),
        ({"t": datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)}, '{"t":"2024-01-02T03:04:05Z"}'),
        ({"t": datetime(2024, 1, 2, tzinfo=timezone(timedelta(hours=1)))}, '{"t":"2024-01-02T00:00:00+01:00"}'),
        (Row("Ada"), '{"name":"Ada"}'),
        ([Row("Ada", tags=("vip",), user_fields={"tier": "gold"})],
         '[{"name":"Ada","tags":["vip"],"user_fields":{"tier":"gold"}}]'),
        (User(id=1, name="Ada"), '{"id":1,"name":"Ada"}'),
    ],
)  # fmt: skip
def test_values_are_written_as_json(value, text):
    assert encode(value).decode() == text


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"user": {"tags": {"vip"}}}, "body.user.tags: set"),
        ({"user": {"score": Decimal(1)}}, "body.user.score: Decimal"),
        ({"raw": b"x"}, "body.raw: bytes"),
        ({"at": datetime(2024, 1, 1)}, "time zone"),  # noqa: DTZ001
        ({"x": float("nan")}, "body.x: JSON has no nan"),
        ({"x": [float("inf")]}, r"body.x\[0\]: JSON has no inf"),
        ({1: "x"}, "keys must be strings"),
        ({"x": "\ud800"}, "can't be written"),
        (object(), "object can't be written"),
    ],
)
def test_what_json_cannot_say_is_refused(value, problem):
    with pytest.raises(BadArgument, match=problem):
        encode(value)
