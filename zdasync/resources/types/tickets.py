"""The fields of tickets that can be written, their comments, and the people on them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Required, TypeAlias, TypedDict

from .common import FieldValue, Ids, JsonValue, OptionsBesidePriority, Strings

__all__ = [
    "AuditSideload",
    "BulkTicketFields",
    "BulkTicketWrite",
    "CollaboratorWrite",
    "Collaborators",
    "CommentSideload",
    "CommentSort",
    "CommentWrite",
    "CustomFieldWrite",
    "CustomFields",
    "DeletedTicketSort",
    "EmailCcWrite",
    "EmailCcs",
    "FollowerWrite",
    "Followers",
    "ImportedComment",
    "ImportedComments",
    "ImportedTicketFields",
    "ImportedTicketWrite",
    "Moment",
    "NewTicketFields",
    "NewTicketWrite",
    "RequesterWrite",
    "TicketExportSideload",
    "TicketFields",
    "TicketPriority",
    "TicketRow",
    "TicketSideload",
    "TicketSort",
    "TicketSortBy",
    "TicketStatus",
    "TicketType",
    "TicketWrite",
]  # fmt: skip

if TYPE_CHECKING:
    Moment: TypeAlias = datetime | str
    """A time: a datetime with its zone, or a string in ISO 8601."""
    Collaborators: TypeAlias = "list[int | str | CollaboratorWrite] | tuple[int | str | CollaboratorWrite, ...]"
    Followers: TypeAlias = "list[FollowerWrite] | tuple[FollowerWrite, ...]"
    EmailCcs: TypeAlias = "list[EmailCcWrite] | tuple[EmailCcWrite, ...]"
    CustomFields: TypeAlias = "list[CustomFieldWrite] | tuple[CustomFieldWrite, ...]"
    ImportedComments: TypeAlias = "list[ImportedComment] | tuple[ImportedComment, ...]"
else:  # what msgspec checks against
    Moment = Any
    Collaborators = "list[int | str | CollaboratorWrite]"
    Followers = "list[FollowerWrite]"
    EmailCcs = "list[EmailCcWrite]"
    CustomFields = "list[CustomFieldWrite]"
    ImportedComments = "list[ImportedComment]"

TicketStatus = Literal["new", "open", "pending", "hold", "solved", "closed"]
TicketPriority = Literal["urgent", "high", "normal", "low"]
TicketType = Literal["problem", "incident", "question", "task"]
TicketSort = Literal["updated_at", "id", "status", "-updated_at", "-id", "-status"]
"""What cursor listings can be sorted by; there is no `created_at`, but ids grow with it."""
CommentSort = Literal["created_at", "-created_at"]
DeletedTicketSort = Literal["id", "subject", "deleted_at"]
TicketSortBy = Literal[
    "id", "subject", "deleted_at", "created_at", "updated_at", "status", "requester", "requester.name", "group",
    "assignee", "assignee.name",
]
"""What the tickets of one user can be sorted by, page by page with numbers."""


TicketSideload = Literal[
    "users", "groups", "organizations", "brands", "ticket_forms", "sharing_agreements", "last_audits", "metric_sets",
    "dates", "comment_count", "incident_counts", "slas",
]
"""What can be sideloaded with tickets. Those from `metric_sets` on arrive inside of each ticket."""
TicketExportSideload = Literal[
    "users", "groups", "organizations", "brands", "ticket_forms", "sharing_agreements", "metric_sets", "dates",
    "comment_count", "incident_counts", "slas",
]
"""What can be sideloaded with an export of tickets: the same but for `last_audits`."""
CommentSideload = Literal["users"]
AuditSideload = Literal["users", "groups", "organizations", "tickets"]


class CommentWrite(TypedDict, total=False):
    """A comment in the making: `body` as plain text, or `html_body`.

    `public=False` makes it a note among agents, which the requester never sees; left out, the account's default
    decides, which is public for agents on most. `author_id` is who is to have written it, the caller if left out;
    that impersonates nobody: triggers and audits still know the caller. `uploads` are the tokens of uploaded files.
    """

    body: str
    html_body: str
    public: bool
    author_id: int
    uploads: Strings
    via: Mapping[str, JsonValue]


class RequesterWrite(TypedDict, total=False):
    """Who asks, by e-mail address; one that no profile has makes a new end user of that `name`."""

    name: str
    email: Required[str]
    locale_id: int


class CollaboratorWrite(TypedDict, total=False):
    """Someone to copy in; an `email` that no profile has makes a new end user of that `name`."""

    name: str
    email: Required[str]


class FollowerWrite(TypedDict, total=False):
    """An agent who is to follow a ticket, by `user_id` or `user_email`; `action="delete"` ends it."""

    user_id: int | str
    user_email: str
    user_name: str | None
    action: Literal["put", "delete"]


class EmailCcWrite(TypedDict, total=False):
    """Someone who is to get a copy of the mails, by `user_id` or `user_email`; `action="delete"` ends it.

    An address that no profile has makes a new end user of the `user_name`. A ticket takes 48 of them.
    """

    user_id: int | str
    user_email: str
    user_name: str
    action: Literal["put", "delete"]


class CustomFieldWrite(TypedDict):
    """The value of one ticket field: the tag of an option, several of them, a text, a number, a date, yes or no."""

    id: Required[int]
    value: Required[FieldValue]


class _TicketFields(TypedDict, total=False):
    additional_collaborators: Collaborators
    assignee_email: str
    assignee_id: int | None
    attribute_value_ids: Ids
    brand_id: int | None
    collaborator_ids: Ids
    collaborators: Collaborators
    custom_fields: CustomFields
    custom_status_id: int | None
    due_at: Moment | None
    email_cc_ids: Ids
    email_ccs: EmailCcs
    external_id: str | None
    follower_ids: Ids
    followers: Followers
    group_id: int | None
    macro_ids: Ids
    metadata: Mapping[str, JsonValue]
    organization_id: int | None
    priority: TicketPriority | None
    problem_id: int | None
    raw_subject: str
    recipient: str
    requester: RequesterWrite
    requester_id: int
    sharing_agreement_ids: Ids
    status: TicketStatus
    subject: str | None
    submitter_id: int
    tags: Strings
    ticket_form_id: int | None
    type: TicketType | None
    via: Mapping[str, JsonValue]
    via_followup_source_id: int
    via_id: int
    voice_comment: Mapping[str, JsonValue]


class _SafeFields(_TicketFields, total=False):
    safe_update: bool
    updated_stamp: Moment


class TicketWrite(_SafeFields, total=False):
    """The fields of a ticket that can be written.

    `tags`, `collaborator_ids`, `email_cc_ids` and `follower_ids` replace what the ticket has. To add and take away
    there are `additional_collaborators`, `email_ccs` and `followers` (with their `action`), `tickets.tags` and, for
    many tickets, `additional_tags` in `update_many`. `custom_fields` changes the fields that it names and leaves the
    others. `assignee_id` and `group_id` must fit together, and `due_at` counts for tickets of the type "task" only.
    `safe_update` with the `updated_at` that was last seen as `updated_stamp` refuses the update if anybody was faster.
    `collaborators`, `macro_ids`, `submitter_id`, `via` and `via_followup_source_id` count at creation only.
    """

    comment: CommentWrite


class TicketRow(TicketWrite, total=False):
    """A ticket of a batch: its `id`, and the fields to write."""

    id: int


class TicketFields(TicketWrite, OptionsBesidePriority, total=False):
    """The fields of a ticket, and the options of the call."""


class NewTicketWrite(_SafeFields, total=False):
    """The fields of a new ticket, of which the first `comment` is required; see `TicketWrite`.

    Without `requester` or `requester_id` the caller is the requester. `via_followup_source_id` is the closed ticket
    that this one follows. `macro_ids` are macros to be named in the ticket's audit; they are not applied.
    """

    comment: Required[CommentWrite]


class NewTicketFields(NewTicketWrite, OptionsBesidePriority, total=False):
    """The fields of a new ticket, and the options of the call."""


class BulkTicketWrite(TicketWrite, total=False):
    """The fields that many tickets get alike; `additional_tags` and `remove_tags` leave their other tags alone."""

    additional_tags: Strings
    remove_tags: Strings


class BulkTicketFields(BulkTicketWrite, OptionsBesidePriority, total=False):
    """The fields that many tickets get alike, and the options of the call."""


class ImportedComment(CommentWrite, total=False):
    """A comment of an imported ticket, with the time at which it was made. `value` is another name for `body`."""

    created_at: Moment
    value: str


class ImportedTicketWrite(_TicketFields, total=False):
    """The fields of an imported ticket: those of any other, with its whole history.

    `comments` are all its comments, the first one included (else `description` is the first one); `created_at`,
    `updated_at` and `solved_at` are kept as they are given. Triggers do not run and nobody is notified.
    """

    comments: ImportedComments
    description: str
    created_at: Moment
    updated_at: Moment
    solved_at: Moment


class ImportedTicketFields(ImportedTicketWrite, OptionsBesidePriority, total=False):
    """The fields of an imported ticket, and the options of the call."""
