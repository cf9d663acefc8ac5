"""The package's shell scripts and tables beside the agent: clean, and saying what the agent says."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from unit import SHELL, Unit

from footfall_sensor import config
from tools.device.recipe import PACKAGE_DIR

FILES = PACKAGE_DIR / "files"
INIT = FILES / "footfall.init"


def test_defaults_are_the_agents_own() -> None:
    """Where the script must know what the agent takes for an option that is not set, it takes the same."""
    used = re.findall(r"\(setting (\w+) ([^\s)]+)\)", INIT.read_text())
    for name in ("footfall.defaults", "footfall.ntp", "footfall-tunnel.sh", "footfall-upgrade.sh", "footfall-image.sh"):
        used += re.findall(r"@sensor\[0\]\.(\w+)[\"'] \|\| echo ([^\s)]+)\)", (FILES / name).read_text())
    assert len(used) == 12
    assert dict(used) == {name: str(config.OPTIONS[name].default) for name in dict(used)}


@pytest.mark.parametrize(("name", "wanted"), [("", ["CAP_NET_RAW"]), ("-hop", ["CAP_NET_ADMIN", "CAP_NET_RAW"])])
def test_all_five_capability_sets_are_named(name: str, wanted: list[str]) -> None:
    """A set that is left out would be all capabilities, not none."""
    sets = json.loads((FILES / f"footfall{name}.capabilities.json").read_text())
    assert sets == dict.fromkeys(("bounding", "effective", "ambient", "permitted", "inheritable"), wanted)


NAMES = (
    "footfall.init",
    "footfall.defaults",
    "footfall.ntp",
    "footfall-sensor.sh",
    "footfall-tunnel.sh",
    "footfall-upgrade.sh",
    "footfall-image.sh",
)
SCRIPTS = [FILES / name for name in NAMES]


@pytest.mark.parametrize("path", [*SCRIPTS, PACKAGE_DIR / "test.sh"], ids=lambda path: path.name)
def test_scripts_are_clean(path: Path) -> None:
    """The shell of a unit can read them, and shellcheck finds nothing to say."""
    subprocess.run([*SHELL, "-n", str(path)], check=True)
    shellcheck = shutil.which("shellcheck")
    if not shellcheck:
        pytest.skip("shellcheck is not installed; `make test` installs it (Debian package shellcheck)")
    # SC2034: rc.common reads START, STOP, USE_PROCD. SC3043: busybox's shell has local. SC2148: hotplug.d sources it.
    done = subprocess.run(
        [shellcheck, "-s", "sh", "-e", "SC2034,SC3043,SC2148", str(path)], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""


def test_the_release_check_knows_the_version(unit: Unit, tmp_path: Path) -> None:
    """test.sh, which OpenWrt's build runs on an emulated unit, passes for this version and for no other."""
    program = tmp_path / "footfall-sensor"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m footfall_sensor "$@"\n')
    program.chmod(0o755)
    version = next(
        line.removeprefix("Version: ")
        for line in next((unit.root / "usr/lib/opkg/info").glob("*.control")).read_text().splitlines()
        if line.startswith("Version: ")
    )
    for given, code in ((version, 0), ("9.9.9-r1", 1)):
        done = unit.run(str(PACKAGE_DIR / "test.sh"), "footfall-sensor", given, PATH=f"{tmp_path}:/usr/bin:/bin")
        assert done.returncode == code, done.stderr
