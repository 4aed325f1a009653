"""What all records share: one storage, one set of manners.

A record is frozen and slotted, compared by value, and its `repr` prints only what differs from the default. msgspec
keeps the instances, and attrs knows them: `attrs.has`, `attrs.fields`, `attrs.asdict` and `attrs.evolve` work on every
record. That msgspec keeps them is for speed: a class whose storage is attrs' own has its slots set one by one, some
forty for a user, which makes a page of users more than twice as dear to decode, and typed records dearer than dicts.

Records are left out of Python's garbage collection, which looks for cycles: a record is frozen and made of JSON, which
has none. Pages of a thousand would else set off collections that hold up the event loop for longer than reading them.

To add fields to a record, derive from it with a plain `class` statement, without a decorator. A class of your own that
derives from nothing here is decorated with attrs as usual.

Zendesk promises only that `id` is there. Every other field may be absent or null and is None then (empty, where it
is a container). Enumerations are plain strings, since Zendesk adds values to them; times are aware datetimes in UTC.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias, cast

import attrs
import msgspec

if TYPE_CHECKING:
    JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"
    """Whatever JSON can say."""
else:
    JsonValue = Any

Json: TypeAlias = Any
"""JSON as a decoder gives it: what it holds is for the reader to find out."""

__all__ = ["Json", "JsonValue", "Record", "empty_dict"]

HIDDEN: Final = "***"


class _AttrsFace:
    """`__attrs_attrs__`, made for each class when it is asked for: making them all would slow the import down."""

    def __get__(self, instance: object, owner: type[Record]) -> tuple[attrs.Attribute[Any], ...]:
        return _attributes(owner)


@cache
def _attributes(cls: type[Record]) -> tuple[attrs.Attribute[Any], ...]:
    fields = {field.name: _attribute(field) for field in msgspec.structs.fields(cls)}
    made = attrs.make_class(cls.__name__, fields, slots=False, init=False, repr=False, eq=False, kw_only=True)
    return cast("tuple[attrs.Attribute[Any], ...]", attrs.fields(made))


def _attribute(field: msgspec.structs.FieldInfo) -> Json:
    if field.default is not msgspec.NODEFAULT:
        return attrs.field(default=field.default, type=field.type)
    if field.default_factory is not msgspec.NODEFAULT:
        return attrs.field(factory=field.default_factory, type=field.type)
    return attrs.field(type=field.type)


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The base of all records, made with keyword arguments."""

    __attrs_attrs__: ClassVar = _AttrsFace()

    hidden: ClassVar[frozenset[str]] = frozenset()
    """Fields that hold secrets: `repr` shows that they are set, never what they hold."""

    named_by: ClassVar[str | None] = None
    """The field that a bare text stands for, where Zendesk may give a text in place of an object."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """What `repr`, and rich's, shows."""
        return [
            (field.name, HIDDEN if field.name in self.hidden else value)
            for field in msgspec.structs.fields(self)
            if (value := getattr(self, field.name)) != _default(field)
        ]


def _default(field: msgspec.structs.FieldInfo) -> object:
    return field.default_factory() if callable(field.default_factory) else field.default


def empty_dict() -> Json:
    """The default of a field that holds a mapping: a new empty dict for each record."""
    return msgspec.field(default_factory=dict)
