"""How a command ends: its exit status, and the one line on stderr that explains it."""

from __future__ import annotations

import sys
from enum import IntEnum
from typing import Final

from ..errors import AuthenticationError, BadArgument, DeadlineExceeded, PermissionDenied, ZendeskError
from .text import one_line


class Status(IntEnum):
    """Exit statuses."""

    DONE = 0
    USAGE = 2
    """Wrong options, or an environment that does not say how to reach the account."""
    CREDENTIALS = 3
    """The account does not accept the credentials, or does not let them do this."""
    NETWORK = 4
    """The account can't be reached, or does not answer as Zendesk does."""
    INTERRUPTED = 130


EXPLAINED: Final = """\
exit status: 0 done; 2 wrong options or environment; 3 credentials not accepted; 4 account not reached, or no answer
that makes sense; 130 interrupted before the end."""


def status_of(error: ZendeskError) -> Status:
    """The exit status that an error means."""
    if isinstance(error, BadArgument):
        return Status.USAGE
    if isinstance(error, AuthenticationError | PermissionDenied):
        return Status.CREDENTIALS
    return Status.NETWORK


def explain(error: ZendeskError) -> str:
    """An error in one line without control characters: what a server wrote may hold any."""
    if isinstance(error, DeadlineExceeded) and isinstance(error.__cause__, ZendeskError):
        return one_line(str(error.__cause__))
    return one_line(str(error))


def complain(command: str, text: str) -> None:
    """Write one line to stderr, as argparse does."""
    sys.stderr.write(f"zdasync {command}: {text}\n")
