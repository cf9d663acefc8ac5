"""The package without an SDK: opkg's layout, the same bytes every time, an index that is signed."""

import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from footfall_sensor import keys, signing
from tools.device import recipe

from .conftest import last

SIGNIFY = shutil.which("signify-openbsd")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A key pair for a feed."""
    path = tmp_path / "feed.sec"
    keys.write_secret(path, signing.backend("cryptography").generate())
    return path


def test_json_names_what_was_made(call: Callable[..., Result], tmp_path: Path) -> None:
    """The package's path and hash; no .apk, and why not."""
    done = call("build", "--out", tmp_path / "feed", "--json")
    said = last(done)
    ipk = Path(str(said["ipk"]))
    assert ipk == tmp_path / "feed" / "footfall-sensor_0.1.0-r1_all.ipk"
    assert said["sha256"] == hashlib.sha256(ipk.read_bytes()).hexdigest()
    assert said["apk"] is None
    assert "25.12" in str(said["apk_reason"])


def test_the_archive_is_laid_out_as_openwrts(call: Callable[..., Result], tmp_path: Path) -> None:
    """One gzipped tar of three members in opkg's order, readable by GNU tar."""
    ipk = str(last(call("build", "--out", tmp_path, "--json"))["ipk"])
    listed = subprocess.run(["tar", "-tzf", ipk], capture_output=True, text=True, check=True).stdout.split()
    assert listed == ["./debian-binary", "./data.tar.gz", "./control.tar.gz"]
    with tarfile.open(ipk) as archive:
        member = archive.extractfile("./debian-binary")
        assert member is not None
        assert member.read() == b"2.0\n"
    assert Path(ipk).read_bytes()[3:8] == bytes(5)  # gzip -n: no name, no time


@pytest.mark.parametrize("profile", list(recipe.PACKAGES))
def test_control_fields_are_openwrts(call: Callable[..., Result], tmp_path: Path, profile: str) -> None:
    """The fields, their order, and what default_postinst looks up: the user."""
    call("build", "--out", tmp_path, "--profile", profile)
    fields = dict(
        line.split(": ", 1)
        for line in (tmp_path / "Packages").read_text().splitlines()
        if not line.startswith(" ")
        if line
    )
    order = [
        *("Package", "Version", "Depends", "Conflicts", "Provides", "Source", "SourceName", "License", "Section"),
        *("Require-User", "SourceDateEpoch", "Architecture", "Installed-Size"),
        *("Filename", "Size", "SHA256sum", "Description"),
    ]
    assert list(fields) == [name for name in order if profile == "lean" or name not in ("Conflicts", "Provides")]
    assert fields["Package"] == recipe.PACKAGES[profile]
    assert fields["Version"] == "0.1.0-r1"
    assert fields["Depends"].startswith("libc, python3-light, ")
    assert fields["Require-User"] == "footfall=646:footfall=646"
    assert fields["Architecture"] == "all"


def test_gnu_tar_would_have_made_the_same_bytes(call: Callable[..., Result], tmp_path: Path) -> None:
    """OpenWrt packs with GNU tar: sorted, numeric owners, one date. Packed again by it, our files come out equal."""
    ipk = str(last(call("build", "--out", tmp_path, "--json"))["ipk"])
    subprocess.run(["tar", "-xzf", ipk, "-C", str(tmp_path)], check=True)
    for name in ("data", "control"):
        ours = gzip.decompress((tmp_path / f"{name}.tar.gz").read_bytes())
        folder = tmp_path / name
        folder.mkdir()
        subprocess.run(["tar", "-xpf", "-", "-C", str(folder)], input=ours, check=True)
        with tarfile.open(fileobj=io.BytesIO(ours)) as archive:
            epoch_s = archive.getmembers()[0].mtime
        options = ["--format=gnu", "--numeric-owner", "--owner=0", "--group=0", "--sort=name", f"--mtime=@{epoch_s}"]
        theirs = subprocess.run(["tar", *options, "-cpf", "-", "."], cwd=folder, capture_output=True, check=True)
        assert ours == theirs.stdout


