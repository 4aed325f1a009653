"""`zdasync limits`: an account's limits, once or as they change.

The numbers are those of a client of its own. What others spend shows in them because the server's replies tell it, and
only as often as this asks: with `GET /api/v2/users/me`, which every role may send and which costs one request. Between
two of those it draws what the client knows, which costs nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.util import find_spec
from math import isfinite
from typing import Final, Literal

import attrs

from ..errors import AuthenticationError, BadArgument, DeadlineExceeded, PermissionDenied, ZendeskError
from ..events import Event, Sent
from ..limits.table import ACCOUNT
from . import account
from .frame import Frame, documented
from .status import EXPLAINED, Status, complain, explain, status_of

REDRAW: Final = 1.0
EVERY: Final = 10.0

PATIENCE: Final = 10.0
"""Seconds in which a request must be able to go, and then be answered: whoever asks for the limits wants them now."""

INSTALL: Final = "--watch needs rich to draw in a terminal: pip install 'zdasync[cli]'"

DESCRIPTION: Final = """\
Show an account's limits: how much of each is used, left and kept for others, when the next token comes back, who waits.
To learn them it sends one GET /api/v2/users/me, which costs one request of the account's budget; the reply tells what
everybody has spent of it. What waits in another program can't be seen from here: draw zd.limits inside of that one,
with zdasync.cli.drawing.limits_table."""

EPILOG: Final = f"{account.ENVIRONMENT}\n\n{EXPLAINED}"

Show = Callable[[Frame], None]
Form = Literal["json", "text", "drawing"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options of the command."""
    account.add_options(parser)
    parser.add_argument("--all", action="store_true", help="show every documented limit, too")
    parser.add_argument("--json", action="store_true", help="JSON for machines; with --watch one object a line")
    parser.add_argument(
        "--watch", nargs="?", type=seconds, const=REDRAW, metavar="SECONDS",
        help=f"draw again every so many seconds (default {REDRAW:g}) until Ctrl-C; by itself that costs nothing",
    )
    parser.add_argument(
        "--every", type=seconds, metavar="SECONDS",
        help=f"with --watch: ask the account again after so many seconds (default {EVERY:g}); each time costs one "
        "request of its budget",
    )


def run(options: argparse.Namespace) -> int:
    """Show the limits; the exit status."""
    try:
        asyncio.run(_ended_by_sigterm(options))
    except ZendeskError as error:
        complain("limits", explain(error))
        return status_of(error)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return Status.INTERRUPTED if options.watch is None else Status.DONE
    except BrokenPipeError:
        return Status.DONE  # whoever reads has seen enough
    return Status.DONE


async def show(options: argparse.Namespace) -> None:
    """Ask the account and show its limits, again and again if `options` say so; raises what asking raises."""
    if options.every is not None and options.watch is None:
        raise BadArgument("--every goes with --watch")
    watching = options.watch is not None
    form = _form(options)
    meter = Meter()
    async with account.opened(options, meter) as opened:
        source = Source(opened, meter, everything=options.all)
        await source.ask()
        with _screen(form, live=watching) as screen:
            if watching:
                await follow(source, screen, redraw=options.watch, every=options.every or EVERY)
            else:
                screen(source.frame())


@attrs.define(eq=False)
class Meter:
    """An observer that counts the requests that the client sends: each attempt costs the account one."""

    requests: int = 0

    def __call__(self, event: Event, /) -> None:
        """Count it."""
        if isinstance(event, Sent):
            self.requests += 1


@attrs.define(eq=False)
class Source:
    """Where frames come from: an open client, and what asking the account came to."""

    _opened: account.Opened
    _meter: Meter
    everything: bool
    trouble: str = ""

    async def ask(self, *, again: bool = False) -> None:
        """Hear the server's word, for one request.

        Raises `ZendeskError`; with `again` only for credentials that are no longer accepted. A spent limit is an answer
        like any other: it leaves a note.
        """
        asking = self._opened.zd.with_options(deadline=PATIENCE, timeout=PATIENCE)
        try:
            await asking.verify_credentials()
        except (AuthenticationError, PermissionDenied):
            raise
        except ZendeskError as error:
            spent = isinstance(error, DeadlineExceeded) and error.limit is not None
            if not (again or spent):
                raise
            self.trouble = explain(error)
        else:
            self.trouble = ""

    def frame(self) -> Frame:
        """What is known now."""
        zd, plan = self._opened.zd, self._opened.plan
        limits = zd.limits
        rows = documented(plan, limits[ACCOUNT].total) if self.everything else ()
        return Frame(datetime.now(UTC), zd.base_url, plan, limits, rows, self._meter.requests, self.trouble)


async def follow(source: Source, screen: Show, *, redraw: float, every: float) -> None:
    """Show frames until cancelled: one each `redraw` seconds, while the account is asked each `every` seconds.

    Raises `AuthenticationError` or `PermissionDenied` when the account no longer accepts the credentials.
    """
    asking = asyncio.create_task(_ask_again(source, every))
    try:
        while not asking.done():
            screen(source.frame())
            await asyncio.wait([asking], timeout=redraw)
        await asking
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def _ask_again(source: Source, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        await source.ask(again=True)


# -- where frames go ---------------------------------------------------------------------------------------------------


def _form(options: argparse.Namespace) -> Form:
    """Drawings in a terminal that can take them, if rich is there; else text."""
    if options.json:
        return "json"
    if not _is_terminal():
        return "text"
    if find_spec("rich") is not None:
        return "drawing"
    if options.watch is not None:
        raise BadArgument(INSTALL)
    return "text"


@contextmanager
def _screen(form: Form, *, live: bool) -> Iterator[Show]:
    """What shows frames."""
    if form == "drawing":
        from .drawing import terminal  # noqa: PLC0415 - an extra, and dear to import

        with terminal(live=live) as screen:
            yield screen
    elif form == "json":
        yield lambda frame: _write(json.dumps(frame.to_dict()))
    else:
        yield lambda frame: _write(f"{frame}\n" if live else f"{frame}")


def _is_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _write(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    sys.stdout.flush()


# -- options and signals -----------------------------------------------------------------------------------------------


def seconds(text: str) -> float:
    """A number of seconds above zero."""
    value = float(text)
    if not (isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError("must be above zero")
    return value


async def _ended_by_sigterm(options: argparse.Namespace) -> None:
    """SIGTERM ends it as Ctrl-C does, so that the terminal gets its cursor back."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - this coroutine runs in one
    with suppress(NotImplementedError, RuntimeError):  # on Windows, and outside of the main thread
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await show(options)
