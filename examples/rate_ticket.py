"""Rate a solved ticket as its requester: an admin's OAuth token with the impersonate scope, used for an end user.

    python examples/rate_ticket.py [TICKET] [--requester customer@example.com] [--score good|bad] [--comment TEXT]
    python examples/rate_ticket.py --simulate

With `--simulate` it makes a simulated account in this process, where a customer asks and an agent solves; without it,
it rates the ticket TICKET of the account that ZENDESK_SUBDOMAIN and ZENDESK_OAUTH_TOKEN name. Zendesk takes a rating
from the requester only, and only of a ticket that is solved, or was reopened after it had been: not of a closed one.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Literal

from zdasync import ApiToken, OAuthToken, PermissionDenied, Zendesk
from zdasync.simulator import Account
from zdasync.testing import run_virtual

Score = Literal["good", "bad"]


async def rate(admin: Zendesk, ticket_id: int, requester: str, score: Score, comment: str) -> int:
    """Rate the ticket for its requester, and show that the rating is the requester's."""
    customer = admin.on_behalf_of(requester)
    rating = await customer.satisfaction_ratings.create(ticket_id, score=score, comment=comment)
    print(f"as {requester}: ticket {rating.ticket_id} is rated {rating.score!r}, {rating.comment!r}")

    shown = (await admin.tickets.show(ticket_id)).satisfaction_rating
    if shown is None or shown.score != score:
        print("and the ticket does not show it")
        return 1
    print(f"and the ticket shows it: {shown.score!r}")
    return 0


async def solved_ticket(agent: Zendesk, requester: str) -> int:
    """A customer asks, an agent answers and solves."""
    request = await agent.on_behalf_of(requester).requests.create(
        subject="Broken camera", comment={"body": "It shows nothing but black."}
    )
    me = await agent.users.me()
    await agent.tickets.update(
        request.id, assignee_id=me.id, status="solved", comment={"body": "Take the cap off.", "public": True}
    )
    print(f"ticket {request.id}: {request.subject!r}, asked by a customer, solved by {me.name}")
    return request.id


async def simulated(requester: str, score: Score, comment: str) -> int:
    """Make an account, a token that may impersonate, and a solved ticket; then rate it."""
    account = Account()
    client_id = next(iter(account.state.clients))
    async with account.serve() as url:
        async with Zendesk(base_url=url, auth=ApiToken("admin@example.com", "token")) as zd:
            token = await zd.oauth.tokens.create(client_id, scopes=["impersonate", "read", "write"])
        async with Zendesk(base_url=url, auth=OAuthToken(token.full_token or "")) as admin:
            ticket_id = await solved_ticket(admin, requester)
            try:
                await admin.satisfaction_ratings.create(ticket_id, score=score, comment=comment)
            except PermissionDenied:
                print("as the admin: refused, only the requester may rate")
            return await rate(admin, ticket_id, requester, score, comment)


async def real(ticket_id: int, requester: str, score: Score, comment: str) -> int:
    """Rate a ticket of the account that the environment names."""
    async with Zendesk.from_env() as admin:
        return await rate(admin, ticket_id, requester, score, comment)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Rate a solved ticket on behalf of its requester.")
    parser.add_argument("ticket", nargs="?", type=int, help="the ticket's id; made up with --simulate")
    parser.add_argument("--requester", default="customer@example.com", help="an e-mail address or a user id")
    parser.add_argument("--score", choices=("good", "bad"), default="good")
    parser.add_argument("--comment", default="Awesome support.")
    parser.add_argument("--simulate", action="store_true", help="work on a simulated account, in virtual time")
    options = parser.parse_args()
    given = (options.requester, options.score, options.comment)
    if options.simulate:
        sys.exit(run_virtual(simulated(*given)))
    if options.ticket is None:
        parser.error("which ticket? Give its id, or --simulate")
    sys.exit(asyncio.run(real(options.ticket, *given)))
