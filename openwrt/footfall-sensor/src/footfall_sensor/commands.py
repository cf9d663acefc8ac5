"""The command line, read by argparse, because click is not on a unit."""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from . import __version__, capture, codes, config, config_file, keys, replay, selftest, startup, words
from .errors import CaptureError, ConfigError, NoKeyError, SensorError, StalledError


def build_parser() -> argparse.ArgumentParser:
    """The commands and their options; docs/cli.md is made from it."""
    parser = argparse.ArgumentParser(
        prog="footfall-sensor",
        description="Listens to Wi-Fi probe requests, turns each address into a keyed token in memory, and sends "
        "signed batches to a collector.",
    )
    parser.add_argument("--version", action="version", version=f"footfall-sensor {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = _command(commands, "run", "listen on the interface of the configuration, or play captures", _run)
    run.add_argument(
        "--capture",
        type=Path,
        action="append",
        metavar="FILE",
        help="play this pcap or pcapng (may be .gz) instead of listening; repeatable",
    )
    run.add_argument("--speed", type=float, default=0.0, help="captured seconds a second; 0 = as fast as it goes")
    run.add_argument(
        "--patience-s", type=float, default=60.0, help="give up when the collector takes nothing for so long"
    )
    run.add_argument("--json", action="store_true", help="print the totals as one JSON object")
    status = _command(commands, "status", "how the running agent is, in plain words; exit code 1 if it is not", _status)
    status.add_argument("--json", action="store_true", help="print all that it last said, as one JSON object")
    test = _command(commands, "selftest", "try everything a unit needs, a line each, with what to do", _selftest)
    test.add_argument("--seconds", type=float, default=5.0, help="how long to listen (default %(default)s)")
    test.add_argument("--json", action="store_true", help="print one JSON object")
    enrol = _command(commands, "enrol", "ask the collector to let this unit in; exit code 0 once it has", _enrol)
    enrol.add_argument("--claim", metavar="CODE", help="the claim's code, instead of the configuration's")
    enrol.add_argument("--url", help="where to ask, instead of the configuration's enrol_url")
    enrol.add_argument("--wait", action="store_true", help="ask again until somebody has approved it")
    enrol.add_argument("--run", action="store_true", help="wait, then listen: what the service does")
    enrol.add_argument("--json", action="store_true", help="print one JSON object")
    _command(commands, "check", "say whether the configuration will do; the init script asks this", _check)
    return parser


def run(arguments: Sequence[str]) -> int:
    """Do what the words say; returns the exit code. Raises SensorError."""
    parsed = build_parser().parse_args(arguments)
    return int(parsed.call(parsed))


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, says: str, call: object
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=says)
    parser.add_argument("--config", type=Path, default=config_file.DEFAULT_PATH, help="UCI file (default %(default)s)")
    parser.set_defaults(call=call)
    return parser


def _check(arguments: argparse.Namespace) -> int:
    startup.look(arguments.config)
    return 0


def _run(arguments: argparse.Namespace) -> int:
    if not arguments.capture:
        from .__main__ import listen  # noqa: PLC0415 - it imports this module too

        return listen(arguments.config)
    chosen = config_file.load(arguments.config)
    if not chosen.name:
        raise ConfigError("option name: missing. A replay needs the name that its sensor is registered by")
    boot = replay.boot_id(chosen, arguments.capture)
    played = replay.Replay(chosen, boot, replay.Pace(arguments.speed, arguments.patience_s))
    fault: SensorError | None = None
    try:
        played.run(capture.read_all(arguments.capture))
    except (CaptureError, NoKeyError, StalledError) as exc:
        fault = exc
    totals = asdict(played.totals)
    if arguments.json:
        said = {**totals, "boot": boot.hex(), "waiting": played.waiting, "error": str(fault) if fault else None}
        print(json.dumps(said))
    else:
        print("\n".join(f"{name.replace('_', ' '):24} {count}" for name, count in totals.items() if count))
    if fault:
        raise fault
    return 0 if not played.waiting else 1


def _enrol(arguments: argparse.Namespace) -> int:
    from . import joining, relaunch  # noqa: PLC0415 - HTTP, which no other command needs

    given = {name: value for name, value in (("claim", arguments.claim), ("enrol_url", arguments.url)) if value}
    asked = joining.Joining(config_file.load(arguments.config, given), leave=arguments.run)
    member = asked.until_member() if arguments.wait or arguments.run else asked.once()
    if arguments.run:
        listen = relaunch.command("run", "--config", str(arguments.config))
        os.execv(listen[0], listen)  # noqa: S606 - ourselves, with other words
    approved = member.state.value == "approved"
    names = {"state": member.state.value, "says": member.says, "sensor": member.sensor, "site": member.site}
    said = {**names, "fingerprint": asked.fingerprint}
    if arguments.json:
        print(json.dumps(said))
    else:
        print("\n".join(f"{label:24} {text}" for label, text in words.enrolment(said)))
    return int(not approved)


def _status(arguments: argparse.Namespace) -> int:
    chosen = config_file.load(arguments.config)
    if chosen.enrolment_path.exists():
        return _waits(chosen.enrolment_path, arguments.json)
    path = chosen.status_path
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise SensorError(f"{path}: {exc.strerror}. Is the agent running? Try: /etc/init.d/footfall start") from exc
    except ValueError as exc:
        raise SensorError(f"{path} is damaged. Start the agent again: /etc/init.d/footfall restart") from exc
    age_s = time.monotonic() - said["written_s"]
    if arguments.json:
        print(json.dumps({**said, "age_s": round(age_s, 1)}))
    else:
        print("\n".join(f"{label:24} {text}" for label, text in words.status(said, age_s)))
        print(f"{'fingerprint':24} {_fingerprint(chosen)}")
    return int(words.has_stopped(said, age_s))


def _waits(path: Path, as_json: bool) -> int:
    """Of a unit that is no member yet."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        age_s = time.monotonic() - said["written_s"]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise SensorError(f"{path} is damaged. Start the agent again: /etc/init.d/footfall restart") from exc
    if as_json:
        print(json.dumps(said))
    else:
        print("\n".join(f"{label:24} {text}" for label, text in words.enrolment(said, age_s)))
    return 1


def _fingerprint(chosen: config.Config) -> str:
    try:
        return codes.fingerprint(keys.read_public(chosen.key_path.with_name(chosen.key_path.name + ".pub")).raw)
    except SensorError:
        return "cannot be read; try as root"


def _selftest(arguments: argparse.Namespace) -> int:
    checks = selftest.run(startup.look(arguments.config).config, arguments.seconds)
    failed = [check for check in checks if check.ok is False]
    if arguments.json:
        print(json.dumps({"ok": not failed, "checks": [asdict(check) for check in checks]}))
    else:
        for check in checks:
            print(f"{words.VERDICTS[check.ok]:5} {check.name:10} {check.says}{f'. {check.do}' if check.do else ''}")
    print(f"footfall-sensor: {len(failed)} of {len(checks)} failed", file=sys.stderr)
    return int(bool(failed))
