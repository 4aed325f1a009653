"""`zdasync login`, `logout` and `profiles`, with a keyring of the test's own and a browser that is a thread."""

from __future__ import annotations

import io
import json
import stat
import sys
import threading
import tomllib
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from support import refusing_url

from zdasync.cli import login, main

CLIENT = ["--client-id", "public"]


class Drawer(KeyringBackend):
    """A keyring in memory."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        del self.kept[service, username]


@pytest.fixture
def drawer() -> Iterator[Drawer]:
    before, mine = keyring.get_keyring(), Drawer()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


@pytest.fixture
def without_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    yield
    keyring.set_keyring(before)


def visit(url: str) -> tuple[int, str]:
    """What a browser shows that follows redirects."""
    try:
        with urllib.request.urlopen(url) as page:
            return page.status, page.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.fixture
def browser(monkeypatch) -> list[tuple[str, tuple[int, str]]]:
    """The pages that were opened, with what they showed."""
    pages = []

    def opened(url: str) -> bool:
        pages.append((url, visit(url)))
        return True

    monkeypatch.setattr(webbrowser, "open", opened)
    return pages


@pytest.fixture
def typed(monkeypatch) -> Callable[[str], None]:
    """Pipes text into stdin."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def me(*more: str) -> int:
    return main(["request", "GET", "/api/v2/users/me", "--json", *more])


def test_in_the_browser_with_the_keyring(simulator, drawer, browser, account_at, profile_file, capsys) -> None:
    account_at()
    assert main(["login", "--base-url", simulator, *CLIENT, "--plan", "enterprise"]) == 0
    out, err = capsys.readouterr()
    ((url, page),) = browser
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "read write")
    assert asked["redirect_uri"].startswith("http://127.0.0.1:")
    assert page[0] == 200
    assert "Signed in" in page[1]
    assert url in err
    assert "Ada Admin <admin@example.com>" in out
    ((_, username), secret), = drawer.kept.items()
    assert username == f"default {simulator}"
    secrets = json.loads(secret)
    assert set(secrets) == {"access_token", "refresh_token", "expires_at"}
    assert not [one for one in secrets.values() if one in out + err + profile_file.read_text()]
    assert stat.S_IMODE(profile_file.stat().st_mode) == 0o600
    assert me() == 0
    assert json.loads(capsys.readouterr().out)["user"]["email"] == "admin@example.com"


