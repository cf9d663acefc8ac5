"""The bill of materials of a release: CycloneDX 1.6, JSON. Nothing in it is random: it can be made again."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from .parts import ROOT, Part


def render(parts: Sequence[Part], date_s: int) -> str:
    """The document. parts: see parts.read; date_s: the commit's, since 1970."""
    made = {part.name: _component(part) for part in parts}
    names = ",".join(f"{part.name}=={part.version}" for part in parts)
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, names))
    bom.metadata.timestamp = datetime.fromtimestamp(date_s, UTC)
    bom.metadata.component = made[ROOT]
    bom.components = [component for name, component in made.items() if name != ROOT]
    bom.dependencies = [
        Dependency(made[part.name].bom_ref, [Dependency(made[need].bom_ref) for need in part.needs]) for part in parts
    ]
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2) + "\n"


def _component(part: Part) -> Component:
    return Component(
        name=part.name,
        version=part.version,
        type=ComponentType.APPLICATION if part.name == ROOT else ComponentType.LIBRARY,
        bom_ref=f"{part.name}=={part.version}",
        purl=PackageURL("pypi", None, part.name, part.version),
        licenses=[LicenseFactory().make_from_string(part.licence)],
    )
