"""What the API shows of tickets, comments and audits: keys in the order of recorded replies, explicit nulls.

Source: the Tickets, Ticket Comments and Ticket Audits pages of the reference, and replies recorded between 2023 and
2025. The custom fields of a ticket stand in `custom_fields` and, as in recorded replies, in `fields` too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from html import escape, unescape
from typing import Final

from .attachments import render_attachment
from .http import Json
from .render import View, iso
from .ticket_records import Audit, Comment, Event, Rating, Ticket, Via

_TAG: Final = re.compile(r"<[^>]+>")
_BREAK: Final = re.compile(r"<(?:br\s*/?|/p|/div|/li)>", re.IGNORECASE)
_SPOKEN: Final = ("type", "author_id", "body", "html_body", "plain_body", "public", "attachments", "audit_id")
_UNRATED: Final[Mapping[str, Json]] = {"score": "unoffered"}


def ticket(view: View, shown: Ticket) -> dict[str, Json]:
    """A ticket, for agents and admins."""
    tickets = view.state.tickets
    fields = [{"id": field_id, "value": shown.custom_fields.get(field_id)} for field_id in field_ids(view, shown)]
    return {
        "url": view.url(f"tickets/{shown.id}"),
        "id": shown.id,
        "external_id": shown.external_id,
        "via": via(shown.via),
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.updated_at),
        "generated_timestamp": int(shown.generated_at),
        "type": shown.type,
        "subject": shown.subject,
        "raw_subject": shown.subject,
        "description": shown.description,
        "priority": shown.priority,
        "status": shown.shown_status,
        "recipient": shown.recipient,
        "requester_id": shown.requester_id,
        "submitter_id": shown.submitter_id,
        "assignee_id": shown.assignee_id,
        "organization_id": shown.organization_id,
        "group_id": shown.group_id,
        "collaborator_ids": list(shown.collaborator_ids),
        "follower_ids": list(shown.follower_ids),
        "email_cc_ids": list(shown.email_cc_ids),
        "forum_topic_id": None,
        "problem_id": shown.problem_id,
        "has_incidents": bool(tickets.incidents.get(shown.id)),
        "is_public": shown.is_public,
        "due_at": iso(shown.due_at),
        "tags": list(shown.tags),
        "custom_fields": fields,
        "satisfaction_rating": rating(shown.rating),
        "sharing_agreement_ids": list(shown.sharing_agreement_ids),
        "custom_status_id": shown.custom_status_id or tickets.custom_statuses.get(shown.status),
        "fields": fields,
        "followup_ids": list(shown.followup_ids),
        "ticket_form_id": shown.ticket_form_id or tickets.form_id,
        "brand_id": shown.brand_id or tickets.brand_id,
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": False,
    }


def field_ids(view: View, shown: Ticket) -> Iterable[int]:
    """The custom fields that a ticket shows: those of the account, and what was written beside them."""
    known = view.state.tickets.field_ids
    return dict.fromkeys((*known, *shown.custom_fields)) if shown.custom_fields else known


def rating(shown: Rating | None) -> Mapping[str, Json]:
    """A ticket's satisfaction rating."""
    if shown is None or shown.id is None:
        return _UNRATED if shown is None else {"score": shown.score}
    return {
        "score": shown.score,
        "id": shown.id,
        "comment": shown.comment,
        "reason": shown.reason,
        "reason_id": shown.reason_id,
    }


def via(shown: Via) -> dict[str, Json]:
    """How something came in."""
    return {"channel": shown.channel, "source": shown.source}


# --- comments


def comment(view: View, shown: Comment) -> dict[str, Json]:
    """A comment."""
    return {
        "id": shown.id,
        "type": "Comment",
        "author_id": shown.author_id,
        "body": shown.body,
        "html_body": html_of(shown),
        "plain_body": shown.body,
        "public": shown.public,
        "attachments": _attachments(view, shown),
        "audit_id": shown.audit_id,
        "via": via(shown.via),
        "created_at": iso(shown.created_at),
        "metadata": {"system": {}, "custom": {}},
    }


