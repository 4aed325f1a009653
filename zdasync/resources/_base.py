"""From arguments to calls: what every resource does, whatever its endpoints are.

A resource's method names its row of the table, checks what only it knows, and hands the rest to one of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, cast

from .._core.message import Request
from ..call import Call, JobCall, Pages, Preparation, read_nothing, record_reader
from ..errors import BadArgument
from ..records.codec import encode
from ._validate import (
    Query,
    RowCheck,
    checked_fields,
    checked_options,
    checked_rows,
    many_query,
    page_query,
    record_id,
    split,
)

if TYPE_CHECKING:
    from .._core.caller import Caller
    from .._core.route import Route
    from .._job import Name

__all__ = ["Resource"]

T = TypeVar("T")

NO_OPTIONS: Final[Mapping[str, Any]] = {}


class Resource:
    """One page of Zendesk's reference. Methods check their arguments at once and send nothing until awaited."""

    string_ids: ClassVar[bool | frozenset[str]] = False
    """Ids in paths are whole numbers, but for resources that say otherwise, of all their ids or of some by name."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    # -- calls --------------------------------------------------------------------------------------------------------

    def _call(
        self,
        route: Route[T],
        options: Mapping[str, Any] = NO_OPTIONS,
        *,
        query: Query = (),
        body: object = None,
        fields: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        prepare: Preparation | None = None,
        **ids: Any,
    ) -> Call[T]:
        """What the route's row says: a record, a plain value, or nothing.

        `fields` are the names that a written record gives, by which limits per profile know their target.
        """
        request = self._request(route, options, query=query, body=body, fields=fields, headers=headers, **ids)
        if route.record is None:
            return cast("Call[T]", Call(self._caller, request, read_nothing, prepare=prepare))
        return Call(self._caller, request, record_reader(route.key, route.record), prepare=prepare)

    def _pages(
        self,
        route: Route[T],
        options: Mapping[str, Any] = NO_OPTIONS,
        *,
        query: Query = (),
        body: object = None,
        **ids: Any,
    ) -> Pages[T]:
        """A listing, or a reply with several records."""
        assert route.record is not None  # noqa: S101 - a row of this package's own table
        request = self._request(route, options, query=query, body=body, **ids)
        return Pages(self._caller, request, route.record, sideloads=any(name == "include" for name, _ in query))

    def _list(
        self,
        route: Route[T],
        options: Mapping[str, Any],
        page_size: int,
        cursor: str | None,
        *,
        query: Query = (),
        **ids: Any,
    ) -> Pages[T]:
        """A listing by cursor."""
        return self._pages(route, options, query=query + page_query(page_size, cursor), **ids)

    def _write(
        self,
        route: Route[T],
        fields: Mapping[str, Any],
        *,
        query: Query = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
        **ids: Any,
    ) -> Call[T]:
        """Writes the fields of one record, checked against what the row says can be written.

        `fields` hold the options of the call as well; `extra` goes beside the record into the body.
        """
        written, options = split(fields, route.writes)
        self._check(route, written)
        body = {**self._wrapped(route, written), **(extra or {})}
        return self._call(route, options, query=query, body=body, headers=headers, **ids)

    def _check(self, route: Route[Any], written: Mapping[str, Any]) -> None:
        if not written:
            raise BadArgument(f"{route.operation} got no fields to write")
        assert route.writes is not None  # noqa: S101 - a row of this package's own table
        checked_fields(written, route.writes, route.wrap or route.key or "body")

    def _wrapped(self, route: Route[Any], value: object) -> dict[str, object]:
        key = route.wrap or route.key
        assert key is not None  # noqa: S101 - a row of this package's own table
        return {key: value}

    # -- jobs ---------------------------------------------------------------------------------------------------------

    def _rows(
        self,
        route: Route[Any],
        rows: object,
        options: Mapping[str, Any] = NO_OPTIONS,
        *,
        required: Sequence[str] = (),
        name: str = "external_id",
        check: RowCheck | None = None,
        query: Query = (),
        **ids: Any,
    ) -> JobCall:
        """A job on 1 to 100 rows, each of which has at least one of the `required` fields.

        `name` is the field by which a row's result can be told from the others; `check` takes the place of the check
        against the row's typed dictionary.
        """
        assert route.writes is not None  # noqa: S101 - a row of this package's own table
        checked = checked_rows(rows, route.writes, required, check)
        request = self._request(route, options, query=query, body={route.wrap or "": checked}, **ids)
        return self._job(request, [row.get(name) for row in checked])

    def _by_ids(
        self,
        route: Route[Any],
        options: Mapping[str, Any] = NO_OPTIONS,
        ids: Sequence[Any] | None = None,
        external_ids: Sequence[str] | None = None,
        *,
        query: Query = (),
        body: object = None,
    ) -> JobCall:
        """A job on 1 to 100 records that are named by ids, or by external ids."""
        named, _ = many_query(ids, external_ids)
        ((kind, listed),) = named
        request = self._request(route, options, query=named + query, body=body)
        return self._job(request, [int(one) if kind == "ids" else one for one in listed.split(",")])

    def _job(self, request: Request, names: Sequence[Name]) -> JobCall:
        """A background job on so many rows, each with the name by which its result can be told from the others."""
        return JobCall(self._caller, request, len(names), names)

    # -- requests -----------------------------------------------------------------------------------------------------

    def _request(
        self,
        route: Route[Any],
        options: Mapping[str, Any] = NO_OPTIONS,
        *,
        query: Query = (),
        body: object = None,
        fields: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **ids: Any,
    ) -> Request:
        """The request of a route, with its path's ids by name."""
        texts = ids.keys() if self.string_ids is True else self.string_ids or ()
        values = {name: value if name in texts else record_id(name, value) for name, value in ids.items()}
        return Request(
            route=route,
            path=route.path(values),
            query=query,
            body=None if body is None else encode(body),
            headers=headers or {},
            values=values,
            fields=fields or {},
            **checked_options(options),
        )
