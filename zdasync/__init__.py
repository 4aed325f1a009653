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
    DeadlineExceeded,
    FieldError,
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
    "DeadlineExceeded",
    "Estimate",
    "FieldError",
    "GrantedToken",
    "Identity",
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
    "RateLimited",
    "RefreshToken",
    "RequestTimeout",
    "ServerError",
    "Sideloads",
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
