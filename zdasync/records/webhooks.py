"""Webhooks: calls to other systems, the secret that signs them, and what became of each.

Source: https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/
"""

from __future__ import annotations

from datetime import datetime

from ._record import Record, empty_dict

__all__ = [
    "Webhook", "WebhookAttempt", "WebhookAuthentication", "WebhookCredentials", "WebhookInvocation",
    "WebhookSigningSecret", "WebhookSource", "WebhookTest",
]


class WebhookCredentials(Record, frozen=True, kw_only=True):
    """What a webhook shows to the system that it calls, as far as Zendesk tells it: secrets are mostly left out.

    Basic authentication has `username` and `password`, a bearer token `token`, an API key `name` and `value`.
    """

    hidden = frozenset({"password", "token", "value"})

    username: str | None = None
    password: str | None = None
    token: str | None = None
    name: str | None = None
    value: str | None = None


class WebhookAuthentication(Record, frozen=True, kw_only=True):
    """How a webhook authenticates itself: `type` is "basic_auth", "bearer_token" or "api_key".

    `add_position` is "header", or "query_string" for an API key.
    """

    type: str | None = None
    data: WebhookCredentials | None = None
    add_position: str | None = None


class WebhookSigningSecret(Record, frozen=True, kw_only=True):
    """What a webhook signs its requests with; `algorithm` is "SHA256". See `zdasync.webhooks.verify`."""

    hidden = frozenset({"secret"})

    algorithm: str | None = None
    secret: str | None = None


class WebhookSource(Record, frozen=True, kw_only=True):
    """The system that made a webhook."""

    name: str | None = None
    version: str | None = None


class Webhook(Record, frozen=True, kw_only=True):
    """A call to another system. `id` is a string.

    `subscriptions` are the events that invoke it, "conditional_ticket_events" where a trigger or an automation does.
    `status` is "active" or "inactive"; `request_format` is "json", "xml" or "form_encoded". What `custom_headers` hold
    is not shown by `repr`, since it may open something.
    """

    hidden = frozenset({"custom_headers"})

    id: str
    name: str | None = None
    description: str | None = None
    endpoint: str | None = None
    http_method: str | None = None
    request_format: str | None = None
    status: str | None = None
    subscriptions: tuple[str, ...] = ()
    authentication: WebhookAuthentication | None = None
    custom_headers: dict[str, str] = empty_dict()
    signing_secret: WebhookSigningSecret | None = None
    external_source: WebhookSource | None = None
    created_at: datetime | None = None
    created_by: str | None = None
    updated_at: datetime | None = None
    updated_by: str | None = None


class WebhookInvocation(Record, frozen=True, kw_only=True):
    """One event that a webhook reported or tried to, in up to `attempts_count` attempts.

    `status` is "success", "failed", "timeout", "throttled", "circuit broken", "client error", "server error",
    "accepted" or "unknown".
    """

    id: str
    webhook_id: str | None = None
    status: str | None = None
    event_type: str | None = None
    attempts_count: int | None = None
    created_at: datetime | None = None
    latest_completed_at: datetime | None = None


class WebhookAttempt(Record, frozen=True, kw_only=True):
    """One request of an invocation and what the other system answered. `duration_ms` is in milliseconds."""

    id: str
    invocation_id: str | None = None
    status: str | None = None
    response_code: int | None = None
    response_body: str | None = None
    response_headers: dict[str, str] = empty_dict()
    error_message: str | None = None
    created_at: datetime | None = None
    duration_ms: int | None = None


class WebhookTest(Record, frozen=True, kw_only=True):
    """What a test request came to: how it ended, and what the other system answered."""

    status: str | None = None
    message: str | None = None
    response_code: int | None = None
    response_body: str | None = None
