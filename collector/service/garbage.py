"""Garbage: what Python looks through for objects that only hold each other, and how often.

Every message makes dozens of objects, and few live on; but each time that so many were made Python looks through the
young ones, and now and then through everything that a collector has loaded: a tenth of a second with its lock held.
"""

import gc

# More objects than before when the young ones are looked through (CPython: 700), ten such looks before one at the
# middle-aged, ten of those before one at all: a commit's handful makes tens of thousands, and they are gone with it.
THRESHOLDS = (10_000, 10, 10)


def settle() -> None:
    """Take what is there now for permanent, and look for garbage among the rest, less often. For the end of a start."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
