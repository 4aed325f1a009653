"""From arguments to calls: what every resource does, whatever its endpoints are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from .._core.message import Request
from ..call import Call, JobCall, Pages, Preparation, read_nothing, record_reader
from ..records.codec import encode
from ._validate import Query, checked_options, record_id

if TYPE_CHECKING:
    from .._core.caller import Caller
    from .._core.route import Route
    from .._job import Name

__all__ = ["Resource"]

T = TypeVar("T")

NO_OPTIONS: Final[Mapping[str, Any]] = {}


class Resource:
    """One page of Zendesk's reference. Methods check their arguments at once and send nothing until awaited."""

    string_ids: ClassVar[bool] = False
    """Ids in paths are whole numbers, but for resources that say otherwise."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def _request(
        self,
        route: Route,
        options: Mapping[str, Any] = NO_OPTIONS,
        *,
        query: Query = (),
        body: object = None,
        fields: Mapping[str, object] | None = None,
        **ids: object,
    ) -> Request:
        """The request of a route, with its path's ids by name. `fields` are the names that a written record gives."""
        values = dict(ids)
        if not self.string_ids:
            values.update({name: record_id(name, value) for name, value in ids.items()})
        return Request(
            route=route,
            path=route.path(values),
            query=query,
            body=None if body is None else encode(body),
            values=values,
            fields=fields or {},
            **checked_options(options),
        )

    def _call(
        self, request: Request, cls: type[T], *, prepare: Preparation | None = None
    ) -> Call[T]:
        """The record under the route's key."""
        assert request.route.key is not None  # noqa: S101 - a row of this package's own table
        return Call(self._caller, request, record_reader(request.route.key, cls), prepare=prepare)

    def _nothing(self, request: Request) -> Call[None]:
        """A call whose reply has nothing to say."""
        return Call(self._caller, request, read_nothing)

    def _pages(self, request: Request, cls: type[T]) -> Pages[T]:
        """A listing, or a reply with several records."""
        return Pages(self._caller, request, cls, sideloads=any(name == "include" for name, _ in request.query))

    def _job(self, request: Request, names: Sequence[Name]) -> JobCall:
        """A background job on so many rows, each with the name by which its result can be told from the others."""
        return JobCall(self._caller, request, len(names), names)
