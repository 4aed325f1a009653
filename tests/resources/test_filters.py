"""Filters and other arguments that can't be right are refused before anything is sent, and say what would be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from fake_caller import FakeCaller

from zdasync import ApiToken, BadArgument, Zendesk
from zdasync.resources._filters import mapping, moments, texts, within
from zdasync.resources.audit_logs import AuditLogs
from zdasync.resources.users import Users
from zdasync.resources.webhooks import Webhooks

NAIVE = datetime(2026, 1, 31)  # noqa: DTZ001
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_what_is_none_is_left_out() -> None:
    assert texts(a=None, b="x") == (("b", "x"),)
    assert moments(a=None) == within("filter", ()) == ()


def test_moments_are_sent_in_utc_however_they_are_given() -> None:
    same = (NOON.astimezone(timezone(timedelta(hours=5))), "2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00")
    assert [moments(at=one) for one in same] == [(("at", "2026-01-31T12:00:00Z"),)] * 3


@pytest.mark.parametrize("value", [NAIVE, "2026-01-31T12:00:00", "2026-01-31", "yesterday", "", 5, True, [NOON]])
def test_what_is_no_moment_is_refused(value) -> None:
    with pytest.raises(BadArgument, match=r"since.* time zone"):
        moments(since=value)


def test_brackets() -> None:
    assert within("filter", (("status", "a"), ("at", "b"))) == (("filter[status]", "a"), ("filter[at]", "b"))


def test_an_object_is_one() -> None:
    assert mapping("filter", {"a": 1}) == {"a": 1}
    with pytest.raises(BadArgument, match="filter must be a mapping, not 'a'"):
        mapping("filter", "a")  # type: ignore[arg-type]


REFUSED = [
    (lambda zd: zd.users.list(sort_by="name"), "only the users of an organization can be sorted"),
    (lambda zd: zd.users.list(organization_id=5, sort_by="email"), "sort_by must be one of id, name"),
    (lambda zd: zd.users.list(organization_id=5, sort_by="name", cursor="A"), "a sorted listing has no cursor"),
    (lambda zd: zd.users.list(external_id=5), "external_id must be a string"),
    (lambda zd: zd.users.list(permission_set="Light agent"), "permission_set must be an id"),
    (lambda zd: zd.users.autocomplete("A", field_id="level"), "field_id must be an id"),
    (lambda zd: zd.users.autocomplete("A", source=["zen:user"]), "source must be a string"),
    (lambda zd: zd.users.autocomplete_by_body("A", filter="tier:gold"), "filter must be a mapping"),
    (lambda zd: zd.users.compliance_deletion_statuses(5, application=""), "application must be a string"),
    (lambda zd: zd.users.upload_photo(5, b"x", filename='a".png'), "filename .* can't go into a header"),
    (lambda zd: zd.users.upload_photo(5, b"x", content_type="image/png\r\nX: 1"), "content_type .* can't go into"),
    (lambda zd: zd.users.identities.list(5, end_user="no"), "end_user must be True or False"),
    (lambda zd: zd.oauth.tokens.list(all="false"), "all must be True or False"),
    (lambda zd: zd.oauth.tokens.create(5, None), "scopes must be a list of scopes"),
    (lambda zd: zd.groups.list(exclude_deleted="no"), "exclude_deleted must be True or False"),
    (lambda zd: zd.user_fields.show_many("level"), "keys must be a list"),
    (lambda zd: zd.user_fields.show_many(None), "keys must be a list"),
    (lambda zd: zd.user_fields.show_many(["a,b"]), "has a comma"),
    (lambda zd: zd.views.list(access="mine"), "access must be one of personal, shared, account"),
    (lambda zd: zd.views.list(active="no"), "active must be True or False"),
    (lambda zd: zd.views.active(group_id="Support"), "group_id must be an id"),
    (lambda zd: zd.views.show_many([5], active="yes"), "active must be True or False"),
    (lambda zd: zd.views.execute(5, sort_by="status", page=0), "page must be a whole number from 1"),
    (lambda zd: zd.macros.list(active="no"), "active must be True or False"),
    (lambda zd: zd.macros.list(access="mine"), "access must be one of personal, agents, shared, account"),
    (lambda zd: zd.macros.list(only_viewable=1), "only_viewable must be True or False"),
    (lambda zd: zd.macros.search("x", category=["Odd"]), "category must be a string"),
    (lambda zd: zd.macros.attachments.create(b"x", filename=5), "filename 5 can't go into a header"),
    (lambda zd: zd.macros.attachments.create(b"x", filename="a", content_type="text"), "content_type 'text' can't go"),
    (lambda zd: zd.triggers.list(active="no"), "active must be True or False"),
    (lambda zd: zd.triggers.list(sort="usage_24h"), "sort must be one of position"),
    (lambda zd: zd.triggers.search("x", sort="position", sort_by="usage_24h"), "one of the two"),
    (lambda zd: zd.triggers.search("x", filter="description"), "filter must be a mapping"),
    (lambda zd: zd.automations.list(active=0), "active must be True or False"),
    (lambda zd: zd.webhooks.list(name_contains=5), "name_contains must be a string"),
    (lambda zd: zd.webhooks.invocations("01A", from_ts=NAIVE), "^from_ts: .* time zone"),
    (lambda zd: zd.webhooks.invocations("01A", to_ts="today"), "^to_ts must be a datetime"),
    (lambda zd: zd.locales.detect_best_locale("en-US"), "available_locales must be a list"),
    (lambda zd: zd.audit_logs.list(source_id=5), "name that as well"),
    (lambda zd: zd.audit_logs.list(source_type="user", source_id="Ada"), "source_id must be an id"),
    (lambda zd: zd.audit_logs.list(created_at=NOON), "created_at must be two moments"),
    (lambda zd: zd.audit_logs.list(created_at=(NOON,)), "created_at must be two moments"),
    (lambda zd: zd.audit_logs.list(created_at=(NOON, NAIVE)), "created_at: .* time zone"),
    (lambda zd: zd.audit_logs.list(sort="action"), "sort must be one of created_at, -created_at"),
    (lambda zd: zd.audit_logs.export(ip_address=5), "ip_address must be a string"),
    (lambda zd: zd.activities.list(since="2026-01-31"), "since must be a datetime"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_it_is_refused(call, message) -> None:
    with pytest.raises(BadArgument, match=message):
        call(Zendesk("acme", auth=ApiToken("agent@example.com", "token")))


async def test_what_the_filters_become() -> None:
    caller = FakeCaller({"audit_logs": [], "users": [], "webhooks": [], "invocations": []})
    await AuditLogs(caller).list(source_type="user", source_id="5", created_at=(NOON, "2026-02-01T00:00:00Z"))
    assert list(caller.last.query)[:4] == [
        ("filter[source_type]", "user"), ("filter[source_id]", "5"), ("filter[created_at]", "2026-01-31T12:00:00Z"),
        ("filter[created_at]", "2026-02-01T00:00:00Z"),
    ]
    await Users(caller).list(organization_id=5, sort_by="name", sort_order="desc", page_size=9)
    assert list(caller.last.query) == [("sort_by", "name"), ("sort_order", "desc"), ("per_page", "9")]
    await Webhooks(caller).list(name_contains="x", status="active")
    assert list(caller.last.query)[:2] == [("filter[name_contains]", "x"), ("filter[status]", "active")]
