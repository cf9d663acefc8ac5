"""The package, built once a profile, and a unit to install it on."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from unit import Unit, unpack

from tools.device import ipk, recipe


@pytest.fixture(scope="session")
def package_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives a build profile's .ipk."""

    @cache
    def build(profile: str) -> Path:
        work = tmp_path_factory.mktemp(f"package-{profile}")
        built = recipe.stage(profile, work)
        path = work / ipk.file_name(built)
        path.write_bytes(ipk.build(built))
        return path

    return build


@pytest.fixture(params=list(recipe.PACKAGES))
def profile(request: pytest.FixtureRequest) -> str:
    """Each build profile."""
    return str(request.param)


@pytest.fixture
def unit(profile: str, package_of: Callable[[str], Path], tmp_path: Path) -> Unit:
    """A root folder with the package's files in it, and nothing run yet."""
    unpack(package_of(profile), tmp_path / "root")
    return Unit(tmp_path / "root")
