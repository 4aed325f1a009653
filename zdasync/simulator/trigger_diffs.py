"""How two revisions of a trigger differ, part by part: what was taken away, what came in, what stayed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Final

from .http import Json

__all__ = ["diff"]

_PLAIN: Final = ("title", "description", "active")
_ABSENT: Final[Mapping[str, Json]] = {}


def diff(before: Mapping[str, Json], after: Mapping[str, Json]) -> dict[str, Json]:
    """The difference between two revisions, with their ids."""
    old, new = before["snapshot"], after["snapshot"]
    tests = {
        name: _entries((old["conditions"] or {}).get(name), (new["conditions"] or {}).get(name),
                       ("field", "operator", "value"))
        for name in ("all", "any")
    }
    return {
        "source_id": before["id"],
        "target_id": after["id"],
        **{name: _change(old.get(name), new.get(name)) for name in _PLAIN},
        "conditions": tests,
        "actions": _entries(old["actions"], new["actions"], ("field", "value")),
    }


def _entries(old: Json, new: Json, names: Sequence[str]) -> list[Json]:
    """Two lists of conditions or actions side by side."""
    return [
        {
            name: _change(one.get(name), other.get(name), gone=other is _ABSENT, came=one is _ABSENT)
            for name in names
        }
        for one, other in zip_longest(old or (), new or (), fillvalue=_ABSENT)
    ]


def _change(old: Json, new: Json, *, gone: bool = False, came: bool = False) -> list[Json]:
    if old == new and not gone and not came:
        return [{"change": "=", "content": new}]
    lost = [] if came else [{"change": "-", "content": old}]
    return lost + ([] if gone else [{"change": "+", "content": new}])
