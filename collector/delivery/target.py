"""A target: who is told of what, checked before it is kept."""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from ..errors import DeliveryError

ADDRESS_MAX = 500
OWN_BROKER = "broker"  # the address of the collector's own
LANGUAGES = ("en", "de")  # those of the pages; the first is the default
_MAIL = re.compile(r"[^\s@<>,;:\"]{1,64}@[A-Za-z0-9.-]{1,190}")


class Way(StrEnum):
    """How a letter goes."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    MQTT = "mqtt"

    @classmethod
    def of(cls, address: str) -> "Way":
        """By the form of an address."""
        scheme, found, _ = address.partition("://")
        if address == OWN_BROKER or (found and scheme in ("mqtt", "mqtts")):
            return cls.MQTT
        return cls.WEBHOOK if found else cls.EMAIL


class Rhythm(StrEnum):
    """How often a report goes."""

    NONE = ""
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody who is told."""

    tenant: str
    site: str  # "" = all sites of the tenant
    way: Way
    address: str
    alerts: bool = False
    report: Rhythm = Rhythm.NONE
    language: str = LANGUAGES[0]
    id: int = 0  # 0 = not kept yet

    def concerns(self, tenant: str, site: str) -> bool:
        """Whether a thing of this site is for them."""
        return self.tenant == tenant and self.site in ("", site)


def check(target: Target) -> Target:
    """The target, if letters may go there. Raises DeliveryError."""
    if len(target.address) > ADDRESS_MAX or not target.address.isprintable():
        raise DeliveryError(f"an address has at most {ADDRESS_MAX} printable characters; give a shorter one")
    if not target.alerts and target.report is Rhythm.NONE:
        raise DeliveryError("of what are they to be told? --alerts, --report daily or --report weekly")
    if target.language not in LANGUAGES:
        raise DeliveryError(f"{target.language[:20]!r} is no language of Footfall; it speaks {', '.join(LANGUAGES)}")
    if target.way is Way.EMAIL:
        if not _MAIL.fullmatch(target.address):
            raise DeliveryError(f"{target.address!r} is no mail address; one is written as in me@example.org")
        return target
    if target.way is Way.MQTT:
        return _checked_broker(target)
    parts = urlsplit(target.address)
    try:
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        host = ""
    if not host or parts.username or parts.fragment:
        raise DeliveryError("a webhook's address is wanted as in https://example.org/hook, without user and password")
    # Over plain HTTP whoever is between reads along: only where nobody is between.
    if parts.scheme != "https" and not (parts.scheme == "http" and _near(host)):
        raise DeliveryError("https is wanted; http is taken only within this machine or a private network's address")
    return target


def _checked_broker(target: Target) -> Target:
    if target.report is not Rhythm.NONE:
        raise DeliveryError("a broker is told of alerts only; give reports a mail address or a webhook")
    if target.address == OWN_BROKER:
        return target
    from .mqtt import Place  # noqa: PLC0415 - who tells no broker need not wait for MQTT

    try:
        place = Place.parse(target.address)
    except ValueError as exc:
        raise DeliveryError(str(exc)) from None
    if not place.tls and not _near(place.host):
        raise DeliveryError("mqtts is wanted; mqtt is taken only within this machine or a private network's address")
    return target


def _near(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False
