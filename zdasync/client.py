"""`Zendesk`: opens and closes everything, and the only place where the parts are wired together.

A client owns one session, one scheduler and one tracker of jobs. Views of it (`on_behalf_of`, `with_options`) share
them, so that every call of the process falls under the same limits.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, Self, Unpack

import attrs

from ._api import Api
from ._checks import on_behalf_of_value
from ._core.caller import Slot
from ._core.message import Priority, Receiver, Request, Response
from ._limits import Limits
from ._numbers import ceilings, checked_reserves, rows_and_numbers
from .auth import Auth, as_credentials, settle
from .call import JobCall
from .config import resolve_base_url, settings_from_env
from .engine import Engine
from .errors import AuthenticationError, BadArgument
from .events import Event, Observer
from .jobs import JobTracker
from .limits.book import Book
from .limits.estimates import Estimate
from .limits.scheduler import Scheduler
from .limits.snapshot import states
from .limits.table import Limit, Plan
from .records import Json
from .records.codec import decode_json
from .records.users import User
from .resources._validate import checked_options
from .resources.raw import raw_request
from .resources.types.common import CallOptions
from .transport import Transport

if TYPE_CHECKING:
    from .bulk.pages import Bulk
    from .coalesce import Coalesced
    from .limits.pacer import Pacer
    from .sync import Sync

VERSION: Final = "0.4.0"
Pace = Literal["burst", "even"]


@attrs.frozen(slots=False, eq=False)
class _Options:
    """What a view adds to each request."""

    headers: Mapping[str, str] = attrs.field(factory=dict)
    actor: str = ""
    priority: Priority | None = None
    group: str | None = None
    deadline: float | None = None
    timeout: float | None = None

    def applied(self, request: Request) -> Request:
        """The request with the view's header, and with its options where the call has none of its own."""
        if self is PLAIN:
            return request
        changes: dict[str, Any] = {}
        if self.headers:
            changes["headers"] = {**request.headers, **self.headers}
        for name in ("priority", "group", "deadline", "timeout"):
            if getattr(request, name) is None and (value := getattr(self, name)) is not None:
                changes[name] = value
        return attrs.evolve(request, **changes) if changes else request


PLAIN: Final = _Options()
"""The options of a client's own view."""


class _Caller:
    """Sends the requests of one view; what resources, pages and jobs know of the client."""

    def __init__(self, shared: _Shared, options: _Options) -> None:
        self._shared = shared
        self._options = options

    @property
    def base_url(self) -> str:
        return self._shared.base_url

    @property
    def jobs(self) -> JobTracker:
        return self._shared.opened.jobs

    async def send(self, request: Request) -> Response:
        options = self._options
        response, _ = await self._shared.opened.engine.perform(options.applied(request), options.actor)
        return response

    async def submit(self, request: Request) -> tuple[Response, Slot]:
        options = self._options
        return await self._shared.opened.engine.perform(options.applied(request), options.actor)

    async def exchange(self, path: str, payload: Mapping[str, object]) -> Mapping[str, object]:
        return await self._shared.opened.engine.exchange(path, payload)

    async def fetch(self, url: str, receiver: Receiver, timeout: float | None) -> Response:
        return await self._shared.opened.transport.fetch(url, receiver, timeout=timeout)

    @property
    def requests_sent(self) -> int:
        return self._shared.opened.engine.sent

    def server_time(self) -> float:
        clock = self._shared.opened.engine.book.clock
        return clock.server_time(asyncio.get_running_loop().time()) if clock.known else datetime.now(UTC).timestamp()

    def jobs_wanted(self) -> bool:
        engine = self._shared.opened.engine
        return engine.book.jobs is not None and engine.scheduler.wanted(engine.book.jobs)

    def pace(self) -> float:
        engine = self._shared.opened.engine
        return engine.book.left_to_us(engine.scheduler.now())

    def emit(self, event: Event) -> None:
        self._shared.opened.engine.emit(event)


@attrs.frozen(slots=True, eq=False)
class _Opened:
    engine: Engine
    transport: Transport
    jobs: JobTracker


