"""The installed files start, with no more of Python than the package's dependencies bring.

Python is this machine's; the modules that OpenWrt ships in packages of their own, and that ours does not depend on, are
hidden from it. paho-mqtt is 1.6.1, as on OpenWrt 24.10 and 25.12.
"""

import os
import socket
import struct
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path

import pytest
from brokers import Mosquitto
from candidates import Office, Served
from unit import Unit

from footfall_sensor import __version__
from tools.device import splits

PAHO = Path(sys.prefix, "paho-1.6")
HIDE = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in {hidden!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}: no dependency brings it", name=name)
sys.meta_path.insert(0, Hidden())
for name in {hidden!r}:
    sys.modules.pop(name, None)
"""
IMPORT_ALL = """
import importlib, pkgutil, footfall_sensor
for module in pkgutil.walk_packages(footfall_sensor.__path__, 'footfall_sensor.'):
    if not module.name.endswith('__main__'):
        importlib.import_module(module.name)
print(footfall_sensor.__file__)
"""
CONNECT = """
import sys, time
from footfall_sensor.broker import Broker
from footfall_sensor.uplink import Uplink
uplink = Uplink(Broker('localhost', int(sys.argv[1]), 'door-1'), 'footfall/1/default/door-1', ('ack',), b'')
uplink.start()
print(uplink.events.get(timeout=10))
sent = [uplink.publish('ack', bytes(size)) for size in (1, 20_000)]
print(sent, sorted(len(uplink.events.get(timeout=10).payload) for _ in sent), uplink.connected)
"""


LOST = "print(type(uplink.events.get(timeout=5)).__name__)"


@pytest.fixture
def hidden(unit: Unit) -> list[str]:
    """The modules that no dependency of the package brings."""
    control = next((unit.root / "usr/lib/opkg/info").glob("*.control")).read_text()
    depends = next(line for line in control.splitlines() if line.startswith("Depends: "))
    return splits.absent(depends.removeprefix("Depends: ").split(", "))


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """paho-mqtt 1.6.1 and msgpack, and nothing else of this machine's."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    if not PAHO.is_dir():
        pytest.skip("paho-mqtt 1.6.1 is not there; `make setup` installs it")
    (folder / "paho").symlink_to(PAHO / "paho")
    (folder / "msgpack").symlink_to(Path(sysconfig.get_path("purelib"), "msgpack"))
    return folder


