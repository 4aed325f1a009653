"""Writing tickets: create, update, comment, as single calls and as the rows of a job.

The model: everything that is wrong is found first, then uploads are taken, people made, the ticket changed; a refused
write has changed nothing. Rules from the Tickets page of the reference: the submitter writes the first comment; a
ticket with an assignee is not new; an assignee brings a group along, another group loses an assignee who is not in it;
tags are replaced, custom fields written one by one; a closed ticket takes no change; solving a problem solves its
incidents; what an end user writes in a ticket of theirs opens it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from .attachments import take_uploads
from .http import Json
from .records import User
from .refusals import problem, record_invalid
from .ticket_parameters import check_choices, custom_values, moment
from .ticket_people import Person, Readers, TicketWriter, assignee_of, readers_of, requester_of
from .ticket_records import (
    API,
    CLOSED,
    HOLD,
    NEW,
    OPEN,
    PENDING,
    PROBLEM,
    SOLVED,
    Audit,
    Draft,
    Ticket,
    Via,
)
from .ticket_refusals import closed_ticket, update_conflict
from .ticket_render import text_of
from .validation import Found
from .writes import clean_tags

MAX_COMMENTS: Final = 5000

_PLAIN: Final = ("external_id", "recipient", "priority", "type", "brand_id", "ticket_form_id", "custom_status_id")
_LISTS: Final = ("macro_ids", "sharing_agreement_ids")
_COLLECTIONS: Final = {
    "brand_id": "brands", "ticket_form_id": "ticket_forms", "custom_status_id": "custom_statuses",
}
_REOPENED: Final = (PENDING, HOLD, SOLVED)

Fields = Mapping[str, Json]


@attrs.frozen(slots=True, eq=False)
class Plan:
    """What a write will do, once nothing is wrong with it."""

    changes: dict[str, Json]
    readers: Readers
    requester: Person | None

    def settled(self, writer: TicketWriter) -> dict[str, Json]:
        """All changes, with the people in them made."""
        ids = {name: writer.settle_ids(people) for name, people in self.readers.items()}
        return self.changes | ids


def create_ticket(
    writer: TicketWriter, fields: Fields, *, ticket_id: int | None = None, via: Via = API
) -> Ticket:
    """A new ticket; raises the 422 with everything that is wrong with it."""
    found: Found = {}
    comment = fields.get("comment") or {"body": fields.get("description")}
    if not body_of(comment):
        found["base"] = [problem("Description: cannot be blank", "BlankValue")]
    plan = plan_of(writer, fields, None, found)
    submitter = submitter_of(writer, fields, found)
    author = author_of(writer, comment, submitter, found)
    if found:
        raise record_invalid(found)
    draft = drafted(writer, comment, author)
    requester = writer.settle(plan.requester or writer.actor)
    changes = plan.settled(writer)
    changes.setdefault("organization_id", requester.organization_id)
    ticket = writer.state.tickets.create(
        requester.id, now=writer.now, submitter_id=submitter.id, comment=draft, ticket_id=ticket_id, via=via, **changes
    )
    if fields.get("metadata"):
        writer.state.tickets.audits_of(ticket)[0].metadata["custom"] = dict(fields["metadata"])
    _follow(writer, ticket)
    return ticket


def update_ticket(writer: TicketWriter, ticket: Ticket, fields: Fields, *, via: Via = API) -> Audit | None:
    """Change a ticket, comment on it; the audit, or None when nothing was new.

    Raises 409 for a safe update that comes too late, 422 for what is invalid.
    """
    check_fresh(ticket, fields)
    if ticket.closed:
        raise closed_ticket()
    found: Found = {}
    comment = fields.get("comment") or {}
    written = bool(body_of(comment) or comment.get("uploads"))
    author = author_of(writer, comment, writer.actor, found)
    if written and len(writer.state.tickets.comments_of(ticket)) >= MAX_COMMENTS:
        found["base"] = [problem(f"Comments: a ticket can have {MAX_COMMENTS} at most", "TooManyComments")]
    plan = plan_of(writer, fields, ticket, found)
    if found:
        raise record_invalid(found)
    draft = drafted(writer, comment, author) if written else None
    changes = plan.settled(writer)
    if plan.requester is not None:
        requester = writer.settle(plan.requester)
        changes["requester_id"] = requester.id
        if requester.id != ticket.requester_id:
            changes.setdefault("organization_id", requester.organization_id)
    if draft is not None and not author.staff and ticket.status in _REOPENED:
        changes.setdefault("status", OPEN)
    audit = writer.state.tickets.update(
        ticket, changes, actor_id=writer.actor.id, now=writer.now, comment=draft, via=via,
        metadata=fields.get("metadata"),
    )
    if changes.get("status") == SOLVED:
        _solve_incidents(writer, ticket)
    return audit


def check_fresh(ticket: Ticket, fields: Fields) -> None:
    """Raises 409 when a safe update was made from an older state of the ticket, or does not say from which."""
    if not fields.get("safe_update"):
        return
    stamp = moment(fields, "updated_stamp")
    if stamp is None or int(ticket.updated_at) > int(stamp):
        raise update_conflict()


# --- what a write asks for


def plan_of(
    writer: TicketWriter, fields: Fields, ticket: Ticket | None, found: Found, *, imported: bool = False
) -> Plan:
    """What fields ask for, beside the comment; `found` takes what is wrong with them."""
    check_choices(fields, found)
    changes = _plain(writer, fields, found) | _assignment(writer, fields, ticket, found)
    if "custom_fields" in fields:
        known = {} if ticket is None else ticket.custom_fields
        changes["custom_fields"] = known | custom_values(fields["custom_fields"], found)
    changes |= _tags(fields, ticket) | _problem(writer, fields, found) | _origin(writer, fields, found)
    _write_status(writer, fields, ticket, changes, found, imported=imported)
    return Plan(changes, readers_of(writer, fields, ticket, found), requester_of(writer, fields, found))


def _plain(writer: TicketWriter, fields: Fields, found: Found) -> dict[str, Json]:
    changes: dict[str, Json] = {name: fields[name] or None for name in _PLAIN if name in fields}
    changes |= {name: tuple(fields[name]) for name in _LISTS if name in fields}
    for name in ("raw_subject", "subject"):
        if name in fields:
            changes["subject"] = fields[name]
    if "due_at" in fields:
        changes["due_at"] = moment(fields, "due_at", found)
    for name, collection in _COLLECTIONS.items():
        rows = writer.state.collections.get(collection)
        if rows is not None and changes.get(name) is not None and changes[name] not in rows:
            found[name] = [problem(f"{name.replace('_', ' ').capitalize()}: is invalid", "InvalidValue")]
    if "organization_id" in fields:
        changes["organization_id"] = fields["organization_id"]
        if fields["organization_id"] not in (None, *writer.state.organizations):
            found["organization"] = [problem("Organization: is invalid", "InvalidValue")]
    return changes


def _assignment(writer: TicketWriter, fields: Fields, ticket: Ticket | None, found: Found) -> dict[str, Json]:
    """The assignee and the group, which follow each other."""
    agent, changes = assignee_of(writer, fields, found), dict[str, Json]()
    if "group_id" in fields:
        changes["group_id"] = group_id = fields["group_id"]
        group = writer.state.groups.get(group_id)
        if group_id is not None and (group is None or group.deleted):
            found["group"] = [problem("Group: is invalid", "InvalidValue")]
        elif agent is not None and group_id is not None and group_id not in agent.group_ids:
            found["assignee"] = [problem("Assignee: is not in the group", "InvalidValue")]
        holder = None if ticket is None else writer.state.users.get(ticket.assignee_id or 0)
        if holder is not None and group_id not in holder.group_ids:
            changes["assignee_id"] = None
    if agent is not None:
        changes["assignee_id"] = agent.id
        if "group_id" not in fields and (ticket is None or ticket.group_id not in agent.group_ids):
            changes["group_id"] = agent.default_group_id
    elif "assignee_id" in fields and fields["assignee_id"] is None and not fields.get("assignee_email"):
        changes["assignee_id"] = None
    return changes


def _tags(fields: Fields, ticket: Ticket | None) -> dict[str, Json]:
    """The tags: replaced, then those of `additional_tags` added and those of `remove_tags` taken away."""
    if not fields.keys() & {"tags", "additional_tags", "remove_tags"}:
        return {}
    kept = fields.get("tags", () if ticket is None else ticket.tags)
    removed = clean_tags(fields.get("remove_tags") or ())
    tags = clean_tags((*kept, *(fields.get("additional_tags") or ())))
    return {"tags": tuple(tag for tag in tags if tag not in removed)}


def _problem(writer: TicketWriter, fields: Fields, found: Found) -> dict[str, Json]:
    if "problem_id" not in fields:
        return {}
    problem_id = fields["problem_id"]
    known = writer.state.tickets.active(problem_id or 0)
    if problem_id is not None and (known is None or known.type != PROBLEM):
        found["problem_id"] = [problem("Problem: is invalid", "InvalidValue")]
    return {"problem_id": problem_id}


def _origin(writer: TicketWriter, fields: Fields, found: Found) -> dict[str, Json]:
    """The closed ticket that a new one follows up."""
    source_id = fields.get("via_followup_source_id")
    if source_id is None:
        return {}
    source = writer.state.tickets.active(source_id)
    if source is None or not source.closed:
        found["via_followup_source_id"] = [problem("Followup source: is not a closed ticket", "InvalidValue")]
    return {"via_followup_source_id": source_id}


def _write_status(
    writer: TicketWriter, fields: Fields, ticket: Ticket | None, changes: dict[str, Json], found: Found, *,
    imported: bool,
) -> None:
    """The status that is asked for, or that follows from the assignee or the custom status."""
    rows = writer.state.collections.get("custom_statuses") or {}
    row = rows.get(fields.get("custom_status_id"))
    status = row.get("status_category") if row is not None else fields.get("status")
    assignee_id = changes.get("assignee_id", None if ticket is None else ticket.assignee_id)
    before = None if ticket is None else ticket.status
    if not status:
        status = before or NEW
    if status == NEW and assignee_id is not None:
        status = OPEN
    if status == before:
        return
    changes["status"] = status
    if before is not None and "custom_status_id" not in fields:
        changes["custom_status_id"] = None
    needed = writer.settings.solving_needs_assignee and not imported
    if status in (SOLVED, CLOSED) and assignee_id is None and needed:
        found["base"] = [problem("Assignee: is required when solving a ticket", "BlankValue")]


# --- comments


def body_of(comment: Fields) -> str:
    """What a comment says, as text."""
    if comment.get("html_body"):
        return text_of(comment["html_body"])
    return str(comment.get("body") or comment.get("value") or "").strip()


def submitter_of(writer: TicketWriter, fields: Fields, found: Found) -> User:
    """Who submits a new ticket: the caller, unless an agent names somebody else."""
    named = fields.get("submitter_id")
    if named is None or not writer.actor.staff:
        return writer.actor
    submitter = writer.state.active(named)
    if submitter is None:
        found["submitter"] = [problem("Submitter: is invalid", "InvalidValue")]
    return submitter or writer.actor


def author_of(writer: TicketWriter, comment: Fields, default: User, found: Found) -> User:
    """Who writes a comment: the caller, unless an agent names somebody else."""
    named = comment.get("author_id")
    if named is None or not writer.actor.staff:
        return default
    author = writer.state.active(named)
    if author is None:
        found["author"] = [problem("Author: is invalid", "InvalidValue")]
    return author or default


def drafted(writer: TicketWriter, comment: Fields, author: User) -> Draft:
    """A comment that is to be written, with its uploads taken."""
    public = comment.get("public")
    files = take_uploads(writer.account, comment.get("uploads") or ())
    return Draft(
        author.id,
        body_of(comment),
        public=not author.only_private_comments if public is None else public,
        html_body=comment.get("html_body") or None,
        attachment_ids=[file.id for file in files],
        staff=author.staff,
        created_at=moment(comment, "created_at"),
    )


# --- what follows


def _follow(writer: TicketWriter, ticket: Ticket) -> None:
    """A follow-up is known to the ticket that it follows."""
    source = writer.state.tickets.active(ticket.via_followup_source_id or 0)
    if source is not None:
        source.followup_ids = (*source.followup_ids, ticket.id)
        writer.state.tickets.touch(source, writer.now, system=True)


def _solve_incidents(writer: TicketWriter, ticket: Ticket) -> None:
    tickets = writer.state.tickets
    incidents: Sequence[int] = tuple(tickets.incidents.get(ticket.id, ()))
    for incident in (tickets.records[key] for key in incidents):
        if incident.waiting:
            changes = {"status": SOLVED, "assignee_id": incident.assignee_id or ticket.assignee_id}
            tickets.update(incident, changes, actor_id=writer.actor.id, now=writer.now)
