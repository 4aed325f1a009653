"""An answer on its way out: bytes, compression, and what faults do to them."""

from __future__ import annotations

import gzip
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from hashlib import blake2b
from typing import Final

import attrs
import msgspec
from aiohttp import web

from .faults import Fault
from .http import Json, Reply
from .rejections import JSON

COMPRESS_FROM: Final = 1024
"""Bytes from which a body is compressed for a client that accepts it."""

_encode: Final = msgspec.json.Encoder().encode
_LINGER_NOT: Final = struct.pack("ii", 1, 0)


@attrs.define(eq=False)
class Answer:
    """What goes back."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    limit: str | None = None
    """Name of the limit that rejected the request."""


def answer(reply: Reply) -> Answer:
    """An endpoint's reply as bytes: JSON, unless it says otherwise itself."""
    headers = dict(reply.headers)
    if reply.empty:
        return Answer(reply.status, headers)
    if isinstance(reply.body, bytes):
        return Answer(reply.status, headers, reply.body)
    if not headers.setdefault("Content-Type", JSON).startswith("application/json") and isinstance(reply.body, str):
        return Answer(reply.status, headers, reply.body.encode())
    return Answer(reply.status, headers, _encode(reply.body))


def relink(body: Json, base_url: str, elsewhere: str) -> Json:
    """A copy of a page whose links to other pages lead to another host."""
    if not isinstance(body, dict):
        return body
    copy = dict(body)
    for name in ("next_page", "previous_page", "after_url", "before_url"):
        if isinstance(copy.get(name), str):
            copy[name] = copy[name].replace(base_url, elsewhere)
    if isinstance(copy.get("links"), Mapping):
        copy["links"] = {
            name: link.replace(base_url, elsewhere) if isinstance(link, str) else link
            for name, link in copy["links"].items()
        }
    return copy


def tag(body: bytes) -> str:
    """The weak entity tag of a body."""
    return f'W/"{blake2b(body, digest_size=16).hexdigest()}"'


def compress(answered: Answer, accepted: str) -> None:
    """Compress a body that is worth it, for a client that accepts gzip."""
    if len(answered.body) > COMPRESS_FROM and "gzip" in accepted:
        answered.body = gzip.compress(answered.body, 1, mtime=0)
        answered.headers["Content-Encoding"] = "gzip"


async def send(
    request: web.BaseRequest, answered: Answer, fault: Fault | None, pause: Callable[[float | None], Awaitable[None]]
) -> web.StreamResponse:
    """Write an answer as the fault has it; `pause` waits for so many seconds of the account's clock."""
    kind = None if fault is None else fault.kind
    if kind in ("reset_before", "reset_after"):
        reset(request)
        return web.Response()
    if fault is None or kind not in ("truncate", "stall"):
        return web.Response(status=answered.status, headers=answered.headers, body=answered.body)
    headers = answered.headers | {"Content-Length": str(len(answered.body))}
    response = web.StreamResponse(status=answered.status, headers=headers)
    await response.prepare(request)
    half = len(answered.body) // 2
    await response.write(answered.body[:half])
    if kind == "truncate":
        if request.transport is not None:
            request.transport.close()
        return response
    await pause(fault.seconds)
    await response.write(answered.body[half:])
    await response.write_eof()
    return response


def reset(request: web.BaseRequest) -> None:
    """Make the client see its connection reset; whatever the handler answers goes nowhere."""
    transport = request.transport
    if transport is not None:
        # Closing with a linger time of zero sends RST in place of FIN.
        raw: socket.socket | None = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        transport.abort()
