"""What is measured, as a table that OpenTelemetry and Prometheus share.

A measure reads its value and its labels off the events that it is fed by: a label is the field of that name. A server
of metrics keeps a time series for each combination of labels for good, so no label may grow with the work: ids never
become labels, groups of callers neither, and `Names` holds whatever else is text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import attrs

from ..events import (
    Admitted,
    Event,
    Learned,
    Lost,
    ParametersIgnored,
    Queued,
    Received,
    Refuted,
    Retrying,
    SchemaDrift,
    Throttled,
)

MOST: Final = 200
"""Values that one label may take; what comes after them is counted as `other`."""
OTHER: Final = "other"

_WAITS: Final = (0.01, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)
_ROUND_TRIPS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""As https://opentelemetry.io/docs/specs/semconv/http/http-metrics/ advises, so that dashboards fit."""


@attrs.frozen
class Measure:
    """One counter, or a histogram of seconds if it has `buckets`."""

    name: str
    unit: str
    """In UCUM's notation, as OpenTelemetry wants it: `s`, `{request}`."""
    description: str
    on: tuple[type[Event], ...]
    labels: tuple[str, ...]
    value: str = ""
    """The field that is measured; empty: events are counted."""
    buckets: tuple[float, ...] = ()
    convention: str = ""
    """The name that OpenTelemetry's conventions have for it."""

    def amount(self, event: Event) -> float:
        """What the event adds."""
        return float(getattr(event, self.value)) if self.value else 1


MEASURES: Final = (
    Measure("queued", "{request}", "Requests that could not go at once.", (Queued,), ("limit", "priority")),
    Measure("admissions", "{request}", "Requests that were let go.", (Admitted,), ("operation",)),
    Measure("admission.wait", "s", "Time from asking to go to being let go, by the limit that was in the way.",
            (Admitted,), ("limit",), "waited", _WAITS),
    Measure("request.duration", "s", "Time from the wire to the last byte, or to giving up on a reply.",
            (Received, Lost), ("method", "operation", "status", "error"), "seconds", _ROUND_TRIPS,
            "http.client.request.duration"),
    Measure("rejections", "{request}", "Requests that the server rejected, by the limit held responsible.",
            (Throttled,), ("operation", "limit", "status")),
    Measure("retries", "{request}", "Attempts that failed and are made again.", (Retrying,), ("operation", "reason")),
    Measure("limits.learned", "{limit}", "Numbers of limits, and limits, that replies told.", (Learned,), ("limit",)),
    Measure("limits.refuted", "{limit}", "Limits that the server does not count as expected.", (Refuted,), ("limit",)),
    Measure("schema_drifts", "{field}", "Fields of replies that did not fit their record.",
            (SchemaDrift,), ("operation", "record")),
    Measure("parameters_ignored", "{reply}", "Replies that say that something sent was ignored.",
            (ParametersIgnored,), ("operation",)),
)

BY_EVENT: Final[Mapping[type[Event], tuple[Measure, ...]]] = {
    kind: tuple(measure for measure in MEASURES if kind in measure.on)
    for kind in {kind for measure in MEASURES for kind in measure.on}
}

_FIXED: Final = re.compile(r"[a-z_]*(?:\.json)?|v\d+")


class Names:
    """Keeps the values of labels few: paths lose their ids, and a label takes `MOST` values."""

    def __init__(self) -> None:
        self._known: dict[str, set[str]] = {}

    def label(self, event: Event, name: str) -> str | int | None:
        """The event's label of that name; None when it has none."""
        value: object = getattr(event, name, None)
        if isinstance(value, int):
            return value
        return self.few(name, str(value)) if value else None

    def few(self, label: str, value: str) -> str:
        """The value, or what stands for it."""
        known = self._known.setdefault(label, set())
        if value in known:
            return value
        short = _without_ids(value) if " /" in value else value
        if short in known:
            return short
        if len(known) >= MOST:
            return OTHER
        known.add(short)
        return short


def _without_ids(text: str) -> str:
    """Calls of any endpoint are named by method and path: `GET /api/v2/users/35436`."""
    head, *segments = text.split("/")
    return "/".join((head, *(part if _FIXED.fullmatch(part) else "{}" for part in segments)))
