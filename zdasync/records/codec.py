"""Bytes to records and back.

The fast way decodes a whole reply straight into its records, with one decoder per envelope that is made once. When a
reply does not fit (`msgspec.ValidationError`), `lenient` reads it again field by field: what does not fit becomes the
field's default and is reported, so that one odd value never costs a page. What Zendesk says it ignores, and what the
library knows no field for, is passed over silently: `.raw()` has it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar, cast

import attrs
import msgspec

from ..errors import BadArgument, UnexpectedReply
from ._record import Json
from .sideloads import Sideloads, abilities_of, record_classes

__all__ = [
    "OnDrift", "PageData", "RowReader", "check_class", "decode_json", "decode_page", "decode_record", "encode",
    "encode_plain", "plain", "sideloads_of", "written_fields",
]

if TYPE_CHECKING:
    from .lenient import Lenient

T = TypeVar("T")

OnDrift: TypeAlias = Callable[[str, str, str], None]
"""Told of each value that was left out: the record's class, the field, the problem."""

_QUOTED: Final = 200
NOTHING: Final = Sideloads()
BROKEN: Final = (msgspec.DecodeError, UnicodeDecodeError)
"""What a decoder raises for what is no JSON; `msgspec.ValidationError` is among them."""
_json: Final = msgspec.json.Decoder()


class Meta(msgspec.Struct, frozen=True):
    """What a cursor page says about the next one."""

    has_more: bool | None = None
    after_cursor: str | None = None


class PageData(msgspec.Struct, frozen=True, eq=False):
    """One page: its records, what came along, and what it says about the next page.

    `has_more` is None when the page is none of the cursor kind; `next_page` and `count` are those of offset pages,
    `after_url` that of a page with records and a cursor beside them.
    """

    records: list[Any]
    has_more: bool | None = None
    after_cursor: str | None = None
    next_page: str | None = None
    count: int | None = None
    sideloads: Sideloads = NOTHING
    after_url: str | None = None


def decode_json(body: bytes) -> Json:
    """The untouched JSON; None for an empty body."""
    if not body.strip():
        return None
    try:
        return _json.decode(body)
    except BROKEN as error:
        raise _not_json(body, error) from None


def decode_record(body: bytes, key: str | None, cls: type[T], on_drift: OnDrift) -> T:
    """The value under `key`, as a `cls`: a record, an attrs class of the caller's, or a plain type such as `list[str]`.

    Without a key the whole reply is the value. Raises `UnexpectedReply` when the reply has no such key, or lacks a
    field that the class requires.
    """
    decoder = _record_decoder(key, cast("Hashable", cls))
    if decoder is not None:
        try:
            decoded = decoder.decode(body)
            value: T = decoded if key is None else decoded.value
        except msgspec.ValidationError:
            pass
        except BROKEN as error:
            raise _not_json(body, error) from None
        else:
            return value
    found = decode_json(body) if key is None else _under(key, body, key.removesuffix("s"))
    if isinstance(found, list) and len(found) == 1 and attrs.has(cls):
        found = found[0]  # sessions are documented as a list of one
    return _lenient(cls, on_drift).whole(found)


def decode_page(body: bytes, key: str, cls: type[Any], on_drift: OnDrift, *, sideloads: bool = False) -> PageData:
    """The page of records under `key`, with what was sideloaded. Raises as `decode_record` does."""
    decoder = _page_decoder(key, cast("Hashable", cls), sideloads)
    if decoder is not None:
        try:
            page = decoder.decode(body)
        except msgspec.ValidationError:
            pass
        except BROKEN as error:
            raise _not_json(body, error) from None
        else:
            meta = page.meta
            return PageData(
                page.records,
                None if meta is None else bool(meta.has_more),
                None if meta is None else meta.after_cursor,
                page.next_page,
                page.count if isinstance(page.count, int) else None,
                _typed_sideloads(page, key) if sideloads else NOTHING,
                page.after_url if page.records else None,
            )
    return _lenient_page(body, key, cls, on_drift, sideloads=sideloads)


