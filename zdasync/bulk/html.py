"""The report of a bulk run for people: one HTML file that needs no other.

The model: everything that comes from the ledger stands in the page as text, with what HTML obeys escaped and what a
screen obeys taken out. Should that ever fail, the page's own policy for content stands behind it: no script runs,
nothing is loaded, and the one style sheet that counts is the one whose digest is in the policy.
Source: https://www.w3.org/TR/CSP3/
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .chart import STYLE as CHARTS
from .chart import Chart, draw
from .rows import FAILED, RowReport
from .words import date, duration, plain

if TYPE_CHECKING:
    from .report import BulkReport, Failures

__all__ = ["SHOWN", "page"]

SHOWN: Final = 200
"""Failed rows that are shown."""
LONGEST: Final = 400
"""Characters of a cell."""

STYLE: Final = f"""
:root {{ color-scheme: light dark; --page: #ffffff; --card: #f6f8fa; --text: #1f2328; --soft: #59636e; --line: #d0d7de;
  --accent: #0969da; --good: #1a7f37; --bad: #cf222e }}
@media (prefers-color-scheme: dark) {{
  :root {{ --page: #0d1117; --card: #151b23; --text: #f0f6fc; --soft: #9198a1; --line: #3d444d;
    --accent: #4493f8; --good: #3fb950; --bad: #f85149 }}
}}
body {{ margin: 0 auto; max-width: 60rem; padding: 1.5rem; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }}
h1 {{ font-size: 1.5rem; margin: 0 }} h2 {{ font-size: 1.1rem; margin: 2rem 0 0.5rem }} p {{ margin: 0.4rem 0 }}
.soft {{ color: var(--soft) }} .good {{ color: var(--good) }} .bad {{ color: var(--bad) }}
.headline {{ font-size: 1.15rem; font-weight: 600; margin: 1rem 0 }}
dl {{ display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 1rem 0 }}
dl div {{ flex: 1 1 5rem; background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: 0.5rem 0.75rem }}
dt {{ color: var(--soft); font-size: 0.85rem; white-space: nowrap }}
dd {{ margin: 0; font-size: 1.2rem; font-weight: 600; white-space: nowrap }}
.wide {{ overflow-x: auto }}
table {{ border-collapse: collapse; width: 100%; font-size: 0.9rem }}
th, td {{ border-bottom: 1px solid var(--line); padding: 0.3rem 0.6rem; text-align: left; vertical-align: top;
  overflow-wrap: break-word }}
th {{ color: var(--soft); font-weight: 600; white-space: nowrap }}
.number {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }}
pre {{ background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 0.5rem 0.75rem;
  margin: 0 0 1rem; overflow-x: auto }}
{CHARTS}"""


def page(report: BulkReport, failed: str | Path | None = None) -> str:
    """The page; the failed rows in it are read from the ledger, which blocks. Raises `LedgerError`.

    `failed` is the file that all failed rows were written to, if they were.
    """
    parts = [
        *_head(report), *_counts(report), *_curves(report), *_held(report), *_reasons(report.failures),
        *_failed_rows(report, failed), *_next(report),
        "</body>", "</html>", "",
    ]
    return "\n".join(parts)


def _head(report: BulkReport) -> Iterator[str]:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{_safe(report.operation)}: {_safe(report.source)}</title>"
    yield f"<style>{STYLE}</style>\n</head>\n<body>"
    yield f"<h1>{_safe(report.operation)}</h1>"
    yield f'<p class="soft">{_safe(report.source)} to {_safe(report.account)}</p>'
    yield f'<p class="headline {"good" if report.ok else "bad"}">{_safe(report.headline)}</p>'
    if report.started is not None:
        restarts = len(report.timeline.restarts)
        runs = f", in {restarts + 1:,} runs" if restarts else ""
        yield f'<p class="soft">{date(report.started)} to {_safe(report.end)}{runs}</p>'


def _counts(report: BulkReport) -> Iterator[str]:
    yield "<dl>"
    for outcome, count in report.counts.items():
        if count:
            yield _tile(outcome, f"{count:,}", "bad" if outcome in FAILED else "")
    if report.pending:
        yield _tile("pending", f"{report.pending:,}", "bad")
    yield _tile("time", duration(report.seconds))
    yield _tile("rows a second", f"{report.rate:,.1f}")
    yield _tile("jobs", f"{report.jobs:,}")
    yield _tile("requests", f"{report.requests:,}")
    yield "</dl>"


def _tile(name: str, value: str, style: str = "") -> str:
    kind = f' class="{style}"' if style else ""
    return f"<div><dt>{name}</dt><dd{kind}>{value}</dd></div>"


def _curves(report: BulkReport) -> Iterator[str]:
    line = report.timeline
    rates, budget, jobs = line.rates(), line.budget(), line.jobs()
    yield "<h2>Over time</h2>"
    if not rates:
        yield '<p class="soft">The run was too short for curves.</p>'
        return
    marks = [(at, f"started again {date(span.started)}") for at, span in line.restarts]
    seconds = line.seconds
    yield draw(Chart(title="Rows a minute", points=rates, seconds=seconds, marks=marks))
    if budget:
        yield draw(Chart(
            title="Account limit: % of the requests of a minute", points=budget, seconds=seconds, ceiling=100.0,
            ceiling_name="all of it", marks=marks,
        ))
    yield draw(Chart(title="Job slots in use", points=jobs, seconds=seconds, marks=marks))
    if marks:
        yield '<p class="soft">Dashed lines: the run was started again; the time between runs is left out.</p>'


def _held(report: BulkReport) -> Iterator[str]:
    held = report.held
    if held is None:
        return
    rows = [
        (_percent(held.job_slots), f"job slots: {held.slots} in use, as many as ever"),
        (_percent(held.account_limit), "the account's limit: the requests of the minute were spent"),
        (_percent(held.neither), "neither: it waited for the source, for answers or for other users of the account"),
    ]
    yield "<h2>What bound the run</h2>"
    yield from _table(("part of the time", "bound"), rows, numbers={0})
    yield '<p class="soft">The first two may overlap.</p>'


def _percent(part: float) -> str:
    return f"{100 * part:.0f} %"


def _reasons(failures: Iterable[Failures]) -> Iterator[str]:
    rows = [(f"{one.rows:,}", one.code or "", one.field or "", one.example or "") for one in failures]
    if rows:
        yield "<h2>Failures by reason</h2>"
        yield from _table(("rows", "code", "field", "example"), rows, numbers={0})


def _failed_rows(report: BulkReport, failed: str | Path | None) -> Iterator[str]:
    if not report.failed:
        return
    rows = [_row(row) for row in islice(report.rows(*FAILED), SHOWN)]
    count = report.failed
    yield f"<h2>{'Failed rows' if count <= SHOWN else f'The first {SHOWN:,} of {count:,} failed rows'}</h2>"
    if failed is not None:
        yield f'<p class="soft">All of them, with their cells: <code>{_safe(failed)}</code></p>'
    yield from _table(("row", "line", "key", "outcome", "field", "reason"), rows, numbers={0, 1})


def _row(row: RowReport) -> tuple[str, ...]:
    line = "" if row.line is None else str(row.line)
    reason = ": ".join(str(part) for part in (row.code, row.text) if part)
    return str(row.position), line, row.key or "", row.outcome, row.field or "", reason


def _next(report: BulkReport) -> Iterator[str]:
    steps = report.next_steps()
    if steps:
        yield "<h2>What can be done now</h2>"
    for step in steps:
        yield f"<p>{_safe(step.text)}</p>"
        if step.command is not None:
            yield f"<pre><code>{_safe(step.command)}</code></pre>"


def _table(names: tuple[str, ...], rows: Iterable[tuple[str, ...]], numbers: set[int]) -> Iterator[str]:
    kinds = [' class="number"' if index in numbers else "" for index in range(len(names))]
    heads = (f"<th{kind}>{name}</th>" for kind, name in zip(kinds, names, strict=True))
    yield f'<div class="wide"><table>\n<thead><tr>{"".join(heads)}</tr></thead>\n<tbody>'
    for row in rows:
        cells = (f"<td{kind}>{_safe(cell)}</td>" for kind, cell in zip(kinds, row, strict=True))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody>\n</table></div>"


def _safe(text: object) -> str:
    return escape(plain(text, LONGEST))
