"""What belongs to a user's account: settings, seats, photo, password, and how far a permanent deletion has come.

Source: https://developer.zendesk.com/api-reference/ticketing/users/users/ and .../users/user_passwords/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

import attrs

from .._core.route import Route
from ..errors import BadArgument
from ..records.users import ComplianceDeletionStatus, Entitlement, User, UserSettings
from ._base import Resource
from ._filters import texts
from ._photo import photo_upload
from ._sources import media_type, part_name
from ._validate import MAX_ROWS
from .types.users import SettingsWrite

if TYPE_CHECKING:
    from .._core.message import Request
    from ..call import Call, Pages
    from .types.common import CallOptions, Photo, UserId
    from .types.users import SettingsFields

__all__ = ["UserAccounts"]

ME_SETTINGS: Final = Route("users.me_settings", "GET", "/api/v2/users/me/settings", "settings", UserSettings)
UPDATE_ME_SETTINGS: Final = Route(
    "users.update_me_settings", "PUT", "/api/v2/users/me/settings", "settings", UserSettings, writes=SettingsWrite
)
ENTITLEMENTS: Final = Route(
    "users.entitlements", "GET", "/api/v2/users/{user_id}/entitlements/full", "entitlements",
    dict[str, Entitlement | None],
)
UPLOAD_PHOTO: Final = Route("users.upload_photo", "PUT", "/api/v2/users/{user_id}", "user", User)
SET_PASSWORD: Final = Route("users.set_password", "POST", "/api/v2/users/{user_id}/password")
CHANGE_PASSWORD: Final = Route(
    "users.change_password", "PUT", "/api/v2/users/{user_id}/password", idempotent=False
)
PASSWORD_REQUIREMENTS: Final = Route(
    "users.password_requirements", "GET", "/api/v2/users/{user_id}/password/requirements", "requirements", list[str]
)
COMPLIANCE: Final = Route(
    "users.compliance_deletion_statuses", "GET", "/api/v2/users/{user_id}/compliance_deletion_statuses",
    "compliance_deletion_statuses", ComplianceDeletionStatus, paging="cursor",
)


class UserAccounts(Resource):
    """The calls on what belongs to one user's account."""

    def me_settings(self, **options: Unpack[CallOptions]) -> Call[UserSettings]:
        """The interface settings of the current user."""
        return self._call(ME_SETTINGS, options)

    def update_me_settings(self, **fields: Unpack[SettingsFields]) -> Call[UserSettings]:
        """Writes parts of the current user's interface settings: `lotus`, `admin_center`, `shared_views_order`."""
        return self._write(UPDATE_ME_SETTINGS, fields)

    def entitlements(self, user_id: UserId, **options: Unpack[CallOptions]) -> Call[dict[str, Entitlement | None]]:
        """The user's seats by product (`chat`, `explore`, `guide`, `talk`). Zendesk answers 503 when it is busy."""
        return self._call(ENTITLEMENTS, options, user_id=user_id)

    def upload_photo(
        self,
        user_id: UserId,
        photo: Photo,
        *,
        filename: str | None = None,
        content_type: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[User]:
        """Replaces a user's picture: with a file (its path), bytes, a binary stream or chunks that arrive one by one.

        It is read whole when the call is awaited, files and streams in a thread, and kept until the reply is in, so
        that it can be sent again. `filename` and `content_type` are taken from the path where there is one. It counts
        against the same limits as `update`. For a picture on the web, `update(..., remote_photo_url=...)` does.
        """
        if filename is not None:
            part_name(filename)
        media_type(filename or "", content_type)

        async def prepare(request: Request) -> Request:
            return attrs.evolve(request, upload=await photo_upload(photo, filename, content_type))

        return self._call(UPLOAD_PHOTO, options, prepare=prepare, user_id=user_id)

    def set_password(self, user_id: UserId, password: str, **options: Unpack[CallOptions]) -> Call[None]:
        """Sets a user's password. For admins, and only where the owner has allowed it in the security settings."""
        body = {"password": text_unseen("password", password)}
        return self._call(SET_PASSWORD, options, body=body, user_id=user_id)

    def change_password(
        self, user_id: UserId, *, previous_password: str, password: str, **options: Unpack[CallOptions]
    ) -> Call[None]:
        """Changes the caller's own password."""
        body = {
            "previous_password": text_unseen("previous_password", previous_password),
            "password": text_unseen("password", password),
        }
        return self._call(CHANGE_PASSWORD, options, body=body, user_id=user_id)

    def password_requirements(self, user_id: UserId, **options: Unpack[CallOptions]) -> Call[list[str]]:
        """What a password must be like, as sentences in the caller's language."""
        return self._call(PASSWORD_REQUIREMENTS, options, user_id=user_id)

    def compliance_deletion_statuses(
        self,
        user_id: UserId,
        *,
        application: str | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[ComplianceDeletionStatus]:
        """How far each part of Zendesk has come with a permanent deletion; `application` names one part."""
        query = texts(application=application)
        return self._list(COMPLIANCE, options, page_size, cursor, query=query, user_id=user_id)


def text_unseen(name: str, value: object) -> str:
    """A string with something in it, which no error repeats."""
    if not isinstance(value, str) or not value:
        raise BadArgument(f"{name} must be a string with something in it")
    return value
