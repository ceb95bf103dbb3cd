"""A recording played again, submit by submit, by native clients and workers."""

from gearfast.replay.gather import Plan, gather
from gearfast.replay.native import Outcome, ReplayError, play
from gearfast.replay.server import reachable

__all__ = ["Outcome", "Plan", "ReplayError", "gather", "play", "reachable"]
