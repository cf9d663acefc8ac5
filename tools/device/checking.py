"""`footfall device check`: what is plugged in, and whether it may be written, before anything is."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import click

from ..options import last_line_option
from . import images, judgement, looking, reachable, sighting
from .errors import DeviceError
from .images import ImageFile
from .judgement import Judgement, Problem
from .options import Reach, sha256_option, unit_options
from .reachable import UnitAddress
from .shell import Login
from .sighting import Sighting

ELSEWHERE = "A unit with Footfall may be elsewhere: with a single port it asks by DHCP (docs/technician.md)."


@dataclass(frozen=True, slots=True)
class Checked:
    """A look at a unit, with an image or without."""

    seen: Sighting
    image: ImageFile | None
    judged: Judgement

    def as_json(self) -> dict[str, object]:
        """For --json."""
        method = self.judged.method
        return {
            "ok": self.judged.ok,
            "seen": asdict(self.seen),
            "unit": self.judged.unit.name if self.judged.unit else None,
            "profile": self.judged.unit.profile if self.judged.unit else None,
            "method": {"name": method.name, "title": method.title, "steps": list(method.steps)} if method else None,
            "image": self.image.as_json() if self.image else None,
            "problems": [asdict(problem) for problem in self.judged.problems],
            "warnings": list(self.judged.warnings),
        }

    def lines(self) -> list[str]:
        """For a person on a ladder."""
        seen, judged = self.seen, self.judged
        facts = [seen.name or "no model", seen.region, seen.firmware and f"runs {seen.firmware}", seen.board]
        lines = [f"seen       {', '.join(fact for fact in facts if fact)} ({seen.how})"]
        if judged.unit is not None:
            lines.append(f"unit       {judged.unit.name}: {', '.join(judged.unit.radios)}, {judged.unit.ram_mib} MB")
        if judged.method is not None:
            lines.append(f"way        {judged.method.title}")
        if self.image is not None:
            lines.append(f"image      {self.image.kind}, {len(self.image.content):,} bytes, {self.image.path.name}")
        lines += [f"watch out  {warning}" for warning in judged.warnings]
        for problem in judged.problems:
            lines += [f"NO         {problem.what}", f"           do: {problem.remedy}"]
        return [*lines, "nothing speaks against it" if judged.ok else "do not write this unit"]


@click.command()
@click.argument("address", required=False, type=UnitAddress())
@click.option("--label", help='What the label under the unit says: "CPE210(EU) Ver: 3.20".')
@click.option("--image", "image_path", type=click.Path(path_type=Path), help="Judge this image for the unit too.")
@sha256_option
@click.option("--tftp", "tftp_s", type=click.IntRange(1, 3600), help="Listen this many seconds for a boot loader.")
@click.option("--listen", default="192.168.0.100", show_default=True, help="This computer's address for --tftp.")
@unit_options
@last_line_option
@click.pass_context
def check(
    context: click.Context,
    address: str | None,
    label: str | None,
    image_path: Path | None,
    sha256: str | None,
    tftp_s: int | None,
    listen: str,
    reach: Reach,
    as_json: bool,
) -> None:
    """Tell which unit is plugged in, and whether an image may go onto it. Writes nothing.

    Without ADDRESS it asks where OpenWrt and stock firmware answer as they come: 192.168.1.1 and 192.168.0.254.
    Exit code 1 where something speaks against it; each reason comes with what to do.

    \b
    Examples:
      footfall device check
      footfall device check 192.168.0.254 --user admin --image factory.bin
      footfall device check --label "EAP225(EU) V3" --image factory.bin
    """
    image = images.read(image_path, sha256) if image_path else None
    if tftp_s is not None:
        seen = looking.boot_loader(listen, tftp_s)
        if seen is None:
            raise DeviceError(
                f"no boot loader asked {listen} within {tftp_s} s"
                "; hold reset while power comes, and look at cable and firewall"
            )
        seen = seen if label is None else replace(sighting.from_label(label), address=seen.address)
    elif label is not None and address is None:
        seen = sighting.from_label(label)
    else:
        seen = find(address, label, reach.login(""), reach.http_port)
    checked = judged(seen, image, label)
    click.echo(json.dumps(checked.as_json()) if as_json else "\n".join(checked.lines()))
    context.exit(0 if checked.judged.ok else 1)


def find(address: str | None, label: str | None, login: Login, http_port: int) -> Sighting:
    """The unit at `address`, or at one of the addresses that units have by themselves. Raises DeviceError."""
    said = []
    for one in (address,) if address else looking.ADDRESSES:
        seen, why = looking.at(replace(login, address=one), http_port)
        if seen is not None:
            return seen if label is None else completed(seen, sighting.from_label(label))
        said += why
    asked = (address,) if address else looking.ADDRESSES
    reasons = "\n".join(f"  {reason}" for reason in dict.fromkeys(said))
    raise DeviceError(f"no unit answers at {' or '.join(asked)}.\n{reasons}\n{reachable.advice(asked)}\n{ELSEWHERE}")


def completed(seen: Sighting, label: Sighting) -> Sighting:
    """What a unit did not tell of itself, from its label."""
    return replace(
        seen,
        model=seen.model or label.model,
        version=seen.version or label.version,
        region=seen.region or label.region,
    )


def judged(seen: Sighting, image: ImageFile | None, label: str | None = None) -> Checked:
    """A sighting, judged; a label that names another model speaks against it."""
    result = judgement.judge(seen, image.says if image else None)
    said = sighting.from_label(label) if label else None
    if said is not None and said.model and seen.model and said.model.lower() != seen.model.lower():
        what = f"the label says {said.name}, the unit {seen.name}"
        problem = Problem("label_differs", what, "look whether this is the unit that you mean")
        result = replace(result, problems=(*result.problems, problem))
    return Checked(seen, image, result)
