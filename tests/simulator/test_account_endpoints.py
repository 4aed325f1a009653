"""The pages around the account: who may read them, what their replies hold, and what they have never heard of."""

from __future__ import annotations

import pytest
from support import rig

from zdasync import ApiToken, NotFound, OAuthToken, PermissionDenied, Zendesk
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID
from zdasync.simulator.tokens import find_client, issue

AGENT = ApiToken("agent@example.com", "token")


async def test_agents_of_brands_are_for_admins_and_their_paths_name_what_there_is() -> None:
    async with rig() as stage:
        (brand,) = await stage.zd.brands.list()
        assert len(await stage.zd.brand_agents.list(brand_id=brand.id)) == 2
        for wrong in ({"brand_id": 5}, {"user_id": 5}):
            with pytest.raises(NotFound):
                await stage.zd.brand_agents.list(**wrong)
    async with rig(auth=AGENT) as stage:
        with pytest.raises(PermissionDenied):
            await stage.zd.brand_agents.list()


async def test_a_list_of_activities_names_everybody_beside_them() -> None:
    async with rig() as stage:
        for _ in range(2):
            stage.account.state.add_ticket(CUSTOMER_ID, assignee_id=ADMIN_ID, now=stage.account.now())
        raw = await stage.zd.request("GET", "/api/v2/activities")
        assert len(raw["activities"]) == 2
        assert [one["id"] for one in raw["users"]] == [one["id"] for one in raw["actors"]] == [ADMIN_ID]
        alone = await stage.zd.request("GET", f"/api/v2/activities/{raw['activities'][0]['id']}")
        assert alone.keys() == {"activity"}


async def test_an_end_user_sees_and_ends_a_token_of_his_own() -> None:
    async with rig() as stage:
        state, owner = stage.account.state, find_client(stage.account.state, "client")
        mine, other = (
            issue(state, stage.account.now(), client=owner, user_id=user_id, scopes=("read", "write"))
            for user_id in (CUSTOMER_ID, AGENT_ID)
        )
        async with Zendesk(base_url=stage.account.url, auth=OAuthToken(mine.value), plan="enterprise") as zd:
            assert (await zd.oauth.tokens.show(mine.id)).user_id == CUSTOMER_ID
            with pytest.raises(NotFound):
                await zd.oauth.tokens.revoke(other.id)
            await zd.oauth.tokens.revoke(mine.id)
        assert mine.value not in state.tokens


async def test_the_name_of_a_file_in_a_form_comes_through_whatever_its_letters() -> None:
    async with rig() as stage:
        name = "Übersicht & 50%.txt"
        assert (await stage.zd.macros.attachments.create(b"x", filename=name)).filename == name
