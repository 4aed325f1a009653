"""`zdasync limits`: an account's limits, once or as they change.

The numbers are those of a client of its own. What others spend shows in them because the server's replies tell it, and
only as often as this asks: with `GET /api/v2/users/me`, which every role may send and which costs one request. Between
two of those it draws what the client knows, which costs nothing.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from math import isfinite
from typing import Annotated, Final

import attrs
from cyclopts import Parameter

from ..errors import AuthenticationError, BadArgument, DeadlineExceeded, PermissionDenied, ZendeskError
from ..events import Event, Sent
from ..limits.table import ACCOUNT
from . import account, output
from .frame import Frame, documented
from .options import DEFAULT, Flag, Options, told
from .running import real_time
from .status import Status, explain

REDRAW: Final = 1.0
EVERY: Final = 10.0

PATIENCE: Final = 10.0
"""Seconds in which a request must be able to go, and then be answered: whoever asks for the limits wants them now."""

Show = Callable[[Frame], None]


def _above_zero(_type: object, value: float | None) -> None:
    if value is not None and not (isfinite(value) and value > 0):
        raise ValueError("must be above zero")


Seconds = Annotated[float | None, Parameter(validator=_above_zero)]


@real_time
async def limits(
    *,
    watch: Annotated[Flag, told("Draw again until Ctrl-C, which costs nothing; JSON comes as lines.")] = False,
    redraw: Annotated[Seconds, told("With --watch: the seconds between two drawings (1).")] = None,
    every: Annotated[Seconds, told("With --watch: the seconds until it asks again, for one request (10).")] = None,
    all_: Annotated[Flag, Parameter(name="--all", help="Show every documented limit, too.")] = False,
    options: Options = DEFAULT,
) -> int:
    """Show how much of each limit is used, left and kept for others, when the next token comes back, who waits.

    To learn that it sends one GET /api/v2/users/me, which costs one request of the account's budget; the reply tells
    what everybody has spent of it. What waits in another program can't be seen from here: draw zd.limits inside of that
    one, with zdasync.cli.drawing.limits_table.
    """
    try:
        await show(watch=watch, redraw=redraw, every=every, everything=all_, options=options)
    except asyncio.CancelledError:
        if not watch:
            raise
    return Status.DONE


async def show(
    *, watch: bool, redraw: float | None, every: float | None, everything: bool, options: Options
) -> None:
    """Ask the account and show its limits, again and again if told to; raises what asking raises."""
    if not watch and (redraw, every) != (None, None):
        raise BadArgument("--every and --redraw go with --watch")
    meter = Meter()
    async with account.opened(options, meter) as opened:
        source = Source(opened, meter, everything=everything)
        await source.ask()
        with _screen(live=watch, machine=options.json) as screen:
            if watch:
                await follow(source, screen, redraw=redraw or REDRAW, every=every or EVERY)
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


@contextmanager
def _screen(*, live: bool, machine: bool) -> Iterator[Show]:
    """What shows frames: drawings in a terminal that can take them, else text, JSON for machines."""
    if machine:
        yield lambda frame: output.document(frame.to_dict(), machine=True)
    elif output.is_terminal(sys.stdout):
        from .drawing import terminal  # noqa: PLC0415 - dear to import

        with terminal(live=live) as screen:
            yield screen
    else:
        yield lambda frame: output.write(f"{frame}\n" if live else f"{frame}")
