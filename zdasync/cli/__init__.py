"""The `zdasync` command.

What it needs beyond the library comes with the extra `cli`. Each command is a module of its own that is imported when
it runs, so that a program that wants nothing but `zdasync.cli.drawing` loads no server, and `zdasync --help` no client.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Final

NEEDED: Final = ("cyclopts", "rich")
INSTALL: Final = "zdasync: the command line needs some packages more: pip install 'zdasync[cli]'"
USAGE: Final = 2


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit status. `arguments` None: those of the process."""
    if not all(map(find_spec, NEEDED)):
        sys.stderr.write(f"{INSTALL}\n")
        return USAGE
    from .app import run  # noqa: PLC0415 - it imports what may not be installed

    return run(sys.argv[1:] if arguments is None else arguments)
