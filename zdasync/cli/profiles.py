"""Profiles: accounts that `zdasync login` has signed in to, each with a name.

The model: one TOML file holds where the accounts are and how they are reached, and the system's keyring the secrets,
unless the user asked for them to be in the file. The file must be nobody else's to read, whatever it holds. It is
replaced as a whole, so that a crash leaves the old one or the new one, and under a lock, so that two commands at a time
lose nothing.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Literal, get_args

import attrs

from ..errors import BadArgument
from . import vault
from .vault import Secrets

Kind = Literal["oauth", "client_credentials", "api_token"]
Store = Literal["keyring", "file"]

DEFAULT: Final = "default"
CONFIG: Final = "ZDASYNC_CONFIG"

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"'}


@attrs.frozen(kw_only=True)
class Profile:
    """An account and how it is reached, without the secrets."""

    name: str
    base_url: str
    kind: Kind
    store: Store
    client_id: str | None = None
    scope: str | None = None
    email: str | None = None
    plan: str | None = None

    @property
    def key(self) -> str:
        """What the keyring calls it."""
        return f"{self.name} {self.base_url}"


def path() -> Path:
    """The file of the profiles: ZDASYNC_CONFIG, else below XDG_CONFIG_HOME or ~/.config."""
    if named := os.environ.get(CONFIG):
        return Path(named)
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home and Path(home).is_absolute() else Path.home() / ".config") / "zdasync" / "profiles.toml"


def checked_name(name: str) -> str:
    """The name of a profile; raises `BadArgument` for what can't be one."""
    if not _NAME.fullmatch(name):
        raise BadArgument(f"a profile's name is of letters, digits, - and _: {name!r}")
    return name


def known() -> list[Profile]:
    """All profiles, by name. Raises `BadArgument` for a file that others can read, or that is none."""
    return [_profile(name, table) for name, table in sorted(_read().items())]


def find(name: str) -> Profile | None:
    """The profile with this name. Raises `BadArgument` for a file that others can read, or that is none."""
    table = _read().get(checked_name(name))
    return None if table is None else _profile(name, table)


def secrets_of(profile: Profile) -> Secrets:
    """Its secrets, from where they are kept."""
    if profile.store == "keyring":
        return vault.get(profile.key)
    kept = _read().get(profile.name, {}).get("secrets")
    return Secrets(kept if isinstance(kept, dict) else {})


def save(profile: Profile, secrets: Secrets) -> None:
    """Keep a profile, in place of the one with its name."""
    with locked(), _private():
        tables = _read()
        table = _table(profile)
        if profile.store == "keyring":
            vault.put(profile.key, secrets)
        else:
            table["secrets"] = dict(secrets)
        _write({**tables, profile.name: table})


def remove(profile: Profile) -> None:
    """Forget a profile and its secrets."""
    with locked(), _private():
        if profile.store == "keyring":
            vault.forget(profile.key)
        _write({name: table for name, table in _read().items() if name != profile.name})


@contextmanager
def locked(name: str = "", *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of the file, or the one that goes by a name, against other processes.

    Raises `BlockingIOError` when another one has it, unless it is to be waited for.
    """
    if os.name != "posix":  # replacing the file is all the care that is taken
        yield
        return
    import fcntl  # noqa: PLC0415 - not everywhere

    file = path()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(file.with_name(f"{file.name}{name and f'.{name}'}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


# -- the file ----------------------------------------------------------------------------------------------------------

Table = dict[str, object]


def _read() -> dict[str, Table]:
    file = path()
    try:
        with file.open("rb") as opened:
            _check_rights(os.fstat(opened.fileno()), file)
            found = tomllib.load(opened)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        place = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is no text"
        raise BadArgument(f"{file} is no file of profiles: {place}") from None
    return {name: table for name, table in found.items() if isinstance(table, dict)}


def _check_rights(found: os.stat_result, file: Path) -> None:
    if os.name != "posix":
        return
    if found.st_mode & _OTHERS:
        raise BadArgument(f"others can read {file}, which says how your accounts are reached: chmod 600 '{file}'")
    if found.st_uid != os.getuid():
        raise BadArgument(f"{file} belongs to somebody else: name one of your own in {CONFIG}")


def _profile(name: str, table: Mapping[str, object]) -> Profile:
    known = {field.name for field in attrs.fields(Profile)} - {"name"}
    texts = {key: value for key, value in table.items() if key in known and isinstance(value, str)}
    good = texts.get("kind") in get_args(Kind) and texts.get("store") in get_args(Store) and "base_url" in texts
    if not good:
        raise BadArgument(f"profile {name!r} in {path()} is incomplete: zdasync login --profile {name}")
    return Profile(name=name, **texts)  # type: ignore[arg-type]  # looked at above


def _table(profile: Profile) -> Table:
    return {key: value for key, value in attrs.asdict(profile).items() if key != "name" and value is not None}


def _write(tables: Mapping[str, Table]) -> None:
    file = path()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    with suppress(FileNotFoundError):
        fresh.unlink()
    handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write("\n".join(_lines(tables)))
            opened.flush()
            os.fsync(opened.fileno())
        fresh.replace(file)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _lines(tables: Mapping[str, Table]) -> Iterator[str]:
    for name, table in tables.items():
        yield f"[{_quoted(name)}]"
        for key, value in table.items():
            if isinstance(value, dict):
                continue
            yield f"{_quoted(key)} = {_quoted(str(value))}"
        for key, value in table.items():
            if isinstance(value, dict):
                yield f"[{_quoted(name)}.{_quoted(key)}]"
                yield from (f"{_quoted(inner)} = {_quoted(str(secret))}" for inner, secret in value.items())
        yield ""


def _quoted(text: str) -> str:
    """A TOML string."""
    letters = (
        _ESCAPES.get(one, one if one.isprintable() else f"\\U{ord(one):08x}") for one in text
    )
    return f'"{"".join(letters)}"'


@contextmanager
def _private() -> Iterator[None]:
    """What can't be written is said with the file's name."""
    try:
        yield
    except PermissionError as error:
        raise BadArgument(f"{path()} can't be written: {error.strerror}; name another file in {CONFIG}") from None
