"""The README's Python blocks run as they stand, against a simulated account in virtual time.

A block may use `await` at its top level and every public name of the package, and finds an open client as `zd`, its
account as `account` and the account's address as `url`. What needs something that a test has not stands under a
comment: `<!-- not run: the reason -->`.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

import zdasync
import zdasync.client
from zdasync import ApiToken, Zendesk
from zdasync.simulator import Account

README: Final = Path(zdasync.__file__).parents[1] / "README.md"
_BLOCK: Final = re.compile(r"(?:<!--(?P<why>[^>]*)-->[ \t]*\n+)?```python\n(?P<code>.*?)```", re.DOTALL)
_NOT_RUN: Final = re.compile(r"\s*not run: *\S")


@attrs.frozen
class Block:
    line: int
    code: str


def blocks(text: str) -> list[Block]:
    """The Python blocks that are to be run, with the line on which each begins."""
    return [
        Block(text.count("\n", 0, match.start("code")) + 1, match["code"])
        for match in _BLOCK.finditer(text)
        if not _NOT_RUN.match(match["why"] or "")
    ]


async def run(block: Block, names: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a block: its top-level awaits, its `asyncio.run(...)`, and the tests that it defines."""
    mains: list[Coroutine[Any, Any, object]] = []
    monkeypatch.setattr(asyncio, "run", lambda main, **_: mains.append(main))
    # Padded, so that a traceback names the README's own lines.
    code = compile("\n" * (block.line - 1) + block.code, str(README), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    space = {**names, "__name__": "__main__"}
    found = eval(code, space)
    if inspect.isawaitable(found):
        await found
    for main in mains:
        await main
    for name, test in list(space.items()):
        if name.startswith("test_") and inspect.iscoroutinefunction(test):
            await test(**{wanted: space[wanted] for wanted in inspect.signature(test).parameters})


@pytest.fixture
async def names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[dict[str, Any]]:
    """What a block may use without saying where it comes from; files that it makes go into a directory of its own."""
    monkeypatch.chdir(tmp_path)
    account = Account(users=250)
    async with account.serve() as url:
        for variable, value in {"BASE_URL": url, "EMAIL": "admin@example.com", "API_TOKEN": "token"}.items():
            monkeypatch.setenv(f"ZENDESK_{variable}", value)
        resolve = zdasync.client.resolve_base_url
        monkeypatch.setattr(
            zdasync.client, "resolve_base_url",
            lambda subdomain, base_url: url if resolve(subdomain, base_url).endswith(".zendesk.com") else base_url,
        )
        async with Zendesk(base_url=url, auth=ApiToken("admin@example.com", "token"), plan="enterprise") as zd:
            public = {name: getattr(zdasync, name) for name in zdasync.__all__}
            yield {**public, "asyncio": asyncio, "zd": zd, "account": account, "url": url, "token": "token",
                   "zendesk_account": account, "zendesk_url": url}


@pytest.mark.parametrize("block", blocks(README.read_text(encoding="utf-8")), ids=lambda block: f"line {block.line}")
async def test_the_block_runs(block: Block, names: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    await run(block, names, monkeypatch)


def test_there_are_blocks() -> None:
    assert len(blocks(README.read_text(encoding="utf-8"))) > 1


SAMPLE: Final = """\
# Title

```python
first = await zd.users.me()
```

<!-- not run: it needs an account of your own -->
```python
second
```

<!-- a note -->

```python
third
```

```sh
fourth
```
"""


def test_blocks_are_found_by_line_and_left_out_for_a_reason_only() -> None:
    assert blocks(SAMPLE) == [Block(4, "first = await zd.users.me()\n"), Block(15, "third\n")]


@pytest.mark.parametrize(
    "code",
    [
        "raise LookupError\n",
        "await zd.users.me()\nraise LookupError\n",
        "import asyncio\nasync def main():\n    raise LookupError\nasyncio.run(main())\n",
        "async def test_something(zendesk_account):\n    raise LookupError\n",
    ],
)
async def test_a_broken_block_fails(code: str, names: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LookupError) as caught:
        await run(Block(7, code), names, monkeypatch)
    assert caught.traceback[-1].path == README
    assert caught.traceback[-1].lineno + 1 == 7 + code[: code.index("raise")].count("\n")


async def test_a_block_finds_the_account_however_it_opens_its_client(
    names: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """\
for client in (Zendesk("acme", auth=ApiToken("admin@example.com", token)), Zendesk.from_env(), Zendesk(base_url=url,
               auth=ApiToken("admin@example.com", token))):
    async with client as mine:
        assert (await mine.users.me()).email == "admin@example.com"
"""
    before = names["account"].requests
    await run(Block(1, code), names, monkeypatch)
    assert names["account"].requests == before + 3
