"""Organizations by the hundred, through background jobs.

Each call takes from 1 to 100 rows or ids. Jobs are not subject to the limit on updates of one organization; the account
may have 30 of them queued or running.
Source: https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ._base import Resource
from ._validate import checked_fields, split
from .types.organizations import NewOrganization, OrganizationRow, OrganizationWrite

if TYPE_CHECKING:
    import attrs

    from ..call import Call
    from ..jobs import Job
    from .types.common import CallOptions, RecordId
    from .types.organizations import OrganizationFields

__all__ = ["ManyOrganizations"]

_ALL: Final = "/api/v2/organizations"

CREATE_MANY: Final = Route(
    "organizations.create_many", "POST", _ALL + "/create_many", "job_status", job=True, writes=NewOrganization,
    wrap="organizations",
)
UPDATE_MANY: Final = Route(
    "organizations.update_many", "PUT", _ALL + "/update_many", "job_status", job=True, writes=OrganizationRow,
    wrap="organizations", idempotent=False,
)
DESTROY_MANY: Final = Route(
    "organizations.destroy_many", "DELETE", _ALL + "/destroy_many", "job_status", job=True, idempotent=False
)


class ManyOrganizations(Resource):
    """The calls on many organizations at once."""

    def create_many(
        self,
        rows: Sequence[OrganizationWrite | Mapping[str, object] | attrs.AttrsInstance],
        **options: Unpack[CallOptions],
    ) -> Call[Job]:
        """Starts a job that creates up to 100 organizations; each row needs a `name`.

        A row is a mapping, or an attrs instance of which the fields that differ from their defaults are sent. See
        `types.OrganizationWrite` for the fields. A name or external id that is taken fails its row.
        """
        return self._rows(CREATE_MANY, rows, options, required=("name",))

    def update_many(
        self,
        rows: Sequence[OrganizationRow | Mapping[str, object] | attrs.AttrsInstance] | None = None,
        *,
        ids: Sequence[RecordId] | None = None,
        external_ids: Sequence[str] | None = None,
        **fields: Unpack[OrganizationFields],
    ) -> Call[Job]:
        """Starts a job that updates up to 100 organizations: each as its row says, or all of them alike.

        Either `rows`, each with the `id` of its organization or else its `external_id`, or `ids` (or `external_ids`)
        with the fields that all of them get. `tags` and `domain_names` replace what each has.
        """
        written, options = split(fields)
        if rows is not None:
            if ids is not None or external_ids is not None or written:
                raise BadArgument("update_many takes rows, or ids (external_ids) with fields for all: one of the two")
            return self._rows(UPDATE_MANY, rows, options, required=("id", "external_id"), name="id")
        if not written:
            raise BadArgument("update_many got no fields to write")
        checked_fields(written, OrganizationWrite, "organization")
        return self._by_ids(UPDATE_MANY, options, ids, external_ids, body={"organization": written})

    def destroy_many(
        self,
        *,
        ids: Sequence[RecordId] | None = None,
        external_ids: Sequence[str] | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[Job]:
        """Starts a job that deletes up to 100 organizations, for good, as `delete` does."""
        return self._by_ids(DESTROY_MANY, options, ids, external_ids)
