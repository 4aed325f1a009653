"""What the methods on organizations, their memberships and subscriptions send, and what they refuse to send."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest
from fake_caller import FakeCaller, check_sent, refusal

from zdasync.resources.organization_memberships import OrganizationMemberships
from zdasync.resources.organization_subscriptions import OrganizationSubscriptions
from zdasync.resources.organizations import Organizations
from zdasync.resources.table import routes

V2 = "/api/v2"
SIZE = ("page[size]", "100")
PER_PAGE = ("per_page", "100")
ONE = {"organization": {"id": 1}}
LIST = {"organizations": []}
COUNT = {"count": {"value": 3}}
JOB = {"job_status": {"id": "V3-1", "status": "queued", "results": None}}
MERGE = {"organization_merge": {"id": "01HP", "loser_id": 1, "winner_id": 2, "status": "new"}}
MEMBERSHIP = {"organization_membership": {"id": 7}}
MEMBERSHIPS = {"organization_memberships": [{"id": 7}]}
SUBSCRIPTION = {"organization_subscription": {"id": 8}}
SUBSCRIPTIONS = {"organization_subscriptions": []}
SINCE = datetime(2024, 1, 1, tzinfo=UTC)


@attrs.frozen
class Row:
    name: str
    notes: str | None = None


# call, reply, method, path, query, body
ORGANIZATIONS = [
    (lambda o: o.list(), LIST, "GET", "/organizations", [SIZE], None),
    (lambda o: o.list(user_id="5", include="abilities", page_size=7, cursor="A"), LIST, "GET",
     "/users/5/organizations", [("include", "abilities"), ("page[size]", "7"), ("page[after]", "A")], None),
    (lambda o: o.search(name="Acme"), LIST, "GET", "/organizations/search", [("name", "Acme"), PER_PAGE], None),
    (lambda o: o.search(external_id="crm-1", per_page=5), LIST, "GET", "/organizations/search",
     [("external_id", "crm-1"), ("per_page", "5")], None),
    (lambda o: o.autocomplete("Ac"), LIST, "GET", "/organizations/autocomplete", [("name", "Ac"), PER_PAGE], None),
    (lambda o: o.autocomplete("Ac", field_id="9", source="s"), LIST, "GET", "/organizations/autocomplete",
     [("name", "Ac"), ("field_id", "9"), ("source", "s"), PER_PAGE], None),
    (lambda o: o.count(), COUNT, "GET", "/organizations/count", [], None),
    (lambda o: o.count(user_id=5), COUNT, "GET", "/users/5/organizations/count", [], None),
    (lambda o: o.show("1"), ONE, "GET", "/organizations/1", [], None),
    (lambda o: o.show(1, include=["abilities"]), ONE, "GET", "/organizations/1", [("include", "abilities")], None),
    (lambda o: o.show_many(ids=[1, "2"]), LIST, "GET", "/organizations/show_many", [("ids", "1,2")], None),
    (lambda o: o.show_many(external_ids=["a"], include="abilities"), LIST, "GET", "/organizations/show_many",
     [("external_ids", "a"), ("include", "abilities")], None),
    (lambda o: o.related(1), {"organization_related": {"users_count": 2}}, "GET", "/organizations/1/related", [], None),
    (lambda o: o.create(name="Acme", domain_names=("acme.example",), tags=["vip"]), ONE, "POST", "/organizations", [],
     {"organization": {"name": "Acme", "domain_names": ["acme.example"], "tags": ["vip"]}}),
    (lambda o: o.create_or_update(external_id="x", name="Acme", organization_fields={"since": SINCE}), ONE, "POST",
     "/organizations/create_or_update", [],
     {"organization": {"external_id": "x", "name": "Acme", "organization_fields": {"since": "2024-01-01T00:00:00Z"}}}),
    (lambda o: o.create_or_update(id="35", notes=None), ONE, "POST", "/organizations/create_or_update", [],
     {"organization": {"id": 35, "notes": None}}),
    (lambda o: o.update(1, shared_tickets=True, group_id=None), ONE, "PUT", "/organizations/1", [],
     {"organization": {"shared_tickets": True, "group_id": None}}),
    (lambda o: o.delete(1), b"", "DELETE", "/organizations/1", [], None),
    (lambda o: o.merge(1, into="2"), MERGE, "POST", "/organizations/1/merge", [],
     {"organization_merge": {"winner_id": 2}}),
    (lambda o: o.merges(2), {"organization_merges": []}, "GET", "/organizations/2/merges", [SIZE], None),
    (lambda o: o.show_merge("01HPZM6206BF4G63783E5349AD"), MERGE, "GET",
     "/organization_merges/01HPZM6206BF4G63783E5349AD", [], None),
    (lambda o: o.create_many([{"name": "A", "tags": ["vip"]}, Row("B")]), JOB, "POST", "/organizations/create_many",
     [], {"organizations": [{"name": "A", "tags": ["vip"]}, {"name": "B"}]}),
    (lambda o: o.update_many([{"id": "1", "notes": None}, {"external_id": "x", "name": "X"}]), JOB, "PUT",
     "/organizations/update_many", [],
     {"organizations": [{"id": 1, "notes": None}, {"external_id": "x", "name": "X"}]}),
    (lambda o: o.update_many(ids=[1, 2], details="d"), JOB, "PUT", "/organizations/update_many", [("ids", "1,2")],
     {"organization": {"details": "d"}}),
    (lambda o: o.update_many(external_ids=["a"], tags=[]), JOB, "PUT", "/organizations/update_many",
     [("external_ids", "a")], {"organization": {"tags": []}}),
    (lambda o: o.destroy_many(ids=[1]), JOB, "DELETE", "/organizations/destroy_many", [("ids", "1")], None),
    (lambda o: o.destroy_many(external_ids=["a", "b"]), JOB, "DELETE", "/organizations/destroy_many",
     [("external_ids", "a,b")], None),
]  # fmt: skip

MEMBERS = [
    (lambda m: m.list(), MEMBERSHIPS, "GET", "/organization_memberships", [SIZE], None),
    (lambda m: m.list(user_id=5, include=["users", "organizations"]), MEMBERSHIPS, "GET",
     "/users/5/organization_memberships", [("include", "users,organizations"), SIZE], None),
    (lambda m: m.list(organization_id="6", page_size=3), MEMBERSHIPS, "GET",
     "/organizations/6/organization_memberships", [("page[size]", "3")], None),
    (lambda m: m.show(7), MEMBERSHIP, "GET", "/organization_memberships/7", [], None),
    (lambda m: m.show(7, user_id=5, include="users"), MEMBERSHIP, "GET", "/users/5/organization_memberships/7",
     [("include", "users")], None),
    (lambda m: m.create(user_id=5, organization_id=6), MEMBERSHIP, "POST", "/organization_memberships", [],
     {"organization_membership": {"user_id": 5, "organization_id": 6}}),
    (lambda m: m.create_for_user(5, organization_id=6, default=True), MEMBERSHIP, "POST",
     "/users/5/organization_memberships", [], {"organization_membership": {"organization_id": 6, "default": True}}),
    (lambda m: m.create_many([{"user_id": 5, "organization_id": 6}]), JOB, "POST",
     "/organization_memberships/create_many", [],
     {"organization_memberships": [{"user_id": 5, "organization_id": 6}]}),
    (lambda m: m.delete(7), b"", "DELETE", "/organization_memberships/7", [], None),
    (lambda m: m.delete("7", user_id="5"), b"", "DELETE", "/users/5/organization_memberships/7", [], None),
    (lambda m: m.destroy_many([7, "8"]), JOB, "DELETE", "/organization_memberships/destroy_many", [("ids", "7,8")],
     None),
    (lambda m: m.make_default(5, 7), MEMBERSHIPS, "PUT", "/users/5/organization_memberships/7/make_default", [], None),
    (lambda m: m.unassign_organization(5, 6), b"", "DELETE", "/users/5/organizations/6", [], None),
    (lambda m: m.set_organization_as_default(5, 6), MEMBERSHIP, "PUT", "/users/5/organizations/6/make_default", [],
     None),
]  # fmt: skip

SUBSCRIBERS = [
    (lambda s: s.list(), SUBSCRIPTIONS, "GET", "/organization_subscriptions", [SIZE], None),
    (lambda s: s.list(user_id=5), SUBSCRIPTIONS, "GET", "/users/5/organization_subscriptions", [SIZE], None),
    (lambda s: s.list(organization_id=6, cursor="A"), SUBSCRIPTIONS, "GET", "/organizations/6/subscriptions",
     [SIZE, ("page[after]", "A")], None),
    (lambda s: s.show(8), SUBSCRIPTION, "GET", "/organization_subscriptions/8", [], None),
    (lambda s: s.create(user_id=5, organization_id=6), SUBSCRIPTION, "POST", "/organization_subscriptions", [],
     {"organization_subscription": {"user_id": 5, "organization_id": 6}}),
    (lambda s: s.delete(8), b"", "DELETE", "/organization_subscriptions/8", [], None),
]  # fmt: skip

PAGES = {Organizations: ORGANIZATIONS, OrganizationMemberships: MEMBERS, OrganizationSubscriptions: SUBSCRIBERS}


@pytest.mark.parametrize(
    ("page", "call", "reply", "method", "path", "query", "body"),
    [(page, *row) for page, rows in PAGES.items() for row in rows],
)
async def test_what_is_sent(page, call, reply, method, path, query, body):
    await check_sent(page, call, reply, method, V2 + path, query, body)


def test_every_route_is_reached_by_a_test():
    wanted = {
        (row.method, row.template) for row in routes()
        if row.operation.split(".")[0] in ("organizations", "organization_memberships", "organization_subscriptions")
        and ".tags." not in row.operation
    }
    reached = set()
    for page, rows in PAGES.items():
        for call, *_ in rows:
            route = call(page(FakeCaller())).request.route
            reached.add((route.method, route.template))
    assert reached == wanted
    assert len(wanted) == 39


async def test_the_results_are_what_the_names_promise():
    caller = FakeCaller
    assert (await Organizations(caller(COUNT)).count()).value == 3
    assert (await Organizations(caller({"organization_related": {"tickets_count": 4}})).related(1)).tickets_count == 4
    assert await Organizations(caller(b"")).delete(1) is None
    assert (await OrganizationMemberships(caller(MEMBERSHIPS)).make_default(5, 7))[0].id == 7
    assert await OrganizationMemberships(caller(JOB)).destroy_many([7]) == "job V3-1"
    merge = await Organizations(caller(MERGE)).merge(1, into=2)
    assert (merge.id, merge.loser_id, merge.winner_id, merge.ended) == ("01HP", 1, 2, False)


@pytest.mark.parametrize(("status", "ended"), [("new", False), ("in_progress", False), ("error", True),
                                               ("complete", True), ("unheard of", False)])
async def test_when_a_merge_has_ended(status, ended):
    merge = {"organization_merge": {"id": "M", "status": status}}
    assert (await Organizations(FakeCaller(merge)).show_merge("M")).ended is ended


def test_what_must_not_be_sent_twice_says_so():
    rows = [row for row in routes() if row.operation.startswith(("organizations.", "organization_memberships.",
                                                                 "organization_subscriptions."))]
    assert {row.operation for row in rows if not row.repeatable} == {
        "organizations.create", "organizations.create_or_update", "organizations.create_many",
        "organizations.update_many", "organizations.destroy_many", "organizations.merge",
        "organization_memberships.create", "organization_memberships.create_for_user",
        "organization_memberships.create_many", "organization_memberships.destroy_many",
        "organization_subscriptions.create",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("call", "rows", "names"),
    [
        (lambda c: Organizations(c).create_many([{"name": "A"}, {"name": "B"}]), 2, [None, None]),
        (lambda c: Organizations(c).update_many([{"id": 3}, {"external_id": "x"}]), 2, [3, None]),
        (lambda c: Organizations(c).update_many(ids=[1, 2, 3], notes=None), 3, [1, 2, 3]),
        (lambda c: Organizations(c).destroy_many(external_ids=["a"]), 1, ["a"]),
        (lambda c: OrganizationMemberships(c).destroy_many(["7"]), 1, [7]),
    ],
)
async def test_jobs_know_their_rows(call, rows, names):
    caller = FakeCaller(JOB)
    job = call(caller)
    await job
    assert caller.jobs.registered[0][3] == rows
    assert list(job._names) == names


REFUSED = [
    (Organizations, lambda o: o.show("x"), "organization_id must be an id"),
    (Organizations, lambda o: o.update("update_many", name="A"), "organization_id must be an id"),
    (Organizations, lambda o: o.show_merge("../1"), "organization_merge_id must be an id"),
    (Organizations, lambda o: o.list(include="users"), "'users' can't be sideloaded with organizations"),
    (Organizations, lambda o: o.list(page_size=101), "from 1 to 100"),
    (Organizations, lambda o: o.search(), "one of the two"),
    (Organizations, lambda o: o.search(name="a", external_id="b"), "one of the two"),
    (Organizations, lambda o: o.search(name=""), "name must be"),
    (Organizations, lambda o: o.search(name="a", per_page=101), "from 1 to 100"),
    (Organizations, lambda o: o.autocomplete(" "), "name must be"),
    (Organizations, lambda o: o.autocomplete("a", field_id="x"), "field_id must be an id"),
    (Organizations, lambda o: o.show_many(), "one of the two"),
    (Organizations, lambda o: o.show_many(ids=list(range(101))), "101 ids in one call"),
    (Organizations, lambda o: o.create(notes="n"), "required field name"),
    (Organizations, lambda o: o.create(name=None), "name: expected str"),
    (Organizations, lambda o: o.create(name="A", tags="vip"), "tags: expected array, got str"),
    (Organizations, lambda o: o.create(name="A", domain_names="a.example"), "domain_names: expected array, got str"),
    (Organizations, lambda o: o.create(name="A", domain="a.example"), "has no field 'domain'"),
    (Organizations, lambda o: o.create(name="A", contract="x"), "go into organization_fields"),
    (Organizations, lambda o: o.create(name="A", id=3), "no field 'id'"),
    (Organizations, lambda o: o.create_or_update(name="A"), "by id or external_id"),
    (Organizations, lambda o: o.create_or_update(name="A", id=None, external_id=""), "use create"),
    (Organizations, lambda o: o.create_or_update(id="x", name="A"), "id must be an id"),
    (Organizations, lambda o: o.update(1), "no fields to write"),
    (Organizations, lambda o: o.update(1, timeout=3), "no fields to write"),
    (Organizations, lambda o: o.update(1, group_id="6"), "group_id: expected int | null, got str"),
    (Organizations, lambda o: o.update(1, created_at=None), "no field 'created_at'"),
    (Organizations, lambda o: o.merge(1, into="1"), "into itself"),
    (Organizations, lambda o: o.merge(1, into=None), "into must be an id"),
    (Organizations, lambda o: o.create_many([]), "rows is empty"),
    (Organizations, lambda o: o.create_many([{"name": "A"}, {"notes": "n"}]), "rows[1] has no name"),
    (Organizations, lambda o: o.create_many([{"name": "A"}] * 101), "101 rows in one call"),
    (Organizations, lambda o: o.create_many([{"name": "A", "tags": "vip"}]), "rows[0]: tags"),
    (Organizations, lambda o: o.update_many(), "no fields to write"),
    (Organizations, lambda o: o.update_many([{"name": "A"}]), "rows[0] has no id and no external_id"),
    (Organizations, lambda o: o.update_many([{"id": 1}], ids=[1]), "one of the two"),
    (Organizations, lambda o: o.update_many([{"id": 1}], name="A"), "one of the two"),
    (Organizations, lambda o: o.update_many(ids=[1], id=2), "no field 'id'"),
    (Organizations, lambda o: o.update_many(ids=[1], external_ids=["a"], name="A"), "one of the two"),
    (Organizations, lambda o: o.destroy_many(), "one of the two"),
    (OrganizationMemberships, lambda m: m.list(user_id=1, organization_id=2), "by user_id or by organization_id"),
    (OrganizationMemberships, lambda m: m.list(include="groups"), "it takes users, organizations"),
    (OrganizationMemberships, lambda m: m.create(user_id=1), "required field organization_id"),
    (OrganizationMemberships, lambda m: m.create_for_user("x", organization_id=2), "user_id must be an id"),
    (OrganizationMemberships, lambda m: m.create_many([{"user_id": 1}]), "rows[0]: object missing required field"),
    (OrganizationMemberships, lambda m: m.destroy_many([]), "ids is empty"),
    (OrganizationMemberships, lambda m: m.unassign_organization(1, "x"), "organization_id must be an id"),
    (OrganizationSubscriptions, lambda s: s.list(user_id=1, organization_id=2), "name one"),
    (OrganizationSubscriptions, lambda s: s.create(user_id=1), "required field organization_id"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "call", "message"), REFUSED)
def test_what_is_refused_before_anything_is_sent(page, call, message):
    caller = FakeCaller(ONE)
    assert message in refusal(lambda: call(page(caller)))
    assert caller.sent == []
