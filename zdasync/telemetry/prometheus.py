"""Events as Prometheus metrics.

    metrics = PrometheusMetrics()
    async with Zendesk("acme", auth=..., observer=metrics) as zd:
        metrics.watch(zd)

Counters and histograms move with the events. The limits are looked up when a scrape asks, in whatever thread it runs:
see `zdasync.telemetry._levels` on how it gets at what belongs to the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..events import Event
from ._extra import needs
from ._levels import GAUGES, HasLimits, Levels
from ._measures import BY_EVENT, MEASURES, Measure, Names

with needs("prometheus"):
    from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram
    from prometheus_client.core import GaugeMetricFamily
    from prometheus_client.registry import Collector

__all__ = ["PrometheusMetrics"]


class PrometheusMetrics:
    """Counts and times what happens, and shows the limits of the clients that it is told to watch.

    Metrics are registered with `registry` (by default the global one) under names that begin with `namespace`. Make
    one and hand it to all clients: counters add up over them, the limits bear the account's host as a label. A second
    one in the same registry needs a namespace of its own; the registry raises `ValueError` otherwise.
    """

    def __init__(self, registry: CollectorRegistry = REGISTRY, *, namespace: str = "zdasync") -> None:
        self._names = Names()
        self._record = {measure.name: _metric(measure, namespace, registry) for measure in MEASURES}
        self._limits = _Limits(namespace)
        registry.register(self._limits)

    def __call__(self, event: Event, /) -> None:
        """Record what the event tells."""
        for measure in BY_EVENT.get(type(event), ()):
            labels = [self._names.label(event, name) for name in measure.labels]
            self._record[measure.name](measure.amount(event), ["" if one is None else str(one) for one in labels])

    def watch(self, zd: HasLimits) -> None:
        """Show the limits of an open client from now on; call it where the client's loop runs.

        Figures end when the client is closed. Another client of the same account takes its place.
        """
        self._limits.watch(Levels(zd, self._names))


class _Limits(Collector):
    """The limits as gauges, looked up at each scrape."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._watched: dict[str, Levels] = {}

    def watch(self, levels: Levels) -> None:
        self._watched[levels.account] = levels

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return self._families()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        families = self._families()
        for account, levels in tuple(self._watched.items()):
            for level in levels.read():
                for family, gauge in zip(families, GAUGES, strict=True):
                    family.add_metric([account, level.limit], gauge.read(level))
        return families

    def _families(self) -> list[GaugeMetricFamily]:
        return [
            GaugeMetricFamily(f"{self._namespace}_limit_{gauge.field}", gauge.description, labels=["account", "limit"])
            for gauge in GAUGES
        ]


def _metric(
    measure: Measure, namespace: str, registry: CollectorRegistry
) -> Callable[[float, Iterable[str]], None]:
    name = measure.name.replace(".", "_")
    if not measure.buckets:
        counter = Counter(name, measure.description, measure.labels, namespace, registry=registry)
        return lambda amount, labels: counter.labels(*labels).inc(amount)
    histogram = Histogram(
        name, measure.description, measure.labels, namespace, unit="seconds", registry=registry, buckets=measure.buckets
    )
    return lambda amount, labels: histogram.labels(*labels).observe(amount)
