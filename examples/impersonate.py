"""Make requests on behalf of an end user: get a token that may impersonate, and use it.

    python examples/impersonate.py

It runs against a simulated account. Against a real one, `client_id` is the number that `GET /api/v2/oauth/clients`
shows for a client made in the Admin Center (Apps and integrations > APIs > OAuth clients), and the caller is an admin.
"""

from __future__ import annotations

import asyncio

from zdasync import ApiToken, AuthenticationError, OAuthToken, Zendesk
from zdasync.simulator import Account


async def main() -> None:
    """Get a token as an admin, then act as a customer with it."""
    account = Account()
    client_id = next(iter(account.state.clients))
    async with account.serve() as url:
        async with Zendesk(base_url=url, auth=ApiToken("admin@example.com", "token")) as admin:
            token = await admin.oauth.tokens.create(client_id, scopes=["impersonate", "read", "write"])
            print(f"a token with the scopes {', '.join(token.scopes)}; it is shown once")

        async with Zendesk(base_url=url, auth=OAuthToken(token.full_token or "")) as zd:
            me = await zd.users.me()
            print(f"without the header I am {me.name} ({me.role})")

            customer = zd.on_behalf_of("customer@example.com")
            mine = await customer.users.me()
            print(f"with it I am {mine.name} ({mine.role})")

            by_id = await zd.on_behalf_of(mine.id or 0).users.me()
            print(f"an id does as well as an address: {by_id.name}")

            try:
                await zd.on_behalf_of("nobody@example.com").users.me()
            except AuthenticationError as error:
                print(f"and a user that does not exist is refused: {error.code}")


if __name__ == "__main__":
    asyncio.run(main())
