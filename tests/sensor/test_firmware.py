"""A unit says which image runs and on which board, from OpenWrt's own files; what is not there is not guessed."""

from pathlib import Path

from footfall_sensor import firmware

RELEASE = "DISTRIB_ID='OpenWrt'\nDISTRIB_RELEASE='24.10.4'\nDISTRIB_REVISION='r28739-d9340319c6'\n"


def unit(root: Path, release: str, build: str = "", board: str = "") -> Path:
    files = {"etc/openwrt_release": release, "etc/footfall-image": build, "tmp/sysinfo/board_name": board}
    for name, text in files.items():
        if text:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
    return root


def test_image_and_board_are_named(tmp_path: Path) -> None:
    root = unit(tmp_path, RELEASE, "2\n", "tplink,cpe210-v3\n")
    assert (firmware.version(root), firmware.board(root)) == ("24.10.4-r28739.2", "tplink,cpe210-v3")


def test_what_is_no_openwrt_or_has_no_order_names_nothing(tmp_path: Path) -> None:
    assert (firmware.version(tmp_path), firmware.board(tmp_path)) == ("", "")
    root = unit(tmp_path, RELEASE.replace("24.10.4", "SNAPSHOT"), board="$(reboot)\n")
    assert (firmware.version(root), firmware.board(root)) == ("", "")
