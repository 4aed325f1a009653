"""The command line as a whole: what it imports when, how it is asked for help, how it ends."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest
from cyclopts import App

from zdasync import BadArgument
from zdasync.cli import INSTALL, app, main, request
from zdasync.cli.status import MEANINGS


@pytest.mark.parametrize("missing", ["cyclopts", "rich"])
def test_without_the_extra_one_line_says_what_to_install(missing, capsys, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    assert main(["limits", "--simulate"]) == 2
    assert capsys.readouterr() == ("", f"{INSTALL}\n")
    assert "pip install 'zdasync[cli]'" in INSTALL


def test_the_simulator_needs_no_extra() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('cyclopts', 'rich', 'keyring')))\n"
        "from zdasync.simulator.command import main; main(['--help'])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--faults" in shown.stdout


def test_help_loads_no_command() -> None:
    code = (
        "import sys; from zdasync.cli import main; status = main(['--help'])\n"
        "print(status, *sorted(name for name in sys.modules if name.startswith('zdasync.cli.')), file=sys.stderr)\n"
        "print(*{'keyring', 'zdasync.simulator', 'zdasync.testing'} & set(sys.modules), file=sys.stderr)"
    )
    shown = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    status, *loaded = shown.stderr.splitlines()[0].split()
    assert status == "0"
    assert {name.rpartition(".")[2] for name in loaded} == {
        "app", "options", "output", "running", "status", "text",
    }
    assert shown.stderr.splitlines()[1] == ""


def test_help_lists_commands_and_exit_statuses(capsys) -> None:
    assert main(["--help"]) == 0
    out, _ = capsys.readouterr()
    for row in app.COMMANDS:
        assert f"{row.name}: {row.help}" in out
    for status, meaning in MEANINGS.items():
        assert f"{status.value} {meaning}" in out
    assert "ZENDESK_API_TOKEN" in out


@pytest.mark.parametrize("row", app.COMMANDS, ids=lambda row: row.name)
def test_every_command_tells_what_it_does_and_takes_the_shared_options(row, capsys) -> None:
    assert main([row.name, "--help"]) == 0
    out, _ = capsys.readouterr()
    module, _, name = row.target.partition(":")
    target = getattr(importlib.import_module(module), name)
    if isinstance(target, App):
        assert "Commands:" in out
    else:
        assert all(f"--{option}" in out for option in ("json", "simulate", "profile", "plan"))
        assert target.__doc__.split("`")[0][:40] in out


@pytest.mark.parametrize("arguments", [[], ["users"], ["jobs"]])
def test_no_command_is_wrong_usage(arguments, capsys) -> None:
    assert main(arguments) == 2
    assert "Usage: zdasync" in capsys.readouterr().out


def test_the_version(capsys) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip().replace(".", "").isdigit()


@pytest.mark.parametrize(
    ("arguments", "command", "said"),
    [
        (["userz"], "", "userz"),
        (["users", "lst"], "users", '"list"'),
        (["users", "list", "--rle", "x"], "users list", "--role"),
        (["users", "list", "--limit", "0"], "users list", "--limit"),
        (["users", "show", "me"], "users show", "me"),
        (["request", "GET"], "request", "PATH"),
    ],
)
def test_wrong_usage_is_one_line(arguments, command, said, capsys) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"zdasync {command}: " if command else "zdasync: ")
    assert err.count("\n") == 1
    assert said in err


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (BadArgument("no\n\x1b[31m"), 2, "no \\x1b[31m"),
        (OSError(28, "No space left on device"), 6, "No space left"),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 0, ""),
    ],
)
def test_how_a_command_that_raises_ends(error, status, said, monkeypatch, capsys) -> None:
    def from_json(option: str, text: str) -> None:
        raise error

    monkeypatch.setattr(request, "from_json", from_json)
    monkeypatch.setattr(app, "_forget_stdout", lambda: None)
    assert main(["request", "PUT", "/api/v2/users/1", "--body", "{}"]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == (1 if said else 0)


# -- request -----------------------------------------------------------------------------------------------------------


def test_a_request_prints_the_reply(capsys) -> None:
    assert main(["request", "get", "/api/v2/users/me", "--simulate", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["user"]["email"] == "admin@example.com"
    assert main(["request", "GET", "/api/v2/users/me", "--simulate"]) == 0
    out, _ = capsys.readouterr()
    assert out.startswith('{\n  "user": {\n')


def test_a_request_with_parameters(capsys) -> None:
    several = ["--param", "role[]=admin", "--param", "role[]=agent", "--param", "page[size]=1"]
    assert main(["request", "GET", "/api/v2/users", *several, "--simulate", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [user["role"] for user in said["users"]] == ["admin"]
    assert said["meta"]["has_more"]


def test_a_body_from_a_file(tmp_path, capsys) -> None:
    body = tmp_path / "body.json"
    body.write_text('{"organization": {"name": "Acmé"}}', encoding="utf-8")
    line = ["request", "POST", "/api/v2/organizations", "--body", f"@{body}", "--simulate", "--json"]
    assert main(line) == 0
    assert json.loads(capsys.readouterr().out)["organization"]["name"] == "Acm\u00e9"


@pytest.mark.parametrize(
    ("more", "status"),
    [
        (["GET", "/api/v2/nothing/here"], 1),
        (["GET", "https://elsewhere.example/"], 2),
        (["GET", "/api/v2/users", "--param", "role"], 2),
        (["POST", "/api/v2/users", "--body", "{"], 2),
        (["POST", "/api/v2/users", "--body", "@/no/such/file"], 2),
        (["POST", "/api/v2/users", "--body", '{"user": {}}'], 5),
    ],
)
def test_a_request_that_fails(more, status, line) -> None:
    assert main(["request", *more, "--simulate"]) == status
    line("request")
