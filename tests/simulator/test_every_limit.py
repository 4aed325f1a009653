"""Every row of the table at the simulated account: what it counts, per what, and what its header says."""

from __future__ import annotations

import email.utils

import attrs
import pytest

from zdasync.limits.table import LIMITS, PLANS, Limit

BY_NAME = {row.name: row for row in LIMITS}
SERVICES = {"account", "help-center", "chat", "webhooks", "webhooks-test"}
SHORT = SERVICES - {"account"}
"""Services that send `X-Rate-Limit` and its remainder only."""

REQUESTS = {
    # limit: a request under it, and one for another target where it counts per target
    "account": ["GET /api/v2/brands"],
    "help-center": ["GET /api/v2/help_center/en-us/articles"],
    "chat": ["GET /api/v2/chat/agents"],
    "webhooks": ["GET /api/v2/webhooks"],
    "webhooks-test": ["POST /api/v2/webhooks/test"],
    "create-update-user/second": ["PUT /api/v2/users/7"],
    "create-update-user/profile": ["PUT /api/v2/users/7", "PUT /api/v2/users/8"],
    "deleted-users-destroy": ["DELETE /api/v2/deleted_users/7"],
    "tickets-index": ["GET /api/v2/tickets"],
    "tickets-update": ["PUT /api/v2/tickets/7"],
    "per-ticket-updates": ["PUT /api/v2/tickets/7/comments/1/redact", "PUT /api/v2/tickets/8/comments/1/redact"],
    "ticket-request-create-by-user-and-ip": ["POST /api/v2/tickets"],
    "tickets-destroy": ["DELETE /api/v2/tickets/7"],
    "deleted-tickets-index": ["GET /api/v2/deleted_tickets"],
    "deleted-tickets-destroy": ["DELETE /api/v2/deleted_tickets/7"],
    "deleted-tickets-destroy-many": ["DELETE /api/v2/deleted_tickets/destroy_many"],
    "incremental-exports": ["GET /api/v2/incremental/tickets/cursor"],
    "incremental-exports-cursor": ["GET /api/v2/incremental/users/cursor"],
    "incremental-custom-objects": [
        "GET /api/v2/incremental/custom_objects/car/cursor", "GET /api/v2/incremental/custom_objects/house/cursor",
    ],
    "incremental-sample": ["GET /api/v2/incremental/tickets/sample"],
    "search-index": ["GET /api/v2/search"],
    "search-export": ["GET /api/v2/search/export"],
    "ticket-fields-index": ["GET /api/v2/ticket_fields"],
    "ticket-field-options": ["POST /api/v2/ticket_fields/7/options"],
    "omnilog-index": ["GET /api/v2/tickets/7/conversation_log"],
    "views-execute": ["GET /api/v2/views/7/execute", "GET /api/v2/views/8/count"],
    "views-count-many": ["GET /api/v2/views/count_many"],
    "views-export": ["GET /api/v2/views/7/export"],
    "organization-update": ["PUT /api/v2/organizations/7", "PUT /api/v2/organizations/8"],
    "audit-logs-export": ["POST /api/v2/audit_logs/export"],
    "suspended-tickets-export": ["POST /api/v2/suspended_tickets/export"],
    "attachments": ["GET /attachments/token/x/name"],
    "side-conversations-write": ["POST /api/v2/tickets/7/side_conversations"],
    "side-conversations-events": ["GET /api/v2/tickets/7/side_conversations/events"],
    "agent-availabilities": ["GET /api/v2/agent_availabilities"],
    "tags-index": ["GET /api/v2/tags"],
    "external-content": ["POST /api/v2/guide/external_content/records"],
}

OTHER_REQUESTS = [
    # further requests, and the limits of their own that they are charged to
    ("GET /api/v2/webhooks/7/invocations", ["webhooks"]),
    ("GET /api/v2/guide/user_segments", ["help-center"]),
    ("GET /api/v2/community/posts", ["help-center"]),
    ("GET /api/v2/incremental/users", ["account", "incremental-exports"]),
    ("GET /api/v2/incremental/organizations", ["account", "incremental-exports"]),
    ("GET /api/v2/incremental/users/sample", ["account", "incremental-sample"]),
    ("GET /api/v2/search/count", ["account"]),
    ("POST /api/v2/users/create_or_update", ["account", "create-update-user/second"]),
    ("PUT /api/v2/users/update_many", ["account"]),
    ("PUT /api/v2/tickets/update_many", ["account"]),
    ("POST /api/v2/views/preview", ["account", "views-execute"]),
    ("POST /api/v2/tickets/7/side_conversations/x/reply", ["account", "side-conversations-write"]),
    ("GET /attachments/token/x/name", ["attachments"]),
]

everything = {"canned": {"* /*": {}}}


async def send(wire, request, **more):
    method, _, path = request.partition(" ")
    return await wire(method, path, **({} if method in ("GET", "DELETE") else {"json": {"user": {}}}), **more)


def test_no_row_with_endpoints_is_left_out() -> None:
    assert set(REQUESTS) == {row.name for row in LIMITS if row.endpoints}
    assert {row.name for row in LIMITS if row.service} == SERVICES


