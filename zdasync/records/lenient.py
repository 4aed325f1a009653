"""Reads a reply that does not fit its record, field by field.

Every value that fits is kept. One that does not is left out, which leaves the field's default, and is reported; of a
list or a mapping only the items that do not fit are left out. Null says nothing, so leaving it out is no report. An id
that came as a string of digits still fits an int, and so does 3.0; an int still fits a string. Nothing is guessed
beyond that: "false" is no bool. A required field that is missing can't be made up: that reply is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

import attrs
import cattrs
import msgspec

from ..errors import UnexpectedReply
from ._record import Json, Record
from .codec import OnDrift

__all__ = ["Lenient"]

T = TypeVar("T")


class Lenient(Generic[T]):
    """Structures values as `cls`, telling `on_drift` what had to be left out."""

    def __init__(self, cls: type[T], on_drift: OnDrift) -> None:
        self._cls = cls
        self._on_drift = on_drift
        self._left_out: list[str] = []  # what was wrong with items of the value that is being read
        self._converter = converter = cattrs.Converter(detailed_validation=False)
        converter.register_structure_hook(bool, _strict)
        converter.register_structure_hook(int, _int)
        converter.register_structure_hook(float, _strict)
        converter.register_structure_hook(str, _str)
        converter.register_structure_hook(datetime, _strict)
        converter.register_structure_hook_func(_is_open_union, _strict)
        converter.register_structure_hook_func(_is_array, self._array)
        converter.register_structure_hook_func(_is_mapping, self._mapping)
        converter.register_structure_hook_func(attrs.has, self._fields)

    def whole(self, value: Json) -> T:
        """One value; raises `UnexpectedReply` when it is nothing like a `cls`."""
        try:
            found = self._converter.structure(value, self._cls)
        except UnexpectedReply:
            raise
        except Exception as error:
            raise UnexpectedReply(f"not a {_name(self._cls)}: {error}", body=repr(value)[:200]) from error
        for problem in self._left_out:
            self._on_drift(_name(self._cls), "*", problem)
        self._left_out = []
        return found

    def all(self, values: Json) -> list[T]:
        """Those of a list that can be read at all; the rest is reported."""
        found = []
        for value in values if isinstance(values, list) else ():
            try:
                found.append(self.whole(value))
            except UnexpectedReply as error:
                self._on_drift(_name(self._cls), "*", error.message)
        return found

    def _array(self, value: Json, cls: Json) -> Json:
        if not isinstance(value, list):  # a string would be taken to pieces
            raise UnexpectedReply(f"expected an array, got {type(value).__name__}")
        make: Json = get_origin(cls)
        return make(item for _, item in self._items(enumerate(value), get_args(cls)[0]))

    def _mapping(self, value: Json, cls: Json) -> Json:
        if not isinstance(value, Mapping):
            raise UnexpectedReply(f"expected an object, got {type(value).__name__}")
        return dict(self._items(value.items(), get_args(cls)[1]))

    def _items(self, items: Iterable[tuple[Json, Json]], cls: Json) -> Iterator[tuple[Json, Json]]:
        """Those that fit, with their places. Any JSON fits where anything does."""
        if cls is Any:
            yield from items
            return
        for place, item in items:
            try:
                fitting = self._converter.structure(item, cls)
            except Exception as error:  # noqa: BLE001 - a class of the caller's may raise anything
                if item is not None:
                    self._left_out.append(f"at {place!r}: {_problem(error)}")
            else:
                yield place, fitting

    def _fields(self, value: Json, cls: type[Any]) -> Json:
        if isinstance(value, str) and issubclass(cls, Record) and cls.named_by:
            value = {cls.named_by: value}
        if not isinstance(value, Mapping):
            raise UnexpectedReply(f"{_name(cls)}: expected an object, got {type(value).__name__}")
        attrs.resolve_types(cls)
        arguments: dict[str, Any] = {}
        for field in attrs.fields(cls):
            if not field.init:
                continue
            fitting = self._field(value, cls, field)
            if fitting is not attrs.NOTHING:
                arguments[field.alias] = fitting
            elif field.default is attrs.NOTHING:
                raise UnexpectedReply(
                    f"{_name(cls)} requires {field.name!r}, and the reply has none that fits "
                    "(with a default the field would be optional)"
                )
        return cls(**arguments)

    def _field(self, value: Mapping[str, Any], cls: type[Any], field: attrs.Attribute[Any]) -> Json:
        given = value.get(field.name, attrs.NOTHING)
        if given is attrs.NOTHING or field.type is None:
            return given
        if given is None and field.default not in (None, attrs.NOTHING):
            return attrs.NOTHING  # null where a container is declared: it is empty, which is no drift
        outer, self._left_out = self._left_out, []
        try:
            return self._converter.structure(given, field.type)
        except Exception as error:  # noqa: BLE001 - a class of the caller's may raise anything
            self._left_out = [_problem(error)]
            return attrs.NOTHING
        finally:
            problems, self._left_out = self._left_out, outer
            for problem in problems:
                self._on_drift(_name(cls), field.name, problem)


def _strict(value: object, cls: type[T]) -> T:
    return msgspec.convert(value, cls)


def _int(value: Json, _: object) -> int:
    text = isinstance(value, str) and value.strip().lstrip("-").isdecimal()
    whole = isinstance(value, float) and value.is_integer()
    return msgspec.convert(int(value) if text or whole else value, int)


def _str(value: object, _: object) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else msgspec.convert(value, str)


def _is_array(cls: object) -> bool:
    return get_origin(cls) is list or (get_origin(cls) is tuple and get_args(cls)[1:] == (...,))


def _is_mapping(cls: object) -> bool:
    return get_origin(cls) is dict and get_args(cls)[0] is str


def _is_open_union(cls: object) -> bool:
    """A union of more than one type and None: cattrs would ask how to tell them apart, msgspec knows."""
    return get_origin(cls) in (Union, UnionType) and len([a for a in get_args(cls) if a is not type(None)]) > 1


def _problem(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _name(cls: object) -> str:
    return getattr(cls, "__name__", repr(cls))
