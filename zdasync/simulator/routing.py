"""From a method and a path to an endpoint: a tree of segments, where a literal segment wins over a parameter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import unquote

import attrs

from .http import Endpoint, Endpoints

SUFFIX = ".json"


@attrs.frozen(eq=False)
class Match:
    """The endpoint that a path leads to, its template, and the values of the path's parameters, decoded.

    `own` is False for a canned answer, whose template is the path itself.
    """

    endpoint: Endpoint
    template: str
    values: Mapping[str, str]
    own: bool = True


@attrs.define(eq=False)
class _Node:
    literals: dict[str, _Node] = attrs.field(factory=dict)
    parameter: _Node | None = None
    leaf: tuple[Endpoint, str, tuple[str, ...]] | None = None


class Router:
    """All endpoints of an account. Raises `ValueError` when two tables claim one route."""

    def __init__(self, tables: Iterable[Endpoints]) -> None:
        self._roots: dict[str, _Node] = {}
        for table in tables:
            for (method, template), endpoint in table.items():
                self._add(method, template, endpoint)

    def _add(self, method: str, template: str, endpoint: Endpoint) -> None:
        node = self._roots.setdefault(method, _Node())
        names = []
        for segment in template.split("/")[1:]:
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.parameter = node = node.parameter or _Node()
            else:
                node = node.literals.setdefault(segment, _Node())
        if node.leaf is not None:
            raise ValueError(f"two endpoints for {method} {template}")
        node.leaf = (endpoint, template, tuple(names))

    def find(self, method: str, path: str) -> Match | None:
        """The endpoint for a raw path without `.json`; None when there is none."""
        root = self._roots.get(method)
        if root is None:
            return None
        values: list[str] = []
        leaf = _walk(root, path.split("/")[1:], 0, values)
        if leaf is None:
            return None
        endpoint, template, names = leaf
        return Match(endpoint, template, dict(zip(names, map(unquote, values), strict=True)))


def _walk(
    node: _Node, segments: list[str], at: int, values: list[str]
) -> tuple[Endpoint, str, tuple[str, ...]] | None:
    if at == len(segments):
        return node.leaf
    literal = node.literals.get(segments[at])
    if literal is not None:
        leaf = _walk(literal, segments, at + 1, values)
        if leaf is not None:
            return leaf
    if node.parameter is None or not segments[at]:
        return None
    values.append(segments[at])
    leaf = _walk(node.parameter, segments, at + 1, values)
    if leaf is None:
        values.pop()
    return leaf
