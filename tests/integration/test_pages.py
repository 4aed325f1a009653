"""Listings: both kinds of pages, to the end and not a request further."""

from __future__ import annotations

import asyncio
import gc
from contextlib import AsyncExitStack, aclosing

import attrs
import pytest

from zdasync import BadArgument, BadRequest, NotFound, Page, PaginationLimit, UnexpectedReply, User
from zdasync.simulator import CUSTOMER_ID, Fault

from .conftest import serve, until

ANYTHING = "role:end-user"


@pytest.fixture
async def elsewhere():
    """Another host, and what it was asked for."""
    async with AsyncExitStack() as stack:
        requests = []
        reply = {"users": [{"id": 1, "name": "Mallory"}], "meta": {"has_more": False}}
        yield await serve(stack, [reply], requests), requests


def tasks() -> set[asyncio.Task]:
    """Tasks of listings; the server's and aiohttp's own are none."""
    return {task for task in asyncio.all_tasks() if "_fetch" in task.get_coro().__qualname__}


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


# --- cursor pages


@pytest.mark.parametrize(("users", "requests"), [(0, 1), (95, 1), (96, 1), (97, 2), (196, 2), (197, 3)])
async def test_no_request_after_the_last_page(start, users, requests) -> None:
    stage = await start(users=users)
    found = [user.id async for user in stage.zd.users.list()]
    assert found == stage.account.state.user_ids
    assert stage.account.requests == requests


async def test_the_last_page_has_a_cursor_all_the_same(start) -> None:
    stage = await start()
    page = await stage.zd.users.list().raw()
    assert page["meta"]["has_more"] is False
    assert page["meta"]["after_cursor"]
    assert page["links"]["next"]
    typed = await stage.zd.users.list()
    assert (typed.has_more, typed.after_cursor) == (False, page["meta"]["after_cursor"])


async def test_the_first_page_is_a_sequence(start) -> None:
    stage = await start(users=20)
    page = await stage.zd.users.list(page_size=7)
    ids = stage.account.state.user_ids
    assert isinstance(page, Page)
    assert [user.id for user in page] == ids[:7]
    assert (len(page), page[0].id, page[-1].id, [user.id for user in page[1:3]]) == (7, ids[0], ids[6], ids[1:3])
    assert page[2] in page
    assert (page.has_more, page.count) == (True, None)
    assert stage.account.requests == 1


async def test_page_by_page(start) -> None:
    stage = await start(users=20)
    sizes = [(len(page), page.has_more) async for page in stage.zd.users.list(page_size=10).pages()]
    assert sizes == [(10, True), (10, True), (4, False)]


@pytest.mark.parametrize("size", [0, 101, -1, "10", None, 2.0, True])
async def test_a_page_size_that_is_none(start, size) -> None:
    stage = await start()
    with pytest.raises(BadArgument, match="page_size"):
        stage.zd.users.list(page_size=size)
    assert stage.sent == []


async def test_nothing_is_sent_until_it_is_awaited_and_each_time_anew(start) -> None:
    stage = await start()
    listing = stage.zd.users.list()
    call = stage.zd.users.show(CUSTOMER_ID)
    assert stage.account.requests == 0
    await listing
    await listing
    await call
    await call
    assert stage.account.requests == 4


async def test_users_who_come_and_go_meanwhile_are_neither_missed_nor_repeated(start) -> None:
    stage = await start(users=30)
    before = stage.account.state.user_ids[4:]
    found = []
    async for page in stage.zd.users.list(page_size=10).pages():
        found += [user.id for user in page]
        gone = stage.user(before.pop(0))
        stage.account.state.delete_user(gone, stage.account.now())
    assert len(found) == len(set(found))
    assert set(before) <= set(found)


# --- where to go on


async def test_a_listing_goes_on_from_its_cursor(start) -> None:
    stage = await start(users=250)
    ids = stage.account.state.user_ids
    listing = stage.zd.users.list()
    assert listing.cursor is None
    seen = []
    async with aclosing(aiter(listing)) as users:
        async for user in users:
            seen.append(user.id)
            if len(seen) == 150:
                break
    stage.forget()
    rest = [user.id async for user in stage.zd.users.list(cursor=listing.cursor)]
    # The page that was not taken to its end comes again, and nothing is left out.
    assert rest == ids[100:]
    assert set(seen + rest) == set(ids)
    assert stage.account.log[0].query.count("page%5Bafter%5D") == 1


async def test_a_page_tells_where_the_next_one_begins(start) -> None:
    stage = await start(users=20)
    first = await stage.zd.users.list(page_size=5, role="end-user")
    second = await stage.zd.users.list(page_size=5, role="end-user", cursor=first.after_cursor)
    everybody = [user.id async for user in stage.zd.users.list(role="end-user")]
    assert [user.id for user in [*first, *second]] == everybody[:10]