@attrs.define(slots=True, eq=False)
class _Shared:
    """What all views of a client have in common."""

    base_url: str
    state: _Opened | None = None

    @property
    def opened(self) -> _Opened:
        if self.state is None:
            raise BadArgument("the client is not open: use it inside `async with Zendesk(...) as zd:`")
        return self.state


class View(Api):
    """The API as one caller sees it: one attribute for each page of Zendesk's reference."""

    def __init__(self, shared: _Shared, options: _Options) -> None:
        self._shared = shared
        self._options = options
        self._caller = _Caller(shared, options)

    @property
    def base_url(self) -> str:
        """Scheme and host of the account."""
        return self._shared.base_url

    @property
    def limits(self) -> Limits:
        """Every limit in use as it stands now: total, used, remaining, seconds to the next token, calls that wait.

        `zd.limits.estimate(call)` tells when a call would go out.
        """
        engine, options = self._shared.opened.engine, self._options

        def estimator(request: Request, calls: int) -> Estimate:
            return engine.estimate(options.applied(request), options.actor, calls)

        return Limits(states(engine.scheduler), estimator)

    @property
    def sync(self) -> Sync:
        """Copies of the account in SQLite, JSON lines or Parquet that keep up with it: see `zdasync.sync`."""
        from .sync import Sync  # noqa: PLC0415 - most clients need none

        return Sync(self._caller)

    def on_behalf_of(self, user: str | int) -> View:
        """The API as an end user (an e-mail or a user id) sees it: `X-On-Behalf-Of` on every call.

        Needs an admin's OAuth token with the `impersonate` scope; Zendesk answers 401 for a user that does not exist.
        Session and limits are shared with this client.
        """
        value = on_behalf_of_value(user)
        headers = {**self._options.headers, "X-On-Behalf-Of": value}
        return self._with(attrs.evolve(self._options, headers=headers, actor=value))

    def with_options(self, **options: Unpack[CallOptions]) -> View:
        """The same API with other defaults: `priority`, `deadline` and `timeout` (both in seconds) of each call."""
        return self._with(attrs.evolve(self._options, **checked_options(options)))

    def _with(self, options: _Options) -> View:
        return View(self._shared, options)

    def coalesce(self, *, wait: float = 0.005, merge: bool = False) -> Coalesced:
        """A view in which concurrent calls on single records go together, as requests and jobs for up to 100 of them.

        Use it with `async with`; see `zdasync.coalesce` for what is coalesced and what callers get. A call waits up to
        `wait` seconds for others, and then for as long as the limits demand anyway. `merge` allows updates of one user
        or organization that wait together to be sent as one, in which later fields win.
        """
        from .coalesce import Coalesced  # noqa: PLC0415 - most programs never need it

        return Coalesced(self._shared, self._options, wait=wait, merge=merge)

    @cached_property
    def bulk(self) -> Bulk:
        """Any number of rows into Zendesk: jobs of a hundred, a ledger that survives a crash, a report on every row."""
        from .bulk.pages import Bulk  # noqa: PLC0415 - for those who use it

        return Bulk(self)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int | bool | Iterable[str | int] | None] | None = None,
        json: Json = None,
        **options: Unpack[CallOptions],
    ) -> Json:
        """Any endpoint, under the same limits, retries and errors; gives the decoded JSON, None for an empty reply.

        `path` begins with a slash and has no query. What must not be sent twice (POST, PATCH) is not.
        """
        request = raw_request(method, path, params=params, json=json, options=checked_options(options))
        if request.route.job:
            return await JobCall(self._caller, request, None).raw()
        return decode_json((await self._caller.send(request)).body)

    async def verify_credentials(self) -> User:
        """Whose credentials are these? Gives that user, or raises `AuthenticationError`.

        Zendesk answers `users/me` with 200 and an anonymous user when credentials are missing or wrong in certain
        ways, so the status says nothing; this looks at the user.
        """
        user = await self.users.me()
        if not user.id or not user.email:
            raise AuthenticationError(
                "the credentials are not accepted: Zendesk takes this caller for an anonymous user",
                operation="verify_credentials", status=401,
            )
        return user


