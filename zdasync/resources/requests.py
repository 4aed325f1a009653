"""Requests: what end users may do with their tickets. The natural use of `zd.on_behalf_of(user)`.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket-requests/
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Unpack

from .._core.message import Priority
from .._core.route import Route
from ..errors import BadArgument
from ..records.requests import Request
from ._base import Resource
from ._sorting import sorted_query
from ._subsets import subset
from ._ticket_fields import said_in
from ._validate import MAX_ROWS, email, filters, include_query, objects, page_size, text
from .request_comments import RequestComments
from .types.requests import NewRequestWrite, RequestSideload, RequestSort, RequestWrite

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId, SortOrder
    from .types.requests import NewRequestFields, RequestFields

__all__ = ["Requests"]

_ALL: Final = "/api/v2/requests"
_ONE: Final = _ALL + "/{request_id}"
LIST: Final = Route("requests.list", "GET", _ALL, "requests", Request, paging="cursor")
LIST_USER: Final = Route("requests.list", "GET", "/api/v2/users/{user_id}/requests", "requests", Request,
                         paging="cursor")
LIST_ORGANIZATION: Final = Route("requests.list", "GET", "/api/v2/organizations/{organization_id}/requests",
                                 "requests", Request, paging="cursor")
OPEN: Final = Route("requests.open", "GET", _ALL + "/open", "requests", Request, paging="cursor")
SOLVED: Final = Route("requests.solved", "GET", _ALL + "/solved", "requests", Request, paging="cursor")
CCD: Final = Route("requests.ccd", "GET", _ALL + "/ccd", "requests", Request, paging="cursor")
SEARCH: Final = Route("requests.search", "GET", _ALL + "/search", "requests", Request, paging="offset")
SHOW: Final = Route("requests.show", "GET", _ONE, "request", Request)
CREATE: Final = Route("requests.create", "POST", _ALL, "request", Request, writes=NewRequestWrite)
UPDATE: Final = Route("requests.update", "PUT", _ONE, "request", Request, writes=RequestWrite, idempotent=False)


class Requests(Resource):
    """The caller's own tickets, with their public `comments`: as a requester, in copy, or through an organization.

    Everything here is done by whoever calls. An admin acts for an end user with
    `zd.on_behalf_of(user).requests`; naming an author in a comment does not do that.

    Listings have cursors unless they are sorted, by `sort_by` ("created_at" or "updated_at") and `sort_order`. Pages of
    a sorted listing are by number and end at 10,000 requests, since Zendesk drops the sort beside a cursor.
    """

    @cached_property
    def comments(self) -> RequestComments:
        """What was said in public about a request."""
        return RequestComments(self._caller)

    def list(
        self,
        *,
        user_id: RecordId | None = None,
        organization_id: RecordId | None = None,
        sort_by: RequestSort | None = None,
        sort_order: SortOrder | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Request]:
        """Requests: the caller's own, those of a user, or those of an organization that shares its tickets.

        For somebody with very many requests Zendesk may answer 503, time and again: a smaller `page_size` (50, then
        25) helps, or `search`.
        """
        query = sorted_query(page_size, cursor, sort_order, sort_by, RequestSort)
        route, ids = subset(LIST, user_id=(LIST_USER, user_id), organization_id=(LIST_ORGANIZATION, organization_id))
        return self._pages(route, options, query=query, **ids)

    def open(
        self,
        *,
        sort_by: RequestSort | None = None,
        sort_order: SortOrder | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Request]:
        """The caller's requests that are neither solved nor closed."""
        return self._pages(OPEN, options, query=sorted_query(page_size, cursor, sort_order, sort_by, RequestSort))

    def solved(
        self,
        *,
        sort_by: RequestSort | None = None,
        sort_order: SortOrder | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Request]:
        """The caller's requests that are solved or closed."""
        return self._pages(SOLVED, options, query=sorted_query(page_size, cursor, sort_order, sort_by, RequestSort))

    def ccd(
        self,
        *,
        sort_by: RequestSort | None = None,
        sort_order: SortOrder | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Request]:
        """The requests of others that the caller is in copy of."""
        return self._pages(CCD, options, query=sorted_query(page_size, cursor, sort_order, sort_by, RequestSort))

    def search(self, query: str, *, per_page: int = MAX_ROWS, **options: Unpack[CallOptions]) -> Pages[Request]:
        """The caller's requests, own or in copy, with these words in subject, description or comments.

        They are found some minutes after they were written: the index lags behind. Pages are by number, and end at
        10,000 requests.
        """
        parameters = filters(query=text("query", query), per_page=page_size(per_page))
        return self._pages(SEARCH, options, query=parameters)

    def show(
        self, request_id: RecordId, *, include: RequestSideload | None = None, **options: Unpack[CallOptions]
    ) -> Call[Request]:
        """One request; `include="users"` brings those along who have to do with it."""
        query = include_query(include, RequestSideload, "requests")
        return self._call(SHOW, options, query=query, request_id=request_id)

    def create(self, **fields: Unpack[NewRequestFields]) -> Call[Request]:
        """Asks: a new ticket with a `subject` and a first `comment`, by the caller.

        Without credentials (`auth=Anonymous()`), where the account allows that, `requester` says who asks. It is not
        sent a second time when its reply is lost: it ends as `OutcomeUnknown`.
        """
        return self._written(CREATE, fields)

    def update(self, request_id: RecordId, **fields: Unpack[RequestFields]) -> Call[Request]:
        """Adds a comment, solves the request, or puts more people in copy.

        It is not sent a second time when its reply is lost, since that might say the same thing twice.
        """
        return self._written(UPDATE, fields, request_id=request_id)

    def _written(self, route: Route[Request], fields: Mapping[str, Any], **ids: Any) -> Call[Request]:
        """Writes the fields, after a look at what the objects in them say."""
        if isinstance(fields.get("priority"), Priority) and route is CREATE:
            raise BadArgument(
                'priority is the request\'s here: "urgent", "high", "normal" or "low"; which call goes first is said '
                "by zd.with_options(priority=...)"
            )
        comment = fields.get("comment")
        if isinstance(comment, Mapping) and "author_id" in comment:
            raise BadArgument(
                "comment: author_id makes nobody the author: zd.on_behalf_of(user).requests acts for an end user"
            )
        said_in(fields)
        call = self._write(route, fields, **ids)
        if comment is not None and not any(comment.get(key) for key in ("body", "html_body", "uploads")):
            raise BadArgument("comment: a comment needs a body, an html_body or uploads")
        for name in ("requester", "collaborators", "additional_collaborators"):
            for place, person in objects(fields.get(name), name):
                if person.get("email") is not None:
                    email(f"{place}: email", person["email"])
        return call
