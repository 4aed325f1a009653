"""Callers that are cancelled, blocks that are left, and what is left behind: nothing."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest
from coalescing import all_of, outcome, paths, sent
from support import now, rig, under_way

from zdasync import BadArgument, Zendesk, ZendeskError
from zdasync.coalesce import Coalesced
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, Fault, JobFault, Settings
from zdasync.simulator.tokens import find_client, issue


def mine():
    """The tasks that coalesced views have at work."""
    return {task for task in asyncio.all_tasks() if "/_coalesce/" in task.get_coro().cr_code.co_filename}


async def test_one_caller_that_is_cancelled_leaves_the_others_alone() -> None:
    async with rig(users=3) as r, r.zd.coalesce() as many:
        a, b, c = sorted(r.account.state.users)[:3]
        calls = [under_way(outcome(many.users.show(one))) for one in (a, b, b, c)]
        await asyncio.sleep(0)
        calls[0].cancel()
        calls[1].cancel()
        _, _, second, third = await asyncio.gather(*calls, return_exceptions=True)
        assert (second.id, third.id) == (b, c)
        assert r.account.log[0].query == f"ids={b}%2C{c}"


@pytest.mark.parametrize("seconds", [0.0, 0.02])
async def test_when_all_are_cancelled_before_it_goes_nothing_is_sent(seconds) -> None:
    async with rig(client={"limits": {"account": 1}}) as r:
        await r.zd.users.me()
        async with r.zd.coalesce() as many:
            calls = [under_way(outcome(many.users.show(one))) for one in range(3)]
            calls += [under_way(outcome(many.users.update(one, notes="x"))) for one in range(3)]
            await asyncio.sleep(seconds)  # while they gather, or while they wait for the next minute
            for call in calls:
                call.cancel()
            await asyncio.wait(calls)
            await asyncio.sleep(0)
            assert mine() == set()
            began = now()
        assert now() == began
        assert paths(r) == ["GET users/me"]
        assert mine() == set()


async def test_shows_that_nobody_waits_for_any_more_are_given_up_on_the_wire() -> None:
    async with rig(latency=10.0) as r, r.zd.coalesce() as many:
        call = under_way(outcome(many.users.show(CUSTOMER_ID)))
        await asyncio.sleep(1.0)
        call.cancel()
        began = now()
        await asyncio.wait([call])
        await asyncio.sleep(0.01)
        assert mine() == set()
        assert now() - began < 1


async def test_a_cancelled_callers_row_is_left_out_of_the_job_if_it_has_not_gone() -> None:
    async with rig() as r, r.zd.coalesce() as many:
        calls = [under_way(outcome(many.users.create(name=f"N{one}"))) for one in range(3)]
        await asyncio.sleep(0)
        calls[1].cancel()
        users = await asyncio.gather(calls[0], calls[2])
        assert [user.name for user in users] == ["N0", "N2"]
        assert "N1" not in [user.name for user in r.account.state.users.values()]


async def test_between_two_attempts_a_row_can_still_be_left_out() -> None:
    fault = Fault("POST /api/v2/users/create_many", "rate_limited", calls=(1,), retry_after=20)
    async with rig(faults=[fault]) as r, r.zd.coalesce() as many:
        calls = [under_way(outcome(many.users.create(name=f"N{one}"))) for one in range(2)]
        await asyncio.sleep(5)
        calls[0].cancel()
        assert (await calls[1]).name == "N1"
        assert "N0" not in [user.name for user in r.account.state.users.values()]


@pytest.mark.parametrize("leaving", [False, True])
async def test_a_row_that_was_submitted_is_written_and_what_comes_after_it_waits(leaving) -> None:
    async with rig(settings=Settings(job_seconds_per_row=5)) as r:
        began = now()
        async with r.zd.coalesce() as many:
            first = under_way(outcome(many.users.update(CUSTOMER_ID, notes="first")))
            await asyncio.sleep(1)
            second = under_way(outcome(many.users.update(CUSTOMER_ID, notes="second")))
            await asyncio.sleep(1)
            first.cancel()
            await asyncio.sleep(0)
            if not leaving:
                assert len(mine()) == 1
                await second
        assert (await second).notes == "second"
        assert now() - began > 11  # two jobs of more than five seconds, one after the other
        assert r.account.state.users[CUSTOMER_ID].notes == "second"
        assert sent(r, "users/show_many") == 1  # nobody asks what the first one wrote


@pytest.mark.parametrize("others", [0, 1])
async def test_what_comes_after_a_row_that_is_given_up_in_time_goes_in_its_place(others) -> None:
    async with rig(users=5) as r, r.zd.coalesce() as many:
        ids = [user for user in sorted(r.account.state.users) if user != CUSTOMER_ID][:others]
        first = under_way(outcome(many.users.update(CUSTOMER_ID, notes="first")))
        calls = [under_way(outcome(many.users.update(one, notes="second"))) for one in [*ids, CUSTOMER_ID]]
        await asyncio.sleep(0)
        first.cancel()
        async with asyncio.timeout(60):
            users = await asyncio.gather(*calls)
        assert [user.notes for user in users] == ["second"] * (others + 1)
        assert [job.total for job in r.account.state.jobs.jobs.values()] == [others + 1]


async def test_an_id_that_was_left_out_is_not_looked_for_when_nobody_waits_for_it() -> None:
    async with rig(latency=1.0) as r, r.zd.coalesce() as many:
        calls = [under_way(outcome(many.users.show(one))) for one in (10**9, CUSTOMER_ID)]
        await asyncio.sleep(0.5)
        calls[0].cancel()
        assert (await calls[1]).id == CUSTOMER_ID
        await asyncio.sleep(5)
        assert paths(r) == ["GET users/show_many"]


@pytest.mark.parametrize("merge", [False, True])
async def test_one_who_is_cancelled_as_the_request_goes_has_no_part_in_it(merge) -> None:
    calls = []

    async def token():  # asked for at the last moment
        for call in calls[:1]:
            call.cancel()
        return secret

    async with rig() as r:
        state, scopes = r.account.state, ("read", "write")
        client = find_client(state, "client")
        secret = issue(state, r.account.now(), client=client, user_id=ADMIN_ID, scopes=scopes).value
        fields = [{"notes": "no"}, {"alias": "yes"}]
        async with Zendesk(base_url=r.account.url, auth=token) as zd, zd.coalesce(merge=merge) as many:
            ids = [CUSTOMER_ID, CUSTOMER_ID if merge else AGENT_ID]
            calls += [under_way(outcome(many.users.update(*one, **two))) for one, two in
                      zip(([number] for number in ids), fields, strict=True)]
            assert (await calls[1]).alias == "yes"
        assert r.account.state.users[CUSTOMER_ID].notes is None
        assert [job.total for job in r.account.state.jobs.jobs.values()] == [1]


# --- leaving


async def test_leaving_sends_at_once_what_still_waits_and_ends_with_it() -> None:
    async with rig() as r:
        async with r.zd.coalesce(wait=600.0) as many:
            calls = [under_way(outcome(many.users.update(CUSTOMER_ID, notes=f"{one}"))) for one in range(3)]
            calls.append(under_way(outcome(many.users.show(CUSTOMER_ID))))
            await asyncio.sleep(0)
            began = now()
        assert 1 < now() - began < 30
        assert mine() == set()
        *updated, shown = await asyncio.gather(*calls)
        assert [user.notes for user in updated] == ["0", "1", "2"]
        assert shown.id == CUSTOMER_ID


async def test_leaving_does_not_wait_for_what_nobody_waits_for() -> None:
    async with rig(settings=Settings(job_seconds_per_row=500)) as r:
        async with r.zd.coalesce() as many:
            call = under_way(outcome(many.users.create(name="N")))
            await asyncio.sleep(1)
            call.cancel()
            await asyncio.wait([call])
            began = now()
        assert now() - began < 1
        assert mine() == set()


@pytest.mark.parametrize("seconds", [0.0, 1.0])
async def test_an_error_that_leaves_the_block_cancels_what_waits(seconds) -> None:
    async with rig() as r:
        calls = []
        with pytest.raises(RuntimeError):
            async with r.zd.coalesce() as many:
                calls += [under_way(outcome(many.users.update(CUSTOMER_ID, notes=f"{one}"))) for one in range(3)]
                calls.append(under_way(outcome(many.users.create(name="N"))))
                await asyncio.sleep(seconds)
                raise RuntimeError
        assert mine() == set()
        ended = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(one) for one in ended} == {asyncio.CancelledError}
        submitted = 2 if seconds else 0
        assert sum(path.startswith(("POST", "PUT")) for path in paths(r)) == submitted
        await asyncio.sleep(60)
        assert sum(path.startswith(("POST", "PUT")) for path in paths(r)) == submitted


async def test_leaving_may_be_cancelled() -> None:
    async with rig(settings=Settings(job_seconds_per_row=500)) as r:
        calls = []

        async def work():
            async with r.zd.coalesce() as many:
                calls.append(under_way(outcome(many.users.create(name="N"))))
                await asyncio.sleep(1)

        task = under_way(work())
        await asyncio.sleep(2)
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert mine() == set()
        assert isinstance((await asyncio.gather(*calls, return_exceptions=True))[0], asyncio.CancelledError)


async def test_calls_after_leaving_are_refused() -> None:
    async with rig() as r:
        async with r.zd.coalesce() as many:
            view = many.with_options(timeout=5)
        r.account.log.clear()
        calls = [
            many.users.show(1), view.users.update(1, notes="x"), many.users.me(), many.users.destroy_many(ids=[1]),
            many.tickets.create(comment={"body": "x"}, idempotency_key="k"), many.request("GET", "/api/v2/users"),
        ]
        for error in await all_of(calls):
            assert isinstance(error, BadArgument)
            assert "has been left" in str(error)
        assert paths(r) == []


async def test_a_view_is_entered_once() -> None:
    async with rig() as r:
        coalesced = r.zd.coalesce()
        assert isinstance(coalesced, Coalesced)
        async with coalesced:
            pass
        with pytest.raises(BadArgument, match="once"):
            await coalesced.__aenter__()


@pytest.mark.parametrize("options", [{"wait": -1}, {"wait": "1"}, {"wait": True}, {"wait": float("inf")},
                                     {"wait": float("nan")}, {"merge": 1}])
async def test_options_that_can_not_be_right(options) -> None:
    async with rig() as r:
        with pytest.raises(BadArgument, match=next(iter(options))):
            r.zd.coalesce(**options)


async def test_a_client_that_is_closed_meanwhile() -> None:
    async with rig() as r, Zendesk(base_url=r.account.url, auth=r.zd._credentials, plan="enterprise") as zd:
        async with zd.coalesce() as many:
            waiting = under_way(outcome(many.users.create(name="N")))
            await asyncio.sleep(1)
            await zd.aclose()
            error = await waiting
            assert isinstance(error, ZendeskError)
            (unopened,) = await all_of([many.users.show(1)])
            assert isinstance(unopened, BadArgument)
        assert mine() == set()


# --- a storm


@pytest.mark.parametrize("seed", range(2))
async def test_after_a_storm_of_cancellations_everything_is_as_it_should_be(seed) -> None:
    chance = random.Random(seed)
    faults = [Fault("GET /api/v2/users/show_many", "reset_after", calls=range(2, 90, 5)),
              Fault("PUT /api/v2/users/update_many", "rate_limited", calls=range(1, 90, 4), retry_after=2)]
    ended: Counter[str] = Counter()

    async def one(call):
        try:
            await call
        except (ZendeskError, asyncio.CancelledError) as error:
            ended[type(error).__name__] += 1
        else:
            ended["ok"] += 1

    async with rig(users=30, faults=faults, latency=(0.0, 1.0), job_faults=[JobFault(chance=0.2, after=3)]) as r:
        ids = sorted(r.account.state.users)[:25]
        async with r.zd.coalesce(merge=bool(seed % 2)) as many:
            tasks = []
            for number in range(400):
                user = chance.choice(ids)
                kind = chance.choice(["show", "update", "upsert", "create"])
                tasks.append(under_way(one({
                    "show": lambda user=user: many.users.show(user),
                    "update": lambda user=user, number=number: many.users.update(user, notes=str(number)),
                    "upsert": lambda user=user: many.users.create_or_update(external_id=f"x{user}", name="X"),
                    "create": lambda number=number: many.users.create(name=f"C{number}", deadline=50),
                }[kind]())))
                if chance.random() < 0.3:
                    chance.choice(tasks).cancel()
                if chance.random() < 0.1:
                    await asyncio.sleep(chance.random())
        await asyncio.sleep(0)
        assert mine() == set()
        assert sum(ended.values()) + sum(task.cancelled() for task in tasks) >= len(tasks)
        assert ended["ok"] > 100
        assert r.zd.limits["connections"].used == 0
        names = Counter(user.name for user in r.account.state.users.values() if user.name.startswith("C"))
        assert set(names.values()) <= {1}
