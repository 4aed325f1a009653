"""`zdasync demo`: it makes its own file, and leaves everything in one place that it names."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from zdasync.bulk.report import BulkReport
from zdasync.cli import main


@pytest.fixture
def temporary(tmp_path, monkeypatch) -> Path:
    """Where temporary directories are made; nothing may be written where the command is run."""
    here, path = tmp_path / "here", tmp_path / "temporary"
    here.mkdir(mode=0o500)
    path.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    return path


def test_it_shows_what_a_bulk_run_is_like(temporary, account_at, capsys) -> None:
    account_at()
    assert main(["demo", "--rows", "400"]) == 0
    out, err = capsys.readouterr()
    (folder,) = temporary.iterdir()
    assert "Finished: 400 rows, 2 failed." in out
    assert f"All of it is in {folder}." in out
    for name in ("customers.report.html", "customers.failed.csv"):
        assert str(folder / name) in out
        assert (folder / name).exists()
    assert "zdasync bulk undo" in out
    assert "400 of 400 (100%) rows" in err
    assert "in virtual time" in err
    counts = BulkReport.read(folder / "customers.ledger").counts
    assert {name: count for name, count in counts.items() if count} == {"created": 378, "merged": 20, "refused": 2}
    assert list(Path().iterdir()) == []


def test_json_is_one_document(temporary, capsys) -> None:
    assert main(["demo", "--rows", "30", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["counts"]["created"] == 29
    assert err == ""


def test_it_is_for_a_simulated_account(temporary, line) -> None:
    assert main(["demo", "--profile", "acme"]) == 2
    assert "zdasync bulk run FILE" in line("demo")
    assert list(temporary.iterdir()) == []
