"""The sensor's configuration: one table of options, read from a UCI file, each checked with a message that names it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from . import uci
from .errors import ConfigError
from .wire.batch import PARTS_MAX
from .wire.envelope import SENSOR_NAME

SECTION_TYPE = "sensor"
DEFAULT_PATH = Path("/etc/config/footfall")


def _option(default: Any, says: str, low: float = 0, high: float = 0, match: str = "") -> Any:
    """A field of Config with what docs/config.md and the checks need beside it."""
    return field(default=default, metadata={"help": says, "low": low, "high": high, "match": match})


@dataclass(frozen=True, slots=True)
class Config:
    """What a sensor is told. The names are the UCI options' own; numbers carry their unit last."""

    name: str = _option("", "the sensor's name, its MQTT client id and user name", match=SENSOR_NAME.pattern)
    tenant: str = _option("default", "whose sensor it is", match=r"[a-z0-9][a-z0-9-]{0,31}")
    broker_host: str = _option("127.0.0.1", "the MQTT broker's name or address", match=r"[A-Za-z0-9.:-]{1,253}")
    broker_port: int = _option(1883, "the MQTT broker's TCP port", 1, 65535)
    mqtt_version: str = _option("auto", "auto (5, else 3.1.1), 5 or 3.1.1", match=r"auto|5|3\.1\.1")
    keepalive_s: int = _option(60, "seconds between signs of life to the broker", 5, 3600)
    mode: str = _option("tokens", "tokens: a keyed token a device; counts: nothing a device", match="tokens")
    profile: str = _option("full", "lean (8 MB flash, 64 MB RAM) or full", match="lean|full")
    signer: str = _option(
        "auto",
        "what signs: auto, cryptography, usign or signify",
        match="auto|cryptography|usign|signify(-openbsd)?",
    )
    window_s: int = _option(30, "length of a window, seconds", 5, 60)
    sightings_max: int = _option(4096, "tokens kept in one window; more are counted as overflow", 16, 65535)
    batch_sightings_max: int = _option(400, "sightings in one message", 1, 512)
    spool_kib: int = _option(4096, "size of the spool, KiB; beyond it the oldest batches go, counted", 128, 1 << 20)
    inflight_max: int = _option(20, "batches sent and not yet acknowledged by the collector", 1, 1000)
    rate_per_s: float = _option(2.0, "batches a second, after a burst of 20; 0 = no limit", 0, 10_000)
    ack_timeout_s: int = _option(60, "seconds without the collector's word before a batch is sent again", 1, 3600)
    health_s: int = _option(60, "seconds between health messages", 1, 3600)
    state_dir: str = _option("/etc/footfall", "folder of the keys; kept over upgrades", match="/.*")
    run_dir: str = _option("/var/run/footfall", "folder of spool and status, on a RAM file system", match="/.*")

    @property
    def key_path(self) -> Path:
        """The sensor's secret key; its public half stands beside it with .pub."""
        return Path(self.state_dir, "sensor.key")

    @property
    def collector_key_path(self) -> Path:
        """The collector's public key: whose word this sensor takes."""
        return Path(self.state_dir, "collector.pub")

    @property
    def spool_path(self) -> Path:
        """The spool's folder."""
        return Path(self.run_dir, "spool")

    @property
    def status_path(self) -> Path:
        """Where the running agent leaves its state for `footfall-sensor status`."""
        return Path(self.run_dir, "status.json")


OPTIONS = {option.name: option for option in fields(Config)}


def from_options(options: Mapping[str, "str | tuple[str, ...]"]) -> Config:
    """The configuration in these options. Raises ConfigError naming the first option that is wrong."""
    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise ConfigError(f"option {unknown[0]}: unknown. Known are: {', '.join(sorted(OPTIONS))}")
    if not options.get("name"):
        raise ConfigError("option name: missing. Give the sensor a name, such as shop-7-door")
    values: dict[str, Any] = {name: _value(name, text) for name, text in options.items()}
    config = Config(**values)
    if config.sightings_max > PARTS_MAX * config.batch_sightings_max:
        raise ConfigError(
            f"option batch_sightings_max: a window of {config.sightings_max} sightings goes in at most {PARTS_MAX} "
            f"batches; at least {-(-config.sightings_max // PARTS_MAX)} a batch are wanted"
        )
    return config


def load(path: Path = DEFAULT_PATH) -> Config:
    """The configuration in a UCI file, of its only section of type `sensor`. Raises ConfigError."""
    try:
        sections = uci.parse(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigError(f"cannot read {path}: {exc.strerror}. Name another with --config") from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path} is no UCI file: it is not text") from exc
    except ConfigError as exc:
        raise ConfigError(f"{path}: {exc}") from exc
    found = [section for section in sections if section.type == SECTION_TYPE]
    if len(found) != 1:
        raise ConfigError(f"{path}: one section 'config {SECTION_TYPE}' is wanted, {len(found)} are there")
    try:
        return from_options(found[0].options)
    except ConfigError as exc:
        raise ConfigError(f"{path}: {exc}") from exc


def render(config: Config) -> str:
    """The UCI text of a configuration: `load` gives it back."""
    options: dict[str, str | tuple[str, ...]] = {name: str(getattr(config, name)) for name in OPTIONS}
    return uci.render([uci.Section(SECTION_TYPE, "main", options)])


def _value(name: str, text: "str | tuple[str, ...]") -> "str | int | float":
    option: Any = OPTIONS[name]
    if not isinstance(text, str):
        raise ConfigError(f"option {name}: one value is wanted, not a list")
    kind = type(option.default)
    if kind is str:
        if not re.fullmatch(option.metadata["match"], text):
            raise ConfigError(f"option {name}: '{text}' will not do; {option.metadata['help']}")
        return text
    low, high = option.metadata["low"], option.metadata["high"]
    try:
        value: int | float = kind(text)
    except ValueError as exc:
        raise ConfigError(f"option {name}: '{text}' is no number; {option.metadata['help']}") from exc
    if not low <= value <= high:
        raise ConfigError(f"option {name}: {text} is outside {low} to {high}; {option.metadata['help']}")
    return value
