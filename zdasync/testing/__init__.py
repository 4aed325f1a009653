"""What tests of code that talks to Zendesk need: an event loop in virtual time, and pytest fixtures.

    from zdasync.testing import run_virtual

    def test_ten_minutes_in_a_moment():
        async def main():
            await asyncio.sleep(600)
        run_virtual(main())

The pytest plugin (`zdasync.testing.plugin`, installed as an entry point) brings the fixtures `zendesk_account` and
`zendesk_url`. It changes nobody's event loop; to run your own asyncio tests in virtual time, return
`{"virtual": VirtualTimeLoop}` from pytest-asyncio's hook `pytest_asyncio_loop_factories` in your conftest.py.
"""

from __future__ import annotations

from .loop import VirtualTimeLoop, run_virtual, virtual_time

__all__ = ["VirtualTimeLoop", "run_virtual", "virtual_time"]
