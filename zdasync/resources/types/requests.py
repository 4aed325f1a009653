"""The fields of requests that can be written: tickets as those see them who ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, Required, TypedDict

from .common import CallOptions, JsonValue, OptionsBesidePriority, Strings
from .tickets import CollaboratorWrite, CustomFieldWrite, Moment, TicketPriority, TicketStatus, TicketType

if TYPE_CHECKING:
    from .tickets import Collaborators, CustomFields
else:  # what msgspec checks against
    Collaborators = list[int | str | CollaboratorWrite]
    CustomFields = list[CustomFieldWrite]

__all__ = [
    "CommentRole", "NewRequestFields", "NewRequestWrite", "RequestComment", "RequestFields", "RequestRequester",
    "RequestSideload", "RequestSort", "RequestWrite",
]  # fmt: skip

RequestSort = Literal["created_at", "updated_at"]
RequestSideload = Literal["users"]
CommentRole = Literal["agent", "end_user"]


class RequestComment(TypedDict, total=False):
    """What is said: `body` as plain text, or `html_body`; `uploads` are the tokens of files to attach.

    Its author is whoever makes the call, and no field changes that: see `zd.on_behalf_of`.
    """

    body: str
    html_body: str
    uploads: Strings


class RequestRequester(TypedDict, total=False):
    """Who asks, where the call has no credentials. An `email` that no profile has makes a new one of that `name`."""

    name: Required[str]
    email: str
    locale_id: int


class NewRequestWrite(TypedDict, total=False):
    """The fields of a new request.

    `requester` is for callers without credentials; everybody else asks for himself. `collaborators` are put in copy:
    ids of users, e-mail addresses, or names with addresses. `custom_fields` takes the ticket fields that end users may
    edit, others are dropped.
    """

    subject: Required[str]
    comment: Required[RequestComment]
    requester: RequestRequester
    collaborators: Collaborators
    custom_fields: CustomFields
    custom_status_id: int | None
    due_at: Moment | None
    priority: TicketPriority | None
    recipient: str | None
    status: TicketStatus
    ticket_form_id: int | None
    type: TicketType | None
    via: Mapping[str, JsonValue]


class NewRequestFields(NewRequestWrite, OptionsBesidePriority, total=False):
    """The fields of a new request, and the options of the call; `priority` is the request's."""


class RequestWrite(TypedDict, total=False):
    """The fields of a request that can be changed; Zendesk takes no others from the one who asks.

    `solved=True` works while `can_be_solved_by_me` says so. `additional_collaborators` are added to those in copy.
    """

    comment: RequestComment
    solved: bool
    additional_collaborators: Collaborators


class RequestFields(RequestWrite, CallOptions, total=False):
    """The fields of a request that can be changed, and the options of the call."""