def test_a_profile_lives_until_logout(simulator, drawer, browser, account_at, profile_file, capsys) -> None:
    account_at()
    assert main(["login", "--base-url", simulator, *CLIENT, "--profile", "work", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["name"], said["kind"], said["user"]) == ("work", "oauth", "Ada Admin")
    assert main(["profiles", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["base_url"] == simulator
    token = json.loads(next(iter(drawer.kept.values())))["access_token"]
    assert me() == 2
    assert me("--profile", "work") == 0
    assert main(["logout", "--profile", "work"]) == 0
    assert drawer.kept == {}
    assert tomllib.loads(profile_file.read_text()) == {}
    account_at(ZENDESK_BASE_URL=simulator, ZENDESK_OAUTH_TOKEN=token)
    assert main(["limits"]) == 3
    assert main(["logout", "--profile", "work"]) == 2


def test_tokens_are_renewed_and_kept(simulator, without_keyring, browser, account_at, profile_file, capsys) -> None:
    account_at()
    assert main(["login", "--base-url", simulator, *CLIENT, "--store", "file"]) == 0
    before = tomllib.loads(profile_file.read_text())["default"]["secrets"]
    expired = profile_file.read_text().replace(before["expires_at"], "1700000000")
    profile_file.write_text(expired)
    assert me() == me() == 0
    after = tomllib.loads(profile_file.read_text())["default"]["secrets"]
    assert before["access_token"] != after["access_token"]
    assert before["refresh_token"] != after["refresh_token"]
    assert float(after["expires_at"]) > 1_700_000_000
    assert stat.S_IMODE(profile_file.stat().st_mode) == 0o600


def test_a_confidential_client_and_its_secret(simulator, drawer, browser, account_at, typed, capsys) -> None:
    account_at()
    typed("secret\n")
    assert main(["login", "--base-url", simulator, "--client-id", "client", "--confidential"]) == 0
    assert json.loads(next(iter(drawer.kept.values())))["client_secret"] == "secret"
    typed("wrong\n")
    assert main(["login", "--base-url", simulator, "--client-id", "client", "--confidential"]) == 3
    assert "wrong" not in capsys.readouterr().err.splitlines()[-1].replace("wrong secret", "")


@pytest.mark.parametrize(
    ("options", "stdin", "kept"),
    [
        (["--client-credentials", "--client-id", "client"], "secret\n", {"client_secret": "secret"}),
        (["--api-token"], "admin@example.com\ntoken\n", {"api_token": "token"}),
    ],
)
def test_without_a_browser(options, stdin, kept, simulator, drawer, account_at, typed, capsys) -> None:
    account_at()
    typed(stdin)
    assert main(["login", "--base-url", simulator, *options]) == 0
    assert [json.loads(secret) for secret in drawer.kept.values()] == [kept]
    assert me() == 0
    assert main(["logout"]) == 0
    assert drawer.kept == {}


def test_what_is_not_accepted_is_not_kept(simulator, drawer, account_at, typed, profile_file, capsys) -> None:
    account_at()
    typed("admin@example.com\nnot-the-one\n")
    assert main(["login", "--base-url", simulator, "--api-token"]) == 3
    assert "not-the-one" not in "".join(capsys.readouterr())
    assert drawer.kept == {}
    assert not profile_file.exists()


def test_a_stranger_at_the_listener_is_not_believed(simulator, drawer, account_at, monkeypatch, capsys) -> None:
    account_at()
    answers = []

    def opened(url: str) -> bool:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        back = asked["redirect_uri"]
        answers.extend(visit(f"{back}{more}")[0] for more in ("", "?code=stolen", "?code=stolen&state=guessed"))
        answers.append(visit(back.replace("/callback", "/favicon.ico"))[0])
        answers.append(visit(url)[0])
        return True

    monkeypatch.setattr(webbrowser, "open", opened)
    assert main(["login", "--base-url", simulator, *CLIENT]) == 0
    assert answers == [400, 400, 400, 404, 200]


def test_access_that_is_denied(simulator, drawer, account_at, monkeypatch, capsys) -> None:
    account_at()

    def opened(url: str) -> bool:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        visit(f"{asked['redirect_uri']}?error=access_denied&error_description=said%20no%0a&state={asked['state']}")
        return True

    monkeypatch.setattr(webbrowser, "open", opened)
    assert main(["login", "--base-url", simulator, *CLIENT]) == 3
    assert capsys.readouterr().err.splitlines()[-1] == "zdasync login: access was not granted: said no"
    assert drawer.kept == {}


def test_nobody_comes(simulator, drawer, account_at, monkeypatch, capsys) -> None:
    account_at()
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    monkeypatch.setattr(login, "PATIENCE", 0.05)
    assert main(["login", "--base-url", simulator, *CLIENT]) == 3
    err = capsys.readouterr().err
    assert "no browser opened" in err
    assert "nobody granted access" in err


def test_no_browser_prints_the_address_only(simulator, start, account_at, tmp_path) -> None:
    options = ["--base-url", simulator, *CLIENT, "--no-browser", "--store", "file"]
    with start("login", *options) as process:
        assert process.stderr is not None
        url = process.stderr.readline().rpartition(" ")[2].strip()
        shown: list[tuple[int, str]] = []
        thread = threading.Thread(target=lambda: shown.append(visit(url)))
        thread.start()
        out, err = process.communicate()
        thread.join()
    assert (process.returncode, err) == (0, "")
    assert "signed in to" in out
    assert shown[0][0] == 200


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--subdomain", "acme"], "--client-id"),
        (["--subdomain", "acme", "--api-token", *CLIENT], "--client-id"),
        (["--subdomain", "acme", "--api-token", "--client-credentials"], "one of the two"),
        (["--api-token"], "subdomain"),
        (["--subdomain", "acme", *CLIENT, "--simulate"], "zdasync simulate"),
        (["--subdomain", "acme", *CLIENT, "--profile", "a b"], "letters"),
        (["--subdomain", "acme", *CLIENT, "--plan", "gold"], "enterprise"),
        (["--subdomain", "acme", *CLIENT, "--store", "paper"], "paper"),
    ],
)
def test_logins_that_can_not_be_right(options, said, drawer, line) -> None:
    assert main(["login", *options]) == 2
    text = line("login")
    assert said in text or "takes none here" in text


@pytest.mark.parametrize("mistaken", [["--api-token", "hunter2"], ["--secret", "hunter2"], ["--port", "hunter2"]])
def test_a_secret_among_the_arguments_is_not_repeated(mistaken, drawer, line) -> None:
    assert main(["login", "--subdomain", "acme", *mistaken]) == 2
    assert "hunter2" not in line("login")


def test_without_a_keyring_the_file_must_be_asked_for(without_keyring, line) -> None:
    assert main(["login", "--base-url", refusing_url(), *CLIENT]) == 2
    assert "--store file" in line("login")


def test_a_taken_port(simulator, drawer, line) -> None:
    assert main(["login", "--base-url", simulator, *CLIENT, "--port", simulator.rpartition(":")[2]]) == 2
    assert "--port" in line("login")


def test_nothing_typed(drawer, typed, line) -> None:
    typed("\n")
    assert main(["login", "--subdomain", "acme", "--api-token"]) == 2
    line("login")


def test_a_file_that_others_can_read(profile_file: Path, account_at, line) -> None:
    account_at()
    profile_file.parent.mkdir()
    profile_file.write_text('[default]\nbase_url = "https://acme.zendesk.com"\n')
    profile_file.chmod(0o640)
    for command in (["profiles"], ["limits"], ["login", "--subdomain", "acme", *CLIENT, "--store", "file"]):
        assert main(command) == 2
        assert f"chmod 600 '{profile_file}'" in line(command[0])
