"""What the sensor finds on the machine: settings, keys, the epoch's key as a collector has it, and the air."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from struct import Struct

from footfall_sensor import BUILT_S, config, config_file, signing, uci
from footfall_sensor.wire.messages import EpochKey

from ...bench.frames import synthetic
from ...simulate.radiotap import FILE_HEADER
from .guest import air, scene

DAY_S = 86_400
CLOCK_S = BUILT_S + DAY_S  # that the machine boots with: later than the agent's version, and the same in every run
_RECORD = Struct("<IIII")


def options(profile: str) -> dict[str, str | tuple[str, ...]]:
    """The agent's options, short of nothing that costs a unit memory or time."""
    return {
        "name": scene.NAME,
        "tenant": scene.TENANT,
        "broker_port": str(scene.PORT),
        "interface": scene.INTERFACE,
        "hop": "off",  # the interface has no channels
        "clock": "wall",
        "profile": profile,
        "window_s": str(scene.WINDOW_S),
        "state_dir": str(scene.STATE_DIR),
        "run_dir": str(scene.RUN_DIR),
    }


def stow(profile: str, root: Path) -> None:
    """Put everything into the tree that becomes the machine's root."""

    def at(path: Path) -> Path:
        inside = root / path.relative_to("/")
        inside.parent.mkdir(parents=True, exist_ok=True)
        return inside

    said = options(profile)
    config.from_options(said)  # a wrong option is found here rather than on the machine
    at(scene.CONFIG).write_text(uci.render([uci.Section(config_file.SECTION_TYPE, "main", said)]))
    backend = signing.backend()
    sensor, collector = backend.generate(), backend.generate()
    at(scene.STATE_DIR / "sensor.key").write_text(sensor.text())
    at(scene.STATE_DIR / "sensor.key").chmod(0o600)
    at(scene.STATE_DIR / "collector.pub").write_text(collector.public.text())
    start_ms, end_ms = (CLOCK_S - DAY_S) * 1000, (CLOCK_S + DAY_S) * 1000
    at(scene.EPOCH).write_bytes(EpochKey(scene.EPOCH_NAME, start_ms, end_ms, bytes(range(32)), end_ms).encode())
    at(scene.COLLECTOR_KEY).write_text(collector.text())
    made = [frame for frame in synthetic().frames if frame is not None]
    crowds = islice(air.crowds([frame.raw for frame in made], scene.TOKENS), scene.WINDOWS)
    at(scene.AIR).write_bytes(capture(raw for crowd in air.thinned(crowds, scene.FRAMES_A_TOKEN) for raw in crowd))


def capture(frames: Iterable[bytes]) -> bytes:
    """Frames with their radiotap headers as a capture; the times in it are of no importance."""
    return FILE_HEADER + b"".join(_RECORD.pack(CLOCK_S, 0, len(raw), len(raw)) + raw for raw in frames)
