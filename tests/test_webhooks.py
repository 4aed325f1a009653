"""The verification of webhooks' signatures: what Zendesk signed passes, whatever was changed since does not."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdasync.errors import BadArgument, InvalidSignature, ZendeskError
from zdasync.webhooks import SIGNATURE, TIMESTAMP, TOLERANCE, verify, verify_headers

SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
"""The secret that Zendesk's documentation gives for tests of webhooks that are not created yet."""
AT = datetime(2026, 3, 25, 5, 9, 27, tzinfo=UTC)
STAMP = "2026-03-25T05:09:27Z"
NOW = AT.timestamp()
BODY = b'{"ticket": {"id": 35436, "subject": "caf\xc3\xa9"}}'
KNOWN = "0wgxNVGWQVFE0ju8iK4oxnu9zcWnl63Ut6Bxug9Sfq4="
"""The signature of BODY at STAMP under SECRET, by `openssl dgst -sha256 -hmac $SECRET -binary | base64`."""


def signed(body: bytes = BODY, secret: str = SECRET, stamp: str = STAMP) -> str:
    return base64.b64encode(hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).digest()).decode()


def reason(
    body: bytes = BODY, signature: str | None = None, stamp: str = STAMP, secret: object = SECRET, now: float = NOW,
    **more: float,
) -> str:
    """Why it is refused; empty when it is not."""
    signature = signed() if signature is None else signature
    try:
        assert verify(body, signature=signature, timestamp=stamp, secret=secret, now=now, **more) == AT
    except InvalidSignature as error:
        return error.reason
    return ""


def test_a_signature_that_another_program_made() -> None:
    assert verify(BODY, signature=KNOWN, timestamp=STAMP, secret=SECRET, now=NOW) == AT


def test_what_was_signed_passes() -> None:
    assert reason() == ""
    for body in (b"", b"\xff\x00", bytearray(BODY), memoryview(BODY)):
        assert reason(body, signed(bytes(body))) == ""


@given(at=st.integers(0, len(BODY) - 1), flip=st.integers(1, 255))
def test_no_byte_of_the_body_can_be_changed(at: int, flip: int) -> None:
    changed = bytearray(BODY)
    changed[at] ^= flip
    assert reason(bytes(changed)) == "mismatch"


@given(at=st.integers(0, 43), char=st.characters())
def test_no_character_of_the_signature_can_be_changed(at: int, char: str) -> None:
    signature = signed()
    changed = signature[:at] + char + signature[at + 1 :]
    assert reason(signature=changed) == ("" if changed == signature else "mismatch")


@given(at=st.integers(0, len(STAMP) - 1), char=st.characters())
def test_no_character_of_the_timestamp_can_be_changed(at: int, char: str) -> None:
    changed = STAMP[:at] + char + STAMP[at + 1 :]
    assert reason(stamp=changed, signature=signed(), now=NOW) in (
        ("",) if changed == STAMP else ("mismatch", "malformed")
    )


@given(signature=st.text(), stamp=st.text(), body=st.binary())
def test_garbage(signature: str, stamp: str, body: bytes) -> None:
    assert reason(body, signature, stamp) in ("mismatch", "malformed")
    assert reason(body, signature, STAMP) == "mismatch"


@given(st.text(min_size=1).filter(lambda other: other != SECRET and other.isascii()))
def test_another_secret(other: str) -> None:
    assert reason(secret=other) == "mismatch"


@pytest.mark.parametrize("cut", [b"", BODY[1:], BODY[:-1], BODY + b"\n", b" " + BODY])
def test_a_body_that_is_cut_or_padded(cut: bytes) -> None:
    assert reason(cut) == "mismatch"


def test_bytes_cannot_be_moved_from_the_body_to_the_timestamp() -> None:
    """What is signed is one after the other: a timestamp that is longer by a part of the body is no time."""
    assert reason(BODY[1:], stamp=STAMP + BODY[:1].decode()) == "malformed"
    for longer in ("2026-03-25T05:09:27+00:0000", "2026-03-25T05:09:27+00:00:00", "2026-03-25T05:09:27Z0"):
        assert reason(signature=signed(stamp=longer), stamp=longer) == "malformed"


@pytest.mark.parametrize(("seconds", "expected"), [
    (0, ""), (TOLERANCE, ""), (TOLERANCE + 1, "too_old"), (86_400, "too_old"),
    (-TOLERANCE, ""), (-TOLERANCE - 1, "too_new"), (-86_400, "too_new"),
])
def test_the_window_of_replays(seconds: float, expected: str) -> None:
    assert reason(now=NOW + seconds) == expected
    assert reason(now=NOW + seconds / 10, tolerance=30) == expected


