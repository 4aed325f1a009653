"""`zdasync limits` shows an account once: its forms, its errors, its exit status."""

from __future__ import annotations

import json
import signal
import socket
import sys

import pytest
from support import refusing_url

from zdasync import LIMITS
from zdasync.cli import main, output, running
from zdasync.testing import virtual_time

SHOWN = ["limit", "key", "total", "used", "reserve", "remaining", "reset", "waiting", "origin"]


def row(text: str, limit: str) -> list[str]:
    """The cells of a limit's line."""
    return next(line.split() for line in text.splitlines() if line.startswith(limit + " "))


def test_it_prints_a_table_for_one_request(capsys) -> None:
    assert main(["limits", "--simulate"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "\x1b" not in out
    assert set(SHOWN) <= set(out.splitlines()[1].split())
    assert row(out, "account")[:6] == ["account", "-", "700", "1", "0", "699"]
    assert "plan enterprise" in out
    assert "1 request sent to learn this" in out
    assert "search-export" not in out


def test_json_says_the_same_to_machines(capsys) -> None:
    assert main(["limits", "--simulate", "--plan", "team", "--json"]) == 0
    out, _ = capsys.readouterr()
    assert out.count("\n") == 1
    said = json.loads(out)
    assert (said["plan"], said["requests"], said["trouble"]) == ("team", 1, None)
    account = next(state for state in said["limits"] if state["limit"] == "account")
    assert (account["total"], account["used"], account["remaining"]) == (200, 1, 199)
    assert set(SHOWN) <= set(account)
    assert "documented" not in said


def test_all_lists_every_documented_row(capsys) -> None:
    assert main(["limits", "--simulate", "--plan", "high_volume", "--all", "--json"]) == 0
    rows = {one["limit"]: one for one in json.loads(capsys.readouterr().out)["documented"]}
    assert list(rows) == [one.name for one in LIMITS]
    assert rows["account"]["count"] == rows["help-center"]["count"] == 2500
    assert {**rows["incremental-exports"], "note": ""} == {
        "limit": "incremental-exports", "count": 30, "interval": 60.0, "per": "account", "note": "",
        "source": "https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/",
    }


def test_all_as_text(capsys) -> None:
    assert main(["limits", "--simulate", "--all"]) == 0
    out, _ = capsys.readouterr()
    assert row(out, "deleted-users-destroy") == [
        "deleted-users-destroy", "700", "10", "min", "account", "ticketing/users/users/",
    ]
    assert row(out, "create-update-user/profile")[1:5] == ["5", "1", "min", "profile"]


def test_the_environment_names_the_account(simulator, account_at, capsys) -> None:
    account_at(simulator)
    assert main(["limits", "--all", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["account"], said["plan"]) == (simulator, None)
    assert next(state for state in said["limits"] if state["limit"] == "account")["total"] == 700
    assert {one["count"] for one in said["documented"] if one["limit"] in ("account", "help-center")} == {700}
    account_at(simulator, ZENDESK_PLAN="growth")
    assert main(["limits", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["plan"] == "growth"
    assert main(["limits", "--json", "--plan", "professional"]) == 0
    assert json.loads(capsys.readouterr().out)["plan"] == "professional"


def test_as_a_process(simulator, start) -> None:
    with start("limits", url=simulator) as process:
        out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert "\x1b" not in out
    assert row(out, "account")[2] == "700"


# -- how it fails ------------------------------------------------------------------------------------------------------


def test_an_environment_without_an_account(account_at, line) -> None:
    account_at()
    assert main(["limits"]) == 2
    assert "ZENDESK_SUBDOMAIN" in line("limits")


def test_an_environment_without_credentials(account_at, line) -> None:
    account_at(ZENDESK_SUBDOMAIN="acme")
    assert main(["limits"]) == 2
    assert "ZENDESK_API_TOKEN" in line("limits")


@pytest.mark.parametrize("options", [["--plan", "gold"], ["--plan", "gold", "--simulate"]])
def test_a_plan_that_does_not_exist(options, account_at, line) -> None:
    account_at(refusing_url())
    assert main(["limits", *options]) == 2
    line = line("limits")
    assert "'gold'" in line
    assert "enterprise_plus" in line


def test_a_plan_of_the_environment_that_does_not_exist(account_at, line) -> None:
    account_at(refusing_url(), ZENDESK_PLAN="gold")
    assert main(["limits"]) == 2
    assert "ZENDESK_PLAN" in line("limits")


@pytest.mark.parametrize("option", ["--redraw", "--every"])
def test_asking_again_goes_with_watching(option, account_at, line) -> None:
    account_at(refusing_url())
    assert main(["limits", option, "5"]) == 2
    assert "--watch" in line("limits")


@pytest.mark.parametrize("option", ["--redraw", "--every"])
@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_seconds_are_above_zero(option, seconds, line) -> None:
    assert main(["limits", "--watch", f"{option}={seconds}"]) == 2
    assert option in line("limits")


def test_a_host_that_nobody_answers_at(account_at, line, monkeypatch) -> None:
    monkeypatch.setattr(running, "_runner", lambda **_: virtual_time())
    account_at(refusing_url())
    assert main(["limits"]) == 4
    assert "no connection" in line("limits")


@pytest.mark.parametrize("options", [[], ["--watch"], ["--json"]])
def test_credentials_that_the_account_does_not_accept(options, simulator, account_at, line) -> None:
    account_at(simulator, ZENDESK_API_TOKEN="not-the-one")
    assert main(["limits", *options]) == 3
    assert "not-the-one" not in line("limits")


def test_a_token_that_is_not_accepted(simulator, account_at, line) -> None:
    account_at(simulator)
    account_at(ZENDESK_BASE_URL=simulator, ZENDESK_OAUTH_TOKEN="not-the-one")
    assert main(["limits"]) == 3
    line = line("limits")
    assert "401" in line
    assert "not-the-one" not in line


def test_an_interrupt_while_the_account_is_silent(start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = "http://{}:{}".format(*silent.getsockname())
        with start("limits", url=url) as process:
            connection, _ = silent.accept()
            with connection:
                connection.recv(1)
                process.send_signal(signal.SIGINT)
                assert process.communicate() == ("", "")
    assert process.returncode == 130


def test_a_reader_that_has_seen_enough(simulator, start) -> None:
    with start("limits", "--watch", "--redraw", "0.01", "--json", url=simulator) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        json.loads(process.stdout.readline())
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 0
        process.stdout = None


def test_output_in_an_encoding_that_lacks_a_letter(capfdbinary, monkeypatch) -> None:
    """What a server says may hold any letter, and the output of a job often takes only ASCII."""
    with open(sys.stdout.fileno(), "w", encoding="ascii", closefd=False) as plain:
        monkeypatch.setattr(sys, "stdout", plain)
        output.write("caf\u00e9")
    assert capfdbinary.readouterr().out == b"caf\\xe9\n"
