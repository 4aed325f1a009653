"""Prometheus: what a scrape shows."""

from __future__ import annotations

import asyncio

import attrs
import pytest
from eventful import FAULTS, ONE_OF_EACH, busy, watched
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest

from zdasync.events import Admitted, Lost, Received, Throttled
from zdasync.telemetry.prometheus import PrometheusMetrics


@attrs.define
class Scraped:
    """An observer with a registry of its own."""

    registry: CollectorRegistry = attrs.field(factory=CollectorRegistry)
    observer: PrometheusMetrics = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.observer = PrometheusMetrics(self.registry)

    def samples(self, prefix=""):
        """Samples other than buckets and times of creation, as `name{labels}`, with their values."""
        return {
            f"{sample.name}{{{','.join(f'{name}={value}' for name, value in sample.labels.items())}}}": sample.value
            for family in self.registry.collect() for sample in family.samples
            if sample.name.startswith(prefix) and not sample.name.endswith(("_bucket", "_created"))
        }


@pytest.fixture
def scraped():
    return Scraped()


def test_every_event_counts_under_its_labels(scraped) -> None:
    for event in ONE_OF_EACH:
        scraped.observer(event)
    update, limit = "operation=users.update", "limit=create-update-user/profile"
    duration = "zdasync_request_duration_seconds"
    assert scraped.samples() == {
        f"zdasync_queued_total{{{limit},priority=1}}": 1,
        f"zdasync_admissions_total{{{update}}}": 1,
        f"zdasync_admission_wait_seconds_count{{{limit}}}": 1,
        f"zdasync_admission_wait_seconds_sum{{{limit}}}": 12.5,
        f"{duration}_count{{method=PUT,{update},status=200,error=}}": 1,
        f"{duration}_sum{{method=PUT,{update},status=200,error=}}": 0.25,
        f"{duration}_count{{method=PUT,{update},status=,error=ConnectionFailed}}": 1,
        f"{duration}_sum{{method=PUT,{update},status=,error=ConnectionFailed}}": 0.5,
        f"zdasync_rejections_total{{{update},{limit},status=429}}": 1,
        f"zdasync_retries_total{{{update},reason=ConnectionFailed}}": 1,
        "zdasync_limits_learned_total{limit=account}": 1,
        f"zdasync_limits_refuted_total{{{limit}}}": 1,
        f"zdasync_schema_drifts_total{{{update},record=User}}": 1,
        f"zdasync_parameters_ignored_total{{{update}}}": 1,
    }


async def test_a_run_adds_up(scraped) -> None:
    async with watched(scraped.observer, faults=FAULTS) as r:
        await busy(r.zd)
    counts = scraped.samples("zdasync_request_duration_seconds_count")
    assert sum(counts.values()) == len(r.told(Received)) + len(r.told(Lost))
    assert sum(scraped.samples("zdasync_admissions_total").values()) == len(r.told(Admitted))
    assert sum(scraped.samples("zdasync_admission_wait_seconds_sum").values()) == pytest.approx(
        sum(event.waited for event in r.told(Admitted))
    )
    [rejection] = scraped.samples("zdasync_rejections_total")
    limit = r.told(Throttled)[0].limit
    assert rejection == f"zdasync_rejections_total{{operation=users.show,limit={limit},status=429}}"
    assert sum(scraped.samples("zdasync_retries_total").values()) == 3


async def test_the_limits_of_a_watched_client_are_looked_up_when_a_scrape_asks(scraped) -> None:
    async with watched(scraped.observer, client={"reserve": 10}, plan="team") as r:
        assert scraped.samples("zdasync_limit_") == {}
        scraped.observer.watch(r.zd)
        await asyncio.gather(*(r.zd.users.show(n) for n in range(1, 4)), return_exceptions=True)
        labels = f"{{account={r.account.url.removeprefix('http://')},limit=account}}"
        seen = await asyncio.to_thread(scraped.samples, "zdasync_limit_")
        names = ("total", "used", "remaining", "reserve", "keys")
        figures = {name: seen[f"zdasync_limit_{name}{labels}"] for name in names}
        assert figures == {"total": 200, "used": 3, "remaining": 197, "reserve": 10, "keys": 1}
        await asyncio.sleep(120)
        assert scraped.samples("zdasync_limit_used")[f"zdasync_limit_used{labels}"] == 0
    await asyncio.sleep(1)
    assert scraped.samples("zdasync_limit_") == {}


async def test_a_page_of_the_same_loop_can_be_scraped(scraped) -> None:
    async with watched(scraped.observer) as r:
        scraped.observer.watch(r.zd)
        await r.zd.users.me()
        page = generate_latest(scraped.registry).decode()
    account = r.account.url.removeprefix("http://")
    assert f'zdasync_limit_total{{account="{account}",limit="account"}} 700.0' in page
    assert "# TYPE zdasync_limit_waiting gauge" in page


def test_buckets_suit_what_they_hold(scraped) -> None:
    for event in ONE_OF_EACH:
        scraped.observer(event)
    bounds = {
        family.name: {sample.labels["le"] for sample in family.samples if sample.name.endswith("_bucket")}
        for family in scraped.registry.collect() if family.type == "histogram"
    }
    assert {"0.01", "60.0", "600.0"} < bounds["zdasync_admission_wait_seconds"]
    assert {"0.005", "0.75", "10.0"} < bounds["zdasync_request_duration_seconds"]
    assert "600.0" not in bounds["zdasync_request_duration_seconds"]


async def test_two_clients_stand_side_by_side_and_a_new_one_of_an_account_takes_over(scraped) -> None:
    async with watched(scraped.observer) as first, watched(scraped.observer, plan="team") as second:
        for client in (first, second, first):
            scraped.observer.watch(client.zd)
        assert sorted(scraped.samples("zdasync_limit_total").items()) == sorted(
            (f"zdasync_limit_total{{account={r.account.url.removeprefix('http://')},limit={state.limit}}}", state.total)
            for r in (first, second) for state in r.zd.limits
        )


def test_the_number_of_series_does_not_grow_with_the_work(scraped) -> None:
    for user in range(1000):
        for event in ONE_OF_EACH:
            scraped.observer(attrs.evolve(event, operation=f"GET /api/v2/users/{user}", call=user))
    assert len(scraped.samples()) == 14


def test_two_in_one_registry_need_two_namespaces(scraped) -> None:
    with pytest.raises(ValueError, match="Duplicated timeseries"):
        PrometheusMetrics(scraped.registry)
    other = PrometheusMetrics(scraped.registry, namespace="backup_zdasync")
    other(ONE_OF_EACH[1])
    assert scraped.samples("backup_zdasync_admissions_total") == {
        "backup_zdasync_admissions_total{operation=users.update}": 1
    }


def test_the_names_of_the_limits_are_taken_too(scraped) -> None:
    class Same:
        def describe(self):
            return PrometheusMetrics(CollectorRegistry())._limits.describe()

        def collect(self):
            return []

    with pytest.raises(ValueError, match="zdasync_limit_total"):
        scraped.registry.register(Same())


def test_the_global_registry_is_the_default() -> None:
    observer = PrometheusMetrics(namespace="zdasync_default")
    observer(ONE_OF_EACH[1])
    assert REGISTRY.get_sample_value("zdasync_default_admissions_total", {"operation": "users.update"}) == 1
