"""The first settings of a unit's radio, as uci-defaults runs them. uci, jsonfilter and logger are stubs."""

import pytest
from boot import EAP, ONE_PORT, TWO_PORTS, Boot, radio, section
from unit import Unit

from footfall_sensor import config, config_file, uci


@pytest.fixture
def profile() -> str:
    """The scripts are the same in both packages."""
    return "full"


@pytest.fixture
def boot(unit: Unit) -> Boot:
    return Boot(unit)


def test_a_monitor_is_made_on_the_24_ghz_radio(boot: Boot) -> None:
    """With the name that the agent listens to, on the radio that hears most; the other radio stays as it was."""
    boot.give(EAP)
    assert boot.run() == 0
    assert boot.options("wireless", "footfall") == {
        "device": "radio1",
        "mode": "monitor",
        "ifname": config.Config().interface,
    }
    assert boot.options("wireless", "radio1")["disabled"] == "0"
    assert boot.options("wireless", "radio0")["disabled"] == "1"


def test_the_open_access_point_does_not_come_on_with_the_radio(boot: Boot) -> None:
    """OpenWrt keeps an open network ready on each radio that is off; a sensor must not put it on the air."""
    boot.give(EAP)
    boot.run()
    assert boot.options("wireless", "default_radio1")["disabled"] == "1"
    assert "disabled" not in boot.options("wireless", "default_radio0")


@pytest.mark.parametrize("board", [ONE_PORT, TWO_PORTS], ids=["one port", "two ports"])
def test_a_second_run_changes_nothing(boot: Boot, board: dict[str, object]) -> None:
    """Byte for byte: a unit that boots twice with the script still there is the same unit."""
    boot.give(EAP, board=board)
    boot.run()
    before = boot.files()
    assert boot.run() == 0
    assert boot.files() == before


@pytest.mark.parametrize(
    "own",
    [
        section("wifi-iface", "footfall", device="radio0", mode="monitor", ifname="mon7"),
        section("wifi-iface", "footfall", disabled="1"),
    ],
    ids=["another radio", "switched off"],
)
def test_a_monitor_of_the_users_is_left_alone(boot: Boot, own: uci.Section) -> None:
    """A section of that name is the user's from the moment it is there."""
    boot.give([*EAP, own])
    before = boot.unit.read("etc/config/wireless")
    assert boot.run() == 0
    assert boot.unit.read("etc/config/wireless") == before


def test_an_access_point_of_the_users_is_left_alone(boot: Boot) -> None:
    """A radio that is on, with a network of the venue's on it, keeps it, whatever its name."""
    venue = section("wifi-iface", "venue", device="radio1", mode="ap", ssid="OpenWrt", encryption="none")
    boot.give([*radio(1, "2g", disabled="0")[:1], venue])
    boot.run()
    assert boot.options("wireless", "venue") == venue.options
    assert boot.options("wireless", "footfall")["device"] == "radio1"


def test_what_was_off_with_its_radio_stays_off(boot: Boot) -> None:
    """A network that nobody could join before is not put on the air by an installation."""
    venue = section("wifi-iface", "venue", device="radio1", mode="ap", ssid="Shop", encryption="psk2")
    boot.give([*radio(1, "2g"), venue])
    boot.run()
    assert boot.options("wireless", "venue") == {**venue.options, "disabled": "1"}


def test_a_unit_with_5_ghz_only_listens_there(boot: Boot) -> None:
    """The agent's channels are of 2.4 GHz; a CPE510 gets four of 5 GHz that need no watch for radar."""
    boot.give(radio(0, "5g"))
    assert boot.run() == 0
    assert boot.options("wireless", "footfall")["device"] == "radio0"
    assert boot.options("footfall", "main")["channels"] == "36 40 44 48"
    path = boot.unit.root / "etc/config/footfall"
    path.write_text(path.read_text() + "\toption name 'mast-1'\n")
    assert config_file.load(path).channel_numbers == (36, 40, 44, 48)


def test_channels_of_the_users_are_kept(boot: Boot) -> None:
    """Whoever set channels knows which."""
    path = boot.unit.root / "etc/config/footfall"
    path.write_text(path.read_text() + "\toption channels '149'\n")
    boot.give(radio(0, "5g"))
    boot.run()
    assert boot.options("footfall", "main")["channels"] == "149"


def test_another_interface_name_is_followed(boot: Boot) -> None:
    """An image may carry settings: the monitor gets the name that they say."""
    path = boot.unit.root / "etc/config/footfall"
    path.write_text(path.read_text() + "\toption interface 'air0'\n")
    boot.give(EAP)
    boot.run()
    assert boot.options("wireless", "footfall")["ifname"] == "air0"


def test_old_names_of_bands_are_understood(boot: Boot) -> None:
    """Settings kept from an older OpenWrt say hwmode where newer ones say band."""
    old = [section("wifi-device", "radio0", hwmode="11a"), section("wifi-device", "radio1", hwmode="11g")]
    boot.give(old)
    boot.run()
    assert boot.options("wireless", "footfall")["device"] == "radio1"


def test_without_a_radio_it_is_tried_again_at_the_next_boot(boot: Boot) -> None:
    """A radio may turn up after the first settings were made: exit 1 keeps the script, and then it works."""
    boot.give([])
    assert boot.run() == 1
    assert boot.options("wireless", "footfall") == {}
    boot.unit.write("etc/config/wireless", uci.render(EAP))
    assert boot.run() == 0
    assert boot.options("wireless", "footfall")["device"] == "radio1"
