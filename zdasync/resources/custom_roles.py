"""Custom roles: what kinds of agents may do. On Enterprise plans.

Source: https://developer.zendesk.com/api-reference/ticketing/account-configuration/custom_roles/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.roles import Role
from ._base import Resource
from .types.account import CustomRoleWrite, NewCustomRoleWrite

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.account import CustomRoleFields, NewCustomRoleFields
    from .types.common import CallOptions, RecordId

__all__ = ["CustomRoles"]

_ALL: Final = "/api/v2/custom_roles"
_ONE: Final = _ALL + "/{custom_role_id}"

LIST: Final = Route("custom_roles.list", "GET", _ALL, "custom_roles", Role)
SHOW: Final = Route("custom_roles.show", "GET", _ONE, "custom_role", Role)
CREATE: Final = Route("custom_roles.create", "POST", _ALL, "custom_role", Role, writes=NewCustomRoleWrite)
UPDATE: Final = Route("custom_roles.update", "PUT", _ONE, "custom_role", Role, writes=CustomRoleWrite)
DELETE: Final = Route("custom_roles.delete", "DELETE", _ONE)


class CustomRoles(Resource):
    """The account's custom roles. Reading is for agents, writing for admins."""

    def list(self, **options: Unpack[CallOptions]) -> Pages[Role]:
        """All custom roles, in one page."""
        return self._pages(LIST, options)

    def show(self, custom_role_id: RecordId, **options: Unpack[CallOptions]) -> Call[Role]:
        """One custom role."""
        return self._call(SHOW, options, custom_role_id=custom_role_id)

    def create(self, **fields: Unpack[NewCustomRoleFields]) -> Call[Role]:
        """Creates a custom role with a `name`; permissions by name go into `configuration`."""
        return self._write(CREATE, fields)

    def update(self, custom_role_id: RecordId, **fields: Unpack[CustomRoleFields]) -> Call[Role]:
        """Writes fields of a custom role; permissions that `configuration` doesn't name stay."""
        return self._write(UPDATE, fields, custom_role_id=custom_role_id)

    def delete(self, custom_role_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes a custom role. One that agents still have can't be deleted."""
        return self._call(DELETE, options, custom_role_id=custom_role_id)
