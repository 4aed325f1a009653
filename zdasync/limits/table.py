"""Every documented limit of Zendesk's Support API as a row of data.

The model: a limit counts requests to some endpoints in windows of `interval` seconds that are aligned to the UTC
clock (`floor(unix time / interval)`), per account or per target (profile, ticket and agent, view and agent, ...). A
request falls under every row that names its endpoint, and under each of them at once. That windows are aligned was
observed: in 1,283 replies recorded between 2023 and 2025, `(Date + ratelimit-reset) mod 60` was 0 (1,235 times) or 1.

Numbers come from the pages that each row names, read in 2026; rows marked "observed" come from recorded headers.
The simulated account counts by the same rows, with code of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Literal

import attrs

Key = Literal[
    "account", "profile", "ticket+agent", "organization", "view+agent", "custom_object", "upload", "agent", "agent+ip"
]
"""What a limit counts per: the account as a whole, or each target that the request names."""

Plan = Literal[
    "essential", "team", "growth", "professional", "enterprise", "enterprise_plus",
    "support_essential", "support_team", "support_professional", "support_enterprise", "high_volume",
]

PLANS: Final[Mapping[str, int]] = {
    "team": 200,
    "growth": 400,
    "professional": 400,
    "enterprise": 700,
    "enterprise_plus": 2500,
    "essential": 10,
    "support_essential": 10,
    "support_team": 200,
    "support_professional": 400,
    "support_enterprise": 700,
    "high_volume": 2500,
}
"""Requests a minute by plan; the High Volume add-on sets the limit, it does not add to it."""

RATE_LIMITS: Final = "https://developer.zendesk.com/api-reference/introduction/rate-limits/"
_REFERENCE: Final = "https://developer.zendesk.com/api-reference/ticketing/"
USERS: Final = _REFERENCE + "users/users/"
TICKETS: Final = _REFERENCE + "tickets/tickets/"
EXPORTS: Final = _REFERENCE + "ticket-management/incremental_exports/"
SEARCH: Final = _REFERENCE + "ticket-management/search/"
VIEWS: Final = _REFERENCE + "business-rules/views/"
CHAT: Final = "https://developer.zendesk.com/api-reference/live-chat/introduction/"


@attrs.frozen(kw_only=True)
class Limit:
    """One limit: `count` requests in `interval` seconds, for each `key`, to any of `endpoints`.

    `interval` None means that it limits how many are under way at once: a unit comes back when its work ends.
    `endpoints` are patterns like `PUT /api/v2/users/{id}`: `*` alone stands for any method, `{...}` for one path
    segment, a `*` at the end for the rest. `unless` are patterns that are left out. `header` is the name in
    `zendesk-ratelimit-<name>`, where the server sends one. `trial`, `sandbox` and `high_volume` replace `count` on such
    accounts; None where the documentation gives no other number.
    """

    name: str
    count: int
    interval: float | None = 60.0
    key: Key = "account"
    endpoints: tuple[str, ...]
    unless: tuple[str, ...] = ()
    header: str | None = None
    trial: int | None = None
    sandbox: int | None = None
    high_volume: int | None = None
    source: str = RATE_LIMITS
    note: str = ""
    service: bool = False
    """Its numbers come in `X-Rate-Limit` and `ratelimit-*`: the account's limit, or that of one of its services."""
    hidden: bool = False
    """Nobody documents it and no header names it: it showed itself by a rejection."""
    learned: bool = False
    """No row of the table names it: a header of a reply did."""
    assumed: bool = False
    """The number is a guess until the server names it: it is believed at once, upwards too."""

    def covers(self, method: str, path: str) -> bool:
        """Does a request fall under this limit? `path` may be a template or a real path, with or without `.json`."""
        return any(_matches(p, method, path) for p in self.endpoints) and not any(
            _matches(p, method, path) for p in self.unless
        )


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> tuple[str, re.Pattern[str]]:
    method, _, template = pattern.partition(" ")
    rest = template.endswith("*")
    parts = re.split(r"\{\w+\}", template.rstrip("*"))
    body = r"[^/]+".join(re.escape(part) for part in parts)
    return method, re.compile(body + (".*" if rest else r"(?:\.json)?") + r"\Z")


def _matches(pattern: str, method: str, path: str) -> bool:
    wanted, regex = _compiled(pattern)
    return wanted in ("*", method) and regex.match(path) is not None


