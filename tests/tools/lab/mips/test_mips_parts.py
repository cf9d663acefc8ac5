"""What the lab puts on its machine, and what it says when a step of its build fails."""

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from footfall_sensor import config, config_file, keys, signing
from footfall_sensor.sealing import Opener
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Envelope, Kind
from footfall_sensor.wire.messages import Birth, EpochKey
from tools.errors import ToolError
from tools.lab.mips import build, cargo, instructions
from tools.lab.mips.guest import air, broker, collector, scene


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with the lab's cargo in it."""
    cargo.stow("lean", tmp_path)
    return tmp_path


def _in(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")


def test_the_settings_are_those_of_a_lean_unit(root: Path) -> None:
    """Read by the agent itself, with the defaults of its profile."""
    chosen = config_file.load(_in(root, scene.CONFIG))
    assert (chosen.name, chosen.profile, chosen.interface) == (scene.NAME, "lean", scene.INTERFACE)
    assert chosen.sightings_max == config.PROFILES["lean"]["sightings_max"] > scene.TOKENS


def test_the_epochs_key_is_one_that_the_sensor_takes(root: Path) -> None:
    """Sealed for the birth that asks, signed by the collector whose key the sensor has, and good at the boot's time."""
    trusted = keys.read_public(_in(root, scene.STATE_DIR / "collector.pub"))
    secret = keys.read_secret(_in(root, scene.COLLECTOR_KEY))
    key = EpochKey.decode(_in(root, scene.EPOCH).read_bytes())
    assert key.start_ms < cargo.CLOCK_S * 1000 < key.end_ms
    opener = Opener()
    raw = collector.answer(_birth(opener.public), key, secret, 1)
    opened = envelope.open_sealed(raw, lambda message, signed: signing.backend().verify(trusted, message, signed))
    assert (opened.kind, opened.sensor) == (Kind.EPOCH, scene.NAME)
    assert EpochKey.decode(opened.body).opened(scene.NAME, opener) == key.key
    assert collector.answer(_birth(b""), key, secret, 1) == b""


def _birth(seal: bytes) -> bytes:
    said = Birth("1", "3.11", "mips", "lean", "tokens", 0, wants_key=bool(seal), seal=seal)
    return envelope.seal(Envelope(Kind.BIRTH, scene.NAME, bytes(8), 0, said.encode()), lambda _message: bytes(64))


def test_the_broker_takes_a_publish_apart() -> None:
    """Topic, number and payload, with properties as MQTT 5 has them and without."""
    for properties in (b"\0", b"\2\1\0"):
        body = b"\0\3a/b" + b"\0\7" + properties + b"payload"
        assert broker.published(body) == (b"a/b", b"\0\7", b"payload")


def test_the_air_holds_crowds_of_the_wanted_size(root: Path) -> None:
    """Each of so many addresses, no more and no fewer, one for every window, and few frames of each address."""
    crowds = list(air.crowds(air.frames(_in(root, scene.AIR)), scene.TOKENS))
    assert len(crowds) == scene.WINDOWS
    for crowd in crowds:
        of = Counter(map(air.address_of, crowd))
        assert len(of) == scene.TOKENS
        assert max(of.values()) == scene.FRAMES_A_TOKEN


def test_the_brokers_messages_have_the_size_they_say() -> None:
    """Two bytes of seven bits each, also for a payload whose size would fit into one."""
    for size in (0, 1, 127, 128, 5000):
        raw = broker.publish(broker.EPOCH, bytes(size))
        assert (raw[1] & 0x7F) | raw[2] << 7 == len(raw) - 3
        assert raw[1] & 0x80
        assert not raw[2] & 0x80


def test_a_step_that_fails_shows_the_end_of_its_log(tmp_path: Path) -> None:
    """Of the log that was written last, and what to do next."""
    for age_s, name in ((60, "zlib/make.log"), (0, "openssl/configure.log")):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text("".join(f"{name} {line}\n" for line in range(20)))
        os.utime(path, (1_000_000 - age_s, 1_000_000 - age_s))
    said = build.failure("build-libraries", tmp_path)
    assert "openssl/configure.log 19" in said
    assert "openssl/configure.log 14" not in said
    assert "make lab-mips again" in said


def test_a_step_that_fails_at_once_has_said_why_itself(tmp_path: Path) -> None:
    """There is no log yet."""
    assert "stands above" in build.failure("fetch", tmp_path)


def test_another_python_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CPython is built by a CPython of its own version: said before anything is fetched."""
    monkeypatch.setattr(build, "PYTHON", (3, 99))
    with pytest.raises(ToolError, match=r"make PYTHON=python3\.99 lab-mips"):
        build.build(tmp_path / "lab")
    assert not (tmp_path / "lab").exists()


def test_the_counters_word_is_read() -> None:
    """Of several processes the last one's; silence is no zero."""
    assert instructions.total("instructions 12\nanother plugin\ninstructions 43739537\n") == 43_739_537
    with pytest.raises(ToolError, match="said nothing"):
        instructions.total("")


SCRIPTS = sorted(path for path in build.HERE.iterdir() if path.is_file() and not path.suffix and path.name[0] != ".")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_clean(path: Path) -> None:
    """shellcheck finds nothing to say about what fetches and builds."""
    shellcheck = shutil.which("shellcheck")
    if not shellcheck:
        pytest.skip("shellcheck is not installed; `make test` installs it (Debian package shellcheck)")
    done = subprocess.run([shellcheck, "-s", "sh", str(path)], capture_output=True, text=True, check=False)
    assert done.stdout == ""
