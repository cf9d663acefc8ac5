"""The emulated radios: who is on which, and how to break the sensor's."""

from collections.abc import Callable
from pathlib import Path

from . import scene
from .tools import run

DRIVER = Path("/sys/kernel/debug/ieee80211")
TOGETHER, APART = "1", "2"  # radios of different groups do not hear each other


def set_up() -> None:
    """Give the radios their addresses and kinds."""
    for interface, address in scene.ADDRESSES.items():
        run("ip", "link", "set", interface, "down")
        run("ip", "link", "set", interface, "address", address)
    for phone in (scene.FRESH, scene.OLD):
        run("ip", "link", "set", phone, "up")
    run("ip", "link", "set", scene.EVERYTHING, "up")
    monitor(scene.OBSERVER, scene.OBSERVER)
    monitor(scene.SENSOR, scene.MONITOR)
    add(scene.MONITOR, scene.SECOND)


def monitor(radio: str, name: str) -> None:
    """Make a radio's interface one in monitor mode, called `name`, on the home channel."""
    run("ip", "link", "set", radio, "down")
    run("iw", "dev", radio, "set", "type", "monitor")
    if name != radio:
        run("ip", "link", "set", radio, "name", name)
    run("ip", "link", "set", name, "up")
    run("iw", "dev", name, "set", "channel", str(scene.HOME))


def add(interface: str, name: str) -> None:
    """Make another interface in monitor mode on the radio of `interface`."""
    run("iw", "dev", interface, "interface", "add", name, "type", "monitor")
    run("ip", "link", "set", name, "up")


def remove(interface: str) -> None:
    """Delete an interface; its radio stays."""
    run("iw", "dev", interface, "del")


def strength(phone: str, dbm: int) -> None:
    """From now on everything that this phone sends comes as strong as this to whoever hears it."""
    phy = Path("/sys/class/net", phone, "phy80211").resolve().name
    (DRIVER / phy / "hwsim/rx_rssi").write_text(str(dbm % (1 << 64)))  # it takes no minus sign


def deafen() -> None:
    """The radio hears nothing any more, and all else looks well."""
    (DRIVER / scene.SENSOR_PHY / "hwsim/group").write_text(APART)


def restore() -> None:
    """The radio hears again."""
    (DRIVER / scene.SENSOR_PHY / "hwsim/group").write_text(TOGETHER)


def down() -> None:
    """The interface is switched off."""
    run("ip", "link", "set", scene.MONITOR, "down")


def up() -> None:
    """The interface is switched on."""
    run("ip", "link", "set", scene.MONITOR, "up")


def manage() -> None:
    """The interface is no monitor any more."""
    _become("managed")


def monitor_again() -> None:
    """The interface is a monitor again."""
    _become("monitor")


def _become(kind: str) -> None:
    down()
    run("iw", "dev", scene.MONITOR, "set", "type", kind)
    up()


def take_away() -> None:
    """The interface is deleted."""
    remove(scene.MONITOR)


def unload() -> None:
    """The driver goes, and with it every radio."""
    run("rmmod", "mac80211_hwsim")


def give_back() -> None:
    """The interface is made anew."""
    run("iw", "phy", scene.SENSOR_PHY, "interface", "add", scene.MONITOR, "type", "monitor")
    up()


ACTS: tuple[tuple[Callable[[], None], str], ...] = (
    (deafen, "deaf"),
    (restore, "listening"),
    (down, "down"),
    (up, "listening"),
    (manage, "not_monitor"),
    (monitor_again, "listening"),
    (take_away, "gone"),
    (give_back, "listening"),
)
