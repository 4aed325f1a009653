"""The tables of calls have, together, every operation that is covered."""

from __future__ import annotations

from itertools import chain
from typing import Final

import test_contract_served_account as account
import test_contract_served_organizations as organizations
import test_contract_served_rules as rules
import test_contract_served_search as search
import test_contract_served_tickets as tickets
from operation_table import rows

ELSEWHERE: Final = {("POST", "/oauth/tokens", "oauth.exchange_code")}
"""It takes a code, for which a user has to visit a page."""

EFFECTLESS: Final = {
    "audit_logs.export", "sessions.logout", "users.identities.request_verification", "users.request_create",
}
"""What they do, somebody finds in the mail, or not at all."""

BY_GROUP: Final = [
    row for table in (account.TABLE, organizations.TABLE, rules.TABLE) for group in table.values() for row in group
]


def test_every_covered_operation_is_called() -> None:
    called = [row.key for row in chain(BY_GROUP, search.ROWS, tickets.ROWS)]
    assert set(called) | ELSEWHERE == {(*row.place, row.where) for row in rows() if row.covered}


def test_what_gives_nothing_proves_something() -> None:
    assert {row.where for row in BY_GROUP if row.gives is None and row.proof is None} == EFFECTLESS