def start(unit: Unit, packages: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """This machine's Python on the installed sources, without its own packages (-S)."""
    return subprocess.run(
        [sys.executable, "-S", "-P", "-s", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{unit.root / 'usr/lib/footfall'}:{packages}"},
        cwd=unit.root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_agent_tells_its_version(unit: Unit, packages: Path) -> None:
    """The first thing one asks of what was just installed."""
    done = start(unit, packages, "-m", "footfall_sensor", "--version")
    assert (done.stdout, done.stderr) == (f"footfall-sensor {__version__}\n", "")


@pytest.mark.parametrize(("settings", "code", "words"), [("name 'door-1'", 0, ""), ("window_s '9'", 1, "option name:")])
def test_the_agent_judges_its_settings(unit: Unit, packages: Path, settings: str, code: int, words: str) -> None:
    """What the init script asks before it starts anything: 0, or 1 with the option that is wrong. As shipped, a unit
    has no name, and does not start."""
    path = unit.root / "etc/config/footfall"
    path.write_text(path.read_text() + f"\toption {settings}\n")
    done = start(unit, packages, "-m", "footfall_sensor", "check", "--config", str(path))
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr


def test_every_module_loads_on_what_the_package_depends_on(unit: Unit, packages: Path, hidden: list[str]) -> None:
    """A split of Python's that is missing from DEPENDS would show on a unit only, in the field."""
    assert {"asyncio", "ctypes", "unicodedata", "multiprocessing"} <= set(hidden)
    done = start(unit, packages, "-c", HIDE.format(hidden=hidden) + IMPORT_ALL)
    assert done.stderr == ""
    assert done.stdout.strip() == str(unit.root / "usr/lib/footfall/footfall_sensor/__init__.py")


@pytest.mark.broker
def test_the_uplink_works_on_what_the_package_depends_on(
    unit: Unit, packages: Path, hidden: list[str], mosquitto: Mosquitto
) -> None:
    """Connect, subscribe, publish and hear at a real broker. A host given as text would want the tables of
    python3-codecs, 730 kB, which no unit of 8 MB has room for."""
    assert "unicodedata" in hidden
    code = HIDE.format(hidden=hidden) + CONNECT
    done = start(unit, packages, "-W", "ignore", "-c", code, str(mosquitto.port))
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["Connected(version='5')", "[True, True] [1, 20000] True"]


def test_a_reset_connection_is_noticed_without_ssl(unit: Unit, packages: Path, hidden: list[str]) -> None:
    """paho-mqtt names ssl's exceptions also where there is no ssl: a reset would end its thread, and the unit would be
    silent until somebody came. No broker here: a socket that resets what connects to it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def reset() -> None:
            connection, _ = server.accept()
            connection.recv(4096)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

        threading.Thread(target=reset, daemon=True).start()
        code = HIDE.format(hidden=hidden) + CONNECT.partition("print(uplink.events")[0] + LOST
        done = start(unit, packages, "-W", "ignore", "-c", code, str(server.getsockname()[1]))
    assert (done.stdout, done.stderr) == ("Disconnected\n", "")


def test_a_unit_enrols_with_what_the_package_depends_on(
    unit: Unit, packages: Path, hidden: list[str], tmp_path: Path
) -> None:
    """HTTP by Python's own client, and signatures by a program: signify here, which speaks usign's formats."""
    office = Office.new(tmp_path / "collector")
    claim = office.claim("door", approve=True)
    path = unit.root / "etc/config/footfall"
    state = tmp_path / "state"
    with Served(office) as served:
        settings = {"enrol_url": served.url, "claim": claim.code(), "state_dir": state, "run_dir": tmp_path / "run"}
        path.write_text(path.read_text() + "".join(f"\toption {name} '{said}'\n" for name, said in settings.items()))
        assert start(unit, packages, "-m", "footfall_sensor", "check", "--config", str(path)).stderr == ""
        words = f"sys.argv[1:] = ['enrol', '--config', {str(path)!r}]"
        code = HIDE.format(hidden=hidden) + f"{words}\nfrom footfall_sensor.__main__ import main\nsys.exit(main())"
        done = start(unit, packages, "-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert "approved" in done.stdout
    assert sorted(path.name for path in state.iterdir()) == [
        "collector.pub",
        "membership",
        "sensor.key",
        "sensor.key.pub",
    ]


def test_the_program_starts_the_installed_agent(unit: Unit, packages: Path, tmp_path: Path) -> None:
    """/usr/bin/footfall-sensor, with the folders in it moved under the test's root, started from a hostile folder."""
    text = (unit.root / "usr/bin/footfall-sensor").read_text()
    text = text.replace("=/usr/lib/footfall", f"={unit.root}/usr/lib/footfall:{packages}")
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / "json.py").write_text("raise SystemExit('the folder one stands in must not be on the path')")
    moved = tmp_path / "footfall-sensor"
    moved.write_text(text.replace("=/var/run/", f"={tmp_path}/"))
    done = unit.run("-c", f"cd {trap} && sh {moved} --version")
    assert (done.stdout, done.stderr) == (f"footfall-sensor {__version__}\n", "")


def test_program_and_init_script_agree_on_the_byte_code(unit: Unit) -> None:
    """The one leaves it where the other looks for it, and for the same sources."""
    program = unit.read("usr/bin/footfall-sensor")
    init = unit.read("etc/init.d/footfall")
    assert "\nCODE=/var/run/footfall-code\n" in init
    assert "\nexport PYTHONPYCACHEPREFIX=/var/run/footfall-code\n" in program
    assert "\nSOURCES=/usr/lib/footfall\n" in init
    assert "\nexport PYTHONPATH=/usr/lib/footfall\n" in program
    assert "\nPROGRAM=/usr/bin/footfall-sensor\n" in init
