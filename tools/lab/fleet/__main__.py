"""`make lab-fleet`: a fleet's bad day through mosquitto; the last line is one JSON object."""

import json
import shutil
import sys
from pathlib import Path

import click

from tools.errors import ToolError
from tools.lab.fleet import play
from tools.lab.fleet.scene import Scene
from tools.lab.options import folder_option


@click.command()
@folder_option("fleet")
@click.option("--sensors", type=click.IntRange(30, 10_000), default=2500, show_default=True)
@click.option("--outage", type=click.IntRange(3, 1000), default=60, show_default=True, help="Sensors of the site.")
@click.option("--failing", type=click.FloatRange(0, 1), default=0.03, show_default=True, help="Share at an upgrade.")
@click.option("--canary", default="4%", show_default=True, help="The first stage of the upgrade.")
@click.option("--stop-at", default="1", show_default=True, help="Failures of a stage that stop it.")
@click.option("--seed", type=int, default=1, show_default=True, help="Draws who fails and who goes deaf.")
@click.option("--by-hand", is_flag=True, help="A minute passes as soon as everybody has spoken, not by itself.")
def main(folder: Path, by_hand: bool, seed: int, **words: object) -> None:
    """2,500 light sensors with real signed messages, mosquitto by mutual TLS, one collector process.

    An upgrade goes out that 3 in 100 fail at, a site of 60 loses its power, a unit goes deaf. Time passes as it does:
    about 25 minutes. With --by-hand the clocks of collector and sensors are put forward together.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    said = [""]

    def say(says: str) -> None:
        if says != said[0]:
            said[0] = says
            click.echo(f"lab-fleet: {says}", err=True)

    try:
        outcome = play.run(folder.absolute(), Scene(by_hand=by_hand, seed=seed, **words), say)  # type: ignore[arg-type]
    except ToolError as exc:
        click.echo(f"lab-fleet: {exc}; everything it wrote is in {folder}", err=True)
        sys.exit(1)
    click.echo(json.dumps(outcome.figures()))
    if not outcome.ok:
        click.echo(f"lab-fleet: it did not show what it must; everything it wrote is in {folder}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
