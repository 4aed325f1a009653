"""`zdasync bulk run` in a process of its own, interrupted by Ctrl-C and gone on with in another one."""

from __future__ import annotations

import signal

from zdasync.bulk.report import BulkReport
from zdasync.cli import main

ROWS = 1000


def test_a_run_is_interrupted_and_goes_on(start, account_at, tmp_path, capsys) -> None:
    file, ledger = tmp_path / "customers.csv", tmp_path / "customers.ledger"
    rows = (f"c-{number},Customer {number}" for number in range(ROWS))
    file.write_text("external_id,name\n" + "\n".join(rows) + "\n", encoding="utf-8")
    with start("simulate", "--speed", "10") as simulator:
        assert simulator.stdout is not None
        url = simulator.stdout.readline().rstrip("\n")
        with start("bulk", "run", str(file), "--operation", "users.create", "--slots", "1", url=url) as running:
            assert running.stderr is not None
            while running.stderr.readline().startswith("0 of"):
                pass
            running.send_signal(signal.SIGINT)
            out, err = running.communicate()
        assert running.returncode == 130
        assert err.splitlines()[0].startswith("stopping")
        assert err.endswith(f"to go on: zdasync bulk resume {ledger}\n")
        assert "Not finished: " in out
        before = BulkReport.read(ledger)
        assert before.ending == "interrupted"
        assert before.done % 100 == 0 < before.done < ROWS
        account_at(url)
        assert main(["bulk", "resume", str(ledger), "--json"]) == 0
        report = BulkReport.read(ledger)
        assert report.counts["created"] == ROWS
        assert len(set(report.created_ids())) == ROWS
        assert main(["users", "count", "--json"]) == 0
        assert f'"value": {ROWS + 4}' in capsys.readouterr().out
