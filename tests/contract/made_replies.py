"""Replies made from the types that Zendesk's reference gives to fields, and what became of them on reading.

A type is written as the facts have it: `string`, `array<ref:TicketObject>`, `map<any>`, `union:AuditEvent` and so on.
The same reply is made in several ways: with one value or another in all fields, with nulls, with fields left out, with
values and keys that nobody has seen yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

import attrs

Models: TypeAlias = Mapping[str, Any]

VALUES: Final[Mapping[str, Sequence[Any]]] = {
    "string": ["text", "", "42", "Ünïcödé 🐫", "two\nlines"],
    "integer": [9007199254740993, 2**63 - 1, 35436, 0, -1],
    "number": [0.5, 3, 1e3, -2.25, 100],
    "boolean": [True, False],
    "datetime": [
        "2024-01-02T03:04:05Z", "2024-01-02T03:04:05.000Z", "2024-01-02T03:04:05.123456Z", "2024-01-02T03:04:05+00:00",
        "2009-07-20T22:55:29.5Z",
    ],
    "date": ["2024-01-02"],
    "any": ["text", 7, True, None, [1, "a", None], {"k": [{}]}, 1.5],
    "object": [{"from": {"address": "a@b.c", "id": None}, "rel": None}, {}, {"a": [1, {"b": None}]}, {"type": "x"}],
}

PHOTO: Final = {
    "id": 928374, "content_type": "image/png", "file_name": "p.png", "size": 1, "width": 80, "height": None,
    "inline": False, "thumbnails": [{"id": 3, "url": "u", "width": 32, "deleted": False}],
}
AS_SEEN: Final[Mapping[str, Sequence[Any]]] = {
    "columns": [[{"id": "subject", "title": "Subject"}, {"id": 5, "title": "Priority"}, {"id": "9", "url": "u"}]],
    "conditions": [
        {"all": [{"field": "status", "operator": "less_than", "value": "solved"}], "any": []},
        {"all": [{"field": "group_id", "operator": "is", "value": ["1", 2, None]}], "any": None},
    ],
    "custom_fields": [[{"id": 9, "value": value} for value in ("text", 7, True, None, ["a"], 1.5)]],
    "events": [[{"id": 1, "type": "BrandNew", "value": value} for value in ("a", 7, None, ["a"], {"b": None})]],
    "photo": [PHOTO, None],
    "restriction": [{"type": "Group", "id": 4, "ids": [3, 4]}, {"type": "User", "id": 7}, None],
    "satisfaction_rating": [
        {"score": "unoffered"}, {"id": 77, "score": "good", "comment": "x", "reason": "r", "reason_id": 5}, None,
        {"id": None, "score": "bad", "comment": None},
    ],
    "tags": [["vip", "two"], []],
    "users": [[{"id": 1, "name": "Ada"}]],
}
"""Objects that the facts describe no further, as replies have them, by the field that they stand in."""

OPEN: Final = ("map<any>", "array<map<any>>", "array<object>", "object", "oneOf<array<string>|string>")
UNSEEN: Final = {"brand_new": {"deep": [1, None]}, "another": "text"}


@attrs.frozen
class Way:
    """One way to make a reply: `null` and `absent` say from which depth on fields are null, or not there."""

    name: str
    pick: int = 0
    null: int = 99
    absent: int = 99
    empty: bool = False
    unseen: bool = False


WAYS: Final = [
    *(Way(f"values {pick}", pick=pick) for pick in range(5)),
    *(Way(f"null from {depth}", null=depth) for depth in range(1, 5)),
    *(Way(f"absent from {depth}", absent=depth) for depth in range(1, 4)),
    Way("empty", empty=True),
    Way("unseen", unseen=True),
]


@attrs.frozen
class Maker:
    """Makes replies of `models` in one way. `kept` are the fields of a record that are never null."""

    models: Models
    way: Way
    kept: frozenset[str] = frozenset({"id"})

    def reply(self, schema: str, key: str | None) -> dict[str, Any]:
        """The reply that a schema describes, whose records stand under the key; without a key it is the record."""
        if key is None:
            return self._fields(schema, 1)
        return {
            name: self._value(field, name, 1) if name == key or self.way.null > 1 else None
            for name, field in self.models[schema]["fields"].items()
        }

    def _fields(self, model: str, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, field in self.models[model]["fields"].items():
            keep = name == "id" or (depth == 1 and name in self.kept)
            if (depth >= self.way.absent and not keep) or field.get("write_only"):
                continue
            made[name] = None if depth >= self.way.null and not keep else self._value(field, name, depth + 1)
        return made | (UNSEEN if self.way.unseen else {})

    def _value(self, field: Mapping[str, Any], name: str, depth: int) -> Any:
        if "enum" in field:
            return self._choice(field["enum"])
        if field["type"] == "object" and "fields" in field:
            return {key: self._of(kind, key, depth) for key, kind in field["fields"].items()}
        return self._of(field["type"], name, depth)

    def _of(self, kind: str, name: str, depth: int) -> Any:
        if kind in OPEN and name in AS_SEEN:
            return self._pick(AS_SEEN[name])
        if kind == "string" and name.endswith("_at"):
            kind = "datetime"
        if kind in VALUES:
            return self._pick(VALUES[kind])
        outer, inner = _inside(kind)
        return getattr(self, f"_{outer}")(inner, name, depth)

    def _pick(self, values: Sequence[Any]) -> Any:
        return values[self.way.pick % len(values)]

    def _choice(self, values: Sequence[Any]) -> Any:
        return "brand_new" if self.way.unseen else self._pick(values)

    # -- the notations, by their names

    def _array(self, inner: str, name: str, depth: int) -> Any:
        if self.way.empty and depth > 1:
            return []
        union = inner.partition(":")[2] if inner.startswith("union:") else None
        kinds = self.models[union]["one_of"] if union else [inner]
        return [self._of(kind, name, depth) for kind in kinds]

    def _map(self, inner: str, name: str, depth: int) -> Any:
        if self.way.empty:
            return {}
        return self._pick(VALUES["object"]) if inner == "any" else {"a-b": self._of(inner, name, depth)}

    def _oneOf(self, inner: str, name: str, depth: int) -> Any:  # noqa: N802 - as the notation has it
        return self._of(self._pick([kind for kind in _split(inner) if kind != "null"]), name, depth)

    def _ref(self, inner: str, name: str, depth: int) -> Any:
        model = self.models[inner]
        if model["kind"] == "object":
            return self._pick(AS_SEEN[name]) if not model["fields"] and name in AS_SEEN else self._fields(inner, depth)
        return getattr(self, f"_{model['kind']}")(inner, name, depth)

    def _alias(self, inner: str, name: str, depth: int) -> Any:
        return self._ref(self.models[inner]["of"], name, depth)

    def _union(self, inner: str, name: str, depth: int) -> Any:
        return self._of(self._pick(self.models[inner]["one_of"]), name, depth)

    def _enum(self, inner: str, _name: str, _depth: int) -> Any:
        return self._choice(self.models[inner]["enum"])


def _inside(kind: str) -> tuple[str, str]:
    """`array` and `string` of `array<string>`, `ref` and `X` of `ref:X`."""
    found = re.fullmatch(r"(array|map|oneOf)<(.*)>|(ref|union|enum|alias):(\w+)", kind)
    assert found, f"no known notation: {kind}"
    outer, inner = [part for part in found.groups() if part is not None]
    return outer, inner


def _split(kinds: str) -> list[str]:
    """The alternatives of `oneOf<...>`: they are separated by bars, but not by those inside of brackets."""
    return re.findall(r"(?:[^|<]|<(?:[^<>]|<[^<>]*>)*>)+", kinds)


def lost(said: Any, read: Any, where: str = "") -> Iterator[str]:
    """Where a record, in JSON's own types, differs from what the reply said. Keys that it has no field for don't count.

    Null is the same as an empty list or mapping, a number is the same with or without a point, a time in any notation,
    and a text the same as a record that it names.
    """
    if isinstance(said, dict) and isinstance(read, dict):
        for key in said.keys() & read.keys():
            yield from lost(said[key], read[key], f"{where}.{key}")
    elif isinstance(said, list) and isinstance(read, list | tuple) and len(said) == len(read):
        for index, (one, other) in enumerate(zip(said, read, strict=True)):
            yield from lost(one, other, f"{where}[{index}]")
    elif not _same(said, read):
        yield f"{where}: {said!r} became {read!r}"


def _same(said: Any, read: Any) -> bool:
    if said is None:
        return read is None or read in ((), [], {})
    if isinstance(said, bool) or isinstance(read, bool):
        return said is read
    if isinstance(said, str) and isinstance(read, dict):
        return said == read.get("name")
    return bool(said == read) or (isinstance(said, str) and isinstance(read, str) and _time(said) == _time(read))


def _time(text: str) -> datetime | str:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text
