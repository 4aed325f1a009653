"""Two writes of one record as one: later fields win, field by field.

Of fields that are objects, such as `user_fields`, a write changes what it names: there the parts are put together.
What each write adds (an e-mail address beside those that the user has) is not the last one's alone: such writes can't
be merged, unless they add the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import msgspec

__all__ = ["can_merge", "merged"]

_fields: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NULL: Final = b"null"


def can_merge(earlier: Sequence[bytes], later: bytes, adding: Iterable[str]) -> bool:
    """May these writes become one?"""
    new = _fields.decode(later)
    return all(
        bytes(old[name]) == bytes(new[name]) for old in map(_fields.decode, earlier) for name in adding
        if name in old and name in new
    )


def merged(writes: Sequence[bytes], partial: Collection[str]) -> bytes:
    """The fields of all writes, the earliest first, as JSON."""
    if len(writes) == 1:
        return writes[0]
    fields: dict[str, msgspec.Raw] = {}
    for write in writes:
        for name, value in _fields.decode(write).items():
            old = fields.get(name) if name in partial else None
            if old is None or _NULL in (bytes(old), bytes(value)):
                fields[name] = value
            else:
                fields[name] = msgspec.Raw(merged([bytes(old), bytes(value)], ()))
    return msgspec.json.encode(fields)
