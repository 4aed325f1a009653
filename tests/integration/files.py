"""Files for tests of uploads and downloads, and a look at those that an account keeps."""

from __future__ import annotations

import io
import os
from pathlib import Path

from zdasync.simulator.attachment_store import Attachment

BIG = os.urandom(100_000)
HUGE = os.urandom(3 * 1024 * 1024 + 17)


def names(directory: Path) -> list[str]:
    """What is in a directory."""
    return sorted(path.name for path in directory.iterdir())


class Unseekable(io.BytesIO):
    """A stream like a pipe."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise OSError("a pipe")

    def tell(self) -> int:
        raise OSError("a pipe")


async def chunks(content: bytes = BIG, size: int = 7_777):
    for at in range(0, len(content), size):
        yield content[at : at + size]


def stored(stage) -> list[bytes]:
    """The contents that the account keeps."""
    return [one.content for one in stage.account.state.attachments.by_id.values()]


def keep(stage, content: bytes = BIG, name: str = "a.bin", **fields: object) -> Attachment:
    """A file that is there from the start."""
    kept = stage.account.state.attachments.add(name, content, stage.account.now())
    for field, value in fields.items():
        setattr(kept, field, value)
    return kept


async def awaited(call):
    """A call as a coroutine, for a task."""
    return await call
