"""An account's limits drawn with rich (extra `cli`): for `zdasync limits`, and for programs of your own.

    from rich.live import Live
    from zdasync.cli.drawing import limits_table

    with Live(auto_refresh=False) as live:
        while working:
            live.update(limits_table(zd.limits), refresh=True)
            await asyncio.sleep(1)

No text is read as markup, and what a terminal would obey is written out: keys come from the data that calls name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ..limits.snapshot import LimitState
from .frame import REFERENCE, Documented, Frame
from .output import console as output_console
from .text import printable

BAR: Final = 8
"""The widest that a bar gets."""

NAME: Final = 18
"""The narrowest that the names of limits and keys get."""

NEAR: Final = 0.8
"""The share of a limit from which on its bar is yellow."""


def limits_table(limits: Iterable[LimitState], *, title: str = "", caption: str = "") -> Table:
    """`zd.limits`, or those of its states that you want, as a table with a bar for the use of each.

    Bars are red where nothing is left and yellow from 80 % on; calls that wait are bold.
    """
    table = Table(
        box=SIMPLE_HEAD, padding=0, title=_text(title) if title else None, caption=_text(caption) if caption else None,
        title_justify="left", caption_justify="left", pad_edge=False,
    )
    table.add_column("limit, key", overflow="fold", min_width=NAME)
    table.add_column("", min_width=1, max_width=BAR)
    for name in ("used", "reserve", "left", "reset", "waiting"):
        table.add_column(name, justify="right", no_wrap=True, min_width=len(name))
    table.add_column("origin", no_wrap=True)
    for state in limits:
        table.add_row(*_cells(state))
    return table


def documented_table(rows: Iterable[Documented]) -> Table:
    """Documented limits as a table: count, window, what it counts per, and the page that says so."""
    table = Table(box=SIMPLE_HEAD, caption=f"sources: below {REFERENCE}", caption_justify="left", pad_edge=False)
    table.add_column("limit", overflow="fold")
    table.add_column("count", justify="right", no_wrap=True)
    table.add_column("window", justify="right", no_wrap=True)
    table.add_column("per", overflow="fold")
    table.add_column("source, note", overflow="fold")
    for row in rows:
        source = _text(row.page)
        if row.note:
            source.append(f"\n{printable(row.note)}", style="dim")
        table.add_row(_text(row.limit), f"{row.count:,}", row.window, _text(row.per), source)
    return table


def drawn(frame: Frame) -> RenderableType:
    """A frame as `zdasync limits` shows it."""
    live = limits_table(frame.limits, title=frame.title, caption=frame.footnote)
    return Group(live, documented_table(frame.documented)) if frame.documented else live


@contextmanager
def terminal(*, live: bool) -> Iterator[Callable[[Frame], None]]:
    """What draws frames on stdout, a terminal: one below the other or, `live`, each in place of the last.

    The last frame stays. With NO_COLOR in the environment there is neither colour nor weight.
    """
    console = output_console()
    if not live:
        yield lambda frame: console.print(drawn(frame))
        return
    with Live(console=console, auto_refresh=False) as screen:
        yield lambda frame: screen.update(drawn(frame), refresh=True)


def _cells(state: LimitState) -> tuple[RenderableType, ...]:
    style = "red" if not state.remaining else "yellow" if state.used >= NEAR * state.total else "green"
    bar = ProgressBar(
        total=state.total, completed=state.used, style="bright_black", complete_style=style, finished_style=style
    )
    return (
        _text(f"{state.limit} {state.key}".rstrip()), bar, f"{state.used}/{state.total}",
        f"{state.reserve}" if state.reserve else "-", Text(f"{state.remaining}", style=style),
        "-" if state.reset is None else f"{state.reset:.0f} s",
        Text(f"{state.waiting}", style="bold" if state.waiting else "dim"), _text(state.origin),
    )


def _text(text: str) -> Text:
    return Text(printable(text))