@pytest.mark.parametrize("name", REQUESTS)
async def test_one_more_than_the_row_lets_through_is_rejected_for_it(serve, name) -> None:
    row = attrs.evolve(BY_NAME[name], count=1)
    roomy = [attrs.evolve(BY_NAME["create-update-user/second"], count=100)] if row.key == "profile" else []
    wire = await serve(**everything, limits=[row, *roomy])
    request, *other = REQUESTS[name]
    got = [await send(wire, one) for one in (request, *other, request)]
    assert [one.status for one in got] == [200] * (1 + len(other)) + [429]
    assert len(other) == (row.key in ("profile", "ticket+agent", "custom_object", "view+agent", "organization"))
    assert wire.account.rejections == {name: 1}
    assert wire.account.log[-1].limit == name
    date = email.utils.parsedate_to_datetime(got[-1].headers["Date"]).timestamp()
    assert (date + int(got[-1].headers["Retry-After"])) % row.interval == 0


@pytest.mark.parametrize(("request_line", "names"), OTHER_REQUESTS)
async def test_what_else_falls_under_them(serve, request_line, names) -> None:
    wire = await serve(**everything)
    await send(wire, request_line)
    assert [row.name for row in wire.account.throttle.rows if wire.account.worst(row.name)] == names


@pytest.mark.parametrize("name", [row.name for row in LIMITS if row.endpoints and "agent" in row.key])
async def test_agents_are_counted_apart(serve, credentials, name) -> None:
    wire = await serve(**everything, limits=[attrs.evolve(BY_NAME[name], count=1)])
    agent = credentials("agent@example.com")
    got = [(await send(wire, REQUESTS[name][0], auth=auth)).status for auth in ("basic", agent, "basic", agent)]
    assert got == [200, 200, 429, 429]


def number(row, plan, kind):
    """What the documentation gives for such an account."""
    if row.name in ("account", "help-center"):
        return PLANS[plan]
    if plan in ("high_volume", "enterprise_plus"):
        return row.count if row.high_volume is None else row.high_volume
    special = {"trial": row.trial, "sandbox": row.sandbox, "default": None}[kind]
    return row.count if special is None else special


def expected(name, plan, kind, family, resets):
    """The headers of limits on the reply to the first request of a window."""
    row = BY_NAME[name]
    of_service = [one for one in LIMITS if one.service and one.covers(*REQUESTS[name][0].split(" "))]
    headers = {}
    for service in of_service:
        count = number(service, plan, kind)
        headers |= {"x-rate-limit": str(count), "x-rate-limit-remaining": str(count - 1)}
        if service.name not in SHORT:
            headers |= {f"{family}-limit": str(count), f"{family}-remaining": str(count - 1)}
            headers[f"{family}-reset"] = str(resets(service))
    for one in LIMITS:
        if one.header and one.covers(*REQUESTS[name][0].split(" ")) and one.name != "create-update-user/second":
            count = number(one, plan, kind)
            said = f"total={count}; remaining={count - 1}; resets={resets(one)}"
            headers[f"zendesk-{family}-{one.header}"] = said
    assert row.header is None or f"zendesk-{family}-{row.header}" in headers
    return headers


@pytest.mark.parametrize("family", ["ratelimit", "rate-limit"])
@pytest.mark.parametrize(("plan", "kind"), [
    ("enterprise", "default"), ("high_volume", "default"), ("enterprise_plus", "default"), ("team", "trial"),
    ("professional", "sandbox"),
])
async def test_what_the_headers_say(serve, plan, kind, family) -> None:
    wire = await serve(**everything, plan=plan, kind=kind, header_family=family)
    found, wanted = {}, {}
    for name, (request, *_) in REQUESTS.items():
        wire.account.restart_windows()
        got = await send(wire, request)
        assert got.status == 200
        now = int(wire.account.log[-1].time)
        found[name] = {
            header.lower(): value for header, value in got.headers.items()
            if "ratelimit" in header.lower() or "rate-limit" in header.lower()
        }
        wanted[name] = expected(name, plan, kind, family, lambda row, now=now: row.interval - now % int(row.interval))
        wanted[name] = {header: value.replace(".0", "") for header, value in wanted[name].items()}
    assert found == wanted


@pytest.mark.parametrize("path", [
    "/api/v2/help_center/articles", "/api/v2/guide/user_segments", "/api/v2/community/posts", "/api/v2/calls",
    "/api/v2/webhooks", "/api/v2/webhooks/test", "/api/v2/chat/agents",
])
async def test_what_sends_one_pair_only(serve, path) -> None:
    wire = await serve(**everything)
    headers = (await wire("POST", path, json={})).headers
    assert sorted(name for name in headers if "rate" in name.lower()) == ["X-Rate-Limit", "X-Rate-Limit-Remaining"]


@pytest.mark.parametrize("path", ["/api/v2/engagements", "/api/services/x"])
async def test_what_sends_no_headers_at_all(serve, path) -> None:
    wire = await serve(canned={"* /*": {}}, limits=[Limit(name="x", count=5, header="x", endpoints=("* /api/*",))])
    headers = (await wire("GET", path)).headers
    assert wire.account.worst("x") == 1
    assert [name for name in headers if "rate" in name.lower()] == []


async def test_a_slash_in_a_name_matters_only_where_limits_share_a_header(serve) -> None:
    wire = await serve(canned={"* /*": {}}, limits=[
        Limit(name="team/brands", count=5, header="brands", endpoints=("GET /api/v2/brands",)),
        Limit(name="macros/second", count=5, interval=1.0, header="macros", endpoints=("GET /api/v2/macros",)),
        Limit(name="macros/profile", count=6, header="macros", endpoints=("GET /api/v2/macros",)),
    ])
    brands, macros = [await wire("GET", f"/api/v2/{name}") for name in ("brands", "macros")]
    assert brands.headers["zendesk-ratelimit-brands"].startswith("total=5;")
    assert macros.headers["zendesk-ratelimit-macros"].startswith("total=6;")
