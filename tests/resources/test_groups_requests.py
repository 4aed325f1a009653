"""What the methods on groups and their memberships send, and what they refuse to send."""

from __future__ import annotations

import pytest
from fake_caller import FakeCaller, check_sent, refusal

from zdasync.resources.group_memberships import GroupMemberships
from zdasync.resources.groups import Groups
from zdasync.resources.table import routes

V2 = "/api/v2"
SIZE = ("page[size]", "100")
ONE = {"group": {"id": 1}}
LIST = {"groups": []}
COUNT = {"count": {"value": 3}}
JOB = {"job_status": {"id": "V3-1", "status": "queued", "results": None}}
MEMBERSHIP = {"group_membership": {"id": 7}}
MEMBERSHIPS = {"group_memberships": [{"id": 7}]}

# page, call, reply, method, path, query, body
SENT = [
    (Groups, lambda g: g.list(), LIST, "GET", "/groups", [SIZE], None),
    (Groups, lambda g: g.list(exclude_deleted=True, include="users"), LIST, "GET", "/groups",
     [("exclude_deleted", "true"), ("include", "users"), SIZE], None),
    (Groups, lambda g: g.list(user_id=5, exclude_deleted=False), LIST, "GET", "/users/5/groups",
     [("exclude_deleted", "false"), SIZE], None),
    (Groups, lambda g: g.assignable(page_size=2), LIST, "GET", "/groups/assignable", [("page[size]", "2")], None),
    (Groups, lambda g: g.count(), COUNT, "GET", "/groups/count", [], None),
    (Groups, lambda g: g.count(user_id="5"), COUNT, "GET", "/users/5/groups/count", [], None),
    (Groups, lambda g: g.show(1, include=["users"]), ONE, "GET", "/groups/1", [("include", "users")], None),
    (Groups, lambda g: g.create(name="Sales", is_public=False), ONE, "POST", "/groups", [],
     {"group": {"name": "Sales", "is_public": False}}),
    (Groups, lambda g: g.update("1", description=""), ONE, "PUT", "/groups/1", [], {"group": {"description": ""}}),
    (Groups, lambda g: g.delete(1), b"", "DELETE", "/groups/1", [], None),
    (GroupMemberships, lambda m: m.list(), MEMBERSHIPS, "GET", "/group_memberships", [SIZE], None),
    (GroupMemberships, lambda m: m.list(user_id=5, include=["users", "groups"]), MEMBERSHIPS, "GET",
     "/users/5/group_memberships", [("include", "users,groups"), SIZE], None),
    (GroupMemberships, lambda m: m.list(group_id=6, cursor="A"), MEMBERSHIPS, "GET", "/groups/6/memberships",
     [SIZE, ("page[after]", "A")], None),
    (GroupMemberships, lambda m: m.assignable(), MEMBERSHIPS, "GET", "/group_memberships/assignable", [SIZE], None),
    (GroupMemberships, lambda m: m.assignable(group_id=6), MEMBERSHIPS, "GET", "/groups/6/memberships/assignable",
     [SIZE], None),
    (GroupMemberships, lambda m: m.show(7), MEMBERSHIP, "GET", "/group_memberships/7", [], None),
    (GroupMemberships, lambda m: m.show(7, user_id=5), MEMBERSHIP, "GET", "/users/5/group_memberships/7", [], None),
    (GroupMemberships, lambda m: m.create(user_id=5, group_id=6, default=True), MEMBERSHIP, "POST",
     "/group_memberships", [], {"group_membership": {"user_id": 5, "group_id": 6, "default": True}}),
    (GroupMemberships, lambda m: m.create_for_user(5, group_id=6), MEMBERSHIP, "POST", "/users/5/group_memberships",
     [], {"group_membership": {"group_id": 6}}),
    (GroupMemberships, lambda m: m.create_many([{"user_id": 5, "group_id": 6}]), JOB, "POST",
     "/group_memberships/create_many", [], {"group_memberships": [{"user_id": 5, "group_id": 6}]}),
    (GroupMemberships, lambda m: m.delete(7), b"", "DELETE", "/group_memberships/7", [], None),
    (GroupMemberships, lambda m: m.delete(7, user_id=5), b"", "DELETE", "/users/5/group_memberships/7", [], None),
    (GroupMemberships, lambda m: m.destroy_many([7, 8]), JOB, "DELETE", "/group_memberships/destroy_many",
     [("ids", "7,8")], None),
    (GroupMemberships, lambda m: m.make_default(5, 7), MEMBERSHIPS, "PUT",
     "/users/5/group_memberships/7/make_default", [], None),
]  # fmt: skip


@pytest.mark.parametrize(("page", "call", "reply", "method", "path", "query", "body"), SENT)
async def test_what_is_sent(page, call, reply, method, path, query, body):
    await check_sent(page, call, reply, method, V2 + path, query, body)


def test_every_route_is_reached_by_a_test():
    rows = [row for row in routes() if row.operation.startswith(("groups.", "group_memberships."))]
    reached = {call(page(FakeCaller())).request.route.template for page, call, *_ in SENT}
    assert reached == {row.template for row in rows}
    assert len(rows) == 23


def test_what_must_not_be_sent_twice_says_so():
    rows = [row for row in routes() if row.operation.startswith(("groups.", "group_memberships."))]
    assert {row.operation for row in rows if not row.repeatable} == {
        "groups.create", "group_memberships.create", "group_memberships.create_for_user",
        "group_memberships.create_many", "group_memberships.destroy_many",
    }  # fmt: skip


async def test_the_results_are_what_the_names_promise():
    assert (await Groups(FakeCaller(COUNT)).count()).value == 3
    assert await Groups(FakeCaller(b"")).delete(1) is None
    assert (await GroupMemberships(FakeCaller(MEMBERSHIPS)).make_default(5, 7))[0].id == 7
    caller = FakeCaller(JOB)
    assert await GroupMemberships(caller).create_many([{"user_id": 5, "group_id": 6}] * 3) == "job V3-1"
    assert caller.jobs.registered[0][3] == 3


REFUSED = [
    (Groups, lambda g: g.show("x"), "group_id must be an id"),
    (Groups, lambda g: g.delete("assignable"), "group_id must be an id"),
    (Groups, lambda g: g.list(include="organizations"), "can't be sideloaded with groups"),
    (Groups, lambda g: g.create(description="d"), "required field name"),
    (Groups, lambda g: g.create(name="A", public=True), "did you mean 'is_public'"),
    (Groups, lambda g: g.update(1), "no fields to write"),
    (Groups, lambda g: g.update(1, is_public="yes"), "is_public: expected bool, got str"),
    (GroupMemberships, lambda m: m.list(user_id=1, group_id=2), "by user_id or by group_id"),
    (GroupMemberships, lambda m: m.list(include="organizations"), "it takes users, groups"),
    (GroupMemberships, lambda m: m.create(group_id=1), "required field user_id"),
    (GroupMemberships, lambda m: m.create(user_id="1", group_id=2), "user_id: expected int, got str"),
    (GroupMemberships, lambda m: m.create_many([]), "rows is empty"),
    (GroupMemberships, lambda m: m.create_many([{"user_id": 1}]), "rows[0]: object missing required field"),
    (GroupMemberships, lambda m: m.destroy_many("1,2"), "ids must be a list"),
    (GroupMemberships, lambda m: m.make_default(1, "x"), "group_membership_id must be an id"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "call", "message"), REFUSED)
def test_what_is_refused_before_anything_is_sent(page, call, message):
    caller = FakeCaller(ONE)
    assert message in refusal(lambda: call(page(caller)))
    assert caller.sent == []
