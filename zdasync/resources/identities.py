"""User identities: the e-mail addresses, telephone numbers and accounts by which a user is known.

Each call is for agents, under the user's path; with `end_user=True` it takes the path by which end users reach their
own identities, which shows e-mail addresses and telephone numbers only. OAuth tokens with the scopes `users:read` and
`users:write` are not enough for this page of the API: it wants `read` and `write`.
Source: https://developer.zendesk.com/api-reference/ticketing/users/user_identities/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar, Unpack

import attrs

from .._core.route import Route
from ..errors import BadArgument
from ..records.users import Identity
from ._base import Resource
from ._validate import MAX_ROWS, email, flag, one_or_more, text
from .types.users import IdentityChange, NewIdentity

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId, UserId
    from .types.users import IdentityFields, NewIdentityFields

__all__ = ["Identities"]

T = TypeVar("T")

_ALL: Final = "/api/v2/users/{user_id}/identities"
_ONE: Final = _ALL + "/{identity_id}"

LIST: Final = Route("users.identities.list", "GET", _ALL, "identities", Identity, paging="cursor")
SHOW: Final = Route("users.identities.show", "GET", _ONE, "identity", Identity)
CREATE: Final = Route("users.identities.create", "POST", _ALL, "identity", Identity, writes=NewIdentity)
UPDATE: Final = Route("users.identities.update", "PUT", _ONE, "identity", Identity, writes=IdentityChange)
MAKE_PRIMARY: Final = Route("users.identities.make_primary", "PUT", _ONE + "/make_primary", "identities", Identity)
VERIFY: Final = Route("users.identities.verify", "PUT", _ONE + "/verify", "identity", Identity)
REQUEST_VERIFICATION: Final = Route(
    "users.identities.request_verification", "PUT", _ONE + "/request_verification", idempotent=False
)
DELETE: Final = Route("users.identities.delete", "DELETE", _ONE)

END_USERS: Final[Mapping[Route[Any], Route[Any]]] = {
    route: attrs.evolve(route, template=route.template.replace("/users/", "/end_users/"))
    for route in (LIST, SHOW, CREATE, MAKE_PRIMARY, REQUEST_VERIFICATION, DELETE)
}
"""The same for end users; `update` and `verify` are for agents alone."""


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
        route = _route(LIST, end_user)
        return self._list(route, options, page_size, cursor, query=one_or_more("type", type), user_id=user_id)

    def show(
        self, user_id: UserId, identity_id: RecordId, *, end_user: bool = False, **options: Unpack[CallOptions]
    ) -> Call[Identity]:
        """One identity of a user."""
        return self._call(_route(SHOW, end_user), options, user_id=user_id, identity_id=identity_id)

    def create(
        self, user_id: UserId, *, end_user: bool = False, **fields: Unpack[NewIdentityFields]
    ) -> Call[Identity]:
        """Adds an identity of a `type` with a `value`: the way to a second e-mail address.

        Zendesk mails a new address for verification unless `skip_verify_email` is true, or `verified` is. Of
        `verification_method` only "none" and "low" can be set.
        """
        call = self._write(_route(CREATE, end_user), fields, user_id=user_id)
        if text("type", fields["type"]) == "email":
            email("value", fields["value"])
        return call

    def update(self, user_id: UserId, identity_id: RecordId, **fields: Unpack[IdentityFields]) -> Call[Identity]:
        """Changes the `value` of an identity, or whether it counts as verified.

        It does not make an identity the primary one: `make_primary` does.
        """
        if "primary" in fields:
            raise BadArgument("an identity becomes the primary one through make_primary")
        return self._write(UPDATE, fields, user_id=user_id, identity_id=identity_id)

    def make_primary(
        self, user_id: UserId, identity_id: RecordId, *, end_user: bool = False, **options: Unpack[CallOptions]
    ) -> Pages[Identity]:
        """Makes an identity the primary one of its type, and gives all of the user's identities, in one page.

        This is how a user's e-mail address is changed. End users may choose among their verified addresses.
        """
        return self._pages(_route(MAKE_PRIMARY, end_user), options, user_id=user_id, identity_id=identity_id)

    def verify(self, user_id: UserId, identity_id: RecordId, **options: Unpack[CallOptions]) -> Call[Identity]:
        """Counts an identity as verified, without asking the user.

        It may bring the user into the organization to which the address's domain belongs. The address of the
        account's owner can't be verified this way.
        """
        return self._call(VERIFY, options, user_id=user_id, identity_id=identity_id)

    def request_verification(
        self, user_id: UserId, identity_id: RecordId, *, end_user: bool = False, **options: Unpack[CallOptions]
    ) -> Call[None]:
        """Mails the user a link that verifies the address."""
        route = _route(REQUEST_VERIFICATION, end_user)
        return self._call(route, options, user_id=user_id, identity_id=identity_id)

    def delete(
        self, user_id: UserId, identity_id: RecordId, *, end_user: bool = False, **options: Unpack[CallOptions]
    ) -> Call[None]:
        """Takes an identity from a user. After that of a telephone number, `phone` of the user may still show it."""
        return self._call(_route(DELETE, end_user), options, user_id=user_id, identity_id=identity_id)


def _route(route: Route[T], end_user: bool) -> Route[T]:  # noqa: FBT001 - private, and named at every call's origin
    return END_USERS[route] if flag("end_user", end_user) else route
