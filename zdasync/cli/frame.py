"""What `zdasync limits` knows at one moment, as text and as JSON; `drawing` has it for terminals."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import attrs

from .._numbers import rows_and_numbers
from ..limits.snapshot import LimitsSnapshot
from ..limits.table import Key, Plan
from .text import columns, span

REFERENCE: Final = "https://developer.zendesk.com/api-reference/"
"""Where all sources stand."""


@attrs.frozen
class Documented:
    """A documented limit as it applies to a plan. `interval` in seconds; None: `count` may be under way at once."""

    limit: str
    count: int
    interval: float | None
    per: Key
    source: str
    note: str

    @property
    def window(self) -> str:
        """The interval, for people."""
        return "at once" if self.interval is None else span(self.interval)

    @property
    def page(self) -> str:
        """The source without the part that all have in common."""
        return self.source.removeprefix(REFERENCE)


def documented(plan: Plan | None, account: int) -> tuple[Documented, ...]:
    """Every row of the table, with the numbers of a plan. `account` is the account's requests a minute without one."""
    rows, numbers = rows_and_numbers(plan, None)
    return tuple(
        Documented(row.name, numbers.get(row.name, account if row.assumed else row.count), row.interval, row.key,
                   row.source, row.note)
        for row in rows
    )


@attrs.frozen
class Frame:
    """An account's limits at one moment.

    `requests` were sent to learn them; `trouble` is why the last attempt brought nothing, empty when it did.
    """

    at: datetime
    account: str
    plan: Plan | None
    limits: LimitsSnapshot
    documented: tuple[Documented, ...]
    """Empty unless they were asked for."""
    requests: int
    trouble: str

    @property
    def title(self) -> str:
        """The account, its plan and the time."""
        plan = "plan unknown" if self.plan is None else f"plan {self.plan}"
        return f"{self.account}, {plan}, {self.at:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def footnote(self) -> str:
        """What it cost, and what went wrong."""
        cost = f"{self.requests} request{'' if self.requests == 1 else 's'} sent to learn this"
        return f"{cost}; {self.trouble}" if self.trouble else cost

    def to_dict(self) -> dict[str, object]:
        """The same for JSON; `documented` is there when it was asked for."""
        found: dict[str, object] = {
            "time": self.at.isoformat(timespec="milliseconds"),
            "account": self.account,
            "plan": self.plan,
            "requests": self.requests,
            "trouble": self.trouble or None,
            "limits": self.limits.to_dicts(),
        }
        if self.documented:
            found["documented"] = [attrs.asdict(row) for row in self.documented]
        return found

    def __str__(self) -> str:
        parts = [f"{self.title}\n{self.limits}\n{self.footnote}"]
        if self.documented:
            head = ("limit", "count", "window", "per", f"source (below {REFERENCE})", "note")
            rows = ((row.limit, f"{row.count}", row.window, row.per, row.page, row.note) for row in self.documented)
            parts.append(columns([head, *rows]))
        return "\n\n".join(parts)
