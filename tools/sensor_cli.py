"""`footfall sensor replay`: what a device would make of a capture, without broker or collector."""

import json
import os
from pathlib import Path

import click

from footfall_sensor import capture, signing
from footfall_sensor.errors import SensorError
from footfall_sensor.listening import Closed, Epoch, Listening, batches
from footfall_sensor.pseudonym import KEY_BYTES, Pseudonymiser
from footfall_sensor.wire import batch as batch_wire
from footfall_sensor.wire import envelope
from footfall_sensor.wire.batch import COUNTER_NAMES, ClockState
from footfall_sensor.wire.envelope import Envelope, Kind

from .errors import ToolError
from .options import last_line_option

BATCH_SIGHTINGS_MAX = 400


@click.group("sensor")
def sensor() -> None:
    """The device pipeline on this machine."""


@sensor.command()
@click.argument("captures", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write the sealed batches here, a file each.")
@last_line_option
def replay(captures: tuple[Path, ...], out: Path | None, as_json: bool) -> None:
    """Turn CAPTURES into windows and sealed batches with a key made for the occasion and thrown away.

    \b
    Example:
      footfall sensor replay day.pcap.gz --out batches/
    """
    epoch = Epoch("replay", Pseudonymiser(os.urandom(KEY_BYTES)))
    listening = Listening(lambda _start_ms: epoch)
    windows: list[Closed] = []
    fault = ""
    try:
        for frame in capture.read_all(captures):
            if frame is None:
                windows.extend(listening.pause())
            else:
                windows.extend(listening.hear(frame.ts_ms, frame.raw, frame.link_type))
    except SensorError as exc:
        fault = str(exc)
    windows.extend(listening.pause())
    sealed = _seal(windows)
    if out is not None:
        _write(out, sealed)
    said = {name: sum(getattr(window.counters, name) for window in windows) for name in sorted(COUNTER_NAMES)}
    said["windows"] = len(windows)
    said["sightings"] = sum(len(window.columns) for window in windows)
    said["batches"] = len(sealed)
    said["bytes"] = sum(map(len, sealed))
    if as_json:
        click.echo(json.dumps({**said, "error": fault or None}))
    else:
        for name, count in said.items():
            click.echo(f"{name.replace('_', ' '):14} {count:>12,}")
    if fault:
        raise ToolError(fault)


def _seal(windows: list[Closed]) -> list[bytes]:
    backend = signing.backend()
    key = backend.generate()
    boot = os.urandom(envelope.BOOT_BYTES)
    bodies = [
        batch_wire.encode(batch)
        for window in windows
        for batch in batches(window, ClockState.CAPTURE, BATCH_SIGHTINGS_MAX)
    ]
    return [
        envelope.seal(Envelope(Kind.BATCH, "replay", boot, number, body), lambda text: backend.sign(key, text))
        for number, body in enumerate(bodies)
    ]


def _write(out: Path, sealed: list[bytes]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        for number, envelope_bytes in enumerate(sealed):
            (out / f"{number:06d}.envelope").write_bytes(envelope_bytes)
    except OSError as exc:
        raise ToolError(f"cannot write to {out}: {exc.strerror}; give another folder") from exc