HELP_CENTER_PATHS: Final = ("* /api/v2/help_center/*", "* /api/v2/guide/*", "* /api/v2/community/*")
_UPDATES_A_TICKET: Final = (
    "PUT /api/v2/tickets/{id}",
    "PUT /api/v2/tickets/{id}/comments/{comment_id}/redact",
    "PUT /api/v2/tickets/{id}/comments/{comment_id}/attachments/{attachment_id}/redact",
    "PUT /api/v2/tickets/{id}/comments/{comment_id}/make_private",
    "PUT /api/v2/tickets/{id}/audits/{audit_id}/make_private",
    "PUT /api/v2/tickets/{id}/mark_as_spam",
    "PUT /api/v2/tickets/{id}/tags",
)
_NOT_A_TICKET_ID: Final = ("PUT /api/v2/tickets/update_many", "PUT /api/v2/tickets/mark_many_as_spam")
_WRITES_A_USER: Final = ("PUT /api/v2/users/{id}", "POST /api/v2/users/create_or_update")
_NOT_A_USER_ID: Final = ("PUT /api/v2/users/update_many",)

CONNECTIONS: Final = "connections"
"""The client's own limit on requests under way; no row of the table."""

ACCOUNT: Final = "account"
JOBS: Final = "inflight-jobs"

