"""The `footfall` command: its groups, each in a module of its own, loaded when it is called."""

import errno
import sys
from collections.abc import Sequence

import click

from .lazy import Lazy

# command -> (module, attribute, one line for the list); loading them all would take a second that --help need not wait.
COMMANDS = {
    "run": ("tools.run.cli", "run", "Broker, collector, sensor, report and page on this machine."),
    "report": ("tools.report.cli", "report", "Print a site's numbers, and export them."),
    "sensor": ("tools.sensor_cli", "sensor", "The device pipeline over a capture, without a collector."),
    "collector": ("tools.collecting.cli", "collector", "Make and run a collector; look at what it refused."),
    "fleet": ("tools.fleet.cli", "fleet", "The sensors: how they are, and who may send."),
    "device": ("tools.device.cli", "device", "The access points: check, flash, place and verify them; their images."),
    "simulate": ("tools.simulate.cli", "simulate", "Captures, and whole fleets, whose truth is known."),
    "bench": ("tools.bench.cli", "bench", "What each part costs, beside its peers."),
}

DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)


@click.group(cls=Lazy, commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="footfall", prog_name="footfall")
def cli() -> None:
    """Footfall counts people in shops, malls and streets from Wi-Fi probe requests, without learning who they are.

    \b
    Begin with:
      footfall run                       a simulated shop day: report and page
      footfall run --once --capture F    the same from a capture of yours
    Exit codes: 0 ok, 1 failed (the last line says what to do), 2 wrong usage.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point. A disk that says no is said in a line, whichever command met it where."""
    try:
        cli.main(args=list(arguments) if arguments is not None else None, prog_name="footfall")
    except _disk_errors() as exc:
        if isinstance(exc, OSError) and exc.errno not in DISK_ERRORS:
            raise
        says = getattr(exc, "orig", exc)  # the database's own words, without SQL and its values
        sys.exit(f"Error: {says}. Free some space or check the disk; run the same command again when that is mended")


def _disk_errors() -> tuple[type[Exception], ...]:
    """What a full or failing disk raises. SQLAlchemy is slow to load, and so not loaded for the sake of a name."""
    sqlalchemy = sys.modules.get("sqlalchemy.exc")
    return (OSError, sqlalchemy.OperationalError) if sqlalchemy else (OSError,)


if __name__ == "__main__":
    main()
