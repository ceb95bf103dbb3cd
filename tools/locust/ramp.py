"""A mix that grows from nothing to --scale times of it.

locust -f tools/locust/ramp.py --headless --host 127.0.0.1:4730 --mix monday.json --scale 2

The workers are not in it: gearfast mix work monday.json --scale 2
"""

from gearfast.swarm import MixUser
from gearfast.swarm.report import Report
from gearfast.swarm.shapes import Ramp

__all__ = ["MixUser", "Ramp", "Report"]
