"""`make lab-bare`: the README's two commands on a Debian with nothing on it; the last line is one JSON object."""

import json
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

import click

from tools.lab.options import folder_option

from ...errors import ToolError
from .room import SUITE, Done, Room

ROOT = Path(__file__).parents[3]
CLONE = "/root/footfall"
PASSED = ("PIP_", "http_proxy", "https_proxy", "no_proxy")  # how this machine reaches the package index


@click.command()
@folder_option("bare")
@click.option("--test", is_flag=True, help="`make test` too: some twenty minutes.")
@click.option(
    "--give",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="A file or folder of this machine that its network wants, such as /etc/pip.conf; repeatable.",
)
def main(folder: Path, test: bool, give: tuple[Path, ...]) -> None:
    """A minimal Debian 12 with Python, git and make; a fresh clone in it; the README's commands, timed. Needs root.

    \b
    Example:
      make lab-bare ARGS="--test --give /etc/pip.conf"
    """
    room = Room(folder)
    began_s = time.monotonic()
    room.furnish(give)
    room.clone(ROOT, CLONE)
    said: dict[str, object] = {"debian": SUITE, "image_s": _since(began_s)}
    environment = {name: value for name, value in os.environ.items() if name.startswith(PASSED)}
    for name, words in (("run", 'make run ARGS="--once --json"'), ("run_again", 'make run ARGS="--once --json"')):
        began_s = time.monotonic()
        done = room.do(words, CLONE, environment)
        said[f"{name}_s"] = _since(began_s)
        _report(done, said)
    if test:
        began_s = time.monotonic()
        done = room.do("make test", CLONE, environment)
        said |= {"test_s": _since(began_s), "test_code": done.code, "test": closing_line(done.lines)}
        if done.code:
            click.echo(json.dumps(said | {"ok": False}))
            raise ToolError("make test failed on a bare machine; what it said stands above")
    click.echo(json.dumps(said | {"ok": True}))


def closing_line(lines: Sequence[str]) -> str:
    """The last line in which pytest counts; empty where there is none."""
    counts = [line.strip("= ") for line in lines if re.search(r"\d+ (passed|failed|error)", line)]
    return counts[-1] if counts else ""


def _report(done: Done, said: dict[str, object]) -> None:
    """Raises ToolError where no report came of it."""
    last = done.lines[-1] if done.lines else ""
    if done.code or not last.startswith("{"):
        click.echo(json.dumps(said | {"ok": False}))
        raise ToolError(f"make run gave no report on a bare machine (exit code {done.code}); what it said stands above")
    said["simulated"] = json.loads(last).get("simulated")


def _since(began_s: float) -> float:
    return round(time.monotonic() - began_s, 1)


if __name__ == "__main__":
    main()
