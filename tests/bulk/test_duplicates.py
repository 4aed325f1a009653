"""Keys that were seen before, against a dictionary that remembers them all."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zdasync.bulk import duplicates
from zdasync.bulk.duplicates import KeyIndex, key_hash
from zdasync.errors import LedgerError


def test_the_latest_earlier_position_is_given_in_the_order_of_the_keys():
    with KeyIndex() as index:
        assert index.add_many([(1, "email=a"), (1, "external_id=a"), (2, "email=b")]) == []
        second = [(3, "email=B"), (4, "email=a"), (5, "email=A"), (6, "email=c")]
        assert index.add_many(second) == [(3, 2), (4, 1), (5, 4)]
        assert index.add_many([(7, "email=b"), (7, "email=a"), (7, "external_id=A")]) == [(7, 3), (7, 5), (7, 1)]
        assert index.add_many([]) == []


def test_a_key_that_one_row_has_twice_is_no_repetition():
    with KeyIndex() as index:
        assert index.add_many([(1, "a"), (1, "A")]) == []
        assert index.add_many([(1, "a")]) == []
        assert index.add_many([(2, "a"), (2, "a")]) == [(2, 1)]


keys = st.lists(st.lists(st.sampled_from("abcDEFd") | st.text(max_size=2), max_size=3), max_size=25)


@pytest.mark.parametrize(("recent", "bits"), [(50_000, 26), (3, 26), (4, 3)])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=keys, at_once=st.integers(1, 6))
def test_as_a_dictionary_would(monkeypatch, recent, bits, rows, at_once):
    monkeypatch.setattr(duplicates, "_RECENT", recent)
    monkeypatch.setattr(duplicates, "_BITS", bits)
    pairs = [(position, key) for position, row in enumerate(rows, 1) for key in dict.fromkeys(row)]
    seen: dict[str, int] = {}
    expected = []
    for position, key in pairs:
        if seen.get(key.casefold(), position) < position:
            expected.append((position, seen[key.casefold()]))
        seen[key.casefold()] = position
    with KeyIndex() as index:
        found = [one for i in range(0, len(pairs), at_once) for one in index.add_many(pairs[i : i + at_once])]
    assert found == expected


def test_it_spills_to_the_disk_and_forgets_nothing(monkeypatch):
    monkeypatch.setattr(duplicates, "_CACHE", 100)
    monkeypatch.setattr(duplicates, "_RECENT", 4_000)
    with KeyIndex() as index:
        for start in range(0, 30_000, 1000):
            assert index.add_many([(i, f"email={i}@example.org") for i in range(start, start + 1000)]) == []
        again = [(40_000 + i, f"email={i}@Example.org") for i in range(0, 30_000, 10)]
        assert index.add_many(again) == [(40_000 + i, i) for i in range(0, 30_000, 10)]


def test_hashes_are_the_same_in_every_process_and_whatever_the_case():
    code = "from zdasync.bulk.duplicates import key_hash; print(key_hash('email=\u00c4DA@b.c'))"
    env = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True, text=True)
    assert int(ran.stdout) == key_hash("email=\u00e4da@b.c")
    assert key_hash("email=x") != key_hash("external_id=x")
    assert -(2**63) <= key_hash("email=x") < 2**63


def test_a_full_disk_is_an_error_that_says_what_to_do_and_nothing_is_half_known(monkeypatch):
    monkeypatch.setattr(duplicates, "_RECENT", 1)
    index = KeyIndex()
    index.add_many([(1, "a")])

    class Full:
        def execute(self, *_):
            raise sqlite3.OperationalError("database or disk is full")

        def close(self):
            pass

    index._db.close()
    index._db = Full()
    with pytest.raises(LedgerError, match="TMPDIR") as caught:
        index.add_many([(2, "a")])
    assert caught.value.reason == "full"
    with pytest.raises(RuntimeError, match="closed"):
        index.add_many([(2, "a")])


def test_closing_twice_does_no_harm():
    index = KeyIndex()
    index.close()
    index.close()
    with pytest.raises(RuntimeError, match="closed"):
        index.add_many([(1, "a")])
