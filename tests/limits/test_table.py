"""The table against the numbers of Zendesk's pages, copied by hand."""

from __future__ import annotations

import pytest

from zdasync.limits.table import LIMITS, PLANS, Limit, limits_for

BY_NAME = {row.name: row for row in LIMITS}

PER_MINUTE = {
    "essential": 10, "team": 200, "growth": 400, "professional": 400, "enterprise": 700, "enterprise_plus": 2500,
    "support_essential": 10, "support_team": 200, "support_professional": 400, "support_enterprise": 700,
    "high_volume": 2500,
}  # fmt: skip

ROWS = [
    # name, count, seconds, per, header
    ("create-update-user/second", 1, 1, "account", "create-update-user"),
    ("create-update-user/profile", 5, 60, "profile", "create-update-user"),
    ("deleted-users-destroy", 700, 600, "account", None),
    ("inflight-jobs", 30, None, "account", "inflight-jobs"),
    ("tickets-index", 20_000, 60, "account", "tickets-index"),
    ("tickets-update", 100, 60, "account", "tickets-update"),
    ("per-ticket-updates", 30, 600, "ticket+agent", "per-ticket-updates"),
    ("ticket-request-create-by-user-and-ip", 300, 60, "agent+ip", "ticket-request-create-by-user-and-ip"),
    ("tickets-destroy", 400, 60, "account", None),
    ("deleted-tickets-index", 10, 60, "account", "deleted-tickets-index"),
    ("deleted-tickets-destroy", 1000, 60, "account", "deleted-tickets-destroy"),
    ("deleted-tickets-destroy-many", 300, 60, "account", "deleted-tickets-destroy_many"),
    ("incremental-exports", 10, 60, "account", "incremental-exports"),
    ("incremental-exports-cursor", 20, 60, "account", "incremental-exports-cursor"),
    ("incremental-custom-objects", 10, 60, "custom_object", None),
    ("incremental-sample", 10, 1200, "account", None),
    ("search-index", 2500, 60, "account", "search-index"),
    ("search-export", 100, 60, "account", None),
    ("ticket-fields-index", 300, 60, "account", "ticket-fields-index"),
    ("ticket-field-options", 100, 60, "account", None),
    ("omnilog-index", 20_000, 60, "account", "omnilog-index"),
    ("views-execute", 5, 60, "view+agent", None),
    ("views-count-many", 6, 60, "account", None),
    ("views-export", 100_000, 3600, "account", None),
    ("organization-update", 5, 60, "organization", None),
    ("audit-logs-export", 1, 60, "account", "audit-logs-export"),
    ("suspended-tickets-export", 1, 60, "account", None),
    ("attachments", 2500, 60, "account", None),
    ("unattached-uploads", 10, 60, "upload", None),
    ("side-conversations-write", 300, 600, "account", None),
    ("side-conversations-events", 600, 600, "account", None),
    ("agent-availabilities", 300, 60, "account", None),
    ("tags-index", 100, 60, "account", "tags-index"),
    ("chat", 200, 60, "account", None),
    ("webhooks", 100, 60, "account", None),
    ("webhooks-test", 20, 60, "account", None),
    ("app-user", 700, 300, "agent", None),
    ("spike-guard", 100_000, 60, "account", None),
    ("external-content", 770, 60, "account", None),
    ("anonymous-requests", 5, 3600, "account", None),
]

OTHER_ACCOUNTS = [
    # name, trial, sandbox, High Volume add-on
    ("tickets-index", 100, 100, 300),
    ("tickets-update", 20, 20, 300),
    ("ticket-fields-index", 20, 40, 450),
    ("omnilog-index", 100, 100, 300),
    ("incremental-exports", None, None, 30),
    ("incremental-exports-cursor", None, None, 60),
    ("create-update-user/second", None, None, None),
]

