"""Tags: those of the account, and those of one ticket, organization or user.

Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/tags/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, TypeVar, Unpack

import attrs

from .._core.route import Route
from ..errors import BadArgument
from ..records.tags import Tag
from ..records.users import Count
from ._base import Resource
from ._ticket_fields import safe_pair
from ._validate import MAX_ROWS, page_size, text

if TYPE_CHECKING:
    from .._core.caller import Caller
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId, Strings
    from .types.tickets import Moment

__all__ = ["ORGANIZATIONS", "TICKETS", "USERS", "RecordTags", "TagRoutes", "Tags", "TicketTags"]

T = TypeVar("T")

Names: TypeAlias = list[str]

_SHORTEST: Final = 2
"""Letters that an autocompletion begins with."""

_ALL: Final = "/api/v2/tags"
_AUTOCOMPLETE: Final = "/api/v2/autocomplete/tags"
LIST: Final = Route("tags.list", "GET", _ALL, "tags", Tag, paging="cursor")
COUNT: Final = Route("tags.count", "GET", _ALL + "/count", "count", Count)
AUTOCOMPLETE: Final = Route("tags.autocomplete", "GET", _AUTOCOMPLETE, "tags", str, paging="offset")
AUTOCOMPLETE_BY_BODY: Final = Route(
    "tags.autocomplete_by_body", "POST", _AUTOCOMPLETE, "tags", str, paging="offset", idempotent=True
)


class TagRoutes(NamedTuple):
    """The operations on the tags of one kind of record; `id` is what their path calls the record."""

    id: str
    list: Route[Names]
    set: Route[Names]
    add: Route[Names]
    remove: Route[None]


def _routes(owner: str, name: str) -> TagRoutes:
    path = f"/api/v2/{owner}/{{{name}}}/tags"
    return TagRoutes(
        name,
        Route(f"{owner}.tags.list", "GET", path, "tags", Names),
        Route(f"{owner}.tags.set", "POST", path, "tags", Names, idempotent=True),
        Route(f"{owner}.tags.add", "PUT", path, "tags", Names),
        Route(f"{owner}.tags.remove", "DELETE", path),
    )


TICKETS: Final = _routes("tickets", "ticket_id")
ORGANIZATIONS: Final = _routes("organizations", "organization_id")
USERS: Final = _routes("users", "user_id")


class Tags(Resource):
    """The tags of the account."""

    def list(
        self, *, page_size: int = MAX_ROWS, cursor: str | None = None, **options: Unpack[CallOptions]
    ) -> Pages[Tag]:
        """Tags that were used in the last 60 days, the most used ones first, 20,000 of them at most."""
        return self._list(LIST, options, page_size, cursor)

    def count(self, **options: Unpack[CallOptions]) -> Call[Count]:
        """How many tags there are, roughly."""
        return self._call(COUNT, options)

    def autocomplete(self, name: str, *, per_page: int = MAX_ROWS, **options: Unpack[CallOptions]) -> Pages[str]:
        """Tags that begin with `name`, of which two letters at least are needed."""
        query = (("name", _prefix(name)), ("per_page", str(page_size(per_page))))
        return self._pages(AUTOCOMPLETE, options, query=query)

    def autocomplete_by_body(
        self, name: str, *, per_page: int = MAX_ROWS, **options: Unpack[CallOptions]
    ) -> Pages[str]:
        """As `autocomplete`, with the beginning in the request's body, where no log of URLs shows it."""
        query = (("per_page", str(page_size(per_page))),)
        return self._pages(AUTOCOMPLETE_BY_BODY, options, query=query, body={"name": _prefix(name)})


class RecordTags(Resource):
    """The tags of one record. Reading them takes an account in which records of the kind have tags."""

    def __init__(self, caller: Caller, routes: TagRoutes) -> None:
        super().__init__(caller)
        self._routes = routes

    def list(self, record_id: RecordId, **options: Unpack[CallOptions]) -> Call[Names]:
        """The tags of a record."""
        return self._call(self._routes.list, options, **self._of(record_id))

    def set(self, record_id: RecordId, tags: Strings, **options: Unpack[CallOptions]) -> Call[Names]:
        """Replaces the tags of a record, all of them; an empty list takes them away. Gives what it has then."""
        body = {"tags": _tags(tags, empty=True)}
        return self._call(self._routes.set, options, body=body, **self._of(record_id))

    def add(self, record_id: RecordId, tags: Strings, **options: Unpack[CallOptions]) -> Call[Names]:
        """Adds tags to those that a record has; gives what it has then."""
        return self._call(self._routes.add, options, body={"tags": _tags(tags)}, **self._of(record_id))

    def remove(self, record_id: RecordId, tags: Strings, **options: Unpack[CallOptions]) -> Call[None]:
        """Takes tags from a record; those that it does not have do no harm."""
        return self._call(self._routes.remove, options, body={"tags": _tags(tags)}, **self._of(record_id))

    def _of(self, record_id: RecordId) -> dict[str, Any]:
        return {self._routes.id: record_id}


class TicketTags(RecordTags):
    """The tags of a ticket.

    Each change is an update of the ticket: triggers run, and a closed ticket refuses it with `ValidationError`. With
    `safe_update=True` it is refused as `Conflict` if the ticket has changed since `updated_stamp`, which is the
    `updated_at` that was last seen; then a lost reply raises `OutcomeUnknown`.
    """

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller, TICKETS)

    def add(
        self,
        record_id: RecordId,
        tags: Strings,
        *,
        safe_update: bool = False,
        updated_stamp: Moment | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[Names]:
        """Adds tags to those that a ticket has; gives what it has then. See the class for `safe_update`."""
        body = {"tags": _tags(tags), **_safe(safe_update, updated_stamp)}
        return self._call(_once_if(TICKETS.add, safe_update), options, body=body, ticket_id=record_id)

    def remove(
        self,
        record_id: RecordId,
        tags: Strings,
        *,
        safe_update: bool = False,
        updated_stamp: Moment | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[None]:
        """Takes tags from a ticket; those that it does not have do no harm. See the class for `safe_update`."""
        body = {"tags": _tags(tags), **_safe(safe_update, updated_stamp)}
        return self._call(_once_if(TICKETS.remove, safe_update), options, body=body, ticket_id=record_id)


def _prefix(name: object) -> str:
    if len(text("name", name)) < _SHORTEST:
        raise BadArgument(f"name must have {_SHORTEST} letters at least, not {name!r}")
    return str(name)


def _tags(tags: object, *, empty: bool = False) -> Names:
    """Several tags; a single string would be taken for its letters."""
    if not isinstance(tags, list | tuple):
        raise BadArgument(f"tags must be a list of strings, not {tags!r}")
    if not tags and not empty:
        raise BadArgument("tags is empty: there is nothing to do")
    return [text(f"tags[{i}]", tag) for i, tag in enumerate(tags)]


def _safe(safe_update: object, updated_stamp: object) -> dict[str, object]:
    safe_pair(safe_update, updated_stamp)
    # Zendesk's reference has the flag as a string here, unlike that of a ticket.
    return {"safe_update": "true", "updated_stamp": updated_stamp} if safe_update else {}


def _once_if(route: Route[T], safe_update: bool) -> Route[T]:  # noqa: FBT001 - private, and named at every call's origin
    """A safe update that went through would refuse its own repetition."""
    return attrs.evolve(route, idempotent=False) if safe_update else route
