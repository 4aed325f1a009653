"""Events as OpenTelemetry metrics and traces, by its API alone: which SDK exports them is the application's choice.

    traces, metrics = OpenTelemetryTraces(), OpenTelemetryMetrics()
    async with Zendesk("acme", auth=..., observer=fan_out(traces, metrics)) as zd:
        metrics.watch(zd)

Names are those of https://opentelemetry.io/docs/specs/semconv/http/ where it has any, and `zdasync.*` otherwise.

How spans come to be: the event that ends an attempt tells how long it took, so its span is made then, with both of its
times given. Nothing has to be remembered between a start and an end, and calls of one operation that run side by side
can't be mixed up. Events of a call are told in the task that awaits it, so the current span there is the parent. What
it costs: spans show up when they are over, and none is current while its request is on the wire.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import attrs

from ..events import (
    Admitted,
    Event,
    Learned,
    Lost,
    ParametersIgnored,
    Received,
    Refuted,
    Retrying,
    SchemaDrift,
    Throttled,
)
from ._extra import needs
from ._levels import GAUGES, Gauge, HasLimits, Levels
from ._measures import BY_EVENT, MEASURES, Measure, Names

with needs("otel"):
    from opentelemetry import metrics, trace
    from opentelemetry.metrics import CallbackOptions, CallbackT, Histogram, Meter, MeterProvider, Observation
    from opentelemetry.trace import SpanKind, Status, StatusCode, TracerProvider

__all__ = ["Attributes", "OpenTelemetryMetrics", "OpenTelemetryTraces"]

Attributes = Mapping[str, str | int | float | bool]

_SCOPE: Final = "zdasync"
_ERROR: Final = 400
_CONVENTIONS: Final = {
    "error": "error.type", "method": "http.request.method", "status": "http.response.status_code",
}
_TOLD: Final = (Throttled, Retrying, Learned, Refuted, SchemaDrift, ParametersIgnored)
"""What happens at a moment within a call: noted on the span of whoever called."""


class OpenTelemetryMetrics:
    """Counts and times what happens, and shows the limits of the clients that it is told to watch.

    `provider` is the global one unless given. `attributes` come with every figure; to tell accounts apart, make one
    observer for each, with `{"server.address": "acme.zendesk.com", "server.port": 443}`.
    """

    def __init__(self, provider: MeterProvider | None = None, *, attributes: Attributes | None = None) -> None:
        meter = metrics.get_meter(_SCOPE, meter_provider=provider)
        self._attributes = dict(attributes or {})
        self._names = Names()
        self._record = {measure.name: _instrument(meter, measure) for measure in MEASURES}
        self._watched: dict[str, Levels] = {}
        for gauge in GAUGES:
            meter.create_observable_gauge(
                f"zdasync.limit.{gauge.field}", [self._callback(gauge)], gauge.unit, gauge.description
            )

    def __call__(self, event: Event, /) -> None:
        """Record what the event tells."""
        for measure in BY_EVENT.get(type(event), ()):
            labels = {name: self._names.label(event, name) for name in measure.labels}
            self._record[measure.name](measure.amount(event), {**self._attributes, **_attributes(labels)})

    def watch(self, zd: HasLimits) -> None:
        """Show the limits of an open client from now on; call it where the client's loop runs.

        Figures end when the client is closed. Another client of the same account takes its place.
        """
        levels = Levels(zd, self._names)
        self._watched[levels.account] = levels

    def _callback(self, gauge: Gauge) -> CallbackT:
        def observe(_: CallbackOptions) -> Iterable[Observation]:
            for levels in tuple(self._watched.values()):
                place: Attributes = {"server.address": levels.host, "server.port": levels.port}
                for level in levels.read():
                    attributes = {**place, **self._attributes, "zdasync.limit": level.limit}
                    yield Observation(gauge.read(level), attributes)

        return observe


class OpenTelemetryTraces:
    """A span for each attempt, one for each wait that came before it, both below the span that is current at the call.

    An attempt's span bears the name of the operation, the one of a wait `zdasync.admission`. Rejections, retries and
    what replies teach are noted on the caller's own span. `provider` is the global one unless given. `attributes` come
    with every span. `now` tells the time in nanoseconds since 1970.
    """

    def __init__(
        self,
        provider: TracerProvider | None = None,
        *,
        attributes: Attributes | None = None,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self._tracer = trace.get_tracer(_SCOPE, tracer_provider=provider)
        self._attributes = dict(attributes or {})
        self._names = Names()
        self._now = now

    def __call__(self, event: Event, /) -> None:
        """Make the span that the event ends, or note the event on the caller's."""
        if isinstance(event, Admitted):
            if event.waited > 0:
                self._span("zdasync.admission", event, event.waited, SpanKind.INTERNAL, {"limit": event.limit})
        elif isinstance(event, Received):
            self._attempt(event, {"status": event.status, "request_id": event.request_id})
        elif isinstance(event, Lost):
            self._attempt(event, {"error": event.error})
        elif isinstance(event, _TOLD):
            self._note(event)

    def _attempt(self, event: Received | Lost, labels: dict[str, str | int | None]) -> None:
        name = self._names.few("operation", event.operation)
        labels["method"] = event.method
        self._span(name, event, event.seconds, SpanKind.CLIENT, labels, resent=event.attempt - 1)

    def _span(
        self, name: str, event: Event, seconds: float, kind: SpanKind, labels: Mapping[str, str | int | None],
        *, resent: int = 0,
    ) -> None:
        end = self._now()
        attributes = {**self._attributes, "zdasync.operation": event.operation, **_attributes(labels)}
        if event.call:
            attributes["zdasync.call"] = event.call
        if resent:
            attributes["http.request.resend_count"] = resent
        span = self._tracer.start_span(
            name, kind=kind, attributes=attributes, start_time=end - round(seconds * 1e9)
        )
        if "error.type" in attributes:
            span.set_status(Status(StatusCode.ERROR))
        span.end(end)

    def _note(self, event: Event) -> None:
        span = trace.get_current_span()
        if span.is_recording():
            fields = {f"zdasync.{name}": value for name, value in attrs.asdict(event).items() if value is not None}
            span.add_event(f"zdasync.{type(event).__name__}", fields, self._now())


def _instrument(meter: Meter, measure: Measure) -> Callable[[float, Attributes], None]:
    name = measure.convention or f"zdasync.{measure.name}"
    if not measure.buckets:
        return meter.create_counter(name, measure.unit, measure.description).add
    histogram: Histogram = meter.create_histogram(
        name, measure.unit, measure.description, explicit_bucket_boundaries_advisory=measure.buckets
    )
    return histogram.record


def _attributes(labels: Mapping[str, str | int | None]) -> dict[str, str | int]:
    """Labels under the names of OpenTelemetry; those without a value are left out."""
    named = {_CONVENTIONS.get(name, f"zdasync.{name}"): value for name, value in labels.items() if value is not None}
    if "method" not in labels:
        return named
    if not labels["method"]:
        named["http.request.method"] = "_OTHER"
    status = labels.get("status")
    if isinstance(status, int) and status >= _ERROR:
        named["error.type"] = str(status)
    return named
