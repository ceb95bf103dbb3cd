"""Many jobs at once: compiled where the codec is, else in plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gearfast.protocol.codec import IMPLEMENTATION

__all__ = ["JobFields", "RequestFields", "make_jobs", "settle", "take_results"]

if TYPE_CHECKING or IMPLEMENTATION == "python":
    from gearfast.client.pure import JobFields, RequestFields, make_jobs, settle, take_results
else:
    from gearfast._native.bulk import JobFields, RequestFields, make_jobs, settle, take_results
