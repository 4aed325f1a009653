"""One observer that feeds several."""

from __future__ import annotations

import logging
from typing import Final

from ..events import Event, Observer

__all__ = ["fan_out"]

log: Final = logging.getLogger("zdasync")


def fan_out(*observers: Observer) -> Observer:
    """An observer that hands each event to all of `observers`, in this order.

    What one of them raises is logged, and the others get the event all the same.
    """

    def observe(event: Event, /) -> None:
        for observer in observers:
            try:
                observer(event)
            except Exception:
                log.exception("the observer %r failed on %s", observer, type(event).__name__)

    return observe
