"""`zdasync console`: a Python prompt with an open client and top-level await.

The model: the event loop runs in the main thread for as long as the prompt lasts, and the prompt reads in a thread of
its own, so that tasks which somebody started go on while he types. Each input runs as a turn of the loop. Ctrl-C ends
what runs, not the prompt.
"""

from __future__ import annotations

import ast
import asyncio
import code
import concurrent.futures
import inspect
import signal
import sys
import threading
import traceback
from collections.abc import Coroutine
from contextlib import suppress
from types import CodeType, FunctionType, TracebackType
from typing import Any, Final

from .account import opened
from .options import DEFAULT, Options
from .running import real_time
from .status import Status

BANNER: Final = """\
zdasync on {url}; `zd` is the client, `await` works at the top level, Ctrl-D ends.
    user = await zd.users.me()
    [ticket async for ticket in zd.tickets.list()]"""
TYPED: Final = "<console>"
"""The file name of what is typed."""
SIMULATED: Final = "`account` is the simulated account behind it."


@real_time
async def console(*, options: Options = DEFAULT) -> int:
    """A Python prompt with an open client as `zd` and top-level await; reads a script from a stdin that is piped.

    With --simulate there is also `account`, the simulated one behind it. With an input that fails in a script the exit
    status is 1.
    """
    import zdasync  # noqa: PLC0415 - all public names, for those who type them

    async with opened(options) as found:
        names = {name: getattr(zdasync, name) for name in zdasync.__all__}
        names |= {"asyncio": asyncio, "zd": found.zd, "__name__": "__console__"}
        banner = BANNER.format(url=found.zd.base_url)
        if found.account is not None:
            names["account"] = found.account
            banner = f"{banner}\n{SIMULATED}"
        prompt = _Prompt(names, asyncio.get_running_loop())
        await prompt.talk(banner)
    return Status.FAILURES if prompt.failed and not sys.stdin.isatty() else Status.DONE


class _Prompt(code.InteractiveConsole):
    """Reads in a thread, runs in the loop."""

    def __init__(self, names: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(names)
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self.failed = False
        self._loop = loop
        self._running: asyncio.Task[None] | None = None

    async def talk(self, banner: str) -> None:
        """Read and run until the input ends."""
        ended = self._loop.create_future()

        def read() -> None:
            try:
                with suppress(SystemExit):  # exit()
                    self._read(banner)
            finally:
                with suppress(RuntimeError):  # the loop was closed first
                    self._loop.call_soon_threadsafe(_set, ended)

        # A thread that dies with the process: nothing else can end one that waits for somebody to type.
        threading.Thread(target=read, name="zdasync console", daemon=True).start()
        with suppress(NotImplementedError, RuntimeError):  # on Windows, and outside of the main thread
            self._loop.add_signal_handler(signal.SIGINT, self._interrupted)
        try:
            await ended
        finally:
            if self._running is not None:
                self._running.cancel()
                await asyncio.wait({self._running})

    def runcode(self, code: CodeType) -> None:
        """Run an input in the loop and wait for it, in the reader's thread."""
        done: concurrent.futures.Future[object] = concurrent.futures.Future()
        self._loop.call_soon_threadsafe(self._start, code, done)
        try:
            done.result()
        except SystemExit:
            raise
        except concurrent.futures.CancelledError:
            self.failed = True
            self.write("\nKeyboardInterrupt\n")
        except BaseException as error:  # noqa: BLE001 - whatever somebody typed
            self.failed = True
            self.write("".join(traceback.format_exception(error.with_traceback(_typed(error.__traceback__)))))

    def _read(self, banner: str) -> None:
        if sys.stdin.isatty():
            with suppress(ImportError):
                import readline  # noqa: F401, PLC0415 - makes input() edit lines
            self.interact(banner, exitmsg="")
            return
        for line in sys.stdin:
            self.push(line.rstrip("\n"))
        self.push("")

    def _start(self, code: CodeType, done: concurrent.futures.Future[object]) -> None:
        """In the loop: run an input, and finish it as a task where it awaits something."""
        try:
            result = FunctionType(code, self.locals)()
        except BaseException as error:  # noqa: BLE001 - for whoever typed it
            done.set_exception(error)
            return
        if not inspect.iscoroutine(result):
            done.set_result(result)
            return
        self._running = self._loop.create_task(self._finish(result, done))

    async def _finish(self, work: Coroutine[Any, Any, object], done: concurrent.futures.Future[object]) -> None:
        try:
            done.set_result(await work)
        except asyncio.CancelledError:
            done.cancel()
        except BaseException as error:  # noqa: BLE001 - for whoever typed it
            done.set_exception(error)
        finally:
            self._running = None

    def _interrupted(self) -> None:
        if self._running is not None:
            self._running.cancel()
        else:
            self.write("\nCtrl-D ends\n")


def _typed(trace: TracebackType | None) -> TracebackType | None:
    """The part of a traceback that begins with what somebody typed."""
    part = trace
    while part is not None and part.tb_frame.f_code.co_filename != TYPED:
        part = part.tb_next
    return part or trace


def _set(ended: asyncio.Future[None]) -> None:
    if not ended.done():
        ended.set_result(None)
