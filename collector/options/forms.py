"""Forms: what the text of a setting has to be, where it is more than a text, and how a person is told."""

import ipaddress

from . import store_url
from .mail_server import MailServer

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


def private_network(text: str) -> ipaddress.IPv4Interface:
    """The broker's address in lean units' network, and that network. Raises ValueError."""
    made_of = ipaddress.IPv4Interface(text)
    network = made_of.network
    if not network.is_private or network.num_addresses < 8 or made_of.ip == network.network_address:
        raise ValueError(f"{text} will not do")
    return made_of


def loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def network(text: str) -> str:
    """The address and network of tunnels, or nothing. Raises ValueError."""
    if text:
        private_network(text)
    return text


def database(text: str) -> str:
    """SQLAlchemy's URL of a database that we know, or nothing. Raises ValueError."""
    if text:
        from sqlalchemy.engine import make_url  # noqa: PLC0415 - who names no database need not wait for it
        from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

        try:
            if make_url(text).drivername not in DATABASES:
                raise ValueError("another database")
        except ArgumentError:
            raise ValueError("no URL") from None  # it would quote a password
    return text


def smtp(text: str) -> str:
    """The URL of a mail server, or nothing. Raises ValueError."""
    if text:
        MailServer.parse(text)
    return text


def proxies(text: str) -> str:
    """Addresses and networks with spaces between them. Raises ValueError."""
    for word in text.split():
        ipaddress.ip_network(word)
    return text


def store(text: str) -> str:
    """The URL of an object store, or nothing. Raises ValueError."""
    if text:
        store_url.parse(text)
    return text
