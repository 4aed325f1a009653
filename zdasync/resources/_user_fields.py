"""What is checked of a user's fields before they are sent, beyond their names and types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..errors import BadArgument
from ._validate import checked_fields, email, text
from .types.users import UserWrite

__all__ = ["user_fields", "user_row", "user_row_with_id"]

_READ_ONLY: Final = frozenset({
    "active", "authenticity_token", "chat_only", "created_at", "iana_time_zone", "id", "last_login_at", "photo",
    "report_csv", "role_type", "shared", "shared_agent", "two_factor_auth_enabled", "updated_at", "url",
})  # fmt: skip
_HINTS: Final = {"photo": "; see upload_photo"}


def user_fields(fields: Mapping[str, Any], where: str = "", *, id_allowed: bool = False) -> None:
    """Checks the fields of one user: their names, their types, e-mail addresses and the role."""
    if not _READ_ONLY.isdisjoint(fields):
        for name in sorted(_READ_ONLY & fields.keys()):
            if name != "id" or not id_allowed:
                raise BadArgument(f"{where}{name} is read-only, leave it out{_HINTS.get(name, '')}")
    if (role := fields.get("role", "agent")) not in ("end-user", "agent", "admin"):
        raise BadArgument(
            f'{where}role must be "end-user", "agent" or "admin", not {role!r}: a custom role is role="agent" with '
            "its custom_role_id"
        )
    checked_fields(fields, UserWrite, "user", where)
    if "name" in fields:
        text(f"{where}name", fields["name"])
    if fields.get("email") is not None:
        email(f"{where}email", fields["email"])
    for identity in fields.get("identities", ()):
        if identity.get("type") == "email":
            email(f"{where}identities", identity.get("value"))


def user_row(fields: dict[str, Any], where: str) -> None:
    """Checks one row of users to create."""
    user_fields(fields, where)


def user_row_with_id(fields: dict[str, Any], where: str) -> None:
    """Checks one row of users to update, each with its id."""
    user_fields(fields, where, id_allowed=True)
