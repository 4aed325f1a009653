"""Observers that pass on what the library tells: to logging, to OpenTelemetry, to Prometheus.

    Zendesk("acme", auth=..., observer=LoggingObserver())

`LoggingObserver` and `fan_out`, which feeds several observers, need nothing. `zdasync.telemetry.otel` needs
`pip install "zdasync[otel]"`, `zdasync.telemetry.prometheus` needs `pip install "zdasync[prometheus]"`; importing one
without its extra raises `MissingExtra`. An observer keeps no state per call, so nothing piles up however a call ends.
"""

from ._extra import MissingExtra
from .fanout import fan_out
from .logs import LoggingObserver

__all__ = ["LoggingObserver", "MissingExtra", "fan_out"]
