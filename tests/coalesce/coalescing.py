"""What tests of coalesced views have in common."""

from __future__ import annotations

import asyncio


def paths(r):
    """The requests that the account got, in order."""
    return [f"{line.method} {line.path.removeprefix('/api/v2/')}" for line in r.account.log]


def sent(r, path):
    """How many requests the account got whose path ends like this."""
    return sum(line.path.endswith(path) for line in r.account.log)


async def outcome(call):
    """What a call gives, or raises."""
    try:
        return await call
    except Exception as error:  # noqa: BLE001 - it is looked at
        return error


async def all_of(calls):
    """What calls give, or raise, that are awaited at once."""
    return await asyncio.gather(*map(outcome, calls))
