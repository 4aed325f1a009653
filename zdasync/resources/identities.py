"""User identities: the e-mail addresses, telephone numbers and accounts by which a user is known.

Each call is for agents, under the user's path; with `end_user=True` it takes the path by which end users reach their
own identities, which shows e-mail addresses and telephone numbers only. OAuth tokens with the scopes `users:read` and
`users:write` are not enough for this page of the API: it wants `read` and `write`.
Source: https://developer.zendesk.com/api-reference/ticketing/users/user_identities/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Unpack

import attrs

from .._core.route import Route
from ..errors import BadArgument
from ..records.users import Identity
from ._base import Resource
from ._validate import MAX_ROWS, checked_fields, email, one_or_more, page_query, split, text
from .types import IdentityChange, NewIdentity

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types import CallOptions, IdentityFields, NewIdentityFields, UserId

__all__ = ["ROUTES", "Identities"]

_ALL: Final = "/api/v2/users/{user_id}/identities"
_ONE: Final = _ALL + "/{identity_id}"

LIST: Final = Route("users.identities.list", "GET", _ALL, key="identities", paging="cursor")
SHOW: Final = Route("users.identities.show", "GET", _ONE, key="identity")
CREATE: Final = Route("users.identities.create", "POST", _ALL, key="identity")
UPDATE: Final = Route("users.identities.update", "PUT", _ONE, key="identity")
MAKE_PRIMARY: Final = Route("users.identities.make_primary", "PUT", _ONE + "/make_primary", key="identities")
VERIFY: Final = Route("users.identities.verify", "PUT", _ONE + "/verify", key="identity")
REQUEST_VERIFICATION: Final = Route(
    "users.identities.request_verification", "PUT", _ONE + "/request_verification", idempotent=False
)
DELETE: Final = Route("users.identities.delete", "DELETE", _ONE)

END_USERS: Final = {
    route: attrs.evolve(route, template=route.template.replace("/users/", "/end_users/"))
    for route in (LIST, SHOW, CREATE, MAKE_PRIMARY, REQUEST_VERIFICATION, DELETE)
}
"""The same for end users; `update` and `verify` are for agents alone."""

ROUTES: Final = (
    LIST, SHOW, CREATE, UPDATE, MAKE_PRIMARY, VERIFY, REQUEST_VERIFICATION, DELETE, *END_USERS.values(),
)  # fmt: skip


class Identities(Resource):
    """The identities of users."""

    def list(
        self,
        user_id: UserId,
        *,
        type: str | Iterable[str] | None = None,  # noqa: A002 - Zendesk's own name
        end_user: bool = False,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Identity]:
        """A user's identities, of one `type` ("email", "phone_number", ...), of several, or all."""
        query = one_or_more("type", type) + page_query(page_size, cursor)
        return self._pages(self._request(_route(LIST, end_user), options, query=query, user_id=user_id), Identity)

    def show(
        self, user_id: UserId, identity_id: int, *, end_user: bool = False, **options: Unpack[CallOptions]
    ) -> Call[Identity]:
        """One identity of a user."""
        request = self._request(_route(SHOW, end_user), options, user_id=user_id, identity_id=identity_id)
        return self._call(request, Identity)

    def create(
        self, user_id: UserId, *, end_user: bool = False, **fields: Unpack[NewIdentityFields]
    ) -> Call[Identity]:
        """Adds an identity of a `type` with a `value`: the way to a second e-mail address.

        Zendesk mails a new address for verification unless `skip_verify_email` is true, or `verified` is. Of
        `verification_method` only "none" and "low" can be set.
        """
        written, options = split(fields)
        checked_fields(written, NewIdentity, "identity")
        if text("type", written["type"]) == "email":
            email("value", written["value"])
        request = self._request(_route(CREATE, end_user), options, body={"identity": written}, user_id=user_id)
        return self._call(request, Identity)

    def update(self, user_id: UserId, identity_id: int, **fields: Unpack[IdentityFields]) -> Call[Identity]:
        """Changes the `value` of an identity, or whether it counts as verified.

        It does not make an identity the primary one: `make_primary` does.
        """
        written, options = split(fields)
        if not written:
            raise BadArgument("users.identities.update got no fields to write")
        if "primary" in written:
            raise BadArgument("an identity becomes the primary one through make_primary")
        checked_fields(written, IdentityChange, "identity")
        body = {"identity": written}
        return self._call(
            self._request(UPDATE, options, body=body, user_id=user_id, identity_id=identity_id), Identity
        )

    def make_primary(
        self, user_id: UserId, identity_id: int, *, end_user: bool = False, **options: Unpack[CallOptions]
    ) -> Pages[Identity]:
        """Makes an identity the primary one of its type, and gives all of the user's identities, in one page.

        This is how a user's e-mail address is changed. End users may choose among their verified addresses.
        """
        request = self._request(_route(MAKE_PRIMARY, end_user), options, user_id=user_id, identity_id=identity_id)
        return self._pages(request, Identity)

    def verify(self, user_id: UserId, identity_id: int, **options: Unpack[CallOptions]) -> Call[Identity]:
        """Counts an identity as verified, without asking the user.

        It may bring the user into the organization to which the address's domain belongs. The address of the
        account's owner can't be verified this way.
        """
        return self._call(self._request(VERIFY, options, user_id=user_id, identity_id=identity_id), Identity)

    def request_verification(
        self, user_id: UserId, identity_id: int, *, end_user: bool = False, **options: Unpack[CallOptions]
    ) -> Call[None]:
        """Mails the user a link that verifies the address."""
        route = _route(REQUEST_VERIFICATION, end_user)
        return self._nothing(self._request(route, options, user_id=user_id, identity_id=identity_id))

    def delete(
        self, user_id: UserId, identity_id: int, *, end_user: bool = False, **options: Unpack[CallOptions]
    ) -> Call[None]:
        """Takes an identity from a user. After that of a telephone number, `phone` of the user may still show it."""
        request = self._request(_route(DELETE, end_user), options, user_id=user_id, identity_id=identity_id)
        return self._nothing(request)


def _route(route: Route, end_user: bool) -> Route:  # noqa: FBT001 - private, and named at every call's origin
    return END_USERS[route] if end_user else route
