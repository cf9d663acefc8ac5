"""The .apk of OpenWrt 25.12 is made by apk itself. apk is not in Debian: here a stub notes what it is asked for.

So these tests hold the questions, not the answers: no .apk was ever made or installed by them.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from .conftest import last

STUB = """\
#!/bin/sh
# A stub of apk (apk-tools 3): notes its arguments, and what the files and scripts hold.
case "$1" in
--version) echo "apk-tools {version}, compiled for x86_64." ;;
mkpkg)
	echo "$@" >"{folder}/asked"
	while [ $# -gt 0 ]; do
		case "$1" in
		--files) (cd "$2" && find . -type f | sort) >"{folder}/files" && cp -r "$2" "{folder}/root" ;;
		--script) cp "${{2#*:}}" "{folder}/script-${{2%%:*}}" ;;
		--output) echo apk >"$2" ;;
		esac
		shift
	done
	;;
adbdump) printf 'info:\\n  name: {name}\\n  version: 0.1.0-r1\\n' ;;
esac
"""


@pytest.fixture
def stub(tmp_path: Path) -> Callable[..., Path]:
    """A stub of apk, of this version, that reads packages as this name."""

    def write(version: str = "3.0.5", name: str = "footfall-sensor-lean") -> Path:
        path = tmp_path / "apk"
        path.write_text(STUB.format(folder=tmp_path, version=version, name=name))
        path.chmod(0o755)
        return path

    return write


@pytest.fixture(autouse=True)
def _root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def test_apk_is_asked_as_openwrts_build_asks_it(
    call: Callable[..., Result], tmp_path: Path, stub: Callable[..., Path]
) -> None:
    """Metadata, files and scripts; for every machine; the dependencies without commas."""
    said = last(call("build", "--out", tmp_path / "feed", "--profile", "lean", "--apk-tool", stub(), "--json"))
    assert said["apk"] == str(tmp_path / "feed" / "footfall-sensor-lean-0.1.0-r1.apk")
    assert said["apk_reason"] is None
    asked = (tmp_path / "asked").read_text()
    for words in (
        *("--info name:footfall-sensor-lean", "--info version:0.1.0-r1", "--info arch:noarch"),
        *("--info provides:footfall-sensor=0.1.0-r1", "--info depends:libc python3-light python3-logging"),
        *("--script post-install:", "--script post-upgrade:", "--script pre-deinstall:"),
    ):
        assert words in asked


def test_openwrts_functions_find_what_they_look_up(
    call: Callable[..., Result], tmp_path: Path, stub: Callable[..., Path]
) -> None:
    """The user, the files and the conffiles stand where default_postinst and sysupgrade of 25.12 read them."""
    call("build", "--out", tmp_path / "feed", "--profile", "lean", "--apk-tool", stub())
    told = tmp_path / "root/lib/apk/packages"
    assert (told / "footfall-sensor-lean.rusers").read_text() == "footfall=646:footfall=646\n"
    assert "/etc/init.d/footfall\n" in (told / "footfall-sensor-lean.list").read_text()
    assert (told / "footfall-sensor-lean.conffiles").read_text() == "/etc/config/footfall\n/etc/footfall/\n"
    assert (told / "footfall-sensor-lean.conffiles_static").read_text().startswith("/etc/config/footfall ")
    assert (
        'export pkgname="footfall-sensor-lean"\nadd_group_and_user\ndefault_postinst\n'
        in (tmp_path / "script-post-install").read_text()
    )
    assert "PKG_UPGRADE=1" in (tmp_path / "script-post-upgrade").read_text()
    assert (tmp_path / "script-pre-deinstall").read_text().endswith("default_prerm\n")


@pytest.mark.parametrize(
    ("version", "name", "words"),
    [("2.14.4", "footfall-sensor", "apk-tools 3"), ("3.0.5", "something-else", "reads its own")],
    ids=["apk of Alpine 3.22", "misread"],
)
def test_what_apk_does_not_confirm_is_not_given_out(
    call: Callable[..., Result], tmp_path: Path, stub: Callable[..., Path], version: str, name: str, words: str
) -> None:
    """An older apk makes another format; a package that apk reads otherwise is thrown away. The .ipk is made."""
    said = last(call("build", "--out", tmp_path / "feed", "--apk-tool", stub(version, name), "--json"))
    assert said["apk"] is None
    assert words in str(said["apk_reason"])
    assert [path.suffix for path in (tmp_path / "feed").glob("footfall*")] == [".ipk"]


def test_only_root_makes_one(
    call: Callable[..., Result], tmp_path: Path, stub: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An .apk records owners; without root or fakeroot they would be the technician's."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", str(tmp_path / "none") + ":" + os.environ["PATH"])
    monkeypatch.setattr(
        "shutil.which",
        lambda name: (
            None if name == "fakeroot" else f"/usr/bin/{Path(name).name}" if not Path(name).is_absolute() else name
        ),
    )
    said = last(call("build", "--out", tmp_path / "feed", "--apk-tool", stub(), "--json"))
    assert said["apk"] is None
    assert "fakeroot" in str(said["apk_reason"])
