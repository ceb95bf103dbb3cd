"""Workers, blocking and asyncio. What decides is free of I/O (`core`, `link`); the rest runs tasks."""
