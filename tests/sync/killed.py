"""A program that copies an account and says after each page how far it is: `killed.py URL PATH FORMAT`."""

from __future__ import annotations

import asyncio
import sys

from zdasync import ApiToken, Zendesk
from zdasync.sync import JsonLines, Parquet, SQLite

AUTH = ApiToken("admin@example.com", "token")
WIDE = ("account", "incremental-exports", "incremental-exports-cursor")
TABLES = ("users", "tickets", "organizations", "ticket_events")
MOST = 10**6


async def copied(url, path, form, on_progress=None):
    """One run, with parts and pages that are small."""
    sink = {"sqlite": SQLite, "jsonl": JsonLines, "parquet": lambda at: Parquet(at, rows=60)}[form](path)
    async with Zendesk(base_url=url, auth=AUTH, limits=dict.fromkeys(WIDE, MOST)) as zd:
        return await zd.sync.run(sink, tables=TABLES, per_page=20, on_progress=on_progress)


if __name__ == "__main__":
    asyncio.run(copied(*sys.argv[1:], lambda progress: print(progress, flush=True)))  # noqa: T201 - whoever kills reads
