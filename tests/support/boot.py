"""A unit at its first boot: settings as OpenWrt makes them, and the package's first settings run on them."""

import json

from unit import Unit

from footfall_sensor import uci

ONE_PORT = {"network": {"lan": {"device": "eth0", "protocol": "static"}}}
TWO_PORTS = {"network": {**ONE_PORT["network"], "wan": {"device": "eth1", "protocol": "dhcp"}}}
FACTORY_AP = {"mode": "ap", "network": "lan", "ssid": "OpenWrt", "encryption": "none"}


def section(kind: str, name: str, **options: str) -> uci.Section:
    return uci.Section(kind, name, dict(options))


def radio(number: int, band: str, **options: str) -> list[uci.Section]:
    """A radio and its access point as OpenWrt makes them: off, and open once the radio is on."""
    device = section("wifi-device", f"radio{number}", type="mac80211", **{"band": band, "disabled": "1", **options})
    return [device, section("wifi-iface", f"default_radio{number}", device=f"radio{number}", **FACTORY_AP)]


EAP = [*radio(0, "5g"), *radio(1, "2g")]  # the 5 GHz radio sits on PCI and comes first
LAN = [section("interface", "lan", device="br-lan", proto="static", ipaddr="192.168.1.1", netmask="255.255.255.0")]


class Boot:
    """The unit at its first boot."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def give(
        self, wireless: list[uci.Section], network: list[uci.Section] = LAN, board: dict[str, object] = ONE_PORT
    ) -> None:
        self.unit.write("etc/config/wireless", uci.render(wireless))
        self.unit.write("etc/config/network", uci.render(network))
        self.unit.write("etc/config/dhcp", uci.render([section("dhcp", "lan", interface="lan", ra="server")]))
        self.unit.write("etc/board.json", json.dumps(board))

    def run(self) -> int:
        return self.unit.run(str(self.unit.root / "etc/uci-defaults/90-footfall")).returncode

    def files(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in (self.unit.root / "etc/config").iterdir()}

    def options(self, file: str, name: str) -> dict[str, "str | tuple[str, ...]"]:
        sections = uci.parse(self.unit.read(f"etc/config/{file}"))
        return next((found.options for found in sections if found.name == name), {})
