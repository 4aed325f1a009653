"""The records of Zendesk's API as frozen classes, one module per family, and the codec that makes them from bytes.

A module is imported when one of its records is asked for: forty families cost more than a program that needs two of
them should pay.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Final

from ._record import Json, JsonValue, Record

if TYPE_CHECKING:
    from .account import AccountSettings, AuditLog, Locale, SharingAgreement
    from .activities import Activity, Bookmark
    from .attachments import Upload
    from .brands import Brand, BrandAgent, HostMapping
    from .custom_statuses import CustomStatus
    from .exports import TicketEvent, TicketMetricEvent
    from .fields import FieldOption, FieldStatus, OrganizationField, SystemFieldOption, TicketField, UserField
    from .groups import Group
    from .jobs import JobResult, JobStatus
    from .macros import DerivedMacro, Macro, MacroAttachment, MacroComment, MacroResult, MacroTicket
    from .memberships import GroupMembership, OrganizationMembership, OrganizationSubscription
    from .oauth import GrantedToken, OAuthTokenRecord
    from .organizations import Organization, OrganizationMerge, OrganizationRelated
    from .requests import Request
    from .roles import Role
    from .rows import Split, Variants
    from .rules import (
        Action,
        Automation,
        Condition,
        Conditions,
        DefinitionOperator,
        DefinitionValue,
        Restriction,
        Rule,
        RuleDefinition,
        RuleDefinitions,
    )
    from .satisfaction import SatisfactionRating, SatisfactionReason
    from .sessions import Session
    from .sideloads import Ability, Sideloads
    from .suspended_tickets import SuspendedTicket, SuspendedTicketAuthor, SuspendedTicketsExport
    from .tags import Tag
    from .ticket_audits import AuditEvent, TicketAudit, UpdatedTicket
    from .ticket_comments import ChatEvent, ChatTranscript, ConversationEvent, TicketComment
    from .ticket_forms import TicketForm, TicketFormStatus
    from .ticket_metrics import TicketMetric, TicketMetricTime
    from .ticket_skips import TicketSkip
    from .tickets import (
        CustomFieldValue,
        DeletedTicket,
        DeletedTicketActor,
        Ticket,
        TicketDates,
        TicketRelated,
        TicketSatisfaction,
        Via,
    )
    from .triggers import (
        ActionDiff,
        Change,
        ConditionDiff,
        ConditionsDiff,
        Trigger,
        TriggerBatch,
        TriggerBatchError,
        TriggerBatchResults,
        TriggerCategory,
        TriggerDiff,
        TriggerRevision,
        TriggerSnapshot,
    )
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
    from .views import ShownView, View, ViewColumn, ViewCount, ViewExport, ViewPosition, ViewResult
    from .webhooks import (
        Webhook,
        WebhookAttempt,
        WebhookAuthentication,
        WebhookCredentials,
        WebhookInvocation,
        WebhookSigningSecret,
        WebhookSource,
        WebhookTest,
    )

__all__ = [
    "Ability", "AccountSettings", "Action", "ActionDiff", "Activity", "Attachment", "AuditEvent", "AuditLog",
    "Automation", "Bookmark", "Brand", "BrandAgent", "Change", "ChatEvent", "ChatTranscript",
    "ComplianceDeletionStatus", "Condition", "ConditionDiff", "Conditions", "ConditionsDiff", "ConversationEvent",
    "Count", "CurrentUser", "CustomFieldValue", "CustomStatus", "DefinitionOperator", "DefinitionValue",
    "DeletedTicket", "DeletedTicketActor", "DeletedUser", "DerivedMacro", "Entitlement", "FieldOption", "FieldStatus",
    "GrantedToken", "Group", "GroupMembership", "HostMapping", "Identity", "JobResult", "JobStatus", "Json",
    "JsonValue", "Locale", "Macro", "MacroAttachment", "MacroComment", "MacroResult", "MacroTicket",
    "OAuthTokenRecord", "Organization", "OrganizationField", "OrganizationMembership", "OrganizationMerge",
    "OrganizationRelated", "OrganizationSubscription", "Record", "Request", "Restriction", "Role", "Rule",
    "RuleDefinition", "RuleDefinitions", "SatisfactionRating", "SatisfactionReason", "Session", "SharingAgreement",
    "ShownView", "Sideloads", "Split", "SuspendedTicket", "SuspendedTicketAuthor", "SuspendedTicketsExport",
    "SystemFieldOption", "Tag", "Thumbnail", "Ticket", "TicketAudit", "TicketComment", "TicketDates", "TicketEvent",
    "TicketField", "TicketForm", "TicketFormStatus", "TicketMetric", "TicketMetricEvent", "TicketMetricTime",
    "TicketRelated", "TicketSatisfaction", "TicketSkip", "Trigger", "TriggerBatch", "TriggerBatchError",
    "TriggerBatchResults", "TriggerCategory", "TriggerDiff", "TriggerRevision", "TriggerSnapshot", "UpdatedTicket",
    "Upload", "User", "UserField", "UserRelated", "UserSettings", "Variants", "Via", "View", "ViewColumn", "ViewCount",
    "ViewExport", "ViewPosition", "ViewResult", "Webhook", "WebhookAttempt", "WebhookAuthentication",
    "WebhookCredentials", "WebhookInvocation", "WebhookSigningSecret", "WebhookSource", "WebhookTest",
]

_NO_RECORDS: Final = frozenset({"codec", "lenient"})


def __getattr__(name: str) -> object:
    """The record of this name, from the first module that has it."""
    for info in iter_modules(__path__) if name in __all__ else ():
        if info.name not in _NO_RECORDS and (found := vars(import_module(f".{info.name}", __name__)).get(name)):
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
