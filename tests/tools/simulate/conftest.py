from __future__ import annotations

import pytest

from tools.simulate import files
from tools.simulate.shop import ShopDay, ShopPlan, simulate


@pytest.fixture(scope="session")
def small_day() -> ShopDay:
    """Two open hours, three sensors."""
    return simulate(ShopPlan.small())


@pytest.fixture(scope="session")
def default_day() -> ShopDay:
    """The day that the command simulates when it is told nothing."""
    return simulate(ShopPlan())


@pytest.fixture(scope="session")
def small_files(small_day: ShopDay, tmp_path_factory: pytest.TempPathFactory) -> files.Written:
    return files.write(small_day, tmp_path_factory.mktemp("day") / "plain")
