"""Queries: what they say, and that a value stays one term whatever stands in it."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdasync.errors import BadArgument
from zdasync.query import Query
from zdasync.simulator.queries import terms

MORNING = datetime(2026, 3, 1, 6, 30, tzinfo=timezone(timedelta(hours=2)))

texts = st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: text.strip() not in ("", "*")
)

moments = st.datetimes(
    datetime(1, 1, 2), datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7))]),
)


@pytest.mark.parametrize(("query", "text"), [
    (Query(), ""),
    (Query("refund"), "refund"),
    (Query("on fire", "-help", "a:b"), '"on fire" "-help" "a:b"'),
    (Query(type="ticket", status="open"), "type:ticket status:open"),
    (Query().where(status=["open", "pending"]), "status:open status:pending"),
    (Query().where(tags=(one for one in "ab")), "tags:a tags:b"),
    (Query(assignee=None), "assignee:none"),
    (Query(is_suspended=True, is_verified=False), "is_suspended:true is_verified:false"),
    (Query(custom_field_360001="gold"), "custom_field_360001:gold"),
    (Query(id=35436, score=-1, share=1.5), 'id:35436 score:"-1" share:1.5'),
    (Query(email="ada@example.com"), "email:ada@example.com"),
    (Query(name="Zoë"), "name:Zoë"),
    (Query(name="Ada L*"), 'name:"Ada L*"'),
    (Query(subject="photo*"), "subject:photo*"),
    (Query(path="C:\\temp"), 'path:"C:\\temp"'),
    (Query(subject="(a, b)"), 'subject:"(a, b)"'),
    (Query().where(created=date(2026, 3, 1)), "created:2026-03-01"),
    (Query().ge(created=MORNING).lt(created=MORNING + timedelta(days=1)),
     "created>=2026-03-01T04:30:00Z created<2026-03-02T04:30:00Z"),
    (Query().gt(priority="normal").le(priority="urgent"), "priority>normal priority<=urgent"),
    (Query().ge(updated="4hours"), "updated>=4hours"),
    (Query().without("spam", "two words", tags=["a", "b c"]), '-spam -"two words" -tags:a -tags:"b c"'),
])
def test_what_a_query_says(query, text) -> None:
    assert str(query) == text


def test_a_query_never_changes() -> None:
    base = Query(type="user")
    more = base.where(role="agent")
    assert (str(base), str(more)) == ("type:user", "type:user role:agent")
    assert base == Query(type="user")
    assert base != more
    assert hash(base) == hash(Query(type="user"))
    assert repr(more) == "<Query type:user role:agent>"


def test_a_query_is_a_string() -> None:
    assert isinstance(Query(type="user"), str)
    assert Query(type="user") == "type:user"
    assert type(str(Query(type="user"))) is str


@pytest.mark.parametrize("turn", [lambda one: pickle.loads(pickle.dumps(one)), copy.copy, copy.deepcopy])
def test_a_query_survives_pickles_and_copies(turn) -> None:
    query = Query("two words", type="user")
    same = turn(query)
    assert (type(same), str(same)) == (Query, str(query))
    assert str(same.where(role="agent")) == '"two words" type:user role:agent'


@pytest.mark.parametrize(("wrong", "said"), [
    (lambda: Query('say "hi"'), "double quote"),
    (lambda: Query(name='say "hi"'), "name"),
    (lambda: Query(""), "something in it"),
    (lambda: Query(name="  "), "something in it"),
    (lambda: Query(tags=[]), "no values"),
    (lambda: Query(created=datetime(2026, 3, 1)), "time zone"),  # noqa: DTZ001
    (lambda: Query(score=float("nan")), "nan"),
    (lambda: Query(name=b"x"), "searched"),
    (lambda: Query(name=object()), "searched"),
    (lambda: Query(tags=[["a"]]), "searched"),
    (lambda: Query(**{"a b": "x"}), "no name"),
    (lambda: Query(**{"-a": "x"}), "no name"),
    (lambda: Query(**{"": "x"}), "no name"),
    (lambda: Query(3), "something in it"),
])
def test_what_is_refused(wrong, said) -> None:
    with pytest.raises(BadArgument, match=said):
        wrong()


@given(texts, st.sampled_from(["where", "without", "gt", "ge", "lt", "le"]))
def test_a_value_is_one_term(value, method) -> None:
    sign = {"where": ":", "without": ":", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}[method]
    query = getattr(Query(type="ticket"), method)(subject=value)
    minus = "-" if method == "without" else ""
    assert terms(str(query)) == ["type:ticket", f"{minus}subject{sign}{value}"]


@given(st.lists(texts, max_size=5))
def test_a_word_is_one_term(words) -> None:
    assert terms(str(Query(*words))) == words


@given(moments)
def test_a_time_is_one_term_that_the_reader_takes_for_a_time(moment) -> None:
    (term,) = terms(str(Query().ge(created=moment)))
    read = datetime.fromisoformat(term.removeprefix("created>="))
    assert read == moment.astimezone(UTC).replace(microsecond=0)
