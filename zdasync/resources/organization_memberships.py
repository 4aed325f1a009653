"""Organization memberships: which users belong to which organizations.

A user may belong to several, of which one is the default: the `organization_id` of their profile. Writing that with
`users.update` ends all other memberships; to add one, create it here.
Source: https://developer.zendesk.com/api-reference/ticketing/organizations/organization_memberships/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.memberships import OrganizationMembership
from ._base import Resource
from ._subsets import subset
from ._validate import MAX_ROWS, include_query
from .types.organizations import MembershipSideload, NewOrganizationMembership, NewUserOrganizationMembership

if TYPE_CHECKING:
    import attrs

    from ..call import Call, Pages
    from ..jobs import Job
    from .types.common import CallOptions, RecordId
    from .types.organizations import NewOrganizationMembershipFields, NewUserOrganizationMembershipFields

__all__ = ["OrganizationMemberships"]

_ALL: Final = "/api/v2/organization_memberships"
_ONE: Final = "/{organization_membership_id}"
_OF_USER: Final = "/api/v2/users/{user_id}/organization_memberships"
_PAIR: Final = "/api/v2/users/{user_id}/organizations/{organization_id}"
_KEY: Final = "organization_membership"
_KEYS: Final = "organization_memberships"

LIST: Final = Route("organization_memberships.list", "GET", _ALL, _KEYS, OrganizationMembership, paging="cursor")
LIST_USER: Final = Route(
    "organization_memberships.list", "GET", _OF_USER, _KEYS, OrganizationMembership, paging="cursor"
)
LIST_ORGANIZATION: Final = Route(
    "organization_memberships.list", "GET", "/api/v2/organizations/{organization_id}/organization_memberships", _KEYS,
    OrganizationMembership, paging="cursor",
)
SHOW: Final = Route("organization_memberships.show", "GET", _ALL + _ONE, _KEY, OrganizationMembership)
SHOW_USER: Final = Route("organization_memberships.show", "GET", _OF_USER + _ONE, _KEY, OrganizationMembership)
CREATE: Final = Route(
    "organization_memberships.create", "POST", _ALL, _KEY, OrganizationMembership, writes=NewOrganizationMembership
)
CREATE_USER: Final = Route(
    "organization_memberships.create_for_user", "POST", _OF_USER, _KEY, OrganizationMembership,
    writes=NewUserOrganizationMembership,
)
CREATE_MANY: Final = Route(
    "organization_memberships.create_many", "POST", _ALL + "/create_many", "job_status", job=True,
    writes=NewOrganizationMembership, wrap=_KEYS,
)
DELETE: Final = Route("organization_memberships.delete", "DELETE", _ALL + _ONE)
DELETE_USER: Final = Route("organization_memberships.delete", "DELETE", _OF_USER + _ONE)
DESTROY_MANY: Final = Route(
    "organization_memberships.destroy_many", "DELETE", _ALL + "/destroy_many", "job_status", job=True, idempotent=False
)
MAKE_DEFAULT: Final = Route(
    "organization_memberships.make_default", "PUT", _OF_USER + _ONE + "/make_default", _KEYS, OrganizationMembership
)
UNASSIGN: Final = Route("organization_memberships.unassign_organization", "DELETE", _PAIR)
SET_DEFAULT: Final = Route(
    "organization_memberships.set_organization_as_default", "PUT", _PAIR + "/make_default", _KEY,
    OrganizationMembership,
)


class OrganizationMemberships(Resource):
    """Memberships of users in organizations: made and ended, and one of them the user's default."""

    def list(
        self,
        *,
        user_id: RecordId | None = None,
        organization_id: RecordId | None = None,
        include: MembershipSideload | Iterable[MembershipSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[OrganizationMembership]:
        """Memberships: all of them, those of a user, or those in an organization. End users see their own.

        `include` sideloads the users and organizations that they join: they are on `Page.sideloads`.
        """
        route, ids = subset(
            LIST, user_id=(LIST_USER, user_id), organization_id=(LIST_ORGANIZATION, organization_id)
        )
        query = include_query(include, MembershipSideload, "organization memberships")
        return self._list(route, options, page_size, cursor, query=query, **ids)

    def show(
        self,
        organization_membership_id: RecordId,
        *,
        user_id: RecordId | None = None,
        include: MembershipSideload | Iterable[MembershipSideload] | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[OrganizationMembership]:
        """One membership; with `user_id`, `NotFound` for one of another user."""
        route, ids = subset(SHOW, user_id=(SHOW_USER, user_id))
        query = include_query(include, MembershipSideload, "organization memberships")
        return self._call(route, options, query=query, organization_membership_id=organization_membership_id, **ids)

    def create(self, **fields: Unpack[NewOrganizationMembershipFields]) -> Call[OrganizationMembership]:
        """Brings a user (`user_id`) into an organization (`organization_id`); their other memberships stay.

        The first membership of a user is the default one; a later one with `default=True` becomes it. A membership that
        exists raises `ValidationError`. A lost reply raises `OutcomeUnknown`: the membership may exist.
        """
        return self._write(CREATE, fields)

    def create_for_user(
        self, user_id: RecordId, **fields: Unpack[NewUserOrganizationMembershipFields]
    ) -> Call[OrganizationMembership]:
        """As `create`, by the path of the user."""
        return self._write(CREATE_USER, fields, user_id=user_id)

    def create_many(
        self,
        rows: Sequence[NewOrganizationMembership | Mapping[str, object] | attrs.AttrsInstance],
        **options: Unpack[CallOptions],
    ) -> Call[Job]:
        """Starts a job that makes up to 100 memberships; each row has a `user_id` and an `organization_id`."""
        return self._rows(CREATE_MANY, rows, options)

    def delete(
        self,
        organization_membership_id: RecordId,
        *,
        user_id: RecordId | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[None]:
        """Ends a membership. Where it was the default one, another one of the user takes its place."""
        route, ids = subset(DELETE, user_id=(DELETE_USER, user_id))
        return self._call(route, options, organization_membership_id=organization_membership_id, **ids)

    def destroy_many(self, ids: Sequence[RecordId], **options: Unpack[CallOptions]) -> Call[Job]:
        """Starts a job that ends up to 100 memberships, named by their ids."""
        return self._by_ids(DESTROY_MANY, options, ids)

    def make_default(
        self, user_id: RecordId, organization_membership_id: RecordId, **options: Unpack[CallOptions]
    ) -> Pages[OrganizationMembership]:
        """Makes a membership the user's default one, and gives all memberships of the user, in one page."""
        return self._pages(
            MAKE_DEFAULT, options, user_id=user_id, organization_membership_id=organization_membership_id
        )

    def unassign_organization(
        self, user_id: RecordId, organization_id: RecordId, **options: Unpack[CallOptions]
    ) -> Call[None]:
        """Ends the membership of a user in an organization, without knowing its id."""
        return self._call(UNASSIGN, options, user_id=user_id, organization_id=organization_id)

    def set_organization_as_default(
        self, user_id: RecordId, organization_id: RecordId, **options: Unpack[CallOptions]
    ) -> Call[OrganizationMembership]:
        """Makes an organization the user's default one, without knowing the id of the membership."""
        return self._call(SET_DEFAULT, options, user_id=user_id, organization_id=organization_id)
