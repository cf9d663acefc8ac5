"""A replay: named by what it plays, patient, and never hanging."""

from dataclasses import replace
from pathlib import Path

import air
import pytest

from footfall_sensor import capture, keys, signing
from footfall_sensor.config import Config
from footfall_sensor.errors import NoKeyError
from footfall_sensor.replay import Pace, Replay, boot_id
from footfall_sensor.uplink import Uplink
from footfall_sensor.wire import envelope


@pytest.fixture
def config(tmp_path: Path) -> Config:
    made = Config(name="door", broker_port=1, state_dir=str(tmp_path / "state"), run_dir=str(tmp_path / "run"))
    secret = signing.backend().generate()
    keys.write_secret(made.key_path, secret)
    made.collector_key_path.write_text(secret.public.text())
    return made


@pytest.fixture
def day(tmp_path: Path) -> Path:
    path = tmp_path / "day.pcap"
    path.write_bytes(air.pcap([(1000 * n, air.plain() + air.probe()) for n in range(100)]))
    return path


def test_the_same_captures_under_the_same_settings_have_one_name(config: Config, day: Path, tmp_path: Path) -> None:
    same = tmp_path / "same.pcap"
    same.write_bytes(day.read_bytes())
    assert boot_id(config, [day]) == boot_id(config, [same])
    assert len(boot_id(config, [day])) == 8
    others = [
        boot_id(config, [day, same]),
        boot_id(replace(config, window_s=60), [day]),
        boot_id(replace(config, batch_sightings_max=7), [day]),
    ]
    assert len({boot_id(config, [day]), *others}) == 4


def test_a_replay_that_is_taken_up_again_is_heard_at_once(
    config: Config, day: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its messages are numbered above those of the time before, of which a collector takes none again."""
    said: list[int] = []

    def publish(_uplink: Uplink, _leaf: str, payload: bytes) -> bool:
        said.append(envelope.unpack(payload).number)
        return True

    monkeypatch.setattr(Uplink, "publish", publish)
    for _ in range(2):
        with pytest.raises(NoKeyError):
            Replay(config, bytes(8), Pace(patience_s=0.05)).run(capture.read_all([day]))
    assert len(said) > 3
    assert sorted(set(said)) == said


def test_without_a_key_it_gives_up_after_its_patience_and_says_what_to_look_at(config: Config, day: Path) -> None:
    played = Replay(config, bytes(8), Pace(patience_s=0.3))
    with pytest.raises(NoKeyError, match=r"no epoch key came within 0 s \(not connected"):
        played.run(capture.read_all([day]))
    assert played.totals.sightings_emitted == 0
