"""Reads a picture, from wherever the caller has it, without holding up the event loop."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import AsyncIterable
from os import PathLike, fspath
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO, Final

from .._core.message import Upload
from ..errors import BadArgument

if TYPE_CHECKING:
    from .types.common import Photo

__all__ = ["photo_upload"]

FIELD: Final = "user[photo][uploaded_data]"
_SIGNATURES: Final = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif", b"RIFF": "webp", b"BM": "bmp"}


async def photo_upload(photo: Photo, filename: str | None, content_type: str | None) -> Upload:
    """The upload of a picture; raises `BadArgument` when there is nothing to read or it gives no bytes."""
    content = await _content(photo)
    if not content:
        raise BadArgument("the photo is empty; a stream that was read before has to be rewound")
    name = filename or _name(photo) or f"photo.{_extension(content)}"
    if not name.isprintable() or '"' in name:
        raise BadArgument(f"filename {name!r} can't go into a header: pass another one as filename=")
    kind = content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Upload(field=FIELD, filename=name, content_type=kind, content=content)


async def _content(photo: Photo) -> bytes:
    if isinstance(photo, bytes | bytearray | memoryview):
        return bytes(photo)
    if isinstance(photo, str | PathLike):
        return await asyncio.to_thread(_read_file, fspath(photo))
    if isinstance(photo, AsyncIterable):
        return b"".join([_bytes(chunk) async for chunk in photo])
    if hasattr(photo, "read"):
        return await asyncio.to_thread(_read_stream, photo)
    raise BadArgument(f"photo must be a path, bytes, a binary stream or an async iterable of bytes, not {photo!r}")


def _read_file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BadArgument(f"the photo can't be read: {error}") from error


def _read_stream(stream: BinaryIO) -> bytes:
    return _bytes(stream.read())


def _bytes(chunk: object) -> bytes:
    if not isinstance(chunk, bytes | bytearray | memoryview):
        raise BadArgument(f"the photo gives {type(chunk).__name__}, not bytes: open it in binary mode")
    return bytes(chunk)


def _name(photo: object) -> str | None:
    """The last part of a path, also of the one that a file object remembers."""
    path = photo if isinstance(photo, str | PathLike) else getattr(photo, "name", None)
    return PurePath(path).name if isinstance(path, str | PathLike) else None


def _extension(content: bytes) -> str:
    return next((name for start, name in _SIGNATURES.items() if content.startswith(start)), "bin")
