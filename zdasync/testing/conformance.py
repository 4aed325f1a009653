"""What every rate limiter in front of Zendesk must do, as checks that any limiter can be put through.

    from zdasync.testing import run_virtual
    from zdasync.testing.conformance import run_all

    async def main():
        async for result in run_all(MyLimiter):
            print(result)

    run_virtual(main())

The model: two limits at once, `Rules.shared` calls for all and `Rules.per_key` calls for each key, in windows of
`Rules.interval` seconds that are aligned to the server's clock. Each check brings a server of its own that counts what
arrives; the limiter knows nothing of it but what replies say (their `Date`, in whole seconds). A call is on its way for
up to five seconds in each direction, and the server counts it when it arrives. The checks run for hours of the loop's
time, so run them in virtual time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from math import floor
from random import Random
from typing import Final, Protocol

import attrs

__all__ = ["CHECKS", "Admission", "Check", "Limiter", "MakeLimiter", "Result", "Rules", "Server", "run_all"]

PATIENCE: Final = 500
"""Windows after which a check takes what still waits to be lost."""

SOON: Final = 1.0
"""Seconds after a window's edge within which its calls must go."""

EPOCH: Final = 1_700_000_040
"""The server's time when a check begins, before its offset is added: the edge of a minute."""


@attrs.frozen
class Rules:
    """What the server allows: so many calls in all and for each key, in each window of `interval` seconds."""

    shared: int = 10
    per_key: int = 3
    interval: float = 60.0


class Admission(Protocol):
    """Leave to send one call."""

    def settle(self, date: float | None) -> None:
        """The reply is in, made when the server's clock showed `date` (unix seconds, whole); None: it was lost."""
        ...


class Limiter(Protocol):
    """What is tested. An adapter of a few lines fits most limiters."""

    async def admit(self, key: str) -> Admission:
        """Wait until a call for this key may go. May be cancelled at any moment."""
        ...


MakeLimiter = Callable[[Rules], Limiter]
"""Makes a fresh limiter for each check; called in the running loop."""


class Server:
    """Sends calls through a limiter and counts them as Zendesk does; `log` has the window and the key of each."""

    def __init__(self, make: MakeLimiter, rules: Rules, offset: float = 0.0) -> None:
        self.rules = rules
        self.limiter = make(rules)
        self.log: list[tuple[int, str]] = []
        self._loop = asyncio.get_running_loop()
        self._offset = EPOCH + offset - self._loop.time()
        self._on_the_way: set[asyncio.Task[None]] = set()

    @property
    def time(self) -> float:
        """The server's clock, in unix seconds."""
        return self._loop.time() + self._offset

    async def call(self, key: str, out: float = 0.02, back: float = 0.02) -> float:
        """A whole call with these latencies; gives the server's time at which it was let go."""
        admission = await self.limiter.admit(key)
        went = self.time
        arrival = self._loop.create_task(self._count(key, out))
        self._on_the_way.add(arrival)
        arrival.add_done_callback(self._on_the_way.discard)
        date: float | None = None
        try:
            await asyncio.sleep(out)
            made = float(floor(self.time))
            await asyncio.sleep(back)
            date = made
        finally:
            admission.settle(date)
        return went

    async def _count(self, key: str, out: float) -> None:
        await asyncio.sleep(out)
        self.log.append((floor(self.time / self.rules.interval), key))

    def calls(self, keys: list[str]) -> list[asyncio.Task[float]]:
        """A call for each key, all at once and in this order."""
        return [self._loop.create_task(self.call(key)) for key in keys]

    async def to_next_window(self, into: float = 0.5) -> float:
        """Sleep until so many seconds into the next window; gives the server's time at its edge."""
        edge = (floor(self.time / self.rules.interval) + 1) * self.rules.interval
        await asyncio.sleep(edge + into - self.time)
        return edge

    async def warmed_up(self) -> Server:
        """At the beginning of a fresh window, after some calls that show the limiter the server's clock."""
        for _ in range(2):
            await self.call("warm up")
            await asyncio.sleep(self.rules.interval * 1.25)
        await self.to_next_window()
        return self

    def worst(self) -> int:
        """By how much the worst window was exceeded; zero or less when none was."""
        in_all, by_key = Counter(window for window, _ in self.log), Counter(self.log)
        return max(max(in_all.values()) - self.rules.shared, max(by_key.values()) - self.rules.per_key)


