"""`zdasync simulate`: a simulated account, served until it is told to end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter, validators

from ..config import checked_plan
from ..errors import BadArgument
from .account import SIMULATED_PLAN
from .options import DEFAULT, Flag, Options, Port, told

Count = Annotated[int, Parameter(validator=validators.Number(gte=0))]
Factor = Annotated[float, Parameter(validator=validators.Number(gt=0, lt=float("inf")))]
LOOPBACK: Final = "127.0.0.1"


def simulate(
    *,
    host: Annotated[str, told("The address to listen on.")] = LOOPBACK,
    port: Annotated[Port, told("The port to listen on; 0: a free one.")] = 0,
    users: Annotated[Count, told("Make up so many profiles.")] = 0,
    tickets: Annotated[Count, told("Make up so many tickets.")] = 0,
    speed: Annotated[Factor, told("Time runs so many times faster.")] = 1.0,
    faults: Annotated[Path | None, told("A JSON file with scripted faults.")] = None,
    strict: Annotated[Flag, told("Answer 500 to what no real client should send.")] = False,
    seed: Annotated[int, told("Another number makes another population.")] = 0,
    options: Options = DEFAULT,
) -> int:
    """Serve a simulated account until Ctrl-C or SIGTERM. Its base URL is printed alone when it is ready.

    Credentials: admin@example.com with the API token "token"; OAuth client "client" with the secret "secret", and
    "public" without one.
    """
    from ..simulator import Account  # noqa: PLC0415 - a whole server
    from ..simulator.command import serve  # noqa: PLC0415 - likewise
    from ..simulator.faults import load  # noqa: PLC0415 - likewise

    try:
        scripted = [] if faults is None else load(faults)
    except (OSError, ValueError) as error:
        raise BadArgument(f"--faults: {error}") from error
    account = Account(
        plan=SIMULATED_PLAN if options.plan is None else checked_plan(options.plan), users=users, tickets=tickets,
        speed=speed, faults=scripted, strict=strict, seed=seed, log_size=0,
    )
    return serve(account, host, port)
