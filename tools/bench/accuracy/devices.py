"""`footfall bench accuracy devices`: how many phones were in a mix of recordings, and which frames are whose."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from . import mixes, recordings, trial
from .mixes import Levels
from .trial import OURS, SIZES, Cell, Outcome

MIXES = 40
SEED = 1
DIGITS = 4
KINDS = {False: "without_copies", True: "with_copies"}

Outcomes = Mapping[Cell, Outcome | None]


@click.command()
@click.option(
    "--data",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder with a folder of capture files (pcap, pcapng, .gz) for each phone.",
)
@click.option(
    "--mixes",
    "mixes_wanted",
    type=click.IntRange(1, 1000),
    default=MIXES,
    show_default=True,
    help="Mixes of each kind.",
)
@click.option(
    "--window-s",
    type=click.IntRange(60, 3600),
    default=600,
    show_default=True,
    help="Length of the window that is counted, seconds.",
)
@click.option("--seed", type=int, default=SEED, show_default=True, help="The same seed gives the same mixes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on the last line instead of a table.")
def devices(folder: Path, mixes_wanted: int, window_s: int, seed: int, as_json: bool) -> None:
    """Count phones in mixes of 5, 10, 15 and 20 labelled phones.

    Each phone was recorded alone. A mix lays recordings over each other in one window, sends the frames through the
    sensor's core (parse, token, 30 s windows) and counts from what a sensor sends: no address, no sequence number.

    \b
    How a mix is made:
      phones     without copies: all different, drawn at random; left out (null) where the
                 folder has too few. With copies: half are different phones, or all that
                 there are; each other one is a copy of one of these.
      recording  one at random; of a copy another one while there is one, else the same at
                 another time, 30 s apart or more. Only what one channel heard: channel 1,
                 or the one with most files where there is none of it.
      excerpt    a window's length of it, from a random time, with at least one frame. Its
                 timings are kept; it is moved as a whole. A shorter recording lies in the
                 window whole, at a random time.
      addresses  each phone and each copy has an address key of its own, which gives new
                 addresses that last as long as the old ones.
      level      placed: each phone lies somewhere on a floor of 12 m radius with the sensor
                 in the middle. Its recording is moved by one offset so that its median
                 burst comes to -38.7 dBm at 1 m, 22 dB less a decade, sd 4 dB for the
                 place; each burst by sd 4 dB more. Under -95 dBm nothing is heard.
                 recorded: nothing is moved; copies are equally loud.
      truth      the phones of which at least one frame was heard in the window.

    Figures: mape, the mean absolute percentage error of the count; v_measure of the grouping of frames into as many
    phones as were counted, 1 is right (v_measure_bursts: each burst counts as one, so that busy phones weigh less); how
    often the 90 % interval held the truth. Beside them: distinct addresses, and distinct model classes. Top-level keys
    are of placed phones; under `recorded` stand the same keys for recorded levels.

    \b
    Example:
        footfall bench accuracy devices --data phones --json
    """
    phones = recordings.phones(folder, lambda says: click.echo(says, err=True))
    cells = trial.cells()
    with click.progressbar(length=len(cells) * mixes_wanted, label="mixing and counting", file=sys.stderr) as bar:
        outcomes = {
            cell: trial.measure(phones, cell, mixes_wanted, window_s, seed, lambda: bar.update(1)) for cell in cells
        }
    if as_json:
        click.echo(json.dumps(_figures(outcomes) | _circumstances(phones, mixes_wanted, window_s, seed)))
    else:
        click.echo(_table(outcomes))


def _circumstances(
    phones: tuple[recordings.Phone, ...], mixes_wanted: int, window_s: int, seed: int
) -> dict[str, object]:
    return {
        "phones": len(phones),
        "recordings": sum(len(phone.recordings) for phone in phones),
        "mixes": mixes_wanted,
        "window_s": window_s,
        "seed": seed,
        "placed": {
            "radius_m": mixes.RADIUS_M,
            "at_1_m_dbm": mixes.AT_1_M_DBM,
            "path_loss_exponent": mixes.PATH_LOSS_EXPONENT,
            "shadowing_db": mixes.SHADOWING_DB,
            "fading_db": mixes.FADING_DB,
            "floor_dbm": mixes.FLOOR_DBM,
        },
    }


def _figures(outcomes: Outcomes) -> dict[str, object]:
    """mape, v_measure ... as {with_copies, without_copies} -> {"5", "10" ...}; null where there were too few phones."""
    return _of_levels(outcomes, Levels.PLACED) | {"recorded": _of_levels(outcomes, Levels.RECORDED)}


def _of_levels(outcomes: Outcomes, levels: Levels) -> dict[str, object]:
    def by_size(figure: Callable[[Outcome], float]) -> dict[str, dict[str, float | None]]:
        return {
            kind: {str(size): _rounded(outcomes[Cell(levels, copies, size)], figure) for size in SIZES}
            for copies, kind in KINDS.items()
        }

    def scored(who: str) -> dict[str, object]:
        return {
            "mape": by_size(lambda outcome: outcome.scores[who].mape),
            "v_measure": by_size(lambda outcome: outcome.scores[who].v_measure),
            "v_measure_bursts": by_size(lambda outcome: outcome.scores[who].v_measure_bursts),
            "bias": by_size(lambda outcome: outcome.scores[who].bias),
        }

    return scored(OURS) | {
        "interval90_coverage": by_size(lambda outcome: outcome.coverage90),
        "interval90_width": by_size(lambda outcome: outcome.width),
        "baselines": {who: scored(who) for who in trial.CONTENDERS if who != OURS},
    }


def _rounded(outcome: Outcome | None, figure: Callable[[Outcome], float]) -> float | None:
    return None if outcome is None else round(figure(outcome), DIGITS)


def _table(outcomes: Outcomes) -> str:
    rows = [f"{'':32}{'error %':>9}{'bias':>8}{'V':>8}{'V bursts':>10}{'in 90 %':>9}"]
    for cell, outcome in outcomes.items():
        title = f"{cell.devices} phones {cell.levels}, {'half are copies' if cell.copies else 'all different'}"
        if outcome is None:
            rows.append(f"{title}: too few phones in the folder")
            continue
        rows.append(title)
        for who, score in outcome.scores.items():
            covered = f"{outcome.coverage90:9.2f}" if who == OURS else ""
            rows.append(
                f"  {who:30}{score.mape:9.1f}{score.bias:+8.1f}{score.v_measure:8.3f}{score.v_measure_bursts:10.3f}"
                + covered
            )
    return "\n".join(rows)
