"""`zdasync request`: any endpoint, under the same limits, retries and errors as everything else."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Annotated, Any

from cyclopts import Parameter

from . import output
from .account import opened
from .fields import from_json, pairs
from .options import DEFAULT, Options, told
from .status import Status

Param = Annotated[tuple[str, ...], Parameter(
    show_default=False, help="A parameter of the query: name=value. As often as there are some.",
)]

Body = Annotated[str | None, Parameter(
    allow_leading_hyphen=True, help="JSON; - reads it from stdin, @FILE from a file.",
)]


def request(
    method: Annotated[str, told("GET, POST, PUT, PATCH or DELETE.")],
    path: Annotated[str, told("It begins with a slash and has no query: /api/v2/users/me")],
    /,
    *,
    param: Param = (),
    body: Body = None,
    options: Options = DEFAULT,
) -> Coroutine[Any, Any, int]:
    """Send one request and print the JSON of the reply."""
    params: dict[str, list[str]] = {}
    for name, value in pairs("--param", param):
        params.setdefault(name, []).append(value)
    return _send(method, path, params, None if body is None else from_json("--body", body), options)


async def _send(method: str, path: str, params: dict[str, list[str]], body: Any, options: Options) -> int:  # noqa: ANN401 - JSON
    async with opened(options) as account:
        reply = await account.zd.request(method, path, params=params or None, json=body)
    if reply is not None:
        output.document(reply, machine=options.json)
    return Status.DONE
