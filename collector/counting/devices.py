"""Devices in one counting window, from what the sensors sent: a count with an interval, and who is told apart.

Phones change their address from burst to burst, so addresses say little; a model class says which family of phones a
burst is of, and several phones may share one. The grouping made here lives inside the counting of one window: it is
never stored, never keyed to anything, and no two windows are compared.
"""

from dataclasses import dataclass

import numpy as np

from .heard import Heard, Ints


@dataclass(frozen=True, slots=True)
class Devices:
    """How many phones were heard: an estimate, its 90 % interval, and of each sighting the phone it went to.

    groups are numbers from 0 on that mean nothing outside this one value.
    """

    count: float
    low: int
    high: int
    groups: Ints


def count(heard: Heard) -> Devices:
    """The phones behind the sightings of one counting window."""
    classes, groups = np.unique(heard.model_class, return_inverse=True)
    found = len(classes)
    return Devices(float(found), found, len(np.unique(heard.token)), groups.astype(np.int64))
