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
from ._user_fields import user_fields, user_row, user_row_with_id
from ._validate import many_query, split
from .types.users import UserWrite

if TYPE_CHECKING:
    import attrs

    from ..call import Call
    from ..jobs import Job
    from .types.common import CallOptions, UserId
    from .types.users import UserFields

__all__ = ["ManyUsers"]

CREATE_MANY: Final = Route(
    "users.create_many", "POST", "/api/v2/users/create_many", "job_status", job=True, writes=UserWrite, wrap="users"
)
CREATE_OR_UPDATE_MANY: Final = Route(
    "users.create_or_update_many", "POST", "/api/v2/users/create_or_update_many", "job_status", job=True,
    writes=UserWrite, wrap="users",
)
UPDATE_MANY: Final = Route(
    "users.update_many", "PUT", "/api/v2/users/update_many", "job_status", job=True, writes=UserWrite, wrap="users",
    idempotent=False,
)
DESTROY_MANY: Final = Route(
    "users.destroy_many", "DELETE", "/api/v2/users/destroy_many", "job_status", job=True, idempotent=False
)
LOGOUT_MANY: Final = Route("users.logout_many", "POST", "/api/v2/users/logout_many", idempotent=True)


class ManyUsers(Resource):
    """The calls on many users at once."""

    def create_many(
        self, rows: Sequence[UserWrite | Mapping[str, object] | attrs.AttrsInstance], **options: Unpack[CallOptions]
    ) -> Call[Job]:
        """Starts a job that creates up to 100 users; each row needs a `name`. See `types.UserWrite` for the fields.

        A row is a mapping, or an attrs instance of which the fields that differ from their defaults are sent. Raises
        `PermissionDenied` until Zendesk's support has enabled bulk imports of users for the account.
        """
        return self._rows(CREATE_MANY, rows, options, required=("name",), check=user_row)

    def create_or_update_many(
        self, rows: Sequence[UserWrite | Mapping[str, object] | attrs.AttrsInstance], **options: Unpack[CallOptions]
    ) -> Call[Job]:
        """Starts a job that updates or creates up to 100 users, found by the `email` or `external_id` of each row.

        For rows, and the permission that it needs, see `create_many`; for what `email` does to a user who exists, see
        `update`.
        """
        return self._rows(CREATE_OR_UPDATE_MANY, rows, options, required=("email", "external_id"), check=user_row)

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
            return self._rows(UPDATE_MANY, rows, options, required=("id",), name="id", check=user_row_with_id)
        if not written:
            raise BadArgument("update_many got no fields to write")
        user_fields(written)
        return self._by_ids(UPDATE_MANY, options, ids, external_ids, body={"user": written})

    def destroy_many(
        self,
        *,
        ids: Sequence[UserId] | None = None,
        external_ids: Sequence[str] | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[Job]:
        """Starts a job that deletes up to 100 users, as `delete` does: their data is kept until `deleted.delete`."""
        return self._by_ids(DESTROY_MANY, options, ids, external_ids)

    def logout_many(self, ids: Sequence[UserId], **options: Unpack[CallOptions]) -> Call[None]:
        """Ends all sessions of up to 100 users, soon after the call returns. For admins."""
        query, _ = many_query(ids, None)
        return self._call(LOGOUT_MANY, options, query=query)
