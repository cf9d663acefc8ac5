"""`make lab-air`: run the lab and print what it has shown; the last line is one JSON object."""

import gzip
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click

from tools.lab.options import folder_option

from ...errors import ToolError
from . import cpio, frames, image, leaks, machine, records, stored, verdict
from .guest import radios, scene
from .line import Line
from .records import Records
from .verdict import Verdict

LIMIT_S = 240.0
TAKES = {scene.WHOLE_FORM: "a minute and a half", scene.SHORT_FORM: "half a minute"}
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
@folder_option("air")
@click.option("--record", type=click.Path(path_type=Path), help="Also keep what the observer heard, as a pcap.gz.")
@click.option("--short", is_flag=True, help="One sensor on one channel and a few scans: half a minute.")
def main(folder: Path, record: Path | None, short: bool) -> None:
    """Emulated phones, an access point and the real sensor on a real kernel's Wi-Fi stack, judged at the collector."""
    if short and record:
        raise click.UsageError("the short form has no observer to record; leave --short out")
    began_s = time.monotonic()
    for name in (machine.QEMU, image.BUSYBOX, *image.PROGRAMS, "tshark"):
        image.program(name)
    run = _fresh(folder.absolute())
    kernel = _kernel(folder.absolute())
    with Line(run) as line:
        _play(line, kernel, scene.SHORT_FORM if short else scene.WHOLE_FORM)
        noted = records.read(run / "records.tar.gz")
        found = _judge_short(line, noted) if short else _judge(line, noted)
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


def _play(line: Line, kernel: Path, form: str) -> None:
    """Boot the machine with everything in it, and wait for its end."""
    click.echo(f"lab-air: the machine boots and plays; about {TAKES[form]}", err=True)
    extra = [
        cpio.file(str(scene.FORM).lstrip("/"), form.encode()),
        cpio.file("etc/lab/hwsim", scene.HWSIM.encode()),
        cpio.file("etc/lab/python", image.interpreter().encode()),
        *line.configuration(OPTIONS),
    ]
    initrd = line.folder / "initrd"
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
    drawn = [str(note["address"]) for note in noted.all("drawn")]
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
    verdict.count_ours(found, noted.all("sent"), noted.last("control"), air, known)
    states = [report.radio for report in hopping]
    verdict.follow(found, states, ["listening", *(state for _, state in radios.ACTS), "gone"])
    names = (scene.SHOP_SSID, *scene.HOME_SSIDS)
    _search(found, set(phones) - {verdict.mac(scene.ADDRESSES[scene.OBSERVER])}, names, line, noted)
    _ended_well(found, scene.AGENTS, noted)
    return found


def _judge_short(line: Line, noted: Records) -> Verdict:
    found, agent = Verdict(), scene.FIXED_AGENT
    air = frames.read(line.folder / "everything.pcap")
    sent = frames.by_address(frames.within(air, noted.span(agent)))
    verdict.count_fixed(found, sent, stored.read(line.open(), agent), verdict.whose(()), scene.SHORT)
    known = set(verdict.ordered(scene.SHORT))
    verdict.count_ours(found, noted.all("sent"), noted.last("control"), air, known)
    verdict.follow(found, [report.radio for report in line.health(agent)], ["listening"])
    _search(found, known | {verdict.mac(scene.ADDRESSES[scene.SENSOR])}, scene.HOME_SSIDS, line, noted)
    _ended_well(found, (agent,), noted)
    return found


def _ended_well(found: Verdict, agents: Iterable[str], noted: Records) -> None:
    for agent in agents:
        code = noted.last("agent", name=agent)["exit_code"]
        if code:
            found.faults.append(f"{agent} ended with exit code {code}: {noted.files[f'{agent}.log'].decode()[-500:]}")


def _search(found: Verdict, spoken: set[bytes], ssids: Iterable[str], line: Line, noted: Records) -> None:
    """No address and no network name is in anything that left the agent's process; all of these were on the air."""
    names = [ssid.encode() for ssid in ssids]
    places = {
        **noted.of_agents(),
        **{f"message {at} of {post.topic}": post.payload for at, post in enumerate(line.ear.posts)},
        **leaks.folder(line.folder / "collector"),
        **{name: (line.folder / name).read_bytes() for name in ("collector.log", "broker.log")},
    }
    leaked = leaks.found([*spoken, verdict.mac(scene.ADDRESSES[scene.OBSERVER]), *names], places)
    found.leaks = len(leaked)
    found.faults += leaked
    unseen = [secret for secret in (*spoken, *names) if secret not in noted.files["everything.pcap"]]
    if unseen or not any(path.endswith("status.json") for path in places):
        found.faults.append(f"the search proves nothing: {unseen} were never on the air, or no status file was kept")


if __name__ == "__main__":
    os.nice(5)
    main()
