"""A mix once, but for the middle fifth of the time, when it is --scale times.

locust -f tools/locust/spike.py --headless --host 127.0.0.1:4730 --mix monday.json --scale 2

The workers are not in it: gearfast mix work monday.json --scale 2
"""

from gearfast.swarm import MixUser
from gearfast.swarm.report import Report
from gearfast.swarm.shapes import Spike

__all__ = ["MixUser", "Report", "Spike"]
