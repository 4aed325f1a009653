"""Sync a CSV file of customers into Zendesk, one `create_or_update` call per row, as fast as the limits allow.

    python examples/sync_customers.py [updates.csv] [--simulate]

With `--simulate` it works on a simulated account in this process and in virtual time: the clock jumps whenever nothing
is left to do, so that half an hour of rate limiting passes in seconds. Without it, the account is that of
`Zendesk.from_env()`.

Two limits decide how long it takes: one upsert a second for the account, and five a minute for each profile. One task
per customer sends the customer's rows in the file's order, so that the last one wins; the client does the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs

from zdasync import ApiToken, BadArgument, Priority, User, ValidationError, Zendesk
from zdasync.events import Event
from zdasync.simulator import Account
from zdasync.testing import run_virtual

UPDATES = Path(__file__).with_name("updates.csv")


@attrs.frozen(eq=False)
class Row:
    """One line of the file. `fields` is what it writes; an empty cell writes nothing."""

    line: int
    fields: dict[str, Any]

    @property
    def names(self) -> list[str]:
        """What the customer is known by, whatever its case."""
        names = [self.fields[key].casefold() for key in ("external_id", "email") if key in self.fields]
        return names or [f"line {self.line}"]


@attrs.define
class Outcome:
    """What happened, and what the account must look like now."""

    created: int = 0
    updated: int = 0
    refused: dict[int, str] = attrs.field(factory=dict)
    """Line to reason."""
    upserts: int = 0
    """Calls that reached Zendesk, refused ones included."""
    accepted: dict[int, list[Row]] = attrs.field(factory=dict)
    """Profile to the rows that were written to it."""
    profiles: dict[str, set[int]] = attrs.field(factory=dict)
    """Name to profiles: one each, or something is wrong."""

    def accept(self, row: Row, user: User, known: set[int]) -> None:
        """Note which profile the row was written to."""
        if user.id in known or user.id in self.accepted:
            self.updated += 1
        else:
            self.created += 1
        for name in row.names:
            self.profiles.setdefault(name, set()).add(user.id)
        self.accepted.setdefault(user.id, []).append(row)

    def expected(self, user_id: int) -> dict[str, Any]:
        """What a profile must now say: of several rows the last in the file wins, field by field."""
        fields: dict[str, Any] = {}
        for row in sorted(self.accepted[user_id], key=lambda one: one.line):
            fields |= row.fields
        return fields


def read_rows(path: Path) -> Iterator[Row]:
    """The file's rows, without stray spaces."""
    with path.open(encoding="utf-8", newline="") as file:
        for line, cells in enumerate(csv.DictReader(file), start=2):
            cell = {name: text.strip() for name, text in cells.items()}
            fields: dict[str, Any] = {key: cell[key] for key in ("external_id", "name", "email", "phone", "notes")}
            fields["details"] = cell["company"]
            fields["user_fields"] = {"tier": cell["tier"]} if cell["tier"] else None
            yield Row(line, {key: value for key, value in fields.items() if value})


def by_customer(rows: Iterable[Row]) -> list[list[Row]]:
    """Rows that share an id or an e-mail address, each customer's in the file's order."""
    customers: dict[str, list[Row]] = {}
    for row in rows:
        met = {id(own): own for name in row.names if (own := customers.get(name))}
        merged = sorted([row, *(one for own in met.values() for one in own)], key=lambda one: one.line)
        customers.update((name, merged) for one in merged for name in one.names)
    return list({id(own): own for own in customers.values()}.values())


async def sync(zd: Zendesk, rows: list[Row], known: set[int], progress: Progress) -> Outcome:
    """Send all rows, all customers at a time. `known` are the profiles that were there before."""
    outcome = Outcome()
    # A customer with many rows takes minutes, at five a minute, so it must not begin last.
    first = zd.with_options(priority=Priority.INTERACTIVE)

    async def customer(own: list[Row]) -> None:
        client = first if len(own) > 1 else zd
        for row in own:
            try:
                user = await client.users.create_or_update(**row.fields)
                outcome.accept(row, user, known)
                outcome.upserts += 1
            except BadArgument as error:
                outcome.refused[row.line] = f"by the client: {error.message}"
            except ValidationError as error:
                problems = [problem.text for field in error.fields.values() for problem in field]
                outcome.refused[row.line] = f"by Zendesk: {'; '.join(problems) or error.message}"
                outcome.upserts += 1
            progress.step()

    async with asyncio.TaskGroup() as tasks:
        for own in by_customer(rows):
            tasks.create_task(customer(own))
    return outcome


