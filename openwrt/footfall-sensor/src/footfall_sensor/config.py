"""The sensor's configuration: one table of options, each checked with a message that names it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from . import channels, membership
from .errors import ConfigError
from .wire.batch import PARTS_MAX
from .wire.envelope import SENSOR_NAME

LIST_ITEMS_MAX = 32
KEEPALIVE_S_MAX = 120  # what our brokers are set to: a sensor that is gone is known to be gone in three minutes
BSSID = r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}"
LISTS = ("channels", "bssid")
# What a profile changes in the defaults: a lean unit has 64 MB of memory, of which about 22 MB are free.
PROFILES: dict[str, dict[str, int]] = {"full": {}, "lean": {"sightings_max": 2048, "ring_kib": 512}}


def _option(default: Any, says: str, low: float = 0, high: float = 0, match: str = "", shown: bool = True) -> Any:
    """A field of Config with what docs/config.md and the checks need beside it; shown: in its repr."""
    return field(default=default, repr=shown, metadata={"help": says, "low": low, "high": high, "match": match})


def _listed(word: str) -> str:
    """The pattern of one or more of `word`: a UCI list, or an option with blanks between."""
    return f"{word}( {word}){{0,{LIST_ITEMS_MAX - 1}}}"


@dataclass(frozen=True, slots=True)
class Config:
    """What a sensor is told. The names are the UCI options' own; numbers carry their unit last."""

    name: str = _option(
        "", "the sensor's name; behind tenant/ its MQTT client id and user name", match=SENSOR_NAME.pattern
    )
    enrol_url: str = _option(
        "",
        "where to enrol, as in http://192.0.2.1:8080; name, tenant and broker then come from the collector, where they "
        "are not set here",
        match=r"|https?://[A-Za-z0-9.:\[\]-]{1,253}(/[A-Za-z0-9._/-]{0,128})?",
    )
    claim: str = _option(
        "", "the claim's code, for the first time; of no use afterwards", match=r"|[0-9A-Za-z -]{32,64}", shown=False
    )
    tenant: str = _option("default", "whose sensor it is", match=r"[a-z0-9][a-z0-9-]{0,31}")
    broker_host: str = _option("127.0.0.1", "the MQTT broker's name or address", match=r"[A-Za-z0-9.:-]{1,253}")
    broker_port: int = _option(1883, "the MQTT broker's TCP port", 1, 65535)
    mqtt_version: str = _option("auto", "auto (5, else 3.1.1), 5 or 3.1.1", match=r"auto|5|3\.1\.1")
    subscribe_qos: int = _option(1, "QoS of what comes down: 1; 0 spares a NATS cluster a queue for each topic", 0, 1)
    tls: str = _option(
        "off",
        "on: mutual TLS 1.3 to the broker, with ca.crt and sensor.crt of state_dir (enrolment sets it); "
        "off: plain, for a tunnel or a broker on the same machine",
        match="on|off",
    )
    keepalive_s: int = _option(60, "seconds between signs of life to the broker", 5, KEEPALIVE_S_MAX)
    interface: str = _option("mon0", "the interface in monitor mode that is listened to", match=r"[A-Za-z0-9._-]{1,15}")
    channels: str = _option("1 6 11", "Wi-Fi channels to listen on in turn, a list", match=_listed(r"\d{1,3}"))
    dwell_ms: int = _option(250, "milliseconds on a channel before the next", 50, 60_000)
    hop: str = _option("auto", "auto: change channels where the radio lets us; off: never", match="auto|off")
    beacons: str = _option(
        "auto",
        "count beacons, to tell silence from a deaf radio: auto (while nothing else is heard), on or off",
        match="auto|on|off",
    )
    ring_kib: int = _option(2048, "buffer shared with the kernel for frames, KiB; lean: 512", 64, 1 << 16)
    associated: str = _option(
        "off", "on: stations that join the venue's own networks (see bssid) are heard too", match="on|off"
    )
    bssid: str = _option("", "BSSIDs of the venue's own networks, a list", match=_listed(BSSID) + "|")
    clock: str = _option(
        "auto",
        "when time is known: ntp (clock_file is there), wall (later than this version, and steady), or auto",
        match="auto|ntp|wall",
    )
    clock_file: str = _option("/var/run/footfall-clock", "what the NTP hotplug script leaves", match="/.*")
    mode: str = _option("tokens", "tokens: a keyed token a device; counts: nothing a device", match="tokens|counts")
    profile: str = _option("full", "lean (8 MB flash, 64 MB RAM) or full", match="lean|full")
    signer: str = _option(
        "auto",
        "what signs: auto, cryptography, usign or signify",
        match="auto|cryptography|usign|signify(-openbsd)?",
    )
    window_s: int = _option(30, "length of a window, seconds", 5, 60)
    sightings_max: int = _option(4096, "tokens kept in one window; more are counted as overflow; lean: 2048", 16, 65535)
    batch_sightings_max: int = _option(400, "sightings in one message", 1, 512)
    spool_kib: int = _option(4096, "size of the spool, KiB; beyond it the oldest batches go, counted", 128, 1 << 20)
    inflight_max: int = _option(20, "batches sent and not yet acknowledged by the collector", 1, 1000)
    rate_per_s: float = _option(2.0, "batches a second, after a burst of 20; 0 = no limit", 0, 10_000)
    ack_timeout_s: int = _option(60, "seconds without the collector's word before a batch is sent again", 1, 3600)
    health_s: int = _option(60, "seconds between health messages", 1, 3600)
    state_dir: str = _option("/etc/footfall", "folder of the keys; kept over upgrades", match="/.*")
    run_dir: str = _option("/var/run/footfall", "folder of spool and status, on a RAM file system", match="/.*")

    prometheus_dir: str = _option("/var/prometheus", "folder for footfall.prom, written if it is there", match="/.*")

    @property
    def user(self) -> str:
        """Its user name and client id at the broker: two levels of its topics, so that its rights follow from it."""
        return f"{self.tenant}/{self.name}"

    @property
    def channel_numbers(self) -> tuple[int, ...]:
        """The channels to listen on, in their order."""
        return tuple(map(int, self.channels.split()))

    @property
    def networks(self) -> tuple[bytes, ...]:
        """The venue's own BSSIDs whose stations are to be heard; none unless that is switched on."""
        return tuple(bytes.fromhex(word.replace(":", "")) for word in self.bssid.split() if self.associated == "on")

    @property
    def key_path(self) -> Path:
        """The sensor's secret key; its public half stands beside it with .pub."""
        return Path(self.state_dir, "sensor.key")

    @property
    def collector_key_path(self) -> Path:
        """The collector's public key: whose word this sensor takes."""
        return Path(self.state_dir, membership.COLLECTOR_NAME)

    @property
    def trust_path(self) -> Path:
        """The lists that hand the collector's key on to others, sealed as they came."""
        return Path(self.state_dir, "collector.trust")

    @property
    def floors_path(self) -> Path:
        """The highest numbers of the collector's orders that were taken."""
        return Path(self.state_dir, "floors")

    @property
    def authority_path(self) -> Path:
        """The certificate of the collector's authority, PEM: whose broker this sensor takes."""
        return Path(self.state_dir, membership.AUTHORITY_NAME)

    @property
    def certificate_path(self) -> Path:
        """The sensor's own certificate, PEM, for its own key."""
        return Path(self.state_dir, membership.CERTIFICATE_NAME)

    @property
    def password_path(self) -> Path:
        """Its password at the broker, where it has one: a lean unit, within its tunnel."""
        return Path(self.state_dir, membership.LOGIN_NAME)

    @property
    def spool_path(self) -> Path:
        """The spool's folder."""
        return Path(self.run_dir, "spool")

    @property
    def status_path(self) -> Path:
        """Where the running agent leaves its state for `footfall-sensor status`."""
        return Path(self.run_dir, "status.json")

    @property
    def enrolment_path(self) -> Path:
        """Where a unit that is no member yet leaves what it waits for, for `footfall-sensor status`."""
        return Path(self.run_dir, "enrolment.json")


