"""`python -m tools.torture`: kills, crash points and faults; the last line of standard output is JSON."""

import json
import shutil
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path
from random import SystemRandom

import click

from collector.options import sources

from . import air, chaos, crash, faults, summary
from .cast import Cast
from .chaos import Ruin, Say
from .errors import TortureError

SHORT_KILLS_MAX = 100  # up to here everything else is short too


@click.command()
@click.option("--kills", default=500, show_default=True, type=click.IntRange(0), help="Of each part.")
@click.option(
    "--workers", default=0, show_default=True, type=click.IntRange(0, 7), help="Of the collector; killed like the rest."
)
@click.option("--seed", type=int, help="Of the kills and the load; drawn and printed where it is not given.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this: kills, crash or a fault; repeatable.")
@click.option(
    "--of", "victims", type=click.Choice([*chaos.KINDS, chaos.UNIT]), multiple=True, help="Kill only these; repeatable."
)
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Keep everything here; default: thrown away.")
@click.option("--json", "as_json", is_flag=True, help="The last line of standard output is one JSON object.")
def torture(
    kills: int,
    workers: int,
    seed: int | None,
    only: tuple[str, ...],
    victims: tuple[str, ...],
    folder: Path | None,
    as_json: bool,
) -> None:
    """Kill and starve real sensors, broker and collector, and count what is lost, doubled or invented.

    \b
    Examples:
      python -m tools.torture --kills 20 --json       the short form, some minutes
      python -m tools.torture --kills 500             the long one, hours
      python -m tools.torture --only disk_full --only storm
      python -m tools.torture --only kills --kills 20 --workers 2
      python -m tools.torture --only kills --of unit --kills 500
    Up to 100 kills the rest is short too. Progress goes to standard error; Ctrl-C ends the kills, and judges. Exit
    code 1 where anything is amiss.
    """
    sources.forget()  # its collectors are its own
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell takes it away from what runs in the background
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the processes end, and the disks are unmounted
    seed = SystemRandom().randrange(1 << 32) if seed is None else seed
    base = folder or Path(tempfile.mkdtemp(prefix="footfall-torture-"))
    try:
        size = faults.SHORT if kills <= SHORT_KILLS_MAX else faults.LONG
        cast = Cast(whole=2, units=size.units if air.is_possible() else 0, workers=workers)
        result = _run(base, size, Ruin(kills, seed, cast, victims), only, partial(click.echo, err=True))
    except TortureError:
        click.echo(f"everything is kept in {base}: hours of it may still be judged", err=True)
        raise
    if folder is None:
        shutil.rmtree(base, ignore_errors=True)
    click.echo(json.dumps(result.as_json()) if as_json else result.text())
    sys.exit(0 if result.ok else 1)


def _run(base: Path, size: faults.Size, ruin: Ruin, only: tuple[str, ...], say: Say) -> summary.Result:
    plays = faults.plays(size)
    unknown = set(only) - plays.keys() - {"kills", "crash"}
    if unknown:
        raise click.BadParameter(f"there are: kills, crash, {', '.join(plays)}", param_hint="--only")
    crashes = aftermath = None
    say(f"seed {ruin.seed}")
    if not only or "crash" in only:
        crashes = crash.run(_made(base / "crash"), size.crash_every)
        say(f"crash: {crashes.trials} crashes at {crashes.points} points of the commit")
    outcomes = []
    for name, play in plays.items():
        if (not only or name in only) and faults.can_play(name):
            outcomes.append(play(_made(base / name), say))
            say(outcomes[-1].line())
    if ruin.kills and (not only or "kills" in only):
        aftermath = chaos.run(base / "kills", ruin, say)
    return summary.Result(ruin.seed, crashes, tuple(outcomes), aftermath)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
