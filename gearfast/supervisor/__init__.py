"""Processes that are kept alive: forked, watched, replaced, and told to make room for new ones."""
