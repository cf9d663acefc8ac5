"""`footfall bench accuracy people`: people in a room, against counts kept by hand."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from tools.errors import ToolError

from . import baselines, occupancy, rooms
from .baselines import Floats
from .occupancy import Recording
from .rooms import Room

DRAWS = 9
SEED = 1
DIGITS = 4
FEW = 5  # a percentage of fewer people says little
ALL = "all"


@dataclass(frozen=True, slots=True)
class Score:
    """How right one way of counting was; None where it cannot be said."""

    mae: float  # people
    mape_ge5: float | None  # percent, where FEW or more were present
    bias: float  # people, mean of estimate - truth
    interval90_coverage: float | None
    empty_mean: float | None  # people, mean estimate while nobody was there


def score(found: Floats, truth: Floats) -> Score:
    """found: (low, people, high), shape (3, steps)."""
    low, middle, high = found
    some, none = truth >= FEW, truth == 0
    known = np.isfinite(low)
    return Score(
        mae=float(np.abs(middle - truth).mean()),
        mape_ge5=float(np.mean(np.abs(middle - truth)[some] / truth[some]) * 100) if some.any() else None,
        bias=float((middle - truth).mean()),
        interval90_coverage=float(((low <= truth) & (truth <= high)).mean()) if known.all() else None,
        empty_mean=float(middle[none].mean()) if none.any() else None,
    )


def middle(scores: Sequence[Score]) -> Score:
    """The median of each figure."""

    def of(name: str) -> float | None:
        values = [getattr(one, name) for one in scores]
        return None if None in values else float(np.median(values))

    return Score(
        mae=float(np.median([one.mae for one in scores])),
        mape_ge5=of("mape_ge5"),
        bias=float(np.median([one.bias for one in scores])),
        interval90_coverage=of("interval90_coverage"),
        empty_mean=of("empty_mean"),
    )


@click.command()
@click.option(
    "--train", "train_in", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Labelled room."
)
@click.option("--judge", "judge_in", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Likewise.")
@click.option("--train-dates", metavar="LIST", help="Only dates that begin so: 2022, or 2022-10,2022-11.")
@click.option("--judge-dates", metavar="LIST", help="Likewise.")
@click.option(
    "--labels", default=ALL, show_default=True, metavar="N", help="Labelled steps used to calibrate; 0: none."
)
@click.option("--draws", type=click.IntRange(1, 100), default=DRAWS, show_default=True, help="Of N labelled steps.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="The same seed draws the same labels.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on the last line instead of a table.")
def people(
    train_in: Path,
    judge_in: Path,
    train_dates: str | None,
    judge_dates: str | None,
    labels: str,
    draws: int,
    seed: int,
    as_json: bool,
) -> None:
    """Estimate the people in a room every ten minutes, and compare with counts kept by hand.

    DIR holds `pcap` with a capture a day and `csv` with a table for each (`;` between columns, with idx, the frame's
    place in the capture, and occupancy, the people in the room at that frame). The truth of ten minutes is the mean
    over them. A row that counts nobody (an empty cell, a word) is left out, and so is a day that lacks one of the two,
    or cannot be read, which is said. Where both folders are the same, the first year trains and the later are judged.

    Frames go through the sensor's core and over the wire; no address and no name of a network is used. With --labels N
    only N of the training steps are used, drawn at random; the median over several draws is shown. Fixed are the model
    and its priors: training moves the rates only.

    \b
    Figures, over the judged steps:
      mae                  people
      mape_ge5             percent, where five or more were present
      bias                 people, estimate less truth
      interval90_coverage  share of the steps whose truth lay in the 90 % interval
      empty_mean           people, mean estimate while nobody was there
    Beside them: the same as known at each step's end (live), distinct addresses, one straight
    line on classes at -65 dBm (same labels), and a random forest on all counts (all labels).
    `says`: what a report of the judged days would say of its numbers (first draw of labels).

    \b
    Example:
        footfall bench accuracy people --train room --judge room --labels 10 --json
    """
    wanted = _labels(labels)
    train_of, judge_of = _split(train_in, judge_in, train_dates, judge_dates)
    noted: list[str] = []
    with click.progressbar(length=len(train_of) + len(judge_of), label="listening", file=sys.stderr) as bar:
        train, judged = (rooms.read(one, lambda: bar.update(1), noted.append) for one in (train_of, judge_of))
    for said in noted:
        click.echo(said, err=True)
    if not train or not judged:
        place = judge_in if train else train_in
        raise ToolError(f"no recording in {place} can be read and is labelled for ten minutes on end; give longer ones")
    draws_of = _draws(sum(len(room.truth) for room in train), wanted, draws, seed)
    with click.progressbar(length=len(draws_of) + 1, label="estimating", file=sys.stderr) as bar:
        scores = _scores(train, judged, draws_of, lambda: bar.update(1))
    circumstances = {
        "windows": sum(len(room.truth) for room in judged),
        "windows_ge5": int(sum((room.truth >= FEW).sum() for room in judged)),
        "windows_empty": int(sum((room.truth == 0).sum() for room in judged)),
        "window_s": 600,
        "days": len(judged),
        "train_windows": sum(len(room.truth) for room in train),
        "train_days": len(train),
        "labels": len(draws_of[0]) if draws_of[0] is not None else sum(len(room.truth) for room in train),
        "draws": len(draws_of),
        "seed": seed,
        "level_dbm": rooms.LEVEL_DBM,
        "train_dates": [train[0].recording.date, train[-1].recording.date],
        "judge_dates": [judged[0].recording.date, judged[-1].recording.date],
        "says": rooms.says(train, draws_of[0], judged),
    }
    if as_json:
        shown = {name: _rounded(one) for name, one in scores.items()}
        ours, live = shown.pop("footfall"), shown.pop("live")
        click.echo(json.dumps({**(ours or {}), "live": live, "baselines": shown} | circumstances))
    else:
        click.echo(_table(scores, circumstances))


def _labels(text: str) -> int | None:
    if text == ALL:
        return None
    if not text.isdecimal():
        raise click.BadParameter(f"'{text}' is neither a number nor '{ALL}'", param_hint="--labels")
    return int(text)


def _split(
    train_in: Path, judge_in: Path, train_dates: str | None, judge_dates: str | None
) -> tuple[list[Recording], list[Recording]]:
    """What trains and what is judged. Raises ToolError where they are not apart, or the judged came first."""
    train, judged = occupancy.recordings(train_in), occupancy.recordings(judge_in)
    if train_in.resolve() == judge_in.resolve() and not train_dates and not judge_dates:
        first, *later = occupancy.years(train)
        if not later:
            raise ToolError(f"{train_in} holds {first} only; say --train-dates and --judge-dates")
        train_dates, judge_dates = first, ",".join(later)
    train, judged = occupancy.of_dates(train, train_dates or ""), occupancy.of_dates(judged, judge_dates or "")
    both = {one.name for one in train} & {one.name for one in judged}
    if both:
        raise ToolError(f"{min(both)} would both train and be judged; choose --train-dates and --judge-dates apart")
    if train_in.resolve() == judge_in.resolve() and train[-1].date > judged[0].date:
        raise ToolError("what is judged must be later than what trains: who counts a room today knows only its past")
    return train, judged


def _draws(windows: int, wanted: int | None, draws: int, seed: int) -> list[list[int] | None]:
    if wanted is None or wanted >= windows:
        return [None]
    random = np.random.default_rng(seed)
    chosen = [sorted(int(one) for one in random.choice(windows, wanted, replace=False)) for _ in range(draws)]
    return [*chosen] if wanted else [[]]


def _scores(
    train: Sequence[Room], judged: Sequence[Room], draws: Sequence[list[int] | None], tick: Callable[[], object]
) -> dict[str, Score | None]:
    truth = baselines.truth(judged)
    ours, live, line = [], [], []
    for chosen in draws:
        fitted = rooms.fit(train, chosen)
        ours.append(score(rooms.estimates(judged, fitted), truth))
        live.append(score(rooms.live(judged, fitted), truth))
        if chosen is None or len(chosen) > 1:
            line.append(score(baselines.line_classes(train, chosen, judged), truth))
        tick()
    forest = score(baselines.forest(train, judged), truth)
    tick()
    return {
        "footfall": middle(ours),
        "live": middle(live),
        "distinct_addresses": score(baselines.distinct_addresses(judged), truth),
        "line_classes": middle(line) if line else None,
        "forest": forest,
    }


def _rounded(one: Score | None) -> dict[str, float | None] | None:
    if one is None:
        return None
    return {name: None if value is None else round(value, DIGITS) for name, value in asdict(one).items()}


NAMES = {
    "footfall": "Footfall, looking back",
    "live": "Footfall, as known at the time",
    "distinct_addresses": "distinct addresses",
    "line_classes": "line on classes",
    "forest": "random forest, all labels",
}
COLUMNS: tuple[tuple[str, int, str], ...] = (
    ("mae", 8, ".2f"),
    ("mape_ge5", 9, ".1f"),
    ("bias", 8, "+.2f"),
    ("interval90_coverage", 9, ".2f"),
    ("empty_mean", 8, ".2f"),
)


def _table(scores: Mapping[str, Score | None], said: Mapping[str, Any]) -> str:
    rows = [f"{'':32}{'MAE':>8}{'error %':>9}{'bias':>8}{'in 90 %':>9}{'empty':>8}"]
    for name, one in scores.items():
        figures = (
            "  needs labels"
            if one is None
            else "".join(_cell(getattr(one, key), width, form) for key, width, form in COLUMNS)
        )
        rows.append(f"{NAMES[name]:32}{figures}")
    rows.append(
        f"{said['windows']} steps of ten minutes on {said['days']} days, {said['windows_ge5']} with {FEW} people or "
        f"more, {said['windows_empty']} empty"
    )
    rows.append(
        f"{said['labels']} of {said['train_windows']} labels, median of {said['draws']} draws; of the first one:"
    )
    rows.extend(f"  {one}" for one in said["says"])
    return "\n".join(rows)


def _cell(value: float | None, width: int, layout: str) -> str:
    return f"{'-' if value is None else format(value, layout):>{width}}"
