"""`footfall device release`: vouch for a package or an image, so that units will install it from afar."""

import hashlib
import json
import re
from pathlib import Path

import click

from footfall_sensor import keys, signing
from footfall_sensor.errors import SensorError
from footfall_sensor.wire.release import FORMS, PACKAGES, SIZE_MAX, VERSION, Offer, Release

from ..errors import ToolError
from . import index, ipk, vouching

_APK = re.compile(rf"({'|'.join(sorted(PACKAGES, reverse=True))})-({VERSION.pattern})\.apk")


@click.command("release")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--key", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The secret release key.")
@click.option("--build", default="", metavar="N", help="Of an image: the number in its /etc/footfall-image.")
@click.option("--older", is_flag=True, help="Of an image: units may go back to it from a newer one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def release(files: tuple[Path, ...], key: Path, build: str, older: bool, as_json: bool) -> None:
    """Vouch for packages (.ipk, .apk) and images (...-sysupgrade.bin): writes FILE.note and FILE.sig beside each.

    What is signed is a note of name, version, size and SHA-256, of an image with its boards; it is kept as FILE.note.
    The key's public half belongs on units as /etc/footfall-release.pub, in their image. Keep the secret half off the
    collector: who has it can have units install what he likes, as root.
    """
    secret = index.read_key(key)
    made = []
    for path in files:
        if path.suffix in vouching.SUFFIXES:
            image = vouching.read(path, build, older)
            sig = vouching.sign(path, image, secret)
            made.append(
                {"file": str(path), "package": " ".join(image.boards), "version": image.version, "sig": str(sig)}
            )
            continue
        found = read(path)
        path.with_name(path.name + ".note").write_bytes(found.note())
        beside(path).write_text(index.sign(secret, found.note()), encoding="ascii")
        made.append({"file": str(path), "package": found.package, "version": found.version, "sig": str(beside(path))})
    if as_json:
        click.echo(json.dumps(made))
        return
    for one in made:
        click.echo(f"{one['sig']}: {one['package']} {one['version']}")


def beside(path: Path) -> Path:
    """Where the signature of a package lies."""
    return path.with_name(path.name + ".sig")


def read(path: Path) -> Release:
    """What a package is. Raises ToolError."""
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise ToolError(f"{path}: {exc.strerror}") from exc
    form = path.suffix.removeprefix(".")
    if form not in FORMS:
        raise ToolError(f"{path}: a package of the agent ends in .ipk or .apk, an image in .bin, .img or .itb")
    package, version = _of_apk(path) if form == "apk" else _of_ipk(content)
    if package not in PACKAGES or not VERSION.fullmatch(version):
        raise ToolError(
            f"{path}: {package} {version} is no package of the agent ({', '.join(PACKAGES)}, such as 0.2.0-r1)"
        )
    if not 0 < len(content) <= SIZE_MAX:
        raise ToolError(f"{path}: {len(content)} bytes; at most {SIZE_MAX} can be rolled out")
    return Release(package, version, form, len(content), hashlib.sha256(content).digest())


def offer(path: Path, url: str, key: keys.PublicKey | None) -> Offer:
    """A package with its signature and its address below `url`; key: checks the signature. Raises ToolError."""
    found = read(path)
    try:
        text = beside(path).read_text(encoding="ascii")
        signature = keys.parse_signature(text)
        if key is not None:
            signing.backend().verify(key, found.note(), signature)
        return Offer.read(Offer(found, vouching.key_id(text), signature, f"{url.rstrip('/')}/{path.name}").fields())
    except OSError as exc:
        raise ToolError(f"{beside(path)}: {exc.strerror}; footfall device release makes it") from exc
    except SensorError as exc:
        raise ToolError(f"{path}: {exc}") from exc


def _of_ipk(content: bytes) -> tuple[str, str]:
    fields = dict(line.split(": ", 1) for line in ipk.read_control(content).splitlines() if ": " in line)
    return fields.get("Package", ""), fields.get("Version", "")


def _of_apk(path: Path) -> tuple[str, str]:
    """An .apk is read by its name: its own form is apk's, and the unit's apk checks that."""
    found = _APK.fullmatch(path.name)
    return (found[1], found[2]) if found else (path.stem, "")
