"""A client and a simulated account, connected by real sockets in virtual time.

The account is in its strict mode: a request that no real client should send is answered with 500.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import attrs
import pytest
from aiohttp import web

from zdasync import ApiToken, OAuthToken, Zendesk
from zdasync.auth import Auth
from zdasync.events import Event, SchemaDrift
from zdasync.simulator import ADMIN_ID, Account, Settings
from zdasync.simulator.tokens import find_client, issue

ADMIN = ApiToken("admin@example.com", "token")
AGENT = ApiToken("agent@example.com", "token")

T = TypeVar("T")
E = TypeVar("E", bound=Exception)


@attrs.frozen
class Stage:
    """An account, its admin's client, and everything that the client's observer was told."""

    account: Account
    zd: Zendesk
    events: list[Event]
    _open: Callable[[Auth], Awaitable[Zendesk]]

    async def client(self, auth: Auth) -> Zendesk:
        """Another client of the same account."""
        return await self._open(auth)

    async def bearer(self, *scopes: str, user_id: int = ADMIN_ID) -> Zendesk:
        """A client with a token of these scopes."""
        return await self.client(OAuthToken(self.token(*scopes, user_id=user_id)))

    def token(self, *scopes: str, user_id: int = ADMIN_ID) -> str:
        state = self.account.state
        owner = find_client(state, "client")
        assert owner is not None
        return issue(state, self.account.now(), client=owner, user_id=user_id, scopes=scopes).value

    def forget(self) -> None:
        """Forget the requests and events so far."""
        self.account.log.clear()
        self.events.clear()

    @property
    def sent(self) -> list[str]:
        """The requests that reached the account, as `METHOD path`."""
        return [f"{one.method} {one.path}" for one in self.account.log]

    @property
    def statuses(self) -> list[int]:
        return [one.status for one in self.account.log]

    @property
    def queries(self) -> list[list[tuple[str, str]]]:
        return [parse_qsl(one.query) for one in self.account.log]

    @property
    def drifts(self) -> list[SchemaDrift]:
        return [event for event in self.events if isinstance(event, SchemaDrift)]

    def user(self, user_id: int) -> Any:
        """The profile as the account stores it."""
        return self.account.state.users[user_id]


async def until(kind: type[E], records: AsyncIterable[T]) -> tuple[list[T], E]:
    """What a listing gives before it ends with an error of this kind, and the error."""
    found = []
    try:
        async for record in records:
            found.append(record)  # a comprehension would lose them
    except kind as error:
        return found, error
    raise AssertionError("it came to its end")


Start = Callable[..., Awaitable[Stage]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Opens a stage; `auth` is the client's, `settings` the account's by name, the rest goes to the account."""
    async with AsyncExitStack() as stack:

        async def begin(*, auth: Auth = ADMIN, settings: Mapping[str, Any] | None = None, **options: Any) -> Stage:
            account = Account(settings=Settings(**(settings or {})), **{"strict": True, **options})
            url = await stack.enter_async_context(account.serve())
            events: list[Event] = []

            async def client(credentials: Auth) -> Zendesk:
                return await stack.enter_async_context(
                    Zendesk(base_url=url, auth=credentials, plan="enterprise", observer=events.append)
                )

            return Stage(account, await client(auth), events, client)

        yield begin


@attrs.frozen
class Script:
    """A server that answers with what it is given, in turn, the last reply again and again."""

    url: str
    zd: Zendesk
    events: list[Event]
    requests: list[web.BaseRequest]

    @property
    def drifts(self) -> list[SchemaDrift]:
        return [event for event in self.events if isinstance(event, SchemaDrift)]


@pytest.fixture
async def script() -> AsyncIterator[Callable[..., Awaitable[Script]]]:
    """Opens a scripted server with a client: for replies that the simulated account never gives."""
    async with AsyncExitStack() as stack:

        async def begin(*replies: Any) -> Script:
            requests: list[web.BaseRequest] = []
            url = await serve(stack, replies, requests)
            events: list[Event] = []
            zd = Zendesk(base_url=url, auth=ADMIN, plan="enterprise", observer=events.append)
            return Script(url, await stack.enter_async_context(zd), events, requests)

        yield begin


async def serve(stack: AsyncExitStack, replies: Sequence[Any], requests: list[web.BaseRequest]) -> str:
    """Serve JSON replies on a free port until the stack unwinds; gives the base URL."""

    async def handle(request: web.BaseRequest) -> web.Response:
        await request.read()
        requests.append(request)
        reply = replies[min(len(requests), len(replies)) - 1]
        return web.Response(body=json.dumps(reply).encode(), content_type="application/json")

    runner = web.ServerRunner(web.Server(handle, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return str(site.name)