def test_the_clock_is_that_of_the_machine() -> None:
    at = datetime.now(UTC)
    stamp = at.isoformat()
    assert verify(BODY, signature=signed(stamp=stamp), timestamp=stamp, secret=SECRET) == at
    old = (at - timedelta(seconds=400)).isoformat()
    with pytest.raises(InvalidSignature) as caught:
        verify(BODY, signature=signed(stamp=old), timestamp=old, secret=SECRET)
    assert caught.value.reason == "too_old"


def test_times_with_another_zone_and_without_one() -> None:
    stamp = "2026-03-25T07:09:27.000+02:00"
    assert verify(BODY, signature=signed(stamp=stamp), timestamp=stamp, secret=SECRET, now=NOW) == AT
    for bad in ("2026-03-25T05:09:27", "2026-03-25", "1774415367", "", "yesterday", "0001-01-01T00:00:00+23:59"):
        assert reason(signature=signed(stamp=bad), stamp=bad) == "malformed"


def test_an_old_request_is_only_called_old_when_it_was_ours() -> None:
    assert reason(signature=signed(secret="other"), now=NOW + 9_999) == "mismatch"


def test_secrets_while_one_replaces_another() -> None:
    assert reason(secret=["new", SECRET]) == reason(secret=(SECRET, "new")) == reason(secret=iter([SECRET])) == ""
    assert reason(secret=["new", "newer"]) == "mismatch"


@pytest.mark.parametrize("headers", [
    {SIGNATURE: signed(), TIMESTAMP: STAMP, "Host": "x"},
    {SIGNATURE.lower(): signed(), TIMESTAMP.upper(): STAMP},
])
def test_headers_however_they_are_written(headers: dict[str, str]) -> None:
    assert verify_headers(BODY, headers, secret=SECRET, now=NOW) == AT
    with pytest.raises(InvalidSignature):
        verify_headers(BODY + b" ", headers, secret=SECRET, now=NOW)
    with pytest.raises(InvalidSignature):
        verify_headers(BODY, headers, secret=SECRET, now=NOW + 10, tolerance=9)


@pytest.mark.parametrize("headers", [
    {}, {SIGNATURE: signed()}, {TIMESTAMP: STAMP},
    {SIGNATURE: signed(), SIGNATURE.lower(): "other", TIMESTAMP: STAMP},
])
def test_headers_that_are_missing_or_ambiguous(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature) as caught:
        verify_headers(BODY, headers, secret=SECRET, now=NOW)
    assert caught.value.reason == "missing"


@pytest.mark.parametrize(("change", "message"), [
    ({"body": BODY.decode()}, "must be the bytes"), ({"secret": ""}, "secret"), ({"secret": []}, "secret"),
    ({"secret": [SECRET, ""]}, "secret"), ({"secret": None}, "secret"), ({"secret": [SECRET, b"x"]}, "secret"),
    ({"tolerance": 0}, "tolerance"), ({"tolerance": float("inf")}, "tolerance"),
    ({"tolerance": float("nan")}, "tolerance"), ({"now": float("nan")}, "now"), ({"now": "1"}, "now"),
    ({"signature": None}, "signature"), ({"timestamp": 5}, "timestamp"),
])
def test_what_could_verify_nothing_is_refused(change: dict[str, object], message: str) -> None:
    arguments = {"body": BODY, "signature": signed(), "timestamp": STAMP, "secret": SECRET, "now": NOW} | change
    with pytest.raises(BadArgument, match=message):
        verify(arguments.pop("body"), **arguments)


@pytest.mark.parametrize("change", [
    {"body": b"classified"}, {"signature": "forged-one"}, {"timestamp": "never-ever"}, {"now": NOW + 999},
    {"secret": ["classified-key", "other"]},
])
def test_errors_quote_nothing(change: dict[str, object]) -> None:
    arguments = {"body": BODY, "signature": signed(), "timestamp": STAMP, "secret": SECRET, "now": NOW} | change
    with pytest.raises(InvalidSignature) as caught:
        verify(arguments.pop("body"), **arguments)
    text = f"{caught.value!r} {caught.value} {caught.value.__cause__} {caught.value.__dict__}"
    for quoted in ("classified", "forged", "never", SECRET, "35436", signed()):
        assert quoted not in text
    assert isinstance(caught.value, ZendeskError)
