"""`make lab-mips`: build, measure, and print what came out; the last line is one JSON object."""

import json
import os
import shutil
import sys
import time
from dataclasses import asdict
from pathlib import Path

import click

from tools.lab.options import folder_option

from ...errors import ToolError
from . import build, console, images, instructions, machine, stack, table, vectors, verdict
from .build import Built
from .console import Run
from .verdict import Sizes


@click.command()
@folder_option("mips")
@click.option("--only-build", is_flag=True, help="Fetch and build what is not there yet, and stop.")
def main(folder: Path, only_build: bool) -> None:
    """Python and the sensor on an emulated big-endian MIPS 24Kc with 64 MB: memory, instructions, size, start."""
    began_s = time.monotonic()
    for name in (stack.EMULATOR, machine.QEMU, images.MKSQUASHFS):
        if not shutil.which(name):
            raise ToolError(f"{name} is not installed; as root, tools/lab/mips/packages installs what this lab needs")
    built = build.build(folder.absolute())
    if only_build:
        return
    run = fresh(folder.absolute() / "run")
    say("laying out what a unit carries, and running the frozen vectors on it")
    sizes = {profile: lay(built, profile, run) for profile in build.PROFILES}
    count = min(vectors.check(built, run / f"{profile}-reached") for profile in build.PROFILES)
    runs = {profile: boot(built, profile, run) for profile in build.PROFILES}
    say("counting instructions")
    counts = instructions.Counter(built, run / "lean", run / "lean-root", fresh(run / "count")).measure()
    found = verdict.figures(runs, counts, sizes, count)
    for line in table.lines(runs, counts, sizes):
        click.echo(line, err=True)
    for words in found.missed:
        say(f"missed: {words}")
    faults = [f"{profile}: {fault}" for profile, one in runs.items() for fault in verdict.faults(one)]
    for fault in faults:
        say(fault)
    click.echo(json.dumps({**asdict(found), "faults": faults, "run_s": round(time.monotonic() - began_s, 1)}))
    if faults:
        raise ToolError(f"the machine did not do what is measured here; its consoles are in {run}")


def lay(built: Built, profile: str, run: Path) -> Sizes:
    """The trees of a profile, whole and with only what the agent can reach, as images; returns their sizes."""
    whole, reached = run / profile, run / f"{profile}-reached"
    stack.lay(built, profile, whole)
    only = stack.reached(whole)
    stack.lay(built, profile, reached, only)
    if stack.reached(reached) != only:
        raise ToolError(f"{reached} lacks a module that the agent reaches")
    return Sizes(*(images.squash(tree, image_of(tree)) for tree in (whole, reached)))


def boot(built: Built, profile: str, run: Path) -> Run:
    """The machine with this profile's tree, from boot to its end."""
    say(f"the machine boots and measures, {profile}; a minute or two")
    root = images.root(built, profile, run / profile, run / f"{profile}-root")
    return console.read(machine.run(built, root, image_of(run / profile), run / f"{profile}-console.log"))


def fresh(folder: Path) -> Path:
    """The folder, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def image_of(tree: Path) -> Path:
    """Where a tree's image is."""
    return tree.with_suffix(".squashfs")


def say(words: str) -> None:
    """A line for the person who waits."""
    click.echo(f"lab-mips: {words}", err=True)
    sys.stderr.flush()


if __name__ == "__main__":
    os.nice(10)
    main()
