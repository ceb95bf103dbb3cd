"""Users for Locust, the extra gearfast[locust]; locustfiles are in tools/locust."""

from gearfast.swarm.mix_user import MixUser
from gearfast.swarm.user import GearmanUser

__all__ = ["GearmanUser", "MixUser"]
