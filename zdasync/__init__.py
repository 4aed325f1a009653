"""An asyncio client for the Zendesk Support API that knows every limit, spends all of it and breaks none."""

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
    NotFound,
    OutcomeUnknown,
    PaginationLimit,
    PartialFailure,
    PermissionDenied,
    RateLimited,
    RequestTimeout,
    ServerError,
    StartTooRecent,
    TooManyJobs,
    TransportError,
    UnexpectedReply,
    ValidationError,
    ZendeskError,
)
from .export import Export
from .jobs import Job
from .limits.estimates import Estimate
from .limits.snapshot import LimitsSnapshot, LimitState
from .limits.table import LIMITS, PLANS, Limit
from .query import Query
from .records.jobs import JobResult, JobStatus
from .records.users import Identity, User

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
