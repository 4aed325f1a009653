"""Curves over time as SVG that stands within a page: axes with units, readable labels, in light and dark.

The model: a drawing knows no style sheet of its own. Its parts have classes, and `STYLE` is what the page says of them,
once for all drawings. Nothing in a drawing is a script, a link or a style attribute, so that the strictest policy for
content lets it pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

import attrs

from .timeline import Point

__all__ = ["HEIGHT", "STYLE", "WIDTH", "Chart", "draw"]

WIDTH: Final = 860
HEIGHT: Final = 220
LEFT: Final = 72
RIGHT: Final = 20
TOP: Final = 40
BOTTOM: Final = 36
"""Room around the curve for the labels."""
X_TICKS: Final = 8
Y_TICKS: Final = 4
"""About as many labels as an axis has at most."""
MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
LEAST: Final = 1e-9
"""Values below this are drawn as nothing."""
STEPS: Final = (
    1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR,
    3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY,
)
"""Seconds between two labels of time."""

STYLE: Final = """
svg.chart { display: block; width: 100%; height: auto; margin: 0 0 1rem }
.chart text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: var(--soft) }
.chart .title { font-size: 14px; font-weight: 600; fill: var(--text) }
.chart .grid { stroke: var(--line); stroke-width: 1 }
.chart .curve { fill: none; stroke: var(--accent); stroke-width: 1.5; stroke-linejoin: round }
.chart .area { fill: var(--accent); fill-opacity: 0.12 }
.chart .ceiling { stroke: var(--bad); stroke-width: 1; stroke-dasharray: 4 3 }
.chart .mark { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 3 }
"""
"""What a page says of all charts. It sets `--text`, `--soft`, `--line`, `--accent` and `--bad` to colours."""


@attrs.frozen(kw_only=True)
class Chart:
    """A curve and what stands around it."""

    title: str
    """What it shows, with its unit."""
    points: Sequence[Point]
    """In order of time, which is in seconds from 0. Values are not negative."""
    seconds: float
    """Where the axis of time ends."""
    ceiling: float | None = None
    """A value to be marked as the most that there could be."""
    ceiling_name: str = ""
    marks: Sequence[tuple[float, str]] = ()
    """Moments to be marked, and what happened then."""


def draw(chart: Chart) -> str:
    """The chart as an `svg` element of `WIDTH` by `HEIGHT`."""
    highest = max([chart.ceiling or 0.0, *(value for _, value in chart.points)])
    step = _step(highest)
    frame = _Frame(chart.seconds if chart.seconds > 0 else 1.0, step * max(1, math.ceil(highest / step - 1e-9)))
    parts = [
        (f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" xmlns="http://www.w3.org/2000/svg" role="img" '
         f'aria-label="{escape(_said(chart))}">'),
        _text(LEFT, TOP - 20, chart.title, "title"),
        *_values(frame, step),
        *_times(frame),
        *_curve(frame, chart.points),
        *_ceiling(frame, chart),
        *(part for at, text in chart.marks for part in _mark(frame, at, text)),
        "</svg>",
    ]
    return "\n".join(parts)


@attrs.frozen
class _Frame:
    """Where seconds and values stand within the drawing."""

    seconds: float
    highest: float

    def x(self, seconds: float) -> float:
        part = min(1.0, max(0.0, seconds / self.seconds))
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        part = min(1.0, max(0.0, value / self.highest))
        return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)


def _step(highest: float) -> float:
    """A round number of which a few make `highest`."""
    if highest < LEAST:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest / Y_TICKS))
    return next(power * factor for factor in (1, 2, 5, 10) if highest <= Y_TICKS * power * factor * (1 + 1e-9))


def _values(frame: _Frame, step: float) -> Iterator[str]:
    for number in range(round(frame.highest / step) + 1):
        value = number * step
        y = frame.y(value)
        yield f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
        yield _text(LEFT - 8, y + 4, f"{value:,.10g}", "", "end")


def _times(frame: _Frame) -> Iterator[str]:
    wanted = frame.seconds / X_TICKS
    step = next((step for step in STEPS if step >= wanted), math.ceil(wanted / STEPS[-1]) * STEPS[-1])
    for number in range(int(frame.seconds / step) + 1):
        x = frame.x(number * step)
        yield f'<path class="grid" d="M{x:.1f} {HEIGHT - BOTTOM}v4"/>'
        # The last one must not stand out of the drawing.
        anchor = "end" if x > WIDTH - RIGHT - 16 else "middle"
        yield _text(x, HEIGHT - BOTTOM + 18, _clock(number * step, step), "", anchor)


def _clock(seconds: int, step: int) -> str:
    """A label of the axis of time, as fine as the step between two of them."""
    if step < MINUTE:
        return f"{seconds // MINUTE}:{seconds % MINUTE:02d}" if seconds >= MINUTE else f"{seconds} s"
    if step < HOUR:
        hours, minutes = divmod(seconds // MINUTE, 60)
        return f"{hours} h {minutes:02d}" if hours else f"{minutes} min"
    return f"{seconds // HOUR} h" if step < DAY else f"{seconds // DAY} d"


def _curve(frame: _Frame, points: Sequence[Point]) -> Iterator[str]:
    if not points:
        return
    line = " ".join(f"{frame.x(at):.1f} {frame.y(value):.1f}" for at, value in points)
    first, last, floor = frame.x(points[0][0]), frame.x(points[-1][0]), HEIGHT - BOTTOM
    yield f'<path class="area" d="M{first:.1f} {floor}L{line} {last:.1f} {floor}Z"/>'
    yield f'<path class="curve" d="M{line}"/>'


def _ceiling(frame: _Frame, chart: Chart) -> Iterator[str]:
    if chart.ceiling is None:
        return
    y = frame.y(chart.ceiling)
    yield f'<path class="ceiling" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
    yield _text(WIDTH - RIGHT, y - 5, chart.ceiling_name, "", "end")


def _mark(frame: _Frame, at: float, text: str) -> Iterator[str]:
    x = frame.x(at)
    yield f'<path class="mark" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"><title>{escape(text)}</title></path>'


def _text(x: float, y: float, text: str, style: str, anchor: str = "start") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{kind} text-anchor="{anchor}">{escape(text)}</text>'


def _said(chart: Chart) -> str:
    """The chart in words, for those who can't see it."""
    if not chart.points:
        return f"{chart.title}: nothing to show"
    values = [value for _, value in chart.points]
    return f"{chart.title}: from {min(values):,.0f} to {max(values):,.0f}, {sum(values) / len(values):,.0f} on average"