ENDPOINTS = [
    # request, the limits that it falls under besides the account's
    ("GET /api/v2/users/7", []),
    ("GET /api/v2/users/7.json", []),
    ("POST /api/v2/users", []),
    ("PUT /api/v2/users/7", ["create-update-user/second", "create-update-user/profile"]),
    ("PUT /api/v2/users/7.json", ["create-update-user/second", "create-update-user/profile"]),
    ("PUT /api/v2/users/{user_id}", ["create-update-user/second", "create-update-user/profile"]),
    ("POST /api/v2/users/create_or_update", ["create-update-user/second", "create-update-user/profile"]),
    ("POST /api/v2/users/create_or_update.json", ["create-update-user/second", "create-update-user/profile"]),
    ("PUT /api/v2/users/update_many", []),
    ("PUT /api/v2/users/update_many.json", []),
    ("POST /api/v2/users/create_or_update_many", []),
    ("PUT /api/v2/users/7/merge", []),
    ("PUT /api/v2/users/7/identities/8", []),
    ("DELETE /api/v2/users/7", []),
    ("DELETE /api/v2/deleted_users/7", ["deleted-users-destroy"]),
    ("GET /api/v2/deleted_users/7", []),
    ("GET /api/v2/tickets", ["tickets-index"]),
    ("GET /api/v2/tickets/7", []),
    ("POST /api/v2/tickets", ["ticket-request-create-by-user-and-ip"]),
    ("PUT /api/v2/tickets/7", ["tickets-update", "per-ticket-updates"]),
    ("PUT /api/v2/tickets/7/comments/8/redact", ["tickets-update", "per-ticket-updates"]),
    ("PUT /api/v2/tickets/update_many", []),
    ("DELETE /api/v2/tickets/7", ["tickets-destroy"]),
    ("DELETE /api/v2/tickets/destroy_many", []),
    ("GET /api/v2/deleted_tickets", ["deleted-tickets-index"]),
    ("DELETE /api/v2/deleted_tickets/7", ["deleted-tickets-destroy"]),
    ("DELETE /api/v2/deleted_tickets/destroy_many", ["deleted-tickets-destroy-many"]),
    ("GET /api/v2/incremental/tickets", ["incremental-exports"]),
    ("GET /api/v2/incremental/tickets/cursor", ["incremental-exports"]),
    ("GET /api/v2/incremental/tickets/cursor.json", ["incremental-exports"]),
    ("GET /api/v2/incremental/users", ["incremental-exports"]),
    ("GET /api/v2/incremental/users/cursor", ["incremental-exports-cursor"]),
    ("GET /api/v2/incremental/users/cursor.json", ["incremental-exports-cursor"]),
    ("GET /api/v2/incremental/custom_objects/car/cursor", ["incremental-custom-objects"]),
    ("GET /api/v2/incremental/tickets/sample", ["incremental-sample"]),
    ("GET /api/v2/search", ["search-index"]),
    ("GET /api/v2/search/export", ["search-export"]),
    ("GET /api/v2/search/count", []),
    ("GET /api/v2/ticket_fields", ["ticket-fields-index"]),
    ("POST /api/v2/ticket_fields/7/options", ["ticket-field-options"]),
    ("GET /api/v2/tickets/7/conversation_log", ["omnilog-index"]),
    ("GET /api/v2/views/7/execute", ["views-execute"]),
    ("POST /api/v2/views/preview", ["views-execute"]),
    ("GET /api/v2/views/7/count", ["views-execute"]),
    ("GET /api/v2/views/count_many", ["views-count-many"]),
    ("GET /api/v2/views/7/export", ["views-export"]),
    ("PUT /api/v2/organizations/7", ["organization-update"]),
    ("PUT /api/v2/organizations/update_many", []),
    ("POST /api/v2/audit_logs/export", ["audit-logs-export"]),
    ("POST /api/v2/suspended_tickets/export", ["suspended-tickets-export"]),
    ("POST /api/v2/tickets/7/side_conversations", ["side-conversations-write"]),
    ("POST /api/v2/tickets/7/side_conversations/8/reply", ["side-conversations-write"]),
    ("GET /api/v2/tickets/7/side_conversations/events", ["side-conversations-events"]),
    ("GET /api/v2/tickets/7/side_conversations/8/events", ["side-conversations-events"]),
    ("GET /api/v2/agent_availabilities", ["agent-availabilities"]),
    ("GET /api/v2/tags", ["tags-index"]),
]

