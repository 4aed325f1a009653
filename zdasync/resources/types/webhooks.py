"""What can be written of webhooks, and what their listings take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Required, TypeAlias, TypedDict

from .common import CallOptions, Strings

__all__ = [
    "InvocationSort", "InvocationStatus", "NewWebhook", "NewWebhookFields", "WebhookAuthenticationWrite",
    "WebhookCredentialsWrite", "WebhookFields", "WebhookMethod", "WebhookSecretWrite", "WebhookSort",
    "WebhookSourceWrite", "WebhookStatus", "WebhookTestFields", "WebhookTestWrite", "WebhookWrite",
]

WebhookMethod: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
WebhookFormat: TypeAlias = Literal["json", "xml", "form_encoded"]
WebhookStatus: TypeAlias = Literal["active", "inactive"]
WebhookSort: TypeAlias = Literal["name", "status"]
InvocationSort: TypeAlias = Literal["latest_completed_at", "-latest_completed_at"]
InvocationStatus: TypeAlias = Literal[
    "unknown", "accepted", "success", "failed", "timeout", "circuit broken", "throttled", "client error",
    "server error",
]


class WebhookCredentialsWrite(TypedDict, total=False):
    """Credentials of one kind.

    Basic authentication: `username` and `password`; bearer token: `token`; API key: `name` and `value` of its header.
    """

    username: str
    password: str
    token: str
    name: str
    value: str


class WebhookAuthenticationWrite(TypedDict, total=False):
    """How the webhook authenticates itself; `add_position` can be "query_string" for an API key only."""

    type: Required[Literal["basic_auth", "bearer_token", "api_key"]]
    data: WebhookCredentialsWrite
    add_position: Literal["header", "query_string"]


class WebhookSecretWrite(TypedDict, total=False):
    """A signing secret of your own making."""

    algorithm: str
    secret: str


class WebhookSourceWrite(TypedDict, total=False):
    """The system that makes the webhook."""

    name: str
    version: str


class WebhookWrite(TypedDict, total=False):
    """The fields of a webhook that can be changed one by one.

    `subscriptions` replaces all subscriptions. A webhook that triggers and automations call has
    `["conditional_ticket_events"]`; one that events invoke names those, and can't have both.
    """

    name: str
    description: str
    endpoint: str
    http_method: WebhookMethod
    request_format: WebhookFormat
    status: WebhookStatus
    subscriptions: Strings
    authentication: WebhookAuthenticationWrite | None
    custom_headers: Mapping[str, str] | None


class NewWebhook(TypedDict, total=False):
    """The fields of a whole webhook. An update that replaces it loses what is not given, its credentials too."""

    name: Required[str]
    endpoint: Required[str]
    http_method: Required[WebhookMethod]
    request_format: Required[WebhookFormat]
    status: Required[WebhookStatus]
    description: str
    subscriptions: Strings
    authentication: WebhookAuthenticationWrite | None
    custom_headers: Mapping[str, str] | None
    signing_secret: WebhookSecretWrite
    external_source: WebhookSourceWrite


class WebhookFields(WebhookWrite, CallOptions, total=False):
    """The fields of a webhook that can be changed, and the options of the call."""


class NewWebhookFields(NewWebhook, CallOptions, total=False):
    """The fields of a whole webhook, and the options of the call."""


class WebhookTestWrite(TypedDict, total=False):
    """What a test request is made of. Zendesk's defaults are POST and "json"."""

    endpoint: Required[str]
    http_method: WebhookMethod
    request_format: WebhookFormat
    authentication: WebhookAuthenticationWrite
    custom_headers: Mapping[str, str]


class WebhookTestFields(WebhookTestWrite, CallOptions, total=False):
    """What a test request is made of, and the options of the call."""
