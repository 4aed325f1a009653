"""Values of an account's own fields by title: what is read, what is written, what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdasync import BadArgument, UnexpectedReply
from zdasync.custom_fields import OrganizationCustomFields, TicketCustomFields, UserCustomFields
from zdasync.records import Organization, User
from zdasync.records._record import JsonValue, Record
from zdasync.records.fields import FieldOption, OrganizationField, TicketField, UserField

OPTIONS = (
    FieldOption(id=1, name="Gold", value="gold"),
    FieldOption(id=2, name="Silver plate", value="silver"),
    FieldOption(id=3, name="Bronze", value="bronze"),
)
TYPES = (
    "text", "textarea", "regexp", "partialcreditcard", "integer", "decimal", "date", "checkbox", "tagger", "dropdown",
    "multiselect", "lookup",
)
READ_BY = {
    "text": "text", "textarea": "text", "regexp": "text", "partialcreditcard": "text", "integer": "number",
    "decimal": "number", "date": "date", "checkbox": "flag", "tagger": "choice", "dropdown": "choice",
    "multiselect": "choices", "lookup": "lookup",
}


class Value(Record, frozen=True, kw_only=True):
    id: int
    value: JsonValue = None


class Ticket(Record, frozen=True, kw_only=True):
    custom_fields: tuple[Value, ...] = ()


def options(kind: str) -> tuple[FieldOption, ...]:
    return OPTIONS if kind in ("tagger", "dropdown", "multiselect") else ()


TICKETS = TicketCustomFields([
    TicketField(id=20, type="subject", title="Subject"),
    TicketField(id=21, type="tickettype", title="Type"),
    *(TicketField(id=30 + n, type=kind, title=f"A {kind}", custom_field_options=options(kind))
      for n, kind in enumerate(TYPES)),
])
KEYED = {
    kind: {"type": kind, "title": f"A {kind}", "key": f"k_{kind}", "custom_field_options": options(kind)}
    for kind in TYPES
}
USERS = UserCustomFields([UserField(id=n, **fields) for n, fields in enumerate(KEYED.values())])
ORGANIZATIONS = OrganizationCustomFields([OrganizationField(id=n, **fields) for n, fields in enumerate(KEYED.values())])


def ticket(kind: str, value: Any) -> Ticket:
    field_id = 30 + TYPES.index(kind)
    return Ticket(custom_fields=(Value(id=1, value="other"), Value(id=field_id, value=value)))


def read(kind: str, value: Any) -> Any:
    """What a ticket's field of this type gives that holds the value."""
    return getattr(TICKETS, READ_BY[kind])(ticket(kind, value), f"A {kind}")


def written(kind: str, value: Any) -> Any:
    (row,) = TICKETS.written({f"A {kind}": value})
    assert row["id"] == 30 + TYPES.index(kind)
    return row["value"]


def refused(call: Any) -> str:
    with pytest.raises(BadArgument) as caught:
        call()
    return str(caught.value)


# --- what is written comes back


VALUES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("text", "textarea", "regexp", "partialcreditcard"), st.text()),
    "integer": st.integers(-(2**63), 2**63 - 1),
    "decimal": st.floats(-1e300, 1e300),
    "date": st.dates(),
    "checkbox": st.booleans(),
    **dict.fromkeys(("tagger", "dropdown"), st.sampled_from(["gold", "silver", "bronze"])),
    "multiselect": st.lists(st.sampled_from(["gold", "silver", "bronze"]), unique=True),
    "lookup": st.integers(0, 2**63 - 1),
}


@given(st.fixed_dictionaries({}, optional={f"A {kind}": values for kind, values in VALUES.items()}))
def test_what_is_written_comes_back(values: dict[str, Any]) -> None:
    rows = msgspec.json.decode(msgspec.json.encode(TICKETS.written(values)))
    back = Ticket(custom_fields=tuple(Value(**row) for row in rows))
    by_key = msgspec.json.decode(msgspec.json.encode(USERS.written(values)))
    user, organization = User(id=1, user_fields=by_key), Organization(id=1, organization_fields=by_key)
    assert ORGANIZATIONS.written(values) == USERS.written(values)
    for kind in TYPES:
        title, method = f"A {kind}", READ_BY[kind]
        wanted = values.get(title, [] if kind == "multiselect" else None)
        assert getattr(TICKETS, method)(back, title) == wanted
        assert getattr(USERS, method)(user, f"k_{kind}") == wanted
        assert getattr(ORGANIZATIONS, method)(organization, title) == wanted


