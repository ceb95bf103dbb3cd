"""Processes that are kept alive: forked, watched, replaced; and the rest of `gearfast worker`."""
