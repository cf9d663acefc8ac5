"""Ports of a bench: what belongs to one is none of another's."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from tools.device import images, looking
from tools.device.flashing import watching
from tools.device.flashing.order import Order
from tools.device.flashing.watching import Entry, Port
from tools.device.shell import Login
from tools.lab.pallet.firmware import sysupgrade


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "sysupgrade.bin"
    path.write_bytes(sysupgrade(["tplink,cpe210-v3"]))
    return path


def test_a_port_waits_for_units_of_its_own_network_alone(
    image: Path, tmp_path: Path, call: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two units of one model restart at once: neither is taken for the other."""
    back: dict[str, tuple[str, ...]] = {}

    class Noted(Port):
        def entries(self, stop: threading.Event) -> Iterator[Entry]:
            back[self.name] = self.order.after
            yield Entry(self.name, "CPE210-v3", True, "noted")

    monkeypatch.setattr(watching, "Port", Noted)
    ports = ("--address", "10.0.1.1", "--address", "10.0.2.1", "--after", "10.0.1.2", "--after", "10.0.2.2")
    done = call("watch", image, *ports, "--state", tmp_path / "state")
    assert done.exit_code == 0, done.output
    assert back == {"10.0.1.1": ("10.0.1.2",), "10.0.2.1": ("10.0.2.2",)}


def test_ports_that_are_one_cable_take_turns(image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stock unit comes back at OpenWrt's address: while it is one port's, the other does not even look."""
    looked = threading.Event()

    def at(*_: object) -> tuple[None, list[str]]:
        looked.set()
        return None, []

    monkeypatch.setattr(looking, "at", at)
    monkeypatch.setattr(watching, "POLL_S", 0.01)
    cable, stop = threading.Lock(), threading.Event()
    file = images.read(image)
    other = Port(Order(file, Login("192.168.1.1"), tmp_path), [file], lambda _: None, cable)
    with cable:
        thread = threading.Thread(target=lambda: list(other.entries(stop)))
        thread.start()
        assert not looked.wait(0.2)
    assert looked.wait(10)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
