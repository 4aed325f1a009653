"""Tickets: read and write them one by one.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ and, on keys that keep a ticket from
being created twice, https://developer.zendesk.com/api-reference/ticketing/introduction/#idempotency
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar, Unpack
from uuid import uuid4

import attrs

from .._core.route import Route
from ..errors import BadArgument
from ..records.ticket_audits import UpdatedTicket
from ..records.tickets import Ticket, TicketRelated
from ._ticket_fields import may_be_repeated, ticket_fields
from ._validate import flag, from_1_to_100, include_query, many_query, record_id, split, text
from .deleted_tickets import DeletedTickets
from .tags import TicketTags
from .ticket_audits import TicketAudits
from .ticket_comments import TicketComments
from .ticket_conversation_log import TicketConversationLog
from .ticket_metrics import TicketMetrics
from .ticket_skips import TicketSkips
from .tickets_lists import TicketLists
from .tickets_many import ManyTickets
from .types.tickets import NewTicketWrite, TicketSideload, TicketWrite

if TYPE_CHECKING:
    from ..call import Call, Pages
    from ..jobs import Job
    from .types.common import CallOptions, RecordId
    from .types.tickets import NewTicketFields, TicketFields

__all__ = ["Tickets"]

T = TypeVar("T")

KEY_LENGTH: Final = 255
"""So many characters may an idempotency key have."""

_ALL: Final = "/api/v2/tickets"
_ONE: Final = _ALL + "/{ticket_id}"
SHOW: Final = Route("tickets.show", "GET", _ONE, "ticket", Ticket)
SHOW_MANY: Final = Route("tickets.show_many", "GET", _ALL + "/show_many", "tickets", Ticket)
RELATED: Final = Route("tickets.related", "GET", _ONE + "/related", None, TicketRelated)

# What stands here holds for the path alone. It is a key, a parameter or the fields written that make one call on it
# safe to repeat, or a job: `create`, `create_async` and `update` say so of their own call.
CREATE: Final = Route("tickets.create", "POST", _ALL, "ticket", Ticket, writes=NewTicketWrite)
CREATE_ASYNC: Final = Route("tickets.create_async", "POST", _ALL, "job_status", writes=NewTicketWrite, wrap="ticket")
UPDATE: Final = Route("tickets.update", "PUT", _ONE, "ticket", Ticket, writes=TicketWrite, idempotent=False)
UPDATE_WITH_AUDIT: Final = Route(
    "tickets.update_with_audit", "PUT", _ONE, None, UpdatedTicket, writes=TicketWrite, wrap="ticket", idempotent=False
)

DELETE: Final = Route("tickets.delete", "DELETE", _ONE)
MARK_AS_SPAM: Final = Route("tickets.mark_as_spam", "PUT", _ONE + "/mark_as_spam")
MERGE: Final = Route("tickets.merge", "POST", "/api/v2/tickets/{target_id}/merge", "job_status", job=True)


class Tickets(TicketLists, ManyTickets):
    """Tickets, with what hangs on one: `comments`, `audits`, `metrics`, `tags`, `skips` and its `conversation_log`.

    `include` sideloads related records: they are on `Page.sideloads`, and with `Call.with_sideloads()` for one ticket;
    `comment_count`, `dates`, `incident_counts`, `metric_sets` and `slas` arrive as fields of the tickets.
    """

    @cached_property
    def comments(self) -> TicketComments:
        """What was said, in public and among agents."""
        return TicketComments(self._caller)

    @cached_property
    def audits(self) -> TicketAudits:
        """What happened, update by update."""
        return TicketAudits(self._caller)

    @cached_property
    def metrics(self) -> TicketMetrics:
        """How long things took."""
        return TicketMetrics(self._caller)

    @cached_property
    def tags(self) -> TicketTags:
        """Tags of one ticket, added and removed without replacing the others."""
        return TicketTags(self._caller)

    @cached_property
    def skips(self) -> TicketSkips:
        """Who passed a ticket over, and why."""
        return TicketSkips(self._caller)

    @cached_property
    def conversation_log(self) -> TicketConversationLog:
        """The whole conversation, whatever channels it went through."""
        return TicketConversationLog(self._caller)

    @cached_property
    def deleted(self) -> DeletedTickets:
        """Tickets after their deletion."""
        return DeletedTickets(self._caller)

    def show(
        self,
        ticket_id: RecordId,
        *,
        include: TicketSideload | Iterable[TicketSideload] | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[Ticket]:
        """One ticket, without its comments. A deleted one raises `NotFound`."""
        query = include_query(include, TicketSideload, "tickets")
        return self._call(SHOW, options, query=query, ticket_id=ticket_id)

    def show_many(
        self,
        ids: Sequence[RecordId],
        *,
        include: TicketSideload | Iterable[TicketSideload] | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Ticket]:
        """Up to 100 tickets by their ids, in one page; those that do not exist are left out."""
        query, _ = many_query(ids, None)
        return self._pages(SHOW_MANY, options, query=query + include_query(include, TicketSideload, "tickets"))

    def related(self, ticket_id: RecordId, **options: Unpack[CallOptions]) -> Call[TicketRelated]:
        """What hangs on a ticket: incidents, the tickets that it follows, issues in Jira."""
        return self._call(RELATED, options, ticket_id=ticket_id)

    def create(self, *, idempotency_key: str | None = None, **fields: Unpack[NewTicketFields]) -> Call[Ticket]:
        """Creates a ticket; only its first `comment` is required. See `types.NewTicketWrite` for the fields.

        It is sent with a key that Zendesk keeps for two hours, and by which it tells a repetition from a new ticket. So
        a lost reply is asked for again, and awaiting the same call twice gives the same ticket. `idempotency_key`
        replaces the one that is made for each call, so that another process can repeat it: up to 255 printable ASCII
        characters. The same key with other fields raises `BadRequest`. `priority` is the ticket's.
        """
        key = str(uuid4()) if idempotency_key is None else _key(idempotency_key)
        written, options = self._new(CREATE, fields)
        route = attrs.evolve(CREATE, idempotent=True)
        return self._call(route, options, body={"ticket": written}, headers={"Idempotency-Key": key})

    def create_async(self, **fields: Unpack[NewTicketFields]) -> Call[Job]:
        """Starts a job that creates a ticket: for accounts in which many triggers make `create` slow.

        The result's `id` is the ticket's. No key keeps the job from being started twice: a lost reply raises
        `OutcomeUnknown`.
        """
        written, options = self._new(CREATE_ASYNC, fields)
        route = attrs.evolve(CREATE_ASYNC, job=True)
        request = self._request(route, options, query=(("async", "true"),), body={"ticket": written})
        return self._job(request, [written.get("external_id")])

    def update(self, ticket_id: RecordId, **fields: Unpack[TicketFields]) -> Call[Ticket]:
        """Writes fields of a ticket, and adds a `comment`; what is not given stays. See `types.TicketWrite`.

        With `safe_update=True` and the ticket's last seen `updated_at` as `updated_stamp`, `Conflict` is raised if it
        has changed since: read it again, and decide anew. A closed ticket refuses every update with `ValidationError`:
        follow it up with a new one (`via_followup_source_id`). Limited to 30 in ten minutes for each ticket and agent
        and to 100 a minute for the account: for many tickets there is `update_many`. A lost reply of an update with
        a comment or with `safe_update` raises `OutcomeUnknown`, since to send it again could do it twice; any other is
        sent again. `priority` is the ticket's.
        """
        return self._update(UPDATE, ticket_id, fields)

    def update_with_audit(self, ticket_id: RecordId, **fields: Unpack[TicketFields]) -> Call[UpdatedTicket]:
        """As `update`; gives the ticket with the audit of the update, which tells all that it changed."""
        return self._update(UPDATE_WITH_AUDIT, ticket_id, fields)

    def delete(self, ticket_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes a ticket. For 30 days `deleted.restore` brings it back, then it is deleted permanently.

        For admins, and for agents where the account allows it to them. Limited to 400 a minute.
        """
        return self._call(DELETE, options, ticket_id=ticket_id)

    def mark_as_spam(self, ticket_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes a ticket as spam *and suspends its requester*, whose further mails are not taken."""
        return self._call(MARK_AS_SPAM, options, ticket_id=ticket_id)

    def merge(
        self,
        target_id: RecordId,
        ids: Sequence[RecordId],
        *,
        target_comment: str | None = None,
        source_comment: str | None = None,
        target_comment_is_public: bool | None = None,
        source_comment_is_public: bool | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[Job]:
        """Starts a job that merges tickets into `target_id`; they are closed by it, and there is no way back.

        `target_comment` is added to the ticket that stays, `source_comment` to those that go, as notes unless they are
        said to be public.
        """
        target = record_id("target_id", target_id)
        sources = [record_id(f"ids[{i}]", one) for i, one in enumerate(from_1_to_100("ids", ids))]
        if target in sources:
            raise BadArgument("a ticket can't be merged into itself")
        texts = {"target_comment": target_comment, "source_comment": source_comment}
        public = {
            "target_comment_is_public": target_comment_is_public, "source_comment_is_public": source_comment_is_public,
        }  # fmt: skip
        body: dict[str, object] = {"ids": sources}
        body |= {name: text(name, value) for name, value in texts.items() if value is not None}
        body |= {name: flag(name, value) for name, value in public.items() if value is not None}
        return self._job(self._request(MERGE, options, body=body, target_id=target), sources)

    def _new(self, route: Route[Any], fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The fields of a new ticket, checked, and the options of the call."""
        written, options = split(fields, NewTicketWrite)
        if not written.get("comment"):
            raise BadArgument(f"{route.operation}: a new ticket needs a comment, its first one")
        ticket_fields(written, NewTicketWrite)
        return written, options

    def _update(self, route: Route[T], ticket_id: RecordId, fields: Mapping[str, Any]) -> Call[T]:
        written, options = split(fields, TicketWrite)
        if not written:
            raise BadArgument(f"{route.operation} got no fields to write")
        ticket_fields(written, TicketWrite)
        route = attrs.evolve(route, idempotent=may_be_repeated(written))
        return self._call(route, options, body={"ticket": written}, ticket_id=ticket_id)


def _key(key: object) -> str:
    if not isinstance(key, str) or not 0 < len(key) <= KEY_LENGTH or not (key.isascii() and key.isprintable()):
        raise BadArgument(f"idempotency_key must have from 1 to {KEY_LENGTH} printable ASCII characters, not {key!r}")
    return key
