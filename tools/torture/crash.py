"""Crash points: a fixed series of commits is ended before each of its steps, once by a kill and once by a power cut.

python -m tools.torture.crash FOLDER: a process of its own, because it forks; prints one JSON object. After each crash
a second process opens the folder, sweeps, and asks the oracle; then all batches come again, and it asks once more.
"""

import json
import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random

from collector import folder as collector_folder
from collector.admission.door import Admitted
from collector.options.settings import Settings
from collector.records.registry import Sensor, Site, Tenant
from collector.records.reports import boot_number
from collector.storage.store import READERS_S, SIGHTINGS, VISITS, Store
from footfall_sensor.wire import batch, envelope
from footfall_sensor.wire.envelope import Envelope, Kind
from tools.run.child import module

from . import stored
from .errors import TortureError
from .evidence import Sent, Stored
from .journal import Key
from .oracle import Verdict, judge
from .sender import made_up
from .tripwire import NEVER, Tripwire

TENANT, SITE, SENSORS = "torture", "yard", ("front", "back")
BOOT = b"one boot"
START_MS = 1_800_000_000_000
DAY_MS = 86_400_000
NOW_MS = START_MS + DAY_MS + 60_000  # the first day has ended, and is still waited for


@dataclass(frozen=True, slots=True)
class Crashes:
    """What the crashes of one run came to. `points` are the steps of the series; each trial is one crash."""

    points: int
    trials: int
    lost: int
    doubled: int
    invented: int
    conservation_error: int
    halves: int  # commits of which a part was there after the crash
    orphans: int  # files that nobody lists, after a sweep
    says: tuple[str, ...]


