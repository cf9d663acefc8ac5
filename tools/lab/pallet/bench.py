"""A bench: a technician's computer and a unit on one cable, each a network namespace with real addresses.

The unit is a fake and says so: namespaces of this machine, a real dropbear with an empty root password, scripts for
sysupgrade and cliclientd, a web server that speaks the stock page as tools/device/stock_page.py describes it, and
Debian's tftp as its boot loader. What it does with an image is written down in its folder.
"""

import os
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).parents[3]
STOCK = "EAP225(EU) Hardware Version: 3.0 Firmware Version: 5.1.0 Build 20230101"

_SYSUPGRADE = """#!/bin/sh
# A fake: refuses an image whose metadata does not name this board, else "writes" and restarts.
for image; do :; done
grep -q "\\"$(cat /tmp/sysinfo/board_name)\\"" "$image" || { echo "Device not supported by this image"; exit 1; }
[ "$1" = --test ] && exit 0
cp "$image" /mnt/written
touch /mnt/restart
"""

_CLICLIENTD = """#!/bin/sh
[ "$1" = stopcs ] && touch /mnt/unchecked
"""

_SENSOR = """#!/bin/sh
cat /mnt/sensor 2>/dev/null
"""

# The unit's init: binds its files over this machine's, and runs its servers until it is to restart.
_INIT = """
set -e
mount --bind "$1" /mnt
mount -t overlay overlay -o lowerdir=/mnt/bin:/usr/bin /usr/bin
for file in passwd shadow openwrt_release banner; do
    [ -e /etc/$file ] || touch /etc/$file
    mount --bind /mnt/etc/$file /etc/$file
done
mount --bind /mnt/boot_id /proc/sys/kernel/random/boot_id
mount --bind /mnt/tmp /tmp
cd /
while [ -e /mnt/on ]; do
    ip addr flush dev unit
    ip addr add "$(cat /mnt/address)"/24 dev unit
    cat /mnt/next_boot_id > /mnt/boot_id
    if [ -e /mnt/stock ]; then /mnt/python /mnt/page.py & page=$!; fi
    if [ -e /mnt/loader ]; then
        rm /mnt/loader
        tftp -m binary 192.168.0.100 -c get recovery.bin /mnt/written && [ -s /mnt/written ] && touch /mnt/restart
        rm -f /mnt/stock
    fi
    setsid dropbear -F -E -B -p 22 -r /mnt/hostkey -P /mnt/pid 2>>/mnt/log &
    until [ -e /mnt/restart ] || [ ! -e /mnt/on ]; do sleep 0.1; done
    kill $(cat /mnt/pid) $page 2>/dev/null || true
    pkill -s "$(cat /mnt/pid)" 2>/dev/null || true
    if [ -e /mnt/written ]; then
        cp /mnt/after/address /mnt/after/sensor /mnt/
        cp /mnt/after/board_name /tmp/sysinfo/
        cp /mnt/after/etc/* /mnt/etc/
        rm -f /mnt/stock
    fi
    rm -f /mnt/restart
    cat /proc/sys/kernel/random/uuid > /mnt/next_boot_id
    sleep 0.5
done
"""

_PAGE = '''
"""The stock page of a fake EAP, as far as it is spoken to."""
import hashlib, json, re, sys
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs
HOME = Path("/mnt")
PASSWORD = {"now": (HOME / "page_password").read_text()}
hashed = lambda text: hashlib.md5(text.encode()).hexdigest().upper()

class Page(BaseHTTPRequestHandler):
    session = False
    def answer(self, text):
        self.send_response(200); self.end_headers(); self.wfile.write(text.encode())
    def note(self, what):
        with open(HOME / "asked", "a") as file: file.write(what + "\\n")
    def do_GET(self):
        self.note("GET " + self.path)
        if self.path.startswith("/data/firmware.set.json"):
            good = (HOME / "unchecked").exists() and b"fwup-ptn" in (HOME / "uploaded").read_bytes()
            self.answer(json.dumps({"success": True, "errCode": 0 if good else 50008}))
            if good:
                (HOME / "uploaded").rename(HOME / "written"); (HOME / "restart").touch()
        else:
            self.answer("<title>EAP225</title> " + (HOME / "stock").read_text())
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Type"].startswith("multipart/"):
            self.note("POST " + self.path + " image")
            head = b"Content-Type: " + self.headers["Content-Type"].encode() + b"\\r\\n\\r\\n"
            parts = BytesParser().parsebytes(head + body).walk()
            part = next(part for part in parts if part.get_param("name", header="content-disposition") == "image")
            (HOME / "uploaded").write_bytes(part.get_payload(decode=True))
            return self.answer('{"success": true}')
        said = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.note("POST " + self.path + " " + ",".join(sorted(said)))
        ok = True
        if self.path == "/":
            ok = said["username"] == "admin" and said["password"] == hashed(PASSWORD["now"])
        elif self.path == "/data/wizard.json":
            chosen = json.loads(said["data"])["account"]["newPwd"]
            PASSWORD["now"] = next(word for word in ("chosen-by-us",) if hashed(word) == chosen)
            (HOME / "page_password").write_text(PASSWORD["now"])
        elif self.path == "/data/sshServer.json":
            ok = said["sshServerEnable"] == "true"
        self.answer(json.dumps({"success": ok, "error": 0 if ok else 1}))
    def log_message(self, *_): pass
HTTPServer(("", 80), Page).serve_forever()
'''


