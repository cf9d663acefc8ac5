"""What is left out and why: each reason with the rule behind it, in a site's own figures. Pure.

The rules themselves are SQL: metrics/judge.sql for stays, metrics/noise_share.sql for frames.
"""

from dataclasses import dataclass

from ..records.registry import Site
from ..suppression import Cell
from . import fold


@dataclass(frozen=True, slots=True)
class Caught:
    """One rule and what it caught.

    frames_share: of all frames, 0 where it caught none. devices: tokens; None where they are too few to show, or where
    the rule knows no devices.
    """

    reason: str
    rule: str
    frames_share: float
    devices: float | None
    suppressed: bool


def rules(site: Site) -> dict[str, str]:
    """Every reason for leaving something out at a site, and the rule in a sentence; in the order in which they hold."""
    edge_min = fold.EDGE_MS // 60_000
    return {
        "malformed": "The radio gave us something that is no whole frame.",
        "overflow": "More devices in half a minute than a sensor can hold.",
        "keyless": "Heard before the sensor had the day's key: counted, but nobody can be told apart.",
        "spoofed": "Heard while one transmitter made up addresses: the whole time is not counted.",
        "no_signal": "Without a level nobody can say whether it was inside or outside.",
        "weak": f"Weaker than {site.seen_dbm} dBm: too far away to be of this place.",
        "fixed": (
            f"Heard in {site.fixed_h} different hours of a day, or in {fold.CLOSED_H} while the place was closed: "
            "a till, a printer, a neighbour's television."
        ),
        "staff": (
            f"Heard inside, and in {site.staff_h} different hours of a day; or inside within {edge_min} min of opening "
            f"and again of closing; or at one of the two on most days of an epoch, {fold.STAFF_DAYS} at least."
        ),
        "neighbour": f"Heard in {site.staff_h} different hours of a day, and never as loud as inside.",
        "closed": "Heard while the place was closed.",
        "stray": f"A single frame in the whole day, of a lasting address, under {site.seen_dbm + fold.STRAY_DB} dBm.",
    }


def caught(site: Site, shares: list[Cell], devices: list[Cell]) -> list[Caught]:
    """Every rule with what it caught; shares and devices: the released cells of noise_share and noise_devices."""
    of_frames = {cell.cell: cell.value or 0.0 for cell in shares}
    of_devices = {cell.cell: cell for cell in devices}
    found = []
    for reason, rule in rules(site).items():
        cell = of_devices.get(reason)
        value, hidden = (cell.value, cell.suppressed) if cell else (None, False)
        found.append(Caught(reason, rule, of_frames.get(reason, 0.0), value, hidden))
    return found
