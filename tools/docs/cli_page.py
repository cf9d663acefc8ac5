"""docs/cli.md: every command's help, as the command prints it."""

import argparse
import os
from collections.abc import Iterator

import click

from footfall_sensor.commands import build_parser

from ..cli import cli

WIDTH = 100


def render() -> str:
    """The page."""
    parts = ["# Commands\n\nMade from the commands' help by `make docs`. Exit codes: 0 ok, 1 failed, 2 wrong usage.\n"]
    parts += [f"## {path}\n\n```\n{text}\n```\n" for path, text in _helps("footfall", cli)]
    for name, text in _sensor_helps():
        parts.append(f"## {name} (on a unit)\n\n```\n{text}\n```\n")
    return "\n".join(parts)


def _helps(path: str, command: click.Command, parent: click.Context | None = None) -> Iterator[tuple[str, str]]:
    name = path.rpartition(" ")[2]
    context = click.Context(command, parent, name, terminal_width=WIDTH, **command.context_settings)
    yield path, command.get_help(context).rstrip()
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from _helps(f"{path} {name}", child, context)


def _sensor_helps() -> Iterator[tuple[str, str]]:
    os.environ["COLUMNS"] = str(WIDTH)  # where argparse looks for the width
    parser = build_parser()
    yield parser.prog, parser.format_help().rstrip()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                yield f"{parser.prog} {name}", child.format_help().rstrip()
