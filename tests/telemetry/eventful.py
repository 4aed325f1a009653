"""A run in which most things happen: a rejection, a failure of the server, a lost connection, a job, plain calls."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import Any

from support import Rig, rig

import zdasync.events
from zdasync.events import (
    Admitted,
    Event,
    Learned,
    Lost,
    Observer,
    ParametersIgnored,
    Queued,
    Received,
    Refuted,
    Retrying,
    SchemaDrift,
    Sent,
    Throttled,
)
from zdasync.simulator import CUSTOMER_ID, Fault
from zdasync.telemetry import fan_out

FAULTS = [
    Fault("GET /api/v2/users/count", "reset_before", calls=(1,)),
    Fault("GET /api/v2/users/{id}", "rate_limited", calls=(1,), retry_after=2),
    Fault("PUT /api/v2/users/{id}", "error", calls=(1,), status=500),
]

ONE_OF_EACH: tuple[Event, ...] = (
    Queued("users.update", "create-update-user/profile", 1, "tenant-1", call=7),
    Admitted("users.update", 12.5, "create-update-user/profile", call=7),
    Sent("users.update", 1, call=7),
    Received("users.update", 200, 0.25, 1, "abc-SEA", method="PUT", call=7),
    Lost("users.update", "ConnectionFailed", 0.5, 1, method="PUT", call=7),
    Throttled("users.update", "create-update-user/profile", 11.0, 429, call=7),
    Learned("users.update", "account", 700, 60.0, new=False, call=7),
    Refuted("users.update", "create-update-user/profile", call=7),
    Retrying("users.update", 1, 0.5, "ConnectionFailed", call=7),
    SchemaDrift("users.update", "User", "tags", "expected an array, got str"),
    ParametersIgnored("users.update", 'Removed restricted keys ["nmae"]', call=7),
)

KINDS = {getattr(zdasync.events, name) for name in zdasync.events.__all__} - {Event, Observer}


@asynccontextmanager
async def watched(observer: Any, client: dict[str, Any] | None = None, **account: Any):
    """A rig whose events go to `observer`, too."""
    events: list[Event] = []
    async with rig(client={**(client or {}), "observer": fan_out(events.append, observer)}, **account) as r:
        yield Rig(r.account, r.zd, events)


async def busy(zd: Any) -> None:
    """Seven attempts of four calls, three of them tried again, then a job of two rows."""
    await zd.users.show(CUSTOMER_ID)
    await zd.users.update(CUSTOMER_ID, notes="seen")
    await zd.users.count()
    await zd.request("GET", f"/api/v2/users/{CUSTOMER_ID}/related")
    await (await zd.users.create_or_update_many([{"email": f"{n}@example.org", "name": "New"} for n in range(2)]))
