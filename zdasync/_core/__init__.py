"""The protocol as pure functions: nothing here knows of asyncio, aiohttp or a clock."""
