"""One request from its call to its outcome: admission, the wire, what the reply says, and whether to send it again.

This is the only loop of the library. Resources, pages and jobs go through it; so does the escape hatch.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Final

import msgspec

from ._core.caller import Slot
from ._core.decode import error_from, request_id, retry_after, server_time
from ._core.message import Priority, Request, Response
from ._core.retry import ATTEMPTS, decide
from ._core.route import Route
from .auth import Credentials
from .errors import (
    ApiError,
    AuthenticationError,
    DeadlineExceeded,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    ServerError,
    TooManyJobs,
    TransportError,
    UnexpectedReply,
)
from .events import Admitted, Event, Lost, Observer, ParametersIgnored, Queued, Received, Retrying, Sent, Throttled
from .limits.book import Book, Charge
from .limits.estimates import Estimate
from .limits.holding import OthersSlot
from .limits.observe import LEAST_WAIT, Listener
from .limits.scheduler import Scheduler
from .limits.ticket import Ticket
from .transport import Transport

log: Final = logging.getLogger("zdasync")

LOST_AT_THE_GATEWAY: Final = frozenset({502, 504})
"""Statuses by which a gateway says that it lost the reply of the server behind it."""

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
"""Statuses of a reply that says where to look instead."""

JITTER: Final = 0.1
"""Up to so many seconds are added to the wait after a rejection, so that a fleet does not come back as one."""


class _NoSlot:
    def running(self, asked: float) -> None:
        """Nothing is held."""

    def release(self) -> None:
        """Nothing was held."""


NO_SLOT: Final = _NoSlot()


class Engine:
    """Everything that the views of one client share."""

    def __init__(
        self,
        *,
        transport: Transport,
        credentials: Credentials,
        book: Book,
        scheduler: Scheduler,
        observer: Observer | None,
        priority: Priority = Priority.NORMAL,
    ) -> None:
        self.book = book
        self.scheduler = scheduler
        self._transport = transport
        self._credentials = credentials
        self._listener = Listener(book, None if observer is None else self.emit)
        self._observer = observer
        self._priority = priority
        self._now = asyncio.get_running_loop().time
        self.nudge_jobs: Callable[[], None] = _nothing
        """Called when a call is about to wait for a job slot."""
        self.name_jobs: Callable[[Sequence[str], Callable[[], Slot]], None] = _nothing
        """Called with the ids of the jobs that hold all slots, and with what holds one for a job of others."""
        self.sent = 0
        """Requests that went on the wire."""

    def emit(self, event: Event) -> None:
        """Hand an event to the observer; what it raises is logged."""
        if self._observer is None:
            return
        try:
            self._observer(event)
        except Exception:
            log.exception("the observer failed on %s", type(event).__name__)

    async def perform(self, request: Request, actor: str) -> tuple[Response, Slot]:
        """Send the request until it is done or given up; gives a 2xx reply and the job slot that it holds, if any.

        A request with a receiver may give a redirect: the caller sees where to, and with what.
        """
        route = request.route
        priority = self._priority if request.priority is None else request.priority
        deadline = inf if request.deadline is None else self._now() + request.deadline
        seq, attempt, renewed, lost = None, 0, False, None
        while True:
            attempt += 1
            charge, ticket = await self._admit(request, actor, priority, deadline, seq)
            seq = ticket.seq
            authorization = await self._authorize(ticket)
            sent = request if request.completed is None else await self._completed(request, ticket)
            response, slot, error = await self._attempt(sent, charge, ticket, authorization, attempt)
            if error is None:
                assert response is not None  # noqa: S101 - one of the two is there
                return response, slot
            if isinstance(error, AuthenticationError) and not renewed and self._credentials.rejected(authorization):
                renewed = True
                continue
            if isinstance(error, NotFound):
                error.__cause__ = lost  # it may be this very call that deleted the record
            await self._again_or_raise(route, error, attempt, deadline, seq)
            if isinstance(error, TransportError | ServerError):
                lost = error

    # -- one attempt --------------------------------------------------------------------------------------------------

    async def _admit(
        self, request: Request, actor: str, priority: Priority, deadline: float, seq: int | None
    ) -> tuple[Charge, Ticket]:
        """Wait for leave to send; if the route comes under other limits meanwhile, for leave under those."""
        route, book, waited = request.route, self.book, 0.0
        if route.job:
            self.nudge_jobs()
        while True:
            charge, version = book.charge(route, request.path, request.fields, actor), book.version
            try:
                ticket = await self.scheduler.admit(
                    charge, priority=priority, caller=request.group or "", deadline=deadline, seq=seq,
                    on_wait=None if self._observer is None else self._on_wait(request, priority),
                )
            except DeadlineExceeded as error:
                error.operation = route.operation
                raise
            if version == book.version or book.current(charge, route):
                break
            seq, waited = ticket.seq, waited + ticket.waited
            ticket.give_back()
        ticket.waited += waited
        if self._observer is not None:
            self.emit(Admitted(route.operation, ticket.waited, ticket.limit, call=ticket.seq))
        return charge, ticket

    def estimate(self, request: Request, actor: str, calls: int) -> Estimate:
        """When would the last of so many such requests go out? If it names no target, each is of another one."""
        charge = self.book.charge(request.route, request.path, request.fields, actor)
        named = tuple(bucket for bucket in charge.keyed if bucket.name.partition("@")[0])
        self.scheduler.retire(charge.keyed)
        charge = charge._replace(keyed=named)
        priority = self._priority if request.priority is None else request.priority
        return self.scheduler.estimate(charge, priority=priority, calls=calls)

    def _on_wait(self, request: Request, priority: Priority) -> Callable[[str | None, int], None]:
        route, group = request.route, request.group or ""
        return lambda limit, call: self.emit(Queued(route.operation, limit, priority, group, call=call))

    async def _authorize(self, ticket: Ticket) -> str:
        try:
            return await self._credentials.authorization(self.exchange, self._now())
        except BaseException:
            ticket.give_back()
            raise

    async def _completed(self, request: Request, ticket: Ticket) -> Request:
        assert request.completed is not None  # noqa: S101 - whoever calls has looked
        try:
            return await request.completed(request)
        except BaseException:
            ticket.give_back()
            raise

    async def _attempt(
        self, request: Request, charge: Charge, ticket: Ticket, authorization: str, attempt: int
    ) -> tuple[Response | None, Slot, ApiError | TransportError | None]:
        self.sent += 1
        if self._observer is not None:
            self.emit(Sent(request.route.operation, attempt, call=ticket.seq))
        sent_at = self._now()
        try:
            response = await self._transport.send(request, {"Authorization": authorization} if authorization else {})
        except TransportError as error:
            if error.sent:
                ticket.lost()
            else:
                ticket.give_back()
            error.operation = request.route.operation
            self._lost(request.route, ticket, error, sent_at, attempt)
            return None, NO_SLOT, error
        except BaseException as error:
            ticket.lost()
            self._lost(request.route, ticket, error, sent_at, attempt)
            raise
        return self._hear(request, charge, ticket, response, attempt)

    def _hear(
        self, request: Request, charge: Charge, ticket: Ticket, response: Response, attempt: int
    ) -> tuple[Response | None, Slot, ApiError | None]:
        route, headers, status = request.route, response.headers, response.status
        date = server_time(headers)
        good = 200 <= status < 300  # noqa: PLR2004
        self._listener.hear_time(date, response.sent_at, response.received_at)
        if good and charge.names:
            self.scheduler.learn(charge.names, response.body)
        slot: Slot = self._slot(ticket) if good and route.job else NO_SLOT
        error = error_from(response, route.operation, request) if status >= 400 else None  # noqa: PLR2004

        def heed() -> None:
            self._listener.hear(charge, route, headers, date, response.received_at)
            if isinstance(error, RateLimited):
                self._throttled(charge, route, response, date, error, ticket.seq)
            elif good:
                self.book.passed(route, response.received_at)

        self._tell(route, response, attempt, ticket.seq)
        ticket.settle(date, heed, rejected=isinstance(error, RateLimited))
        done = good or (request.receiver is not None and status in REDIRECTS)
        if not done and error is None:
            raise _redirect(route.operation, status)
        return (response if done else None), slot, error

    def _slot(self, ticket: Ticket) -> Slot:
        jobs = self.book.jobs
        return NO_SLOT if jobs is None else ticket.keep(jobs)

    def _throttled(
        self, charge: Charge, route: Route, response: Response, date: float | None, error: RateLimited, call: int
    ) -> None:
        wait = retry_after(response.headers, self.book.clock.server_time(response.received_at))
        blame = self._listener.rejected(
            charge, route, response.headers, date, response.received_at,
            wait=wait, jobs=isinstance(error, TooManyJobs), jitter=random.random() * JITTER,  # noqa: S311
        )
        error.limit, error.wait = blame.limit, blame.wait
        if isinstance(error, TooManyJobs) and (jobs := self.book.jobs) is not None and error.current_job_ids:
            self.name_jobs(error.current_job_ids, lambda: OthersSlot(self.scheduler, jobs))
            jobs.full()  # which of its jobs have ended is known only now
        self.emit(Throttled(route.operation, blame.limit, blame.wait, error.status, call=call))

    def _lost(self, route: Route, ticket: Ticket, error: BaseException, sent_at: float, attempt: int) -> None:
        if self._observer is not None:
            name, seconds = type(error).__name__, self._now() - sent_at
            self.emit(Lost(route.operation, name, seconds, attempt, method=route.method, call=ticket.seq))

    def _tell(self, route: Route, response: Response, attempt: int, call: int) -> None:
        if self._observer is None:
            return
        headers = response.headers
        seconds = response.received_at - response.sent_at
        self.emit(Received(
            route.operation, response.status, seconds, attempt, request_id(headers), method=route.method, call=call
        ))
        if warning := headers.get("X-Zendesk-API-Warn"):
            self.emit(ParametersIgnored(route.operation, warning, call=call))

    # -- what then ----------------------------------------------------------------------------------------------------

    async def _again_or_raise(
        self, route: Route, error: ApiError | TransportError, attempt: int, deadline: float, call: int
    ) -> None:
        decision = decide(route, error, attempt, random.random())  # noqa: S311
        lost = isinstance(error, ServerError) and error.status in LOST_AT_THE_GATEWAY and not route.repeatable
        if decision.verdict == "unknown" or (decision.verdict == "give up" and lost):
            raise OutcomeUnknown(
                "its reply was lost: it may or may not have been carried out; look before you send it again",
                operation=route.operation,
            ) from error
        if decision.verdict == "give up" or self._transport.closed:
            raise error
        self.emit(Retrying(route.operation, attempt, decision.delay, decision.reason, call=call))
        if decision.delay:
            if self._now() + decision.delay > deadline:
                raise DeadlineExceeded(
                    f"the next attempt could only go out {decision.delay:.1f} s from now, after the deadline",
                    wait=decision.delay, operation=route.operation,
                ) from error
            await asyncio.sleep(decision.delay)

    # -- outside of the limits ----------------------------------------------------------------------------------------

    async def exchange(self, path: str, payload: Mapping[str, object]) -> Mapping[str, object]:
        """POST JSON without credentials, for tokens; no limit of the API counts it."""
        route = Route("oauth.exchange", "POST", path)
        request = Request(route=route, path=path, body=msgspec.json.encode(payload))
        attempt = 0
        while True:
            attempt += 1
            error: ApiError | TransportError
            try:
                response = await self._transport.send(request, {})
            except TransportError as failure:
                failure.operation, error = route.operation, failure
            else:
                if response.status < 400:  # noqa: PLR2004
                    return _granted(response)
                error = _refused(response)
            decision = decide(route, error, attempt, random.random())  # noqa: S311
            if decision.verdict != "again" or attempt >= ATTEMPTS or self._transport.closed:
                raise error
            self.emit(Retrying(route.operation, attempt, decision.delay, decision.reason))
            wait = error.retry_after if isinstance(error, RateLimited) else None
            await asyncio.sleep(max(decision.delay, LEAST_WAIT if wait is None else wait))


def _redirect(operation: str, status: int) -> UnexpectedReply:
    return UnexpectedReply(
        f"the server answered {status}; redirects are not followed, since the credentials would follow them",
        operation=operation, status=status,
    )


def _granted(response: Response) -> Mapping[str, object]:
    if response.status >= 300:  # noqa: PLR2004
        raise _redirect("oauth.exchange", response.status)
    try:
        reply = msgspec.json.decode(response.body)
    except msgspec.DecodeError:
        reply = None
    if not isinstance(reply, dict):
        raise UnexpectedReply("the token endpoint did not answer with JSON", operation="oauth.exchange")
    return reply


def _refused(response: Response) -> ApiError:
    error = error_from(response, "oauth.exchange")
    if response.status not in (400, 401):
        return error
    return AuthenticationError(
        error.message, operation=error.operation, status=error.status, code=error.code, request_id=error.request_id
    )


def _nothing(*_: object) -> None:
    pass


