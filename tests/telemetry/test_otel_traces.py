"""Spans: one per attempt, below the span of whoever called, with the times of the wire."""

from __future__ import annotations

import asyncio

import attrs
import pytest
from eventful import FAULTS, ONE_OF_EACH, busy, watched
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from zdasync import ConnectionFailed
from zdasync.events import Admitted, Lost, Received
from zdasync.simulator import CUSTOMER_ID, Fault
from zdasync.telemetry.otel import OpenTelemetryTraces

NS = 1_000_000_000


@attrs.define
class Traced:
    """An observer whose spans are kept in memory, on the loop's clock."""

    provider: TracerProvider = attrs.field(factory=TracerProvider)
    exporter: InMemorySpanExporter = attrs.field(factory=InMemorySpanExporter)
    observer: OpenTelemetryTraces = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.observer = OpenTelemetryTraces(
            self.provider, attributes={"server.address": "acme.zendesk.com"}, now=nanoseconds
        )

    @property
    def tracer(self):
        return self.provider.get_tracer("the application")

    def spans(self, name=None):
        """Finished spans, in the order of their ends."""
        return [span for span in self.exporter.get_finished_spans() if name in (None, span.name)]


def nanoseconds() -> int:
    return round(asyncio.get_running_loop().time() * NS)


def seconds(span) -> float:
    return (span.end_time - span.start_time) / NS


@pytest.fixture
def traced():
    made = Traced()
    yield made
    made.provider.shutdown()


async def test_an_attempt_is_a_client_span_with_the_names_of_the_conventions(traced) -> None:
    traced.observer(Received("users.update", 429, 0.25, 3, "abc-SEA", method="PUT", call=7))
    [span] = traced.spans()
    assert (span.name, span.kind, span.status.status_code) == ("users.update", SpanKind.CLIENT, StatusCode.ERROR)
    assert dict(span.attributes) == {
        "server.address": "acme.zendesk.com", "http.request.method": "PUT", "http.response.status_code": 429,
        "http.request.resend_count": 2, "error.type": "429", "zdasync.operation": "users.update", "zdasync.call": 7,
        "zdasync.request_id": "abc-SEA",
    }
    assert (span.end_time, seconds(span)) == (nanoseconds(), 0.25)


async def test_a_good_first_attempt_has_no_error_and_no_resends(traced) -> None:
    traced.observer(Received("users.show", 200, 0.25, 1, None, method="GET"))
    [span] = traced.spans()
    assert span.status.status_code is StatusCode.UNSET
    assert dict(span.attributes) == {
        "server.address": "acme.zendesk.com", "http.request.method": "GET", "http.response.status_code": 200,
        "zdasync.operation": "users.show",
    }


async def test_an_attempt_without_a_reply_names_its_error(traced) -> None:
    traced.observer(Lost("users.show", "RequestTimeout", 120.0, 1, method="GET"))
    [span] = traced.spans("users.show")
    assert (span.status.status_code, seconds(span)) == (StatusCode.ERROR, 120)
    assert span.attributes["error.type"] == "RequestTimeout"
    assert "http.response.status_code" not in span.attributes


async def test_a_wait_is_a_span_of_its_own_and_none_is_made_of_no_wait(traced) -> None:
    traced.observer(Admitted("users.update", 0.0, None, call=1))
    traced.observer(Admitted("users.update", 12.5, "create-update-user/profile", call=2))
    [span] = traced.spans()
    assert (span.name, span.kind, seconds(span)) == ("zdasync.admission", SpanKind.INTERNAL, 12.5)
    assert span.attributes["zdasync.limit"] == "create-update-user/profile"
    assert span.attributes["zdasync.operation"] == "users.update"


async def test_the_names_of_spans_hold_no_ids(traced) -> None:
    for user in range(300):
        traced.observer(Received(f"GET /api/v2/users/{user}", 200, 0.1, 1, None, method="GET"))
    assert {span.name for span in traced.spans()} == {"GET /api/v2/users/{}"}


async def test_what_happens_within_a_call_is_noted_on_the_callers_span(traced) -> None:
    with traced.tracer.start_as_current_span("nightly sync"):
        for event in ONE_OF_EACH:
            traced.observer(event)
    [caller] = traced.spans("nightly sync")
    assert [event.name for event in caller.events] == [
        "zdasync.Throttled", "zdasync.Learned", "zdasync.Refuted", "zdasync.Retrying", "zdasync.SchemaDrift",
        "zdasync.ParametersIgnored",
    ]
    assert dict(caller.events[0].attributes) == {
        "zdasync.operation": "users.update", "zdasync.call": 7, "zdasync.status": 429,
        "zdasync.limit": "create-update-user/profile", "zdasync.wait": 11.0,
    }
    assert {event.timestamp for event in caller.events} == {nanoseconds()}


