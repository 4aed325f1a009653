"""`python -m zdasync.cli`: the `zdasync` command where its script isn't on the path."""

from __future__ import annotations

import sys

from . import main

if __name__ == "__main__":
    sys.exit(main())
