"""Rate limit headers as Zendesk writes them."""

from __future__ import annotations


def account(limit: int, remaining: int, reset: int | None = 10) -> dict[str, str]:
    """What every reply says of the account's limit."""
    headers = {"X-Rate-Limit": str(limit), "X-Rate-Limit-Remaining": str(remaining)}
    return headers if reset is None else headers | {"ratelimit-reset": str(reset)}


def own(
    name: str, total: int, remaining: int, resets: int | None = 10, family: str = "ratelimit"
) -> dict[str, str]:
    """What a reply says of a limit of its endpoint's own."""
    reset = "" if resets is None else f"; resets={resets}"
    return {f"zendesk-{family}-{name}": f"total={total}; remaining={remaining}{reset}"}
