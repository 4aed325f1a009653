"""What the methods of `zd.users` send, and what they refuse to send."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest
from fake_caller import FakeCaller, check_sent, refusal

from zdasync._core.message import Priority
from zdasync.resources.table import routes
from zdasync.resources.users import Users

V2 = "/api/v2"
SIZE = ("page[size]", "100")
USER = {"user": {"id": 1}}
LIST = {"users": []}
COUNT = {"count": {"value": 3, "refreshed_at": None}}
JOB = {"job_status": {"id": "V3-1", "status": "queued", "results": None}}
SINCE = datetime(2024, 1, 1, tzinfo=UTC)
GONE = {"deleted_user": {"id": 7}}
IDENTITY = {"identity": {"id": 9}}
IDENTITIES = {"identities": [{"id": 9}]}
SESSION = {"session": {"id": 4}}


@attrs.frozen
class Row:
    name: str
    email: str | None = None


# call, reply, method, path, query, body
SENT = [
    (lambda u: u.list(), LIST, "GET", "/users", [SIZE], None),
    (lambda u: u.list(role="agent"), LIST, "GET", "/users", [("role", "agent"), SIZE], None),
    (lambda u: u.list(role=["agent", "admin"], permission_set=3), LIST, "GET", "/users",
     [("role[]", "agent"), ("role[]", "admin"), ("permission_set", "3"), SIZE], None),
    (lambda u: u.list(external_id="Crm-1"), LIST, "GET", "/users", [("external_id", "Crm-1"), SIZE], None),
    (lambda u: u.list(group_id=5), LIST, "GET", "/groups/5/users", [SIZE], None),
    (lambda u: u.list(organization_id="6"), LIST, "GET", "/organizations/6/users", [SIZE], None),
    (lambda u: u.list(include=["groups", "roles"], page_size=10, cursor="A"), LIST, "GET", "/users",
     [("include", "groups,roles"), ("page[size]", "10"), ("page[after]", "A")], None),
    (lambda u: u.list(include="groups"), LIST, "GET", "/users", [("include", "groups"), SIZE], None),
    (lambda u: u.search("jdoe"), LIST, "GET", "/users/search", [("query", "jdoe"), ("per_page", "100")], None),
    (lambda u: u.search(external_id="x", per_page=5), LIST, "GET", "/users/search",
     [("external_id", "x"), ("per_page", "5")], None),
    (lambda u: u.autocomplete("Ad"), LIST, "GET", "/users/autocomplete", [("name", "Ad")], None),
    (lambda u: u.autocomplete("Ad", field_id="9", source="s"), LIST, "GET", "/users/autocomplete",
     [("name", "Ad"), ("field_id", "9"), ("source", "s")], None),
    (lambda u: u.autocomplete_by_body("Ad", phone="+1"), LIST, "POST", "/users/autocomplete", [],
     {"name": "Ad", "phone": "+1"}),
    (lambda u: u.count(), COUNT, "GET", "/users/count", [], None),
    (lambda u: u.count(role="agent", group_id=5), COUNT, "GET", "/groups/5/users/count", [("role", "agent")], None),
    (lambda u: u.count(organization_id=6), COUNT, "GET", "/organizations/6/users/count", [], None),
    (lambda u: u.show(1), USER, "GET", "/users/1", [], None),
    (lambda u: u.show("1", include=["organizations"]), USER, "GET", "/users/1", [("include", "organizations")], None),
    (lambda u: u.show_many(ids=[1, "2"]), LIST, "GET", "/users/show_many", [("ids", "1,2")], None),
    (lambda u: u.show_many(external_ids=["a", "b c"]), LIST, "GET", "/users/show_many",
     [("external_ids", "a,b c")], None),
    (lambda u: u.related(1), {"user_related": {"assigned_tickets": 1}}, "GET", "/users/1/related", [], None),
    (lambda u: u.me(), USER, "GET", "/users/me", [], None),
    (lambda u: u.create(name="Ada", email="ada@example.org"), USER, "POST", "/users", [],
     {"user": {"name": "Ada", "email": "ada@example.org"}}),
    (lambda u: u.create_or_update(external_id="x", tags=("vip",), user_fields={"since": SINCE}), USER, "POST",
     "/users/create_or_update", [],
     {"user": {"external_id": "x", "tags": ["vip"], "user_fields": {"since": "2024-01-01T00:00:00Z"}}}),
    (lambda u: u.request_create(name="Ada", email="ada@example.org"), b"null", "POST", "/users/request_create", [],
     {"user": {"name": "Ada", "email": "ada@example.org"}}),
    (lambda u: u.update(1, tags=["vip"], notes=None), USER, "PUT", "/users/1", [],
     {"user": {"tags": ["vip"], "notes": None}}),
    (lambda u: u.merge(1, into=2), USER, "PUT", "/users/1/merge", [], {"user": {"id": 2}}),
    (lambda u: u.delete(1), USER, "DELETE", "/users/1", [], None),
    (lambda u: u.create_many([{"name": "A"}, Row("B")]), JOB, "POST", "/users/create_many", [],
     {"users": [{"name": "A"}, {"name": "B"}]}),
    (lambda u: u.create_or_update_many([{"email": "a@b.c"}, {"external_id": "x"}]), JOB, "POST",
     "/users/create_or_update_many", [], {"users": [{"email": "a@b.c"}, {"external_id": "x"}]}),
    (lambda u: u.update_many([{"id": 1, "name": "A"}, {"id": "2", "verified": True}]), JOB, "PUT",
     "/users/update_many", [], {"users": [{"id": 1, "name": "A"}, {"id": 2, "verified": True}]}),
    (lambda u: u.update_many(ids=[1, 2], organization_id=3), JOB, "PUT", "/users/update_many", [("ids", "1,2")],
     {"user": {"organization_id": 3}}),
    (lambda u: u.update_many(external_ids=["a"], suspended=True), JOB, "PUT", "/users/update_many",
     [("external_ids", "a")], {"user": {"suspended": True}}),
    (lambda u: u.destroy_many(ids=[1, 2]), JOB, "DELETE", "/users/destroy_many", [("ids", "1,2")], None),
    (lambda u: u.destroy_many(external_ids=["a"]), JOB, "DELETE", "/users/destroy_many", [("external_ids", "a")], None),
    (lambda u: u.logout_many([1, 2]), b"null", "POST", "/users/logout_many", [("ids", "1,2")], None),
    (lambda u: u.me_settings(), {"settings": {"lotus": {}}}, "GET", "/users/me/settings", [], None),
    (lambda u: u.update_me_settings(shared_views_order=[1, 2]), {"settings": {}}, "PUT", "/users/me/settings", [],
     {"settings": {"shared_views_order": [1, 2]}}),
    (lambda u: u.entitlements(1), {"entitlements": {}}, "GET", "/users/1/entitlements/full", [], None),
    (lambda u: u.set_password(1, "pw"), b"", "POST", "/users/1/password", [], {"password": "pw"}),
    (lambda u: u.change_password(1, previous_password="old", password="new"), b"", "PUT", "/users/1/password", [],
     {"previous_password": "old", "password": "new"}),
    (lambda u: u.password_requirements(1), {"requirements": []}, "GET", "/users/1/password/requirements", [], None),
    (lambda u: u.compliance_deletion_statuses(1, application="chat"), {"compliance_deletion_statuses": []}, "GET",
     "/users/1/compliance_deletion_statuses", [("application", "chat"), SIZE], None),
    (lambda u: u.deleted.list(page_size=7), {"deleted_users": []}, "GET", "/deleted_users",
     [("page[size]", "7")], None),
    (lambda u: u.deleted.count(), COUNT, "GET", "/deleted_users/count", [], None),
    (lambda u: u.deleted.show(7), GONE, "GET", "/deleted_users/7", [], None),
    (lambda u: u.deleted.delete(7), GONE, "DELETE", "/deleted_users/7", [], None),
    (lambda u: u.identities.list(1, type="email"), IDENTITIES, "GET", "/users/1/identities",
     [("type", "email"), SIZE], None),
    (lambda u: u.identities.list(1, type=["email", "phone_number"], end_user=True), IDENTITIES, "GET",
     "/end_users/1/identities", [("type[]", "email"), ("type[]", "phone_number"), SIZE], None),
    (lambda u: u.identities.show(1, 9), IDENTITY, "GET", "/users/1/identities/9", [], None),
    (lambda u: u.identities.create(1, type="email", value="a@b.c", skip_verify_email=True), IDENTITY, "POST",
     "/users/1/identities", [], {"identity": {"type": "email", "value": "a@b.c", "skip_verify_email": True}}),
    (lambda u: u.identities.update(1, 9, verified=True), IDENTITY, "PUT", "/users/1/identities/9", [],
     {"identity": {"verified": True}}),
    (lambda u: u.identities.make_primary(1, 9), IDENTITIES, "PUT", "/users/1/identities/9/make_primary", [], None),
    (lambda u: u.identities.make_primary(1, 9, end_user=True), IDENTITIES, "PUT",
     "/end_users/1/identities/9/make_primary", [], None),
    (lambda u: u.identities.verify(1, 9), IDENTITY, "PUT", "/users/1/identities/9/verify", [], None),
    (lambda u: u.identities.request_verification(1, 9), b"", "PUT", "/users/1/identities/9/request_verification", [],
     None),
    (lambda u: u.identities.delete(1, 9), b"", "DELETE", "/users/1/identities/9", [], None),
    (lambda u: u.sessions.list(), {"sessions": []}, "GET", "/sessions", [SIZE], None),
    (lambda u: u.sessions.list(1), {"sessions": []}, "GET", "/users/1/sessions", [SIZE], None),
    (lambda u: u.sessions.show(1, 4), SESSION, "GET", "/users/1/sessions/4", [], None),
    (lambda u: u.sessions.delete(1, 4), b"", "DELETE", "/users/1/sessions/4", [], None),
    (lambda u: u.sessions.delete_all(1), b"", "DELETE", "/users/1/sessions", [], None),
    (lambda u: u.sessions.current(), SESSION, "GET", "/users/me/session", [], None),
    (lambda u: u.sessions.renew(), {"authenticity_token": "t"}, "GET", "/users/me/session/renew", [], None),
    (lambda u: u.sessions.logout(), b"", "DELETE", "/users/me/logout", [], None),
]  # fmt: skip


@pytest.mark.parametrize(("call", "reply", "method", "path", "query", "body"), SENT)
async def test_what_is_sent(call, reply, method, path, query, body):
    await check_sent(Users, call, reply, method, V2 + path, query, body)


def test_every_route_is_reached_by_a_test_and_lies_in_its_table():
    rows = [row for row in routes() if row.operation.startswith(("users.", "sessions."))]
    assert len({(row.method, row.template, row.operation) for row in rows}) == len(rows)
    assert len(rows) == 62
    assert all(row.key or not row.job for row in rows)


async def test_the_results_are_what_the_names_promise():
    async def result(call, reply):
        return await call(Users(FakeCaller(reply)))

    assert (await result(lambda u: u.count(), COUNT)).value == 3
    assert (await result(lambda u: u.identities.make_primary(1, 9), IDENTITIES))[0].id == 9
    assert await result(lambda u: u.sessions.renew(), {"authenticity_token": "t"}) == "t"
    assert await result(lambda u: u.logout_many([1]), b"null") is None
    assert await result(lambda u: u.password_requirements(1), {"requirements": ["long"]}) == ["long"]
    assert await result(lambda u: u.create_many([{"name": "A"}]), JOB) == "job V3-1"


@pytest.mark.parametrize(
    ("call", "rows"),
    [
        (lambda u: u.create_many([{"name": "A"}, {"name": "B"}]), 2),
        (lambda u: u.update_many(ids=[1, 2, 3], notes=None), 3),
        (lambda u: u.destroy_many(external_ids=["a"]), 1),
    ],
)
async def test_jobs_know_how_many_rows_they_have(call, rows):
    caller = FakeCaller(JOB)
    await call(Users(caller))
    assert caller.jobs.registered[0][3] == rows


async def test_limits_are_told_the_names_of_the_profile():
    caller = FakeCaller(USER)
    zd_users = Users(caller)
    await zd_users.update("35436", email="ada@example.org", name="Ada")
    assert caller.last.values == {"user_id": 35436}
    assert caller.last.fields == {"email": "ada@example.org"}
    await zd_users.create_or_update(external_id="Crm-1", email=None, name="Ada")
    assert caller.last.values == {}
    assert caller.last.fields == {"external_id": "Crm-1"}


async def test_options_ride_along_and_are_not_written():
    caller = FakeCaller(USER)
    await Users(caller).update(1, name="Ada", deadline=3, timeout=10, priority=Priority.BULK)
    assert (caller.last.deadline, caller.last.timeout, caller.last.priority) == (3.0, 10.0, Priority.BULK)
    assert caller.body == {"user": {"name": "Ada"}}
    await Users(caller).show(1, priority=Priority.INTERACTIVE)
    assert caller.last.priority is Priority.INTERACTIVE


def test_what_must_not_be_sent_twice_says_so():
    rows = [row for row in routes() if row.operation.startswith("users.")]
    never = {row.operation for row in rows if not row.repeatable}
    assert never == {
        "users.create", "users.create_or_update", "users.create_many", "users.create_or_update_many",
        "users.update_many", "users.destroy_many", "users.request_create", "users.merge", "users.set_password",
        "users.change_password", "users.identities.create", "users.identities.request_verification",
    }  # fmt: skip


REFUSED = [
    (lambda u: u.show("1/../../tickets"), "user_id must be an id"),
    (lambda u: u.show(-1), "user_id must be an id"),
    (lambda u: u.show(user_id=True), "user_id must be an id"),
    (lambda u: u.show(None), "user_id must be an id"),
    (lambda u: u.show("٣"), "user_id must be an id"),
    (lambda u: u.delete("destroy_many"), "user_id must be an id"),
    (lambda u: u.update("update_many", name="A"), "user_id must be an id"),
    (lambda u: u.sessions.delete(1, "../1"), "session_id must be an id"),
    (lambda u: u.list(group_id=1, organization_id=2), "not by both"),
    (lambda u: u.list(page_size=101), "from 1 to 100"),
    (lambda u: u.list(page_size=0), "from 1 to 100"),
    (lambda u: u.list(cursor=""), "cursor must be"),
    (lambda u: u.list(include="organisations"), "did you mean 'organizations'"),
    (lambda u: u.list(include=["nothing of the kind"]), "it takes organizations"),
    (lambda u: u.list(role=""), "role must be"),
    (lambda u: u.list(color="blue"), "there is no option 'color'"),
    (lambda u: u.show(1, deadline=0), "deadline must be a positive number"),
    (lambda u: u.show(1, timeout="3"), "timeout must be a positive number"),
    (lambda u: u.show(1, priority="high"), "priority must be one of INTERACTIVE, NORMAL, BULK"),
    (lambda u: u.search(), "one of the two"),
    (lambda u: u.search("x", external_id="y"), "one of the two"),
    (lambda u: u.autocomplete(""), "name must be"),
    (lambda u: u.autocomplete_by_body(), "by name or by phone"),
    (lambda u: u.show_many(), "one of the two"),
    (lambda u: u.show_many(ids=[1], external_ids=["a"]), "one of the two"),
    (lambda u: u.show_many(ids=[]), "ids is empty"),
    (lambda u: u.show_many(ids="1,2"), "ids must be a list"),
    (lambda u: u.show_many(ids=[1, "x"]), r"ids[1] must be an id"),
    (lambda u: u.show_many(ids=list(range(101))), "101 ids in one call, and Zendesk takes 100"),
    (lambda u: u.show_many(external_ids=["a,b"]), "has a comma"),
    (lambda u: u.show_many(external_ids=[""]), "external_ids[0] must be a string"),
    (lambda u: u.create(), "a new user needs a name"),
    (lambda u: u.create(email="ada@example.org"), "needs a name"),
    (lambda u: u.create(name=" "), "name must be a string with something in it"),
    (lambda u: u.create(name="A", email="nobody"), "'nobody' is no e-mail address"),
    (lambda u: u.create(name="A", email="a@b@c"), "no e-mail address"),
    (lambda u: u.create(name="A", email="a@b..c"), "no e-mail address"),
    (lambda u: u.create(name="A", email="a@b.c\r\n"), "no e-mail address"),
    (lambda u: u.create(name="A", identities=[{"type": "email", "value": "x"}]), "no e-mail address"),
    (lambda u: u.create(name="A", role="boss"), 'role="agent" with its custom_role_id'),
    (lambda u: u.create(name="A", role=["agent"]), "role must be"),
    (lambda u: u.create_or_update(name="A"), "use create"),
    (lambda u: u.create_or_update(name="A", email=None, external_id=""), "use create"),
    (lambda u: u.update(1), "no fields to write"),
    (lambda u: u.update(1, deadline=3), "no fields to write"),
    (lambda u: u.update(1, nmae="A"), "did you mean 'name'"),
    (lambda u: u.update(1, favourite_colour="x"), "go into user_fields"),
    (lambda u: u.update(1, created_at=None), "created_at is read-only"),
    (lambda u: u.update(1, id=2), "id is read-only"),
    (lambda u: u.update(1, photo="x.png"), "see upload_photo"),
    (lambda u: u.update(1, tags="vip"), "tags: expected array, got str"),
    (lambda u: u.update(1, tags=[1]), "tags[0]: expected str, got int"),
    (lambda u: u.update(1, organization_id="3"), "organization_id: expected int | null, got str"),
    (lambda u: u.update(1, verified="yes"), "verified: expected bool, got str"),
    (lambda u: u.update(1, user_fields={"x": {1}}), "body.user.user_fields.x: set"),
    (lambda u: u.update(1, user_fields={"at": datetime(2024, 1, 1)}), "no time zone"),  # noqa: DTZ001
    (lambda u: u.merge(1, into="1"), "into itself"),
    (lambda u: u.merge(1, into="x"), "into must be an id"),
    (lambda u: u.create_many([]), "rows is empty"),
    (lambda u: u.create_many({"name": "A"}), "rows must be a list"),
    (lambda u: u.create_many(["A"]), "rows[0] must be a mapping or an attrs instance"),
    (lambda u: u.create_many([{"name": "A"}] * 101), "101 rows in one call"),
    (lambda u: u.create_many([{"name": "A"}, {"email": "a@b.c"}]), "rows[1] has no name"),
    (lambda u: u.create_many([{"name": "A", "emial": "a@b.c"}]), "rows[0]: user has no field 'emial'"),
    (lambda u: u.create_many([{"name": "A", "email": "nobody"}]), "rows[0]: email: 'nobody'"),
    (lambda u: u.create_many([{"name": "A", "deadline": 3}]), "rows[0]: user has no field 'deadline'"),
    (lambda u: u.create_or_update_many([{"name": "A"}]), "rows[0] has no email and no external_id"),
    (lambda u: u.update_many(), "no fields to write"),
    (lambda u: u.update_many([{"name": "A"}]), "rows[0] has no id"),
    (lambda u: u.update_many([{"id": "x", "name": "A"}]), "rows[0]: id"),
    (lambda u: u.update_many([{"id": 1}], ids=[1]), "one of the two"),
    (lambda u: u.update_many([{"id": 1}], name="A"), "one of the two"),
    (lambda u: u.update_many(ids=[1]), "no fields to write"),
    (lambda u: u.destroy_many(), "one of the two"),
    (lambda u: u.logout_many([]), "ids is empty"),
    (lambda u: u.update_me_settings(), "no fields to write"),
    (lambda u: u.update_me_settings(lotsu={}), "did you mean 'lotus'"),
    (lambda u: u.identities.create(1, type="email"), "required field value"),
    (lambda u: u.identities.create(1, type="email", value="x"), "no e-mail address"),
    (lambda u: u.identities.update(1, 9), "no fields to write"),
    (lambda u: u.identities.update(1, 9, primary=True), "make_primary"),
    (lambda u: u.identities.update(1, 9, verification_method="full"), "verification_method"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_what_is_refused_before_anything_is_sent(call, message):
    caller = FakeCaller(USER)
    assert message in refusal(lambda: call(Users(caller)))
    assert caller.sent == []


def test_no_refusal_repeats_a_password():
    assert "12345" not in refusal(lambda: Users(FakeCaller()).set_password(1, 12345))


@pytest.mark.parametrize("address", ["ada@example.org", "a.b+c@x.co.uk", "o'brien@localhost", "müller@bücher.example"])
async def test_addresses_that_can_be_ones_are_sent(address):
    caller = FakeCaller(USER)
    await Users(caller).create(name="A", email=address)
    assert caller.body["user"]["email"] == address
