"""python -m tools.mutants [NAME …]: see --help."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import click

from ..errors import ToolError
from .targets import TARGETS
from .trying import judge


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice(sorted(TARGETS)), metavar="[NAME]...")
@click.option("--limit", default=1000, show_default=True, help="Changes tried of a module, drawn by the seed.")
@click.option("--seed", default=1, show_default=True, help="Which ones, where there are more.")
@click.option("--jobs", default=2, show_default=True, help="Modules at a time.")
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
def main(names: tuple[str, ...], limit: int, seed: int, jobs: int, as_json: bool) -> None:
    """Change modules a little at a time, in copies, and see whether their tests notice.

    What survives is shown: it wants a test, or a reason why it does not matter. NAMEs are those of targets.py; without
    any, all of them.
    """
    verdicts = []
    try:
        with ThreadPoolExecutor(jobs) as pool:  # threads that wait for processes
            for verdict in pool.map(lambda name: judge(TARGETS[name], limit, seed), names or sorted(TARGETS)):
                verdicts.append(verdict)
                click.echo(f"{verdict.name}: {verdict.killed} of {verdict.tried} noticed", err=as_json)
                for survivor in verdict.survivors:
                    click.echo(f"{survivor}\n", err=as_json)
    except ToolError as error:
        raise click.ClickException(str(error)) from error
    tried, killed = sum(one.tried for one in verdicts), sum(one.killed for one in verdicts)
    click.echo(f"{killed} of {tried} noticed, {killed / max(tried, 1):.1%}", err=as_json)
    if as_json:
        click.echo(json.dumps({"tried": tried, "killed": killed, "modules": [asdict(one) for one in verdicts]}))


if __name__ == "__main__":
    main()
