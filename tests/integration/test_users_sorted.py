"""Users of an organization, sorted: they come by page numbers."""

from __future__ import annotations

from operator import attrgetter

import pytest

from zdasync.simulator import CUSTOMER_ID


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("by", ["id", "name", "created_at", "updated_at"])
async def test_the_users_of_an_organization_are_sorted(start, by, order) -> None:
    stage = await start(users=40)
    organization = stage.user(CUSTOMER_ID).organization_id
    unsorted = [user async for user in stage.zd.users.list(organization_id=organization)]
    stage.forget()
    listing = stage.zd.users.list(organization_id=organization, sort_by=by, sort_order=order, page_size=3)
    found = [user async for user in listing]
    assert len(stage.sent) == -(-len(found) // 3) > 2
    assert {user.id for user in found} == {user.id for user in unsorted}
    values = [attrgetter(by)(user) for user in found]
    assert values == sorted(values, reverse=order == "desc")
