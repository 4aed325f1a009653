"""Events as log records."""

from __future__ import annotations

import logging

import attrs
import pytest
from eventful import FAULTS, KINDS, ONE_OF_EACH, busy, watched

from zdasync.events import Admitted, Retrying, Throttled
from zdasync.telemetry import LoggingObserver

LINES = """\
DEBUG users.update queued: call=7 limit='create-update-user/profile' priority=1 group='tenant-1'
DEBUG users.update admitted: call=7 waited=12.5 limit='create-update-user/profile'
DEBUG users.update sent: call=7 attempt=1
DEBUG users.update received: call=7 status=200 seconds=0.25 attempt=1 request_id='abc-SEA' method='PUT'
WARNING users.update lost: call=7 error='ConnectionFailed' seconds=0.5 attempt=1 method='PUT'
WARNING users.update throttled: call=7 limit='create-update-user/profile' wait=11.0 status=429
INFO users.update learned: call=7 limit='account' total=700 interval=60.0 new=False
WARNING users.update refuted: call=7 limit='create-update-user/profile'
WARNING users.update retrying: call=7 attempt=1 delay=0.5 reason='ConnectionFailed'
WARNING users.update schema drift: call=0 record='User' field='tags' problem='expected an array, got str'
WARNING users.update parameters ignored: call=7 text='Removed restricted keys ["nmae"]'
"""


@pytest.fixture
def logged(caplog):
    caplog.set_level(logging.DEBUG, "zdasync.events")
    return caplog


def test_each_kind_of_event_is_one_line_at_its_level(logged) -> None:
    observer = LoggingObserver()
    for event in ONE_OF_EACH:
        observer(event)
    said = "".join(f"{record.levelname} {record.getMessage()}\n" for record in logged.records)
    assert said == LINES
    assert {record.name for record in logged.records} == {"zdasync.events"}


def test_every_kind_of_event_is_among_those_shown_here() -> None:
    assert {type(event) for event in ONE_OF_EACH} == KINDS


def test_the_values_stand_on_the_record(logged) -> None:
    LoggingObserver()(ONE_OF_EACH[5])
    [record] = logged.records
    found = {name: value for name, value in vars(record).items() if name.startswith("zdasync_")}
    assert found == {
        "zdasync_event": "Throttled", "zdasync_operation": "users.update", "zdasync_call": 7,
        "zdasync_limit": "create-update-user/profile", "zdasync_wait": 11.0, "zdasync_status": 429,
    }


def test_lines_of_one_kind_have_one_text(logged) -> None:
    observer = LoggingObserver()
    observer(Retrying("users.show", 1, 0.5, "500"))
    observer(Retrying("GET /api/v2/%s", 2, 1.25, "throttled"))
    assert len({record.msg for record in logged.records}) == 1
    assert "GET /api/v2/%s retrying" in logged.records[1].getMessage()


def test_what_a_server_wrote_stays_on_its_line(logged) -> None:
    LoggingObserver()(attrs.evolve(ONE_OF_EACH[-1], text="a\r\nCRITICAL users.show: forged"))
    assert "\n" not in logged.records[0].getMessage()


def test_times_are_shown_to_the_microsecond(logged) -> None:
    LoggingObserver()(Admitted("users.show", 0.1 + 0.2, None))
    assert "waited=0.3 " in logged.records[0].getMessage()


def test_levels_can_be_changed(caplog) -> None:
    caplog.set_level(logging.INFO, "elsewhere")
    levels = {Throttled: logging.ERROR, Admitted: logging.INFO}
    observer = LoggingObserver(logging.getLogger("elsewhere"), levels=levels)
    for event in ONE_OF_EACH[1:6]:
        observer(event)
    assert [(record.name, record.levelname, record.zdasync_event) for record in caplog.records] == [
        ("elsewhere", "INFO", "Admitted"), ("elsewhere", "WARNING", "Lost"), ("elsewhere", "ERROR", "Throttled"),
    ]


def test_nothing_is_read_while_the_level_is_off(caplog) -> None:
    class Watched(Admitted):
        def __getattribute__(self, name: str) -> object:
            if name in ("operation", "waited", "limit", "call"):
                read.append(name)
            return super().__getattribute__(name)

    read: list[str] = []
    observer, event = LoggingObserver(), Watched("users.show", 1.0, None)
    caplog.set_level(logging.INFO, "zdasync.events")
    observer(event)
    assert read == []
    caplog.set_level(logging.DEBUG, "zdasync.events")
    observer(event)
    assert sorted(read) == ["call", "limit", "operation", "waited"]


async def test_a_run_is_told_without_a_secret(logged) -> None:
    async with watched(LoggingObserver(), faults=FAULTS) as r:
        await busy(r.zd)
    assert [record.zdasync_event for record in logged.records] == [type(event).__name__ for event in r.events]
    warnings = [record.zdasync_event for record in logged.records if record.levelno == logging.WARNING]
    assert [kind for kind in warnings if kind != "Lost"] == ["Throttled", "Retrying", "Retrying", "Retrying"]
    assert "token" not in logged.text
    assert "@example" not in logged.text