@pytest.mark.parametrize("kind", TYPES)
def test_none_clears(kind: str) -> None:
    assert written(kind, None) == ([] if kind == "multiselect" else None)
    assert USERS.written({f"k_{kind}": None}) == {f"k_{kind}": [] if kind == "multiselect" else None}


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_not_there_is_none(kind: str) -> None:
    nothing: Any = [] if kind == "multiselect" else None
    assert read(kind, None) == nothing
    assert getattr(TICKETS, READ_BY[kind])(Ticket(), f"A {kind}") == nothing
    assert getattr(USERS, READ_BY[kind])(User(id=1), f"A {kind}") == nothing
    assert read(kind, "") == ("" if READ_BY[kind] == "text" else nothing)


# --- what Zendesk gives, bent into one type


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        ("integer", "745", 745),
        ("integer", "-7", -7),
        ("integer", 5.0, 5),
        ("integer", "9223372036854775807", 9223372036854775807),
        ("decimal", "5.20", 5.2),
        ("decimal", 5, 5.0),
        ("decimal", "1e3", 1000.0),
        ("date", "2026-05-01", dt.date(2026, 5, 1)),
        ("date", "2026-05-01T00:00:00+00:00", dt.date(2026, 5, 1)),
        ("date", "2026-05-01T00:00:00Z", dt.date(2026, 5, 1)),
        ("tagger", "no_longer_there", "no_longer_there"),
        ("multiselect", ["gold", "gone"], ["gold", "gone"]),
        ("lookup", "35436", 35436),
        ("lookup", "01J5XK", "01J5XK"),
    ],
)
def test_values_as_they_come(kind: str, value: Any, wanted: Any) -> None:
    found = read(kind, value)
    assert (found, type(found)) == (wanted, type(wanted))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 5), ("textarea", ["x"]), ("regexp", True),
        ("integer", "five"), ("integer", True), ("integer", 5.5), ("integer", []), ("integer", "nan"),
        ("integer", "1e400"), ("integer", "9" * 301), ("decimal", 10**400), ("decimal", "1e400"),
        ("decimal", "five"), ("decimal", False), ("decimal", "inf"),
        ("date", "first of May"), ("date", "2026-02-30"), ("date", 20260501), ("date", "20260501"),
        ("checkbox", "true"), ("checkbox", 1),
        ("tagger", 5), ("tagger", ["gold"]), ("multiselect", "gold"), ("multiselect", ["gold", 5]),
        ("lookup", 5.5), ("lookup", True),
    ],
)
def test_a_value_of_another_type_says_so(kind: str, value: Any) -> None:
    with pytest.raises(UnexpectedReply) as caught:
        read(kind, value)
    message = str(caught.value)
    assert f"'A {kind}' ({kind}, id {30 + TYPES.index(kind)})" in message
    assert repr(value)[:100] in message
    assert TICKETS.get(ticket(kind, value), f"A {kind}") == value


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(UnexpectedReply) as caught:
        read("integer", "x" * 5000)
    assert len(str(caught.value)) < 400


# --- names


def test_a_field_is_named_by_title_key_or_id() -> None:
    user = User(id=1, user_fields={"k_integer": 5})
    for name in ("A integer", "k_integer", TYPES.index("integer")):
        assert USERS.number(user, name) == USERS.get(user, name) == 5
    assert TICKETS.number(ticket("integer", 5), 34) == 5


def test_unknown_names_come_with_those_that_are_close() -> None:
    message = refused(lambda: TICKETS.text(Ticket(), "A texst"))
    assert "did you mean 'A text'" in message
    assert "12 that were listed" in message
    assert "did you mean" not in refused(lambda: TICKETS.text(Ticket(), "zzz"))
    assert "no field 99" in refused(lambda: TICKETS.get(Ticket(), 99))
    for odd in (None, True, 1.0, ["A text"]):
        assert "no field" in refused(lambda odd=odd: USERS.get(User(id=1), odd))


def test_a_title_that_two_fields_have() -> None:
    fields = TicketCustomFields([
        TicketField(id=1, type="text", title="Order"), TicketField(id=2, type="integer", title="Order"),
    ])
    message = refused(lambda: fields.text(Ticket(), "Order"))
    assert "names 2 fields" in message
    assert "id 1)" in message
    assert "id 2)" in message
    assert refused(lambda: fields.written({"Order": "x"})) == message
    assert fields.text(Ticket(custom_fields=(Value(id=1, value="x"),)), 1) == "x"


