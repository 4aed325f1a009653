"""The comparison as one picture: an SVG of 900 pixels, with a background of its own in light and dark.

A panel for each workload, a bar for each competitor: its length is the time over the least. At its right stand that
time as a number, and how many requests the server rejected. A run that had to be stopped has a hatched bar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

from .measure import Outcome

WIDTH: Final = 900
MARGIN: Final = 24
COLUMNS: Final = 2
ROW: Final = 21
BAR: Final = 13
HEAD: Final = 96
PANEL_HEAD: Final = 36
PANEL_FOOT: Final = 14
GUTTER: Final = 20
NAME: Final = 184
RATIO: Final = 54
COUNT: Final = 62
"""Room for the names at the left of a panel, and for the two numbers at its right."""
MOST: Final = 2.0
"""Times the least at which a bar ends; longer ones say so."""

STYLE: Final = """
    .card { fill: #ffffff; stroke: #d0d7de } .text { fill: #1f2328 } .soft { fill: #59636e } .line { stroke: #8c959f }
    .bar { fill: #afb8c1 } .ours { fill: #0969da } .none { fill: #1a7f37 } .some { fill: #cf222e }
    .hatch { stroke: #afb8c1 } text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
    .title { font-size: 17px; font-weight: 600 } .head { font-size: 13px; font-weight: 600 } .bold { font-weight: 600 }
    @media (prefers-color-scheme: dark) {
      .card { fill: #0d1117; stroke: #3d444d } .text { fill: #f0f6fc } .soft { fill: #9198a1 }
      .line { stroke: #656c76 } .bar { fill: #656c76 } .ours { fill: #4493f8 } .none { fill: #3fb950 }
      .some { fill: #f85149 } .hatch { stroke: #656c76 }
    }
"""

Panels = Mapping[str, Sequence[Outcome]]
"""The outcomes of each workload under its heading, in the order of the competitors."""


def draw(panels: Panels, titles: Mapping[str, str], ours: str) -> str:
    """The picture as SVG. `titles` are the competitors' names to show; `ours` is the one to stand out."""
    rows = -(-len(panels) // COLUMNS)
    tallest = PANEL_HEAD + ROW * max(map(len, panels.values()), default=0) + PANEL_FOOT
    height = HEAD + rows * tallest + MARGIN
    width = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GUTTER) / COLUMNS
    parts = [
        (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-labelledby="title">'),
        f'<title id="title">{escape(_summary(panels, titles))}</title>',
        f"<style>{STYLE}</style>",
        ('<defs><pattern id="hatched" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path class="hatch" d="M0 0V6" stroke-width="3"/></pattern></defs>'),
        f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>',
        _text(MARGIN, 36, "Time and rejections under Zendesk's rate limits", "text title"),
        _text(MARGIN, 58, "Bars and x: time over the least that the limits allow, which is the dotted line; shorter is "
              f"better, and bars end at {MOST:g}.", "soft"),
        _text(MARGIN, 76, "429s: requests that the server rejected. Hatched: so many rejections, or so slow, that the "
              "run was stopped.", "soft"),
    ]
    for index, (heading, outcomes) in enumerate(panels.items()):
        x = MARGIN + index % COLUMNS * (width + GUTTER)
        y = HEAD + index // COLUMNS * tallest
        parts += _panel(x, y, width, heading, outcomes, titles, ours)
    return "\n".join([*parts, "</svg>", ""])


def _panel(
    x: float, y: float, width: float, heading: str, outcomes: Sequence[Outcome], titles: Mapping[str, str], ours: str
) -> list[str]:
    room = width - NAME - RATIO - COUNT
    least = x + NAME + room / MOST
    bottom = y + PANEL_HEAD + ROW * len(outcomes) - 2
    parts = [
        _text(x, y + 22, heading, "text head"),
        _text(x + width - COUNT, y + 22, "x", "soft", anchor="end"),
        _text(x + width, y + 22, "429s", "soft", anchor="end"),
    ]
    for number, outcome in enumerate(outcomes):
        top = y + PANEL_HEAD + number * ROW
        mine = outcome.competitor == ours
        ratio = outcome.ratio
        length = room if ratio is None else room * min(ratio, MOST) / MOST
        fill = 'fill="url(#hatched)"' if ratio is None else f'class="{"ours" if mine else "bar"}"'
        base = top + BAR - 2
        parts += [
            _text(x, base, titles[outcome.competitor], "text bold" if mine else "text"),
            (f'<rect x="{x + NAME:.1f}" y="{top}" width="{length:.1f}" height="{BAR}" {fill}>'
            f"<title>{escape(_said(outcome))}</title></rect>"),
        ]
        took = "stopped" if ratio is None else f"{ratio:.2f}"
        style = "some bold" if outcome.rejected else "none bold"
        parts += [
            _text(x + width - COUNT, base, took, "text", anchor="end"),
            _text(x + width, base, f"{outcome.rejected:,}", style, anchor="end"),
        ]
    parts.append(f'<path class="line" d="M{least:.1f} {y + PANEL_HEAD - 5}V{bottom}" stroke-dasharray="2 2"/>')
    return parts


def _text(x: float, y: float, text: str, style: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{escape(text)}</text>'


def _said(outcome: Outcome) -> str:
    """One bar in words."""
    took = f"stopped {outcome.stopped}" if outcome.ratio is None else f"{outcome.ratio:.3f} times the least"
    return f"{took}, {outcome.rejected:,} of {outcome.sent:,} requests rejected"


def _summary(panels: Panels, titles: Mapping[str, str]) -> str:
    """The whole picture in words, for those who can't see it."""
    return "; ".join(
        f"{heading}: " + ", ".join(f"{titles[one.competitor]} {_said(one)}" for one in outcomes)
        for heading, outcomes in panels.items()
    )
