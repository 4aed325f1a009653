"""OpenTelemetry's instruments: names, units, attributes and sums."""

from __future__ import annotations

import asyncio

import attrs
import pytest
from eventful import FAULTS, ONE_OF_EACH, busy, watched
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from zdasync.events import Admitted, Lost, Received, Throttled
from zdasync.telemetry.otel import OpenTelemetryMetrics


@attrs.define
class Metered:
    """An observer whose figures are read by hand."""

    reader: InMemoryMetricReader = attrs.field(factory=InMemoryMetricReader)
    provider: MeterProvider = attrs.field(init=False)
    observer: OpenTelemetryMetrics = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.provider = MeterProvider([self.reader])
        self.observer = OpenTelemetryMetrics(self.provider, attributes={"deployment": "test"})

    def metrics(self):
        """The instruments with figures, by name."""
        data = self.reader.get_metrics_data()
        return {} if data is None else {
            metric.name: metric for scope in data.resource_metrics[0].scope_metrics for metric in scope.metrics
        }

    def points(self, name):
        """Figures of an instrument by their attributes: a sum, or the count and the sum of a histogram."""
        return {
            frozenset(set(point.attributes.items())): (
                point.value if hasattr(point, "value") else (point.count, point.sum)
            )
            for point in self.metrics()[name].data.data_points
        }


def attributes(**more):
    """Attributes, with underscores for dots, as `points` has them for keys."""
    return frozenset({("deployment", "test"), *((name.replace("__", "."), value) for name, value in more.items())})


@pytest.fixture
def metered():
    made = Metered()
    yield made
    made.provider.shutdown()


def test_every_event_counts_under_its_attributes(metered) -> None:
    for event in ONE_OF_EACH:
        metered.observer(event)
    update = {"zdasync__operation": "users.update"}
    limit = {"zdasync__limit": "create-update-user/profile"}
    expected = {
        "zdasync.queued": (attributes(**limit, zdasync__priority=1), 1),
        "zdasync.admissions": (attributes(**update), 1),
        "zdasync.admission.wait": (attributes(**limit), (1, 12.5)),
        "zdasync.rejections": (attributes(**update, **limit, http__response__status_code=429), 1),
        "zdasync.retries": (attributes(**update, zdasync__reason="ConnectionFailed"), 1),
        "zdasync.limits.learned": (attributes(zdasync__limit="account"), 1),
        "zdasync.limits.refuted": (attributes(**limit), 1),
        "zdasync.schema_drifts": (attributes(**update, zdasync__record="User"), 1),
        "zdasync.parameters_ignored": (attributes(**update), 1),
    }
    assert {name: metered.points(name) for name in expected} == {name: {k: v} for name, (k, v) in expected.items()}
    put = {**update, "http__request__method": "PUT"}
    assert metered.points("http.client.request.duration") == {
        attributes(**put, http__response__status_code=200): (1, 0.25),
        attributes(**put, error__type="ConnectionFailed"): (1, 0.5),
    }


def test_units_and_buckets(metered) -> None:
    for event in ONE_OF_EACH:
        metered.observer(event)
    metrics = metered.metrics()
    assert {name: metric.unit for name, metric in metrics.items()} == {
        "zdasync.queued": "{request}", "zdasync.admissions": "{request}", "zdasync.admission.wait": "s",
        "http.client.request.duration": "s", "zdasync.rejections": "{request}", "zdasync.retries": "{request}",
        "zdasync.limits.learned": "{limit}", "zdasync.limits.refuted": "{limit}", "zdasync.schema_drifts": "{field}",
        "zdasync.parameters_ignored": "{reply}",
    }
    assert all(metric.description for metric in metrics.values())
    [point] = metrics["zdasync.admission.wait"].data.data_points
    assert point.explicit_bounds[-1] == 600
    assert max(metrics["http.client.request.duration"].data.data_points[0].explicit_bounds) == 10


def test_a_status_from_400_on_is_an_error_and_an_unknown_method_has_a_name(metered) -> None:
    metered.observer(Received("users.show", 404, 0.1, 1, None))
    assert metered.points("http.client.request.duration") == {
        attributes(zdasync__operation="users.show", http__request__method="_OTHER", http__response__status_code=404,
                   error__type="404"): (1, 0.1),
    }


async def test_a_run_adds_up(metered) -> None:
    async with watched(metered.observer, faults=FAULTS) as r:
        await busy(r.zd)
    trips = metered.points("http.client.request.duration")
    assert sum(count for count, _ in trips.values()) == len(r.told(Received)) + len(r.told(Lost))
    assert sum(took for _, took in trips.values()) == pytest.approx(
        sum(event.seconds for event in r.told(Received) + r.told(Lost))
    )
    assert sum(metered.points("zdasync.admissions").values()) == len(r.told(Admitted))
    reasons = {dict(key)["zdasync.reason"]: count for key, count in metered.points("zdasync.retries").items()}
    assert reasons == {"throttled": 1, "500": 1, "ConnectionFailed": 1}
    [(key, count)] = metered.points("zdasync.rejections").items()
    assert (dict(key)["zdasync.operation"], dict(key)["http.response.status_code"], count) == ("users.show", 429, 1)
    assert dict(key)["zdasync.limit"] == r.told(Throttled)[0].limit
    operations = {dict(key)["zdasync.operation"] for key in metered.points("zdasync.admissions")}
    assert "GET /api/v2/users/{}/related" in operations


async def test_the_limits_of_a_watched_client_are_gauges(metered) -> None:
    async with watched(metered.observer, client={"reserve": 10}, plan="team") as r:
        assert not any(name.startswith("zdasync.limit.") for name in metered.metrics())
        metered.observer.watch(r.zd)
        await asyncio.gather(*(r.zd.users.show(n) for n in range(1, 4)), return_exceptions=True)
        port = int(r.account.url.rpartition(":")[2])
        account = {"server__address": "127.0.0.1", "server__port": port, "zdasync__limit": "account"}
        found = {name.removeprefix("zdasync.limit."): metered.points(name) for name in metered.metrics()
                 if name.startswith("zdasync.limit.")}
        figures = {name: points[attributes(**account)] for name, points in found.items() if name != "waiting"}
        assert figures == {"total": 200, "used": 3, "remaining": 197, "reserve": 10, "keys": 1}
        in_a_thread = await asyncio.to_thread(metered.metrics)
        assert in_a_thread.keys() >= {f"zdasync.limit.{name}" for name in found}
    await asyncio.sleep(1)
    assert not any(name.startswith("zdasync.limit.") for name in metered.metrics())


async def test_events_do_not_look_at_the_limits_and_a_collection_looks_once(metered) -> None:
    class Counting:
        base_url = "https://acme.zendesk.com"
        looks = 0

        @property
        def limits(self):
            self.looks += 1
            return ()

    zd = Counting()
    metered.observer.watch(zd)
    for _ in range(1000):
        for event in ONE_OF_EACH:
            metered.observer(event)
    assert zd.looks == 0
    metered.metrics()
    assert zd.looks == 1


def test_the_number_of_series_does_not_grow_with_the_work(metered) -> None:
    for user in range(1000):
        for event in ONE_OF_EACH:
            metered.observer(attrs.evolve(event, operation=f"GET /api/v2/users/{user}", call=user))
    assert {name: len(metric.data.data_points) for name, metric in metered.metrics().items()} == {
        **dict.fromkeys(metered.metrics(), 1), "http.client.request.duration": 2,
    }