LIMITS: Final[tuple[Limit, ...]] = (
    Limit(
        name=ACCOUNT,
        count=10,
        assumed=True,
        service=True,
        endpoints=("* /api/v2/*",),
        unless=(*HELP_CENTER_PATHS, "* /api/v2/webhooks*", "* /api/v2/chat/*"),
        note="The number comes from the plan; without a plan, from the first reply.",
    ),
    Limit(name="help-center", count=10, assumed=True, service=True, endpoints=HELP_CENTER_PATHS,
          note="As many as the account's, in a bucket of its own; replies carry only X-Rate-Limit."),
    Limit(name="chat", count=200, service=True, endpoints=("* /api/v2/chat/*",), source=CHAT,
          note="200 on every Suite plan."),
    Limit(name="webhooks", count=100, service=True, endpoints=("* /api/v2/webhooks*",),
          unless=("POST /api/v2/webhooks/test",), note="X-Rate-Limit as observed between 2023 and 2025."),
    Limit(name="webhooks-test", count=20, service=True, endpoints=("POST /api/v2/webhooks/test",),
          note="X-Rate-Limit as observed between 2023 and 2025."),
    Limit(name="create-update-user/second", header="create-update-user", count=1, interval=1.0,
          endpoints=_WRITES_A_USER, unless=_NOT_A_USER_ID, source=USERS),
    Limit(name="create-update-user/profile", header="create-update-user", count=5, key="profile",
          endpoints=_WRITES_A_USER, unless=_NOT_A_USER_ID, source=USERS,
          note="Per target profile, whichever of its names the request uses."),
    Limit(name="deleted-users-destroy", count=700, interval=600.0,
          endpoints=("DELETE /api/v2/deleted_users/{id}",), source=USERS),
    Limit(name=JOBS, header=JOBS, count=30, interval=None, endpoints=(), source=RATE_LIMITS,
          note="Jobs that are queued or running; routes say themselves that they start one."),
    Limit(name="tickets-index", header="tickets-index", count=20_000, trial=100, sandbox=100, high_volume=300,
          endpoints=("GET /api/v2/tickets",), source=TICKETS,
          note="No number is documented for ordinary accounts; 20,000 was observed in 2026."),
    Limit(name="tickets-update", header="tickets-update", count=100, trial=20, sandbox=20, high_volume=300,
          endpoints=_UPDATES_A_TICKET, unless=_NOT_A_TICKET_ID, source=TICKETS),
    Limit(name="per-ticket-updates", header="per-ticket-updates", count=30, interval=600.0, key="ticket+agent",
          endpoints=_UPDATES_A_TICKET, unless=_NOT_A_TICKET_ID, source=TICKETS),
    Limit(name="ticket-request-create-by-user-and-ip", header="ticket-request-create-by-user-and-ip", count=300,
          key="agent+ip", endpoints=("POST /api/v2/tickets",), source=TICKETS,
          note="Observed in headers; its interval is undocumented, a minute is assumed."),
    Limit(name="tickets-destroy", count=400, endpoints=("DELETE /api/v2/tickets/{id}",),
          unless=("DELETE /api/v2/tickets/destroy_many",), source=TICKETS),
    Limit(name="deleted-tickets-index", header="deleted-tickets-index", count=10,
          endpoints=("GET /api/v2/deleted_tickets",), source=TICKETS, note="Use of the Admin Center counts too."),
    Limit(name="deleted-tickets-destroy", header="deleted-tickets-destroy", count=1000,
          endpoints=("DELETE /api/v2/deleted_tickets/{id}",), unless=("DELETE /api/v2/deleted_tickets/destroy_many",),
          source=TICKETS),
    Limit(name="deleted-tickets-destroy-many", header="deleted-tickets-destroy_many", count=300,
          endpoints=("DELETE /api/v2/deleted_tickets/destroy_many",), source=TICKETS),
    Limit(name="incremental-exports", header="incremental-exports", count=10, high_volume=30,
          endpoints=("GET /api/v2/incremental/*",),
          unless=("GET /api/v2/incremental/users/cursor", "GET /api/v2/incremental/custom_objects/{key}/cursor",
                  "GET /api/v2/incremental/{resource}/sample"),
          source=EXPORTS, note="One bucket for tickets, ticket events, organizations, users by time and the others."),
    Limit(name="incremental-exports-cursor", header="incremental-exports-cursor", count=20, high_volume=60,
          endpoints=("GET /api/v2/incremental/users/cursor",), source=EXPORTS),
    Limit(name="incremental-custom-objects", count=10, key="custom_object",
          endpoints=("GET /api/v2/incremental/custom_objects/{key}/cursor",), source=EXPORTS),
    Limit(name="incremental-sample", count=10, interval=1200.0,
          endpoints=("GET /api/v2/incremental/{resource}/sample",), source=EXPORTS),
    Limit(name="search-index", header="search-index", count=2500, endpoints=("GET /api/v2/search",), source=SEARCH),
    Limit(name="search-export", count=100, endpoints=("GET /api/v2/search/export",), source=SEARCH),
    Limit(name="ticket-fields-index", header="ticket-fields-index", count=300, trial=20, sandbox=40, high_volume=450,
          endpoints=("GET /api/v2/ticket_fields",), source=_REFERENCE + "tickets/ticket_fields/"),
    Limit(name="ticket-field-options", count=100, endpoints=("POST /api/v2/ticket_fields/{id}/options",),
          source=_REFERENCE + "tickets/ticket_fields/"),
    Limit(name="omnilog-index", header="omnilog-index", count=20_000, trial=100, sandbox=100, high_volume=300,
          endpoints=("GET /api/v2/tickets/{id}/conversation_log",), source=_REFERENCE + "tickets/conversation_log/",
          note="No number is documented for ordinary accounts."),
    Limit(name="views-execute", count=5, key="view+agent",
          endpoints=("GET /api/v2/views/{id}/execute", "POST /api/v2/views/preview", "GET /api/v2/views/{id}/count"),
          source=VIEWS, note="Use of the view in the agent interface counts too."),
    Limit(name="views-count-many", count=6, endpoints=("GET /api/v2/views/count_many",), source=VIEWS),
    Limit(name="views-export", count=100_000, interval=3600.0, endpoints=("GET /api/v2/views/{id}/export",),
          source=VIEWS),
    Limit(name="organization-update", count=5, key="organization", endpoints=("PUT /api/v2/organizations/{id}",),
          unless=("PUT /api/v2/organizations/update_many",), source=_REFERENCE + "organizations/organizations/"),
    Limit(name="audit-logs-export", header="audit-logs-export", count=1,
          endpoints=("POST /api/v2/audit_logs/export",), source=_REFERENCE + "account-configuration/audit_logs/"),
    Limit(name="suspended-tickets-export", count=1, endpoints=("POST /api/v2/suspended_tickets/export",),
          source=_REFERENCE + "tickets/suspended_tickets/"),
    Limit(name="attachments", count=2500, endpoints=("GET /attachments/*",),
          note="Content of attachments; see unattached-uploads for uploads that no comment holds yet."),
    Limit(name="unattached-uploads", count=10, key="upload", endpoints=()),
    Limit(name="side-conversations-write", count=300, interval=600.0,
          endpoints=("POST /api/v2/tickets/{id}/side_conversations",
                     "POST /api/v2/tickets/{id}/side_conversations/{side_id}/reply")),
    Limit(name="side-conversations-events", count=600, interval=600.0,
          endpoints=("GET /api/v2/tickets/{id}/side_conversations/events",
                     "GET /api/v2/tickets/{id}/side_conversations/{side_id}/events")),
    Limit(name="agent-availabilities", count=300, endpoints=("GET /api/v2/agent_availabilities",)),
    Limit(name="tags-index", header="tags-index", count=100, endpoints=("GET /api/v2/tags",),
          source=_REFERENCE + "ticket-management/tags/", note="Observed between 2023 and 2025 on one account."),
    Limit(name="app-user", count=700, interval=300.0, key="agent", endpoints=(),
          note="Marketplace and private apps, per user and app: for those who run inside one (add it by hand)."),
    Limit(name="spike-guard", count=100_000, endpoints=(),
          note="All traffic of the account, the product's own included; a client can't see it and can't spend it."),
    Limit(name="external-content", count=770, endpoints=("* /api/v2/guide/external_content/*",),
          note="Records a minute."),
    Limit(name="anonymous-requests", count=5, interval=3600.0, endpoints=(), trial=5,
          note="POST /requests without credentials on a trial account."),
)
"""All rows. Those without endpoints can't be told from a request's path; routes or callers name them."""


def limits_for(method: str, path: str, rows: tuple[Limit, ...] = LIMITS) -> tuple[Limit, ...]:
    """The rows that a request falls under, in the table's order."""
    return tuple(row for row in rows if row.covers(method, path))
