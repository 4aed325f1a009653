"""How far a long command is, on stderr: a bar in a terminal, a line now and then elsewhere, nothing for machines.

    with progress("rows", silent=options.json) as show:
        show(Progress(done=4_000, total=20_000, rate=98.5, failures=3, note="jobs 30/30"))
        show.say("stopping: what is in flight is finished first")

`show` may be called as often as one likes: it draws a few times a second at most. Rates are the account's: in virtual
time they are those of virtual seconds. What is drawn when follows the reader's time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from .output import console, is_terminal, write
from .text import duration, one_line

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

Clock = Callable[[], float]

REDRAW: Final = 0.1
"""Seconds between two drawings in a terminal."""
LINES: Final = 10.0
"""Seconds after which there is a line even if little has been done."""
PARTS: Final = 10
"""Each of so many parts of the whole gets a line."""
BAR: Final = 30
"""The width of the bar."""


@attrs.frozen(kw_only=True)
class Progress:
    """How far the work is.

    `total` is None while nobody knows it; `rate` is per second, None for what can't be told yet; `failures` are among
    those `done`; `note` is what else people want to see: the budget, the jobs, the bound that holds.
    """

    done: int
    total: int | None = None
    rate: float | None = None
    failures: int = 0
    note: str = ""

    @property
    def share(self) -> float | None:
        """From 0 to 1; None while the total isn't known."""
        if self.total is None:
            return None
        return min(1.0, self.done / self.total) if self.total else 1.0

    @property
    def left(self) -> float | None:
        """Seconds that are left at this rate, None where that can't be told."""
        if self.total is None or not self.rate:
            return None
        return max(0, self.total - self.done) / self.rate

    def line(self, unit: str) -> str:
        """All of it on one line."""
        whole = "" if self.total is None else f" of {self.total:,} ({self.share:.0%})"
        parts = [f"{self.done:,}{whole} {unit}"]
        if self.rate is not None:
            parts.append(f"{self.rate:,.1f}/s")
        if self.left is not None:
            parts.append(f"{duration(self.left)} left")
        if self.failures:
            parts.append(f"{self.failures:,} failed")
        if self.note:
            parts.append(one_line(self.note))
        return ", ".join(parts)


class Show(Protocol):
    """What shows progress."""

    def __call__(self, progress: Progress, /) -> None:
        """Show how far the work is now."""

    def say(self, text: str, /) -> None:
        """Tell people something beside it."""


@contextmanager
def progress(unit: str, *, silent: bool = False, clock: Clock = time.monotonic) -> Iterator[Show]:
    """What shows progress of so many `unit`, until the end, where the last state is shown once more.

    `silent` (--json, --quiet): only what is said, and no progress.
    """
    if silent:
        yield _Silent()
        return
    if not is_terminal(sys.stderr):
        lines = _Lines(unit, clock)
        try:
            yield lines
        finally:
            lines.end()
        return
    from rich.live import Live  # noqa: PLC0415 - dear to import

    with Live(console=console(sys.stderr), auto_refresh=False) as screen:
        bar = _Bar(unit, clock, screen)
        try:
            yield bar
        finally:
            bar.end()


class _Silent:
    """Shows nothing."""

    def __call__(self, progress: Progress, /) -> None:
        """Show how far the work is now."""

    def say(self, text: str, /) -> None:
        """Tell people something."""
        write(one_line(text), sys.stderr)


@attrs.define
class _Lines:
    """Writes a line for each tenth of the whole, and when ten seconds have passed."""

    _unit: str
    _clock: Clock
    _latest: Progress | None = None
    _written: Progress | None = None
    _at: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._at = self._clock()

    def __call__(self, progress: Progress, /) -> None:
        """Show how far the work is now."""
        self._latest = progress
        if self._clock() - self._at >= LINES or _part(progress) > _part(self._written):
            self._write()

    def say(self, text: str, /) -> None:
        """Tell people something beside it."""
        write(one_line(text), sys.stderr)

    def end(self) -> None:
        """Write the last state, unless that was done."""
        if self._latest != self._written:
            self._write()

    def _write(self) -> None:
        if self._latest is not None:
            write(self._latest.line(self._unit), sys.stderr)
        self._written, self._at = self._latest, self._clock()


@attrs.define
class _Bar:
    """Draws a bar, again and again in the same place."""

    _unit: str
    _clock: Clock
    _screen: Live
    _latest: Progress | None = None
    _at: float = -1.0

    def __call__(self, progress: Progress, /) -> None:
        """Show how far the work is now."""
        self._latest = progress
        if self._clock() - self._at >= REDRAW:
            self.end()

    def say(self, text: str, /) -> None:
        """Tell people something above it."""
        from rich.text import Text  # noqa: PLC0415 - dear to import

        self._screen.console.print(Text(one_line(text)))

    def end(self) -> None:
        """Draw the latest state."""
        if self._latest is not None:
            self._screen.update(_drawn(self._latest, self._unit), refresh=True)
        self._at = self._clock()


def _part(progress: Progress | None) -> int:
    share = None if progress is None else progress.share
    return 0 if share is None else int(share * PARTS)


def _drawn(progress: Progress, unit: str) -> RenderableType:
    from rich.progress_bar import ProgressBar  # noqa: PLC0415 - dear to import
    from rich.table import Table  # noqa: PLC0415 - dear to import
    from rich.text import Text  # noqa: PLC0415 - dear to import

    style = "red" if progress.failures else "green"
    grid = Table.grid(padding=(0, 1))
    text = Text(progress.line(unit))
    if progress.share is None:
        grid.add_row(text)
    else:
        bar = ProgressBar(total=1.0, completed=progress.share, width=BAR, complete_style=style, finished_style=style)
        grid.add_row(bar, text)
    return grid
