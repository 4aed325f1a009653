"""Listings that Zendesk also has for one user, organization or group, each under a path of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import BadArgument

if TYPE_CHECKING:
    from .._core.route import Route

__all__ = ["subset"]

T = TypeVar("T")


def subset(everything: Route[T], **subsets: tuple[Route[T], object]) -> tuple[Route[T], dict[str, Any]]:
    """The route to take, and the ids of its path: that of the one subset whose id is given, else `everything`.

    `subsets` are routes with the ids that the caller gave, by the ids' names. Two at once raise `BadArgument`.
    """
    asked = [name for name, (_, value) in subsets.items() if value is not None]
    if len(asked) > 1:
        raise BadArgument(f"{everything.operation} lists by {' or by '.join(asked)}, not by both: name one")
    if not asked:
        return everything, {}
    route, value = subsets[asked[0]]
    return route, {asked[0]: value}
