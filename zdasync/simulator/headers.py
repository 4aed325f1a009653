"""What replies say about limits, and the other headers that every reply carries.

From 1,283 replies recorded between 2023 and 2025: ticketing endpoints send `X-Rate-Limit` with its remainder and the
same numbers again as `ratelimit-*` with the seconds to the window's end; the Help Center and calls send the first pair
only; engagements and internal services send none. Until early 2024 the names had more hyphens: `rate-limit-*` and
`zendesk-rate-limit-<name>`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from email.utils import formatdate
from functools import lru_cache
from typing import Final, Literal

from ..limits.table import Limit
from .throttle import Standing

Family = Literal["ratelimit", "rate-limit"]
"""How the headers are spelled: today's names, or those of 2023."""

_SILENT: Final = ("/api/v2/engagements", "/api/services/")
_SHORT: Final = (
    "/api/v2/help_center/", "/api/v2/guide/", "/api/v2/community/", "/api/v2/calls", "/api/v2/webhooks",
    "/api/v2/chat/",
)


def rate_headers(
    path: str, standings: Iterable[Standing], *, family: Family, shows: Callable[[Limit], bool]
) -> dict[str, str]:
    """The headers that tell of the limits that a request was charged to.

    `shows` says for a limit with a header of its own whether the header shows that limit. A service's limit speaks
    through `X-Rate-Limit`.
    """
    if path.startswith(_SILENT):
        return {}
    headers: dict[str, str] = {}
    for standing in standings:
        row = standing.row
        if row.service:
            headers |= _shared(standing, family, short=path.startswith(_SHORT))
        elif row.header is not None and shows(row):
            headers |= own_header(row.header, row.count, standing.remaining, standing.resets, family)
    return headers


def own_header(name: str, total: int, remaining: int, resets: int, family: Family) -> dict[str, str]:
    """The header of one endpoint's own limit; `resets` in seconds."""
    return {f"zendesk-{family}-{name}": f"total={total}; remaining={remaining}; resets={resets}"}


def _shared(standing: Standing, family: Family, *, short: bool) -> dict[str, str]:
    limit, remaining = str(standing.row.count), str(standing.remaining)
    headers = {"X-Rate-Limit": limit, "X-Rate-Limit-Remaining": remaining}
    if not short:
        headers |= {
            f"{family}-limit": limit,
            f"{family}-remaining": remaining,
            f"{family}-reset": str(standing.resets),
        }
    return headers


@lru_cache(maxsize=64)
def http_date(second: int) -> str:
    """A moment as HTTP writes it."""
    return formatdate(second, usegmt=True)


def common_headers(number: int, date: float) -> dict[str, str]:
    """What every reply carries; `number` counts the account's requests, `date` is what its clock shows."""
    return {
        "Date": http_date(int(date)),
        "Server": "cloudflare",
        "Cache-Control": "max-age=0, private, must-revalidate",
        "X-Zendesk-API-Version": "v2",
        "X-Zendesk-Origin-Server": "simulator",
        "X-Zendesk-Zorg": "yes",
        "X-Request-Id": f"{number:016x}-SEA",
        "X-Runtime": "0.050000",
        "Vary": "Accept-Encoding",
    }
