"""`footfall-sensor`: what runs on a unit. argparse, because click is not on it."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from . import __version__, agent, capture, config
from .errors import CaptureError, NoKeyError, SensorError
from .wire.envelope import BOOT_BYTES


def build_parser() -> argparse.ArgumentParser:
    """The commands and their options; docs/cli.md is made from it."""
    parser = argparse.ArgumentParser(
        prog="footfall-sensor",
        description="Listens to Wi-Fi probe requests, turns each address into a keyed token in memory, and sends "
        "signed batches to a collector.",
    )
    parser.add_argument("--version", action="version", version=f"footfall-sensor {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run the agent (for now on captures; a radio comes with the package)")
    run.add_argument("--config", type=Path, default=config.DEFAULT_PATH, help="UCI file (default %(default)s)")
    run.add_argument(
        "--capture",
        type=Path,
        action="append",
        required=True,
        metavar="FILE",
        help="pcap or pcapng, may be .gz; repeatable",
    )
    run.add_argument("--speed", type=float, default=0.0, help="captured seconds a second; 0 = as fast as it goes")
    run.add_argument(
        "--patience-s", type=float, default=60.0, help="give up when the collector takes nothing for so long"
    )
    run.add_argument("--json", action="store_true", help="print the totals as one JSON object")
    run.set_defaults(call=_run)
    status = commands.add_parser("status", help="what the running agent said of itself last")
    status.add_argument("--config", type=Path, default=config.DEFAULT_PATH, help="UCI file (default %(default)s)")
    status.add_argument("--json", action="store_true", help="print it as one JSON object")
    status.set_defaults(call=_status)
    return parser


def _run(arguments: argparse.Namespace) -> int:
    chosen = config.load(arguments.config)
    boot = capture.fingerprint(arguments.capture)[:BOOT_BYTES]
    replay = agent.Replay(chosen, boot, agent.Pace(arguments.speed, arguments.patience_s))
    fault: SensorError | None = None
    try:
        replay.run(capture.read_all(arguments.capture))
    except (CaptureError, NoKeyError) as exc:
        fault = exc
    totals = asdict(replay.totals)
    if arguments.json:
        said = {**totals, "boot": boot.hex(), "waiting": replay.waiting, "error": str(fault) if fault else None}
        print(json.dumps(said))
    else:
        print("\n".join(f"{name.replace('_', ' '):24} {count}" for name, count in totals.items() if count))
    if fault:
        raise fault
    return 0 if not replay.waiting else 1


def _status(arguments: argparse.Namespace) -> int:
    path = config.load(arguments.config).status_path
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as exc:
        raise SensorError(f"{path}: {exc.strerror}. Is the agent running? Try: /etc/init.d/footfall start") from exc
    if arguments.json:
        print(json.dumps(json.loads(text)))
        return 0
    for name, value in json.loads(text).items():
        print(f"{name.replace('_', ' '):24} {value}")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code: 0 ok, 1 failed, 2 usage (by argparse)."""
    parsed = build_parser().parse_args(arguments)
    try:
        return int(parsed.call(parsed))
    except SensorError as exc:
        print(f"footfall-sensor: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
