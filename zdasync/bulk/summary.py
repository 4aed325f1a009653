"""The report of a bulk run for programs: one JSON object.

The model: its fields only ever grow in number; `version` rises when one changes its meaning. Times are unix seconds,
spans of time seconds, and what isn't known is null.

- `version`: 1. `ledger`: its path. `operation`, `account`, `source`, `format`: as the run was started.
- `ok`: has every row an outcome, and a good one? `headline`: the same in a sentence.
- `counts`: rows by outcome (`created`, `updated`, `unchanged`, `deleted`, `merged`, `refused`, `unknown`). `done`:
  their sum. `failed`: `refused` and `unknown`. `created_ids`: created records whose ids are known. `total`: rows of the
  source, null until it has been read to its end; `pending`: those without an outcome.
- `failures`: a list by reason, the most frequent one first: `code`, `field`, `rows`, `example`.
- `started`, `ended`: of the first and of the last run, `ended` null while that goes on, or where it was killed; then
  `ending` is null too, and else "done", "interrupted" or "error: ...".
- `seconds`: how long the runs took together. `rate`: rows a second. `jobs`, `requests`: how many were sent.
- `held`: null, or parts of the time from 0 to 1: `job_slots` (as many jobs in flight as ever, which were `slots`),
  `account_limit` (the requests of the minute were spent), `neither`. The first two may overlap.
- `runs`: a list: `started`, `ended` (the last sign of life where it did not end by itself), `ending`.
- `next`: what can be done now: a list of `text` and `command`, which may be null.
- `samples`, in a written file alone: lists of equal length by name, one entry for each moment: `at`, `rows` done,
  `failed`, `jobs` in flight, `requests` sent, and of the account's limit `used` of `total`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from ..records._record import JsonValue
    from .report import BulkReport

__all__ = ["VERSION", "summary", "summary_json"]

VERSION: Final = 1
"""Of the fields that are described above."""


def summary(report: BulkReport) -> dict[str, JsonValue]:
    """The report without its samples."""
    spans = report.timeline.spans
    held = report.held
    return {
        "version": VERSION, "ledger": str(report.path), "operation": report.operation, "account": report.account,
        "source": report.source, "format": report.format,
        "ok": report.ok, "headline": report.headline,
        "counts": {str(outcome): count for outcome, count in report.counts.items()},
        "done": report.done, "failed": report.failed, "created_ids": report.created,
        "total": report.total, "pending": report.pending,
        "failures": [one._asdict() for one in report.failures],
        "started": spans[0].started if spans else None,
        "ended": spans[-1].ended if report.ended is not None else None,
        "ending": report.ending,
        "seconds": report.seconds, "rate": report.rate, "jobs": report.jobs, "requests": report.requests,
        "held": None if held is None else attrs.asdict(held),
        "runs": [attrs.asdict(span) for span in spans],
        "next": [attrs.asdict(step) for step in report.next_steps()],
    }


def summary_json(report: BulkReport) -> str:
    """The whole report as JSON, samples included."""
    names = ("at", "rows", "failed", "jobs", "requests", "used", "total")
    samples = {name: [getattr(sample, name) for sample in report.samples] for name in names}
    return json.dumps({**summary(report), "samples": samples}) + "\n"
