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
from ._photo import photo_upload
from ._validate import MAX_ROWS, checked_fields, page_query, split, text
from .types import SettingsWrite

if TYPE_CHECKING:
    from .._core.message import Request
    from ..call import Call, Pages
    from .types import CallOptions, Photo, SettingsFields, UserId

__all__ = ["ROUTES", "UserAccounts"]

ME_SETTINGS: Final = Route("users.me_settings", "GET", "/api/v2/users/me/settings", key="settings")
UPDATE_ME_SETTINGS: Final = Route("users.update_me_settings", "PUT", "/api/v2/users/me/settings", key="settings")
ENTITLEMENTS: Final = Route(
    "users.entitlements", "GET", "/api/v2/users/{user_id}/entitlements/full", key="entitlements"
)
UPLOAD_PHOTO: Final = Route("users.upload_photo", "PUT", "/api/v2/users/{user_id}", key="user")
SET_PASSWORD: Final = Route("users.set_password", "POST", "/api/v2/users/{user_id}/password")
CHANGE_PASSWORD: Final = Route(
    "users.change_password", "PUT", "/api/v2/users/{user_id}/password", idempotent=False
)
PASSWORD_REQUIREMENTS: Final = Route(
    "users.password_requirements", "GET", "/api/v2/users/{user_id}/password/requirements", key="requirements"
)
COMPLIANCE: Final = Route(
    "users.compliance_deletion_statuses", "GET", "/api/v2/users/{user_id}/compliance_deletion_statuses",
    key="compliance_deletion_statuses", paging="cursor",
)

ROUTES: Final = (
    ME_SETTINGS, UPDATE_ME_SETTINGS, ENTITLEMENTS, UPLOAD_PHOTO, SET_PASSWORD, CHANGE_PASSWORD, PASSWORD_REQUIREMENTS,
    COMPLIANCE,
)  # fmt: skip


class UserAccounts(Resource):
    """The calls on what belongs to one user's account."""

    def me_settings(self, **options: Unpack[CallOptions]) -> Call[UserSettings]:
        """The interface settings of the current user."""
        return self._call(self._request(ME_SETTINGS, options), UserSettings)

    def update_me_settings(self, **fields: Unpack[SettingsFields]) -> Call[UserSettings]:
        """Writes parts of the current user's interface settings: `lotus`, `admin_center`, `shared_views_order`."""
        written, options = split(fields)
        if not written:
            raise BadArgument("users.update_me_settings got nothing to write")
        checked_fields(written, SettingsWrite, "settings")
        return self._call(self._request(UPDATE_ME_SETTINGS, options, body={"settings": written}), UserSettings)

    def entitlements(self, user_id: UserId, **options: Unpack[CallOptions]) -> Call[dict[str, Entitlement | None]]:
        """The user's seats by product (`chat`, `explore`, `guide`, `talk`). Zendesk answers 503 when it is busy."""
        return self._call(self._request(ENTITLEMENTS, options, user_id=user_id), dict[str, Entitlement | None])

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
        request = self._request(UPLOAD_PHOTO, options, user_id=user_id)

        async def prepare(request: Request) -> Request:
            return attrs.evolve(request, upload=await photo_upload(photo, filename, content_type))

        return self._call(request, User, prepare=prepare)

    def set_password(self, user_id: UserId, password: str, **options: Unpack[CallOptions]) -> Call[None]:
        """Sets a user's password. For admins, and only where the owner has allowed it in the security settings."""
        body = {"password": text_unseen("password", password)}
        return self._nothing(self._request(SET_PASSWORD, options, body=body, user_id=user_id))

    def change_password(
        self, user_id: UserId, *, previous_password: str, password: str, **options: Unpack[CallOptions]
    ) -> Call[None]:
        """Changes the caller's own password."""
        body = {
            "previous_password": text_unseen("previous_password", previous_password),
            "password": text_unseen("password", password),
        }
        return self._nothing(self._request(CHANGE_PASSWORD, options, body=body, user_id=user_id))

    def password_requirements(self, user_id: UserId, **options: Unpack[CallOptions]) -> Call[list[str]]:
        """What a password must be like, as sentences in the caller's language."""
        return self._call(self._request(PASSWORD_REQUIREMENTS, options, user_id=user_id), list[str])

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
        query = () if application is None else (("application", text("application", application)),)
        request = self._request(COMPLIANCE, options, query=query + page_query(page_size, cursor), user_id=user_id)
        return self._pages(request, ComplianceDeletionStatus)


def text_unseen(name: str, value: object) -> str:
    """A string with something in it, which no error repeats."""
    if not isinstance(value, str) or not value:
        raise BadArgument(f"{name} must be a string with something in it")
    return value
