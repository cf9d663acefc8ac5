"""A fake unit: the files of one, and the scripts that it runs.

Namespaces of this machine, a real dropbear with an empty root password, scripts for sysupgrade and cliclientd, a web
server that speaks the stock page as tools/device/stock_page.py describes it, and Debian's tftp as its boot loader.
"""

import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

STOCK = "EAP225(EU) Hardware Version: 3.0 Firmware Version: 5.1.0 Build 20230101"

_SYSUPGRADE = """#!/bin/sh
# A fake: refuses an image whose metadata does not name this board, else "writes" and restarts.
for image; do :; done
grep -q "\\"$(cat /tmp/sysinfo/board_name)\\"" "$image" || { echo "Device not supported by this image"; exit 1; }
[ "$1" = --test ] && exit 0
cp "$image" /mnt/writing && mv /mnt/writing /mnt/written
touch /mnt/restart
"""

_CLICLIENTD = """#!/bin/sh
[ "$1" = stopcs ] && touch /mnt/unchecked
"""

_SENSOR = """#!/bin/sh
cat /mnt/sensor 2>/dev/null
"""

# The unit's init: binds its files over this machine's, and runs its servers until it is to restart.
INIT = """
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
    ip -4 addr flush dev unit
    [ ! -s /mnt/address ] || ip addr add "$(cat /mnt/address)"/24 dev unit
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


@dataclass(frozen=True, slots=True)
class Fake:
    """A unit with OpenWrt, with the stock page of an EAP (`stock` on it), or with a boot loader that asks."""

    address: str
    board: str = "tplink,cpe210-v3"
    stock_password: str | None = None
    loader: bool = False
    sensor: str = ""
    stock: str = STOCK
    after: str = "192.168.1.1"  # its address once it is written; "" = it asks by DHCP, and nobody answers

    def lay(self, home: Path) -> None:
        """Its files."""
        for name in ("bin", "etc", "tmp/sysinfo", "after/etc"):
            (home / name).mkdir(parents=True)
        for name, script in (("sysupgrade", _SYSUPGRADE), ("cliclientd", _CLICLIENTD), ("footfall-sensor", _SENSOR)):
            (home / "bin" / name).write_text(script)
            (home / "bin" / name).chmod(0o755)
        root_shell = "root:x:0:0::/:/bin/sh\nadmin:x:0:0::/:/bin/sh\n"
        (home / "etc/passwd").write_text(root_shell)
        hashed = _crypt("chosen-by-us") if self.stock_password is not None else ""
        (home / "etc/shadow").write_text(f"root:{hashed}:1:0:99999:7:::\nadmin:{hashed}:1:0:99999:7:::\n")
        (home / "after/etc/shadow").write_text("root::1:0:99999:7:::\n")
        (home / "etc/banner").write_text("")
        release = "DISTRIB_RELEASE='{}'\nDISTRIB_REVISION='{}'\n"
        (home / "etc/openwrt_release").write_text(
            "" if self.stock_password is not None else release.format("23.05.5", "r1-old")
        )
        (home / "after/etc/openwrt_release").write_text(release.format("24.10.4", "r2-new"))
        (home / "after/address").write_text(self.after)
        (home / "after/sensor").write_text("0.1.0\n")
        (home / "after/etc/shadow").chmod(0o600)
        (home / "tmp/sysinfo/board_name").write_text(self.board + "\n" if self.stock_password is None else "")
        # The board's name lies in /tmp, which the fake keeps over a restart: written where the new image would.
        (home / "after/board_name").write_text(self.board + "\n")
        (home / "address").write_text(self.address)
        (home / "sensor").write_text(self.sensor)
        for name in ("boot_id", "next_boot_id"):
            (home / name).write_text(f"{uuid.uuid4()}\n")
        if self.stock_password is not None:
            (home / "stock").write_text(self.stock)
            (home / "page_password").write_text(self.stock_password)
        (home / "page.py").write_text(_PAGE)
        (home / "python").symlink_to(os.path.realpath(sys.executable))
        if self.loader:
            (home / "loader").touch()
        subprocess.run(
            ["dropbearkey", "-t", "ed25519" if self.stock_password is None else "rsa", "-f", home / "hostkey"],
            check=True,
            capture_output=True,
        )


def _crypt(password: str) -> str:
    done = subprocess.run(["openssl", "passwd", "-6", password], check=True, capture_output=True, text=True)
    return done.stdout.strip()
