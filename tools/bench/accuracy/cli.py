"""`footfall bench accuracy`: how right the counts are, beside plainer ways of counting on the same input."""

import click

from tools.lazy import Lazy

# name -> (module, attribute, one line for the list); numpy and scikit-learn are loaded by the one that is called.
COMMANDS = {
    "devices": (
        "tools.bench.accuracy.devices",
        "devices",
        "Count phones in mixes of 5, 10, 15 and 20 labelled phones.",
    ),
    "people": (
        "tools.bench.accuracy.people",
        "people",
        "Estimate the people in a room every ten minutes, and compare with counts kept by hand.",
    ),
    "routes": (
        "tools.bench.accuracy.shop_routes",
        "routes",
        "Judge the ten most frequent ways through simulated shops: how many of them are found, and in what order.",
    ),
    "shops": (
        "tools.bench.accuracy.shops",
        "shops",
        "Judge visitors, entry rate, stays and intersections in simulated shops, 100 to 800 visitors a day and shop.",
    ),
}


@click.group(name="accuracy", cls=Lazy, commands=COMMANDS)
def accuracy() -> None:
    """Judge the counts against labelled recordings.

    Real frames go through the sensor's own core and the collector's own counting; nothing is fitted to the folder that
    is judged. Simpler ways of counting are judged on the same windows.
    """