OTHER_SERVICES = [
    ("GET /api/v2/help_center/articles", ["help-center"]),
    ("GET /api/v2/guide/external_content/records", ["help-center", "external-content"]),
    ("GET /api/v2/community/posts", ["help-center"]),
    ("GET /api/v2/chat/chats", ["chat"]),
    ("GET /api/v2/webhooks", ["webhooks"]),
    ("PUT /api/v2/webhooks/01ABC", ["webhooks"]),
    ("POST /api/v2/webhooks/test", ["webhooks-test"]),
    ("GET /attachments/token/x/?name=a.png", ["attachments"]),
    ("POST /oauth/tokens", []),
]


def names_for(request: str) -> list[str]:
    method, _, path = request.partition(" ")
    return [row.name for row in limits_for(method, path)]


def test_requests_a_minute_by_plan() -> None:
    assert dict(PLANS) == PER_MINUTE


@pytest.mark.parametrize(("name", "count", "seconds", "key", "header"), ROWS)
def test_a_row_has_the_documented_numbers(
    name: str, count: int, seconds: float | None, key: str, header: str | None
) -> None:
    row = BY_NAME[name]
    assert (row.count, row.interval, row.key, row.header) == (count, seconds, key, header)


def test_no_row_is_missing_from_the_list_above() -> None:
    assert sorted(BY_NAME) == sorted({name for name, *_ in ROWS} | {"account", "help-center"})
    assert len(BY_NAME) == len(LIMITS)


@pytest.mark.parametrize(("name", "trial", "sandbox", "high_volume"), OTHER_ACCOUNTS)
def test_other_kinds_of_accounts(
    name: str, trial: int | None, sandbox: int | None, high_volume: int | None
) -> None:
    row = BY_NAME[name]
    assert (row.trial, row.sandbox, row.high_volume) == (trial, sandbox, high_volume)


def test_only_the_plans_numbers_are_guesses() -> None:
    assert [row.name for row in LIMITS if row.assumed] == ["account", "help-center"]


def test_services_speak_through_the_account_s_headers() -> None:
    assert [row.name for row in LIMITS if row.service] == [
        "account", "help-center", "chat", "webhooks", "webhooks-test",
    ]


@pytest.mark.parametrize(("request_line", "expected"), ENDPOINTS)
def test_what_a_request_falls_under(request_line: str, expected: list[str]) -> None:
    assert names_for(request_line) == ["account", *expected]


@pytest.mark.parametrize(("request_line", "expected"), OTHER_SERVICES)
def test_other_services_do_not_spend_the_account_s_window(request_line: str, expected: list[str]) -> None:
    assert names_for(request_line) == expected


def test_a_pattern_matches_whole_segments_only() -> None:
    row = Limit(name="x", count=1, endpoints=("PUT /api/v2/things/{id}", "* /api/v2/rest/*"))
    matches = ["PUT /api/v2/things/7", "PUT /api/v2/things/a-b", "GET /api/v2/rest/", "DELETE /api/v2/rest/1/2"]
    misses = ["GET /api/v2/things/7", "PUT /api/v2/things/7/parts", "PUT /api/v2/things/", "PUT /api/v2/things",
              "PUT /api/v2/thingsX/7", "PUT /xapi/v2/things/7", "GET /api/v2/rest"]
    assert [line for line in matches + misses if row.covers(*line.split(" "))] == matches
