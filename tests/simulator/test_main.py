"""The simulator as a process: one line when it is ready, and a clean end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from zdasync import cli
from zdasync.simulator import command

MODULES = ["zdasync.simulator", "zdasync.cli"]


@contextmanager
def running(module: str, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    extra = ["simulate"] if module == "zdasync.cli" else []
    process = subprocess.Popen(
        [sys.executable, "-m", module, *extra, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().rstrip("\n")
    finally:
        process.kill()
        process.communicate()


def fetch(url: str, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_its_url_serves_and_ends_cleanly(module, number) -> None:
    with running(module) as (process, url):
        status, body = fetch(url + "/api/v2/users/me.json")
        assert status == 200
        assert json.loads(body)["user"]["id"] is None
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (0, "", "")


def test_its_options_reach_the_account(tmp_path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text('[{"route": "GET /api/v2/users/me", "kind": "error", "status": 504, "calls": [2]}]')
    options = ["--plan", "team", "--users", "20", "--tickets", "30", "--speed", "100", "--strict", "--seed", "3"]
    options += ["--faults", str(faults)]
    with running("zdasync.simulator", *options) as (_, url):
        accept = {"Accept": "application/json"}
        assert fetch(url + "/api/v2/users/me", **accept)[0] == 200
        assert fetch(url + "/api/v2/users/me", **accept)[0] == 504
        assert fetch(url + "/api/v2/users/me")[0] == 500
        basic = "Basic YWRtaW5AZXhhbXBsZS5jb20vdG9rZW46dG9rZW4="
        status, body = fetch(url + "/api/v2/users/count", Authorization=basic, **accept)
        assert (status, json.loads(body)["count"]["value"]) == (200, 24)
        status, body = fetch(url + "/api/v2/tickets", Authorization=basic, **accept)
        tickets = json.loads(body)["tickets"]
        assert status == 200
        assert len(tickets) >= 30
        assert len({ticket["subject"] for ticket in tickets}) > 20


@pytest.mark.parametrize("options", [
    ["--users", "-1"], ["--tickets", "-1"], ["--speed", "0"], ["--speed", "inf"], ["--plan", "gold"],
    ["--faults", "/no/such/file"],
])
@pytest.mark.parametrize("main", [command.main, lambda options: cli.main(["simulate", *options])])
def test_wrong_options_are_named(main, options, capsys) -> None:
    try:
        status = main(options)
    except SystemExit as end:  # argparse's way
        status = end.code
    assert status == 2
    err = capsys.readouterr().err
    assert options[0] in err or repr(options[1]) in err


def test_a_taken_port_is_said(capsys) -> None:
    with running("zdasync.simulator") as (_, url):
        assert command.main(["--port", url.rpartition(":")[2]]) == 1
    assert "can't listen" in capsys.readouterr().err
