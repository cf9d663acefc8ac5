"""Making a release from one commit: the same commit gives the same bytes, whatever lies about in the working tree."""

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import ToolError
from . import bom
from .parts import Part, read

PROFILES = ("full", "lean")
SUMS = "SHA256SUMS"
BESIDE = ("LICENSE", "README.md")  # of the source, as they are


@dataclass(frozen=True, slots=True)
class Commit:
    """What a release is made of. date_s: seconds since 1970, for every time that stands in a file."""

    name: str
    date_s: int

    @classmethod
    def head(cls, repository: Path) -> "Commit":
        """The commit that is checked out. Raises ToolError where git says none."""
        try:
            said = subprocess.run(
                ["git", "-C", str(repository), "log", "-1", "--format=%H %ct"],
                capture_output=True,
                text=True,
                check=True,
            ).stdout.split()
        except (OSError, subprocess.CalledProcessError) as exc:
            raise ToolError("a release is made of a commit: run it in a clone of the repository, with git") from exc
        return cls(said[0], int(said[1]))


def make(repository: Path, commit: Commit, work: Path, out: Path) -> dict[str, str]:
    """Everything into `out`; returns SHA-256 in hex by path below it. Raises ToolError."""
    source = work / "source"
    _export(repository, commit, source)
    out.mkdir(parents=True, exist_ok=True)
    _distributions(source, commit, out)
    for profile in PROFILES:
        _run(
            [sys.executable, "-m", "tools.cli", "device", "build", "--out", str(out / "feed"), "--profile", profile],
            source,
        )
    parts = read()
    stem = f"footfall-{_version(source)}"
    (out / f"{stem}.cdx.json").write_text(bom.render(parts, commit.date_s), encoding="utf-8")
    (out / "LICENCES.md").write_text(licences(parts), encoding="utf-8")
    (out / "CHANGES.md").write_text(_changes(source), encoding="utf-8")
    for name in BESIDE:
        (out / name).write_bytes((source / name).read_bytes())
    sums = {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != SUMS
    }
    (out / SUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in sums.items()), encoding="utf-8")
    return sums


def licences(parts: Sequence[Part]) -> str:
    """A table of the parts and under what each may be used."""
    rows = [f"| {part.name} | {part.version} | {part.licence} |" for part in parts]
    return "\n".join(
        [
            "# What a Footfall that is installed is made of",
            "",
            "| part | version | licence |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _export(repository: Path, commit: Commit, to: Path) -> None:
    archive = subprocess.run(
        ["git", "-C", str(repository), "archive", "--format=tar", commit.name], capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(to, filter="data")


def _distributions(source: Path, commit: Commit, out: Path) -> None:
    _run(
        [sys.executable, "-m", "build", "--outdir", str(out), str(source)],
        source,
        {"SOURCE_DATE_EPOCH": str(commit.date_s)},
    )
    for path in out.glob("*.tar.gz"):
        path.write_bytes(_settled(path.read_bytes(), commit.date_s))


def _settled(sdist: bytes, date_s: int) -> bytes:
    """The same archive without what each making has of its own: times, owners, the order of a folder."""
    made = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(sdist)) as old,
        gzip.GzipFile(fileobj=made, mode="wb", mtime=date_s, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda one: one.name):
            content = old.extractfile(member) if member.isfile() else None
            member.mtime, member.uid, member.gid, member.uname, member.gname = date_s, 0, 0, "", ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            new.addfile(member, content)
    return made.getvalue()


def _run(command: Sequence[str], source: Path, more: dict[str, str] | None = None) -> None:
    """Raises ToolError with the end of what the command said."""
    path = os.pathsep.join([str(source), str(source / "openwrt" / "footfall-sensor" / "src")])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0", **(more or {})}
    done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-8:])
        raise ToolError(f"{' '.join(command[1:4])} failed:\n{said}")


def _version(source: Path) -> str:
    return str(tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def _changes(source: Path) -> str:
    """The newest section of the changelog."""
    text = (source / "CHANGELOG.md").read_text(encoding="utf-8")
    return "## " + text.split("\n## ", 2)[1].rstrip() + "\n"
