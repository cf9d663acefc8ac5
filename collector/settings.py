"""The collector's settings: a file in its folder, checked as a whole when it starts."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import SettingsError
from .keep import Keep

FILE_NAME = "collector.toml"


class Settings(BaseModel):
    """Everything a collector process is told. Paths are below its folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    broker_host: str = Field("127.0.0.1", description="the MQTT broker's name or address")
    broker_port: int = Field(1883, ge=1, le=65535, description="its TCP port")
    broker_tls: bool = Field(False, description="mutual TLS with the broker, by the authority in this folder")
    broker_names: str = Field(
        "",
        pattern=r"([A-Za-z0-9.:-]{1,253}( [A-Za-z0-9.:-]{1,253})*)?",
        description="names and addresses under which sensors reach the broker, for its certificate; the first is told",
    )
    broker_reload: str = Field(
        "", description="command that makes the broker read its files again; empty = SIGHUP to the one of init's making"
    )
    wireguard: str = Field(
        "", description="the broker's address and the network of lean units' tunnels, 10.77.0.1/16; empty = none"
    )
    wireguard_reload: str = Field(
        "", description="command that makes WireGuard read wireguard/wg-footfall.conf again; empty = none"
    )
    wireguard_port: int = Field(51820, ge=1, le=65535, description="UDP port of the tunnels")
    http_host: str = Field("127.0.0.1", description="address the page listens on")
    http_port: int = Field(8080, ge=0, le=65535, description="its port")
    database_url: str = Field("", description="SQLAlchemy URL of the registry; empty = SQLite in the folder")
    replay: bool = Field(
        False, description="take captures of any age at any rate, and hand out keys of days gone by: for replays only"
    )
    retention_visits_days: int = Field(400, ge=1, le=3660, description="days that visits, without tokens, are kept")
    retention_windows_days: int = Field(800, ge=1, le=3660, description="days that counts of times are kept")
    disk_floor_mib: int = Field(512, ge=0, description="intake stops while less is free on the disk of data; MiB")
    simulated: bool = Field(False, description="the sensors hear simulated people; the page says so on top")

    @property
    def keep(self) -> Keep:
        """How long each class of data is kept."""
        return Keep(self.retention_visits_days, self.retention_windows_days)

    def url(self, folder: Path) -> str:
        """The registry's URL."""
        return self.database_url or f"sqlite:///{folder / 'registry.sqlite'}"


def load(folder: Path) -> Settings:
    """The settings in `folder`. Raises SettingsError naming each setting that is wrong."""
    path = folder / FILE_NAME
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise SettingsError(f"{path} is not there; make a collector's folder with: footfall collector init") from exc
    except (OSError, tomllib.TOMLDecodeError) as exc:
        raise SettingsError(f"{path} cannot be read: {exc}") from exc
    try:
        return Settings(**said)
    except ValidationError as exc:
        wrong = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in exc.errors())
        raise SettingsError(f"{path}: {wrong}") from exc


def render(settings: Settings) -> str:
    """The settings as a TOML file that explains itself."""
    lines = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        shown = str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else value
        lines += [f"# {field.description}", f"{name} = {shown}", ""]
    return "\n".join(lines)