OPTIONS = {option.name: option for option in fields(Config)}


def from_options(options: Mapping[str, "str | tuple[str, ...]"]) -> Config:
    """The configuration in these options. Raises ConfigError naming the first option that is wrong."""
    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise ConfigError(f"option {unknown[0]}: unknown. Known are: {', '.join(sorted(OPTIONS))}")
    if not options.get("name") and not options.get("enrol_url"):
        raise ConfigError("option name: missing. Give the sensor a name, such as shop-7-door; or enrol_url and claim")
    values: dict[str, Any] = {name: _value(name, text) for name, text in options.items() if name != "name" or text}
    config = Config(**{**PROFILES[values.get("profile", "full")], **values})
    _check_together(config)
    return config


def _check_together(config: Config) -> None:
    """Raise ConfigError where options contradict each other."""
    if config.claim and not config.name:  # once a member, the claim is of no use, and of no harm
        from .claim import Claim  # noqa: PLC0415 - not in the memory of an agent that is a member

        if not config.enrol_url:
            raise ConfigError("option enrol_url: missing. A claim is shown to the collector there")
        Claim.parse(config.claim)
    unknown = [channel for channel in config.channel_numbers if not channels.frequency_mhz(channel)]
    if unknown:
        raise ConfigError(f"option channels: there is no channel {unknown[0]} on 2.4 or 5 GHz; take it out")
    if config.associated == "on" and not config.bssid:
        raise ConfigError("option bssid: missing. Without the venue's own BSSIDs no station can be told to be its own")
    if config.sightings_max > PARTS_MAX * config.batch_sightings_max:
        raise ConfigError(
            f"option batch_sightings_max: a window of {config.sightings_max} sightings goes in at most {PARTS_MAX} "
            f"batches; at least {-(-config.sightings_max // PARTS_MAX)} a batch are wanted"
        )


def _value(name: str, text: "str | tuple[str, ...]") -> "str | int | float":
    option: Any = OPTIONS[name]
    if not isinstance(text, str) and name in LISTS:
        text = " ".join(text)
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
