"""An asyncio client for the Zendesk Support API that knows every limit, spends all of it and breaks none."""

import importlib
import typing

from ._core.message import Priority
from ._limits import Limits
from .auth import Anonymous, ApiToken, ClientCredentials, GrantedToken, OAuthToken, RefreshToken, TokenCallable
from .call import Call, Page, Pages, Sideloads
from .client import View, Zendesk
from .errors import (
    ApiError,
    AuthenticationError,
    BadArgument,
    BadRequest,
    Conflict,
    ConnectionFailed,
    CursorExpired,
    DeadlineExceeded,
    DownloadError,
    ExportStuck,
    FieldError,
    InvalidSignature,
    JobFailed,
    JobLost,
    LedgerError,
    NotFound,
    OutcomeUnknown,
    PaginationLimit,
    PartialFailure,
    PermissionDenied,
    RateLimited,
    RequestTimeout,
    ServerError,
    SourceError,
    StartTooRecent,
    TooManyJobs,
    TransportError,
    UnexpectedReply,
    ValidationError,
    ZendeskError,
)
from .jobs import Job
from .limits.estimates import Estimate
from .limits.snapshot import LimitsSnapshot, LimitState
from .limits.table import LIMITS, PLANS, Limit
from .records.jobs import JobResult, JobStatus
from .records.users import Identity, User

if typing.TYPE_CHECKING:
    from .export import Export
    from .query import Query

__all__ = [
    "LIMITS",
    "PLANS",
    "Anonymous",
    "ApiError",
    "ApiToken",
    "AuthenticationError",
    "BadArgument",
    "BadRequest",
    "Call",
    "ClientCredentials",
    "Conflict",
    "ConnectionFailed",
    "CursorExpired",
    "DeadlineExceeded",
    "DownloadError",
    "Estimate",
    "Export",
    "ExportStuck",
    "FieldError",
    "GrantedToken",
    "Identity",
    "InvalidSignature",
    "Job",
    "JobFailed",
    "JobLost",
    "JobResult",
    "JobStatus",
    "LedgerError",
    "Limit",
    "LimitState",
    "Limits",
    "LimitsSnapshot",
    "NotFound",
    "OAuthToken",
    "OutcomeUnknown",
    "Page",
    "Pages",
    "PaginationLimit",
    "PartialFailure",
    "PermissionDenied",
    "Priority",
    "Query",
    "RateLimited",
    "RefreshToken",
    "RequestTimeout",
    "ServerError",
    "Sideloads",
    "SourceError",
    "StartTooRecent",
    "TokenCallable",
    "TooManyJobs",
    "TransportError",
    "UnexpectedReply",
    "User",
    "ValidationError",
    "View",
    "Zendesk",
    "ZendeskError",
]

_WHEN_USED: typing.Final = {"Export": "export", "Query": "query"}
"""Names whose modules are imported when somebody asks for them."""


def __getattr__(name: str) -> object:
    """A name of a module that most programs never need."""
    if name not in _WHEN_USED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    return getattr(importlib.import_module(f".{_WHEN_USED[name]}", __name__), name)
