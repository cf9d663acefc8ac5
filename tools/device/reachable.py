"""Whether this computer is in a unit's network at all: most units that do not answer are asked from another one."""

import ipaddress
import re
import socket
from pathlib import Path

import click

_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_NET_BITS = 24  # of the networks that units come with
ARP = Path("/proc/net/arp")
_LINK_LOCAL = bytes((0xFE, 0x80, 0, 0, 0, 0, 0, 0))
_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")


class UnitAddress(click.ParamType[str]):
    """Where a unit answers: an IPv4 or IPv6 address, or a host's name; no URL and no port."""

    name = "address"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The address as it was typed, without blanks. Fails with what is wanted."""
        text = value.strip()
        if not text and param is not None and value == param.default:
            return text
        try:
            return str(ipaddress.ip_address(text))
        except ValueError:
            if text.replace(".", "").isdigit() or not _NAME.fullmatch(text):
                wanted = "192.168.1.1 or a host's name is wanted, without http:// and port"
                self.fail(f"'{value}' is no address: {wanted}", param, ctx)
        return text


def advice(addresses: tuple[str, ...]) -> str:
    """What to do where none of these addresses answers: a sentence about this computer's own address, or ""."""
    strange = [one for one in addresses if not _beside(one)]
    if not strange:
        return "This computer is in the unit's network: look at the cable, the power, and whether the light is steady."
    net = ipaddress.ip_network(f"{strange[0]}/{_NET_BITS}", strict=False)
    mine = net.network_address + (2 if str(net.network_address + 2) != strange[0] else 3)
    return (
        f"This computer has no address in the network of {' or of '.join(strange)}. Give it one, as in: "
        f"ip addr add {mine}/{_NET_BITS} dev INTERFACE, with the interface of the cable (ip link)."
    )


def by_itself(address: str, table: Path = ARP) -> str:
    """The IPv6 address that the unit at this IPv4 address has whatever its settings are, with our interface behind
    it; "" where this computer has not spoken to it. It follows from the unit's hardware address (RFC 4291, appendix A).

    A unit of one port with Footfall's image asks for an address by DHCP: on a bare cable this is all it has.
    """
    try:
        rows = [line.split() for line in table.read_text(encoding="ascii").splitlines()[1:]]
    except (OSError, UnicodeDecodeError):
        return ""  # no Linux
    for row in rows:
        if len(row) == 6 and row[0] == address and _MAC.fullmatch(row[3]) and row[3] != "00:00:00:00:00:00":
            mac = bytes.fromhex(row[3].replace(":", ""))
            host = bytes((mac[0] ^ 2, *mac[1:3], 0xFF, 0xFE, *mac[3:]))
            return f"{ipaddress.IPv6Address(_LINK_LOCAL + host)}%{row[5]}"
    return ""


def _beside(address: str) -> bool:
    """Whether this computer would ask from the same /24; of names and of IPv6 nothing is known, so yes."""
    try:
        there = ipaddress.IPv4Address(address)
    except ValueError:
        return True
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))  # of a datagram: nothing is sent
            own = probe.getsockname()[0]
    except OSError:
        return False
    return ipaddress.IPv4Address(own) in ipaddress.ip_network(f"{there}/{_NET_BITS}", strict=False)
