"""Organization subscriptions: which users are told of every ticket of which organizations.

End users see and make subscriptions of their own only, to organizations that they belong to and that share tickets.
Source: https://developer.zendesk.com/api-reference/ticketing/organizations/organization_subscriptions/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.memberships import OrganizationSubscription
from ._base import Resource
from ._subsets import subset
from ._validate import MAX_ROWS
from .types.organizations import NewOrganizationSubscription

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId
    from .types.organizations import NewOrganizationSubscriptionFields

__all__ = ["OrganizationSubscriptions"]

_ALL: Final = "/api/v2/organization_subscriptions"
_ONE: Final = _ALL + "/{organization_subscription_id}"
_KEY: Final = "organization_subscription"
_KEYS: Final = "organization_subscriptions"

LIST: Final = Route("organization_subscriptions.list", "GET", _ALL, _KEYS, OrganizationSubscription, paging="cursor")
LIST_USER: Final = Route(
    "organization_subscriptions.list", "GET", "/api/v2/users/{user_id}/organization_subscriptions", _KEYS,
    OrganizationSubscription, paging="cursor",
)
LIST_ORGANIZATION: Final = Route(
    "organization_subscriptions.list", "GET", "/api/v2/organizations/{organization_id}/subscriptions", _KEYS,
    OrganizationSubscription, paging="cursor",
)
SHOW: Final = Route("organization_subscriptions.show", "GET", _ONE, _KEY, OrganizationSubscription)
CREATE: Final = Route(
    "organization_subscriptions.create", "POST", _ALL, _KEY, OrganizationSubscription,
    writes=NewOrganizationSubscription,
)
DELETE: Final = Route("organization_subscriptions.delete", "DELETE", _ONE)


class OrganizationSubscriptions(Resource):
    """Subscriptions of users to the tickets of organizations."""

    def list(
        self,
        *,
        user_id: RecordId | None = None,
        organization_id: RecordId | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[OrganizationSubscription]:
        """Subscriptions: all of them, those of a user, or those to an organization. End users see their own."""
        route, ids = subset(
            LIST, user_id=(LIST_USER, user_id), organization_id=(LIST_ORGANIZATION, organization_id)
        )
        return self._list(route, options, page_size, cursor, **ids)

    def show(
        self, organization_subscription_id: RecordId, **options: Unpack[CallOptions]
    ) -> Call[OrganizationSubscription]:
        """One subscription."""
        return self._call(SHOW, options, organization_subscription_id=organization_subscription_id)

    def create(self, **fields: Unpack[NewOrganizationSubscriptionFields]) -> Call[OrganizationSubscription]:
        """Subscribes a user (`user_id`) to an organization (`organization_id`).

        A lost reply raises `OutcomeUnknown`: the subscription may exist.
        """
        return self._write(CREATE, fields)

    def delete(self, organization_subscription_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Ends a subscription."""
        return self._call(DELETE, options, organization_subscription_id=organization_subscription_id)
