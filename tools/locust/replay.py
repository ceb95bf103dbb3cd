"""A mix as it was, or --scale times of it all the time.

locust -f tools/locust/replay.py --headless --host 127.0.0.1:4730 --mix monday.json --scale 2

The workers are not in it: gearfast mix work monday.json --scale 2
"""

from gearfast.swarm import MixUser
from gearfast.swarm.report import Report
from gearfast.swarm.shapes import Steady

__all__ = ["MixUser", "Report", "Steady"]
