"""Incremental exports: everything that changed since a moment, for admins only.

Tickets and users are exported by cursor or by time, all else by time. By cursor is the better way wherever it exists:
a page always ends where it was asked to end. An export may be asked for 10 times a minute (`users` 20 times), in pages
of 1,000 records.
Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, TypeVar, Unpack, overload

from .._core.route import Route
from .._core.seam import MAX_ROWS, Position, is_token, read_token
from ..errors import BadArgument
from ..export import Export
from ..records._record import Record
from ..records.exports import TicketEvent, TicketMetricEvent
from ..records.organizations import Organization
from ..records.sideloads import SideloadName
from ..records.tickets import Ticket
from ..records.users import User
from ._base import Resource
from ._validate import Query, flags, include_query, text
from .types.tickets import TicketExportSideload

if TYPE_CHECKING:
    from ..call import Pages
    from .types.common import CallOptions

__all__ = ["Incremental", "SampledResource"]

SampledResource = Literal["tickets", "ticket_events", "users", "organizations"]

T = TypeVar("T")

_ALL: Final = "/api/v2/incremental"
_SAMPLE: Final = _ALL + "/{incremental_resource}/sample"

TICKETS: Final = Route(
    "incremental.tickets", "GET", _ALL + "/tickets/cursor", "tickets", Ticket, paging="cursor_export"
)
TICKETS_BY_TIME: Final = Route(
    "incremental.tickets_by_time", "GET", _ALL + "/tickets", "tickets", Ticket, paging="time_export"
)
USERS: Final = Route("incremental.users", "GET", _ALL + "/users/cursor", "users", User, paging="cursor_export")
USERS_BY_TIME: Final = Route("incremental.users_by_time", "GET", _ALL + "/users", "users", User, paging="time_export")
ORGANIZATIONS: Final = Route(
    "incremental.organizations", "GET", _ALL + "/organizations", "organizations", Organization, paging="time_export"
)
TICKET_EVENTS: Final = Route(
    "incremental.ticket_events", "GET", _ALL + "/ticket_events", "ticket_events", TicketEvent, paging="time_export"
)
TICKET_METRIC_EVENTS: Final = Route(
    "incremental.ticket_metric_events", "GET", _ALL + "/ticket_metric_events", "ticket_metric_events",
    TicketMetricEvent, paging="time_export",
)
SAMPLES: Final[dict[str, Route[Any]]] = {
    row.key or "": Route("incremental.sample", "GET", _SAMPLE, row.key, row.record)
    for row in (TICKETS, TICKET_EVENTS, USERS, ORGANIZATIONS)
}
_BY_OPERATION: Final[dict[str, Route[Any]]] = {
    row.operation: row
    for row in (
        TICKETS, TICKETS_BY_TIME, USERS, USERS_BY_TIME, ORGANIZATIONS, TICKET_EVENTS, TICKET_METRIC_EVENTS
    )
}


class Incremental(Resource):
    """Exports that can be stopped at any record and resumed: see `Export`.

    Each takes `start_time`, an aware datetime or unix seconds, at least a minute ago (else `StartTooRecent`), or the
    `cursor` of an earlier export, and gives each version of a record once: what changes again comes again. Deleted
    users and tickets come as well. `per_page` is what to begin with: pages that take Zendesk too long are halved.
    """

    string_ids: ClassVar[bool] = True

    def tickets(
        self,
        start_time: datetime | float | None = None,
        *,
        cursor: str | None = None,
        exclude_deleted: bool | None = None,
        support_type_scope: str | None = None,
        include: TicketExportSideload | Iterable[TicketExportSideload] | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Export[Ticket]:
        """Tickets, by cursor; without their comments, which `ticket_events` has.

        What counts is `generated_timestamp`, which moves with what the system does as well, so that `updated_at` may
        lie before `start_time`. `support_type_scope` narrows by who gives support. `cursor` may be one of
        Zendesk's own.
        """
        query = flags(exclude_deleted=exclude_deleted) + _scope(support_type_scope)
        query += include_query(include, TicketExportSideload, "an export of tickets")
        return self._export(TICKETS, start_time, cursor, per_page, query, options)

    def tickets_by_time(
        self,
        start_time: datetime | float | None = None,
        *,
        cursor: str | None = None,
        exclude_deleted: bool | None = None,
        support_type_scope: str | None = None,
        include: TicketExportSideload | Iterable[TicketExportSideload] | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Export[Ticket]:
        """Tickets, by time: as `tickets`, which is the better choice."""
        query = flags(exclude_deleted=exclude_deleted) + _scope(support_type_scope)
        query += include_query(include, TicketExportSideload, "an export of tickets")
        return self._export(TICKETS_BY_TIME, start_time, cursor, per_page, query, options)

    def users(
        self,
        start_time: datetime | float | None = None,
        *,
        cursor: str | None = None,
        include: SideloadName | Iterable[SideloadName] | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Export[User]:
        """Users, by cursor; deleted ones with `active` False. `cursor` may be one of Zendesk's own."""
        return self._export(USERS, start_time, cursor, per_page, include_query(include), options)

    def users_by_time(
        self,
        start_time: datetime | float | None = None,
        *,
        cursor: str | None = None,
        include: SideloadName | Iterable[SideloadName] | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Export[User]:
        """Users, by time: as `users`, which is the better choice, and goes twice as fast."""
        return self._export(USERS_BY_TIME, start_time, cursor, per_page, include_query(include), options)

    def organizations(
        self,
        start_time: datetime | float | None = None,
        *,
        cursor: str | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Export[Organization]:
        """Organizations, by time."""
        return self._export(ORGANIZATIONS, start_time, cursor, per_page, (), options)

    def ticket_events(
        self,
        start_time: datetime | float | None = None,
        *,
        cursor: str | None = None,
        include_comments: bool = False,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Export[TicketEvent]:
        """Updates of tickets, by time, each with what it changed; the comments too if `include_comments`."""
        query = (("include", "comment_events"),) if include_comments else ()
        return self._export(TICKET_EVENTS, start_time, cursor, per_page, query, options)

    def ticket_metric_events(
        self,
        start_time: datetime | float | None = None,
        *,
        cursor: str | None = None,
        include_changes: bool | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Export[TicketMetricEvent]:
        """What happened to the clocks of tickets, such as a breached target, by time."""
        query = flags(include_changes=include_changes)
        return self._export(TICKET_METRIC_EVENTS, start_time, cursor, per_page, query, options)

    def resume(self, cursor: str, **options: Unpack[CallOptions]) -> Export[Record]:
        """The export, of whatever kind, that an `Export.cursor` came from, with its parameters, from there on.

        The method that began it does the same, with the exact type: `incremental.users(cursor=cursor)`.
        """
        if not is_token(text("cursor", cursor)):
            raise BadArgument("a cursor of Zendesk's own does not tell what it is of: hand it to `users` or `tickets`")
        operation, position, query = read_token(cursor)
        route = _BY_OPERATION.get(operation)
        if route is None:
            raise BadArgument(f"the cursor is of {operation}, which this version of the library does not know")
        return self._begun(route, position, MAX_ROWS, query, options, resumed=True)

    @overload
    def sample(
        self, resource: Literal["tickets"], start_time: datetime | float, **options: Unpack[CallOptions]
    ) -> Pages[Ticket]: ...
    @overload
    def sample(
        self, resource: Literal["ticket_events"], start_time: datetime | float, **options: Unpack[CallOptions]
    ) -> Pages[TicketEvent]: ...
    @overload
    def sample(
        self, resource: Literal["users"], start_time: datetime | float, **options: Unpack[CallOptions]
    ) -> Pages[User]: ...
    @overload
    def sample(
        self, resource: Literal["organizations"], start_time: datetime | float, **options: Unpack[CallOptions]
    ) -> Pages[Organization]: ...
    def sample(
        self, resource: SampledResource, start_time: datetime | float, **options: Unpack[CallOptions]
    ) -> Pages[Any]:
        """The first 50 records or fewer of an export, in one page; 10 times in 20 minutes."""
        if resource not in tuple(SAMPLES):  # a list is no key of a dictionary
            raise BadArgument(f"there are samples of {', '.join(SAMPLES)}, not of {resource!r}")
        query = (("start_time", str(_seconds(start_time))),)
        return self._pages(SAMPLES[resource], options, query=query, incremental_resource=resource)

    def _export(
        self, route: Route[T], start_time: object, cursor: object, per_page: int, query: Query,
        options: Mapping[str, Any],
    ) -> Export[T]:
        if (start_time is None) == (cursor is None):
            raise BadArgument("an export begins at a start_time or goes on from a cursor: one of the two")
        if cursor is None:
            return self._begun(route, Position(_seconds(start_time)), per_page, query, options)
        return self._begun(route, _position(route, text("cursor", cursor)), per_page, query, options, resumed=True)

    def _begun(
        self, route: Route[T], position: Position, per_page: int, query: Query, options: Mapping[str, Any],
        *, resumed: bool = False,
    ) -> Export[T]:
        if type(per_page) is not int or not 1 <= per_page <= MAX_ROWS:
            raise BadArgument(f"per_page must be a whole number from 1 to {MAX_ROWS}, not {per_page!r}")
        assert route.record is not None  # noqa: S101 - a row of this package's own table
        request = self._request(route, options, query=query)
        return Export(self._caller, request, route.record, position, size=per_page, resumed=resumed)


def _scope(scope: object) -> Query:
    return () if scope is None else (("support_type_scope", text("support_type_scope", scope)),)


def _position(route: Route[Any], cursor: str) -> Position:
    if is_token(cursor):
        operation, position, _ = read_token(cursor)
        if operation != route.operation:
            raise BadArgument(f"the cursor is of {operation}, not of {route.operation}")
        return position
    if route.paging != "cursor_export":
        raise BadArgument(f"{route.operation} goes on from the cursor of an export, and {cursor!r} is none")
    return Position(cursor=cursor)


def _seconds(moment: object) -> int:
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise BadArgument(f"start_time: {moment!r} has no time zone; use datetime(..., tzinfo=timezone.utc)")
        moment = moment.timestamp()
    if isinstance(moment, bool) or not isinstance(moment, int | float) or not isfinite(moment) or moment < 0:
        raise BadArgument(f"start_time must be an aware datetime or unix seconds, not {moment!r}")
    return int(moment)
