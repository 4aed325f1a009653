"""How a command ends: its exit status, and the one line on stderr that explains it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from ..errors import (
    ApiError,
    AuthenticationError,
    BadArgument,
    DeadlineExceeded,
    JobFailed,
    JobLost,
    LedgerError,
    NotFound,
    PartialFailure,
    PermissionDenied,
    RateLimited,
    ServerError,
    SourceError,
    ZendeskError,
)
from .text import one_line


class Status(IntEnum):
    """Exit statuses; `MEANINGS` says what each means."""

    DONE = 0
    FAILURES = 1
    USAGE = 2
    CREDENTIALS = 3
    NETWORK = 4
    REFUSED = 5
    FILES = 6
    INTERRUPTED = 130


class NotGranted(ZendeskError):
    """A person did not grant access, or nobody came to do so."""


MEANINGS: Final[Mapping[Status, str]] = {
    Status.DONE: "done",
    Status.FAILURES: "done but for some: rows failed, or there is no such record",
    Status.USAGE: "wrong options, or nothing says how to reach the account",
    Status.CREDENTIALS: "credentials not accepted, or not allowed to do this",
    Status.NETWORK: "account not reached, out of time, or no answer that makes sense",
    Status.REFUSED: "the account refuses the request as it is",
    Status.FILES: "a file can't be used: input, ledger, output",
    Status.INTERRUPTED: "interrupted before the end",
}

EXPLAINED: Final = "exit status:\n" + "\n".join(f"  {status.value:>3} {text}" for status, text in MEANINGS.items())


def status_of(error: ZendeskError) -> Status:
    """The exit status that an error means."""
    match error:
        case BadArgument():
            return Status.USAGE
        case AuthenticationError() | PermissionDenied() | NotGranted():
            return Status.CREDENTIALS
        case NotFound() | JobFailed() | JobLost() | PartialFailure():
            return Status.FAILURES
        case SourceError() | LedgerError():
            return Status.FILES
        case ApiError() if not isinstance(error, RateLimited | ServerError):
            return Status.REFUSED
        case _:
            return Status.NETWORK


def explain(error: ZendeskError) -> str:
    """An error in one line without control characters: what a server wrote may hold any."""
    if isinstance(error, DeadlineExceeded) and isinstance(error.__cause__, ZendeskError):
        return one_line(str(error.__cause__))
    return one_line(str(error))


def complain(command: str, text: str) -> None:
    """Write one line to stderr. `command` is empty where there was none."""
    sys.stderr.write(f"{' '.join(filter(None, ('zdasync', command)))}: {text}\n")
    sys.stderr.flush()
