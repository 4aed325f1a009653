"""What an adapter says when the library that it adapts to is not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import BadArgument


class MissingExtra(BadArgument, ImportError):
    """A module needs a library that is not installed; the message says how to install it."""


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Imports inside of it come with an extra of this package."""
    try:
        yield
    except ImportError as error:
        raise MissingExtra(f'{error}; it comes with: pip install "zdasync[{extra}]"') from error
