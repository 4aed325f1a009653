"""The file of the profiles: where it is, what it takes, and what is left of it when things go wrong."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from zdasync import BadArgument, GrantedToken
from zdasync._renewal import TokenPayload
from zdasync.cli import main, profiles, vault
from zdasync.cli.account import settings, settings_of
from zdasync.cli.kept import KeptTokens, tokens
from zdasync.cli.profiles import Profile
from zdasync.cli.vault import Secrets

URL = "https://acme.zendesk.com"


def profile(name: str = "work", **more: Any) -> Profile:
    usual: dict[str, Any] = {"base_url": URL, "kind": "api_token", "store": "file", "email": "a@example.com"}
    return Profile(name=name, **{**usual, **more})


def test_what_is_kept_is_found_again(profile_file) -> None:
    odd = profile(scope='a "quoted" \\ back\nslash \x7f \U0001f600', plan="team")
    profiles.save(odd, Secrets(api_token="t=="))
    profiles.save(profile("other"), Secrets(api_token="o"))
    assert profiles.find("work") == odd
    assert profiles.secrets_of(odd) == {"api_token": "t=="}
    assert [one.name for one in profiles.known()] == ["other", "work"]
    profiles.remove(odd)
    assert profiles.find("work") is None
    assert profiles.secrets_of(profile("other")) == {"api_token": "o"}
    assert stat.S_IMODE(profile_file.parent.stat().st_mode) == 0o700
    assert [path.name for path in profile_file.parent.iterdir() if path.suffix != ".lock"] == [profile_file.name]


def test_where_the_file_is(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv("ZDASYNC_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert profiles.path() == tmp_path / "zdasync" / "profiles.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert profiles.path() == tmp_path / "home" / ".config" / "zdasync" / "profiles.toml"


def test_a_file_that_is_left_alone_when_the_new_one_can_not_be_written(profile_file, monkeypatch) -> None:
    profiles.save(profile(), Secrets(api_token="t"))
    before = profile_file.read_text()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        profiles.save(profile("other"), Secrets(api_token="o"))
    assert profile_file.read_text() == before
    assert not list(profile_file.parent.glob("*.new"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[work", "no file of profiles"),
        ('[work]\nbase_url = "https://acme.zendesk.com"\n', "incomplete"),
        ('[work]\nbase_url = "https://acme.zendesk.com"\nkind = "magic"\nstore = "file"\n', "incomplete"),
        ('[work]\nbase_url = "http://acme.zendesk.com"\nkind = "oauth"\nstore = "file"\n', "https"),
        ('[work]\nbase_url = "https://acme.zendesk.com"\nkind = "oauth"\nstore = "file"\n', "are gone"),
        ("", "no profile 'work'"),
    ],
)
def test_a_file_that_does_not_hold_what_it_should(text, said, profile_file: Path, line) -> None:
    profile_file.parent.mkdir()
    profile_file.write_text(text)
    profile_file.chmod(0o600)
    assert main(["limits", "--profile", "work"]) == 2
    assert said in line("limits")


def test_the_profile_that_is_named_wins_over_the_environment_and_that_over_the_default() -> None:
    profiles.save(profile(), Secrets(api_token="t"))
    profiles.save(profile("default", base_url="https://mine.zendesk.com", plan="team"), Secrets(api_token="t"))
    environ = {"ZENDESK_SUBDOMAIN": "environ", "ZENDESK_OAUTH_TOKEN": "t"}
    assert settings("work", environ).base_url == URL
    assert settings(None, environ).base_url == "https://environ.zendesk.com"
    assert settings(None, {"ZENDESK_PLAN": "growth"}).base_url == "https://mine.zendesk.com"
    assert (settings(None, {}).base_url, settings(None, {}).plan) == ("https://mine.zendesk.com", "team")


def test_secrets_show_nowhere() -> None:
    assert "hunter2" not in f"{Secrets(api_token='hunter2')!r}{Secrets(api_token='hunter2')}"
    assert "hunter2" not in repr(settings_of_saved("hunter2"))


def settings_of_saved(secret: str) -> object:
    profiles.save(profile(), Secrets(api_token=secret))
    return settings_of(profile())


def test_a_keyring_that_is_not_there_any_more(monkeypatch) -> None:
    monkeypatch.setattr(vault, "find_spec", lambda _: None)
    with pytest.raises(BadArgument, match="keyring"):
        profiles.secrets_of(profile(store="keyring"))


# -- tokens that several processes renew -------------------------------------------------------------------------------


class Server:
    """Grants a new pair for the refresh token that is good, and only for that one."""

    def __init__(self, good: str) -> None:
        self.good = good
        self.asked: list[object] = []

    async def __call__(self, path: str, payload: Any) -> TokenPayload:
        self.asked.append(payload["refresh_token"])
        assert payload["refresh_token"] == self.good
        await asyncio.sleep(1)
        self.good = f"r{len(self.asked)}"
        return TokenPayload(access_token=f"a{len(self.asked)}", refresh_token=self.good, expires_in=1800)


def kept(**secrets: str) -> tuple[Profile, Secrets]:
    one = profile(kind="oauth", client_id="cli", email=None)
    found = Secrets({"refresh_token": "r0", "access_token": "a0", "expires_at": "1", **secrets})
    profiles.save(one, found)
    return one, found


async def test_an_access_token_is_used_as_long_as_it_is_good() -> None:
    server = Server("r0")
    granted = tokens(GrantedToken(access_token="a0", refresh_token="r0", expires_in=1800.0))
    assert await KeptTokens(profile(kind="oauth", client_id="cli"), granted).authorization(server, 0.0) == "Bearer a0"
    assert server.asked == []


async def test_processes_that_renew_at_once_renew_once() -> None:
    server, (one, secrets) = Server("r0"), kept()
    both = [KeptTokens(one, secrets) for _ in range(3)]
    assert await asyncio.gather(*(each.authorization(server, 0.0) for each in both)) == ["Bearer a1"] * 3
    assert server.asked == ["r0"]
    assert profiles.secrets_of(one)["refresh_token"] == "r1"


async def test_a_refresh_token_that_another_process_used_up_is_replaced_by_the_kept_one() -> None:
    server, (one, secrets) = Server("r7"), kept(refresh_token="r7")
    late = KeptTokens(one, Secrets({**secrets, "refresh_token": "r0"}))
    assert await late.authorization(server, 0.0) == "Bearer a1"
    assert server.asked == ["r7"]


async def test_a_pair_that_could_not_be_kept_is_kept_with_the_next_call(monkeypatch) -> None:
    server, (one, secrets) = Server("r0"), kept()
    credentials, save = KeptTokens(one, secrets), profiles.save

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(profiles, "save", full)
    with pytest.raises(OSError, match="No space"):
        await credentials.authorization(server, 0.0)
    monkeypatch.setattr(profiles, "save", save)
    assert await credentials.authorization(server, 0.0) == "Bearer a1"
    assert server.asked == ["r0"]
    assert profiles.secrets_of(one)["refresh_token"] == "r1"
