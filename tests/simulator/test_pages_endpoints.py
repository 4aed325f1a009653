from collections.abc import Sequence

import pytest
from endpoint_caller import BASE, START, Api

from zdasync.simulator.http import Actor, Call
from zdasync.simulator.pages import paginate
from zdasync.simulator.settings import Settings
from zdasync.simulator.state import AGENT_ID


@pytest.fixture
def api():
    return Api(users=246)


def pages(api, first, way="next"):
    reply = api.get(first)
    while True:
        yield reply.body
        link = reply.body["links"][way]
        if link is None:
            return
        reply = api.get(link)


def test_cursor_pages_cover_everything_once(api):
    seen = [body for body in pages(api, "/users?page[size]=100") if body["users"]]
    assert [len(body["users"]) for body in seen] == [100, 100, 50]
    ids = [user["id"] for body in seen for user in body["users"]]
    assert ids == api.state.user_ids
    assert [body["meta"]["has_more"] for body in seen] == [True, True, False]
    assert all("count" not in body for body in seen)


def test_last_page_has_a_link_to_an_empty_one(api):
    *_, last, empty = pages(api, "/users?page[size]=100")
    assert last["meta"]["has_more"] is False
    assert last["meta"]["after_cursor"]
    assert last["links"]["next"].startswith(f"{BASE}/api/v2/users.json?page%5Bafter%5D=")
    assert empty["users"] == []
    assert empty["meta"] == {"has_more": False, "after_cursor": None, "before_cursor": None}
    assert empty["links"] == {"prev": None, "next": None}


def test_pages_backwards(api):
    last = list(pages(api, "/users?page[size]=100"))[-2]
    before = api.get(last["links"]["prev"]).body
    assert [user["id"] for user in before["users"]] == api.state.user_ids[100:200]
    assert before["meta"]["has_more"]
    first = api.get(before["links"]["prev"]).body
    assert [user["id"] for user in first["users"]] == api.state.user_ids[:100]
    assert not first["meta"]["has_more"]


def test_descending_ids(api):
    bodies = list(pages(api, "/users?page[size]=100&sort=-id"))
    assert [user["id"] for body in bodies for user in body["users"]] == api.state.user_ids[::-1]


def test_sorted_by_date(api):
    bodies = list(pages(api, "/users?page[size]=100&sort=-updated_at"))
    dates = [user["updated_at"] for body in bodies for user in body["users"]]
    assert dates == sorted(dates, reverse=True)
    assert len(dates) == 250


def test_links_preserve_filters(api):
    body = api.get("/users?page[size]=2&role[]=end-user&role[]=admin&include=groups").body
    assert "role%5B%5D=end-user" in body["links"]["next"]
    assert "role%5B%5D=admin" in body["links"]["next"]
    assert "include=groups" in body["links"]["next"]
    following = api.get(body["links"]["next"]).body
    assert {user["role"] for user in following["users"]} <= {"end-user", "admin"}
    assert following["groups"] == []


def test_filtered_cursor_pages_are_full(api):
    body = api.get("/users?page[size]=100&role=end-user").body
    assert len(body["users"]) == 100


@pytest.mark.parametrize("sort", ["created_at", "-name", "nonsense"])
def test_sorts_that_cursors_do_not_know(api, sort):
    refused = api.refused("GET", f"/users?page[size]=5&sort={sort}")
    assert refused.status == 400
    assert refused.body["errors"][0]["code"] == "InvalidPaginationParameter"
    assert refused.body["errors"][0]["title"] == "sort is not valid"


def test_sort_by_is_dropped_with_cursors(api):
    plain = api.get("/users?page[size]=5").body["users"]
    assert api.get("/users?page[size]=5&sort_by=name").body["users"] == plain


@pytest.mark.parametrize(
    "query",
    ["page[size]=0", "page[size]=x", "page[size]=5&page[after]=%%%", "page[size]=5&page[after]=bm9uZQ==",
     "page[size]=5&page=2", "page[size]=5&page[after]=eyJvIjogImlkIiwgInYiOiAieCJ9",
     "page=x", "per_page=-1", "page=" + "9" * 5000],
)
def test_bad_paging_parameters(api, query):
    assert api.refused("GET", f"/users?{query}").status == 400