def html_of(shown: Comment) -> str:
    """A comment's body as HTML: as it was written, or made from the text."""
    if shown.html_body is not None:
        return shown.html_body
    return f'<div class="zd-comment" dir="auto">{_paragraphs(shown.body)}</div>'


def text_of(html: str) -> str:
    """HTML as plain text."""
    return unescape(_TAG.sub("", _BREAK.sub("\n", html))).strip()


@lru_cache(maxsize=4096)
def _paragraphs(body: str) -> str:
    parts = "".join(f'<p dir="auto">{escape(part)}</p>' for part in body.split("\n\n"))
    return parts.replace("\n", "<br>")


def _attachments(view: View, shown: Comment) -> list[Json]:
    files = view.state.attachments.by_id
    return [render_attachment(view, files[key]) for key in shown.attachment_ids if key in files]


# --- audits


def audit(view: View, shown: Audit) -> dict[str, Json]:
    """An audit with its events."""
    return {
        "id": shown.id,
        "ticket_id": shown.ticket_id,
        "created_at": iso(shown.created_at),
        "author_id": shown.author_id,
        "metadata": shown.metadata,
        "events": [event(view, one) for one in shown.events],
        "via": via(shown.via),
    }


def event(view: View, shown: Event) -> dict[str, Json]:
    """One event of an audit."""
    if shown.comment is not None:
        one = comment(view, shown.comment)
        return {key: value for key, value in one.items() if key not in ("created_at", "metadata", "via")}
    body: dict[str, Json] = {"id": shown.id, "type": shown.type}
    if shown.field_name is not None:
        body |= {"field_name": shown.field_name, "value": told(shown.field_name, shown.value)}
        if shown.type == "Change":
            body["previous_value"] = told(shown.field_name, shown.previous_value)
    return body | shown.more


def told(name: str, value: Json) -> Json:
    """A field's value as audits tell it: ids as text, times as dates."""
    if isinstance(value, tuple):
        return list(value)
    if name == "due_at":
        return iso(value)
    return str(value) if name.endswith("_id") and value is not None else value


def ticket_event(view: View, shown: Audit) -> dict[str, Json]:
    """An audit as the export of ticket events shows it, without what was said."""
    return _event_row(view, shown, _silent)


def told_ticket_event(view: View, shown: Audit) -> dict[str, Json]:
    """The same with the comments."""
    return _event_row(view, shown, _spoken)


def _event_row(view: View, shown: Audit, said: Callable[[View, Comment], dict[str, Json]]) -> dict[str, Json]:
    return {
        "id": shown.id,
        "ticket_id": shown.ticket_id,
        "timestamp": int(shown.created_at),
        "created_at": iso(shown.created_at),
        "updater_id": shown.author_id,
        "via": shown.via.channel,
        "system": shown.metadata["system"],
        "metadata": shown.metadata,
        "event_type": "Audit",
        "child_events": [_child(view, one, shown, said) for one in shown.events],
    }


def _child(
    view: View, shown: Event, parent: Audit, said: Callable[[View, Comment], dict[str, Json]]
) -> dict[str, Json]:
    child: dict[str, Json] = {"id": shown.id, "via": parent.via.channel, "event_type": shown.type}
    if shown.comment is not None:
        return child | said(view, shown.comment)
    if shown.field_name is not None:
        child[shown.field_name] = told(shown.field_name, shown.value)
        if shown.type == "Change":
            child["previous_value"] = told(shown.field_name, shown.previous_value)
    return child | shown.more


def _silent(view: View, shown: Comment) -> dict[str, Json]:
    del view
    return {"comment_present": True, "comment_public": shown.public}


def _spoken(view: View, shown: Comment) -> dict[str, Json]:
    one = comment(view, shown)
    return _silent(view, shown) | {key: one[key] for key in _SPOKEN}


def deleted_ticket(view: View, shown: Ticket) -> dict[str, Json]:
    """A deleted ticket in the list of those."""
    actor = view.state.users.get(shown.deleter_id or 0)
    return {
        "id": shown.id,
        "subject": shown.subject,
        "description": shown.description,
        "actor": None if actor is None else {"id": actor.id, "name": actor.name},
        "deleted_at": iso(shown.deleted_at),
        "previous_state": shown.status,
    }
