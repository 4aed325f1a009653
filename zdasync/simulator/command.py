"""The simulated account as a command: its options, and how it starts and ends."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from ..limits.table import PLANS
from .account import Account
from .faults import Fault, load


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options of the simulator."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--plan", choices=sorted(PLANS), default="enterprise", help="sets the limits (enterprise)")
    parser.add_argument("--users", type=_whole, default=0, metavar="N", help="make up so many profiles")
    parser.add_argument("--tickets", type=_whole, default=0, metavar="N", help="make up so many tickets")
    parser.add_argument("--speed", type=_positive, default=1.0, metavar="X", help="time runs X times faster")
    parser.add_argument("--faults", type=_faults, default=[], metavar="FILE", help="JSON file with scripted faults")
    parser.add_argument("--strict", action="store_true", help="answer 500 to what no real client should send")
    parser.add_argument("--seed", type=int, default=0, help="makes another population")


def run(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; the exit status."""
    account = Account(
        plan=options.plan,
        users=options.users,
        tickets=options.tickets,
        speed=options.speed,
        faults=options.faults,
        strict=options.strict,
        seed=options.seed,
        log_size=0,
    )
    return serve(account, options.host, options.port)


def serve(account: Account, host: str, port: int) -> int:
    """Serve an account until SIGTERM or SIGINT; the exit status. Its base URL is printed alone when it is ready."""
    try:
        asyncio.run(_serve(account, host, port))
    except OSError as error:
        sys.stderr.write(f"can't listen on {host}:{port}: {error}\n")
        return 1
    return 0


async def _serve(account: Account, host: str, port: int) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stopped.set)
        except NotImplementedError:
            # Windows: the signal arrives on the main thread, between two turns of the loop.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set))
    async with account.serve(host, port) as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        await stopped.wait()


def main(arguments: list[str] | None = None) -> int:
    """`python -m zdasync.simulator`; the exit status. `arguments` None: those of the process."""
    parser = argparse.ArgumentParser(
        prog="python -m zdasync.simulator",
        description="A simulated Zendesk account. Credentials: admin@example.com with API token 'token'; "
        "OAuth client 'client' with secret 'secret'.",
    )
    add_options(parser)
    return run(parser.parse_args(arguments))


def _whole(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return value


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be above zero")
    return value


def _faults(text: str) -> list[Fault]:
    try:
        return load(Path(text))
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error
