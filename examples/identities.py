"""Change a customer's e-mail address, which takes a second identity and `make_primary`.

    python examples/identities.py

It runs against a simulated account. Writing `email` to an existing user would only add a second address; so this adds
the new one as an identity, makes it the primary one, and takes the old one away.
"""

from __future__ import annotations

import asyncio

from zdasync import ApiToken, Zendesk
from zdasync.simulator import CUSTOMER_ID, Account


async def main() -> None:
    """Give the account's customer a new address."""
    auth = ApiToken("admin@example.com", "token")
    async with Account().serve() as url, Zendesk(base_url=url, auth=auth) as zd:
        identities = zd.users.identities
        before = await zd.users.show(CUSTOMER_ID)
        old = [identity async for identity in identities.list(CUSTOMER_ID, type="email")]

        new = await identities.create(CUSTOMER_ID, type="email", value="carla@new.example.com", verified=True)
        for identity in await identities.make_primary(CUSTOMER_ID, new.id):
            print(f"{identity.type} {identity.value}{', primary' if identity.primary else ''}")
        for identity in old:
            await identities.delete(CUSTOMER_ID, identity.id)

        after = await zd.users.show(CUSTOMER_ID)
        print(f"{before.email} became {after.email}")


if __name__ == "__main__":
    asyncio.run(main())
