"""The account that a command works on: the one of the environment, or a simulated one in this process.

Credentials come from the environment and never from an argument, which every user of the machine could read.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import attrs

from ..auth import ApiToken
from ..client import Zendesk
from ..config import checked_plan, settings_from_env
from ..events import Observer
from ..limits.table import PLANS, Plan

SIMULATED_PLAN: Final[Plan] = "enterprise"

ENVIRONMENT: Final = """\
environment: ZENDESK_SUBDOMAIN (or ZENDESK_BASE_URL); then ZENDESK_EMAIL and ZENDESK_API_TOKEN, or ZENDESK_OAUTH_TOKEN,
or ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET; and ZENDESK_PLAN."""


@attrs.frozen(eq=False)
class Opened:
    """An open client, and the plan that it was told, if any."""

    zd: Zendesk
    plan: Plan | None


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options that choose the account."""
    parser.add_argument(
        "--simulate", action="store_true",
        help=f"work on a simulated account in this process (plan {SIMULATED_PLAN} unless --plan names one)",
    )
    parser.add_argument(
        "--plan", metavar="NAME",
        help=f"the account's plan: {', '.join(sorted(PLANS))} (default: ZENDESK_PLAN; else the first reply tells its "
        "limit)",
    )


@asynccontextmanager
async def opened(options: argparse.Namespace, observer: Observer) -> AsyncIterator[Opened]:
    """A client of the account that the options and the environment name.

    Raises `BadArgument` when they name none, or no plan that exists.
    """
    plan = None if options.plan is None else checked_plan(options.plan)
    async with AsyncExitStack() as stack:
        if options.simulate:
            client = await _simulated(stack, plan or SIMULATED_PLAN, observer)
            yield Opened(await stack.enter_async_context(client), plan or SIMULATED_PLAN)
            return
        if plan is None:
            plan = settings_from_env(os.environ).plan
        client = Zendesk.from_env(plan=plan, observer=observer)
        yield Opened(await stack.enter_async_context(client), plan)


async def _simulated(stack: AsyncExitStack, plan: Plan, observer: Observer) -> Zendesk:
    from ..simulator import API_TOKEN, Account  # noqa: PLC0415 - for those who ask for it

    url = await stack.enter_async_context(Account(plan=plan, log_size=0).serve())
    return Zendesk(base_url=url, auth=ApiToken("admin@example.com", API_TOKEN), plan=plan, observer=observer)
