"""What a copy in SQLite costs: CPU for each user, against plain aiohttp, orjson and `executemany` by hand.

Both read the incremental cursor export of users in pages of 1,000 and insert the same columns into a new file, a
transaction a page, with the same settings of SQLite. The other way knows the columns beforehand and keeps no state.
`SYNC_USERS` in the environment says how many users; two rounds and a warm-up read them six times.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from itertools import count
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson

from zdasync import ApiToken, Zendesk

from .core import Figure, rounds, session
from .server import EXPORT_SIZE, LIMIT, running, user

PATH: Final = "/api/v2/incremental/users/cursor"
FIELDS: Final = tuple(f"user_fields.{key}" for key in ("tier", "company", "since"))
KEYS: Final = tuple(key for key in user(0) if key not in ("tags", "user_fields"))
COLUMNS: Final = (*KEYS, "tags", *FIELDS)
LIMITS: Final = {"account": LIMIT, "incremental-exports-cursor": LIMIT}

plain_keys: Final = itemgetter(*KEYS)
field_keys: Final = itemgetter("tier", "company", "since")


def users() -> int:
    """How many users to copy."""
    return int(os.environ.get("SYNC_USERS", "100000"))


async def sqlite(turns: int = 2) -> Figure:
    """All users into SQLite by `zd.sync`, against the same by hand."""
    pages, number = max(1, users() // EXPORT_SIZE), count()
    with running(pages) as url, TemporaryDirectory() as directory:
        async with Zendesk(
            base_url=url, auth=ApiToken("admin@example.com", "token"), limits=LIMITS
        ) as zd, session() as http:

            async def ours() -> None:
                path = Path(directory, f"{next(number)}.db")
                report = await zd.sync.run(path, tables=("users",))
                check(path, report.rows)

            async def plain() -> None:
                path = Path(directory, f"{next(number)}.db")
                with closing(opened(path)) as db:
                    query = {"start_time": "0"}
                    while True:
                        async with http.get(f"{url}{PATH}", params=query) as reply:
                            page = orjson.loads(await reply.read())
                        insert(db, page["users"])
                        if page["end_of_stream"]:
                            break
                        query = {"cursor": page["after_cursor"]}
                check(path, pages * EXPORT_SIZE)

            mine, theirs, ratio = await rounds(turns, ours, plain)
    rows = pages * EXPORT_SIZE
    return Figure(
        name=f"copy of {rows:,} users in SQLite", measured=ratio, goal=2.0, unit="x by hand",
        detail=f"{mine / rows * 1e6:.1f} us against {theirs / rows * 1e6:.1f} us of CPU a user",
    )


def opened(path: Path) -> sqlite3.Connection:
    """A new file with the table."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    names = ", ".join(f'"{name}"' for name in COLUMNS if name != "id")
    db.execute(f"CREATE TABLE users (id INTEGER PRIMARY KEY, {names})")
    return db


def insert(db: sqlite3.Connection, page: list[dict[str, Any]]) -> None:
    """A page, as anybody would write it who knows the columns."""
    marks = ", ".join("?" * len(COLUMNS))
    db.execute("BEGIN")
    db.executemany(
        f"INSERT OR REPLACE INTO users VALUES ({marks})",  # noqa: S608 - question marks
        [(*plain_keys(row), orjson.dumps(row["tags"]).decode(), *field_keys(row["user_fields"])) for row in page],
    )
    db.execute("COMMIT")


def check(path: Path, rows: int) -> None:
    """See that it is all there, and remove it."""
    with closing(sqlite3.connect(path)) as db:
        found = db.execute('SELECT count(*), count("user_fields.tier"), count(tags) FROM users').fetchone()
    if found != (rows, rows, rows):
        raise RuntimeError(f"the copy has {found} rows instead of {rows}")
    path.unlink()
