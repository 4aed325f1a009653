"""A request as it came in: read from the socket, taken apart, not yet judged."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, unquote

import attrs
import msgspec
from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage

from .http import Json

_SUFFIX: Final = ".json"
_FORMS: Final = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})

UPLOADS: Final = "/api/v2/uploads"
"""Takes a file as its body, whatever its type."""

MAX_BODY: Final = 64 * 1024 * 1024
"""Bytes of a request's body; uploads may have 50 MB."""


@attrs.frozen(eq=False)
class Request:
    """`path` is raw (percent-encoded) and without `.json`; `malformed`: the body should be JSON and isn't."""

    method: str
    path: str
    raw_query: str
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    raw_body: bytes
    body: Json
    form: Mapping[str, Json] | None
    malformed: bool
    remote: str | None = None
    """The address that it came from."""

    @property
    def target(self) -> str:
        """The path with its query."""
        return f"{self.path}?{self.raw_query}" if self.raw_query else self.path


def roomy_request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: web.RequestHandler,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
) -> web.BaseRequest:
    """As aiohttp makes its requests, with room for uploads."""
    return web.BaseRequest(
        message, payload, protocol, writer, task, asyncio.get_running_loop(), client_max_size=MAX_BODY
    )


async def read(request: web.BaseRequest) -> Request:
    """Take a request off the wire; raises what aiohttp raises when the client leaves in the middle."""
    url = request.rel_url
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(url.raw_query_string, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    raw, body, form, malformed = b"", None, None, False
    path = url.raw_path.removesuffix(_SUFFIX)
    if path == UPLOADS:
        raw = await request.read()
    elif request.content_type in _FORMS:
        form = await _form(request)
    elif request.body_exists:
        raw = await request.read()
        try:
            body = msgspec.json.decode(raw) if raw else None
        except msgspec.DecodeError:
            malformed = True
    return Request(
        method=request.method,
        path=path,
        raw_query=url.raw_query_string,
        query=query,
        headers=request.headers,
        raw_body=raw,
        body=body,
        form=form,
        malformed=malformed,
        remote=request.remote,
    )


class File(bytes):
    """A file of a form: its bytes, with its name and the type that the client says it has."""

    filename: str
    content_type: str

    @classmethod
    def of(cls, content: bytes, filename: str, content_type: str) -> File:
        """The content with its name and type."""
        made = cls(content)
        made.filename, made.content_type = filename, content_type
        return made


async def _form(request: web.BaseRequest) -> dict[str, Json]:
    """The fields of a form. Names of files may be percent-encoded, as clients send what isn't ASCII."""
    fields: dict[str, Json] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            with value.file as file:
                fields[name] = File.of(file.read(), unquote(value.filename), value.content_type)
        else:
            fields[name] = value
    return fields
