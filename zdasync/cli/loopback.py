"""Where a browser comes back to after a person has granted access: a listener on this machine that waits for one code.

It hears nothing but this machine, answers nothing but the one path, and believes nobody who does not know the state
that was made up for this sign-in. Source: RFC 8252, section 7.3.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import parse_qs, urlsplit

import attrs

from ..errors import BadArgument
from .status import NotGranted

HOST: Final = "127.0.0.1"
PATH: Final = "/callback"
LONGEST: Final = 16_384
"""Bytes that a request's head may have."""
PATIENCE: Final = 10.0
"""Seconds that a connection may take to ask."""

_DONE: Final = "Signed in. You can close this window and go back to the terminal."
_DENIED: Final = "Access was not granted. The terminal says more."
_STRANGER: Final = "This answer does not belong to the sign-in that waits here."
_PAGE: Final = "<!doctype html><meta charset=utf-8><title>zdasync</title><p>{}</p>"


@attrs.define(eq=False)
class Listener:
    """A listener and the code that it waits for."""

    redirect_uri: str
    expected: str = attrs.field(default="", repr=False)
    """The state that belongs to the code; nothing is believed while it is empty."""
    _code: asyncio.Future[str] = attrs.field(
        repr=False, init=False, factory=lambda: asyncio.get_running_loop().create_future()
    )

    async def code(self, seconds: float) -> str:
        """The code that the browser brings. Raises `NotGranted` when access is denied or nobody comes."""
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(self._code)
        except TimeoutError:
            raise NotGranted(f"nobody granted access within {seconds:.0f} s") from None

    def forget(self) -> None:
        """Nobody waits for the code any more."""
        if not self._code.cancel():
            self._code.exception()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        try:
            with suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ConnectionError):
                async with asyncio.timeout(PATIENCE):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(self._answer(head.split(b"\r\n", 1)[0].decode("latin-1")))
                    await writer.drain()
        finally:
            writer.close()

    def _answer(self, line: str) -> bytes:
        method, _, rest = line.partition(" ")
        target = urlsplit(rest.partition(" ")[0])
        if method != "GET" or target.path != PATH:
            return _page(404, "Nothing is here.")
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        state = query.get("state", "")
        if not self.expected or not secrets.compare_digest(state.encode(), self.expected.encode()):
            return _page(400, _STRANGER)
        if code := query.get("code"):
            if not self._code.done():
                self._code.set_result(code)
            return _page(200, _DONE)
        if not self._code.done():
            why = query.get("error_description") or query.get("error") or "no reason given"
            self._code.set_exception(NotGranted(f"access was not granted: {why}"))
        return _page(200, _DENIED)


@asynccontextmanager
async def listening(port: int) -> AsyncIterator[Listener]:
    """Listen on a port of this machine (0: a free one). Raises `BadArgument` when it is taken."""
    answering: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(listener.connected(reader, writer))
        answering.add(task)
        task.add_done_callback(answering.discard)

    try:
        server = await asyncio.start_server(connected, HOST, port, limit=LONGEST)
    except OSError as error:
        raise BadArgument(f"port {port} is not free: {error.strerror}; choose another with --port") from None
    listener = Listener(f"http://{HOST}:{server.sockets[0].getsockname()[1]}{PATH}")
    try:
        yield listener
        if answering:
            await asyncio.wait(answering, timeout=PATIENCE)
    finally:
        server.close()
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)
        listener.forget()


def _page(status: int, text: str) -> bytes:
    body = _PAGE.format(text).encode()
    head = (
        f"HTTP/1.1 {status} {'OK' if status < 400 else 'No'}\r\nContent-Type: text/html; charset=utf-8\r\n"  # noqa: PLR2004
        f"Content-Length: {len(body)}\r\nConnection: close\r\nCache-Control: no-store\r\n"
        "Referrer-Policy: no-referrer\r\n"
    )
    return f"{head}\r\n".encode() + body
