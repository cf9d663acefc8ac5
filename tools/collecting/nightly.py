"""`footfall collector nightly`: what has closed is folded, ended, estimated and published, once."""

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from collector import clock

from ..errors import ToolError
from .options import computing, dir_option, engine_option, json_option, opened, spark_master_option, spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from collector.nightly.plan import Step
    from collector.nightly.run import Done

PHASES = ("fold", "signs", "end", "compact", "tables", "numbers")


@click.command("nightly")
@dir_option
@engine_option
@spark_master_option
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=31,
    show_default=True,
    help="Business days back from the last closed one, of which numbers are brought up to date.",
)
@click.option(
    "--only", "phases", type=click.Choice(PHASES), multiple=True, help="Only this part; repeatable.  [default: all]"
)
@click.option("--dry-run", is_flag=True, help="Say what there is to do, and do nothing.")
@json_option
def nightly(folder: Path, engine: str, days: int, phases: tuple[str, ...], *, dry_run: bool, as_json: bool) -> None:
    """Bring a store up to date: fold, signs of people, ends of days, compaction, open tables, numbers.

    Each part does only what has changed, day by day; a job that was killed goes on where it was, and a second one in a
    row has nothing to do. It may run beside a collector that serves. Numbers are those of an export (minimum group 20,
    counts rounded to 5), a day in each commit of the open table `numbers`. Exit code 1 where a part failed; the others
    are done all the same.

    \b
    Examples:
      footfall collector nightly --dir /var/lib/footfall --dry-run
      footfall collector nightly --dir /var/lib/footfall --engine spark --spark-master spark://127.0.0.1:7077 --json
    """
    collector = opened(folder)
    from collector.nightly.plan import Phase  # noqa: PLC0415 - Arrow and Delta, which --help need not wait for
    from collector.nightly.run import Job  # noqa: PLC0415

    job = Job(engine, tuple(Phase(name) for name in phases or PHASES), days)
    now_ms = clock.now_ms()
    with spoken():
        if dry_run:
            steps = job.plan(collector, now_ms)
            click.echo(json.dumps({"steps": [_step(one) for one in steps]}) if as_json else _listed(steps))
            return
        with computing(collector, engine), _progress(as_json) as look:
            done = job.run(collector, now_ms, look)
    failed = [one for one in done if one.failed]
    if as_json:
        click.echo(json.dumps({"engine": engine, "failed": len(failed), "steps": [_done(one) for one in done]}))
    else:
        click.echo("\n".join(map(_line, done)) or "nothing to do")
    if failed:
        raise ToolError(f"{len(failed)} steps failed; mend what they say, and run the same command again")


@contextmanager
def _progress(quiet: bool) -> "Iterator[Callable[[Step], None]]":
    """A line on a terminal that says what is being done."""
    shown = sys.stderr.isatty() and not quiet

    def look(step: "Step") -> None:
        if shown:
            click.echo(f"\r\x1b[K{step.phase} {step.tenant} {_days(step)}: {step.rows:,} rows ...", nl=False, err=True)

    try:
        yield look
    finally:
        if shown:
            click.echo("\r\x1b[K", nl=False, err=True)


def _days(step: "Step") -> str:
    first, last = step.days[0], step.days[-1]
    return first if first == last else f"{first} to {last}"


def _listed(steps: "list[Step]") -> str:
    lines = [f"{one.phase:8} {one.tenant} {_days(one)}: {one.rows:,} rows" for one in steps]
    return "\n".join([*lines, "what these parts make is work for those after them"]) if lines else "nothing to do"


def _line(one: "Done") -> str:
    said = f"{one.step.phase:8} {one.step.tenant} {_days(one.step)}: {one.step.rows:,} rows in {one.took_s:.1f} s"
    untold = [f"         not told of {site.site}: {site.says}" for site in one.untold]
    return "\n".join([f"{said}; FAILED: {one.failed}" if one.failed else said, *untold])


def _step(one: "Step") -> dict[str, Any]:
    return {"step": one.phase, "tenant": one.tenant, "days": one.days, "rows": one.rows}


def _done(one: "Done") -> dict[str, Any]:
    untold = [{"site": site.site, "says": site.says} for site in one.untold]
    return {**_step(one.step), "s": round(one.took_s, 3), "untold": untold, "failed": one.failed}
