"""A Zendesk account in memory, to test and to try clients against: limits, jobs, pages and oddities included.

    from zdasync.simulator import Account, Fault, Settings

    async with Account(users=100, faults=[Fault("POST /api/v2/users", "reset_after", calls=(1,))]).serve() as url:
        ...

Paths that the account has no endpoint for may be given an answer: `Account(canned={"GET /api/v2/tickets": {...}})`.

From a shell: `python -m zdasync.simulator --port 8080 --users 1000`. Every account has an admin `admin@example.com`
with the API token `token`, and an OAuth client `client` with the secret `secret`.
"""

from __future__ import annotations

from .account import Account, Latency
from .auth import API_TOKEN
from .canned import Answer
from .faults import Fault
from .http import Call, Refusal, Reply
from .job_faults import JobFault
from .records import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID
from .server import Served
from .settings import Settings
from .tokens import CLIENT_IDENTIFIER, CLIENT_SECRET, PUBLIC_IDENTIFIER

__all__ = [
    "ADMIN_ID",
    "AGENT_ID",
    "API_TOKEN",
    "CLIENT_IDENTIFIER",
    "CLIENT_SECRET",
    "CUSTOMER_ID",
    "PUBLIC_IDENTIFIER",
    "UNVERIFIED_ID",
    "Account",
    "Answer",
    "Call",
    "Fault",
    "JobFault",
    "Latency",
    "Refusal",
    "Reply",
    "Served",
    "Settings",
]
