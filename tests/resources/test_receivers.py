"""Where downloads go: a file is whole or not there, whoever fails at what."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from zdasync.errors import BadArgument, DownloadError
from zdasync.resources import _receivers
from zdasync.resources._receivers import AT_A_TIME, Measured, ToFile, ToMemory, ToSink, Undelivered

LARGE = os.urandom(2 * AT_A_TIME + 3)


def names(directory: Path) -> list[str]:
    """What is in a directory."""
    return sorted(path.name for path in directory.iterdir())


async def fill(receiver, content: bytes = LARGE, length: int | None = None) -> None:
    await receiver.start(length)
    for at in range(0, len(content), 70_001):
        await receiver.write(content[at : at + 70_001])


async def test_a_file_takes_its_name_when_it_is_whole(tmp_path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"before")
    file = await ToFile.at(path)
    await fill(file, LARGE + os.urandom(AT_A_TIME))
    assert path.read_bytes() == b"before"
    await fill(file)
    await file.finish()
    file.discard()
    assert path.read_bytes() == LARGE
    assert names(tmp_path) == ["x"]


async def test_a_discarded_file_is_gone(tmp_path) -> None:
    file = await ToFile.at(tmp_path / "x")
    file.discard()
    file = await ToFile.at(tmp_path / "x")
    await fill(file)
    assert len(names(tmp_path)) == 1
    file.discard()
    file.discard()
    await fill(file, b"late")
    await file.finish()
    assert names(tmp_path) == []


async def test_an_empty_file(tmp_path) -> None:
    file = await ToFile.at(tmp_path / "x")
    await fill(file, b"")
    await file.finish()
    assert (tmp_path / "x").read_bytes() == b""


async def test_files_are_as_readable_as_the_process_makes_them(tmp_path) -> None:
    (tmp_path / "ordinary").write_bytes(b"")
    file = await ToFile.at(tmp_path / "x")
    await fill(file)
    await file.finish()
    assert (tmp_path / "x").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


async def test_a_thread_that_still_writes_when_the_call_is_cancelled(tmp_path, monkeypatch) -> None:
    going, go = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()
    append = ToFile._append

    def slow(self: ToFile, piece: bytes) -> None:
        loop.call_soon_threadsafe(going.set)
        go.wait(5)
        append(self, piece)

    monkeypatch.setattr(ToFile, "_append", slow)
    file = await ToFile.at(tmp_path / "x")
    task = asyncio.ensure_future(fill(file))
    await going.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    file.discard()
    go.set()
    await loop.shutdown_default_executor()
    assert names(tmp_path) == []


async def test_what_the_disk_refuses_is_no_fault_of_the_line(tmp_path, monkeypatch) -> None:
    def full(_self: Path, _target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_receivers.os, "replace", full)
    file = await ToFile.at(tmp_path / "x")
    await fill(file)
    with pytest.raises(Undelivered) as caught:
        await file.finish()
    assert isinstance(caught.value.__cause__, OSError)
    file.discard()
    assert names(tmp_path) == []


async def test_writing_happens_in_threads(tmp_path, monkeypatch) -> None:
    threads = set()

    def watched(work):
        def run(*args):
            threads.add(threading.current_thread())
            work(*args)

        return run

    for name in ("_empty", "_append", "_rename"):
        monkeypatch.setattr(ToFile, name, watched(getattr(ToFile, name)))
    file = await ToFile.at(tmp_path / "x")
    await fill(file)
    await file.finish()
    assert threads
    assert threading.main_thread() not in threads


async def test_places(tmp_path) -> None:
    with pytest.raises(BadArgument, match="directory"):
        await ToFile.at(tmp_path)
    with pytest.raises(BadArgument, match="no directory"):
        await ToFile.at(tmp_path / "a" / "b")


async def test_memory_begins_again() -> None:
    kept = ToMemory()
    await fill(kept, b"half")
    await fill(kept, LARGE)
    assert kept.content == LARGE


async def test_a_sink_gets_everything_once() -> None:
    got = []

    async def sink(piece: bytes) -> None:
        got.append(piece)

    receiver = ToSink(sink)
    await receiver.start(5)
    await fill(receiver)
    assert b"".join(got) == LARGE
    with pytest.raises(DownloadError) as caught:
        await receiver.start(5)
    assert caught.value.reason == "interrupted"


async def test_what_a_sink_raises_is_its_own_but_for_its_end() -> None:
    async def late(_piece: bytes) -> None:
        raise TimeoutError

    async def cancelled(_piece: bytes) -> None:
        raise asyncio.CancelledError

    with pytest.raises(Undelivered) as caught:
        await ToSink(late).write(b"x")
    assert isinstance(caught.value.__cause__, TimeoutError)
    with pytest.raises(asyncio.CancelledError):
        await ToSink(cancelled).write(b"x")


@pytest.mark.parametrize(("expected", "most", "length", "reason"), [
    (5, None, 5, None), (5, None, None, None), (None, 5, 5, None), (None, None, None, None), (5, 5, 5, None),
    (4, None, 5, "size"), (6, None, 5, "size"), (4, None, None, "size"), (6, None, None, "size"),
    (None, 4, 5, "too_large"), (None, 4, None, "too_large"), (4, 4, 5, "too_large"), (0, None, None, "size"),
])
async def test_measuring(expected, most, length, reason) -> None:
    kept = ToMemory()
    measured = Measured(kept, expected, most)

    async def go() -> None:
        await measured.start(length)
        await measured.write(b"123")
        await measured.start(length)
        await measured.write(b"123")
        await measured.write(b"45")
        measured.ended()

    if reason is None:
        await go()
        assert (kept.content, measured.got) == (b"12345", 5)
    else:
        with pytest.raises(DownloadError) as caught:
            await go()
        assert caught.value.reason == reason
        assert len(kept.content) <= (5 if expected == 6 else 4)
