"""Bytes from anywhere: the same ones each time that they are read, and nothing left behind."""

from __future__ import annotations

import asyncio
import io
import os
import tempfile
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdasync.errors import BadArgument
from zdasync.resources import _sources
from zdasync.resources._sources import IN_MEMORY, content_of, file_name, media_type
from zdasync.testing import run_virtual

SMALL = b"0123456789"
LARGE = os.urandom(2 * IN_MEMORY + 5)


class Pipe(io.RawIOBase):
    """Gives what it has in odd portions, once, and can't be rewound."""

    def __init__(self, content: bytes) -> None:
        self._rest = content
        self.threads: set[threading.Thread] = set()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self.threads.add(threading.current_thread())
        size = min(size, 300_001) if size >= 0 else len(self._rest)
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


async def pieces(content: bytes, size: int):
    for at in range(0, len(content), size):
        yield content[at : at + size]


async def whole(content) -> bytes:
    found = b""
    while len(found) < content.size:
        piece = await content.read(len(found), 100_003)
        assert piece
        found += piece
    return found


@pytest.fixture
def made(monkeypatch):
    """The temporary files that were made."""
    files = []
    make = tempfile.TemporaryFile

    def remember():
        files.append(make())
        return files[-1]

    monkeypatch.setattr(_sources.tempfile, "TemporaryFile", remember)
    return files


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("kind", ["path", "bytes", "stream", "pipe", "pieces"])
async def test_it_can_be_read_again_and_again(kind, content, tmp_path, made) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    source = {
        "path": path, "bytes": content, "stream": io.BytesIO(content), "pipe": Pipe(content),
        "pieces": pieces(content, 65_537),
    }[kind]
    opened = await content_of(source, "file")
    assert opened.size == len(content)
    for _ in range(3):
        assert await whole(opened) == content
    assert await opened.read(3, 4) == content[3:7]
    opened.close()
    opened.close()
    assert len(made) == (kind in ("pipe", "pieces") and content is LARGE)
    assert all(file.closed for file in made)


@given(sizes=st.lists(st.integers(0, 40), max_size=12), limit=st.integers(1, 60), step=st.integers(1, 50))
def test_pieces_of_any_size(sizes: list[int], limit: int, step: int) -> None:
    content = os.urandom(sum(sizes))

    async def source():
        at = 0
        for size in sizes:
            yield content[at : at + size]
            at += size

    async def main() -> None:
        if not content:
            with pytest.raises(BadArgument, match="empty"):
                await content_of(source(), "file")
            return
        opened = await content_of(source(), "file")
        try:
            assert b"".join([await opened.read(at, step) for at in range(0, len(content), step)]) == content
        finally:
            opened.close()

    before, _sources.IN_MEMORY = _sources.IN_MEMORY, limit
    try:
        run_virtual(main())
    finally:
        _sources.IN_MEMORY = before


async def test_a_source_that_breaks_leaves_no_file(made) -> None:
    async def source():
        yield LARGE
        raise RuntimeError("gone")

    with pytest.raises(RuntimeError, match="gone"):
        await content_of(source(), "file")
    assert [file.closed for file in made] == [True]


async def test_a_call_that_is_cancelled_while_it_reads_leaves_no_file(made) -> None:
    async def source():
        yield LARGE
        await asyncio.sleep(1000)

    task = asyncio.ensure_future(content_of(source(), "file"))
    await asyncio.sleep(10)
    assert len(made) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert made[0].closed


async def test_a_pipe_is_read_in_threads() -> None:
    pipe = Pipe(SMALL)
    (await content_of(pipe, "file")).close()
    assert pipe.threads
    assert threading.main_thread() not in pipe.threads


async def test_nothing_holds_a_file_open_between_two_pieces(tmp_path) -> None:
    path = tmp_path / "x"
    path.write_bytes(SMALL)
    opened = await content_of(path, "file")
    path.unlink()
    with pytest.raises(BadArgument, match="can't be read any more"):
        await opened.read(0, 5)


@pytest.mark.parametrize("change", ["longer", "shorter", "other", "replaced"])
async def test_a_file_that_changes(tmp_path, change) -> None:
    path = tmp_path / "x"
    path.write_bytes(SMALL)
    os.utime(path, ns=(1, 1))
    opened = await content_of(path, "file")
    assert await opened.read(0, 5) == SMALL[:5]
    if change == "replaced":
        (tmp_path / "y").write_bytes(SMALL)
        os.utime(tmp_path / "y", ns=(1, 1))
        (tmp_path / "y").rename(path)
    else:
        path.write_bytes({"longer": SMALL + b"x", "shorter": SMALL[:7], "other": b"abcdefghij"}[change])
        if change != "other":
            os.utime(path, ns=(1, 1))
    with pytest.raises(BadArgument, match="was changed"):
        await opened.read(5, 5)


async def test_a_stream_that_is_closed_or_cut_meanwhile() -> None:
    stream = io.BytesIO(SMALL)
    opened = await content_of(stream, "file")
    stream.truncate(5)
    with pytest.raises(BadArgument, match="shorter"):
        await opened.read(5, 5)
    stream.close()
    with pytest.raises(BadArgument, match="can't be read any more"):
        await opened.read(0, 5)
    with pytest.raises(BadArgument, match="can't be read"):
        await content_of(stream, "file")


@pytest.mark.parametrize("source", [io.StringIO("text"), pieces("text", 2), 5, None, ["a"]])
async def test_what_gives_no_bytes(source) -> None:
    with pytest.raises(BadArgument, match=r"the photo (gives str, not bytes|must be a path)"):
        await content_of(source, "photo")


def test_names_and_types(tmp_path) -> None:
    assert file_name("/a/b.png") == file_name(tmp_path / "b.png") == "b.png"
    assert file_name(b"content") is file_name(io.BytesIO()) is None
    with (tmp_path / "c.txt").open("wb") as file:
        assert file_name(file) == "c.txt"
    with tempfile.TemporaryFile() as nameless:
        assert file_name(nameless) is None
    assert (media_type("a.png", None), media_type("a.png", "x/y")) == ("image/png", "x/y")
    assert media_type("a", None) == "application/octet-stream"