async def test_a_cursor_that_the_server_does_not_know(start) -> None:
    stage = await start()
    with pytest.raises(BadRequest) as caught:
        await stage.zd.users.list(cursor="made-up")
    assert caught.value.code == "InvalidPaginationParameter"
    with pytest.raises(BadArgument, match="cursor"):
        stage.zd.users.list(cursor="")


# --- offset pages


async def test_offset_pages_to_the_end(start) -> None:
    stage = await start(users=250)
    expected = [user.id for user in stage.account.state.active_users() if user.role == "end-user"]
    listing = stage.zd.users.search(ANYTHING)
    assert [user.id async for user in listing] == expected
    assert [dict(query).get("page") for query in stage.queries] == [None, "2", "3"]
    assert {dict(query)["query"] for query in stage.queries} == {ANYTHING}
    assert listing.cursor is None
    page = await listing
    assert (page.count, page.has_more, page.after_cursor) == (len(expected), True, None)


async def test_a_full_last_offset_page(start) -> None:
    stage = await start(users=98)
    assert len([user async for user in stage.zd.users.search("name:*", per_page=51)]) == 102
    assert stage.account.requests == 2


@pytest.mark.parametrize("answer", ["400", "429 text"])
async def test_offset_pages_end_at_ten_thousand_and_the_error_names_the_cure(start, answer) -> None:
    stage = await start(settings={"deep_page_answer": answer})
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(PaginationLimit, match="cursor") as caught:
        await stage.zd.request("GET", "/api/v2/users", params={"page": 101, "per_page": 100})
    assert caught.value.status == int(answer[:3])
    # Waiting cures nothing, so nothing was sent again.
    assert stage.account.requests == 1
    assert loop.time() - began < 1


async def test_a_search_ends_at_ten_thousand_after_all_of_them_have_come(start) -> None:
    stage = await start(users=10_200)
    found, error = await until(PaginationLimit, stage.zd.users.search(ANYTHING).into(Narrow))
    assert len({user.id for user in found}) == len(found) == 10_000
    assert (error.operation, error.code) == ("users.search", "InvalidPaginationDepth")


async def test_cursor_pages_that_nobody_asked_for(script) -> None:
    first = {"users": [{"id": 1}], "meta": {"has_more": True, "after_cursor": "b"}, "links": {"next": "http://x/"}}
    last = {"users": [{"id": 2}], "meta": {"has_more": False, "after_cursor": "c"}, "links": {"next": "http://x/"}}
    stage = await script(first, last)
    assert [user.id async for user in stage.zd.users.search("q")] == [1, 2]
    assert stage.requests[1].query["page[after]"] == "b"


# --- what leads astray


async def test_a_cursor_that_repeats_ends_the_listing_with_an_error(script) -> None:
    page = {"users": [{"id": 1}], "meta": {"has_more": True, "after_cursor": "a"}, "links": {}}
    stage = await script(page, page | {"users": [{"id": 2}]})
    found, error = await until(UnexpectedReply, stage.zd.users.list())
    assert [user.id for user in found] == [1]
    assert "leads back" in error.message
    assert len(stage.requests) == 2


async def test_cursors_that_go_in_a_circle(script) -> None:
    pages = [
        {"users": [{"id": number}], "meta": {"has_more": True, "after_cursor": cursor}}
        for number, cursor in enumerate("abcb")
    ]
    stage = await script(*pages)
    found, _ = await until(UnexpectedReply, stage.zd.users.list())
    assert [user.id for user in found] == [0, 1, 2]


async def test_an_offset_link_that_leads_back(script) -> None:
    page = {"users": [{"id": 1}], "next_page": "http://127.0.0.1/api/v2/users/search.json?page=1", "count": 9}
    stage = await script(page)
    with pytest.raises(UnexpectedReply, match="leads back"):
        [user async for user in stage.zd.users.search("q")]
    assert len(stage.requests) == 1


@pytest.mark.parametrize("kind", ["cursor", "offset"])
async def test_links_to_another_host_over_plain_http_are_not_followed(start, elsewhere, kind) -> None:
    url, requests = elsewhere
    stage = await start(users=250, faults=[Fault("GET /api/v2/users*", "next_link", location=url)])
    listing = stage.zd.users.list() if kind == "cursor" else stage.zd.users.search(ANYTHING)
    page = await listing.raw()
    assert url in (page["links"]["next"] if kind == "cursor" else page["next_page"])
    assert len([user async for user in listing]) > 200
    assert requests == []


async def test_a_redirect_to_another_host_is_refused(start, elsewhere) -> None:
    url, requests = elsewhere
    stage = await start(faults=[Fault("GET /api/v2/users", "redirect", location=url)])
    with pytest.raises(UnexpectedReply) as caught:
        await stage.zd.users.list()
    assert caught.value.status == 302
    assert requests == []


# --- reading ahead


async def test_the_next_page_is_fetched_while_the_present_one_is_out(start) -> None:
    stage = await start(users=300, latency=1.0)
    loop = asyncio.get_running_loop()
    began = loop.time()
    async for page in stage.zd.users.list().pages():
        assert page.records
        await asyncio.sleep(1.0)
    # Four pages of a second each, and only the first and the last second are not shared.
    assert loop.time() - began == pytest.approx(5.0, abs=0.2)


