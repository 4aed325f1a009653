"""Lists of tickets: all of them, those of an organization, those that one user has to do with.

Sorted by `sort`, a list goes by cursor and has no end. What `sort_by` sorts by needs pages with numbers, which end at
10,000 tickets. Tickets that have been closed for months are archived, and `list` leaves them out; `show` and the
incremental exports have them.
Source: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ..records.tickets import Ticket
from ..records.users import Count, User
from ._base import Resource
from ._sorting import checked_choice, sorted_query
from ._validate import MAX_ROWS, Query, filters, flags, include_query, page_query
from ._validate import text as checked_text
from .types.tickets import TicketSideload, TicketSort, TicketSortBy

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId, SortOrder

__all__ = ["TicketLists"]

_ALL: Final = "/api/v2/tickets"
_ONE: Final = _ALL + "/{ticket_id}"
_USER: Final = "/api/v2/users/{user_id}/tickets"
_ORGANIZATION: Final = "/api/v2/organizations/{organization_id}/tickets"

LIST: Final = Route("tickets.list", "GET", _ALL, "tickets", Ticket, paging="cursor")
LIST_ORGANIZATION: Final = Route("tickets.list", "GET", _ORGANIZATION, "tickets", Ticket, paging="cursor")
REQUESTED: Final = Route("tickets.requested", "GET", _USER + "/requested", "tickets", Ticket, paging="cursor")
ASSIGNED: Final = Route("tickets.assigned", "GET", _USER + "/assigned", "tickets", Ticket, paging="cursor")
CCD: Final = Route("tickets.ccd", "GET", _USER + "/ccd", "tickets", Ticket, paging="cursor")
FOLLOWED: Final = Route("tickets.followed", "GET", _USER + "/followed", "tickets", Ticket, paging="cursor")
RECENT: Final = Route("tickets.recent", "GET", _ALL + "/recent", "tickets", Ticket)
PROBLEMS: Final = Route("tickets.problems", "GET", "/api/v2/problems", "tickets", Ticket, paging="cursor")
AUTOCOMPLETE_PROBLEMS: Final = Route(
    "tickets.autocomplete_problems", "POST", "/api/v2/problems/autocomplete", "tickets", Ticket, idempotent=True
)
INCIDENTS: Final = Route("tickets.incidents", "GET", _ONE + "/incidents", "tickets", Ticket, paging="cursor")
COLLABORATORS: Final = Route("tickets.collaborators", "GET", _ONE + "/collaborators", "users", User)
FOLLOWERS: Final = Route("tickets.followers", "GET", _ONE + "/followers", "users", User)
EMAIL_CCS: Final = Route("tickets.email_ccs", "GET", _ONE + "/email_ccs", "users", User)
COUNT: Final = Route("tickets.count", "GET", _ALL + "/count", "count", Count)
COUNT_ORGANIZATION: Final = Route("tickets.count", "GET", _ORGANIZATION + "/count", "count", Count)
COUNT_ASSIGNED: Final = Route("tickets.count_assigned", "GET", _USER + "/assigned/count", "count", Count)
COUNT_CCD: Final = Route("tickets.count_ccd", "GET", _USER + "/ccd/count", "count", Count)


class TicketLists(Resource):
    """The lists of tickets, and of the people on one."""

    def list(
        self,
        *,
        external_id: str | None = None,
        organization_id: RecordId | None = None,
        sort: TicketSort | None = None,
        include: TicketSideload | Iterable[TicketSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Ticket]:
        """Tickets: all of them, those of an organization, or those with an `external_id`, which need not be one.

        `sort` is "id", "updated_at" or "status", with a minus for the other way round. Deleted tickets are not listed:
        see `deleted`. For all tickets, or those that changed since some time, there are the incremental exports.
        """
        if external_id is not None and organization_id is not None:
            raise BadArgument("Zendesk lists tickets by external_id or by organization, not by both")
        named = None if external_id is None else checked_text("external_id", external_id)
        query = filters(external_id=named) + _ordered(sort, include) + page_query(page_size, cursor)
        if organization_id is not None:
            return self._pages(LIST_ORGANIZATION, options, query=query, organization_id=organization_id)
        return self._pages(LIST, options, query=query)

    def requested(
        self,
        user_id: RecordId,
        *,
        sort: TicketSort | None = None,
        sort_by: TicketSortBy | None = None,
        sort_order: SortOrder | None = None,
        exclude_archived: bool | None = None,
        exclude_count: bool | None = None,
        include: TicketSideload | Iterable[TicketSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Ticket]:
        """The tickets that a user requested, archived ones too unless `exclude_archived` is True.

        `exclude_count` spares the server the counting where pages have numbers.
        """
        query = flags(exclude_archived=exclude_archived, exclude_count=exclude_count) + _ordered(sort, include)
        query += _paged(sort, sort_by, sort_order, page_size, cursor)
        return self._pages(REQUESTED, options, query=query, user_id=user_id)

    def followed(
        self,
        user_id: RecordId,
        *,
        sort: TicketSort | None = None,
        sort_by: TicketSortBy | None = None,
        sort_order: SortOrder | None = None,
        exclude_archived: bool | None = None,
        include: TicketSideload | Iterable[TicketSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Ticket]:
        """The tickets that an agent follows, archived ones too unless `exclude_archived` is True."""
        query = flags(exclude_archived=exclude_archived) + _ordered(sort, include)
        query += _paged(sort, sort_by, sort_order, page_size, cursor)
        return self._pages(FOLLOWED, options, query=query, user_id=user_id)

    def assigned(
        self,
        user_id: RecordId,
        *,
        sort: TicketSort | None = None,
        include: TicketSideload | Iterable[TicketSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Ticket]:
        """The tickets that are assigned to an agent."""
        return self._list(ASSIGNED, options, page_size, cursor, query=_ordered(sort, include), user_id=user_id)

    def ccd(
        self,
        user_id: RecordId,
        *,
        sort: TicketSort | None = None,
        include: TicketSideload | Iterable[TicketSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Ticket]:
        """The tickets that a user gets copies of."""
        return self._list(CCD, options, page_size, cursor, query=_ordered(sort, include), user_id=user_id)

    def recent(
        self,
        *,
        include: TicketSideload | Iterable[TicketSideload] | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Ticket]:
        """The tickets that the caller looked at last in the agent interface, in one page."""
        return self._pages(RECENT, options, query=_ordered(None, include))

    def problems(
        self,
        *,
        include: TicketSideload | Iterable[TicketSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Ticket]:
        """The tickets of the type "problem", the last updated first."""
        return self._list(PROBLEMS, options, page_size, cursor, query=_ordered(None, include))

    def autocomplete_problems(self, text: str, **options: Unpack[CallOptions]) -> Pages[Ticket]:
        """Problems with `text` in their subject, in one page."""
        return self._pages(AUTOCOMPLETE_PROBLEMS, options, body={"text": checked_text("text", text)})

    def incidents(
        self,
        ticket_id: RecordId,
        *,
        include: TicketSideload | Iterable[TicketSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Ticket]:
        """The incidents that belong to a problem: tickets whose `problem_id` it is."""
        return self._list(INCIDENTS, options, page_size, cursor, query=_ordered(None, include), ticket_id=ticket_id)

    def collaborators(self, ticket_id: RecordId, **options: Unpack[CallOptions]) -> Pages[User]:
        """Everybody in copy on a ticket, in one page: followers and those who get mails."""
        return self._pages(COLLABORATORS, options, ticket_id=ticket_id)

    def followers(self, ticket_id: RecordId, **options: Unpack[CallOptions]) -> Pages[User]:
        """The agents who follow a ticket, in one page."""
        return self._pages(FOLLOWERS, options, ticket_id=ticket_id)

    def email_ccs(self, ticket_id: RecordId, **options: Unpack[CallOptions]) -> Pages[User]:
        """The users who get copies of a ticket's mails, in one page."""
        return self._pages(EMAIL_CCS, options, ticket_id=ticket_id)

    def count(self, *, organization_id: RecordId | None = None, **options: Unpack[CallOptions]) -> Call[Count]:
        """How many tickets there are, in all or of an organization, roughly."""
        if organization_id is not None:
            return self._call(COUNT_ORGANIZATION, options, organization_id=organization_id)
        return self._call(COUNT, options)

    def count_assigned(self, user_id: RecordId, **options: Unpack[CallOptions]) -> Call[Count]:
        """How many tickets are assigned to an agent, roughly."""
        return self._call(COUNT_ASSIGNED, options, user_id=user_id)

    def count_ccd(self, user_id: RecordId, **options: Unpack[CallOptions]) -> Call[Count]:
        """How many tickets a user gets copies of, roughly."""
        return self._call(COUNT_CCD, options, user_id=user_id)


def _ordered(sort: object, include: str | Iterable[str] | None) -> Query:
    return filters(sort=checked_choice("sort", sort, TicketSort)) + include_query(include, TicketSideload, "tickets")


def _paged(sort: object, sort_by: object, sort_order: object, page_size: int, cursor: str | None) -> Query:
    if sort is not None and (sort_by is not None or sort_order is not None):
        raise BadArgument("sort is for pages by cursor, sort_by and sort_order for pages by number: one of the two")
    return sorted_query(page_size, cursor, sort_order, sort_by, TicketSortBy)
