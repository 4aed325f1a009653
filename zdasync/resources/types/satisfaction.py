"""The fields of satisfaction ratings that can be written, and what they can be listed by."""

from __future__ import annotations

from typing import Literal, Required, TypedDict

from .common import CallOptions

__all__ = ["RatingScore", "SatisfactionRatingFields", "SatisfactionRatingWrite"]

RatingScore = Literal[
    "offered", "unoffered", "received", "received_with_comment", "received_without_comment",
    "good", "good_with_comment", "good_without_comment", "bad", "bad_with_comment", "bad_without_comment",
]  # fmt: skip


class SatisfactionRatingWrite(TypedDict, total=False):
    """What a requester says about a solved ticket.

    `reason_code` (or `reason_id`) names one of the account's reasons for a bad rating: see `zd.satisfaction_reasons`.
    """

    score: Required[Literal["good", "bad"]]
    comment: str
    reason: str
    reason_code: int
    reason_id: int


class SatisfactionRatingFields(SatisfactionRatingWrite, CallOptions, total=False):
    """What a requester says about a solved ticket, and the options of the call."""
