"""Who objected is in no number: a whole line hears the same air twice, with the objecting phones and without."""

import random
from dataclasses import replace
from pathlib import Path

import air
import pytest
from brokers import MOSQUITTO
from lines import finish, plan

from collector import folder as folders
from collector.options.settings import Settings
from collector.storage.store import SIGHTINGS, WINDOWS
from tools.run.line import TENANT, Line, SensorPlan

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(not MOSQUITTO, reason="mosquitto is not installed; `make test` installs it"),
]
START_MS = 1_781_258_400_000


def phones(count: int, seed: int) -> list[bytes]:
    chance = random.Random(seed)
    return [b"\0" + chance.randbytes(5) for _ in range(count)]


OBJECTORS, OTHERS = phones(30, 1), phones(60, 2)


def captures(folder: Path) -> tuple[Path, Path]:
    """A quarter of an hour; the second file is the first without every frame of those who objected."""
    chance = random.Random(3)
    frames = [
        (START_MS + number * 90, mac, air.plain(chance.randint(-85, -40)) + air.probe(mac, seq=number & 0xFFF))
        for number in range(10_000)
        for mac in [chance.choice(OTHERS if number in (0, 9999) else OBJECTORS + OTHERS)]
    ]
    paths = folder / "all.pcap", folder / "rest.pcap"
    paths[0].write_bytes(air.pcap([(ms, raw) for ms, _, raw in frames]))
    paths[1].write_bytes(air.pcap([(ms, raw) for ms, mac, raw in frames if mac not in OBJECTORS]))
    return paths


def test_objection_has_no_effect_but_the_absence_of_the_phone(tmp_path: Path) -> None:
    """Two sensors of a site, one with the objectors in its air and one without: what the collector stores of them,
    window by window and token by token, with every counter, is the same. A third of the frames are the objectors'.
    """
    with_them, without = captures(tmp_path)
    sensors = (SensorPlan("full", (with_them,)), SensorPlan("bare", (without,)))
    made = replace(plan(tmp_path / "line", ()), sensors=sensors)
    folders.create(made.folder, Settings())
    collector = folders.open_folder(made.folder)
    for mac in OBJECTORS:
        collector.objections.add(TENANT, "", mac, None, "cli:test", START_MS)
    with Line(made) as line:
        line.start_sensors()
        found = finish(line)
        assert found.lost == 0
        store = line.open().store
        rows: dict[str, dict[str, list[object]]] = {"full": {}, "bare": {}}
        for kind in (SIGHTINGS, WINDOWS):
            for file in store.manifest.files(TENANT, kind):
                for row in store.table(file).to_pylist():
                    rows[row.pop("sensor")].setdefault(kind, []).append(sorted(row.items(), key=str))
    for kind in (SIGHTINGS, WINDOWS):
        assert sorted(map(str, rows["full"][kind])) == sorted(map(str, rows["bare"][kind]))
        assert len(rows["full"][kind]) > 20
    assert with_them.stat().st_size > 1.4 * without.stat().st_size
