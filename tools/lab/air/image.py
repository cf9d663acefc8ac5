"""The guest's first file system: busybox, wireless tools, this Python, the agent, kernel modules and the script."""

import re
import shutil
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

import footfall_sensor

from ...errors import ToolError
from . import cpio, modules
from .cpio import Entry

PROGRAMS = ("setpriv", "iw", "hostapd", "wpa_supplicant", "wpa_cli", "signify-openbsd")
BUSYBOX = "busybox"
GUEST = Path(__file__).parent / "guest"
LIB = "lib/lab"  # modules and the order of their loading
SITE = "site"  # Python packages: the agent, what it needs, and the guest's script
# Parts of the standard library that a unit does not carry either, and this one would only make slow to boot.
LEFT_OUT = re.compile(
    r"test|tests|idlelib|tkinter|turtledemo|ensurepip|lib2to3|pydoc_data|distutils|site-packages|dist-packages|venv"
    r"|config-.*|_test.*|_tkinter.*|_ctypes_test.*|xxlimited.*|.*\.opt-[12]\.pyc"
)
_SHARED = re.compile(r"(/\S+) \(0x")


def program(name: str) -> Path:
    """Where a program is; Debian puts some where only root looks. Raises ToolError."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
    if not found:
        raise ToolError(f"{name} is not installed; as root, tools/lab/air/packages installs what the air lab needs")
    return Path(found)


def build(kernel: Path, extra: Iterable[Entry]) -> bytes:
    """The archive: everything above, and `extra` (this run's configuration and keys). Packed, it would boot later."""
    return cpio.pack([*extra, *_system(), *_modules(kernel), *_python(), *_packages()])


def interpreter() -> str:
    """The path of Python within the guest: the same as here."""
    return str(Path(sys.executable).resolve())


def _system() -> Iterator[Entry]:
    for path in ("proc", "sys", "dev", "tmp", "run", "root", "sbin", "etc"):
        yield cpio.folder(path)
    yield cpio.file("init", (GUEST / "init").read_bytes(), 0o755)
    yield from _binary(program(BUSYBOX), "bin/busybox")
    for name in PROGRAMS:
        yield from _binary(program(name), f"usr/bin/{name}")


def _modules(kernel: Path) -> Iterator[Entry]:
    ordered = modules.in_order(modules.find(kernel))
    for path in ordered:
        yield cpio.file(f"{LIB}/{path.name}", path.read_bytes())
    yield cpio.file(f"{LIB}/order", "".join(f"{path.name}\n" for path in ordered).encode())


def _python() -> Iterator[Entry]:
    yield from _binary(Path(interpreter()), interpreter().lstrip("/"))
    library = Path(sysconfig.get_path("stdlib"))
    yield from _tree(library, str(library).lstrip("/"))


def _packages() -> Iterator[Entry]:
    """The agent and its two needs; paho-mqtt in the version that OpenWrt ships."""
    spec = find_spec("msgpack")
    assert spec is not None
    assert spec.origin is not None
    old_paho = Path(sys.prefix) / "paho-1.6" / "paho"
    for package in (Path(footfall_sensor.__file__).parent, Path(spec.origin).parent, old_paho):
        if not package.is_dir():
            raise ToolError(f"{package} is not there; type: make setup")
        yield from _tree(package, f"{SITE}/{package.name}")
    yield from _tree(GUEST, f"{SITE}/{GUEST.name}")


def _tree(top: Path, inside: str) -> Iterator[Entry]:
    for path in sorted(top.iterdir()):
        if LEFT_OUT.fullmatch(path.name):
            continue
        to = f"{inside}/{path.name}"
        if path.is_dir():
            yield from _tree(path, to)
        elif path.suffix == ".so" or ".so." in path.name:
            yield from _binary(path, to)
        else:
            yield cpio.file(to, path.read_bytes(), mtime_s=int(path.stat().st_mtime))


def _binary(path: Path, to: str) -> Iterator[Entry]:
    """A program or library, and the libraries that it names, each where it lies on this host."""
    yield cpio.file(to, path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
    said = subprocess.run(["ldd", str(path)], capture_output=True, text=True, check=False).stdout
    for needed in _SHARED.findall(said):
        yield cpio.file(needed.lstrip("/"), Path(needed).read_bytes(), 0o755)
        asked_for_late = Path(needed).with_name("libgcc_s.so.1")  # by the C library, when a thread ends
        if "/libc.so" in needed and asked_for_late.exists():
            yield cpio.file(str(asked_for_late).lstrip("/"), asked_for_late.read_bytes(), 0o755)
