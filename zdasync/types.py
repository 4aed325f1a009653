"""What methods take: the options of every call, and the fields that can be written, as typed dictionaries.

A field that is not passed is not sent and stays as it is; None sends null, which clears it. The field types double as
the check that runs before anything is sent.
"""

from __future__ import annotations

from .resources.types.common import (
    CallOptions,
    FieldValue,
    Ids,
    Json,
    JsonValue,
    OptionsBesidePriority,
    Photo,
    RecordId,
    Strings,
    UserId,
)
from .resources.types.users import (
    IdentityChange,
    IdentityFields,
    IdentityType,
    IdentityWrite,
    NewIdentity,
    NewIdentityFields,
    NewUserFields,
    OrganizationName,
    Role,
    SettingsFields,
    SettingsWrite,
    UserFields,
    UserWrite,
)

__all__ = [
    "CallOptions", "FieldValue", "IdentityChange", "IdentityFields", "IdentityType", "IdentityWrite", "Ids", "Json",
    "JsonValue", "NewIdentity", "NewIdentityFields", "NewUserFields", "OptionsBesidePriority", "OrganizationName",
    "Photo", "RecordId", "Role",
    "SettingsFields", "SettingsWrite", "Strings", "UserFields", "UserId", "UserWrite",
]
