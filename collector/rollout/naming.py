"""What a campaign rolls out, in a line for people: the cargo itself is JSON with keys and signatures."""

from ..configuration import staging
from . import images, packages


def says(kind: str, cargo: str) -> str:
    """The cargo of a campaign of this kind."""
    if kind == staging.KIND:
        place, values = staging.of_cargo(cargo)
        return f"{' '.join(f'{name}={value}' for name, value in sorted(values.items()))} ({place})"
    return images.says(cargo) if kind == images.KIND else packages.says(cargo)
