"""Webhooks: make and change them, try them out, and see what became of their calls.

The API of webhooks has a limit of its own, 100 requests a minute, of which tests have 20. How a receiver makes sure
that a request comes from Zendesk: `zdasync.webhooks.verify`.
Source: https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.webhooks import Webhook, WebhookAttempt, WebhookInvocation, WebhookSigningSecret, WebhookTest
from ._base import Resource
from ._filters import moments, texts, within
from ._sorting import checked_choice
from ._validate import MAX_ROWS, filters
from .types.webhooks import (
    InvocationSort,
    InvocationStatus,
    NewWebhook,
    WebhookSort,
    WebhookStatus,
    WebhookTestWrite,
    WebhookWrite,
)

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions
    from .types.webhooks import NewWebhookFields, WebhookFields, WebhookTestFields

__all__ = ["Webhooks"]

_ALL: Final = "/api/v2/webhooks"
_ONE: Final = _ALL + "/{webhook_id}"
_SECRET: Final = _ONE + "/signing_secret"
_INVOCATIONS: Final = _ONE + "/invocations"
# Whatever shows a webhook may show the credentials and the secret that it has.
LIST: Final = Route("webhooks.list", "GET", _ALL, "webhooks", Webhook, paging="cursor", secret=True)
SHOW: Final = Route("webhooks.show", "GET", _ONE, "webhook", Webhook, secret=True)
CREATE: Final = Route("webhooks.create", "POST", _ALL, "webhook", Webhook, writes=NewWebhook, secret=True)
CLONE: Final = Route("webhooks.clone", "POST", _ALL, "webhook", Webhook, secret=True)
UPDATE: Final = Route("webhooks.update", "PUT", _ONE, writes=NewWebhook, wrap="webhook")
# It sets fields to values: twice is as good as once.
PATCH: Final = Route("webhooks.patch", "PATCH", _ONE, writes=WebhookWrite, wrap="webhook", idempotent=True)
DELETE: Final = Route("webhooks.delete", "DELETE", _ONE)
TEST: Final = Route(
    "webhooks.test", "POST", _ALL + "/test", "test", WebhookTest, writes=WebhookTestWrite, wrap="webhook"
)
SIGNING_SECRET: Final = Route(
    "webhooks.signing_secret", "GET", _SECRET, "signing_secret", WebhookSigningSecret, secret=True
)
RESET_SIGNING_SECRET: Final = Route(
    "webhooks.reset_signing_secret", "POST", _SECRET, "signing_secret", WebhookSigningSecret, secret=True
)
INVOCATIONS: Final = Route(
    "webhooks.invocations", "GET", _INVOCATIONS, "invocations", WebhookInvocation, paging="cursor"
)
ATTEMPTS: Final = Route(
    "webhooks.attempts", "GET", _INVOCATIONS + "/{invocation_id}/attempts", "attempts", WebhookAttempt
)


class Webhooks(Resource):
    """Calls to other systems when something happens. Ids are strings."""

    string_ids = True

    def list(
        self,
        *,
        name_contains: str | None = None,
        status: WebhookStatus | None = None,
        sort: WebhookSort | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Webhook]:
        """Webhooks: all of them, those whose name contains a text, or the "active" or "inactive" ones."""
        wanted = texts(name_contains=name_contains) + filters(status=checked_choice("status", status, WebhookStatus))
        query = within("filter", wanted) + filters(sort=checked_choice("sort", sort, WebhookSort))
        return self._list(LIST, options, page_size, cursor, query=query)

    def show(self, webhook_id: str, **options: Unpack[CallOptions]) -> Call[Webhook]:
        """One webhook."""
        return self._call(SHOW, options, webhook_id=webhook_id)

    def create(self, **fields: Unpack[NewWebhookFields]) -> Call[Webhook]:
        """Makes a webhook. See `types.NewWebhook` for the fields, five of which are required.

        A lost reply raises `OutcomeUnknown`: the webhook may exist.
        """
        return self._write(CREATE, fields)

    def clone(self, webhook_id: str, **options: Unpack[CallOptions]) -> Call[Webhook]:
        """Makes a webhook that is like another one, with a signing secret of its own."""
        return self._call(CLONE, options, query=(("clone_webhook_id", _checked(webhook_id)),))

    def update(self, webhook_id: str, **fields: Unpack[NewWebhookFields]) -> Call[None]:
        """Replaces a webhook: what is not given is lost. To change single fields there is `patch`."""
        return self._write(UPDATE, fields, webhook_id=webhook_id)

    def patch(self, webhook_id: str, **fields: Unpack[WebhookFields]) -> Call[None]:
        """Changes single fields of a webhook; what is not given stays."""
        return self._write(PATCH, fields, webhook_id=webhook_id)

    def delete(self, webhook_id: str, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes a webhook. Zendesk refuses while triggers or automations call it."""
        return self._call(DELETE, options, webhook_id=webhook_id)

    def test(self, webhook_id: str | None = None, **fields: Unpack[WebhookTestFields]) -> Call[WebhookTest]:
        """Sends one request to `endpoint`, as `webhook_id` would or as the fields say. 20 a minute.

        What the other system answers is in the result, whatever its status. A lost reply raises `OutcomeUnknown`.
        """
        if webhook_id is None:
            return self._write(TEST, fields)
        return self._write(TEST, fields, query=(("webhook_id", _checked(webhook_id)),))

    def signing_secret(self, webhook_id: str, **options: Unpack[CallOptions]) -> Call[WebhookSigningSecret]:
        """What a webhook signs its requests with."""
        return self._call(SIGNING_SECRET, options, webhook_id=webhook_id)

    def reset_signing_secret(self, webhook_id: str, **options: Unpack[CallOptions]) -> Call[WebhookSigningSecret]:
        """Gives a webhook a new secret. The old one is void at once; accept both until what is on its way is in.

        A lost reply raises `OutcomeUnknown`: `signing_secret` tells which one it has.
        """
        return self._call(RESET_SIGNING_SECRET, options, webhook_id=webhook_id)

    def invocations(
        self,
        webhook_id: str,
        *,
        status: InvocationStatus | None = None,
        from_ts: datetime | str | None = None,
        to_ts: datetime | str | None = None,
        sort: InvocationSort | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[WebhookInvocation]:
        """What a webhook was invoked for, as far back as Zendesk keeps it: by status, and between two times.

        Times are aware datetimes, or such in ISO 8601. `sort="-latest_completed_at"` gives the last ones first.
        """
        wanted = moments(from_ts=from_ts, to_ts=to_ts)
        wanted += filters(status=checked_choice("status", status, InvocationStatus))
        query = within("filter", wanted) + filters(sort=checked_choice("sort", sort, InvocationSort))
        return self._list(INVOCATIONS, options, page_size, cursor, query=query, webhook_id=webhook_id)

    def attempts(
        self, webhook_id: str, invocation_id: str, **options: Unpack[CallOptions]
    ) -> Pages[WebhookAttempt]:
        """The requests of one invocation, with what the other system answered; one page."""
        return self._pages(ATTEMPTS, options, webhook_id=webhook_id, invocation_id=invocation_id)


def _checked(webhook_id: str) -> str:
    """An id that goes into the query; raises `BadArgument` as it would for one in a path."""
    return SHOW.path({"webhook_id": webhook_id}).rpartition("/")[2]
