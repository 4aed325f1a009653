"""Observers that come with the package, as a type checker sees them."""

from __future__ import annotations

import logging
from typing import assert_type

from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider
from prometheus_client import CollectorRegistry

from zdasync import ApiToken, Zendesk
from zdasync.events import Admitted, Lost, Observer, Received, Throttled
from zdasync.telemetry import LoggingObserver, fan_out
from zdasync.telemetry.otel import OpenTelemetryMetrics, OpenTelemetryTraces
from zdasync.telemetry.prometheus import PrometheusMetrics

AUTH = ApiToken("agent@acme.com", "token")


async def observers(meters: MeterProvider, tracers: TracerProvider, registry: CollectorRegistry) -> None:
    lines = LoggingObserver(logging.getLogger("app"), levels={Throttled: logging.ERROR})
    traces = OpenTelemetryTraces(tracers, attributes={"server.address": "acme.zendesk.com"}, now=lambda: 0)
    figures = OpenTelemetryMetrics(meters, attributes={"tenant": 5})
    page = PrometheusMetrics(registry, namespace="zendesk")
    everything = fan_out(lines, traces, figures, page, print)
    assert_type(everything, Observer)
    async with Zendesk("acme", auth=AUTH, observer=everything) as zd:
        figures.watch(zd)
        page.watch(zd.with_options(timeout=5))


def what_is_refused(registry: CollectorRegistry) -> None:
    LoggingObserver("app")  # type: ignore[arg-type]
    LoggingObserver(levels={Throttled: "ERROR"})  # type: ignore[dict-item]
    OpenTelemetryTraces(attributes={"server.address": None})  # type: ignore[dict-item]
    PrometheusMetrics(registry, "zendesk")  # type: ignore[call-arg]
    PrometheusMetrics().watch("acme")  # type: ignore[arg-type]
    fan_out(lambda: None)  # type: ignore[arg-type]


def events_by_hand() -> None:
    assert_type(Lost("users.show", "ConnectionFailed", 0.5, 1, method="GET", call=7).call, int)
    assert_type(Received("users.show", 200, 0.5, 1, None).method, str)
    Admitted("users.show", 0.0, None, 7)  # type: ignore[call-arg]