def test_cursors_belong_to_their_sort(api):
    cursor = api.get("/users?page[size]=5").body["meta"]["after_cursor"]
    query = {"page[size]": 5, "page[after]": cursor, "sort": "updated_at"}
    assert api.refused("GET", "/users", **query).status == 400


def test_page_size_above_the_maximum():
    assert len(Api(users=200).get("/users?page[size]=150").body["users"]) == 100
    assert Api(users=200, oversize_page="refuse").refused("GET", "/users?page[size]=150").status == 400


def test_offset_pages(api):
    first = api.get("/users").body
    assert (len(first["users"]), first["count"], first["previous_page"]) == (100, 250, None)
    assert first["next_page"] == f"{BASE}/api/v2/users.json?page=2"
    second = api.get(first["next_page"]).body
    third = api.get(second["next_page"]).body
    assert third["next_page"] is None
    assert third["previous_page"] == f"{BASE}/api/v2/users.json?page=2"
    assert [user["id"] for body in (first, second, third) for user in body["users"]] == api.state.user_ids
    assert len(api.get("/users?per_page=500").body["users"]) == 100


def test_offset_pages_sort_by(api):
    names = [user["name"] for user in api.get("/users?sort_by=name&sort_order=desc").body["users"]]
    assert names == sorted(names, reverse=True)


def test_urls_without_suffix():
    api = Api(users=200, dot_json_urls=False)
    assert api.get("/users").body["next_page"] == f"{BASE}/api/v2/users?page=2"


def test_offset_depth(api):
    assert api.get("/users?page=100").status == 200
    for query in ("page=101", "page=1001&per_page=10"):
        refused = api.refused("GET", f"/users?{query}")
        assert refused.status == 400
        assert refused.body["errors"][0]["code"] == "InvalidPaginationDepth"


def test_offset_depth_as_in_2023():
    refused = Api(deep_page_answer="429 text").refused("GET", "/users?page=101")
    assert (refused.status, refused.body) == (429, "Pagination limit reached for offset model")
    assert refused.headers["Content-Type"].startswith("text/plain")


def test_search_knows_offset_pages_only(api):
    refused = api.refused("GET", "/users/search?query=*&page[size]=5")
    assert refused.status == 400
    assert refused.body["errors"][0]["title"] == "page must be an integer"
    assert api.refused("GET", "/users/search?query=*&page=101").status == 400
    body = api.get("/users/search?query=*&per_page=10").body
    assert (len(body["users"]), body["count"]) == (10, 250)


def test_some_lists_answer_with_cursors_unasked(api):
    body = api.get("/sessions").body
    assert set(body) == {"sessions", "meta", "links"}
    assert {"count", "next_page"} <= set(api.get(f"/users/{AGENT_ID}/identities").body)


def test_a_deleted_row_does_not_disturb_cursors(api):
    body = api.get("/users?page[size]=3&role=end-user").body
    api.state.delete_user(api.state.users[body["users"][-1]["id"]], api.at)
    following = api.get(body["links"]["next"]).body["users"]
    assert body["users"][-1]["id"] < following[0]["id"]
    assert len(following) == 3


class Rows(Sequence):
    """A million rows that count how often they are read."""

    reads = 0

    def __len__(self):
        return 1_000_000

    def __getitem__(self, index):
        self.reads += 1
        return index


@pytest.mark.parametrize("query", [{}, {"sort": ["-id"]}])
def test_a_cursor_page_reads_little_more_than_itself(query):
    def page(rows, **more):
        query_ = {"page[size]": ["100"], **query, **more}
        call = Call("GET", "/x", {}, query_, {}, None, None, Actor(None), START, BASE)
        return paginate(call, rows, "rows", settings=Settings())

    cursor = page(Rows())["meta"]["after_cursor"]
    for name in ("page[after]", "page[before]"):
        rows = Rows()
        page(rows, **{name: [cursor]})
        assert rows.reads < 100 + 1 + 40
