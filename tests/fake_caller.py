"""A caller that keeps what it is asked to send and answers with what it is given."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from zdasync._core.message import Request, Response
from zdasync.errors import BadArgument
from zdasync.events import Event


class FakeSlot:
    def __init__(self) -> None:
        self.released = False

    def running(self, asked: float) -> None:
        """Nobody asks for its job."""

    def release(self) -> None:
        self.released = True


class FakeJobs:
    def __init__(self) -> None:
        self.registered: list[tuple[Any, FakeSlot, str, int | None]] = []

    def register(
        self, status: Any, slot: FakeSlot, *, operation: str, rows: int | None = None, names: Any = ()
    ) -> str:
        self.registered.append((status, slot, operation, rows))
        return f"job {status.id}"


class FakeCaller:
    """Answers with `replies` in turn, the last one again and again; an exception among them is raised.

    `holding` makes every reply wait until `open` is called.
    """

    base_url = "https://acme.zendesk.com"

    def __init__(self, *replies: Any) -> None:
        self.replies: Sequence[Any] = replies or ({},)
        self.sent: list[Request] = []
        self.events: list[Event] = []
        self.slots: list[FakeSlot] = []
        self.jobs = FakeJobs()
        self.gate: asyncio.Event | None = None
        self.cancelled = 0

    async def send(self, request: Request) -> Response:
        self.sent.append(request)
        reply = self.replies[min(len(self.sent), len(self.replies)) - 1]
        if self.gate is not None and len(self.sent) > 1:
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        if isinstance(reply, Exception):
            raise reply
        body = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
        return Response(200, {}, body, 0.0, 0.0)

    async def submit(self, request: Request) -> tuple[Response, FakeSlot]:
        slot = FakeSlot()
        self.slots.append(slot)
        return await self.send(request), slot

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def jobs_wanted(self) -> bool:
        return False

    def pace(self) -> float:
        return 700.0

    @property
    def last(self) -> Request:
        return self.sent[-1]

    @property
    def body(self) -> Any:
        """The body of the last request."""
        return None if self.last.body is None else json.loads(self.last.body)


def refusal(call: Any) -> str:
    """The message with which a call is refused before anything is sent."""
    try:
        call()
    except BadArgument as error:
        return str(error)
    raise AssertionError("it was not refused")


async def check_sent(
    page: Any, call: Any, reply: Any, method: str, path: str, query: list[tuple[str, str]], body: Any
) -> None:
    """A call of a page sends nothing before it is awaited, then exactly this, and finds nothing odd in the reply."""
    caller = FakeCaller(reply)
    pending = call(page(caller))
    assert caller.sent == []
    await pending
    assert (caller.last.route.method, caller.last.path) == (method, path)
    assert list(caller.last.query) == query
    assert caller.body == body
    assert caller.events == []
