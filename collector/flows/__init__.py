"""Flows: visitors and passers-by of all phones, from levels of all bursts and stays of the panel. Pure."""

from .crossing import mended
from .dwell import Dwell, Stays, dwell
from .estimating import Flows, estimate
from .interval import Estimate
from .rates import Counted, Hour, Rates, calibrate, prior

__all__ = [
    "Counted",
    "Dwell",
    "Estimate",
    "Flows",
    "Hour",
    "Rates",
    "Stays",
    "calibrate",
    "dwell",
    "estimate",
    "mended",
    "prior",
]