Check = Callable[[MakeLimiter, Rules], Awaitable[None]]
"""Raises `AssertionError` when the limiter fails."""


def _distinct(count: int, start: int = 0) -> list[str]:
    return [f"key {i}" for i in range(start, start + count)]


def _expect(*, that: bool, otherwise: str) -> None:
    if not that:
        raise AssertionError(otherwise)


async def never_exceeds_a_window(make: MakeLimiter, rules: Rules) -> None:
    """No aligned window takes more than it holds, whatever the latency and however wrong the client's clock is."""
    for seed, offset in enumerate((0.0, 0.97, 17.3, 59.99, 203.5, -431.25)):
        chance = Random(seed)  # noqa: S311  # the same run every time
        server = Server(make, rules, offset)

        async def one(delay: float, key: str, out: float, back: float, server: Server = server) -> None:
            await asyncio.sleep(delay)
            await server.call(key, out, back)

        await asyncio.gather(*(
            one(chance.choice((0.0, chance.uniform(0, 400))), f"key {chance.randrange(12)}",
                chance.choice((0.01, chance.uniform(0, 5))), chance.choice((0.01, chance.uniform(0, 5))))
            for _ in range(12 * rules.shared)
        ))
        _expect(that=server.worst() <= 0, otherwise=f"a window was exceeded by {server.worst()} (offset {offset} s)")


async def keys_do_not_block_each_other(make: MakeLimiter, rules: Rules) -> None:
    """A key at its limit holds no other key up."""
    server = await Server(make, rules).warmed_up()
    hot = server.calls(["hot"] * (rules.per_key + 2))
    others = server.calls(_distinct(rules.shared - rules.per_key))
    began = server.time
    went = await asyncio.gather(*others)
    _expect(that=max(went) <= began + SOON, otherwise=f"another key waited for {max(went) - began:.1f} s")
    await asyncio.gather(*hot)


async def charges_all_limits_or_none(make: MakeLimiter, rules: Rules) -> None:
    """Who waits for its key takes nothing of what is shared, and who waits for that takes nothing of its key."""
    server = await Server(make, rules).warmed_up()
    hot = server.calls(["hot"] * (rules.per_key + rules.shared))
    await asyncio.sleep(0.1)
    others = server.calls(_distinct(rules.shared - rules.per_key))
    edge = server.time // rules.interval * rules.interval + rules.interval
    went = await asyncio.gather(*others)
    _expect(that=max(went) < edge, otherwise="calls that wait for their key hold what is shared")
    await asyncio.gather(*hot)
    _expect(that=server.worst() <= 0, otherwise="a key's window was charged before the call went")


async def cancelled_waiters_charge_nothing(make: MakeLimiter, rules: Rules) -> None:
    """What waits and is cancelled leaves a whole window to the others."""
    server = await Server(make, rules).warmed_up()
    await asyncio.gather(*server.calls(_distinct(rules.shared)))
    cancelled = server.calls(_distinct(rules.shared))
    await asyncio.sleep(1)
    for task in cancelled:
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)
    edge = await server.to_next_window()
    went = await asyncio.gather(*server.calls(_distinct(rules.shared)))
    _expect(that=max(went) <= edge + 2 * SOON, otherwise="cancelled calls were charged")


async def a_cancelled_waiter_wakes_the_next(make: MakeLimiter, rules: Rules) -> None:
    """Whoever stands behind a cancelled call takes its place, even if it was cancelled as its turn came."""
    server = await Server(make, rules).warmed_up()
    await asyncio.gather(*server.calls(_distinct(rules.shared)))
    first, second, *rest = server.calls(_distinct(rules.shared + 2))
    last = rest.pop()
    await asyncio.sleep(1)
    first.cancel()
    edge = await server.to_next_window(0.0)
    for _ in range(200):  # until somebody's turn has just come
        await asyncio.sleep(0.005)
        second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    went = await asyncio.gather(*rest)
    _expect(that=max(went) <= edge + 2 * SOON, otherwise="the next was not woken")
    await last


