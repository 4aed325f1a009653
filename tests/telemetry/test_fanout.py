"""One observer that feeds several."""

from __future__ import annotations

import logging

from eventful import ONE_OF_EACH

from zdasync.telemetry import fan_out


def test_all_get_all_in_order() -> None:
    seen: list[tuple[str, object]] = []
    observer = fan_out(lambda event: seen.append(("first", event)), lambda event: seen.append(("second", event)))
    for event in ONE_OF_EACH:
        observer(event)
    assert seen == [(name, event) for event in ONE_OF_EACH for name in ("first", "second")]


def test_one_that_raises_keeps_nothing_from_the_others(caplog) -> None:
    def broken(event: object) -> None:
        raise LookupError("no thanks")

    seen: list[object] = []
    fan_out(broken, seen.append)(ONE_OF_EACH[0])
    assert seen == [ONE_OF_EACH[0]]
    [record] = caplog.records
    assert (record.name, record.levelno) == ("zdasync", logging.ERROR)
    assert "broken" in record.getMessage()
    assert "Queued" in record.getMessage()
    assert "no thanks" in caplog.text


def test_of_nobody_it_does_nothing() -> None:
    fan_out()(ONE_OF_EACH[0])
