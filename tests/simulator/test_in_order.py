"""Records that are put in order when somebody reads them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zdasync.simulator.in_order import InOrder

KEYS = st.integers(0, 40)


@given(st.lists(st.tuples(KEYS, st.none() | st.integers(0, 9), st.booleans()), max_size=120))
def test_it_is_as_if_all_were_sorted_at_every_look(changes):
    values = {}
    order = InOrder(lambda key: (values[key], key), lambda key: values.get(key) is not None)
    for key, value, look in changes:
        values[key] = value
        order.moved(key)
        if look:
            kept = [key for key in values if values[key] is not None]
            assert list(order.rows()) == sorted(kept, key=lambda key: (values[key], key))


@given(st.dictionaries(KEYS, st.integers(0, 9)))
def test_all_at_once(values):
    order = InOrder(lambda key: (values[key], key), lambda key: values[key] > 3)
    order.load(values)
    assert list(order.rows()) == sorted((k for k in values if values[k] > 3), key=lambda k: (values[k], k))


def test_nothing_is_sorted_when_nothing_has_moved():
    looked = []
    order = InOrder(lambda key: looked.append(key) or key)
    order.load(range(100))
    looked.clear()
    assert order.rows() is order.rows()
    assert looked == []
