"""`zd.limits`: the limits as they stand, and when a call would go out under them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._core.message import Request
from .call import Call, JobCall, Pages
from .errors import BadArgument
from .limits.estimates import Estimate
from .limits.snapshot import LimitsSnapshot, LimitState
from .resources.raw import raw_request

__all__ = ["Estimate", "Limits"]


class Limits(LimitsSnapshot):
    """Every limit in use at one moment, the account's first: iterate it for the numbers, print it for a table."""

    def __init__(self, states: list[LimitState], estimator: Callable[[Request, int], Estimate]) -> None:
        super().__init__(states)
        self._estimator = estimator

    def estimate(
        self, call: Call[Any] | JobCall | Pages[Any] | str, path: str | None = None, *, calls: int = 1
    ) -> Estimate:
        """When would this call go out if it were made now: seconds to wait, and the limit that decides.

        `call` is a call that is not awaited yet (`zd.users.update(35436, notes="x")`), or a method with a `path`
        (`"PUT", "/api/v2/users/35436"`). `calls` is how many of the kind are made at once; the answer is for the last.
        A method and a path may name no profile or ticket: then each of the calls is taken to be of another one. Nothing
        is sent. It reckons with what waits already, not with what will come; raises `BadArgument` for what is
        no call. For a listing it is its first page.
        """
        if not _countable(calls):
            raise BadArgument(f"calls must be a whole number of at least 1, not {calls!r}")
        return self._estimator(_request(call, path), calls)


def _countable(calls: object) -> bool:
    return isinstance(calls, int) and not isinstance(calls, bool) and calls >= 1


def _request(call: object, path: str | None) -> Request:
    if isinstance(call, str) and path is not None:
        return raw_request(call, path, params=None, json=None, options={})
    if isinstance(call, Call | Pages) and path is None:
        return call.request
    raise BadArgument('estimate takes a call that is not awaited yet, or a method and a path: ("GET", "/api/v2/users")')
