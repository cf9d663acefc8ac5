"""Which kernel modules to load, in which order: each .ko file says itself what it depends on."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...errors import ToolError

# What is asked for by name; what these depend on comes before them. The ciphers are asked for by mac80211 at run time.
WANTED = ("virtio_pci", "virtio_net", "ctr", "ccm", "cmac", "mac80211_hwsim")
_DEPENDS = b"\0depends="


def find(tree: Path) -> dict[str, Path]:
    """The module files below `tree`, by module name (a dash in a file name is an underscore in the module's)."""
    return {path.stem.replace("-", "_"): path for path in sorted(tree.rglob("*.ko"))}


def depends(raw: bytes) -> tuple[str, ...]:
    """The modules that the module in `raw` names in its .modinfo section."""
    at = raw.find(_DEPENDS)
    if at < 0:
        return ()
    start = at + len(_DEPENDS)
    said = raw[start : raw.index(b"\0", start)].decode("ascii")
    return tuple(name.replace("-", "_") for name in said.split(",") if name)


def in_order(found: Mapping[str, Path], wanted: Sequence[str] = WANTED) -> list[Path]:
    """The files of `wanted` and of all they depend on, each after its needs. Raises ToolError."""
    ordered: dict[str, Path] = {}

    def take(name: str) -> None:
        if name in ordered:
            return
        if name not in found:
            raise ToolError(f"this kernel package has no module {name}; delete build/lab-air/kernel and try again")
        for need in depends(found[name].read_bytes()):
            take(need)
        ordered[name] = found[name]

    for name in wanted:
        take(name)
    return list(ordered.values())
