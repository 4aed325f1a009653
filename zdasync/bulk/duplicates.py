"""Keys of rows that have been seen before, among millions, in little memory.

The model: of each key its 64-bit hash and the latest position with it are kept. The latest ones are in memory; when
they have become many they go, sorted, into a temporary SQLite database, which spills to the disk. A table of bits, one
for each hash's last digits, knows most keys that are new for what they are, so that the disk is hardly ever asked.
Two keys out of ten million have the same hash with a probability of three in a million. Keys are the same whatever
their case, as they are for Zendesk. A hash is the same in every process.
Source: https://www.sqlite.org/inmemorydb.html#temp_db
"""

from __future__ import annotations

import sqlite3
import struct
import tempfile
import threading
from collections.abc import Sequence
from hashlib import blake2b
from types import TracebackType
from typing import Final, Self

from ..errors import LedgerError

__all__ = ["KeyIndex", "key_hash"]

_RECENT: Final = 50_000
"""So many keys are gathered in memory: the more, the more of them come to lie on one page of the database."""
_BITS: Final = 26
"""Two to the power of this are the bits of the table: with two million keys, one in thirty needs a closer look."""
_CACHE: Final = 4_000
"""Kilobytes of the database that stay in memory."""
_PAGE: Final = 16_384
_SIZE: Final = 8


def key_hash(key: str) -> int:
    """A key's hash, from -2**63 to 2**63 - 1, whatever the key's case."""
    return int.from_bytes(_digest(key), "little", signed=True)


def _digest(key: str) -> bytes:
    return blake2b(key.casefold().encode("utf-8", "surrogatepass"), digest_size=_SIZE).digest()


class KeyIndex:
    """Remembers keys by the position of the latest row that has each. Close it, or use it as a context manager.

    Its methods block: call them in a thread, any thread, one call at a time. Raises `LedgerError` ("full") where the
    directory for temporary files has no more room.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bits = bytearray(2**_BITS // 8)
        self._recent: dict[int, int] = {}
        self._db: sqlite3.Connection | None = None
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add_many(self, keys: Sequence[tuple[int, str]]) -> list[tuple[int, int]]:
        """Remember keys, each a position and a text that begins with its kind (`email=ada@example.org`).

        Gives, for each key that an earlier row has, the position and the latest such row's, in the order of `keys`;
        `keys` stand in the order of their positions, and so do those of successive calls.
        """
        hashes = struct.unpack(f"<{len(keys)}q", b"".join([_digest(key) for _, key in keys]))
        try:
            with self._lock:
                return self._add(hashes, [position for position, _ in keys])
        except sqlite3.OperationalError as error:
            self.close()  # without a journal, what it holds after an error is anyone's guess
            where = tempfile.gettempdir()
            raise LedgerError(
                f"keys of rows can't be kept in {where}: {error}; make room there, or set TMPDIR to another directory",
                path=where, reason="full",
            ) from error

    def close(self) -> None:
        """Forget everything. Closing twice does no harm."""
        with self._lock:
            self._closed = True
            self._recent.clear()
            if self._db is not None:
                self._db.close()
                self._db = None

    def _add(self, hashes: Sequence[int], positions: Sequence[int]) -> list[tuple[int, int]]:
        if self._closed:
            raise RuntimeError("the index has been closed")
        bits, recent, mask = self._bits, self._recent, 2**_BITS - 1
        found = []
        for one, position in zip(hashes, positions, strict=True):
            byte, bit = (one & mask) >> 3, 1 << (one & 7)
            if bits[byte] & bit:
                before = recent.get(one)
                if before is None:
                    before = self._stored(one)
                if before is not None and before < position:
                    found.append((position, before))
            else:
                bits[byte] |= bit
            recent[one] = position
        if len(recent) >= _RECENT:
            self._store()
        return found

    def _stored(self, one: int) -> int | None:
        """The position of a key that is in the database."""
        if self._db is None:
            return None
        held = self._db.execute("SELECT position FROM keys WHERE hash = ?", (one,)).fetchone()
        return None if held is None else int(held[0])

    def _store(self) -> None:
        """Bring the recent keys into the database."""
        db, recent = self._opened(), self._recent
        hashes = sorted(recent)  # neighbours are on the same page
        db.execute("BEGIN")
        db.executemany("INSERT OR REPLACE INTO keys VALUES (?, ?)", zip(hashes, map(recent.get, hashes), strict=True))
        db.execute("COMMIT")
        recent.clear()

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._db.executescript(f"""
                PRAGMA page_size = {_PAGE}; PRAGMA cache_size = -{_CACHE}; PRAGMA temp_store = FILE;
                PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
                CREATE TABLE keys (hash INTEGER PRIMARY KEY, position INTEGER NOT NULL);
            """)
        return self._db
