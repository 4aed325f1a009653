"""All commands, each a row, and the way from a command line to an exit status.

A row names the function of a command, or the `cyclopts.App` of several, as `module:name`; it is imported when it runs.
A command is a function whose parameters are its options, the shared ones among them as `options: Options`. It gives an
exit status (None: done), or a coroutine that gives one; what it reads from stdin or a keyboard it reads before that,
while Ctrl-C still reaches it. Errors of the library need no handling: `run` turns them into a line and a status.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import attrs
from cyclopts import App, CycloptsError, Parameter
from cyclopts.exceptions import CoercionError, UnknownOptionError, UnusedCliTokensError

from ..errors import ZendeskError
from .options import Options
from .output import write
from .running import run as run_work
from .running import runs_in_virtual_time
from .status import EXPLAINED, Status, complain, explain, status_of
from .text import one_line

HELP: Final = "Work with a Zendesk account, under all of its limits."

ENVIRONMENT: Final = """\
account: that of --profile; else of the environment, ZENDESK_SUBDOMAIN or
  ZENDESK_BASE_URL, with ZENDESK_EMAIL and ZENDESK_API_TOKEN,
  or ZENDESK_OAUTH_TOKEN, or ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET,
  and ZENDESK_PLAN; else that of the profile "default".
  No option takes a secret: every user of the machine could read it."""

ASKS_FOR_SECRETS: Final = ("login", "logout")
"""Commands whose arguments are not repeated in an error: somebody may have written a secret there."""


@attrs.frozen
class Row:
    """A command: its name, where it is, and what `zdasync --help` says of it."""

    name: str
    target: str
    help: str


_HERE: Final = "zdasync.cli."

COMMANDS: Final = (
    Row("users", _HERE + "resources:users", "List, show, search, count, create, update and delete users"),
    Row("organizations", _HERE + "resources:organizations", "The same for organizations"),
    Row("tickets", _HERE + "resources:tickets", "The same for tickets"),
    Row("bulk", _HERE + "bulk:app", "Files of rows into the account: check, run, go on, report, undo"),
    Row("sync", _HERE + "sync:sync", "Keep a copy of the account in SQLite, JSON lines or Parquet"),
    Row("jobs", _HERE + "jobs:app", "List background jobs, or watch some until they end"),
    Row("limits", _HERE + "limits:limits", "Show the account's limits, once or as they change"),
    Row("request", _HERE + "request:request", "Send one request to any endpoint"),
    Row("console", _HERE + "console:console", "A Python prompt with an open client and top-level await"),
    Row("login", _HERE + "login:login", "Sign in and keep the credentials as a profile"),
    Row("logout", _HERE + "login:logout", "Forget a profile and its credentials"),
    Row("profiles", _HERE + "login:profiles_", "List the profiles"),
    Row("simulate", _HERE + "simulate:simulate", "Serve a simulated account"),
    Row("demo", _HERE + "demo:demo", "A bulk run of made-up customers in a simulated account"),
)


def build() -> App:
    """The command line, with nothing of its commands imported."""
    from importlib.metadata import version  # noqa: PLC0415 - asked for by few

    app = App(
        name="zdasync", help=HELP, help_format="markdown",
        version=lambda: version("zdasync"), default_parameter=Parameter(negative=""),
        help_formatter="default" if sys.stdout.isatty() else "plain",
    )
    for row in COMMANDS:
        app.command(row.target, name=row.name, help=row.help)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run a command line; the exit status."""
    name = ""
    try:
        app = build()
        chain = [one for one in app.parse_commands(arguments)[0] if not one.startswith("-")]
        name = " ".join(chain)
        command, bound, _ = app.parse_args(arguments, print_error=False, exit_on_error=False)
        if not _is_command(command):
            if chain:
                _told_by_itself(app, chain[0])
            command(*bound.args, **bound.kwargs)
            return _after_help(app, chain, arguments)
        return _run(command, bound)
    except (CycloptsError, ZendeskError, OSError, KeyboardInterrupt, asyncio.CancelledError) as error:
        return _ended(name, error)


def _ended(name: str, error: BaseException) -> int:
    """The status that an error means, once it is explained."""
    match error:
        case CycloptsError():
            complain(name, _wrong_usage(error, name))
            return Status.USAGE
        case ZendeskError():
            complain(name, explain(error))
            return status_of(error)
        case BrokenPipeError():
            _forget_stdout()
            return Status.DONE  # whoever reads has seen enough
        case OSError():
            complain(name, one_line(str(error)))
            return Status.FILES
        case _:
            return Status.INTERRUPTED


def _is_command(command: Callable[..., Any]) -> bool:
    """Or is it what shows the help or the version?"""
    return not isinstance(getattr(command, "__self__", None), App)


def _run(command: Callable[..., Any], bound: inspect.BoundArguments) -> int:
    given = [value for value in bound.arguments.values() if isinstance(value, Options)]
    options = given[0] if given else Options()
    done = command(*bound.args, **bound.kwargs)
    if not inspect.iscoroutine(done):
        return done or Status.DONE
    virtual = runs_in_virtual_time(command, simulated=options.simulate)
    return run_work(done, virtual=virtual, quiet=options.json)


def _after_help(app: App, chain: Sequence[str], arguments: Sequence[str]) -> int:
    """A command line that names no command, and so gets the help, is not what anybody wanted to run."""
    if set(app.version_flags) & set(arguments):
        return Status.DONE
    write(EXPLAINED if chain else f"{ENVIRONMENT}\n\n{EXPLAINED}")
    return Status.DONE if set(app.help_flags) & set(arguments) else Status.USAGE


def _told_by_itself(app: App, name: str) -> None:
    """A command's own help is what its docstring says, not the line that stands in the list of commands."""
    app[name].help = None


def _wrong_usage(error: CycloptsError, name: str) -> str:
    loose = isinstance(error, UnknownOptionError | UnusedCliTokensError | CoercionError)
    if name.partition(" ")[0] in ASKS_FOR_SECRETS and loose:
        return "an option or argument that it doesn't have (see --help); it asks for secrets, and takes none here"
    return one_line(str(error))


def _forget_stdout() -> None:
    """Else Python writes what is left when it ends, and complains of the closed pipe."""
    with suppress(OSError, ValueError):  # no real file, under a test
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
