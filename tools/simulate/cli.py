"""`footfall simulate`: made-up captures with known truth."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from tools.simulate import files
from tools.simulate.fleet.cli import fleet
from tools.simulate.plan import ShopPlan
from tools.simulate.progress import late_bar
from tools.simulate.shop import ShopDay
from tools.simulate.shop import simulate as simulate_day
from tools.simulate.summary import Summary

DEFAULT = ShopPlan()
SIMULATING_SHARE = 0.85  # of the whole time; the rest is writing


@click.group()
def simulate() -> None:
    """Captures, and whole fleets, whose truth is known.

    What comes out is labelled as simulated. It shows that the line works; it does not show how well real people are
    counted.
    """


simulate.add_command(fleet)


@simulate.command()
@click.option(
    "--out",
    "out_dir",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the captures, truth.jsonl and shop.json. Made where it is missing.",
)
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    default=DEFAULT.date.isoformat(),
    show_default=True,
    help="Business day: it runs from 04:00 of this date to 04:00 of the next.",
)
@click.option("--seed", type=int, default=DEFAULT.seed, show_default=True, help="The same seed gives the same bytes.")
@click.option(
    "--sensors",
    type=int,
    default=DEFAULT.sensors,
    show_default=True,
    help="Sensors from the door to the back, 1 to 8, on channels 1, 6 and 11 in turn.",
)
@click.option(
    "--visitors",
    type=int,
    default=DEFAULT.visitors,
    show_default=True,
    help="People who come in, with or without a phone.",
)
@click.option(
    "--passers-by", type=int, default=DEFAULT.passers_by, show_default=True, help="People who only walk past."
)
@click.option(
    "--randomizing-share",
    type=float,
    help="Share of phones that probe under random addresses, 0 to 1.  [default: that of the handset table, 17/22]",
)
@click.option(
    "--carrying-share",
    type=float,
    default=DEFAULT.carrying_share,
    show_default=True,
    help="Share of people whose phone has its Wi-Fi on, 0 to 1.",
)
@click.option(
    "--open",
    "opens",
    type=click.DateTime(["%H:%M"]),
    default=f"{DEFAULT.opens:%H:%M}",
    show_default=True,
    help="Local opening time.",
)
@click.option(
    "--close",
    "closes",
    type=click.DateTime(["%H:%M"]),
    default=f"{DEFAULT.closes:%H:%M}",
    show_default=True,
    help="Local closing time, on the same day.",
)
@click.option(
    "--time-zone",
    default=DEFAULT.time_zone,
    show_default=True,
    help="Zone of the shop's clock, such as Europe/Berlin or America/New_York.",
)
@click.option("--gzip", "compress", is_flag=True, help="Write .pcap.gz captures.")
@click.option(
    "--force",
    is_flag=True,
    help="Write into a folder that is not empty; an earlier simulated day there goes.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on the last line instead of a summary.")
def shop(
    out_dir: Path,
    day: datetime,
    seed: int,
    sensors: int,
    visitors: int,
    passers_by: int,
    randomizing_share: float | None,
    carrying_share: float,
    opens: datetime,
    closes: datetime,
    time_zone: str,
    *,
    compress: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Simulate one day in a shop and the street before it.

    Writes a radiotap capture (pcap) for each sensor, truth.jsonl with the day's totals and a line for each person, and
    shop.json with the plan. Phones probe in bursts under random addresses, as measured on labelled phones; no record in
    truth.jsonl holds an address.

    \b
    Examples:
      footfall simulate shop --out day1
      footfall simulate shop --out quiet --visitors 80 --passers-by 600 --seed 7 --gzip
      footfall run --once --capture day1/door.pcap
    """
    try:
        plan = ShopPlan(
            date=day.date(),
            time_zone=time_zone,
            opens=opens.time(),
            closes=closes.time(),
            sensors=sensors,
            visitors=visitors,
            passers_by=passers_by,
            carrying_share=carrying_share,
            randomizing_share=randomizing_share,
            seed=seed,
        )
    except ValueError as exc:
        raise click.UsageError(f"{exc}.") from exc
    _check_folder(out_dir, force=force)
    started_s = time.monotonic()
    made, written = _make(plan, out_dir, compress=compress)
    summary = Summary.of(made, written, elapsed_s=round(time.monotonic() - started_s, 3))
    click.echo(json.dumps(asdict(summary)) if as_json else summary.sentences())


def _make(plan: ShopPlan, out_dir: Path, *, compress: bool) -> tuple[ShopDay, files.Written]:
    try:
        with late_bar("Simulating") as tell:
            made = simulate_day(plan, lambda share: tell(share * SIMULATING_SHARE))
            written = files.write(
                made,
                out_dir,
                compress=compress,
                progress=lambda share: tell(SIMULATING_SHARE + share * (1 - SIMULATING_SHARE)),
            )
    except OSError as exc:
        raise click.ClickException(
            f"could not write to {out_dir}: {exc.strerror or exc}. "
            "Make room on the disk, or give a folder that you may write to with --out."
        ) from exc
    return made, written


def _check_folder(out_dir: Path, *, force: bool) -> None:
    try:
        occupied = out_dir.exists() and any(out_dir.iterdir())
    except OSError as exc:
        raise click.ClickException(f"cannot read {out_dir}: {exc.strerror}. Give another folder with --out.") from exc
    if occupied and not force:
        raise click.ClickException(
            f"{out_dir} is not empty. Give another folder with --out, or --force to write over it."
        )
