"""What exports ask for, and what is refused before anything is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from fake_caller import FakeCaller, refusal

from zdasync._core.seam import Position, token
from zdasync.resources.incremental import Incremental

START = 1_700_000_000
CURSOR = "MTcwMDAwMDAwMC4wfHw0Mnw="


def pages() -> Incremental:
    return Incremental(FakeCaller())


def sent(export) -> tuple[str, dict[str, str]]:
    path = export.request.path.removeprefix("/api/v2/incremental/")
    return path, dict(export.request.query)


@pytest.mark.parametrize(("method", "path"), [
    ("tickets", "tickets/cursor"), ("tickets_by_time", "tickets"),
    ("users", "users/cursor"), ("users_by_time", "users"),
    ("organizations", "organizations"), ("ticket_events", "ticket_events"),
    ("ticket_metric_events", "ticket_metric_events"),
])
def test_every_export(method, path) -> None:
    begin = getattr(pages(), method)
    assert sent(begin(START)) == (path, {"start_time": str(START)})
    assert sent(begin(START, per_page=7)) == (path, {"start_time": str(START), "per_page": "7"})
    kept = begin(START).cursor
    assert sent(begin(cursor=kept)) == sent(begin(START))
    assert sent(pages().resume(kept)) == sent(begin(START))


@pytest.mark.parametrize("start", [
    START, START + 0.9, datetime.fromtimestamp(START, UTC),
    datetime.fromtimestamp(START, timezone(timedelta(hours=-7))),
])
def test_ways_to_say_when(start) -> None:
    assert sent(pages().users(start))[1] == {"start_time": str(START)}


def test_parameters() -> None:
    full = pages().tickets(START, exclude_deleted=True, support_type_scope="all", include=["users", "groups"])
    assert sent(full)[1] == {
        "start_time": str(START), "exclude_deleted": "true", "support_type_scope": "all", "include": "users,groups",
    }
    assert sent(pages().users(START, include="organizations"))[1]["include"] == "organizations"
    assert sent(pages().ticket_events(START, include_comments=True))[1]["include"] == "comment_events"
    assert sent(pages().ticket_metric_events(START, include_changes=True))[1]["include_changes"] == "true"


def test_a_cursor_of_zendesks_own() -> None:
    assert sent(pages().users(cursor=CURSOR))[1] == {"cursor": CURSOR}
    assert sent(pages().tickets(cursor=CURSOR))[1] == {"cursor": CURSOR}


def test_options_are_those_of_every_request() -> None:
    assert pages().users(START, timeout=5, group="sync").request.timeout == 5.0


@pytest.mark.parametrize("resource", ["tickets", "ticket_events", "users", "organizations"])
def test_a_sample(resource) -> None:
    assert sent(pages().sample(resource, START)) == (f"{resource}/sample", {"start_time": str(START)})


@pytest.mark.parametrize(("call", "said"), [
    (lambda: pages().users(), "start_time or goes on from a cursor"),
    (lambda: pages().users(START, cursor=CURSOR), "one of the two"),
    (lambda: pages().users("yesterday"), "aware datetime or unix seconds"),
    (lambda: pages().users(*[True]), "aware datetime"),
    (lambda: pages().users(-1), "aware datetime"),
    (lambda: pages().users(float("inf")), "aware datetime"),
    (lambda: pages().users(datetime(2026, 1, 1)), "time zone"),  # noqa: DTZ001
    (lambda: pages().users(START, per_page=1001), "from 1 to 1000"),
    (lambda: pages().users(START, per_page=0), "from 1 to 1000"),
    (lambda: pages().users(START, per_page=2.0), "from 1 to 1000"),
    (lambda: pages().users(START, include="tickets"), "include"),
    (lambda: pages().users(cursor=""), "cursor"),
    (lambda: pages().users(cursor="zde1.x"), "no cursor of an export"),
    (lambda: pages().users(cursor=pages().tickets(START).cursor), "of incremental.tickets, not of incremental.users"),
    (lambda: pages().users_by_time(cursor=CURSOR), "goes on from the cursor of an export"),
    (lambda: pages().resume(CURSOR), "hand it to `users` or `tickets`"),
    (lambda: pages().resume(token("incremental.moons", Position(START), ())), "incremental.moons"),
    (lambda: pages().resume(3), "cursor"),
    (lambda: pages().tickets(START, exclude_deleted="no"), "exclude_deleted must be True or False, not 'no'"),
    (lambda: pages().tickets_by_time(START, support_type_scope=""), "support_type_scope must be a string"),
    (lambda: pages().tickets(START, include="last_audits"), "'last_audits' can't be sideloaded with an export"),
    (lambda: pages().ticket_metric_events(START, include_changes=1), "include_changes must be True or False"),
    (lambda: pages().sample("groups", START), "samples of tickets"),
    (lambda: pages().sample(["users"], START), "samples of tickets"),
    (lambda: pages().sample("users", "now"), "aware datetime"),
    (lambda: pages().users(START, wait=1), "no option 'wait'"),
])
def test_what_is_refused(call, said) -> None:
    assert said in refusal(call)
