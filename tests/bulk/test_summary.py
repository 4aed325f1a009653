from __future__ import annotations

import json
import re

import pytest
from ledgers import HOSTILE, START, created, make_ledger, refused, sample

from zdasync.bulk import summary
from zdasync.bulk.report import BulkReport
from zdasync.bulk.rows import RowReport


@pytest.fixture
def path(tmp_path):
    return tmp_path / "migration.db"


def written(path):
    return json.loads(BulkReport.read(path).write_json(path.with_name("report.json")).read_text(encoding="utf-8"))


def test_programs_get_everything(path):
    make_ledger(
        path, [created(1), refused(2), RowReport(3, "k", "unknown")], total="5",
        runs=[(0, None, None), (100, 160, "interrupted")],
        samples=[sample(0, 0), sample(30, 2, requests=8, used=None, total=None), sample(130, 3, requests=9)],
        submissions=[("settled", "V3-1", 1, 9)],
    )
    found = written(path)
    text = BulkReport.read(path).next_steps()
    assert found == {
        "version": 1, "ledger": str(path), "operation": "users.create_or_update",
        "account": "https://example.zendesk.com", "source": "customers.csv", "format": "csv", "ok": False,
        "headline": "Not finished: 3 of 5 rows so far, 2 failed.",
        "counts": {"created": 1, "updated": 0, "unchanged": 0, "deleted": 0, "merged": 0, "refused": 1, "unknown": 1},
        "done": 3, "failed": 2, "created_ids": 1, "total": 5, "pending": 2,
        "failures": [
            {"code": "DuplicateValue", "field": "email", "rows": 1, "example": "row 2 is taken"},
            {"code": None, "field": None, "rows": 1, "example": None},
        ],
        "started": START, "ended": START + 160, "ending": "interrupted",
        "seconds": 90.0, "rate": 3 / 90, "jobs": 1, "requests": 9,
        "held": {"job_slots": 1.0, "account_limit": 0.0, "neither": 0.0, "slots": 30},
        "runs": [
            {"started": START, "ended": START + 30, "ending": None},
            {"started": START + 100, "ended": START + 160, "ending": "interrupted"},
        ],
        "next": [{"text": step.text, "command": step.command} for step in text],
        "samples": {
            "at": [START, START + 30, START + 130], "rows": [0, 2, 3], "failed": [0, 0, 0], "jobs": [30, 30, 30],
            "requests": [0, 8, 9], "used": [100, None, 100], "total": [700, None, 700],
        },
    }


def test_the_report_as_a_dictionary_is_the_same_without_the_samples(path):
    make_ledger(path, [created(1)], samples=[sample(0, 0)])
    found = written(path)
    del found["samples"]
    assert BulkReport.read(path).to_dict() == found


def test_what_is_not_known_is_null(path):
    found = written(make_ledger(path, runs=[]))
    assert [name for name, value in found.items() if value is None] == [
        "total", "pending", "started", "ended", "ending", "held",
    ]


def test_a_run_that_goes_on_has_no_end(path):
    found = written(make_ledger(path, runs=[(0, None, None)], samples=[sample(30, 1)]))
    assert (found["ended"], found["ending"]) == (None, None)
    assert found["runs"] == [{"started": START, "ended": START + 30, "ending": None}]


def test_every_field_is_described(path):
    def names(value):
        if isinstance(value, dict):
            for name, inner in value.items():
                yield name
                yield from names(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from names(inner)

    make_ledger(path, [refused(1)], samples=[sample(0, 0), sample(5, 1)])
    described = set(re.findall(r"`(\w+)`", summary.__doc__))
    assert set(names(written(path))) == described


def test_any_text_survives(path):
    make_ledger(path, [refused(1, text=HOSTILE)], source="ü\u2028</script>")
    found = written(path)
    assert found["failures"][0]["example"] == HOSTILE
    assert found["source"] == "ü\u2028</script>"
