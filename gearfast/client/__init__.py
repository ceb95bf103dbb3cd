"""Clients, blocking and asyncio.

What decides is free of I/O: `core`, `link`, `jobs`; the rest moves bytes.
"""