async def compare(zd: Zendesk, known: set[int], outcome: Outcome) -> list[str]:
    """Read every user back, and list what is not as the rows said."""
    problems = [f"{name} led to {len(ids)} profiles" for name, ids in outcome.profiles.items() if len(ids) > 1]
    missing = set(outcome.accepted)
    async for user in zd.users.list():
        if user.id not in outcome.accepted:
            problems += [] if user.id in known else [f"user {user.id} came from nowhere"]
            continue
        missing.discard(user.id)
        for name, wanted in outcome.expected(user.id).items():
            found = getattr(user, name)
            if name == "user_fields":
                found = {key: found[key] for key in wanted}
            if found != (wanted.lower() if name == "email" else wanted):  # Zendesk keeps addresses in lower case
                problems.append(f"user {user.id}: {name} is {found!r:.60}, not {wanted!r:.60}")
    return problems + [f"user {number} is missing" for number in missing]


class Progress:
    """A bar on a terminal, a line for every tenth elsewhere."""

    def __init__(self, total: int) -> None:
        self.start = asyncio.get_running_loop().time()
        self._total = total
        self._done = 0

    def step(self) -> None:
        """One row is done with."""
        before, self._done = self._done, self._done + 1
        text = f"{self._done:5,} of {self._total:,} rows, {clock(asyncio.get_running_loop().time() - self.start)}"
        if sys.stdout.isatty():
            bar = "#" * (40 * self._done // self._total)
            print(f"\r[{bar:40}] {text}", end="" if self._done < self._total else "\n", flush=True)
        elif 10 * self._done // self._total > 10 * before // self._total:
            print(text, flush=True)


def clock(seconds: float) -> str:
    """Minutes and seconds, for people."""
    return f"{int(seconds // 60)}:{seconds % 60:04.1f} min"


async def run(zd: Zendesk, path: Path, seen: Counter[str], account: Account | None) -> int:
    """Sync, compare and report; the exit status."""
    started = time.perf_counter()
    rows = list(read_rows(path))
    known = {user.id async for user in zd.users.list()}
    progress = Progress(len(rows))
    outcome = await sync(zd, rows, known, progress)
    took = asyncio.get_running_loop().time() - progress.start
    problems = await compare(zd, known, outcome)
    # The account's own count where we can look at it, else what the client was told.
    requests, rejections = seen["Received"], seen["Throttled"]
    if account is not None:
        requests, rejections = account.requests, sum(account.rejections.values())
    if rejections:
        problems.append(f"{rejections} requests were rejected")
    if outcome.created + outcome.updated + len(outcome.refused) != len(rows):
        problems.append("not every row came to an end")
    least = max(outcome.upserts - 1, 1)

    print("\nrefused rows")
    for line, reason in sorted(outcome.refused.items()):
        print(f"  line {line}: {reason}")
    print(f"\ncreated       {outcome.created:7,}")
    print(f"updated       {outcome.updated:7,}")
    print(f"refused       {len(outcome.refused):7,}")
    print(f"requests      {requests:7,}")
    print(f"rejections    {rejections:7,}")
    print(f"account time  {clock(took)}, {took / least:.1%} of the least that the limits allow: {clock(least)}")
    print(f"              ({outcome.upserts:,} upserts at one a second, the first of them at once)")
    print(f"real time     {time.perf_counter() - started:.1f} s")
    print(f"\n{len(outcome.accepted):,} profiles read back:", "not all is well" if problems else "as the rows say")
    for problem in problems:
        print(f"  {problem}")
    return 1 if problems else 0


async def main(path: Path, *, simulate: bool) -> int:
    """Open the account, simulated or real."""
    seen: Counter[str] = Counter()

    def observe(event: Event) -> None:
        seen[type(event).__name__] += 1

    if not simulate:
        async with Zendesk.from_env(observer=observe) as zd:
            return await run(zd, path, seen, None)
    account = Account(plan="enterprise", latency=(0.05, 0.3))
    auth = ApiToken("admin@example.com", "token")
    async with account.serve() as url, Zendesk(base_url=url, auth=auth, plan="enterprise", observer=observe) as zd:
        return await run(zd, path, seen, account)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Sync a CSV file of customers into Zendesk.")
    parser.add_argument("file", nargs="?", type=Path, default=UPDATES)
    parser.add_argument("--simulate", action="store_true", help="work on a simulated account, in virtual time")
    options = parser.parse_args()
    work = main(options.file, simulate=options.simulate)
    sys.exit(run_virtual(work) if options.simulate else asyncio.run(work))
