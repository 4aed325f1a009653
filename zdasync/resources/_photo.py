"""A picture as a form upload, from wherever the caller has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._core.message import Upload
from ._sources import file_name, media_type, part_name, whole

if TYPE_CHECKING:
    from .types.common import Photo

__all__ = ["photo_upload"]

FIELD: Final = "user[photo][uploaded_data]"
_SIGNATURES: Final = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif", b"RIFF": "webp", b"BM": "bmp"}


async def photo_upload(photo: Photo, filename: str | None, content_type: str | None) -> Upload:
    """The upload of a picture, held whole; raises `BadArgument` when there is nothing to read or it gives no bytes."""
    content = await whole(photo, "photo")
    name = part_name(filename or file_name(photo) or f"photo.{_extension(content)}")
    return Upload(field=FIELD, filename=name, content_type=media_type(name, content_type), content=content)


def _extension(content: bytes) -> str:
    return next((name for start, name in _SIGNATURES.items() if content.startswith(start)), "bin")
