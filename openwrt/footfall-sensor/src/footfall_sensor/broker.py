"""Which broker a sensor connects to, as whom, and how it proves that."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .config import Config
from .errors import ConfigError

if TYPE_CHECKING:
    from .tls import Tls


@dataclass(frozen=True, slots=True)
class Broker:
    """Where to connect, and as whom."""

    host: str
    port: int
    client_id: str
    keepalive_s: int = 60
    version: str = "auto"  # auto, 5 or 3.1.1
    subscribe_qos: int = 1
    tls: "Tls | None" = None  # None: plain
    password_file: Path | None = None


def broker_of(config: Config) -> Broker:
    """The broker that a configuration names."""
    tls = None
    if config.tls == "on":
        from .tls import Tls  # noqa: PLC0415 - a lean unit has no OpenSSL, and no memory for what it does not need

        tls = Tls(config)
    return Broker(
        host=config.broker_host,
        port=config.broker_port,
        client_id=config.user,
        keepalive_s=config.keepalive_s,
        version=config.mqtt_version,
        subscribe_qos=config.subscribe_qos,
        tls=tls,
        password_file=config.password_path,
    )


def topic(tenant: str, sensor: str, leaf: str) -> str:
    """The MQTT topic of one sensor's `leaf`."""
    return f"footfall/1/{tenant}/{sensor}/{leaf}"


def password(path: Path | None) -> str | None:
    """The password in a file; None where there is none, as with a certificate. Raises ConfigError."""
    try:
        return None if path is None else path.read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as exc:
        raise ConfigError(f"{path} cannot be read as a password: {type(exc).__name__}. Enrol the unit again") from exc
