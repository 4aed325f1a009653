"""How a listing goes on, from pages written out by hand."""

from __future__ import annotations

import attrs
import pytest

from zdasync._core.cursor import OFFSET, SEARCH, Trail
from zdasync.errors import UnexpectedReply

FIRST = (("role", "agent"), ("page[size]", "100"))


@attrs.frozen
class Says:
    """What a page says about the next one."""

    has_more: bool | None = None
    after_cursor: str | None = None
    next_page: str | None = None
    after_url: str | None = None
    count: int | None = None


def test_a_cursor_page_is_followed_by_its_cursor_with_the_filters_kept():
    assert Trail().next_query(FIRST, Says(has_more=True, after_cursor="A")) == (*FIRST, ("page[after]", "A"))


def test_the_cursor_of_the_page_before_is_replaced():
    query = (*FIRST, ("page[after]", "A"))
    assert Trail().next_query(query, Says(has_more=True, after_cursor="B")) == (*FIRST, ("page[after]", "B"))


def test_the_last_page_ends_the_listing_although_it_has_a_cursor_and_a_link():
    last = Says(has_more=False, after_cursor="Z", next_page="https://acme.zendesk.com/api/v2/users?page=2")
    assert Trail().next_query(FIRST, last) is None


@pytest.mark.parametrize("circle", [["A", "A"], ["A", "B", "A"], ["A", "B", "C", "B"]])
def test_a_cursor_that_comes_again_is_refused(circle):
    trail, query = Trail(), FIRST
    for cursor in circle[:-1]:
        query = trail.next_query(query, Says(has_more=True, after_cursor=cursor))
    with pytest.raises(UnexpectedReply, match="leads back"):
        trail.next_query(query, Says(has_more=True, after_cursor=circle[-1]))


def test_a_listing_that_was_continued_from_a_cursor_does_not_return_to_it():
    with pytest.raises(UnexpectedReply, match="leads back"):
        Trail().next_query((*FIRST, ("page[after]", "A")), Says(has_more=True, after_cursor="A"))


def test_more_without_a_cursor_is_refused():
    with pytest.raises(UnexpectedReply, match="no cursor"):
        Trail().next_query(FIRST, Says(has_more=True))


def test_a_cursor_page_that_nobody_asked_for_is_followed_by_its_cursor():
    query = (("query", "jdoe"), ("per_page", "50"), ("page", "1"))
    following = Trail().next_query(query, Says(has_more=True, after_cursor="A", next_page=None))
    assert following == (("query", "jdoe"), ("page[size]", "50"), ("page[after]", "A"))


def test_an_offset_page_is_followed_by_its_number_and_nothing_else_of_its_link():
    link = "http://evil.example/elsewhere?page=2&per_page=1&query=x"
    query = (("query", "jdoe"), ("per_page", "100"))
    assert Trail().next_query(query, Says(next_page=link)) == (*query, ("page", "2"))


def test_an_offset_page_without_a_link_is_the_last():
    assert Trail().next_query((("per_page", "100"),), Says()) is None


@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_offset_pages_only_go_forward(number):
    query = (("per_page", "100"), ("page", "3"))
    with pytest.raises(UnexpectedReply, match="leads back"):
        Trail().next_query(query, Says(next_page=f"https://acme.zendesk.com/api/v2/users?page={number}"))


@pytest.mark.parametrize("link", ["https://acme.zendesk.com/api/v2/users", "nonsense", "/users?page=last"])
def test_a_link_without_a_page_number_is_refused(link):
    with pytest.raises(UnexpectedReply, match="no page number"):
        Trail().next_query((("per_page", "100"),), Says(next_page=link))


def test_a_circle_longer_than_what_is_remembered_ends_too():
    trail, query, pages, length = Trail(), FIRST, 0, 1000
    with pytest.raises(UnexpectedReply, match="leads back"):
        while pages < 10 * length:
            following = trail.next_query(query, Says(has_more=True, after_cursor=str(pages % length)))
            assert following is not None
            query, pages = following, pages + 1
    assert pages < 5 * length


def test_a_trail_of_any_length_takes_the_same_room():
    trail, query = Trail(), FIRST
    for number in range(10_000):
        following = trail.next_query(query, Says(has_more=True, after_cursor=str(number)))
        assert following is not None
        query = following
    assert len(trail._recent) <= 64


AUDITS = "https://acme.zendesk.com/api/v2/ticket_audits.json"


def test_a_page_with_its_cursor_in_a_link_is_followed_by_that_cursor_and_nothing_else_of_its_link():
    query = (("limit", "100"), ("cursor", "A"))
    says = Says(after_url=AUDITS + "?cursor=B&limit=7&evil=1")
    assert Trail().next_query(query, says) == (("limit", "100"), ("cursor", "B"))
    assert Trail().next_query((("page[size]", "5"),), Says(after_url=AUDITS + "?page%5Bafter%5D=B")) == (
        ("page[size]", "5"), ("page[after]", "B"),
    )


def test_links_with_a_cursor_never_lead_in_a_circle():
    trail = Trail()
    following = trail.next_query((), Says(after_url=AUDITS + "?cursor=A"))
    following = trail.next_query(following, Says(after_url=AUDITS + "?cursor=B"))
    with pytest.raises(UnexpectedReply, match="came from"):
        trail.next_query(following, Says(after_url=AUDITS + "?cursor=A"))


def test_a_link_without_a_cursor_is_refused():
    with pytest.raises(UnexpectedReply, match="no cursor"):
        Trail().next_query((), Says(after_url=AUDITS + "?limit=5"))


LINK = "https://acme.zendesk.com/api/v2/search?page=11"


@pytest.mark.parametrize(
    ("query", "page", "beyond"),
    [
        ((("page", "10"),), Says(next_page=LINK, count=1500), True),
        ((("page", "10"),), Says(next_page=LINK), True),
        ((("page", "10"),), Says(count=1500), True),
        ((("page", "20"), ("per_page", "50")), Says(next_page=LINK), True),
        ((("page", "10"),), Says(count=1000), False),
        ((("page", "9"),), Says(next_page=LINK, count=1500), False),
        ((("page", "10"), ("per_page", "50")), Says(next_page=LINK, count=1500), False),
        ((), Says(next_page=LINK, count=1500), False),
        ((("page", "10"),), Says(has_more=True, after_cursor="A", count=1500), False),
        ((("page", "10"),), Says(after_url="https://x/?cursor=A", count=1500), False),
    ],
)
def test_the_end_of_offset_pages_is_foreseen(query, page, beyond):
    error = Trail(SEARCH).beyond(query, page)
    assert (error is not None) == beyond
    if error is not None:
        assert (error.status, error.code, error.count, error.read) == (422, "invalid", page.count, None)
        assert "search.export" in error.message


def test_each_kind_of_listing_has_its_reach():
    assert Trail().beyond((("page", "10"),), Says(next_page=LINK, count=20_000)) is None
    error = Trail(OFFSET).beyond((("page", "100"),), Says(next_page=LINK, count=20_000))
    assert (error.status, error.code) == (400, "InvalidPaginationDepth")
    assert "10,000" in error.message
