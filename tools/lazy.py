"""Groups of commands, each command in a module that is loaded when it is called: --help need not wait for Arrow."""

import difflib
import importlib
from collections.abc import Mapping
from typing import Any

import click

Commands = Mapping[str, tuple[str, str, str]]  # name -> module, attribute, one line for the list


class Lazy(click.Group):
    """A group whose list is a table. A test sees that the table says what the commands say."""

    def __init__(self, *arguments: Any, commands: Commands, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.table = commands

    def list_commands(self, _context: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(self.table)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """The command of this name, its module loaded."""
        if name not in self.table:
            return None
        module, attribute, _ = self.table[name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named; of one that is not there, the nearest is said."""
        near = difflib.get_close_matches(args[0], self.table, n=1) if args[0] not in self.table else []
        if near:
            context.fail(f"No such command '{args[0]}'. Did you mean '{near[0]}'?")
        return super().resolve_command(context, args)

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """The list, without loading what it lists."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, _, says) in self.table.items()])
