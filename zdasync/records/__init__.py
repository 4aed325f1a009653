"""The records of Zendesk's API as frozen classes, one module per family, and the codec that makes them from bytes."""

from __future__ import annotations

from ._record import Json, JsonValue, Record
from .groups import Group
from .jobs import JobResult, JobStatus
from .oauth import GrantedToken, OAuthTokenRecord
from .organizations import Organization
from .roles import Role
from .sessions import Session
from .sideloads import Ability, Sideloads
from .users import (
    Attachment,
    ComplianceDeletionStatus,
    Count,
    CurrentUser,
    DeletedUser,
    Entitlement,
    Identity,
    Thumbnail,
    User,
    UserRelated,
    UserSettings,
)

__all__ = [
    "Ability", "Attachment", "ComplianceDeletionStatus", "Count", "CurrentUser", "DeletedUser", "Entitlement",
    "GrantedToken", "Group", "Identity", "JobResult", "JobStatus", "Json", "JsonValue", "OAuthTokenRecord",
    "Organization", "Record", "Role", "Session", "Sideloads", "Thumbnail", "User", "UserRelated",
    "UserSettings",
]
