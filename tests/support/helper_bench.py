"""Root's helper on a unit of stubs. Signatures are real (signify); opkg, df, the fetch, sysupgrade and the agent's
word are stubs. The fake sysupgrade writes nothing: it notes how it was called, and says what the test wants.
"""

import hashlib
import os
import re
import subprocess
from dataclasses import replace

from unit import STUBS, Unit

from footfall_sensor import keys, signing
from footfall_sensor.upgrading import Upgrading
from footfall_sensor.wire.image import Image, ImageOffer
from footfall_sensor.wire.release import Offer, Release

ID = b"\x01\x23\x45\x67\x89\xab\xcd\xef"
TOOLS = {
    "usign": 'shift 2; exec signify-openbsd -V -q "$@"',  # -V -q -m FILE -p KEY -x SIGNATURE
    "df": """room="$STUB_ROOT/room"
case "$2" in "$STUB_ROOT"/tmp/*) room="$STUB_ROOT/tmp_room" ;; esac
echo 'File 1K-blocks Used Available Use% On'
echo "overlay 9000 1 $(cat "$room") 1% /\"""",
    # As with -c: what a file of that name here lacks. A line holds for `cut` bytes, `cuts` times.
    "uclient-fetch": """for url; do :; done; name="${url##*/}"; has="$(cat "$name" 2>/dev/null | wc -c)"
n="$(cat "$STUB_ROOT/cuts" 2>/dev/null || echo 0)"; echo "$((n - 1))" >"$STUB_ROOT/cuts"
[ ! -e "$STUB_ROOT/from_the_start" ] || has=0
echo "$has" >>"$STUB_ROOT/fetched"
[ "$n" -le 0 ] || { tail -c "+$((has + 1))" "$STUB_ROOT/files/$name" | head -c 2000; exit; }
tail -c "+$((has + 1))" "$STUB_ROOT/files/$name\"""",
    "jsonfilter": 'STUB_ROOT= exec "$STUB_PYTHON" "$STUBS/jsonfilter.py" "$@"',
    # Writes nothing: notes its call, refuses where there is a file that says so, and lists what would be kept.
    "sysupgrade": """echo "$*" >>"$STUB_ROOT/sysupgrade.calls"
case "$1" in
-l) cat "$STUB_ROOT/kept" ;;
--test) if [ -f "$STUB_ROOT/refuses" ]; then cat "$STUB_ROOT/refuses"; exit 1; fi ;;
*) cp "$1" "$STUB_ROOT/flashed"; ls -R "$STUB_ROOT/etc/footfall" >"$STUB_ROOT/etc_then" ;;
esac""",
    "service": """echo "service $1" >>"$STUB_ROOT/sysupgrade.calls"
sed -i "s/Available: .*/Available: $(cat "$STUB_ROOT/freed" || echo 30000) kB/" "$STUB_ROOT/meminfo\"""",
    # A package of these tests is a line: name, version, and what its agent then says of itself.
    "opkg": """case "$1" in
list-installed) sed 's/ / - /' "$STUB_ROOT/installed" ;;
install)
    for file; do :; done
    read -r name version says <"$file"
    [ "$says" != broken ] || exit 255
    echo "$name $version" >"$STUB_ROOT/installed"
    [ "$says" != hears ] ||
        printf '{"version": "%s", "heard": true, "running": true}' "${version%-r*}" >"$STUB_ROOT/run/status.json"
    ;;
esac""",
}


