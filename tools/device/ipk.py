"""The package of OpenWrt up to 24.10: an .ipk, as OpenWrt's own build lays it out, and the control text in it."""

import io
import tarfile

from ..errors import ToolError
from .archive import Member, gzip, tar, tree
from .recipe import Package

FORMAT = b"2.0\n"
SOURCE = "footfall-sensor"  # the folder of the recipe in a feed
_FUNCTIONS = "${IPKG_INSTROOT}/lib/functions.sh"  # IPKG_INSTROOT: empty on a unit, the image's root in an ImageBuilder


def file_name(package: Package) -> str:
    """The name opkg's tools expect."""
    return f"{package.name}_{package.version}_{package.architecture}.ipk"


def build(package: Package) -> bytes:
    """The .ipk: a gzipped tar of the format's number, the files and the control files, in this order."""
    files = tar(tree(package.root), package.epoch_s)
    control = [Member("./", 0o755), *sorted(_control_files(package, len(files)), key=lambda member: member.name)]
    members = (
        Member("./debian-binary", 0o644, FORMAT),
        Member("./data.tar.gz", 0o644, gzip(files)),
        Member("./control.tar.gz", 0o644, gzip(tar(control, package.epoch_s))),
    )
    return gzip(tar(members, package.epoch_s))


def control(package: Package, installed_size: int) -> str:
    """The control text: OpenWrt's fields in OpenWrt's order, those without a value left out."""
    fields = {
        "Package": package.name,
        "Version": package.version,
        "Depends": ", ".join(package.depends),
        "Conflicts": ", ".join(package.conflicts),
        "Provides": ", ".join(package.provides),
        "Source": f"feeds/footfall/{SOURCE}",
        "SourceName": SOURCE,
        "License": package.license,
        "Section": package.section,
        "Require-User": package.users,
        "SourceDateEpoch": str(package.epoch_s),
        "URL": package.url,
        "Maintainer": package.maintainer,
        "Architecture": package.architecture,
        "Installed-Size": str(installed_size),
    }
    lines = [f"{name}: {value}" for name, value in fields.items() if value]
    description = "\n".join(f" {line.strip()}" for line in package.description.splitlines())
    return "\n".join([*lines, f"Description: {description}"]) + "\n"


def _control_files(package: Package, installed_size: int) -> list[Member]:
    files = {
        "control": control(package, installed_size),
        "conffiles": "".join(
            f"{path}\n" for path in sorted(package.conffiles) if (package.root / path.lstrip("/")).is_file()
        ),
    }
    guard = f'[ -s "{_FUNCTIONS}" ] || exit 0\n. {_FUNCTIONS}\n'
    scripts = {
        "postinst": f'#!/bin/sh\n[ "${{IPKG_NO_SCRIPT}}" = "1" ] && exit 0\n{guard}default_postinst $0 $@\n',
        "prerm": f"#!/bin/sh\n{guard}default_prerm $0 $@\n",
    }
    return [
        *(Member(f"./{name}", 0o644, text.encode()) for name, text in files.items() if text),
        *(Member(f"./{name}", 0o755, text.encode()) for name, text in scripts.items()),
    ]


def read_control(ipk: bytes) -> str:
    """The control text in an .ipk. Raises ToolError."""
    try:
        with tarfile.open(fileobj=io.BytesIO(ipk), mode="r:gz") as outer:
            packed = outer.extractfile("./control.tar.gz")
            assert packed is not None
            with tarfile.open(fileobj=packed, mode="r:gz") as inner:
                text = inner.extractfile("./control")
                assert text is not None
                return text.read().decode()
    except (tarfile.TarError, KeyError, OSError, EOFError) as exc:
        raise ToolError(f"this is no .ipk: {exc}; take one that `footfall device package` has built") from exc
