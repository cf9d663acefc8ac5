"""`footfall device release` and `footfall fleet upgrade`: from a built package to a campaign, and what is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from shop import SmallShop

from collector.records.reports import Report
from footfall_sensor import keys, signing
from tools.cli import cli
from tools.device import ipk, recipe, releasing

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two versions of the package, a release key, and a collector with a sensor of the old version."""
    folder = tmp_path_factory.mktemp("upgrade")
    built = recipe.stage("full", folder / "stage")
    for name, version in (("old", "0.1.0-r1"), ("new", "0.2.0-r1")):
        (folder / f"{name}.ipk").write_bytes(ipk.build(replace(built, version=version)))
    keys.write_secret(folder / "release", signing.backend().generate())
    shop = SmallShop(folder / "collector")
    for name in ("door", "till"):
        shop.sensor(name)
    shop.collector.registry.reports.record([Report(1, 1, 1_800_000_000_000, True, "0.1.0", None)])
    return folder


@pytest.fixture(scope="module")
def run(bench: Path) -> Run:
    def call(*words: str) -> Result:
        said = [str(bench / word[1:]) if word.startswith("@") else word for word in words]
        return CliRunner().invoke(cli, said, env={"SUDO_USER": "ada"})

    return call


UPGRADE = ("fleet", "upgrade", "--dir", "@collector", "0.2.0", "--package", "@new.ipk", "--back", "@old.ipk")


def test_a_dry_run_needs_no_signature_and_names_everyone(run: Run) -> None:
    said = json.loads(run(*UPGRADE, "--dry-run", "--json").stdout)
    assert [[one["sensor"] for one in stage] for stage in said["stages"]] == [["door"]]
    assert said["left_out"] == {"till": "it has never said which version it runs"}
    assert said["campaign"] is None


def test_what_was_signed_is_rolled_out_and_what_was_not_is_refused(run: Run, bench: Path) -> None:
    where = ("--url", "https://files.example.org/f", "--key", "@release.pub")
    unsigned = run(*UPGRADE, *where)
    assert (unsigned.exit_code, "footfall device release makes it" in unsigned.output) == (1, True)
    assert run(*UPGRADE).exit_code == 2
    made = json.loads(run("device", "release", "@old.ipk", "@new.ipk", "--key", "@release", "--json").stdout)
    assert [(one["package"], one["version"]) for one in made] == [
        ("footfall-sensor", "0.1.0-r1"),
        ("footfall-sensor", "0.2.0-r1"),
    ]
    genuine = (bench / "new.ipk.sig").read_text()
    (bench / "new.ipk.sig").write_text((bench / "old.ipk.sig").read_text())
    forged = run(*UPGRADE, *where)
    assert (forged.exit_code, "signature" in forged.output) == (1, True)
    (bench / "new.ipk.sig").write_text(genuine)
    begun = run(*UPGRADE, *where)
    assert (begun.exit_code, "campaign 1 has begun" in begun.output) == (0, True)
    shown = json.loads(run("fleet", "campaign", "list", "--dir", str(bench / "collector"), "--json").stdout)
    assert shown[0]["cargo"]["new"]["url"] == "https://files.example.org/f/new.ipk"
    told = run("fleet", "campaign", "list", "--dir", str(bench / "collector")).output
    assert "footfall-sensor 0.2.0-r1" in told
    assert "signature" not in told  # a line for people, not the cargo


def test_another_version_than_the_one_that_was_named_is_a_slip(run: Run) -> None:
    done = run("fleet", "upgrade", "--dir", "@collector", "0.3.0", "--package", "@new.ipk", "--dry-run")
    assert (done.exit_code, "is version 0.2.0-r1, not 0.3.0" in done.output) == (1, True)


def test_a_file_that_is_no_package_is_not_vouched_for(run: Run, bench: Path) -> None:
    (bench / "notes.txt").write_bytes(b"notes")
    done = run("device", "release", "@notes.txt", "--key", "@release")
    assert (done.exit_code, "ends in .ipk or .apk, an image in .bin" in done.output) == (1, True)


def test_an_apk_is_known_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "footfall-sensor-lean-0.2.0-r3.apk"
    path.write_bytes(b"x")
    found = releasing.read(path)
    assert (found.package, found.version, found.form) == ("footfall-sensor-lean", "0.2.0-r3", "apk")


def test_packages_that_were_taken_in_are_rolled_out_without_their_files(run: Run, bench: Path) -> None:
    where = ("--dir", "@collector")
    assert run("device", "release", "@old.ipk", "@new.ipk", "--key", "@release").exit_code == 0
    unknown = run("fleet", "package", "add", *where, "@new.ipk")
    assert (unknown.exit_code, "knows no release key" in unknown.output) == (1, True)
    (bench / "collector" / "release.pub").write_bytes((bench / "release.pub").read_bytes())
    added = json.loads(run("fleet", "package", "add", *where, "@new.ipk", "@old.ipk", "--json").stdout)
    assert [one["name"] for one in added] == ["footfall-sensor-0.2.0-r1.ipk", "footfall-sensor-0.1.0-r1.ipk"]
    assert [one["version"] for one in json.loads(run("fleet", "package", "list", *where, "--json").stdout)] == [
        "0.2.0-r1",
        "0.1.0-r1",
    ]
    planned = json.loads(run("fleet", "upgrade", *where, "0.2.0", "--dry-run", "--json").stdout)
    assert set(planned["left_out"]) | {one["sensor"] for stage in planned["stages"] for one in stage} == {
        "door",
        "till",
    }
    assert run("fleet", "upgrade", *where, "0.2.0").exit_code == 2
    other = run("fleet", "upgrade", *where, "0.9.0", "--dry-run")
    assert (other.exit_code, "there is no package '0.9.0'" in other.output) == (1, True)
    kept = run("fleet", "package", "remove", *where, added[1]["name"])  # units of a campaign before may go back to it
    assert (kept.exit_code, "campaign 1 rolls" in kept.output) == (1, True)
    assert "keep what they have" in run("fleet", "campaign", "cancel", "1", *where).output
