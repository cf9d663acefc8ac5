"""Making a collector and its sensors on disk: folders, keys, settings, registry. Nothing runs here."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from collector import folder as collector_folder
from collector.options.settings import Settings
from collector.records.registry import Site, Tenant
from footfall_sensor import config_file, keys, signing
from footfall_sensor.config import Config
from tools.run import broker

TENANT, SITE = "torture", "yard"


def home(folder: Path) -> Path:
    """The collector's folder on a stage."""
    return folder / "collector"


def found(
    folder: Path, broker_port: int, http_port: int, database_url: str = "", store_url: str = "", workers: int = 0
) -> None:
    """Make the collector of a stage."""
    chosen = Settings(
        broker_host=broker.HOST,
        broker_port=broker_port,
        http_port=http_port,
        database_url=database_url,
        store_url=store_url,
        disk_floor_mib=0,
        workers=workers,
    )
    collector_folder.create(home(folder), chosen)
    registry = collector_folder.open_folder(home(folder)).registry
    # The day turns twelve hours from now: no test of an hour runs into it.
    registry.put_tenant(Tenant(TENANT, epoch_turn_h=(time.gmtime().tm_hour + 12) % 24))
    registry.put_site(Site(TENANT, SITE))
    registry.engine.dispose()


def enrol(folder: Path, name: str, broker_port: int, options: Mapping[str, int | str]) -> Path:
    """Make a sensor's folder with key and configuration, and register it. Returns its UCI file."""
    base = folder / "sensors" / name
    chosen = replace(
        Config(
            name=name,
            tenant=TENANT,
            broker_host=broker.HOST,
            broker_port=broker_port,
            state_dir=str(base / "state"),
            run_dir=str(base / "run"),
        ),
        **options,  # type: ignore[arg-type]
    )
    secret = signing.backend().generate()
    keys.write_secret(chosen.key_path, secret)
    chosen.collector_key_path.write_text((home(folder) / "collector.key.pub").read_text(encoding="ascii"))
    registry = collector_folder.open_folder(home(folder)).registry
    registry.put_sensor(TENANT, name, SITE, secret.public.id, secret.public.raw)
    registry.engine.dispose()
    uci = base / "footfall.uci"
    uci.write_text(config_file.render(chosen), encoding="utf-8")
    return uci
