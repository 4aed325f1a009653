"""Does this request come from a webhook of ours, and just now?

The model: Zendesk signs `timestamp + body` with the webhook's secret (HMAC with SHA-256, as base64) and sends both, the
signature in `X-Zendesk-Webhook-Signature` and the timestamp in `X-Zendesk-Webhook-Signature-Timestamp`. What anybody
changes in the body or the timestamp makes another signature; a request that was recorded and is sent again later is
too old. Within the tolerance the same request can come again, from Zendesk too, which repeats what failed: a receiver
does no harm when it gets an event twice.
Source: https://developer.zendesk.com/documentation/webhooks/verifying/

    event = await request.read()
    zdasync.webhooks.verify_headers(event, request.headers, secret=secret)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Final

from .errors import BadArgument, InvalidSignature

__all__ = ["SIGNATURE", "TIMESTAMP", "TOLERANCE", "InvalidSignature", "verify", "verify_headers"]

SIGNATURE: Final = "X-Zendesk-Webhook-Signature"
TIMESTAMP: Final = "X-Zendesk-Webhook-Signature-Timestamp"

# No such text is the beginning of another one: where the timestamp ends and the body begins is beyond doubt.
_ISO_8601: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)

Body = bytes | bytearray | memoryview
"""A request's body as it came."""

TOLERANCE: Final = 300.0
"""Seconds by which a timestamp may differ from the clock, either way."""


def verify(
    body: Body,
    *,
    signature: str,
    timestamp: str,
    secret: str | Iterable[str],
    now: float | None = None,
    tolerance: float = TOLERANCE,
) -> datetime:
    """Gives the time when a request was signed, or raises `InvalidSignature`, which says why and quotes nothing.

    `body` is the request's as it came, in bytes: decoded and encoded again it may be another one. `secret` is the
    webhook's, or several of which one fits, while a secret is replaced. `now` is in unix seconds (None: the clock),
    `tolerance` in seconds. Raises `BadArgument` for arguments with which nothing could be verified.
    """
    secrets = _secrets(secret)
    _check(body, signature, timestamp, now, tolerance)
    at = _time(timestamp)
    given = signature.encode("utf-8", "replace")
    # All of them, so that the time taken says nothing of which one fits.
    fits = [hmac.compare_digest(_signature(one, timestamp, body), given) for one in secrets]
    if not any(fits):
        raise InvalidSignature(
            "the signature is not that of this body and timestamp under a secret of ours", reason="mismatch"
        )
    age = (time.time() if now is None else now) - at.timestamp()
    if age > tolerance:
        raise InvalidSignature(f"it was signed {age:.0f} s ago, {tolerance:g} s is the most", reason="too_old")
    if -age > tolerance:
        raise InvalidSignature(
            f"it was signed {-age:.0f} s from now, {tolerance:g} s is the most: is the clock right?", reason="too_new"
        )
    return at


def verify_headers(
    body: Body,
    headers: Mapping[str, str],
    *,
    secret: str | Iterable[str],
    now: float | None = None,
    tolerance: float = TOLERANCE,
) -> datetime:
    """As `verify`, with signature and timestamp from a request's headers, however their names are written."""
    return verify(
        body,
        signature=_header(headers, SIGNATURE),
        timestamp=_header(headers, TIMESTAMP),
        secret=secret,
        now=now,
        tolerance=tolerance,
    )


def _header(headers: Mapping[str, str], name: str) -> str:
    """The one header of this name."""
    found = [value for key, value in headers.items() if key.lower() == name.lower()]
    if len(found) != 1:
        raise InvalidSignature(f"the request has {len(found) or 'no'} {name}", reason="missing")
    return found[0]


def _secrets(secret: object) -> list[str]:
    secrets = [secret] if isinstance(secret, str) else list(secret) if isinstance(secret, Iterable) else []
    if not secrets or not all(isinstance(one, str) and one for one in secrets):
        raise BadArgument("secret must be the webhook's signing secret, a string with something in it, or several")
    return secrets


def _check(body: object, signature: object, timestamp: object, now: object, tolerance: object) -> None:
    for name, header in (("signature", signature), ("timestamp", timestamp)):
        if not isinstance(header, str):
            raise BadArgument(f"{name} must be the header's value, a string, not {type(header).__name__}")
    if not isinstance(body, bytes | bytearray | memoryview):
        raise BadArgument(
            f"body must be the bytes of the request, not {type(body).__name__}: what was decoded and encoded again may "
            "differ from what was signed"
        )
    if now is not None and not (isinstance(now, int | float) and isfinite(now)):
        raise BadArgument("now must be in unix seconds")
    if not (isinstance(tolerance, int | float) and tolerance > 0 and isfinite(tolerance)):
        raise BadArgument("tolerance must be a positive number of seconds")


def _time(timestamp: str) -> datetime:
    if _ISO_8601.fullmatch(timestamp):
        try:
            return datetime.fromisoformat(timestamp).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise InvalidSignature("the timestamp is no time in ISO 8601 with its zone", reason="malformed") from None


def _signature(secret: str, timestamp: str, body: Body) -> bytes:
    signed = hmac.new(secret.encode(), timestamp.encode(), hashlib.sha256)
    signed.update(body)
    return base64.b64encode(signed.digest())