def test_a_title_that_is_another_field_s_key() -> None:
    fields = UserCustomFields([
        UserField(id=1, type="text", title="tier", key="level"), UserField(id=2, type="text", title="Tier", key="tier"),
    ])
    assert "names 2 fields" in refused(lambda: fields.get(User(id=1), "tier"))
    assert fields.get(User(id=1, user_fields={"tier": "x"}), "Tier") == "x"


def test_a_key_that_is_the_title_as_well() -> None:
    fields = UserCustomFields([UserField(id=1, type="text", title="tier", key="tier")])
    assert fields.text(User(id=1, user_fields={"tier": "x"}), "tier") == "x"


def test_zendesk_s_own_fields_are_attributes() -> None:
    assert "attribute subject" in refused(lambda: TICKETS.text(Ticket(), "Subject"))
    assert "attribute type" in refused(lambda: TICKETS.written({"Type": "problem"}))


def test_an_own_field_may_have_the_title_of_one_of_zendesk_s() -> None:
    fields = TicketCustomFields([
        TicketField(id=1, type="priority", title="Priority"), TicketField(id=2, type="text", title="Priority"),
    ])
    assert fields.written({"Priority": "x"}) == [{"id": 2, "value": "x"}]


def test_a_field_is_read_by_the_method_of_its_type() -> None:
    for kind in TYPES:
        for method in set(READ_BY.values()) - {READ_BY[kind]}:
            message = refused(lambda kind=kind, method=method: getattr(TICKETS, method)(Ticket(), f"A {kind}"))
            assert f"is read with {READ_BY[kind]}(), not with {method}()" in message


def test_a_type_that_is_new() -> None:
    fields = TicketCustomFields([TicketField(id=1, type="hologram", title="New")])
    record = Ticket(custom_fields=(Value(id=1, value={"x": 1}),))
    assert fields.get(record, "New") == {"x": 1}
    assert "is read with get()" in refused(lambda: fields.text(record, "New"))
    assert "type that is not known" in refused(lambda: fields.written({"New": "x"}))


def test_a_definition_without_its_key() -> None:
    with pytest.raises(UnexpectedReply, match="id 7 has no key"):
        UserCustomFields([UserField(id=7, type="text", title="x")])


def test_what_it_says_of_itself() -> None:
    assert repr(TICKETS) == "<TicketCustomFields of 12 fields>"
    assert TICKETS.titles == [f"A {kind}" for kind in TYPES]


# --- what is refused before it is written


@pytest.mark.parametrize(
    ("kind", "value", "hint"),
    [
        ("text", 5, "a string"),
        ("integer", 5.5, "a whole number"), ("integer", "5", "a whole number"), ("integer", True, "a whole number"),
        ("decimal", "5", "a number"), ("decimal", float("nan"), "a number"), ("decimal", float("inf"), "a number"),
        ("date", "1 May 2026", "2026-05-01"), ("date", dt.datetime(2026, 5, 1, tzinfo=dt.UTC), "without a time"),
        ("date", 5, "without a time"),
        ("checkbox", 1, "True or False"), ("checkbox", "true", "True or False"),
        ("tagger", 5, "one of its options"), ("tagger", "goldd", "did you mean 'gold'?"),
        ("tagger", "Silver plate", "is the name of an option whose value is 'silver'"),
        ("tagger", "zzz", "it has 'gold', 'silver', 'bronze'"),
        ("multiselect", "gold", "a list"), ("multiselect", ["gold", "tin"], "no option 'tin'"),
        ("multiselect", ["gold", None], "one of its options"),
        ("lookup", "", "the id of a record"), ("lookup", True, "the id of a record"),
    ],
)
def test_values_that_a_field_can_t_hold(kind: str, value: Any, hint: str) -> None:
    message = refused(lambda: written(kind, value))
    assert f"'A {kind}' ({kind}, id " in message
    assert hint in message


def test_dates_are_written_as_zendesk_takes_them() -> None:
    assert written("date", dt.date(2026, 5, 1)) == written("date", "2026-05-01") == "2026-05-01"


def test_a_tuple_is_a_list() -> None:
    assert written("multiselect", ("gold", "silver")) == ["gold", "silver"]


def test_options_that_the_definition_does_not_tell_are_not_checked() -> None:
    fields = TicketCustomFields([TicketField(id=1, type="tagger", title="x")])
    assert fields.written({"x": "whatever"}) == [{"id": 1, "value": "whatever"}]


def test_one_field_under_two_names() -> None:
    assert "named twice" in refused(lambda: USERS.written({"A text": "x", "k_text": "y"}))


def test_nothing_is_written_for_nothing() -> None:
    assert (TICKETS.written({}), USERS.written({})) == ([], {})
