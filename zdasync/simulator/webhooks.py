"""Endpoints of webhooks, and what a webhook of the account would send: signed requests to try a receiver with.

Source: the Webhooks API pages of the reference. Ids are strings, updates and deletions answer 204, secrets of the
authentication are never shown. The account sends nothing by itself, not even for `POST /webhooks/test`, which answers
as if the other system had said 200: `invoke` makes the request of an event for a test to deliver.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

import attrs
import msgspec

from .guards import Holder, admins, caller
from .http import Call, Endpoints, Json, Refusal, Reply
from .pages import Order, Paging, paginate
from .parameters import Coerce, envelope, mapping, permit, text, texts, warning
from .refusals import not_found
from .render import iso
from .webhook_store import Attempt, Invocation, Webhook

if TYPE_CHECKING:
    from .account import Account

WRITABLE: Final[Mapping[str, Coerce]] = {
    "authentication": mapping, "custom_headers": mapping, "description": text, "endpoint": text,
    "external_source": mapping, "http_method": text, "name": text, "request_format": text, "signing_secret": mapping,
    "status": text, "subscriptions": texts,
}
REQUIRED: Final = ("name", "endpoint", "http_method", "request_format", "status")
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "http_method": ("GET", "POST", "PUT", "PATCH", "DELETE"),
    "request_format": ("json", "xml", "form_encoded"),
    "status": ("active", "inactive"),
}
CURSORS: Final = Paging(styles=("cursor",))
ACCOUNT_ID: Final = "100001"
_OK: Final = 200


# --- webhooks


def list_webhooks(account: Holder, call: Call) -> Reply:
    """GET /webhooks: all, or by a part of the name and by status."""
    named, status = (call.arg("filter[name_contains]") or "").casefold(), call.arg("filter[status]")
    rows = [
        one for one in account.state.webhooks.by_id.values()
        if named in str(one.fields["name"]).casefold() and status in (None, one.fields["status"])
    ]
    order: Order[Webhook] = Order(
        lambda one: one.id, sorts={"name": lambda one: one.fields["name"], "status": lambda one: one.fields["status"]}
    )
    rows.sort(key=lambda one: one.id)
    body = paginate(
        call, rows, "webhooks", settings=account.settings, render=_render, paging=CURSORS, order=order
    )
    return Reply(body=body)


def show(account: Holder, call: Call) -> Reply:
    """GET /webhooks/{webhook_id}."""
    return Reply(body={"webhook": _render(_webhook(account, call))})


def create(account: Holder, call: Call) -> Reply:
    """POST /webhooks: a new one, or with `clone_webhook_id` one like another."""
    template = call.arg("clone_webhook_id")
    if template is None:
        fields, headers = _permitted(call, "webhooks/create", REQUIRED)
    else:
        fields, headers = dict(_found(account, template).fields), {}
    secret = (fields.pop("signing_secret", None) or {}).get("secret")
    made = account.state.webhooks.add(fields, call.now, caller(call).id, secret=secret)
    return Reply(201, {"webhook": _render(made)}, headers)


def replace(account: Holder, call: Call) -> Reply:
    """PUT /webhooks/{webhook_id}: all of it anew."""
    return _written(account, call, "webhooks/update", REQUIRED, whole=True)


def patch(account: Holder, call: Call) -> Reply:
    """PATCH /webhooks/{webhook_id}: what is given."""
    return _written(account, call, "webhooks/patch", (), whole=False)


def delete(account: Holder, call: Call) -> Reply:
    """DELETE /webhooks/{webhook_id}."""
    del account.state.webhooks.by_id[_webhook(account, call).id]
    return Reply(204, empty=True)


def test(account: Holder, call: Call) -> Reply:
    """POST /webhooks/test: what would have come of it, had the other system answered 200."""
    _permitted(call, "webhooks/test", ("endpoint",))
    if (webhook_id := call.arg("webhook_id")) is not None:
        _found(account, webhook_id)
    return Reply(body={"test": {"status": "success", "message": "", "response_code": _OK, "response_body": ""}})


def signing_secret(account: Holder, call: Call) -> Reply:
    """GET /webhooks/{webhook_id}/signing_secret."""
    return Reply(body=_secret(_webhook(account, call)))


def reset_signing_secret(account: Holder, call: Call) -> Reply:
    """POST /webhooks/{webhook_id}/signing_secret: another one, 201."""
    found = _webhook(account, call)
    found.secret = account.state.webhooks.new_secret()
    return Reply(201, _secret(found))


def _written(account: Holder, call: Call, action: str, required: tuple[str, ...], *, whole: bool) -> Reply:
    found = _webhook(account, call)
    fields, headers = _permitted(call, action, required)
    found.secret = (fields.pop("signing_secret", None) or {}).get("secret") or found.secret
    found.fields = fields if whole else {**found.fields, **fields}
    found.updated_at, found.updated_by = call.now, caller(call).id
    return Reply(204, headers=headers, empty=True)


def _permitted(call: Call, action: str, required: tuple[str, ...]) -> tuple[dict[str, Json], dict[str, str]]:
    """The fields of the body, and the header that names what was dropped of it."""
    permitted = permit(envelope(call.body, "webhook", action), WRITABLE, "webhook", action)
    fields = permitted.fields
    for name in required:
        if not fields.get(name):
            raise _invalid(f"{name} can't be blank")
    for name, known in CHOICES.items():
        if name in fields and fields[name] not in known:
            raise _invalid(f"{name} is not one of {', '.join(known)}")
    endpoint = fields.get("endpoint")
    if endpoint is not None and urlsplit(endpoint).scheme not in ("http", "https"):
        raise _invalid("endpoint is no URL")
    return fields, warning(action, permitted.dropped)


def _invalid(what: str) -> Refusal:
    return Refusal(400, {"errors": [{"code": "InvalidWebhook", "title": "Invalid webhook", "detail": what}]})


def _webhook(account: Holder, call: Call) -> Webhook:
    return _found(account, call.values["webhook_id"])


def _found(account: Holder, webhook_id: str) -> Webhook:
    found = account.state.webhooks.by_id.get(webhook_id)
    if found is None:
        raise not_found()
    return found


def _render(shown: Webhook) -> dict[str, Json]:
    fields = {key: value for key, value in shown.fields.items() if key != "authentication"}
    authentication = shown.fields.get("authentication")
    if authentication:
        fields["authentication"] = {
            "type": authentication.get("type"), "add_position": authentication.get("add_position", "header"),
        }
    return {
        "id": shown.id,
        "subscriptions": [],
        **fields,
        "created_at": iso(shown.created_at),
        "created_by": str(shown.created_by),
        "updated_at": iso(shown.updated_at),
        "updated_by": str(shown.updated_by),
    }


def _secret(shown: Webhook) -> dict[str, Json]:
    return {"signing_secret": {"algorithm": "SHA256", "secret": shown.secret}}


# --- invocations


def list_invocations(account: Holder, call: Call) -> Reply:
    """GET /webhooks/{webhook_id}/invocations: by status, and between two times."""
    found, status = _webhook(account, call), call.arg("filter[status]")
    first, last = call.arg("filter[from_ts]"), call.arg("filter[to_ts]")
    rows = [
        one for one in found.invocations
        if status in (None, one.status) and (first or "") <= str(iso(one.created_at)) <= (last or "~")
    ]
    order: Order[Invocation] = Order(
        lambda one: one.id, sorts={"latest_completed_at": lambda one: one.completed_at}
    )
    rows.sort(key=lambda one: one.id)
    body = paginate(
        call, rows, "invocations", settings=account.settings, paging=CURSORS, order=order,
        render=lambda one: _render_invocation(found, one),
    )
    return Reply(body=body)


def list_attempts(account: Holder, call: Call) -> Reply:
    """GET /webhooks/{webhook_id}/invocations/{invocation_id}/attempts."""
    for invocation in _webhook(account, call).invocations:
        if invocation.id == call.values["invocation_id"]:
            return Reply(body={"attempts": [_render_attempt(invocation, one) for one in invocation.attempts]})
    raise not_found()


def _render_invocation(webhook: Webhook, shown: Invocation) -> dict[str, Json]:
    return {
        "id": shown.id,
        "webhook_id": webhook.id,
        "status": shown.status,
        "event_type": shown.event_type,
        "attempts_count": len(shown.attempts),
        "created_at": iso(shown.created_at),
        "latest_completed_at": iso(shown.completed_at),
    }


def _render_attempt(invocation: Invocation, shown: Attempt) -> dict[str, Json]:
    return {
        "id": shown.id,
        "invocation_id": invocation.id,
        "status": shown.status,
        "response_code": shown.response_code,
        "response_body": shown.response_body,
        "response_headers": {},
        "error_message": None,
        "created_at": iso(shown.created_at),
        "duration_ms": 50,
    }


# --- what a webhook sends


@attrs.frozen(slots=True)
class Delivery:
    """A request as a webhook makes it: to be sent to the receiver that is to be tried."""

    method: str
    url: str
    headers: dict[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    invocation_id: str


def sign(body: bytes, secret: str, timestamp: str) -> str:
    """The signature of a request with this body and timestamp."""
    digest = hmac.digest(secret.encode(), timestamp.encode() + body, hashlib.sha256)
    return base64.b64encode(digest).decode()


def invoke(
    account: Account,
    webhook_id: str,
    payload: Mapping[str, Any] | bytes,
    *,
    event_type: str = "conditional_ticket_events",
    answered: int = 200,
) -> Delivery:
    """What the webhook would send for an event, signed as of the account's time.

    `payload` becomes the body in the webhook's format, or is the body. The webhook's invocations show it as answered
    with the status `answered`. Raises `KeyError` for an unknown webhook, `ValueError` for an inactive one.
    """
    webhook, now = account.state.webhooks.by_id[webhook_id], account.now()
    if webhook.fields["status"] != "active":
        raise ValueError(f"the webhook {webhook_id} is inactive")
    new_id = account.state.webhooks.new_id
    invocation = Invocation(new_id(now), event_type, now)
    invocation.attempts.append(Attempt(new_id(now), _status(answered), now, answered))
    webhook.invocations.append(invocation)
    body, kind = _encoded(payload, webhook.fields["request_format"])
    timestamp = str(iso(now))
    headers = {
        "Content-Type": kind,
        "X-Zendesk-Account-Id": ACCOUNT_ID,
        "X-Zendesk-Webhook-Id": webhook.id,
        "X-Zendesk-Webhook-Invocation-Id": invocation.id,
        "X-Zendesk-Webhook-Signature": sign(body, webhook.secret, timestamp),
        "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
        **_authentication(webhook.fields.get("authentication") or {}),
        **(webhook.fields.get("custom_headers") or {}),
    }
    return Delivery(webhook.fields["http_method"], webhook.fields["endpoint"], headers, body, invocation.id)


def _status(code: int) -> str:
    if code < 400:  # noqa: PLR2004  # HTTP's classes
        return "success"
    return "client error" if code < 500 else "server error"  # noqa: PLR2004  # HTTP's classes


def _encoded(payload: Mapping[str, Any] | bytes, how: str) -> tuple[bytes, str]:
    kind = {"json": "application/json", "xml": "application/xml", "form_encoded": "application/x-www-form-urlencoded"}
    if isinstance(payload, bytes):
        return payload, kind[how]
    if how == "xml":
        raise ValueError("give the XML of the event as bytes")
    return (msgspec.json.encode(payload) if how == "json" else urlencode(payload).encode()), kind[how]


def _authentication(how: Mapping[str, Json]) -> dict[str, str]:
    """The header by which the webhook shows who it is."""
    data = how.get("data") or {}
    match how.get("type"):
        case "basic_auth":
            pair = f"{data.get('username', '')}:{data.get('password', '')}"
            return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        case "bearer_token":
            return {"Authorization": f"Bearer {data.get('token', '')}"}
        case "api_key":
            return {data.get("name", "X-API-Key"): data.get("value", "")}
        case _:
            return {}


_ONE: Final = "/api/v2/webhooks/{webhook_id}"

ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/webhooks"): admins(list_webhooks),
    ("POST", "/api/v2/webhooks"): admins(create),
    ("POST", "/api/v2/webhooks/test"): admins(test),
    ("GET", _ONE): admins(show),
    ("PUT", _ONE): admins(replace),
    ("PATCH", _ONE): admins(patch),
    ("DELETE", _ONE): admins(delete),
    ("GET", _ONE + "/signing_secret"): admins(signing_secret),
    ("POST", _ONE + "/signing_secret"): admins(reset_signing_secret),
    ("GET", _ONE + "/invocations"): admins(list_invocations),
    ("GET", _ONE + "/invocations/{invocation_id}/attempts"): admins(list_attempts),
}
