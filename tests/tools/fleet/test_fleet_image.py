"""`footfall device release` and `footfall fleet image`: what is vouched for is taken in; what will not do is refused,
each with the reason and what to do.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from shop import SITE, TENANT, SmallShop

from collector.folder import open_folder
from collector.records.reports import Report
from footfall_sensor import keys, signing
from tools.cli import cli
from tools.lab.pallet.firmware import factory, sysupgrade

Run = Callable[..., Result]
BOARD = "tplink,cpe210-v3"
IMAGE = sysupgrade([BOARD])


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`footfall ...`; @name: a file of the bench."""
    SmallShop(tmp_path / "collector")
    keys.write_secret(tmp_path / "release", signing.backend().generate())
    (tmp_path / "a.bin").write_bytes(IMAGE)

    def call(*words: str) -> Result:
        said = [str(tmp_path / word[1:]) if word.startswith("@") else word for word in words]
        if said[:2] == ["fleet", "image"]:
            said[3:3] = ["--dir", str(tmp_path / "collector")]
        return CliRunner().invoke(cli, said, env={"SUDO_USER": "ada"})

    return call


def release(run: Run, *words: str) -> Result:
    return run("device", "release", "@a.bin", "--key", "@release", *words)


def test_what_was_vouched_for_is_taken_in_listed_and_taken_out(run: Run, tmp_path: Path) -> None:
    assert release(run, "--build", "2").exit_code == 0
    added = run("fleet", "image", "add", "@a.bin", "--board", BOARD, "--key", "@release.pub", "--json")
    said = json.loads(added.stdout)
    assert (said["name"], said["version"], said["boards"]) == ("cpe210-v3-24.10.4-r2.2", "24.10.4-r2.2", [BOARD])
    assert (said["size"], said["compat"], said["by"]) == (len(IMAGE), "1.0", "cli:ada")
    assert "reset held for 4 to 5 s" in said["recovery"][BOARD]
    shown = json.loads(run("fleet", "image", "show", said["name"], "--json").stdout)
    assert Path(shown["file"]).read_bytes() == IMAGE
    assert [one["name"] for one in json.loads(run("fleet", "image", "list", "--json").stdout)] == [said["name"]]
    again = run("fleet", "image", "add", "@a.bin")
    assert (again.exit_code, "give this one another --name" in again.output) == (1, True)
    assert run("fleet", "image", "add", "@a.bin", "--name", "twin").exit_code == 0
    assert run("fleet", "image", "remove", "twin").exit_code == 0
    assert Path(shown["file"]).exists()
    assert run("fleet", "image", "remove", said["name"]).exit_code == 0
    assert not Path(shown["file"]).exists()
    audit = json.loads(run("collector", "audit", "--dir", "@collector", "--json").stdout)
    assert [one["verb"] for one in audit if one["object"].startswith("image")] == ["add", "add", "remove", "remove"]


@pytest.mark.parametrize(
    ("content", "says", "remedy"),
    [
        (factory(["CPE210(TP-LINK|EU|N300-2):3.0"]), "this is a factory image", "sysupgrade.bin of the same build"),
        (sysupgrade(["acme,router"]), "acme,router, which the catalogue", "footfall device units"),
        (sysupgrade([BOARD], payload=b"x" * (7681 << 10)), "has room for 7864320", "--without NAME"),
        (sysupgrade([BOARD], release="SNAPSHOT"), "images of a release have an order", "Build it from a release"),
        (b"squashfs" * 100, "neither a factory image", "sysupgrade.bin"),
    ],
    ids=["factory", "board", "large", "snapshot", "no-metadata"],
)
def test_nobody_vouches_for_what_will_not_do(run: Run, tmp_path: Path, content: bytes, says: str, remedy: str) -> None:
    (tmp_path / "a.bin").write_bytes(content)
    done = release(run)
    assert (done.exit_code, says in done.output, remedy in done.output) == (1, True, True)
    assert not (tmp_path / "a.bin.sig").exists()


def test_what_nobody_vouched_for_another_hand_signed_or_was_changed_is_refused(run: Run, tmp_path: Path) -> None:
    unsigned = run("fleet", "image", "add", "@a.bin")
    assert (unsigned.exit_code, "vouches for it" in unsigned.output) == (1, True)
    release(run)
    keys.write_secret(tmp_path / "other", signing.backend().generate())
    foreign = run("fleet", "image", "add", "@a.bin", "--key", "@other.pub")
    assert (foreign.exit_code, "vouches for it" in foreign.output) == (1, True)
    wrong = run("fleet", "image", "add", "@a.bin", "--board", "tplink,eap225-v3")
    assert (wrong.exit_code, "Take the image of that board" in wrong.output) == (1, True)
    (tmp_path / "a.bin").write_bytes(sysupgrade([BOARD], payload=b"other" * 1000))
    changed = run("fleet", "image", "add", "@a.bin")
    assert (changed.exit_code, "is of another image" in changed.output) == (1, True)
    assert run("fleet", "image", "list").output.startswith("no image yet")


def test_a_campaign_of_images_is_planned_begun_and_listed_and_a_slip_of_the_hand_is_said(
    run: Run, tmp_path: Path
) -> None:
    collector = open_folder(tmp_path / "collector")
    for name in ("door", "till", "roof"):
        collector.registry.put_sensor(TENANT, name, SITE, name.encode().ljust(8), name.encode().ljust(32))
    said = {"door": BOARD, "till": "acme,router", "roof": BOARD}
    for number, board in enumerate(said.values(), 1):
        collector.registry.reports.record(
            [Report(number, 1, 1_800_000_000_000, True, "0.1.0", None, "24.10.3-r1", board)]
        )
    release(run)
    run("fleet", "image", "add", "@a.bin", "--name", "cpe")
    upgrade = ("fleet", "upgrade", "--dir", "@collector", "--image", "cpe")
    planned = json.loads(run(*upgrade, "--dry-run", "--json").stdout)
    assert sorted(one["sensor"] for stage in planned["stages"] for one in stage) == ["door", "roof"]
    assert planned["left_out"] == {"till": "its board is acme,router, and none of the images is for it"}
    (stage,) = json.loads(run(*upgrade, "door", "--dry-run", "--json").stdout)["stages"]
    assert [one["sensor"] for one in stage] == ["door"]
    for words, says in (
        ((), "--url says where"),
        (("--url", "http://h/image", "--package", "@a.bin"), "either --image or --package"),
    ):
        done = run(*upgrade, *words)
        assert (done.exit_code, says in done.output) == (2, True)
    missing = run("fleet", "upgrade", "--dir", "@collector", "--image", "eap", "--dry-run")
    assert (missing.exit_code, "there is no image 'eap'; there are: cpe" in missing.output) == (1, True)
    begun = run(*upgrade, "--url", "http://h:8080/image", "--why", "a new kernel")
    assert "campaign 1 has begun" in begun.output
    listed = run("fleet", "campaign", "list", "--dir", "@collector")
    assert f"cpe 24.10.4-r2 ({BOARD})" in listed.output
    kept = run("fleet", "image", "remove", "cpe")
    assert (kept.exit_code, "footfall fleet campaign cancel 1 ends it" in kept.output) == (1, True)
