"""The collector's settings: one schema, whoever says them, checked as a whole before anything is done."""

import difflib
import ipaddress
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ..errors import SettingsError
from ..spark import place as spark
from . import store_url
from .keep import Keep
from .mail_server import MailServer
from .sources import FILE_NAME, Outside, Said, Source, first, read_file

__all__ = ["FILE_NAME", "Resolved", "Settings", "load", "made", "render", "resolve"]

# May hold a password, if only by mistake: never quoted.
SECRET = frozenset({"database_url", "store_url", "broker_reload", "wireguard_reload", "smtp_url"})
DATABASES = ("postgresql+psycopg", "sqlite")
# What is wanted of texts that have a form; a person reads it.
WANTED = {
    "broker_names": "names or addresses with one space between them are wanted",
    "alert_readers": "NAME:TENANT with one space between them is wanted, in small letters, such as house:default",
    "nats_nodes": "three or five names or addresses with one space between them are wanted, or nothing",
    "nats_store_dir": "the whole path of a folder is wanted",
    "bridges": "NAME:TENANT with one space between them is wanted, in small letters, such as north:default",
    "http_proxies": "addresses or networks with one space between them are wanted, such as 127.0.0.1 10.0.0.0/8",
    "database_url": "postgresql+psycopg://USER:PASSWORD@HOST/NAME, sqlite:///PATH or nothing is wanted",
    "smtp_url": "smtp://USER:PASSWORD@HOST:587, smtps://..., smtp://localhost:25 or nothing is wanted",
    "mail_from": "an address such as footfall@example.org is wanted, or nothing",
    "spark_master": "local[N] with a number of cores, local[*] for all of them, or spark://HOST:PORT is wanted",
    "store_url": "s3://BUCKET/PREFIX?region=NAME&endpoint_override=HOST:PORT, no credentials, or nothing is wanted",
    "workers_share": "subscription or topic is wanted",
    "wireguard": "an address in a private network of at least 8 addresses is wanted, such as 10.77.0.1/16, or nothing",
}


NOT_OPEN = "it would show the numbers to everybody who reaches this machine; set http_host to 127.0.0.1"


def private_network(text: str) -> ipaddress.IPv4Interface:
    """The broker's address in lean units' network, and that network. Raises ValueError."""
    made_of = ipaddress.IPv4Interface(text)
    network = made_of.network
    if not network.is_private or network.num_addresses < 8 or made_of.ip == network.network_address:
        raise ValueError(f"{text} will not do")
    return made_of


def _network(text: str) -> str:
    if text:
        private_network(text)
    return text


def _database(text: str) -> str:
    if text:
        from sqlalchemy.engine import make_url  # noqa: PLC0415 - who names no database need not wait for it
        from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

        try:
            if make_url(text).drivername not in DATABASES:
                raise ValueError("another database")
        except ArgumentError:
            raise ValueError("no URL") from None  # it would quote a password
    return text


def _smtp(text: str) -> str:
    if text:
        MailServer.parse(text)
    return text


def _proxies(text: str) -> str:
    for word in text.split():
        ipaddress.ip_network(word)
    return text


def loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _store(text: str) -> str:
    if text:
        store_url.parse(text)
    return text


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
    wireguard: Annotated[str, AfterValidator(_network)] = Field(
        "", description="the broker's address and the network of lean units' tunnels, 10.77.0.1/16; empty = none"
    )
    wireguard_reload: str = Field(
        "", description="command that makes WireGuard read wireguard/wg-footfall.conf again; empty = none"
    )
    wireguard_port: int = Field(51820, ge=1, le=65535, description="UDP port of the tunnels")
    http_host: str = Field("127.0.0.1", description="address the page listens on")
    http_port: int = Field(8080, ge=0, le=65535, description="its port")
    http_proxies: Annotated[str, AfterValidator(_proxies)] = Field(
        "", description="addresses of proxies in front of the page whose X-Forwarded-For and -Proto are believed"
    )
    open_page: bool = Field(
        False, description="whoever is at this machine reads the page without signing in; only where http_host is it"
    )
    database_url: Annotated[str, AfterValidator(_database)] = Field(
        "", description="SQLAlchemy URL of the registry; empty = SQLite in the folder"
    )
    smtp_url: Annotated[str, AfterValidator(_smtp)] = Field(
        "", description="mail server that alerts and reports go out by; smtp: with STARTTLS, smtps: TLS from the start"
    )
    mail_from: str = Field(
        "", pattern=r"^([^\s@<>]{1,64}@[^\s@<>]{1,190})?$", description="the sender's address of those mails"
    )
    store_url: Annotated[str, AfterValidator(_store)] = Field(
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


@dataclass(frozen=True, slots=True)
class Resolved:
    """The settings in force, and who said each; what nobody said has its default."""

    settings: Settings
    said: Mapping[str, Said]


def load(folder: Path, outside: Outside | None = None) -> Settings:
    """The settings in force for `folder`; outside: beside its file, None = this process's environment.

    Raises SettingsError naming each setting that is wrong.
    """
    return resolve(folder, outside).settings


def resolve(folder: Path, outside: Outside | None = None) -> Resolved:
    """The same, with who said each. Raises SettingsError."""
    return made([*(outside or Outside.of_process()).said(), *read_file(folder)])


def made(said: Iterable[Said]) -> Resolved:
    """Settings of what was said, the first of each name in force. Raises SettingsError with a sentence a fault."""
    given = list(said)
    unknown = [_unknown(one) for one in given if one.name not in Settings.model_fields]
    if unknown:
        raise SettingsError(". ".join(unknown))
    force = first(given)
    try:
        chosen = Settings(**{name: one.value for name, one in force.items()})
    except ValidationError as exc:
        wrong = dict.fromkeys(str(fault["loc"][0]) for fault in exc.errors(include_input=False))
        raise SettingsError(". ".join(_wrong(force[name]) for name in wrong)) from None  # it would quote a password
    if chosen.open_page and not loopback(chosen.http_host):
        raise SettingsError(f"{force['open_page'].place}: {NOT_OPEN}, or {force['open_page'].undo}")
    if fault := _of_a_cluster(chosen):
        raise SettingsError(f"{force['nats_nodes'].place}: {fault}, or {force['nats_nodes'].undo}")
    return Resolved(chosen, force)


def _of_a_cluster(chosen: Settings) -> str:
    """What of the other settings a NATS cluster cannot go with, and what to do about it."""
    if not chosen.nodes:
        return ""
    if not chosen.broker_tls:
        return "a cluster takes nobody without a certificate; set broker_tls to true"
    if chosen.workers and chosen.workers_share != "topic":
        return "a cluster has no shared subscriptions; set workers_share to topic"
    if chosen.wireguard or chosen.bridges:
        return "tunnels of lean units and bridges are mosquitto's; set wireguard and bridges to nothing"
    return ""


def of_options(values: Mapping[str, object]) -> list[Said]:
    """What a command's own options say of settings."""
    return [Said(name, value, Source.FLAG, name, "leave the option away") for name, value in values.items()]


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace(
        "\x7f", "\\u007f"
    )  # of these types TOML's form is JSON's, but for this


def _unknown(one: Said) -> str:
    near = difflib.get_close_matches(one.name.lower().removeprefix("footfall_"), Settings.model_fields, 1)
    if one.source is Source.ENVIRONMENT:
        near = [f"FOOTFALL_{name.upper()}" for name in near]
    hint = f"did you mean {near[0]}? Rename it" if near else "docs/config.md has those there are. Correct it"
    return f"{one.place}: there is no such setting; {hint}, or {one.undo}"


def _wrong(one: Said) -> str:
    says = "" if one.name in SECRET else f"'{one.value}' will not do: "
    return f"{one.place}: {says}{wanted(one.name)}; correct it, or {one.undo}"


def wanted(name: str) -> str:
    """What a setting's value has to be, as a person reads it."""
    field = Settings.model_fields[name]
    if name in WANTED:
        return WANTED[name]
    if field.annotation is bool:
        return "true or false is wanted"
    if field.annotation is int:
        low, high = (_bound(field.metadata, side) for side in ("ge", "le"))
        return f"a whole number from {low} {'up' if high is None else f'to {high}'} is wanted"
    return "a text is wanted"


def _bound(metadata: Iterable[Any], side: str) -> int | None:
    return next((getattr(one, side) for one in metadata if hasattr(one, side)), None)


def render(settings: Settings) -> str:
    """The settings as a TOML file that explains itself."""
    lines = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        lines += [f"# {field.description}", f"{name} = {_toml(value)}", ""]
    return "\n".join(lines)
