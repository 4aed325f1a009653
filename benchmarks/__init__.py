"""What the library costs, measured against plain aiohttp in the same run: `python -m benchmarks`."""