class RowReader(Generic[T]):
    """Makes a `cls` of one row at a time, as `decode_record` does. `odd` counts the rows that took the slow way."""

    def __init__(self, cls: type[T], on_drift: OnDrift) -> None:
        self.odd = 0
        self._cls = cls
        self._on_drift = on_drift
        self._decoder = _record_decoder(None, cast("Hashable", cls))
        self._lenient: Lenient[T] | None = None

    def __call__(self, row: msgspec.Raw) -> T:
        """Read one row."""
        if self._decoder is not None:
            try:
                value: T = self._decoder.decode(row)
            except msgspec.ValidationError:
                pass
            except BROKEN as error:
                raise _not_json(bytes(row), error) from None
            else:
                return value
        self.odd += 1
        if self._lenient is None:  # one for all rows: making it costs more than reading a row
            self._lenient = _lenient(self._cls, self._on_drift)
        return self._lenient.whole(decode_json(bytes(row)))


def sideloads_of(body: bytes, key: str | None, on_drift: OnDrift) -> Sideloads:
    """What came along with a single record."""
    reply = decode_json(body)
    return _lenient_sideloads(reply, key, on_drift) if isinstance(reply, dict) else NOTHING


def check_class(cls: type[Any]) -> None:
    """Raises `BadArgument` unless records can be decoded into `cls`."""
    given: object = cls
    if not (isinstance(given, type) and attrs.has(given)):
        raise BadArgument(f"records are decoded into attrs classes: decorate {cls!r} with attrs.frozen or attrs.define")
    _record_decoder("record", cast("Hashable", cls))


@lru_cache(maxsize=512)
def _record_decoder(key: str | None, cls: Hashable) -> msgspec.json.Decoder[Any] | None:
    if key is None:
        return None if _has_hooks(cls) else msgspec.json.Decoder(cast("type[Any]", cls))
    return _decoder("Envelope", cls, [("value", cls, msgspec.field(name=key))])


@lru_cache(maxsize=512)
def _page_decoder(key: str, cls: Hashable, sideloads: bool) -> msgspec.json.Decoder[Any] | None:  # noqa: FBT001
    fields: list[Any] = [
        ("records", list[cls], msgspec.field(name=key)),  # type: ignore[valid-type]
        ("meta", Meta | None, None),
        ("next_page", str | None, None),
        ("count", Any, None),
        ("after_url", str | None, None),
    ]
    if sideloads:
        fields += [(name, tuple[row, ...] | None, None) for name, row in _beside(key).items()]  # type: ignore[valid-type]
        fields += [("abilities", Any, None), ("open_ticket_count", dict[str, int] | None, None)]
    return _decoder("Page", cls, fields)


def _decoder(name: str, cls: Hashable, fields: list[Any]) -> msgspec.json.Decoder[Any] | None:
    """None for a class that must be made by its own `__init__`: msgspec runs neither validators nor converters."""
    if _has_hooks(cls):
        return None
    try:
        return msgspec.json.Decoder(msgspec.defstruct(name, fields, frozen=True))
    except (TypeError, NameError, AttributeError) as error:
        raise BadArgument(f"records can't be decoded into {_name(cls)}: {error}") from error


def _has_hooks(cls: Hashable) -> bool:
    return isinstance(cls, type) and attrs.has(cls) and any(
        field.validator is not None or field.converter is not None or not field.init or field.alias != field.name
        for field in attrs.fields(cls)
    )


def _beside(key: str | None) -> dict[str, type[Any]]:
    """What may come along with the records under a key."""
    return {name: cls for name, cls in record_classes().items() if name != key}


def _typed_sideloads(page: Json, key: str) -> Sideloads:
    lists = {name: getattr(page, name) or () for name in _beside(key)}
    return Sideloads(
        **lists, abilities=tuple(abilities_of(page.abilities)), open_ticket_count=page.open_ticket_count or {}
    )


def _lenient(cls: type[T], on_drift: OnDrift) -> Lenient[T]:
    from .lenient import Lenient  # noqa: PLC0415 - cattrs is imported only when a reply does not fit

    return Lenient(cls, on_drift)


