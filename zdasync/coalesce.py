"""`zd.coalesce()`: many small calls that are awaited at the same time become few requests.

Inside it, concurrent calls of `users.show`, `organizations.show` and `tickets.show` go as requests for up to 100
records. Concurrent calls of `users.create`, `users.create_or_update`, `users.update`, `organizations.create`,
`organizations.update`, `tickets.create` and `tickets.update` go as jobs on up to 100 rows, which none of the limits on
single writes holds back, each followed by one request for the records that it wrote. Every other call goes as it is,
and so do calls with `include=` and `tickets.create` with an `idempotency_key`.

Each caller gets its own record, its own error and its own cancellation, as from a call of its own, with these
differences:

- A write takes as long as a job does, some seconds, and always goes as a job, also when it is alone. A job of
  `users.create` or `users.create_or_update` needs bulk imports, which Zendesk's support enables: until then it raises
  `PermissionDenied`.
- A row that is refused raises `ValidationError` with the code and the text of its result, and without `fields`, since
  results name none. It raises `NotFound` where there is no such record, `Conflict` after another update
  (`UpdateConflict`), and `PartialFailure` with that one result where its code says neither.
- What goes wrong with a whole request or job is raised for each of its callers: `JobFailed`, `JobLost`,
  `OutcomeUnknown` and all others. A note of the error names the request. Where a record was written and then could not
  be read, it is a `PartialFailure` whose `failed` is empty and whose `results` tell the record's id.
- `tickets.create` makes no use of idempotency keys, as jobs take none: a lost reply raises `OutcomeUnknown`, and a call
  that is awaited a second time is refused.
- A call whose row was submitted goes on when its caller is cancelled, as the job can't be stopped.

Calls go together when they have the same options (`priority`, `group`, `deadline`, `timeout`) and the same view. A
deadline is the caller's: when a batch can't go in time, those raise `DeadlineExceeded` whose own deadline is too early,
and the others go with another batch.

Writes of one record (by its id, e-mail address or external id) keep their order: the second one is sent when the first
one has ended and its record has been read. With `merge=True`, updates of one user or organization that wait together
are sent as one, later fields win, and all callers get the same record. It is the caller who knows that nothing needs to
happen in between. Of one record that is asked for twice at once there is one request; an answer that is on its way
already is not used for a call that was made after it was asked for.

Sources: the pages Users, Organizations and Tickets of https://developer.zendesk.com/api-reference/ticketing/
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from math import isfinite
from types import TracebackType
from typing import TYPE_CHECKING, Final, Unpack

from ._coalesce.gathering import Coalescer
from ._coalesce.kinds import KINDS, Kind, asked
from .client import View, _Caller
from .errors import BadArgument
from .resources._validate import flag
from .resources.tickets import Tickets

if TYPE_CHECKING:
    from ._core.caller import Caller, Slot
    from ._core.message import Receiver, Request, Response
    from .call import Call
    from .client import _Options, _Shared
    from .records.tickets import Ticket
    from .resources.types.tickets import NewTicketFields

__all__ = ["Coalesced"]

NOTHING: Final[Mapping[str, Kind]] = {}


class Coalesced:
    """What `zd.coalesce()` gives: `async with` it for a view whose calls are coalesced.

    Leaving it sends what still waits, and ends when all that somebody awaits has come. When an error leaves it, what
    waits is cancelled. Calls of the view raise `BadArgument` from then on.
    """

    def __init__(self, shared: _Shared, options: _Options, *, wait: float, merge: bool) -> None:
        if not _seconds(wait):
            raise BadArgument(f"wait must be a number of seconds, such as 0.005, not {wait!r}")
        flag("merge", merge)
        self._shared = shared
        self._options = options
        self._wait = wait
        self._merge = merge
        self._coalescer: Coalescer | None = None

    async def __aenter__(self) -> View:
        if self._coalescer is not None:
            raise BadArgument("a coalesced view is entered once: call zd.coalesce() again")
        self._coalescer = Coalescer(self._wait, merge=self._merge)
        return _View(self._shared, self._options, self._coalescer)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._coalescer is not None  # noqa: S101 - it has been entered
        await (self._coalescer.close() if kind is None else self._coalescer.abort())


def _seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0


class _View(View):
    """A view whose calls are coalesced, with those of all views that are made of it."""

    def __init__(self, shared: _Shared, options: _Options, coalescer: Coalescer) -> None:
        super().__init__(shared, options)
        self._coalescer = coalescer
        single = self._caller
        self._caller = _CoalescingCaller(shared, options, coalescer, single, KINDS)
        self.tickets = _Tickets(self._caller, _CoalescingCaller(shared, options, coalescer, single, NOTHING))

    def _with(self, options: _Options) -> View:
        return _View(self._shared, options, self._coalescer)


class _Tickets(Tickets):
    """Tickets, of which one that is created with a key of the program's own goes alone: a job takes no key."""

    def __init__(self, caller: Caller, alone: Caller) -> None:
        super().__init__(caller)
        self._alone = Tickets(alone)

    def create(self, *, idempotency_key: str | None = None, **fields: Unpack[NewTicketFields]) -> Call[Ticket]:
        if idempotency_key is None:
            return super().create(**fields)
        return self._alone.create(idempotency_key=idempotency_key, **fields)


class _CoalescingCaller(_Caller):
    """Sends the requests of one view: those of the given kinds with others, all others as they are."""

    def __init__(
        self, shared: _Shared, options: _Options, coalescer: Coalescer, single: Caller, kinds: Mapping[str, Kind]
    ) -> None:
        super().__init__(shared, options)
        self._coalescer = coalescer
        self._single = single
        self._kinds = kinds

    async def send(self, request: Request) -> Response:
        self._coalescer.check_open()
        if (kind := self._kinds.get(request.route.operation)) is not None:
            applied = self._options.applied(request)
            if (ask := asked(kind, applied, request.headers)) is not None:
                return await self._coalescer.ask(ask, self._key(applied), self._single)
        return await super().send(request)

    async def submit(self, request: Request) -> tuple[Response, Slot]:
        self._coalescer.check_open()
        return await super().submit(request)

    async def fetch(self, url: str, receiver: Receiver, timeout: float | None) -> Response:
        self._coalescer.check_open()
        return await super().fetch(url, receiver, timeout)

    def _key(self, applied: Request) -> Hashable:
        """What calls have in common that can go together."""
        view = self._options.actor, frozenset(self._options.headers.items())
        return view, applied.priority, applied.group, applied.deadline, applied.timeout
