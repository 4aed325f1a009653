"""The refusals that only tickets know."""

from __future__ import annotations

from .http import Refusal
from .refusals import bad_request, problem, record_invalid


def update_conflict() -> Refusal:
    """409: a safe update of a ticket that has changed in the meantime."""
    text = "Safe Update prevented the update due to outdated ticket data."
    return Refusal(409, {"error": "UpdateConflict", "description": text})


def closed_ticket() -> Refusal:
    """422: a closed ticket can't be changed."""
    return record_invalid({"status": [problem("Status: closed prevents ticket update")]})


def other_body() -> Refusal:
    """400: an idempotency key that has been used for another request."""
    return bad_request("Request parameters don't match the given idempotency key", "IdempotentRequestError")


def bad_key(longest: int) -> Refusal:
    """400: an idempotency key that is too long, or empty."""
    return bad_request(f"The idempotency key must have 1 to {longest} characters", "IdempotentRequestError")