def _lenient_page(body: bytes, key: str, cls: type[Any], on_drift: OnDrift, *, sideloads: bool) -> PageData:
    rows = _under(key, body)
    if not isinstance(rows, list):
        raise UnexpectedReply(f"the reply's {key!r} is no list", body=_start(body))
    reader = _lenient(cls, on_drift)
    reply = decode_json(body)
    meta, next_page, count, after_url = (reply.get(name) for name in ("meta", "next_page", "count", "after_url"))
    after = meta.get("after_cursor") if isinstance(meta, dict) else None
    return PageData(
        [reader.whole(row) for row in rows],
        bool(meta.get("has_more")) if isinstance(meta, dict) else None,
        after if isinstance(after, str) else None,
        next_page if isinstance(next_page, str) else None,
        count if isinstance(count, int) else None,
        _lenient_sideloads(reply, key, on_drift) if sideloads else NOTHING,
        after_url if isinstance(after_url, str) and rows else None,
    )


def _lenient_sideloads(reply: Mapping[str, Any], key: str | None, on_drift: OnDrift) -> Sideloads:
    lists: dict[str, Any] = {
        name: tuple(_lenient(cls, on_drift).all(reply.get(name))) for name, cls in _beside(key).items()
    }
    counts = reply.get("open_ticket_count")
    counts = {str(k): v for k, v in counts.items() if isinstance(v, int)} if isinstance(counts, dict) else {}
    return Sideloads(**lists, abilities=tuple(abilities_of(reply.get("abilities"))), open_ticket_count=counts)


def _under(key: str, body: bytes, or_else: str | None = None) -> Json:
    """What stands under a key. One record under the key of several may as well stand under `or_else`, its singular."""
    reply = decode_json(body)
    found = reply.get(key, reply.get(or_else)) if isinstance(reply, dict) else None
    if found is None:
        raise UnexpectedReply(f"the reply has no {key!r}", body=_start(body))
    return found


def _not_json(body: bytes, error: Exception) -> UnexpectedReply:
    return UnexpectedReply(f"the reply is no JSON: {error}", body=_start(body))


def _start(body: bytes) -> str:
    return body[:_QUOTED].decode("utf-8", "replace")


def _name(cls: object) -> str:
    return getattr(cls, "__name__", repr(cls))


def encode(value: object) -> bytes:
    """JSON of what a caller wrote: None, bool, int, float, str, datetime, list, tuple, mapping and attrs instances.

    An attrs instance becomes an object with the fields that differ from their defaults. Raises `BadArgument` for
    anything else, for a time without a zone and for a number that JSON can't say.
    """
    return encode_plain(plain(value, "body"))


def encode_plain(value: Json) -> bytes:
    """JSON of what is made of JSON's own types already, and has no number that JSON can't say.

    Raises `BadArgument` for a text with half a character and for a number that is too large.
    """
    try:
        return msgspec.json.encode(value)
    except (UnicodeEncodeError, OverflowError) as error:
        raise BadArgument(f"can't be written as JSON: {error}") from None


def plain(value: object, where: str) -> Json:
    """The same as JSON's own types; `where` names the value in errors."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Mapping):
        return {_key(k, where): plain(v, f"{where}.{k}") for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, f"{where}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, float):
        if not isfinite(value):
            raise BadArgument(f"{where}: JSON has no {value!r}")
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise BadArgument(f"{where}: {value!r} has no time zone; use datetime(..., tzinfo=timezone.utc)")
        return value
    if attrs.has(type(value)):
        return {name: plain(v, f"{where}.{name}") for name, v in written_fields(value).items()}
    raise BadArgument(f"{where}: {type(value).__name__} can't be written as JSON")


def _key(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise BadArgument(f"{where}: keys must be strings, not {key!r}")
    return key


def written_fields(instance: object) -> dict[str, object]:
    """The fields of an attrs instance that differ from their defaults, unconverted."""
    fields: dict[str, object] = {}
    for field in attrs.fields(cast("type[attrs.AttrsInstance]", type(instance))):
        value = getattr(instance, field.name)
        default: Any = field.default
        if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
            default = attrs.NOTHING if default.takes_self else default.factory()
        if default is attrs.NOTHING or value != default:
            fields[field.name] = value
    return fields