class Bench:
    """The technician's computer on one end of a cable, a fake unit on the other. A context manager; needs root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "unit"
        name = uuid.uuid4().hex[:8]
        self.here, self.there = f"bench-{name}", f"unit-{name}"
        self._init: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Bench":
        _ip("netns", "add", self.here)
        _ip("netns", "add", self.there)
        _ip("link", "add", "bench", "netns", self.here, "type", "veth", "peer", "name", "unit", "netns", self.there)
        for space, device in ((self.here, "bench"), (self.there, "unit")):
            _ip("-n", space, "link", "set", "lo", "up")
            _ip("-n", space, "link", "set", device, "up")
        for address in ("192.168.0.100/24", "192.168.1.10/24"):
            _ip("-n", self.here, "addr", "add", address, "dev", "bench")
        return self

    def __exit__(self, *_: object) -> None:
        (self.folder / "on").unlink(missing_ok=True)
        for space in (self.there, self.here):
            self._kill(space)
            subprocess.run(["ip", "netns", "del", space], check=False)
        if self._init is not None:
            self._init.wait(10)

    def unit(
        self,
        address: str,
        *,
        board: str = "tplink,cpe210-v3",
        stock_password: str | None = None,
        loader: bool = False,
        sensor: str = "",
        stock: str = STOCK,
    ) -> None:
        """Plug a unit in: with OpenWrt, with the stock page of an EAP (`stock` on it), or a boot loader that asks."""
        home = self.folder
        for name in ("bin", "etc", "tmp/sysinfo", "after/etc"):
            (home / name).mkdir(parents=True)
        for name, script in (("sysupgrade", _SYSUPGRADE), ("cliclientd", _CLICLIENTD), ("footfall-sensor", _SENSOR)):
            (home / "bin" / name).write_text(script)
            (home / "bin" / name).chmod(0o755)
        root_shell = "root:x:0:0::/:/bin/sh\nadmin:x:0:0::/:/bin/sh\n"
        (home / "etc/passwd").write_text(root_shell)
        hashed = _crypt("chosen-by-us") if stock_password is not None else ""
        (home / "etc/shadow").write_text(f"root:{hashed}:1:0:99999:7:::\nadmin:{hashed}:1:0:99999:7:::\n")
        (home / "after/etc/shadow").write_text("root::1:0:99999:7:::\n")
        (home / "etc/banner").write_text("")
        release = "DISTRIB_RELEASE='{}'\nDISTRIB_REVISION='{}'\n"
        (home / "etc/openwrt_release").write_text(
            "" if stock_password is not None else release.format("23.05.5", "r1-old")
        )
        (home / "after/etc/openwrt_release").write_text(release.format("24.10.4", "r2-new"))
        (home / "after/address").write_text("192.168.1.1")
        (home / "after/sensor").write_text("0.1.0\n")
        (home / "after/etc/shadow").chmod(0o600)
        (home / "tmp/sysinfo/board_name").write_text(board + "\n" if stock_password is None else "")
        # The board's name lies in /tmp, which the fake keeps over a restart: written where the new image would.
        (home / "after/board_name").write_text(board + "\n")
        (home / "address").write_text(address)
        (home / "sensor").write_text(sensor)
        for name in ("boot_id", "next_boot_id"):
            (home / name).write_text(f"{uuid.uuid4()}\n")
        if stock_password is not None:
            (home / "stock").write_text(stock)
            (home / "page_password").write_text(stock_password)
        (home / "page.py").write_text(_PAGE)
        (home / "python").symlink_to(os.path.realpath(sys.executable))
        if loader:
            (home / "loader").touch()
        subprocess.run(
            ["dropbearkey", "-t", "ed25519" if stock_password is None else "rsa", "-f", home / "hostkey"],
            check=True,
            capture_output=True,
        )
        (home / "on").touch()
        with (home / "init.log").open("wb") as log:
            self._init = subprocess.Popen(
                ["ip", "netns", "exec", self.there, "unshare", "-m", "sh", "-c", _INIT, "init", home],
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def unplug(self) -> None:
        """Take the unit away; another may come."""
        (self.folder / "on").unlink()
        self._kill(self.there)
        assert self._init is not None
        self._init.wait(10)
        shutil.rmtree(self.folder)

    def cut(self) -> None:
        """Pull the cable."""
        _ip("-n", self.here, "link", "set", "bench", "down")

    def mend(self) -> None:
        """Plug it in again."""
        _ip("-n", self.here, "link", "set", "bench", "up")

    def run(self, *words: str | Path, timeout: float = 90) -> subprocess.CompletedProcess[str]:
        """Run `footfall device ...` on the technician's computer."""
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=timeout, check=False, cwd=ROOT
        )

    def command(self, *words: str | Path) -> list[str]:
        """The command line of `footfall device ...` on the technician's computer."""
        call = [sys.executable, "-c", "from tools.cli import main; main()", "device", *(str(word) for word in words)]
        return ["ip", "netns", "exec", self.here, *call]

    @staticmethod
    def _kill(space: str) -> None:
        pids = subprocess.run(["ip", "netns", "pids", space], capture_output=True, text=True, check=False).stdout
        subprocess.run(["kill", "-9", *pids.split()], check=False, capture_output=True)

    def wait_for(self, name: str, seconds: float = 20) -> Path:
        """Wait until the unit has this file."""
        until = time.monotonic() + seconds
        while not (self.folder / name).exists():
            if time.monotonic() > until:
                raise TimeoutError(f"the fake unit never had {name}")
            time.sleep(0.05)
        return self.folder / name


def possible() -> str:
    """Why there can be no bench here; empty where there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [name for name in ("ip", "dropbear", "tftp", "unshare") if shutil.which(name) is None]
    return f"not installed: {', '.join(missing)}" if missing else ""


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def _crypt(password: str) -> str:
    done = subprocess.run(["openssl", "passwd", "-6", password], check=True, capture_output=True, text=True)
    return done.stdout.strip()
