"""Mode `counts`: a window's sightings become a summary that says how many and how near, and of nobody in particular."""

from collections import Counter

from .frames import RSSI_UNKNOWN_DBM
from .window import FLAG_RANDOMISED
from .wire.batch import Columns
from .wire.summary import RSSI_BINS, Summary, frequent, rssi_bin


def summary(columns: Columns, classes: bool) -> Summary:
    """The summary of a window. classes: whether the classes were made with an epoch's key, and so mean anything."""
    levels = [0] * RSSI_BINS
    classes_heard: Counter[int] = Counter()
    randomised = bursts = 0
    for row in columns:
        levels[rssi_bin(row.rssi_max_dbm, RSSI_UNKNOWN_DBM)] += 1
        bursts += row.bursts
        randomised += bool(row.flags & FLAG_RANDOMISED)
        classes_heard[row.model_class] += 1
    return Summary(len(columns), randomised, bursts, tuple(levels), frequent(classes_heard) if classes else ())
