"""The pytest plugin: a simulated Zendesk account as a fixture.

Nothing is imported until a test asks for a fixture, and no event loop is changed. The fixtures are asynchronous:
with pytest-asyncio they run in the loop of the test (in its strict mode too), without it in whatever plugin runs
asynchronous fixtures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from zdasync.simulator import Account


def _async_fixture(function: Callable[[], AsyncIterator[Account]]) -> object:
    """A fixture for whatever runs asynchronous tests here."""
    try:
        import pytest_asyncio  # noqa: PLC0415  # not everybody has it
    except ImportError:
        return pytest.fixture(function)
    return pytest_asyncio.fixture(function)


@_async_fixture
async def zendesk_account() -> AsyncIterator[Account]:
    """A simulated account on the Enterprise plan with no users but the admin, being served at `.url`.

    Its clock follows the loop's when the test runs in virtual time. Credentials: `admin@example.com`, API token
    `token`; OAuth client `client`, secret `secret`.
    """
    from zdasync.simulator import Account  # noqa: PLC0415  # pytest loads this module in every run of every project

    account = Account()
    async with account.serve():
        yield account


@pytest.fixture
def zendesk_url(zendesk_account: Account) -> str:
    """The base URL of `zendesk_account`."""
    return zendesk_account.url
