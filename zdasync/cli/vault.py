"""The system's keyring, where a profile's secrets are: Keychain, the Credential Manager, the Secret Service.

Backends of the package `keyring` that keep secrets in the open rate themselves below 1, and count as none.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import Final

from ..errors import BadArgument

SERVICE: Final = "zdasync"
TRUSTED: Final = 1.0
"""The least that a backend must think of itself."""


class Secrets(dict[str, str]):
    """Secrets by name; a repr, in a log or a traceback, shows only the names."""

    def __repr__(self) -> str:
        return f"Secrets({', '.join(self)})"

    __str__ = __repr__


def available() -> bool:
    """Is there a keyring that keeps secrets?"""
    if find_spec("keyring") is None:
        return False
    import keyring  # noqa: PLC0415 - an extra, and dear to import

    try:
        return float(keyring.get_keyring().priority) >= TRUSTED
    except (RuntimeError, TypeError):  # how a backend says that it can't work here
        return False


def put(name: str, secrets: Secrets) -> None:
    """Keep the secrets under a name. Raises `BadArgument` when the keyring does not take them."""
    import keyring  # noqa: PLC0415 - an extra, and dear to import
    from keyring.errors import KeyringError  # noqa: PLC0415 - likewise

    try:
        keyring.set_password(SERVICE, name, json.dumps(secrets))
    except KeyringError as error:
        raise _closed(error) from None


def get(name: str) -> Secrets:
    """The secrets under a name; none if there are none. Raises `BadArgument` when the keyring does not open."""
    if not available():
        raise BadArgument("the profile's secrets are in a keyring, and there is none here: log in again")
    import keyring  # noqa: PLC0415 - an extra, and dear to import
    from keyring.errors import KeyringError  # noqa: PLC0415 - likewise

    try:
        found = keyring.get_password(SERVICE, name)
    except KeyringError as error:
        raise _closed(error) from None
    return Secrets({} if found is None else json.loads(found))


def forget(name: str) -> None:
    """Remove what is under a name, if anything is."""
    if not available():
        return
    import keyring  # noqa: PLC0415 - an extra, and dear to import
    from keyring.errors import KeyringError, PasswordDeleteError  # noqa: PLC0415 - likewise

    try:
        keyring.delete_password(SERVICE, name)
    except PasswordDeleteError:
        return  # it is gone already
    except KeyringError as error:
        raise _closed(error) from None


def _closed(error: Exception) -> BadArgument:
    return BadArgument(f"the keyring does not open ({type(error).__name__}): unlock it, or log in with --store file")
