"""Installing the package as opkg does: unpack, scripts, removal. OpenWrt's functions are stubs; opkg is not here."""

import shutil
import stat
from pathlib import Path

import pytest
from unit import AGENT_PARENT, STUBS, Unit

from footfall_sensor import config, config_file


@pytest.fixture
def image(unit: Unit) -> Unit:
    """A root as an ImageBuilder fills it, with the stubs of OpenWrt's functions in their places."""
    for stub, place in (("functions.sh", "lib/functions.sh"), ("rc.common", "etc/rc.common")):
        (unit.root / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(STUBS / stub, unit.root / place)
    unit.write("etc/passwd", "root:x:0:0:root:/root:/bin/ash\n")
    unit.write("etc/group", "root:x:0:\n")
    return unit


def script(unit: Unit, name: str) -> str:
    return str(next((unit.root / "usr/lib/opkg/info").glob(f"*.{name}")))


def test_files_are_where_the_system_looks_for_them(unit: Unit) -> None:
    """Path and mode of everything that is not the agent's source."""
    info = unit.root / "usr/lib/opkg/info"
    found = {
        str(path.relative_to(unit.root)): stat.filemode(path.stat().st_mode)
        for path in unit.root.rglob("*")
        if path.is_file() and info not in path.parents and path.suffix != ".py"
    }
    name = next(info.glob("*.control")).stem
    assert found == {
        "etc/capabilities/footfall-hop.json": "-rw-r--r--",
        "etc/capabilities/footfall.json": "-rw-r--r--",
        "etc/config/footfall": "-rw-r--r--",
        "etc/hotplug.d/ntp/60-footfall": "-rw-r--r--",
        "etc/init.d/footfall": "-rwxr-xr-x",
        "etc/uci-defaults/90-footfall": "-rwxr-xr-x",
        f"lib/upgrade/keep.d/{name}": "-rw-r--r--",
        "usr/bin/footfall-sensor": "-rwxr-xr-x",
        "usr/lib/footfall/image.sh": "-rw-r--r--",
        "usr/sbin/footfall-tunnel": "-rwxr-xr-x",
        "usr/sbin/footfall-upgrade": "-rwxr-xr-x",
    }


def test_every_source_of_the_agent_is_installed_and_nothing_else(unit: Unit) -> None:
    """A module that the recipe forgot would be missed on a unit only."""
    agent = AGENT_PARENT / "footfall_sensor"
    wanted = {path.relative_to(agent): path.read_bytes() for path in agent.rglob("*.py")}
    folder = unit.root / "usr/lib/footfall/footfall_sensor"
    assert {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()} == wanted


def test_settings_and_keys_survive_an_upgrade(unit: Unit) -> None:
    """The settings are a conffile; the folder of the keys, which no package ships, is on sysupgrade's list."""
    info = unit.root / "usr/lib/opkg/info"
    assert Path(script(unit, "conffiles")).read_text() == "/etc/config/footfall\n"
    name = next(info.glob("*.control")).stem
    assert unit.read(f"lib/upgrade/keep.d/{name}") == f"{config.Config().state_dir}/\n"


def test_postinst_makes_the_user_and_turns_the_service_on(image: Unit) -> None:
    """Into an image: nothing is started, and the first settings wait for the first boot."""
    done = image.run(script(image, "postinst"), "configure", IPKG_INSTROOT=str(image.root))
    assert (done.returncode, done.stderr) == (0, "")
    assert "footfall:x:646:646:" in image.read("etc/passwd")
    assert "footfall:x:646:" in image.read("etc/group")
    links = {path.name: path.readlink() for path in (image.root / "etc/rc.d").iterdir()}
    assert links == {"S95footfall": Path("../init.d/footfall"), "K10footfall": Path("../init.d/footfall")}
    assert image.logged() == []
    assert (image.root / "etc/uci-defaults/90-footfall").exists()


def test_prerm_turns_it_off_again(image: Unit) -> None:
    """Removing the package leaves no link behind."""
    image.run(script(image, "postinst"), "configure", IPKG_INSTROOT=str(image.root))
    done = image.run(script(image, "prerm"), "remove", IPKG_INSTROOT=str(image.root))
    assert (done.returncode, done.stderr) == (0, "")
    assert list((image.root / "etc/rc.d").iterdir()) == []


@pytest.mark.parametrize("name", ["postinst", "prerm"])
def test_scripts_do_nothing_where_openwrt_is_not(unit: Unit, name: str) -> None:
    """A root without OpenWrt's functions is left alone, without an error: an ImageBuilder installs in any order."""
    done = unit.run(script(unit, name), IPKG_INSTROOT=str(unit.root))
    assert (done.returncode, done.stderr, unit.logged()) == (0, "", [])


def test_scripts_can_be_switched_off(image: Unit) -> None:
    """ImageBuilder first installs all packages with IPKG_NO_SCRIPT, then runs the scripts."""
    done = image.run(script(image, "postinst"), IPKG_INSTROOT=str(image.root), IPKG_NO_SCRIPT="1")
    assert done.returncode == 0
    assert not (image.root / "etc/rc.d").exists()


def test_the_lean_package_says_so_in_its_settings(unit: Unit, profile: str) -> None:
    """The two packages differ in nothing else, and what is shipped needs no more than a name."""
    path = unit.root / "etc/config/footfall"
    path.write_text(path.read_text() + "\toption name 'door-1'\n")
    assert config_file.load(path).profile == profile
