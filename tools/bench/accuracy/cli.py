"""`footfall bench accuracy`: how right the counts are, beside plainer ways of counting on the same input."""

import importlib

import click

# name -> (module, attribute, one line for the list); numpy and scikit-learn are loaded by the one that is called.
COMMANDS = {
    "devices": ("tools.bench.accuracy.devices", "devices", "Phones in mixes of labelled recordings."),
    "people": ("tools.bench.accuracy.people", "people", "People in a labelled room, every ten minutes."),
}


class _Lazy(click.Group):
    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, _, says) in COMMANDS.items()])


@click.group(name="accuracy", cls=_Lazy)
def accuracy() -> None:
    """Judge the counts against labelled recordings.

    Real frames go through the sensor's own core and the collector's own counting; nothing is fitted to the folder that
    is judged. Simpler ways of counting are judged on the same windows.
    """
