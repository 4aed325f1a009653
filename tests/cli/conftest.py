"""The command in a process of its own: with pipes, or with a terminal that the test reads and interrupts."""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

HANGS = 60.0
"""Seconds after which a child is killed, so that a test that would wait for ever fails instead."""

ZDASYNC = """
import signal, sys
signal.signal(signal.SIGINT, {sigint})
{before}
from zdasync.cli import main
sys.exit(main())
"""
"""The command, whatever this process does with Ctrl-C: a shell makes what it runs in the background deaf to it."""


def program(*, deaf: bool = False, before: str = "pass") -> list[str]:
    """A command line that runs `before` and then `zdasync`; `deaf`: without an ear for Ctrl-C."""
    sigint = "signal.SIG_IGN" if deaf else "signal.default_int_handler"
    return [sys.executable, "-c", ZDASYNC.format(sigint=sigint, before=before)]


def variables(url: str | None) -> dict[str, str]:
    """What names the account at `url` and its admin."""
    account = {} if url is None else {"BASE_URL": url, "EMAIL": "admin@example.com", "API_TOKEN": "token"}
    return {f"ZENDESK_{name}": value for name, value in account.items()}


def environment(url: str | None, **more: str) -> dict[str, str]:
    """The variables that a child gets: none of this machine's that would change what it does."""
    kept = {
        name: value for name, value in os.environ.items()
        if not name.startswith("ZENDESK_") and name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
    }
    return {**kept, **variables(url), "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm-256color", **more}


@contextlib.contextmanager
def running(process: subprocess.Popen[Any]) -> Iterator[None]:
    """Kill the child at the end, and before that if it hangs."""
    guard = threading.Timer(HANGS, process.kill)
    guard.start()
    try:
        yield
    finally:
        guard.cancel()
        process.kill()
        process.communicate()


@attrs.define(eq=False)
class Terminal:
    """A child whose stdin, stdout and stderr are one terminal."""

    process: subprocess.Popen[bytes]
    side: int
    shown: str = ""

    def until(self, *texts: str) -> None:
        """Read until all texts were shown, in this order."""
        start = 0
        for text in texts:
            while (found := self.shown.find(text, start)) < 0:
                assert self._more(), f"it ended before it showed {text!r}: {self.shown!r}"
            start = found + len(text)

    def type(self, text: str) -> None:
        """Type on its keyboard."""
        os.write(self.side, text.encode())

    def end(self) -> int:
        """Read to the end; the exit status."""
        while self._more():
            pass
        return self.process.wait()

    def _more(self) -> bool:
        try:
            read = os.read(self.side, 65536)
        except OSError:  # what Linux says at the end of a terminal
            read = b""
        self.shown += read.decode()
        return bool(read)


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    """Starts `zdasync` in a terminal of 30 lines and 100 columns."""
    with contextlib.ExitStack() as stack:

        def start(
            *arguments: str, url: str | None = None, deaf: bool = False, before: str = "pass", **more: str
        ) -> Terminal:
            ours, theirs = os.openpty()
            stack.callback(os.close, ours)
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
            process = subprocess.Popen(
                [*program(deaf=deaf, before=before), *arguments],
                stdin=theirs, stdout=theirs, stderr=theirs, env=environment(url, **more),
            )
            os.close(theirs)
            stack.enter_context(running(process))
            return Terminal(process, ours)

        yield start


@contextlib.contextmanager
def child(*arguments: str, url: str | None = None) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*program(), *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(url),
    )
    with running(process):
        yield process


@pytest.fixture
def start() -> Callable[..., contextlib.AbstractContextManager[subprocess.Popen[str]]]:
    """Runs `zdasync` in a process of its own, on pipes, for as long as the context lasts."""
    return child


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    """The address of a simulated account in another process."""
    with child("simulate") as process:
        assert process.stdout is not None
        yield process.stdout.readline().rstrip("\n")


@pytest.fixture(autouse=True)
def profile_file(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the profiles of this test are, and nobody else's."""
    path = tmp_path / "config" / "profiles.toml"
    monkeypatch.setenv("ZDASYNC_CONFIG", str(path))
    return path


@pytest.fixture
def line(capsys: pytest.CaptureFixture[str]) -> Callable[[str], str]:
    """The one line on stderr, which names the command; nothing is on stdout."""

    def read(command: str) -> str:
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert err.startswith(f"zdasync {command}: ")
        return err

    return read


@pytest.fixture
def account_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes this process's environment name the account at an address, with changes; or no account at all."""

    def become(url: str | None = None, **changes: str) -> None:
        for name in list(os.environ):
            if name.startswith("ZENDESK_"):
                monkeypatch.delenv(name)
        for name, value in (variables(url) | changes).items():
            monkeypatch.setenv(name, value)

    return become
