"""What is public is documented: a sentence first, on every module, class, function and method."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import cached_property
from types import ModuleType
from typing import Any

import pytest

import zdasync

SENTENCE = re.compile(r"\S.*[.:?]", re.DOTALL)


def module_names() -> list[str]:
    """Every module without an underscore in its name, the package itself first."""
    found = [info.name for info in pkgutil.walk_packages(zdasync.__path__, "zdasync.")]
    return ["zdasync", *(name for name in found if not any(part.startswith("_") for part in name.split(".")))]


def public_members(owner: Any) -> Iterator[tuple[str, Any]]:
    """Public functions, classes, methods and properties that `owner` defines itself."""
    module = owner.__name__ if isinstance(owner, ModuleType) else owner.__module__
    for name, value in vars(owner).items():
        if name.startswith("_"):
            continue
        plain = getattr(value, "__func__", value)
        plain = getattr(plain, "func", None) or getattr(plain, "fget", None) or plain
        if (inspect.isclass(plain) or inspect.isfunction(plain)) and plain.__module__ == module:
            yield name, plain


def undocumented(owner: Any, path: str) -> Iterator[str]:
    for name, member in public_members(owner):
        here = f"{path}.{name}"
        doc = vars(member).get("__doc__") if inspect.isclass(member) else member.__doc__
        if not doc or not first_is_sentence(doc):
            yield here
        if inspect.isclass(member):
            yield from undocumented(member, here)


def first_is_sentence(doc: str) -> bool:
    """Does the first paragraph end as a sentence does, within three lines?"""
    first = inspect.cleandoc(doc).split("\n\n", 1)[0]
    return SENTENCE.fullmatch(first) is not None and not first[0].islower()


@pytest.mark.parametrize("name", module_names())
def test_everything_public_has_a_docstring_that_begins_with_a_sentence(name) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    assert first_is_sentence(module.__doc__)
    assert list(undocumented(module, name)) == []


class Sample:
    def method(self) -> None:
        """begins like a comment"""

    @property
    def value(self) -> int:
        return 1

    @classmethod
    def make(cls) -> Sample:
        """Makes one."""
        return cls()

    @cached_property
    def cached(self) -> int:
        return 1

    class Inner:
        pass


def test_the_walk_sees_methods_properties_and_inner_classes() -> None:
    assert list(undocumented(Sample, "S")) == ["S.method", "S.value", "S.cached", "S.Inner"]


def test_all_is_sorted_and_complete() -> None:
    names = list(zdasync.__all__)
    assert names == sorted(names, key=lambda name: (not name.isupper(), name))
    bound = {name for name, value in vars(zdasync).items() if not isinstance(value, ModuleType)}
    later = {name for name in names if name not in bound and hasattr(zdasync, name)}
    assert set(names) - later == {name for name in bound if not name.startswith("_")}
    assert later <= {"Export", "Query"}


@pytest.mark.parametrize("name", module_names())
def test_what_a_module_names_as_public_is_there(name) -> None:
    module = importlib.import_module(name)
    listed = getattr(module, "__all__", [])
    assert len(set(listed)) == len(listed)
    assert [one for one in listed if not hasattr(module, one)] == []
