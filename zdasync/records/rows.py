"""Pages of records, read in steps that are short enough for an event loop.

A page of 1,000 tickets is some megabytes of JSON, which takes longer to read than a loop may be held. Such a body is
first cut into its rows, unread, which is quick; then the rows are read some at a time. What does it is a generator
that stops after each step and knows nothing of loops: its caller decides what happens in between.

Rows of one page may be of several kinds (`Variants`): what a search finds.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import attrs
import msgspec

from ..errors import UnexpectedReply
from ._record import Json
from .codec import BROKEN, OnDrift, PageData, RowReader, decode_json, decode_page

__all__ = ["STEP", "Split", "Steps", "Variants", "json_steps", "page_steps", "row_steps", "split"]

T = TypeVar("T")

Steps: TypeAlias = Generator[None, None, T]
"""Work in steps: it stops after each of them, and returns its result."""

STEP: Final = 384 * 1024
"""Bytes of JSON that one step reads: some 1 to 2 ms of work. A body that is no larger is read at once."""

ODD: Final = 20
"""A row that does not fit its class takes about so many times as long."""

_envelope: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_rows: Final = msgspec.json.Decoder(list[msgspec.Raw])


@attrs.frozen(eq=False)
class Variants:
    """Rows whose field `tag` tells the class that each is read as; those of no known kind stay dictionaries."""

    tag: str
    classes: Mapping[str, type[Any]]


class _VariantsReader:
    """Reads one row after the other, each as its kind."""

    def __init__(self, variants: Variants, on_drift: OnDrift) -> None:
        self._kind = _kind_decoder(variants.tag)
        self._readers = {name: RowReader(cls, on_drift) for name, cls in variants.classes.items()}

    @property
    def odd(self) -> int:
        return sum(reader.odd for reader in self._readers.values())

    def __call__(self, row: msgspec.Raw) -> Json:
        try:
            kind = self._kind.decode(row).kind
        except BROKEN as error:
            raise UnexpectedReply(f"a row is no record: {error}", body=_start(bytes(row))) from None
        reader = self._readers.get(kind) if isinstance(kind, str) else None
        return decode_json(bytes(row)) if reader is None else reader(row)


@lru_cache(maxsize=8)
def _kind_decoder(tag: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(msgspec.defstruct("Row", [("kind", Any, msgspec.field(name=tag, default=None))]))


class Split(NamedTuple):
    """A page cut open: its rows, and all the rest of it as a page of one row that holds nothing."""

    rows: list[msgspec.Raw]
    frame: bytes


def split(body: bytes, key: str) -> Steps[Split]:
    """Cut a page at its rows. Raises `UnexpectedReply` where there is no list under `key`."""
    try:
        page = _envelope.decode(body)
        if len(body) > STEP:
            yield
        rows = _rows.decode(page[key])
    except (msgspec.ValidationError, KeyError):
        raise UnexpectedReply(f"the reply has no list {key!r}", body=_start(body)) from None
    except BROKEN as error:
        raise UnexpectedReply(f"the reply is no JSON: {error}", body=_start(body)) from None
    return Split(rows, msgspec.json.encode({**page, key: [0] if rows else []}))


def _start(body: bytes) -> str:
    return body[:200].decode("utf-8", "replace")


def page_steps(
    body: bytes, key: str, cls: type[Any] | Variants, on_drift: OnDrift, *, sideloads: bool = False
) -> Steps[PageData]:
    """The page of records under `key`, as `decode_page` reads it."""
    if len(body) <= STEP and not isinstance(cls, Variants):
        return decode_page(body, key, cls, on_drift, sideloads=sideloads)
    cut = yield from split(body, key)
    yield
    data = decode_page(cut.frame, key, Any, on_drift, sideloads=sideloads)
    yield
    records = yield from row_steps(cut.rows, cls, on_drift)
    return msgspec.structs.replace(data, records=records)


def row_steps(rows: list[msgspec.Raw], cls: type[T] | Variants, on_drift: OnDrift) -> Steps[list[T]]:
    """The rows as records."""
    read = _VariantsReader(cls, on_drift) if isinstance(cls, Variants) else RowReader(cls, on_drift)
    records, weight = [], 0
    for row in rows:
        before = read.odd
        records.append(read(row))
        weight += len(row) if read.odd == before else len(row) * ODD
        if weight >= STEP:
            weight = 0
            yield
    return records


def json_steps(body: bytes) -> Steps[Json]:
    """The untouched JSON of a reply."""
    if len(body) <= STEP:
        return decode_json(body)
    try:
        page = _envelope.decode(body)
    except BROKEN:
        return decode_json(body)
    yield
    found: dict[str, Json] = {}
    for name, value in page.items():
        found[name] = yield from _value_steps(value)
    return found


def _value_steps(value: msgspec.Raw) -> Steps[Json]:
    if len(value) <= STEP:
        return decode_json(bytes(value))
    try:
        rows = _rows.decode(value)
    except BROKEN:
        return decode_json(bytes(value))
    yield
    found, weight = [], 0
    for row in rows:
        found.append(decode_json(bytes(row)))
        weight += 3 * len(row)  # JSON as dictionaries takes three times as long as records
        if weight >= STEP:
            weight = 0
            yield
    return found
