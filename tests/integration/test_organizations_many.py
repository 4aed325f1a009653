"""Organizations and memberships by the hundred, through jobs."""

from __future__ import annotations

import attrs
import pytest

from zdasync import BadArgument, PartialFailure
from zdasync.simulator import AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID


@attrs.frozen
class Company:
    name: str
    tags: tuple[str, ...] = ()


def rows(count, **fields):
    return [{"name": f"Company {number}", "external_id": f"C-{number}", **fields} for number in range(count)]


async def create(stage, given):
    return await (await stage.zd.organizations.create_many(given))


async def test_a_hundred_organizations_are_created_in_one_job(start) -> None:
    stage = await start()
    results = await create(stage, rows(100))
    assert [result.status for result in results] == ["Created"] * 100
    known = stage.account.state.organizations
    assert [known[result.id].name for result in results] == [f"Company {number}" for number in range(100)]
    assert stage.sent[0] == "POST /api/v2/organizations/create_many"


async def test_rows_may_be_attrs_instances(start) -> None:
    stage = await start()
    (result,) = await create(stage, [Company("Own Class", tags=("vip",))])
    made = await stage.zd.organizations.show(result.id)
    assert (made.name, made.tags) == ("Own Class", ("vip",))


async def test_names_that_are_taken_fail_their_rows(start) -> None:
    stage = await start()
    first, second = await create(stage, rows(2))
    job = await stage.zd.organizations.update_many(
        [{"id": first.id, "notes": "fine"}, {"id": second.id, "name": "COMPANY 0"}]
    )
    with pytest.raises(PartialFailure) as caught:
        await job
    (failed,) = caught.value.failed
    assert (failed.index, failed.id, failed.error) == (1, second.id, "OrganizationUpdateFailed")
    assert failed.details == "Name: COMPANY 0 has already been taken"
    assert caught.value.status.status == "completed"
    assert (await stage.zd.organizations.show(first.id)).notes == "fine"


async def test_rows_by_external_id(start) -> None:
    stage = await start()
    made = await create(stage, rows(2))
    results = await (await stage.zd.organizations.update_many(
        [{"external_id": "c-1", "notes": "one"}, {"id": made[0].id, "external_id": "moved"}]
    ))
    assert [result.id for result in results] == [made[1].id, made[0].id]
    shown = await stage.zd.organizations.show_many(ids=[one.id for one in made])
    assert [(one.external_id, one.notes) for one in shown] == [("moved", None), ("C-1", "one")]


@pytest.mark.parametrize("by", ["ids", "external_ids"])
async def test_one_change_for_many(start, by) -> None:
    stage = await start()
    made = await create(stage, rows(3))
    named = {"ids": [one.id for one in made[:2]]} if by == "ids" else {"external_ids": ["c-0", "c-1"]}
    results = await (await stage.zd.organizations.update_many(**named, tags=["vip"]))
    assert [(result.id, result.action) for result in results] == [(one.id, "update") for one in made[:2]]
    known = stage.account.state.organizations
    assert [known[one.id].tags for one in made] == [("vip",), ("vip",), ()]


async def test_results_in_the_order_of_the_input_whatever_the_server_does(start) -> None:
    stage = await start(settings={"rows_in_order": False})
    made = await create(stage, rows(30))
    wanted = [one.id for one in made][::-1]
    results = await (await stage.zd.organizations.update_many(ids=wanted, notes="n"))
    assert [result.id for result in results] == wanted


async def test_destroy_many(start) -> None:
    stage = await start()
    made = await create(stage, rows(3))
    results = await (await stage.zd.organizations.destroy_many(ids=[one.id for one in made[:2]]))
    assert [(result.id, result.status) for result in results] == [(one.id, "Deleted") for one in made[:2]]
    await (await stage.zd.organizations.destroy_many(external_ids=["C-2"]))
    assert not {one.id for one in made} & set(stage.account.state.organizations)


async def test_update_many_takes_one_form_or_the_other(start) -> None:
    stage = await start()
    organizations = stage.zd.organizations
    for call in (
        lambda: organizations.update_many([{"id": 1, "notes": "n"}], ids=[1]),
        lambda: organizations.update_many([{"id": 1, "notes": "n"}], notes="n"),
        lambda: organizations.update_many(ids=[1]),
        lambda: organizations.create_many([*rows(100), {"name": "One too many"}]),
    ):
        with pytest.raises(BadArgument):
            call()
    assert stage.sent == []


async def test_memberships_by_the_hundred(start) -> None:
    stage = await start()
    (company,) = await create(stage, rows(1))
    job = await stage.zd.organization_memberships.create_many(
        [{"user_id": user_id, "organization_id": company.id} for user_id in (CUSTOMER_ID, UNVERIFIED_ID)]
    )
    made = await job
    assert stage.user(UNVERIFIED_ID).organization_ids == [company.id]
    ended = await (await stage.zd.organization_memberships.destroy_many([one.id for one in made]))
    assert [(result.id, result.action) for result in ended] == [(one.id, "delete") for one in made]
    assert stage.user(UNVERIFIED_ID).organization_ids == []


async def test_group_memberships_by_the_hundred(start) -> None:
    stage = await start()
    sales = next(group.id for group in stage.account.state.groups.values() if group.name == "Sales")
    job = await stage.zd.group_memberships.create_many(
        [{"user_id": AGENT_ID, "group_id": sales}, {"user_id": CUSTOMER_ID, "group_id": sales}]
    )
    made, failed = await job.wait(raise_on_failure=False)
    assert (made.ok, failed.error) == (True, "GroupMembershipCreateFailed")
    await (await stage.zd.group_memberships.destroy_many([made.id]))
    assert sales not in stage.user(AGENT_ID).group_ids
