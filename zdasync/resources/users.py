"""Users: find, read and write them one by one.

Source: https://developer.zendesk.com/api-reference/ticketing/users/users/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ..records.users import Count, CurrentUser, User, UserRelated
from ._filters import mapping, texts
from ._sorting import sorted_query
from ._subsets import subset
from ._user_fields import user_fields
from ._validate import (
    MAX_ROWS,
    Query,
    filters,
    include_query,
    many_query,
    one_or_more,
    optional_id,
    page_size,
    record_id,
    split,
    text,
)
from .deleted_users import DeletedUsers
from .identities import Identities
from .sessions import Sessions
from .tags import USERS, RecordTags
from .types.users import UserSort, UserWrite
from .users_account import UserAccounts
from .users_many import ManyUsers

if TYPE_CHECKING:
    from ..call import Call, Pages
    from ..records.sideloads import SideloadName
    from .types.common import CallOptions, RecordId, SortOrder, UserId
    from .types.users import NewUserFields, UserFields

__all__ = ["Users"]

LIST: Final = Route("users.list", "GET", "/api/v2/users", "users", User, paging="cursor")
LIST_GROUP: Final = Route("users.list", "GET", "/api/v2/groups/{group_id}/users", "users", User, paging="cursor")
LIST_ORGANIZATION: Final = Route(
    "users.list", "GET", "/api/v2/organizations/{organization_id}/users", "users", User, paging="cursor"
)
SEARCH: Final = Route("users.search", "GET", "/api/v2/users/search", "users", User, paging="offset")
AUTOCOMPLETE: Final = Route("users.autocomplete", "GET", "/api/v2/users/autocomplete", "users", User)
AUTOCOMPLETE_BY_BODY: Final = Route(
    "users.autocomplete_by_body", "POST", "/api/v2/users/autocomplete", "users", User, idempotent=True
)
COUNT: Final = Route("users.count", "GET", "/api/v2/users/count", "count", Count)
COUNT_GROUP: Final = Route("users.count", "GET", "/api/v2/groups/{group_id}/users/count", "count", Count)
COUNT_ORGANIZATION: Final = Route(
    "users.count", "GET", "/api/v2/organizations/{organization_id}/users/count", "count", Count
)
SHOW: Final = Route("users.show", "GET", "/api/v2/users/{user_id}", "user", User)
SHOW_MANY: Final = Route("users.show_many", "GET", "/api/v2/users/show_many", "users", User)
RELATED: Final = Route("users.related", "GET", "/api/v2/users/{user_id}/related", "user_related", UserRelated)
ME: Final = Route("users.me", "GET", "/api/v2/users/me", "user", CurrentUser)
CREATE: Final = Route("users.create", "POST", "/api/v2/users", "user", User, writes=UserWrite)
CREATE_OR_UPDATE: Final = Route(
    "users.create_or_update", "POST", "/api/v2/users/create_or_update", "user", User, writes=UserWrite
)
REQUEST_CREATE: Final = Route(
    "users.request_create", "POST", "/api/v2/users/request_create", writes=UserWrite, wrap="user"
)
UPDATE: Final = Route("users.update", "PUT", "/api/v2/users/{user_id}", "user", User, writes=UserWrite)
MERGE: Final = Route("users.merge", "PUT", "/api/v2/users/{user_id}/merge", "user", User, idempotent=False)
DELETE: Final = Route("users.delete", "DELETE", "/api/v2/users/{user_id}", "user", User)


class Users(ManyUsers, UserAccounts):
    """End users, agents and administrators, with their `identities`, `sessions`, `tags` and the `deleted` ones.

    `include` sideloads related records: they are on `Page.sideloads`, and with `Call.with_sideloads()` for one user.
    """

    @cached_property
    def identities(self) -> Identities:
        """E-mail addresses, telephone numbers and accounts elsewhere by which users are known."""
        return Identities(self._caller)

    @cached_property
    def deleted(self) -> DeletedUsers:
        """Users after their deletion."""
        return DeletedUsers(self._caller)

    @cached_property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return Sessions(self._caller)

    @cached_property
    def tags(self) -> RecordTags:
        """The tags of a user, one by one."""
        return RecordTags(self._caller, USERS)

    def list(
        self,
        *,
        role: str | Iterable[str] | None = None,
        permission_set: RecordId | None = None,
        external_id: str | None = None,
        group_id: RecordId | None = None,
        organization_id: RecordId | None = None,
        sort_by: UserSort | None = None,
        sort_order: SortOrder | None = None,
        include: SideloadName | Iterable[SideloadName] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[User]:
        """Users: all of them, those of a group or those of an organization.

        `role` is "end-user", "agent", "admin" or the name of a custom role, or several of them; `permission_set` the
        id of one custom role. `external_id` finds the one user who has it. `cursor` continues an earlier listing.

        Those of an organization can be sorted with `sort_by` ("id", "name", "created_at", "updated_at"); they then come
        by page numbers, 10,000 at most, since Zendesk does not sort what it gives by cursor.
        """
        if organization_id is None and (sort_by, sort_order) != (None, None):
            raise BadArgument("only the users of an organization can be sorted: name it, or leave out sort_by")
        route, ids = subset(
            LIST, group_id=(LIST_GROUP, group_id), organization_id=(LIST_ORGANIZATION, organization_id)
        )
        query = _filters(role, permission_set)
        query += texts(external_id=external_id)
        query += include_query(include) + sorted_query(page_size, cursor, sort_order, sort_by, UserSort)
        return self._pages(route, options, query=query, **ids)

    def search(
        self,
        query: str | None = None,
        *,
        external_id: str | None = None,
        include: SideloadName | Iterable[SideloadName] | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Pages[User]:
        """Users that match a query in Zendesk's search syntax, or the one with an `external_id`.

        At most 10,000 of them: further on it raises `PaginationLimit`. A user is found some minutes after it was
        written. Pages are by number, so that users may be missed or repeated while others write.
        """
        if (query is None) == (external_id is None):
            raise BadArgument("search by query or by external_id: one of the two")
        wanted = ("query", text("query", query)) if query is not None else (
            "external_id", text("external_id", external_id)
        )
        parameters = (wanted, *include_query(include), ("per_page", str(page_size(per_page))))
        return self._pages(SEARCH, options, query=parameters)

    def autocomplete(
        self,
        name: str,
        *,
        field_id: RecordId | None = None,
        source: str | None = None,
        include: SideloadName | Iterable[SideloadName] | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[User]:
        """Users whose name begins with `name`; one page, and none with identities of other systems.

        `field_id` and `source` narrow it to what a lookup relationship field accepts.
        """
        field = optional_id("field_id", field_id)
        query = texts(name=text("name", name)) + filters(field_id=field) + texts(source=source)
        return self._pages(AUTOCOMPLETE, options, query=query + include_query(include))

    def autocomplete_by_body(
        self,
        name: str | None = None,
        *,
        phone: str | None = None,
        field_id: RecordId | None = None,
        source: str | None = None,
        filter: Mapping[str, object] | None = None,  # noqa: A002 - Zendesk's own name
        include: SideloadName | Iterable[SideloadName] | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[User]:
        """As `autocomplete`, with the names in the request's body, where no log of URLs shows them.

        It also finds users by `phone`, and narrows with the `filter` of a lookup relationship field.
        """
        if name is None and phone is None:
            raise BadArgument("autocomplete by name or by phone")
        body: dict[str, object] = dict(texts(name=name, phone=phone, source=source))
        if field_id is not None:
            body["field_id"] = str(record_id("field_id", field_id))
        if filter is not None:
            body["filter"] = mapping("filter", filter)
        return self._pages(AUTOCOMPLETE_BY_BODY, options, query=include_query(include), body=body)

    def count(
        self,
        *,
        role: str | Iterable[str] | None = None,
        permission_set: RecordId | None = None,
        group_id: RecordId | None = None,
        organization_id: RecordId | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[Count]:
        """How many users there are: in all, in a group or in an organization, by role or custom role."""
        route, ids = subset(
            COUNT, group_id=(COUNT_GROUP, group_id), organization_id=(COUNT_ORGANIZATION, organization_id)
        )
        return self._call(route, options, query=_filters(role, permission_set), **ids)

    def show(
        self,
        user_id: UserId,
        *,
        include: SideloadName | Iterable[SideloadName] | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[User]:
        """One user. A deleted one is still shown, with `active` False, until it is deleted permanently."""
        return self._call(SHOW, options, query=include_query(include), user_id=user_id)

    def show_many(
        self,
        *,
        ids: Sequence[UserId] | None = None,
        external_ids: Sequence[str] | None = None,
        include: SideloadName | Iterable[SideloadName] | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[User]:
        """Up to 100 users by their ids or external ids, in one page; those that do not exist are left out."""
        query, _ = many_query(ids, external_ids)
        return self._pages(SHOW_MANY, options, query=query + include_query(include))

    def related(self, user_id: UserId, **options: Unpack[CallOptions]) -> Call[UserRelated]:
        """How many tickets and subscriptions a user has."""
        return self._call(RELATED, options, user_id=user_id)

    def me(
        self, *, include: SideloadName | Iterable[SideloadName] | None = None, **options: Unpack[CallOptions]
    ) -> Call[CurrentUser]:
        """The user whom the credentials stand for.

        Zendesk answers even where it does not accept them: look at `anonymous`, or use `zd.verify_credentials()`.
        """
        return self._call(ME, options, query=include_query(include))

    def create(self, **fields: Unpack[NewUserFields]) -> Call[User]:
        """Creates a user; only `name` is required. See `types.UserWrite` for the fields.

        An e-mail address or external id that another user has raises `ValidationError`. Zendesk mails the new user
        unless `skip_verify_email` is true. A lost reply raises `OutcomeUnknown`: the user may exist.
        """
        return self._write_user(CREATE, fields, needs_name=True)

    def create_or_update(self, **fields: Unpack[UserFields]) -> Call[User]:
        """Updates the user with this `email` or `external_id`, or creates one; a new one needs a `name`.

        The external id is matched without regard to case, and rewritten to the case that is given. Where the user is
        found by external id, `email` adds a secondary address, as in `update`. Limited to 5 a minute for each user
        and one a second for the account: for many users there is `create_or_update_many`.
        """
        if not fields.get("email") and not fields.get("external_id"):
            raise BadArgument(
                "create_or_update finds the user by email or external_id, and got neither: to make a new user each "
                "time, use create"
            )
        return self._write_user(CREATE_OR_UPDATE, fields)

    def request_create(self, **fields: Unpack[NewUserFields]) -> Call[None]:
        """Asks the account's owner by mail to pay for another agent, named by `name` and `email`."""
        written, options = split(fields)
        user_fields(written)
        return self._call(REQUEST_CREATE, options, body={"user": written})

    def update(self, user_id: UserId, **fields: Unpack[UserFields]) -> Call[User]:
        """Writes fields of a user; None clears one, and what is not given stays.

        `email` does not replace the primary address: it adds a secondary one. To change the primary address, add it
        as an identity and call `identities.make_primary`. `organization_id` ends all other memberships of the user.
        `tags` replaces all tags. Limited to 5 a minute for each user and one a second for the account: for many users
        there is `update_many`.
        """
        return self._write_user(UPDATE, fields, user_id=user_id)

    def merge(self, user_id: UserId, *, into: UserId, **options: Unpack[CallOptions]) -> Call[User]:
        """Merges an end user into another one, who is returned; the first one is gone afterwards, for good.

        Neither may be an agent or come from a sharing agreement, and the first may have requested 10,000 tickets.
        """
        winner = record_id("into", into)
        if winner == record_id("user_id", user_id):
            raise BadArgument("a user can't be merged into itself")
        return self._call(MERGE, options, body={"user": {"id": winner}}, user_id=user_id)

    def delete(self, user_id: UserId, **options: Unpack[CallOptions]) -> Call[User]:
        """Deletes a user, who is returned with `active` False.

        There is no way back, yet the data is kept: `deleted.delete` removes it as privacy laws demand.
        """
        return self._call(DELETE, options, user_id=user_id)

    def _write_user(
        self, route: Route[User], fields: Mapping[str, Any], *, needs_name: bool = False, **ids: Any
    ) -> Call[User]:
        written, options = split(fields)
        if needs_name and "name" not in written:
            raise BadArgument("a new user needs a name")
        if not written:
            raise BadArgument(f"{route.operation} got no fields to write")
        user_fields(written)
        names = {name: value for name in ("email", "external_id") if (value := written.get(name)) is not None}
        return self._call(route, options, body={"user": written}, fields=names, **ids)


def _filters(role: str | Iterable[str] | None, permission_set: RecordId | None) -> Query:
    return one_or_more("role", role) + filters(permission_set=optional_id("permission_set", permission_set))
