"""The account's settings.

Source: https://developer.zendesk.com/api-reference/ticketing/account-configuration/account_settings/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.account import AccountSettings as Settings
from ._base import Resource
from .types.account import AccountSettingsWrite

if TYPE_CHECKING:
    from ..call import Call
    from .types.account import AccountSettingsFields
    from .types.common import CallOptions

__all__ = ["AccountSettings"]

_ALL: Final = "/api/v2/account/settings"

SHOW: Final = Route("account_settings.show", "GET", _ALL, "settings", Settings)
UPDATE: Final = Route("account_settings.update", "PUT", _ALL, "settings", Settings, writes=AccountSettingsWrite)


class AccountSettings(Resource):
    """The settings of the account, by section."""

    def show(self, **options: Unpack[CallOptions]) -> Call[Settings]:
        """All settings; sections that the plan lacks are empty."""
        return self._call(SHOW, options)

    def update(self, **fields: Unpack[AccountSettingsFields]) -> Call[Settings]:
        """Writes settings, section by section. For admins; many settings can't be changed here and are ignored."""
        return self._write(UPDATE, fields)
