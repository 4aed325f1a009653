"""The example that rates a ticket runs as it stands: on the account that it makes itself, and on one that is there."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

import zdasync
from zdasync import PermissionDenied
from zdasync.simulator import AGENT_ID, CUSTOMER_ID

EXAMPLE = Path(zdasync.__file__).parents[1] / "examples" / "rate_ticket.py"
SCOPES = ("read", "write", "impersonate")


@pytest.fixture
def example():
    spec = importlib.util.spec_from_file_location("rate_ticket", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_on_its_own_account(example, capsys) -> None:
    assert await example.simulated("customer@example.com", "good", "Awesome support.") == 0
    assert capsys.readouterr().out.splitlines() == [
        "ticket 1: 'Broken camera', asked by a customer, solved by Ada Admin",
        "as the admin: refused, only the requester may rate",
        "as customer@example.com: ticket 1 is rated 'good', 'Awesome support.'",
        "and the ticket shows it: 'good'",
    ]


async def test_on_an_account_that_is_there(start, example, capsys) -> None:
    stage = await start()
    tickets = stage.account.state.tickets
    one = tickets.create(CUSTOMER_ID, now=0.0, comment="Help", status="solved", assignee_id=AGENT_ID)
    admin = await stage.bearer(*SCOPES)
    assert await example.rate(admin, one.id, str(CUSTOMER_ID), "bad", "Slow") == 0
    assert (one.rating.score, one.rating.comment) == ("bad", "Slow")
    assert "rated 'bad'" in capsys.readouterr().out
    tickets.update(one, {"status": "closed"}, actor_id=AGENT_ID, now=1.0)
    with pytest.raises(PermissionDenied):
        await example.rate(admin, one.id, str(CUSTOMER_ID), "good", "Too late")
