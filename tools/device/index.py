"""The index that opkg asks a feed for: Packages, the same gzipped, and its signature in usign's format."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from footfall_sensor import keys, signing
from footfall_sensor.errors import SensorError

from ..errors import ToolError
from .archive import gzip
from .ipk import read_control

KEYS_DIR = "opkg-keys"  # what is in it belongs into /etc/opkg/keys of a unit that is to trust the feed


@dataclass(frozen=True, slots=True)
class Index:
    """The files of an index, as they were written."""

    packages: Path
    signature: Path | None
    public_key: Path | None


def text(folder: Path) -> str:
    """The index of every .ipk in a folder: its control text with name, size and hash put before the description."""
    entries = []
    for path in sorted(folder.glob("*.ipk")):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        where = f"Filename: {path.name}\nSize: {len(content)}\nSHA256sum: {digest}\n"
        entries.append(read_control(content).replace("Description:", f"{where}Description:", 1) + "\n")
    return "".join(entries)


def write(folder: Path, key_path: Path | None) -> Index:
    """Write the index beside the packages, signed where a key is given. Raises ToolError."""
    content = text(folder).encode()
    packages = folder / "Packages"
    packages.write_bytes(content)
    (folder / "Packages.gz").write_bytes(gzip(content))
    signature = folder / "Packages.sig"
    if key_path is None:
        signature.unlink(missing_ok=True)  # one from before would not fit, and opkg would refuse the feed
        return Index(packages, None, None)
    key = read_key(key_path)
    signature.write_text(sign(key, content), encoding="ascii")
    public = folder / KEYS_DIR / key.id.hex()  # opkg finds a key by its file's name
    public.parent.mkdir(exist_ok=True)
    public.write_text(key.public.text(), encoding="ascii")
    return Index(packages, signature, public)


def read_key(path: Path) -> keys.SecretKey:
    """The secret key in a file of usign's or signify's. Raises ToolError that tells how to make one."""
    try:
        return keys.read_secret(path)
    except SensorError as exc:
        if path.exists():  # to make one under this name would overwrite what is there
            raise ToolError(f"{path}: {exc} The secret one is wanted here") from exc
        raise ToolError(
            f"{exc}. A key is made by: usign -G -s {path} -p {path}.pub (or signify-openbsd -G -n, same options)"
        ) from exc


def sign(key: keys.SecretKey, content: bytes) -> str:
    """The detached signature of `content` as usign and signify read it. Raises ToolError."""
    try:
        return keys.signature_text(key.id, signing.backend().sign(key, content))
    except SensorError as exc:
        raise ToolError(str(exc)) from exc
