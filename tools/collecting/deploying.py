"""`footfall collector files`: what an operator puts beside a collector."""

import shutil
import sys
from importlib.resources import files
from pathlib import Path

import click

from collector.options import sources

from ..errors import ToolError
from .options import folder_option

NAMES = (
    "footfall-collector.service",
    "footfall-worker@.service",
    "footfall-broker.service",
    "footfall-nats@.service",
    "footfall-backup.service",
    "footfall-backup.timer",
    "footfall-nightly.service",
    "footfall-nightly.timer",
    "footfall-spark-master.service",
    "footfall-spark-worker@.service",
    "footfall-rules.yml",
    "footfall-dashboard.json",
)


@click.command("files")
@folder_option
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Where to write them.")
def write_files(folder: Path, out: Path) -> None:
    """Write systemd units, Prometheus alert rules and a Grafana dashboard for this collector.

    The units go to /etc/systemd/system and run as the user footfall, who must own the collector's folder: broker and
    collector, a backup each night into /var/backups/footfall, and what only larger fleets need. Prometheus is to scrape
    /metrics of the page's port under the job name footfall.

    \b
    As root, after it:
      cp OUT/footfall-broker.service OUT/footfall-collector.service OUT/footfall-backup.* /etc/systemd/system
      install -d -o footfall -g footfall -m 700 /var/backups/footfall
      systemctl daemon-reload
      systemctl enable --now footfall-broker footfall-collector footfall-backup.timer
    """
    words = {
        "@folder@": str(folder.absolute()),
        "@program@": str(Path(sys.argv[0]).absolute()),
        "@mosquitto@": shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin") or "/usr/sbin/mosquitto",
        "@nats@": shutil.which("nats-server", path="/usr/sbin:/usr/local/bin:/usr/bin") or "/usr/local/bin/nats-server",
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            text = files("collector.deploy").joinpath(name).read_text(encoding="utf-8")
            for word, value in words.items():
                text = text.replace(word, value)
            (out / name).write_text(text, encoding="utf-8")
            click.echo(str(out / name))
        if not (folder / sources.FILE_NAME).exists():
            click.echo(f"Careful: there is no collector in {folder} yet: footfall collector init", err=True)
    except OSError as exc:
        raise ToolError(f"{out} cannot be written: {exc.strerror}. Choose another --out") from exc