def test_two_builds_are_the_same_bytes(tmp_path: Path, key: Path) -> None:
    """From another folder, with another umask, time zone, locale and user's files: index and signature too."""
    first, second = tmp_path / "first", tmp_path / "elsewhere" / "second"
    source = tmp_path / "elsewhere" / "checkout"
    shutil.copytree(recipe.PACKAGE_DIR, source, ignore=shutil.ignore_patterns("__pycache__"))
    for path in source.rglob("*"):
        path.chmod(0o777 if path.is_dir() else 0o666)
    (source / "src" / "footfall_sensor" / "__pycache__").mkdir()
    (source / "src" / "footfall_sensor" / "__pycache__" / "agent.cpython-311.pyc").touch()
    program = (
        "import sys; from pathlib import Path; from tools.device import cli, recipe;"
        "recipe.stage.__defaults__ = (Path(sys.argv[1]),); cli.device(sys.argv[2:])"
    )
    for folder, checkout, umask, zone in (
        (first, recipe.PACKAGE_DIR, 0o022, "UTC"),
        (second, source, 0o077, "Asia/Tokyo"),
    ):
        words = ["build", "--out", str(folder), "--profile", "lean", "--sign", str(key)]
        subprocess.run(
            [sys.executable, "-c", program, str(checkout), *words],
            env={**os.environ, "TZ": zone, "LC_ALL": "C.UTF-8" if umask == 0o077 else "C", "HOME": str(folder)},
            umask=umask,
            capture_output=True,
            check=True,
        )
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(files) == 5
    assert files == sorted(path.relative_to(second) for path in second.rglob("*") if path.is_file())
    assert [(first / name).read_bytes() for name in files] == [(second / name).read_bytes() for name in files]


def test_a_date_given_is_the_date_of_everything(
    call: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SOURCE_DATE_EPOCH, as OpenWrt's own build takes it."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1234567890")
    ipk = str(last(call("build", "--out", tmp_path, "--json"))["ipk"])
    with tarfile.open(ipk) as archive:
        assert {member.mtime for member in archive} == {1234567890}
    assert "SourceDateEpoch: 1234567890\n" in (tmp_path / "Packages").read_text()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    refused = call("build", "--out", tmp_path)
    assert (refused.exit_code, "seconds since 1970" in refused.output) == (1, True)


def test_index_holds_every_package_of_the_feed(call: Callable[..., Result], tmp_path: Path) -> None:
    """Both profiles in one folder are one feed; the entries give size and hash of the file that is there."""
    for profile in recipe.PACKAGES:
        call("build", "--out", tmp_path, "--profile", profile)
    text = (tmp_path / "Packages").read_text()
    assert gzip.decompress((tmp_path / "Packages.gz").read_bytes()).decode() == text
    entries = text.strip().split("\n\n")
    assert len(entries) == 2
    for entry in entries:
        fields = dict(line.split(": ", 1) for line in entry.splitlines() if not line.startswith(" "))
        content = (tmp_path / fields["Filename"]).read_bytes()
        assert (fields["Size"], fields["SHA256sum"]) == (str(len(content)), hashlib.sha256(content).hexdigest())


def test_signature_verifies_and_a_changed_byte_does_not(call: Callable[..., Result], tmp_path: Path, key: Path) -> None:
    """By signify, which reads usign's files; usign itself is not in Debian. Over the index as it is before gzip."""
    if not SIGNIFY:
        pytest.skip("signify-openbsd is not installed; `make test` installs it (Debian package signify-openbsd)")
    said = last(call("build", "--out", tmp_path, "--sign", key, "--json"))
    index = tmp_path / "Packages"
    verify = [SIGNIFY, "-V", "-p", str(said["public_key"]), "-m", str(index), "-x", str(said["signature"])]
    assert subprocess.run(verify, capture_output=True, check=False).returncode == 0
    changed = bytearray(index.read_bytes())
    changed[len(changed) // 2] ^= 1
    index.write_bytes(changed)
    assert subprocess.run(verify, capture_output=True, check=False).returncode != 0


def test_the_public_key_is_named_as_opkg_looks_for_it(call: Callable[..., Result], tmp_path: Path, key: Path) -> None:
    """/etc/opkg/keys finds a key by its id."""
    public = Path(str(last(call("build", "--out", tmp_path, "--sign", key, "--json"))["public_key"]))
    assert public == tmp_path / "opkg-keys" / keys.read_secret(key).id.hex()
    assert keys.read_public(public) == keys.read_secret(key).public


def test_a_signature_from_before_does_not_stay(call: Callable[..., Result], tmp_path: Path, key: Path) -> None:
    """It would not fit the new index, and opkg would refuse the feed."""
    call("build", "--out", tmp_path, "--sign", key)
    call("build", "--out", tmp_path, "--profile", "lean")
    assert not (tmp_path / "Packages.sig").exists()


def test_without_the_key_nothing_is_written(call: Callable[..., Result], tmp_path: Path) -> None:
    """The sentence tells how a key is made."""
    done = call("build", "--out", tmp_path / "feed", "--sign", tmp_path / "no.sec")
    assert done.exit_code == 1
    assert "usign -G" in done.output
    assert not (tmp_path / "feed").exists()


def test_a_file_in_the_feed_that_is_no_package_is_named(call: Callable[..., Result], tmp_path: Path) -> None:
    """Half a download must not become an index."""
    (tmp_path / "other_1_all.ipk").write_bytes(b"half")
    done = call("build", "--out", tmp_path)
    assert done.exit_code == 1
    assert "no .ipk" in done.output
