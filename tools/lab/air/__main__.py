"""`make lab-air`: run the lab and print what it has shown; the last line is one JSON object."""

import gzip
import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click

from ...errors import ToolError
from . import cpio, frames, image, leaks, machine, records, stored, verdict
from .guest import radios, scene
from .line import Line
from .records import Records
from .verdict import Verdict

LIMIT_S = 240.0
HERE = Path(__file__).parent
# Short windows, channels and reports: the lab is not to take longer than it must.
COMMON = {"window_s": str(scene.WINDOW_S), "health_s": "1", "dwell_ms": "150", "clock": "ntp"}
OPTIONS = {
    scene.FIXED_AGENT: {**COMMON, "interface": scene.MONITOR, "hop": "off", "channels": str(scene.HOME)},
    scene.SHARED_AGENT: {
        **COMMON,
        "interface": scene.SHARED,
        "associated": "on",
        "bssid": scene.ADDRESSES[scene.ACCESS_POINT],
    },
    scene.HOPPING_AGENT: {**COMMON, "interface": scene.MONITOR},
}


@click.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path), default=Path("build/lab-air"), show_default=True)
@click.option("--record", type=click.Path(path_type=Path), help="Also keep what the observer heard, as a pcap.gz.")
def main(folder: Path, record: Path | None) -> None:
    """Emulated phones, an access point and the real sensor on a real kernel's Wi-Fi stack, judged at the collector."""
    began_s = time.monotonic()
    for name in (machine.QEMU, image.BUSYBOX, *image.PROGRAMS, "tshark"):
        image.program(name)
    run = _fresh(folder.absolute())
    kernel = _kernel(folder.absolute())
    with Line(run) as line:
        _play(line, kernel)
        noted = records.read(run / "records.tar.gz")
        found = _judge(line, noted)
    if record is not None:
        record.write_bytes(gzip.compress(noted.files["observer.pcap"], 9, mtime=0))
    for fault in found.faults:
        click.echo(f"lab-air: {fault}", err=True)
    click.echo(json.dumps({**asdict(found), "run_s": round(time.monotonic() - began_s, 1)}))
    if found.faults:
        raise ToolError(f"the lab did not show what it must; everything it recorded is in {run}")


def _fresh(folder: Path) -> Path:
    """An empty folder for this run; the last one's is thrown away, the kernel stays."""
    run = folder / "run"
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir(parents=True)
    return run


def _kernel(folder: Path) -> Path:
    done = subprocess.run(
        [str(HERE / "kernel"), str(folder / "kernel")], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise ToolError("Debian's kernel could not be fetched; what apt said stands above")
    return Path(done.stdout.strip())


def _play(line: Line, kernel: Path) -> None:
    """Boot the machine with everything in it, and wait for its end."""
    click.echo("lab-air: the machine boots and plays; about a minute and a half", err=True)
    extra = [
        cpio.file("etc/lab/hwsim", scene.HWSIM.encode()),
        cpio.file("etc/lab/python", image.interpreter().encode()),
        *line.configuration(OPTIONS),
    ]
    initrd = line.folder / "initrd.gz"
    initrd.write_bytes(image.build(kernel, extra))
    taken = machine.Records(line.folder / "records.tar.gz")
    console = line.folder / "console.log"
    guest = machine.boot(kernel, initrd, console, {scene.RECORDS_PORT: taken.port, scene.BROKER_PORT: line.port})
    try:
        if guest.wait(LIMIT_S) is None:
            raise ToolError(f"the machine did not end within {LIMIT_S:.0f} s; its console is in {console}")
    finally:
        guest.kill()
        initrd.unlink()
    taken.close()


def _judge(line: Line, noted: Records) -> Verdict:
    found = Verdict()
    air, second = (frames.read(line.folder / f"{name}.pcap") for name in ("everything", "second"))
    drawn = [str(note["address"]) for note in noted.events if note["event"] == "drawn"]
    phones = verdict.whose(drawn)
    of = {agent: stored.read(line.open(), agent) for agent in scene.AGENTS}
    said = {agent: line.health(agent) for agent in scene.AGENTS}
    found.channels = {agent: reports[-1].channels for agent, reports in said.items() if reports}

    span = noted.span(scene.FIXED_AGENT)
    sent = frames.by_address(frames.within(air, span))
    verdict.count_fixed(found, sent, of[scene.FIXED_AGENT], phones)
    joins = frames.by_address(frames.within(air, span, frames.JOINS))
    verdict.count_shared(found, sent, joins, of[scene.SHARED_AGENT])
    span = noted.span(scene.HOPPING_AGENT)
    sent = frames.by_address(frames.within(air, span))
    hopping = said[scene.HOPPING_AGENT]
    heard = dict(hopping[-1].heard) if hopping else {}
    verdict.count_hopping(found, sent, frames.within(second, span), of[scene.HOPPING_AGENT], heard)
    known = set(phones) - {verdict.mac(scene.ADDRESSES[scene.SENSOR])}
    counters = [note for note in noted.events if note["event"] == "sent"]
    verdict.count_ours(found, counters, noted.last("control"), air, known)
    states = [report.radio for report in hopping]
    verdict.follow(found, states, ["listening", *(state for _, state in radios.ACTS), "gone"])
    _search(found, phones, line, noted)
    for agent in scene.AGENTS:
        code = noted.last("agent", name=agent)["exit_code"]
        if code:
            found.faults.append(f"{agent} ended with exit code {code}: {noted.files[f'{agent}.log'].decode()[-500:]}")
    return found


def _search(found: Verdict, phones: Mapping[bytes, str], line: Line, noted: Records) -> None:
    """No address and no network name is in anything that left the agent's process."""
    names = [name.encode() for name in (scene.SHOP_SSID, *scene.HOME_SSIDS)]
    places = {
        **noted.of_agents(),
        **{f"message {at} of {post.topic}": post.payload for at, post in enumerate(line.ear.posts)},
        **leaks.folder(line.folder / "collector"),
        **{name: (line.folder / name).read_bytes() for name in ("collector.log", "broker.log")},
    }
    leaked = leaks.found([*phones, *names], places)
    found.leaks = len(leaked)
    found.faults += leaked
    spoken = set(phones) - {verdict.mac(scene.ADDRESSES[scene.OBSERVER])}
    unseen = [secret for secret in (*spoken, *names) if secret not in noted.files["everything.pcap"]]
    if unseen or not any(path.endswith("status.json") for path in places):
        found.faults.append(f"the search proves nothing: {unseen} were never on the air, or no status file was kept")


if __name__ == "__main__":
    os.nice(5)
    main()