async def test_never_more_than_one_page_ahead(start) -> None:
    stage = await start(users=500)
    async with aclosing(aiter(stage.zd.users.list())) as users:
        await anext(users)
        await asyncio.sleep(60)
        assert stage.account.requests == 2


@pytest.mark.parametrize("taken", [1, 100, 101])
async def test_closing_early_leaves_no_task(start, taken) -> None:
    stage = await start(users=300, latency=0.5)
    async with aclosing(aiter(stage.zd.users.list())) as users:
        for _ in range(taken):
            await anext(users)
    assert tasks() == set()
    assert stage.zd.limits["connections"].used == 0


async def test_breaking_out_leaves_no_task_either(start) -> None:
    stage = await start(users=300, latency=0.5)
    async for user in stage.zd.users.list():
        assert user.id
        break
    await settled()
    assert tasks() == set()


async def test_cancelling_the_reader_ends_the_read_ahead(start) -> None:
    stage = await start(users=300, latency=0.5)

    async def read() -> None:
        async for _ in stage.zd.users.list():
            await asyncio.sleep(0.1)

    reader = asyncio.ensure_future(read())
    await asyncio.sleep(1.0)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    await settled()
    assert tasks() == set()


async def test_an_error_of_the_next_page_waits_for_its_turn(start) -> None:
    stage = await start(users=150, faults=[Fault("GET /api/v2/users", "error", calls=(2,), status=404)])
    found, _ = await until(NotFound, stage.zd.users.list())
    assert len(found) == 100


async def test_an_error_that_nobody_comes_for_is_no_warning(start) -> None:
    stage = await start(users=150, faults=[Fault("GET /api/v2/users", "error", calls=(2,), status=404)])
    async with aclosing(aiter(stage.zd.users.list())) as users:
        await anext(users)
        await asyncio.sleep(5)
    assert tasks() == set()


async def test_a_page_that_fails_once_is_asked_for_again(start) -> None:
    stage = await start(users=250, faults=[Fault("GET /api/v2/users", "reset_before", calls=(2,))])
    assert [user.id async for user in stage.zd.users.list()] == stage.account.state.user_ids


# --- raw, and the caller's own class


@attrs.frozen
class Narrow:
    id: int
    name: str = ""


async def test_raw_pages_are_untouched(start) -> None:
    stage = await start(users=120)
    pages = [page async for page in stage.zd.users.list().raw()]
    assert [len(page["users"]) for page in pages] == [100, 24]
    assert all(set(page) == {"users", "meta", "links"} for page in pages)
    assert pages[0]["users"][0]["created_at"] == "2021-11-14T22:15:17Z"


async def test_records_of_the_callers_own_class(start) -> None:
    stage = await start(users=120)
    found = [user async for user in stage.zd.users.list().into(Narrow)]
    assert {type(user) for user in found} == {Narrow}
    assert [user.id for user in found] == stage.account.state.user_ids
    page = await stage.zd.users.list(page_size=3).into(Narrow)
    assert page[2] == Narrow(CUSTOMER_ID, "Carla Customer")
    with pytest.raises(BadArgument, match="attrs"):
        stage.zd.users.list().into(dict)


class Extended(User, frozen=True, kw_only=True):
    hologram: str = "none yet"


@attrs.frozen
class Shouting:
    id: int
    name: str = attrs.field(converter=str.upper)


async def test_a_record_with_a_field_more_and_a_class_with_a_converter(start) -> None:
    stage = await start()
    extended = await stage.zd.users.show(CUSTOMER_ID).into(Extended)
    assert (extended.email, extended.hologram) == ("customer@example.com", "none yet")
    page = await stage.zd.users.list().into(Shouting)
    assert page[2] == Shouting(CUSTOMER_ID, "CARLA CUSTOMER")
    assert stage.drifts == []


@pytest.mark.parametrize(
    "walk",
    [
        lambda zd: aiter(zd.users.list(page_size=50)),
        lambda zd: zd.users.list(page_size=50).pages(),
        lambda zd: aiter(zd.users.list(page_size=50).raw()),
        lambda zd: aiter(zd.incremental.users(0, per_page=50)),
        lambda zd: zd.incremental.users(0, per_page=50).pages(),
        lambda zd: aiter(zd.incremental.users(0, per_page=50).raw()),
    ],
    ids=["records", "pages", "raw", "export", "pages of an export", "raw export"],
)
async def test_what_is_left_in_its_loop_and_is_garbage_ends_without_a_word(start, walk) -> None:
    stage = await start(users=250)
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    before = asyncio.all_tasks()
    circle: list[object] = [walk(stage.zd)]
    circle.append(circle)  # so that the garbage collection finds all of it at once
    await anext(circle[0])
    del circle
    gc.collect()
    await asyncio.sleep(1)
    assert told == []
    assert {task for task in asyncio.all_tasks() - before if "RequestHandler" not in repr(task)} == set()
