"""What happens to a request at the simulated account, from the socket to the socket.

The order is that of a Rails application behind an edge: the limits of the whole product are charged, credentials are
checked, the endpoint's own limits are charged, a scripted fault may strike, the endpoint runs. All of it is one step
without awaiting, after the latency before the commit and ahead of the one after it, so that the account's clock is
one value for the window, the data and the `Date` of a reply.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import attrs
from aiohttp import web

from ..limits.table import JOBS, Limit
from .auth import authenticate
from .faults import Fault
from .headers import common_headers, own_header, rate_headers
from .http import Actor, Call, Refusal, Reply
from .matching import target_of
from .refusals import no_endpoint
from .rejections import FORMS, natural, retry_after
from .request import Request, read
from .routing import Match, Router
from .strict import Rules
from .throttle import Key, Standing, targets
from .wire import Answer, answer, compress, relink, send, tag

if TYPE_CHECKING:
    from .account import Account

ANYBODY: Final = Actor(user=None)


@attrs.frozen
class Served:
    """One served request. `time` in unix seconds, `actor` a user id, `limit` what rejected it, `fault` what struck."""

    time: float
    method: str
    path: str
    query: str
    status: int
    actor: int | None
    limit: str | None
    fault: str | None


class _Rejected(Exception):
    """A limit was exceeded."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing


@attrs.define(eq=False)
class _Visit:
    """What is known of a request while it is worked on."""

    request: Request
    match: Match | None
    now: float
    actor: Actor = ANYBODY
    standings: list[Standing] = attrs.field(factory=list)
    fault: Fault | None = None

    @property
    def path(self) -> str:
        return self.request.path


