"""Users by the hundred: background jobs, and the one bulk call that is none.

Each call takes from 1 to 100 rows or ids and, but for `logout_many`, answers with a job. Jobs are not subject to the
limits on writing single users; the account may have 30 of them queued or running.
Source: https://developer.zendesk.com/api-reference/ticketing/users/users/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ._base import Resource
from ._validate import Query, checked_rows, many_query, split, user_fields

if TYPE_CHECKING:
    import attrs

    from .._job import Name
    from ..call import Call
    from ..jobs import Job
    from .types import CallOptions, UserFields, UserId, UserWrite

__all__ = ["ROUTES", "ManyUsers"]

CREATE_MANY: Final = Route(
    "users.create_many", "POST", "/api/v2/users/create_many", key="job_status", job=True
)
CREATE_OR_UPDATE_MANY: Final = Route(
    "users.create_or_update_many", "POST", "/api/v2/users/create_or_update_many", key="job_status", job=True
)
UPDATE_MANY: Final = Route(
    "users.update_many", "PUT", "/api/v2/users/update_many", key="job_status", job=True, idempotent=False
)
DESTROY_MANY: Final = Route(
    "users.destroy_many", "DELETE", "/api/v2/users/destroy_many", key="job_status", job=True, idempotent=False
)
LOGOUT_MANY: Final = Route("users.logout_many", "POST", "/api/v2/users/logout_many", idempotent=True)

ROUTES: Final = (CREATE_MANY, CREATE_OR_UPDATE_MANY, UPDATE_MANY, DESTROY_MANY, LOGOUT_MANY)


class ManyUsers(Resource):
    """The calls on many users at once."""

    def create_many(
        self, rows: Sequence[UserWrite | Mapping[str, object] | attrs.AttrsInstance], **options: Unpack[CallOptions]
    ) -> Call[Job]:
        """Starts a job that creates up to 100 users; each row needs a `name`. See `types.UserWrite` for the fields.

        A row is a mapping, or an attrs instance of which the fields that differ from their defaults are sent. Raises
        `PermissionDenied` until Zendesk's support has enabled bulk imports of users for the account.
        """
        checked = checked_rows(rows, required=("name",))
        return self._job(self._request(CREATE_MANY, options, body={"users": checked}), _names(checked, "external_id"))

    def create_or_update_many(
        self, rows: Sequence[UserWrite | Mapping[str, object] | attrs.AttrsInstance], **options: Unpack[CallOptions]
    ) -> Call[Job]:
        """Starts a job that updates or creates up to 100 users, found by the `email` or `external_id` of each row.

        For rows, and the permission that it needs, see `create_many`; for what `email` does to a user who exists, see
        `update`.
        """
        checked = checked_rows(rows, required=("email", "external_id"))
        request = self._request(CREATE_OR_UPDATE_MANY, options, body={"users": checked})
        return self._job(request, _names(checked, "external_id"))

    def update_many(
        self,
        rows: Sequence[UserWrite | Mapping[str, object] | attrs.AttrsInstance] | None = None,
        *,
        ids: Sequence[UserId] | None = None,
        external_ids: Sequence[str] | None = None,
        **fields: Unpack[UserFields],
    ) -> Call[Job]:
        """Starts a job that updates up to 100 users: each as its row says, or all of them alike.

        Either `rows`, each with the `id` of its user, or `ids` (or `external_ids`) with the fields that all of them
        get. See `update` for what `email`, `organization_id` and `tags` do.
        """
        written, options = split(fields)
        if rows is not None:
            if ids is not None or external_ids is not None or written:
                raise BadArgument("update_many takes rows, or ids (external_ids) with fields for all: one of the two")
            checked = checked_rows(rows, required=("id",))
            return self._job(self._request(UPDATE_MANY, options, body={"users": checked}), _names(checked, "id"))
        query, _ = many_query(ids, external_ids)
        if not written:
            raise BadArgument("update_many got no fields to write")
        user_fields(written)
        return self._job(self._request(UPDATE_MANY, options, query=query, body={"user": written}), _named(query))

    def destroy_many(
        self,
        *,
        ids: Sequence[UserId] | None = None,
        external_ids: Sequence[str] | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[Job]:
        """Starts a job that deletes up to 100 users, as `delete` does: their data is kept until `deleted.delete`."""
        query, _ = many_query(ids, external_ids)
        return self._job(self._request(DESTROY_MANY, options, query=query), _named(query))

    def logout_many(self, ids: Sequence[UserId], **options: Unpack[CallOptions]) -> Call[None]:
        """Ends all sessions of up to 100 users, soon after the call returns. For admins."""
        query, _ = many_query(ids, None)
        return self._nothing(self._request(LOGOUT_MANY, options, query=query))


def _names(rows: Sequence[Mapping[str, Name]], field: str) -> list[Name]:
    """What the results of a job on these rows may repeat."""
    return [row.get(field) for row in rows]


def _named(query: Query) -> list[Name]:
    """The same for records that are named by `many_query`."""
    ((kind, listed),) = query
    return [int(one) if kind == "ids" else one for one in listed.split(",")]
