"""The first settings of a unit's network and its clock. uci, jsonfilter and logger are stubs."""

import pytest
from boot import EAP, ONE_PORT, TWO_PORTS, Boot, section
from unit import Unit


@pytest.fixture
def profile() -> str:
    """The scripts are the same in both packages."""
    return "full"


@pytest.fixture
def boot(unit: Unit) -> Boot:
    return Boot(unit)


@pytest.mark.parametrize("address", ["192.168.1.1", "192.168.1.1/24"], ids=["24.10", "newer"])
def test_one_port_asks_for_an_address_and_gives_none(boot: Boot, address: str) -> None:
    """On a shop's network a sensor is a guest: a DHCP client, no DHCP server, no router advertisements."""
    boot.give(EAP, [section("interface", "lan", device="br-lan", proto="static", ipaddr=address, ip6assign="60")])
    boot.run()
    assert boot.options("network", "lan") == {"device": "br-lan", "proto": "dhcp"}
    assert boot.options("dhcp", "lan") == {"interface": "lan", "ignore": "1"}


@pytest.mark.parametrize(
    ("board", "lan"),
    [
        (TWO_PORTS, {"proto": "static", "ipaddr": "192.168.1.1"}),
        (ONE_PORT, {"proto": "static", "ipaddr": "10.20.0.7"}),
        (ONE_PORT, {"proto": "none"}),
        ({}, {"proto": "static", "ipaddr": "192.168.1.1"}),
    ],
    ids=["two ports", "an address of the user's", "no address wanted", "unknown board"],
)
def test_a_network_that_is_not_the_factorys_is_left_alone(
    boot: Boot, board: dict[str, object], lan: dict[str, str]
) -> None:
    """Whoever gave the unit an address reaches it there after the next start too."""
    boot.give(EAP, [section("interface", "lan", **lan)], board)
    before = boot.unit.read("etc/config/network"), boot.unit.read("etc/config/dhcp")
    boot.run()
    assert (boot.unit.read("etc/config/network"), boot.unit.read("etc/config/dhcp")) == before


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({"ACTION": "stratum", "stratum": "3", "offset": "0.012"}, "stratum 3 0.012\n"),
        ({"ACTION": "step", "stratum": "16", "offset": "9.5"}, None),
        ({"ACTION": "unsync", "stratum": "16"}, None),
    ],
    ids=["has the time", "has no server yet", "lost it"],
)
def test_ntp_tells_the_agent_of_the_clock(unit: Unit, said: dict[str, str], left: str | None) -> None:
    """The script stands where OpenWrt's ntpd runs it, and leaves the file that the agent looks for."""
    clock = unit.root / "var-clock"
    path = unit.root / "etc/config/footfall"
    path.write_text(path.read_text() + f"\toption clock_file '{clock}'\n")
    unit.run(str(unit.root / "etc/hotplug.d/ntp/60-footfall"), **said)
    assert (clock.read_text() if clock.exists() else None) == left
