"""Strings that come from outside and end in a header, a URL or a token request: checked before anything is sent.

Each check returns the string, or raises `BadArgument` with what to do instead. No message repeats a value that may be
a secret.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from .errors import BadArgument

TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
EMAIL: Final = re.compile(r"[^@\s:]+@[^@\s:/]+")
USER_ID: Final = re.compile(r"[1-9][0-9]{0,18}")


class Secret:
    """A string that shows nowhere by accident: neither printed, nor pickled, nor copied."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The string itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials can be neither pickled nor copied")


def checked_text(name: str, value: object) -> str:
    """A string that is neither empty nor holds a control character."""
    if not isinstance(value, str):
        raise BadArgument(f"{name} must be a string, not {type(value).__name__}")
    if not value.strip():
        raise BadArgument(f"{name} is empty")
    if not value.isprintable():
        raise BadArgument(f"{name} holds a control character: a line break at its end, perhaps")
    return value


def checked_token(name: str, value: object, *, hint: str) -> str:
    """A string of the characters that a token may have (RFC 6750); `hint` ends the message for any other."""
    if not TOKEN.fullmatch(found := checked_text(name, value)):
        raise BadArgument(f"{name} holds characters that no token has: {hint}")
    return found


def agent_email(value: object) -> str:
    """The plain e-mail address that goes with an API token."""
    address = checked_text("email", value)
    if address.endswith("/token"):
        raise BadArgument("email must be the plain address: '/token' is added for you")
    if not EMAIL.fullmatch(address):
        raise BadArgument("email must be the e-mail address of an agent, and the token goes into the second argument")
    return address


def client_identifier(value: object) -> str:
    """An OAuth client's unique identifier, which is not its number."""
    if isinstance(value, int):
        raise BadArgument("client_id is the OAuth client's unique identifier, a string, not its number")
    return checked_text("client_id", value)


def scopes(value: object) -> str:
    """Scopes separated by spaces."""
    if "," in (found := checked_text("scope", value)):
        raise BadArgument("scope holds scopes separated by spaces, not commas")
    return " ".join(found.split())


def lifetime(name: str, seconds: object, bounds: tuple[int, int]) -> int:
    """A lifetime that may be asked for, in seconds."""
    least, most = bounds
    if type(seconds) is not int or not least <= seconds <= most:
        raise BadArgument(f"{name} is a whole number of seconds from {least} to {most}, not {seconds!r}")
    return seconds


def header_value(name: str, value: object) -> str:
    """A header's value: no control characters, no blanks around it."""
    if (found := checked_text(name, value)) != found.strip():
        raise BadArgument(f"{name} begins or ends with a blank")
    return found


def on_behalf_of_value(user: object) -> str:
    """The value of `X-On-Behalf-Of`: an end user's e-mail address or id."""
    if isinstance(user, bool) or not isinstance(user, int | str):
        raise BadArgument(f"the user to act for is an e-mail address or a user id, not {type(user).__name__}")
    found = header_value("the user to act for", str(user))
    if not USER_ID.fullmatch(found) and not EMAIL.fullmatch(found):
        raise BadArgument(f"the user to act for must be an e-mail address or a user id, not {found!r}")
    return found
