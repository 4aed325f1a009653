"""The `zdasync` command.

Each command is a module that adds its options to a parser and gives an exit status. They are imported when the command
runs, so that a program that wants nothing but `zdasync.cli.drawing` loads no server.
"""

from __future__ import annotations

import argparse
from typing import Final

HELP: Final = {
    "simulate": "serve a simulated Zendesk account",
    "limits": "show an account's limits, once or as they change",
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status. `arguments` None: those of the process."""
    from ..simulator import command as simulate  # noqa: PLC0415 - see above
    from . import limits  # noqa: PLC0415 - see above

    parser = argparse.ArgumentParser(prog="zdasync", description="Tools around the Zendesk Support API.")
    commands = parser.add_subparsers(required=True, metavar="command")
    one = commands.add_parser("simulate", help=HELP["simulate"], description="Serve a simulated Zendesk account.")
    simulate.add_options(one)
    one.set_defaults(run=simulate.run)
    one = commands.add_parser(
        "limits", help=HELP["limits"], description=limits.DESCRIPTION, epilog=limits.EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    limits.add_options(one)
    one.set_defaults(run=limits.run)
    options = parser.parse_args(arguments)
    status: int = options.run(options)
    return status