class Server:
    """Handles the requests of one account."""

    def __init__(self, account: Account, router: Router) -> None:
        self._account = account
        self._router = router
        self._rules = Rules()
        self._rows: dict[tuple[str, str], tuple[list[Limit], list[Limit]]] = {}

    def limits_changed(self) -> None:
        """Forget which limits a route falls under."""
        self._rows.clear()

    async def handle(self, web_request: web.BaseRequest) -> web.StreamResponse:
        """Serve one request."""
        account = self._account
        request = await read(web_request)
        await account.delay("before")
        match = account.canned.find(request.method, request.path) or self._router.find(request.method, request.path)
        visit = _Visit(request, match, account.now())
        answered = self._judge(visit)
        if answered is None and visit.fault is not None and visit.fault.kind == "slow_before":
            await account.pause(visit.fault.seconds)
            visit.now = account.now()
        if answered is None:
            answered = self._carry_out(visit)
        self._finish(visit, answered)
        await account.delay("after")
        if visit.fault is not None and visit.fault.kind == "slow":
            await account.pause(visit.fault.seconds)
        return await send(web_request, answered, visit.fault, account.pause)

    # --- before the endpoint

    def _judge(self, visit: _Visit) -> Answer | None:
        """Charge, authenticate and strike; an answer when the request ends here."""
        account, request = self._account, visit.request
        broken = self._rules.broken(request, account.host, known=visit.match is not None and visit.match.own)
        if broken is not None and account.note_violation(broken):
            return _violation(broken)
        shared, own = self._limits(visit)
        try:
            if account.settings.endpoint_reject_costs_account:
                self._charge(visit, shared, ((),))
            visit.actor = authenticate(account, request.method, request.path, request.headers, visit.now)
            for row in own:
                self._charge(visit, (row,), self._keys(row, visit))
            if not account.settings.endpoint_reject_costs_account:
                self._charge(visit, shared, ((),))
        except _Rejected as rejected:
            return self._rejection(visit, rejected.standing)
        except Refusal as refusal:
            return answer(refusal.reply)
        visit.fault = account.faults.strike(request.method, request.path)
        if visit.fault is not None and visit.fault.answers:
            edge = visit.fault.reply(visit.now, request.target)
            return Answer(edge.status, edge.headers, edge.body)
        return Answer(0, {}) if visit.fault is not None and visit.fault.kind == "reset_before" else None

    def _limits(self, visit: _Visit) -> tuple[list[Limit], list[Limit]]:
        """The limits of the product and of the endpoint that a request falls under."""
        method = visit.request.method
        path = visit.match.template if visit.match is not None else visit.path
        rows = self._rows.get((method, path))
        if rows is None:
            counted = (row for row in self._account.throttle.rows if row.interval is not None)
            covering = [row for row in counted if row.covers(method, path)]
            rows = (
                [row for row in covering if row.service],
                [row for row in covering if not row.service],
            )
            if visit.match is not None and visit.match.own:
                self._rows[method, path] = rows
        return rows

    def _charge(self, visit: _Visit, rows: Iterable[Limit], keys: Iterable[Key]) -> None:
        throttle = self._account.throttle
        for row in rows:
            for key in keys:
                standing = throttle.charge(row, key, visit.now)
                if not throttle.is_hidden(row):
                    visit.standings.append(standing)
                if standing.exceeded:
                    raise _Rejected(standing)

    def _keys(self, row: Limit, visit: _Visit) -> Sequence[Key]:
        """What a request counts against under a limit; several for a profile that has several names."""
        request, agent = visit.request, None if visit.actor.user is None else visit.actor.user.id
        match row.key:
            case "account":
                return ((),)
            case "profile":
                return target_of(self._account, self._call(visit)) or targets(row, request.method, request.path)
            case "agent":
                return (agent,)
            case "agent+ip":
                return ((agent, request.remote),)
            case "ticket+agent" | "view+agent":
                return tuple((target, agent) for target in targets(row, request.method, request.path) or ("",))
            case "organization" | "custom_object" | "upload":
                return targets(row, request.method, request.path) or ("",)

    def _rejection(self, visit: _Visit, standing: Standing) -> Answer:
        settings = self._account.settings
        self._account.throttle.reject(standing.row)
        form = natural(standing.row.name) if settings.body_429 == "natural" else settings.body_429
        content_type, body = FORMS[form]
        headers = {"Content-Type": content_type} | retry_after(settings.retry_after, standing.resets, visit.now)
        if form == "edge":
            # The edge knows nothing of the application's limits.
            visit.standings.clear()
        return Answer(429, headers, body, standing.row.name)

    # --- the endpoint

    def _carry_out(self, visit: _Visit) -> Answer:
        account = self._account
        if visit.match is None:
            return answer(no_endpoint().reply)
        if visit.request.malformed:
            return answer(Reply(account.settings.malformed_json_status, dict(account.settings.malformed_json_body)))
        call = self._call(visit)
        names = target_of(account, call) if any(s.row.key == "profile" for s in visit.standings) else ()
        try:
            reply = visit.match.endpoint(account, call)
        except Refusal as refusal:
            reply = refusal.reply
        self._follow(names, call)
        return self._dress(visit, reply)

    def _follow(self, names: Sequence[str], call: Call) -> None:
        """Move the counts of a profile that has got its id to that id."""
        if not names or (len(names) == 1 and names[0].isdigit()):
            return
        now_named = target_of(self._account, call)
        if len(now_named) == 1:
            for name in names:
                self._account.throttle.move("profile", name, now_named[0])

    def _dress(self, visit: _Visit, reply: Reply) -> Answer:
        account, fault = self._account, visit.fault
        body = reply.body
        if fault is not None and fault.kind == "next_link":
            reply = attrs.evolve(reply, body=relink(body, account.url, fault.location))
        if fault is not None and fault.kind == "error_after":
            edge = fault.reply(visit.now, visit.request.target)
            return Answer(edge.status, edge.headers, edge.body)
        answered = answer(reply)
        if isinstance(body, dict):
            answered.headers |= self._jobs(visit, answered, body)
        if fault is not None and fault.kind == "empty":
            answered.body = b""
        if visit.request.method == "GET" and reply.status == 200:  # noqa: PLR2004  # HTTP's OK
            answered.headers["ETag"] = tag(answered.body)
        return answered

    def _jobs(self, visit: _Visit, answered: Answer, body: dict[str, object]) -> dict[str, str]:
        """The header of the limit on jobs, on replies that start one or refuse to."""
        account = self._account
        refused = body.get("error") == "TooManyJobs"
        if not refused and ("job_status" not in body or visit.request.method == "GET"):
            return {}
        cap, running = account.settings.job_cap, len(account.state.jobs.in_flight())
        account.throttle.worst[JOBS] = max(account.throttle.worst[JOBS], running)
        if refused:
            account.throttle.rejections[JOBS] += 1
            answered.limit = JOBS
        return own_header(JOBS, cap, max(0, cap - running), 60, account.header_family)

    def _call(self, visit: _Visit) -> Call:
        request = visit.request
        return Call(
            method=request.method,
            path=request.path,
            values={} if visit.match is None else visit.match.values,
            query=request.query,
            headers=request.headers,
            body=request.body,
            form=request.form,
            actor=visit.actor,
            now=visit.now,
            base_url=self._account.url,
            content=request.raw_body,
        )

    # --- after it

    def _finish(self, visit: _Visit, answered: Answer) -> None:
        """Headers, compression, the log."""
        account, request, fault = self._account, visit.request, visit.fault
        skew = fault.seconds or 0.0 if fault is not None and fault.kind == "skew" else 0.0
        own = answered.headers
        answered.headers = common_headers(account.requests, visit.now + account.skew + skew)
        answered.headers |= rate_headers(
            request.path,
            visit.standings,
            family=account.header_family,
            shows=lambda row: account.throttle.shows(row, account.settings.header_pair_shown),
        )
        answered.headers |= own
        compress(answered, request.headers.get("Accept-Encoding", ""))
        repeated = self._rules.repeated(request, answered.status)
        if repeated is not None and account.note_violation(repeated):
            answered.status, answered.headers["Content-Type"] = 500, "text/plain; charset=utf-8"
            answered.headers.pop("Content-Encoding", None)
            answered.body = repeated.encode()
        actor = visit.actor.user
        account.record(Served(
            visit.now, request.method, request.path, request.raw_query, answered.status,
            None if actor is None else actor.id, answered.limit, None if fault is None else fault.kind,
        ))


def _violation(text: str) -> Answer:
    return Answer(500, {"Content-Type": "text/plain; charset=utf-8"}, text.encode())