class Zendesk(View):
    """A client of one account.

    `subdomain` is the `acme` of acme.zendesk.com; `base_url` is for simulated accounts and proxies. `auth`: `ApiToken`,
    `OAuthToken`, `ClientCredentials`, `RefreshToken`, `Anonymous`, or an async function that gives a token. `plan`
    (`"enterprise"`; see `zdasync.PLANS`) names the account's limit; without it the first reply does, and until then
    ten requests go. `limits` caps numbers by name (`{"account": 100}`; the server may lower them further, never raise
    them) or adds rows (`Limit`). `timeout` is in seconds, for each attempt. `observer` gets the events of
    `zdasync.events`. `pace="even"` spreads requests over the minute instead of spending the window at once.
    `reserve` keeps a part of the account's
    limit for other programs: a share (`0.1`), a number of requests a minute (`50`), or either for limits by name
    (`{"incremental-exports": 2}`). `connections` is how many requests may be under way.

    Raises `BadArgument` for anything that can't be right. Use it with `async with`.
    """

    def __init__(
        self,
        subdomain: str | None = None,
        *,
        base_url: str | None = None,
        auth: Auth,
        plan: Plan | None = None,
        limits: Mapping[str, int] | Iterable[Limit] | None = None,
        timeout: float = 120.0,
        observer: Observer | None = None,
        priority: Priority = Priority.NORMAL,
        connections: int = 100,
        pace: Pace = "burst",
        reserve: float | Mapping[str, float] | None = None,
    ) -> None:
        options = checked_options({"timeout": timeout, "priority": priority})
        super().__init__(_Shared(resolve_base_url(subdomain, base_url)), PLAIN)
        self._priority: Priority = options["priority"]
        self._credentials = as_credentials(auth)
        if pace not in ("burst", "even"):
            raise BadArgument(f'pace must be "burst" or "even", not {pace!r}')
        if connections < 1:
            raise BadArgument(f"connections must be at least 1, not {connections!r}")
        self._rows, self._capacities = rows_and_numbers(plan, limits)
        self._ceilings = ceilings(limits)
        self._reserves = checked_reserves(reserve, self._rows)
        self._timeout = timeout
        self._observer = observer
        self._connections = connections
        self._pace = pace

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **options: Any) -> Self:
        """A client as the environment describes it; `options` are those of the class and win.

        ZENDESK_SUBDOMAIN or ZENDESK_BASE_URL; then ZENDESK_EMAIL and ZENDESK_API_TOKEN, or ZENDESK_OAUTH_TOKEN, or
        ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET (and ZENDESK_SCOPE); ZENDESK_PLAN if you like. Raises `BadArgument`
        that names the variable at fault.
        """
        found = settings_from_env(os.environ if environ is None else environ)
        place = {} if "subdomain" in options else {"base_url": found.base_url}
        return cls(**{**place, "auth": found.auth, "plan": found.plan, **options})

    def __repr__(self) -> str:
        return f"Zendesk(base_url={self.base_url!r}, auth={self._credentials!r})"

    async def __aenter__(self) -> Self:
        if self._shared.state is not None:
            raise BadArgument("this client is open already: open one client and share it")
        book = Book(
            self._rows, connections=self._connections, capacities=self._capacities, ceilings=self._ceilings,
            reserves=self._reserves,
        )
        scheduler = Scheduler(book, _pacer(book.pace) if self._pace == "even" else None)
        transport = Transport(
            self.base_url, connections=self._connections, timeout=self._timeout, user_agent=f"zdasync/{VERSION}"
        )
        engine = Engine(
            transport=transport, credentials=self._credentials, book=book, scheduler=scheduler,
            observer=self._observer, priority=self._priority,
        )
        jobs = JobTracker(_Caller(self._shared, PLAIN))
        engine.nudge_jobs, engine.name_jobs = jobs.nudge, jobs.name
        self._shared.state = _Opened(engine, transport, jobs)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop polling, cancel the calls that still wait, close the connections. Closing twice does no harm."""
        opened, self._shared.state = self._shared.state, None
        if opened is None:
            return
        try:
            await opened.jobs.aclose()
            await opened.engine.scheduler.aclose()
            await settle(self._credentials)
        finally:
            await asyncio.shield(opened.transport.aclose())


def _pacer(rate: Callable[[], float]) -> Pacer:
    """The import costs as much as ten modules, and most clients need none."""
    from .limits.pacer import Pacer  # noqa: PLC0415

    return Pacer(rate)
