"""python -m tools.mutants [NAME …]: see --help."""

import json
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from importlib.util import find_spec
from multiprocessing import get_context
from typing import TextIO

import click

from ..errors import ToolError
from .targets import TARGETS


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice(sorted(TARGETS)), metavar="[NAME]...")
@click.option("--limit", default=1000, show_default=True, help="Changes tried of a module, drawn by the seed.")
@click.option("--seed", default=1, show_default=True, help="Which ones, where there are more.")
@click.option("--slow", "slow_s", default=0.5, show_default=True, help="Tests of more CPU seconds are not asked.")
@click.option("--jobs", default=2, show_default=True, help="Modules at a time.")
@click.option("--again", type=click.File(), help="Only what survived in the run whose JSON is in this file.")
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
def main(
    names: tuple[str, ...], limit: int, seed: int, slow_s: float, jobs: int, again: TextIO | None, as_json: bool
) -> None:
    """Change modules a little at a time and see whether their tests notice. No file is changed.

    What survives is shown on stderr: it wants a test, or a reason why it does not matter. NAMEs are those of
    targets.py; without any, all of them. docs/mutants.md keeps the scores.
    """
    if find_spec("cosmic_ray") is None:
        raise ToolError("cosmic-ray is not installed; `make mutants` installs it")
    from .trying import Terms, judge  # noqa: PLC0415  # imports cosmic-ray

    survived = frozenset(shown for one in json.load(again)["modules"] for shown in one["survivors"]) if again else None
    terms = Terms(limit, seed, slow_s, survived)
    verdicts = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        wanted = [pool.submit(judge, TARGETS[name], terms) for name in names or sorted(TARGETS)]
        for verdict in (future.result() for future in as_completed(wanted)):
            verdicts.append(verdict)
            click.echo(f"{verdict.name}: {verdict.killed} of {verdict.tried} noticed", err=as_json)
    tried, killed = sum(one.tried for one in verdicts), sum(one.killed for one in verdicts)
    click.echo(f"{killed} of {tried} noticed, {killed / max(tried, 1):.1%}", err=as_json)
    if as_json:
        click.echo(json.dumps({"tried": tried, "killed": killed, "modules": [asdict(one) for one in verdicts]}))


if __name__ == "__main__":
    main()
