"""Organizations: companies and other groups of end users.

An update of one organization takes one of 5 that each organization may have in a minute; `update_many` takes none.
Source: https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ..records.organizations import Organization, OrganizationMerge, OrganizationRelated
from ..records.users import Count
from ._subsets import subset
from ._validate import MAX_ROWS, filters, include_query, many_query, page_size, record_id, text
from .organizations_many import ManyOrganizations
from .tags import ORGANIZATIONS, RecordTags
from .types.organizations import NewOrganization, OrganizationRow, OrganizationSideload, OrganizationWrite

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId
    from .types.organizations import NewOrganizationFields, OrganizationFields, OrganizationUpsertFields

__all__ = ["Organizations"]

_ALL: Final = "/api/v2/organizations"
_ONE: Final = _ALL + "/{organization_id}"
_OF_USER: Final = "/api/v2/users/{user_id}/organizations"

LIST: Final = Route("organizations.list", "GET", _ALL, "organizations", Organization, paging="cursor")
LIST_USER: Final = Route("organizations.list", "GET", _OF_USER, "organizations", Organization, paging="cursor")
SEARCH: Final = Route("organizations.search", "GET", _ALL + "/search", "organizations", Organization, paging="offset")
AUTOCOMPLETE: Final = Route(
    "organizations.autocomplete", "GET", _ALL + "/autocomplete", "organizations", Organization, paging="offset"
)
COUNT: Final = Route("organizations.count", "GET", _ALL + "/count", "count", Count)
COUNT_USER: Final = Route("organizations.count", "GET", _OF_USER + "/count", "count", Count)
SHOW: Final = Route("organizations.show", "GET", _ONE, "organization", Organization)
SHOW_MANY: Final = Route("organizations.show_many", "GET", _ALL + "/show_many", "organizations", Organization)
RELATED: Final = Route("organizations.related", "GET", _ONE + "/related", "organization_related", OrganizationRelated)
CREATE: Final = Route("organizations.create", "POST", _ALL, "organization", Organization, writes=NewOrganization)
CREATE_OR_UPDATE: Final = Route(
    "organizations.create_or_update", "POST", _ALL + "/create_or_update", "organization", Organization,
    writes=OrganizationRow,
)
UPDATE: Final = Route("organizations.update", "PUT", _ONE, "organization", Organization, writes=OrganizationWrite)
DELETE: Final = Route("organizations.delete", "DELETE", _ONE)
MERGE: Final = Route("organizations.merge", "POST", _ONE + "/merge", "organization_merge", OrganizationMerge)
MERGES: Final = Route(
    "organizations.merges", "GET", _ONE + "/merges", "organization_merges", OrganizationMerge, paging="cursor"
)
SHOW_MERGE: Final = Route(
    "organizations.show_merge", "GET", "/api/v2/organization_merges/{organization_merge_id}", "organization_merge",
    OrganizationMerge,
)


class Organizations(ManyOrganizations):
    """Organizations. Who belongs to them, `organization_memberships` tells; `users.list` takes `organization_id`."""

    string_ids = frozenset({"organization_merge_id"})

    @cached_property
    def tags(self) -> RecordTags:
        """The tags of an organization, one by one."""
        return RecordTags(self._caller, ORGANIZATIONS)

    def list(
        self,
        *,
        user_id: RecordId | None = None,
        include: OrganizationSideload | Iterable[OrganizationSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Organization]:
        """Organizations: all of them, or those that a user belongs to. `cursor` continues an earlier listing."""
        route, ids = subset(LIST, user_id=(LIST_USER, user_id))
        return self._list(route, options, page_size, cursor, query=_included(include), **ids)

    def search(
        self,
        *,
        name: str | None = None,
        external_id: str | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Pages[Organization]:
        """The organizations with this `name`, or the one with this `external_id`.

        One is found some minutes after it was written: `show_many(external_ids=...)` finds it at once. For names that
        begin with a text there is `autocomplete`.
        """
        if (name is None) == (external_id is None):
            raise BadArgument("search by name or by external_id: one of the two")
        wanted = {"name": name, "external_id": external_id}
        query = tuple((key, text(key, value)) for key, value in wanted.items() if value is not None)
        return self._pages(SEARCH, options, query=(*query, ("per_page", str(page_size(per_page)))))

    def autocomplete(
        self,
        name: str,
        *,
        field_id: RecordId | None = None,
        source: str | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Pages[Organization]:
        """Organizations whose name begins with `name`, whatever its case.

        `field_id` and `source` narrow it to what a lookup relationship field accepts.
        """
        field = None if field_id is None else record_id("field_id", field_id)
        query = filters(name=text("name", name), field_id=field, source=source, per_page=page_size(per_page))
        return self._pages(AUTOCOMPLETE, options, query=query)

    def count(self, *, user_id: RecordId | None = None, **options: Unpack[CallOptions]) -> Call[Count]:
        """How many organizations there are, or how many a user belongs to."""
        route, ids = subset(COUNT, user_id=(COUNT_USER, user_id))
        return self._call(route, options, **ids)

    def show(
        self,
        organization_id: RecordId,
        *,
        include: OrganizationSideload | Iterable[OrganizationSideload] | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[Organization]:
        """One organization."""
        return self._call(SHOW, options, query=_included(include), organization_id=organization_id)

    def show_many(
        self,
        *,
        ids: Sequence[RecordId] | None = None,
        external_ids: Sequence[str] | None = None,
        include: OrganizationSideload | Iterable[OrganizationSideload] | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Organization]:
        """Up to 100 organizations by their ids or external ids, in one page; those that don't exist are left out."""
        query, _ = many_query(ids, external_ids)
        return self._pages(SHOW_MANY, options, query=query + _included(include))

    def related(self, organization_id: RecordId, **options: Unpack[CallOptions]) -> Call[OrganizationRelated]:
        """How many tickets and users an organization has."""
        return self._call(RELATED, options, organization_id=organization_id)

    def create(self, **fields: Unpack[NewOrganizationFields]) -> Call[Organization]:
        """Creates an organization; only `name` is required. See `types.OrganizationWrite` for the fields.

        A name or external id that another organization has, in whatever case, raises `ValidationError`. A lost reply
        raises `OutcomeUnknown`: the organization may exist.
        """
        return self._write(CREATE, fields)

    def create_or_update(self, **fields: Unpack[OrganizationUpsertFields]) -> Call[Organization]:
        """Updates the organization with this `id` or `external_id`, or creates one; a new one needs a `name`.

        It is not found by name: a new organization whose name is taken raises `ValidationError`. `tags` and
        `domain_names` replace what there is.
        """
        if not fields.get("id") and not fields.get("external_id"):
            raise BadArgument(
                "create_or_update finds the organization by id or external_id, and got neither: Zendesk does not match "
                "names; to make a new one each time, use create"
            )
        if fields.get("id") is not None:
            fields["id"] = record_id("id", fields["id"])
        return self._write(CREATE_OR_UPDATE, fields)

    def update(self, organization_id: RecordId, **fields: Unpack[OrganizationFields]) -> Call[Organization]:
        """Writes fields of an organization; None clears one, and what is not given stays.

        `tags` and `domain_names` replace what there is. Limited to 5 a minute for each organization, for which the
        sixth waits: for many organizations, or many changes of one, there is `update_many`.
        """
        return self._write(UPDATE, fields, organization_id=organization_id)

    def delete(self, organization_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes an organization, for good: its users and tickets belong to it no more."""
        return self._call(DELETE, options, organization_id=organization_id)

    def merge(
        self, organization_id: RecordId, *, into: RecordId, **options: Unpack[CallOptions]
    ) -> Call[OrganizationMerge]:
        """Starts to merge an organization into another one; there is no way back. For admins.

        Its users, tickets and domain names move, nothing else does, and it is deleted. That takes time: `show_merge`
        tells how far it is, by the `id` of what this returns.
        """
        winner = record_id("into", into)
        if winner == record_id("organization_id", organization_id):
            raise BadArgument("an organization can't be merged into itself")
        body = {"organization_merge": {"winner_id": winner}}
        return self._call(MERGE, options, body=body, organization_id=organization_id)

    def merges(
        self,
        organization_id: RecordId,
        *,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[OrganizationMerge]:
        """The merges of other organizations into this one. For admins."""
        return self._list(MERGES, options, page_size, cursor, organization_id=organization_id)

    def show_merge(self, merge_id: str, **options: Unpack[CallOptions]) -> Call[OrganizationMerge]:
        """One merge, by its id, which is a string: look at its `status`. For admins."""
        return self._call(SHOW_MERGE, options, organization_merge_id=merge_id)


def _included(
    include: OrganizationSideload | Iterable[OrganizationSideload] | None,
) -> tuple[tuple[str, str], ...]:
    return include_query(include, OrganizationSideload, "organizations")
