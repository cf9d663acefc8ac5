"""The collector's settings: one schema, whoever says them."""

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..spark import place as spark
from . import forms
from .keep import Keep


class Settings(BaseModel):
    """Everything a collector process is told. Paths are below its folder."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    broker_host: str = Field("127.0.0.1", description="the MQTT broker's name or address")
    broker_port: int = Field(1883, ge=1, le=65535, description="its TCP port")
    broker_tls: bool = Field(False, description="mutual TLS with the broker, by the authority in this folder")
    broker_names: str = Field(
        "",
        pattern=r"^([A-Za-z0-9.:-]{1,253}( [A-Za-z0-9.:-]{1,253})*)?$",
        description="names and addresses under which sensors reach the broker, for its certificate; the first is told",
    )
    broker_reload: str = Field(
        "", description="command that makes the broker read its files again; empty = SIGHUP to the one of init's making"
    )
    nats_nodes: str = Field(
        "",
        pattern=r"^([A-Za-z0-9.:-]{1,253}( [A-Za-z0-9.:-]{1,253}){2}(( [A-Za-z0-9.:-]{1,253}){2})?)?$",
        description="names or addresses of the nodes of a NATS cluster, three or five, in place of mosquitto; the "
        "collector and its workers reach the broker there",
    )
    nats_cluster_port: int = Field(6222, ge=1, le=65535, description="TCP port on which nodes speak to each other")
    nats_store_dir: str = Field(
        "/run/footfall-nats",
        pattern=r'^/[^"\x00-\x1f]{1,200}$',
        description="folder of the nodes' queues; they hold tokens: it must be in memory (tmpfs)",
    )
    bridges: str = Field(
        "",
        pattern=r"^([a-z0-9-]{1,24}:[a-z0-9-]{1,32}( [a-z0-9-]{1,24}:[a-z0-9-]{1,32})*)?$",
        description="brokers at other places that are bridged to this one, NAME:TENANT with one space between them",
    )
    alert_readers: str = Field(
        "",
        pattern=r"^([a-z0-9-]{1,24}:[a-z0-9-]{1,32}( [a-z0-9-]{1,24}:[a-z0-9-]{1,32})*)?$",
        description="who may read alerts at the broker, NAME:TENANT with one space between them",
    )
    wireguard: Annotated[str, AfterValidator(forms.network)] = Field(
        "", description="the broker's address and the network of lean units' tunnels, 10.77.0.1/16; empty = none"
    )
    wireguard_reload: str = Field(
        "", description="command that makes WireGuard read wireguard/wg-footfall.conf again; empty = none"
    )
    wireguard_port: int = Field(51820, ge=1, le=65535, description="UDP port of the tunnels")
    http_host: str = Field("127.0.0.1", description="address the page listens on")
    http_port: int = Field(8080, ge=0, le=65535, description="its port")
    http_proxies: Annotated[str, AfterValidator(forms.proxies)] = Field(
        "", description="addresses of proxies in front of the page whose X-Forwarded-For and -Proto are believed"
    )
    open_page: bool = Field(
        False, description="whoever is at this machine reads the page without signing in; only where http_host is it"
    )
    database_url: Annotated[str, AfterValidator(forms.database)] = Field(
        "", description="SQLAlchemy URL of the registry; empty = SQLite in the folder"
    )
    smtp_url: Annotated[str, AfterValidator(forms.smtp)] = Field(
        "", description="mail server that alerts and reports go out by; smtp: with STARTTLS, smtps: TLS from the start"
    )
    mail_from: str = Field(
        "", pattern=r"^([^\s@<>]{1,64}@[^\s@<>]{1,190})?$", description="the sender's address of those mails"
    )
    store_url: Annotated[str, AfterValidator(forms.store)] = Field(
        "",
        description="object store for the Parquet files, s3://BUCKET/PREFIX?region=...&endpoint_override=HOST:PORT; "
        "empty = data/ in the folder",
    )
    replay: bool = Field(
        False, description="take captures of any age at any rate, and hand out keys of days gone by: for replays only"
    )
    retention_visits_days: int = Field(400, ge=1, le=3660, description="days that visits, without tokens, are kept")
    retention_windows_days: int = Field(800, ge=1, le=3660, description="days that counts of times are kept")
    disk_floor_mib: int = Field(512, ge=0, description="intake stops while less is free on the disk of data; MiB")
    sensor_rate_per_s: float = Field(
        2.0, ge=0.1, le=1000, description="batches a second that one sensor may send; bytes and bursts go with it"
    )
    workers: int = Field(
        0, ge=0, le=7, description="further processes that take batches beside this one; workers_share says how"
    )
    workers_share: Literal["subscription", "topic"] = Field(
        "subscription",
        description="how batches are divided among them: subscription = by MQTT 5's shared subscription; topic = by "
        "sensor, for a broker without one",
    )
    workers_elsewhere: int = Field(
        0, ge=0, le=7, description="how many of them, the last numbers, other machines start on this folder, shared"
    )
    spark_master: Annotated[str, AfterValidator(spark.checked)] = Field(
        spark.LOCAL,
        description="where Spark computes, where it is asked to: on this machine, or on a standalone master",
    )
    spark_memory_mib: int = Field(
        spark.MEMORY_MIB,
        ge=spark.MEMORY_MIB_MIN,
        description="memory of Spark's driver, and of each worker's part; MiB",
    )
    simulated: bool = Field(False, description="the sensors hear simulated people; the page says so on top")

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes of the cluster; none where the broker is mosquitto."""
        return tuple(self.nats_nodes.split())

    @property
    def workers_here(self) -> int:
        """How many workers this process starts."""
        return max(0, self.workers - self.workers_elsewhere)

    @property
    def keep(self) -> Keep:
        """How long each class of data is kept."""
        return Keep(self.retention_visits_days, self.retention_windows_days)

    def url(self, folder: Path) -> str:
        """The registry's URL."""
        return self.database_url or f"sqlite:///{folder / 'registry.sqlite'}"


def render(settings: Settings) -> str:
    """The settings as a TOML file that explains itself."""
    lines = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        lines += [f"# {field.description}", f"{name} = {_toml(value)}", ""]
    return "\n".join(lines)


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace(
        "\x7f", "\\u007f"
    )  # of these types TOML's form is JSON's, but for this