class HelperBench:
    """A unit with version 0.1.0-r1, a release key, and a collector's word left by the agent's own code."""

    def __init__(self, unit: Unit, say_s: int = 0) -> None:
        self.unit, self.root, self._say_s = unit, unit.root, say_s
        self.key = signing.backend().generate()
        for folder in ("bin", "files", "run", "tmp", "var", "etc/footfall"):
            (self.root / folder).mkdir(exist_ok=True)
        unit.write("etc/footfall-release.pub", self.key.public.text())
        unit.write("installed", "footfall-sensor 0.1.0-r1\n")
        unit.write("room", "5000\n")
        settings = self.root / "etc/config/footfall"
        options = f"\toption run_dir '{self.root}/run'\n\toption state_dir '{self.root}/etc/footfall'\n"
        settings.write_text(settings.read_text() + options)
        for name, body in TOOLS.items():
            unit.write(f"bin/{name}", f"#!/bin/sh\n{body}\n")
            (self.root / "bin" / name).chmod(0o755)
        unit.write("program", self._moved(unit.read("usr/sbin/footfall-upgrade")))
        unit.write("image.sh", self._moved(unit.read("usr/lib/footfall/image.sh")))
        self._built()

    def _moved(self, text: str) -> str:
        """A script with its folders below the unit's root and its times a second, or none."""
        text = re.sub(r"^(PROBATION|POLL|DRAIN)_S=\d+", r"\1_S=1", text, flags=re.MULTILINE)
        text = re.sub(r"^(WRITE|PAUSE)_S=\d+", r"\1_S=0", text, flags=re.MULTILINE)
        text = re.sub(r"^SAY_S=\d+", f"SAY_S={self._say_s}", text, flags=re.MULTILINE)
        moved = {
            "=/usr/lib/footfall/": "=@/",
            "=/etc/init.d/footfall": "=@/bin/service",
            "=/etc": "=@/etc",
            "=/tmp/": "=@/tmp/",
            "=/proc/": "=@/",
            "=/var/run/footfall-upgrade": "=@/var/footfall-upgrade",
        }
        for path, to in moved.items():
            text = text.replace(path, to)
        return text.replace("=@", f"={self.root}")

    def _built(self) -> None:
        """What the unit's image says of itself, and what there is of room."""
        self.unit.write("etc/openwrt_release", "DISTRIB_RELEASE='24.10.4'\nDISTRIB_REVISION='r28739-d9340319c6'\n")
        self.unit.write("tmp/sysinfo/board_name", "tplink,cpe210-v3\n")
        self.unit.write("kept", f"/etc/config/footfall\n{self.root}/etc/footfall/sensor.key\n")
        self.unit.write("tmp_room", "20000\n")
        self.available(30_000)

    def available(self, kib: int) -> None:
        self.unit.write("meminfo", f"MemTotal: 60000 kB\nMemAvailable: {kib} kB\n")

    def image(self, version: str = "24.10.5-r28800", content: bytes = b"image", **said: object) -> ImageOffer:
        """An image, put where it can be fetched, and the key's word for it."""
        digest = hashlib.sha256(content).digest()
        (self.root / "files" / f"{digest.hex()}.bin").write_bytes(content)
        plain = Image(("tplink,cpe210-v3",), version, "1.0", False, len(content), digest)
        return self.sign_image(replace(plain, **said))  # type: ignore[arg-type]

    def sign_image(self, image: Image, key: keys.SecretKey | None = None) -> ImageOffer:
        made = key or self.key
        signature = signing.backend().sign(made, image.note())
        return ImageOffer(image, made.id, signature, f"http://files.lan/image/{image.sha256.hex()}.bin")

    def order_image(self, offer: ImageOffer) -> None:
        helper = self.root / "etc/footfall-release.pub"
        assert Upgrading(self.root / "run/upgrade", helper).leave_image(ID, offer) == ""

    @property
    def calls(self) -> list[str]:
        """How sysupgrade and the service were called, without paths."""
        path = self.root / "sysupgrade.calls"
        said = path.read_text().splitlines() if path.exists() else []
        return [re.sub(r"/\S*/", "", line) for line in said]

    def package(self, version: str, says: str = "hears") -> Offer:
        """A package, put where it can be fetched, and the key's word for it."""
        content = f"footfall-sensor {version} {says}\n".encode()
        (self.root / "files" / f"{version}.ipk").write_bytes(content)
        digest = hashlib.sha256(content).digest()
        return self.sign(Release("footfall-sensor", version, "ipk", len(content), digest))

    def sign(self, release: Release, key: keys.SecretKey | None = None) -> Offer:
        made = key or self.key
        signature = signing.backend().sign(made, release.note())
        return Offer(release, made.id, signature, f"http://files.lan/{release.version}.ipk")

    def order(self, new: Offer, back: Offer | None = None) -> None:
        helper = self.root / "etc/footfall-release.pub"
        left = Upgrading(self.root / "run/upgrade", helper).leave(ID, new, back or self.package("0.1.0-r1"))
        assert left == ""

    def run(self, ends: int = 0) -> "subprocess.CompletedProcess[str]":
        """The helper, once; ends: its exit code."""
        path = f"{self.root / 'bin'}:{STUBS / 'bin'}:{os.environ['PATH']}"
        done = self.unit.run(str(self.root / "program"), "run", PATH=path, STUBS=str(STUBS))
        assert done.returncode == ends, done.stderr
        return done

    @property
    def verdict(self) -> str:
        path = self.root / "var/footfall-upgrade/verdict"
        return path.read_text().strip() if path.exists() else ""

    @property
    def installed(self) -> str:
        return self.unit.read("installed").split()[1]