async def test_a_run_gives_a_span_for_each_attempt_below_the_caller(traced) -> None:
    async with watched(traced.observer, faults=FAULTS) as r:
        with traced.tracer.start_as_current_span("sync") as caller:
            await busy(r.zd)
    attempts = [span for span in traced.spans() if span.kind is SpanKind.CLIENT]
    assert len(attempts) == len(r.told(Received)) + len(r.told(Lost))
    assert {span.parent.span_id for span in attempts[:8]} == {caller.get_span_context().span_id}
    assert {span.parent for span in attempts[8:]} == {None}  # one poller asks for everybody's jobs
    assert [(span.name, span.attributes.get("error.type")) for span in attempts[:7]] == [
        ("users.show", "429"), ("users.show", None), ("users.update", "500"), ("users.update", None),
        ("users.count", "ConnectionFailed"), ("users.count", None), ("GET /api/v2/users/{}/related", None),
    ]
    assert [span.attributes["zdasync.call"] for span in attempts[:7]] == [1, 1, 2, 2, 3, 3, 4]
    assert attempts[7].name == "users.create_or_update_many"
    assert {span.name for span in attempts[8:]} == {"job_statuses.show_many"}
    waited = sum(seconds(span) for span in traced.spans("zdasync.admission"))
    assert waited == pytest.approx(sum(event.waited for event in r.told(Admitted)))
    noted = [event.name for event in traced.spans("sync")[0].events if event.name != "zdasync.Learned"]
    assert noted == ["zdasync.Throttled", *["zdasync.Retrying"] * 3]


async def test_calls_of_one_operation_side_by_side_keep_their_own_times_and_parents(traced) -> None:
    delays = [3.0, 1.0, 2.0, 0.5]
    faults = [Fault("GET /api/v2/users/{id}", "slow", calls=(n + 1,), seconds=s) for n, s in enumerate(delays)]
    started: dict[int, float] = {}

    async def one(number: int) -> None:
        await asyncio.sleep(0.1 * number)
        with traced.tracer.start_as_current_span(f"caller {number}") as span:
            started[span.get_span_context().span_id] = nanoseconds()
            await r.zd.users.show(CUSTOMER_ID)

    async with watched(traced.observer, faults=faults) as r:
        await r.zd.users.related(CUSTOMER_ID)  # the first reply makes way for many at once
        await asyncio.gather(*map(one, range(len(delays))))
    spans = traced.spans("users.show")
    assert [seconds(span) for span in spans] == pytest.approx([0.5, 1.0, 2.0, 3.0], abs=0.01)
    callers = {span.context.span_id: span.name for span in traced.spans() if span.name.startswith("caller")}
    assert [callers[span.parent.span_id] for span in spans] == ["caller 3", "caller 1", "caller 2", "caller 0"]
    assert len({span.context.trace_id for span in spans}) == len(delays)
    for span in spans:
        assert span.start_time == pytest.approx(started[span.parent.span_id], abs=0.01 * NS)


async def test_a_call_that_is_cancelled_on_the_wire_ends_its_span(traced) -> None:
    async with watched(traced.observer, faults=[Fault("GET /api/v2/users/{id}", "slow", seconds=60)]) as r:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await r.zd.users.show(CUSTOMER_ID)
    [span] = traced.spans()
    assert seconds(span) == pytest.approx(5, abs=0.01)
    assert span.attributes["error.type"] == "CancelledError"


async def test_a_call_that_is_given_up_leaves_its_last_attempt_behind(traced) -> None:
    async with watched(traced.observer, faults=[Fault("GET /api/v2/users/{id}", "reset_before")]) as r:
        with pytest.raises(ConnectionFailed):
            await r.zd.users.show(CUSTOMER_ID)
    resent = [span.attributes.get("http.request.resend_count") for span in traced.spans("users.show")]
    assert resent == [None, 1, 2, 3, 4]


async def test_the_global_provider_is_the_default_and_without_one_nothing_happens() -> None:
    observer = OpenTelemetryTraces()
    for event in ONE_OF_EACH:
        observer(event)
    assert not trace.get_current_span().is_recording()
