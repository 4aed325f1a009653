"""A copy of an account that keeps up: users, tickets, organizations and events, in SQLite, JSON lines or Parquet.

    report = await zd.sync.run("copy.db")                    # all that is there, or all that changed since the last run
    await zd.sync.run("copy.db", follow=True)                # and on, until it is cancelled

The model: each table is an incremental export (`zdasync.export`), read page by page. A page's rows and the cursor after
it are committed together, by a sink, so that a process that is killed at any instant leaves a copy that is exactly as
far as its cursor says; the next run goes on from there. `Sink` is what to write for another place to copy to.
Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
"""

from .jsonlines import JsonLines
from .parquet import Parquet
from .report import SyncProgress, SyncReport, TableReport
from .run import Sync
from .sink import Batch, Sink
from .sqlite import SQLite
from .tables import TABLES, Deletions, TableName

__all__ = [
    "TABLES", "Batch", "Deletions", "JsonLines", "Parquet", "SQLite", "Sink", "Sync", "SyncProgress", "SyncReport",
    "TableName", "TableReport",
]
