"""What of Python a unit has: the modules that OpenWrt ships in packages of their own, by the packages installed."""

import tomllib
from collections.abc import Iterable
from pathlib import Path

TABLE = Path(__file__).with_name("python_splits.toml")


def absent(packages: Iterable[str]) -> list[str]:
    """The modules that are not there, sorted: none of these packages brings them, nor what they depend on."""
    splits = tomllib.loads(TABLE.read_text(encoding="ascii"))
    needs = splits.pop("needs")
    there = set(packages)
    there |= {other for package in there for other in needs.get(package, [])}
    return sorted(module for package, modules in splits.items() if package not in there for module in modules)