async def newcomers_do_not_pass_waiters(make: MakeLimiter, rules: Rules) -> None:
    """Calls go in the order in which they came."""
    server = await Server(make, rules).warmed_up()
    tasks = server.calls(_distinct(2 * rules.shared))
    await server.to_next_window(-1.0)
    for number in range(4 * rules.shared):
        tasks += server.calls(_distinct(1, 1000 + number))
        await asyncio.sleep(0.05)
    went = await asyncio.gather(*tasks)
    _expect(that=went == sorted(went), otherwise="a newcomer passed a waiter")


async def spends_the_whole_window(make: MakeLimiter, rules: Rules) -> None:
    """While calls wait, every window is spent to its last call."""
    server = await Server(make, rules).warmed_up()
    first = floor(server.time / rules.interval)
    await asyncio.gather(*server.calls(_distinct(4 * rules.shared)))
    spent = [sum(window == first + number for window, _ in server.log) for number in range(4)]
    _expect(that=spent == [rules.shared] * 4, otherwise=f"windows of {rules.shared} were spent as {spent}")


async def an_edge_allows_all_again(make: MakeLimiter, rules: Rules) -> None:
    """At a window's edge as many calls may go at once as before it: 5 and 5, not 5 and one now and then."""
    server = await Server(make, rules).warmed_up()
    began = server.time
    edge = (began // rules.interval + 1) * rules.interval
    went = await asyncio.gather(*server.calls(["hot"] * (2 * rules.per_key)))
    early, late = went[: rules.per_key], went[rules.per_key:]
    _expect(that=max(early) <= began + SOON, otherwise="a free window was not used at once")
    _expect(that=edge <= min(late) and max(late) <= edge + SOON, otherwise="an edge did not open the next window")


async def loses_nothing(make: MakeLimiter, rules: Rules) -> None:
    """Every call ends, whatever is cancelled, waiting or on its way; in the end a whole window is free again."""
    server = await Server(make, rules).warmed_up()
    chance = Random(5)  # noqa: S311  # the same run every time
    tasks = server.calls([f"key {chance.randrange(6)}" for _ in range(10 * rules.shared)])
    while any(not task.done() for task in tasks):
        await asyncio.sleep(chance.uniform(0, 10))
        for task in chance.sample(tasks, 2):
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    _expect(that=server.worst() <= 0, otherwise=f"a window was exceeded by {server.worst()}")
    await asyncio.sleep(2 * rules.interval)
    edge = await server.to_next_window()
    went = await asyncio.gather(*server.calls(_distinct(rules.shared)))
    _expect(that=max(went) <= edge + 2 * SOON, otherwise="calls that ended are still charged")


CHECKS: Final[tuple[Check, ...]] = (
    never_exceeds_a_window, keys_do_not_block_each_other, charges_all_limits_or_none, cancelled_waiters_charge_nothing,
    a_cancelled_waiter_wakes_the_next, newcomers_do_not_pass_waiters, spends_the_whole_window,
    an_edge_allows_all_again, loses_nothing,
)  # fmt: skip
"""All checks, in the order in which they run."""


@attrs.frozen
class Result:
    """How one check ended: `problem` is None when the limiter passed it."""

    check: str
    problem: str | None

    def __str__(self) -> str:
        return f"{'ok  ' if self.problem is None else 'FAIL'} {self.check}{f': {self.problem}' if self.problem else ''}"


async def run_all(make: MakeLimiter, rules: Rules | None = None) -> AsyncIterator[Result]:
    """Put a limiter through all checks, each with a fresh one; what it raises counts as a failure too."""
    rules = rules or Rules()
    for check in CHECKS:
        name = getattr(check, "__name__", "check")
        try:
            async with asyncio.timeout(PATIENCE * rules.interval):
                await check(make, rules)
        except TimeoutError:
            yield Result(name, f"a call still waits after {PATIENCE} windows")
        except Exception as error:  # noqa: BLE001  # a limiter under test may raise anything
            yield Result(name, str(error) or type(error).__name__)
        else:
            yield Result(name, None)
