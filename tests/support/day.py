"""Twenty-four hours of a unit in virtual time, in a process of its own: what it holds, hour by hour, as JSON.

Air, clocks, broker and collector are SIMULATED (virtual.py). Started as a program with a folder as argument.
"""

import gc
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import air
from virtual import START_MS, Unit

from footfall_sensor import health
from footfall_sensor.interface import Link

HOUR_S = 3600
SPOOL_KIB = 512
PHONES_MAX = 300  # that are near at once at noon


def shop_day(seed: int = 1) -> Iterator[tuple[int, bytes]]:
    """Probe requests of a day: nobody but two at night, a crowd by day; half of the bursts under new addresses."""
    chance, ms = random.Random(seed), START_MS + 10_000
    regulars = [b"\0\x1b\x77\0" + number.to_bytes(2, "big") for number in range(PHONES_MAX)]
    header, elements = air.plain(), air.ELEMENTS
    while True:
        hour = (ms - START_MS) // 3_600_000 % 24
        bursts_a_s = 2.0 if 9 <= hour < 21 else 0.02
        ms += 1 + int(chance.expovariate(bursts_a_s) * 1000)
        mac = chance.choice(regulars) if chance.random() < 0.5 else b"\xda" + chance.randbytes(5)
        probe = header + air.probe(mac, elements=elements)
        for number in range(chance.randint(2, 5)):
            yield ms + 15 * number, probe


def in_order(frames: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Bursts overlap by some milliseconds: sorted within a little."""
    waiting: list[tuple[int, bytes]] = []
    for frame in frames:
        waiting.append(frame)
        if len(waiting) > 64:
            waiting.sort()
            yield waiting.pop(0)


def main(folder: Path) -> None:
    began_s = time.monotonic()
    unit = Unit(
        folder, in_order(shop_day()), synced=False, spool_kib=SPOOL_KIB, health_s=60, profile="lean", sightings_max=2048
    )
    unit.collector.keep = False
    unit.air.beacons_a_s = 20.0
    unit.clock.wall_offset_ms -= 400 * 86_400_000
    spool_bytes_max = 0

    def each() -> None:
        nonlocal spool_bytes_max
        spool_bytes_max = max(spool_bytes_max, unit.agent.spool.size_bytes)

    hours = []
    for hour in range(24):
        events = {
            1: unit.vouch,  # an hour without time
            5: lambda: setattr(unit.air, "link", Link.GONE),
            6: lambda: setattr(unit.air, "link", Link.LISTENING),
            8: unit.collector.disconnect,  # twelve hours without a broker, all the busy ones
            20: unit.collector.connect,
            22: lambda: setattr(unit.air, "deaf", True),
            23: lambda: setattr(unit.air, "deaf", False),
        }
        events.get(hour, lambda: None)()
        unit.run_s(HOUR_S, each)
        gc.collect()
        totals = unit.live._totals()
        hours.append(
            {
                "hour": hour,
                "rss_kib": health.read().rss_kib,
                "objects": len(gc.get_objects()),
                "spool_batches": len(unit.agent.spool),
                "spool_bytes": unit.agent.spool.size_bytes,
                "held": len(unit.live._placing.waiting),
                "radio": unit.ears.state,
                "handed_on": unit.air.handed_on,
                **{name: getattr(totals, name) for name in totals.__slots__},
            }
        )
    unit.live.finish()
    totals = unit.live._totals()
    said = {
        "simulated": True,
        "took_s": round(time.monotonic() - began_s, 1),
        "spool_bytes_max": spool_bytes_max,
        "waiting": len(unit.agent.spool),
        "handed_on": unit.air.handed_on,
        "rows": unit.collector.rows,
        "totals": {name: getattr(totals, name) for name in totals.__slots__},
        "hours": hours,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
