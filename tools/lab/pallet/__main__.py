"""`make lab-pallet`: a simulated pallet through the technician's commands; the last line is one JSON object."""

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

import click

from tools.lab.options import folder_option

from ...errors import ToolError
from . import belt, bench, delivery
from .delivery import FAULTY, Fault, Unit, Way
from .hands import Hands, Outcome
from .office import Office

WATCHED = 3  # sound units that come one after another at one port


@click.command()
@folder_option("pallet")
@click.option("--jobs", type=click.IntRange(1, 20), default=4, show_default=True, help="Benches at once.")
@click.option("--short", is_flag=True, help="Three units.")
def main(folder: Path, jobs: int, short: bool) -> None:
    """Twenty units on emulated networks, five of them faulty, by check, flash, provision and verify. Needs root."""
    reason = bench.possible()
    if reason:
        raise ToolError(f"there can be no bench here: {reason}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    began_s = time.monotonic()
    overlays, outcomes = run(folder.absolute(), delivery.units(short), jobs)
    said = summary(outcomes, overlays, time.monotonic() - began_s)
    for one in outcomes:
        for wrong in one.wrong:
            click.echo(f"lab-pallet: {one.unit} ({one.fault or 'sound'}): {wrong}", err=True)
    click.echo(json.dumps(said))
    if not said["ok"]:
        raise ToolError(f"the lab did not show what it must; everything it wrote is in {folder}")


def run(folder: Path, units: list[Unit], jobs: int) -> tuple[int, list[Outcome]]:
    """The pallet, so many benches at once: how many overlays were made, and what became of each unit."""
    images = folder / "images"
    images.mkdir()
    for name, content in delivery.images().items():
        (images / name).write_bytes(content)
    office = Office(folder / "collector")
    overlays = office.place(units, folder)
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(jobs) as pool:
        sound = [unit for unit in units if unit.way is Way.OPENWRT and unit.fault is Fault.NONE]
        watched = sound[:WATCHED] if len(sound) > WATCHED else []
        running = [pool.submit(belt.carry, watched, folder / "watch", images, office)] if watched else []
        running += [
            pool.submit(lambda hands: [hands.carry()], Hands(unit, folder / unit.name, images, office))
            for unit in units
            if unit not in watched
        ]
        for one in (one for done in as_completed(running) for one in done.result()):
            outcomes.append(one)
            became = "verified" if one.verified else f"refused: {one.says}" if one.refused else "WRONG"
            became += " after a cut line" if one.recovered else " after a killed run" if one.resumed else ""
            count = f"{len(outcomes):2} of {len(units)}"
            click.echo(f"{count}  {one.unit}  {one.seconds:5.1f} s  {one.way}: {became}", err=True)
    return overlays, sorted(outcomes, key=lambda one: one.unit)


def summary(outcomes: list[Outcome], overlays: int, seconds: float) -> dict[str, object]:
    """The last line. ok: each faulty unit was refused or recovered with its sentence, all others verified."""
    faulty = [one for one in outcomes if one.fault in FAULTY]
    sound = [one for one in outcomes if one.fault not in FAULTY]
    dealt = [one for one in faulty if (one.refused or one.recovered) and not one.wrong]
    good = [one for one in sound if one.verified and not one.wrong]
    return {
        "ok": len(dealt) == len(faulty) and len(good) == len(sound) and overlays == len(outcomes),
        "units": len(outcomes),
        "verified": len(good),
        "refused_or_recovered": len(dealt),
        "resumed": sum(one.resumed for one in good),
        "overlays": overlays,
        "run_s": round(seconds, 1),
        "simulated": True,
        "outcomes": [asdict(one) for one in outcomes],
    }


if __name__ == "__main__":
    main()