def run(folder: Path, every: int = 1) -> Crashes:
    """Crash before every `every`th step, in a process of its own. Raises TortureError where that fails."""
    done = subprocess.run(
        module("tools.torture.crash", str(folder), str(every)), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise TortureError(f"the crash run failed: {done.stderr.strip()[-500:]}")
    said = json.loads(done.stdout)
    return Crashes(**{**said, "says": tuple(said["says"])})


def script(sensors: Sequence[Sensor]) -> list[list[tuple[Admitted, bytes]]]:
    """The commits: two sensors and two days, a batch that comes again, and one without sightings."""
    chance = Random(4)
    commits: list[list[tuple[Admitted, bytes]]] = []
    for commit in range(3):
        items = []
        for number in range(4 * commit, 4 * commit + 4):
            sensor = sensors[number % 2]
            made = made_up(chance, START_MS + number // 2 % 2 * DAY_MS + number, rows=number % 3)
            body = batch.encode(made)
            sealed = envelope.seal(Envelope(Kind.BATCH, sensor.name, BOOT, number, body), lambda _: bytes(64))
            items.append((Admitted(sensor, boot_number(BOOT), number, batch.decode(body), NOW_MS), sealed))
        commits.append(items)
    commits[1].append(commits[0][0])
    return commits


def prepare(folder: Path) -> None:
    """A collector's folder that the crashes copy."""
    collector_folder.create(folder, Settings())
    opened = collector_folder.open_folder(folder)
    opened.registry.put_tenant(Tenant(TENANT))
    opened.registry.put_site(Site(TENANT, SITE))
    for name in SENSORS:
        opened.registry.put_sensor(TENANT, name, SITE, bytes(8), bytes(32))
    opened.registry.engine.dispose()


def act(folder: Path, wire: Tripwire, done: Callable[[int], object]) -> None:
    """Play the series; `done` is told after each commit, as a sensor would be."""
    opened = collector_folder.open_folder(folder)
    wire.stretch(opened.registry.engine)
    opened.store.sweep()
    for number, items in enumerate(script(opened.registry.sensors())):
        opened.store.commit([item for item, _ in items], NOW_MS)
        done(number)
        _publish_visits(opened.store, number)
    wire.step("end")


def look(folder: Path, acknowledged: int) -> tuple[Verdict, Verdict, int, int]:
    """What is there after a crash, and after everything has come again; then halves and orphans."""
    opened = collector_folder.open_folder(folder)
    opened.store.sweep()
    commits = script(opened.registry.sensors())
    found = stored.read(folder)
    first, there = _judged(found, commits, acknowledged), found.keys
    halves = sum(0 < len({_key(item) for item, _ in items} & there) < len(items) for items in commits[acknowledged:])
    if acknowledged == 1:  # its batch that comes again was there before
        halves -= len(there) == len(commits[0])
    for items in commits:
        opened.store.commit([item for item, _ in items], NOW_MS)
    opened.store.sweep()
    orphans = len(opened.store.orphans())
    missing = sum(opened.store.shelf.look(name) is None for name in opened.store.manifest.names())
    second = _judged(stored.read(folder), commits, len(commits))
    opened.registry.engine.dispose()
    return first, replace(second, lost=second.lost + missing), halves, orphans


def _publish_visits(store: Store, number: int) -> None:
    """A derived file that takes the place of the one before."""
    day = store.manifest.days(TENANT, SIGHTINGS)[0]
    table = store.table(store.manifest.files(TENANT, SIGHTINGS)[0], ("first_ms", "last_ms"))
    derived = store.write(VISITS, TENANT, "", day, table.rename_columns(["start_ms", "end_ms"]))
    store.swap(store.manifest.files(TENANT, VISITS), [derived], number, NOW_MS)
    store.tidy(NOW_MS + READERS_S * 1000)


def _judged(there: Stored, commits: list[list[tuple[Admitted, bytes]]], acknowledged: int) -> Verdict:
    meant = {_key(item): sealed for items in commits for item, sealed in items}
    kept = frozenset(_key(item) for items in commits[:acknowledged] for item, _ in items)
    return judge(Sent(meant, kept, kept, {}), there)


def _key(item: Admitted) -> Key:
    return Key(item.sensor.name, BOOT, item.number)


def _forked(work: Callable[[int], None]) -> tuple[int, bytes]:
    """Run `work` in a child with the end of a pipe; returns its wait status and what it wrote."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        try:
            work(writing)
            os._exit(0)
        finally:  # whatever it died of, the child must not go on as its parent
            traceback.print_exc()
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    return os.waitpid(child, 0)[1], said


def _count(folder: Path) -> list[str]:
    """The steps of the series, undisturbed."""

    def work(pipe: int) -> None:
        wire = Tripwire(NEVER)
        act(folder, wire, lambda _number: None)
        os.write(pipe, json.dumps(wire.steps).encode())

    status, said = _forked(work)
    if status:
        raise TortureError("the series of commits fails when nobody disturbs it")
    steps: list[str] = json.loads(said)
    return steps


def _try(folder: Path, at: int, power: bool) -> dict[str, object]:
    _, acks = _forked(lambda pipe: act(folder, Tripwire(at, power), lambda number: os.write(pipe, bytes([number]))))

    def work(pipe: int) -> None:
        first, second, halves, orphans = look(folder, len(acks))
        os.write(pipe, json.dumps([asdict(first), asdict(second), halves, orphans]).encode())

    status, said = _forked(work)
    if status:
        raise TortureError(f"the folder cannot be opened after a crash before step {at}, power={power}")
    first, second, halves, orphans = json.loads(said)
    sums = {name: first[name] + second[name] for name in ("lost", "doubled", "invented", "conservation_error")}
    says = [f"step {at}, power={power}: {line}" for line in (*first["says"], *second["says"])]
    return {**sums, "halves": halves, "orphans": orphans, "says": says}


def main() -> None:
    """Entry point of the process."""
    home, every = Path(sys.argv[1]), int(sys.argv[2])
    template = home / "template"
    _forked(lambda _pipe: prepare(template))
    shutil.copytree(template, home / "count")
    steps = _count(home / "count")
    trials = [(at, power) for at in range(1, len(steps) + 1, every) for power in (False, True)]
    found: list[dict[str, object]] = []
    for at, power in trials:
        folder = home / "trial"
        shutil.copytree(template, folder)
        found.append(_try(folder, at, power))
        shutil.rmtree(folder)
    names = ("lost", "doubled", "invented", "conservation_error", "halves", "orphans")
    sums = {name: sum(int(str(one[name])) for one in found) for name in names}
    says = [line for one in found for line in one["says"]]  # type: ignore[attr-defined]
    print(json.dumps({"points": len(steps), "trials": len(trials), **sums, "says": says}))


if __name__ == "__main__":
    main()
