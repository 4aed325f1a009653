"""Labels stay few, whatever goes through the client."""

from __future__ import annotations

import pytest
from eventful import KINDS, ONE_OF_EACH

from zdasync.events import Sent, Throttled
from zdasync.telemetry._measures import BY_EVENT, MEASURES, MOST, OTHER, Names


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("users.show", "users.show"),
        ("GET /api/v2/users/35436", "GET /api/v2/users/{}"),
        ("DELETE /api/v2/users/35436.json", "DELETE /api/v2/users/{}"),
        ("GET /api/v2/users/count.json", "GET /api/v2/users/count.json"),
        ("GET /api/v2/help_center/en-us/articles/5", "GET /api/v2/help_center/{}/articles/{}"),
        ("GET /api/v2/users/jane%40example.org/related", "GET /api/v2/users/{}/related"),
        ("hidden: PUT /api/v2/users/35436", "hidden: PUT /api/v2/users/{}"),
        ("tickets-update/per-agent", "tickets-update/per-agent"),
        ("503 with Retry-After", "503 with Retry-After"),
    ],
)
def test_paths_lose_their_ids(value, label) -> None:
    names = Names()
    assert names.few("operation", value) == names.few("operation", value) == label


def test_a_label_takes_so_many_values_and_each_label_has_its_own() -> None:
    names = Names()
    values = [names.few("limit", f"limit-{n}") for n in range(MOST + 50)]
    assert values == [*(f"limit-{n}" for n in range(MOST)), *[OTHER] * 50]
    assert names.few("limit", "limit-0") == "limit-0"
    assert names.few("operation", "limit-999") == "limit-999"


def test_numbers_are_kept_and_what_is_not_there_is_none() -> None:
    names = Names()
    event = Throttled("users.show", "", 1.0, 429)
    assert [names.label(event, name) for name in ("status", "limit", "error")] == [429, None, None]


def test_no_label_is_a_target_a_group_or_an_id() -> None:
    assert {label for measure in MEASURES for label in measure.labels} == {
        "error", "limit", "method", "operation", "priority", "reason", "record", "status",
    }


def test_every_kind_of_event_is_measured_but_what_a_reply_or_its_loss_ends() -> None:
    assert set(BY_EVENT) == KINDS - {Sent}


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_a_measure_reads_fields_that_its_events_have(measure) -> None:
    events = [event for event in ONE_OF_EACH if type(event) in measure.on]
    assert len(events) == len(measure.on)
    for event in events:
        assert measure.amount(event) > 0
    for label in measure.labels:
        assert any(hasattr(event, label) for event in events)
