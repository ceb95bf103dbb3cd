"""Job mixes: what a load is made of, small enough to be read and edited. The schema is in docs/mixes.md."""

from gearfast.mix.distribution import Distribution
from gearfast.mix.model import Arrivals, Clients, Function, Mix, Workers
from gearfast.mix.schema import MixError, load, parse

__all__ = ["Arrivals", "Clients", "Distribution", "Function", "Mix", "MixError", "Workers", "load", "parse"]
