"""A route is one operation of Zendesk's reference as a row of data.

Everything that differs between two endpoints stands in their rows: resources build requests from them and check what
is written against them, the simulated account and the coverage table read them, and the limits find themselves by
method and path (see `zdasync.limits.table`). There is no `if path ==` anywhere else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Generic, Literal
from urllib.parse import quote

import attrs

from ..errors import BadArgument
from .cursor import OFFSET, Reach

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    T_co = TypeVar("T_co", covariant=True, default=None)
else:
    from typing import TypeVar

    T_co = TypeVar("T_co", covariant=True)

Paging = Literal["none", "cursor", "offset", "after_url", "time_export", "cursor_export"]

EXPORTS: Final = frozenset({"time_export", "cursor_export"})
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_PARAM: Final = re.compile(r"\{(\w+)\}")


@attrs.frozen(slots=True, eq=False)
class Route(Generic[T_co]):
    """One operation: what to send, what the reply gives and where it stands, and whether it may be sent twice."""

    operation: str
    """The method that reaches it, as a caller writes it: `users.show`."""
    method: str
    template: str
    """The path from the root, with its parameters in braces: `/api/v2/users/{user_id}`."""
    key: str | None = None
    """The envelope's key: `user` for `{"user": {...}}`; None when the reply has no envelope or no body."""
    record: type[T_co] | None = None
    """What one record of the reply is read as: a record's class, or a plain type. None: the reply says nothing."""
    paging: Paging = attrs.field(default="none", kw_only=True)
    """`cursor`: pages by `page[after]`; `offset`: by `next_page` only; `after_url`: by a cursor beside the records.

    `time_export` and `cursor_export`: incremental exports, see `zdasync._core.seam`.
    """
    reach: Reach = attrs.field(default=OFFSET, kw_only=True)
    """How far its offset pages go."""
    cursor_life: float | None = attrs.field(default=None, kw_only=True)
    """Seconds after which a cursor of its pages is refused; None: never, as far as known."""
    writes: type[Any] | None = attrs.field(default=None, kw_only=True)
    """The typed dictionary of what can be written."""
    wrap: str | None = attrs.field(default=None, kw_only=True)
    """The key of what is written in the request's body; None: that of the reply."""
    idempotent: bool | None = attrs.field(default=None, kw_only=True)
    """May it be sent again when its outcome is unknown? None: as the HTTP method says."""
    secret: bool = attrs.field(default=False, kw_only=True)
    """Its reply holds a secret: no error may quote it."""
    job: bool = attrs.field(default=False, kw_only=True)
    """It answers with a job status and takes one of the account's job slots."""

    @property
    def repeatable(self) -> bool:
        return self.method in SAFE_METHODS if self.idempotent is None else self.idempotent

    def path(self, values: dict[str, object]) -> str:
        """The path with its parameters filled in; raises `BadArgument` for a value that is no id."""
        if not values:
            return self.template
        return _PARAM.sub(lambda match: _segment(match[1], values[match[1]]), self.template)


def _segment(name: str, value: object) -> str:
    """An id as a path segment: an int, or a short string without anything that could change the path."""
    if type(value) is int and value >= 0:
        return str(value)
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_\-]{1,128}", value):
        return quote(value, safe="")
    raise BadArgument(
        f"{name} must be an id (a whole number, or a string of letters, digits, '-' and '_'), not {value!r}"
    )
