"""A client and a simulated account that talk over real sockets, and a server that says exactly what it is told to."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import attrs

from zdasync import ApiToken, Zendesk
from zdasync.events import Event
from zdasync.simulator import Account
from zdasync.simulator.records import User

T = TypeVar("T")

ADMIN = ApiToken("admin@example.com", "token")
JSON = "application/json; charset=utf-8"


@attrs.frozen(eq=False)
class Rig:
    """An account, an open client of it, and what the client told its observer."""

    account: Account
    zd: Zendesk
    events: list[Event]

    def told(self, kind: type[Any]) -> list[Any]:
        """The events of one kind, in order."""
        return [event for event in self.events if type(event) is kind]

    @property
    def used(self) -> int:
        """What the client believes to have spent of the account's minute."""
        return self.zd.limits["account"].used

    def served(self, method: str, path: str = "") -> int:
        """How many requests of a method the server counted; `path` is how their path ends."""
        return sum(one.method == method and one.path.endswith(path) for one in self.account.log)


@asynccontextmanager
async def rig(*, auth: Any = ADMIN, client: dict[str, Any] | None = None, **account: Any) -> AsyncIterator[Rig]:
    """Serve an account with the given options to a client with those of `client`; both know the same plan."""
    served = Account(**{"plan": "enterprise", **account})
    events: list[Event] = []
    async with served.serve() as url:
        options = {"plan": account.get("plan", "enterprise"), "observer": events.append, **(client or {})}
        async with Zendesk(base_url=url, auth=auth, **options) as zd:
            yield Rig(served, zd, events)


def now() -> float:
    """The running loop's time."""
    return asyncio.get_running_loop().time()


def add_user(account: Account, email: str, **fields: Any) -> User:
    """A profile that exists from the start, with an e-mail address that is verified."""
    state, at = account.state, account.now()
    user = state.add_user(User(id=state.next_id(), name=email, created_at=at, updated_at=at, **fields))
    state.add_identity(user, "email", email, at, verified=True, primary=True)
    return user


async def gather_all(calls: Iterable[Any]) -> Counter[str]:
    """Await all calls at once; how many ended as what."""
    ended: Counter[str] = Counter()

    async def one(call: Any) -> None:
        try:
            await call
        except Exception as error:  # noqa: BLE001 - counted, whatever it is
            ended[repr(error)] += 1
        else:
            ended["ok"] += 1

    await asyncio.gather(*map(one, calls))
    return ended


def under_way(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Start the work and go on; whoever starts it awaits it or cancels it."""
    return asyncio.get_running_loop().create_task(work)


# -- a server that says what it is told -------------------------------------------------------------------------------


def reply(status: int = 200, body: bytes | str = b"{}", **headers: str) -> bytes:
    """A whole HTTP reply; underscores in the names of headers stand for hyphens."""
    content = body.encode() if isinstance(body, str) else body
    lines = {"Content-Type": JSON, "Content-Length": str(len(content))}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + content


@attrs.define(eq=False)
class Puppet:
    """Answers the n-th request with the n-th reply, whatever it asks; the last reply again and again.

    An empty reply closes the connection without a word. `requests` are the requests' heads and bodies as text.
    """

    replies: list[bytes]
    url: str = ""
    requests: list[str] = attrs.field(factory=list)
    connections: int = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._answer(reader, writer):
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((line[15:] for line in head.split("\r\n") if line.lower().startswith("content-length:")), "0")
        self.requests.append(head + (await reader.readexactly(int(length))).decode())
        said = self.replies[min(len(self.requests), len(self.replies)) - 1]
        writer.write(said)
        return bool(said)


@asynccontextmanager
async def puppet(*replies: bytes) -> AsyncIterator[Puppet]:
    """Serve the replies on loopback."""
    served = Puppet(list(replies))
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
        await served(reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    served.url = "http://{}:{}".format(*server.sockets[0].getsockname())
    try:
        yield served
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


@asynccontextmanager
async def puppet_client(*replies: bytes, auth: Any = ADMIN, **options: Any) -> AsyncIterator[tuple[Zendesk, Puppet]]:
    """A client of a puppet."""
    async with puppet(*replies) as served, Zendesk(
        base_url=served.url, auth=auth, **{"plan": "enterprise", **options}
    ) as zd:
        yield zd, served


def refusing_url() -> str:
    """An address on loopback that refuses connections: its port was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return "http://{}:{}".format(*bound.getsockname())
