"""The `zdasync` command."""

from __future__ import annotations

import argparse

from zdasync.simulator import command


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status. `arguments` None: those of the process."""
    parser = argparse.ArgumentParser(prog="zdasync", description="Tools around the Zendesk Support API.")
    commands = parser.add_subparsers(required=True, metavar="command")
    simulate = commands.add_parser(
        "simulate", help="serve a simulated Zendesk account", description="Serve a simulated Zendesk account."
    )
    command.add_options(simulate)
    return command.run(parser.parse_args(arguments))
