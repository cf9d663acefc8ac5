"""What goes into a unit's image, worked out before anything is built."""

import shlex
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import ToolError
from .recipe import PACKAGES
from .units import Unit

RELEASE = "24.10"  # the release these lists were written for; it installs .ipk

# What a sensor never does, on every unit: dial in, give out addresses, route for others.
DROPPED = ("-ppp", "-ppp-mod-pppoe", "-dnsmasq", "-odhcpd-ipv6only")
# And what 8 MB of flash cannot carry beside Python. A unit without a firewall belongs behind one.
DROPPED_LEAN = ("-luci", "-firewall4", "-nftables", "-kmod-nft-offload", "-odhcp6c")
ADDED = ("procd-ujail",)  # the agent's confinement; default on these targets, named so that a plan shows it
# The tunnel that stands for TLS, and compressed memory for 64 MB.
ADDED_LEAN = ("kmod-wireguard", "wireguard-tools", "zram-swap")


@dataclass(frozen=True, slots=True)
class Plan:
    """An image: of which unit, of what, and how ImageBuilder is called."""

    unit: str
    profile: str
    target: str
    footfall: str  # build profile
    package: str
    packages: tuple[str, ...]  # as ImageBuilder takes them: a minus takes away
    image_kib: int | None
    files: Path | None
    notes: tuple[str, ...]

    def command(self, images: str = "") -> list[str]:
        """ImageBuilder's command line, to be run in its folder; its results go into `images`, or bin in that folder."""
        command = ["make", "image", f"PROFILE={self.profile}", f"PACKAGES={' '.join(self.packages)}"]
        if self.files is not None:
            command.append(f"FILES={self.files}")
        if images:
            command.append(f"BIN_DIR={images}")
        return [*command, "EXTRA_IMAGE_NAME=footfall"]

    def steps(self) -> list[str]:
        """What to type where there is no --imagebuilder, in the unpacked ImageBuilder's folder."""
        return [
            f"footfall device build --profile {self.footfall} --out FEED",
            f"cp FEED/{self.package}_*.ipk packages/",
            shlex.join(self.command()),
        ]

    def archive(self) -> str:
        """The name of the ImageBuilder that is wanted, as downloads.openwrt.org has it."""
        return f"openwrt-imagebuilder-{RELEASE}.x-{self.target.replace('/', '-')}.Linux-x86_64.tar.zst"

    def source(self) -> str:
        """The folder where OpenWrt has it; x stands for the newest of that release."""
        return f"https://downloads.openwrt.org/releases/{RELEASE}.x/targets/{self.target}/"

    def as_json(self) -> dict[str, object]:
        """Everything, for --json."""
        said = {**asdict(self), "files": str(self.files) if self.files else None}
        return {
            **said,
            "command": self.command(),
            "steps": self.steps(),
            "imagebuilder": self.archive(),
            "imagebuilder_from": self.source(),
        }

    def text(self) -> str:
        """The plan for a person."""
        added = [name for name in self.packages if not name.startswith("-")]
        dropped = [name[1:] for name in self.packages if name.startswith("-")]
        limit = f"{self.image_kib} KiB for kernel, root and overlay" if self.image_kib else "NAND, no limit known"
        lines = [
            f"unit            {self.unit}",
            f"OpenWrt         {self.target}, profile {self.profile}",
            f"flash           {limit}",
            f"Footfall        {self.package} ({self.footfall})",
            f"with            {' '.join(added)}",
            f"without         {' '.join(dropped)}",
            f"files           {self.files or 'none'}",
            f"ImageBuilder    {self.archive()}",
            f"from            {self.source()}",
            *(f"step {number}          {step}" for number, step in enumerate(self.steps(), 1)),
        ]
        return "\n".join([*lines, *(f"note            {note}" for note in self.notes)])


def plan(unit: Unit, profile: str | None, files: Path | None, extra: tuple[str, ...] = ()) -> Plan:
    """The image of a unit. `extra` are packages to add, or with a minus to take away. Raises ToolError."""
    footfall = profile or unit.footfall
    if footfall == "full" and unit.footfall == "lean":
        raise ToolError(
            f"{unit.name} has {unit.flash_mib} MB of flash and {unit.ram_mib} MB of memory: OpenSSL beside Python does "
            "not fit. Leave --profile away, and carry MQTT in a WireGuard tunnel"
        )
    if files is not None and not files.is_dir():
        raise ToolError(f"--files {files}: no such folder; name one that is there")
    added = (PACKAGES[footfall], *ADDED, *(ADDED_LEAN if footfall == "lean" else ()))
    dropped = (*DROPPED, *(DROPPED_LEAN if footfall == "lean" else ()))
    said = {name.lstrip("-") for name in extra}
    chosen = tuple(name for name in (*added, *dropped) if name.lstrip("-") not in said)
    return Plan(
        unit=unit.name,
        profile=unit.profile,
        target=unit.target,
        footfall=footfall,
        package=PACKAGES[footfall],
        packages=(*chosen, *extra),
        image_kib=unit.image_kib,
        files=files.resolve() if files else None,
        notes=_notes(unit, (*chosen, *extra)),
    )


def _notes(unit: Unit, packages: tuple[str, ...]) -> tuple[str, ...]:
    notes = [unit.note] if unit.note else []
    if unit.deaf_to_2ghz:
        notes.append("no 2.4 GHz radio: phones ask less on 5 GHz, so this unit hears less than others do")
    if "-firewall4" in packages:
        notes.append("no firewall in this image: keep the unit on a network of its own, or add --with firewall4")
    if unit.footfall == "lean":
        notes.append("whether 8 MB suffice is known when it is built: the size is checked then")
    return tuple(notes)
